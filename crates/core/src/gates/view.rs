//! Gates as faces see them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use towerify_domain::{
    Words,
    id::{AccountId, ServerId},
};

/// The gates of one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, specta::Type)]
pub struct Gates {
    /// The server.
    pub server: ServerId,
    /// The version that would be put there now.
    pub version: String,
    /// Who has a gate, or is to have one.
    pub gates: Vec<GateRow>,
    /// The restricted administrators of the server's customer who have none.
    pub without: Vec<GateAccount>,
    /// What a gate is beside a YunoHost administrator, to be read where one chooses.
    pub difference: Words,
}

/// One account's gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, specta::Type)]
pub struct GateRow {
    /// Whose.
    pub account: GateAccount,
    /// The system account on the server.
    pub system_user: String,
    /// The fingerprint of its key.
    pub fingerprint: String,
    /// Where it stands.
    pub state: GateState,
    /// The version that lies there; none until it does.
    pub version: Option<String>,
    /// Since when it is there.
    pub installed_at: Option<DateTime<Utc>>,
}

/// An account of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, specta::Type)]
pub struct GateAccount {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
}

/// Where a gate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// A run is to put it there, or failed to.
    Planned,
    /// It is there, as it would be put there now.
    Current,
    /// It is there with older files.
    Outdated,
}

/// What a gate is beside a YunoHost administrator.
pub(super) fn difference() -> Words {
    Words::new(
        "An entry lets its owner do on this server what its policy says and nothing else: their users, groups and apps. It is decided on the server, and opens no shell. A YunoHost administrator can do everything there, by SSH and in YunoHost’s own administration, also to what is another’s.",
        "Une entrée permet à son détenteur de faire sur ce serveur ce que dit sa politique et rien d’autre : ses utilisateurs, ses groupes et ses apps. C’est décidé sur le serveur, et n’ouvre aucun terminal. Un administrateur YunoHost y peut tout, par SSH et dans l’administration de YunoHost, y compris sur ce qui est à d’autres.",
    )
}
