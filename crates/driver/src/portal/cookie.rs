//! The session's cookie: one, of one server and domain. Whoever has it is the user, for the apps too.

use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};
use secrecy::{ExposeSecret, SecretString};

/// Its name.
const NAME: &str = "yunohost.portal";
/// A real one has about 380 bytes.
const MOST: usize = 4096;

/// What an answer does to the session.
pub(super) enum Turn {
    /// It says nothing of it.
    Kept,
    /// It goes on under this cookie.
    Renewed(SecretString),
    /// It is over.
    Ended,
}

/// Reads the cookie of an answer. Only the portal's own counts; a name without a value, or one whose time is over, ends
/// the session.
pub(super) fn turn(headers: &HeaderMap) -> Turn {
    let mut turn = Turn::Kept;
    for said in headers.get_all(SET_COOKIE) {
        let Ok(said) = said.to_str() else { continue };
        let mut parts = said.split(';').map(str::trim);
        let Some((NAME, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            continue;
        };
        let value = value.trim_matches('"');
        let is_over = parts.any(|part| {
            part.split_once('=').is_some_and(|(name, seconds)| {
                name.eq_ignore_ascii_case("max-age")
                    && seconds.parse::<i64>().is_ok_and(|seconds| seconds <= 0)
            })
        });
        let is_one = value.len() <= MOST
            && value
                .bytes()
                .all(|b| b.is_ascii_graphic() && !b"\",;\\".contains(&b));
        turn = match () {
            () if value.is_empty() || is_over => Turn::Ended,
            () if is_one => Turn::Renewed(value.to_owned().into()),
            () => Turn::Kept,
        };
    }
    turn
}

/// The header that shows a session to the server; it is marked so that nothing prints it.
pub(super) fn header(cookie: &SecretString) -> Option<HeaderValue> {
    let mut header = HeaderValue::from_str(&format!("{NAME}={}", cookie.expose_secret())).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(said: &[&str], expected: &str) {
        let mut headers = HeaderMap::new();
        for one in said {
            headers.append(SET_COOKIE, HeaderValue::from_str(one).unwrap());
        }
        let found = match turn(&headers) {
            Turn::Kept => "kept".to_owned(),
            Turn::Ended => "ended".to_owned(),
            Turn::Renewed(cookie) => cookie.expose_secret().to_owned(),
        };
        assert_eq!(found, expected, "{said:?}");
    }

    #[test]
    fn a_session_is_renewed_kept_or_ended_by_the_portals_own_cookie_alone() {
        check(&[], "kept");
        check(
            &[
                "yunohost.portal=a.b.c; Domain=.main.example; HttpOnly; Max-Age=258600; Path=/; SameSite=lax; Secure",
            ],
            "a.b.c",
        );
        // As 12.0 does after a change of the password, and both after a logout.
        check(
            &[
                "yunohost.portal=\"\"; Domain=.main.example; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=-1; Path=/",
            ],
            "ended",
        );
        check(&["yunohost.portal=a.b.c; max-age=0"], "ended");
        check(&["yunohost.admin=a.b.c"], "kept");
        check(&["nonsense", "yunohost.portal"], "kept");
        check(&["yunohost.portal=with space"], "kept");
        check(&[&format!("yunohost.portal={}", "x".repeat(5000))], "kept");
    }
}
