//! Keeps a run's secrets out of what is told about it. A server may echo what it was sent (a hook that prints its
//! environment, an error that quotes a form): this is the last door before the journal and the faces.

use crate::{Observation, Problem};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::borrow::Cow;
use towerify_domain::Words;

/// What stands where a secret stood.
const DOTS: &str = "••••••";

/// Below so many bytes a secret is not looked for: it would blank ordinary words.
const SHORTEST: usize = 4;

pub(crate) struct Mask(Vec<SecretString>);

impl Mask {
    pub fn new(mut secrets: Vec<SecretString>) -> Self {
        secrets.retain(|secret| secret.expose_secret().len() >= SHORTEST);
        // The longest first: one may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        Self(secrets)
    }

    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        for secret in &self.0 {
            if masked.contains(secret.expose_secret()) {
                masked = Cow::Owned(masked.replace(secret.expose_secret(), DOTS));
            }
        }
        masked
    }

    pub fn words(&self, words: Words) -> Words {
        if self.0.is_empty() {
            return words;
        }
        Words::new(self.text(&words.en), self.text(&words.fr))
    }

    pub fn problem(&self, problem: Problem) -> Problem {
        Problem {
            code: self.text(&problem.code).into_owned(),
            words: self.words(problem.words),
        }
    }

    pub fn observation(&self, mut observation: Observation) -> Observation {
        observation.words = self.words(observation.words);
        if !self.0.is_empty() {
            self.value(&mut observation.data);
        }
        observation
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text).into_owned(),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => fields.iter_mut().for_each(|(_, field)| self.value(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mask(secrets: &[&str]) -> Mask {
        Mask::new(
            secrets
                .iter()
                .map(|&secret| SecretString::from(secret))
                .collect(),
        )
    }

    #[test]
    fn a_secret_is_nowhere_in_what_is_told() {
        let mask = mask(&["hunter22", "hunter22-and-more"]);
        assert_eq!(
            mask.text("YNH_USER_PASSWORD=hunter22"),
            "YNH_USER_PASSWORD=••••••"
        );
        assert_eq!(
            mask.text("hunter22-and-more"),
            "••••••",
            "the longer one first"
        );
        let told = mask.observation(Observation::with(
            Words::same("set to hunter22"),
            json!({"form": [{"password": "hunter22"}], "n": 3}),
        ));
        assert!(!format!("{told:?}").contains("hunter22"));
        let told = mask.problem(Problem::new("hunter22", Words::same("no hunter22")));
        assert!(!format!("{told:?}").contains("hunter22"));
    }

    #[test]
    fn a_secret_too_short_to_be_one_blanks_nothing() {
        assert_eq!(mask(&["a", ""]).text("banana"), "banana");
    }
}
