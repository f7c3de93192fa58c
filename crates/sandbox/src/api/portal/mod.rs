//! The portal API, the end users' own door: routes, codes, cookie and who may log in on which domain, as they were
//! recorded with 12.0.17 and 12.1.25.

#![expect(
    clippy::result_large_err,
    reason = "what refuses is the answer itself, made once a request"
)]

mod access;
#[cfg(test)]
mod recorded;
mod update;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    body::to_bytes,
    extract::Request as HttpRequest,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rand::RngExt;
use serde_json::{Map, Value, json};

use self::access::{is_within, opens};
use super::{fields, reply, text};
use crate::{
    Fault, catalogue,
    machine::Machine,
    state::{App, State},
};

/// Everything is below this.
pub(super) const PREFIX: &str = "/yunohost/portalapi";
/// Where the pictures of apps are.
const LOGOS: &str = "/yunohost/sso/applogos/";
/// The largest body that is read.
const MOST: usize = 1 << 20;
/// fail2ban's jail `yunohost-portal`: so many refused logins…
const TRIES: usize = 20;
/// …within this time…
const WITHIN: Duration = Duration::from_secs(600);
/// …shut the address out for this long.
const BAN: Duration = Duration::from_secs(600);

/// A session: good for one user on one host name, as long as the password stays what it was.
struct Session {
    username: String,
    host: String,
    password: String,
}

/// Who is logged in, and who is shut out.
#[derive(Default)]
pub(crate) struct Portal {
    sessions: Mutex<HashMap<String, Session>>,
    /// Refused logins, and since when the address is banned: all come from this computer.
    refused: Mutex<(Vec<Instant>, Option<Instant>)>,
}

/// What a request said.
struct Asked {
    /// The host name, in small letters and without a port.
    host: String,
    token: Option<String>,
}

impl Portal {
    /// Whether this computer is shut out, from everything that nginx serves.
    pub(crate) fn bans(&self) -> bool {
        let mut refused = self.refused();
        if refused.1.is_some_and(|since| since.elapsed() > BAN) {
            refused.1 = None;
        }
        refused.1.is_some()
    }

    /// Ends every session, as a cleaning of the server's session files does.
    pub(crate) fn end_sessions(&self) {
        self.sessions().clear();
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refused(&self) -> MutexGuard<'_, (Vec<Instant>, Option<Instant>)> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a refused login; a good one in between changes nothing.
    fn count_refused(&self) {
        let mut refused = self.refused();
        let now = Instant::now();
        refused.0.retain(|at| now.duration_since(*at) < WITHIN);
        refused.0.push(now);
        if refused.0.len() >= TRIES {
            *refused = (Vec::new(), Some(now));
        }
    }

    /// Answers what is below [`PREFIX`].
    pub(super) async fn answer(&self, machine: &Machine, request: HttpRequest) -> Response {
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let path = path.strip_prefix(PREFIX).unwrap_or_default();
        let asked = Asked {
            host: host(request.headers()),
            token: token(request.headers()),
        };
        if machine.faults.has(&Fault::PortalDown) {
            return text(StatusCode::BAD_GATEWAY, "502 - Bad Gateway");
        }
        match (method.as_str(), path) {
            ("OPTIONS", _) => StatusCode::NO_CONTENT.into_response(),
            ("POST", "/login") => self.login(machine, asked, request).await,
            ("GET", "/logout") => self.logout(machine, &asked),
            ("GET", "/public") => reply(StatusCode::OK, &public(&machine.state(), &asked.host)),
            ("GET", "/me") if machine.faults.has(&Fault::LdapDown) => {
                traceback("GET", "/me", &json!({}))
            }
            ("GET", "/me") => match self.who(machine, &asked) {
                Some(username) => {
                    let said = me(&machine.state(), &username, &asked.host);
                    self.renewed(machine, &asked, reply(StatusCode::OK, &said))
                }
                None => text(StatusCode::UNAUTHORIZED, "Authentication required"),
            },
            ("PUT", "/update") => self.update(machine, asked, request).await,
            ("GET", "/me/apps") => text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "unable to load function yunohost.portal_apps because: module 'yunohost.portal' has no attribute 'portal_apps'",
            ),
            _ => text(
                StatusCode::METHOD_NOT_ALLOWED,
                "<h1>Error: 405 Method Not Allowed</h1>",
            ),
        }
    }

