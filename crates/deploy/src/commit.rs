//! Which commit a folder is at, and who works in it: asked of git, where the folder is a repository and git is there.

use std::path::Path;
use std::process::Stdio;

/// What a release is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its name, with `+` after it when the folder has changes that no commit has.
    pub id: String,
    /// The first line of what it says.
    pub subject: String,
}

/// The longest answer of git's that is kept, in characters.
const LONGEST: usize = 200;

/// The folder's commit; nothing when git knows none.
pub async fn commit_of(folder: &Path) -> Option<Commit> {
    let said = git(folder, &["log", "-1", "--format=%H%n%s"]).await?;
    let (id, subject) = said.split_once('\n')?;
    let is_id = id.len() >= 40 && id.chars().all(|c| c.is_ascii_hexdigit());
    let changed = git(folder, &["status", "--porcelain", "--", "."]).await?;
    is_id.then(|| Commit {
        id: format!("{id}{}", if changed.is_empty() { "" } else { "+" }),
        subject: plain(subject),
    })
}

/// Who works in this folder, as git's configuration says.
pub async fn author_of(folder: &Path) -> Option<String> {
    let name = plain(&git(folder, &["config", "user.name"]).await?);
    (!name.is_empty()).then_some(name)
}

fn plain(text: &str) -> String {
    text.trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect()
}

async fn git(folder: &Path, words: &[&str]) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the developer's own git, in the developer's own folder, as their build commands are"
    )]
    let output = tokio::process::Command::new("git")
        .args(words)
        .current_dir(folder)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_says_its_commit_and_whether_it_has_changes_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        assert_eq!(commit_of(here).await, None);
        for words in [
            &["init", "--quiet"][..],
            &["config", "user.name", "Camille Morvan"],
            &["config", "user.email", "camille@tour.example"],
            &["config", "commit.gpgsign", "false"],
            &[
                "commit",
                "--quiet",
                "--allow-empty",
                "-m",
                "A better page\n\nAnd more.",
            ],
        ] {
            assert!(git(here, words).await.is_some(), "{words:?}");
        }
        let commit = commit_of(here).await.unwrap();
        assert_eq!(
            (commit.id.len(), commit.subject.as_str()),
            (40, "A better page")
        );
        assert_eq!(author_of(here).await.as_deref(), Some("Camille Morvan"));
        std::fs::write(here.join("new.txt"), "new").unwrap();
        assert_eq!(commit_of(here).await.unwrap().id, format!("{}+", commit.id));
    }
}
