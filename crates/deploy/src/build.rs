//! The build that runs here, before packing: the developer's own commands, in the app's folder, with their own terminal.

use std::io;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::Words;
use crate::config::{Build, Where};

/// Why there is nothing to deploy.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A command could not be started.
    #[error("starting `{command}`: {cause}")]
    Start {
        /// Which.
        command: String,
        /// Why.
        cause: io::Error,
    },
    /// A command failed.
    #[error("`{command}` ended with {status}")]
    Failed {
        /// Which.
        command: String,
        /// Its exit status, or the signal that ended it.
        status: String,
    },
}

impl BuildError {
    /// In a sentence that says what was changed (nothing).
    pub fn words(&self) -> Words {
        match self {
            Self::Start { command, cause } => Words::new(
                format!(
                    "The build command `{command}` can't be started: {cause}. Nothing was sent."
                ),
                format!(
                    "La commande de fabrication « {command} » ne peut démarrer : {cause}. Rien n'a été envoyé."
                ),
            ),
            Self::Failed { command, status } => Words::new(
                format!(
                    "The build command `{command}` failed ({status}). Nothing was sent; the release on the server goes on answering."
                ),
                format!(
                    "La commande de fabrication « {command} » a échoué ({status}). Rien n'a été envoyé ; la version du serveur continue de répondre."
                ),
            ),
        }
    }
}

/// Runs the commands that are to run here, one after the other; the first that fails ends it. Each line that one writes is
/// told.
///
/// # Errors
/// [`BuildError`].
pub async fn build_here(
    folder: &Path,
    build: &Build,
    on: &mut (dyn FnMut(&str) + Send),
) -> Result<(), BuildError> {
    if build.on == Where::Server {
        return Ok(());
    }
    for command in &build.commands {
        run(folder, command, on).await?;
    }
    Ok(())
}

async fn run(
    folder: &Path,
    command: &str,
    on: &mut (dyn FnMut(&str) + Send),
) -> Result<(), BuildError> {
    let started = |cause| BuildError::Start {
        command: command.to_owned(),
        cause,
    };
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    // Both outputs in one stream, in their order.
    let line = if cfg!(windows) {
        command.to_owned()
    } else {
        format!("exec 2>&1; {command}")
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place: a developer's own build command, on their own machine"
    )]
    let mut child = tokio::process::Command::new(shell)
        .args([flag, &line])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(started)?;
    if let Some(stdout) = child.stdout.take() {
        let mut lines = BufReader::new(stdout).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            on(&String::from_utf8_lossy(&line));
        }
    }
    let status = child.wait().await.map_err(started)?;
    if status.success() {
        return Ok(());
    }
    Err(BuildError::Failed {
        command: command.to_owned(),
        status: status.to_string(),
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_command_that_fails_ends_the_build_and_its_lines_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let build = Build {
            commands: vec![
                "echo one; echo two >&2; touch made".into(),
                "exit 3".into(),
                "touch never".into(),
            ],
            on: Where::Here,
        };
        let mut lines = Vec::new();
        let error = build_here(folder.path(), &build, &mut |line| {
            lines.push(line.to_owned())
        })
        .await
        .unwrap_err();
        assert!(
            matches!(&error, BuildError::Failed { command, status } if command == "exit 3" && status.contains('3')),
            "{error}"
        );
        assert_eq!(lines, ["one", "two"]);
        assert!(folder.path().join("made").exists() && !folder.path().join("never").exists());
        build_here(
            folder.path(),
            &Build {
                on: Where::Server,
                ..build
            },
            &mut |_| {},
        )
        .await
        .unwrap();
    }
}
