//! One question of an app, in whichever of the three shapes it came.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use specta::Type;

use crate::{action::words, text::Texts};

words!(
    /// What kind of answer a question wants, or none.
    QuestionKind {
        /// A domain of the server.
        Domain = "domain",
        /// A path on a domain.
        Path = "path",
        /// A user of the server.
        User = "user",
        /// A group of the server.
        Group = "group",
        /// An app of the server.
        App = "app",
        /// One line.
        String = "string",
        /// Several lines.
        Text = "text",
        /// One of the choices.
        Select = "select",
        /// Yes or no.
        Boolean = "boolean",
        /// A password.
        Password = "password",
        /// Several words, separated by commas.
        Tags = "tags",
        /// An e-mail address.
        Email = "email",
        /// A whole number.
        Number = "number",
        /// A whole number between two others.
        Range = "range",
        /// A web address.
        Url = "url",
        /// `#1a2b3c`.
        Color = "color",
        /// `2026-11-22`.
        Date = "date",
        /// `14:30`.
        Time = "time",
        /// A file.
        File = "file",
        /// Markdown to read; wants no answer.
        Markdown = "markdown",
        /// Text to read; wants no answer.
        DisplayText = "display_text",
        /// Something to mind; wants no answer.
        Alert = "alert",
        /// A button of a settings' page; wants no answer.
        Button = "button",
    }
);

impl QuestionKind {
    /// Whether it wants an answer at all.
    pub fn is_asked(&self) -> bool {
        !matches!(
            self,
            Self::Markdown | Self::DisplayText | Self::Alert | Self::Button
        )
    }
}

/// One question of an app.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Question {
    /// Its name in `--args`.
    pub id: String,
    /// What kind of answer it wants.
    pub kind: QuestionKind,
    /// The question. Never empty: the usual ones have our own words, others at worst their id.
    pub ask: Texts,
    /// More about it; may hold Markdown or HTML of the app, which is shown as text.
    pub help: Texts,
    /// An example of an answer.
    pub example: Option<String>,
    /// What is taken when nobody answers; `yes` or `no` for a boolean.
    pub default: Option<String>,
    /// Whether it may be left without an answer.
    pub optional: bool,
    /// What can be chosen. For domain, user, group and app only a server's own answer fills it.
    pub choices: Vec<Choice>,
    /// When to ask: an expression over other answers. See [`super::visible`].
    pub visible: Option<String>,
    /// Which apps can be chosen: YunoHost's expression; a server's answer has it applied already.
    pub filter: Option<String>,
    /// Whether the answer is to be hidden: a password, or a text whose name says so.
    pub secret: bool,
    /// A regular expression of Python, and what to say when the answer does not match.
    pub pattern: Option<Pattern>,
    /// The smallest number.
    pub min: Option<f64>,
    /// The biggest number.
    pub max: Option<f64>,
    /// What a yes is called (`1` when not said).
    pub yes: String,
    /// What a no is called (`0` when not said).
    pub no: String,
    /// How bad it is, for an alert: `success`, `info`, `warning`, `danger`.
    pub style: Option<String>,
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Choice {
    /// What is sent. May be empty.
    pub value: String,
    /// What people read.
    pub label: Texts,
}

/// An app's own rule for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Pattern {
    /// A regular expression of Python. The server judges; it is not evaluated here.
    pub regexp: String,
    /// What to say.
    pub error: Texts,
}

/// Questions as they come: a list whose members have an `id` (or `name`), or a table by id.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawQuestions {
    List(Vec<RawQuestion>),
    Table(Map<String, Value>),
}

#[derive(Deserialize, Default)]
pub(super) struct RawQuestion {
    #[serde(default)]
    id: Option<String>,
    /// In packaging 1 the id; on 12.1 there is a name too, which is null.
    #[serde(default)]
    name: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<QuestionKind>,
    #[serde(default)]
    ask: Texts,
    #[serde(default)]
    help: Texts,
    #[serde(default)]
    example: Value,
    #[serde(default)]
    default: Value,
    #[serde(default)]
    optional: Value,
    #[serde(default)]
    choices: Value,
    #[serde(default)]
    visible: Value,
    #[serde(default)]
    filter: Option<String>,
    #[serde(default)]
    redact: Value,
    #[serde(default)]
    pattern: Value,
    #[serde(default)]
    min: Option<f64>,
    #[serde(default)]
    max: Option<f64>,
    #[serde(default)]
    yes: Value,
    #[serde(default)]
    no: Value,
    #[serde(default)]
    style: Option<String>,
}

impl RawQuestions {
    /// Every question that can be understood, in order; one that has no id cannot be answered.
    pub(super) fn read(self) -> Vec<Question> {
        match self {
            Self::List(questions) => questions
                .into_iter()
                .filter_map(RawQuestion::read)
                .collect(),
            Self::Table(questions) => questions
                .into_iter()
                .filter_map(|(id, question)| {
                    let mut question: RawQuestion = serde_json::from_value(question).ok()?;
                    question.id.get_or_insert(id);
                    question.read()
                })
                .collect(),
        }
    }
}

