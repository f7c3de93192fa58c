//! What needs no server.

use crate::home::{Home, PASSWORD};
use serde_json::json;

#[test]
fn wrong_usage_ends_with_2() {
    let home = Home::new();
    for arguments in [
        &[][..],
        &["fly"],
        &["servers"],
        &["servers", "add", "a"],
        &["servers", "list", "--state", "well"],
        &["servers", "add", "a", "--address", "b", "--port", "0"],
        &[
            "servers",
            "add",
            "a",
            "--address",
            "b",
            "--key",
            "k",
            "--agent",
        ],
        &["apps", "install", "a", "b", "--answer", "no-sign"],
        &[
            "users",
            "create",
            "a",
            "b",
            "--fullname",
            "c",
            "--password",
            "secret",
        ],
        &[
            "--password-file",
            "a",
            "--password-fd",
            "3",
            "servers",
            "list",
        ],
        &["--lang", "de", "servers", "list"],
        &["servers", "list"], // no workspace is known
        &["--workspace", "x.towerify", "servers", "list"], // nobody to ask for the password
        &[
            "--workspace",
            "x.towerify",
            "--password-file",
            "missing",
            "servers",
            "list",
        ],
        &[
            "--workspace",
            "x.towerify",
            "--password-fd",
            "250",
            "servers",
            "list",
        ],
    ] {
        let ended = home.bare(arguments, "");
        assert_eq!(ended.status, 2, "{arguments:?}: {ended:?}");
        assert!(
            ended.out.is_empty() && !ended.err.is_empty(),
            "{arguments:?}: {ended:?}"
        );
    }
}

