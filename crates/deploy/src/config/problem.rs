//! What is wrong in the file, where, and what would be right.

use crate::{Language, Words};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The key it is about: `config.envs.dev.domain`; empty for the whole file.
    pub key: String,
    /// What is wrong.
    pub words: Words,
    /// What could stand there.
    pub allowed: Vec<String>,
    /// The nearest of what could stand there.
    pub nearest: Option<String>,
}

impl Problem {
    /// In one sentence or two, with its place.
    pub fn sentence(&self, language: Language) -> String {
        let mut said = format!(
            "{}:{}:{}: {}",
            super::FILE,
            self.line,
            self.column,
            self.words.speak(language)
        );
        let french = language == Language::French;
        if let Some(nearest) = &self.nearest {
            said += &if french {
                format!(". Vouliez-vous dire « {nearest} » ?")
            } else {
                format!(". Did you mean `{nearest}`?")
            };
        }
        if !self.allowed.is_empty() {
            let (before, after) = match (french, self.nearest.is_some()) {
                (true, true) => (" Sont permis : ", "."),
                (true, false) => (". Sont permis : ", "."),
                (false, true) => (" Allowed: ", "."),
                (false, false) => (". Allowed: ", "."),
            };
            said += before;
            said += &self.allowed.join(", ");
            said += after;
        }
        said
    }
}

/// The nearest of some words to one that is none of them, when it is near enough to be meant.
pub fn nearest<'w>(word: &str, words: impl IntoIterator<Item = &'w str>) -> Option<String> {
    let word = word.to_lowercase();
    let distance = |other: &str| strsim::damerau_levenshtein(&word, &other.to_lowercase());
    let best = words.into_iter().min_by_key(|other| distance(other))?;
    // A third of the letters may be wrong, and at least two, for `tpye` is two away from `type` by some counts.
    (distance(best) <= (best.len() / 3).max(2)).then(|| best.to_owned())
}
