//! YunoHost's HTTP API over real TLS, as it answers behind nginx: login, cookie, routes, status codes.
//!
//! Routes come from the declarations of `towerify-yunohost`; there is no second table.

mod fields;
mod portal;
mod tls;

use std::{
    collections::HashMap,
    future::{Ready, ready},
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request as HttpRequest, State as Shared},
    http::{HeaderMap, Method as HttpMethod, StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_server::{
    accept::Accept,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use rand::RngExt;
use serde_json::{Map, Value, json};
use tokio::net::{TcpListener, TcpStream};
use towerify_yunohost::{DECLARATIONS, Declaration, Kind};

use crate::{
    Fault,
    actions::Refusal,
    call::{self, Call, Misused},
    door,
    machine::{Ended, Machine, Request},
    stream::Faulty,
    words::Locale,
};

pub(crate) use portal::Portal;
pub(crate) use tls::{Certificate, tls};

/// Everything is below this.
const PREFIX: &str = "/yunohost/api";
/// How long a write waits for a lock that the command line holds.
const LOCK_WAIT: Duration = Duration::from_secs(30);

/// Puts a server's faults under TLS.
#[derive(Clone)]
struct Faulting(Arc<Machine>, Arc<Portal>);

impl<S> Accept<TcpStream, S> for Faulting {
    type Stream = Faulty<TcpStream>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        // Without YunoHost nobody listens here; nor does a machine between two boots; nor for whom fail2ban shuts out.
        if self.0.is_down() || !self.0.is_installed() || self.1.bans() {
            return ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        ready(Ok((Faulty::new(stream, self.0.faults.clone()), service)))
    }
}

/// What requests share.
struct Api {
    machine: Arc<Machine>,
    /// Sessions by their cookie: who logged in.
    sessions: Mutex<HashMap<String, String>>,
    portal: Arc<Portal>,
}

/// Serves until the machine's power is cut.
pub(crate) async fn serve(
    machine: Arc<Machine>,
    portal: Arc<Portal>,
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
) {
    let power = machine.power.clone();
    let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(tls))
        .acceptor(Faulting(Arc::clone(&machine), Arc::clone(&portal)));
    let api = Arc::new(Api {
        machine,
        sessions: Mutex::new(HashMap::new()),
        portal,
    });
    let router = Router::new().fallback(answer).with_state(api);
    let handle = axum_server::Handle::new();
    let server = axum_server::Server::<std::net::SocketAddr>::from_listener(listener)
        .handle(handle.clone())
        .acceptor(acceptor)
        .serve(router.into_make_service());
    power.run_until_cancelled(server).await;
    handle.shutdown();
}

async fn answer(Shared(api): Shared<Arc<Api>>, request: HttpRequest) -> Response {
    let faults = &api.machine.faults;
    if faults.has(&Fault::HugeOutput) {
        let piece = axum::body::Bytes::from(vec![b'x'; 64 << 10]);
        let endless = futures::stream::repeat_with(move || Ok::<_, io::Error>(piece.clone()));
        return (
            [(header::CONTENT_TYPE, "application/json")],
            Body::from_stream(endless),
        )
            .into_response();
    }
    if faults.has(&Fault::Garbage) {
        let turn = rand::rng().random_range(0..6);
        return (
            [(header::CONTENT_TYPE, "application/json")],
            door::nonsense(turn),
        )
            .into_response();
    }
    api.answer(request).await
}

fn text(status: StatusCode, said: impl Into<String>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/html; charset=UTF-8")];
    (status, kind, said.into()).into_response()
}

fn reply(status: StatusCode, value: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, value.to_string()).into_response()
}

