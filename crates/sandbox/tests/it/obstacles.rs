//! Each obstacle, made, and seen for what it is.

use std::time::Duration;

use towerify_driver::{DriverError, LostHow, Outcome, StartOptions, connect};
use towerify_machine::{
    install::{Distribution, InstallYunohost, Prepare, Source},
    preflight::{AskHost, Facts, Preflight},
    refusal,
    state::AskState,
};
use towerify_sandbox::{Bare, BareMachine, Blueprint, Fleet, Obstacle};
use towerify_yunohost::Argv;

use crate::bare::{
    as_root, counted, done, ended, installer, machines, made_a_server, postinstall, ran, refused,
    root_driver, through_sudo,
};

/// Whether facts show an obstacle.
type Shows = fn(&Facts) -> bool;

async fn one(blueprint: Blueprint) -> (Fleet, BareMachine) {
    let fleet = machines(vec![blueprint]).await;
    let machine = fleet.machines()[0].clone();
    (fleet, machine)
}

fn bare() -> Blueprint {
    Blueprint::bare("neuf", "neuf.example")
}

async fn preflight(machine: &BareMachine) -> Facts {
    let asked = Preflight {
        hosts: vec![AskHost {
            host: "yunohost.org".to_owned(),
            port: 443,
            ping: true,
        }],
        update: true,
        ..Preflight::default()
    };
    root_driver(machine).await.read_task(&asked).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_facts_of_a_machine_show_what_stands_in_the_way() {
    let cases: Vec<(Blueprint, Shows)> = vec![
        (bare().debian(10), |facts| facts.debian.codename == "buster"),
        (bare().debian(13), |facts| facts.debian.codename == "trixie"),
        (bare().with(Obstacle::SmallDisk), |facts| {
            facts.disks[0].total_kib == 5 << 20
        }),
        (bare().with(Obstacle::ClockOff(-3_600)), |facts| {
            facts.clock.synchronized == Some(false)
        }),
        (
            bare().with(Obstacle::PortInUse {
                port: 80,
                process: "lighttpd".to_owned(),
            }),
            |facts| facts.listeners.iter().any(|one| one.port == 80),
        ),
        (bare().with(Obstacle::PingBlocked), |facts| {
            facts.hosts[0].ping == Some(false) && facts.hosts[0].answers == Some(true)
        }),
        (bare().with(Obstacle::Offline), |facts| {
            facts.hosts[0].addresses.is_empty() && facts.apt.update.ok == Some(false)
        }),
        (bare().with(Obstacle::RebootNeeded), |facts| {
            facts.reboot_needed
        }),
        (
            bare().with(Obstacle::ConflictingPackage("apache2".to_owned())),
            |facts| facts.conflicts.iter().any(|one| one.name == "apache2"),
        ),
        (bare().with(Obstacle::HeldPackages), |facts| {
            !facts.apt.holds.is_empty()
        }),
        (bare().with(Obstacle::Container), |facts| {
            facts.container.is_some()
        }),
        (
            bare().with(Obstacle::AptLocked(Duration::from_secs(600))),
            |facts| facts.apt.lock.is_some() && !facts.at_work.is_empty(),
        ),
        (
            bare().with(Obstacle::CloudInitAtWork(Duration::from_secs(600))),
            |facts| facts.at_work == ["cloud-init"],
        ),
    ];
    let (_fleet, healthy) = one(bare()).await;
    let healthy = preflight(&healthy).await;
    for (blueprint, shows) in cases {
        let obstacles = format!("{:?}", blueprint.bare);
        let (_fleet, machine) = one(blueprint).await;
        assert!(shows(&preflight(&machine).await), "{obstacles}");
        assert!(!shows(&healthy), "{obstacles} is seen where it is not");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_is_off_by_what_was_asked_for() {
    let (_fleet, machine) = one(bare().with(Obstacle::ClockOff(3_600))).await;
    let driver = root_driver(&machine).await;
    let facts = driver.read_task(&Preflight::default()).await.unwrap();
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_millis();
    let off = facts.clock.epoch_ms - i64::try_from(now).unwrap();
    assert!((3_590_000..=3_610_000).contains(&off), "{off} ms");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_sudoer_does_not_become_root_and_who_is_one_does() {
    let by_user = |obstacles| Blueprint {
        bare: Some(Bare {
            user: "debian".to_owned(),
            obstacles,
            ..Bare::default()
        }),
        ..bare()
    };
    let (_fleet, machine) = one(by_user(vec![Obstacle::NoSudo])).await;
    let connection = as_root(&machine).await.unwrap();
    let refused = connect(&connection, through_sudo(Some(&machine.password))).await;
    assert!(
        matches!(refused, Err(DriverError::Sudo(_))),
        "{:?}",
        refused.err()
    );
    let (_fleet, machine) = one(by_user(Vec::new())).await;
    let connection = as_root(&machine).await.unwrap();
    let driver = connect(&connection, through_sudo(Some(&machine.password)))
        .await
        .unwrap();
    assert_eq!(driver.facts().uid, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_installer_fails_as_the_obstacle_wants_and_goes_through_once_it_is_gone() {
    for (obstacle, leaves_packages) in [
        (Obstacle::PingBlocked, false),
        (Obstacle::Container, false),
        (Obstacle::ConflictingPackage("bind9".to_owned()), false),
        (Obstacle::ConflictingPackage("openresolv".to_owned()), true),
        (Obstacle::FullDiskInInstall, true),
        (
            Obstacle::PortInUse {
                port: 80,
                process: "lighttpd".to_owned(),
            },
            true,
        ),
    ] {
        let (_fleet, machine) = one(bare().with(obstacle.clone())).await;
        let driver = root_driver(&machine).await;
        let key = refused(&driver, "run-stopped-1", &installer()).await;
        assert_eq!(key, refusal::INSTALLER_FAILED, "{obstacle:?}");
        let state = driver.read_task(&AskState::default()).await.unwrap();
        assert_eq!(state.yunohost.installed, None, "{obstacle:?}");
        let audit = preflight(&machine).await.apt.audit.ok;
        assert_eq!(audit == Some(false), leaves_packages, "{obstacle:?}");
        machine.clear_obstacles();
        done(&driver, "run-stopped-2", &installer()).await;
        assert!(counted(&machine).contains(&"install_yunohost done 1".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_failed_installation_left_is_seen_and_removed_by_prepare() {
    let (_fleet, machine) = one(bare().with(Obstacle::InstallerFailsHalfway)).await;
    let driver = root_driver(&machine).await;
    let key = refused(&driver, "run-half-0001", &installer()).await;
    assert_eq!(key, refusal::INSTALLER_FAILED);
    let state = driver.read_task(&AskState::default()).await.unwrap();
    assert_eq!(state.leftovers.len(), 2, "{:?}", state.leftovers);
    assert_eq!(preflight(&machine).await.apt.update.ok, Some(false));
    let prepared = done(&driver, "run-half-0002", &Prepare::default()).await;
    assert_eq!(prepared.removed, state.leftovers);
    assert_eq!(preflight(&machine).await.apt.update.ok, Some(true));
    done(&driver, "run-half-0003", &installer()).await;
    assert_eq!(
        counted(&machine),
        [
            "install_yunohost done 1",
            "install_yunohost failed 1",
            "prepare  1"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn apt_is_waited_for_or_refused_when_it_takes_too_long() {
    let (_fleet, machine) =
        one(bare().with(Obstacle::AptLocked(Duration::from_millis(1_500)))).await;
    let driver = root_driver(&machine).await;
    let impatient = Prepare { wait: 0 };
    assert_eq!(
        refused(&driver, "run-apt-00001", &impatient).await,
        refusal::APT_BUSY
    );
    let prepared = done(&driver, "run-apt-00002", &Prepare::default()).await;
    assert_eq!(
        prepared.waited_for,
        ["unattended-upgrades", "apt (pid 812, unattended-upgr)"]
    );
    assert!(prepared.waited_ms > 100, "{}", prepared.waited_ms);
    assert!(preflight(&machine).await.apt.lock.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn old_and_new_releases_of_debian_have_no_stable_installer() {
    for (debian, distribution, expected) in [
        (10, Distribution::Stable, refusal::NO_INSTALLER),
        (11, Distribution::Stable, refusal::NO_INSTALLER),
        (13, Distribution::Stable, refusal::INSTALLER_FAILED),
    ] {
        let (_fleet, machine) = one(bare().debian(debian)).await;
        let driver = root_driver(&machine).await;
        let asked = InstallYunohost {
            distribution,
            ..installer()
        };
        let key = refused(&driver, "run-release-1", &asked).await;
        assert_eq!(key, expected, "Debian {debian}");
    }
    let (_fleet, machine) = one(bare().debian(13)).await;
    let asked = InstallYunohost {
        distribution: Distribution::Unstable,
        ..installer()
    };
    done(&root_driver(&machine).await, "run-release-2", &asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_is_not_the_expected_one_is_not_run() {
    let (_fleet, machine) = one(bare()).await;
    let driver = root_driver(&machine).await;
    let mut asked = InstallYunohost::from(Source::Text("#!/bin/bash\n".to_owned()));
    asked.sha256 = Some("0".repeat(64));
    assert_eq!(
        refused(&driver, "run-script-01", &asked).await,
        refusal::SCRIPT_CHANGED
    );
    assert!(machine.effects().is_empty());
    asked.sha256 = None;
    let installed = done(&driver, "run-script-02", &asked).await;
    assert_eq!(installed.source, "brought along");
    asked.sha256 = Some(installed.sha256);
    assert!(done(&driver, "run-script-03", &asked).await.already);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_installation_that_is_cut_leaves_a_machine_that_can_not_be_post_installed() {
    let (_fleet, machine) = one(bare().with(Obstacle::PostinstallCut)).await;
    let connection = as_root(&machine).await.unwrap();
    let driver = connect(&connection, towerify_driver::Start::default())
        .await
        .unwrap();
    done(&driver, "run-cut-00001", &installer()).await;
    let (exit, ..) = crate::bare::run(&connection, &postinstall("neuf.example")).await;
    assert_eq!(exit, Some(137));
    let state = driver.read_task(&AskState::default()).await.unwrap();
    assert!(!state.yunohost.postinstalled);
    assert_eq!(state.yunohost.main_domain.as_deref(), Some("neuf.example"));
    let (exit, _, complained) = crate::bare::run(&connection, &postinstall("neuf.example")).await;
    assert_eq!(exit, Some(1));
    assert!(complained.contains("already exists"), "{complained}");
    assert!(as_root(&machine).await.is_ok(), "root is not shut out yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reboot_ends_connections_and_runs_and_changes_the_boot_id() {
    let (_fleet, machine) = one(bare()
        .with(Obstacle::RebootNeeded)
        .with(Obstacle::AptLocked(Duration::from_secs(600))))
    .await;
    let driver = root_driver(&machine).await;
    let boot = driver.facts().boot_id.clone();
    let mut waiting = driver
        .start_task(
            "run-waits-001",
            &Prepare::default(),
            &StartOptions::default(),
        )
        .await
        .unwrap();
    waiting.next().await.unwrap().unwrap();
    machine.reboot();
    assert!(as_root(&machine).await.is_err(), "it is between two boots");
    tokio::time::sleep(Duration::from_millis(400)).await;
    let driver = root_driver(&machine).await;
    assert_ne!(driver.facts().boot_id, boot);
    assert!(!driver.facts().reboot_required);
    let lost = driver.follow("run-waits-001", 0).await.unwrap();
    let lost = lost.finish(|_| ()).await.unwrap();
    assert!(
        matches!(
            lost,
            Outcome::Lost {
                how: LostHow::ByReboot,
                ..
            }
        ),
        "{lost:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reboot_that_yunohost_was_asked_for_ends_interrupted_with_a_new_boot() {
    let (_fleet, machine) = one(bare()).await;
    let connection = made_a_server(&machine).await;
    let boot = connect(&connection, towerify_driver::Start::default())
        .await
        .unwrap()
        .facts()
        .boot_id
        .clone();
    let (exit, _, complained) = crate::bare::run(&connection, "yunohost tools reboot").await;
    assert_eq!(exit, Some(1), "without force it asks: {complained}");
    let driver = connect(&connection, towerify_driver::Start::default())
        .await
        .unwrap();
    let reboot = Argv::new("tools reboot").flag("--force", true);
    let cut = driver
        .start_words("run-reboot-001", &reboot, &StartOptions::default())
        .await
        .unwrap()
        .finish(|_| ())
        .await;
    drop(cut);
    tokio::time::sleep(Duration::from_millis(400)).await;
    machine.count_peers_as_private(true);
    let again = towerify_ssh::Connection::open(crate::bare::dial(
        &machine,
        "root",
        crate::bare::ADMIN_PASSWORD,
    ))
    .await
    .unwrap();
    let driver = connect(&again, towerify_driver::Start::default())
        .await
        .unwrap();
    assert_ne!(driver.facts().boot_id, boot);
    let run = driver.follow("run-reboot-001", 0).await.unwrap();
    match run.finish(|_| ()).await.unwrap() {
        Outcome::Refused {
            refusal, signal, ..
        } => {
            assert_eq!(refusal.key, "interrupted");
            assert_eq!(signal.as_deref(), Some("SIGTERM"));
        }
        other => panic!("{other:?}"),
    }
    assert!(counted(&machine).contains(&"tools reboot  1".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn obstacles_and_effects_survive_a_restart_of_the_fleet() {
    let folder = tempfile::tempdir().unwrap();
    let options = || towerify_sandbox::Options {
        folder: Some(folder.path().to_owned()),
        pace: towerify_sandbox::Pace::Instant,
        plan: vec![bare()],
        ..towerify_sandbox::Options::default()
    };
    let fleet = Fleet::start(options()).await.unwrap();
    let machine = fleet.machine("neuf").unwrap().clone();
    machine.obstacle(Obstacle::PingBlocked);
    let driver = root_driver(&machine).await;
    assert!(ended(&driver, "run-kept-0001", &installer()).await.is_ok());
    machine.obstacle(Obstacle::HeldPackages);
    fleet.stop().await;

    let fleet = Fleet::start(options()).await.unwrap();
    let again = fleet.machine("neuf").unwrap();
    assert_eq!(
        (again.ssh_port, &again.host_key),
        (machine.ssh_port, &machine.host_key)
    );
    assert_eq!(
        again.obstacles(),
        [Obstacle::PingBlocked, Obstacle::HeldPackages]
    );
    again.clear_obstacles();
    let connection = as_root(again).await.unwrap();
    let driver = connect(&connection, towerify_driver::Start::default())
        .await
        .unwrap();
    done(&driver, "run-kept-0002", &installer()).await;
    ran(&connection, &postinstall("neuf.example")).await;
    let effects = towerify_sandbox::effects_of(folder.path(), "neuf").unwrap();
    assert_eq!(effects, again.effects());
    assert_eq!(
        counted(again),
        [
            "install_yunohost done 1",
            "tools postinstall neuf.example 1"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_of_the_exercise_can_be_removed_by_hand() {
    let (_fleet, machine) = one(bare().with(Obstacle::PortInUse {
        port: 80,
        process: "lighttpd".to_owned(),
    }))
    .await;
    let connection = as_root(&machine).await.unwrap();
    ran(&connection, "apt-get remove -y apache2").await;
    assert_eq!(machine.obstacles().len(), 1, "that was another");
    ran(&connection, "apt-get remove -y lighttpd").await;
    assert!(machine.obstacles().is_empty());
}
