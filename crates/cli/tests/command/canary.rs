//! The canary: known secrets go through the journeys of the command line, and then everything that came of it is searched
//! for them, in every form that a program could have written them in.
//!
//! What a journey shows on purpose, once (the secret of a second factor, its recovery codes, a recovery key), is searched
//! everywhere but in the one answer that shows it.

use crate::home::{Home, PASSWORD};
use crate::world::World;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use towerify_test_customers::Search;

const USER_PASSWORD: &str = "Canari-des-Vagues-5521";
const APP_PASSWORD: &str = "Canari-des-Phares-5522";
const SECOND_PASSWORD: &str = "canari tilleul goéland 5523";
const THIRD_PASSWORD: &str = "canari ardoise falaise 5524";

/// Watches the arguments and the environment of every process that runs our binary, or was started by it, while it lives.
struct Watch {
    stop: Arc<AtomicBool>,
    seen: std::thread::JoinHandle<(usize, BTreeSet<Vec<u8>>)>,
}

impl Watch {
    fn begin(home: &Path) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&stop);
        // Ours are known by their home, which every process they start would inherit.
        let mark = [b"TOWERIFY_HOME=", home.as_os_str().as_encoded_bytes()].concat();
        let seen = std::thread::spawn(move || {
            let mut seen = BTreeSet::new();
            let mut samples = 0;
            while !over.load(Ordering::SeqCst) {
                for entry in std::fs::read_dir("/proc").unwrap().flatten() {
                    let Ok(environment) = std::fs::read(entry.path().join("environ")) else {
                        continue;
                    };
                    if !environment.split(|byte| *byte == 0).any(|one| one == mark) {
                        continue;
                    }
                    samples += 1;
                    seen.insert(environment);
                    seen.extend(std::fs::read(entry.path().join("cmdline")));
                }
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            (samples, seen)
        });
        Self { stop, seen }
    }

    fn end(self) -> (usize, BTreeSet<Vec<u8>>) {
        self.stop.store(true, Ordering::SeqCst);
        self.seen.join().unwrap()
    }
}

/// What a command said.
struct Said {
    out: String,
    err: String,
    status: i32,
}

/// Runs the binary with every word of its log, its temporary files where they are found, and a password file.
fn run(home: &Home, password: &Path, arguments: &[&str]) -> Said {
    run_with(home, password, arguments, &[])
}

fn run_with(home: &Home, password: &Path, arguments: &[&str], more: &[(&str, &str)]) -> Said {
    std::fs::create_dir_all(home.path("tmp")).unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "the test starts the binary that it is about"
    )]
    let mut command = Command::new(env!("CARGO_BIN_EXE_towerify"));
    let output = command
        .arg("--json")
        .arg("--password-file")
        .arg(password)
        .args(arguments)
        .env_clear()
        .envs(more.iter().copied())
        .env("TOWERIFY_HOME", home.path(""))
        .env("HOME", home.path(""))
        .env("TMPDIR", home.path("tmp"))
        .env("TOWERIFY_LOG", "trace")
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Said {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        status: output.status.code().unwrap(),
    }
}

/// The secrets' own files, outside of the home that is searched.
struct Safe(tempfile::TempDir);

impl Safe {
    fn put(&self, name: &str, secret: &str) -> String {
        let path = self.0.path().join(name);
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(secret.as_bytes()).unwrap();
        path.display().to_string()
    }
}

