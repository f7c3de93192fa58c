//! A stand-in of a YunoHost server in a folder, and conversations with the true driver on it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use futures::FutureExt;
use tokio::process::Command;
use towerify_driver::{Driver, Pipes, Privilege, Reopen, Result, Start, command, open, open_with};

pub const STANDIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/standin");
/// Debian's own interpreter where there is one: a shim of a version manager would be measured too.
pub fn python() -> &'static str {
    if Path::new("/usr/bin/python3").exists() {
        "/usr/bin/python3"
    } else {
        "python3"
    }
}

pub struct Server {
    folder: tempfile::TempDir,
}

impl Server {
    pub async fn new(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new(python())
            .arg(format!("{STANDIN}/make.py"))
            .arg(folder.path())
            .args(options)
            .output()
            .await
            .expect("python3 is needed");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        Self { folder }
    }

    pub fn path(&self, inner: &str) -> PathBuf {
        self.folder.path().join(inner)
    }

    pub fn write(&self, inner: &str, text: &str) {
        let path = self.path(inner);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Lets the next calls of an action go wrong; see tests/standin/dist-packages/yunohost/fault.py.
    pub fn fault(&self, faults: serde_json::Value) {
        self.write("faults.json", &faults.to_string());
    }

    pub fn state(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.path("var/lib/standin/state.json")).unwrap())
            .unwrap()
    }

    /// What a run noted of its own process.
    pub fn record(&self, run: &str) -> serde_json::Value {
        let path = self.path(&format!("var/lib/towerify/runs/{run}/run.json"));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    pub fn shell(&self, privilege: Privilege) -> Command {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", &command(privilege)])
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("TOWERIFY_STANDIN", self.folder.path());
        shell
    }

    pub async fn driver(&self) -> Driver {
        open(pipes(self.shell(Privilege::Root)), Start::default())
            .await
            .unwrap()
    }

    pub async fn driver_that_reopens(&self) -> Driver {
        let folder = self.folder.path().to_owned();
        let reopen: Reopen = Arc::new(move || {
            let mut shell = Command::new("/bin/sh");
            shell
                .args(["-c", &command(Privilege::Root)])
                .env("TOWERIFY_STANDIN", &folder);
            futures::future::ready(Ok(pipes(shell))).boxed()
        });
        open_with(reopen, Start::default()).await.unwrap()
    }

    pub async fn try_driver(&self, shell: Command, start: Start) -> Result<Driver> {
        open(pipes(shell), start).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Runs are detached: what still goes on is ended by its process id.
        for entry in std::fs::read_dir(self.path("var/lib/towerify/runs"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let record = std::fs::read(entry.path().join("run.json")).ok();
            let record =
                record.and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
            if let Some(pid) = record.and_then(|record| record["pid"].as_u64())
                && !entry.path().join("outcome.json").exists()
            {
                kill("-KILL", pid);
            }
        }
    }
}

pub fn kill(signal: &str, pid: u64) {
    let _ = std::process::Command::new("kill")
        .args([signal, &pid.to_string()])
        .stderr(Stdio::null())
        .status();
}

/// The streams of a command that was started; it is killed when they are dropped.
pub fn pipes(mut shell: Command) -> Pipes {
    let mut child = shell
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(false)
        .spawn()
        .unwrap();
    let (stdin, stdout, stderr) = (
        child.stdin.take().unwrap(),
        child.stdout.take().unwrap(),
        child.stderr.take().unwrap(),
    );
    let exit =
        tokio::spawn(async move { child.wait().await.ok().and_then(|status| status.code()) });
    Pipes::new(stdin, stdout, stderr).with_exit(async move {
        exit.await
            .ok()
            .flatten()
            .and_then(|code| u32::try_from(code).ok())
    })
}
