//! The one place of the core where time and ids are drawn. Everything below gets them handed in.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Now.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A new id, that sorts by birth.
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
