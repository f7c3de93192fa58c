//! `towerify runs …`.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;
use towerify_domain::run::{RunKind, RunState};

/// `towerify runs …`.
#[derive(Debug, Subcommand)]
pub enum Runs {
    /// List runs, the newest first
    List(RunsList),
    /// Show a run: its steps, and what is known of its outcome
    Show {
        /// Its id, or `last`
        run: String,
        /// Show its trace too
        #[arg(long)]
        trace: bool,
    },
    /// Write a run's trace as it grows, to the run's end
    Follow {
        /// Its id, or `last`
        run: String,
    },
    /// Hold a run when the step at work ends
    Pause {
        /// Its id, or `last`
        run: String,
    },
    /// Let a paused run go on, and follow it to its end
    Resume {
        /// Its id, or `last`
        run: String,
    },
    /// Cancel a run when the step at work ends
    Cancel {
        /// Its id, or `last`
        run: String,
    },
    /// Take up a run from where it came to a halt, and follow it to its end
    Retry {
        /// Its id, or `last`
        run: String,
    },
    /// Undo what a run did, the last step first, and follow it to its end
    Undo {
        /// Its id, or `last`
        run: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Show the report of a run that made a machine into a server
    Report {
        /// Its id, or `last`
        run: String,
    },
    /// Search a run's trace, or write it into a file as text
    Trace(RunsTrace),
}

/// `towerify runs list`.
#[derive(Debug, Args)]
pub struct RunsList {
    /// On this server
    #[arg(long)]
    pub server: Option<String>,
    /// In this state; may be given several times
    #[arg(long = "state", value_name = "STATE", value_parser = run_state)]
    pub states: Vec<RunState>,
    /// Of this kind; may be given several times
    #[arg(long = "kind", value_name = "KIND", value_parser = run_kind)]
    pub kinds: Vec<RunKind>,
    /// Only those that are not over
    #[arg(long)]
    pub open: bool,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
}

/// `towerify runs trace`.
#[derive(Debug, Args)]
pub struct RunsTrace {
    /// Its id, or `last`
    pub run: String,
    /// Only the lines with this text; letter case does not count
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// Write it into this file, as text
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "search")]
    pub export: Option<PathBuf>,
}

fn run_state(name: &str) -> Result<RunState, String> {
    RunState::named(name).ok_or_else(|| one_of(RunState::ALL.iter().copied().map(RunState::name)))
}

fn run_kind(name: &str) -> Result<RunKind, String> {
    RunKind::named(name).ok_or_else(|| one_of(RunKind::ALL.iter().copied().map(RunKind::name)))
}

pub fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("one of: {}", names.collect::<Vec<_>>().join(", "))
}
