//! Why something was not done, and what that leaves.

use serde_json::Value;
use towerify_driver::{DriverError, SudoError};
use towerify_ssh::SshError;

use crate::Words;
use crate::pack::PackError;

/// What an app's own program refused or could not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its key: `release`, `disk_full`, `cut`, `busy`, `no_release`, `secret_name`, `secret_value`, `secret_unknown`, `verb`, …
    pub key: String,
    /// What the server said of it, at most 4,000 characters.
    pub text: String,
}

impl Failure {
    pub(super) fn of(event: &Value) -> Self {
        let text = |name: &str| {
            event
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            key: text("key"),
            text: text("text"),
        }
    }
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployError {
    /// The folder can't be packed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The connection.
    #[error(transparent)]
    Ssh(#[from] SshError),
    /// YunoHost, or the conversation with it.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// Root could not be reached.
    #[error("becoming root failed: {0}")]
    Sudo(SudoError),
    /// What only an administrator may do was asked with a deploy key.
    #[error("this needs an administrator")]
    NeedsAdministrator,
    /// The app's program is not there; what the server said instead.
    #[error("the app's program does not answer: {0}")]
    NotThere(String),
    /// The app's program said nothing for too long.
    #[error("the server fell silent")]
    Silent,
    /// The app's program, or the connection, ended before it was done.
    #[error("the server ended before it was done")]
    Died,
    /// What came was not understood.
    #[error("{0} from the server was not understood")]
    Unclear(&'static str),
    /// The app's program refused or failed.
    #[error("{}: {}", .0.key, .0.text)]
    Failed(Failure),
    /// The environment has no domain, and the profile none.
    #[error("no domain is given")]
    NoDomain,
    /// The domain is another server's.
    #[error("{0} is not below a domain of this server")]
    ForeignDomain(String),
    /// Another app is at that address, or around it.
    #[error("{address} is taken by {by}")]
    Taken {
        /// The address.
        address: String,
        /// The app that has it.
        by: String,
    },
    /// The id is another app's, a user's or a group's on this server.
    #[error("{id} is taken by {by}")]
    IdTaken {
        /// The id.
        id: String,
        /// By what.
        by: String,
    },
    /// YunoHost refused or failed to install or upgrade.
    #[error("YunoHost did not {what}: {said}")]
    YunohostFailed {
        /// `install`, `upgrade`, …
        what: &'static str,
        /// What it said.
        said: String,
        /// The release that answers now, if any.
        live: Option<String>,
        /// YunoHost's own log of it.
        operation: Option<String>,
    },
}

impl DeployError {
    /// In a sentence or two: what happened, what was changed and what was not, what to do.
    pub fn words(&self) -> Words {
        match self {
            Self::Pack(error) => error.words(),
            Self::NeedsAdministrator => Words::new(
                "This needs an administrator of the server: a deploy key may only bring new files of an app that is there. Deploy once as an administrator.",
                "Il faut un administrateur du serveur : une clé de déploiement ne peut qu'apporter de nouveaux fichiers à une application déjà là. Déployez une fois en tant qu'administrateur.",
            ),
            Self::NotThere(_) => Words::new(
                "This app is not on the server, or was not deployed by Towerify; nothing was changed.",
                "Cette application n'est pas sur le serveur, ou n'a pas été déployée par Towerify ; rien n'a changé.",
            ),
            Self::Silent | Self::Died => Words::new(
                "The connection or the server ended before it was done. The release before goes on answering; deploy again, and it will go on where it stopped.",
                "La connexion ou le serveur s'est arrêté avant la fin. La version précédente continue de répondre ; redéployez, et cela reprendra où c'en était.",
            ),
            Self::Failed(failure) => failed(failure),
            Self::NoDomain => Words::new(
                "No domain is given: write `domain:` for this environment, or a main domain in the profile.",
                "Aucun domaine n'est donné : écrivez « domain: » pour cet environnement, ou un domaine principal dans le profil.",
            ),
            Self::ForeignDomain(domain) => Words::new(
                format!(
                    "`{domain}` is not a domain of this server, nor below one of them; nothing was changed. Add it as an administrator first, or correct the configuration."
                ),
                format!(
                    "« {domain} » n'est pas un domaine de ce serveur, ni sous l'un d'eux ; rien n'a changé. Ajoutez-le d'abord en tant qu'administrateur, ou corrigez la configuration."
                ),
            ),
            Self::Taken { address, by } => Words::new(
                format!(
                    "`{address}` belongs to the app `{by}`, or lies inside it; nothing was changed. Choose another path or domain."
                ),
                format!(
                    "« {address} » appartient à l'application « {by} », ou se trouve à l'intérieur ; rien n'a changé. Choisissez un autre chemin ou domaine."
                ),
            ),
            Self::IdTaken { id, by } => Words::new(
                format!(
                    "`{id}` is {by} on this server already; nothing was changed. Give the app or the environment another name."
                ),
                format!(
                    "« {id} » existe déjà sur ce serveur ({by}) ; rien n'a changé. Donnez un autre nom à l'application ou à l'environnement."
                ),
            ),
            Self::YunohostFailed {
                what, said, live, ..
            } => {
                let last = said
                    .lines()
                    .rfind(|line| !line.trim().is_empty())
                    .unwrap_or_default();
                match live {
                    Some(live) => Words::new(
                        format!(
                            "YunoHost did not {what} the app: {last} Release {live} goes on answering."
                        ),
                        format!(
                            "YunoHost n'a pas terminé ({what}) : {last} La version {live} continue de répondre."
                        ),
                    ),
                    None => Words::new(
                        format!(
                            "YunoHost did not {what} the app: {last} Nothing of it is left on the server."
                        ),
                        format!(
                            "YunoHost n'a pas terminé ({what}) : {last} Il n'en reste rien sur le serveur."
                        ),
                    ),
                }
            }
            other => Words::new(format!("{other}."), format!("{other}.")),
        }
    }
}

fn failed(failure: &Failure) -> Words {
    let text = &failure.text;
    let last = text
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let (english, french) = match failure.key.as_str() {
        "release" => (
            format!("The new release does not answer and was taken back: {last}. The release before never stopped."),
            format!("La nouvelle version ne répond pas et a été retirée : {last}. La précédente ne s'est jamais arrêtée."),
        ),
        "disk_full" => (
            format!("The server's disk is too full ({text}); nothing was changed."),
            format!("Le disque du serveur est trop plein ({text}) ; rien n'a changé."),
        ),
        "cut" => (
            "The transfer was cut; what came is kept, and nothing else was changed. Deploy again.".to_owned(),
            "L'envoi a été coupé ; ce qui est arrivé est gardé, et rien d'autre n'a changé. Redéployez.".to_owned(),
        ),
        "busy" => (
            format!("Another deployment of this app has not ended for 15 minutes ({text}); nothing was changed."),
            format!("Un autre déploiement de cette application dure depuis plus de 15 minutes ({text}) ; rien n'a changé."),
        ),
        "no_release" => (
            "There is no such release to go back to.".to_owned(),
            "Il n'y a pas de telle version à laquelle revenir.".to_owned(),
        ),
        "secret_name" => (
            format!("`{text}` can't name a secret: capital letters, digits and _, a letter first, and none that the app is given anyway."),
            format!("« {text} » ne peut pas nommer un secret : majuscules, chiffres et _, une lettre d'abord, et aucun de ceux que l'application reçoit déjà."),
        ),
        "secret_value" => (
            format!("The value of `{text}` has a line break or a single quote, which PHP-FPM can't be given."),
            format!("La valeur de « {text} » contient un saut de ligne ou une apostrophe, que PHP-FPM ne peut recevoir."),
        ),
        "secret_unknown" => (format!("There is no secret `{text}`."), format!("Il n'y a pas de secret « {text} ».")),
        "verb" => (
            "This key may not ask that.".to_owned(),
            "Cette clé ne permet pas cela.".to_owned(),
        ),
        key => (format!("The server could not do it ({key}): {text}"), format!("Le serveur n'a pas pu le faire ({key}) : {text}")),
    };
    Words::new(english, french)
}
