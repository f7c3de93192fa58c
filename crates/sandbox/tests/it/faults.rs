//! Each fault strikes the server it was set on, is seen for what it is, and leaves a healthy neighbour alone.

use std::time::{Duration, Instant};

use towerify_driver::{Driver, DriverError, Outcome, StartOptions, connect};
use towerify_sandbox::{Fault, Fleet, TrainingServer};
use towerify_ssh::SshError;
use towerify_yunohost::{groups, users};

use crate::support::{connection, driver, fleet, through_sudo};

/// A faulty server and a healthy one.
async fn pair() -> (Fleet, TrainingServer, TrainingServer) {
    let fleet = fleet(&["bremont-01", "kestrel-01"], None).await;
    let (faulty, healthy) = (fleet.servers()[0].clone(), fleet.servers()[1].clone());
    (fleet, faulty, healthy)
}

async fn assert_healthy(neighbour: &TrainingServer) {
    let began = Instant::now();
    driver(neighbour)
        .await
        .read(&users::ListUsers)
        .await
        .unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "the neighbour noticed"
    );
}

async fn open(server: &TrainingServer) -> Result<Driver, DriverError> {
    let connection = connection(server).await?;
    connect(&connection, through_sudo(server)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_host_key_is_another_key() {
    let (_fleet, faulty, healthy) = pair().await;
    faulty.faults().set(Fault::ChangedHostKey);
    let refused = connection(&faulty).await;
    assert!(
        matches!(refused, Err(SshError::HostKey { .. })),
        "{:?}",
        refused.err()
    );
    assert_healthy(&healthy).await;
    faulty.faults().clear();
    assert_healthy(&faulty).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_is_refused() {
    let (_fleet, faulty, healthy) = pair().await;
    faulty.faults().set(Fault::RefusedLogin);
    let refused = connection(&faulty).await.err().unwrap();
    assert_eq!(
        refused.stage(),
        towerify_ssh::Stage::Authentication,
        "{refused:?}"
    );
    assert_healthy(&healthy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_server_answers_nobody_and_answers_again_afterwards() {
    let (_fleet, faulty, healthy) = pair().await;
    let before = open(&faulty).await.unwrap();
    faulty.faults().set(Fault::Hang);
    assert!(connection(&faulty).await.is_err(), "a new connection hangs");
    let open_one =
        tokio::time::timeout(Duration::from_secs(1), before.read(&users::ListUsers)).await;
    assert!(
        open_one.is_err() || open_one.unwrap().is_err(),
        "an open one hangs too"
    );
    assert_healthy(&healthy).await;
    faulty.faults().clear();
    assert_healthy(&faulty).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_server_is_slow_and_right() {
    let (_fleet, faulty, healthy) = pair().await;
    let driver = open(&faulty).await.unwrap();
    faulty.faults().set(Fault::Slow(Duration::from_millis(300)));
    let began = Instant::now();
    driver.read(&users::ListUsers).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_healthy(&healthy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_cut_in_the_middle_of_an_answer() {
    let (_fleet, faulty, healthy) = pair().await;
    let driver = open(&faulty).await.unwrap();
    faulty.faults().set(Fault::CutAfter(200));
    let cut = driver.read(&users::ListUsers).await;
    assert!(cut.is_err(), "200 bytes hold no answer");
    assert_healthy(&healthy).await;
    faulty.faults().clear();
    assert_healthy(&faulty).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_a_protocol_fault() {
    let (_fleet, faulty, healthy) = pair().await;
    let driver = open(&faulty).await.unwrap();
    faulty.faults().set(Fault::Garbage);
    let nonsense = driver.read(&users::ListUsers).await.err().unwrap();
    assert!(matches!(nonsense, DriverError::Protocol(_)), "{nonsense:?}");
    assert!(open(&faulty).await.is_err());
    assert_healthy(&healthy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_output_is_bounded_by_the_reader() {
    let (_fleet, faulty, healthy) = pair().await;
    let driver = open(&faulty).await.unwrap();
    faulty.faults().set(Fault::HugeOutput);
    let endless = driver.read(&users::ListUsers).await.err().unwrap();
    assert!(matches!(endless, DriverError::Protocol(_)), "{endless:?}");
    drop(driver);
    assert_healthy(&healthy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_no_write_begins_except_what_frees_space() {
    let (_fleet, faulty, healthy) = pair().await;
    let driver = open(&faulty).await.unwrap();
    faulty.faults().set(Fault::FullDisk);
    let action = groups::CreateGroup {
        group: "essai".parse().unwrap(),
    };
    let stream = driver
        .start("run-full-0001", &action, &StartOptions::default())
        .await;
    let refused = match stream {
        Ok(stream) => stream.finish(|_| ()).await.err(),
        Err(refused) => Some(refused),
    };
    assert!(
        matches!(refused, Some(DriverError::DiskFull)),
        "{refused:?}"
    );
    let in_memory = StartOptions {
        in_memory: true,
        ..StartOptions::default()
    };
    let stream = driver
        .start("run-full-0002", &action, &in_memory)
        .await
        .unwrap();
    assert!(matches!(
        stream.finish(|_| ()).await.unwrap(),
        Outcome::Done { .. }
    ));
    assert_eq!(driver.ask_facts().await.unwrap().disk_free_kib, 0);
    assert_healthy(&healthy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_yunohost_or_before_its_post_installation_says_so() {
    let (_fleet, faulty, healthy) = pair().await;
    faulty.faults().set(Fault::NoYunohost);
    let driver = open(&faulty).await.unwrap();
    assert_eq!(driver.facts().yunohost, None, "facts still answer");
    let without = driver.read(&users::ListUsers).await.err().unwrap();
    assert!(matches!(without, DriverError::NoYunohost), "{without:?}");
    faulty.faults().clear();
    faulty.faults().set(Fault::NotPostinstalled);
    let before = match open(&faulty).await {
        Ok(driver) => driver.read(&users::ListUsers).await.err().unwrap(),
        Err(refused) => refused,
    };
    assert!(
        matches!(before, DriverError::NotPostInstalled),
        "{before:?}"
    );
    assert_healthy(&healthy).await;
}
