//! A throw-away account of this system, for what needs one: a password that a real sshd
//! takes, and a key that opens one command of root's.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
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

    /// Makes a system account of this name and home that only a key opens, and that may run with sudo what these rules
    /// say.
    pub fn behind_a_key(name: &str, home: &Path, sudo_rules: &str) -> Self {
        let home = home.to_str().expect("a path in UTF-8");
        run(
            "useradd",
            &[
                "--system",
                "--no-create-home",
                "--home-dir",
                home,
                "--shell",
                "/bin/sh",
                "--password",
                "*",
                name,
            ],
        );
        let user = SystemUser {
            name: name.to_owned(),
        };
        let mut file = fs::File::options()
            .write(true)
            .create_new(true)
            .mode(0o440)
            .open(user.sudo_rules())
            .expect("sudo is needed for this test, and root");
        file.write_all(sudo_rules.as_bytes()).expect("the rules");
        user
    }

    fn sudo_rules(&self) -> PathBuf {
        Path::new("/etc/sudoers.d").join(&self.name)
    }

    /// The account's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for SystemUser {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.sudo_rules());
        // By force: a session of a server that ends just now may still be the account's.
        let _ = Command::new("userdel")
            .args(["--force", &self.name])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}
