//! The portal's answers, as recorded with real servers, and what hostile ones would be.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by stopping"
)]

use serde_json::{Value, json};
use towerify_yunohost::{
    Secret,
    fields::Rule,
    portal::{
        Change, Me, Public, Refused, Tile, check_current_password, check_new_password,
        mail_as_sent, username_as_sent,
    },
    text::Texts,
};

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

fn answer(release: &str, name: &str) -> Value {
    let all = exchanges(release);
    let found = all.iter().find(|one| one["name"] == name).unwrap();
    serde_json::from_str(found["answer"].as_str().unwrap()).unwrap()
}

#[test]
fn every_recorded_answer_about_oneself_is_read() {
    let mut read = 0;
    for release in ["12.1.25", "12.0.17"] {
        for one in exchanges(release) {
            let (path, status) = (
                one["path"].as_str().unwrap(),
                one["status"].as_u64().unwrap(),
            );
            let said = one["answer"].as_str().unwrap();
            if status == 200 && path.ends_with("/me") {
                Me::read(serde_json::from_str(said).unwrap()).unwrap();
                read += 1;
            }
            if status == 200 && path.ends_with("/public") {
                Public::read(serde_json::from_str(said).unwrap()).unwrap();
                read += 1;
            }
        }
    }
    assert_eq!(read, 16);
}

#[test]
fn tiles_keep_what_each_release_says_of_them() {
    let me = Me::read(answer("12.1.25", "me-alice")).unwrap();
    let notes = &me.apps[0];
    assert_eq!(notes.permission, "multi.notes");
    assert_eq!(notes.order, 5);
    // A text that an administrator wrote has no language.
    assert_eq!(notes.description.get("fr"), Some("Notes of the house"));
    assert!(notes.logo.as_deref().unwrap().ends_with(".png"));
    let public = &me.apps[1];
    assert_eq!(public.description.get("fr"), Some("Page statique de test"));
    assert_eq!(
        public.address().as_deref(),
        Some("https://main.example.test/public")
    );
    let old = Me::read(answer("12.0.17", "me-alice")).unwrap();
    // The picture that 12.0 names where there is none.
    assert!(
        old.apps
            .iter()
            .all(|tile| tile.logo.is_none() && tile.order == 100)
    );
}

#[test]
fn what_may_be_changed_follows_the_flags_and_the_release() {
    let flags = |said: Value| {
        let public = Public::read(said).unwrap();
        (public.may_edit_aliases(), public.may_edit_forwards())
    };
    assert_eq!(flags(answer("12.1.25", "public-anon")), (true, true));
    assert_eq!(flags(answer("12.0.17", "public-anon")), (true, true));
    let touched = json!({"domain": "a.example", "portal_allow_edit_email_alias": 0, "portal_allow_edit_email_forward": 1});
    assert_eq!(flags(touched), (false, true));
}

#[test]
fn a_refusal_is_its_key_and_its_field_and_never_its_sentence() {
    let read = |name: &str| {
        let all = exchanges("12.1.25");
        let found = all.iter().find(|one| one["name"] == name).unwrap();
        let refused = Refused::read(found["answer"].as_str().unwrap().as_bytes());
        (refused.key, refused.field)
    };
    let of = |key: &str, field: Option<&str>| (key.to_owned(), field.map(str::to_owned));
    assert_eq!(
        read("update-alias-taken"),
        of("mail_already_exists", Some("mailalias"))
    );
    assert_eq!(
        read("update-pw-wrong-current"),
        of("invalid_password", Some("currentpassword"))
    );
    assert_eq!(
        read("update-pw-listed"),
        of("password_listed", Some("newpassword"))
    );
    assert_eq!(
        read("update-forward-forbidden"),
        of("mail_edit_operation_unauthorized", None)
    );
    assert_eq!(read("update-fullname-bad"), of("invalid", Some("fullname")));
    // It repeats a password: nothing of it is kept.
    assert_eq!(read("update-pw-at"), of("invalid", None));
    for hostile in [
        "",
        "null",
        "[]",
        "{\"error_key\": \"\\u001b[31m\", \"path\": 3}",
        "\u{0}",
    ] {
        let refused = Refused::read(hostile.as_bytes());
        assert_eq!(
            (refused.key.as_str(), refused.field),
            ("invalid", None),
            "{hostile}"
        );
    }
}

