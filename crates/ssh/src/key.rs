//! Private keys: reading them from the forms people have, and making a new one.
//! Where they are kept is left to the vault; how they prove a login is in `authentication`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, decode_secret_key, key::safe_rng};
use secrecy::{ExposeSecret, SecretString};

/// A private key's file above this is none.
const MAX_FILE: u64 = 256 * 1024;

/// A private key that can sign: ed25519, ECDSA or RSA (which signs with SHA-2 only).
#[derive(Clone)]
pub struct PrivateKey {
    inner: Arc<russh::keys::PrivateKey>,
}

/// Why a private key cannot be used. Never says anything of its content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("the private key {} cannot be read: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The key is encrypted, and no passphrase was given: ask for it.
    #[error("the private key is protected by a passphrase")]
    NeedsPassphrase,
    /// The passphrase does not open the key.
    #[error("the passphrase does not open the private key")]
    WrongPassphrase,
    /// The text is no private key.
    #[error("this is not a private key in OpenSSH, PKCS#1, PKCS#8 or SEC 1 form")]
    NotAKey,
    /// A kind of key, or a protection of it, that is not supported.
    #[error("{0} is not supported; ed25519, ECDSA and RSA keys are, as ssh-keygen writes them")]
    Unsupported(String),
}

impl PrivateKey {
    /// Reads a key from its text: OpenSSH's form, PKCS#1, PKCS#8, SEC 1 (`EC PRIVATE KEY`).
    ///
    /// Opening a protected key is deliberately slow (tens of milliseconds, more in a debug build).
    ///
    /// # Errors
    /// [`KeyError::NeedsPassphrase`] and [`KeyError::WrongPassphrase`] ask for another try with a passphrase.
    pub fn from_text(text: &str, passphrase: Option<&SecretString>) -> Result<Self, KeyError> {
        let protection = Protection::of(text)?;
        if protection == Protection::Passphrase && passphrase.is_none() {
            return Err(KeyError::NeedsPassphrase);
        }
        // A passphrase that is not needed is left out: some readers would try to use it.
        let passphrase = match protection {
            Protection::None => None,
            Protection::Passphrase => passphrase.map(ExposeSecret::expose_secret),
        };
        // Blanks around lines, as from a pasted key, would hide its first and last line from the reader.
        let trimmed = secrecy::zeroize::Zeroizing::new(text.lines().map(str::trim).fold(
            String::with_capacity(text.len() + 1),
            |mut all, line| {
                all.push_str(line);
                all.push('\n');
                all
            },
        ));
        let key = decode_secret_key(&trimmed, passphrase).map_err(|error| match error {
            russh::keys::Error::KeyIsEncrypted => KeyError::NeedsPassphrase,
            russh::keys::Error::UnsupportedKeyType {
                key_type_string, ..
            } => KeyError::Unsupported(format!("a key of type {key_type_string}")),
            russh::keys::Error::UnknownAlgorithm(_) => {
                KeyError::Unsupported("this type of key".to_owned())
            }
            _ if protection == Protection::Passphrase => KeyError::WrongPassphrase,
            _ => KeyError::NotAKey,
        })?;
        match key.algorithm() {
            Algorithm::Ed25519 | Algorithm::Ecdsa { .. } | Algorithm::Rsa { .. } => {
                Ok(PrivateKey {
                    inner: Arc::new(key),
                })
            }
            other => Err(KeyError::Unsupported(format!(
                "a key of type {}",
                other.as_str()
            ))),
        }
    }

