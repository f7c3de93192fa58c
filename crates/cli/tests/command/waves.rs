//! Many servers at once: waves, the stop rule, dry runs, "retry the failed"; and schedules.

use crate::world::World;
use serde_json::{Value, json};
use towerify_sandbox::Fault;

/// Name and state of each server of a fleet run.
fn members(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let members = answer["fleet"]["members"].as_array().unwrap();
    members
        .iter()
        .map(|member| (text(&member["name"]), text(&member["state"])))
        .collect()
}

fn state_of(answer: &Value, name: &str) -> String {
    let found = members(answer).into_iter().find(|member| member.0 == name);
    found.unwrap().1
}

#[test]
fn a_change_goes_over_the_fleet_in_waves_and_the_failed_are_retried_alone() {
    let world = World::with_servers_added(3);
    let ill = &world.fleet.servers()[1];
    ill.faults().set(Fault::FullDisk);
    let run = [
        "fleet",
        "run",
        "--all",
        "--waves",
        "1,50%,rest",
        "restart-service",
        "nginx",
    ];
    let ended = world.json(&run);
    assert_eq!(ended.status, 3, "{ended:?}");
    let answer = ended.json();
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["fleet"]["row"]["waves"], 2, "{answer}");
    for server in world.fleet.servers() {
        let expected = if server.name == ill.name {
            "failed"
        } else {
            "done"
        };
        assert_eq!(state_of(&answer, &server.name), expected, "{answer}");
    }
    let listed = world.json(&["fleet", "list"]).json();
    assert_eq!(listed[0]["id"], answer["fleet"]["row"]["id"]);

    ill.faults().clear();
    let healthy = &world.fleet.servers()[0];
    let before = healthy
        .effects()
        .iter()
        .map(|effect| effect.times)
        .sum::<u32>();
    let retried = world.json(&["fleet", "retry", "last"]);
    assert_eq!(retried.status, 0, "{retried:?}");
    assert_eq!(state_of(&retried.json(), &ill.name), "done");
    let after = healthy
        .effects()
        .iter()
        .map(|effect| effect.times)
        .sum::<u32>();
    assert_eq!(before, after, "the healthy one is not touched again");
    let shown = world.json(&["fleet", "show", "last"]).json();
    assert!(members(&shown).iter().all(|member| member.1 == "done"));
}

#[test]
fn a_fleet_run_stops_by_its_rule_and_goes_on_when_told() {
    let world = World::with_servers_added(3);
    let first = &world.fleet.servers()[2];
    first.faults().set(Fault::FullDisk);
    let run = [
        "fleet",
        "run",
        "--tag",
        "exercice",
        "--waves",
        "1,rest",
        "--stop-after",
        "1",
        "--canary",
        &first.name,
        "restart-service",
        "nginx",
    ];
    let stopped = world.json(&run);
    assert_eq!(stopped.status, 1, "{stopped:?}");
    let answer = stopped.json();
    assert_eq!(answer["fleet"]["row"]["state"], "stopped", "{answer}");
    let left = members(&answer)
        .iter()
        .filter(|one| one.1 == "left")
        .count();
    assert_eq!(left, 2, "{answer}");

    let resumed = world.json(&["fleet", "resume", "last"]);
    assert_eq!(resumed.status, 3, "{resumed:?}");
    let answer = resumed.json();
    assert_eq!(answer["fleet"]["row"]["state"], "done", "{answer}");
    let done = members(&answer)
        .iter()
        .filter(|one| one.1 == "done")
        .count();
    assert_eq!(done, 2, "{answer}");
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let world = World::with_servers_added(2);
    let create = [
        "fleet",
        "run",
        "--all",
        "--dry-run",
        "create-user",
        "ines.calvet",
        "--fullname",
        "Inès Calvet",
    ];
    let ended = world.json(&create);
    assert_eq!(ended.status, 0, "{ended:?}");
    let answer = ended.json();
    assert_eq!(answer["fleet"]["row"]["dry"], true);
    for member in answer["fleet"]["members"].as_array().unwrap() {
        assert!(member["words"]["en"].is_string(), "{member}");
        assert_eq!(member["run"], Value::Null, "{member}");
    }
    assert_eq!(world.json(&["runs", "list"]).json(), json!([]));
    let users = world.json(&["users", "list", world.name()]).json();
    assert!(
        users
            .as_array()
            .unwrap()
            .iter()
            .all(|user| user["username"] != "ines.calvet")
    );
}

