//! What a folder keeps: ports, host keys, changes, and runs that a power cut lost.

use towerify_driver::{LostHow, Outcome, RunEvent, StartOptions};
use towerify_sandbox::{
    Absence, Blueprint, Fault, Fleet, Options, Pace, SandboxError, firm, forget,
};
use towerify_yunohost::{groups, users};

use crate::{
    bare,
    support::{done, driver, fleet},
};

#[tokio::test(flavor = "multi_thread")]
async fn ports_keys_and_changes_survive_a_restart_and_starting_afresh_forgets_them() {
    let folder = tempfile::tempdir().unwrap();
    let first = fleet(&["glycines-lab"], Some(folder.path())).await;
    let before = first.server("glycines-lab").unwrap().clone();
    let action = groups::CreateGroup {
        group: "laboratoire".parse().unwrap(),
    };
    let (_, outcome) = done(&driver(&before).await, "run-group-01", &action).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");

    let options = Options {
        folder: Some(folder.path().to_owned()),
        pace: Pace::Instant,
        ..Options::default()
    };
    assert!(matches!(
        Fleet::start(options).await,
        Err(SandboxError::InUse)
    ));
    assert!(matches!(forget(folder.path()), Err(SandboxError::InUse)));
    first.stop().await;

    let second = fleet(&["glycines-lab"], Some(folder.path())).await;
    let after = second.server("glycines-lab").unwrap().clone();
    assert_eq!(
        (after.ssh_port, after.api_port),
        (before.ssh_port, before.api_port)
    );
    assert_eq!(after.host_key, before.host_key);
    assert_eq!(after.certificate_sha256, before.certificate_sha256);
    let listed = driver(&after)
        .await
        .read(&groups::ListGroups { primary: false })
        .await
        .unwrap();
    assert!(listed.groups.contains_key("laboratoire"));
    let kept = driver(&after)
        .await
        .follow("run-group-01", 0)
        .await
        .unwrap()
        .finish(|_| ())
        .await
        .unwrap();
    assert!(
        matches!(kept, Outcome::Done { .. }),
        "an outcome is kept: {kept:?}"
    );
    second.stop().await;

    forget(folder.path()).unwrap();
    let third = fleet(&["glycines-lab"], Some(folder.path())).await;
    let afresh = third.server("glycines-lab").unwrap();
    assert_ne!(afresh.host_key, before.host_key);
    let listed = driver(afresh)
        .await
        .read(&groups::ListGroups { primary: false })
        .await
        .unwrap();
    assert!(!listed.groups.contains_key("laboratoire"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_a_power_cut_ended_is_lost_by_reboot_and_had_no_effect() {
    let folder = tempfile::tempdir().unwrap();
    let first = fleet(&["glycines-lab"], Some(folder.path())).await;
    let server = first.server("glycines-lab").unwrap().clone();
    server.faults().set(Fault::LockHeld {
        by: vec!["backup".to_owned()],
    });
    let action = users::DeleteUser {
        username: "a.perrin".parse().unwrap(),
        purge: true,
    };
    let mut stream = driver(&server)
        .await
        .start("run-power-01", &action, &StartOptions::default())
        .await
        .unwrap();
    stream.next().await.unwrap().unwrap();
    first.stop().await;

    let second = fleet(&["glycines-lab"], Some(folder.path())).await;
    let driver = driver(second.server("glycines-lab").unwrap()).await;
    let outcome = driver
        .follow("run-power-01", 0)
        .await
        .unwrap()
        .finish(|_| ())
        .await
        .unwrap();
    assert!(
        matches!(
            outcome,
            Outcome::Lost {
                how: LostHow::ByReboot,
                ..
            }
        ),
        "{outcome:?}"
    );
    let people = serde_json::to_value(driver.read(&users::ListUsers).await.unwrap()).unwrap();
    assert!(people["users"]["a.perrin"].is_object());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_firm_starts() {
    let fleet = Fleet::start(Options {
        pace: Pace::Instant,
        ..Options::default()
    })
    .await
    .unwrap();
    assert_eq!(fleet.servers().len(), firm::plan().len());
    assert_eq!(fleet.machines().len(), firm::machines().len());
    let mut ports: Vec<u16> = fleet
        .servers()
        .iter()
        .flat_map(|server| [server.ssh_port, server.api_port])
        .collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 24, "every server has ports of its own");
    for server in fleet.servers() {
        assert!(!format!("{server:?}").contains(&server.password));
    }
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_on_a_machine_goes_on_when_nobody_noticed_that_the_fleet_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options {
        folder: Some(folder.path().to_owned()),
        // An installation takes about two seconds.
        pace: Pace::Times(100),
        absence: Absence::Unnoticed,
        plan: vec![Blueprint::bare("neuf", "neuf.example")],
        ..Options::default()
    };
    let first = Fleet::start(options()).await.unwrap();
    let driver = bare::root_driver(first.machine("neuf").unwrap()).await;
    let boot = driver.facts().boot_id.clone();
    let mut stream = driver
        .start_task(
            "run-goes-on-01",
            &bare::installer(),
            &StartOptions::default(),
        )
        .await
        .unwrap();
    let mut lines = Vec::new();
    for _ in 0..3 {
        lines.push(format!("{:?}", stream.next().await.unwrap().unwrap()));
    }
    first.stop().await;

    let second = Fleet::start(options()).await.unwrap();
    let machine = second.machine("neuf").unwrap();
    let driver = bare::root_driver(machine).await;
    assert_eq!(driver.facts().boot_id, boot);
    let mut told = Vec::new();
    let ended = driver
        .follow("run-goes-on-01", 0)
        .await
        .unwrap()
        .finish(|event| {
            if let RunEvent::Log { message, .. } = event {
                told.push(message.clone());
            }
        })
        .await
        .unwrap();
    assert!(matches!(ended, Outcome::Done { .. }), "{ended:?}");
    let each_once: std::collections::BTreeSet<&String> = told.iter().collect();
    assert_eq!(
        each_once.len(),
        told.len(),
        "every line is told once: {told:?}"
    );
    assert_eq!(told.len(), 17);
    assert_eq!(bare::counted(machine), ["install_yunohost done 1"]);
    second.stop().await;
    let kept =
        std::fs::read_to_string(folder.path().join("neuf/runs/run-goes-on-01.json")).unwrap();
    assert!(
        !kept.contains("wish"),
        "what was to be done is forgotten at its end"
    );
}
