//! What the simulated servers answer, beside what real ones were recorded answering: same keys, same types.
//!
//! The recordings are `tests/fixtures/conversations/actions-*.ndjson`; their app `fleetdemo` is played by
//! `vaultwarden` here, and their first administrator by `admin`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    Blueprint,
    actions::{self, Refusal},
    blueprint::{Installed, Person},
    call::Call,
    clock,
    state::{State, system::Archive},
    words::Locale,
};

/// Recorded requests that no simulated server answers, by their first words, and why.
const NOT_SIMULATED: &[(&str, &str)] = &[
    (
        "domain dns",
        "DNS suggestions are not part of the training fleet yet",
    ),
    (
        "domain config",
        "configuration panels are not part of it yet",
    ),
    (
        "app setting",
        "an app's settings are read with `app info --full`",
    ),
    ("app config", "configuration panels are not part of it yet"),
    ("app action", "deprecated by YunoHost"),
    (
        "settings list --full",
        "the panels with all their texts are not part of it",
    ),
    ("hook", "not asked by Towerify"),
    ("storage", "empty on every recorded server"),
    ("tools regen-conf", "not asked by Towerify yet"),
];

/// Places where the shapes may differ: action, end of the path, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "user list",
        ".shell",
        "a path here; `false` was recorded for users without a shell field",
    ),
    (
        "app",
        ".settings",
        "settings are what the app's own questions and scripts left",
    ),
    (
        "app",
        ".manifest.install",
        "each app asks its own questions",
    ),
    (
        "app",
        ".manifest.resources.permissions",
        "each app has its own permissions",
    ),
    (
        "app",
        ".manifest.description",
        "languages differ from app to app",
    ),
    ("app", ".manifest.doc", "pages differ from app to app"),
    (
        "app",
        ".current_version",
        "12.0 names versions only when there is a newer one",
    ),
    (
        "app",
        ".new_version",
        "12.0 names versions only when there is a newer one",
    ),
    ("app list", ".upgradable", "the same word in both"),
    (
        "service log",
        "",
        "which files there are differs from service to service",
    ),
    ("diagnosis", ".data", "each finding has its own data"),
    ("diagnosis", ".meta", "each finding has its own subject"),
    ("diagnosis", ".details", "only some findings have details"),
    ("app", ".integration.ldap", "yes, no or \"not_relevant\""),
    ("app", ".integration.sso", "yes, no or \"not_relevant\""),
    (
        "app",
        ".POST_INSTALL.main",
        "languages differ from app to app",
    ),
    (
        "log list",
        ".success",
        "12.0 leaves it out for an operation that goes on",
    ),
    (
        "tools migrations",
        ".disclaimer",
        "a text for migrations that ask before they run",
    ),
];

