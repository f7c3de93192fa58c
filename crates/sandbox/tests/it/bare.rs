//! Bare machines for a test, and ways to reach them and to have things done there.

use std::time::Duration;

use secrecy::SecretString;
use towerify_driver::{Driver, DriverError, Outcome, Privilege, Start, StartOptions, connect};
use towerify_machine::{
    Task,
    install::{InstallYunohost, Source},
};
use towerify_sandbox::{BareMachine, Blueprint, Fleet, Options, Pace};
use towerify_ssh::{Connection, Credential, Dial, Endpoint, Limits, Login, PrivateKey, SshError};

use crate::support::Told;

pub const ADMIN_PASSWORD: &str = "Violet-Tractor-88";

/// Machines as these blueprints want them, at no time at all.
pub async fn machines(plan: Vec<Blueprint>) -> Fleet {
    let options = Options {
        pace: Pace::Instant,
        plan,
        ..Options::default()
    };
    Fleet::start(options).await.unwrap()
}

pub fn dial(machine: &BareMachine, user: &str, password: &str) -> Dial {
    dial_at(machine, machine.ssh_port, user, password)
}

pub fn dial_at(machine: &BareMachine, port: u16, user: &str, password: &str) -> Dial {
    let password = Credential::Password(SecretString::from(password.to_owned()));
    let mut dial = Dial::new(
        Endpoint::new(machine.address.to_string(), port),
        Login::new(user, vec![password]),
        std::sync::Arc::new(Told(machine.host_key.fingerprint.clone())),
    );
    dial.timeouts.handshake = Duration::from_secs(4);
    dial.timeouts.authentication = Duration::from_secs(4);
    dial.timeouts.channel = Duration::from_secs(4);
    dial
}

/// As the user that the machine was born with.
pub async fn as_root(machine: &BareMachine) -> Result<Connection, SshError> {
    Connection::open(dial(machine, &machine.user, &machine.password)).await
}

pub async fn root_driver(machine: &BareMachine) -> Driver {
    let connection = as_root(machine).await.unwrap();
    connect(&connection, Start::default()).await.unwrap()
}

/// A start through sudo, with or without a password.
pub fn through_sudo(password: Option<&str>) -> Start {
    Start {
        privilege: Privilege::Sudo,
        sudo_password: password.map(|text| SecretString::from(text.to_owned())),
        patience: Duration::from_secs(5),
        silence: Duration::from_secs(2),
        ..Start::default()
    }
}

/// Does a task to its end; asks again, with the same key, when the driver says goodbye because YunoHost has come.
pub async fn ended<T: Task>(driver: &Driver, run: &str, task: &T) -> Result<Outcome, DriverError> {
    let once = async || {
        let options = StartOptions::default();
        let stream = driver.start_task(run, task, &options).await?;
        stream.finish(|_| ()).await
    };
    match once().await {
        Err(DriverError::Bye(_)) => once().await,
        ended => ended,
    }
}

/// Does a task that goes well.
pub async fn done<T: Task>(driver: &Driver, run: &str, task: &T) -> T::Reply {
    match ended(driver, run, task).await.unwrap() {
        Outcome::Done { result, .. } => T::parse(result).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Does a task that is refused: its key.
pub async fn refused<T: Task>(driver: &Driver, run: &str, task: &T) -> String {
    match ended(driver, run, task).await {
        Ok(Outcome::Refused { refusal, .. }) | Err(DriverError::Refused(refusal)) => refusal.key,
        other => panic!("{other:?}"),
    }
}

/// Runs a command line and gives its exit status, standard output and standard error.
pub async fn run(connection: &Connection, command: &str) -> (Option<u32>, String, String) {
    let output = connection
        .run(command, b"", Limits::default())
        .await
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.exit, text(output.stdout), text(output.stderr))
}

/// Runs one that goes well.
pub async fn ran(connection: &Connection, command: &str) -> String {
    let (exit, said, complained) = run(connection, command).await;
    assert_eq!(exit, Some(0), "{command}: {said}{complained}");
    said
}

/// The post-installation of a machine, as root types it.
pub fn postinstall(domain: &str) -> String {
    format!(
        "yunohost tools postinstall -d {domain} -u camille -F 'Camille Morvan' -p {ADMIN_PASSWORD} --ignore-dyndns"
    )
}

/// Installs YunoHost and post-installs it; gives root's connection, which is still open.
pub async fn made_a_server(machine: &BareMachine) -> Connection {
    let connection = as_root(machine).await.unwrap();
    let driver = connect(&connection, Start::default()).await.unwrap();
    done(&driver, "run-install-0", &installer()).await;
    ran(&connection, &postinstall(&machine.domain)).await;
    connection
}

/// As somebody with a key.
pub async fn with_key(
    machine: &BareMachine,
    user: &str,
    key: &PrivateKey,
) -> Result<Connection, SshError> {
    let mut dial = dial(machine, user, "");
    dial.login = Login::new(user, vec![Credential::Key(key.clone())]);
    Connection::open(dial).await
}

pub fn installer() -> InstallYunohost {
    InstallYunohost::from(Source::Address(
        "https://forge.yunohost.org/install_script".to_owned(),
    ))
}

/// Effects as lines: `put_key root 1`.
pub fn counted(machine: &BareMachine) -> Vec<String> {
    machine
        .effects()
        .into_iter()
        .map(|effect| format!("{} {} {}", effect.name, effect.subject, effect.times))
        .collect()
}
