//! Becoming root, and everything that can go wrong before the driver is ready. sudo is a small script here, which
//! does what sudo 1.9 was seen to do.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use tokio::process::Command;
use towerify_driver::{Driver, DriverError, Privilege, Result, Start, SudoError};

use crate::server::{Server, kill};

/// What the script says of each try is written to `tries` in the server's folder.
const SUDO: &str = r#"#!/bin/sh
# sudo -S -p PROMPT command…
shift; prompt=$2; shift 2
case "$SUDO_KIND" in
  passwordless) exec "$@" ;;
  not-a-sudoer) printf '%s' "$prompt" >&2; read -r word; echo "ines is not in the sudoers file." >&2; exit 1 ;;
  requiretty) echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1 ;;
  lecture) echo "We trust you have received the usual lecture." >&2 ;;
esac
for try in 1 2 3; do
  printf '%s' "$prompt" >&2
  IFS= read -r word || { echo "sudo: no password was provided" >&2; exit 1; }
  printf '%s\n' "$word" >> "$TOWERIFY_STANDIN/tries"
  [ "$word" = "Tour de garde 7!" ] && exec "$@"
  echo "Sorry, try again." >&2
done
exit 1
"#;

async fn through_sudo(server: &Server, kind: &str, password: Option<&str>) -> Result<Driver> {
    let bin = server.path("bin");
    std::fs::create_dir_all(&bin).unwrap();
    server.write("bin/sudo", SUDO);
    std::fs::set_permissions(bin.join("sudo"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut shell = server.shell(Privilege::Sudo);
    shell
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .env("SUDO_KIND", kind);
    let sudo_password = password.map(Into::into);
    server
        .try_driver(
            shell,
            Start {
                privilege: Privilege::Sudo,
                sudo_password,
                ..Start::default()
            },
        )
        .await
}

#[tokio::test]
async fn the_right_password_is_sent_once_and_only_when_sudo_asks() {
    for kind in ["asks", "lecture"] {
        let server = Server::new(&[]).await;
        let driver = through_sudo(&server, kind, Some("Tour de garde 7!"))
            .await
            .unwrap();
        assert!(driver.ping().await.is_ok());
        assert_eq!(
            std::fs::read_to_string(server.path("tries")).unwrap(),
            "Tour de garde 7!\n"
        );
    }
}

#[tokio::test]
async fn without_a_prompt_no_password_leaves() {
    let server = Server::new(&[]).await;
    let driver = through_sudo(&server, "passwordless", Some("Tour de garde 7!"))
        .await
        .unwrap();
    assert!(driver.ping().await.is_ok());
    assert!(!server.path("tries").exists());
}

#[tokio::test]
async fn a_second_prompt_ends_it_after_one_try() {
    let server = Server::new(&[]).await;
    let refused = through_sudo(&server, "asks", Some("wrong")).await;
    assert!(
        matches!(refused, Err(DriverError::Sudo(SudoError::WrongPassword))),
        "{refused:?}"
    );
    // Neither the program nor anything else was taken for a further password.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(
        std::fs::read_to_string(server.path("tries")).unwrap(),
        "wrong\n"
    );
}

#[tokio::test]
async fn each_refusal_of_sudo_has_its_name() {
    let server = Server::new(&[]).await;
    let refused = through_sudo(&server, "asks", None).await;
    assert!(
        matches!(refused, Err(DriverError::Sudo(SudoError::PasswordNeeded))),
        "{refused:?}"
    );
    let refused = through_sudo(&server, "not-a-sudoer", Some("x")).await;
    assert!(
        matches!(refused, Err(DriverError::Sudo(SudoError::NotASudoer))),
        "{refused:?}"
    );
    let refused = through_sudo(&server, "requiretty", Some("x")).await;
    assert!(
        matches!(refused, Err(DriverError::Sudo(SudoError::NeedsTerminal))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn without_python_or_sudo_it_says_so() {
    let server = Server::new(&[]).await;
    std::fs::create_dir_all(server.path("empty")).unwrap();
    let mut shell = server.shell(Privilege::Root);
    shell.env("PATH", server.path("empty"));
    let refused = server.try_driver(shell, Start::default()).await;
    assert!(matches!(refused, Err(DriverError::NoPython)), "{refused:?}");

    std::os::unix::fs::symlink("/usr/bin/env", server.path("empty/env")).unwrap();
    let mut shell = server.shell(Privilege::Sudo);
    shell.env("PATH", server.path("empty"));
    let refused = server
        .try_driver(
            shell,
            Start {
                privilege: Privilege::Sudo,
                ..Start::default()
            },
        )
        .await;
    assert!(
        matches!(refused, Err(DriverError::Sudo(SudoError::Missing))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn who_is_not_root_is_refused() {
    let server = Server::new(&[]).await;
    // The folder stands for "/": its owner stands for root. Giving it away needs root; without root nobody is it.
    let mut shell = server.shell(Privilege::Root);
    if std::os::unix::fs::chown(server.path(""), Some(12345), None).is_err() {
        shell.env_remove("TOWERIFY_STANDIN");
    }
    let refused = server.try_driver(shell, Start::default()).await;
    assert!(matches!(refused, Err(DriverError::NotRoot)), "{refused:?}");
}

#[tokio::test]
async fn another_root_is_believed_only_with_its_marker() {
    let server = Server::new(&[]).await;
    std::fs::remove_file(server.path(".towerify-standin")).unwrap();
    match server
        .try_driver(server.shell(Privilege::Root), Start::default())
        .await
    {
        Ok(driver) => assert_ne!(driver.facts().main_domain.as_deref(), Some("tour.example")),
        Err(error) => assert!(matches!(error, DriverError::NotRoot), "{error:?}"),
    }
}

async fn with_script(script: &str, patience: Duration) -> Result<Driver> {
    let server = Server::new(&[]).await;
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", script])
        .env("TOWERIFY_STANDIN", server.path(""));
    server
        .try_driver(
            shell,
            Start {
                patience,
                ..Start::default()
            },
        )
        .await
}

#[tokio::test]
async fn a_greeting_of_the_login_shell_does_no_harm() {
    let script = format!(
        "echo Bienvenue; echo; {}",
        towerify_driver::command(Privilege::Root)
    );
    assert!(with_script(&script, Duration::from_secs(20)).await.is_ok());
}

#[tokio::test]
async fn a_start_that_fails_or_hangs_or_never_ends_talking_is_told() {
    let failed = with_script(
        "echo 'This account is currently not available.' >&2; exit 1",
        Duration::from_secs(20),
    )
    .await;
    assert!(
        matches!(failed, Err(DriverError::NotStarted { said, exit: Some(1) }) if said.contains("not available"))
    );
    let failed = with_script(
        "echo go; read x; echo Traceback >&2; exit 1",
        Duration::from_secs(20),
    )
    .await;
    assert!(
        matches!(failed, Err(DriverError::NotStarted { said, .. }) if said.contains("Traceback"))
    );
    let hung = with_script("echo $$ >&2; exec sleep 5", Duration::from_millis(300)).await;
    assert!(matches!(hung, Err(DriverError::Timeout { .. })), "{hung:?}");
    let endless = with_script("yes", Duration::from_secs(20)).await;
    assert!(
        matches!(endless, Err(DriverError::Protocol(_))),
        "{endless:?}"
    );
    let endless = with_script("yes >&2", Duration::from_secs(20)).await;
    assert!(
        matches!(endless, Err(DriverError::Protocol(_))),
        "{endless:?}"
    );
}

#[tokio::test]
async fn a_killed_driver_is_a_cut() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    server.fault(serde_json::json!({"user list": {"sleep": 20}}));
    let reading = tokio::spawn({
        let driver = driver.clone();
        async move { driver.read(&towerify_yunohost::users::ListUsers).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    // The driver is the process whose environment names this server's folder and whose parent is this test.
    let marker = format!("TOWERIFY_STANDIN={}", server.path("").display());
    let marker = marker.trim_end_matches('/');
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u64>() else {
            continue;
        };
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if String::from_utf8_lossy(&environment)
            .split('\0')
            .any(|one| one.trim_end_matches('/') == marker)
        {
            kill("-KILL", pid);
        }
    }
    let cut = reading.await.unwrap();
    assert!(matches!(cut, Err(DriverError::Cut { .. })), "{cut:?}");
    assert!(matches!(driver.ping().await, Err(DriverError::Cut { .. })));
}
