//! The one place of the core where time, ids and chance are drawn. Everything below gets them handed in.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use uuid::Uuid;

use crate::{AppError, Code, Result};

/// Now.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A new id, that sorts by birth.
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// A password that nobody has to remember: 256 random bits.
pub(crate) fn random_password() -> Result<SecretString> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| {
        AppError::new(
            Code::Internal,
            "The operating system gave no random numbers.",
        )
    })?;
    Ok(bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>()
        .into())
}
