//! What trials stand on: a fleet of one bare machine, a workspace, and the order for it.

use std::{path::Path, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::TempDir;
use towerify_domain::{id::RunId, provisioning::Choices, run::RunState};
use towerify_sandbox::{BareMachine, Blueprint, Fleet, Options, Pace};

use crate::{
    Actor, Folders, Patience, Program, Workspace,
    provisioning::{self, Machine, Order},
    runs,
    servers::{self, Address, HowChecked, ListQuery, Login, NewServer},
    workspace::{self, NewWorkspace},
};

const DOMAIN: &str = "atelier.bremont.example";
const PASSWORD: &str = "quatre mots sans rapport 9182";

/// All that another process needs to provision the machine.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) fingerprint: String,
    pub(super) resolver: String,
    /// The port that SSH is moved to.
    pub(super) moved: u16,
}

/// A bare machine in a fleet of its own.
pub(super) async fn machine() -> (Fleet, BareMachine, Place) {
    let options = Options {
        pace: Pace::Instant,
        plan: vec![Blueprint::bare("atelier-neuf", DOMAIN)],
        ..Options::default()
    };
    let fleet = Fleet::start(options).await.unwrap();
    let machine = fleet.machines()[0].clone();
    let place = Place {
        port: machine.ssh_port,
        user: machine.user.clone(),
        password: machine.password.clone(),
        fingerprint: machine.host_key.fingerprint.clone(),
        resolver: fleet.resolver().to_string(),
        moved: std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port(),
    };
    (fleet, machine, place)
}

impl Place {
    /// Choices that need every step.
    pub(super) fn choices(&self) -> Choices {
        Choices {
            domain: DOMAIN.into(),
            admin: "camille".into(),
            admin_fullname: "Camille Morvan".into(),
            resolver: self.resolver.clone(),
            certificate: towerify_domain::provisioning::Certificate::LetsEncrypt,
            ssh_port: self.moved,
            mail: false,
            never_ban: vec!["192.0.2.7".into()],
            api: false,
            unattended_upgrades: false,
            backup: true,
            second_way_in: true,
            ..Choices::default()
        }
    }

    fn order(&self, machine: Machine) -> Order {
        Order {
            machine,
            choices: self.choices(),
            password: None,
            certificate_key: None,
        }
    }

    fn new_machine(&self) -> Machine {
        Machine::New {
            server: Box::new(NewServer {
                name: "atelier-neuf".into(),
                address: Address {
                    address: "127.0.0.1".into(),
                    port: self.port,
                    jump: None,
                },
                user: self.user.clone(),
                login: Login::Password {
                    password: self.password.clone().into(),
                },
                fingerprint: self.fingerprint.clone(),
                how: HowChecked::Provider,
                customer: None,
                tags: Vec::new(),
            }),
        }
    }
}

/// A program that has no workspace open.
pub(super) fn program(home: &Path) -> Program {
    Program::with_patience(Folders::below(home), Patience::of(Duration::from_secs(3)))
}

/// A folder with an empty workspace in it.
pub(super) async fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let program = program(home.path());
    let new = NewWorkspace {
        name: "Tour & Cie".into(),
        account_name: "Camille Morvan".into(),
        password: PASSWORD.into(),
    };
    workspace::create(&program, new, None).await.unwrap();
    program.close().await;
    home
}

/// The same folder once more: a workspace costs a second to make.
pub(super) fn copy_of(from: &Path) -> TempDir {
    fn copy(from: &Path, to: &Path) {
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                std::fs::create_dir_all(&target).unwrap();
                copy(&entry.path(), &target);
            } else {
                std::fs::copy(entry.path(), &target).unwrap();
            }
        }
    }
    let to = tempfile::tempdir().unwrap();
    copy(from, to.path());
    to
}

/// The workspace in this home, opened by its password: runs that were left open are taken up.
pub(super) async fn opened(home: &Path) -> (Program, Arc<Workspace>, Actor) {
    let program = program(home);
    let folder = workspace_folder(home).unwrap();
    workspace::open_folder(&program, &folder, PASSWORD.into())
        .await
        .unwrap();
    let (workspace, actor) = program.workspace().unwrap();
    (program, workspace, actor)
}

fn workspace_folder(below: &Path) -> Option<std::path::PathBuf> {
    for entry in std::fs::read_dir(below).ok()?.flatten() {
        let path = entry.path();
        if path.join("keys.json").is_file() {
            return Some(path);
        }
        if path.is_dir()
            && let Some(found) = workspace_folder(&path)
        {
            return Some(found);
        }
    }
    None
}

/// Begins to provision the machine, or finds the run that was begun before.
pub(super) async fn begun(workspace: &Workspace, actor: &Actor, place: &Place) -> RunId {
    let runs = runs::list(workspace, actor, runs::ListQuery::default());
    if let Some(row) = runs.await.unwrap().rows.first() {
        return row.id;
    }
    let list = servers::list(workspace, actor, ListQuery::default());
    let machine = match list.await.unwrap().rows.first() {
        Some(row) => Machine::Known { server: row.id },
        None => place.new_machine(),
    };
    provisioning::begin(workspace, actor, place.order(machine))
        .await
        .unwrap()
        .run
}

/// Waits for the end of a run; its whole story when it is not the expected one.
pub(super) async fn ends(workspace: &Workspace, actor: &Actor, run: RunId, expected: RunState) {
    let end = tokio::time::timeout(Duration::from_secs(60), runs::wait(workspace, actor, run));
    let state = end.await.ok().and_then(Result::ok);
    if state != Some(expected) {
        panic!("{}", story(workspace, actor, run).await);
    }
}

/// Everything that a run tells.
pub(super) async fn story(workspace: &Workspace, actor: &Actor, run: RunId) -> String {
    let detail = runs::detail(workspace, actor, run).await.unwrap();
    let trace = runs::trace(workspace, actor, run, 1, 1_000).await.unwrap();
    let steps: Vec<String> = detail
        .steps
        .iter()
        .map(|step| format!("{} {:?} {:?}", step.intent.en, step.state, step.observation))
        .collect();
    let lines: Vec<&str> = trace.lines.iter().map(|line| line.text.as_str()).collect();
    format!(
        "{:?} {:?}\n{}\n{}",
        detail.row.state,
        detail.row.error,
        steps.join("\n"),
        lines.join("\n")
    )
}

/// What a machine has become: its state, and every change with how often it was made. What is drawn anew for each
/// machine (the port that SSH moves to, the archive's name) is left out.
pub(super) fn become_of(machine: &BareMachine, place: &Place) -> (Value, Vec<String>) {
    let moved = place.moved.to_string();
    let mut changes: Vec<String> = machine
        .effects()
        .into_iter()
        .map(|effect| {
            let subject = match effect.subject.split_once("towerify-first-") {
                Some(_) => "an archive".to_owned(),
                None => effect.subject.replace(&moved, "PORT"),
            };
            format!("{} {subject} ×{}", effect.name, effect.times)
        })
        .collect();
    changes.sort();
    (machine.final_state(), changes)
}
