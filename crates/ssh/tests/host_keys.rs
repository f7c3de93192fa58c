//! The table of host keys, against a real sshd: nothing of a login leaves before the key is accepted.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here fails the test"
)]

mod support;

use std::sync::Arc;

use support::{at, fresh_key, host_key};
use towerify_ssh::{
    Connection, Dial, HostKey, HostKeyRefusal, HostKeys, KnownHosts, Login, Pinned, PrivateKey,
    SshError, Stage, scan,
};
use towerify_test_sshd::{KeyKind, Options, Sshd};

fn stranger() -> HostKey {
    PrivateKey::generate()
        .unwrap()
        .public_openssh()
        .parse()
        .unwrap()
}

async fn refusal(sshd: &Sshd, policy: impl HostKeys + 'static) -> HostKeyRefusal {
    let login = Login::new(sshd.user(), vec![fresh_key(sshd)]);
    let dial = Dial::new(at(sshd.port()), login, Arc::new(policy));
    let error = Connection::open(dial).await.unwrap_err();
    assert_eq!(error.stage(), Stage::HostKey);
    let SshError::HostKey {
        endpoint,
        offered,
        refusal,
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(endpoint, at(sshd.port()));
    assert!(
        sshd.host_key(KeyKind::Ed25519)
            .ends_with(offered.to_openssh().split(' ').nth(1).unwrap()),
        "{offered}"
    );
    refusal
}

#[tokio::test]
async fn the_table_of_host_keys_holds_and_nothing_of_a_login_is_sent() {
    let sshd = Sshd::start(Options::default());
    let (here, key) = (at(sshd.port()), host_key(&sshd, KeyKind::Ed25519));

    let unknown = refusal(&sshd, Pinned::new()).await;
    assert_eq!(unknown, HostKeyRefusal::Unknown);

    let other = stranger();
    let changed = refusal(&sshd, Pinned::new().pin(here.clone(), other.clone())).await;
    assert_eq!(
        changed,
        HostKeyRefusal::Changed {
            pinned: vec![other]
        }
    );

    let revoked = Pinned::new()
        .pin(here.clone(), key.clone())
        .revoke(key.clone());
    assert_eq!(refusal(&sshd, revoked).await, HostKeyRefusal::Revoked);

    let file = format!(
        "[127.0.0.1]:{} {}\n@revoked * {}\n",
        here.port,
        key.to_openssh(),
        key.to_openssh()
    );
    assert_eq!(
        refusal(&sshd, KnownHosts::parse(&file)).await,
        HostKeyRefusal::Revoked
    );

    let file = format!("@cert-authority * {}\n", stranger().to_openssh());
    assert_eq!(
        refusal(&sshd, KnownHosts::parse(&file)).await,
        HostKeyRefusal::CertificateAuthority
    );

    // Each of the five left after the keys were agreed, before a request to log in…
    let log = sshd.wait_for_log("Connection closed by", 5);
    assert!(!log.contains("userauth-request"), "{log}");
    // …which the log would show.
    let trusted = support::dial(&sshd, vec![fresh_key(&sshd)]);
    Connection::open(trusted).await.unwrap();
    sshd.wait_for_log("userauth-request", 1);
}

#[tokio::test]
async fn a_key_of_another_type_is_a_changed_key() {
    let sshd = Sshd::start(Options::default());
    let ecdsa: HostKey = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMxBTpMIGvo7CnordO7wP0QQRqpBwUjOLl4eMhfucfE1sjTYyK5wmTl1UqoSDS1PtRVTBdl+0+9pquFb46U7fwg="
        .parse()
        .unwrap();
    let found = refusal(&sshd, Pinned::new().pin(at(sshd.port()), ecdsa.clone())).await;
    assert_eq!(
        found,
        HostKeyRefusal::Changed {
            pinned: vec![ecdsa]
        }
    );
}

#[tokio::test]
async fn a_server_with_several_keys_shows_the_one_that_is_pinned() {
    let sshd = Sshd::start(Options {
        host_keys: vec![KeyKind::Ed25519, KeyKind::Ecdsa, KeyKind::Rsa],
        ..Options::default()
    });
    for kind in [KeyKind::Ed25519, KeyKind::Ecdsa, KeyKind::Rsa] {
        let key = host_key(&sshd, kind);
        let policy = Pinned::new().pin(at(sshd.port()), key.clone());
        let login = Login::new(sshd.user(), vec![fresh_key(&sshd)]);
        let connection = Connection::open(Dial::new(at(sshd.port()), login, Arc::new(policy)))
            .await
            .unwrap();
        assert_eq!(connection.host_key(), Some(key));
    }
}

#[tokio::test]
async fn a_scan_shows_the_key_that_ssh_keygen_prints_and_sends_no_login() {
    let sshd = Sshd::start(Options::default());
    let login = Login::new(sshd.user(), vec![fresh_key(&sshd)]);
    let dial = Dial::new(at(sshd.port()), login, Arc::new(Pinned::new()));
    let found = scan(&dial).await.unwrap();
    assert_eq!(found, host_key(&sshd, KeyKind::Ed25519));
    let log = sshd.wait_for_log("Connection closed by", 1);
    assert!(!log.contains("userauth-request"), "{log}");
}

#[tokio::test]
async fn a_server_that_signs_with_sha1_only_or_enciphers_with_cbc_only_is_refused() {
    for (config, kind) in [
        ("HostKeyAlgorithms ssh-rsa", KeyKind::Rsa),
        ("Ciphers aes256-cbc,3des-cbc", KeyKind::Ed25519),
    ] {
        let sshd = Sshd::start(Options {
            host_keys: vec![kind],
            config: vec![config.to_owned()],
            ..Options::default()
        });
        let policy = Pinned::new().pin(at(sshd.port()), host_key(&sshd, kind));
        let login = Login::new(sshd.user(), vec![fresh_key(&sshd)]);
        let error = Connection::open(Dial::new(at(sshd.port()), login, Arc::new(policy)))
            .await
            .unwrap_err();
        assert_eq!(error.stage(), Stage::Handshake, "{config}: {error}");
        assert!(
            error
                .to_string()
                .contains("no accepted algorithm in common"),
            "{error}"
        );
    }
}
