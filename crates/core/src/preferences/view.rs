//! What the faces see of preferences.

use serde::{Deserialize, Serialize};
use towerify_domain::words::Language;

/// How the program looks and speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Preferences {
    /// Absent: the system's.
    pub language: Option<Language>,
    /// Light, dark, or the system's.
    pub theme: Theme,
    /// Height of rows.
    pub density: Density,
    /// Whether single letters are shortcuts.
    pub single_keys: bool,
    /// After so many minutes without anybody at the window it is locked; 0: never.
    #[serde(default = "usual_lock_after")]
    pub lock_after: u16,
}

/// What a file of before this preference means.
fn usual_lock_after() -> u16 {
    15
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            language: None,
            theme: Theme::System,
            density: Density::Normal,
            single_keys: true,
            lock_after: usual_lock_after(),
        }
    }
}

/// Which colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Height of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    /// 28 pixels.
    Compact,
    /// 32 pixels.
    Normal,
    /// 40 pixels.
    Comfortable,
}

impl Preferences {
    /// The language to speak: the chosen one, else the one of this process' locale, in the order of POSIX.
    pub(crate) fn spoken(&self) -> Language {
        self.language.unwrap_or_else(|| {
            let set = |name: &str| std::env::var(name).ok().filter(|locale| !locale.is_empty());
            let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
            Language::of_locale(&locale.unwrap_or_default())
        })
    }
}
