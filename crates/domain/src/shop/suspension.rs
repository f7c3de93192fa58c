//! Suspension of a customer or of an order: since when, why, and until when it does not bite yet. While it bites, nothing
//! is ordered, accepted, begun or renewed; what is at work comes to its end, money comes and goes, and a person resumes.

use super::fault::{Fault, line};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The longest reason, in characters.
pub(super) const LONGEST_REASON: u32 = 500;

/// A suspension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Suspension {
    /// When it was said.
    pub since: DateTime<Utc>,
    /// When it begins to bite: days of grace.
    pub grace_until: Option<DateTime<Utc>>,
    /// Why, in the words that the customer reads.
    pub reason: String,
}

impl Suspension {
    /// From now on, or once the days of grace are over.
    pub fn new(
        since: DateTime<Utc>,
        grace_until: Option<DateTime<Utc>>,
        reason: &str,
    ) -> Result<Self, Fault> {
        Ok(Self {
            since,
            grace_until,
            reason: line(reason, LONGEST_REASON)?,
        })
    }

    /// It bites at this instant.
    #[must_use]
    pub fn bites(&self, at: DateTime<Utc>) -> bool {
        self.grace_until.is_none_or(|until| at >= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_bites_when_the_grace_is_over() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let since = at("2026-11-01T08:00:00Z");
        let until = at("2026-11-15T00:00:00Z");
        let with_grace =
            Suspension::new(since, Some(until), "Invoice F-2026-0311 is overdue").unwrap();
        assert!(!with_grace.bites(at("2026-11-14T23:59:59Z")));
        assert!(with_grace.bites(until));
        assert!(Suspension::new(since, None, "Closed").unwrap().bites(since));
        assert!(Suspension::new(since, None, " ").is_err());
    }
}
