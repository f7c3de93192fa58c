//! The journal's chain: each entry carries a hash of itself and of all before it, so that an entry which is changed, taken
//! out or moved is found, and its place told. That the end was cut off a chain can't show: heads of it are signed for that
//! (`vault`), here is only what is signed.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

use crate::id::{AccountId, CustomerId, EntryId};

/// An entry: who did what, on what, when, and how it ended. In its JSON form it is a line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its number, from 1, without gaps.
    pub n: u64,
    /// Its id.
    pub id: EntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: the account.
    pub account: Option<AccountId>,
    /// Who: the name it had then.
    pub who: String,
    /// Who: the role it had then, in the words of [`Role::name`](crate::Role::name).
    pub role: String,
    /// What: `server.add`, `user.create`…
    pub what: String,
    /// On what kind of thing: `server`, `account`, `workspace`…
    pub subject_kind: String,
    /// On which: its id, if it has one.
    pub subject_id: Option<String>,
    /// On which: the name it had then.
    pub subject: String,
    /// Whose that thing was then: the customer, who may read the entry; none for what is the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// `done`, `refused`, `failed`, `begun`…
    pub outcome: String,
    /// More, as JSON, without any secret: the text as it was written.
    pub detail: String,
}

/// A hash of the chain: SHA-256, as 64 hexadecimal digits in text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Link([u8; 32]);

impl Link {
    /// What comes before the first entry.
    pub const START: Self = Self([0; 32]);

    /// The hash with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of `entry` after this one: over the fields in the order of [`Entry`], each with its length (8 bytes, the
    /// highest first) before it, so that no two entries give the same bytes. Instants are in RFC 3339, in UTC, with
    /// nanoseconds; what is absent counts as empty. The customer comes last, where there is one.
    #[must_use]
    pub fn then(&self, entry: &Entry) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"towerify journal v1");
        hash.update(self.0);
        for field in [
            entry.n.to_string().as_str(),
            entry.id.to_string().as_str(),
            entry
                .at
                .to_rfc3339_opts(SecondsFormat::Nanos, true)
                .as_str(),
            entry
                .account
                .map(|id| id.to_string())
                .unwrap_or_default()
                .as_str(),
            entry.who.as_str(),
            entry.role.as_str(),
            entry.what.as_str(),
            entry.subject_kind.as_str(),
            entry.subject_id.as_deref().unwrap_or_default(),
            entry.subject.as_str(),
            entry.outcome.as_str(),
            entry.detail.as_str(),
        ] {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        if let Some(customer) = entry.customer {
            let customer = customer.to_string();
            hash.update((customer.len() as u64).to_be_bytes());
            hash.update(customer.as_bytes());
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({self})")
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a hash: 64 hexadecimal digits are expected")]
pub struct NotALink;

impl FromStr for Link {
    type Err = NotALink;

    fn from_str(text: &str) -> Result<Self, NotALink> {
        let mut bytes = [0u8; 32];
        if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(NotALink);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NotALink)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NotALink)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Link {
    type Error = NotALink;

    fn try_from(text: String) -> Result<Self, NotALink> {
        text.parse()
    }
}

impl From<Link> for String {
    fn from(link: Link) -> Self {
        link.to_string()
    }
}

/// Where the chain stands: what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of the last entry; 0 when there is none.
    pub n: u64,
    /// Its hash.
    pub hash: Link,
}

impl Head {
    /// The head of a chain without entries.
    pub const EMPTY: Self = Self {
        n: 0,
        hash: Link::START,
    };

    /// The bytes that are signed for the head of this workspace.
    #[must_use]
    pub fn signed_bytes(&self, workspace: &str) -> Vec<u8> {
        format!(
            "towerify journal head v1|{workspace}|{}|{}",
            self.n, self.hash
        )
        .into_bytes()
    }
}

/// What is wrong with an entry in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An entry is missing before it, or entries were moved.
    #[error("entry {expected} is missing: entry {found} stands in its place")]
    Order {
        /// The number that comes next.
        expected: u64,
        /// The number that is there.
        found: u64,
    },
    /// It, or one before it, was changed.
    #[error("entry {n} was changed")]
    Changed {
        /// Its number.
        n: u64,
    },
}

/// Walks along a chain, entry by entry.
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    head: Head,
}

impl Walk {
    /// A walk that goes on after this head.
    #[must_use]
    pub const fn after(head: Head) -> Self {
        Self { head }
    }