#[test]
fn help_and_version_end_well() {
    let home = Home::new();
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["servers", "add", "--help"],
    ] {
        let ended = home.bare(arguments, "");
        assert_eq!((ended.status, ended.err.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn a_workspace_is_created_once_and_listed() {
    let home = Home::with_workspace();
    let again = home.towerify(&[
        "--json",
        "workspace",
        "create",
        "Tour",
        "--account",
        "Camille Morvan",
    ]);
    assert_eq!(
        (again.status, again.code().as_str()),
        (1, "workspace_exists")
    );

    let listed = home.bare(&["--json", "workspace", "list"], "").json();
    assert_eq!(listed[0]["name"], "Tour");
    assert_eq!(listed[0]["account_name"], "Camille Morvan");
    let folder = listed[0]["folder"].as_str().unwrap();
    assert!(std::path::Path::new(folder).join("keys.json").is_file());
}

#[test]
fn a_workspace_with_a_weak_password_or_a_bad_name_is_refused_field_by_field() {
    let home = Home::new();
    home.file("password", "password1");
    let ended = home.towerify(&["--json", "workspace", "create", "a/b", "--account", "<b>"]);
    assert_eq!((ended.status, ended.code().as_str()), (1, "invalid_fields"));
    let error: serde_json::Value = serde_json::from_str(&ended.err).unwrap();
    let fields: Vec<_> = error["error"]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["field"])
        .collect();
    assert_eq!(
        fields,
        [&json!("name"), &json!("account_name"), &json!("password")]
    );
    assert!(!ended.err.contains("password1"));
}

#[test]
fn the_password_comes_from_a_file_or_a_descriptor() {
    let home = Home::with_workspace();
    let from_fd = home.bare(
        &["--password-fd", "0", "--json", "servers", "list"],
        &format!("{PASSWORD}\n"),
    );
    assert_eq!(
        (from_fd.status, from_fd.json()),
        (0, json!([])),
        "{from_fd:?}"
    );
    let with_more_lines = home.file("password", &format!("{PASSWORD}\r\nand more"));
    let from_file = home.bare(
        &[
            "--password-file",
            &with_more_lines,
            "--json",
            "servers",
            "list",
        ],
        "",
    );
    assert_eq!(
        (from_file.status, from_file.json()),
        (0, json!([])),
        "{from_file:?}"
    );
}

#[test]
fn a_wrong_password_opens_nothing_and_is_not_repeated() {
    let home = Home::with_workspace();
    let wrong = home.bare(
        &["--password-fd", "0", "--json", "servers", "list"],
        "swordfish and more",
    );
    assert_eq!(
        (wrong.status, wrong.code().as_str(), wrong.out.as_str()),
        (1, "wrong_password", "")
    );
    assert!(!wrong.err.contains("swordfish"));
}

#[test]
fn a_folder_without_a_workspace_is_refused() {
    let home = Home::with_workspace();
    let empty = home.path("empty").display().to_string();
    let ended = home.towerify(&["--workspace", &empty, "--json", "servers", "list"]);
    assert_eq!(
        (ended.status, ended.code().as_str()),
        (1, "workspace_missing")
    );
}

#[test]
fn a_second_program_on_one_workspace_is_refused() {
    let home = Home::with_workspace();
    let listed = home.bare(&["--json", "workspace", "list"], "").json();
    let folder = std::path::PathBuf::from(listed[0]["folder"].as_str().unwrap());
    let lock = std::fs::File::options()
        .write(true)
        .open(folder.join("lock"))
        .unwrap();
    lock.lock().unwrap();
    let ended = home.towerify(&["--json", "servers", "list"]);
    assert_eq!(
        (ended.status, ended.code().as_str()),
        (1, "workspace_in_use")
    );
}

#[test]
fn what_does_not_exist_is_refused() {
    let home = Home::with_workspace();
    let run = "0190c0de-0000-7000-8000-00000000002a";
    for arguments in [
        &["servers", "show", "nowhere"][..],
        &["servers", "refresh", "nowhere"],
        &["apps", "list", "nowhere"],
        &["users", "list", "nowhere"],
        &[
            "permissions",
            "add",
            "nowhere",
            "nextcloud.main",
            "ines.calvet",
        ],
        &["runs", "show", "last"],
        &["runs", "show", run],
        &["runs", "follow", run],
    ] {
        let ended = home.towerify(&[&["--json"], arguments].concat());
        assert_eq!(
            (ended.status, ended.code().as_str()),
            (1, "not_found"),
            "{arguments:?}: {ended:?}"
        );
        assert!(ended.out.is_empty());
    }
    assert_eq!(home.towerify(&["runs", "show", "the-first"]).status, 2);
}

#[test]
fn what_cannot_be_undone_asks_first_and_changes_nothing_unasked() {
    let home = Home::with_workspace();
    let ended = home.towerify(&["--json", "users", "delete", "nowhere", "ines.calvet"]);
    assert_eq!(
        (ended.status, ended.code().as_str()),
        (1, "not_found"),
        "the server is looked for first"
    );
}

#[test]
fn an_empty_fleet_refreshes_well_and_lists_nothing() {
    let home = Home::with_workspace();
    let swept = home.towerify(&["--json", "servers", "refresh"]);
    assert_eq!(
        (swept.status, swept.json()["answered"].as_u64()),
        (0, Some(0))
    );
    assert_eq!(home.towerify(&["--json", "runs", "list"]).json(), json!([]));
    let table = home.towerify(&["servers", "list"]);
    assert!(
        table.out.contains("Server") && table.out.contains("0 of 0 servers"),
        "{table:?}"
    );
}

#[test]
fn messages_follow_the_locale_unless_told() {
    let home = Home::with_workspace();
    let password = home.path("password").display().to_string();
    let list = ["--password-file", &password, "servers", "list"];
    assert!(
        home.with_locale(&list, "", "fr_FR.UTF-8")
            .out
            .contains("0 serveurs sur 0")
    );
    assert!(
        home.with_locale(&list, "", "en_GB.UTF-8")
            .out
            .contains("0 of 0 servers")
    );
    let told = [&["--lang", "en"], &list[..]].concat();
    assert!(
        home.with_locale(&told, "", "fr_FR.UTF-8")
            .out
            .contains("0 of 0 servers")
    );
    let wrong = ["--password-fd", "0", "servers", "list"];
    let ended = home.with_locale(&wrong, "nope", "fr_FR.UTF-8");
    assert!(
        ended.err.contains("Ce mot de passe n’ouvre pas"),
        "{ended:?}"
    );
}

#[test]
fn nothing_listens_is_said_in_a_code() {
    let home = Home::with_workspace();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
        .to_string();
    let ended = home.towerify(&[
        "--json",
        "servers",
        "add",
        "glycines-01",
        "--address",
        "127.0.0.1",
        "--port",
        &port,
    ]);
    assert_eq!(
        (ended.status, ended.code().as_str()),
        (1, "connection_refused"),
        "{ended:?}"
    );
}

#[test]
fn completions_and_man_pages_are_made_for_every_command() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = home.bare(&["completions", shell], "");
        assert!(
            ended.status == 0 && ended.out.contains("permissions"),
            "{shell}: {}",
            ended.err
        );
    }
    let folder = home.path("man").display().to_string();
    let ended = home.bare(&["man", &folder], "");
    assert_eq!(ended.status, 0, "{ended:?}");
    for page in [
        "towerify.1",
        "towerify-servers-add.1",
        "towerify-apps-install.1",
        "towerify-demo.1",
    ] {
        let text = std::fs::read_to_string(home.path("man").join(page)).unwrap();
        assert!(text.contains("TH"), "{page}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_defect() {
    let home = Home::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "the test starts the binary that it is about"
    )]
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_towerify"))
        .args(["completions", "bash"])
        .env("TOWERIFY_HOME", home.path(""))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(
        (
            ended.status.code(),
            String::from_utf8_lossy(&ended.stderr).as_ref()
        ),
        (Some(0), "")
    );
}
