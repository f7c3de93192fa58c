//! Hops and forwards, against real sshds.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here fails the test"
)]

mod support;

use std::sync::Arc;

use support::{at, connected, fresh_key, host_key};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use towerify_ssh::{
    Connection, Dial, Endpoint, Hop, HostKeyRefusal, HostKeys, Limits, Login, Pinned, SshError,
    scan,
};
use towerify_test_sshd::{KeyKind, Options, Sshd};

fn hop(sshd: &Sshd) -> Hop {
    Hop {
        endpoint: at(sshd.port()),
        login: Login::new(sshd.user(), vec![fresh_key(sshd)]),
    }
}

fn way(policy: impl HostKeys + 'static, target: &Sshd, jumps: Vec<Hop>) -> Dial {
    let last = hop(target);
    Dial {
        jumps,
        ..Dial::new(last.endpoint, last.login, Arc::new(policy))
    }
}

fn pin(policy: Pinned, sshd: &Sshd) -> Pinned {
    policy.pin(at(sshd.port()), host_key(sshd, KeyKind::Ed25519))
}

#[tokio::test]
async fn a_machine_is_reached_through_two_hops_each_of_which_is_judged() {
    let (first, second, target) = (
        Sshd::start(Options::default()),
        Sshd::start(Options::default()),
        Sshd::start(Options::default()),
    );
    let all = pin(pin(pin(Pinned::new(), &first), &second), &target);
    let dial = way(all, &target, vec![hop(&first), hop(&second)]);
    let connection = Connection::open(dial).await.unwrap();
    let output = connection
        .run("echo \"$SSH_CONNECTION\"", &[], Limits::default())
        .await
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.trim().ends_with(&target.port().to_string()), "{said}");
    assert!(
        first.log().contains(&format!("port {}", second.port())),
        "{}",
        first.log()
    );

    // The target's key can be read through the hops before it is pinned.
    let hops = pin(pin(Pinned::new(), &first), &second);
    let found = scan(&way(hops.clone(), &target, vec![hop(&first), hop(&second)]))
        .await
        .unwrap();
    assert_eq!(found, host_key(&target, KeyKind::Ed25519));

    // A hop that is not known ends the way there.
    let unknown = pin(pin(Pinned::new(), &first), &target);
    let error = Connection::open(way(unknown, &target, vec![hop(&first), hop(&second)]))
        .await
        .unwrap_err();
    let SshError::HostKey {
        endpoint, refusal, ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(
        (endpoint, refusal),
        (at(second.port()), HostKeyRefusal::Unknown)
    );
}

#[tokio::test]
async fn a_hop_that_cannot_or_may_not_connect_onwards_says_so() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    for config in [vec![], vec!["AllowTcpForwarding no".to_owned()]] {
        let gate = Sshd::start(Options {
            config,
            ..Options::default()
        });
        let policy = pin(Pinned::new(), &gate);
        let login = hop(&gate).login;
        let dial = Dial {
            jumps: vec![hop(&gate)],
            ..Dial::new(at(closed), login, Arc::new(policy))
        };
        let error = Connection::open(dial).await.unwrap_err();
        let SshError::Jump { endpoint, via, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!((endpoint, via), (at(closed), at(gate.port())));
    }
}

#[tokio::test]
async fn a_port_of_the_machine_is_brought_here_until_it_is_dropped() {
    let (_sshd, connection) = connected().await;
    let echo = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = at(echo.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = echo.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    let forward = connection.forward(to).await.unwrap();
    assert!(forward.local().ip().is_loopback());
    for _ in 0..12 {
        let mut stream = TcpStream::connect(forward.local()).await.unwrap();
        stream.write_all(b"bonjour").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut back = String::new();
        stream.read_to_string(&mut back).await.unwrap();
        assert_eq!(back, "bonjour");
    }
    let mut open = TcpStream::connect(forward.local()).await.unwrap();
    open.write_all(b"x").await.unwrap();
    assert_eq!(open.read_u8().await.unwrap(), b'x');
    let local = forward.local();
    drop(forward);
    assert!(!matches!(open.read(&mut [0]).await, Ok(1..)));
    // The listener goes in its own task, at once.
    for _ in 0..200 {
        if TcpStream::connect(local).await.is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the port is still open");
}

#[tokio::test]
async fn a_forward_to_nowhere_closes_what_connects_to_it() {
    let (_sshd, connection) = connected().await;
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let forward = connection
        .forward(Endpoint::new("127.0.0.1", closed))
        .await
        .unwrap();
    let mut stream = TcpStream::connect(forward.local()).await.unwrap();
    assert!(!matches!(stream.read(&mut [0]).await, Ok(1..)));
}
