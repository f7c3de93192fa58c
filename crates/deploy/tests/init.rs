//! `init` on folders of every kind: what is proposed, what is written, and that it reads back.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here fails the test"
)]

use std::fs;

use towerify_deploy::Language;
use towerify_deploy::config::{Config, Kind};
use towerify_deploy::folder::{InitError, Proposal, begin, config_text, propose};
use towerify_deploy::pack::{Limits, survey};

fn proposed(files: &[(&str, &str)]) -> Proposal {
    let folder = tempfile::tempdir().unwrap();
    let app = folder.path().join("Mon Café");
    fs::create_dir(&app).unwrap();
    for (path, content) in files {
        fs::create_dir_all(app.join(path).parent().unwrap()).unwrap();
        fs::write(app.join(path), content).unwrap();
    }
    let proposal = propose(&app);
    for language in [Language::English, Language::French] {
        let text = config_text(&proposal, language);
        let config =
            Config::parse(&text).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"));
        assert_eq!(
            (config.kind, config.name.as_str()),
            (proposal.kind, "mon-cafe")
        );
        assert_eq!(config.start, proposal.start);
    }
    proposal
}

#[track_caller]
fn check(files: &[(&str, &str)], kind: Kind, start: Option<&str>, webroot: Option<&str>) {
    let proposal = proposed(files);
    assert_eq!(
        (
            proposal.kind,
            proposal.start.as_deref(),
            proposal.webroot.as_deref()
        ),
        (kind, start, webroot)
    );
}

#[test]
fn the_folder_says_what_it_is() {
    check(&[], Kind::Static, None, None);
    check(&[("index.html", "")], Kind::Static, None, None);
    check(&[("dist/index.html", "")], Kind::Static, None, Some("dist"));
    check(&[("index.php", "")], Kind::Php, None, None);
    check(&[("web/index.php", "")], Kind::Php, None, Some("web"));
    check(
        &[
            ("artisan", ""),
            ("composer.json", "{}"),
            ("package.json", "{}"),
            ("public/index.php", ""),
        ],
        Kind::Laravel,
        None,
        None,
    );
    check(
        &[("package.json", r#"{"scripts": {"start": "node x"}}"#)],
        Kind::Node,
        Some("npm start"),
        None,
    );
    check(
        &[
            ("package.json", r#"{"main": "lib/a.js"}"#),
            ("lib/a.js", ""),
        ],
        Kind::Node,
        Some("node lib/a.js"),
        None,
    );
    check(
        &[("package.json", "{}"), ("server.js", "")],
        Kind::Node,
        Some("node server.js"),
        None,
    );
    check(
        &[("package.json", r#"{"scripts": {"build": "vite"}}"#)],
        Kind::Static,
        None,
        Some("dist"),
    );
    check(
        &[("app.py", "")],
        Kind::Python,
        Some("python3 app.py"),
        None,
    );
    check(
        &[("requirements.txt", "Flask\n"), ("wsgi.py", "")],
        Kind::Python,
        Some("python3 -m gunicorn --bind 127.0.0.1:$PORT wsgi:app"),
        None,
    );
    check(
        &[("requirements.txt", "fastapi\n"), ("main.py", "")],
        Kind::Python,
        Some("python3 -m uvicorn main:app --host 127.0.0.1 --port $PORT"),
        None,
    );
    check(
        &[("towerify/Dockerfile", ""), ("package.json", "{}")],
        Kind::Dockerfile,
        None,
        None,
    );
}

#[test]
fn both_files_are_written_once_and_force_keeps_the_rules() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.py"), "").unwrap();
    let proposal = propose(folder.path());
    let begun = begin(folder.path(), &proposal, Language::English, false).unwrap();
    assert!(begun.ignore.is_some());
    assert!(matches!(
        begin(folder.path(), &proposal, Language::English, false),
        Err(InitError::Exists(_))
    ));
    fs::write(folder.path().join(".towerifyignore"), "mine\n").unwrap();
    let begun = begin(folder.path(), &proposal, Language::French, true).unwrap();
    assert_eq!(begun.ignore, None);
    assert!(
        fs::read_to_string(begun.config)
            .unwrap()
            .contains("Ce que « towerify deploy » publie")
    );
    assert_eq!(
        fs::read_to_string(folder.path().join(".towerifyignore")).unwrap(),
        "mine\n"
    );
}

#[test]
fn the_rules_written_keep_secrets_and_rubbish_at_home() {
    let folder = tempfile::tempdir().unwrap();
    for path in [
        "app.py",
        ".env",
        ".env.example",
        "venv/x.py",
        "__pycache__/a.pyc",
        "tls.key",
    ] {
        fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
        fs::write(folder.path().join(path), "x").unwrap();
    }
    begin(
        folder.path(),
        &propose(folder.path()),
        Language::English,
        false,
    )
    .unwrap();
    let survey = survey(folder.path(), Limits::default()).unwrap();
    let paths: Vec<&str> = survey
        .tree
        .entries()
        .iter()
        .map(|entry| entry.path.as_str())
        .collect();
    assert_eq!(paths, [".env.example", "app.py"]);
    assert_eq!(survey.warnings, []);
}

#[test]
fn every_option_is_explained_in_the_file() {
    let text = config_text(
        &proposed(&[("package.json", "{}"), ("server.js", "")]),
        Language::English,
    );
    insta::assert_snapshot!(text);
}
