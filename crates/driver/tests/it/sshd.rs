//! The true driver over a true sshd: several conversations on one connection, a cut in the middle of a run, sudo.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use towerify_driver::{DriverError, Outcome, RunEvent, RunState, Start, StartOptions, connect};
use towerify_machine::Task;
use towerify_machine::install::{InstallYunohost, Installed};
use towerify_ssh::{Connection, Credential, Dial, Endpoint, Login, Pinned, PrivateKey};
use towerify_test_sshd::{KeyKind, Options, Sshd};
use towerify_yunohost::Argv;
use towerify_yunohost::users::ListUsers;
use towerify_yunohost::versions::ShowVersions;

use crate::server::Server;
use crate::tasks::{bare, write_installer};

/// An sshd whose sessions see the stand-in as their server.
fn sshd(server: &Server) -> (Sshd, Dial) {
    let standin = format!("SetEnv TOWERIFY_STANDIN={}", server.path("").display());
    let sshd = Sshd::start(Options {
        config: vec![standin],
        ..Options::default()
    });
    let dial = dial(&sshd, sshd.port());
    (sshd, dial)
}

/// A way to it through a port, with a key that it lets in.
fn dial(sshd: &Sshd, port: u16) -> Dial {
    let key = PrivateKey::generate().unwrap();
    sshd.authorize(&key.public_openssh());
    let endpoint = Endpoint::new("127.0.0.1", port);
    let host_key = sshd.host_key(KeyKind::Ed25519).parse().unwrap();
    let login = Login::new(sshd.user(), vec![Credential::Key(key)]);
    Dial::new(
        endpoint.clone(),
        login,
        Arc::new(Pinned::new().pin(endpoint, host_key)),
    )
}

/// A network of one connection in front of an sshd, which is cut when the task is aborted. (Ending sshd's processes
/// would end the run too: it is their descendant until the driver has died.)
async fn network(sshd: &Sshd) -> (u16, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, to) = (listener.local_addr().unwrap().port(), sshd.port());
    let carry = async move {
        let (mut ours, _) = listener.accept().await.unwrap();
        let mut theirs = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut ours, &mut theirs).await;
    };
    (port, tokio::spawn(carry))
}

#[tokio::test]
async fn reads_and_a_write_go_over_a_true_sshd() {
    let server = Server::new(&[]).await;
    let (_sshd, dial) = sshd(&server);
    let connection = Connection::open(dial).await.unwrap();
    let driver = connect(&connection, Start::default()).await.unwrap();
    assert_eq!(driver.facts().main_domain.as_deref(), Some("tour.example"));
    driver.read(&ShowVersions).await.unwrap();
    server.fault(json!({"user list": {"huge": 3000}}));
    assert!(matches!(
        driver.read(&ListUsers).await,
        Err(DriverError::Reply(_))
    ));
    server.fault(json!({}));
    driver.read(&ListUsers).await.unwrap();

    let words = Argv::new("user delete ines --purge");
    let stream = driver
        .start_words("run-sshd-001", &words, &StartOptions::default())
        .await
        .unwrap();
    let mut events = Vec::new();
    let outcome = stream
        .finish(|event| events.push(event.clone()))
        .await
        .unwrap();
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert!(matches!(events[0], RunEvent::Started { .. }));
    assert!(server.state()["users"]["ines"].is_null());
    // A second conversation on the same connection, and the end of both without a fuss.
    let other = connect(&connection, Start::default()).await.unwrap();
    assert_eq!(
        other.runs().await.unwrap()["run-sshd-001"].state,
        RunState::Done
    );
    driver.close();
    assert!(matches!(driver.ping().await, Err(DriverError::Closed)));
    other.ping().await.unwrap();
    connection.close().await;
}

