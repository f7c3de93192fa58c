//! The journal as it is kept: its chain, what the database refuses, filters, signed heads and cuts.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use towerify_domain::id::{AccountId, CustomerId, EntryId, RunId};
use towerify_domain::journal::{Entry, Fault, Head, Walk};
use towerify_store::{JournalFilter, NewEntry, SignedHead, Store, StoreError};
use towerify_vault::DataKey;
use uuid::Uuid;

async fn workspace() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("workspace.db");
    let store = Store::create(&path, &DataKey::from_bytes([42; 32]))
        .await
        .unwrap();
    (folder, store)
}

fn noon() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn customer(n: u128) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(n))
}

fn run(n: u128) -> RunId {
    RunId::from_uuid(Uuid::from_u128(n))
}

fn person(n: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(n))
}

fn entry(n: u128) -> NewEntry {
    let (who, account) = if n.is_multiple_of(10) {
        ("Inès Calvet", person(2))
    } else {
        ("Camille Morvan", person(1))
    };
    NewEntry {
        id: EntryId::from_uuid(Uuid::from_u128(n)),
        at: noon() + TimeDelta::minutes(i64::try_from(n).unwrap()),
        account_id: Some(account),
        who: who.into(),
        role: "administrator".into(),
        what: if n.is_multiple_of(2) {
            "user.create"
        } else {
            "server.add"
        }
        .into(),
        subject_kind: "server".into(),
        subject_id: Some(n.to_string()),
        subject: format!("glycines-{n:02}"),
        customer_id: n.is_multiple_of(3).then(|| customer(3)),
        outcome: if n.is_multiple_of(7) {
            "refused"
        } else {
            "done"
        }
        .into(),
        detail: serde_json::json!({ "n": n.to_string(), "run": (n == 12).then(|| run(12)) }),
    }
}

/// A journal of `count` entries.
async fn written(count: u128) -> (TempDir, Store) {
    let (folder, store) = workspace().await;
    for n in 1..=count {
        store.journal().append(&entry(n)).await.unwrap();
    }
    (folder, store)
}

/// The database as somebody has it who knows its key and goes round the program.
async fn behind(folder: &TempDir) -> SqliteConnection {
    let key = DataKey::from_bytes([42; 32]).database_key().expose_hex();
    SqliteConnectOptions::new()
        .filename(folder.path().join("workspace.db"))
        .pragma("key", format!("\"x'{}'\"", key.as_str()))
        .connect()
        .await
        .unwrap()
}

async fn walk(store: &Store) -> Result<Head, Fault> {
    let mut walk = Walk::after(Head::EMPTY);
    loop {
        let some = store.journal().after(walk.head().n, 3).await.unwrap();
        if some.is_empty() {
            return Ok(walk.head());
        }
        for (entry, link) in some {
            walk.step(&entry, link)?;
        }
    }
}

fn numbers(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.n).collect()
}

