//! Replies that no server should give: each yields an error with its place, or is tolerated; none a panic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // All of it is tests.

use serde_json::{Value, json};
use towerify_yunohost::{
    Action, DECLARATIONS, ReplyError, apps, diagnosis, domains, logs, registry, services, updates,
    users, versions,
};

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, level| {
        if level % 2 == 0 {
            json!([inner])
        } else {
            json!({"users": inner})
        }
    })
}

/// Values that stand where they should not.
fn nonsense() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e308),
        json!(u64::MAX),
        json!(""),
        json!("\u{0}\u{202e}<script>alert(1)</script>"),
        json!("x".repeat(1_000_000)),
        json!([]),
        json!([null, [[]], {}]),
        json!({}),
        json!({"": {"": null}}),
        deep(100),
    ]
}

#[test]
fn nonsense_in_place_of_a_reply_never_panics() {
    for action in DECLARATIONS {
        let (_, check) = registry::find(action.name.split(' ')).unwrap();
        for value in nonsense() {
            if let Err(error) = check(value) {
                assert_eq!(error.action, action.name);
                assert!(error.to_string().len() < 600, "{}", error.to_string().len());
            }
        }
    }
}

/// Puts each nonsense at each place of each recorded reply, one at a time.
#[test]
fn nonsense_anywhere_in_a_true_reply_never_panics_and_is_never_repeated() {
    let marker = "Example-Secret-4711";
    let mut tried = 0;
    for line in include_str!("replies/replies.ndjson").lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (declaration, check) =
            registry::find(line["action"].as_str().unwrap().split(' ')).unwrap();
        let places = places(&line["reply"]);
        // A few hundred places a reply say as much as all of them.
        let step = places.len() / 150 + 1;
        for place in places.iter().step_by(step) {
            for value in [
                json!(marker),
                json!([marker]),
                json!({ "x": marker }),
                json!(7.5),
                json!(false),
                json!(null),
            ] {
                let mut reply = line["reply"].clone();
                *reply.pointer_mut(place).unwrap() = value;
                tried += 1;
                if let Err(error) = check(reply) {
                    assert!(
                        !error.to_string().contains(marker),
                        "{}: {error}",
                        declaration.name
                    );
                }
            }
        }
    }
    assert!(tried > 5_000, "{tried}");
}

fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, place: String, places: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| {
                walk(
                    value,
                    format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")),
                    places,
                );
            }),
            Value::Array(values) => values
                .iter()
                .enumerate()
                .for_each(|(index, value)| walk(value, format!("{place}/{index}"), places)),
            _ => {}
        }
        places.push(place);
    }
    let mut found = Vec::new();
    walk(value, String::new(), &mut found);
    found
}

