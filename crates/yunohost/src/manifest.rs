//! What an app says of itself before it is installed, and above all what it asks.
//!
//! Questions come only from `app manifest`: the catalogue leaves them out. Read here are the server's answer
//! (a list, texts in one language), the manifest that is kept of an installed app (a table), and packaging 1
//! (`arguments.install`, a list with names).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;

use crate::{
    Action, Argv, Declaration, Extra, Form, ReplyError, Route, apps::Requirement, error::read,
    fields::AppSource, text::Texts,
};

pub mod answers;
pub mod question;
pub mod visible;

pub use answers::{AnswerProblem, Answers, CheckedAnswers};
pub use question::{Choice, Question, QuestionKind};

/// `app manifest`: makes the server fetch the app's repository, so it can take seconds.
#[derive(Debug, Clone)]
pub struct ShowManifest {
    /// Of which app.
    pub source: AppSource,
}

/// An app before it is installed.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Manifest {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// `28.0.1~ynh2`.
    pub version: Option<String>,
    /// One line.
    pub description: Texts,
    /// What it asks, in the order in which it should be asked.
    pub questions: Vec<Question>,
    /// What it asks of the server, with whether the server has it (`app manifest` only).
    pub requirements: BTreeMap<String, Requirement>,
    /// Whether it can be there twice.
    pub multi_instance: Option<bool>,
    /// What to read before it is installed, in Markdown, by page and language.
    pub pre_install: BTreeMap<String, Texts>,
    /// What else the server said, as it said it.
    #[specta(skip)]
    pub extra: Extra,
}

/// The parts of a manifest that are read; everything else goes to `extra`.
#[derive(Deserialize)]
struct Raw {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    description: Texts,
    #[serde(default)]
    install: Option<question::RawQuestions>,
    /// Packaging 1.
    #[serde(default)]
    arguments: Option<Arguments>,
    #[serde(default)]
    requirements: Extra,
    #[serde(default)]
    notifications: Notifications,
    #[serde(flatten)]
    extra: Extra,
}

#[derive(Deserialize)]
struct Arguments {
    #[serde(default)]
    install: Option<question::RawQuestions>,
}

#[derive(Deserialize, Default)]
struct Notifications {
    #[serde(default, rename = "PRE_INSTALL")]
    pre_install: BTreeMap<String, Texts>,
    #[serde(flatten)]
    extra: Extra,
}

impl Manifest {
    /// Reads a manifest: a server's answer, what is kept of an installed app, or a package's own as JSON.
    pub fn parse(manifest: Value) -> Result<Self, ReplyError> {
        let raw: Raw = read(ShowManifest::DECLARATION.name, manifest)?;
        let questions = raw
            .install
            .or(raw.arguments.and_then(|arguments| arguments.install));
        let mut extra = raw.extra;
        let (requirements, other) = split(raw.requirements);
        // Packaging 1 has texts there (`"yunohost": ">> 3.8.0"`).
        extra.extend((!other.is_empty()).then(|| {
            (
                "requirements".to_owned(),
                Value::Object(other.into_iter().collect()),
            )
        }));
        let further = raw.notifications.extra;
        extra.extend((!further.is_empty()).then(|| {
            (
                "notifications".to_owned(),
                Value::Object(further.into_iter().collect()),
            )
        }));
        Ok(Self {
            name: raw.name.unwrap_or_else(|| raw.id.clone()),
            id: raw.id,
            version: raw.version,
            description: raw.description,
            questions: questions
                .map(question::RawQuestions::read)
                .unwrap_or_default(),
            requirements,
            multi_instance: multi_instance(&extra),
            pre_install: raw.notifications.pre_install,
            extra,
        })
    }

    /// The question of this id.
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }
}

/// The requirements that a server looked at, and what else stands beside them.
fn split(requirements: Extra) -> (BTreeMap<String, Requirement>, Extra) {
    let (mut looked_at, mut other) = (BTreeMap::new(), Extra::new());
    for (name, value) in requirements {
        match serde_json::from_value(value.clone()) {
            Ok(requirement) => drop(looked_at.insert(name, requirement)),
            Err(_) => drop(other.insert(name, value)),
        }
    }
    (looked_at, other)
}

/// In `integration` since packaging 2, at the top before, where it may be the text `"false"`.
fn multi_instance(extra: &Extra) -> Option<bool> {
    let said = extra
        .get("integration")
        .and_then(|integration| integration.get("multi_instance"));
    match said.or_else(|| extra.get("multi_instance"))? {
        Value::Bool(said) => Some(*said),
        Value::String(said) => said.parse().ok(),
        _ => None,
    }
}

impl Action for ShowManifest {
    type Reply = Manifest;
    const DECLARATION: Declaration =
        Declaration::read("app manifest", &[Route::get("/apps/manifest")]);

    fn argv(&self) -> Argv {
        Argv::new(Self::DECLARATION.name).arg(&self.source)
    }

    fn form(&self) -> Form {
        Form::new().field("app", Some(&self.source))
    }

    fn parse(reply: Value) -> Result<Manifest, ReplyError> {
        Manifest::parse(reply)
    }
}
