//! Folders as developers have them, packed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here fails the test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::Instant;

use tempfile::TempDir;
use towerify_deploy::pack::{Delta, Limits, PackError, Survey, Tree, survey, write_payload};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        write(folder.path(), path, content);
    }
    folder
}

fn write(folder: &Path, path: &str, content: &str) {
    let full = folder.join(path);
    fs::create_dir_all(full.parent().unwrap()).unwrap();
    fs::write(full, content).unwrap();
}

fn paths(survey: &Survey) -> Vec<&str> {
    survey
        .tree
        .entries()
        .iter()
        .map(|entry| entry.path.as_str())
        .collect()
}

fn payload(folder: &Path, delta: &Delta<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let sent = write_payload(folder, delta, &mut bytes).unwrap();
    assert_eq!(sent.bytes, bytes.len() as u64);
    bytes
}

#[test]
fn ignored_files_stay_at_home() {
    let folder = folder(&[
        (".towerifyignore", "*.log\n/node_modules/\n!keep.log\n"),
        ("sub/.towerifyignore", "draft*\n"),
        ("a.log", ""),
        ("keep.log", ""),
        ("node_modules/x/index.js", ""),
        ("sub/draft.txt", ""),
        ("sub/final.txt", ""),
        (".git/HEAD", ""),
        (".hidden", ""),
        (".gitignore", "final.txt\n"),
        ("towerify/config.yaml", "name: a\n"),
        ("towerify/Dockerfile", ""),
    ]);
    let survey = survey(folder.path(), Limits::default()).unwrap();
    assert_eq!(
        paths(&survey),
        [
            ".gitignore",
            ".hidden",
            "keep.log",
            "sub/final.txt",
            "towerify/Dockerfile"
        ]
    );
}

#[test]
fn the_same_folder_gives_the_same_bytes_wherever_and_whenever_it_is_packed() {
    let files = [("b/c", "2"), ("a", "1"), ("run.sh", "#!/bin/sh\n")];
    let (one, two) = (folder(&files), folder(&[files[2], files[0], files[1]]));
    for folder in [&one, &two] {
        fs::set_permissions(
            folder.path().join("run.sh"),
            fs::Permissions::from_mode(0o755),
        )
        .unwrap();
    }
    fs::set_permissions(two.path().join("a"), fs::Permissions::from_mode(0o600)).unwrap();
    let packed = [&one, &two].map(|folder| {
        let survey = survey(folder.path(), Limits::default()).unwrap();
        let delta = survey.tree.since(&Tree::default(), &BTreeSet::new());
        (survey.tree.hash(), payload(folder.path(), &delta))
    });
    assert_eq!(packed[0], packed[1]);
    fs::set_permissions(two.path().join("run.sh"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_ne!(
        survey(two.path(), Limits::default()).unwrap().tree.hash(),
        packed[0].0
    );
}

#[test]
fn the_payload_holds_the_changes_first_and_then_each_content_once() {
    let folder = folder(&[("a", "same"), ("b", "same"), ("c", "other")]);
    symlink("a", folder.path().join("link")).unwrap();
    let survey = survey(folder.path(), Limits::default()).unwrap();
    let bytes = payload(
        folder.path(),
        &survey.tree.since(&Tree::default(), &BTreeSet::new()),
    );
    let mut tar = tar::Archive::new(zstd::Decoder::new(bytes.as_slice()).unwrap());
    let mut names = Vec::new();
    let mut first = String::new();
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        assert_eq!(
            (
                entry.header().mtime().unwrap(),
                entry.header().uid().unwrap()
            ),
            (0, 0)
        );
        names.push(entry.path().unwrap().display().to_string());
        if names.len() == 1 {
            entry.read_to_string(&mut first).unwrap();
        }
    }
    assert_eq!(names[0], "delta");
    assert_eq!(names.len(), 4, "{names:?}");
    assert_eq!(
        first.lines().map(|line| &line[..4]).collect::<Vec<_>>(),
        ["+ f ", "+ f ", "+ f ", "+ l "]
    );
}

#[test]
fn one_changed_file_of_five_thousand_is_little_to_send() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..5000 {
        write(
            folder.path(),
            &format!("d{}/f{number}.txt", number % 50),
            &format!("file {number}\n").repeat(20),
        );
    }
    let before = survey(folder.path(), Limits::default()).unwrap();
    write(folder.path(), "d7/f7.txt", "another");
    let begun = Instant::now();
    let after = survey(folder.path(), Limits::default()).unwrap();
    let delta = after.tree.since(&before.tree, &BTreeSet::new());
    let sent = payload(folder.path(), &delta);
    assert!(sent.len() < 1000, "{} bytes", sent.len());
    assert!(begun.elapsed().as_secs_f64() < 2.0, "{:?}", begun.elapsed());
    assert!(after.tree.since(&after.tree, &BTreeSet::new()).is_empty());
}

