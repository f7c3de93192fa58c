//! What can change, in the words that queries and changes share.
//!
//! Every query says which topics it shows and every change which topics it touches; views listen, they never poll.
//! What listens to the broadcast (the window, the command line's `follow`) is left to the faces.

use serde::Serialize;
use towerify_domain::id::{FleetId, RunId, ServerId};

/// A part of the workspace that a view may show and a change may touch.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Topic {
    /// Which workspace is open, and whether it is locked.
    Workspace,
    /// Language, theme, density.
    Preferences,
    /// The accounts of the workspace.
    Accounts,
    /// The customers of the workspace.
    Customers,
    /// The journal.
    Journal,
    /// What opens for the end user who is at work, and what they said of it.
    Portal,
    /// The entries of restricted administrators to servers.
    Gates,
    /// The list of servers, its counts and facets.
    Servers,
    /// One server and its snapshots.
    Server {
        /// Which one.
        id: ServerId,
    },
    /// The list of runs.
    Runs,
    /// The list of fleet runs.
    Fleets,
    /// One fleet run: its state, and its table of results.
    Fleet {
        /// Which one.
        id: FleetId,
    },
    /// Schedules, and what they missed.
    Schedules,
    /// One run: its state and steps. Its trace arrives as [`crate::runs::LiveEvent`]s.
    Run {
        /// Which one.
        id: RunId,
    },
}
