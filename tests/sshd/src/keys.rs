//! Key pairs, made by ssh-keygen in a folder.

use std::path::{Path, PathBuf};

use crate::process::run;

/// A type of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// ed25519.
    Ed25519,
    /// ECDSA on NIST's P-256.
    Ecdsa,
    /// RSA, 2048 bits.
    Rsa,
}

/// The form of a private key's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection<'a> {
    /// OpenSSH's form, open.
    Open,
    /// OpenSSH's form, under a passphrase.
    Passphrase(&'a str),
    /// PEM (PKCS#1 for RSA, SEC 1 for ECDSA), open or, with a passphrase, under the old `DEK-Info`.
    Pem(&'a str),
    /// PKCS#8, open or under a passphrase.
    Pkcs8(&'a str),
}

/// A key pair on disk.
#[derive(Clone, Debug)]
pub struct ClientKey {
    /// The private key's file.
    pub private: PathBuf,
    /// The public key, as a line of `authorized_keys`.
    pub public: String,
}

/// Makes a key pair.
pub(crate) fn make(
    folder: &Path,
    name: &str,
    kind: KeyKind,
    protection: Protection<'_>,
) -> ClientKey {
    let private = folder.join(name);
    let (kind, bits) = match kind {
        KeyKind::Ed25519 => ("ed25519", "256"),
        KeyKind::Ecdsa => ("ecdsa", "256"),
        KeyKind::Rsa => ("rsa", "2048"),
    };
    let (passphrase, form) = match protection {
        Protection::Open => ("", None),
        Protection::Passphrase(passphrase) => (passphrase, None),
        Protection::Pem(passphrase) => (passphrase, Some("PEM")),
        Protection::Pkcs8(passphrase) => (passphrase, Some("PKCS8")),
    };
    let path = private.to_str().expect("a path in UTF-8");
    // One round of the key derivation: the protection of a throw-away key need not be slow.
    let mut arguments = vec![
        "-q", "-t", kind, "-b", bits, "-N", passphrase, "-C", "test", "-a", "1", "-f", path,
    ];
    if let Some(form) = form {
        arguments.extend(["-m", form]);
    }
    run("ssh-keygen", &arguments);
    let public = std::fs::read_to_string(private.with_extension("pub")).expect("the public key");
    ClientKey {
        private,
        public: public.trim().to_owned(),
    }
}