#[test]
fn links_that_leave_the_folder_are_refused() {
    for target in ["/etc/passwd", "../outside", "sub/../../outside", "nowhere"] {
        let folder = folder(&[("sub/a", "")]);
        symlink(target, folder.path().join("link")).unwrap();
        let error = survey(folder.path(), Limits::default()).unwrap_err();
        assert!(
            matches!(&error, PackError::LinkLeaves { path, .. } if path == "link"),
            "{target}: {error}"
        );
    }
    let folder = folder(&[("a", ""), ("sub/b", "")]);
    symlink("../a", folder.path().join("sub/link")).unwrap();
    survey(folder.path(), Limits::default()).unwrap();
}

#[test]
fn names_with_line_breaks_and_special_files_are_refused() {
    let named = folder(&[("a\nb", "")]);
    let error = survey(named.path(), Limits::default()).unwrap_err();
    assert!(matches!(error, PackError::Name(_)), "{error}");
    let special = folder(&[("a", "")]);
    let _socket = std::os::unix::net::UnixListener::bind(special.path().join("socket")).unwrap();
    let error = survey(special.path(), Limits::default()).unwrap_err();
    assert!(
        matches!(&error, PackError::Special(path) if path == "socket"),
        "{error}"
    );
    let empty = folder(&[(".towerifyignore", "*\n"), ("a", "")]);
    assert!(matches!(
        survey(empty.path(), Limits::default()),
        Err(PackError::Empty)
    ));
}

#[test]
fn too_much_is_refused_before_it_is_read_and_the_largest_folder_is_named() {
    let folder = folder(&[("a", "")]);
    fs::create_dir(folder.path().join("node_modules")).unwrap();
    // A sparse file: reading its 2 GB would take this test's time.
    fs::File::create(folder.path().join("node_modules/big"))
        .unwrap()
        .set_len(2 << 30)
        .unwrap();
    let begun = Instant::now();
    let error = survey(folder.path(), Limits::default()).unwrap_err();
    assert!(
        matches!(&error, PackError::TooMuch { largest, .. } if largest == &[("node_modules".to_owned(), 2048)]),
        "{error}"
    );
    assert!(
        error
            .words()
            .english
            .contains("`node_modules` has 2048 MiB"),
        "{}",
        error.words()
    );
    assert!(begun.elapsed().as_secs_f64() < 1.0);
}

#[test]
fn secrets_are_warned_about_and_a_large_folder_too() {
    let folder = folder(&[(".env", "KEY=1"), ("index.html", "")]);
    fs::create_dir(folder.path().join("video")).unwrap();
    fs::File::create(folder.path().join("video/a.mp4"))
        .unwrap()
        .set_len(60 << 20)
        .unwrap();
    let survey = survey(folder.path(), Limits::default()).unwrap();
    let warned: Vec<&str> = survey
        .warnings
        .iter()
        .map(|warning| warning.path.as_str())
        .collect();
    assert_eq!(warned, ["video", ".env"]);
}

#[test]
fn a_file_that_changes_while_it_is_packed_is_noticed() {
    let folder = folder(&[("a", "one"), ("b", "same length")]);
    let survey = survey(folder.path(), Limits::default()).unwrap();
    let delta = survey.tree.since(&Tree::default(), &BTreeSet::new());
    for (path, content) in [("a", "longer than before"), ("b", "SAME length")] {
        write(folder.path(), path, content);
        let error = write_payload(folder.path(), &delta, Vec::new()).unwrap_err();
        assert!(
            matches!(&error, PackError::Changed(changed) if changed == path),
            "{error}"
        );
        write(
            folder.path(),
            path,
            if path == "a" { "one" } else { "same length" },
        );
    }
}