    async fn login(&self, machine: &Machine, asked: Asked, request: HttpRequest) -> Response {
        let headers = request.headers().clone();
        let counts = request.uri().query().is_none();
        let body = match body_of(request).await {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let is_form = !is_json(&headers);
        let is_old = machine.state().is_old();
        if is_form && is_old && !headers.contains_key("x-requested-with") {
            return text(StatusCode::FORBIDDEN, "<h1>Error: 403 Forbidden</h1>");
        }
        let Some(credentials) = body.get("credentials").and_then(Value::as_str) else {
            return text(StatusCode::BAD_REQUEST, "Missing credentials parameter");
        };
        let opened = {
            let state = machine.state();
            let refused = machine.faults.has(&Fault::RefusedLogin);
            if refused {
                Err("Invalid password")
            } else {
                opens(&state, &asked.host, credentials)
            }
        };
        match opened {
            Ok((username, password)) => {
                let token: u128 = rand::rng().random();
                // Three parts, as a JWT has.
                let token = format!(
                    "eyJ0eXAiOiJKV1QifQ.{token:032x}.{:016x}",
                    rand::rng().random::<u64>()
                );
                let session = Session {
                    username,
                    host: asked.host.clone(),
                    password,
                };
                self.sessions().insert(token.clone(), session);
                let asked = Asked {
                    token: Some(token),
                    ..asked
                };
                self.renewed(machine, &asked, text(StatusCode::OK, "Logged in"))
            }
            Err(said) => {
                if counts {
                    self.count_refused();
                }
                text(StatusCode::UNAUTHORIZED, said)
            }
        }
    }

    fn logout(&self, machine: &Machine, asked: &Asked) -> Response {
        if self.who(machine, asked).is_none() {
            return text(StatusCode::UNAUTHORIZED, "You are not logged in");
        }
        if let Some(token) = &asked.token {
            self.sessions().remove(token);
        }
        cleared(machine, asked, text(StatusCode::OK, "Logged out"))
    }

    async fn update(&self, machine: &Machine, asked: Asked, request: HttpRequest) -> Response {
        let Some(username) = self.who(machine, &asked) else {
            return text(StatusCode::UNAUTHORIZED, "Authentication required");
        };
        let body = match body_of(request).await {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let ldap_down = machine.faults.has(&Fault::LdapDown);
        let change = |state: &mut State| update::update(state, &username, &body, ldap_down);
        match machine.change(change) {
            Ok(done) => {
                let response = match done.shown {
                    Some(shown) => reply(StatusCode::OK, &shown),
                    None => StatusCode::NO_CONTENT.into_response(),
                };
                // The session ended with the password; 12.1 sets its dead cookie all the same.
                if done.new_password && machine.state().is_old() {
                    cleared(machine, &asked, response)
                } else {
                    self.renewed(machine, &asked, response)
                }
            }
            Err(refused) => refused,
        }
    }

    /// Whose session this is.
    fn who(&self, machine: &Machine, asked: &Asked) -> Option<String> {
        let sessions = self.sessions();
        let session = sessions.get(asked.token.as_ref()?)?;
        let state = machine.state();
        let good = session.host == asked.host
            && state.portal_password(&session.username) == Some(session.password.as_str());
        good.then(|| session.username.clone())
    }

    /// With the cookie set again, as every answer to a session does.
    fn renewed(&self, machine: &Machine, asked: &Asked, mut response: Response) -> Response {
        let Some(token) = &asked.token else {
            return response;
        };
        let cookie = format!(
            "yunohost.portal={token}; Domain=.{}; HttpOnly; Max-Age=258600; Path=/; SameSite={}; Secure",
            asked.host,
            same_site(machine),
        );
        put_cookie(&mut response, &cookie);
        response
    }
}

fn cleared(machine: &Machine, asked: &Asked, mut response: Response) -> Response {
    let cookie = format!(
        "yunohost.portal=\"\"; Domain=.{}; expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Max-Age=-1; Path=/; SameSite={}; Secure",
        asked.host,
        same_site(machine),
    );
    put_cookie(&mut response, &cookie);
    response
}

fn same_site(machine: &Machine) -> &'static str {
    if machine.state().is_old() {
        "strict"
    } else {
        "lax"
    }
}

fn put_cookie(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

/// An error 500 as moulinette makes it: a traceback, and everything that was sent, in clear.
pub(super) fn traceback(method: &str, route: &str, sent: &Value) -> Response {
    let said = json!({
        "route": [method, route], "arguments": sent,
        "traceback": "Traceback (most recent call last):\n  File \"/usr/lib/python3/dist-packages/ldap/ldapobject.py\", line 968\nldap.SERVER_DOWN: {'result': -1, 'desc': \"Can't contact LDAP server\"}\n",
    });
    text(StatusCode::INTERNAL_SERVER_ERROR, said.to_string())
}

fn host(headers: &HeaderMap) -> String {
    let said = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    said.split(':').next().unwrap_or_default().to_lowercase()
}

fn token(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix("yunohost.portal="))
        .map(str::to_owned)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"))
}

/// The arguments of a request, from JSON or from a form; lists stay lists.
async fn body_of(request: HttpRequest) -> Result<Map<String, Value>, Response> {
    let is_json = is_json(request.headers());
    let query = fields::decoded(request.uri().query().unwrap_or_default());
    let bytes = to_bytes(request.into_body(), MOST)
        .await
        .map_err(|error| text(StatusCode::BAD_REQUEST, error.to_string()))?;
    let mut said = if is_json {
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(said)) => said,
            _ => {
                return Err(text(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "<h1>Error: 500 Internal Server Error</h1>",
                ));
            }
        }
    } else {
        let form = fields::decoded(&String::from_utf8_lossy(&bytes));
        form.into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect()
    };
    said.extend(query.into_iter().map(|(name, value)| (name, value.into())));
    Ok(said)
}

