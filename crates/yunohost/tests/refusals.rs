//! YunoHost's keys and what they are read as.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // All of it is tests.

use std::collections::BTreeSet;

use towerify_yunohost::{Refusal, refusal::is_key};

#[test]
fn every_known_key_is_read_as_itself_once() {
    let keys: BTreeSet<&str> = Refusal::KNOWN.iter().map(Refusal::key).collect();
    assert_eq!(keys.len(), Refusal::KNOWN.len());
    for refusal in Refusal::KNOWN {
        assert_eq!(&Refusal::from_key(refusal.key()), refusal);
        assert!(is_key(refusal.key()), "{refusal}");
    }
}

#[test]
fn a_key_that_is_not_known_is_kept_and_a_text_is_not_a_key() {
    assert_eq!(
        Refusal::from_key("newly_invented_2"),
        Refusal::Other("newly_invented_2".to_owned())
    );
    let long = "x".repeat(65);
    for text in [
        "",
        "The operation 'Install' could not be completed.",
        "a-b",
        "é",
        "a\nb",
        "<b>",
        &long,
    ] {
        assert_eq!(Refusal::from_key(text), Refusal::Failed, "{text:?}");
    }
}
