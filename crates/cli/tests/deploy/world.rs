//! A developer's computer, a server, and the command between them.

use crate::standin::{App, Standin};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use towerify_test_sshd::{KeyKind, Options, Protection, Sshd};

/// Both, and where the developer keeps things.
pub struct World {
    pub standin: Standin,
    pub sshd: Sshd,
    home: tempfile::TempDir,
}

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

    /// The error's code, from standard error.
    pub fn code(&self) -> String {
        let error: Value =
            serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error} in {self:?}"));
        error["error"]["code"].as_str().unwrap().to_owned()
    }
}

impl World {
    /// A server with an administrator's key, of which the developer knows nothing yet.
    pub fn bare() -> Self {
        let standin = Standin::with_nginx();
        let sshd = Sshd::start(Options {
            config: vec![standin.converses()],
            ..Options::default()
        });
        let world = Self {
            standin,
            sshd,
            home: tempfile::tempdir().unwrap(),
        };
        let admin = world.standin.path("bin/admin");
        let key = world
            .sshd
            .client_key("admin", KeyKind::Ed25519, Protection::Open);
        // Its line without the forced command is taken back: the first one that fits counts.
        let file = world.sshd.folder().join("authorized_keys");
        let line = format!("command=\"{}\" {}\n", admin.display(), key.public);
        std::fs::write(file, line).unwrap();
        world
    }

    /// The same, with a profile.
    pub fn new() -> Self {
        let world = Self::bare();
        let host_key = world.sshd.host_key(KeyKind::Ed25519).to_owned();
        let ended = world.towerify(Path::new("/"), &world.configure(&["--host-key", &host_key]));
        assert_eq!(ended.status, 0, "{ended:?}");
        world
    }

    /// A server whose administrator is this account of the system, with its password.
    pub fn for_user(user: &str) -> Self {
        let standin = Standin::with_nginx();
        let admin = standin.path("bin/admin").display().to_string();
        let home = standin.path("home/admin");
        std::fs::create_dir_all(&home).unwrap();
        let owned = Command::new("chown").arg(user).arg(&home).status().unwrap();
        assert!(owned.success());
        let sshd = Sshd::start(Options {
            passwords: true,
            config: vec![
                standin.converses(),
                format!("AllowUsers {user}"),
                format!("ForceCommand {admin}"),
            ],
            ..Options::default()
        });
        Self {
            standin,
            sshd,
            home: tempfile::tempdir().unwrap(),
        }
    }

    /// Lets the key `admin` in besides.
    pub fn let_in_with_key(&self) {
        use std::os::unix::fs::PermissionsExt as _;
        // sshd reads the list of keys as the account itself.
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.sshd.folder(), open).unwrap();
        self.sshd
            .client_key("admin", KeyKind::Ed25519, Protection::Open);
    }

    /// The words that make a profile.
    pub fn configure<'w>(&self, more: &[&'w str]) -> Vec<&'w str> {
        let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let key = self.sshd.folder().join("admin").display().to_string();
        let mut words = vec![
            "configure",
            "--server",
            "127.0.0.1",
            "--port",
            leak(self.sshd.port().to_string()),
            "--user",
            leak(self.sshd.user().to_owned()),
            "--key",
            leak(key),
        ];
        words.extend(more);
        words
    }

    pub fn home(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_towerify"));
        command
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("TOWERIFY_HOME", self.home.path())
            .env("HOME", self.home.path())
            .env("USER", "camille")
            .env("LANG", "C.UTF-8")
            .env(
                "PATH",
                format!(
                    "{}:/usr/local/bin:/usr/bin:/bin",
                    self.home("bin").display()
                ),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it in a folder.
    pub fn towerify(&self, folder: &Path, arguments: &[&str]) -> Ended {
        self.with_input(folder, arguments, "")
    }

    /// The same for programs.
    pub fn json(&self, folder: &Path, arguments: &[&str]) -> Ended {
        self.towerify(folder, &[&["--json"], arguments].concat())
    }

    pub fn with_input(&self, folder: &Path, arguments: &[&str], input: &str) -> Ended {
        let mut child = self.command(folder, arguments).spawn().unwrap();
        // A command that ends without reading is no failure of the test.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ended {
            status: output.status.code().expect("it ended by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Deploys, well; what it answered.
    pub fn deployed(&self, app: &App) -> Value {
        let ended = self.json(app.path(), &["deploy", "--yes"]);
        assert_eq!(
            ended.status,
            0,
            "{ended:?}\n{}",
            self.standin.read("scripts.log")
        );
        ended.json()
    }

    /// Runs it until it has said this, and kills it there, as a lid that is closed would.
    pub fn killed_at_output(&self, folder: &Path, arguments: &[&str], said: &str) {
        let mut child = self.command(folder, arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let found = lines.any(|line| line.unwrap().contains(said));
        let _ = child.kill();
        child.wait().unwrap();
        assert!(found, "it never said {said}");
    }

    /// The same by what it says on its way.
    pub fn killed_at(&self, folder: &Path, arguments: &[&str], said: &str) {
        let mut child = self.command(folder, arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let found = lines.any(|line| line.unwrap().contains(said));
        let _ = child.kill();
        child.wait().unwrap();
        assert!(found, "it never said {said}");
    }
}

/// The node example, saying something else.
pub fn greeting(app: &App, text: &str) {
    let server = std::fs::read_to_string(app.path().join("server.js")).unwrap();
    let from = server.find("Hello from").unwrap();
    let to = from + server[from..].find(',').unwrap();
    app.write(
        "server.js",
        &format!("{}Hello from {text}{}", &server[..from], &server[to..]),
    );
}
