//! `towerify journal …`.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;
use towerify_domain::id::RunId;

/// `towerify journal …`.
#[derive(Debug, Subcommand)]
pub enum Journal {
    /// List what was done, the newest first
    List(JournalList),
    /// Walk along the whole journal and say whether anything was changed, taken out or cut off
    Check,
    /// Write the whole journal into a file that proves itself
    Export {
        /// The file; it must not exist
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// A table for spreadsheets (CSV) instead of JSON lines; both prove themselves
        #[arg(long)]
        csv: bool,
    },
    /// Let go of old entries, for good; what stays proves that nothing else is missing
    Cut {
        /// All that was written before this instant goes: 2026-03-02T00:00:00Z
        #[arg(long, value_name = "INSTANT")]
        before: DateTime<Utc>,
        /// Ask nothing
        #[arg(long)]
        yes: bool,
    },
    /// Check an exported journal, with no workspace; names the first line that is not as it was written
    Verify {
        /// The file
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// The fingerprint that the key which signed must have (SHA256:…)
        #[arg(long, value_name = "FINGERPRINT")]
        signer: Option<String>,
    },
}

/// `towerify journal list`.
#[derive(Debug, Args)]
pub struct JournalList {
    /// Only what these words are in: who, what, on what (three letters at least)
    #[arg(default_value = "")]
    pub text: String,
    /// Only this: `server.add`
    #[arg(long)]
    pub what: Option<String>,
    /// Only what ended so: done, begun, denied, failed
    #[arg(long)]
    pub outcome: Option<String>,
    /// Only this run's, by its id
    #[arg(long, value_name = "RUN")]
    pub run: Option<RunId>,
    /// Only from this instant on: 2026-03-02T00:00:00Z
    #[arg(long, value_name = "INSTANT")]
    pub from: Option<DateTime<Utc>>,
    /// Only before this instant
    #[arg(long, value_name = "INSTANT")]
    pub until: Option<DateTime<Utc>>,
    /// Only entries before this number, as the last line of the page before says
    #[arg(long, value_name = "N")]
    pub before: Option<u32>,
    /// So many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
}
