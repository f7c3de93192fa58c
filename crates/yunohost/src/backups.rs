//! Archives of the server and its apps, kept on the server itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Declaration, Extra, Route,
    action::{Nothing, action},
    fields::{AppId, Label},
};

/// An archive's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArchiveName(String);

impl ArchiveName {
    /// Reads a name: letters, digits, `_ . -`, no more than 50, beginning with a letter or a digit. None otherwise.
    pub fn parse(text: &str) -> Option<Self> {
        let good = text.len() <= 50
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
        good.then(|| Self(text.to_owned()))
    }
}

impl AsRef<str> for ArchiveName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// `backup list --with-info`.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListBackups;

/// The archives, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backups {
    /// Each with what is known of it.
    pub archives: Archives,
    /// What else the server said.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The archives' names, with or without what is known of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Archives {
    /// With `--with-info`.
    Known(BTreeMap<String, Archive>),
    /// Without it. A server without archives answers an empty list in both cases.
    Names(Vec<String>),
}

impl Backups {
    /// The names.
    pub fn names(&self) -> Vec<&str> {
        match &self.archives {
            Archives::Known(archives) => archives.keys().map(String::as_str).collect(),
            Archives::Names(names) => names.iter().map(String::as_str).collect(),
        }
    }
}

/// An archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Archive {
    /// Where it is on the server.
    pub path: String,
    /// When it was made, as the server writes it: with or without a zone.
    #[serde(default)]
    pub created_at: Option<String>,
    /// What somebody wrote of it.
    #[serde(default)]
    pub description: String,
    /// Its size in bytes.
    pub size: u64,
    /// What else the server said: with details, its `apps` and `system` parts.
    #[serde(flatten)]
    pub extra: Extra,
}

action!(
    ListBackups,
    Declaration::read("backup list", &[Route::get("/backups")]),
    Backups,
    |of, argv| argv.flag("--with-info", true),
    |of, form| form.flag("with_info", true)
);

/// `backup info --with-details`. Refusal: `backup_archive_name_unknown`.
#[derive(Debug, Clone)]
pub struct ShowBackup {
    /// Which.
    pub name: ArchiveName,
}

action!(
    ShowBackup,
    Declaration::read("backup info", &[Route::get("/backups/<name>")]),
    Archive,
    |of, argv| argv.arg(&of.name).flag("--with-details", true),
    |of, form| form.path("name", &of.name).flag("with_details", true)
);

/// `backup create`: 2–5 s for a small server. With neither apps nor parts of the system: everything. Refusal:
/// `backup_archive_name_exists`.
#[derive(Debug, Clone)]
pub struct CreateBackup {
    /// Its name; the server takes the date and time when left out.
    pub name: Option<ArchiveName>,
    /// What is written of it.
    pub description: Option<Label>,
    /// Only these apps.
    pub apps: Vec<AppId>,
    /// Only these parts of the system (`conf_ldap`, `data_home`).
    pub system: Vec<String>,
}

impl CreateBackup {
    /// Everything that the server can put away.
    pub fn of_everything(name: Option<ArchiveName>) -> Self {
        Self {
            name,
            description: None,
            apps: Vec::new(),
            system: Vec::new(),
        }
    }
}

/// An archive that was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreatedBackup {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// `Success`, `Skipped`, `Error` … a part of `system`, and an app of `apps`.
    #[serde(default)]
    pub results: BTreeMap<String, Value>,
    /// What else the server said.
    #[serde(flatten)]
    pub extra: Extra,
}

impl CreatedBackup {
    /// What is not in the archive as it should be: part or app, and what the server says of it. An archive is made even
    /// when an app's own script failed.
    pub fn missing(&self) -> Vec<(&str, &str)> {
        self.results
            .values()
            .filter_map(Value::as_object)
            .flatten()
            .filter_map(|(name, word)| Some((name.as_str(), word.as_str()?)))
            .filter(|(_, word)| *word != "Success")
            .collect()
    }
}

action!(
    CreateBackup,
    Declaration::write("backup create", &[Route::post("/backups")]),
    CreatedBackup,
    |of, argv| argv
        .option("--name", of.name.as_ref())
        .option("--description", of.description.as_ref())
        .list(
            "--system",
            of.system.iter().filter(|part| !part.starts_with('-'))
        )
        .list("--apps", &of.apps),
    |of, form| form
        .field("name", of.name.as_ref())
        .field("description", of.description.as_ref())
        .list(
            "system",
            of.system.iter().filter(|part| !part.starts_with('-'))
        )
        .list("apps", &of.apps)
);

/// `backup delete`. Answers nothing.
#[derive(Debug, Clone)]
pub struct DeleteBackup {
    /// Which.
    pub name: ArchiveName,
}

action!(
    DeleteBackup,
    Declaration::write("backup delete", &[Route::delete("/backups/<name>")]),
    Nothing,
    |of, argv| argv.arg(&of.name),
    |of, form| form.path("name", &of.name)
);
