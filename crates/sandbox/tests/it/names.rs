//! The fleet's name server, asked as any resolver is, over UDP and TCP.

use std::net::{IpAddr, Ipv4Addr};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::{RData, RecordType},
};
use towerify_sandbox::{Blueprint, Fleet, Obstacle, Options, Pace};

use crate::bare::machines;

fn resolver(fleet: &Fleet, over: fn() -> ConnectionConfig) -> TokioResolver {
    let mut connection = over();
    connection.port = fleet.resolver().port();
    let server = NameServerConfig::new(fleet.resolver().ip(), true, vec![connection]);
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    builder.options_mut().cache_size = 0;
    builder.options_mut().use_hosts_file = ResolveHosts::Never;
    builder.build().unwrap()
}

/// The addresses of a name; none when it is not known, or has no record of this kind.
async fn asked(resolver: &TokioResolver, name: &str, kind: RecordType) -> Vec<IpAddr> {
    match resolver.lookup(format!("{name}."), kind).await {
        Ok(found) => found
            .answers()
            .iter()
            .filter_map(|record| match &record.data {
                RData::A(address) => Some(IpAddr::V4(address.0)),
                RData::AAAA(address) => Some(IpAddr::V6(address.0)),
                _ => None,
            })
            .collect(),
        Err(error) if error.is_no_records_found() || error.is_nx_domain() => Vec::new(),
        Err(error) => panic!("{name}: {error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_and_what_is_below_it_lead_to_its_machine_over_udp_and_tcp() {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let here = [IpAddr::V4(Ipv4Addr::LOCALHOST)];
    for over in [ConnectionConfig::udp, ConnectionConfig::tcp] {
        let resolver = resolver(&fleet, over);
        for name in ["neuf.example", "nuage.neuf.example", "NEUF.example"] {
            assert_eq!(asked(&resolver, name, RecordType::A).await, here, "{name}");
        }
        let six = asked(&resolver, "neuf.example", RecordType::AAAA).await;
        assert!(six.is_empty());
        for stranger in ["example", "presque-neuf.example", "ailleurs.example"] {
            let found = asked(&resolver, stranger, RecordType::A).await;
            assert!(found.is_empty(), "{stranger}: {found:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_obstacle_of_names_is_answered_and_gone_when_it_is_taken_away() {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = fleet.machine("neuf").unwrap();
    let resolver = resolver(&fleet, ConnectionConfig::udp);
    let here = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    let wrong: Vec<IpAddr> = vec!["192.0.2.66".parse().unwrap()];
    for (obstacle, of_domain, of_below) in [
        (Obstacle::WrongDns, wrong.clone(), wrong),
        (Obstacle::NoWildcardDns, here.clone(), Vec::new()),
        (Obstacle::NoDns, Vec::new(), Vec::new()),
    ] {
        machine.obstacle(obstacle.clone());
        let domain = asked(&resolver, "neuf.example", RecordType::A).await;
        let below = asked(&resolver, "x.neuf.example", RecordType::A).await;
        assert_eq!((domain, below), (of_domain, of_below), "{obstacle:?}");
        machine.clear_obstacles();
        assert_eq!(
            asked(&resolver, "x.neuf.example", RecordType::A).await,
            here
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_fleet_s_name_server_keeps_its_port() {
    let folder = tempfile::tempdir().unwrap();
    let mut ports = Vec::new();
    for _ in 0..2 {
        let options = Options {
            folder: Some(folder.path().to_owned()),
            pace: Pace::Instant,
            plan: vec![Blueprint::bare("neuf", "neuf.example")],
            ..Options::default()
        };
        let fleet = Fleet::start(options).await.unwrap();
        ports.push(fleet.resolver());
        fleet.stop().await;
    }
    assert_eq!(ports[0], ports[1]);
}
