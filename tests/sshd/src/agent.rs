//! A running ssh-agent.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::process::end;

/// An agent that runs until it is dropped.
#[derive(Debug)]
pub struct Agent {
    folder: TempDir,
    child: Child,
}

impl Agent {
    /// Starts an agent without keys and waits until it listens.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder for ssh-agent");
        let child = Command::new("ssh-agent")
            .arg("-D")
            .arg("-a")
            .arg(folder.path().join("agent"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("ssh-agent is needed for this test (openssh-client)");
        let agent = Agent { folder, child };
        let deadline = Instant::now() + Duration::from_secs(20);
        while !agent.socket().exists() {
            assert!(Instant::now() < deadline, "ssh-agent did not start");
            thread::sleep(Duration::from_millis(5));
        }
        agent
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("agent")
    }

    /// Gives it an unprotected private key.
    pub fn add(&self, private: &Path) {
        let added = Command::new("ssh-add")
            .arg("-q")
            .arg(private)
            .env("SSH_AUTH_SOCK", self.socket())
            .stdin(Stdio::null())
            .status()
            .expect("ssh-add");
        assert!(added.success(), "ssh-add failed");
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        end(&[self.child.id()]);
        let _ = self.child.wait();
    }
}
