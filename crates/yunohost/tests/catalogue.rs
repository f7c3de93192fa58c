//! The catalogue: texts, levels, search.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // All of it is tests.

use serde_json::json;
use towerify_yunohost::{
    Action,
    catalogue::{Catalogue, ShowCatalogue, State},
    text::Texts,
};

fn catalogue() -> Catalogue {
    ShowCatalogue::parse(json!({
        "apps": {
            "nuage": {"id": "nuage", "level": 8, "state": "working", "category": "synchronization", "logo_hash": null, "potential_alternative_to": ["Google Drive"],
                "manifest": {"id": "nuage", "name": "Nuage", "version": "1~ynh1", "description": {"en": "Share files", "fr": "Partager des fichiers à plusieurs"}}},
            "nuage_notes": {"id": "nuage_notes", "level": "?", "state": "inprogress", "subtags": ["notes"],
                "manifest": {"id": "nuage_notes", "name": "Notes du Nuage", "description": "Take notes"}},
            "epicea": {"id": "epicea", "level": 0, "state": "working", "manifest": {"name": "Épicéa", "description": {"de": "Bäume"}}},
            "casse": {"id": "casse", "level": 4, "state": "notworking"}
        },
        "categories": [{"id": "synchronization", "title": "Synchronisation", "description": "…", "icon": "refresh", "subtags": [{"id": "files", "title": "Files"}]}],
        "antifeatures": [{"id": "paid-content", "title": {"en": "Paid"}, "description": "…", "icon": "eur"}]
    }))
    .unwrap()
}

#[test]
fn levels_and_states_are_told_and_unknown_is_below_zero() {
    let catalogue = catalogue();
    let of = |id: &str| &catalogue.apps[id];
    assert_eq!(
        (
            of("nuage").level,
            of("nuage_notes").level,
            of("epicea").level
        ),
        (8, -1, 0)
    );
    assert_eq!(of("casse").state, Some(State::NotWorking));
    let sound: Vec<&str> = catalogue
        .apps
        .iter()
        .filter(|(_, app)| app.is_sound())
        .map(|(id, _)| id.as_str())
        .collect();
    assert_eq!(sound, ["nuage", "nuage_notes"]);
}

#[test]
fn a_text_falls_back_to_english_then_to_any() {
    let catalogue = catalogue();
    let summary = |id: &str, language: &str| catalogue.apps[id].summary(language).to_owned();
    assert_eq!(summary("nuage", "fr"), "Partager des fichiers à plusieurs");
    assert_eq!(summary("nuage", "pt"), "Share files");
    assert_eq!(summary("nuage_notes", "fr"), "Take notes");
    assert_eq!(summary("epicea", "fr"), "Bäume");
    assert_eq!(summary("casse", "fr"), "");
    assert_eq!(Texts::default().get("en"), None);
}

#[test]
fn search_finds_by_every_word_the_nearest_first() {
    let catalogue = catalogue();
    let check = |text: &str, expected: &[&str]| {
        let found: Vec<&str> = catalogue
            .search(text, "fr")
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        assert_eq!(found, expected, "{text:?}");
    };
    check("nuage", &["nuage", "nuage_notes"]);
    check("NOTES", &["nuage_notes"]);
    check("epicea", &["epicea"]);
    check("épi", &["epicea"]);
    check("google drive", &["nuage"]);
    check("fichiers plusieurs", &["nuage"]);
    check("fichiers notes", &[]);
    check("synchro", &["nuage"]);
    check("", &["casse", "epicea", "nuage_notes", "nuage"]);
}
