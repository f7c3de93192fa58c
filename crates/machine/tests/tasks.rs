//! The table of tasks, what they carry, and what is hidden of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // All of it is tests.

use serde_json::json;
use towerify_machine::certificate::OwnCertificate;
use towerify_machine::install::{InstallYunohost, Source};
use towerify_machine::preflight::{Facts, Preflight};
use towerify_machine::traces::RemoveTraces;
use towerify_machine::{DECLARATIONS, Kind, PROGRAM, Task};

/// The names in one of the program's two tables.
fn table(name: &str) -> Vec<&'static str> {
    let from = PROGRAM.find(&format!("\n{name} = dict(")).unwrap();
    let all = &PROGRAM[from..];
    let inside = &all[all.find('(').unwrap() + 1..all.find(')').unwrap()];
    inside
        .split(',')
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn the_program_has_one_function_for_each_task_and_no_other() {
    let names = |kind: Kind| -> Vec<&str> {
        DECLARATIONS
            .iter()
            .filter(|task| task.kind == kind)
            .map(|task| task.name)
            .collect()
    };
    let sorted = |mut names: Vec<&'static str>| {
        names.sort_unstable();
        names
    };
    assert_eq!(sorted(table("READS")), sorted(names(Kind::Read)));
    assert_eq!(sorted(table("WRITES")), sorted(names(Kind::Write)));
    for task in DECLARATIONS {
        assert!(PROGRAM.contains(&format!("\ndef {}(arguments, teller):", task.name)));
    }
}

#[test]
fn a_private_key_reaches_the_door_and_nothing_else() {
    let task = OwnCertificate {
        domain: "tour.example".into(),
        chain: "chain".into(),
        key: "-----very private-----".into(),
    };
    assert_eq!(
        task.arguments().expose(),
        json!({"domain": "tour.example", "chain": "chain", "key": "-----very private-----"})
    );
    assert_eq!(task.arguments().shown()["key"], "***");
    for shown in [
        format!("{task:?}"),
        format!("{:?}", task.arguments()),
        serde_json::to_string(&task).unwrap(),
    ] {
        assert!(!shown.contains("very private"), "{shown}");
    }
    let read: OwnCertificate = serde_json::from_value(task.arguments().expose()).unwrap();
    assert_eq!(read.domain, "tour.example");
}

#[test]
fn arguments_are_written_as_the_program_reads_them() {
    assert_eq!(RemoveTraces {}.arguments().expose(), json!({}));
    assert_eq!(
        InstallYunohost::from(Source::Address("https://install.yunohost.org".into()))
            .arguments()
            .expose(),
        json!({"source": {"address": "https://install.yunohost.org"}, "distribution": "stable", "wait": 1800, "limit": 7200})
    );
}

#[test]
fn a_reply_misses_fields_without_harm_and_names_the_one_that_is_wrong() {
    assert_eq!(Preflight::parse(json!({})).unwrap(), Facts::default());
    let facts = Facts::bare("12");
    let written = serde_json::to_value(&facts).unwrap();
    assert_eq!(Preflight::parse(written).unwrap(), facts);
    let wrong = Preflight::parse(json!({"disks": [{"path": ["secret"]}]})).unwrap_err();
    assert_eq!(wrong.field, "disks[0].path");
    assert!(!wrong.to_string().contains("secret"), "{wrong}");
}
