//! The answers to an app's questions: checked, then encoded for `--args`.

use std::{collections::BTreeMap, fmt};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;
use serde::Serialize;
use specta::Type;

use super::{
    Manifest, Question, QuestionKind,
    question::{by_id, yes_or_no},
    visible::is_visible,
};
use crate::{
    Secret,
    fields::{AppId, DomainName, Grantee, Mail, Rule, UrlPath},
};

/// What Python's `urllib.parse.quote` leaves as it is; all else becomes `%XX`.
const QUOTED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// What was answered, by question. Any may be a secret, so all are kept as one.
#[derive(Clone, Default)]
pub struct Answers(BTreeMap<String, Secret>);

impl Answers {
    /// Nothing answered yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more answer.
    #[must_use]
    pub fn with(mut self, question: impl Into<String>, answer: impl Into<String>) -> Self {
        self.0.insert(question.into(), Secret::from(answer.into()));
        self
    }

    fn get(&self, question: &str) -> Option<&str> {
        self.0.get(question).map(|answer| answer.expose_secret())
    }
}

impl FromIterator<(String, Secret)> for Answers {
    fn from_iter<T: IntoIterator<Item = (String, Secret)>>(answers: T) -> Self {
        Self(answers.into_iter().collect())
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// An answer that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct AnswerProblem {
    /// To which question.
    pub question: String,
    /// What is allowed instead.
    pub rule: Rule,
}

/// Answers that fit their questions: nothing is missing, nothing is superfluous, each is as its kind wants it.
#[derive(Clone)]
pub struct CheckedAnswers(Vec<Checked>);

#[derive(Clone)]
struct Checked {
    question: String,
    answer: Secret,
    secret: bool,
}

impl fmt::Debug for CheckedAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.shown()).finish()
    }
}

impl CheckedAnswers {
    /// The value of `--args`, in the order of the questions. Encoded exactly as Python's `urllib.parse.quote`
    /// does: YunoHost blackens a password in its operation log only as it was typed and as `quote` writes it, so
    /// that a `+` for a blank would leave the password readable there.
    pub fn encode(&self) -> Secret {
        let quoted = |text: &str| utf8_percent_encode(text, QUOTED).to_string();
        let pairs = self.0.iter().map(|checked| {
            format!(
                "{}={}",
                quoted(&checked.question),
                quoted(checked.answer.expose_secret())
            )
        });
        Secret::from(pairs.collect::<Vec<_>>().join("&"))
    }

    /// The answers as they may be shown and kept in a trace.
    pub fn shown(&self) -> Vec<(&str, &str)> {
        self.0
            .iter()
            .map(|checked| {
                let answer = if checked.secret {
                    crate::argv::HIDDEN
                } else {
                    checked.answer.expose_secret()
                };
                (checked.question.as_str(), answer)
            })
            .collect()
    }
}

impl Manifest {
    /// Checks answers against the questions, or says what is wrong with each. What is not asked, given the
    /// other answers, is left out; a default is sent, never left to the server, which takes defaults silently
    /// (a missing domain installs on the main one: here it is missing).
    pub fn check(&self, answers: &Answers) -> Result<CheckedAnswers, Vec<AnswerProblem>> {
        let questions = by_id(&self.questions);
        let effective = |id: &str| {
            let default = questions
                .get(id)
                .and_then(|question| question.default.as_deref());
            answers.get(id).or(default)
        };
        let mut problems: Vec<AnswerProblem> = answers
            .0
            .keys()
            .filter(|id| {
                !questions
                    .get(id.as_str())
                    .is_some_and(|question| question.kind.is_asked())
            })
            .map(|id| AnswerProblem {
                question: id.clone(),
                rule: Rule::Question,
            })
            .collect();
        let mut checked = Vec::new();
        for question in self
            .questions
            .iter()
            .filter(|question| question.kind.is_asked())
        {
            if question
                .visible
                .as_deref()
                .is_some_and(|expression| !is_visible(expression, effective))
            {
                continue;
            }
            match question.check(answers.get(&question.id)) {
                Ok(None) => {}
                Ok(Some(answer)) => {
                    checked.push(Checked {
                        question: question.id.clone(),
                        answer: answer.into(),
                        secret: question.secret,
                    });
                }
                Err(rule) => problems.push(AnswerProblem {
                    question: question.id.clone(),
                    rule,
                }),
            }
        }
        if problems.is_empty() {
            Ok(CheckedAnswers(checked))
        } else {
            Err(problems)
        }
    }
}

