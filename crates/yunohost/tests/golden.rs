//! Every reply that was recorded from real servers is read by its action, and nothing of it is lost.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // All of it is tests.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;
use towerify_yunohost::{Refusal, registry};

/// Actions that occur in the recorded conversations without a type of their own, and why.
const NOT_TYPED: &[(&str, &str)] = &[
    ("app action list", "apps' own actions are not offered"),
    ("app config get", "settings of apps come later"),
    (
        "app setting",
        "settings of apps hold secrets and are never read",
    ),
    (
        "diagnosis get",
        "the driver's own shape of one category; `diagnosis show` is used",
    ),
    ("domain config get", "settings of domains come later"),
    ("domain dns suggest", "DNS records come later"),
    ("hook list", "hooks are not offered"),
    ("storage disk list", "disks come later"),
    (
        "tools regen-conf",
        "regeneration of configuration comes later",
    ),
];

/// What is dropped on purpose: by the end of its place in the reply, and why.
const DROPPED: &[(&str, &str)] = &[
    (
        "settings",
        "an app's settings hold passwords and tokens; a chosen few are kept",
    ),
    (
        "metadata.env",
        "answers to an app's questions stand in a script's environment",
    ),
    ("metadata.args", "so they do in an operation's arguments"),
];

/// A reply with where it came from.
struct Recorded {
    source: String,
    words: Vec<String>,
    ok: Option<bool>,
    reply: Value,
    key: Option<String>,
}

fn conversations() -> Vec<Recorded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/conversations");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "ndjson")
    });
    files.sort();
    assert_eq!(files.len(), 11, "there are eleven conversations");
    files.iter().flat_map(|path| conversation(path)).collect()
}

fn conversation(path: &Path) -> Vec<Recorded> {
    let (mut asked, mut found) = (BTreeMap::<String, Vec<String>>::new(), Vec::new());
    for (number, line) in fs::read_to_string(path).unwrap().lines().enumerate() {
        // Requests that are malformed on purpose, and remarks, are no JSON.
        let Some(message) = line
            .get(2..)
            .and_then(|json| serde_json::from_str::<Value>(json).ok())
        else {
            continue;
        };
        let id = message["id"].to_string();
        match line.chars().next() {
            Some('>') => {
                let words = message["argv"].as_array().into_iter().flatten();
                asked.insert(
                    id,
                    words
                        .filter_map(|word| word.as_str().map(str::to_owned))
                        .collect(),
                );
            }
            Some('<') if message["event"] == "result" => found.push(Recorded {
                source: format!(
                    "{}:{}",
                    path.file_name().unwrap().to_str().unwrap(),
                    number + 1
                ),
                words: asked.get(&id).cloned().unwrap_or_default(),
                ok: message["ok"].as_bool(),
                reply: message["result"].clone(),
                key: message["key"].as_str().map(str::to_owned),
            }),
            _ => {}
        }
    }
    found
}

fn single_replies() -> Vec<Recorded> {
    include_str!("replies/replies.ndjson")
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            Recorded {
                source: line["source"].as_str().unwrap().to_owned(),
                words: line["action"]
                    .as_str()
                    .unwrap()
                    .split(' ')
                    .map(str::to_owned)
                    .collect(),
                ok: Some(true),
                reply: line["reply"].clone(),
                key: None,
            }
        })
        .collect()
}

/// Where `kept` has not what `reply` has. Numbers are compared by worth, and null is like nothing.
fn lost(reply: &Value, kept: &Value, place: &str, lost_at: &mut Vec<String>) {
    let dropped = DROPPED
        .iter()
        .any(|(end, _)| place == *end || place.ends_with(&format!(".{end}")));
    match (reply, kept) {
        _ if dropped => {}
        (Value::Object(reply), Value::Object(kept)) => {
            for (key, value) in reply {
                let place = if place.is_empty() {
                    key.clone()
                } else {
                    format!("{place}.{key}")
                };
                lost(
                    value,
                    kept.get(key).unwrap_or(&Value::Null),
                    &place,
                    lost_at,
                );
            }
        }
        (Value::Array(reply), Value::Array(kept)) if reply.len() == kept.len() => {
            for (index, (reply, kept)) in reply.iter().zip(kept).enumerate() {
                lost(reply, kept, &format!("{place}[{index}]"), lost_at);
            }
        }
        (Value::Number(reply), Value::Number(kept)) if reply.as_f64() == kept.as_f64() => {}
        (Value::String(text), Value::Object(kept))
            if kept.get("") == Some(&Value::String(text.clone())) => {}
        (Value::Null, _) => {}
        (reply, kept) if reply == kept => {}
        (reply, kept) => lost_at.push(format!("{place}: {reply} became {kept}")),
    }
}

