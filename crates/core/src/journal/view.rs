//! What faces see of the journal.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use towerify_domain::{
    Words,
    id::{AccountId, EntryId},
};

/// What is asked for: all that is said must hold.
#[derive(Debug, Clone, Default, Serialize, Deserialize, specta::Type)]
pub struct Query {
    /// By this account.
    pub account: Option<AccountId>,
    /// This was done: `server.add`.
    pub what: Option<String>,
    /// It ended so: `refused`.
    pub outcome: Option<String>,
    /// On this kind of thing, with `subject_id`.
    pub subject_kind: Option<String>,
    /// On the thing with this id.
    pub subject_id: Option<String>,
    /// From this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
    /// These words are in who, what or on what. Words under three letters are not looked for.
    pub text: String,
    /// Entries before this number; without one, the newest.
    pub before: Option<u32>,
    /// So many at most: 200 unless said, 1,000 at most.
    pub limit: u32,
}

/// Some entries, the newest first.
#[derive(Debug, Clone, Serialize, specta::Type)]
pub struct Page {
    /// The entries.
    pub rows: Vec<Row>,
    /// There are older ones.
    pub more: bool,
}

/// An entry.
#[derive(Debug, Clone, Serialize, specta::Type)]
pub struct Row {
    /// Its number, from 1.
    pub n: u32,
    /// Its id.
    pub id: EntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: the name then.
    pub who: String,
    /// Who: the name of the role then; empty in entries older than roles in the journal.
    pub role: String,
    /// What: `server.add`.
    pub what: String,
    /// On what kind of thing.
    pub subject_kind: String,
    /// On which: its id.
    pub subject_id: Option<String>,
    /// On which: the name then.
    pub subject: String,
    /// How it ended.
    pub outcome: String,
    /// More, as JSON text.
    pub detail: String,
}

/// What a query can be set to.
#[derive(Debug, Clone, Serialize, specta::Type)]
pub struct Choices {
    /// Who did something.
    pub accounts: Vec<AccountChoice>,
    /// What was done.
    pub whats: Vec<String>,
    /// How it ended.
    pub outcomes: Vec<String>,
}

/// An account that did something.
#[derive(Debug, Clone, Serialize, specta::Type)]
pub struct AccountChoice {
    /// The account.
    pub id: AccountId,
    /// Its name in its newest entry.
    pub name: String,
}

/// What a walk along the journal found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct JournalState {
    /// When it was walked.
    pub at: DateTime<Utc>,
    /// How many entries there are.
    pub entries: u32,
    /// The first number that is there: more than 1 where older entries were let go of.
    pub first: u32,
    /// The number of the last entry that was signed, when that signature holds.
    pub signed_to: u32,
    /// The fingerprint of the key that signs for this workspace, where the account holds it.
    pub signer: Option<String>,
    /// What is wrong, and from which entry on nothing can be relied upon; none when all is well.
    pub fault: Option<Words>,
    /// The number of that entry.
    pub fault_at: Option<u32>,
}