#[test]
fn no_planted_secret_is_anywhere_after_the_journeys() {
    let world = World::new(1);
    let home = &world.home;
    // The harness puts its own copies of two passwords into the home: they are no trace of the program's.
    let safe = Safe(tempfile::tempdir().unwrap());
    let password = safe.put("password", PASSWORD);
    let login = safe.put("login", &world.fleet.servers()[0].password);
    for file in ["password", "login"] {
        std::fs::remove_file(home.path(file)).unwrap();
    }
    let user = safe.put("user", USER_PASSWORD);
    let second = safe.put("second", SECOND_PASSWORD);
    let third = safe.put("third", THIRD_PASSWORD);

    let mut search = Search::default();
    for (name, secret) in [
        ("the administrator's password", PASSWORD),
        (
            "the server's login",
            world.fleet.servers()[0].password.as_str(),
        ),
        ("a user's password", USER_PASSWORD),
        ("an app's answer", APP_PASSWORD),
        ("another account's password", SECOND_PASSWORD),
        ("a new password", THIRD_PASSWORD),
    ] {
        search.plant(name, secret);
    }
    let watch = Watch::begin(&home.path(""));
    let mut said: Vec<(String, String)> = Vec::new();
    let mut shown: Vec<(&str, String)> = Vec::new();
    let opener = Path::new(&password);
    let mut done = |opener: &Path, arguments: &[&str], shows: bool| -> Value {
        let came = run(home, opener, arguments);
        assert_eq!(came.status, 0, "{arguments:?}: {}{}", came.out, came.err);
        let place = arguments.join(" ");
        said.push((format!("the log of {place}"), came.err));
        let last = came.out.lines().last().unwrap_or("null").to_owned();
        if !shows {
            said.push((format!("the answer of {place}"), came.out));
        }
        serde_json::from_str(&last).unwrap_or(Value::Null)
    };
    let server = &world.fleet.servers()[0];
    let (address, port) = (server.address.to_string(), server.ssh_port.to_string());
    done(
        opener,
        &[
            "servers",
            "add",
            &server.name,
            "--address",
            &address,
            "--port",
            &port,
            "--user",
            &server.user,
            "--login-password-file",
            &login,
            "--fingerprint",
            &server.host_key.fingerprint,
        ],
        false,
    );
    let name = server.name.as_str();
    done(
        opener,
        &[
            "users",
            "create",
            name,
            "ines.calvet",
            "--fullname",
            "Inès Calvet",
            "--user-password-file",
            &user,
        ],
        false,
    );
    // An app that asks a secret, and a path: it shares its domain with others.
    let catalogue = done(opener, &["apps", "catalogue", name], false);
    let can_be_had = |app: &&Value| app["installed"] == false && app["state"] == "working";
    let asks = |form: &Value, kind: &str| {
        let questions = form["questions"].as_array().unwrap();
        questions.iter().any(|one| one["kind"] == kind)
    };
    let (app, form) = catalogue
        .as_array()
        .unwrap()
        .iter()
        .filter(can_be_had)
        .map(|app| app["id"].as_str().unwrap().to_owned())
        .map(|app| {
            let form = done(opener, &["apps", "questions", name, &app], false);
            (app, form)
        })
        .find(|(_, form)| {
            form["unmet"].as_array().unwrap().is_empty()
                && asks(form, "path")
                && asks(form, "password")
        })
        .expect("an app that asks a path and a password");
    let mut answers = serde_json::Map::new();
    for question in form["questions"].as_array().unwrap() {
        let first = question["default"]
            .as_str()
            .or_else(|| question["choices"][0]["value"].as_str());
        let answer = match question["kind"].as_str().unwrap() {
            "note" => None,
            "domain" => Some(server.main_domain.as_str()),
            "path" => Some("/canari"),
            "user" => Some("ines.calvet"),
            "password" => Some(APP_PASSWORD),
            _ => first,
        };
        if let Some(answer) = answer {
            let id = question["id"].as_str().unwrap().to_owned();
            answers.insert(id, answer.into());
        }
    }
    let answers = safe.put("answers.json", &Value::from(answers).to_string());
    done(
        opener,
        &["apps", "install", name, &app, "--answers-file", &answers],
        false,
    );
    done(opener, &["runs", "show", "last", "--trace"], false);
    done(opener, &["servers", "refresh"], false);

    done(
        opener,
        &["customers", "create", "Clinique des Glycines"],
        false,
    );
    done(
        opener,
        &[
            "accounts",
            "create",
            "Inès Calvet",
            "--role",
            "restricted",
            "--customer",
            "Clinique des Glycines",
            "--new-password-file",
            &second,
        ],
        false,
    );
    let ines = ["--account", "Inès Calvet"];
    let as_ines = |rest: &[&'static str]| [&ines[..], rest].concat();
    done(Path::new(&second), &as_ines(&["accounts", "me"]), false);
    let wrong = run(home, Path::new(&third), &as_ines(&["accounts", "me"]));
    assert_eq!(wrong.status, 1);
    search_later(&mut shown, &wrong.out, &wrong.err);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let change = [
        "--account",
        "Inès Calvet",
        "accounts",
        "password",
        "--new-password-file",
        &third,
    ];
    done(Path::new(&second), &change, false);
    let reset = [
        "--account",
        "Camille Morvan",
        "accounts",
        "reset-password",
        "Inès Calvet",
        "--new-password-file",
        &second,
    ];
    done(opener, &reset, false);

    // A second factor and a recovery key: what is shown once is looked for everywhere else.
    let came = run(
        home,
        opener,
        &[
            "--account",
            "Camille Morvan",
            "accounts",
            "totp",
            "on",
            "--confirmation-file",
            &safe.put("code", "000000"),
        ],
    );
    let enrolment: Value = serde_json::from_str(came.out.lines().next().unwrap()).unwrap();
    let typed = enrolment["secret"].as_str().unwrap().to_owned();
    search.plant("the second factor's secret, as typed", &typed);
    search.plant("the second factor's secret", &typed.replace(' ', ""));
    search_later(&mut shown, "", &came.err);
    let came = run(
        home,
        opener,
        &[
            "--account",
            "Camille Morvan",
            "accounts",
            "recovery-key",
            "new",
            "--confirmation-file",
            &safe.put("groups", "0000\n0000\n"),
        ],
    );
    let key: Value = serde_json::from_str(came.out.lines().next().unwrap()).unwrap();
    let key = key["key"].as_str().unwrap().to_owned();
    search.plant("the recovery key", &key);
    search.plant("the recovery key, unspaced", &key.replace('-', ""));
    search_later(&mut shown, "", &came.err);

    let export = home.path("journal.jsonl").display().to_string();
    let _ = run(
        home,
        opener,
        &["--account", "Camille Morvan", "journal", "export", &export],
    );
    assert!(Path::new(&export).is_file());
    // A write-ahead log as a power cut leaves it.
    let (samples, seen) = watch.end();
    assert!(samples > 20, "{samples} samples");
    for one in &seen {
        search.look("a process's arguments or environment", one);
    }
    for (place, text) in &said {
        search.look(place, text.as_bytes());
    }
    for (place, text) in &shown {
        search.look(place, text.as_bytes());
    }
    search.look_below(&home.path(""));
    assert_eq!(search.found(), &BTreeSet::new());
    let files = std::fs::read_dir(home.path("data/workspaces/Tour.towerify"));
    assert!(files.unwrap().count() >= 3, "the workspace was searched");
}

fn search_later(into: &mut Vec<(&str, String)>, out: &str, err: &str) {
    into.push(("an answer", out.to_owned()));
    into.push(("a log", err.to_owned()));
}

#[test]
fn a_secret_that_is_leaked_on_purpose_is_found_in_processes_and_files() {
    let secret = "canari goéland, 100 % falaise";
    // In a process's arguments and environment, and in a file below the home.
    let home = Home::with_workspace();
    let watch = Watch::begin(&home.path(""));
    let password = home.path("password");
    let leaked = run_with(
        &home,
        &password,
        &["servers", "list", secret],
        &[("LEAKED", secret)],
    );
    assert_eq!(leaked.status, 0, "{}", leaked.err);
    let (_, seen) = watch.end();
    let mut search = Search::default();
    search.plant("it", secret);
    for one in &seen {
        let kind = if one.starts_with(b"LEAKED") || one.windows(7).any(|part| part == b"LEAKED=") {
            "environment"
        } else {
            "arguments"
        };
        search.look(kind, one);
    }
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    home.file("trace", &format!("… {hex} …"));
    search.look_below(&home.path(""));
    let found: Vec<&str> = search
        .found()
        .iter()
        .map(|found| found.split(" in ").nth(1).unwrap())
        .map(|place| place.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(found, ["trace", "arguments", "environment"]);
}
