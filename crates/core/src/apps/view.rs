//! What the faces see of apps: installed ones, the catalogue, and the questions of a manifest.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use towerify_domain::words::Words;

use super::deployed::Shipped;

/// The apps of a server.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Apps {
    /// When this was read.
    pub taken_at: Option<DateTime<Utc>>,
    /// Them, by name.
    pub apps: Vec<AppRow>,
}

/// An installed app.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct AppRow {
    /// Its id on the server, `wordpress__2` for a second one.
    pub id: String,
    /// Words for the tile.
    pub label: String,
    /// What it is.
    pub description: String,
    /// Its version.
    pub version: String,
    /// Domain and path, if it has an address.
    pub address: Option<String>,
    /// `https://…`, checked, to open in the browser.
    pub url: Option<String>,
    /// The version that can be had, when there is a newer one.
    pub new_version: Option<String>,
    /// Whether the catalogue knows it.
    pub in_catalogue: bool,
    /// How many people may open it.
    pub people: u32,
    /// What was deployed, of an in-house app that `towerify deploy` put there.
    pub shipped: Option<Shipped>,
}

/// The catalogue as a server has it.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Catalogue {
    /// When it was read.
    pub taken_at: Option<DateTime<Utc>>,
    /// Its apps, by name.
    pub apps: Vec<CatalogueRow>,
    /// Its categories.
    pub categories: Vec<Category>,
}

/// An app that can be installed.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct CatalogueRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its category's id.
    pub category: Option<String>,
    /// How well it is packaged, −1 (unknown) to 8.
    pub level: i32,
    /// `working`, `notworking`, `inprogress`.
    pub state: String,
    /// Its version.
    pub version: Option<String>,
    /// Whether it is installed there.
    pub installed: bool,
    /// Whether it can be installed more than once.
    pub multi_instance: bool,
}

/// A category.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Category {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// What an app asks before it is installed.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct InstallForm {
    /// The app's id in the catalogue.
    pub app: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: Words,
    /// Its version.
    pub version: String,
    /// What it asks, in order.
    pub questions: Vec<Question>,
    /// Room it needs: disk, `50M`.
    pub disk: Option<String>,
    /// Memory it needs to run, `50M`.
    pub memory: Option<String>,
    /// What must be said before (Markdown, shown as text).
    pub notice: Option<Words>,
    /// Requirements that are not met, in words. Non-empty: it can't be installed.
    pub unmet: Vec<String>,
    /// Addresses taken on this server, `domain/path`.
    pub taken: Vec<String>,
}

/// A question.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Question {
    /// Its name in the answers.
    pub id: String,
    /// Which widget it takes.
    pub kind: QuestionKind,
    /// What is asked.
    pub ask: Words,
    /// More about it.
    pub help: Option<Words>,
    /// The answer if nothing is said.
    pub default: Option<String>,
    /// An example.
    pub example: Option<String>,
    /// Whether it may stay empty.
    pub optional: bool,
    /// Whether the answer must not be shown.
    pub secret: bool,
    /// What may be chosen.
    pub choices: Vec<Choice>,
    /// Shown only when this expression over the other answers holds.
    pub visible: Option<String>,
    /// Least number.
    pub min: Option<i32>,
    /// Greatest number.
    pub max: Option<i32>,
}

/// A thing to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, specta::Type)]
pub struct Choice {
    /// What is answered.
    pub value: String,
    /// What is shown.
    pub label: Words,
}

/// The widget that a question takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// One of the server's domains.
    Domain,
    /// A path, `/wiki`.
    Path,
    /// One of the server's users.
    User,
    /// One of the server's groups.
    Group,
    /// A line of text.
    Text,
    /// Several lines of text.
    LongText,
    /// A password.
    Password,
    /// Yes (`1`) or no (`0`), or the manifest's own two words.
    Boolean,
    /// One of `choices`.
    Select,
    /// Words, joined by commas.
    Tags,
    /// A whole number.
    Number,
    /// A mail address.
    Email,
    /// An address.
    Url,
    /// A colour, `#rrggbb`.
    Color,
    /// A day, `2026-11-22`.
    Date,
    /// A time of day, `13:30`.
    Time,
    /// One of the installed apps.
    App,
    /// Nothing is asked: words to read.
    Note,
}

/// An app to install.
#[derive(Clone, Deserialize, specta::Type)]
pub struct Installation {
    /// The app's id in the catalogue.
    pub app: String,
    /// Words for the tile; absent: its name.
    #[serde(default)]
    pub label: Option<String>,
    /// The answers, by question. Those of secret questions are kept nowhere.
    #[specta(type = BTreeMap<String, String>)]
    pub answers: BTreeMap<String, SecretString>,
}
