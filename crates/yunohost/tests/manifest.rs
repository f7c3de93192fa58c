//! Apps' questions in each shape they come in, and what is made of the answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // All of it is tests.

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use towerify_yunohost::{
    fields::Rule,
    manifest::{Answers, Manifest, QuestionKind, visible::is_visible},
};

/// Our own small app, as a server tells it: with a question of every kind that occurs.
fn everything() -> Manifest {
    Manifest::parse(json!({
        "packaging_format": 2.0, "id": "bazar", "name": "Bazar", "version": "1.0~ynh1",
        "description": {"en": "A bit of everything", "fr": "Un peu de tout"},
        "integration": {"multi_instance": true},
        "requirements": {"ram": {"id": "ram", "passed": false, "error": "Not enough"}},
        "notifications": {"PRE_INSTALL": {"main": {"en": "Read me", "fr": "Lisez-moi"}}, "POST_INSTALL": {}},
        "install": [
            {"type": "domain", "id": "domain", "name": null, "ask": "Choose the domain", "default": "a.example", "choices": {"a.example": "a.example ★", "b.example": "b.example"}},
            {"type": "path", "id": "path", "ask": "Path", "default": "/bazar"},
            {"type": "group", "id": "init_main_permission", "default": "visitors", "choices": {"visitors": "Visitors", "all_users": "All"}},
            {"type": "user", "id": "admin", "choices": {"ines": "ines (Inès)", "camille": "camille"}},
            {"type": "password", "id": "password", "default": "never-shown", "redact": true},
            {"type": "boolean", "id": "remote", "ask": {"en": "Elsewhere?"}, "default": "true", "yes": "1", "no": "0"},
            {"type": "url", "id": "remote_url", "ask": {"en": "Where?"}, "visible": "remote"},
            {"type": "string", "id": "api_token", "ask": {"en": "Token"}, "optional": true},
            {"type": "select", "id": "mode", "choices": ["", "plain", "sr@latin"], "default": "plain"},
            {"type": "select", "id": "engine", "choices": {"a": "Engine A", "b": {"en": "Engine B", "fr": "Moteur B"}}, "default": "a"},
            {"type": "tags", "id": "tags", "default": "", "optional": true},
            {"type": "number", "id": "count", "default": 5, "min": 1, "max": 10},
            {"type": "email", "id": "mail", "optional": true},
            {"type": "app", "id": "dex", "filter": "match(id, '^dex$')", "optional": true},
            {"type": "text", "id": "notes", "optional": true},
            {"type": "markdown", "id": "hint", "ask": {"en": "**Mind** this"}},
            {"type": "alert", "id": "warning", "ask": {"en": "Careful"}, "style": "warning"}
        ]
    }))
    .unwrap()
}

fn answered() -> Answers {
    Answers::new()
        .with("domain", "b.example")
        .with("admin", "ines")
        .with("password", "Violet & Tractor=88+é")
        .with("remote_url", "https://x.example/a?b=c&d")
        .with("api_token", "Example-Token-1")
}

#[test]
fn answers_are_sent_in_order_with_their_defaults_and_encoded() {
    let checked = everything().check(&answered()).unwrap();
    insta::assert_snapshot!(checked.encode().expose_secret(), @"domain=b.example&path=/bazar&init_main_permission=visitors&admin=ines&password=Violet%20%26%20Tractor%3D88%2B%C3%A9&remote=1&remote_url=https%3A//x.example/a%3Fb%3Dc%26d&api_token=Example-Token-1&mode=plain&engine=a&count=5");
}

#[test]
fn secret_answers_are_never_shown() {
    let (answers, checked) = (answered(), everything().check(&answered()).unwrap());
    let shown = format!(
        "{answers:?} {checked:?} {:?} {:?}",
        checked.shown(),
        checked.encode()
    );
    assert!(
        !shown.contains("Violet") && !shown.contains("Example-Token"),
        "{shown}"
    );
    assert!(shown.contains("b.example"));
}

