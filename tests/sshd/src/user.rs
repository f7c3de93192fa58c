//! A throw-away account of this system, for the one thing that needs one: a password that a real sshd takes.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::process::run;

/// An account that exists until it is dropped. Needs root.
#[derive(Debug)]
pub struct SystemUser {
    name: String,
}

impl SystemUser {
    /// Makes an account with a shell and this password, and without a home.
    pub fn with_password(password: &str) -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let count = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("towerify-test-{}-{count}", std::process::id());
        run(
            "useradd",
            &[
                "--no-create-home",
                "--home-dir",
                "/",
                "--shell",
                "/bin/sh",
                &name,
            ],
        );
        let user = SystemUser { name };
        let mut child = Command::new("chpasswd")
            .stdin(Stdio::piped())
            .spawn()
            .expect("chpasswd");
        let mut input = child.stdin.take().expect("its input");
        writeln!(input, "{}:{password}", user.name).expect("the password is set");
        drop(input);
        assert!(child.wait().expect("chpasswd").success(), "chpasswd failed");
        user
    }

    /// The account's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for SystemUser {
    fn drop(&mut self) {
        // By force: a session of a server that ends just now may still be the account's.
        let _ = Command::new("userdel")
            .args(["--force", &self.name])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}
