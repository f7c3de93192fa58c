//! What a person says of a server: where it is, how one logs in, whose it is. Secrets come in and never go out.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use towerify_domain::id::ServerId;

use super::key::HowChecked;

/// How one logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum LoginKind {
    /// A password.
    Password,
    /// A private key, kept sealed in the workspace.
    Key,
    /// The SSH agent of this computer.
    Agent,
}

/// What it takes to log in. Secrets come in and never go out.
#[derive(Clone, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Login {
    /// A password; sudo is asked for with the same one.
    Password {
        /// It.
        #[specta(type = String)]
        password: SecretString,
    },
    /// A private key.
    Key {
        /// Its text, OpenSSH or PEM.
        #[specta(type = String)]
        private_key: SecretString,
        /// Its passphrase, if it has one.
        #[specta(type = Option<String>)]
        passphrase: Option<SecretString>,
        /// What sudo asks for, when the user is not root.
        #[specta(type = Option<String>)]
        sudo_password: Option<SecretString>,
    },
    /// A private key in a file of this computer: it is read once, and kept as [`Login::Key`].
    KeyFile {
        /// Where it is; `~/` stands for this user's home.
        path: String,
        /// Its passphrase, if it has one.
        #[specta(type = Option<String>)]
        passphrase: Option<SecretString>,
        /// What sudo asks for, when the user is not root.
        #[specta(type = Option<String>)]
        sudo_password: Option<SecretString>,
    },
    /// The SSH agent of this computer.
    Agent {
        /// What sudo asks for, when the user is not root.
        #[specta(type = Option<String>)]
        sudo_password: Option<SecretString>,
    },
}

/// Where a server is, before anything was said to it.
#[derive(Clone, Debug, Deserialize, specta::Type)]
pub struct Address {
    /// Name or address.
    pub address: String,
    /// SSH port.
    pub port: u16,
    /// The server to jump through, if any.
    #[serde(default)]
    pub jump: Option<ServerId>,
}

/// A server to add.
#[derive(Clone, Deserialize, specta::Type)]
pub struct NewServer {
    /// Its name in the fleet.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Who logs in.
    pub user: String,
    /// How.
    pub login: Login,
    /// The fingerprint that a person accepted.
    pub fingerprint: String,
    /// How they checked it.
    pub how: HowChecked,
    /// Whose it is.
    #[serde(default)]
    pub customer: Option<String>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// What may be changed of a server. Absent: stays.
#[derive(Clone, Default, Deserialize, specta::Type)]
pub struct ServerEdit {
    /// Its name in the fleet.
    #[serde(default)]
    pub name: Option<String>,
    /// Where it is. Its pinned key stays.
    #[serde(default)]
    pub address: Option<Address>,
    /// Who logs in.
    #[serde(default)]
    pub user: Option<String>,
    /// How.
    #[serde(default)]
    pub login: Option<Login>,
    /// Whose it is; an empty text: nobody's.
    #[serde(default)]
    pub customer: Option<String>,
    /// Tags, all of them.
    #[serde(default)]
    pub tags: Option<Vec<String>>,
}
