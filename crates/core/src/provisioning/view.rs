//! What the faces see and say of provisioning.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use towerify_domain::{
    Words,
    id::{RunId, ServerId},
    provisioning::Choices,
    run::StepState,
};

use crate::servers::NewServer;

/// The form: every choice with its default, and what it does.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(rename = "ProvisioningForm")]
pub struct Form {
    /// The defaults.
    pub defaults: Choices,
    /// The fields, in the order of the form.
    pub fields: Vec<FormField>,
    /// The sets of choices that were saved.
    pub profiles: Vec<Profile>,
}

/// A field of the form.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(rename = "ProvisioningField")]
pub struct FormField {
    /// Its name: that of the choice.
    pub name: String,
    /// What it asks.
    pub label: Words,
    /// What the answer does.
    pub does: Words,
    /// The answers, for a choice out of few.
    pub options: Vec<FormOption>,
}

/// One answer out of few.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(rename = "ProvisioningOption")]
pub struct FormOption {
    /// Its value in JSON.
    pub value: String,
    /// In words.
    pub label: Words,
}

/// A named set of choices.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(rename = "ProvisioningProfile")]
pub struct Profile {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The choices, without domain and administrator.
    pub choices: Choices,
    /// When it was saved.
    pub saved_at: DateTime<Utc>,
    /// By whom.
    pub saved_by: String,
}

/// Which machine is to become a server.
#[derive(Clone, Deserialize, specta::Type)]
#[serde(
    tag = "kind",
    rename_all = "snake_case",
    rename = "ProvisioningMachine"
)]
pub enum Machine {
    /// One that is not in the workspace yet. The fingerprint was shown and accepted first.
    New {
        /// Where it is, and how one logs in. Its tags and customer are those of the choices.
        server: Box<NewServer>,
    },
    /// One that is.
    Known {
        /// Which.
        server: ServerId,
    },
}

/// Everything that a provisioning needs.
#[derive(Clone, Deserialize, specta::Type)]
#[serde(rename = "ProvisioningOrder")]
pub struct Order {
    /// The machine.
    pub machine: Machine,
    /// The choices.
    pub choices: Choices,
    /// The first administrator's password, where one is given.
    #[serde(default)]
    #[specta(type = Option<String>)]
    pub password: Option<SecretString>,
    /// The key of the customer's own certificate, in PEM.
    #[serde(default)]
    #[specta(type = Option<String>)]
    pub certificate_key: Option<SecretString>,
}

/// How good a finding is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, specta::Type,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Fine,
    /// It can begin, and this should be known.
    Warn,
    /// It can't begin.
    Stop,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize, Deserialize, specta::Type)]
#[serde(rename = "PreflightFinding")]
pub struct Finding {
    /// What was looked at (`debian`, `disk`, `clock`…).
    pub check: String,
    /// How good it is.
    pub verdict: Verdict,
    /// What was found, and what to do about it.
    pub words: Words,
}

/// What becomes of a machine that is not bare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case", rename = "ProvisioningStart")]
pub enum Beginning {
    /// It is bare: everything is done.
    Bare,
    /// YunoHost is there and was never set up: it goes on from there.
    Continued,
    /// It is a server already: it is adopted as it is.
    Adopted,
}

/// What a machine looks like before anything is done to it. Nothing was changed on it.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Preflight {
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
    /// Nothing stands in the way.
    pub may_begin: bool,
    /// What it begins from.
    pub beginning: Beginning,
    /// The machine in a few words: "Debian 12.15, amd64".
    pub machine: String,
}

/// A step of the plan, before it begins.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct PlannedStep {
    /// Its name in the plan.
    pub name: String,
    /// What it does.
    pub intent: Words,
    /// Why, and what it leaves behind.
    pub why: Words,
}

/// A provisioning that was begun.
#[derive(Clone, Copy, Debug, Serialize, specta::Type)]
#[serde(rename = "ProvisioningBegun")]
pub struct Started {
    /// The run.
    pub run: RunId,
    /// The server that it is about.
    pub server: ServerId,
}

/// What was done, to be printed.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(rename = "ProvisioningReport")]
pub struct Report {
    /// "glycines-03 is in service", or how far it got.
    pub title: Words,
    /// The run.
    pub run: RunId,
    /// It came to its end.
    pub done: bool,
    /// Who began it.
    pub by: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// How long it took, in seconds.
    pub seconds: Option<u32>,
    /// What is good to know of it: addresses, versions, fingerprints, who may log in.
    pub sections: Vec<ReportSection>,
    /// What was done, step by step.
    pub steps: Vec<ReportStep>,
}

/// A part of the report.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct ReportSection {
    /// What it is about.
    pub title: Words,
    /// Its lines.
    pub lines: Vec<ReportLine>,
}

/// A line of the report.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct ReportLine {
    /// What.
    pub label: Words,
    /// How it is.
    pub value: Words,
}

/// A step, as the report tells it.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct ReportStep {
    /// What it was for.
    pub intent: Words,
    /// How it ended.
    pub state: StepState,
    /// What was seen at its end.
    pub observation: Option<Words>,
    /// How long it took, in seconds.
    pub seconds: Option<u32>,
}

/// Something of ours on a server, and what "disconnect" does about it.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Removal {
    /// Its name among the former values.
    pub name: String,
    /// What is done.
    pub words: Words,
    /// How it was before, where that can be shown.
    pub former: Option<String>,
}

/// What is lost here when a server is forgotten.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(rename = "ForgetSays")]
pub struct Losses {
    /// The server's own name, to be typed.
    pub server: String,
    /// What is lost, each in a sentence.
    pub lost: Vec<Words>,
    /// What of ours stays on the server, if it is not disconnected first.
    pub stays: Vec<Removal>,
}
