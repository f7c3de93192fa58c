//! What an app's own program says of itself.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::DeployError;
use crate::pack::Tree;

/// A release on the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownRelease {
    /// Its name: `r7`.
    pub release: String,
    /// Its version for YunoHost: `7~ynh1`.
    pub version: String,
    /// The tree of its files.
    pub tree: String,
    /// The commit it was made from.
    #[serde(default)]
    pub commit: Option<String>,
    /// Who deployed it.
    #[serde(default)]
    pub by: Option<String>,
    /// What its commit says.
    #[serde(default)]
    pub message: Option<String>,
    /// When, by the server's clock: seconds since 1970.
    pub at: i64,
    /// Whether it is the one that answers.
    #[serde(default)]
    pub live: bool,
}

/// An app that was deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Its id.
    pub app: String,
    /// The name that its developers gave.
    pub name: String,
    /// The environment.
    pub env: String,
    /// The type.
    pub kind: String,
    /// The release that answers.
    pub release: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its tree.
    pub tree: Option<String>,
    /// The name that the next release will have.
    pub next: String,
    /// The fingerprint of the package.
    #[serde(default)]
    pub package: Option<String>,
    /// Where it is.
    #[serde(default)]
    pub domain: Option<String>,
    /// Where it is, on the domain.
    #[serde(default)]
    pub path: Option<String>,
    /// The groups that it was last opened to by us.
    #[serde(default)]
    pub access: Vec<String>,
    /// What the server's clock says: seconds since 1970.
    #[serde(default)]
    pub time: i64,
    /// Its releases, oldest first.
    pub releases: Vec<KnownRelease>,
    /// The live release's files, packed; only when they are not those that were asked about.
    #[serde(default, skip_serializing)]
    files: Option<String>,
    /// Further contents that the server holds.
    #[serde(default, skip_serializing)]
    stored: Vec<String>,
}

/// The longest list of files that is believed, unpacked.
const LONGEST_LIST: usize = 64 << 20;

impl Facts {
    /// From the program's answer.
    pub(super) fn understood(end: serde_json::Value) -> Result<Self, DeployError> {
        serde_json::from_value(end).map_err(|_| DeployError::Unclear("what it says of the app"))
    }

    /// The number of the next release.
    pub(super) fn next_number(&self) -> u32 {
        self.next.trim_start_matches('r').parse().unwrap_or(1)
    }

    /// The files that the server can build on; none when it cannot.
    pub(super) fn base(&self) -> Result<Option<Tree>, DeployError> {
        let Some(files) = &self.files else {
            return Ok(None);
        };
        let unclear = |_| DeployError::Unclear("the list of files");
        let packed = STANDARD
            .decode(files)
            .map_err(|_| DeployError::Unclear("the list of files"))?;
        let text = zstd::bulk::decompress(&packed, LONGEST_LIST).map_err(unclear)?;
        let text =
            String::from_utf8(text).map_err(|_| DeployError::Unclear("the list of files"))?;
        let tree = Tree::parse(&text).map_err(|_| DeployError::Unclear("the list of files"))?;
        Ok((self.tree.as_deref() == Some(&tree.hash())).then_some(tree))
    }

    /// Contents that it holds beyond those.
    pub(super) fn stored(&self) -> BTreeSet<String> {
        self.stored.iter().cloned().collect()
    }
}