#[test]
fn where_is_told_in_one_way_and_what_destroys_is_asked_for() {
    let world = World::with_servers_added(1);
    for wrong in [
        &["fleet", "run", "diagnose"][..],
        &["fleet", "run", "--all", "--tag", "exercice", "diagnose"],
        &["fleet", "run", "--all", "--waves", "0", "diagnose"],
        &["fleet", "run", "--all", "--stop-after", "120%", "diagnose"],
        &["fleet", "run", "--all"],
        &["fleet", "show", "the-first"],
        &["schedules", "add", "nuit", "--all", "refresh"],
        &[
            "schedules",
            "add",
            "nuit",
            "--daily",
            "03:00",
            "--cron",
            "0 3 * * *",
            "--all",
            "refresh",
        ],
        &[
            "schedules",
            "add",
            "nuit",
            "--daily",
            "3h",
            "--all",
            "refresh",
        ],
    ] {
        let ended = world.json(wrong);
        assert_eq!(ended.status, 2, "{wrong:?}: {ended:?}");
    }
    let remove = ["fleet", "run", "--all", "remove-app", "nextcloud"];
    let unasked = world.json(&remove);
    assert_eq!(
        (unasked.status, unasked.code().as_str()),
        (1, "not_confirmed")
    );
    assert_eq!(world.json(&["fleet", "list"]).json(), json!([]));
    let nobody = world.json(&["fleet", "run", "--tag", "nowhere", "diagnose"]);
    assert_eq!(nobody.status, 1, "{nobody:?}");
}

#[test]
fn a_schedule_is_kept_rests_and_goes() {
    let world = World::with_servers_added(1);
    let add = [
        "schedules",
        "add",
        "Relecture du matin",
        "--weekly",
        "mon,thu@06:30",
        "--zone",
        "Europe/Paris",
        "--all",
        "refresh",
    ];
    let added = world.json(&add);
    assert_eq!(added.status, 0, "{added:?}");
    let row = added.json();
    assert_eq!(row["timing"]["zone"], "Europe/Paris");
    assert_eq!(row["timing"]["when"]["kind"], "weekly");
    assert!(!row["next"].as_array().unwrap().is_empty());
    assert_eq!(world.json(&add).status, 1, "a name is there once");

    let rests = world
        .json(&["schedules", "disable", "relecture du matin"])
        .json();
    assert_eq!(
        (&rests["enabled"], &rests["next"]),
        (&json!(false), &json!([]))
    );
    let again = world
        .json(&["schedules", "enable", row["id"].as_str().unwrap()])
        .json();
    assert_eq!(again["enabled"], true);
    assert_eq!(world.json(&["schedules", "missed"]).json(), json!([]));
    let table = world.home.towerify(&["--lang", "fr", "schedules", "list"]);
    assert!(
        table.out.contains("chaque lundi, jeudi 06:30 Europe/Paris"),
        "{}",
        table.out
    );

    let ran = world.json(&["schedules", "missed", "Relecture du matin", "--run"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["fleet"]["row"]["schedule"], row["id"]);

    let unasked = world.json(&["schedules", "delete", "Relecture du matin"]);
    assert_eq!(
        (unasked.status, unasked.code().as_str()),
        (1, "not_confirmed")
    );
    assert_eq!(
        world
            .json(&["schedules", "delete", "Relecture du matin", "--yes"])
            .status,
        0
    );
    assert_eq!(world.json(&["schedules", "list"]).json(), json!([]));
    let gone = world.json(&["schedules", "enable", "Relecture du matin"]);
    assert_eq!((gone.status, gone.code().as_str()), (1, "not_found"));
}
