//! The wait after wrong passwords: 1, 2, 4 … 60 seconds. It is part of the key file, so that starting the program
//! again does not lift it. It slows down whoever sits at the keyboard; against a copied file only Argon2id and
//! the password help.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The longest wait, in seconds.
pub const LONGEST_WAIT: i64 = 60;

/// Failures since the last success, and until when no attempt is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    /// Wrong passwords since the last right one.
    pub failures: u32,
    /// No attempt is taken before this instant.
    pub not_before: Option<DateTime<Utc>>,
}

impl Throttle {
    /// Until when an attempt at `now` is refused, or `None` when it is taken. A wait further away than the longest
    /// one (a clock set back) is cut to the longest one.
    pub fn refused_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.not_before
            .filter(|until| *until > now)
            .map(|until| until.min(now + TimeDelta::seconds(LONGEST_WAIT)))
    }

    /// Counts a wrong password at `now`, and says how long the next attempt will be refused.
    pub(crate) fn fail(&mut self, now: DateTime<Utc>) -> TimeDelta {
        let seconds = 1i64
            .checked_shl(self.failures)
            .filter(|s| *s > 0)
            .unwrap_or(LONGEST_WAIT)
            .min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        let wait = TimeDelta::seconds(seconds);
        self.not_before = Some(now + wait);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_wait_doubles_up_to_a_minute_and_stays_there() {
        let mut throttle = Throttle::default();
        let waits: Vec<i64> = (0..70)
            .map(|_| throttle.fail(noon()).num_seconds())
            .collect();
        assert_eq!(waits[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
        assert!(waits[8..].iter().all(|w| *w == 60));
        assert_eq!(throttle.failures, 70);
    }

    #[test]
    fn a_clock_set_back_makes_nobody_wait_longer_than_the_longest_wait() {
        let throttle = Throttle {
            failures: 9,
            not_before: Some(noon() + TimeDelta::days(400)),
        };
        assert_eq!(
            throttle.refused_until(noon()),
            Some(noon() + TimeDelta::seconds(LONGEST_WAIT))
        );
    }

    #[test]
    fn once_the_wait_is_over_an_attempt_is_taken() {
        let throttle = Throttle {
            failures: 1,
            not_before: Some(noon()),
        };
        assert_eq!(
            throttle.refused_until(noon() - TimeDelta::milliseconds(1)),
            Some(noon())
        );
        assert_eq!(throttle.refused_until(noon()), None);
    }
}