#[tokio::test]
async fn what_is_written_comes_back_and_its_chain_holds() {
    let (_folder, store) = written(10).await;
    let head = store.journal().head().await.unwrap();
    assert_eq!(head.n, 10);
    assert_eq!(walk(&store).await, Ok(head));
    let (first, _) = &store.journal().after(0, 1).await.unwrap()[0];
    assert_eq!(
        (first.who.as_str(), first.detail.as_str()),
        ("Camille Morvan", r#"{"n":"1","run":null}"#)
    );
    assert_eq!(
        store
            .journal()
            .page(&JournalFilter::default(), None, 3)
            .await
            .unwrap()
            .entries
            .len(),
        3
    );
    let again = store.journal().append(&entry(10)).await;
    assert!(matches!(again, Err(StoreError::Duplicate { .. })));
    assert_eq!(store.journal().head().await.unwrap(), head);
    store.close().await;
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_or_cut_it() {
    let (folder, store) = written(3).await;
    store.close().await;
    let mut connection = behind(&folder).await;
    for statement in [
        "UPDATE journal SET who = 'nobody' WHERE n = 1",
        "DELETE FROM journal WHERE n = 3",
    ] {
        let refused = sqlx::query(statement)
            .execute(&mut connection)
            .await
            .err()
            .unwrap();
        assert!(
            refused.to_string().contains("the journal is not"),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn what_is_changed_taken_out_moved_or_cut_behind_the_programs_back_is_found_in_its_place() {
    let check = async |statement: &'static str, expected: Result<u64, Fault>| {
        let (folder, store) = written(6).await;
        let signed = SignedHead {
            head: store.journal().head().await.unwrap(),
            at: noon(),
            signer: vec![1],
            signature: vec![2],
        };
        store.journal_marks().sign(&signed).await.unwrap();
        store.close().await;
        let mut connection = behind(&folder).await;
        for trigger in ["journal_is_not_changed", "journal_is_not_cut"] {
            sqlx::query(sqlx::AssertSqlSafe(format!("DROP TRIGGER {trigger}")))
                .execute(&mut connection)
                .await
                .unwrap();
        }
        sqlx::raw_sql(statement)
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
        let store = Store::open(
            &folder.path().join("workspace.db"),
            &DataKey::from_bytes([42; 32]),
        )
        .await
        .unwrap();
        assert_eq!(
            walk(&store).await.map(|head| head.n),
            expected,
            "{statement}"
        );
        // A tail that is gone leaves a whole chain behind: the signed head knows of it.
        let heads = store.journal_marks().heads().await.unwrap();
        assert_eq!(heads, [signed]);
        store.close().await;
    };
    check(
        "UPDATE journal SET detail = '{}' WHERE n = 4",
        Err(Fault::Changed { n: 4 }),
    )
    .await;
    check(
        "UPDATE journal SET hash = zeroblob(32) WHERE n = 4",
        Err(Fault::Changed { n: 4 }),
    )
    .await;
    check(
        "DELETE FROM journal WHERE n = 2",
        Err(Fault::Order {
            expected: 2,
            found: 3,
        }),
    )
    .await;
    check(
        "UPDATE journal SET n = 100 WHERE n = 2; UPDATE journal SET n = 2 WHERE n = 3;
         UPDATE journal SET n = 3 WHERE n = 100",
        Err(Fault::Changed { n: 2 }),
    )
    .await;
    check("DELETE FROM journal WHERE n > 4", Ok(4)).await;
}

#[tokio::test]
async fn each_filter_lets_through_what_it_says_newest_first() {
    let (_folder, store) = written(30).await;
    let check = async |filter: JournalFilter, before: Option<u64>, expected: &[u64]| {
        let page = store.journal().page(&filter, before, 3).await.unwrap();
        assert_eq!(
            numbers(&page.entries),
            expected,
            "{filter:?} before {before:?}"
        );
    };
    let all = JournalFilter::default;
    check(all(), None, &[30, 29, 28]).await;
    check(all(), Some(28), &[27, 26, 25]).await;
    check(
        JournalFilter {
            account: Some(person(2)),
            ..all()
        },
        None,
        &[30, 20, 10],
    )
    .await;
    check(
        JournalFilter {
            what: Some("server.add".into()),
            ..all()
        },
        Some(29),
        &[27, 25, 23],
    )
    .await;
    check(
        JournalFilter {
            outcome: Some("refused".into()),
            ..all()
        },
        None,
        &[28, 21, 14],
    )
    .await;
    let one = Some(("server".into(), "12".into()));
    check(
        JournalFilter {
            subject: one,
            ..all()
        },
        None,
        &[12],
    )
    .await;
    let (from, until) = (entry(5).at, entry(7).at);
    check(
        JournalFilter {
            from: Some(from),
            until: Some(until),
            ..all()
        },
        None,
        &[6, 5],
    )
    .await;
    check(
        JournalFilter {
            text: "INES CALVET".into(),
            ..all()
        },
        None,
        &[30, 20, 10],
    )
    .await;
    check(
        JournalFilter {
            text: "calvet glycines-20".into(),
            ..all()
        },
        None,
        &[20],
    )
    .await;
    check(
        JournalFilter {
            text: "camille".into(),
            ..all()
        },
        Some(20),
        &[19, 18, 17],
    )
    .await;
    check(
        JournalFilter {
            text: "camille".into(),
            outcome: Some("refused".into()),
            ..all()
        },
        None,
        &[28, 21, 14],
    )
    .await;
    // What no letter of three is in is not looked for; what looks like a query is words.
    check(
        JournalFilter {
            text: "az".into(),
            ..all()
        },
        None,
        &[30, 29, 28],
    )
    .await;
    check(
        JournalFilter {
            text: "\" OR text:*".into(),
            ..all()
        },
        None,
        &[],
    )
    .await;
    check(
        JournalFilter {
            what: Some("' OR 1 --".into()),
            ..all()
        },
        None,
        &[],
    )
    .await;
    let choices = store.journal().choices(None).await.unwrap();
    assert_eq!(choices.whats, ["server.add", "user.create"]);
    assert_eq!(choices.outcomes, ["done", "refused"]);
    assert_eq!(
        choices.accounts,
        [
            (person(1), "Camille Morvan".into()),
            (person(2), "Inès Calvet".into())
        ]
    );
    store.close().await;
}

#[tokio::test]
async fn a_cut_is_made_at_a_signed_entry_only_and_the_chain_goes_on_from_it() {
    let (_folder, store) = written(9).await;
    let (_, hash) = store.journal().after(3, 1).await.unwrap()[0];
    let signed = |n, hash| SignedHead {
        head: Head { n, hash },
        at: noon(),
        signer: vec![1],
        signature: vec![2],
    };
    for wrong in [signed(5, hash), signed(40, hash)] {
        let refused = store.journal_marks().cut(&wrong, "Camille Morvan").await;
        assert!(matches!(refused, Err(StoreError::Reference { .. })));
    }
    assert_eq!(walk(&store).await.unwrap().n, 9);

    assert_eq!(
        store
            .journal_marks()
            .cut(&signed(4, hash), "Camille Morvan")
            .await
            .unwrap(),
        4
    );
    let cut = store.journal_marks().last_cut().await.unwrap().unwrap();
    let mut walk = Walk::after(cut.head);
    for (entry, link) in store.journal().after(0, 100).await.unwrap() {
        walk.step(&entry, link).unwrap();
    }
    assert_eq!(walk.head(), store.journal().head().await.unwrap());
    let found = JournalFilter {
        text: "glycines-03".into(),
        ..JournalFilter::default()
    };
    assert_eq!(
        store
            .journal()
            .page(&found, None, 10)
            .await
            .unwrap()
            .entries,
        []
    );

    // Everything can be let go of; the next entry follows the cut.
    let head = store.journal().head().await.unwrap();
    let all = SignedHead {
        head,
        ..signed(0, hash)
    };
    assert_eq!(
        store
            .journal_marks()
            .cut(&all, "Camille Morvan")
            .await
            .unwrap(),
        5
    );
    assert_eq!(store.journal().head().await.unwrap(), head);
    let next = store.journal().append(&entry(10)).await.unwrap();
    assert_eq!(next.n, 10);
    let mut walk = Walk::after(head);
    let (last, link) = &store.journal().after(0, 100).await.unwrap()[0];
    walk.step(last, *link).unwrap();
    store.close().await;
}

#[tokio::test]
async fn every_combination_of_filters_gives_what_each_alone_gives_together() {
    let (_folder, store) = written(60).await;
    let all = entries_of(&store).await;
    let mut found_something = 0;
    for bits in 0..1_u32 << 8 {
        let asked = |bit: u32| bits & (1 << bit) != 0;
        let filter = JournalFilter {
            account: asked(0).then(|| person(2)),
            what: asked(1).then(|| "user.create".into()),
            outcome: asked(2).then(|| "done".into()),
            customer: asked(3).then(|| customer(3)),
            subject: asked(4).then(|| ("server".into(), "30".into())),
            from: asked(5).then(|| entry(20).at),
            until: asked(6).then(|| entry(50).at),
            text: if asked(7) {
                "calvet".into()
            } else {
                String::new()
            },
            ..JournalFilter::default()
        };
        let expected: Vec<u64> = all
            .iter()
            .rev()
            .filter(|each| {
                filter
                    .account
                    .is_none_or(|asked| each.account == Some(asked))
                    && filter.what.as_ref().is_none_or(|asked| each.what == *asked)
                    && filter
                        .outcome
                        .as_ref()
                        .is_none_or(|asked| each.outcome == *asked)
                    && filter
                        .customer
                        .is_none_or(|asked| each.customer == Some(asked))
                    && filter
                        .subject
                        .as_ref()
                        .is_none_or(|(_, id)| each.subject_id.as_ref() == Some(id))
                    && filter.from.is_none_or(|from| each.at >= from)
                    && filter.until.is_none_or(|until| each.at < until)
                    && (filter.text.is_empty() || each.who == "Inès Calvet")
            })
            .map(|each| each.n)
            .collect();
        let mut pages = Vec::new();
        let mut before = None;
        loop {
            let page = store.journal().page(&filter, before, 4).await.unwrap();
            pages.extend(numbers(&page.entries));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(pages, expected, "{filter:?}");
        if let Some(count) = store.journal().count(&filter).await.unwrap() {
            assert_eq!(count as usize, expected.len(), "{filter:?}");
        }
        found_something += usize::from(!expected.is_empty());
    }
    assert!(found_something > 100, "{found_something}");
    store.close().await;
}

async fn entries_of(store: &Store) -> Vec<Entry> {
    let all = store.journal().after(0, 1_000).await.unwrap();
    all.into_iter().map(|(entry, _)| entry).collect()
}

#[tokio::test]
async fn a_runs_entries_and_a_customers_choices_are_found() {
    let (_folder, store) = written(30).await;
    let of_run = JournalFilter {
        run: Some(run(12)),
        ..JournalFilter::default()
    };
    let page = store.journal().page(&of_run, None, 10).await.unwrap();
    assert_eq!((numbers(&page.entries), page.next), (vec![12], None));
    let theirs = store.journal().choices(Some(customer(3))).await.unwrap();
    assert_eq!(theirs.customers, [customer(3)]);
    assert_eq!(theirs.accounts.len(), 2);
    let nobodys = store.journal().choices(Some(customer(4))).await.unwrap();
    assert_eq!((nobodys.accounts, nobodys.whats), (vec![], vec![]));
    let (found, before, this) = store.journal().entry(12).await.unwrap().unwrap();
    assert_eq!(before.then(&found), this);
    assert_eq!(store.journal().entry(31).await.unwrap(), None);
    store.close().await;
}

#[tokio::test]
async fn a_clock_that_was_set_back_hides_nothing_of_what_was_written_since_a_date() {
    let (_folder, store) = written(5).await;
    let mut early = entry(6);
    early.at = noon() - TimeDelta::days(400);
    store.journal().append(&early).await.unwrap();
    store.journal().append(&entry(7)).await.unwrap();
    let since = |from, until| JournalFilter {
        from,
        until,
        ..JournalFilter::default()
    };
    let check = async |filter: JournalFilter, expected: &[u64]| {
        let page = store.journal().page(&filter, None, 10).await.unwrap();
        assert_eq!(numbers(&page.entries), expected);
    };
    check(since(Some(entry(4).at), None), &[7, 6, 5, 4]).await;
    check(since(None, Some(entry(5).at)), &[4, 3, 2, 1]).await;
    check(since(None, Some(noon())), &[]).await;
    check(since(Some(entry(8).at), None), &[]).await;
    store.close().await;
}

#[tokio::test]
async fn a_cut_that_the_program_died_in_is_finished_later() {
    let (folder, store) = written(9).await;
    let (_, hash) = store.journal().after(3, 1).await.unwrap()[0];
    store.close().await;
    let mut connection = behind(&folder).await;
    // The mark is there, and no entry went yet.
    sqlx::query("INSERT INTO journal_cuts (n, hash, at, who, signer, signature) VALUES (4, ?1, ?2, 'x', x'01', x'02')")
        .bind(hash.bytes().as_slice())
        .bind(noon())
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let store = Store::open(
        &folder.path().join("workspace.db"),
        &DataKey::from_bytes([42; 32]),
    )
    .await
    .unwrap();
    assert_eq!(store.journal_marks().finish_cut().await.unwrap(), 4);
    assert_eq!(store.journal_marks().finish_cut().await.unwrap(), 0);
    assert_eq!(numbers(&entries_of(&store).await), [5, 6, 7, 8, 9]);
    store.close().await;
}
