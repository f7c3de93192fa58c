//! What the tests against a real sshd share: ways to dial it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part, and fails where it fails"
)]

use std::sync::Arc;

use towerify_ssh::{
    Connection, Credential, Dial, Endpoint, HostKey, HostKeys, Login, Pinned, PrivateKey,
};
use towerify_test_sshd::{KeyKind, Options, Protection, Sshd};

/// Where a server on this machine listens.
pub fn at(port: u16) -> Endpoint {
    Endpoint::new("127.0.0.1", port)
}

/// The server's own key of a type.
pub fn host_key(sshd: &Sshd, kind: KeyKind) -> HostKey {
    sshd.host_key(kind).parse().unwrap()
}

/// A policy that trusts the server's ed25519 key.
pub fn trusting(sshd: &Sshd) -> Arc<dyn HostKeys> {
    Arc::new(Pinned::new().pin(at(sshd.port()), host_key(sshd, KeyKind::Ed25519)))
}

/// A way to a server with these credentials, its host key trusted.
pub fn dial(sshd: &Sshd, credentials: Vec<Credential>) -> Dial {
    Dial::new(
        at(sshd.port()),
        Login::new(sshd.user(), credentials),
        trusting(sshd),
    )
}

/// A fresh key that the server lets in.
pub fn fresh_key(sshd: &Sshd) -> Credential {
    let key = PrivateKey::generate().unwrap();
    sshd.authorize(&key.public_openssh());
    Credential::Key(key)
}

/// A plain server and a way to it.
pub fn server(options: Options) -> (Sshd, Dial) {
    let sshd = Sshd::start(options);
    let dial = dial(&sshd, vec![fresh_key(&sshd)]);
    (sshd, dial)
}

/// A plain server and a connection to it.
pub async fn connected() -> (Sshd, Connection) {
    let (sshd, dial) = server(Options::default());
    let connection = Connection::open(dial).await.unwrap();
    (sshd, connection)
}

/// A key of ssh-keygen, read with a passphrase.
pub fn read(
    sshd: &Sshd,
    name: &str,
    kind: KeyKind,
    protection: Protection<'_>,
    passphrase: Option<&str>,
) -> Credential {
    let key = sshd.client_key(name, kind, protection);
    Credential::Key(PrivateKey::read(&key.private, passphrase.map(Into::into).as_ref()).unwrap())
}
