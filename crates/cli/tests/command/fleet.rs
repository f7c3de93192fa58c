//! Against simulated servers: adding by fingerprint, refreshing, the main job, faults, and that no secret is told.

use crate::home::Home;
use crate::world::World;
use serde_json::{Value, json};
use towerify_sandbox::{Fault, Pace};

const USER_PASSWORD: &str = "Vagues-et-Galets-2026";
const APP_PASSWORD: &str = "Marées-et-Phares-2026";

#[test]
fn an_unknown_host_key_is_shown_and_refused_and_a_wrong_fingerprint_too() {
    let world = World::new(1);
    let server = &world.fleet.servers()[0];
    let unknown = world.add(server, None);
    assert_eq!(
        (unknown.status, unknown.code().as_str()),
        (1, "host_key_unknown")
    );
    let error: Value = serde_json::from_str(&unknown.err).unwrap();
    assert_eq!(
        error["error"]["params"]["fingerprint"],
        json!(server.host_key.fingerprint)
    );

    let wrong = world.add(server, Some(&format!("SHA256:{}", "A".repeat(43))));
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (1, "host_key_changed")
    );
    assert_eq!(
        world.json(&["servers", "list"]).json(),
        json!([]),
        "nothing was added"
    );

    let right = world.add(server, Some(&server.host_key.fingerprint));
    assert_eq!(right.status, 0, "{right:?}");
    assert_eq!(right.json()["row"]["name"], json!(server.name));
    assert_eq!(
        right.json()["host_keys"][0]["fingerprint"],
        json!(server.host_key.fingerprint)
    );

    let twice = world.add(server, Some(&server.host_key.fingerprint));
    assert_eq!((twice.status, twice.code().as_str()), (1, "server_exists"));
}

#[test]
fn a_refused_login_adds_nothing() {
    let world = World::new(1);
    world.home.file("login", "not the password");
    let server = &world.fleet.servers()[0];
    let ended = world.add(server, Some(&server.host_key.fingerprint));
    assert_eq!(
        (ended.status, ended.code().as_str()),
        (1, "authentication_failed"),
        "{ended:?}"
    );
    assert_eq!(world.json(&["servers", "list"]).json(), json!([]));
}

#[test]
fn refreshing_says_with_its_status_how_many_answered() {
    let world = World::with_servers_added(3);
    let all = world.json(&["servers", "refresh"]);
    assert_eq!(
        (all.status, all.json()["answered"].as_u64()),
        (0, Some(3)),
        "{all:?}"
    );

    let ill = &world.fleet.servers()[1];
    ill.faults().set(Fault::RefusedLogin);
    let some = world.json(&["servers", "refresh"]);
    assert_eq!(
        (some.status, some.json()["answered"].as_u64()),
        (3, Some(2)),
        "{some:?}"
    );
    assert_eq!(some.json()["failed"][0]["name"], json!(ill.name));
    assert_eq!(
        some.json()["failed"][0]["error"]["code"],
        "authentication_failed"
    );

    let none = world.json(&["servers", "refresh", &ill.name]);
    assert_eq!(
        (none.status, none.json()["answered"].as_u64()),
        (1, Some(0)),
        "{none:?}"
    );

    let listed = world
        .json(&["servers", "list", "--state", "unreachable"])
        .json();
    assert_eq!(
        (listed[0]["name"].clone(), listed.as_array().unwrap().len()),
        (json!(ill.name), 1)
    );
    let by_tag = world
        .json(&[
            "servers",
            "list",
            "--tag",
            "exercice",
            &world.fleet.servers()[2].name,
        ])
        .json();
    assert_eq!(by_tag[0]["name"], json!(world.fleet.servers()[2].name));

    ill.faults().clear();
    ill.faults().set(Fault::ChangedHostKey);
    let changed = world.json(&["servers", "refresh", &ill.name]);
    assert_eq!(
        changed.json()["failed"][0]["error"]["code"],
        "host_key_changed",
        "{changed:?}"
    );
}

