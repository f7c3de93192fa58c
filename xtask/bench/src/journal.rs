//! A journal of a million entries, in an encrypted file: pages under every combination of filters, and the walk along its
//! chain.

use std::time::Instant;

use towerify_domain::journal::{Head, Walk};
use towerify_store::{JournalFilter, Store, StoreError, large_journal};
use towerify_vault::DataKey;

use crate::Outcome;
use crate::figures::{Report, Timing};

/// How long the journal is.
const ENTRIES: u64 = 1_000_000;

/// How often each combination is asked, each time at another place of the journal.
const ROUNDS: u64 = 25;

/// Rows of a page.
const PAGE: u32 = 200;

/// What a list of the journal may take, at the 99th percentile.
const TO_REACH_MS: f64 = 50.0;

/// Measures pages of the journal.
pub fn measure(report: &mut Report) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("workspace.db");
        let key = DataKey::generate()?;
        let store = Store::create(&path, &key).await?;
        eprintln!("filling a journal with {ENTRIES} entries");
        large_journal::fill(&store, ENTRIES).await?;
        store.close().await;
        let mebibytes = std::fs::metadata(&path)?.len() >> 20;
        report.note(format!(
            "a journal of {ENTRIES} entries takes {mebibytes} MiB"
        ));
        // Opened anew, so that nothing is known of it yet.
        let store = Store::open(&path, &key).await?;
        pages(&store, report).await?;
        choices(&store, report).await?;
        store.close().await;
        Ok(())
    })
}

/// What puts a value into a filter.
type Set = Box<dyn Fn(&mut JournalFilter)>;

/// Every combination of these values; none of each is among them.
fn combinations() -> Vec<(String, JournalFilter)> {
    let mut all = vec![(Vec::new(), JournalFilter::default())];
    let mut each = |values: Vec<(&'static str, Set)>| {
        let mut more = Vec::new();
        for (words, filter) in &all {
            for (word, set) in &values {
                let (mut words, mut filter): (Vec<&str>, JournalFilter) =
                    (words.clone(), filter.clone());
                words.push(word);
                set(&mut filter);
                more.push((words, filter));
            }
        }
        all.extend(more);
    };
    each(vec![
        (
            "Camille",
            Box::new(|f| f.account = Some(large_journal::account(0))),
        ),
        (
            "one of 38",
            Box::new(|f| f.account = Some(large_journal::account(9))),
        ),
    ]);
    each(vec![(
        "server.add",
        Box::new(|f| f.what = Some("server.add".into())),
    )]);
    each(vec![
        ("done", Box::new(|f| f.outcome = Some("done".into()))),
        ("denied", Box::new(|f| f.outcome = Some("denied".into()))),
    ]);
    each(vec![(
        "a customer",
        Box::new(|f| f.customer = Some(large_journal::customer(7))),
    )]);
    each(vec![(
        "a server",
        Box::new(|f| f.subject = Some(("server".into(), "7".into()))),
    )]);
    each(vec![(
        "two months",
        Box::new(|f| {
            f.from = Some(large_journal::at(ENTRIES / 2));
            f.until = Some(large_journal::at(ENTRIES / 2 + 60 * 24 * 60));
        }),
    )]);
    each(vec![
        ("the word camille", Box::new(|f| f.text = "camille".into())),
        ("the word zzzz", Box::new(|f| f.text = "zzzz".into())),
        ("two words", Box::new(|f| f.text = "calvet restart".into())),
        (
            "words never together",
            Box::new(|f| f.text = "camille ines".into()),
        ),
    ]);
    all.into_iter()
        .map(|(words, filter)| {
            let words = if words.is_empty() {
                "no filter".to_owned()
            } else {
                words.join(", ")
            };
            (words, filter)
        })
        .collect()
}

async fn pages(store: &Store, report: &mut Report) -> Outcome<()> {
    let mut every = Vec::new();
    let mut measured = Vec::new();
    let mut in_pieces = 0;
    let mut longest = (0.0, 0, String::new());
    let combinations = combinations();
    for (what, filter) in &combinations {
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            // From the newest, and from places all over the journal.
            let before = (round > 0).then(|| ENTRIES - round * (ENTRIES / ROUNDS));
            let begun = Instant::now();
            store.journal().page(filter, before, PAGE).await?;
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        every.extend_from_slice(&times);
        measured.push(Timing::of(format!("journal, {what}"), times));
        // To the end of the first page, where an answer says that it did not look through everything yet.
        let begun = Instant::now();
        let (mut found, mut pieces, mut before) = (0, 0, None);
        loop {
            let page = store.journal().page(filter, before, PAGE).await?;
            found += page.entries.len();
            pieces += 1;
            before = page.next;
            if before.is_none() || found >= PAGE as usize {
                break;
            }
        }
        let took = begun.elapsed().as_secs_f64() * 1000.0;
        in_pieces += usize::from(pieces > 1);
        if took > longest.0 {
            longest = (took, pieces, what.clone());
        }
    }
    measured.sort_by(|a, b| b.p99.total_cmp(&a.p99));
    let slowest = measured
        .first()
        .map(|timing| (timing.what.clone(), timing.p99));
    measured.truncate(5);
    report.timings.push(Timing::of(
        format!(
            "journal, every one of {} combinations of filters",
            combinations.len()
        ),
        every,
    ));
    report.timings.extend(measured);
    report.note(format!(
        "journal: {in_pieces} of {} combinations come in several answers; the longest ({}) has its first page after {} \
         answers in {:.0} ms",
        combinations.len(),
        longest.2,
        longest.1,
        longest.0
    ));
    if let Some((what, p99)) = slowest {
        report.goal(
            format!("a page of a journal of {ENTRIES} entries, under any combination of filters: under {TO_REACH_MS} ms"),
            format!("{p99:.2} ms for the slowest ({what}), at its 99th percentile"),
            p99 < TO_REACH_MS,
        );
    }
    Ok(())
}

async fn choices(store: &Store, report: &mut Report) -> Outcome<()> {
    let questions: [(&str, Option<_>); 2] = [
        ("journal, what can be filtered by", None),
        (
            "journal, the same of one customer",
            Some(large_journal::customer(7)),
        ),
    ];
    for (what, customer) in questions {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            store.journal().choices(customer).await?;
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        report.timings.push(Timing::of(what, times));
    }
    let begun = Instant::now();
    let walked = walk(store).await?;
    report.note(format!(
        "journal: walking along the chain of {walked} entries takes {:.1} s",
        begun.elapsed().as_secs_f64()
    ));
    Ok(())
}

async fn walk(store: &Store) -> Result<u64, StoreError> {
    let mut walk = Walk::after(Head::EMPTY);
    loop {
        let some = store.journal().after(walk.head().n, 2_000).await?;
        if some.is_empty() {
            return Ok(walk.head().n);
        }
        for (entry, hash) in some {
            if walk.step(&entry, hash).is_err() {
                return Ok(0);
            }
        }
    }
}
