//! YunoHost's own log of what was done: one entry an operation.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::State;
use crate::{
    clock,
    words::{self, Locale},
};

/// How many are kept, as a real server's `log list` shows by default and more.
const KEPT: usize = 400;

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Operation {
    /// `20261122-110719-user_create-ruth`.
    pub(crate) name: String,
    /// `user_create`.
    pub(crate) kind: String,
    /// What it was done to.
    pub(crate) target: String,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// `None` while it goes on, and for ever when it was killed: YunoHost's "?".
    pub(crate) success: Option<bool>,
    pub(crate) error: Option<String>,
    pub(crate) started_by: String,
    /// Arguments that are not secret.
    pub(crate) args: BTreeMap<String, String>,
    pub(crate) lines: Vec<String>,
}

impl Operation {
    /// Its description, in a language.
    pub(crate) fn description(&self, locale: Locale) -> String {
        words::sentence(
            locale,
            &format!("log_{}", self.kind),
            &[("target", &self.target)],
        )
    }

    /// Where its metadata would be.
    pub(crate) fn path(&self) -> String {
        format!("/var/log/yunohost/operations/{}.yml", self.name)
    }

    /// Adds a line as YunoHost writes it.
    pub(crate) fn note(&mut self, at: DateTime<Utc>, level: &str, message: &str) {
        self.lines.push(format!(
            "{}: {} - {message}",
            at.format("%Y-%m-%d %H:%M:%S,%3f"),
            level.to_uppercase()
        ));
    }
}

impl State {
    /// Begins an operation and gives its name, which nobody else has.
    pub(crate) fn begin(
        &mut self,
        kind: &str,
        target: &str,
        args: BTreeMap<String, String>,
        started_by: &str,
        at: DateTime<Utc>,
    ) -> String {
        let suffix = if target.is_empty() {
            kind.to_owned()
        } else {
            format!("{kind}-{target}")
        };
        // YunoHost names may collide within a second; here a name is taken once.
        let name = (0..)
            .map(|later| {
                let at = at + chrono::TimeDelta::seconds(later);
                format!("{}-{suffix}", clock::stamp(at))
            })
            .find(|name| self.operations.iter().all(|known| known.name != *name))
            .unwrap_or_default();
        self.operations.push(Operation {
            name: name.clone(),
            kind: kind.to_owned(),
            target: target.to_owned(),
            started_at: at,
            ended_at: None,
            success: None,
            error: None,
            started_by: started_by.to_owned(),
            args,
            lines: Vec::new(),
        });
        let surplus = self.operations.len().saturating_sub(KEPT);
        self.operations.drain(..surplus);
        name
    }

    /// An operation that is still known.
    pub(crate) fn operation_mut(&mut self, name: &str) -> Option<&mut Operation> {
        self.operations.iter_mut().find(|known| known.name == name)
    }
}
