//! What the simulated portal answers, beside what real servers were recorded answering: every exchange of
//! `tests/fixtures/portal` is sent again, over HTTPS, to a server with the same people.

use reqwest::{
    Client, Method,
    header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE},
};
use serde_json::Value;

use crate::{
    Blueprint, Fault, Fleet, Options, Pace, TrainingServer,
    blueprint::{Installed, Person},
    state::State,
};

/// Everybody's password there.
const PASSWORD: &str = "New-Rabbit-2026";

/// Recorded exchanges that are not played, and why.
const NOT_PLAYED: &[(&str, &str)] = &[
    (
        "public-anon-enabled",
        "no administrator opens the portal to the public here",
    ),
    (
        "update-forward-forbidden",
        "no administrator forbids forwards here",
    ),
];

fn exchanges(release: &str) -> Vec<Value> {
    let path = format!(
        "{}/../../tests/fixtures/portal/{release}.ndjson",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn said<'v>(exchange: &'v Value, name: &str) -> &'v str {
    exchange[name].as_str().unwrap_or_default()
}

/// The people and apps of the recorded servers.
async fn twin(release: &str, main: &str) -> (Fleet, State) {
    let person = |username: &str| Person {
        username: username.to_owned(),
        fullname: format!("{username} Test"),
        admin: username == "admin1",
    };
    let app = |id: &str, domain: &str, path: &str, allowed: &[&str]| Installed {
        app: id.to_owned(),
        domain: domain.to_owned(),
        path: path.to_owned(),
        label: String::new(),
        allowed: allowed.iter().map(|one| (*one).to_owned()).collect(),
        behind: false,
    };
    let plan = Blueprint {
        name: "twin".to_owned(),
        main_domain: main.to_owned(),
        version: release.to_owned(),
        people: [
            "alice", "bob", "carol", "dave", "erin", "gina", "henry", "admin1",
        ]
        .map(person)
        .to_vec(),
        domains: ["second.example.test", "third.example.test"]
            .map(str::to_owned)
            .to_vec(),
        apps: vec![
            app("my_webapp", "", "/public", &["visitors", "all_users"]),
            app("kanboard", "", "/multi", &["alice", "bob"]),
            app("bookstack", "second.example.test", "/priv", &["alice"]),
        ],
        ..Blueprint::default()
    };
    let fleet = Fleet::start(Options {
        pace: Pace::Instant,
        plan: vec![plan],
        password: PASSWORD.to_owned(),
        ..Options::default()
    })
    .await
    .unwrap();
    let server = fleet.server("twin").unwrap();
    let base = server.machine.change(|state| {
        let mut lives = |who: &str, domain: &str, alias: bool| {
            let user = state.users.get_mut(who).unwrap();
            user.mail = format!("{who}@{domain}");
            if alias {
                user.aliases = vec![format!("{who}2@{domain}")];
            }
        };
        lives("dave", "second.example.test", false);
        lives("erin", "second.example.test", true);
        lives("gina", "third.example.test", false);
        lives("henry", "third.example.test", true);
        state.clone()
    });
    (fleet, base)
}

struct Heard {
    status: u16,
    kind: String,
    cookie: Option<String>,
    body: String,
}

