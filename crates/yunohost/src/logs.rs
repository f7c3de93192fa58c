//! YunoHost's own record of what was done on a server.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;

use crate::{Declaration, Extra, Route, action::action, fields::OperationName};

/// `log list --with-details`: the last operations.
#[derive(Debug, Clone, Copy)]
pub struct ListOperations {
    /// How many at most.
    pub limit: u32,
}

/// The operations. The command line tells the oldest first, the API the newest: sort by [`Operation::started`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Operations {
    /// As the server told them.
    #[serde(rename = "operation")]
    pub operations: Vec<Operation>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// One operation in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Operation {
    /// `20261122-110705-app_remove-fleetdemo`: what [`ShowOperation`] asks for.
    pub name: String,
    /// Where the server keeps it.
    #[serde(default)]
    pub path: Option<String>,
    /// What was done, in the server's language.
    #[serde(default)]
    pub description: Option<String>,
    /// How it ended. 12.0 tells it only with details.
    #[serde(default)]
    pub success: Option<Success>,
    /// As the server writes it; see [`Operation::started`].
    #[serde(default)]
    pub started_at: Option<String>,
    /// Who began it: a person, or `Non-interactive task` (12.1).
    #[serde(default)]
    pub started_by: Option<String>,
    /// The operation that it was a part of.
    #[serde(default)]
    pub parent: Option<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

impl Operation {
    /// When it began, when the server's writing of it is understood.
    pub fn started(&self) -> Option<DateTime<Utc>> {
        self.started_at.as_deref().and_then(instant)
    }
}

/// How an operation ended. Written by servers as true, false, and `"?"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(untagged)]
pub enum Success {
    /// Well or not.
    Known(bool),
    /// `"?"`: still running, or interrupted with nobody left to write it down.
    Unknown(String),
}

/// A moment as YunoHost writes it: with a zone on 12.1, without one (meaning UTC) on 12.0's command line.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(text).map(|moment| moment.with_timezone(&Utc));
    let plain = || NaiveDateTime::parse_from_str(&text.replace('T', " "), "%Y-%m-%d %H:%M:%S%.f");
    zoned
        .ok()
        .or_else(|| plain().ok().map(|moment| moment.and_utc()))
}

action!(
    ListOperations,
    Declaration::read("log list", &[Route::get("/logs")]),
    Operations,
    |of, argv| argv
        .option("--limit", Some(of.limit.to_string()))
        .arg("--with-details"),
    |of, form| form
        .field("limit", Some(of.limit.to_string()))
        .flag("with_details", true)
);

/// `log show`: one operation with its last lines.
#[derive(Debug, Clone)]
pub struct ShowOperation {
    /// Which.
    pub name: OperationName,
    /// How many of its last lines.
    pub lines: u32,
}

/// One operation in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct OperationLog {
    /// Its name.
    pub name: String,
    /// What was done, in the server's language.
    #[serde(default)]
    pub description: Option<String>,
    /// Who, when, how it ended.
    #[serde(default)]
    pub metadata: OperationMetadata,
    /// Its last lines.
    #[serde(default)]
    pub logs: Vec<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// Who did it, when, and how it ended. The environment of its scripts is left out on purpose: answers to an
/// app's questions stand in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
pub struct OperationMetadata {
    /// `app_install`.
    #[serde(default)]
    pub operation: Option<String>,
    /// As the server writes it; read it with [`instant`].
    #[serde(default)]
    pub started_at: Option<String>,
    /// As the server writes it; nothing while it runs.
    #[serde(default)]
    pub ended_at: Option<String>,
    /// How it ended.
    #[serde(default)]
    pub success: Option<Success>,
    /// What went wrong, in the server's language.
    #[serde(default)]
    pub error: Option<String>,
    /// `cli` or `api`.
    #[serde(default)]
    pub interface: Option<String>,
    /// Who began it (12.1).
    #[serde(default)]
    pub started_by: Option<String>,
    /// The operation that it was a part of.
    #[serde(default)]
    pub parent: Option<String>,
    /// The release it ran on.
    #[serde(default)]
    pub yunohost_version: Option<String>,
    /// What it touched: pairs like `["app", "nextcloud"]`.
    #[serde(default)]
    #[specta(skip)]
    pub related_to: Option<Value>,
}

action!(
    ShowOperation,
    Declaration::read("log show", &[Route::get("/logs/<path>")]),
    OperationLog,
    |of, argv| argv
        .arg(&of.name)
        .option("--number", Some(of.lines.to_string())),
    |of, form| form
        .path("path", &of.name)
        .field("number", Some(of.lines.to_string()))
);
