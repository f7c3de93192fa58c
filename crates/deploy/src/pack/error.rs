//! Why a folder cannot be packed.

use std::io;

use crate::Words;

/// Why a folder cannot be packed. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file or folder could not be read.
    #[error("reading {path}: {cause}")]
    Read {
        /// Which, below the app's folder.
        path: String,
        /// Why.
        cause: io::Error,
    },
    /// A rule of `.towerifyignore` is not one.
    #[error("{0}")]
    Rule(String),
    /// A name that the server's list of files cannot hold.
    #[error("the name {0:?} has a line break, a control character or letters that are not UTF-8")]
    Name(String),
    /// A symbolic link that leaves the folder.
    #[error("the symbolic link {path} leads out of the app's folder, to {target}")]
    LinkLeaves {
        /// The link.
        path: String,
        /// What it points to.
        target: String,
    },
    /// Neither file, folder nor link: a socket, a device, a pipe.
    #[error("{0} is neither a file nor a folder")]
    Special(String),
    /// More than may be sent.
    #[error("{files} files of {mib} MiB are more than the {limit} that may be sent")]
    TooMuch {
        /// How many files were counted before it was given up.
        files: usize,
        /// Their size in MiB.
        mib: u64,
        /// The limit that was passed.
        limit: String,
        /// The folders that hold most, with their MiB.
        largest: Vec<(String, u64)>,
    },
    /// Nothing to send.
    #[error("there is no file to send")]
    Empty,
    /// A file changed between its listing and its sending.
    #[error("{0} changed while it was being packed")]
    Changed(String),
    /// The payload could not be written.
    #[error("writing the payload: {0}")]
    Write(#[from] io::Error),
}

impl PackError {
    /// In a sentence that says what to do.
    pub fn words(&self) -> Words {
        match self {
            Self::Read { path, cause } => Words::new(
                format!("`{path}` can't be read: {cause}."),
                format!("« {path} » est illisible : {cause}."),
            ),
            Self::Rule(rule) => Words::new(
                format!("A line of .towerifyignore is not understood: {rule}."),
                format!("Une ligne de .towerifyignore n'est pas comprise : {rule}."),
            ),
            Self::Name(name) => Words::new(
                format!(
                    "The name {name:?} has a line break, a control character or a letter that is not UTF-8: rename it, or add it to .towerifyignore."
                ),
                format!(
                    "Le nom {name:?} contient un saut de ligne, un caractère de commande ou une lettre hors UTF-8 : renommez-le, ou ajoutez-le à .towerifyignore."
                ),
            ),
            Self::LinkLeaves { path, target } => Words::new(
                format!(
                    "The symbolic link `{path}` leads out of the app's folder, to `{target}`, which would be missing on the server: copy the file, or add the link to .towerifyignore."
                ),
                format!(
                    "Le lien symbolique « {path} » sort du dossier de l'application, vers « {target} », qui manquerait sur le serveur : copiez le fichier, ou ajoutez le lien à .towerifyignore."
                ),
            ),
            Self::Special(path) => Words::new(
                format!("`{path}` is neither a file nor a folder: add it to .towerifyignore."),
                format!(
                    "« {path} » n'est ni un fichier ni un dossier : ajoutez-le à .towerifyignore."
                ),
            ),
            Self::TooMuch {
                files,
                mib,
                limit,
                largest,
            } => {
                let (mut english, mut french) = (String::new(), String::new());
                for (folder, mib) in largest {
                    english += &format!(" `{folder}` has {mib} MiB.");
                    french += &format!(" « {folder} » a {mib} Mio.");
                }
                Words::new(
                    format!(
                        "{files} files of {mib} MiB are more than {limit} that may be sent.{english} Add to .towerifyignore what the app does not need."
                    ),
                    format!(
                        "{files} fichiers et {mib} Mio dépassent la limite ({limit}).{french} Ajoutez à .towerifyignore ce dont l'application n'a pas besoin."
                    ),
                )
            }
            Self::Empty => Words::new(
                "There is no file to send: is .towerifyignore too broad, or the build missing?",
                "Il n'y a aucun fichier à envoyer : .towerifyignore est-il trop large, ou la fabrication oubliée ?",
            ),
            Self::Changed(path) => Words::new(
                format!(
                    "`{path}` changed while it was being packed: deploy again when nothing writes there."
                ),
                format!(
                    "« {path} » a changé pendant la préparation : recommencez quand plus rien n'y écrit."
                ),
            ),
            Self::Write(cause) => Words::new(
                format!("The payload can't be written: {cause}."),
                format!("L'envoi ne peut être préparé : {cause}."),
            ),
        }
    }
}
