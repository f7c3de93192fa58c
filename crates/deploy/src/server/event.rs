//! What is told while a deployment goes on.

use crate::Words;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A step begins.
    Step {
        /// Its stable name: `look`, `domain`, `dns`, `certificate`, `send`, `install`, `upgrade`, `address`, `backup`,
        /// `receive`, `stage`, `activate`, `permission`, `delete`.
        name: String,
        /// In words.
        words: Words,
    },
    /// Another deployment, or another operation of YunoHost's, is waited for.
    Waiting {
        /// Whose.
        by: String,
    },
    /// A line that the server said.
    Log(String),
    /// Something that is worth a look and stops nothing.
    Warning(Words),
    /// So much was sent.
    Sent {
        /// Bytes over the line, compressed.
        bytes: u64,
        /// Of how many contents.
        contents: usize,
    },
}

impl Event {
    /// A step by its name.
    pub(super) fn step(name: &str) -> Self {
        let (english, french) = match name {
            "look" => ("Looking at the server", "Examen du serveur"),
            "domain" => ("Adding the domain", "Ajout du domaine"),
            "dns" => (
                "Checking the domain's DNS",
                "Vérification du DNS du domaine",
            ),
            "certificate" => ("Asking for a certificate", "Demande d'un certificat"),
            "send" => (
                "Sending what the server lacks",
                "Envoi de ce qui manque au serveur",
            ),
            "install" => (
                "Installing the app through YunoHost",
                "Installation de l'application par YunoHost",
            ),
            "upgrade" => (
                "Upgrading the app through YunoHost",
                "Mise à niveau de l'application par YunoHost",
            ),
            "address" => (
                "Changing the app's address",
                "Changement d'adresse de l'application",
            ),
            "backup" => ("Making a backup", "Sauvegarde"),
            "receive" => (
                "The server checks what came",
                "Le serveur vérifie ce qui est arrivé",
            ),
            "stage" => ("Preparing the release", "Préparation de la version"),
            "activate" => (
                "Starting the release, and asking it",
                "Démarrage de la version, et vérification",
            ),
            "permission" => ("Giving access", "Ouverture des accès"),
            "delete" => ("Removing the app", "Suppression de l'application"),
            other => (other, other),
        };
        Self::Step {
            name: name.to_owned(),
            words: Words::new(english, french),
        }
    }
}
