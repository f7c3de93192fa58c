//! Commands, channels and time-outs, against a real sshd and against servers that misbehave.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here fails the test"
)]

mod support;

use std::time::{Duration, Instant};

use support::{at, connected, server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use towerify_ssh::{
    Connection, Credential, CutReason, Exec, Limits, MAX_CHANNELS, SshError, Stage,
};
use towerify_test_sshd::{Options, Sshd, SystemUser};

#[tokio::test]
async fn a_command_has_its_streams_apart_and_an_exit_status() {
    let (_sshd, connection) = connected().await;
    let output = connection
        .run(
            "cat; echo trouble >&2; exit 7",
            "données\n".as_bytes(),
            Limits::default(),
        )
        .await
        .unwrap();
    assert_eq!(output.stdout, "données\n".as_bytes());
    assert_eq!(output.stderr, b"trouble\n");
    assert_eq!((output.exit, output.signal), (Some(7), None));
}

#[tokio::test]
async fn a_command_ended_by_a_signal_has_no_exit_status() {
    let (_sshd, connection) = connected().await;
    let output = connection
        .run("kill -KILL $$", &[], Limits::default())
        .await
        .unwrap();
    assert_eq!(
        (output.exit, output.signal.as_deref()),
        (None, Some("KILL"))
    );
}

#[tokio::test]
async fn a_conversation_goes_back_and_forth() {
    let (_sshd, connection) = connected().await;
    let Exec {
        mut stdin,
        mut stdout,
        stderr,
        exit,
    } = connection.exec("cat").await.unwrap();
    drop(stderr);
    let mut answer = [0; 5];
    for word in [b"one..", b"two.."] {
        stdin.write_all(word).await.unwrap();
        stdout.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, word);
    }
    // Dropping the input ends it, which ends `cat`.
    drop(stdin);
    assert_eq!(exit.wait().await.unwrap().status, Some(0));
}

#[tokio::test]
async fn big_data_passes_whole_both_ways() {
    let (_sshd, connection) = connected().await;
    let input: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let output = connection
        .run("cat", &input, Limits::default())
        .await
        .unwrap();
    assert!(output.stdout == input);
}

#[tokio::test]
async fn input_that_is_not_read_does_not_hang() {
    let (_sshd, connection) = connected().await;
    let input = vec![b'x'; 8_000_000];
    let output = connection
        .run("exec <&-; echo done", &input, Limits::default())
        .await
        .unwrap();
    assert_eq!(
        (output.stdout.as_slice(), output.exit),
        (b"done\n".as_slice(), Some(0))
    );
}

#[tokio::test]
async fn endless_output_is_bounded_and_the_connection_stays_useful() {
    let (_sshd, connection) = connected().await;
    let limits = Limits {
        stdout: 100_000,
        ..Limits::default()
    };
    for command in ["yes", "yes >&2"] {
        let error = connection.run(command, &[], limits).await.unwrap_err();
        assert!(matches!(error, SshError::TooMuchOutput { .. }), "{error}");
        assert_eq!(error.stage(), Stage::Command);
    }
    let output = connection
        .run("echo still here", &[], limits)
        .await
        .unwrap();
    assert_eq!(output.stdout, b"still here\n");
}

#[tokio::test]
async fn a_command_that_hangs_is_timed_out_and_its_place_given_back() {
    let (_sshd, connection) = connected().await;
    let limits = Limits {
        time: Duration::from_millis(500),
        ..Limits::default()
    };
    let hanging = (0..MAX_CHANNELS).map(|_| connection.run("exec sleep 30", &[], limits));
    for result in futures::future::join_all(hanging).await {
        assert!(
            matches!(result, Err(SshError::CommandTimedOut { .. })),
            "{result:?}"
        );
    }
    let output = connection
        .run("echo free", &[], Limits::default())
        .await
        .unwrap();
    assert_eq!(output.stdout, b"free\n");
}

