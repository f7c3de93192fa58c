//! A hundred servers in one process: some dead, some slow, and how many are connected at once.

use std::time::{Duration, Instant};

use towerify_sandbox::{Blueprint, Fleet, Options, Pace};
use towerify_ssh::Connection;

use crate::support::dial;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_servers_start_cheaply_dead_ones_refuse_and_connections_are_counted() {
    let plan: Vec<Blueprint> = Blueprint::many(100)
        .into_iter()
        .enumerate()
        .map(|(place, server)| match place % 20 {
            3 | 13 => server.dead(),
            7 => server.slow(120),
            _ => server,
        })
        .collect();
    let began = Instant::now();
    let fleet = Fleet::start(Options {
        pace: Pace::Instant,
        plan,
        ..Options::default()
    })
    .await
    .unwrap();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert_eq!(fleet.servers().len(), 100);
    assert_eq!(fleet.most_connections(), 0);

    let mut open = Vec::new();
    for server in &fleet.servers()[..5] {
        let connection = Connection::open(dial(server)).await;
        let is_dead = server.name == "many-004";
        assert_eq!(connection.is_err(), is_dead, "{}", server.name);
        open.extend(connection.ok());
    }
    assert_eq!((fleet.connections(), fleet.most_connections()), (4, 4));
    open.clear();
    let patience = Instant::now();
    while fleet.connections() > 0 && patience.elapsed() < Duration::from_secs(5) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!((fleet.connections(), fleet.most_connections()), (0, 4));
    fleet.count_connections_anew();
    assert_eq!(fleet.most_connections(), 0);

    let began = Instant::now();
    let slow = Connection::open(dial(&fleet.servers()[7])).await.unwrap();
    assert!(
        began.elapsed() > Duration::from_millis(240),
        "{:?}",
        began.elapsed()
    );
    drop(slow);
    fleet.stop().await;
}
