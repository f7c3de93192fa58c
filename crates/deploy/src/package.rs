//! The YunoHost package of an app's environment: packaging version 2, helpers 2.1, for six types.
//!
//! Pure: [`generate`] takes what the configuration says and gives files; the same order gives the same bytes. The scripts
//! are the same for every type and stand in `package/files/` as they run; what differs (manifest, nginx, units, what
//! `conf/app.sh` and `conf/app.json` say) is written here. [`Package::fingerprint`] leaves the release out, so that it
//! tells whether YunoHost has to upgrade the app, or only its files are new.
//!
//! Left to others: the payload, and carrying both to a server.

mod files;
mod manifest;
mod nginx;
mod shell;
mod units;

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::config::{AppId, Config, EnvName, Environment};
use crate::pack::sha256_hex;

/// Which release a package brings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Release {
    /// Its number on that server, from 1; its version is `NUMBER~ynh1`. Numbers come from the server, not from a clock.
    pub number: u32,
    /// The tree of its files.
    pub tree: String,
    /// The commit it was made from, if any.
    pub commit: Option<String>,
    /// Who deploys it.
    pub by: String,
    /// What its commit says.
    pub message: Option<String>,
}

impl Release {
    /// Its name on the server: `r7`.
    pub fn name(&self) -> String {
        format!("r{}", self.number)
    }

    /// Its version for YunoHost: `7~ynh1`.
    pub fn version(&self) -> String {
        format!("{}~ynh1", self.number)
    }
}

/// What differs on a stand-in of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The folder that stands for `/`; empty in life.
    pub root: String,
    /// The user as whom the app runs; its own in life.
    pub user: Option<String>,
    /// Where nginx answers.
    pub https_port: u16,
    /// For how many seconds a former slot goes on answering what it was asked.
    pub drain: String,
    /// The command that makes a deploy key's request root's.
    pub sudo: String,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            root: String::new(),
            user: None,
            https_port: 443,
            drain: "1".to_owned(),
            sudo: "/usr/bin/sudo -n".to_owned(),
        }
    }
}

/// What a package is made from.
#[derive(Debug, Clone, Copy)]
pub struct Order<'o> {
    /// The app.
    pub config: &'o Config,
    /// Which of its environments.
    pub name: &'o EnvName,
    /// The same, as the configuration has it.
    pub environment: &'o Environment,
    /// What is released.
    pub release: &'o Release,
    /// Where.
    pub layout: &'o Layout,
}

impl Order<'_> {
    fn id(&self) -> &AppId {
        &self.environment.id
    }

    fn user(&self) -> &str {
        self.layout.user.as_deref().unwrap_or(self.id().as_str())
    }
}

/// A package, without the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its files by their path.
    pub files: BTreeMap<String, String>,
    /// The SHA-256 of everything but what tells one release from another.
    pub fingerprint: String,
}

/// The name of the payload in a package that brings its first release.
pub const PAYLOAD: &str = "payload.tar.zst";
/// The app's own program, below the app's folder in `/etc/yunohost/apps`.
pub const PROGRAM: &str = "scripts/towerify.py";

/// Writes a package.
pub fn generate(order: Order<'_>) -> Package {
    let nothing = Release::default();
    let timeless = files::files(Order {
        release: &nothing,
        ..order
    });
    let mut text = String::new();
    for (path, content) in &timeless {
        text += &format!("{} {path}\n", sha256_hex(content.as_bytes()));
    }
    let fingerprint = sha256_hex(text.as_bytes());
    let mut files = files::files(order);
    files.extend(files::of_release(order, &fingerprint));
    Package { files, fingerprint }
}

impl Package {
    /// Writes it as an uncompressed tar, with a payload's bytes beside the manifest if there are some.
    ///
    /// # Errors
    /// Those of writing.
    pub fn write_tar(&self, payload: Option<&[u8]>, out: impl Write) -> io::Result<()> {
        let mut tar = tar::Builder::new(out);
        let payload = payload.map(|bytes| (PAYLOAD, bytes));
        let files = self
            .files
            .iter()
            .map(|(path, content)| (path.as_str(), content.as_bytes()));
        for (path, content) in files.chain(payload) {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(tar::EntryType::Regular);
            header.set_size(content.len() as u64);
            header.set_mode(if path.starts_with("scripts/") {
                0o755
            } else {
                0o644
            });
            header.set_mtime(0);
            header.set_uid(0);
            header.set_gid(0);
            tar.append_data(&mut header, path, content)?;
        }
        tar.into_inner()?.flush()
    }
}
