//! What a step has at hand while it probes and acts.

use crate::mask::Mask;
use crate::trace::Trace;
use crate::{Clock, NewLine, Observation};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use towerify_domain::id::RunId;
use towerify_domain::run::{Progress, Sign, TRACE_TEXT_MAX};
use towerify_domain::{Words, text};

/// The run, the step and the attempt that a [key](Context::key) was made for; `None` for a key of another's.
#[must_use]
pub fn key_parts(key: &str) -> Option<(RunId, u16, u16)> {
    let (run, rest) = key.rsplit_once('-')?;
    let (step, attempt) = rest.split_once('_').unwrap_or((rest, "1"));
    Some((run.parse().ok()?, step.parse().ok()?, attempt.parse().ok()?))
}

/// Handed to [`crate::Step::probe`], [`crate::Step::act`] and [`crate::Step::undo`]. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    pub(crate) run: RunId,
    pub(crate) step: u16,
    pub(crate) attempt: u16,
    pub(crate) trace: Arc<Trace>,
    pub(crate) mask: Arc<Mask>,
    pub(crate) clock: Clock,
    pub(crate) cancel: CancellationToken,
    pub(crate) observed: Arc<Vec<(String, Observation)>>,
    pub(crate) resumed: bool,
}

impl Context {
    /// The run.
    #[must_use]
    pub const fn run(&self) -> RunId {
        self.run
    }

    /// The step's place in the plan, from 0.
    #[must_use]
    pub const fn step(&self) -> u16 {
        self.step
    }

    /// How often this step of this run was begun, forward or back, by a person's wish; from 1.
    #[must_use]
    pub const fn attempt(&self) -> u16 {
        self.attempt
    }

    /// `<run>-<step>`, and from the second attempt on `<run>-<step>_<attempt>`: the same whenever this attempt is done or
    /// looked for, so that a server can tell a second try from a second wish. See also [`crate::key_parts`].
    #[must_use]
    pub fn key(&self) -> String {
        if self.attempt <= 1 {
            format!("{}-{}", self.run, self.step)
        } else {
            format!("{}-{}_{}", self.run, self.step, self.attempt)
        }
    }

    /// The step was in flight when the program ended, or its outcome was unknown: an act may have begun already.
    #[must_use]
    pub const fn resumed(&self) -> bool {
        self.resumed
    }

    /// What an earlier step of this name observed, in this life of the program or an earlier one.
    #[must_use]
    pub fn observed(&self, step: &str) -> Option<&Observation> {
        self.observed
            .iter()
            .rev()
            .find(|(name, _)| name == step)
            .map(|(_, observation)| observation)
    }

    /// Adds to the trace. Each line of `text` becomes a line of the trace, made harmless and cut to its bound; empty
    /// ones are left out. Never waits.
    pub fn trace(&self, sign: Sign, text: &str) {
        self.say(sign, text, false);
    }

    /// As [`Context::trace`], for the engine: kept even when the trace is full.
    pub(crate) fn say(&self, sign: Sign, said: &str, always: bool) {
        let said = self.mask.text(said);
        for line in said.split('\n') {
            let text = text::line(line, TRACE_TEXT_MAX);
            if !text.is_empty() {
                self.trace.push(NewLine {
                    at: (self.clock)(),
                    step: self.step,
                    sign,
                    text,
                    always,
                });
            }
        }
    }

    /// Tells how far the step is (out of 100, where it is known) and what it does. Told live at most five times a
    /// second; never waits.
    pub fn progress(&self, percent: Option<u8>, words: Words) {
        let words = self.mask.words(words);
        let words = Words::new(
            text::line(&words.en, TRACE_TEXT_MAX),
            text::line(&words.fr, TRACE_TEXT_MAX),
        );
        self.trace.progress(
            self.step,
            Progress {
                percent: percent.map(|percent| percent.min(100)),
                words,
            },
        );
    }

    /// Becomes cancelled when a person asks for the run to be cancelled. A step need not look at it: the run ends when
    /// the step does. One that can stop midway and leave nothing behind may, with [`crate::StepError::Cancelled`].
    #[must_use]
    pub const fn cancelled(&self) -> &CancellationToken {
        &self.cancel
    }
}
