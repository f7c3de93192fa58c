//! What a person decides about runs, and what is looked for in their traces.

use crate::world::World;
use serde_json::{Value, json};
use towerify_sandbox::{Fault, Pace};

impl World {
    /// A run: a user is created.
    fn create_a_user(&self) -> crate::home::Ended {
        let password = self.home.file("user", "Vagues-et-Galets-2026");
        self.json(&[
            "users",
            "create",
            self.name(),
            "ines.calvet",
            "--fullname",
            "Inès Calvet",
            "--user-password-file",
            &password,
        ])
    }

    fn newest(&self) -> Value {
        self.json(&["runs", "list", "--limit", "1"]).json()[0].clone()
    }
}

#[test]
fn a_run_that_failed_is_taken_up_again_as_the_same_run() {
    let world = World::with_servers_added(1);
    let server = &world.fleet.servers()[0];
    server.faults().set(Fault::FullDisk);
    let failed = world.create_a_user();
    assert_eq!(failed.status, 1, "{failed:?}");
    let run = world.newest();
    assert_eq!(run["state"], "failed", "{run}");
    let open = world.json(&["runs", "list", "--open"]).json();
    assert_eq!(open, json!([]), "what failed is over");
    let of_kind = world
        .json(&["runs", "list", "--kind", "user_create"])
        .json();
    assert_eq!(of_kind[0]["id"], run["id"]);
    assert_eq!(world.json(&["runs", "list", "--kind", "fly"]).status, 2);

    server.faults().clear();
    let retried = world.json(&["runs", "retry", "last"]);
    assert_eq!(retried.status, 0, "{retried:?}");
    assert_eq!(
        (&retried.json()["ok"], &retried.json()["run"]["row"]["id"]),
        (&json!(true), &run["id"])
    );
    let again = world.json(&["runs", "retry", "last"]);
    assert_eq!(
        again.status, 1,
        "what is done is not taken up again: {again:?}"
    );
}

#[test]
fn what_is_over_can_be_neither_held_nor_cancelled_nor_let_go_on() {
    let world = World::with_servers_added(1);
    assert_eq!(world.create_a_user().status, 0);
    for act in ["pause", "cancel", "resume"] {
        let refused = world.json(&["runs", act, "last"]);
        assert_eq!(refused.status, 1, "{act}: {refused:?}");
        assert!(refused.out.is_empty(), "{act}: {refused:?}");
    }
    assert_eq!(world.newest()["state"], "done");
    let unasked = world.json(&["runs", "undo", "last"]);
    assert_eq!(
        (unasked.status, unasked.code().as_str()),
        (1, "not_confirmed")
    );
}

#[test]
fn a_trace_is_searched_and_written_into_a_file() {
    let world = World::with_servers_added(1);
    assert_eq!(world.create_a_user().status, 0);
    let all = world.json(&["runs", "trace", "last"]).json();
    let all = all.as_array().unwrap();
    assert!(all.len() > 2);
    let some = world
        .json(&["runs", "trace", "last", "--search", "INES"])
        .json();
    let some = some.as_array().unwrap();
    assert!(!some.is_empty() && some.len() < all.len(), "{some:?}");
    for line in some {
        assert!(line["text"].as_str().unwrap().contains("ines"), "{line}");
    }
    let none = world.json(&["runs", "trace", "last", "--search", "no such words"]);
    assert_eq!((none.status, none.json()), (0, json!([])));

    let file = world.home.path("trace.txt");
    let written = world.json(&[
        "runs",
        "trace",
        "last",
        "--export",
        &file.display().to_string(),
    ]);
    assert_eq!(written.status, 0, "{written:?}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("ines.calvet") && !text.contains("Vagues-et-Galets"),
        "{text}"
    );
    assert!(text.lines().count() > all.len());
}

#[test]
fn a_run_is_held_from_another_call_of_the_program_and_goes_on_when_told() {
    let world = World::at_pace(1, Pace::Real).add_all();
    let password = world.home.file("user", "Vagues-et-Galets-2026");
    let create = [
        "users",
        "create",
        world.name(),
        "ines.calvet",
        "--fullname",
        "Inès Calvet",
        "--user-password-file",
        &password,
    ];
    world.home.killed_at(&create, "Begun on the server");
    let held = world.json(&["runs", "pause", "last"]);
    assert_eq!(held.status, 0, "{held:?}");
    // The step at work comes to its end first, in this call or in the next one that opens the workspace.
    let followed = world.json(&["runs", "follow", "last"]);
    let state = world.newest()["state"].clone();
    if state == "paused" {
        assert_eq!(followed.status, 1, "{followed:?}");
        let resumed = world.json(&["runs", "resume", "last"]);
        assert_eq!(resumed.status, 0, "{resumed:?}");
    }
    assert_eq!(world.newest()["state"], "done");
    let users = world.json(&["users", "list", world.name()]).json();
    let named = |user: &&Value| user["username"] == "ines.calvet";
    assert_eq!(users.as_array().unwrap().iter().filter(named).count(), 1);
}
