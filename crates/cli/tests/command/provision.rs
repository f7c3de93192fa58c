//! A bare machine made into a server from the command line; what was put on it taken back; the server forgotten.

use crate::home::{Ended, Home};
use crate::world::RUNTIME;
use serde_json::{Value, json};
use towerify_sandbox::{BareMachine, Blueprint, Fleet, Obstacle, Options, Pace};

const DOMAIN: &str = "atelier.bremont.example";
const ADMIN_PASSWORD: &str = "Ardoise-et-Tilleul-1907";

/// A workspace, and one bare machine.
struct Site {
    home: Home,
    fleet: Fleet,
}

impl Site {
    fn new(blueprint: Blueprint) -> Self {
        let options = Options {
            pace: Pace::Instant,
            plan: vec![blueprint],
            ..Options::default()
        };
        let fleet = RUNTIME.block_on(Fleet::start(options)).unwrap();
        let home = Home::with_workspace();
        home.file("login", &fleet.machines()[0].password);
        Self { home, fleet }
    }

    fn bare() -> Self {
        Self::new(Blueprint::bare("atelier-neuf", DOMAIN))
    }

    fn machine(&self) -> &BareMachine {
        &self.fleet.machines()[0]
    }

    fn json(&self, arguments: &[&str]) -> Ended {
        self.home.towerify(&[&["--json"], arguments].concat())
    }

    /// `towerify provision` on the machine, with what is told besides.
    fn provision(&self, more: &[&str]) -> Ended {
        self.told(more, |arguments| self.json(arguments))
    }

    fn told<T>(&self, more: &[&str], call: impl FnOnce(&[&str]) -> T) -> T {
        let machine = self.machine();
        let (address, port) = (machine.address.to_string(), machine.ssh_port.to_string());
        let login = self.home.path("login").display().to_string();
        let resolver = self.fleet.resolver().to_string();
        let fixed = [
            "provision",
            &machine.name,
            "--address",
            &address,
            "--port",
            &port,
            "--user",
            &machine.user,
            "--login-password-file",
            &login,
            "--fingerprint",
            &machine.host_key.fingerprint,
            "--domain",
            DOMAIN,
            "--admin",
            "camille",
            "--fullname",
            "Camille Morvan",
            "--resolver",
            &resolver,
            "--second-way-in",
        ];
        call(&[&fixed, more].concat())
    }
}

#[test]
fn a_bare_machine_becomes_a_server_and_is_let_go_and_forgotten() {
    let site = Site::bare();
    let planned = site.provision(&["--plan", "--save-profile", "Atelier", "--mail", "no"]);
    assert_eq!(planned.status, 0, "{planned:?}");
    let plan = planned.json();
    assert_eq!(
        (&plan["ok"], &plan["preflight"]["beginning"]),
        (&json!(true), &json!("bare"))
    );
    assert!(plan["plan"].as_array().unwrap().len() > 10, "{plan}");
    assert!(site.machine().effects().is_empty(), "nothing was changed");
    assert_eq!(site.json(&["servers", "list"]).json(), json!([]));
    let profiles = site.json(&["profiles", "list"]).json();
    assert_eq!(
        (&profiles[0]["name"], &profiles[0]["choices"]["mail"]),
        (&json!("Atelier"), &json!(false))
    );

    let unasked = site.provision(&[]);
    assert_eq!(
        (unasked.status, unasked.code().as_str()),
        (1, "not_confirmed"),
        "{unasked:?}"
    );
    assert!(site.machine().effects().is_empty());

    let password = site.home.file("admin", ADMIN_PASSWORD);
    let ended = site.provision(&[
        "--yes",
        "--profile",
        "Atelier",
        "--admin-password-file",
        &password,
        "--customer",
        "Atelier Brémont",
    ]);
    assert_eq!(ended.status, 0, "{ended:?}");
    let answer = ended.json();
    assert_eq!(
        (&answer["ok"], &answer["report"]["done"]),
        (&json!(true), &json!(true))
    );
    assert!(
        !format!("{ended:?}").contains(ADMIN_PASSWORD),
        "no secret is told"
    );
    for effect in site.machine().effects() {
        assert_eq!(effect.times, 1, "{effect:?}");
    }
    let shown = site.json(&["servers", "show", "atelier-neuf"]).json();
    assert_eq!(
        (
            &shown["row"]["domain"],
            &shown["row"]["customer"],
            &shown["user"]
        ),
        (&json!(DOMAIN), &json!("Atelier Brémont"), &json!("camille"))
    );
    let report = site
        .home
        .towerify(&["--lang", "fr", "runs", "report", "last"]);
    assert!(report.out.contains(DOMAIN), "{report:?}");
    let trace = site.json(&["runs", "trace", "last"]);
    assert!(!trace.out.contains(ADMIN_PASSWORD));

    let off = site.json(&["servers", "api", "atelier-neuf", "off"]);
    assert_eq!(off.status, 0, "{off:?}");
    assert_eq!(
        site.json(&["servers", "api", "atelier-neuf", "perhaps"])
            .status,
        2
    );

    let removals = site.json(&["servers", "disconnect", "atelier-neuf", "--plan"]);
    assert!(
        !removals.json().as_array().unwrap().is_empty(),
        "{removals:?}"
    );
    let unasked = site.json(&["servers", "disconnect", "atelier-neuf"]);
    assert_eq!(unasked.code(), "not_confirmed");
    let gone = site.json(&["servers", "disconnect", "atelier-neuf", "--yes"]);
    assert_eq!(gone.status, 0, "{gone:?}");

    let losses = site
        .json(&["servers", "forget", "atelier-neuf", "--plan"])
        .json();
    assert!(!losses["lost"].as_array().unwrap().is_empty(), "{losses}");
    let unasked = site.json(&["servers", "forget", "atelier-neuf"]);
    assert_eq!(unasked.code(), "not_confirmed");
    assert_eq!(
        site.json(&["servers", "forget", "atelier-neuf", "--yes"])
            .status,
        0
    );
    assert_eq!(site.json(&["servers", "list"]).json(), json!([]));
}