fn error<A: Action>(reply: Value) -> (String, String, &'static str)
where
    A::Reply: std::fmt::Debug,
{
    let ReplyError {
        field,
        expected,
        found,
        ..
    } = A::parse(reply).unwrap_err();
    (field, expected, found)
}

#[test]
fn an_error_says_where_what_was_expected_and_what_was_there() {
    let check = |found: (String, String, &'static str), field: &str, expected: &str, kind: &str| {
        assert_eq!(
            (found.0.as_str(), found.1.as_str(), found.2),
            (field, expected, kind)
        );
    };
    check(
        error::<users::ListUsers>(json!({"users": {"ines": {"mail": 3}}})),
        "users.ines.mail",
        "a string",
        "a number",
    );
    check(
        error::<users::ListUsers>(json!({"users": []})),
        "users",
        "a map",
        "a list",
    );
    check(
        error::<versions::ShowVersions>(json!({"yunohost": {}})),
        "yunohost",
        "something with a field `version`",
        "an object",
    );
    check(
        error::<apps::ListApps>(json!({"apps": [{"name": "x"}, 7]})),
        "apps[1]",
        "struct App",
        "a number",
    );
    check(
        error::<domains::CheckUrl>(json!("yes")),
        ".",
        "a boolean",
        "a text",
    );
    check(
        error::<services::ShowServices>(json!({"nginx": "running"})),
        "nginx",
        "struct Service",
        "a text",
    );
    check(
        error::<logs::ListOperations>(json!({})),
        ".",
        "something with a field `operation`",
        "an object",
    );
    check(
        error::<users::ListUsers>(Value::Null),
        ".",
        "struct Users",
        "nothing",
    );
}

#[test]
fn what_differs_between_releases_is_read_from_both() {
    let old = apps::ListApps::parse(
        json!({"apps": [{"id": "x", "name": "X", "upgradable": "yes", "new_version": "2"}]}),
    )
    .unwrap();
    let new = apps::ListApps::parse(json!({"apps": [{"id": "x", "name": "X", "upgrade": {"status": "upgradable", "new_version": "2"}}]})).unwrap();
    for app in [&old.apps[0], &new.apps[0]] {
        assert!(app.upgradable().unwrap().is_upgradable());
        assert_eq!(app.next_version(), Some("2"));
    }
    let package = json!({"name": "p", "current_version": "1", "new_version": "2"});
    for system in [json!([package]), json!({"misc": [package]})] {
        let updates = updates::CheckUpdates::parse(json!({"system": system, "apps": []})).unwrap();
        assert_eq!(
            updates.system.packages()[0].new_version.as_deref(),
            Some("2")
        );
    }
    let one = services::ShowServices::parse(json!({"status": "running"}))
        .unwrap()
        .named(&["nginx".parse().unwrap()]);
    let many = services::ShowServices::parse(json!({"nginx": {"status": "running"}}))
        .unwrap()
        .named(&[]);
    assert_eq!(one, many);
    assert_eq!(
        diagnosis::ShowDiagnosis::parse(Value::Null)
            .unwrap()
            .reports,
        []
    );
    let tree = domains::ListDomains::parse(
        json!({"domains": {"a.example": {"b.a.example": {}}}, "main": "a.example"}),
    )
    .unwrap();
    assert_eq!(tree.names(), ["a.example", "b.a.example"]);
}

#[test]
fn what_a_server_leaves_out_or_calls_null_is_tolerated() {
    let said = json!({"users": {"ines": {"username": "ines", "fullname": null, "mail-alias": null, "groups": null}}});
    let users = users::ListUsers::parse(said).unwrap();
    assert_eq!(
        (
            users.users["ines"].fullname.as_str(),
            users.users["ines"].groups.len()
        ),
        ("", 0)
    );
    let unknown = apps::ShowApp::parse(
        json!({"name": "X", "permissions": null, "upgrade": null, "settings": {}}),
    )
    .unwrap();
    assert_eq!((unknown.permissions.len(), unknown.upgradable()), (0, None));
}

#[test]
fn a_word_that_is_not_known_is_kept() {
    let app = apps::ShowApp::parse(
        json!({"name": "X", "upgrade": {"status": "newly_invented"}, "novelty": 3}),
    )
    .unwrap();
    assert_eq!(
        app.upgradable(),
        Some(&apps::UpgradeState::Other("newly_invented".to_owned()))
    );
    assert_eq!(app.extra["novelty"], 3);
    assert_eq!(
        serde_json::to_value(&app).unwrap()["upgrade"]["status"],
        "newly_invented"
    );
}

#[test]
fn moments_are_read_with_and_without_a_zone() {
    let expected = "2026-11-22T10:25:12Z".parse().ok();
    assert_eq!(logs::instant("2026-11-22 10:25:12"), expected);
    assert_eq!(logs::instant("2026-11-22T10:25:12+00:00"), expected);
    assert_eq!(logs::instant("2026-11-22T11:25:12+01:00"), expected);
    assert!(logs::instant("2026-11-22 10:25:12.529351").is_some());
    for text in ["", "unknown", "yesterday", "2026-13-40 10:00:00"] {
        assert_eq!(logs::instant(text), None, "{text}");
    }
}
