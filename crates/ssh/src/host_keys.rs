//! Whose host keys are trusted: the question, the answers, and the policy of one server's pinned keys.
//! The policy read from OpenSSH's files is in `known_hosts`.

use std::fmt;

use crate::endpoint::Endpoint;
use crate::host_key::HostKey;

/// A policy that says whether a server's key is accepted. It is asked once for each hop, before a single byte
/// of authentication leaves.
pub trait HostKeys: Send + Sync {
    /// Judges the key that `endpoint` offered.
    fn check(&self, endpoint: &Endpoint, offered: &HostKey) -> Verdict;

    /// The keys known for `endpoint`, if any. Their types are asked for first, so that a server with several
    /// keys shows the one that is known (as OpenSSH's client does).
    fn known(&self, endpoint: &Endpoint) -> Vec<HostKey>;
}

/// What a policy answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The key is the pinned one.
    Accept,
    /// The key is refused, and why.
    Refuse(HostKeyRefusal),
}

/// Why a host key is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKeyRefusal {
    /// No key is known for this endpoint yet: a person compares the fingerprint.
    Unknown,
    /// Another key is known, of the same type or of another. These are the known ones.
    Changed {
        /// The keys that were expected.
        pinned: Vec<HostKey>,
    },
    /// The key was revoked. It stays refused even where it is also trusted.
    Revoked,
    /// The endpoint is vouched for by a certificate authority only, or offered a certificate; neither is
    /// supported.
    CertificateAuthority,
}

impl fmt::Display for HostKeyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostKeyRefusal::Unknown => f.write_str("no key is known for this machine yet"),
            HostKeyRefusal::Changed { pinned } => {
                f.write_str("another key is known for this machine")?;
                for (index, key) in pinned.iter().enumerate() {
                    write!(f, "{}{key}", if index == 0 { ": " } else { ", " })?;
                }
                Ok(())
            }
            HostKeyRefusal::Revoked => f.write_str("this key was revoked"),
            HostKeyRefusal::CertificateAuthority => f.write_str(
                "this machine is vouched for by a certificate authority, which is not supported; pin its key",
            ),
        }
    }
}

/// Judges by lists of keys. The order of the questions is that of design/security.md: revoked first, always.
pub(crate) fn judge(pinned: &[&HostKey], revoked: &[&HostKey], offered: &HostKey) -> Verdict {
    if revoked.contains(&offered) {
        Verdict::Refuse(HostKeyRefusal::Revoked)
    } else if pinned.contains(&offered) {
        Verdict::Accept
    } else if pinned.is_empty() {
        Verdict::Refuse(HostKeyRefusal::Unknown)
    } else {
        Verdict::Refuse(HostKeyRefusal::Changed {
            pinned: pinned.iter().map(|key| (*key).clone()).collect(),
        })
    }
}

/// The keys pinned for one server, and those revoked. What a workspace keeps for each server becomes this.
/// Endpoints that are in no entry are unknown.
#[derive(Clone, Debug, Default)]
pub struct Pinned {
    entries: Vec<(Endpoint, HostKey)>,
    revoked: Vec<HostKey>,
}

impl Pinned {
    /// Knows nothing yet: every key is [`HostKeyRefusal::Unknown`].
    pub fn new() -> Self {
        Pinned::default()
    }

    /// Pins a key for an endpoint, beside those already pinned for it.
    #[must_use]
    pub fn pin(mut self, endpoint: Endpoint, key: HostKey) -> Self {
        self.entries.push((endpoint, key));
        self
    }

    /// Revokes a key, for every endpoint.
    #[must_use]
    pub fn revoke(mut self, key: HostKey) -> Self {
        self.revoked.push(key);
        self
    }
}

impl HostKeys for Pinned {
    fn check(&self, endpoint: &Endpoint, offered: &HostKey) -> Verdict {
        let pinned: Vec<&HostKey> = self.of(endpoint).collect();
        judge(&pinned, &self.revoked.iter().collect::<Vec<_>>(), offered)
    }

    fn known(&self, endpoint: &Endpoint) -> Vec<HostKey> {
        self.of(endpoint).cloned().collect()
    }
}

impl Pinned {
    fn of<'a>(&'a self, endpoint: &'a Endpoint) -> impl Iterator<Item = &'a HostKey> {
        self.entries
            .iter()
            .filter(move |(known, _)| known == endpoint)
            .map(|(_, key)| key)
    }
}
