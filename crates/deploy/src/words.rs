//! What is said to people, in both languages at once: whoever shows it chooses.

/// A language of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// French.
    French,
}

/// One sentence in English and in French.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// In English.
    pub english: String,
    /// In French.
    pub french: String,
}

impl Words {
    /// From both.
    pub fn new(english: impl Into<String>, french: impl Into<String>) -> Self {
        Self {
            english: english.into(),
            french: french.into(),
        }
    }

    /// In one of them.
    pub fn speak(&self, language: Language) -> &str {
        match language {
            Language::English => &self.english,
            Language::French => &self.french,
        }
    }
}

impl std::fmt::Display for Words {
    /// English, for logs and error chains.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.english)
    }
}
