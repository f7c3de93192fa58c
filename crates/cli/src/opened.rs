//! Opens the workspace that the command works in.

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::secret::{self, Source};
use secrecy::SecretString;
use std::sync::Arc;
use towerify_core::workspace::{Entry, WayIn};
use towerify_core::{Actor, AppError, Code, Folders, Program, Workspace, workspace};
use towerify_domain::{Words, id::ServerId};

/// An open workspace and who is at work in it.
pub struct Opened {
    pub program: Program,
    pub workspace: Arc<Workspace>,
    pub actor: Actor,
    password: Option<SecretString>,
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

/// The program, which knows a workspace to open.
fn known(arguments: &Arguments) -> Result<Program, Failure> {
    let program = program()?;
    if arguments.workspace.is_none() && program.known().is_empty() {
        return Err(Failure::Usage(Words::new(
            "No workspace is known. Create one (towerify workspace create), or name one (--workspace FOLDER).",
            "Aucun espace de travail n’est connu. Créez-en un (towerify workspace create), ou nommez-en un (--workspace DOSSIER).",
        )));
    }
    Ok(program)
}

/// Opens the workspace that the arguments name, or the last one, by this way. The code of a second factor is read as the
/// arguments say, or asked for once it is needed.
pub async fn enter(arguments: &Arguments, by: WayIn, screen: &Screen) -> Result<Opened, Failure> {
    let program = known(arguments)?;
    let password = match &by {
        WayIn::Password(password) | WayIn::Recovery { password, .. } => Some(password.clone()),
        WayIn::Keyring => None,
    };
    let told = Source {
        file: arguments.code_file.as_ref(),
        fd: arguments.code_fd,
    };
    let mut entry = Entry {
        account: arguments.opener.clone(),
        by,
        code: told.line()?,
    };
    let again = (entry.account.clone(), entry.by.clone());
    let asked = entry.code.is_none();
    let mut opening = open(&program, arguments, entry).await;
    if matches!(&opening, Err(error) if error.code == Code::SecondFactorNeeded && asked) {
        let ask = Words::new("Code of the second factor", "Code du second facteur");
        entry = Entry {
            account: again.0,
            by: again.1,
            code: Some(secret::asked(&ask, screen)?),
        };
        opening = open(&program, arguments, entry).await;
    }
    opening?;
    let (workspace, actor) = program.workspace()?;
    Ok(Opened {
        program,
        workspace,
        actor,
        password,
    })
}

async fn open(program: &Program, arguments: &Arguments, entry: Entry) -> Result<(), AppError> {
    match &arguments.workspace {
        Some(folder) => workspace::open_folder(program, folder, entry).await,
        None => workspace::unlock(program, entry).await,
    }
    .map(drop)
}

impl Opened {
    /// Opens the workspace that the arguments name, or the last one.
    pub async fn new(arguments: &Arguments, screen: &Screen) -> Result<Self, Failure> {
        known(arguments)?;
        let ask = Words::new(
            "Password of the workspace",
            "Mot de passe de l’espace de travail",
        );
        let by = match arguments.keyring {
            true => WayIn::Keyring,
            false => WayIn::Password(password(arguments).line_or_asked(&ask, screen)?),
        };
        Box::pin(enter(arguments, by, screen)).await
    }

    /// What is open in this program, by this password.
    #[cfg(test)]
    pub fn with(program: Program, password: SecretString) -> Result<Self, Failure> {
        let (workspace, actor) = program.workspace()?;
        Ok(Self {
            program,
            workspace,
            actor,
            password: Some(password),
        })
    }

    /// The password of the account that is open, for what asks for it again: the one that opened it, else asked.
    pub fn password(&self, screen: &Screen) -> Result<SecretString, Failure> {
        match &self.password {
            Some(password) => Ok(password.clone()),
            None => secret::asked(&Words::new("Your password", "Votre mot de passe"), screen),
        }
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
