//! What is changed on a server beneath YunoHost, and changed back.

use std::path::Path;

use towerify_driver::{Outcome, RunEvent, StartOptions};
use towerify_machine::bans::{AllowAgain, NeverBan};
use towerify_machine::certificate::{OwnCertificate, RestoreCertificate};
use towerify_machine::refusal;
use towerify_machine::services::{Api, UnattendedUpgrades};
use towerify_machine::state::AskState;
use towerify_machine::traces::RemoveTraces;

use super::{done, mode, refused, text};
use crate::server::Server;

#[tokio::test]
async fn addresses_are_never_banned_until_they_are_again() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let jail = server.path("etc/fail2ban/jail.d/towerify.local");
    let bans = |addresses: &[&str]| NeverBan {
        addresses: addresses.iter().map(ToString::to_string).collect(),
    };
    let first = done(
        &driver,
        "run-ban-0001",
        &bans(&["192.0.2.7", "2001:db8::/32"]),
    )
    .await;
    assert_eq!(
        (first.before.clone(), first.changed, first.reloaded),
        (None, true, true)
    );
    assert!(text(&jail).contains("ignoreip = 127.0.0.1/8 ::1 192.0.2.7 2001:db8::/32\n"));
    assert!(
        !done(
            &driver,
            "run-ban-0002",
            &bans(&["192.0.2.7", "2001:db8::/32"])
        )
        .await
        .changed
    );
    let second = done(&driver, "run-ban-0003", &bans(&["192.0.2.8"])).await;
    assert_eq!(second.before.unwrap(), ["192.0.2.7", "2001:db8::/32"]);
    let reloads = text(&server.path("var/lib/standin/calls.txt"));
    assert_eq!(reloads.matches("systemctl reload fail2ban").count(), 2);

    // What fail2ban does not take is taken back.
    server.write("machine.json", r#"{"refuses": ["fail2ban"]}"#);
    let (key, _) = refused(&driver, "run-ban-0004", &bans(&["192.0.2.9"])).await;
    assert_eq!(key, refusal::SERVICE_FAILED);
    assert!(text(&jail).contains("192.0.2.8"));
    server.write("machine.json", "{}");
    let state = driver.read_task(&AskState::default()).await.unwrap();
    assert_eq!(state.never_banned.unwrap(), ["192.0.2.8"]);
    assert!(
        state
            .traces
            .contains(&"/etc/fail2ban/jail.d/towerify.local".to_owned())
    );
    let back = done(
        &driver,
        "run-ban-0005",
        &AllowAgain {
            former: first.before,
        },
    )
    .await;
    assert_eq!(back.after, None);
    assert!(!jail.exists());
}

#[tokio::test]
async fn the_api_and_unattended_upgrades_are_switches() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let off = done(&driver, "run-api-0001", &Api { on: false }).await;
    assert!(off.before.enabled && off.before.active && off.changed);
    assert!(!off.after.enabled && !off.after.active);
    assert!(
        !done(&driver, "run-api-0002", &Api { on: false })
            .await
            .changed
    );
    assert!(
        done(&driver, "run-api-0003", &Api { on: true })
            .await
            .after
            .active
    );

    let none = done(&driver, "run-unat-0001", &UnattendedUpgrades { on: true }).await;
    assert!(!none.package && !none.after && !none.changed);
    let status = server.path("var/lib/dpkg/status");
    let with = format!(
        "{}Package: unattended-upgrades\nStatus: install ok installed\nVersion: 2.9\n\n",
        text(&status)
    );
    std::fs::write(&status, with).unwrap();
    std::fs::create_dir_all(server.path("etc/apt/apt.conf.d")).unwrap();
    server.write(
        "etc/apt/apt.conf.d/20auto-upgrades",
        "APT::Periodic::Unattended-Upgrade \"1\";\n",
    );
    let ours = server.path("etc/apt/apt.conf.d/99towerify-unattended");
    let off = done(&driver, "run-unat-0002", &UnattendedUpgrades { on: false }).await;
    assert!(off.before && !off.after && ours.exists());
    let on = done(&driver, "run-unat-0003", &UnattendedUpgrades { on: true }).await;
    // The machine's own setting says so already: our file is not needed.
    assert!(on.after && !ours.exists());
}

/// A certificate for a name with its key, from the openssl of this machine.
fn certificate(folder: &Path, name: &str) -> (String, String) {
    let (crt, key) = (folder.join("made.crt"), folder.join("made.key"));
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args([
            "-subj",
            &format!("/CN={name}"),
            "-addext",
            &format!("subjectAltName=DNS:{name}"),
        ])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&crt)
        .output()
        .expect("openssl is needed");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    (text(&crt), text(&key))
}

