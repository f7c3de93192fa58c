//! Names: of an app, of an environment, and the id that both make on a server.
//!
//! YunoHost itself refuses only `__` and `.` in an id; an id `www-data` was installed and broke that user, and `a-b` and
//! `a_b` make the same dependency package. So ours are `^[a-z][a-z0-9_]{1,29}$` without `__`, with `_` for `-`.

use crate::Words;

/// The longest id: a user of Debian's may have 32 characters, and YunoHost adds some to its packages' names.
const LONGEST: usize = 30;

/// An app's name: small letters, digits, `-` and `_`, a letter first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppName(String);

/// An environment's name: small letters and digits, a letter first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnvName(String);

/// An app's id on a server: `myapp_dev`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppId(String);

/// Why a name is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct NameProblem {
    /// In words.
    pub words: Words,
}

fn problem(english: String, french: String) -> NameProblem {
    NameProblem {
        words: Words::new(english, french),
    }
}

fn begins_with_a_letter(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
}

impl AppName {
    /// Checks a name.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(name: &str) -> Result<Self, NameProblem> {
        let allowed =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        let tidy = !name.replace('-', "_").contains("__") && !name.ends_with(['-', '_']);
        if begins_with_a_letter(name) && name.chars().all(allowed) && tidy && name.len() <= 24 {
            return Ok(Self(name.to_owned()));
        }
        Err(problem(
            format!(
                "`{name}` is no name for an app: at most 24 small letters, digits and single `-`, a letter first, for example `{}`",
                Self::near(name)
            ),
            format!(
                "« {name} » ne peut pas nommer une application : au plus 24 minuscules sans accent, chiffres et « - » isolés, une lettre d'abord, par exemple « {} »",
                Self::near(name)
            ),
        ))
    }

    /// The nearest name that is one: for a folder's name, say.
    pub fn near(text: &str) -> String {
        let mut near = String::new();
        for c in text.to_lowercase().chars() {
            let plain = match c {
                'à' | 'â' | 'ä' => 'a',
                'é' | 'è' | 'ê' | 'ë' => 'e',
                'î' | 'ï' => 'i',
                'ô' | 'ö' => 'o',
                'ù' | 'û' | 'ü' => 'u',
                'ç' => 'c',
                c if c.is_ascii_lowercase() || c.is_ascii_digit() => c,
                _ => '-',
            };
            let begins = near.is_empty();
            if begins && !plain.is_ascii_lowercase() || plain == '-' && near.ends_with('-') {
                continue;
            }
            near.push(plain);
        }
        near.truncate(24);
        let near = near.trim_end_matches('-');
        if near.is_empty() {
            "app".to_owned()
        } else {
            near.to_owned()
        }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl EnvName {
    /// Checks a name.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(name: &str) -> Result<Self, NameProblem> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if begins_with_a_letter(name) && name.chars().all(allowed) && name.len() <= 12 {
            return Ok(Self(name.to_owned()));
        }
        Err(problem(
            format!(
                "`{name}` is no name for an environment: at most 12 small letters and digits, a letter first, for example `staging`"
            ),
            format!(
                "« {name} » ne peut pas nommer un environnement : au plus 12 minuscules sans accent et chiffres, une lettre d'abord, par exemple « recette »"
            ),
        ))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AppId {
    /// The id of an app's environment.
    ///
    /// # Errors
    /// When both together are too long.
    pub fn of(app: &AppName, env: &EnvName) -> Result<Self, NameProblem> {
        let id = format!("{}_{}", app.0.replace('-', "_"), env.0);
        if id.len() <= LONGEST {
            return Ok(Self(id));
        }
        Err(problem(
            format!(
                "`{id}`, the app's id on the server, is longer than {LONGEST} characters: shorten the app's name or the environment's"
            ),
            format!(
                "« {id} », l'identifiant de l'application sur le serveur, dépasse {LONGEST} caractères : raccourcissez le nom de l'application ou celui de l'environnement"
            ),
        ))
    }

    /// The account that this app's deploy keys log in as, as the app's own program names it (`deploy_keys.py`): an id of 30
    /// characters would make a name that Debian does not take.
    pub fn deploy_account(&self) -> String {
        match self.0.get(..20) {
            Some(start) if self.0.len() == LONGEST => {
                let hash = crate::pack::sha256_hex(self.0.as_bytes());
                format!("td_{start}_{}", hash.get(..8).unwrap_or_default())
            }
            _ => format!("td_{}", self.0),
        }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AppId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
