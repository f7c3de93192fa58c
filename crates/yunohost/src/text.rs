//! Texts in several languages, as apps and catalogues carry them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};
use specta::Type;

/// A text by language (`en`, `fr`, …). What came in one language only stands under `""`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(transparent)]
pub struct Texts(BTreeMap<String, String>);

impl Texts {
    /// A text in English.
    pub fn english(text: impl Into<String>) -> Self {
        Self(BTreeMap::from([("en".to_owned(), text.into())]))
    }

    /// The same text in further languages.
    #[must_use]
    pub fn with(mut self, language: &str, text: impl Into<String>) -> Self {
        self.0.insert(language.to_owned(), text.into());
        self
    }

    /// The text in this language, else in the one it came in, else in English, else the first there is.
    pub fn get(&self, language: &str) -> Option<&str> {
        let wanted = self
            .0
            .get(language)
            .or_else(|| self.0.get(""))
            .or_else(|| self.0.get("en"));
        wanted
            .or_else(|| self.0.values().next())
            .map(String::as_str)
    }

    /// Every language and its text.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(language, text)| (language.as_str(), text.as_str()))
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Texts;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, or texts by language")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(BTreeMap::from([(String::new(), text.to_owned())])))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Texts, E> {
                Ok(Texts::default())
            }

            fn visit_none<E: de::Error>(self) -> Result<Texts, E> {
                Ok(Texts::default())
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((language, text)) = map.next_entry::<String, Option<String>>()? {
                    texts.extend(text.map(|text| (language, text)));
                }
                Ok(Texts(texts))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}