#[test]
fn each_answer_that_cannot_be_taken_is_named_with_what_is_allowed() {
    let check = |id: &str, answer: &str, rule: Rule| {
        let problems = everything()
            .check(&answered().with(id, answer))
            .unwrap_err();
        assert_eq!(
            problems
                .iter()
                .map(|problem| (problem.question.as_str(), problem.rule))
                .collect::<Vec<_>>(),
            [(id, rule)],
            "{answer}"
        );
    };
    check("domain", "c.example", Rule::Choice);
    check("path", "/a b", Rule::Path);
    check("init_main_permission", "nobody", Rule::Choice);
    check("admin", "", Rule::Required);
    check("password", "", Rule::Required);
    check("password", "with{braces}", Rule::PasswordCharacters);
    check("remote", "perhaps", Rule::YesNo);
    check("remote_url", "ftp://x.example", Rule::Url);
    check("api_token", "a\nb", Rule::Invisible);
    check("mode", "fancy", Rule::Choice);
    check("engine", "c", Rule::Choice);
    check("count", "0", Rule::NumberTooSmall);
    check("count", "11", Rule::NumberTooBig);
    check("count", "five", Rule::Number);
    check("mail", "nobody", Rule::Mail);
    check("dex", "Not An App", Rule::App);
    check("hint", "x", Rule::Question);
    check("domian", "b.example", Rule::Question);
}

#[test]
fn the_domain_is_never_left_to_a_default() {
    let problems = everything().check(&Answers::new()).unwrap_err();
    let missing: Vec<&str> = problems
        .iter()
        .filter(|problem| problem.rule == Rule::Required)
        .map(|problem| problem.question.as_str())
        .collect();
    assert_eq!(missing, ["domain", "admin", "password", "remote_url"]);
}

#[test]
fn what_is_not_asked_is_not_sent() {
    let checked = everything()
        .check(&answered().with("remote", "no"))
        .unwrap();
    let encoded = checked.encode();
    assert!(
        encoded.expose_secret().contains("remote=0")
            && !encoded.expose_secret().contains("remote_url")
    );
}

#[test]
fn an_empty_answer_is_none_as_it_is_to_yunohost() {
    let of = |question: Value| {
        Manifest::parse(json!({"id": "x", "install": [question]}))
            .unwrap()
            .questions
            .remove(0)
            .check(Some(" "))
    };
    assert_eq!(
        of(json!({"id": "q", "type": "string"})),
        Err(Rule::Required)
    );
    assert_eq!(
        of(json!({"id": "q", "type": "string", "default": ""})),
        Err(Rule::Required)
    );
    assert_eq!(
        of(json!({"id": "q", "type": "string", "optional": true})),
        Ok(None)
    );
    assert_eq!(
        of(json!({"id": "q", "type": "select", "choices": ["", "a"], "optional": true})),
        Ok(None)
    );
    assert_eq!(
        of(json!({"id": "q", "type": "string", "default": "d"})),
        Ok(Some("d".to_owned()))
    );
    assert_eq!(
        of(json!({"id": "q", "type": "boolean"})),
        Ok(Some("0".to_owned()))
    );
}

/// YunoHost blackens in its operation log what was typed, as it was typed and through Python's `quote`
/// (`quote` of the password below gives exactly the text that is looked for).
#[test]
fn a_password_is_encoded_as_yunohost_looks_for_it_in_its_log() {
    let sent = everything()
        .check(&answered().with("password", "a b+c/d~é\"'%&=-_.!*()"))
        .unwrap()
        .encode();
    let quoted = "&password=a%20b%2Bc/d~%C3%A9%22%27%25%26%3D-_.%21%2A%28%29&";
    assert!(
        sent.expose_secret().contains(quoted),
        "{}",
        sent.expose_secret()
    );
}

#[test]
fn what_is_known_of_each_question() {
    let manifest = everything();
    let of = |id: &str| manifest.question(id).unwrap();
    assert_eq!(of("domain").ask.get("fr"), Some("Domaine"));
    assert_eq!(of("engine").choices[1].label.get("fr"), Some("Moteur B"));
    assert_eq!(of("engine").choices[0].label.get("fr"), Some("Engine A"));
    assert_eq!(of("mode").ask.get("fr"), Some("mode"));
    assert_eq!(of("remote").default.as_deref(), Some("yes"));
    assert_eq!(of("password").default, None);
    assert!(of("password").secret && of("api_token").secret && !of("mode").secret);
    assert!(!of("hint").kind.is_asked() && of("warning").style.as_deref() == Some("warning"));
    assert!(!manifest.requirements["ram"].passed);
    assert_eq!(manifest.multi_instance, Some(true));
    assert_eq!(manifest.pre_install["main"].get("fr"), Some("Lisez-moi"));
}

#[test]
fn the_three_shapes_of_questions_are_read_alike() {
    let question = json!({"type": "string", "ask": {"en": "Greeting"}, "default": "hello"});
    let with = |name: &str| {
        let mut question = question.clone();
        question[name] = json!("greeting");
        question
    };
    let of = |manifest: Value| Manifest::parse(manifest).unwrap().questions;
    let list = of(json!({"id": "x", "install": [with("id")]}));
    assert_eq!(
        list,
        of(json!({"id": "x", "install": {"greeting": question}}))
    );
    assert_eq!(
        list,
        of(
            json!({"id": "x", "arguments": {"install": [with("name")]}, "multi_instance": "false", "requirements": {"yunohost": ">> 3.8.0"}})
        )
    );
    assert_eq!(list.len(), 1);
}

