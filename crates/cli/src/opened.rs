//! Opens the workspace that the command works in.

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::secret::Source;
use std::sync::Arc;
use towerify_core::{Actor, Folders, Program, Workspace, workspace};
use towerify_domain::{Words, id::ServerId};

/// An open workspace and who is at work in it.
pub struct Opened {
    pub program: Program,
    pub workspace: Arc<Workspace>,
    pub actor: Actor,
}

/// The program, with nothing open.
pub fn program() -> Result<Program, Failure> {
    Ok(Program::new(Folders::of_this_user()?))
}

/// Where the workspace's password comes from.
pub fn password(arguments: &Arguments) -> Source<'_> {
    Source {
        file: arguments.password_file.as_ref(),
        fd: arguments.password_fd,
    }
}

impl Opened {
    /// Opens the workspace that the arguments name, or the last one.
    pub async fn new(arguments: &Arguments, screen: &Screen) -> Result<Self, Failure> {
        let program = program()?;
        if arguments.workspace.is_none() && program.known().is_empty() {
            return Err(Failure::Usage(Words::new(
                "No workspace is known. Create one (towerify workspace create), or name one (--workspace FOLDER).",
                "Aucun espace de travail n’est connu. Créez-en un (towerify workspace create), ou nommez-en un (--workspace DOSSIER).",
            )));
        }
        let ask = Words::new(
            "Password of the workspace",
            "Mot de passe de l’espace de travail",
        );
        let password = password(arguments).line_or_asked(&ask, screen)?;
        match &arguments.workspace {
            Some(folder) => workspace::open_folder(&program, folder, password).await?,
            None => workspace::unlock(&program, password).await?,
        };
        let (workspace, actor) = program.workspace()?;
        Ok(Self {
            program,
            workspace,
            actor,
        })
    }

    /// The server of this name or id.
    pub async fn server(&self, name_or_id: &str) -> Result<ServerId, Failure> {
        Ok(towerify_core::servers::find(&self.workspace, &self.actor, name_or_id).await?)
    }

    /// Closes the workspace in good order.
    pub async fn close(self) {
        drop(self.workspace);
        self.program.close().await;
    }
}
