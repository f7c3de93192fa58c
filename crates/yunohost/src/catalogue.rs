//! The apps that can be installed, as a server's catalogue tells them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use specta::Type;

use crate::{
    Declaration, Extra, Route,
    action::{action, words},
    text::Texts,
};

/// `app catalog --full --with-categories --with-antifeatures`. Without `full`, 12.1's API breaks its own
/// catalogue until the next update: it is always asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShowCatalogue;

/// What can be installed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Catalogue {
    /// By id.
    pub apps: BTreeMap<String, CatalogueApp>,
    /// In the catalogue's order.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// What some would rather know before.
    #[serde(default)]
    pub antifeatures: Vec<Antifeature>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// An app that can be installed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct CatalogueApp {
    /// Its id; empty in the short answer, where it is the key.
    #[serde(default)]
    pub id: String,
    /// One line (short answer only; the full one has it in the manifest).
    #[serde(default)]
    pub description: Texts,
    /// How well it installs, 0–8; -1 when nobody knows (`"?"`).
    #[serde(default = "unknown_level", deserialize_with = "level")]
    #[specta(type = i32)]
    pub level: i32,
    /// Whether it works at all.
    #[serde(default)]
    pub state: Option<State>,
    /// The id of its category.
    #[serde(default)]
    pub category: Option<String>,
    /// Finer sorts within the category; some are not declared there.
    #[serde(default)]
    pub subtags: Vec<String>,
    /// Ids of antifeatures.
    #[serde(default)]
    pub antifeatures: Vec<String>,
    /// The name of its logo's file, without `.png`.
    #[serde(default)]
    pub logo_hash: Option<String>,
    /// Whether somebody looks after the package.
    #[serde(default)]
    pub maintained: Option<bool>,
    /// Whether the catalogue recommends it.
    #[serde(default)]
    pub featured: bool,
    /// Whether the package is exemplary.
    #[serde(default)]
    pub high_quality: bool,
    /// Whether it is on the server already.
    #[serde(default)]
    pub installed: bool,
    /// What it may stand in for: `Google Drive`.
    #[serde(default)]
    pub potential_alternative_to: Vec<String>,
    /// Where the package comes from.
    #[serde(default)]
    pub git: Option<Git>,
    /// Name, version, texts, requirements; without questions, which [`crate::manifest::ShowManifest`] tells.
    #[serde(default)]
    pub manifest: Option<CatalogueManifest>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// What the catalogue keeps of a manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct CatalogueManifest {
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// One line.
    #[serde(default)]
    pub description: Texts,
    /// `28.0.1~ynh2`.
    #[serde(default)]
    pub version: Option<String>,
    /// What else the server said: `upstream`, `integration`, `maintainers`, …
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Git {
    /// The repository.
    pub url: String,
    /// The branch.
    #[serde(default)]
    pub branch: Option<String>,
    /// The commit.
    #[serde(default)]
    pub revision: Option<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

words!(
    /// Whether an app works.
    State {
        /// It does.
        Working = "working",
        /// It does not.
        NotWorking = "notworking",
        /// It is being made.
        InProgress = "inprogress",
    }
);

/// A category of apps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Category {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub title: Texts,
    /// One line.
    #[serde(default)]
    pub description: Texts,
    /// The name of its icon.
    #[serde(default)]
    pub icon: Option<String>,
    /// Finer sorts.
    #[serde(default)]
    pub subtags: Vec<Subtag>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// A finer sort within a category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Subtag {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub title: Texts,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// Something that some would rather know before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Antifeature {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub title: Texts,
    /// One line.
    #[serde(default)]
    pub description: Texts,
    /// The name of its icon.
    #[serde(default)]
    pub icon: Option<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

action!(
    ShowCatalogue,
    Declaration::read("app catalog", &[Route::get("/apps/catalog")]),
    Catalogue,
    |of, argv| argv.args(["--full", "--with-categories", "--with-antifeatures"]),
    |of, form| form
        .flag("full", true)
        .flag("with_categories", true)
        .flag("with_antifeatures", true)
);

impl CatalogueApp {
    /// What people call it, in the absence of a name its id.
    pub fn name(&self) -> &str {
        self.manifest
            .as_ref()
            .map(|manifest| manifest.name.as_str())
            .filter(|name| !name.is_empty())
            .unwrap_or(&self.id)
    }

    /// One line about it, in this language where there is one.
    pub fn summary(&self, language: &str) -> &str {
        let full = self
            .manifest
            .as_ref()
            .and_then(|manifest| manifest.description.get(language));
        full.or_else(|| self.description.get(language))
            .unwrap_or_default()
    }

    /// Whether it can be expected to install: it works, and its level is not 0 (14 "working" apps are at 0).
    pub fn is_sound(&self) -> bool {
        self.state != Some(State::NotWorking) && self.level != 0
    }
}

impl Catalogue {
    /// The apps that a search means, the best first: each word must stand in the name, the id, the line about
    /// it, what it is an alternative to, or its sorts. Case and accents do not matter; nothing means all.
    pub fn search(&self, text: &str, language: &str) -> Vec<(&str, &CatalogueApp)> {
        let text = folded(text);
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut found: Vec<(u32, &str, &CatalogueApp)> = self
            .apps
            .iter()
            .filter_map(|(id, app)| {
                words
                    .iter()
                    .try_fold(0, |sum, word| Some(sum + rank(id, app, language, word)?))
                    .map(|rank| (rank, id.as_str(), app))
            })
            .collect();
        found.sort_by_key(|(rank, id, app)| (*rank, folded(app.name()), *id));
        found.into_iter().map(|(_, id, app)| (id, app)).collect()
    }
}

/// How near a word is to an app: 0 is its name itself; nothing when the word is not there.
fn rank(id: &str, app: &CatalogueApp, language: &str, word: &str) -> Option<u32> {
    let name = folded(app.name());
    let further = || {
        let sorts = app
            .category
            .iter()
            .chain(&app.subtags)
            .chain(&app.potential_alternative_to);
        sorts
            .map(|text| folded(text))
            .any(|text| text.contains(word))
            || folded(app.summary(language)).contains(word)
    };
    match () {
        () if name == word || id == word => Some(0),
        () if name.starts_with(word) || id.starts_with(word) => Some(1),
        () if name.contains(word) || id.contains(word) => Some(2),
        () if further() => Some(3),
        () => None,
    }
}

/// Lower case without the accents of western European languages.
fn folded(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'à' | 'â' | 'ä' | 'á' | 'ã' | 'å' => 'a',
            'ç' => 'c',
            'è' | 'é' | 'ê' | 'ë' => 'e',
            'ì' | 'í' | 'î' | 'ï' => 'i',
            'ñ' => 'n',
            'ò' | 'ó' | 'ô' | 'ö' | 'õ' => 'o',
            'ù' | 'ú' | 'û' | 'ü' => 'u',
            'ý' | 'ÿ' => 'y',
            other => other,
        })
        .collect()
}

fn unknown_level() -> i32 {
    -1
}

/// A number, or `"?"` for unknown.
fn level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(level) => level
            .as_i64()
            .and_then(|level| i32::try_from(level).ok())
            .unwrap_or(-1),
        Value::String(level) => level.parse().unwrap_or(-1),
        _ => -1,
    })
}
