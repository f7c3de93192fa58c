//! `docs/ACTIONS.md` is written from the declarations; it fails here when it is stale (UPDATE=1 writes it).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // All of it is tests.

use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use towerify_yunohost::{DECLARATIONS, Kind, Method, Release};

fn table() -> String {
    let mut table = String::from(
        "# Actions\n\nWhat Towerify asks of a YunoHost server. Written from the declarations in `crates/yunohost` by its test\n`table` (`UPDATE=1 cargo test -p towerify-yunohost --test table`); edits by hand are lost.\n\n| action | kind | HTTP (under `/yunohost/api`) | releases |\n| --- | --- | --- | --- |\n",
    );
    for action in DECLARATIONS {
        let kind = if action.kind == Kind::Read {
            "read"
        } else {
            "write"
        };
        let routes: Vec<String> = action
            .routes
            .iter()
            .map(|route| format!("`{} {}`", route.method.as_str(), route.path))
            .collect();
        let until = action
            .until
            .map_or_else(String::new, |until| format!(", until {until}"));
        writeln!(
            table,
            "| `{}` | {kind} | {} | {}.{} on{until} |",
            action.name,
            routes.join(", "),
            action.since.major,
            action.since.minor
        )
        .unwrap();
    }
    table
}

#[test]
fn the_table_of_actions_is_that_of_the_declarations() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ACTIONS.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, table()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == table(),
        "docs/ACTIONS.md is stale: UPDATE=1 cargo test -p towerify-yunohost --test table"
    );
}

#[test]
fn every_action_is_declared_once_and_reads_are_got() {
    let names: BTreeSet<&str> = DECLARATIONS.iter().map(|action| action.name).collect();
    assert_eq!(names.len(), DECLARATIONS.len());
    for action in DECLARATIONS {
        assert!(!action.routes.is_empty(), "{} has no route", action.name);
        let gets = action
            .routes
            .iter()
            .all(|route| route.method == Method::Get);
        assert_eq!(
            gets,
            action.kind == Kind::Read,
            "{}: what YunoHost gets takes no lock, all else does",
            action.name
        );
        assert!(action.known_by(Release::V12_1), "{}", action.name);
    }
}
