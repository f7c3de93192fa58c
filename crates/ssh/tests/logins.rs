//! Each way to log in, against a real sshd.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here fails the test"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use secrecy::SecretString;
use support::{at, dial, read, trusting};
use towerify_ssh::{
    Answer, Asked, Connection, Credential, Dial, KeyError, Limits, Login, PrivateKey, SshError,
    Stage,
};
use towerify_test_sshd::{Agent, KeyKind, Options, Protection, Sshd, SystemUser};

async fn lets_in(dial: Dial) {
    let connection = Connection::open(dial).await.unwrap();
    let output = connection
        .run("echo in", &[], Limits::default())
        .await
        .unwrap();
    assert_eq!(
        (output.stdout.as_slice(), output.exit),
        (b"in\n".as_slice(), Some(0))
    );
    connection.close().await;
    assert!(connection.is_closed());
}

#[tokio::test]
async fn a_key_of_each_type_and_form_logs_in() {
    let sshd = Sshd::start(Options::default());
    let check = [
        ("ed25519", KeyKind::Ed25519, Protection::Open, None),
        ("ecdsa", KeyKind::Ecdsa, Protection::Open, None),
        ("rsa", KeyKind::Rsa, Protection::Open, None),
        (
            "ed25519-locked",
            KeyKind::Ed25519,
            Protection::Passphrase("pâquerette"),
            Some("pâquerette"),
        ),
        ("rsa-pem", KeyKind::Rsa, Protection::Pem(""), None),
        (
            "rsa-pem-locked",
            KeyKind::Rsa,
            Protection::Pem("pâquerette"),
            Some("pâquerette"),
        ),
        ("rsa-pkcs8", KeyKind::Rsa, Protection::Pkcs8(""), None),
        ("ecdsa-pem", KeyKind::Ecdsa, Protection::Pem(""), None),
        ("ecdsa-pkcs8", KeyKind::Ecdsa, Protection::Pkcs8(""), None),
        (
            "ecdsa-pkcs8-locked",
            KeyKind::Ecdsa,
            Protection::Pkcs8("pâquerette"),
            Some("pâquerette"),
        ),
    ];
    for (name, kind, protection, passphrase) in check {
        lets_in(dial(
            &sshd,
            vec![read(&sshd, name, kind, protection, passphrase)],
        ))
        .await;
    }
    // An RSA key signed, and never with SHA-1.
    let log = sshd.log();
    assert!(log.contains("rsa-sha2-512"), "{log}");
    assert!(
        !log.contains("userauth_pubkey: valid signature: ssh-rsa "),
        "{log}"
    );
}

#[tokio::test]
async fn a_locked_key_asks_for_its_passphrase_and_knows_a_wrong_one() {
    let sshd = Sshd::start(Options::default());
    for (name, kind, protection) in [
        ("openssh", KeyKind::Ed25519, Protection::Passphrase("juste")),
        ("pem", KeyKind::Rsa, Protection::Pem("juste")),
        ("pkcs8", KeyKind::Rsa, Protection::Pkcs8("juste")),
    ] {
        let path = sshd.client_key(name, kind, protection).private;
        let read = |passphrase: Option<&str>| {
            PrivateKey::read(&path, passphrase.map(SecretString::from).as_ref()).map(|_| ())
        };
        assert_eq!(read(None), Err(KeyError::NeedsPassphrase), "{name}");
        assert_eq!(read(Some("faux")), Err(KeyError::WrongPassphrase), "{name}");
        assert_eq!(read(Some("")), Err(KeyError::WrongPassphrase), "{name}");
        assert_eq!(read(Some("juste")), Ok(()), "{name}");
    }
    let locked_ec = sshd
        .client_key("ec", KeyKind::Ecdsa, Protection::Pem("juste"))
        .private;
    let found = PrivateKey::read(&locked_ec, Some(&"juste".into()));
    assert!(matches!(found, Err(KeyError::Unsupported(_))), "{found:?}");
}

#[test]
fn what_is_no_private_key_is_refused() {
    for text in [
        "",
        "hello",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    ] {
        assert_eq!(
            PrivateKey::from_text(text, None).map(|_| ()),
            Err(KeyError::NotAKey),
            "{text:?}"
        );
    }
    let missing = PrivateKey::read(std::path::Path::new("/nonexistent"), None);
    assert!(matches!(missing, Err(KeyError::Unreadable { .. })));
}

