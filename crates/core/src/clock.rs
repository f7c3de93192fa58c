//! The one place of the core where time, ids and chance are drawn. Everything below gets them handed in.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use uuid::Uuid;
use zeroize::Zeroizing;

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
    Ok(random::<32>()?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>()
        .into())
}

/// Random bytes of the operating system, as many as asked for.
fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0_u8; N]);
    getrandom::fill(bytes.as_mut()).map_err(|_| {
        AppError::new(
            Code::Internal,
            "The operating system gave no random numbers.",
        )
    })?;
    Ok(bytes)
}

/// The secret of a second factor: 160 bits, as RFC 4226 recommends.
pub(crate) fn random_secret() -> Result<Zeroizing<[u8; 20]>> {
    random()
}

/// A code that a person writes down: 80 bits, four groups of four signs of Crockford's base 32 (no I, L, O, U).
pub(crate) fn random_code() -> Result<String> {
    const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut code = String::new();
    for (n, byte) in random::<16>()?.iter().enumerate() {
        if n > 0 && n % 4 == 0 {
            code.push('-');
        }
        let sign = SIGNS.get(usize::from(byte & 31)).copied().unwrap_or(b'0');
        code.push(char::from(sign));
    }
    Ok(code)
}

/// So many different places from 1 to `of`, in order, by chance.
pub(crate) fn random_places(of: usize, count: usize) -> Result<Vec<u32>> {
    let mut places: Vec<usize> = (1..=of).collect();
    while places.len() > count {
        let drawn = usize::from(random::<1>()?.first().copied().unwrap_or_default());
        let at = drawn % places.len();
        places.remove(at);
    }
    Ok(places
        .into_iter()
        .filter_map(|place| u32::try_from(place).ok())
        .collect())
}