#[tokio::test]
async fn the_customers_own_certificate_comes_and_goes() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let made = tempfile::tempdir().unwrap();
    let (chain, key) = certificate(made.path(), "tour.example");
    let (_, other) = certificate(made.path(), "tour.example");
    let own = |domain: &str, key: &str| OwnCertificate {
        domain: domain.into(),
        chain: chain.clone(),
        key: key.into(),
    };
    let link = server.path("etc/yunohost/certs/tour.example");
    let former = std::fs::read_link(&link).unwrap();
    assert_eq!(
        refused(&driver, "run-cert-001", &own("x.example", &key))
            .await
            .0,
        refusal::DOMAIN_UNKNOWN
    );
    let (reason, message) = refused(&driver, "run-cert-002", &own("tour.example", &other)).await;
    assert_eq!(reason, refusal::CERTIFICATE_MISMATCH);
    assert!(!message.contains("PRIVATE"));
    assert_eq!(
        refused(&driver, "run-cert-003", &own("tour.example", "no key"))
            .await
            .0,
        refusal::CERTIFICATE_MISMATCH
    );
    // nginx refuses it: the former one is back, and the key is not left lying.
    server.write("machine.json", r#"{"nginx": {"status": 1}}"#);
    assert_eq!(
        refused(&driver, "run-cert-004", &own("tour.example", &key))
            .await
            .0,
        refusal::CERTIFICATE_REFUSED
    );
    assert_eq!(std::fs::read_link(&link).unwrap(), former);
    server.write("machine.json", "{}");

    let change = done(&driver, "run-cert-005", &own("tour.example", &key)).await;
    let folder = change.folder.clone().unwrap();
    assert!(
        folder.starts_with("/etc/yunohost/certs/tour.example-history/")
            && folder.ends_with("-custom"),
        "{folder}"
    );
    assert_eq!(text(&link.join("key.pem")), key);
    assert_eq!(mode(&link.join("key.pem")), 0o640);
    assert_eq!(mode(&server.path(&folder[1..])), 0o750);
    assert!(change.reloaded.contains(&"nginx".to_owned()));
    let ask = AskState {
        domains: vec!["tour.example".into()],
        ..AskState::default()
    };
    let state = driver.read_task(&ask).await.unwrap();
    assert_eq!(
        state.certificates[0].target.as_deref(),
        Some(folder.as_str())
    );
    assert_eq!(
        state.certificates[0].sha256.as_ref().map(String::len),
        Some(64)
    );
    let again = done(&driver, "run-cert-006", &own("tour.example", &key)).await;
    assert!(!again.changed);
    let history =
        std::fs::read_dir(server.path("etc/yunohost/certs/tour.example-history")).unwrap();
    assert_eq!(history.count(), 2);

    let back = RestoreCertificate {
        domain: "tour.example".into(),
        target: change.before.clone().unwrap(),
        remove: Some(folder.clone()),
    };
    assert!(done(&driver, "run-cert-007", &back).await.changed);
    assert_eq!(std::fs::read_link(&link).unwrap(), former);
    assert!(!server.path(&folder[1..]).exists());
    assert!(!done(&driver, "run-cert-008", &back).await.changed);
    // The key is nowhere in what is kept of the runs.
    let secret = key.lines().nth(1).unwrap();
    for entry in std::fs::read_dir(server.path("var/lib/towerify/runs")).unwrap() {
        for file in std::fs::read_dir(entry.unwrap().path()).unwrap() {
            assert!(!text(&file.unwrap().path()).contains(secret));
        }
    }
    // Nothing is left that holds YunoHost's lock.
    assert!(driver.lock().await.unwrap().is_none());
}

#[tokio::test]
async fn a_task_that_changes_what_yunohost_changes_waits_for_its_lock() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    server.write(
        "var/run/moulinette_yunohost.lock",
        &std::process::id().to_string(),
    );
    let back = RestoreCertificate {
        domain: "tour.example".into(),
        target: "/etc/yunohost/certs/tour.example-history/20261101.101500-selfsigned".into(),
        remove: None,
    };
    let stream = driver
        .start_task(
            "run-lock-0001",
            &back,
            &StartOptions {
                lock_wait: std::time::Duration::from_millis(400),
                ..StartOptions::default()
            },
        )
        .await
        .unwrap();
    let mut waited = false;
    let outcome = stream
        .finish(|event| waited |= matches!(event, RunEvent::Waiting { .. }))
        .await
        .unwrap();
    assert!(waited);
    assert!(
        matches!(&outcome, Outcome::Refused { refusal, .. } if refusal.key == "instance_already_running"),
        "{outcome:?}"
    );
    // One that does not is not kept waiting.
    assert!(
        done(&driver, "run-lock-0002", &Api { on: false })
            .await
            .changed
    );
}

#[tokio::test]
async fn what_we_put_there_is_taken_away_to_the_last_folder() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    for folder in ["usr/local/lib/towerify", "etc/towerify"] {
        std::fs::create_dir_all(server.path(folder)).unwrap();
        server.write(&format!("{folder}/x"), "");
    }
    let bans = NeverBan {
        addresses: vec!["192.0.2.7".into()],
    };
    done(&driver, "run-trace-001", &bans).await;
    let removed = done(&driver, "run-trace-002", &RemoveTraces {}).await;
    assert_eq!(
        removed.removed,
        [
            "/etc/fail2ban/jail.d/towerify.local",
            "/usr/local/lib/towerify",
            "/etc/towerify",
            "/var/lib/towerify/runs/run-trace-001"
        ]
    );
    assert_eq!(removed.left, [""; 0]);
    driver.forget("run-trace-002").await.unwrap();
    assert!(!server.path("var/lib/towerify").exists());
    let state = driver.read_task(&AskState::default()).await.unwrap();
    assert_eq!(state.traces, [""; 0]);
}
