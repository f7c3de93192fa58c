//! What the faces say and see of fleet runs.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use towerify_domain::{
    fleet::{FleetState, MemberState, StopRule, Width},
    id::{FleetId, RunId, ScheduleId, ServerId},
    run::RunKind,
    words::Words,
};

/// What is done on every server. Without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FleetChange {
    /// The server is read again.
    Refresh,
    /// Every app that waits for an upgrade is upgraded.
    UpgradeApps,
    /// One app is upgraded where it is installed.
    UpgradeApp {
        /// Its id on the server: `nextcloud`.
        app: String,
    },
    /// One app is removed where it is installed, with its data.
    RemoveApp {
        /// Its id on the server.
        app: String,
    },
    /// A service is restarted.
    RestartService {
        /// Its name: `nginx`.
        service: String,
    },
    /// The diagnosis is run.
    Diagnose,
    /// A user or a group is given access to an app.
    GiveAccess {
        /// The permission: `nextcloud.main`.
        permission: String,
        /// The user's or the group's name.
        who: String,
    },
    /// Access to an app is taken from a user or a group.
    TakeAccess {
        /// The permission.
        permission: String,
        /// The user's or the group's name.
        who: String,
    },
    /// A user is created, with an address at the server's main domain. Needs [`NewFleetRun::password`].
    CreateUser {
        /// Their log-in name.
        username: String,
        /// Their name.
        fullname: String,
    },
    /// A user is deleted where they are.
    DeleteUser {
        /// Their log-in name.
        username: String,
        /// Their files too.
        purge: bool,
    },
}

/// On which servers. What this finds when the fleet run begins is kept with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FleetSelection {
    /// On these.
    Servers {
        /// Which ones, in the order that [`Sequence::AsGiven`] keeps.
        ids: Vec<ServerId>,
    },
    /// On those with this tag.
    Tag {
        /// The tag.
        tag: String,
    },
    /// On a customer's.
    Customer {
        /// The customer.
        customer: String,
    },
    /// On those that the list's search finds.
    Search {
        /// Up to three words.
        text: String,
    },
    /// On all.
    All,
}

/// In which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Sequence {
    /// As they are given; what is not a list is by name.
    #[default]
    AsGiven,
    /// By name.
    ByName,
    /// These first, in this order; then the others by name.
    CanariesFirst {
        /// Which ones. Those that are not in the selection are not touched.
        servers: Vec<ServerId>,
    },
}

/// The same change on many servers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct FleetOrder {
    /// What.
    pub change: FleetChange,
    /// Where.
    pub selection: FleetSelection,
    /// In which order.
    #[serde(default)]
    pub sequence: Sequence,
    /// How many servers each wave takes; the next one begins when all of this one have ended. Empty: one server, then
    /// 30 %, then the rest. What the list leaves over makes one more wave.
    #[serde(default)]
    pub waves: Vec<Width>,
    /// When it begins no more servers by itself; absent: never.
    #[serde(default)]
    pub stop: Option<StopRule>,
    /// At most so many servers at work at a time; absent: 16.
    #[serde(default)]
    pub at_once: Option<u32>,
    /// Only look, and say what would be done; nothing is changed.
    #[serde(default)]
    pub dry: bool,
}

/// A fleet run to begin.
#[derive(Clone, Debug, Deserialize, specta::Type)]
pub struct NewFleetRun {
    /// What, where, how.
    pub order: FleetOrder,
    /// The password that [`FleetChange::CreateUser`] needs.
    #[serde(default)]
    #[specta(type = Option<String>)]
    pub password: Option<SecretString>,
}

/// What a fleet run would touch, before it begins.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct FleetPlan {
    /// What it does: "Upgrade nextcloud on 12 servers".
    pub title: Words,
    /// When it stops by itself.
    pub stop: Option<Words>,
    /// Its waves, in order.
    pub waves: Vec<PlannedWave>,
}

