//! Releases of YunoHost, and how they compare.

use std::{fmt, str::FromStr};

/// A release: `12.1.25` (further numbers and suffixes, as in `12.1.40.1` or `12.1.0~testing`, are ignored).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// The first number.
    pub major: u16,
    /// The second number.
    pub minor: u16,
    /// The third number, 0 when it is missing.
    pub patch: u16,
}

impl Release {
    /// The oldest release that Towerify was tried with (12.0).
    pub const OLDEST: Self = Self::new(12, 0, 0);
    /// The release that changed many shapes: upgrades of apps, firewall, update check.
    pub const V12_1: Self = Self::new(12, 1, 0);

    /// A release from its numbers.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }
}

/// A text that does not begin with two numbers and a dot between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("reading a release: expected numbers like 12.1.25")]
pub struct NotARelease;

impl FromStr for Release {
    type Err = NotARelease;

    fn from_str(text: &str) -> Result<Self, NotARelease> {
        let mut numbers = text.trim().split('.').map(|part| {
            let digits = part
                .split(|c: char| !c.is_ascii_digit())
                .next()
                .unwrap_or_default();
            digits.parse::<u16>().map_err(|_| NotARelease)
        });
        Ok(Self {
            major: numbers.next().ok_or(NotARelease)??,
            minor: numbers.next().ok_or(NotARelease)??,
            patch: numbers.next().unwrap_or(Ok(0)).unwrap_or(0),
        })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}