#[test]
fn the_main_job_is_done_and_found_again_and_no_secret_is_told() {
    let world = World::with_servers_added(1);
    let name = world.name();
    let password = world.home.file("user", &format!("{USER_PASSWORD}\n"));
    let mut told = String::new();
    let mut done = |arguments: &[&str]| {
        let ended = world.json(arguments);
        assert_eq!(ended.status, 0, "{arguments:?}: {ended:?}");
        told.push_str(&ended.out);
        told.push_str(&ended.err);
        ended
    };

    let user = [
        "users",
        "create",
        name,
        "ines.calvet",
        "--fullname",
        "Inès Calvet",
        "--user-password-file",
        &password,
    ];
    let created = done(&user).json();
    assert_eq!(
        (
            created["ok"].clone(),
            created["run"]["row"]["state"].clone()
        ),
        (json!(true), json!("done"))
    );
    let users = done(&["users", "list", name]).json();
    assert!(
        users
            .as_array()
            .unwrap()
            .iter()
            .any(|user| user["username"] == "ines.calvet"),
        "{users}"
    );
    done(&[
        "users",
        "update",
        name,
        "ines.calvet",
        "--fullname",
        "Inès Calvet-Morvan",
    ]);

    let trace = done(&["runs", "show", "last", "--trace"]).json();
    assert!(!trace["trace"].as_array().unwrap().is_empty());
    let run = trace["run"]["row"]["id"].as_str().unwrap().to_owned();
    let followed = done(&["runs", "follow", &run]).lines();
    assert_eq!(
        followed.len(),
        trace["trace"].as_array().unwrap().len() + 1,
        "each line, then the run"
    );
    assert_eq!(followed.last().unwrap()["run"]["row"]["state"], "done");

    let permissions = done(&["permissions", "list", name]).json();
    if let Some(permission) = permissions[0]["id"].as_str() {
        done(&["permissions", "add", name, permission, "ines.calvet"]);
        done(&["permissions", "remove", name, permission, "ines.calvet"]);
    }
    assert!(
        done(&["runs", "list", "--state", "done"])
            .json()
            .as_array()
            .unwrap()
            .len()
            >= 2
    );

    let unasked = world.json(&["users", "delete", name, "ines.calvet"]);
    assert_eq!(
        (unasked.status, unasked.code().as_str()),
        (1, "not_confirmed")
    );
    done(&["users", "delete", name, "ines.calvet", "--yes"]);
    let again = world.json(&["users", "delete", name, "ines.calvet", "--yes"]);
    assert_eq!(again.status, 1, "{again:?}");
    assert!(!told.contains(USER_PASSWORD), "{told}");
}

#[test]
fn a_program_killed_in_the_middle_of_a_run_finds_it_again_and_its_effect_is_there_once() {
    let world = World::at_pace(1, Pace::Real).add_all();
    let name = world.name();
    let password = world.home.file("user", USER_PASSWORD);
    let create = [
        "users",
        "create",
        name,
        "ines.calvet",
        "--fullname",
        "Inès Calvet",
        "--user-password-file",
        &password,
    ];
    world.home.killed_at(&create, "Begun on the server");

    let found = world.json(&["runs", "follow", "last"]);
    assert_eq!(found.status, 0, "{found:?}");
    let runs = world.json(&["runs", "list"]).json();
    assert_eq!(
        (runs.as_array().unwrap().len(), &runs[0]["state"]),
        (1, &json!("done")),
        "{runs}"
    );
    let users = world.json(&["users", "list", name]).json();
    let of_that_name = users
        .as_array()
        .unwrap()
        .iter()
        .filter(|user| user["username"] == "ines.calvet")
        .count();
    assert_eq!(of_that_name, 1);
}

#[test]
fn a_bad_answer_is_refused_beside_its_field_before_the_server_is_asked() {
    let world = World::with_servers_added(1);
    let password = world.home.file("user", USER_PASSWORD);
    let ended = world.json(&[
        "users",
        "create",
        world.name(),
        "Inès Calvet",
        "--fullname",
        "<b>",
        "--user-password-file",
        &password,
    ]);
    assert_eq!(
        (ended.status, ended.code().as_str()),
        (1, "invalid_fields"),
        "{ended:?}"
    );
    let error: Value = serde_json::from_str(&ended.err).unwrap();
    let fields: Vec<_> = error["error"]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["field"])
        .collect();
    assert_eq!(fields, ["username", "fullname"]);
    assert_eq!(
        world.json(&["runs", "list"]).json(),
        json!([]),
        "no run was begun"
    );
}