/// What is wrong with how a reply is read, and whether it was read at all.
fn read(recorded: &Recorded) -> Result<bool, String> {
    let Some((declaration, check)) = registry::find(recorded.words.iter().map(String::as_str))
    else {
        let words = recorded.words.join(" ");
        let reasoned = NOT_TYPED
            .iter()
            .any(|(name, _)| words == *name || words.starts_with(&format!("{name} ")));
        return if reasoned {
            Ok(false)
        } else {
            Err(format!("{}: no action reads `{words}`", recorded.source))
        };
    };
    let kept =
        check(recorded.reply.clone()).map_err(|error| format!("{}: {error}", recorded.source))?;
    // A manifest is read into questions; its own tests say what is kept of it.
    if declaration.name == "app manifest" {
        return Ok(true);
    }
    let mut lost_at = Vec::new();
    lost(&recorded.reply, &kept, "", &mut lost_at);
    if lost_at.is_empty() {
        Ok(true)
    } else {
        Err(format!(
            "{}: {}: {}",
            recorded.source,
            declaration.name,
            lost_at.join("; ")
        ))
    }
}

#[test]
fn every_recorded_reply_is_read_by_its_action_and_nothing_is_lost() {
    let recorded = conversations();
    let answered = recorded
        .iter()
        .filter(|recorded| recorded.ok == Some(true) && !recorded.words.is_empty());
    let (mut typed, mut problems) = (0, Vec::new());
    for recorded in answered.chain(&single_replies()) {
        match read(recorded) {
            Ok(read) => typed += usize::from(read),
            Err(problem) => problems.push(problem),
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    // So that a change of the recordings' form cannot make this test pass by reading nothing.
    assert!(typed >= 150, "only {typed} replies were read");
}

#[test]
fn every_reason_for_a_reply_without_a_type_is_still_needed() {
    let recorded = conversations();
    let occurs = |name: &str| {
        recorded
            .iter()
            .any(|recorded| recorded.words.join(" ").starts_with(name))
    };
    let idle: Vec<_> = NOT_TYPED
        .iter()
        .filter(|(name, _)| !occurs(name) || registry::find(name.split(' ')).is_some())
        .collect();
    assert!(idle.is_empty(), "{idle:?}");
}

#[test]
fn every_recorded_refusal_has_a_reason_of_its_own() {
    /// Keys of the driver itself, and those that nobody acts on.
    const OTHERS: &[&str] = &[
        "backup_archive_name_exists",
        "backup_archive_name_unknown",
        "bad_request",
        "help",
        "lost_by_reboot",
        "lost_killed",
        "no_yunohost",
        "run_unknown",
        "not_a_read",
        "read_died",
    ];
    let mut unknown: Vec<String> = conversations()
        .into_iter()
        .filter_map(|recorded| recorded.key)
        .filter(|key| {
            matches!(Refusal::from_key(key), Refusal::Other(_)) && !OTHERS.contains(&key.as_str())
        })
        .collect();
    unknown.sort();
    unknown.dedup();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn no_secret_of_an_app_survives_reading() {
    let reply = serde_json::json!({"apps": [{"id": "x", "name": "X", "settings": {"domain": "a.example", "db_pwd": "Example-Secret-1"}}]});
    let (_, check) = registry::find(["app", "list"]).unwrap();
    assert!(
        !check(reply)
            .unwrap()
            .to_string()
            .contains("Example-Secret-1")
    );
    let reply = serde_json::json!({"name": "x", "metadata": {"env": {"YNH_APP_ARG_PASSWORD": "Example-Secret-2"}, "args": {"args": "password=Example-Secret-2"}}});
    let (_, check) = registry::find(["log", "show"]).unwrap();
    assert!(
        !check(reply)
            .unwrap()
            .to_string()
            .contains("Example-Secret-2")
    );
}

#[test]
fn given_a_reply_of_which_a_part_is_forgotten_the_comparison_says_so() {
    let (reply, kept) = (
        serde_json::json!({"a": {"b": [1, 2]}, "c": null}),
        serde_json::json!({"a": {"b": [1]}}),
    );
    let mut lost_at = Vec::new();
    lost(&reply, &kept, "", &mut lost_at);
    assert_eq!(lost_at, ["a.b: [1,2] became [1]"]);
}
