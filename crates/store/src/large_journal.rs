//! A long invented journal, for benchmarks and tests of speed: a million entries in a minute or two. It always gives the
//! same journal; nothing of the application uses it.
//!
//! Forty people did sixty things, on a thousand servers of a hundred customers; most of it ended well. Camille does half of
//! it, and Inès most of the rest; who does what and how it ends hang together as little as can be, so that every
//! combination of filters is met.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use towerify_domain::id::{AccountId, CustomerId, EntryId, RunId};
use uuid::Uuid;

use crate::journal::{End, insert};
use crate::{NewEntry, Store, StoreError};

/// So many are written together.
const TOGETHER: u64 = 20_000;

const PEOPLE: [&str; 8] = [
    "Camille Morvan",
    "Inès Calvet",
    "Noé Kermarec",
    "Éloi Marchetti",
    "Ruth Okafor",
    "Sacha Lindqvist",
    "Tove Halvorsen",
    "Zoé Perrin",
];
const NOUNS: [&str; 10] = [
    "app",
    "backup",
    "domain",
    "group",
    "journal",
    "permission",
    "run",
    "server",
    "service",
    "user",
];
const VERBS: [&str; 6] = ["add", "edit", "remove", "refresh", "restart", "upgrade"];

/// When the first entry was written.
pub fn dawn() -> DateTime<Utc> {
    DateTime::from_timestamp(1_704_103_200, 0).unwrap_or_default()
}

/// When entry `n` was written: one every minute.
pub fn at(n: u64) -> DateTime<Utc> {
    dawn() + TimeDelta::minutes(i64::try_from(n).unwrap_or_default())
}

/// The account of person `n`, from 0 to 39; 0 is Camille, 1 Inès.
pub fn account(n: u64) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(0xa000 + u128::from(n)))
}

/// Customer `n`, from 0 to 99.
pub fn customer(n: u64) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(0xc000 + u128::from(n)))
}

/// The name of server `n`, from 0 to 999.
pub fn subject(n: u64) -> String {
    format!("srv-{n:03}")
}

/// The run of entry `n`.
pub fn run(n: u64) -> RunId {
    RunId::from_uuid(Uuid::from_u128(0xf000_0000 + u128::from(n / 3)))
}

/// Fills an empty journal with `count` entries.
///
/// # Errors
/// [`StoreError::Duplicate`] when it was filled already.
pub async fn fill(store: &Store, count: u64) -> Result<(), StoreError> {
    let during = StoreError::during("filling the journal");
    let mut n = 1;
    while n <= count {
        let mut together = store.writer.begin().await.map_err(during)?;
        let mut end = End::read(&mut together).await?;
        for n in n..(n + TOGETHER).min(count + 1) {
            end = insert(&mut together, &end, &entry(n)).await?;
        }
        together.commit().await.map_err(during)?;
        n += TOGETHER;
    }
    Ok(())
}

/// Steps through the numbers in an order that looks like none.
fn shuffled(n: u64) -> u64 {
    let mut x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^= x >> 29;
    x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^ (x >> 32)
}

fn pick(values: &[&'static str], n: u64) -> &'static str {
    let place = usize::try_from(n % (values.len() as u64).max(1)).unwrap_or_default();
    values.get(place).copied().unwrap_or_default()
}

fn entry(n: u64) -> NewEntry {
    let odd = shuffled(n);
    let person = match odd % 100 {
        0..50 => 0,
        50..80 => 1,
        _ => 2 + (odd >> 8) % 38,
    };
    let (noun, verb) = (pick(&NOUNS, odd >> 16), pick(&VERBS, odd >> 24));
    let server = (odd >> 32) % 1_000;
    NewEntry {
        id: EntryId::from_uuid(Uuid::from_u128(0xe << 120 | u128::from(n))),
        at: at(n),
        account_id: Some(account(person)),
        who: match person {
            0 | 1 => pick(&PEOPLE, person).to_owned(),
            _ => format!("{} {person}", pick(&PEOPLE, 2 + person % 6)),
        },
        role: if person == 0 {
            "administrator"
        } else {
            "restricted_administrator"
        }
        .into(),
        what: format!("{noun}.{verb}"),
        subject_kind: "server".into(),
        subject_id: Some(server.to_string()),
        subject: subject(server),
        customer_id: (!server.is_multiple_of(10)).then(|| customer(server % 100)),
        outcome: match (odd >> 44) % 1_000 {
            0 => "denied",
            1..20 => "failed",
            20..400 => "begun",
            _ => "done",
        }
        .into(),
        detail: json!({ "run": run(n), "change": { "app": noun, "label": "An invented change of no importance" } }),
    }
}
