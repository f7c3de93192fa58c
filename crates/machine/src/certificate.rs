//! The customer's own certificate for a domain (rule 21): a new folder beside YunoHost's, a moved symlink, and back.

use serde::{Deserialize, Serialize};

use crate::{Declaration, Secret, task::task};

/// `own_certificate`: a new folder `/etc/yunohost/certs/DOMAIN-history/DATE-custom` with `crt.pem` and `key.pem`, the
/// symlink `/etc/yunohost/certs/DOMAIN` moved to it, nginx, postfix and dovecot reloaded. YunoHost calls it `other`,
/// keeps it and does not renew it. Checked before anything is touched: the key belongs to the leaf. Where nginx refuses
/// it, the symlink goes back.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct OwnCertificate {
    /// Which domain; YunoHost must have it.
    pub domain: String,
    /// Leaf, then its chain, in PEM.
    pub chain: String,
    /// The private key, in PEM, without a passphrase.
    #[serde(skip_serializing)]
    pub key: Secret,
}

task!(
    OwnCertificate,
    Declaration::locking("own_certificate"),
    CertificateChange,
    secret key
);

/// `restore_certificate`: the symlink back to where [`CertificateChange::before`] said, services reloaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreCertificate {
    /// Which domain.
    pub domain: String,
    /// The former target of the symlink.
    pub target: String,
    /// Our folder with the customer's key, removed once nothing points there ([`CertificateChange::folder`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove: Option<String>,
}

task!(
    RestoreCertificate,
    Declaration::locking("restore_certificate"),
    CertificateChange
);

/// What became of a domain's certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CertificateChange {
    /// Where the symlink pointed before.
    pub before: Option<String>,
    /// Where it points now.
    pub after: Option<String>,
    /// The folder that was made (or found, when the same certificate was in use already).
    pub folder: Option<String>,
    /// Whether anything was changed now.
    pub changed: bool,
    /// The services that were reloaded.
    pub reloaded: Vec<String>,
}
