//! In-house apps that `towerify deploy` put on a server: what their own program says, and turning them. The program is part
//! of the app's package (`scripts/towerify.py`); it is asked one thing on its standard input and answers line by line.

use serde::{Deserialize, Serialize};

use crate::{Declaration, task::task};

/// `deployed_app`: the releases that are kept, and the newest lines of a log. Refusal: `not_deployed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskDeployed {
    /// The app's id on the server.
    pub app: String,
    /// How many lines of its log, at most 1000.
    pub lines: u16,
    /// Those of its deployments instead of its own.
    pub deployments: bool,
}

task!(AskDeployed, Declaration::read("deployed_app"), Deployed);

/// A deployed app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Deployed {
    /// The release that answers: `r7`.
    pub release: Option<String>,
    /// Those that are kept, oldest first.
    pub releases: Vec<Release>,
    /// Lines of the log, oldest first.
    pub lines: Vec<String>,
}

/// A release on the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Release {
    /// Its name: `r7`.
    pub release: String,
    /// The commit it was made from.
    pub commit: Option<String>,
    /// What that says.
    pub message: Option<String>,
    /// Who deployed it.
    pub by: Option<String>,
    /// When, by the server's clock: seconds since 1970.
    pub at: i64,
}

/// `turn_app`: back to a release, or the live one started anew. The release is asked before it counts; when it does not
/// answer, the one before never stopped. Refusals: `not_deployed`, `no_release`, `release`, and those of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnApp {
    /// The app's id on the server.
    pub app: String,
    /// The release to go back to; none starts the live one anew.
    pub release: Option<String>,
    /// Who does it.
    pub by: String,
}

task!(TurnApp, Declaration::write("turn_app"), Turned);

/// What became of an app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Turned {
    /// The release that answered before.
    pub before: Option<String>,
    /// The one that answers.
    pub after: Option<String>,
    /// Whether anything was done now.
    pub changed: bool,
}
