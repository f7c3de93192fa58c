//! What the faces see of workspaces.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use towerify_domain::{
    id::{AccountId, WorkspaceId},
    policy::Role,
};

/// Where the program stands.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Status {
    /// No workspace is known: the first screen.
    None,
    /// A workspace is known and locked.
    Locked {
        /// Which one.
        workspace: KnownWorkspace,
    },
    /// A workspace is open.
    Open {
        /// Which one.
        workspace: KnownWorkspace,
        /// Who is at work.
        account: AccountView,
        /// The address that is left to add by hand, in a training workspace.
        exercise: Option<Box<Exercise>>,
    },
}

/// A workspace this program has seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct KnownWorkspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name, as given at creation.
    pub name: String,
    /// The folder that holds it.
    pub folder: String,
    /// Whether it is the training fleet's.
    pub training: bool,
    /// The account that opens it.
    pub account_name: String,
}

/// Who is at work.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct AccountView {
    /// Their account.
    pub id: AccountId,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Their customer's name; none for the provider's own people.
    pub customer: Option<String>,
}

/// A simulated server that is left to add by hand.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, specta::Type)]
pub struct Exercise {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Its SSH port.
    pub port: u16,
    /// Who may log in.
    pub user: String,
    /// The simulated server's password: it opens nothing real, and is shown to be typed.
    pub password: String,
    /// The fingerprint that first contact should show.
    pub fingerprint: String,
    /// Whose it is.
    #[serde(default)]
    pub customer: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// What it takes to create a workspace.
#[derive(Clone, Deserialize, specta::Type)]
pub struct NewWorkspace {
    /// The firm's or team's name.
    pub name: String,
    /// The first administrator's name.
    pub account_name: String,
    /// Their password.
    #[specta(type = String)]
    pub password: SecretString,
}

/// How hard a password is to guess.
#[derive(Clone, Copy, Debug, Serialize, specta::Type)]
pub struct PasswordStrength {
    /// 0 (at once) to 4 (centuries), as zxcvbn says.
    pub score: u8,
    /// Whether the workspace takes it.
    pub accepted: bool,
}