    /// Reads a key from a file; see [`PrivateKey::from_text`].
    pub fn read(path: &Path, passphrase: Option<&SecretString>) -> Result<Self, KeyError> {
        use std::io::Read as _;
        let unreadable = |error: std::io::Error| KeyError::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut text = secrecy::zeroize::Zeroizing::new(String::new());
        file.take(MAX_FILE)
            .read_to_string(&mut text)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::InvalidData => KeyError::NotAKey,
                _ => unreadable(error),
            })?;
        PrivateKey::from_text(&text, passphrase)
    }

    /// A new ed25519 key, from the system's randomness.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] when the key cannot be made (never seen).
    pub fn generate() -> Result<Self, KeyError> {
        russh::keys::PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519)
            .map(|key| PrivateKey {
                inner: Arc::new(key),
            })
            .map_err(|error| KeyError::Unsupported(error.to_string()))
    }

    /// The key in OpenSSH's form, unprotected: for sealing into the vault, not for writing into a file.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] when the key has no such form (never seen for the accepted types).
    pub fn to_openssh(&self) -> Result<SecretString, KeyError> {
        self.inner
            .to_openssh(LineEnding::LF)
            .map(|text| SecretString::from(text.to_string()))
            .map_err(|error| KeyError::Unsupported(error.to_string()))
    }

    /// The public half as a line for `authorized_keys`, without a comment.
    pub fn public_openssh(&self) -> String {
        let public = russh::keys::PublicKey::new(self.inner.public_key().key_data().clone(), "");
        public
            .to_openssh()
            .unwrap_or_default()
            .trim_end()
            .to_owned()
    }

    /// `SHA256:…` of the public half, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        self.inner
            .fingerprint(russh::keys::HashAlg::Sha256)
            .to_string()
    }

    pub(crate) fn inner(&self) -> &Arc<russh::keys::PrivateKey> {
        &self.inner
    }

    pub(crate) fn is_rsa(&self) -> bool {
        matches!(self.inner.algorithm(), Algorithm::Rsa { .. })
    }

    /// A few words for a person: the type and the fingerprint.
    pub(crate) fn described(&self) -> String {
        format!(
            "the key {} {}",
            self.inner.algorithm().as_str(),
            self.fingerprint()
        )
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.fingerprint())
    }
}

/// Whether a key's text says that it is encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protection {
    None,
    Passphrase,
}

impl Protection {
    fn of(text: &str) -> Result<Self, KeyError> {
        let first = text
            .lines()
            .map(str::trim)
            .find(|line| line.starts_with("-----BEGIN "))
            .ok_or(KeyError::NotAKey)?;
        match first {
            "-----BEGIN OPENSSH PRIVATE KEY-----" => {
                let body: String = text
                    .lines()
                    .map(str::trim)
                    .skip_while(|line| *line != first)
                    .skip(1)
                    .take_while(|line| !line.starts_with("-----"))
                    .collect();
                // OpenSSH's PROTOCOL.key: the magic, then the cipher's name; `none` when unprotected.
                let head = body.get(..44).ok_or(KeyError::NotAKey)?;
                let head = STANDARD.decode(head).map_err(|_| KeyError::NotAKey)?;
                match head.strip_prefix(b"openssh-key-v1\0\0\0\0") {
                    Some([4, b'n', b'o', b'n', b'e', ..]) => Ok(Protection::None),
                    Some(_) => Ok(Protection::Passphrase),
                    None => Err(KeyError::NotAKey),
                }
            }
            "-----BEGIN ENCRYPTED PRIVATE KEY-----" => Ok(Protection::Passphrase),
            "-----BEGIN PRIVATE KEY-----" => Ok(Protection::None),
            "-----BEGIN RSA PRIVATE KEY-----" | "-----BEGIN EC PRIVATE KEY-----" => {
                let Some(info) = text
                    .lines()
                    .map(str::trim)
                    .find_map(|line| line.strip_prefix("DEK-Info:"))
                else {
                    return Ok(Protection::None);
                };
                // The library reads this old protection for RSA under AES-128 only, which is what ssh-keygen writes.
                if first.contains("RSA") && info.trim().starts_with("AES-128-CBC,") {
                    Ok(Protection::Passphrase)
                } else {
                    Err(KeyError::Unsupported(
                        "this old protection of a PEM key (change it with ssh-keygen -p -f FILE)"
                            .to_owned(),
                    ))
                }
            }
            "-----BEGIN DSA PRIVATE KEY-----" => Err(KeyError::Unsupported("a DSA key".to_owned())),
            _ => Err(KeyError::NotAKey),
        }
    }
}