#[tokio::test]
async fn a_command_that_hangs_is_asked_to_end() {
    // Not as root: OpenSSH 9.2 passes no signal on to root's own commands (session.c,
    // "session signalling requires privilege separation").
    let sshd = Sshd::start(Options {
        passwords: true,
        ..Options::default()
    });
    let user = SystemUser::with_password("Glycine-bleue-7");
    let mut dial = support::dial(&sshd, vec![Credential::Password("Glycine-bleue-7".into())]);
    dial.login.user = user.name().to_owned();
    let connection = Connection::open(dial).await.unwrap();
    let hanging = format!("sleep 600.{}", sshd.port());
    let limits = Limits {
        time: Duration::from_millis(1500),
        ..Limits::default()
    };
    let (error, ran) = tokio::join!(connection.run(&hanging, &[], limits), async {
        let deadline = Instant::now() + Duration::from_secs(1);
        while !runs(&hanging) && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        runs(&hanging)
    });
    assert!(matches!(
        error.unwrap_err(),
        SshError::CommandTimedOut { .. }
    ));
    assert!(ran, "the command never ran");
    let deadline = Instant::now() + Duration::from_secs(10);
    while runs(&hanging) {
        assert!(Instant::now() < deadline, "the command still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Whether a process runs whose arguments are these.
fn runs(command: &str) -> bool {
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .any(|process| {
            std::fs::read(process.path().join("cmdline")).is_ok_and(|words| {
                String::from_utf8_lossy(&words)
                    .trim_end_matches('\0')
                    .replace('\0', " ")
                    == command
            })
        })
}

#[tokio::test]
async fn eight_channels_are_open_at_once_and_a_ninth_waits() {
    let (_sshd, connection) = connected().await;
    let mut open = Vec::new();
    for _ in 0..MAX_CHANNELS {
        open.push(connection.exec("cat").await.unwrap());
    }
    let ninth = connection.exec("echo ninth");
    tokio::pin!(ninth);
    let waited = tokio::time::timeout(Duration::from_millis(300), &mut ninth).await;
    assert!(waited.is_err(), "the ninth channel did not wait");
    // The eight work meanwhile.
    for exec in &mut open {
        exec.stdin.write_all(b"x").await.unwrap();
        assert_eq!(exec.stdout.read_u8().await.unwrap(), b'x');
    }
    drop(open.pop());
    let mut exec = tokio::time::timeout(Duration::from_secs(20), ninth)
        .await
        .unwrap()
        .unwrap();
    let mut said = String::new();
    exec.stdout.read_to_string(&mut said).await.unwrap();
    assert_eq!(said, "ninth\n");
}

#[tokio::test]
async fn a_cut_connection_is_an_error_and_not_an_end() {
    let (sshd, connection) = connected().await;
    let Exec {
        mut stdout,
        exit,
        stdin: _stdin,
        ..
    } = connection.exec("echo begun; exec sleep 60").await.unwrap();
    let mut begun = [0; 6];
    stdout.read_exact(&mut begun).await.unwrap();
    sshd.cut_connections();
    let error = stdout.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    let error = exit.wait().await.unwrap_err();
    assert!(matches!(&error, SshError::Cut { .. }), "{error}");
    let error = connection
        .run("true", &[], Limits::default())
        .await
        .unwrap_err();
    assert!(matches!(&error, SshError::Cut { .. }), "{error}");
    assert!(connection.is_closed());
}

#[tokio::test]
async fn a_closed_connection_says_who_closed_it() {
    let (_sshd, connection) = connected().await;
    connection.close().await;
    let error = connection.exec("true").await.err().unwrap();
    assert!(
        matches!(
            error,
            SshError::Cut {
                reason: CutReason::ClosedHere,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_silent_server_given_up() {
    let (_sshd, mut dial) = server(Options::default());
    dial.timeouts.idle = Some(Duration::from_millis(1500));
    let idle = Connection::open(dial).await.unwrap();
    let Exec {
        exit,
        stdin: _stdin,
        ..
    } = idle.exec("sleep 60").await.unwrap();
    let error = exit.wait().await.unwrap_err();
    assert!(
        matches!(
            error,
            SshError::Cut {
                reason: CutReason::Idle,
                ..
            }
        ),
        "{error}"
    );

    // A way through which nothing comes any more once it is frozen, as when a cable is pulled.
    let (sshd, mut dial) = server(Options::default());
    let (freeze, frozen) = tokio::sync::oneshot::channel::<()>();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let through = at(listener.local_addr().unwrap().port());
    let port = sshd.port();
    tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut far = tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .unwrap();
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut near, &mut far) => (),
            _ = frozen => (),
        }
        std::future::pending::<()>().await;
    });
    dial.host_keys = std::sync::Arc::new(towerify_ssh::Pinned::new().pin(
        through.clone(),
        support::host_key(&sshd, towerify_test_sshd::KeyKind::Ed25519),
    ));
    dial.endpoint = through;
    dial.timeouts.keep_alive = Duration::from_millis(400);
    dial.timeouts.keep_alive_max = 2;
    let connection = Connection::open(dial).await.unwrap();
    let Exec {
        exit,
        stdin: _stdin,
        ..
    } = connection.exec("sleep 60").await.unwrap();
    freeze.send(()).unwrap();
    let error = tokio::time::timeout(Duration::from_secs(20), exit.wait())
        .await
        .unwrap()
        .unwrap_err();
    assert!(
        matches!(
            error,
            SshError::Cut {
                reason: CutReason::Silent,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn each_stage_of_not_arriving_has_its_own_error() {
    let (_sshd, dial) = server(Options::default());

    // A label of 64 letters is no name anywhere (RFC 1035): nobody is asked.
    let mut nowhere = dial.clone();
    nowhere.endpoint.host = format!("{}.example", "a".repeat(64));
    let error = Connection::open(nowhere).await.unwrap_err();
    assert!(matches!(error, SshError::NameNotFound { .. }), "{error}");

    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut refused = dial.clone();
    refused.endpoint = at(closed);
    let error = Connection::open(refused).await.unwrap_err();
    assert!(matches!(error, SshError::Refused { .. }), "{error}");

    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut hanging = dial.clone();
    hanging.endpoint = at(mute.local_addr().unwrap().port());
    hanging.timeouts.handshake = Duration::from_millis(200);
    let error = Connection::open(hanging).await.unwrap_err();
    assert!(
        matches!(
            error,
            SshError::TimedOut {
                stage: Stage::Handshake,
                ..
            }
        ),
        "{error}"
    );

    let web = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut other = dial.clone();
    other.endpoint = at(web.local_addr().unwrap().port());
    tokio::spawn(async move {
        let (mut stream, _) = web.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
    });
    // It hangs up after what it has to say: whether that is read before the line is reset is the network's affair.
    let error = Connection::open(other).await.unwrap_err();
    assert!(
        matches!(error, SshError::Handshake { .. } | SshError::Cut { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_floods_instead_of_greeting_is_left() {
    let (_sshd, mut dial) = server(Options::default());
    let flood = TcpListener::bind("127.0.0.1:0").await.unwrap();
    dial.endpoint = at(flood.local_addr().unwrap().port());
    dial.timeouts.handshake = Duration::from_secs(2);
    tokio::spawn(async move {
        let (mut stream, _) = flood.accept().await.unwrap();
        while stream.write_all(&[b'x'; 65536]).await.is_ok() {}
    });
    let error = Connection::open(dial).await.unwrap_err();
    assert_eq!(error.stage(), Stage::Handshake, "{error}");
}
