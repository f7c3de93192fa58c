//! The journal: seen, checked, exported, and verified without any workspace.

use crate::home::Home;

/// A home whose journal has some entries: profiles of provisioning, saved and deleted.
fn written() -> Home {
    let home = Home::with_workspace();
    for _ in 0..2 {
        let saved = home.towerify(&[
            "journal",
            "export",
            &home.path("exported").display().to_string(),
        ]);
        assert_eq!(saved.status, 0, "{saved:?}");
        std::fs::remove_file(home.path("exported")).unwrap();
    }
    home
}

/// The text with one letter changed, and the number of the line in which that is.
fn touched(text: &str) -> (String, u64) {
    let line = text
        .lines()
        .position(|line| line.contains("journal.export"))
        .unwrap();
    let changed = text.replacen("journal.export", "journal.expert", 1);
    (changed, u64::try_from(line).unwrap() + 1)
}

#[test]
fn what_was_done_is_listed_and_holds() {
    let home = written();
    let list = home.towerify(&["--json", "journal", "list"]).json();
    let rows = list["rows"].as_array().unwrap();
    // To list it, it was opened.
    assert_eq!(rows[0]["what"], "workspace.unlock");
    assert_eq!(rows[1]["what"], "journal.export");
    assert_eq!(rows[1]["who"], "Camille Morvan");
    let none = home
        .towerify(&["--json", "journal", "list", "--what", "server.add"])
        .json();
    assert_eq!(none["rows"].as_array().unwrap().len(), 0);
    let page = home.towerify(&["journal", "list", "--limit", "1"]);
    assert!(page.out.contains("--before"), "{page:?}");
    let check = home.towerify(&["--json", "journal", "check"]).json();
    assert_eq!(check["fault"], serde_json::Value::Null);
    assert!(check["signer"].as_str().unwrap().starts_with("SHA256:"));
    let said = home.towerify(&["--lang", "fr", "journal", "check"]);
    assert!(said.out.contains("Le journal est intact"), "{said:?}");
}

#[test]
fn an_export_is_verified_alone_and_the_first_bad_line_is_named() {
    let home = written();
    let file = home.path("journal.jsonl").display().to_string();
    let exported = home.towerify(&["journal", "export", &file]);
    assert_eq!(exported.status, 0, "{exported:?}");
    // What is there is not written over.
    assert_eq!(home.towerify(&["journal", "export", &file]).status, 1);

    let alone = Home::new();
    let verified = alone.bare(&["--json", "journal", "verify", &file], "");
    assert_eq!(verified.status, 0, "{verified:?}");
    let signer = verified.json()["verified"]["signer"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        alone
            .bare(&["journal", "verify", &file, "--signer", &signer], "")
            .status,
        0
    );
    let other = alone.bare(
        &[
            "--json",
            "journal",
            "verify",
            &file,
            "--signer",
            "SHA256:other",
        ],
        "",
    );
    assert_eq!((other.status, other.code().as_str()), (1, "other_signer"));

    let text = std::fs::read_to_string(&file).unwrap();
    let (changed, line) = touched(&text);
    std::fs::write(&file, changed).unwrap();
    let bad = alone.bare(&["--json", "journal", "verify", &file], "");
    assert_eq!((bad.status, bad.json()["line"].as_u64()), (1, Some(line)));
    let said = alone.bare(&["--lang", "fr", "journal", "verify", &file], "");
    assert!(said.out.starts_with(&format!("Ligne {line}")), "{said:?}");
    assert_eq!(alone.bare(&["journal", "verify", "missing"], "").status, 1);
}

#[test]
fn a_table_is_verified_alone_and_the_first_bad_line_is_named() {
    let home = written();
    let file = home.path("journal.csv").display().to_string();
    let exported = home.towerify(&["journal", "export", "--csv", &file]);
    assert_eq!(exported.status, 0, "{exported:?}");
    let alone = Home::new();
    let verified = alone.bare(&["--json", "journal", "verify", &file], "");
    assert_eq!(verified.status, 0, "{verified:?}");

    let text = std::fs::read_to_string(&file).unwrap();
    let (changed, line) = touched(&text);
    std::fs::write(&file, changed).unwrap();
    let bad = alone.bare(&["--json", "journal", "verify", &file], "");
    assert_eq!((bad.status, bad.json()["line"].as_u64()), (1, Some(line)));
    std::fs::write(&file, "n,id,at,who\n").unwrap();
    let bad = alone.bare(&["--json", "journal", "verify", &file], "");
    assert_eq!((bad.status, bad.json()["line"].as_u64()), (1, Some(1)));
}

#[test]
fn old_entries_are_let_go_of_only_when_that_is_confirmed() {
    let home = written();
    let cut = [
        "journal",
        "cut",
        "--before",
        "2000-01-01T00:00:00Z",
        "--yes",
    ];
    let nothing = home.towerify(&cut);
    assert!(nothing.out.contains("No entry is that old"), "{nothing:?}");
    let all = ["journal", "cut", "--before", "2200-01-01T00:00:00Z"];
    let asked = home.towerify(&[&["--json"][..], &all].concat());
    assert_eq!((asked.status, asked.code().as_str()), (1, "not_confirmed"));
    let before = home.towerify(&["--json", "journal", "list"]).json();
    let before = before["rows"].as_array().unwrap().len();

    let mut sure = vec!["--json"];
    sure.extend(all);
    sure.push("--yes");
    let gone = home.towerify(&sure).json();
    // That it was opened for this is an entry as well.
    assert_eq!(gone["entries"], before + 1);
    let left = home.towerify(&["--json", "journal", "list"]).json();
    let rows = left["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[1]["what"]), (2, &"journal.cut".into()));
    let check = home.towerify(&["--json", "journal", "check"]).json();
    assert_eq!(
        (&check["fault"], &check["first"]),
        (&serde_json::Value::Null, &(before + 2).into())
    );
}
