//! A program with a workspace of its own and a training fleet beside it, for the tests of the core.
#![allow(dead_code, reason = "each test file uses a part")]

use std::{sync::Arc, time::Duration};

use tempfile::TempDir;
use towerify_core::{
    Actor, AppError, Folders, Patience, Program, Workspace,
    runs::{self, Begun},
    servers::{self, Address, HowChecked, ListQuery, Login, NewServer, Selection},
    workspace::{self, NewWorkspace},
};
use towerify_domain::{id::ServerId, run::RunState};
use towerify_sandbox::{Blueprint, Fleet, Options, Pace, TrainingServer};

pub const PASSWORD: &str = "quatre mots sans rapport 9182";

/// What a test holds. Dropping it ends the fleet and removes everything.
pub struct Training {
    pub home: TempDir,
    pub fleet: Fleet,
    pub program: Program,
}

impl Training {
    /// A workspace without servers, and a fleet that answers at once.
    pub async fn begin() -> Self {
        Self::with(Options::default().plan).await
    }

    /// The same with other machines in the fleet.
    pub async fn with(plan: Vec<Blueprint>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let options = Options {
            pace: Pace::Instant,
            plan,
            ..Options::default()
        };
        let fleet = Fleet::start(options).await.unwrap();
        let program = program(&home, Duration::from_secs(3));
        let new = NewWorkspace {
            name: "Tour & Cie".into(),
            account_name: "Camille Morvan".into(),
            password: PASSWORD.into(),
        };
        workspace::create(&program, new, None).await.unwrap();
        Self {
            home,
            fleet,
            program,
        }
    }

    pub fn desk(&self) -> (Arc<Workspace>, Actor) {
        self.program.workspace().unwrap()
    }

    pub fn server(&self, name: &str) -> &TrainingServer {
        self.fleet.server(name).unwrap()
    }

    /// Adds this simulated server, with the fingerprint it really has.
    pub async fn add(&self, name: &str) -> Result<ServerId, AppError> {
        let (workspace, actor) = self.desk();
        servers::add(&workspace, &actor, new_server(self.server(name))).await
    }

    pub async fn refresh(&self) -> servers::Sweep {
        let (workspace, actor) = self.desk();
        servers::refresh(&workspace, &actor, Selection::All)
            .await
            .unwrap()
    }

    pub async fn row(&self, name: &str) -> servers::Row {
        let (workspace, actor) = self.desk();
        let page = servers::list(&workspace, &actor, ListQuery::default())
            .await
            .unwrap();
        page.rows.into_iter().find(|row| row.name == name).unwrap()
    }

    /// Waits for a run's end, and says its whole story when it is not the expected one.
    pub async fn ends(&self, begun: Begun, expected: RunState) {
        let (workspace, actor) = self.desk();
        let end = tokio::time::timeout(
            Duration::from_secs(60),
            runs::wait(&workspace, &actor, begun.run),
        )
        .await;
        let detail = runs::detail(&workspace, &actor, begun.run).await.unwrap();
        let trace = runs::trace(&workspace, &actor, begun.run, 1, 500)
            .await
            .unwrap();
        let state = end.ok().and_then(Result::ok);
        assert_eq!(state, Some(expected), "{detail:#?}\n{:#?}", trace.lines);
    }

    pub async fn done(&self, begun: Begun) {
        self.ends(begun, RunState::Done).await;
    }
}

pub fn program(home: &TempDir, patience: Duration) -> Program {
    Program::with_patience(Folders::below(home.path()), Patience::of(patience))
}

pub fn new_server(server: &TrainingServer) -> NewServer {
    NewServer {
        name: server.name.clone(),
        address: Address {
            address: server.address.to_string(),
            port: server.ssh_port,
            jump: None,
        },
        user: server.user.clone(),
        login: Login::Password {
            password: server.password.clone().into(),
        },
        fingerprint: server.host_key.fingerprint.clone(),
        how: HowChecked::Provider,
        customer: Some(server.customer.clone()),
        tags: server.tags.clone(),
    }
}
