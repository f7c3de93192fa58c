//! The servers that everyone is measured against: real OpenSSH servers on loopback, each with its own host key and its
//! own stand-in for YunoHost. They are started here and end with the value.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use towerify_test_sshd::{KeyKind, Options, Protection, Sshd};

use crate::{Outcome, processor, top};

/// What importing YunoHost's modules costs in the stand-in.
pub const IMPORT_MS: u32 = 100;

/// One server.
pub struct Host {
    /// Its name in `ssh_config` and in the peers' inventories.
    pub name: String,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    /// Its host key, `type base64`.
    pub key: String,
}

/// The servers, and how to log in to them.
pub struct Fleet {
    /// In the order of their names.
    pub hosts: Vec<Host>,
    /// Whom one logs in as.
    pub user: String,
    /// The private key that all of them let in.
    pub private_key: PathBuf,
    /// Configuration for OpenSSH's client, with every host.
    pub ssh_config: PathBuf,
    /// Where the stand-ins, and the peers' inventories, are.
    pub folder: TempDir,
    sshd: Vec<u32>,
    _servers: Vec<Sshd>,
}

impl Fleet {
    /// Starts so many servers.
    pub fn start(how_many: usize) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let before = processor::children_of_ours();
        let mut hosts = Vec::new();
        let mut servers: Vec<Sshd> = Vec::new();
        let mut key = None;
        for number in 1..=how_many {
            let name = format!("h{number:03}");
            let root = folder.path().join(&name);
            stand_in(&root, &name)?;
            let server = Sshd::start(options(&root));
            let client = key.get_or_insert_with(|| {
                server.client_key("bench", KeyKind::Ed25519, Protection::Open)
            });
            if number > 1 {
                server.authorize(&client.public);
            }
            hosts.push(Host {
                name,
                port: server.port(),
                key: server.host_key(KeyKind::Ed25519).to_owned(),
            });
            servers.push(server);
        }
        let private_key = key.ok_or("a fleet has at least one server")?.private;
        let user = servers
            .first()
            .map(|server| server.user().to_owned())
            .unwrap_or_default();
        let ssh_config = folder.path().join("ssh_config");
        let known_hosts = folder.path().join("known_hosts");
        std::fs::write(&known_hosts, known(&hosts))?;
        std::fs::write(
            &ssh_config,
            config(&hosts, &user, &private_key, &known_hosts),
        )?;
        let sshd = processor::children_of_ours()
            .into_iter()
            .filter(|pid| !before.contains(pid))
            .collect();
        Ok(Self {
            hosts,
            user,
            private_key,
            ssh_config,
            folder,
            sshd,
            _servers: servers,
        })
    }

    /// What the servers spent so far.
    pub fn processor_time(&self) -> std::time::Duration {
        processor::of_trees(&self.sshd)
    }
}

/// A server as Debian sets it up, but for the noise in its log, and with its stand-in in front of everything.
fn options(root: &Path) -> Options {
    let root = root.display();
    Options {
        config: vec![
            format!(
                "SetEnv TOWERIFY_STANDIN={root} PATH={root}/usr/bin:/usr/local/bin:/usr/bin:/bin HOME={root}/root"
            ),
            "LogLevel ERROR".to_owned(),
        ],
        ..Options::default()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the stand-in is made by its own program"
)]
fn stand_in(root: &Path, name: &str) -> Outcome<()> {
    // Debian's own Python, as on a server, where there is one.
    let python = ["/usr/bin/python3", "python3"]
        .into_iter()
        .find(|path| !path.starts_with('/') || Path::new(path).exists());
    let python = python.unwrap_or("python3");
    let output = std::process::Command::new(python)
        .arg(top().join("tests/standin/make.py"))
        .arg(root)
        .args([
            "--domain",
            &format!("{name}.tour.example"),
            "--import-ms",
            &IMPORT_MS.to_string(),
        ])
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    std::fs::create_dir_all(root.join("root"))?;
    Ok(())
}

fn known(hosts: &[Host]) -> String {
    hosts.iter().fold(String::new(), |mut text, host| {
        let _ = writeln!(text, "[127.0.0.1]:{} {}", host.port, host.key);
        text
    })
}

fn config(hosts: &[Host], user: &str, key: &Path, known_hosts: &Path) -> String {
    let mut text = String::new();
    for host in hosts {
        let _ = writeln!(
            text,
            "Host {}\n  HostName 127.0.0.1\n  Port {}",
            host.name, host.port
        );
    }
    let _ = writeln!(
        text,
        "Host *\n  User {user}\n  IdentityFile {}\n  IdentitiesOnly yes\n  UserKnownHostsFile {}\n  \
         StrictHostKeyChecking yes\n  BatchMode yes",
        key.display(),
        known_hosts.display()
    );
    text
}
