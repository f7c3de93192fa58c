//! The lid closes, or the server dies, at each step: the old release goes on answering, and the next deployment is right.

use crate::standin::App;
use crate::world::{World, greeting};

#[test]
fn killed_at_each_step_of_the_first_deployment_the_next_one_is_right() {
    for step in [
        "Looking at",
        "Adding the domain",
        "Sending what",
        "Installing the app",
    ] {
        let world = World::new();
        let app = App::example("node");
        let file = app.path().join("towerify/config.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replacen("tour.example", "new.tour.example", 1)).unwrap();
        world.killed_at(app.path(), &["deploy"], step);
        greeting(&app, "the second try");
        world.deployed(&app);
        let (status, body) = world.standin.get_of("new.tour.example", "/hello/");
        assert_eq!(
            (status, body.as_str()),
            (200, "Hello from the second try, dear reader\n"),
            "{step}"
        );
        let info = world.standin.info(&app);
        let facts = world.json(app.path(), &["status"]).json();
        assert_eq!(info["version"], facts["version"], "{step}");
    }
}

#[test]
fn killed_at_each_step_of_a_further_deployment_the_old_release_answers_and_the_next_one_is_right() {
    let world = World::new();
    let app = App::example("node");
    world.deployed(&app);
    for step in [
        "Looking at",
        "Sending what",
        "checks what came",
        "Preparing the release",
        "Starting the release",
    ] {
        greeting(&app, &format!("what was killed at {step}"));
        world.killed_at(app.path(), &["deploy"], step);
        assert_eq!(world.standin.get("/hello/").0, 200, "{step}");
        greeting(&app, &format!("what came after {step}"));
        world.deployed(&app);
        let body = world.standin.get("/hello/").1;
        assert_eq!(
            body,
            format!("Hello from what came after {step}, dear reader\n")
        );
    }
}

#[test]
fn killed_while_the_package_is_upgraded_the_old_release_answers_and_the_next_one_is_right() {
    let world = World::new();
    let app = App::example("node");
    world.deployed(&app);
    let file = app.path().join("towerify/config.yaml");
    for (number, step) in ["Sending what", "Upgrading the app"]
        .into_iter()
        .enumerate()
    {
        let text = std::fs::read_to_string(&file).unwrap();
        let memory = format!("memory: {}M", 300 + number);
        let from = text.find("memory: ").unwrap();
        std::fs::write(
            &file,
            format!("{}{memory}{}", &text[..from], &text[from + 12..]),
        )
        .unwrap();
        greeting(&app, &format!("number {number}"));
        world.killed_at(app.path(), &["deploy"], step);
        assert_eq!(world.standin.get("/hello/").0, 200, "{step}");
        greeting(&app, &format!("what came after {number}"));
        world.deployed(&app);
        let body = world.standin.get("/hello/").1;
        assert_eq!(
            body,
            format!("Hello from what came after {number}, dear reader\n"),
            "{step}"
        );
        let unit = world
            .standin
            .read("etc/systemd/system/hello_node_dev@.service");
        assert!(
            unit.contains(&format!("MemoryMax={}M", 300 + number)),
            "{unit}"
        );
        let again = world.deployed(&app);
        assert_eq!(again["unchanged"], true, "{step}: {again}");
    }
}

/// The Nth call that begins so takes whoever makes it along, and all that belongs to it.
const FAULTS: [(&str, u32); 6] = [
    ("systemctl daemon-reload", 1),
    ("systemctl start", 1),
    ("systemctl is-active", 1),
    ("systemctl enable", 1),
    ("systemctl reload nginx", 1),
    ("systemctl disable", 1),
];

#[test]
fn a_server_that_dies_at_each_step_of_a_deployment_leaves_the_old_release() {
    let world = World::new();
    let app = App::example("node");
    world.deployed(&app);
    for (word, nth) in FAULTS.into_iter().skip(1) {
        greeting(&app, &format!("what died at {word}"));
        world.standin.fault(word, nth);
        let ended = world.json(app.path(), &["deploy"]);
        assert_eq!(
            (ended.status, ended.code().as_str()),
            (1, "cut"),
            "{word}: {ended:?}"
        );
        assert!(
            ended.err.contains("The release before goes on answering"),
            "{ended:?}"
        );
        assert_eq!(world.standin.get("/hello/").0, 200, "{word}");
        greeting(&app, &format!("what came after {word}"));
        world.deployed(&app);
        let body = world.standin.get("/hello/").1;
        assert_eq!(
            body,
            format!("Hello from what came after {word}, dear reader\n")
        );
    }
}

#[test]
fn a_server_that_dies_at_each_step_of_an_upgrade_leaves_the_old_release() {
    let world = World::new();
    let app = App::example("node");
    world.deployed(&app);
    let file = app.path().join("towerify/config.yaml");
    for (number, (word, nth)) in FAULTS.into_iter().enumerate() {
        let text = std::fs::read_to_string(&file).unwrap();
        let from = text.find("memory: ").unwrap();
        let memory = format!("memory: {}M", 300 + number);
        std::fs::write(
            &file,
            format!("{}{memory}{}", &text[..from], &text[from + 12..]),
        )
        .unwrap();
        greeting(&app, &format!("what died at {word}"));
        world.standin.fault(word, nth);
        // Where YunoHost says in time that its script died, the same deployment begins again.
        let ended = world.json(app.path(), &["deploy"]);
        assert!([0, 1].contains(&ended.status), "{word}: {ended:?}");
        let (status, body) = world.standin.get("/hello/");
        assert_eq!(status, 200, "{word}");
        assert_eq!(world.standin.read("faults"), "", "it did die: {word}");
        assert!(
            ended.status == 1 || body.contains(&format!("what died at {word}")),
            "{word}: {body}"
        );
        greeting(&app, &format!("what came after {word}"));
        world.deployed(&app);
        let body = world.standin.get("/hello/").1;
        assert_eq!(
            body,
            format!("Hello from what came after {word}, dear reader\n")
        );
        let unit = world
            .standin
            .read("etc/systemd/system/hello_node_dev@.service");
        assert!(
            unit.contains(&memory.replace("memory: ", "MemoryMax=")),
            "{word}: {unit}"
        );
    }
}

#[test]
fn a_server_that_dies_in_the_first_install_is_deployed_to_all_the_same() {
    for (word, nth) in [
        ("systemctl daemon-reload", 1),
        ("systemctl start", 1),
        ("systemctl reload nginx", 1),
    ] {
        let world = World::new();
        let app = App::example("node");
        world.standin.fault(word, nth);
        let ended = world.json(app.path(), &["deploy"]);
        assert!([0, 1].contains(&ended.status), "{word}: {ended:?}");
        assert_eq!(world.standin.read("faults"), "", "it did die: {word}");
        world.deployed(&app);
        assert_eq!(world.standin.get("/hello/").0, 200, "{word}");
    }
}
