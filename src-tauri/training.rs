//! The training fleet: simulated servers in this process, and the workspace that knows them.

use serde::Serialize;
use tokio::sync::Mutex;
use towerify_core::{
    AppError, Code, Program, Result,
    workspace::{self, Status, TrainingServer},
};
use towerify_sandbox::{Absence, BareMachine, Fleet, Options, Pace, SandboxError};

/// Who is at work in the training workspace: the invented firm's administrator.
const ADMINISTRATOR: &str = "Camille Morvan";

/// The fleet, when it runs.
#[derive(Default)]
pub(crate) struct Training(Mutex<Option<Fleet>>);

impl Training {
    /// Whether the workspace that was open last is the training fleet's, and none is open now.
    pub(crate) fn was_open(program: &Program) -> bool {
        matches!(program.status(), Status::Locked { workspace } if workspace.training)
    }

    /// Starts the fleet where it does not run, and opens its workspace.
    pub(crate) async fn open(&self, program: &Program) -> Result<Status> {
        let mut fleet = self.0.lock().await;
        if let Status::Open { workspace, .. } = program.status()
            && workspace.training
            && fleet.is_some()
        {
            return Ok(program.status());
        }
        let running = match fleet.take() {
            Some(running) => running,
            None => Fleet::start(Options {
                folder: Some(folder(program)),
                pace: pace(),
                // What was begun goes on while the window is closed, as on real servers.
                absence: Absence::Unnoticed,
                ..Options::default()
            })
            .await
            .map_err(|error| refused(&error))?,
        };
        let servers = running.servers().iter().map(known).collect();
        *fleet = Some(running);
        workspace::open_training(program, ADMINISTRATOR, servers).await
    }

    /// Forgets the fleet with all that was done in it, and its workspace; then begins anew.
    pub(crate) async fn afresh(&self, program: &Program) -> Result<Status> {
        workspace::forget_training(program).await?;
        self.stop().await;
        towerify_sandbox::forget(&folder(program)).map_err(|error| refused(&error))?;
        self.open(program).await
    }

    /// The machines without YunoHost on them, when the fleet runs.
    pub(crate) async fn machines(&self) -> Vec<TrainingMachine> {
        let fleet = self.0.lock().await;
        fleet.as_ref().map_or_else(Vec::new, |fleet| {
            let resolver = fleet.resolver().to_string();
            let machine = |machine| bare(machine, &resolver);
            fleet.machines().iter().map(machine).collect()
        })
    }

    /// Stops the simulated servers, if they run.
    pub(crate) async fn stop(&self) {
        if let Some(fleet) = self.0.lock().await.take() {
            fleet.stop().await;
        }
    }
}

/// How fast the simulated servers work: as real ones, unless a test or a trial asks for another pace.
fn pace() -> Pace {
    std::env::var("TOWERIFY_TRAINING_PACE")
        .ok()
        .and_then(|wish| wish.parse().ok())
        .unwrap_or_default()
}

/// Where the simulated servers keep what they are.
fn folder(program: &Program) -> std::path::PathBuf {
    program.folders().training().join("fleet")
}

/// A simulated machine with nothing but Debian on it, to be made a server of. Nothing of it is secret: it opens nothing
/// real, and is shown to be typed.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct TrainingMachine {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Its SSH port.
    pub port: u16,
    /// Who may log in.
    pub user: String,
    /// Their password.
    pub password: String,
    /// The fingerprint that first contact should show.
    pub fingerprint: String,
    /// The domain that is meant for it.
    pub domain: String,
    /// Whose it is to become.
    pub customer: String,
    /// The name server that knows its domain.
    pub resolver: String,
}

fn bare(machine: &BareMachine, resolver: &str) -> TrainingMachine {
    TrainingMachine {
        name: machine.name.clone(),
        address: machine.address.to_string(),
        port: machine.ssh_port,
        user: machine.user.clone(),
        password: machine.password.clone(),
        fingerprint: machine.host_key.fingerprint.clone(),
        domain: machine.domain.clone(),
        customer: machine.customer.clone(),
        resolver: resolver.to_owned(),
    }
}

/// A simulated server, as the core takes it.
fn known(server: &towerify_sandbox::TrainingServer) -> TrainingServer {
    TrainingServer {
        name: server.name.clone(),
        address: server.address.to_string(),
        port: server.ssh_port,
        user: server.user.clone(),
        password: server.password.clone().into(),
        fingerprint: server.host_key.fingerprint.clone(),
        customer: Some(server.customer.clone()).filter(|customer| !customer.is_empty()),
        tags: server.tags.clone(),
        registered: server.registered,
    }
}

/// Why there is no fleet, as an error that a face acts on.
fn refused(error: &SandboxError) -> AppError {
    match error {
        SandboxError::InUse => AppError::new(
            Code::WorkspaceInUse,
            "The training fleet is open in another Towerify.",
        )
        .hint("Close it there first."),
        SandboxError::Folder { .. } => AppError::new(Code::LocalDisk, sentence(error)),
        SandboxError::Kept { .. } => AppError::new(Code::WorkspaceDamaged, sentence(error))
            .hint("Start the training fleet afresh."),
        SandboxError::Port { .. } | SandboxError::Identity { .. } | SandboxError::Plan(_) => {
            AppError::new(Code::Internal, sentence(error))
        }
    }
}

fn sentence(error: &SandboxError) -> String {
    format!("The training fleet could not be started: {error}.")
}
