//! A fleet for a test, and ways to reach its servers.

use std::{path::Path, sync::Arc, time::Duration};

use secrecy::SecretString;
use towerify_driver::{Driver, Outcome, Privilege, RunEvent, Start, StartOptions, connect};
use towerify_sandbox::{Fleet, Options, Pace, TrainingServer, firm};
use towerify_ssh::{
    Connection, Credential, Dial, Endpoint, HostKey, HostKeys, Login, SshError, Verdict,
};
use towerify_yunohost::Action;

/// Accepts the key whose fingerprint the fleet told, and no other.
pub struct Told(pub String);

impl HostKeys for Told {
    fn check(&self, _endpoint: &Endpoint, offered: &HostKey) -> Verdict {
        if offered.fingerprint() == self.0 {
            Verdict::Accept
        } else {
            Verdict::Refuse(towerify_ssh::HostKeyRefusal::Changed { pinned: Vec::new() })
        }
    }

    fn known(&self, _endpoint: &Endpoint) -> Vec<HostKey> {
        Vec::new()
    }
}

/// Some servers of the firm, at no time at all, kept in a folder or not.
pub async fn fleet(names: &[&str], folder: Option<&Path>) -> Fleet {
    let plan = firm::plan();
    let options = Options {
        folder: folder.map(Path::to_owned),
        pace: Pace::Instant,
        plan: plan
            .into_iter()
            .filter(|server| names.contains(&server.name.as_str()))
            .collect(),
        ..Options::default()
    };
    let fleet = Fleet::start(options).await.unwrap();
    assert_eq!(fleet.servers().len(), names.len());
    fleet
}

/// How to reach a server as its administrator, by password.
pub fn dial(server: &TrainingServer) -> Dial {
    let password = Credential::Password(SecretString::from(server.password.clone()));
    let mut dial = Dial::new(
        Endpoint::new(server.address.to_string(), server.ssh_port),
        Login::new(&server.user, vec![password]),
        Arc::new(Told(server.host_key.fingerprint.clone())),
    );
    dial.timeouts.handshake = Duration::from_secs(4);
    dial.timeouts.authentication = Duration::from_secs(4);
    dial.timeouts.channel = Duration::from_secs(4);
    dial
}

pub async fn connection(server: &TrainingServer) -> Result<Connection, SshError> {
    Connection::open(dial(server)).await
}

/// A start through sudo, impatient.
pub fn through_sudo(server: &TrainingServer) -> Start {
    Start {
        privilege: Privilege::Sudo,
        sudo_password: Some(SecretString::from(server.password.clone())),
        patience: Duration::from_secs(5),
        silence: Duration::from_secs(2),
        ..Start::default()
    }
}

/// A conversation with a server.
pub async fn driver(server: &TrainingServer) -> Driver {
    let connection = connection(server).await.unwrap();
    connect(&connection, through_sudo(server)).await.unwrap()
}

/// Does a write to its end, and gives what it told with its outcome.
pub async fn done<A: Action>(driver: &Driver, run: &str, action: &A) -> (Vec<RunEvent>, Outcome) {
    let stream = driver
        .start(run, action, &StartOptions::default())
        .await
        .unwrap();
    let mut told = Vec::new();
    let outcome = stream
        .finish(|event| told.push(event.clone()))
        .await
        .unwrap();
    (told, outcome)
}

/// The messages among what a run told.
pub fn messages(told: &[RunEvent]) -> Vec<&str> {
    told.iter()
        .filter_map(|event| match event {
            RunEvent::Log { message, .. } => Some(message.as_str()),
            _ => None,
        })
        .collect()
}