/// Objects whose keys are names: their elements are compared, not their keys.
fn is_keyed_by_names(path: &str) -> bool {
    [
        ".users",
        ".groups",
        ".permissions",
        ".certificates",
        ".apps{}",
        ".domains{}",
        ".system",
        ".archives",
        ".tcp",
        ".udp",
    ]
    .iter()
    .any(|end| path.ends_with(end))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

fn compare(action: &str, path: &str, real: &Value, ours: &Value, found: &mut Vec<String>) {
    let forgiven = DIFFERENCES
        .iter()
        .any(|(of, end, _)| action.starts_with(of) && (end.is_empty() || path.ends_with(end)));
    if forgiven {
        return;
    }
    match (real, ours) {
        (Value::Object(real), Value::Object(ours)) => {
            let by_names = is_keyed_by_names(path)
                || (path.is_empty() && matches!(action, "app map" | "service status"))
                || action.starts_with("app map")
                || (action == "app catalog" && path == ".apps");
            if by_names {
                // A name that both know is compared with itself, any other with the first.
                let pairs = real.iter().filter_map(|(name, real)| {
                    Some((name, real, ours.get(name).or_else(|| ours.values().next())?))
                });
                for (name, real, ours) in pairs {
                    compare(action, &format!("{path}[{name}]"), real, ours, found);
                }
                return;
            }
            for key in real.keys().filter(|key| !ours.contains_key(*key)) {
                let path = format!("{path}.{key}");
                if !DIFFERENCES
                    .iter()
                    .any(|(of, end, _)| action.starts_with(of) && path.ends_with(end))
                {
                    found.push(format!("{action}: {path} is missing"));
                }
            }
            for (key, ours) in ours {
                let path = format!("{path}.{key}");
                match real.get(key) {
                    Some(real) => compare(action, &path, real, ours, found),
                    None if DIFFERENCES
                        .iter()
                        .any(|(of, end, _)| action.starts_with(of) && path.ends_with(end)) => {}
                    None => found.push(format!("{action}: {path} is not in the recording")),
                }
            }
        }
        (Value::Array(real), Value::Array(ours)) => {
            if let (Some(real), Some(ours)) = (real.first(), ours.first()) {
                compare(action, &format!("{path}[]"), real, ours, found);
            }
        }
        _ if kind(real) == kind(ours) => {}
        _ => found.push(format!(
            "{action}: {path} is {}, recorded as {}",
            kind(ours),
            kind(real)
        )),
    }
}

fn twin(version: &str, domain: &str) -> State {
    let person = |name: &str| Person {
        username: name.to_owned(),
        fullname: name.to_owned(),
        admin: false,
    };
    let plan = Blueprint {
        name: "twin".to_owned(),
        main_domain: domain.to_owned(),
        version: version.to_owned(),
        people: vec![person("alice"), person("bob")],
        // 12.1 was recorded with two domains, 12.0 with one.
        domains: if version.starts_with("12.1") {
            vec!["fleetdemo.org".to_owned()]
        } else {
            Vec::new()
        },
        certificate_days: 3649,
        self_signed: true,
        disk_free_percent: 50,
        apps: vec![Installed {
            app: "vaultwarden".to_owned(),
            domain: String::new(),
            path: "/demo".to_owned(),
            label: "Demo & co".to_owned(),
            allowed: Vec::new(),
            // 12.1 was recorded with an upgrade at hand, 12.0 without.
            behind: version.starts_with("12.1"),
        }],
        ..Blueprint::default()
    };
    let mut state = State::born(&plan, "Exercice-Tour-2026", clock::now());
    state.system.backups.push(Archive {
        name: "appb".to_owned(),
        at: clock::now(),
        description: String::new(),
        size: 57_894,
        apps: Vec::new(),
        system: Vec::new(),
    });
    state
}

/// One recorded request, its warnings and its result.
fn recorded(file: &str) -> Vec<(Vec<String>, Value)> {
    let path = format!(
        "{}/../../tests/fixtures/conversations/{file}",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    // The recorded app is played by another; its domain stays.
    let text = text
        .replace("fleetdemo.org", "FLEETDEMO.ORG")
        .replace("fleetdemo", "vaultwarden")
        .replace("FLEETDEMO.ORG", "fleetdemo.org")
        .replace("admin1", "admin");
    let mut asked: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let mut replies = Vec::new();
    for line in text.lines() {
        let Some((direction, message)) = line.split_once(' ') else {
            continue;
        };
        let message: Value = serde_json::from_str(message).unwrap();
        let Some(id) = message["id"].as_u64() else {
            continue;
        };
        match direction {
            ">" => {
                let argv = message["argv"].as_array().unwrap();
                asked.insert(
                    id,
                    argv.iter()
                        .map(|word| word.as_str().unwrap().to_owned())
                        .collect(),
                );
            }
            "<" if message["event"] == "result" => replies.push((asked[&id].clone(), message)),
            _ => {}
        }
    }
    replies
}

/// Answers a request as a conversation would, in order: writes change what is read afterwards.
fn answer(state: &mut State, argv: &[String]) -> Result<Value, Refusal> {
    let call = Call::from_argv(argv, Locale::English)
        .map_err(|misused| Refusal::misused(&misused, Locale::English))?;
    if actions::is_read(call.name) {
        return actions::read(state, &call, clock::now()).map(|answer| answer.value);
    }
    let plan = actions::plan(state, &call, false)?;
    Ok((plan.effect)(state, clock::now()))
}

fn check(file: &str, version: &str, domain: &str) {
    let mut state = twin(version, domain);
    let (mut found, mut compared) = (Vec::new(), 0);
    for (argv, result) in recorded(file) {
        let line = argv.join(" ");
        if NOT_SIMULATED
            .iter()
            .any(|(words, _)| line.starts_with(words))
        {
            continue;
        }
        compared += 1;
        let action = argv.iter().take_while(|word| {
            word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
        });
        let action: Vec<&str> = action.take(3).map(String::as_str).collect();
        let action =
            crate::grammar::find(&argv).map_or(action.join(" "), |(name, ..)| name.to_owned());
        match (result["ok"].as_bool().unwrap(), answer(&mut state, &argv)) {
            (true, Ok(ours)) => compare(&action, "", &result["result"], &ours, &mut found),
            (false, Err(refusal)) => {
                if result["key"] != refusal.key.as_str() {
                    found.push(format!(
                        "{line}: refused with {}, recorded {}",
                        refusal.key, result["key"]
                    ));
                }
                let same_words = result["message"] == refusal.message.as_str();
                if !same_words && !matches!(refusal.key.as_str(), "usage") {
                    found.push(format!(
                        "{line}: {:?}, recorded {}",
                        refusal.message, result["message"]
                    ));
                }
            }
            (true, Err(refusal)) => found.push(format!("{line}: refused with {}", refusal.key)),
            (false, Ok(_)) => found.push(format!(
                "{line}: accepted, recorded as refused with {}",
                result["key"]
            )),
        }
    }
    assert!(found.is_empty(), "{file}:\n{}", found.join("\n"));
    assert!(compared >= 50, "only {compared} requests were compared");
}

#[test]
fn answers_have_the_keys_and_types_that_12_1_was_recorded_with() {
    check("actions-12.1.25.ndjson", "12.1.25", "main.example.test");
}

#[test]
fn answers_have_the_keys_and_types_that_12_0_was_recorded_with() {
    check("actions-12.0.17.ndjson", "12.0.17", "old.example.test");
}

#[test]
fn every_difference_says_why() {
    for (_, reason) in NOT_SIMULATED {
        assert!(reason.len() > 10);
    }
    for (.., reason) in DIFFERENCES {
        assert!(reason.len() > 10);
    }
}
