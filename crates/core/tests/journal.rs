//! The journal: what a use case writes in it, its check, and an export that proves itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod training;

use towerify_core::journal::{self, Query, verify};
use training::Training;

const SERVERS: [&str; 4] = ["glycines-01", "bremont-01", "ormeau-01", "vial-01"];

async fn with_entries() -> Training {
    let training = Training::begin().await;
    for server in SERVERS {
        training.add(server).await.unwrap();
    }
    training
}

async fn exported(training: &Training) -> Vec<String> {
    let (workspace, actor) = training.desk();
    let mut file = Vec::new();
    let written = journal::export(&workspace, &actor, &mut file)
        .await
        .unwrap();
    let lines: Vec<String> = String::from_utf8(file)
        .unwrap()
        .lines()
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(usize::try_from(written).unwrap(), lines.len() - 2);
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_listed_newest_first_and_found_by_filters() {
    let training = with_entries().await;
    let (workspace, actor) = training.desk();
    let page = journal::list(&workspace, &actor, Query::default())
        .await
        .unwrap();
    let subjects: Vec<&str> = page
        .rows
        .iter()
        .filter(|row| row.what == "server.add")
        .map(|row| row.subject.as_str())
        .collect();
    let newest_first: Vec<&str> = SERVERS.into_iter().rev().collect();
    assert_eq!(subjects, newest_first);
    assert!(
        page.rows
            .iter()
            .all(|row| row.who == "Camille Morvan" && row.role == "administrator")
    );
    let query = Query {
        text: "Ormeau".into(),
        ..Query::default()
    };
    let found = journal::list(&workspace, &actor, query).await.unwrap();
    assert!(!found.rows.is_empty() && found.rows.iter().all(|row| row.subject == "ormeau-01"));
    let query = Query {
        limit: 2,
        before: Some(page.rows[0].n),
        ..Query::default()
    };
    let next = journal::list(&workspace, &actor, query).await.unwrap();
    assert!(next.more);
    assert_eq!(next.rows[0].n, page.rows[1].n);
    let choices = journal::choices(&workspace, &actor).await.unwrap();
    assert!(choices.whats.iter().any(|what| what == "server.add"));
    assert_eq!(choices.accounts[0].name, "Camille Morvan");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_holds_is_signed_when_it_is_checked() {
    let training = with_entries().await;
    let (workspace, actor) = training.desk();
    let state = journal::check(&workspace, &actor).await.unwrap();
    assert_eq!(
        (state.fault.clone(), state.first, state.signed_to),
        (None, 1, 0)
    );
    let again = journal::check(&workspace, &actor).await.unwrap();
    assert_eq!(again.signed_to, state.entries);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_proves_itself_and_names_the_first_line_that_was_touched() {
    let training = with_entries().await;
    let lines = exported(&training).await;
    let count = u64::try_from(lines.len()).unwrap();
    let whole = verify(lines.concat().as_bytes()).unwrap();
    assert_eq!((whole.workspace.as_str(), whole.first), ("Tour & Cie", 1));
    assert_eq!(whole.entries, count - 2);
    assert!(whole.signer.starts_with("SHA256:"));

    let check = |change: &dyn Fn(&mut Vec<String>), line: u64, says: &str| {
        let mut changed = lines.clone();
        change(&mut changed);
        let bad = verify(changed.concat().as_bytes()).unwrap_err();
        assert_eq!(bad.line, line, "{bad:?}");
        assert!(bad.words.en.contains(says), "{bad:?} does not say {says}");
    };
    check(
        &|lines| lines[3] = lines[3].replace("done", "none"),
        4,
        "was changed",
    );
    check(
        &|lines| lines[3] = lines[3].replace("Camille", "Camilla"),
        4,
        "was changed",
    );
    check(&|lines| drop(lines.remove(2)), 3, "is missing");
    check(&|lines| lines.swap(2, 3), 3, "is missing");
    check(
        &|lines| lines.insert(3, lines[2].clone()),
        4,
        "in the place of",
    );
    // The tail: entries before the signature, the signature, the whole end.
    check(
        &|lines| drop(lines.remove(lines.len() - 2)),
        count - 1,
        "the entries end with",
    );
    check(&|lines| drop(lines.pop()), count, "end is missing");
    check(&|lines| lines.truncate(3), 4, "end is missing");
    check(&|lines| lines[3].truncate(20), 4, "");
    check(&|lines| lines.push("{}\n".into()), count + 1, "more after");
    // The head: another workspace's name for the same entries is no matter of the chain, another id is.
    let other = "\"workspace\":\"00000000-0000-0000-0000-000000000000\"";
    let id = lines[0].split("\"workspace\":").nth(1).unwrap()[..38].to_owned();
    check(
        &|lines| lines[0] = lines[0].replace(&format!("\"workspace\":{id}"), other),
        count,
        "does not hold",
    );
    check(&|lines| drop(lines.remove(0)), 1, "not an exported journal");
    check(&|lines| lines.clear(), 1, "not an exported journal");
    // A signature of somebody's own: the key is another, which its fingerprint shows.
    let mut noise = lines.clone();
    noise[1] = "\u{0}\u{ff}\n".into();
    assert_eq!(verify(noise.concat().as_bytes()).unwrap_err().line, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_flipped_byte_of_an_entry_is_found_in_its_line_or_the_next() {
    let training = with_entries().await;
    let lines = exported(&training).await;
    let before: usize = lines[..2].iter().map(String::len).sum();
    let whole = lines.concat().into_bytes();
    let mut harmless = 0;
    for place in before..before + lines[2].len() - 1 {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        match verify(changed.as_slice()) {
            Err(bad) => assert!(bad.line == 3 || bad.line == 4, "{place}: {bad:?}"),
            // The same instant or the same JSON in other letters.
            Ok(_) => harmless += 1,
        }
    }
    assert_eq!(harmless, 0);
}
