//! Every verb, word for word: in English, in French, and as programs read it.

use crate::standin::App;
use crate::world::{World, greeting};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use towerify_test_sshd::KeyKind;

/// One way of speaking, over a world of its own.
struct Tour {
    world: World,
    options: &'static [&'static str],
    /// What differs from one test to the next, and what is written instead.
    names: Vec<(String, &'static str)>,
    text: String,
}

impl Tour {
    fn new(options: &'static [&'static str], app: &App, bare: &Path) -> Self {
        let world = World::bare();
        let host_key = world.sshd.host_key(KeyKind::Ed25519);
        let blob = host_key.split(' ').nth(1).unwrap().to_owned();
        let names = vec![
            (app.path().display().to_string(), "APP"),
            (bare.display().to_string(), "EMPTY"),
            (world.standin.path("").display().to_string(), "ROOT/"),
            (world.home("").display().to_string(), "HOME/"),
            (world.sshd.folder().display().to_string(), "SSHD"),
            (format!("{}", world.sshd.port()), "PORT"),
            (blob, "HOSTKEY"),
        ];
        Self {
            world,
            options,
            names,
            text: String::new(),
        }
    }

    /// Runs one, and writes down what it said and how it ended.
    fn says(&mut self, folder: &Path, words: &[&str]) {
        self.says_to(folder, words, "");
    }

    fn says_to(&mut self, folder: &Path, words: &[&str], input: &str) {
        let all = [self.options, words].concat();
        let ended = self.world.with_input(folder, &all, input);
        let _ = writeln!(self.text, "$ towerify {}", self.plain(&all.join(" ")));
        let _ = write!(self.text, "{}", self.plain(&ended.out));
        for line in ended.err.lines() {
            let _ = writeln!(self.text, "2> {}", self.plain(line));
        }
        let _ = writeln!(self.text, "[{}]\n", ended.status);
    }

    fn plain(&self, said: &str) -> String {
        let named = self
            .names
            .iter()
            .fold(said.to_owned(), |said, (is, called)| {
                said.replace(is, called)
            });
        numbers(&named)
    }
}

/// Times, hashes and keys are others each time: dates become DATE, long numbers of hexadecimal or base64 become their kind.
fn numbers(said: &str) -> String {
    let mut plain = String::new();
    let mut word = String::new();
    for c in said.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric()
            || matches!(c, '-' | ':' | '/' | '+' | '_' | '~') && !word.is_empty()
        {
            word.push(c);
            continue;
        }
        plain += &kind(&word);
        word.clear();
        if c != '\0' {
            plain.push(c);
        }
    }
    // A date and its time are two words of one thing.
    plain.replace("DAY TIME", "DATE")
}

fn kind(word: &str) -> String {
    if let Some(commit) = word.strip_suffix('+') {
        return format!("{}+", kind(commit));
    }
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let is_hex = word.len() >= 10
        && word
            .chars()
            .all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase());
    let bytes = word.as_bytes();
    match word {
        _ if digits == word.len() && word.len() >= 9 => "SECONDS".to_owned(),
        _ if is_hex => "HEX".to_owned(),
        _ if word.len() >= 40 && word.starts_with("AAAA") => "KEY".to_owned(),
        _ if word.len() == 10 && digits == 8 && bytes[4] == b'-' => "DAY".to_owned(),
        _ if word.len() == 8 && digits == 6 && bytes[2] == b':' => "TIME".to_owned(),
        _ if word.len() == 20 && digits == 14 && word.ends_with('Z') => "DATE".to_owned(),
        _ => match word.strip_prefix("SHA256:") {
            Some(_) => "SHA256:FINGERPRINT".to_owned(),
            None => word.to_owned(),
        },
    }
}