#[test]
fn the_order_of_questions_is_the_app_s() {
    let manifest = Manifest::parse(json!({"id": "x", "install": {"z": {"type": "string"}, "a": {"type": "string"}, "m": {"type": "string"}}})).unwrap();
    assert_eq!(
        manifest
            .questions
            .iter()
            .map(|question| question.id.as_str())
            .collect::<Vec<_>>(),
        ["z", "a", "m"]
    );
}

#[test]
fn odd_questions_are_read_as_well_as_can_be() {
    let of = |question: Value| {
        Manifest::parse(json!({"id": "x", "install": [question]}))
            .unwrap()
            .questions
    };
    // YunoHost accepts choices as a text; packaging 1 had texts with choices where there is a select now.
    assert_eq!(
        of(json!({"id": "q", "type": "select", "choices": "one, two"}))[0]
            .choices
            .len(),
        2
    );
    assert_eq!(
        of(json!({"name": "q", "type": "string", "choices": ["one"]}))[0].kind,
        QuestionKind::Select
    );
    assert_eq!(
        of(json!({"id": "q", "type": "boolean", "default": 1, "yes": true, "no": false}))[0]
            .default
            .as_deref(),
        Some("yes")
    );
    assert_eq!(
        of(json!({"id": "q", "type": "hologram"}))[0].kind,
        QuestionKind::Other("hologram".to_owned())
    );
    assert_eq!(of(json!({"id": "q"}))[0].kind, QuestionKind::String);
    assert_eq!(of(json!({"type": "string"})), []);
    assert_eq!(
        of(json!({"id": "q", "type": "string", "help": "in one language"}))[0]
            .help
            .get("fr"),
        Some("in one language")
    );
    for id in [
        "passphrase",
        "admin_pw",
        "wifi_passphrase",
        "userpass",
        "rpc_secret",
        "weather_api_key",
        "registration_token",
    ] {
        assert!(of(json!({"id": id, "type": "string"}))[0].secret, "{id}");
    }
    for id in ["compass_direction", "bypass_mode", "token_free", "keyboard"] {
        assert_eq!(
            of(json!({"id": id, "type": "string"}))[0].secret,
            id.starts_with("token"),
            "{id}"
        );
    }
}

#[test]
fn a_path_is_brought_into_yunohost_s_form() {
    let question = Manifest::parse(json!({"id": "x", "install": [{"id": "path", "type": "path"}]}))
        .unwrap()
        .questions
        .remove(0);
    for (answer, sent) in [
        ("/", "/"),
        ("blog", "/blog"),
        ("/blog/", "/blog"),
        (" /a/b ", "/a/b"),
    ] {
        assert_eq!(
            question.check(Some(answer)),
            Ok(Some(sent.to_owned())),
            "{answer}"
        );
    }
}

#[test]
fn visibility_follows_the_other_answers() {
    let answer = |id: &str| match id {
        "yes" => Some("yes"),
        "one" => Some("1"),
        "no" => Some("0"),
        "mode" => Some("simple"),
        "empty" => Some(""),
        _ => None,
    };
    let check = |expression: &str, expected: bool| {
        assert_eq!(is_visible(expression, answer), expected, "{expression}")
    };
    for shown in [
        "yes",
        "! no",
        "!no",
        "!!yes",
        "one == true",
        "yes == one",
        "mode == 'simple'",
        "mode === \"simple\"",
        "mode != 'fancy'",
        "yes && one",
        "no || yes",
        "! (no && yes)",
        "(mode == 'x' || one) && !empty",
        "true",
        "!missing",
        "no == 0",
    ] {
        check(shown, true);
    }
    for hidden in [
        "no",
        "!yes",
        "empty",
        "missing",
        "false",
        "mode == 'fancy'",
        "mode !== 'simple'",
        "yes && no",
        "no || empty",
        "!(yes || no)",
    ] {
        check(hidden, false);
    }
    // Not understood: shown.
    let long = "!".repeat(2_000);
    for unknown in [
        "match(id, '^x$')",
        "yes &&",
        "(yes",
        "no)",
        "no + no",
        "no > 1",
        "'open",
        "",
        &"(".repeat(900),
        &"!".repeat(900),
        &long,
    ] {
        check(unknown, true);
    }
}
