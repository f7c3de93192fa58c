//! A home of its own for each test, and the binary run in it.

use serde_json::Value;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A password that a workspace takes.
pub const PASSWORD: &str = "ardoise tilleul goéland 1907";

pub struct Home(tempfile::TempDir);

/// What came of a command.
#[derive(Debug)]
pub struct Ended {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// Standard output as one JSON value.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Standard output as one JSON value a line.
    pub fn lines(&self) -> Vec<Value> {
        let line = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"))
        };
        self.out.lines().map(line).collect()
    }

    /// The error's code, from standard error.
    pub fn code(&self) -> String {
        let error: Value =
            serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error} in {self:?}"));
        error["error"]["code"].as_str().unwrap().to_owned()
    }
}

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A home with a workspace named Tour.
    pub fn with_workspace() -> Self {
        let home = Self::new();
        home.file("password", PASSWORD);
        let ended = home.towerify(&["workspace", "create", "Tour", "--account", "Camille Morvan"]);
        assert_eq!(ended.status, 0, "{ended:?}");
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    /// Runs with the workspace's password from its file.
    pub fn towerify(&self, arguments: &[&str]) -> Ended {
        let password = self.path("password").display().to_string();
        let mut all = vec!["--password-file", password.as_str()];
        all.extend(arguments);
        self.bare(&all, "")
    }

    /// Runs with nothing but these arguments and this standard input.
    pub fn bare(&self, arguments: &[&str], input: &str) -> Ended {
        self.with_locale(arguments, input, "C.UTF-8")
    }

    /// Runs it, and kills it when it has said this, as a power cut would.
    pub fn killed_at(&self, arguments: &[&str], said: &str) {
        #[expect(
            clippy::disallowed_methods,
            reason = "the test starts the binary that it is about"
        )]
        let mut child = Command::new(env!("CARGO_BIN_EXE_towerify"))
            .arg("--password-file")
            .arg(self.path("password"))
            .args(arguments)
            .env("TOWERIFY_HOME", self.0.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(
            lines.any(|line| line.unwrap().contains(said)),
            "it never said {said}"
        );
        assert!(
            child.try_wait().unwrap().is_none(),
            "it had ended before it was killed"
        );
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub fn with_locale(&self, arguments: &[&str], input: &str, locale: &str) -> Ended {
        self.with(arguments, input, &[("LANG", locale)])
    }

    /// Where the keys of the workspace are.
    pub fn keys(&self) -> PathBuf {
        self.path("data/workspaces/Tour.towerify/keys.json")
    }

    /// Runs with nothing but these arguments, this standard input and this environment.
    pub fn with(&self, arguments: &[&str], input: &str, environment: &[(&str, &str)]) -> Ended {
        #[expect(
            clippy::disallowed_methods,
            reason = "the test starts the binary that it is about"
        )]
        let mut command = Command::new(env!("CARGO_BIN_EXE_towerify"));
        let mut child = command
            .args(arguments)
            .env_clear()
            .env("TOWERIFY_HOME", self.0.path())
            // Where ~/.ssh is looked for.
            .env("HOME", self.0.path())
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that ends without reading is no failure of the test.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ended {
            status: output.status.code().expect("it ended by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
