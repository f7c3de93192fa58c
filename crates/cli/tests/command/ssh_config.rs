//! The hosts of `~/.ssh/config`: shown, taken into the fleet, left out with a reason.

use crate::home::Ended;
use crate::world::World;
use serde_json::{Value, json};
use std::fmt::Write as _;

impl World {
    /// `~/.ssh/config` with every server under its name, `~/.ssh/known_hosts` with the keys of the first `known`.
    fn with_ssh_config(&self, known: usize) {
        let folder = self.home.path(".ssh");
        std::fs::create_dir_all(&folder).unwrap();
        let (mut config, mut keys) = (String::new(), String::new());
        for (n, server) in self.fleet.servers().iter().enumerate() {
            let (name, port, user) = (&server.name, server.ssh_port, &server.user);
            let _ = writeln!(
                config,
                "Host {name}\n  HostName 127.0.0.1\n  Port {port}\n  User {user}"
            );
            if n < known {
                let key = &server.host_key.openssh;
                let _ = writeln!(keys, "[127.0.0.1]:{port} {key}");
            }
        }
        let _ = writeln!(
            config,
            "Host loin\n  ProxyJump rebond.example\nHost *\n  Compression yes"
        );
        std::fs::write(folder.join("config"), config).unwrap();
        std::fs::write(folder.join("known_hosts"), keys).unwrap();
    }

    fn import(&self, arguments: &[&str]) -> Ended {
        let login = self.home.path("login").display().to_string();
        let fixed = ["servers", "import-ssh", "--login-password-file", &login];
        self.json(&[&fixed, arguments].concat())
    }
}

/// Name and outcome of each host.
fn outcomes(ended: &Ended) -> Vec<(String, String)> {
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let rows = ended.json();
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| (text(row, "name"), text(row, "outcome")))
        .collect()
}

#[test]
fn hosts_whose_keys_are_known_are_added_and_the_others_said() {
    let world = World::new(2);
    world.with_ssh_config(1);
    let (known, other) = (&world.fleet.servers()[0], &world.fleet.servers()[1]);
    let outcome = |ended: &Ended, name: &str| {
        let found = outcomes(ended).into_iter().find(|row| row.0 == name);
        found.map(|row| row.1)
    };

    let dry = world.import(&["--dry-run"]);
    assert_eq!(dry.status, 0, "{dry:?}");
    assert_eq!(outcome(&dry, &known.name).unwrap(), "would_be_added");
    assert_eq!(outcome(&dry, &other.name).unwrap(), "left_out");
    assert_eq!(
        world.json(&["servers", "list"]).json(),
        json!([]),
        "nothing was added"
    );

    let ended = world.import(&["--tag", "maison"]);
    assert_eq!(ended.status, 3, "{ended:?}");
    assert_eq!(outcome(&ended, &known.name).unwrap(), "added");
    let rows = ended.json();
    let left = |name: &str| {
        let mut rows = rows.as_array().unwrap().iter();
        rows.find(|row| row["name"] == name).unwrap().clone()
    };
    let untrusted = left(&other.name);
    assert_eq!(untrusted["fingerprint"], json!(other.host_key.fingerprint));
    let behind = left("loin")["why"]["en"].as_str().unwrap().to_owned();
    assert!(behind.contains("rebond.example"), "{behind}");
    let listed = world.json(&["servers", "list"]).json();
    assert_eq!(
        (
            &listed[0]["name"],
            &listed[0]["tags"],
            listed.as_array().unwrap().len()
        ),
        (&json!(known.name), &json!(["maison"]), 1)
    );
    let detail = world.json(&["servers", "show", &known.name]).json();
    assert_eq!(detail["host_keys"][0]["how"], "known_hosts");

    let again = world.import(&[&known.name]);
    assert_eq!(
        (again.status, outcomes(&again)),
        (0, vec![(known.name.clone(), "there".to_owned())]),
        "{again:?}"
    );
}

#[test]
fn a_server_is_added_from_its_host_with_what_is_told_besides() {
    let world = World::new(2);
    world.with_ssh_config(1);
    let login = world.home.path("login").display().to_string();
    let add = |arguments: &[&str]| {
        let fixed = ["servers", "add", "--login-password-file", &login];
        world.json(&[&fixed, arguments].concat())
    };
    let (known, other) = (&world.fleet.servers()[0], &world.fleet.servers()[1]);

    let by_known_hosts = add(&["--from-ssh", &known.name]);
    assert_eq!(by_known_hosts.status, 0, "{by_known_hosts:?}");
    let row = by_known_hosts.json()["row"].clone();
    assert_eq!(
        (&row["name"], &row["address"]),
        (&json!(known.name), &json!("127.0.0.1"))
    );

    let unknown = add(&["--from-ssh", &other.name]);
    assert_eq!(
        (unknown.status, unknown.code().as_str()),
        (1, "host_key_unknown")
    );
    let fingerprint = &other.host_key.fingerprint;
    let told = add(&[
        "marne-9",
        "--from-ssh",
        &other.name,
        "--fingerprint",
        fingerprint,
    ]);
    assert_eq!(told.status, 0, "{told:?}");
    assert_eq!(told.json()["row"]["name"], "marne-9");
    assert_eq!(told.json()["port"], json!(other.ssh_port));

    let behind = add(&["--from-ssh", "loin"]);
    assert_eq!((behind.status, behind.code().as_str()), (1, "jump_unknown"));
    let missing = add(&["--from-ssh", "ailleurs"]);
    assert_eq!((missing.status, missing.code().as_str()), (1, "not_found"));
}

#[test]
fn without_a_configuration_there_is_nothing_to_import() {
    let world = World::new(1);
    let ended = world.import(&[]);
    assert_eq!((ended.status, ended.code().as_str()), (1, "not_found"));
}
