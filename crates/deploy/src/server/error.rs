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
        by: Words,
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
                    "`{id}` is {} on this server already; nothing was changed. Give the app or the environment another name.",
                    by.english
                ),
                format!(
                    "« {id} » existe déjà sur ce serveur ({}) ; rien n'a changé. Donnez un autre nom à l'application ou à l'environnement.",
                    by.french
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
            Self::Ssh(error) | Self::Driver(DriverError::Ssh(error)) => unreached(error),
            Self::Sudo(error) | Self::Driver(DriverError::Sudo(error)) => no_root(error),
            Self::Driver(error) => not_asked(error),
            Self::Unclear(what) => Words::new(
                format!("The server's answer was not understood ({what}); nothing was changed."),
                format!("La réponse du serveur n'a pas été comprise ({what}) ; rien n'a changé."),
            ),
        }
    }

    /// A stable word for programs.
    pub fn code(&self) -> &str {
        match self {
            Self::Pack(_) => "pack",
            Self::Ssh(_) | Self::Driver(DriverError::Ssh(_)) => "unreached",
            Self::Sudo(_) | Self::Driver(DriverError::Sudo(_)) => "sudo",
            Self::Driver(_) => "yunohost",
            Self::NeedsAdministrator => "needs_administrator",
            Self::NotThere(_) => "not_there",
            Self::Silent | Self::Died => "cut",
            Self::Unclear(_) => "unclear",
            Self::Failed(failure) => &failure.key,
            Self::NoDomain => "no_domain",
            Self::ForeignDomain(_) => "foreign_domain",
            Self::Taken { .. } => "taken",
            Self::IdTaken { .. } => "id_taken",
            Self::YunohostFailed { .. } => "yunohost_failed",
        }
    }
}

/// The way there. Its own words, which hold addresses and the server's reasons, come after ours.
fn unreached(error: &SshError) -> Words {
    let (english, french) = match error {
        SshError::NameNotFound { .. } => (
            "The server's name has no address.",
            "Le nom du serveur n'a pas d'adresse.",
        ),
        SshError::Refused { .. } => (
            "Nothing listens at the server's address and port.",
            "Rien n'écoute à l'adresse et au port du serveur.",
        ),
        SshError::HostKey { .. } => (
            "The server shows another host key than the one that is pinned. Nothing was sent. If it was set up anew, make the profile again with `towerify configure`.",
            "Le serveur montre une autre clé d'hôte que celle du profil. Rien n'a été envoyé. S'il a été réinstallé, refaites le profil avec « towerify configure ».",
        ),
        SshError::Authentication { .. } => (
            "The server let this account in by none of the ways of the profile.",
            "Le serveur n'a accepté aucune des façons d'entrer du profil.",
        ),
        _ => (
            "The server can't be reached, or the connection was cut.",
            "Le serveur ne peut être joint, ou la connexion a été coupée.",
        ),
    };
    Words::new(
        format!("{english} ({error})"),
        format!("{french} ({error})"),
    )
}

fn no_root(error: &SudoError) -> Words {
    let french = match error {
        SudoError::WrongPassword => "sudo n'a pas accepté le mot de passe.",
        SudoError::PasswordNeeded => "sudo demande un mot de passe, et aucun n'est donné.",
        SudoError::NotASudoer => "ce compte ne peut pas utiliser sudo sur le serveur.",
        SudoError::NeedsTerminal => "sudo exige un terminal sur ce serveur (requiretty).",
        SudoError::Missing => "il n'y a pas de sudo sur le serveur.",
    };
    Words::new(
        format!("Becoming root failed: {error}. Nothing was changed."),
        format!("Impossible de devenir root : {french} Rien n'a changé."),
    )
}

fn not_asked(error: &DriverError) -> Words {
    let french = match error {
        DriverError::NoPython => "il n'y a pas de Python 3 sur le serveur".to_owned(),
        DriverError::NotRoot => "ce compte n'est pas root".to_owned(),
        DriverError::NoYunohost => "YunoHost n'est pas installé sur ce serveur".to_owned(),
        DriverError::NotPostInstalled => {
            "YunoHost y est installé, sa configuration initiale n'est pas faite".to_owned()
        }
        DriverError::DiskFull => "le disque du serveur est plein".to_owned(),
        DriverError::Refused(refusal) => format!("YunoHost a refusé : {}", refusal.message),
        other => other.to_string(),
    };
    Words::new(
        format!("YunoHost could not be asked: {error}."),
        format!("YunoHost n'a pas pu être interrogé : {french}."),
    )
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
        "key" => (
            "That is no public key: one line of a .pub file, `ssh-ed25519 AAAA… name`.".to_owned(),
            "Ce n'est pas une clé publique : une ligne d'un fichier .pub, « ssh-ed25519 AAAA… nom ».".to_owned(),
        ),
        "key_unknown" => (format!("No deploy key is `{text}`."), format!("Aucune clé de déploiement n'est « {text} ».")),
        "verb" => (
            "This key may not ask that.".to_owned(),
            "Cette clé ne permet pas cela.".to_owned(),
        ),
        key => (format!("The server could not do it ({key}): {text}"), format!("Le serveur n'a pas pu le faire ({key}) : {text}")),
    };
    Words::new(english, french)
}
