//! The one place that reads the clock, and how YunoHost writes a moment.

use chrono::{DateTime, Utc};

/// Now.
#[allow(clippy::disallowed_methods)] // The one place.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Seconds since 1970, with milliseconds, as the driver writes them.
pub(crate) fn seconds(at: DateTime<Utc>) -> f64 {
    #[allow(clippy::cast_precision_loss)] // Milliseconds fit for some 285,000 years.
    let milliseconds = at.timestamp_millis() as f64;
    milliseconds / 1000.0
}

/// `2026-11-22T11:07:05+00:00`, as the driver and the command line write it.
pub(crate) fn written(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// The beginning of an operation's name: `20261122-110705`.
pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y%m%d-%H%M%S").to_string()
}