/// A wave that has not begun.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct PlannedWave {
    /// Its servers, in order.
    pub servers: Vec<PlannedServer>,
}

/// A server in a plan.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct PlannedServer {
    /// Its id.
    pub id: ServerId,
    /// Its name.
    pub name: String,
}

/// A fleet run that was begun.
#[derive(Clone, Copy, Debug, Serialize, specta::Type)]
pub struct FleetBegun {
    /// Its id.
    pub fleet: FleetId,
}

/// Which fleet runs.
#[derive(Clone, Debug, Default, Deserialize, specta::Type)]
pub struct FleetQuery {
    /// In any of these states; empty: all.
    #[serde(default)]
    pub states: Vec<FleetState>,
    /// First row.
    #[serde(default)]
    pub offset: u32,
    /// At most so many; 0: 200.
    #[serde(default)]
    pub limit: u32,
}

/// A part of the list.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct FleetPage {
    /// How many match.
    pub total: u32,
    /// How many are running or paused, of all.
    pub open: u32,
    /// The rows asked for, newest first.
    pub rows: Vec<FleetRow>,
}

/// A fleet run in a list.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct FleetRow {
    /// Its id.
    pub id: FleetId,
    /// What it does on each server.
    pub kind: RunKind,
    /// The same in words: "Upgrade nextcloud on 12 servers".
    pub title: Words,
    /// It only looks.
    pub dry: bool,
    /// Where it stands.
    pub state: FleetState,
    /// How many servers it is about.
    pub servers: u32,
    /// How many of them are in each state; states that none has are absent.
    pub counts: Vec<MemberCount>,
    /// The wave at work, from 1; the last one when it is over.
    pub wave: u32,
    /// Of so many.
    pub waves: u32,
    /// The schedule that began it.
    pub schedule: Option<ScheduleId>,
    /// Who began it.
    pub started_by: String,
    /// When.
    pub started_at: DateTime<Utc>,
    /// When it was over last.
    pub ended_at: Option<DateTime<Utc>>,
}

/// How many servers are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, specta::Type)]
pub struct MemberCount {
    /// The state.
    pub state: MemberState,
    /// How many.
    pub count: u32,
}

/// A fleet run's page: the table of results, and what may be done with it.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct FleetDetail {
    /// What the list shows.
    pub row: FleetRow,
    /// What was asked.
    pub order: FleetOrder,
    /// When it stops by itself, in words.
    pub stop: Option<Words>,
    /// Why it is not at work: which rule stopped it, who paused or cancelled it.
    pub because: Option<Words>,
    /// Its waves, in order.
    pub waves: Vec<WaveView>,
    /// Its servers, in the order of their turns.
    pub members: Vec<MemberRow>,
    /// Whether it can be paused now.
    pub can_pause: bool,
    /// Whether it can go on: it is paused, or was stopped by its rule.
    pub can_go_on: bool,
    /// Whether it can be cancelled.
    pub can_cancel: bool,
    /// How many servers "retry the failed" would take up now.
    pub can_retry: u32,
}

/// A wave.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct WaveView {
    /// Its number, from 1.
    pub n: u32,
    /// How many servers it holds.
    pub servers: u32,
    /// How many of them are in each state.
    pub counts: Vec<MemberCount>,
}

/// What became of one server.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct MemberRow {
    /// Its turn, from 1.
    pub n: u32,
    /// Which server; none when it was taken out of the fleet since.
    pub server: Option<ServerId>,
    /// What it was called then.
    pub name: String,
    /// Its wave, from 1.
    pub wave: u32,
    /// Where it stands.
    pub state: MemberState,
    /// What was seen, or why it failed: "Would go from 1.2 to 1.3".
    pub words: Option<Words>,
    /// Its run; none in a dry run, and where there was nothing to do.
    pub run: Option<RunId>,
    /// How often it was tried.
    pub tries: u32,
    /// When it was begun last.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}