fn me(state: &State, username: &str, host: &str) -> Value {
    let user = state.users.get(username);
    let groups: Vec<&String> = state
        .groups
        .iter()
        .filter(|(_, group)| group.members.iter().any(|member| member == username))
        .map(|(name, _)| name)
        .collect();
    let apps: Map<String, Value> = state
        .may_open(username)
        .filter(|(_, app, _)| {
            // 12.0 lists one domain's apps, and none at all below a domain that has the portal.
            let at = app.domain.as_deref().unwrap_or_default();
            !state.is_old() || (state.domain(host).is_some() && is_within(at, host))
        })
        .map(|(permission, app, name)| (permission, tile(state, app, name)))
        .collect();
    json!({
        "username": username,
        "fullname": user.map(|user| user.fullname.as_str()),
        "mail": user.map(|user| user.mail.as_str()),
        "mailalias": user.map(|user| user.aliases.clone()),
        "mailforward": user.map(|user| user.forward.clone()),
        "groups": groups,
        "apps": apps,
    })
}

fn tile(state: &State, app: &App, name: &str) -> Value {
    let permission = app.permissions.get(name);
    let label = match permission.and_then(|permission| permission.label.as_deref()) {
        Some(own) if name == "main" => own.to_owned(),
        Some(own) => format!("{} ({own})", app.label),
        None => app.label.clone(),
    };
    let below = permission
        .and_then(|permission| permission.url.as_deref())
        .unwrap_or_default();
    let url = format!(
        "{}{}",
        State::address_of(app).unwrap_or_default(),
        below.trim_end_matches('/')
    );
    let public = permission.is_some_and(|one| one.allowed.iter().any(|group| group == "visitors"));
    let description =
        catalogue::entry(&app.id).map_or_else(Map::new, catalogue::Entry::descriptions);
    let mut tile =
        json!({"description": description, "label": label, "public": public, "url": url});
    if let Some(tile) = tile.as_object_mut() {
        if state.is_old() {
            tile.insert("logo".to_owned(), format!("{LOGOS}None.png").into());
        } else {
            tile.insert("order".to_owned(), 100.into());
        }
    }
    tile
}

fn public(state: &State, host: &str) -> Value {
    let known = state.domain_of(host).is_some();
    let mut said = json!({
        "public": false, "portal_logo": "", "portal_theme": "system", "portal_tile_theme": "simple",
        "portal_title": "YunoHost", "show_other_domains_apps": !state.is_old(), "domain": host,
    });
    if let Some(said) = said.as_object_mut() {
        if !state.is_old() {
            said.insert("portal_allow_edit_email".to_owned(), false.into());
            said.insert("portal_allow_edit_email_alias".to_owned(), known.into());
            said.insert("portal_allow_edit_email_forward".to_owned(), known.into());
        }
        said.insert("apps".to_owned(), json!({}));
    }
    said
}
