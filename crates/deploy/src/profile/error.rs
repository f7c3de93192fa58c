//! Why a profile can't be had, in words.

use std::io;
use std::path::PathBuf;

use towerify_ssh::KeyError;

use crate::Words;

/// Why a profile can't be had.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file can't be read or written.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: {said}", path.display())]
    NotUnderstood {
        /// Which.
        path: PathBuf,
        /// Why.
        said: String,
    },
    /// No profile of this name.
    #[error("there is no profile {0}")]
    Unknown(String),
    /// None at all.
    #[error("there is no profile yet")]
    None,
    /// A variable is missing or wrong.
    #[error("the variable {name}: {problem:?}")]
    Variable {
        /// Which.
        name: &'static str,
        /// What is wrong with it.
        problem: VariableProblem,
    },
    /// The host key is not one.
    #[error("the profile's host key is not understood")]
    HostKey,
    /// The private key can't be used.
    #[error("the private key {}: {cause}", path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// Why.
        cause: KeyError,
    },
    /// Neither a key nor a password.
    #[error("neither a key nor a password is given")]
    NoCredential,
}

impl ProfileError {
    /// In a sentence that says what to do.
    pub fn words(&self) -> Words {
        match self {
            Self::Unknown(name) => Words::new(
                format!(
                    "There is no profile `{name}`; `towerify configure --profile {name}` makes it."
                ),
                format!(
                    "Il n'y a pas de profil « {name} » ; « towerify configure --profile {name} » le crée."
                ),
            ),
            Self::None => Words::new(
                "No server is configured yet: `towerify configure` asks for one.",
                "Aucun serveur n'est encore configuré : « towerify configure » le demande.",
            ),
            Self::HostKey => Words::new(
                "The profile's host key is not understood: it reads `ssh-ed25519 AAAA…`, as `ssh-keyscan` prints it after the name.",
                "La clé d'hôte du profil n'est pas comprise : elle s'écrit « ssh-ed25519 AAAA… », comme « ssh-keyscan » l'affiche après le nom.",
            ),
            Self::File { path, cause } => Words::new(
                format!("`{}` can't be read or written: {cause}.", path.display()),
                format!("« {} » ne peut être lu ou écrit : {cause}.", path.display()),
            ),
            Self::NotUnderstood { path, said } => Words::new(
                format!("`{}` is not understood: {said}", path.display()),
                format!("« {} » n'est pas compris : {said}", path.display()),
            ),
            Self::Variable { name, problem } => {
                let (english, french) = match problem {
                    VariableProblem::Missing => ("is missing", "manque"),
                    VariableProblem::NoPort => ("is not a port", "n'est pas un port"),
                    VariableProblem::NoRole => (
                        "is neither `key` nor `admin`",
                        "n'est ni « key » ni « admin »",
                    ),
                };
                Words::new(
                    format!("The variable {name} {english}."),
                    format!("La variable {name} {french}."),
                )
            }
            Self::Key { path, cause } => Words::new(
                format!(
                    "The private key `{}` can't be used: {cause}.",
                    path.display()
                ),
                format!(
                    "La clé privée « {} » n'est pas utilisable : {cause}.",
                    path.display()
                ),
            ),
            Self::NoCredential => Words::new(
                "Neither a key, nor an agent, nor a password is given.",
                "Ni clé, ni agent, ni mot de passe n'est donné.",
            ),
        }
    }
}

/// What is wrong with a variable of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableProblem {
    /// It is not there.
    Missing,
    /// It is no port.
    NoPort,
    /// It is no role.
    NoRole,
}
