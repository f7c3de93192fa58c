//! `yunohost …` over SSH as field notes 1 to 11 tell it, and harmless commands.

use secrecy::SecretString;
use std::sync::Arc;
use towerify_sandbox::{Fleet, Options, Pace, TrainingServer, firm};
use towerify_ssh::{Connection, Credential, Dial, Endpoint, Limits, Login, PrivateKey};

use crate::support::{Told, connection, fleet};

/// Runs a command as root, by sudo with the password on standard input.
async fn run(
    connection: &Connection,
    server: &TrainingServer,
    command: &str,
) -> (Option<u32>, String, String) {
    let input = format!("{}\n", server.password);
    let output = connection
        .run(
            &format!("sudo -S -p '' {command}"),
            input.as_bytes(),
            Limits::default(),
        )
        .await
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.exit, text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_comes_first_and_json_last_and_errors_apart() {
    let fleet = fleet(&["glycines-01"], None).await;
    let server = fleet.server("glycines-01").unwrap();
    let connection = connection(server).await.unwrap();

    let (exit, stdout, _) = run(&connection, server, "yunohost user list --output-as json").await;
    assert_eq!(exit, Some(0));
    let listed: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert!(listed["users"]["i.calvet"].is_object());

    let create = "yunohost user create m.tessier -F 'Maud Tessier' -p Violet-Tractor-88 -d nuage.glycines.example --json";
    let (exit, stdout, _) = run(&connection, server, create).await;
    assert_eq!(exit, Some(0));
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(lines[0].starts_with("INFO "), "{stdout}");
    let last: serde_json::Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(last["username"], "m.tessier");

    let (exit, stdout, stderr) = run(&connection, server, create).await;
    assert_eq!((exit, stdout.as_str()), (Some(1), ""));
    assert!(
        stderr.ends_with("ERROR The user 'm.tessier' already exists\n"),
        "{stderr}"
    );
    let (exit, _, stderr) = run(
        &connection,
        server,
        "LC_ALL=fr_FR.UTF-8 yunohost user info personne --json",
    )
    .await;
    assert_eq!(exit, Some(1));
    assert!(
        stderr.contains("Le compte personne est inconnu"),
        "{stderr}"
    );
    let (exit, _, stderr) = run(
        &connection,
        server,
        "yunohost user create m.tessier --quiet",
    )
    .await;
    assert!(
        exit == Some(1) && !stderr.contains("ERROR"),
        "--quiet removes errors: {stderr}"
    );
    let (exit, ..) = run(&connection, server, "yunohost user fly").await;
    assert_eq!(exit, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_not_root_and_a_few_commands_are_harmless() {
    let fleet = fleet(&["glycines-01"], None).await;
    let connection = connection(fleet.server("glycines-01").unwrap())
        .await
        .unwrap();
    let run = async |command: &str| {
        let output = connection
            .run(command, b"", Limits::default())
            .await
            .unwrap();
        (output.exit, String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(run("yunohost user list").await.0, Some(1));
    assert_eq!(run("sudo -n yunohost user list").await.0, Some(1));
    assert_eq!(run("uname -m").await, (Some(0), "x86_64\n".to_owned()));
    assert!(
        run("cat /etc/os-release")
            .await
            .1
            .contains("VERSION_ID=\"12\"")
    );
    assert_eq!(run("rm -rf /").await.0, Some(127));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_public_key_logs_in_and_an_unknown_one_does_not() {
    let (known, unknown) = (
        PrivateKey::generate().unwrap(),
        PrivateKey::generate().unwrap(),
    );
    let fleet = Fleet::start(Options {
        pace: Pace::Instant,
        plan: firm::plan().into_iter().take(1).collect(),
        authorized_keys: vec![known.public_openssh()],
        ..Options::default()
    })
    .await
    .unwrap();
    let server = &fleet.servers()[0];
    let open = async |credential: Credential| {
        let endpoint = Endpoint::new("127.0.0.1", server.ssh_port);
        let told = Told(server.host_key.fingerprint.clone());
        Connection::open(Dial::new(
            endpoint,
            Login::new("admin", vec![credential]),
            Arc::new(told),
        ))
        .await
    };
    assert!(open(Credential::Key(known)).await.is_ok());
    assert!(open(Credential::Key(unknown)).await.is_err());
    assert!(
        open(Credential::Password(SecretString::from("wrong")))
            .await
            .is_err()
    );
}