impl Api {
    async fn answer(&self, request: HttpRequest) -> Response {
        let path = request.uri().path();
        if path.starts_with(portal::PREFIX) {
            return self.portal.answer(&self.machine, request).await;
        }
        if !self.machine.state().api_runs() {
            return text(
                StatusCode::BAD_GATEWAY,
                "<html><body><h1>502 Bad Gateway</h1></body></html>",
            );
        }
        let method = request.method().clone();
        let Some(path) = request.uri().path().strip_prefix(PREFIX).map(str::to_owned) else {
            return text(
                StatusCode::NOT_FOUND,
                "<html><body><h1>404 Not Found</h1></body></html>",
            );
        };
        let headers = request.headers().clone();
        let is_form = headers
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| {
                kind.starts_with("application/x-www-form-urlencoded")
                    || kind.starts_with("multipart/")
            });
        let query = fields::decoded(request.uri().query().unwrap_or_default());
        match (&method, path.as_str()) {
            (&HttpMethod::GET, "/installed") => {
                let installed = self.machine.is_postinstalled();
                return reply(StatusCode::OK, &json!({"installed": installed}));
            }
            (&HttpMethod::POST, "/login") => return self.login(request).await,
            (&HttpMethod::GET, "/logout") => return self.logout(&headers),
            _ => {}
        }
        if method == HttpMethod::POST && is_form && !headers.contains_key("x-requested-with") {
            return text(
                StatusCode::FORBIDDEN,
                "<html><body><h1>CSRF protection</h1><p>A request made by a form must carry X-Requested-With</p></body></html>",
            );
        }
        let Some((declaration, mut given)) = route(&method, &path) else {
            return text(
                StatusCode::METHOD_NOT_ALLOWED,
                "<html><body><h1>Error: 405 Method Not Allowed</h1></body></html>",
            );
        };
        // Before there are administrators, only this needs none.
        let first = declaration.name == "tools postinstall" && !self.machine.is_postinstalled();
        let who = self.who(&headers).or(first.then(|| "root".to_owned()));
        let Some(who) = who else {
            return text(StatusCode::UNAUTHORIZED, "Authentication required");
        };
        // By header, not by parameter.
        let locale = headers
            .get("locale")
            .or_else(|| headers.get(header::ACCEPT_LANGUAGE))
            .and_then(|code| code.to_str().ok())
            .map_or_else(Locale::default, Locale::from_code);
        match fields::of_body(request).await {
            Ok(fields::Body::Json(fields)) => given = fields, // Field notes: the URL's arguments are dropped.
            Ok(fields::Body::Form(fields)) => given.extend(fields),
            Err(why) => return text(StatusCode::BAD_REQUEST, why),
        }
        given.extend(query);
        match Call::from_fields(declaration.name, given, locale) {
            Ok(call) if declaration.kind == Kind::Read => self.read(call).await,
            Ok(call)
                if matches!(call.name, "tools reboot" | "tools shutdown") && !call.has("force") =>
            {
                // Field notes: answered as done, and nothing is done.
                StatusCode::NO_CONTENT.into_response()
            }
            Ok(call) => self.write(call, &method, who).await,
            Err(Misused::Usage(why)) => text(StatusCode::BAD_REQUEST, why),
            Err(Misused::Prompt(name)) => required(&name),
        }
    }

    async fn read(&self, call: Call) -> Response {
        match self.machine.read_call(&call).await {
            Ok(mut answer) => {
                // Field notes: newest first here, oldest first on the command line.
                if call.name == "log list"
                    && let Some(operations) = answer
                        .value
                        .get_mut("operation")
                        .and_then(Value::as_array_mut)
                {
                    operations.reverse();
                }
                reply(StatusCode::OK, &answer.value)
            }
            Err(refusal) => refused(&refusal, None),
        }
    }

    async fn write(&self, call: Call, method: &HttpMethod, who: String) -> Response {
        if call.name == "user create" {
            for name in ["fullname", "password"] {
                if call.one(name).is_none() {
                    return required(name);
                }
            }
        }
        if self.machine.faults.has(&Fault::FullDisk) {
            return text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "{\"error\": \"[Errno 28] No space left on device\"}",
            );
        }
        let machine = Arc::clone(&self.machine);
        let request = Request {
            argv: call.name.split(' ').map(str::to_owned).collect(),
            task: None,
            locale: call.locale,
            lock_wait: Some(LOCK_WAIT),
            program: "yunohost-api",
            run: None,
            told: 0,
            by: who,
            pid: machine.next_pid(),
        };
        let is_certificate = call.name.starts_with("domain cert");
        // Goes on when the client goes away.
        let working = tokio::spawn(async move {
            let power = machine.up();
            let working = machine.write_call(&request, &call, &|_| {});
            power.run_until_cancelled(working).await
        });
        match working.await.ok().flatten() {
            _ if is_certificate => StatusCode::NO_CONTENT.into_response(),
            Some(Ended::Done {
                reply: Value::Null, ..
            }) => StatusCode::NO_CONTENT.into_response(),
            Some(Ended::Done { reply: value, .. }) => {
                let status = if method == HttpMethod::POST {
                    StatusCode::CREATED
                } else {
                    StatusCode::OK
                };
                reply(status, &value)
            }
            Some(Ended::Refused {
                refusal, operation, ..
            }) => refused(&refusal, operation),
            Some(Ended::Power { power, .. }) => {
                self.machine.switch(power);
                StatusCode::NO_CONTENT.into_response()
            }
            Some(Ended::Killed) | None => text(
                StatusCode::BAD_GATEWAY,
                "<html><body><h1>502 Bad Gateway</h1></body></html>",
            ),
        }
    }

    async fn login(&self, request: HttpRequest) -> Response {
        let fields = match fields::of_body(request).await {
            Ok(fields::Body::Json(fields) | fields::Body::Form(fields)) => fields,
            Err(why) => return text(StatusCode::BAD_REQUEST, why),
        };
        let field = |name: &str| {
            fields
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        let said = match (field("credentials"), field("username"), field("password")) {
            (Some(credentials), ..) => credentials.split_once(':'),
            (None, Some(username), Some(password)) => Some((username, password)),
            _ => return text(StatusCode::BAD_REQUEST, "Missing credentials parameter"),
        };
        let good = said.is_some_and(|(username, password)| {
            let state = self.machine.state();
            username == state.admin && state.knows_password(username, password.as_bytes())
        });
        if !good || self.machine.faults.has(&Fault::RefusedLogin) {
            return text(StatusCode::UNAUTHORIZED, "Invalid password or username");
        }
        let who = self.machine.state().admin.clone();
        let token: u128 = rand::rng().random();
        let token = format!("{token:032x}");
        self.sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(token.clone(), who);
        let cookie =
            format!("yunohost.admin={token}; HttpOnly; Path={PREFIX}; SameSite=strict; Secure");
        (
            [(header::SET_COOKIE, cookie)],
            text(StatusCode::OK, "Logged in"),
        )
            .into_response()
    }

    fn logout(&self, headers: &HeaderMap) -> Response {
        if let Some(token) = token(headers) {
            self.sessions
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(token);
        }
        text(StatusCode::OK, "Logged out")
    }

    fn who(&self, headers: &HeaderMap) -> Option<String> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(token(headers)?).cloned()
    }
}