#[tokio::test]
async fn the_keys_of_an_agent_log_in() {
    let sshd = Sshd::start(Options::default());
    let agent = Agent::start();
    // A key that the server does not know comes first, then an RSA key that it does.
    let elsewhere = Sshd::start(Options::default());
    let stranger = elsewhere.client_key("stranger", KeyKind::Ed25519, Protection::Open);
    agent.add(&stranger.private);
    let rsa = sshd.client_key("rsa", KeyKind::Rsa, Protection::Open);
    agent.add(&rsa.private);
    lets_in(dial(&sshd, vec![Credential::Agent(Some(agent.socket()))])).await;

    // A server that knows none of them is told of every one.
    let third = Sshd::start(Options::default());
    let strangers = dial(&third, vec![Credential::Agent(Some(agent.socket()))]);
    let error = Connection::open(strangers).await.unwrap_err();
    let SshError::Authentication { tried, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(tried.len(), 2, "{tried:?}");
    assert!(
        tried[0].starts_with("the agent's key ssh-ed25519 SHA256:"),
        "{tried:?}"
    );
    assert!(
        tried[1].starts_with("the agent's key ssh-rsa SHA256:"),
        "{tried:?}"
    );
}

#[tokio::test]
async fn without_an_agent_the_next_credential_is_tried() {
    let sshd = Sshd::start(Options::default());
    let none = Credential::Agent(Some(sshd.folder().join("no-agent")));
    lets_in(dial(&sshd, vec![none.clone(), support::fresh_key(&sshd)])).await;

    let error = Connection::open(dial(&sshd, vec![none])).await.unwrap_err();
    let SshError::Authentication { tried, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(tried, ["the agent (none is running)"]);
}

#[tokio::test]
async fn a_refused_login_names_what_was_tried_and_what_is_offered() {
    let sshd = Sshd::start(Options {
        passwords: true,
        ..Options::default()
    });
    let key = PrivateKey::generate().unwrap();
    let described = format!("the key ssh-ed25519 {}", key.fingerprint());
    struct Nobody;
    #[async_trait]
    impl Answer for Nobody {
        async fn answer(&self, _: &Asked) -> Option<Vec<SecretString>> {
            None
        }
    }
    let credentials = vec![
        Credential::Interactive(Arc::new(Nobody)),
        Credential::Password("mot-de-passe-secret".into()),
        Credential::Key(key),
    ];
    let error = Connection::open(dial(&sshd, credentials))
        .await
        .unwrap_err();
    assert_eq!(error.stage(), Stage::Authentication);
    let said = format!("{error} {error:?}");
    assert!(!said.contains("mot-de-passe-secret"), "{said}");
    let SshError::Authentication {
        offered,
        tried,
        user,
        ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(user, sshd.user());
    assert_eq!(offered, ["publickey", "password"]);
    assert_eq!(
        tried,
        [
            described.as_str(),
            "a password",
            "answers to questions (not offered)"
        ]
    );
}

#[tokio::test]
async fn a_password_of_the_system_logs_in() {
    let sshd = Sshd::start(Options {
        passwords: true,
        ..Options::default()
    });
    let user = SystemUser::with_password("Glycine-bleue-7");
    let with = |password: &str| {
        Dial::new(
            at(sshd.port()),
            Login::new(user.name(), vec![Credential::Password(password.into())]),
            trusting(&sshd),
        )
    };
    lets_in(with("Glycine-bleue-7")).await;
    let error = Connection::open(with("Glycine-bleue-8")).await.unwrap_err();
    assert_eq!(error.stage(), Stage::Authentication);
}

/// Answers a question by what it asks.
struct Person {
    rounds: AtomicUsize,
}

#[async_trait]
impl Answer for Person {
    async fn answer(&self, asked: &Asked) -> Option<Vec<SecretString>> {
        self.rounds.fetch_add(1, Ordering::Relaxed);
        asked
            .questions
            .iter()
            .map(|question| match question.text.as_str() {
                "Password: " if !question.echo => Some("Glycine-bleue-7".into()),
                "Code: " if question.echo => Some("123456".into()),
                _ => None,
            })
            .collect()
    }
}

#[tokio::test]
async fn questions_are_answered_round_after_round() {
    let server = questions::Server::start(questions::Asks::PasswordThenCode).await;
    let person = Arc::new(Person {
        rounds: AtomicUsize::new(0),
    });
    let connection = Connection::open(server.dial(vec![Credential::Interactive(person.clone())]))
        .await
        .unwrap();
    assert_eq!(person.rounds.load(Ordering::Relaxed), 2);
    connection.close().await;
}

#[tokio::test]
async fn a_server_that_asks_without_end_is_left() {
    let server = questions::Server::start(questions::Asks::ForEver).await;
    let person = Arc::new(Person {
        rounds: AtomicUsize::new(0),
    });
    let error = Connection::open(server.dial(vec![Credential::Interactive(person.clone())]))
        .await
        .unwrap_err();
    assert_eq!(error.stage(), Stage::Authentication);
    assert_eq!(person.rounds.load(Ordering::Relaxed), 10);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_after_the_first() {
    // The password counts only after the key: it stands first, and is tried last.
    let server = questions::Server::start(questions::Asks::PasswordAfterQuestions).await;
    let person = Arc::new(Person {
        rounds: AtomicUsize::new(0),
    });
    let credentials = vec![
        Credential::Password("Glycine-bleue-7".into()),
        Credential::Interactive(person),
    ];
    Connection::open(server.dial(credentials))
        .await
        .unwrap()
        .close()
        .await;
}

/// A server of this process, for what Debian's sshd asks only with PAM.
mod questions {
    use std::borrow::Cow;
    use std::sync::Arc;
    use std::time::Duration;

    use russh::server::{Auth, Config, Handler, Response, run_stream};
    use russh::{MethodKind, MethodSet};
    use towerify_ssh::{Credential, Dial, HostKey, Login, Pinned};

    #[derive(Clone, Copy, PartialEq)]
    pub enum Asks {
        PasswordThenCode,
        ForEver,
        PasswordAfterQuestions,
    }

    pub struct Server {
        port: u16,
        key: HostKey,
        accepting: tokio::task::JoinHandle<()>,
    }

    impl Drop for Server {
        fn drop(&mut self) {
            self.accepting.abort();
        }
    }

    impl Server {
        pub async fn start(asks: Asks) -> Self {
            let key = russh::keys::PrivateKey::random(
                &mut russh::keys::key::safe_rng(),
                russh::keys::Algorithm::Ed25519,
            )
            .unwrap();
            let public = key.public_key().to_openssh().unwrap().parse().unwrap();
            let config = Arc::new(Config {
                keys: vec![key],
                methods: MethodSet::from([MethodKind::KeyboardInteractive].as_slice()),
                auth_rejection_time: Duration::ZERO,
                auth_rejection_time_initial: Some(Duration::ZERO),
                max_auth_attempts: 30,
                ..Config::default()
            });
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let accepting = tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let config = Arc::clone(&config);
                    tokio::spawn(async move {
                        if let Ok(session) =
                            run_stream(config, stream, Asker { asks, round: 0 }).await
                        {
                            let _ = session.await;
                        }
                    });
                }
            });
            Server {
                port,
                key: public,
                accepting,
            }
        }

        pub fn dial(&self, credentials: Vec<Credential>) -> Dial {
            let endpoint = crate::support::at(self.port);
            let policy = Pinned::new().pin(endpoint.clone(), self.key.clone());
            Dial::new(
                endpoint,
                Login::new("camille", credentials),
                Arc::new(policy),
            )
        }
    }

    struct Asker {
        asks: Asks,
        round: usize,
    }

    fn ask(text: &'static str, echo: bool) -> Auth {
        Auth::Partial {
            name: Cow::Borrowed("Tour & Cie"),
            instructions: Cow::Borrowed(""),
            prompts: Cow::Owned(vec![(Cow::Borrowed(text), echo)]),
        }
    }

    impl Handler for Asker {
        type Error = russh::Error;

        async fn auth_password(&mut self, _: &str, password: &str) -> Result<Auth, russh::Error> {
            let after = self.asks == Asks::PasswordAfterQuestions && self.round > 1;
            Ok(if after && password == "Glycine-bleue-7" {
                Auth::Accept
            } else {
                Auth::reject()
            })
        }

        async fn auth_keyboard_interactive<'a>(
            &'a mut self,
            _: &str,
            _: &str,
            response: Option<Response<'a>>,
        ) -> Result<Auth, russh::Error> {
            let given: Vec<Vec<u8>> = response
                .into_iter()
                .flatten()
                .map(|one| one.to_vec())
                .collect();
            self.round += 1;
            if self.asks == Asks::ForEver {
                return Ok(ask("Password: ", false));
            }
            Ok(match (self.round, given.first().map(Vec::as_slice)) {
                (1, _) => ask("Password: ", false),
                (2, Some(b"Glycine-bleue-7")) if self.asks == Asks::PasswordAfterQuestions => {
                    Auth::Reject {
                        proceed_with_methods: Some(MethodSet::from(
                            [MethodKind::Password].as_slice(),
                        )),
                        partial_success: true,
                    }
                }
                (2, Some(b"Glycine-bleue-7")) => ask("Code: ", true),
                (3, Some(b"123456")) => Auth::Accept,
                _ => Auth::reject(),
            })
        }
    }
}
