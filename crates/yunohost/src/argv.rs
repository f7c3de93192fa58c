//! The words of a call on YunoHost's command line, of which some are secret.

use std::fmt;

use secrecy::ExposeSecret;

use crate::Secret;

/// Words for `yunohost`, without the program's own name. `Debug` and [`Argv::shown`] hide the secret ones.
#[derive(Clone)]
pub struct Argv(Vec<Word>);

#[derive(Clone)]
enum Word {
    Plain(String),
    Secret(Secret),
}

/// What stands in for a secret word wherever words are shown.
pub const HIDDEN: &str = "***";

impl Argv {
    /// The words of an action's name: `user group add`.
    pub fn new(name: &str) -> Self {
        Self(
            name.split_whitespace()
                .map(|word| Word::Plain(word.to_owned()))
                .collect(),
        )
    }

    /// One more word. It must not begin with `-`: the types of [`crate::fields`] guarantee it.
    #[must_use]
    pub fn arg(mut self, word: impl AsRef<str>) -> Self {
        self.0.push(Word::Plain(word.as_ref().to_owned()));
        self
    }

    /// Several more words, in order.
    #[must_use]
    pub fn args<T: AsRef<str>>(self, words: impl IntoIterator<Item = T>) -> Self {
        words.into_iter().fold(self, Argv::arg)
    }

    /// `--name` when it is wanted, else nothing.
    #[must_use]
    pub fn flag(self, name: &str, wanted: bool) -> Self {
        if wanted { self.arg(name) } else { self }
    }

    /// `--name value` when there is a value. A value that begins with `-` is joined (`--name=-value`), so that
    /// it is not read as another option; `name` must then be the long one.
    #[must_use]
    pub fn option(self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            None => self,
            Some(value) if value.as_ref().starts_with('-') => {
                self.arg(format!("{name}={}", value.as_ref()))
            }
            Some(value) => self.arg(name).arg(value),
        }
    }

    /// `--name a b c` when there is at least one value.
    #[must_use]
    pub fn list<T: AsRef<str>>(self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            self
        } else {
            self.arg(name).args(values)
        }
    }

    /// `--name=secret` as one hidden word, so that a secret that begins with `-` stays a value.
    #[must_use]
    pub fn secret(mut self, name: &str, value: Option<&Secret>) -> Self {
        if let Some(value) = value {
            self.0.push(Word::Secret(
                format!("{name}={}", value.expose_secret()).into(),
            ));
        }
        self
    }

    /// The true words. For the driver's door only: never log, store or show them.
    pub fn expose(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|word| match word {
                Word::Plain(word) => word.clone(),
                Word::Secret(word) => word.expose_secret().to_owned(),
            })
            .collect()
    }

    /// The words as they may be shown and kept in a trace: `***` for what is secret, its option's name kept.
    pub fn shown(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|word| match word {
                Word::Plain(word) => word.clone(),
                Word::Secret(word) => match word.expose_secret().split_once('=') {
                    Some((name, _)) if name.starts_with("--") => format!("{name}={HIDDEN}"),
                    _ => HIDDEN.to_owned(),
                },
            })
            .collect()
    }
}

impl fmt::Debug for Argv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.shown()).finish()
    }
}

impl fmt::Display for Argv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown().join(" "))
    }
}
