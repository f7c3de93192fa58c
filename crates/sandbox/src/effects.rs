//! Every change that was really made on a machine, counted: what a test needs to say "each once".

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::{SandboxError, keep};

/// One change, and how many times it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The machine task or YunoHost action: `put_key`, `user create`.
    pub name: String,
    /// What it was made to: a user, a domain, a setting and its value. Never a secret; often empty.
    pub subject: String,
    /// How many times. Something that was there already is not made again, and is not counted.
    pub times: u32,
}

/// The changes of one machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Effects(BTreeMap<String, BTreeMap<String, u32>>);

impl Effects {
    /// One more.
    pub(crate) fn count(&mut self, name: &str, subject: &str) {
        let subjects = self.0.entry(name.to_owned()).or_default();
        *subjects.entry(subject.to_owned()).or_default() += 1;
    }

    /// All of them, by name and subject.
    pub(crate) fn all(&self) -> Vec<Effect> {
        let subjects = self.0.iter().flat_map(|(name, subjects)| {
            subjects.iter().map(|(subject, times)| Effect {
                name: name.clone(),
                subject: subject.clone(),
                times: *times,
            })
        });
        subjects.collect()
    }
}

/// Where a machine's folder keeps them for other processes.
pub(crate) const FILE: &str = "effects.json";

/// What was changed on a machine of a kept fleet, from its folder: for a test whose fleet runs in another process.
///
/// # Errors
/// [`SandboxError::Folder`], [`SandboxError::Kept`]. A machine that nobody changed has none.
pub fn effects_of(folder: &Path, machine: &str) -> Result<Vec<Effect>, SandboxError> {
    let kept: Option<Effects> = keep::read(&folder.join(machine).join(FILE))?;
    Ok(kept.unwrap_or_default().all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_counted_by_its_name_and_its_subject() {
        let mut effects = Effects::default();
        effects.count("put_key", "root");
        effects.count("put_key", "admin");
        effects.count("put_key", "admin");
        let counted: Vec<(String, u32)> = effects
            .all()
            .into_iter()
            .map(|effect| (effect.subject, effect.times))
            .collect();
        assert_eq!(counted, [("admin".to_owned(), 2), ("root".to_owned(), 1)]);
    }
}
