//! What the faces see of runs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use towerify_domain::{
    id::{FleetId, RunId, ServerId},
    run::{RunKind, RunState, Sign, StepState, TraceLine, Wish},
    words::Words,
};

use crate::error::AppError;

/// Which runs.
#[derive(Clone, Debug, Default, Deserialize, specta::Type)]
#[serde(rename = "RunQuery")]
pub struct ListQuery {
    /// Of this server alone.
    #[serde(default)]
    pub server: Option<ServerId>,
    /// Any of these states; empty: all.
    #[serde(default)]
    pub states: Vec<RunState>,
    /// Any of these kinds; empty: all.
    #[serde(default)]
    pub kinds: Vec<RunKind>,
    /// Only those that are open (true), or over (false).
    #[serde(default)]
    pub open: Option<bool>,
    /// First row.
    #[serde(default)]
    pub offset: u32,
    /// At most so many; 0: 200.
    #[serde(default)]
    pub limit: u32,
}

/// A part of the list.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(rename = "RunPage")]
pub struct Page {
    /// How many match.
    pub total: u32,
    /// How many are at work or wait, of all.
    pub open: u32,
    /// The rows asked for, newest first.
    pub rows: Vec<Row>,
}

/// A run in a list.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(rename = "RunRow")]
pub struct Row {
    /// Its id.
    pub id: RunId,
    /// What it does.
    pub kind: RunKind,
    /// The same in words: "Install Nextcloud on glycines-01".
    pub title: Words,
    /// On which server.
    pub server: Option<ServerId>,
    /// That server's name.
    pub server_name: Option<String>,
    /// The fleet run that it is a server's part of.
    pub fleet: Option<FleetId>,
    /// Where it stands.
    pub state: RunState,
    /// What was asked of it, and comes true when its step ends.
    pub wish: Option<Wish>,
    /// 0 to 100, where known.
    pub percent: Option<u8>,
    /// How many steps are over.
    pub step: u32,
    /// Of so many.
    pub steps: u32,
    /// Who began it.
    pub started_by: String,
    /// When.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<AppError>,
}

/// A run's page.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(rename = "RunDetail")]
pub struct Detail {
    /// What the list shows.
    pub row: Row,
    /// Its steps, in order.
    pub steps: Vec<StepView>,
    /// How many lines its trace has.
    pub trace_lines: u32,
    /// What is known and what is not, when it failed or its outcome is unknown.
    pub aftermath: Option<Aftermath>,
    /// What one may decide about it now.
    pub can: Can,
}

/// What one may decide about a run as it stands: the buttons that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename = "RunCan")]
pub struct Can {
    /// Hold it.
    pub pause: bool,
    /// Let it go on; or take back that it is to be held.
    pub go_on: bool,
    /// Cancel it.
    pub cancel: bool,
    /// Take it up from where it came to a halt.
    pub retry: bool,
    /// Undo what it did.
    pub undo: bool,
    /// Forget the secret that is kept for retrying it.
    pub forget: bool,
}

/// What happened, what was changed and what was not, what to do.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Aftermath {
    /// What happened.
    pub happened: Words,
    /// What was changed, and what was not.
    pub changed: Words,
    /// What to do next.
    pub next: Words,
}

/// A step.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct StepView {
    /// Its place, from 0.
    pub n: u32,
    /// What it is for.
    pub intent: Words,
    /// Where it stands.
    pub state: StepState,
    /// How often it was begun: above 1 after a retry.
    pub attempt: u32,
    /// Whether its effect can be undone.
    pub can_undo: bool,
    /// What was seen at its end.
    pub observation: Option<Words>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What is looked for in a trace. All conditions must hold; empty ones ask nothing.
#[derive(Clone, Debug, Default, Deserialize, specta::Type)]
pub struct TraceQuery {
    /// Stands in the line; letter case and accents do not count.
    #[serde(default)]
    pub text: String,
    /// Of this step, from 0.
    #[serde(default)]
    pub step: Option<u16>,
    /// With one of these signs.
    #[serde(default)]
    pub signs: Vec<Sign>,
    /// First line, of those that are found.
    #[serde(default)]
    pub offset: u32,
    /// At most so many; 0: 1,000.
    #[serde(default)]
    pub limit: u32,
}

/// A part of a trace, or of what was found in it.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct TracePage {
    /// How many lines there are in all, or were found.
    pub total: u32,
    /// The lines asked for, in order.
    pub lines: Vec<TraceLine>,
}

/// What a run says while it is at work.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LiveEvent {
    /// New lines of its trace.
    Trace {
        /// Which run.
        run: RunId,
        /// The lines, in order.
        lines: Vec<TraceLine>,
    },
    /// How far its step is.
    Progress {
        /// Which run.
        run: RunId,
        /// The step, from 0.
        step: u32,
        /// 0 to 100, where known.
        percent: Option<u8>,
        /// What it does just now.
        doing: Option<Words>,
    },
}

/// A run that was begun.
#[derive(Clone, Copy, Debug, Serialize, specta::Type)]
pub struct Begun {
    /// Its id.
    pub run: RunId,
}