#[test]
fn only_a_plain_web_address_is_opened() {
    let tile = |url: &str| Tile {
        permission: String::new(),
        label: String::new(),
        url: url.to_owned(),
        description: Texts::default(),
        logo: None,
        order: 100,
    };
    for (url, expected) in [
        ("sub.example.test", Some("https://sub.example.test")),
        (
            "example.test/multi/notes",
            Some("https://example.test/multi/notes"),
        ),
        ("example.test/été", Some("https://example.test/été")),
        ("example.test/a?b=c#d", Some("https://example.test/a?b=c#d")),
        ("", None),
        ("/path", None),
        ("javascript:alert(1)", None),
        ("example.test:8443/", None),
        ("user@example.test/", None),
        ("example.test/a b", None),
        ("example.test/\u{202e}gpj", None),
        ("example.test/a\nb", None),
        ("example.test\\evil.example/", None),
        ("example.test/<script>", None),
        ("https://example.test/", None),
    ] {
        assert_eq!(tile(url).address().as_deref(), expected, "{url:?}");
    }
}

#[test]
fn a_hostile_answer_about_oneself_is_refused_or_bounded_and_never_panics() {
    for said in [
        json!(null),
        json!([]),
        json!({}),
        json!({"username": 3}),
        json!({"username": "a", "apps": []}),
        json!({"username": "a", "apps": {"x": 3}}),
        json!({"username": "a", "apps": {"x": {"url": {}}}}),
        json!({"username": "a", "mailalias": "b"}),
    ] {
        assert!(Me::read(said.clone()).is_err(), "{said}");
    }
    let logo = |path: &str| {
        let said = json!({"username": "a", "apps": {"x.main": {"label": "X", "url": "a.example", "logo": path}}});
        Me::read(said).unwrap().apps[0].logo.clone()
    };
    assert!(logo("/yunohost/sso/applogos/abc.png").is_some());
    for path in [
        "/yunohost/sso/applogos/None.png",
        "/yunohost/sso/applogos/../../api/users",
        "/yunohost/sso/applogos/..png.png",
        "https://evil.example/x.png",
        "/yunohost/sso/applogos/a/b.png",
        "",
    ] {
        assert_eq!(logo(path), None, "{path}");
    }
}

#[test]
fn passwords_and_names_are_checked_before_they_are_sent() {
    let new = |text: &str| check_new_password(&Secret::from(text.to_owned()));
    assert_eq!(new("long enough"), Ok(()));
    assert_eq!(new("Lièvre : été"), Ok(()));
    assert_eq!(new(""), Err(Rule::Required));
    assert_eq!(new("seven77"), Err(Rule::PasswordTooShort));
    assert_eq!(new(&"x".repeat(127)), Err(Rule::PasswordTooLong));
    assert_eq!(new("@long enough"), Err(Rule::PasswordAt));
    assert_eq!(new("two\nlines of it"), Err(Rule::Invisible));
    let current = |text: &str| check_current_password(&Secret::from(text.to_owned()));
    // An old password may be as short as it was allowed to be.
    assert_eq!(current("x"), Ok(()));
    assert_eq!(current(""), Err(Rule::Required));
    assert_eq!(current("@x"), Err(Rule::PasswordAt));
    assert_eq!(username_as_sent("  A.Perrin "), "a.perrin");
    assert_eq!(mail_as_sent(" Aude@Example.TEST "), "Aude@example.test");
    assert_eq!(mail_as_sent("nothing"), "nothing");
}

#[test]
fn a_change_holds_only_what_was_asked_and_is_compared_with_what_the_server_shows() {
    let mut me = Me::read(answer("12.1.25", "me-alice")).unwrap();
    let nothing = Change::default();
    assert!(nothing.is_empty() && nothing.is_done(&me));
    let change = Change {
        fullname: Some("Alice  Autre".parse().unwrap()),
        mailforward: Some(Vec::new()),
        ..Change::default()
    };
    assert_eq!(
        change.body(),
        json!({"fullname": "Alice  Autre", "mailforward": []})
    );
    assert!(!change.is_done(&me));
    me.fullname = "Alice Autre".to_owned();
    assert!(change.is_done(&me), "the server keeps one space");
    me.mailforward = vec!["a@b.example".to_owned()];
    assert!(!change.is_done(&me));
}
