//! Which servers to act on, and what became of it.

use serde::{Deserialize, Serialize};
use towerify_domain::id::ServerId;

/// Which servers to act on.
#[derive(Clone, Debug, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Selection {
    /// All of them.
    All,
    /// These.
    These {
        /// Which ones.
        ids: Vec<ServerId>,
    },
}

/// What became of a refresh, server by server.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Sweep {
    /// How many answered.
    pub answered: u32,
    /// Those that did not, and why.
    pub failed: Vec<SweepFailure>,
}

/// A server that did not answer.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct SweepFailure {
    /// Which one.
    pub id: ServerId,
    /// Its name.
    pub name: String,
    /// Why.
    pub error: crate::error::AppError,
}