#[tokio::test]
async fn a_run_outlives_its_connection_and_is_found_by_the_next() {
    let server = Server::new(&["--step-ms", "300"]).await;
    let (sshd, direct) = sshd(&server);
    let (port, network) = network(&sshd).await;
    let connection = Connection::open(dial(&sshd, port)).await.unwrap();
    let driver = connect(&connection, Start::default()).await.unwrap();
    let words = Argv::new("app install carnet");
    let mut stream = driver
        .start_words("run-sshd-002", &words, &StartOptions::default())
        .await
        .unwrap();
    while !matches!(
        stream.next().await.unwrap().unwrap(),
        RunEvent::Log { n: 2.., .. }
    ) {}
    let seen = stream.last();
    network.abort();
    let cut = loop {
        match stream.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(cut, DriverError::Cut { .. }), "{cut:?}");
    let last = stream.last();
    assert!(last >= seen);
    // The connection itself is gone: nothing is asked again by itself, and it says so soon.
    let asked = tokio::time::timeout(Duration::from_secs(20), driver.read(&ListUsers))
        .await
        .unwrap();
    assert!(
        matches!(asked, Err(DriverError::Cut { .. } | DriverError::Ssh(_))),
        "{asked:?}"
    );

    let connection = Connection::open(direct).await.unwrap();
    let driver = connect(&connection, Start::default()).await.unwrap();
    let again = driver
        .start_words("run-sshd-002", &words, &StartOptions::default())
        .await
        .unwrap();
    assert!(matches!(
        again.finish(|_| {}).await.unwrap(),
        Outcome::Done { .. }
    ));
    let mut numbers = Vec::new();
    let rest = driver.follow("run-sshd-002", last).await.unwrap();
    assert!(matches!(
        rest.finish(|event| numbers.extend(event.number()))
            .await
            .unwrap(),
        Outcome::Done { .. }
    ));
    assert_eq!(
        numbers,
        (last + 1..=last + numbers.len() as u64).collect::<Vec<_>>()
    );
    // One effect: installed once.
    assert_eq!(server.state()["apps"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn eight_conversations_share_one_connection() {
    let server = Server::new(&[]).await;
    let (_sshd, dial) = sshd(&server);
    let connection = Connection::open(dial).await.unwrap();
    let conversations = (0..8).map(|_| connect(&connection, Start::default()));
    for driver in futures::future::join_all(conversations).await {
        driver.unwrap().read(&ListUsers).await.unwrap();
    }
}

/// A network that carries one connection after another, each only until so many bytes of the server's have gone through.
struct Frail {
    port: u16,
    bytes: Arc<std::sync::atomic::AtomicUsize>,
    carrying: tokio::task::JoinHandle<()>,
}

impl Frail {
    async fn before(sshd: &Sshd) -> Self {
        use std::sync::atomic::{AtomicUsize, Ordering};
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, to) = (listener.local_addr().unwrap().port(), sshd.port());
        let bytes = Arc::new(AtomicUsize::new(usize::MAX));
        let limit = Arc::clone(&bytes);
        let carrying = tokio::spawn(async move {
            loop {
                let (ours, _) = listener.accept().await.unwrap();
                let theirs = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                let mut left = limit.load(Ordering::Relaxed);
                let ((mut from_us, mut to_us), (mut from_them, mut to_them)) =
                    (ours.into_split(), theirs.into_split());
                let there = tokio::spawn(async move {
                    let _ = tokio::io::copy(&mut from_us, &mut to_them).await;
                });
                let mut buffer = [0; 4096];
                while left > 0 {
                    let most = left.min(buffer.len());
                    match from_them.read(&mut buffer[..most]).await {
                        Ok(length @ 1..) if to_us.write_all(&buffer[..length]).await.is_ok() => {
                            left -= length;
                        }
                        _ => break,
                    }
                }
                there.abort();
            }
        });
        Self {
            port,
            bytes,
            carrying,
        }
    }

    fn breaks_after(&self, bytes: usize) {
        self.bytes
            .store(bytes, std::sync::atomic::Ordering::Relaxed);
    }
}

/// Numbers without luck: the same for the same seed (Marsaglia's xorshift).
fn random(seed: &mut u64) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    usize::try_from(*seed >> 33).unwrap()
}

/// A connection, a conversation, and the run as far as the line holds. Some when the run is over.
async fn hear(
    dial: Dial,
    key: &str,
    task: &InstallYunohost,
    heard: &mut Vec<(u64, String)>,
) -> Option<Outcome> {
    let connection = Connection::open(dial).await.ok()?;
    let driver = connect(&connection, Start::default()).await.ok()?;
    let last = heard.last().map_or(0, |(n, _)| *n);
    // Until something was heard nobody knows whether the run began: the same key is started again.
    let stream = if last == 0 {
        driver.start_task(key, task, &StartOptions::default()).await
    } else {
        driver.follow(key, last).await
    };
    let mut stream = stream.ok()?;
    loop {
        match stream.next().await? {
            Ok(RunEvent::Ended(outcome)) => return Some(outcome),
            Ok(RunEvent::Log { n, message, .. }) => heard.push((n, message)),
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}

#[tokio::test]
async fn a_task_on_a_line_that_is_cut_at_random_bytes_is_done_once_and_heard_once() {
    const LINES: u32 = 150;
    let seed = 20_261_123;
    let server = bare().await;
    let source = write_installer(&server, LINES, "0.06");
    let task = InstallYunohost::from(source);
    let (sshd, _) = sshd(&server);
    let frail = Frail::before(&sshd).await;
    let (mut state, mut heard, mut cuts) = (seed, Vec::new(), 0);
    let outcome = loop {
        // From a cut in the handshake to some dozens of lines; at last it holds.
        let bytes = if cuts < 14 {
            1500 + random(&mut state) % 9000
        } else {
            usize::MAX
        };
        frail.breaks_after(bytes);
        let dial = dial(&sshd, frail.port);
        match hear(dial, "run-frail-0001", &task, &mut heard).await {
            Some(outcome) => break outcome,
            None => cuts += 1,
        }
        assert!(cuts < 40, "seed {seed}: {cuts} cuts");
    };
    frail.carrying.abort();
    assert!(cuts >= 6, "seed {seed}: the line was cut {cuts} times only");
    let Outcome::Done { result, .. } = outcome else {
        panic!("seed {seed}: {outcome:?}")
    };
    let installed: Installed = InstallYunohost::parse(result).unwrap();
    assert!(!installed.already && installed.version.is_some());
    let numbers: Vec<u64> = heard.iter().map(|(n, _)| *n).collect();
    assert_eq!(
        numbers,
        (1..=numbers.len() as u64).collect::<Vec<_>>(),
        "seed {seed}: every line once, in order"
    );
    for line in 1..=LINES {
        let line = format!("line {line} of the installer");
        let times = heard.iter().filter(|(_, said)| *said == line).count();
        assert_eq!(times, 1, "seed {seed}: {line}");
    }
    assert_eq!(
        std::fs::read_to_string(server.path("installed-times")).unwrap(),
        "once\n"
    );
}