/// Sends one recorded request; `cookie` in place of its token.
async fn send(server: &TrainingServer, exchange: &Value, cookie: Option<&str>) -> Heard {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .tls_danger_accept_invalid_certs(true)
        .build()
        .unwrap();
    let method: Method = said(exchange, "method").parse().unwrap();
    let url = format!(
        "https://127.0.0.1:{}{}",
        server.api_port,
        said(exchange, "path")
    );
    let mut request = client
        .request(method, url)
        .header(HOST, said(exchange, "host"));
    if let Some(cookie) = cookie {
        request = request.header(COOKIE, format!("yunohost.portal={cookie}"));
    }
    if let Some(kind) = exchange["sent_type"].as_str() {
        request = request.header(CONTENT_TYPE, kind);
    }
    if let Some(body) = exchange["sent"].as_str() {
        request = request.body(body.to_owned());
    }
    let answer = request.send().await.unwrap();
    let header = |name| {
        let value: &reqwest::header::HeaderValue = answer.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    Heard {
        status: answer.status().as_u16(),
        kind: header(CONTENT_TYPE).unwrap_or_default(),
        cookie: header(SET_COOKIE),
        body: answer.text().await.unwrap(),
    }
}

/// A session on a host; its token.
async fn session(server: &TrainingServer, host: &str, who: &str) -> String {
    let login = serde_json::json!({
        "method": "POST", "path": "/yunohost/portalapi/login", "host": host,
        "sent": format!("{{\"credentials\": \"{who}:{PASSWORD}\"}}"), "sent_type": "application/json",
    });
    let heard = send(server, &login, None).await;
    assert_eq!(heard.status, 200, "{who} at {host}: {}", heard.body);
    let cookie = heard.cookie.unwrap();
    let token = cookie.strip_prefix("yunohost.portal=").unwrap();
    token.split(';').next().unwrap().to_owned()
}

/// The name and the password of a login that was taken: not everybody's was the same at every moment.
fn good_login(exchange: &Value) -> Option<(String, String)> {
    let sent: Value = serde_json::from_str(exchange["sent"].as_str()?).ok()?;
    let (who, password) = sent["credentials"].as_str()?.split_once(':')?;
    let who = who.split('@').next()?;
    (exchange["status"] == 200).then(|| (who.to_owned(), password.to_owned()))
}

/// The cookie with its token replaced, as it was recorded.
fn without_token(cookie: Option<String>) -> Option<String> {
    let cookie = cookie?;
    let (pair, rest) = cookie.split_once(';')?;
    let value = pair.strip_prefix("yunohost.portal=")?;
    let value = if value == "\"\"" { value } else { "JWT" };
    Some(format!("yunohost.portal={value};{rest}"))
}

/// The names in an object, tiles apart: which apps there are differs.
fn shape(text: &str) -> Value {
    let mut said: Value = serde_json::from_str(text).unwrap();
    let fields = said.as_object_mut().unwrap();
    for (name, value) in fields.iter_mut() {
        match (name.as_str(), value) {
            ("apps", value) => {
                let tile = value.as_object().unwrap().values().next();
                let names = tile.and_then(Value::as_object).map(|tile| {
                    let names = tile
                        .keys()
                        .filter(|name| *name != "logo" && *name != "description");
                    let mut names: Vec<_> = names.cloned().collect();
                    names.sort();
                    names
                });
                *value = names.into();
            }
            ("error_key" | "path" | "error" | "mail" | "domain", _) => {}
            (_, value @ Value::String(_)) => *value = "text".into(),
            (_, value @ Value::Array(_)) => *value = "list".into(),
            _ => {}
        }
    }
    said
}

async fn compare(release: &str, main: &str) {
    let (fleet, base) = twin(release, main).await;
    let server = fleet.server("twin").unwrap();
    let mut compared = 0;
    for exchange in exchanges(release) {
        let name = said(&exchange, "name");
        if NOT_PLAYED.iter().any(|(known, _)| *known == name) {
            continue;
        }
        server.machine.change(|state| *state = base.clone());
        server.faults().clear();
        if let Some((who, password)) = good_login(&exchange) {
            server.machine.change(|state| {
                state.system.passwords.insert(who, password);
            });
        }
        // Refused logins of this test are not to shut it out.
        *server.portal.refused() = Default::default();
        let host = said(&exchange, "host").to_owned();
        let who = ["alice", "carol", "admin1", "gina"]
            .into_iter()
            .find(|who| name.contains(who))
            .unwrap_or("bob");
        let cookie = match (exchange["cookie"].as_bool().unwrap(), name) {
            (false, _) => None,
            (true, "me-cookie-on-subdomain" | "me-cookie-of-other-domain") => {
                Some(session(server, main, "alice").await)
            }
            (true, _) => Some(session(server, &host, who).await),
        };
        match name {
            "me-ldap-down" => server.faults().set(Fault::LdapDown),
            "me-service-down" => server.faults().set(Fault::PortalDown),
            "logout-again" => server.end_portal_sessions(),
            "me-after-pw" => {
                server.machine.change(|state| {
                    let passwords = &mut state.system.passwords;
                    passwords.insert("bob".to_owned(), "Other-Rabbit-2027".to_owned());
                });
            }
            _ => {}
        }
        let heard = send(server, &exchange, cookie.as_deref()).await;
        let at = format!("{release} {name}: {}", heard.body);
        assert_eq!(
            u64::from(heard.status),
            exchange["status"].as_u64().unwrap(),
            "{at}"
        );
        let recorded_kind = said(&exchange, "type");
        assert_eq!(
            heard.kind.starts_with("application/json"),
            recorded_kind.starts_with("application/json"),
            "{at}"
        );
        let cookie = exchange["set_cookie"].as_str().map(str::to_owned);
        assert_eq!(without_token(heard.cookie), cookie, "{at}");
        let recorded = said(&exchange, "answer");
        match recorded {
            _ if recorded.contains("\"traceback\"") => {
                let ours: Value = serde_json::from_str(&heard.body).unwrap();
                let real: Value = serde_json::from_str(recorded).unwrap();
                assert_eq!(ours["arguments"], real["arguments"], "{at}");
                assert_eq!(ours["route"], real["route"], "{at}");
            }
            _ if recorded.starts_with('{') => {
                assert_eq!(shape(&heard.body), shape(recorded), "{at}");
            }
            _ => assert_eq!(heard.body, recorded, "{at}"),
        }
        compared += 1;
    }
    assert!(compared > 55, "only {compared} exchanges were compared");
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_of_a_training_server_answers_as_12_1_was_recorded() {
    compare("12.1.25", "main.example.test").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_of_a_training_server_answers_as_12_0_was_recorded() {
    compare("12.0.17", "old.example.test").await;
}