    /// Where it is.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// One entry further.
    ///
    /// # Errors
    /// What is wrong with it; the walk stays before it.
    pub fn step(&mut self, entry: &Entry, hash: Link) -> Result<(), Fault> {
        let expected = self.head.n + 1;
        if entry.n != expected {
            return Err(Fault::Order {
                expected,
                found: entry.n,
            });
        }
        if self.head.hash.then(entry) != hash {
            return Err(Fault::Changed { n: entry.n });
        }
        self.head = Head { n: entry.n, hash };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn entry(n: u64) -> Entry {
        Entry {
            n,
            id: EntryId::from_uuid(Uuid::from_u128(n.into())),
            at: "2026-03-02T12:00:00.000000001Z".parse().unwrap(),
            account: Some(AccountId::from_uuid(Uuid::from_u128(7))),
            who: "Camille Morvan".into(),
            role: "administrator".into(),
            what: "server.add".into(),
            subject_kind: "server".into(),
            subject_id: Some("1".into()),
            subject: "glycines-01".into(),
            customer: None,
            outcome: "done".into(),
            detail: "{}".into(),
        }
    }

    fn chain(length: u64) -> Vec<(Entry, Link)> {
        let mut last = Link::START;
        (1..=length)
            .map(|n| {
                let entry = entry(n);
                last = last.then(&entry);
                (entry, last)
            })
            .collect()
    }

    fn walk(chain: &[(Entry, Link)]) -> Result<Head, Fault> {
        let mut walk = Walk::after(Head::EMPTY);
        for (entry, link) in chain {
            walk.step(entry, *link)?;
        }
        Ok(walk.head())
    }

    #[test]
    fn the_hash_of_a_known_entry_never_changes() {
        // Computed apart with Python's hashlib from the rule that `Link::then` states.
        assert_eq!(
            Link::START.then(&entry(1)).to_string(),
            "5e57425357b31efc4cdcfa8012746544d6533ae421c764d430a48947b9014f43"
        );
    }

    #[test]
    fn a_chain_as_it_was_written_is_walked_to_its_head() {
        let chain = chain(5);
        assert_eq!(
            walk(&chain),
            Ok(Head {
                n: 5,
                hash: chain[4].1
            })
        );
    }

    #[test]
    fn every_field_that_is_changed_is_found_in_its_place() {
        let changes: [fn(&mut Entry); 13] = [
            |e| e.n = 9,
            |e| e.id = EntryId::from_uuid(Uuid::nil()),
            |e| e.at += chrono::TimeDelta::nanoseconds(1),
            |e| e.account = None,
            |e| e.who.push(' '),
            |e| e.role = "end_user".into(),
            |e| e.what = "server.remove".into(),
            |e| e.subject_kind = "run".into(),
            |e| e.subject_id = None,
            |e| e.subject = "glycines-02".into(),
            |e| e.outcome = "failed".into(),
            |e| e.detail = "{ }".into(),
            |e| e.customer = Some(CustomerId::from_uuid(Uuid::nil())),
        ];
        for (n, change) in changes.iter().enumerate() {
            let mut chain = chain(5);
            change(&mut chain[2].0);
            let fault = if n == 0 {
                Fault::Order {
                    expected: 3,
                    found: 9,
                }
            } else {
                Fault::Changed { n: 3 }
            };
            assert_eq!(walk(&chain), Err(fault), "change {n}");
        }
    }

    #[test]
    fn what_is_taken_out_or_moved_is_found_and_letters_do_not_move_between_fields() {
        let mut without = chain(5);
        without.remove(1);
        assert_eq!(
            walk(&without),
            Err(Fault::Order {
                expected: 2,
                found: 3
            })
        );
        let mut moved = chain(5);
        moved.swap(2, 3);
        assert!(matches!(
            walk(&moved),
            Err(Fault::Order { expected: 3, .. })
        ));
        let mut shifted = entry(1);
        shifted.who = "Camille Morvana".into();
        shifted.role = "dministrator".into();
        assert_ne!(Link::START.then(&shifted), Link::START.then(&entry(1)));
    }

    #[test]
    fn a_hash_is_written_and_read_as_hexadecimal_digits_and_nothing_else() {
        let link = Link::START.then(&entry(1));
        assert_eq!(link.to_string().parse(), Ok(link));
        for wrong in ["", "00", &"g".repeat(64), &"0".repeat(65), &"é".repeat(32)] {
            assert_eq!(wrong.parse::<Link>(), Err(NotALink));
        }
    }
}
