//! A sentence in both languages of the program. What is decided deep inside (a step's name, a reason) is said in words
//! by whoever decides it; the face that shows it picks the language.

use serde::{Deserialize, Serialize};

/// A language of the program.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    specta::Type,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

impl Language {
    /// The language that a locale's name asks for (`fr_FR.UTF-8`, `fr`, `C`): French for any French, else English.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        let language = locale
            .split(['_', '-', '.', '@'])
            .next()
            .unwrap_or_default();
        if language.eq_ignore_ascii_case("fr") {
            Self::Fr
        } else {
            Self::En
        }
    }

    /// Its two letters, as YunoHost and HTML write them.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }
}

/// The same sentence in English and in French.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
pub struct Words {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

impl Words {
    /// The sentence in English, then in French.
    #[must_use]
    pub fn new(en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            fr: fr.into(),
        }
    }

    /// What needs no translation: a name, a number, a server's own words.
    #[must_use]
    pub fn same(text: impl Into<String>) -> Self {
        let en: String = text.into();
        Self { fr: en.clone(), en }
    }

    /// The sentence in this language.
    #[must_use]
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Fr => &self.fr,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_says_which_language_to_speak() {
        for (locale, expected) in [
            ("fr_FR.UTF-8", Language::Fr),
            ("fr", Language::Fr),
            ("FR-be", Language::Fr),
            ("fr.UTF-8", Language::Fr),
            ("frisian", Language::En),
            ("fry_NL", Language::En),
            ("en_GB.UTF-8", Language::En),
            ("C", Language::En),
            ("", Language::En),
        ] {
            assert_eq!(Language::of_locale(locale), expected, "{locale}");
        }
    }

    #[test]
    fn the_sentence_is_given_in_the_language_asked_for() {
        let words = Words::new("In service", "En service");
        assert_eq!(
            (words.of(Language::En), words.of(Language::Fr)),
            ("In service", "En service")
        );
        assert_eq!(Words::same("glycines-02").of(Language::Fr), "glycines-02");
    }
}
