//! What could be upgraded: the system's packages, apps, and migrations that wait.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    Declaration, Extra, Route,
    action::{action, words},
    apps::App,
};

/// `tools update`: fetches lists of packages and the catalogue, then says what could be upgraded.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckUpdates {
    /// What to look at.
    pub target: Target,
}

/// What to look at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Target {
    /// The catalogue and the apps.
    Apps,
    /// The system's packages.
    System,
    /// Both.
    #[default]
    All,
}

impl Target {
    /// YunoHost's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Apps => "apps",
            Self::System => "system",
            Self::All => "all",
        }
    }
}

/// What could be upgraded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Updates {
    /// The system's packages.
    pub system: SystemUpdates,
    /// The apps that are not up to date, or that cannot be upgraded, with the reason.
    pub apps: Vec<App>,
    /// Whether YunoHost itself would go to another major or minor release.
    #[serde(default)]
    pub important_yunohost_upgrade: bool,
    /// Migrations that wait.
    #[serde(default)]
    pub pending_migrations: Vec<Migration>,
    /// Seconds since the lists of packages were fetched (12.1).
    #[serde(default)]
    pub last_apt_update: Option<f64>,
    /// Seconds since the catalogue was fetched (12.1).
    #[serde(default)]
    pub last_apps_catalog_update: Option<f64>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// The system's packages: a list on 12.0, by category on 12.1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(untagged)]
pub enum SystemUpdates {
    /// As 12.0 says it.
    Flat(Vec<PackageUpdate>),
    /// As 12.1 says it: by the server's name of a category.
    ByCategory(BTreeMap<String, Vec<PackageUpdate>>),
}

impl Default for SystemUpdates {
    fn default() -> Self {
        Self::Flat(Vec::new())
    }
}

impl SystemUpdates {
    /// Every package, whatever its category.
    pub fn packages(&self) -> Vec<&PackageUpdate> {
        match self {
            Self::Flat(packages) => packages.iter().collect(),
            Self::ByCategory(categories) => categories.values().flatten().collect(),
        }
    }
}

/// A package that could be upgraded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PackageUpdate {
    /// Its name.
    pub name: String,
    /// What is installed; nothing where it is new.
    #[serde(default)]
    pub current_version: Option<String>,
    /// What it would become.
    #[serde(default)]
    pub new_version: Option<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

action!(
    CheckUpdates,
    Declaration::write("tools update", &[Route::put("/update/<target>")]),
    Updates,
    |of, argv| argv.arg(of.target.as_str()),
    |of, form| form.path("target", of.target.as_str())
);

/// `tools migrations list`: the steps between releases.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListMigrations {
    /// Only those that wait.
    pub pending: bool,
}

/// The migrations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Migrations {
    /// In order.
    pub migrations: Vec<Migration>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// One migration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Migration {
    /// `0027_migrate_to_bookworm`.
    pub id: String,
    /// Its place.
    #[serde(default)]
    pub number: Option<u32>,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// `auto` or `manual`.
    #[serde(default)]
    pub mode: Option<String>,
    /// Whether it was done.
    #[serde(default)]
    pub state: Option<MigrationState>,
    /// What it does, in the server's language.
    #[serde(default)]
    pub description: Option<String>,
    /// What has to be accepted first.
    #[serde(default)]
    pub disclaimer: Option<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

words!(
    /// Whether a migration was done.
    MigrationState {
        /// It waits.
        Pending = "pending",
        /// It was done.
        Done = "done",
        /// It was not needed.
        Skipped = "skipped",
    }
);

action!(
    ListMigrations,
    Declaration::read("tools migrations list", &[Route::get("/migrations")]),
    Migrations,
    |of, argv| argv.flag("--pending", of.pending),
    |of, form| form.flag("pending", of.pending)
);