#[test]
fn an_app_is_asked_about_installed_upgraded_and_removed() {
    let world = World::with_servers_added(1);
    let name = world.name();
    let catalogue = world.json(&["apps", "catalogue", name]).json();
    let can_be_had = |app: &&Value| app["installed"] == false && app["state"] == "working";
    let asks = |form: &Value, kind: &str| {
        form["questions"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["kind"] == kind)
    };
    // One that shares its domain, asks who may open it, and asks a secret.
    let (app, form) = catalogue
        .as_array()
        .unwrap()
        .iter()
        .filter(can_be_had)
        .map(|app| app["id"].as_str().unwrap().to_owned())
        .map(|app| {
            (
                app.clone(),
                world.json(&["apps", "questions", name, &app]).json(),
            )
        })
        .find(|(_, form)| {
            form["unmet"] == json!([]) && asks(form, "path") && asks(form, "password")
        })
        .expect("an app that asks a path and a password");
    let questions = form["questions"].as_array().unwrap();

    let strange = world.json(&[
        "apps",
        "install",
        name,
        &app,
        "--answer",
        "favourite_colour=blue",
    ]);
    assert_eq!(
        (strange.status, strange.code().as_str()),
        (1, "unknown_question")
    );
    let secret = questions
        .iter()
        .find(|question| question["secret"] == true)
        .expect("a secret question");
    let told = format!("{}=swordfish", secret["id"].as_str().unwrap());
    let refused = world.json(&["apps", "install", name, &app, "--answer", &told]);
    assert_eq!(refused.status, 2, "a secret is no argument: {refused:?}");

    let main_domain = &world.fleet.servers()[0].main_domain;
    let someone = world.json(&["users", "list", name]).json()[0]["username"]
        .as_str()
        .unwrap()
        .to_owned();
    let answer = |question: &Value| {
        let default = question["default"].as_str().map(str::to_owned);
        Some(match question["kind"].as_str().unwrap() {
            "note" => return None,
            "domain" => main_domain.clone(),
            "path" => "/essai".to_owned(),
            "user" => someone.clone(),
            "password" => APP_PASSWORD.to_owned(),
            _ => default.or_else(|| question["choices"][0]["value"].as_str().map(str::to_owned))?,
        })
    };
    let given: serde_json::Map<String, Value> = questions
        .iter()
        .filter_map(|question| {
            Some((
                question["id"].as_str().unwrap().to_owned(),
                json!(answer(question)?),
            ))
        })
        .collect();
    let file = world.home.file("answers.json", &json!(given).to_string());
    let ended = world.json(&[
        "apps",
        "install",
        name,
        &app,
        "--label",
        "Essai",
        "--answers-file",
        &file,
    ]);
    assert_eq!(ended.status, 0, "{ended:?}");
    let trace = world.json(&["runs", "show", "last", "--trace"]);
    assert!(!format!("{ended:?}{trace:?}").contains(APP_PASSWORD));
    let apps = world.json(&["apps", "list", name]).json();
    let installed = apps
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["label"] == "Essai")
        .expect("the app is listed");
    let id = installed["id"].as_str().unwrap();
    assert_eq!(
        world.json(&["apps", "remove", name, id]).code(),
        "not_confirmed"
    );
    let removed = world.json(&["apps", "remove", name, id, "--yes"]);
    assert_eq!(removed.status, 0, "{removed:?}");
    let apps = world.json(&["apps", "list", name]).json();
    assert!(apps.as_array().unwrap().iter().all(|row| row["id"] != id));
    assert_eq!(
        world.json(&["apps", "upgrade", name, id]).code(),
        "not_found"
    );
}

#[test]
fn the_demonstration_does_the_whole_main_job_and_says_so_step_by_step() {
    let home = Home::new();
    let before = std::time::Instant::now();
    let ended = home.bare(&["--json", "demo"], "");
    let steps = ended.lines();
    assert!(
        steps
            .iter()
            .all(|step| step["ok"] == true && step["ms"].is_u64()),
        "{ended:?}"
    );
    assert_eq!(ended.status, 0, "{ended:?}");
    assert!(before.elapsed().as_secs() < 60, "{:?}", before.elapsed());
    let names: Vec<&str> = steps
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    let expected = [
        "start_fleet",
        "create_workspace",
        "first_contact",
        "add_servers",
        "refresh",
        "create_user",
        "install_app",
        "give_access",
        "see_trace",
        "upgrade_app",
        "restart",
        "remove_app",
        "provision",
        "clean_up",
    ];
    assert_eq!(names, expected);
    assert_eq!(
        std::fs::read_dir(home.path("")).unwrap().count(),
        0,
        "the user's own program is left alone"
    );
}
