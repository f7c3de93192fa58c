//! How fast the machines work, and what it is for them when the fleet stops.

use std::time::Duration;

use crate::SandboxError;

/// How long work takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// As on a real machine: an install takes about 4 s, a new user 2 s.
    #[default]
    Real,
    /// So many times faster than a real machine.
    Times(u32),
    /// No time at all: for tests.
    Instant,
}

impl Pace {
    /// How long something takes that takes this long on a real machine.
    pub(crate) fn of(self, time: Duration) -> Duration {
        match self {
            Self::Real => time,
            Self::Times(times) => time / times.max(1),
            Self::Instant => Duration::ZERO,
        }
    }
}

impl std::str::FromStr for Pace {
    type Err = SandboxError;

    /// `real`, `instant`, or how many times faster: `20`.
    fn from_str(text: &str) -> Result<Self, SandboxError> {
        match text {
            "real" => Ok(Self::Real),
            "instant" => Ok(Self::Instant),
            times => match times.parse() {
                Ok(times) if times > 0 => Ok(Self::Times(times)),
                _ => Err(SandboxError::Plan(format!("the pace {text:?}"))),
            },
        }
    }
}

/// What it is for the machines when the fleet stops and starts again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Absence {
    /// Their power is cut: what ran is lost, and the boot id is another.
    #[default]
    PowerCut,
    /// Nothing: only nobody looked. What ran goes on where it was, as on a machine elsewhere. For a kept fleet that
    /// stops with the program.
    Unnoticed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_read_from_a_word_or_a_number() {
        let check = |text: &str, expected: Option<Pace>| {
            assert_eq!(text.parse().ok(), expected, "{text}");
        };
        check("real", Some(Pace::Real));
        check("instant", Some(Pace::Instant));
        check("20", Some(Pace::Times(20)));
        check("0", None);
        check("-3", None);
        check("fast", None);
        let minute = Duration::from_secs(60);
        assert_eq!(Pace::Times(20).of(minute), Duration::from_secs(3));
    }
}