fn required(name: &str) -> Response {
    text(
        StatusCode::BAD_REQUEST,
        format!("Argument '{name}' is required"),
    )
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix("yunohost.admin="))
}

/// A refusal: 400 with YunoHost's key when it was found beforehand, 500 when something failed.
fn refused(refusal: &Refusal, operation: Option<String>) -> Response {
    if refusal.key == "usage" {
        return text(StatusCode::BAD_REQUEST, refusal.message.clone());
    }
    if refusal.validation {
        let mut body = Map::from_iter([
            ("error".to_owned(), Value::from(refusal.message.as_str())),
            ("error_key".to_owned(), refusal.key.as_str().into()),
        ]);
        let named = refusal.named.iter().cloned();
        body.extend(named.map(|(name, value)| (name, value.into())));
        return reply(StatusCode::BAD_REQUEST, &Value::Object(body));
    }
    match operation {
        Some(log) => reply(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({"error": refusal.message, "log_ref": log}),
        ),
        None => text(StatusCode::INTERNAL_SERVER_ERROR, refusal.message.clone()),
    }
}

/// The declared action of a route, the one with the fewest parameters, and its path's arguments.
fn route(method: &HttpMethod, path: &str) -> Option<(&'static Declaration, Vec<(String, String)>)> {
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    DECLARATIONS
        .iter()
        .flat_map(|declaration| {
            declaration
                .routes
                .iter()
                .map(move |route| (declaration, route))
        })
        .filter(|(_, route)| method.as_str() == route.method.as_str())
        .filter_map(|(declaration, route)| Some((declaration, arguments(route.path, &parts)?)))
        .min_by_key(|(_, arguments)| arguments.len())
}

fn arguments(pattern: &str, parts: &[&str]) -> Option<Vec<(String, String)>> {
    let pattern: Vec<&str> = pattern.split('/').collect();
    if pattern.len() != parts.len() {
        return None;
    }
    let mut arguments = Vec::new();
    for (wanted, part) in pattern.iter().zip(parts) {
        match wanted
            .strip_prefix('<')
            .and_then(|name| name.strip_suffix('>'))
        {
            // A `+` in a path is a plus.
            Some(name) => {
                arguments.push((name.to_owned(), call::decoded(&part.replace('+', "%2B"))))
            }
            None if wanted == part => {}
            None => return None,
        }
    }
    Some(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &HttpMethod, path: &str, expected: Option<(&str, &[(&str, &str)])>) {
        let found = route(method, path);
        let expected = expected.map(|(name, arguments)| {
            let owned = arguments
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            (name, owned.collect::<Vec<_>>())
        });
        assert_eq!(
            found.map(|(declaration, arguments)| (declaration.name, arguments)),
            expected,
            "{path}"
        );
    }

    #[test]
    fn a_route_is_the_declared_one_with_the_fewest_parameters() {
        check(&HttpMethod::GET, "/users", Some(("user list", &[])));
        check(&HttpMethod::GET, "/apps/map", Some(("app map", &[])));
        check(
            &HttpMethod::GET,
            "/apps/nextcloud",
            Some(("app info", &[("app", "nextcloud")])),
        );
        check(
            &HttpMethod::PUT,
            "/users/permissions/nextcloud.main/add/a.perrin%2Cl.tissot",
            Some((
                "user permission add",
                &[
                    ("permission", "nextcloud.main"),
                    ("names", "a.perrin,l.tissot"),
                ],
            )),
        );
        check(&HttpMethod::GET, "/nosuch", None);
        check(&HttpMethod::DELETE, "/users", None);
    }
}
