//! A stand-in of a server for one test: a folder, a true nginx, and what YunoHost does with packages (`tests/standin`).

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use towerify_deploy::config::Config;
use towerify_deploy::pack::{Limits, Tree, survey, write_payload};
use towerify_deploy::package::{Layout, Order, Package, Release, generate};

/// The server's folder, its nginx, and the ports that it was given.
pub struct Standin {
    folder: TempDir,
    nginx: Option<Child>,
    pub port: u16,
}

/// An app as its developers have it.
pub struct App {
    pub folder: TempDir,
    pub config: Config,
    pub env: &'static str,
}

impl App {
    /// A copy of one of the examples.
    pub fn example(name: &str) -> Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../examples")
            .join(name);
        let folder = tempfile::tempdir().unwrap();
        let done = Command::new("cp")
            .arg("-a")
            .arg(from.join("."))
            .arg(folder.path())
            .status()
            .unwrap();
        assert!(done.success());
        let config =
            Config::parse(&fs::read_to_string(folder.path().join("towerify/config.yaml")).unwrap())
                .unwrap();
        Self {
            folder,
            config,
            env: "dev",
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, content: &str) {
        let full = self.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, content).unwrap();
    }

    pub fn id(&self) -> String {
        self.config.env(self.env).unwrap().id.as_str().to_owned()
    }

    pub fn tree(&self) -> Tree {
        survey(self.path(), Limits::default()).unwrap().tree
    }

    pub fn package(&self, layout: &Layout, number: u32) -> Package {
        let (name, environment) = self
            .config
            .envs
            .iter()
            .find(|(name, _)| name.as_str() == self.env)
            .unwrap();
        let release = Release {
            number,
            tree: self.tree().hash(),
            commit: Some("c0ffee".into()),
            by: "Inès Calvet".into(),
            message: None,
        };
        generate(Order {
            config: &self.config,
            name,
            environment,
            release: &release,
            layout,
        })
    }

    pub fn payload(&self, base: &Tree) -> Vec<u8> {
        let tree = self.tree();
        let mut bytes = Vec::new();
        write_payload(self.path(), &tree.since(base, &BTreeSet::new()), &mut bytes).unwrap();
        bytes
    }

    /// Unpacks a package into a folder, with or without the payload.
    pub fn package_folder(&self, standin: &Standin, number: u32, payload: bool) -> PathBuf {
        let folder = standin.path(&format!("packages/{number}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let mut bytes = Vec::new();
        let with = payload.then(|| self.payload(&Tree::default()));
        self.package(&standin.layout(), number)
            .write_tar(with.as_deref(), &mut bytes)
            .unwrap();
        tar::Archive::new(bytes.as_slice()).unpack(&folder).unwrap();
        folder
    }
}

impl Standin {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("standin")
            .tempdir()
            .unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let standin = Self {
            folder,
            nginx: None,
            port,
        };
        standin.server(&["make"], &["--port", &port.to_string()]);
        standin
    }

    /// With its web server.
    pub fn with_nginx() -> Self {
        let mut standin = Self::new();
        standin.nginx = Some(
            Command::new(standin.path("bin/nginx"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        let begun = Instant::now();
        while !standin.path("nginx/pid").exists()
            || std::net::TcpStream::connect(("127.0.0.1", standin.port)).is_err()
        {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "nginx does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        standin
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn layout(&self) -> Layout {
        Layout {
            root: self.folder.path().display().to_string(),
            user: Some("nobody".to_owned()),
            https_port: self.port,
            drain: "0.3".to_owned(),
            sudo: self.path("bin/sudo").display().to_string(),
        }
    }

    /// The stand-in of YunoHost: what it printed, and whether it went well.
    pub fn yunohost(&self, words: &[&str], more: &[&str]) -> Output {
        let program =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/tests/standin/server.py");
        Command::new("/usr/bin/python3")
            .arg("-I")
            .arg(program)
            .args(&words[..1])
            .arg(self.folder.path())
            .args(&words[1..])
            .args(more)
            .output()
            .unwrap()
    }

    /// Lets the driver's stand-in live in the same folder, whose app actions are those of this one; gives the line of an
    /// sshd that leads there.
    pub fn converses(&self) -> String {
        let driver = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../tests/standin")
            .canonicalize()
            .unwrap();
        self.server(&["converse", driver.to_str().unwrap()], &[]);
        let path = format!(
            "{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            self.path("bin").display()
        );
        let root = self.layout().root;
        format!("SetEnv TOWERIFY_STANDIN={root} TOWERIFY_PATH={path} PATH={path}")
    }

    pub fn server(&self, words: &[&str], more: &[&str]) -> String {
        let output = self.yunohost(words, more);
        assert!(
            output.status.success(),
            "{words:?}: {}\n{}",
            String::from_utf8_lossy(&output.stderr),
            self.read("scripts.log")
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn install(&self, app: &App) {
        let folder = app.package_folder(self, 1, true);
        let environment = app.config.env(app.env).unwrap();
        let answers = format!("domain=tour.example&path={}", environment.path);
        let id = self.server(&["install", folder.to_str().unwrap(), &answers], &[]);
        assert_eq!(id, app.id());
    }

    /// Upgrades with a package that brings no payload. Like YunoHost it does not say whether that went well.
    pub fn upgrade(&self, app: &App, number: u32) -> String {
        let folder = app.package_folder(self, number, false);
        let output = self.yunohost(&["upgrade", &app.id(), folder.to_str().unwrap()], &[]);
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    pub fn info(&self, app: &App) -> Value {
        serde_json::from_str(&self.server(&["info", &app.id()], &[])).unwrap()
    }

    fn gate_command(&self, app: &App, mode: &str) -> Command {
        let program = self.path(&format!(
            "etc/yunohost/apps/{}/scripts/towerify.py",
            app.id()
        ));
        let path = format!(
            "{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            self.path("bin").display()
        );
        let mut command = Command::new("/usr/bin/python3");
        command
            .arg("-I")
            .arg(program)
            .args(["gate", mode])
            .env("TOWERIFY_PATH", path);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        command
    }

    /// Asks the app's own program; its events, the last one being the end. A program that died has no end.
    pub fn gate(&self, app: &App, mode: &str, request: &Value, payload: &[u8]) -> Vec<Value> {
        let mut child = self.gate_command(app, mode).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let (line, payload) = (format!("{request}\n"), payload.to_vec());
        let write = std::thread::spawn(move || {
            let _ = stdin
                .write_all(line.as_bytes())
                .and_then(|()| stdin.write_all(&payload));
        });
        let events = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
            .collect();
        write.join().unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("Traceback"), "{said}");
        events
    }

    /// The end of a request that goes well.
    pub fn done(&self, app: &App, request: &Value, payload: &[u8]) -> Value {
        let events = self.gate(app, "admin", request, payload);
        let end = events.last().cloned().unwrap_or_default();
        assert_eq!(
            end["event"],
            "done",
            "{events:#?}\n{}",
            self.read("scripts.log")
        );
        end
    }

    /// The end of a request that fails.
    pub fn failed(&self, app: &App, request: &Value, payload: &[u8]) -> Value {
        let events = self.gate(app, "admin", request, payload);
        let end = events.last().cloned().unwrap_or_default();
        assert_eq!(end["event"], "failed", "{events:#?}");
        end
    }

    pub fn facts(&self, app: &App) -> Value {
        self.done(app, &json!({"verb": "facts"}), b"")
    }

    /// What a deployment's quick path asks: everything, as if the server held nothing.
    pub fn push_request(&self, app: &App) -> Value {
        json!({"verb": "push", "tree": app.tree().hash(), "payload": true, "by": "Camille Morvan", "commit": "beef", "bytes": app.tree().bytes()})
    }

    pub fn push(&self, app: &App) -> Value {
        self.done(app, &self.push_request(app), &app.payload(&Tree::default()))
    }

    /// What nginx answers: status and body.
    pub fn get(&self, path: &str) -> (u16, String) {
        self.get_of("tour.example", path)
    }

    /// The same of another domain.
    pub fn get_of(&self, domain: &str, path: &str) -> (u16, String) {
        let output = Command::new("curl")
            .args([
                "--silent",
                "--insecure",
                "--max-time",
                "5",
                "--write-out",
                "\n%{http_code}",
                "--resolve",
            ])
            .arg(format!("{domain}:{}:127.0.0.1", self.port))
            .arg(format!("https://{domain}:{}{path}", self.port))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (body, code) = text.rsplit_once('\n').unwrap();
        (code.parse().unwrap(), body.to_owned())
    }

    /// Asks until nginx answers so: it reloads after the command has ended.
    pub fn settles(&self, path: &str, status: u16) {
        let begun = Instant::now();
        while self.get(path).0 != status {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "{path}: {:?}",
                self.get(path)
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path(below)).unwrap_or_default()
    }

    /// What the scripts called since the last time it was asked.
    pub fn calls(&self) -> Vec<String> {
        let calls = self
            .read("calls")
            .replace(&self.folder.path().display().to_string(), "ROOT");
        fs::write(self.path("calls"), "").unwrap();
        calls.lines().map(str::to_owned).collect()
    }

    pub fn fault(&self, word: &str, nth: u32) {
        fs::write(self.path("faults"), format!("die {nth} {word}\n")).unwrap();
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        for unit in fs::read_dir(self.path("run/units"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let pid = fs::read_to_string(unit.path()).unwrap_or_default();
            if pid.parse::<u32>().is_ok_and(|pid| pid > 1) {
                // The group that this unit was started as.
                let _ = Command::new("kill")
                    .args(["-9", "--", &format!("-{pid}")])
                    .stderr(Stdio::null())
                    .status();
            }
        }
        if let Some(nginx) = &mut self.nginx {
            // SIGTERM, so that its workers end with it.
            let _ = Command::new("kill").arg(nginx.id().to_string()).status();
            let _ = nginx.wait();
        }
    }
}