fn git(folder: &Path, words: &[&str]) {
    let done = Command::new("git")
        .args([
            "-c",
            "user.name=Camille Morvan",
            "-c",
            "user.email=camille@tour.example",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(done.status.success(), "{words:?}: {done:?}");
}

/// Everything that can be said, one after the other.
fn tour(options: &'static [&'static str]) -> String {
    let (app, bare) = (App::example("node"), tempfile::tempdir().unwrap());
    let bare = bare.path();
    fs::create_dir(bare.join("opening-hours")).unwrap();
    let site = bare.join("opening-hours");
    fs::write(site.join("index.html"), "<h1>Opening hours</h1>").unwrap();
    fs::write(site.join(".gitignore"), "drafts/\ndist/\n").unwrap();
    git(app.path(), &["init", "--quiet"]);
    git(app.path(), &["config", "user.name", "Camille Morvan"]);
    git(app.path(), &["add", "."]);
    git(app.path(), &["commit", "--quiet", "-m", "A better page"]);
    let mut tour = Tour::new(options, &app, bare);
    let browser = tour.world.home("bin/xdg-open");
    fs::create_dir_all(browser.parent().unwrap()).unwrap();
    fs::write(&browser, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    let here = app.path();

    tour.says(&site, &["init"]);
    tour.says(&site, &["init"]);
    tour.says(&site, &["init", "hours", "static", "--force"]);
    tour.says(&site, &["init", "Hours!", "--force"]);
    tour.says(here, &["configure"]);
    let host_key = tour.world.sshd.host_key(KeyKind::Ed25519).to_owned();
    let configure = tour.world.configure(&[]);
    tour.says(here, &configure);
    tour.says(
        here,
        &tour
            .world
            .configure(&["--host-key", &host_key, "--domain", "elsewhere.example"]),
    );
    tour.says(here, &tour.world.configure(&["--host-key", &host_key]));

    tour.says(here, &["status"]);
    tour.says(here, &["deploy"]);
    tour.says(here, &["deploy"]);
    greeting(&app, "the second");
    tour.says(here, &["deploy", "--by", "Inès Calvet"]);
    tour.says(here, &["deploy", "--quiet"]);
    tour.says(here, &["deploy", "--env", "prod"]);
    tour.says(here, &["deploy", "--env", "prod", "--yes", "--quiet"]);
    tour.says(here, &["envs"]);
    tour.says(here, &["status"]);
    tour.says(here, &["releases"]);
    tour.says(here, &["open"]);
    tour.says(here, &["logs", "--deployments", "-n", "1"]);
    tour.says(here, &["rollback"]);
    tour.says(here, &["rollback", "r9"]);

    tour.says(here, &["secrets", "list"]);
    tour.says(here, &["secrets", "set", "GREETING=my reader"]);
    tour.says_to(here, &["secrets", "set", "TOKEN", "--stdin"], "t0p\n");
    tour.says_to(here, &["secrets", "set", "TOKEN"], "");
    tour.says(here, &["secrets", "set", "PORT=1"]);
    tour.says(here, &["secrets", "unset", "GREETING"]);
    tour.says(here, &["secrets", "unset", "GREETING"]);
    tour.says(here, &["run", "--", "echo", "$TOKEN", "|", "tr", "t", "T"]);
    tour.says(here, &["run", "exit 3"]);

    let key =
        tour.world
            .sshd
            .client_key("ci", KeyKind::Ed25519, towerify_test_sshd::Protection::Open);
    let public = key.private.with_extension("pub").display().to_string();
    let blob = key.public.split(' ').nth(1).unwrap().to_owned();
    tour.names.push((blob.clone(), "CIKEY"));
    tour.names
        .push((blob[blob.len() - 16..].to_owned(), "CIKEY"));
    tour.says(here, &["access", "grant", &public]);
    tour.says(here, &["access", "grant", "ssh-rsa nonsense"]);
    tour.says(
        here,
        &["access", "list", "--app", "hello-node", "--env", "dev"],
    );
    tour.says(here, &["access", "revoke", "test"]);
    tour.says(here, &["access", "revoke", "test"]);
    tour.says(here, &["ci", "gitlab"]);

    tour.says(here, &["delete", "--yes"]);
    tour.says(here, &["delete", "--env", "prod"]);
    tour.says(here, &["delete", "--env", "prod", "--yes"]);
    tour.says(here, &["destroy"]);
    tour.says(here, &["destroy", "--confirm", "hello"]);
    tour.says(here, &["destroy", "--confirm", "hello-node"]);
    tour.says(here, &["destroy", "--confirm", "hello-node"]);
    tour.says(here, &["update", "new"]);
    tour.text
}

#[test]
fn every_verb_in_english() {
    insta::assert_snapshot!(tour(&["--lang", "en"]));
}

#[test]
fn every_verb_in_french() {
    insta::assert_snapshot!(tour(&["--lang", "fr"]));
}

#[test]
fn every_verb_as_programs_read_it() {
    insta::assert_snapshot!(tour(&["--json"]));
}

#[test]
fn a_log_is_followed_until_it_is_interrupted_and_nothing_is_left_on_the_server() {
    let world = World::new();
    let app = App::example("node");
    world.deployed(&app);
    world.killed_at_output(app.path(), &["logs", "--deployments", "--follow"], "r1 by");
    let log = world.standin.path("var/log/towerify/hello_node_dev.log");
    let begun = std::time::Instant::now();
    let follows = || {
        fs::read_dir("/proc").unwrap().flatten().any(|one| {
            let line = fs::read_to_string(one.path().join("cmdline")).unwrap_or_default();
            line.contains(log.to_str().unwrap()) && line.starts_with("tail")
        })
    };
    while follows() {
        assert!(
            begun.elapsed().as_secs() < 20,
            "tail follows the log for ever"
        );
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

#[test]
fn completions_know_the_verbs() {
    let world = World::bare();
    for shell in ["bash", "zsh", "fish"] {
        let ended = world.towerify(Path::new("/"), &["completions", shell]);
        assert!(
            ended.status == 0
                && ended.out.contains("rollback")
                && ended.out.contains("deployments"),
            "{shell}"
        );
    }
}
