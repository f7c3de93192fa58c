//! What is installed: YunoHost's own packages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{Declaration, Extra, Release, Route, action::action};

/// `tools versions`: asked first, since shapes differ by release.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShowVersions;

/// Versions by package: `yunohost`, `yunohost-admin`, `yunohost-portal`, `moulinette`, `ssowat`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Versions(pub BTreeMap<String, Package>);

impl Versions {
    /// The release of YunoHost itself.
    pub fn release(&self) -> Option<Release> {
        self.0.get("yunohost")?.version.parse().ok()
    }
}

/// One package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Package {
    /// `12.1.25`.
    pub version: String,
    /// Where it came from: `stable`, `testing`, `unstable`.
    #[serde(default)]
    pub repo: Option<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

action!(
    ShowVersions,
    Declaration::read("tools versions", &[Route::get("/versions")]),
    Versions,
    |of, argv| argv,
    |of, form| form
);