#[test]
fn what_stands_in_the_way_is_said_before_anything_is_touched() {
    let blueprint = Blueprint::bare("atelier-neuf", DOMAIN).with(Obstacle::SmallDisk);
    let site = Site::new(blueprint);
    let planned = site.provision(&["--plan"]);
    assert_eq!(planned.status, 1, "{planned:?}");
    assert_eq!(planned.json()["ok"], false);
    let refused = site.provision(&["--yes"]);
    assert_eq!((refused.status, refused.code().as_str()), (1, "preflight"));
    let error: Value = serde_json::from_str(&refused.err).unwrap();
    let findings = error["error"]["params"]["preflight"]["findings"]
        .as_array()
        .unwrap();
    assert!(
        findings
            .iter()
            .any(|one| one["check"] == "disk" && one["verdict"] == "stop"),
        "{findings:?}"
    );
    assert!(site.machine().effects().is_empty());
    assert_eq!(site.json(&["servers", "list"]).json(), json!([]));
}

#[test]
fn bad_choices_are_refused_beside_their_fields_and_a_wrong_key_before_a_word_is_said() {
    let site = Site::bare();
    let bad = site.provision(&["--plan", "--admin", "root", "--never-ban", "everywhere"]);
    assert_eq!(bad.status, 2, "an answer is given once: {bad:?}");
    let file = site.home.file(
        "choices.json",
        &json!({ "never_ban": ["everywhere"], "ssh_port": 443 }).to_string(),
    );
    let bad = site.provision(&["--plan", "--choices-file", &file]);
    assert_eq!(
        (bad.status, bad.code().as_str()),
        (1, "invalid_fields"),
        "{bad:?}"
    );
    let error: Value = serde_json::from_str(&bad.err).unwrap();
    let fields = error["error"]["fields"].as_array().unwrap().clone();
    let named = |name: &str| fields.iter().any(|one| one["field"] == name);
    assert!(named("never_ban") && named("ssh_port"), "{fields:?}");
    let strange = site.home.file("strange.json", r#"{ "colour": "blue" }"#);
    assert_eq!(
        site.provision(&["--plan", "--choices-file", &strange])
            .status,
        2
    );
    let no_profile = site.provision(&["--plan", "--profile", "Aucun"]);
    assert_eq!(
        (no_profile.status, no_profile.code().as_str()),
        (1, "not_found")
    );

    let wrong = site.json(&[
        "provision",
        "atelier-neuf",
        "--address",
        "127.0.0.1",
        "--port",
        &site.machine().ssh_port.to_string(),
        "--fingerprint",
        &format!("SHA256:{}", "A".repeat(43)),
        "--domain",
        DOMAIN,
    ]);
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (1, "host_key_changed"),
        "{wrong:?}"
    );
    let nobody = site.json(&["provision", "atelier-neuf", "--domain", DOMAIN]);
    assert_eq!(
        (nobody.status, nobody.code().as_str()),
        (1, "not_found"),
        "{nobody:?}"
    );
}

#[test]
fn a_program_killed_in_the_middle_finds_the_machine_again_and_each_change_is_made_once() {
    let site = Site::bare();
    site.told(&["--yes"], |arguments| {
        site.home.killed_at(arguments, "✓ 4/")
    });
    let found = site.json(&["runs", "follow", "last"]);
    assert_eq!(found.status, 0, "{found:?}");
    let report = site.json(&["runs", "report", "last"]).json();
    assert_eq!(report["done"], true, "{report}");
    for effect in site.machine().effects() {
        assert_eq!(effect.times, 1, "{effect:?}");
    }
    let shown = site.json(&["servers", "show", "atelier-neuf"]).json();
    assert_eq!(shown["row"]["domain"], DOMAIN, "{shown}");
}
