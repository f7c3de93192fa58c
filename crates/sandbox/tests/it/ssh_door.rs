//! sshd's port, YunoHost's firewall, and the trap of 12.1.25 between the two.

use towerify_driver::connect;
use towerify_machine::state::AskState;
use towerify_sandbox::{BareMachine, Blueprint, Obstacle};
use towerify_ssh::{Connection, SshError};

use crate::bare::{ADMIN_PASSWORD, counted, dial_at, machines, made_a_server, ran, run};

/// A port that nobody has now.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

async fn at(machine: &BareMachine, port: u16) -> Result<Connection, SshError> {
    Connection::open(dial_at(machine, port, "camille", ADMIN_PASSWORD)).await
}

fn set(port: u16) -> String {
    format!("yunohost settings set security.ssh.ssh_port -v {port}")
}

#[tokio::test(flavor = "multi_thread")]
async fn on_12_1_the_port_moves_when_the_firewall_was_opened_first() {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = fleet.machine("neuf").unwrap();
    let first = made_a_server(machine).await;
    let port = free_port();
    ran(&first, &format!("yunohost firewall open {port} SSH")).await;
    ran(&first, &set(port)).await;
    assert_eq!(machine.ssh_port_now(), Some(port));
    assert!(at(machine, port).await.is_ok());
    assert!(
        at(machine, machine.ssh_port).await.is_err(),
        "it is no longer there"
    );
    ran(&first, "yunohost firewall close 22").await;
    let raw = ran(&first, "yunohost firewall list --raw --json").await;
    let raw: serde_json::Value = serde_json::from_str(raw.lines().last().unwrap()).unwrap();
    assert_eq!(raw["tcp"]["22"]["open"], false);
    assert_eq!(raw["tcp"][port.to_string()]["open"], true);
    // And back: 22 is the first port again.
    ran(&first, "yunohost firewall open 22 SSH").await;
    ran(&first, &set(22)).await;
    assert!(at(machine, machine.ssh_port).await.is_ok());
    assert!(at(machine, port).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_12_1_everybody_is_locked_out_unless_the_firewall_was_opened_and_the_open_connection_can_help()
 {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = fleet.machine("neuf").unwrap();
    let first = made_a_server(machine).await;
    let port = free_port();
    let (exit, ..) = run(&first, &set(port)).await;
    assert_eq!(exit, Some(1));
    assert_eq!(machine.ssh_port_now(), None);
    assert!(at(machine, port).await.is_err());
    assert!(at(machine, machine.ssh_port).await.is_err());
    assert!(!first.is_closed());
    ran(&first, &format!("yunohost firewall open {port} SSH")).await;
    assert!(at(machine, port).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_12_0_the_firewall_follows_by_itself() {
    let fleet = machines(vec![
        Blueprint::bare("neuf", "neuf.example").yunohost("12.0.17"),
    ])
    .await;
    let machine = fleet.machine("neuf").unwrap();
    let first = made_a_server(machine).await;
    let port = free_port();
    ran(&first, &set(port)).await;
    assert!(at(machine, port).await.is_ok());
    let listed = ran(&first, "yunohost firewall list --json").await;
    assert!(listed.contains(&port.to_string()), "{listed}");
    let (exit, _, complained) = run(&first, "yunohost firewall open 8080 x").await;
    assert_eq!(exit, Some(2), "12.0 has no such verb");
    assert!(
        complained.contains("invalid choice: 'open'"),
        "{complained}"
    );
    let listed = ran(&first, "yunohost firewall disallow TCP 25 --json").await;
    assert!(
        listed.contains("opened_ports") && !listed.contains("25,"),
        "{listed}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn over_an_edited_sshd_config_success_is_said_and_nothing_moves() {
    let fleet = machines(vec![
        Blueprint::bare("neuf", "neuf.example").with(Obstacle::EditedSshdConfig),
    ])
    .await;
    let machine = fleet.machine("neuf").unwrap();
    let first = made_a_server(machine).await;
    let port = free_port();
    ran(&first, &format!("yunohost firewall open {port} SSH")).await;
    ran(&first, &set(port)).await;
    assert!(at(machine, machine.ssh_port).await.is_ok());
    let driver = connect(&first, towerify_driver::Start::default())
        .await
        .unwrap();
    let state = driver.read_task(&AskState::default()).await.unwrap();
    assert_eq!(state.sshd.ports, [22]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_this_computer_can_not_give_is_refused_and_closing_the_door_one_stands_in_is_not_done()
 {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = fleet.machine("neuf").unwrap();
    let first = made_a_server(machine).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    ran(&first, &format!("yunohost firewall open {port} SSH")).await;
    let (exit, _, complained) = run(&first, &set(port)).await;
    assert_eq!(exit, Some(1), "{complained}");
    assert_eq!(machine.ssh_port_now(), Some(machine.ssh_port));
    ran(&first, "yunohost firewall close 22").await;
    assert_eq!(machine.ssh_port_now(), Some(machine.ssh_port));
    assert!(
        !counted(machine).iter().any(|line| line.contains("close")),
        "SSH's own port opens again silently"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_port_survives_a_restart_of_the_fleet() {
    let folder = tempfile::tempdir().unwrap();
    let options = || towerify_sandbox::Options {
        folder: Some(folder.path().to_owned()),
        pace: towerify_sandbox::Pace::Instant,
        plan: vec![Blueprint::bare("neuf", "neuf.example")],
        ..towerify_sandbox::Options::default()
    };
    let fleet = towerify_sandbox::Fleet::start(options()).await.unwrap();
    let machine = fleet.machine("neuf").unwrap();
    let first = made_a_server(machine).await;
    let port = free_port();
    ran(&first, &format!("yunohost firewall open {port} SSH")).await;
    ran(&first, &set(port)).await;
    drop(first);
    fleet.stop().await;
    let fleet = towerify_sandbox::Fleet::start(options()).await.unwrap();
    let again = fleet.machine("neuf").unwrap();
    assert_eq!(again.ssh_port_now(), Some(port));
    assert!(at(again, port).await.is_ok());
}
