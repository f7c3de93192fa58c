//! What faces see of the journal.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use towerify_domain::{
    Words,
    id::{AccountId, CustomerId, EntryId, RunId},
    journal::Link,
};

/// What is asked for: all that is said must hold.
#[derive(Debug, Clone, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename = "JournalQuery")]
pub struct Query {
    /// By this account.
    pub account: Option<AccountId>,
    /// This was done: `server.add`.
    pub what: Option<String>,
    /// It ended so: `refused`.
    pub outcome: Option<String>,
    /// The business of this customer.
    pub customer: Option<CustomerId>,
    /// Of this run.
    pub run: Option<RunId>,
    /// On this kind of thing, with `subject_id`.
    pub subject_kind: Option<String>,
    /// On the thing with this id.
    pub subject_id: Option<String>,
    /// Since the journal's clock had come to this instant: it never goes back, as the computer's may.
    pub from: Option<DateTime<Utc>>,
    /// Until the journal's clock came to this instant.
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
#[serde(rename = "JournalPage")]
pub struct Page {
    /// The entries.
    pub rows: Vec<Row>,
    /// The rest is asked for with this as `before`; none when there is nothing older. Fewer entries than were asked for may
    /// come with one: the rest of the journal was not looked through yet.
    pub next: Option<u32>,
    /// How many entries there are in all: said with the first page, and to whoever sees all of them.
    pub all: Option<u32>,
    /// How many the query lets through: said with the first page, where at most 10,000 were counted.
    pub found: Option<u32>,
}

/// An entry.
#[derive(Debug, Clone, Serialize, specta::Type)]
#[serde(rename = "JournalRow")]
pub struct Row {
    /// Its number, from 1.
    pub n: u32,
    /// Its id.
    pub id: EntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: the account.
    pub account: Option<AccountId>,
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
    /// The customer whose business it is; none for the provider's own.
    pub customer: Option<CustomerId>,
}

/// An entry with its place in the chain.
#[derive(Debug, Clone, Serialize, specta::Type)]
#[serde(rename = "JournalEntry")]
pub struct EntryDetail {
    /// The entry.
    pub row: Row,
    /// The hash of the chain with it, in hexadecimal digits.
    #[specta(type = String)]
    pub this: Link,
    /// The hash before it.
    #[specta(type = String)]
    pub before: Link,
    /// When the first signature was made that covers it; none as long as there is none.
    pub signed_at: Option<DateTime<Utc>>,
    /// The number of the entry that was signed then.
    pub signed_n: Option<u32>,
}

/// The form of an exported file. Both prove themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, specta::Type)]
#[serde(rename = "JournalForm", rename_all = "snake_case")]
pub enum ExportForm {
    /// A JSON object a line.
    JsonLines,
    /// A table for spreadsheets.
    Csv,
}

/// What would be let go of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename = "JournalCut")]
pub struct CutPlan {
    /// The number of the last entry that goes; none when nothing is old enough.
    pub upto: Option<u32>,
    /// How many entries go.
    pub goes: u32,
    /// When the oldest of them was written.
    pub first_at: Option<DateTime<Utc>>,
    /// When the newest of them was written.
    pub last_at: Option<DateTime<Utc>>,
    /// How many entries stay.
    pub stays: u32,
}

/// What a query can be set to.
#[derive(Debug, Clone, Default, Serialize, specta::Type)]
#[serde(rename = "JournalChoices")]
pub struct Choices {
    /// Who did something.
    pub accounts: Vec<AccountChoice>,
    /// What was done.
    pub whats: Vec<String>,
    /// How it ended.
    pub outcomes: Vec<String>,
    /// Whose business it was; only to whoever sees everybody's.
    pub customers: Vec<CustomerChoice>,
}

/// A customer whose business there are entries of.
#[derive(Debug, Clone, Serialize, specta::Type)]
#[serde(rename = "JournalCustomer")]
pub struct CustomerChoice {
    /// The customer.
    pub id: CustomerId,
    /// Its name; its id where the customer is no more.
    pub name: String,
}

/// An account that did something.
#[derive(Debug, Clone, Serialize, specta::Type)]
#[serde(rename = "JournalAccount")]
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