impl RawQuestion {
    fn read(self) -> Option<Question> {
        let id = self.id.or(self.name).filter(|id| !id.is_empty())?;
        let mut kind = self.kind.unwrap_or(QuestionKind::String);
        let choices = choices(&self.choices);
        // Packaging 1 has no select: a text with choices was one.
        if kind == QuestionKind::String && !choices.is_empty() {
            kind = QuestionKind::Select;
        }
        let (yes, no) = (
            text(&self.yes).unwrap_or_else(|| "1".to_owned()),
            text(&self.no).unwrap_or_else(|| "0".to_owned()),
        );
        let default = match kind {
            QuestionKind::Password => None,
            // Who does not say, means no (form.py).
            QuestionKind::Boolean => {
                let said = text(&self.default).and_then(|default| yes_or_no(&default, &yes, &no));
                Some(said.unwrap_or("no").to_owned())
            }
            _ => text(&self.default),
        };
        let secret = kind == QuestionKind::Password
            || self.redact == Value::Bool(true)
            || (matches!(
                kind,
                QuestionKind::String | QuestionKind::Text | QuestionKind::Other(_)
            ) && names_a_secret(&id));
        Some(Question {
            ask: usual(&kind, &id).unwrap_or(if self.ask.is_empty() {
                Texts::english(&id)
            } else {
                self.ask
            }),
            optional: self.optional == Value::Bool(true),
            visible: visible(self.visible),
            pattern: pattern(&self.pattern),
            example: text(&self.example),
            help: self.help,
            filter: self.filter,
            min: self.min,
            max: self.max,
            style: self.style,
            id,
            kind,
            default,
            choices,
            secret,
            yes,
            no,
        })
    }
}

/// A value as it stands in `--args`. Lists are separated by commas, as tags are.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(said) => Some(said.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(values) => Some(values.iter().filter_map(text).collect::<Vec<_>>().join(",")),
    }
}

/// Choices come as a list, as a table from value to label, or as a text with commas.
fn choices(value: &Value) -> Vec<Choice> {
    let plain = |value: String| Choice {
        label: Texts::english(if value.is_empty() { "–" } else { &value }),
        value,
    };
    match value {
        Value::Array(values) => values.iter().filter_map(text).map(plain).collect(),
        Value::String(values) => values
            .split(',')
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(|value| plain(value.to_owned()))
            .collect(),
        Value::Object(values) => values
            .iter()
            .map(|(value, label)| Choice {
                label: serde_json::from_value(label.clone())
                    .unwrap_or_else(|_| Texts::english(value)),
                value: value.clone(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The words for yes and no that YunoHost accepts, and the app's own.
pub(super) fn yes_or_no(answer: &str, yes: &str, no: &str) -> Option<&'static str> {
    let answer = answer.trim().to_lowercase();
    match answer.as_str() {
        "1" | "yes" | "y" | "true" | "t" | "on" => Some("yes"),
        "0" | "no" | "n" | "false" | "f" | "off" => Some("no"),
        other if other == yes.to_lowercase() => Some("yes"),
        other if other == no.to_lowercase() => Some("no"),
        _ => None,
    }
}

fn visible(value: Value) -> Option<String> {
    match value {
        Value::String(expression) => Some(expression),
        Value::Bool(false) => Some("false".to_owned()),
        _ => None,
    }
}

fn pattern(value: &Value) -> Option<Pattern> {
    let regexp = value
        .get("regexp")
        .or(Some(value))
        .and_then(Value::as_str)?
        .to_owned();
    let error = value
        .get("error")
        .cloned()
        .and_then(|error| serde_json::from_value(error).ok())
        .unwrap_or_default();
    Some(Pattern { regexp, error })
}

/// Secrets under other types: `gitlab-runner.token`, `garage.rpc_secret`, `fittrackee.weather_api_key` are texts.
fn names_a_secret(id: &str) -> bool {
    const PARTS: [&str; 8] = [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "apikey",
        "credential",
    ];
    let id = id.to_lowercase();
    PARTS.iter().any(|part| id.contains(part))
        || id.contains("api_key")
        || id.contains("private_key")
        || id
            .split(['_', '-'])
            .any(|word| word == "pw" || word == "pass")
        || id.ends_with("pass")
}

/// The questions that packages leave without words, since YunoHost has its own (`app_utils.py`). These are ours.
fn usual(kind: &QuestionKind, id: &str) -> Option<Texts> {
    let (english, french) = match (kind, id) {
        (QuestionKind::Domain, "domain") => ("Domain", "Domaine"),
        (QuestionKind::Path, "path") => ("Path on the domain", "Chemin sur le domaine"),
        (QuestionKind::Password, "password") => (
            "Password for the app's administration",
            "Mot de passe d’administration de l’application",
        ),
        (QuestionKind::User, "admin") => {
            ("Who administers the app", "Qui administre l’application")
        }
        (QuestionKind::Boolean, "is_public") => (
            "Open to visitors without an account",
            "Ouverte aux visiteurs sans compte",
        ),
        (QuestionKind::Group, "init_main_permission") => {
            ("Who may use the app", "Qui peut utiliser l’application")
        }
        (QuestionKind::Group, "init_admin_permission") => (
            "Who may use the app's administration",
            "Qui peut utiliser l’administration de l’application",
        ),
        _ => return None,
    };
    Some(Texts::english(english).with("fr", french))
}

/// Questions by id.
pub(super) fn by_id(questions: &[Question]) -> BTreeMap<&str, &Question> {
    questions
        .iter()
        .map(|question| (question.id.as_str(), question))
        .collect()
}
