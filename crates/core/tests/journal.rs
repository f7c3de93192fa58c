//! The journal: what a use case writes in it, its check, and an export that proves itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod training;

use std::time::Duration;

use towerify_core::{
    Actor, Code, Workspace,
    journal::{self, ExportForm, Query, Row, verify},
};
use towerify_domain::{
    id::CustomerId,
    policy::{Privilege, Role},
};
use training::Training;

const SERVERS: [&str; 4] = ["glycines-01", "bremont-01", "ormeau-01", "vial-01"];

async fn with_entries() -> Training {
    let training = Training::begin().await;
    for server in SERVERS {
        training.add(server).await.unwrap();
    }
    training
}

async fn exported(training: &Training, form: ExportForm) -> Vec<String> {
    let (workspace, actor) = training.desk();
    let mut file = Vec::new();
    let written = journal::export(&workspace, &actor, form, &mut file)
        .await
        .unwrap();
    let lines: Vec<String> = String::from_utf8(file)
        .unwrap()
        .lines()
        .map(|line| format!("{line}\n"))
        .collect();
    let around = match form {
        ExportForm::JsonLines => 2,
        ExportForm::Csv => 3,
    };
    assert_eq!(usize::try_from(written).unwrap(), lines.len() - around);
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
        text: "ÓRMEAU-01".into(),
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
    assert!(next.next.is_some());
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
    let lines = exported(&training, ExportForm::JsonLines).await;
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
    for (form, line) in [(ExportForm::JsonLines, 2), (ExportForm::Csv, 3)] {
        let lines = exported(&training, form).await;
        let before: usize = lines[..line].iter().map(String::len).sum();
        let whole = lines.concat().into_bytes();
        let number = u64::try_from(line).unwrap() + 1;
        for place in before..before + lines[line].len() - 1 {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            let bad = verify(changed.as_slice()).expect_err(&format!("{form:?}, byte {place}"));
            assert!(
                bad.line == number || bad.line == number + 1,
                "{form:?}, byte {place}: {bad:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_proves_itself_and_names_the_first_line_that_was_touched() {
    let training = with_entries().await;
    let lines = exported(&training, ExportForm::Csv).await;
    let count = u64::try_from(lines.len()).unwrap();
    let whole = verify(lines.concat().as_bytes()).unwrap();
    assert_eq!((whole.workspace.as_str(), whole.first), ("Tour & Cie", 1));
    assert_eq!(whole.entries, count - 3);
    assert!(lines[0].starts_with("n,id,at,account,who,role,what,"));

    let check = |change: &dyn Fn(&mut Vec<String>), line: u64, says: &str| {
        let mut changed = lines.clone();
        change(&mut changed);
        let bad = verify(changed.concat().as_bytes()).unwrap_err();
        assert_eq!(bad.line, line, "{bad:?}");
        assert!(bad.words.en.contains(says), "{bad:?} does not say {says}");
    };
    check(
        &|lines| lines[4] = lines[4].replace("Camille", "Camilla"),
        5,
        "was changed",
    );
    check(&|lines| drop(lines.remove(3)), 4, "is missing");
    check(&|lines| lines.swap(3, 4), 4, "is missing");
    check(
        &|lines| lines.insert(4, lines[3].clone()),
        5,
        "in the place of",
    );
    // The tail: entries before the signature, the signature, the whole end, half a line.
    check(
        &|lines| drop(lines.remove(lines.len() - 2)),
        count - 1,
        "the entries end with",
    );
    check(&|lines| drop(lines.pop()), count, "end is missing");
    check(&|lines| lines.truncate(4), 5, "end is missing");
    check(
        &|lines| {
            lines[4].truncate(20);
            lines.truncate(5);
        },
        5,
        "cut short",
    );
    check(
        &|lines| lines.push("1,2\n".into()),
        count + 1,
        "can't be read",
    );
    check(
        &|lines| lines.push(lines[3].clone()),
        count + 1,
        "more after",
    );
    // A cell too many, a quote that never ends, a line that never does.
    check(
        &|lines| lines[3] = lines[3].replacen(',', ",,", 1),
        4,
        "can't be read",
    );
    check(
        &|lines| lines[3] = lines[3].replacen("administrator", "\"administrator", 1),
        4,
        "",
    );
    check(
        &|lines| lines[3] = format!("{}\n", "x".repeat(3 << 20)),
        4,
        "can't be read",
    );
    check(&|lines| drop(lines.remove(1)), 2, "not an exported journal");
}

/// The newest entries, once there are so many of this outcome.
async fn entries_with(
    workspace: &Workspace,
    actor: &Actor,
    outcome: &str,
    count: usize,
) -> Vec<Row> {
    for _ in 0..200 {
        let query = Query {
            outcome: Some(outcome.into()),
            ..Query::default()
        };
        let page = journal::list(workspace, actor, query).await.unwrap();
        if page.rows.len() >= count {
            return page.rows;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("there are never {count} entries with the outcome {outcome}");
}

/// Somebody of a customer's, at work in this workspace.
fn ines(actor: &Actor) -> Actor {
    Actor {
        account: towerify_domain::id::AccountId::from_uuid(uuid::Uuid::from_u128(7)),
        name: "Inès Calvet".into(),
        role: Role::RestrictedAdministrator,
        customer: Some(CustomerId::from_uuid(uuid::Uuid::from_u128(3))),
        ..actor.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_role_is_denied_is_in_the_journal_and_twenty_thousand_times_are_two_entries() {
    let training = with_entries().await;
    let (workspace, actor) = training.desk();
    let ines = ines(&actor);
    let denied = journal::check(&workspace, &ines).await.unwrap_err();
    assert_eq!(denied.code, Code::Denied);
    let rows = entries_with(&workspace, &actor, "denied", 1).await;
    assert_eq!(
        (
            rows[0].what.as_str(),
            rows[0].who.as_str(),
            rows[0].role.as_str()
        ),
        (
            "ask.export_journal",
            "Inès Calvet",
            "restricted_administrator"
        )
    );
    assert_eq!(rows[0].customer, ines.customer);

    for _ in 0..20_000 {
        assert!(ines.ask(Privilege::ExportJournal).is_err());
    }
    assert!(ines.ask(Privilege::CutJournal).is_err());
    // What is only looked at to show a button is no refusal.
    assert_eq!(ines.holds(Privilege::RunFleet), None);
    let rows = entries_with(&workspace, &actor, "denied", 2).await;
    assert_eq!(rows[0].what, "ask.cut_journal");
    // The rest is written when the workspace is closed, at the latest.
    drop(workspace);
    training.program.close().await;
    towerify_core::workspace::unlock(&training.program, training::PASSWORD.into())
        .await
        .unwrap();
    let (workspace, actor) = training.desk();
    let rows = entries_with(&workspace, &actor, "denied", 3).await;
    assert_eq!(rows.len(), 3);
    let counted = rows
        .iter()
        .find(|row| row.detail.contains("20000"))
        .unwrap();
    assert_eq!(counted.what, "ask.export_journal");
    assert_eq!(
        journal::check(&workspace, &actor).await.unwrap().fault,
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_administrator_sees_their_customers_entries_and_nothing_of_another() {
    let training = with_entries().await;
    let (workspace, actor) = training.desk();
    let all = journal::list(&workspace, &actor, Query::default())
        .await
        .unwrap();
    let theirs: Vec<&Row> = all
        .rows
        .iter()
        .filter(|row| row.customer.is_some())
        .collect();
    let customer = theirs[0].customer;
    let other = theirs.iter().find(|row| row.customer != customer).unwrap();
    let ines = Actor {
        customer,
        ..ines(&actor)
    };
    let seen = journal::list(&workspace, &ines, Query::default())
        .await
        .unwrap();
    assert!(!seen.rows.is_empty() && seen.rows.len() < all.rows.len());
    assert!(seen.rows.iter().all(|row| row.customer == customer));
    assert_eq!(seen.all, None, "how much others do is not theirs to know");
    let asks = Query {
        customer: other.customer,
        ..Query::default()
    };
    assert!(
        journal::list(&workspace, &ines, asks)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    // Another's entry and one that does not exist answer alike.
    let anothers = journal::entry(&workspace, &ines, other.n)
        .await
        .unwrap_err();
    let nothing = journal::entry(&workspace, &ines, 9_999).await.unwrap_err();
    assert_eq!(format!("{anothers:?}"), format!("{nothing:?}"));
    assert_eq!(anothers.code, Code::NotFound);
    let choices = journal::choices(&workspace, &ines).await.unwrap();
    assert!(choices.customers.is_empty());
    assert_eq!(journal::state(&workspace, &ines).await.unwrap(), None);
    for refused in [
        journal::check(&workspace, &ines).await.unwrap_err(),
        journal::cut(&workspace, &ines, 1).await.unwrap_err(),
        journal::export(&workspace, &ines, ExportForm::Csv, &mut Vec::new())
            .await
            .unwrap_err(),
    ] {
        assert_eq!(refused.code, Code::Denied);
    }
    let nobody = Actor {
        role: Role::EndUser,
        ..ines.clone()
    };
    let refused = journal::list(&workspace, &nobody, Query::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::Denied);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_let_go_of_is_said_before_and_what_stays_proves_that_nothing_else_is_missing() {
    let training = with_entries().await;
    let (workspace, actor) = training.desk();
    let all = journal::list(&workspace, &actor, Query::default())
        .await
        .unwrap();
    let count = all.all.unwrap();
    let third = all.rows.iter().find(|row| row.n == 3).unwrap();
    let nothing = journal::cut_plan(&workspace, &actor, all.rows.last().unwrap().at)
        .await
        .unwrap();
    assert_eq!(
        (nothing.upto, nothing.goes, nothing.stays),
        (None, 0, count)
    );
    let plan = journal::cut_plan(&workspace, &actor, third.at)
        .await
        .unwrap();
    assert_eq!((plan.upto, plan.goes, plan.stays), (Some(2), 2, count - 2));
    assert_eq!(plan.first_at, all.rows.last().map(|row| row.at));

    assert_eq!(journal::cut(&workspace, &actor, 2).await.unwrap(), 2);
    let left = journal::list(&workspace, &actor, Query::default())
        .await
        .unwrap();
    assert_eq!(left.rows.last().unwrap().n, 3);
    assert_eq!(left.rows[0].what, "journal.cut");
    assert!(left.rows[0].detail.contains("\"entries\":2"));
    let state = journal::state(&workspace, &actor).await.unwrap().unwrap();
    assert_eq!((state.fault, state.first), (None, 3));
    for form in [ExportForm::JsonLines, ExportForm::Csv] {
        let lines = exported(&training, form).await;
        assert_eq!(verify(lines.concat().as_bytes()).unwrap().first, 3);
    }
    let gone = journal::cut(&workspace, &actor, 1).await.unwrap_err();
    assert_eq!(gone.code, Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_the_disk_refuses_is_in_the_journal_as_failed() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let training = with_entries().await;
    let (workspace, actor) = training.desk();
    for form in [ExportForm::JsonLines, ExportForm::Csv] {
        let refused = journal::export(&workspace, &actor, form, &mut Full)
            .await
            .unwrap_err();
        assert_eq!(refused.code, Code::LocalDisk);
    }
    let query = Query {
        what: Some("journal.export".into()),
        outcome: Some("failed".into()),
        ..Query::default()
    };
    assert_eq!(
        journal::list(&workspace, &actor, query)
            .await
            .unwrap()
            .rows
            .len(),
        2
    );
}
