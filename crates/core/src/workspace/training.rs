//! The training fleet's workspace. Its servers are simulated and nothing in it is worth keeping from anybody, so it opens
//! without being asked for a password: a random one lies beside it.

use std::{path::Path, sync::Arc};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use towerify_domain::{Permit, policy::may};
use towerify_vault::WorkspaceKind;

use crate::{
    Program, Result, Workspace,
    clock::random_password,
    servers::{self, Address, HowChecked, Login, NewServer, Selection},
    workspace::{
        Exercise, Status,
        create::{Founding, disk, found},
        open::enter,
    },
};

/// The training workspace's folder, below the folder for training.
pub(super) const FOLDER: &str = "Training.towerify";

/// The file with its password, beside it.
pub(super) const PASSWORD: &str = "password";

/// A simulated server, as its simulator describes it.
pub struct TrainingServer {
    /// Its name.
    pub name: String,
    /// Its address, on this computer.
    pub address: String,
    /// Its SSH port.
    pub port: u16,
    /// Who may log in.
    pub user: String,
    /// With which password.
    pub password: SecretString,
    /// The fingerprint of its host key, `SHA256:…`.
    pub fingerprint: String,
    /// Whose it is.
    pub customer: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it is in the fleet from the beginning, or left to add by hand.
    pub registered: bool,
}

/// Opens the training workspace, creating it the first time, and sees to it that the simulated servers are in it. Then
/// reads them all.
///
/// # Errors
/// [`Code::LocalDisk`], and those of [`crate::workspace::unlock`].
pub async fn open_training(
    program: &Program,
    account: &str,
    servers: Vec<TrainingServer>,
) -> Result<Status> {
    if program
        .workspace()
        .is_ok_and(|(open, _)| open.known().training)
    {
        return Ok(program.status());
    }
    let place = program.folders().training();
    let folder = place.join(FOLDER);
    let key = place.join(PASSWORD);
    let workspace = if folder.join("keys.json").is_file() {
        let password = std::fs::read_to_string(&key).map_err(|error| {
            disk(
                "The training workspace's password could not be read",
                &error,
            )
        })?;
        enter(program, folder, SecretString::from(password).into()).await?
    } else {
        let password = random_password()?;
        write_private(&place, &key, password.expose_secret()).map_err(|error| {
            disk(
                "The training workspace's password could not be kept",
                &error,
            )
        })?;
        let founding = Founding {
            folder,
            name: "Tour & Cie".into(),
            account: account.to_owned(),
            password,
            kind: WorkspaceKind::Training,
        };
        let workspace = found(program, founding).await?;
        register(&workspace, servers).await?;
        // The exercise is read when a workspace opens.
        let folder = workspace.known().folder.clone();
        workspace.close().await;
        let password = std::fs::read_to_string(&key).map_err(|error| {
            disk(
                "The training workspace's password could not be read",
                &error,
            )
        })?;
        enter(program, folder.into(), SecretString::from(password).into()).await?
    };
    let actor = workspace.actor().clone();
    program.adopt(Arc::clone(&workspace)).await?;
    servers::refresh_in_background(&workspace, &actor, Selection::All)?;
    Ok(program.status())
}

async fn register(workspace: &Arc<Workspace>, servers: Vec<TrainingServer>) -> Result<()> {
    let actor = workspace.actor().clone();
    let permit = Permit::<may::ManageWorkspace>::ask(&actor)?;
    for server in servers {
        if !server.registered {
            let exercise = Exercise {
                name: server.name,
                address: server.address,
                port: server.port,
                user: server.user,
                password: server.password.expose_secret().to_owned(),
                fingerprint: server.fingerprint,
                customer: server.customer,
                tags: server.tags,
            };
            workspace
                .store(&permit)
                .settings()
                .set(None, "exercise", &json!(exercise))
                .await?;
            continue;
        }
        let new = NewServer {
            name: server.name,
            address: Address {
                address: server.address,
                port: server.port,
                jump: None,
            },
            user: server.user,
            login: Login::Password {
                password: server.password,
            },
            fingerprint: server.fingerprint,
            how: HowChecked::Provider,
            customer: server.customer,
            tags: server.tags,
        };
        servers::add_unread(workspace, &actor, new).await?;
    }
    Ok(())
}

fn write_private(folder: &Path, file: &Path, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(file)?, text.as_bytes())
}