impl Question {
    /// What is to be sent for an answer (nothing: leave it out), or what is allowed instead.
    pub fn check(&self, answer: Option<&str>) -> Result<Option<String>, Rule> {
        let answer = match &self.kind {
            QuestionKind::Password | QuestionKind::Text => answer,
            _ => answer.map(str::trim),
        };
        // As YunoHost does: an empty answer is none, and an empty default is none either.
        let default = self
            .default
            .as_deref()
            .filter(|_| self.kind != QuestionKind::Domain);
        let said = |text: &&str| !text.is_empty();
        let Some(answer) = answer.filter(said).or(default.filter(said)) else {
            return if self.optional {
                Ok(None)
            } else {
                Err(Rule::Required)
            };
        };
        if answer.len() > 64 * 1024 {
            return Err(Rule::TooLong);
        }
        self.fit(answer).map(Some)
    }

    fn fit(&self, answer: &str) -> Result<String, Rule> {
        let listed =
            self.choices.is_empty() || self.choices.iter().any(|choice| choice.value == answer);
        let one_line = || {
            if answer.chars().any(char::is_control) {
                Err(Rule::Invisible)
            } else {
                Ok(answer.to_owned())
            }
        };
        match &self.kind {
            QuestionKind::Boolean => match yes_or_no(answer, &self.yes, &self.no) {
                Some("yes") => Ok(self.yes.clone()),
                Some(_) => Ok(self.no.clone()),
                None => Err(Rule::YesNo),
            },
            QuestionKind::Tags => self.tags(answer),
            QuestionKind::Number | QuestionKind::Range => self.number(answer),
            _ if !listed => Err(Rule::Choice),
            QuestionKind::Domain => DomainName::parse(answer).map(|domain| domain.to_string()),
            QuestionKind::Path => path(answer).map(|path| path.to_string()),
            QuestionKind::User | QuestionKind::Group => {
                Grantee::parse(answer).map(|name| name.to_string())
            }
            QuestionKind::App => AppId::parse(answer).map(|app| app.to_string()),
            QuestionKind::Email => Mail::parse(answer).map(|mail| mail.to_string()),
            QuestionKind::Password if answer.contains(['{', '}']) => Err(Rule::PasswordCharacters),
            QuestionKind::Url if !is_url(answer) => Err(Rule::Url),
            QuestionKind::Color if !is_colour(answer) => Err(Rule::Colour),
            QuestionKind::Date
                if chrono::NaiveDate::parse_from_str(answer, "%Y-%m-%d").is_err() =>
            {
                Err(Rule::Date)
            }
            QuestionKind::Time if chrono::NaiveTime::parse_from_str(answer, "%H:%M").is_err() => {
                Err(Rule::Time)
            }
            QuestionKind::Text => Ok(answer.to_owned()),
            _ => one_line(),
        }
    }

    fn tags(&self, answer: &str) -> Result<String, Rule> {
        let tags: Vec<&str> = answer
            .split(',')
            .map(str::trim)
            .filter(|tag| !tag.is_empty())
            .collect();
        let listed = |tag: &&str| {
            self.choices.is_empty() || self.choices.iter().any(|choice| choice.value == **tag)
        };
        if tags.iter().all(listed) {
            Ok(tags.join(","))
        } else {
            Err(Rule::Choice)
        }
    }

    fn number(&self, answer: &str) -> Result<String, Rule> {
        // As far as a number is exact in JavaScript and Python alike.
        let number: i32 = answer.parse().map_err(|_| Rule::Number)?;
        match () {
            () if self.min.is_some_and(|min| f64::from(number) < min) => Err(Rule::NumberTooSmall),
            () if self.max.is_some_and(|max| f64::from(number) > max) => Err(Rule::NumberTooBig),
            () => Ok(number.to_string()),
        }
    }
}

/// As YunoHost does: a slash at the beginning, none at the end.
fn path(answer: &str) -> Result<UrlPath, Rule> {
    UrlPath::parse(format!("/{}", answer.trim_matches(['/', ' '])))
}

fn is_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with('/') && !text.contains(char::is_whitespace)
    })
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| {
        matches!(digits.len(), 3 | 6) && digits.chars().all(|c| c.is_ascii_hexdigit())
    })
}
