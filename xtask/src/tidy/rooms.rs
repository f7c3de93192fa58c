//! Who may know whom: the one table of it, checked against what cargo says of every package.

use serde_json::Value;

use super::Finding;
use crate::program::{Outcome, Program};

/// A room of the house, whom it may know, and whom its tests may know besides.
struct Room {
    name: &'static str,
    knows: &'static [&'static str],
    tests_know: &'static [&'static str],
}

/// The whole table. A room that is not here may know nobody, and says so.
const ROOMS: &[Room] = &[
    Room {
        name: "towerify-domain",
        knows: &[],
        tests_know: &[],
    },
    Room {
        name: "towerify-yunohost",
        knows: &[],
        tests_know: &[],
    },
    Room {
        name: "towerify-machine",
        knows: &["towerify-domain"],
        tests_know: &[],
    },
    Room {
        name: "towerify-ssh",
        knows: &[],
        tests_know: &["towerify-sandbox", "towerify-test-sshd"],
    },
    Room {
        name: "towerify-vault",
        knows: &[],
        tests_know: &[],
    },
    Room {
        name: "towerify-driver",
        knows: &["towerify-machine", "towerify-ssh", "towerify-yunohost"],
        tests_know: &["towerify-sandbox", "towerify-test-sshd"],
    },
    Room {
        name: "towerify-store",
        knows: &["towerify-domain", "towerify-yunohost", "towerify-vault"],
        tests_know: &[],
    },
    Room {
        name: "towerify-runs",
        knows: &["towerify-domain"],
        tests_know: &["towerify-sandbox", "towerify-test-sshd"],
    },
    // Deploys without a workspace: it knows neither the store nor the runs.
    Room {
        name: "towerify-deploy",
        knows: &["towerify-ssh", "towerify-driver", "towerify-yunohost"],
        tests_know: &["towerify-test-sshd"],
    },
    Room {
        name: "towerify-core",
        knows: &[
            "towerify-domain",
            "towerify-yunohost",
            "towerify-machine",
            "towerify-ssh",
            "towerify-driver",
            "towerify-vault",
            "towerify-store",
            "towerify-runs",
        ],
        tests_know: &[
            "towerify-sandbox",
            "towerify-test-sshd",
            "towerify-test-customers",
        ],
    },
    // Its tests speak to it with the real client: that is what it is for.
    Room {
        name: "towerify-sandbox",
        knows: &["towerify-domain", "towerify-machine", "towerify-yunohost"],
        tests_know: &["towerify-ssh", "towerify-driver"],
    },
    // The two faces start the training fleet; nothing below them does. In-house apps are deployed from the command line
    // alone, without a workspace: there `deploy` stands where `core` does elsewhere.
    Room {
        name: "towerify-cli",
        knows: &[
            "towerify-core",
            "towerify-deploy",
            "towerify-domain",
            "towerify-sandbox",
        ],
        tests_know: &[
            "towerify-yunohost",
            "towerify-test-sshd",
            "towerify-test-customers",
        ],
    },
    Room {
        name: "towerify-desktop",
        knows: &["towerify-core", "towerify-domain", "towerify-sandbox"],
        tests_know: &[
            "towerify-ssh",
            "towerify-test-sshd",
            "towerify-test-customers",
        ],
    },
    Room {
        name: "towerify-bench",
        knows: &[
            "towerify-core",
            "towerify-domain",
            "towerify-yunohost",
            "towerify-ssh",
            "towerify-driver",
            "towerify-vault",
            "towerify-store",
            "towerify-sandbox",
            "towerify-test-sshd",
        ],
        tests_know: &[],
    },
    // A real sshd, for tests and the bench.
    Room {
        name: "towerify-test-sshd",
        knows: &[],
        tests_know: &[],
    },
    // A workspace of two customers, written behind the core's back, for tests of who may do what.
    Room {
        name: "towerify-test-customers",
        knows: &[
            "towerify-core",
            "towerify-domain",
            "towerify-store",
            "towerify-vault",
        ],
        tests_know: &[],
    },
    Room {
        name: "xtask",
        knows: &[],
        tests_know: &[],
    },
];

/// Libraries with one door each: how their names begin, and which rooms may open it.
const DOORS: &[(&str, &[&str])] = &[
    ("tauri", &["towerify-desktop"]),
    // The sandbox is the other end of the line.
    ("russh", &["towerify-ssh", "towerify-sandbox"]),
    // The tests' customers are compared row by row, whatever tables there are.
    ("sqlx", &["towerify-store", "towerify-test-customers"]),
    ("libsqlite3-sys", &["towerify-store"]),
    ("reqwest", &["towerify-driver"]),
    ("axum", &["towerify-sandbox"]),
    ("argon2", &["towerify-vault"]),
    ("chacha20poly1305", &["towerify-vault"]),
    ("clap", &["towerify-cli"]),
    ("keyring-core", &["towerify-core"]),
    ("zbus", &["towerify-core"]),
    // The window's tests hold the phone.
    ("totp-rs", &["towerify-core", "towerify-desktop"]),
];

/// What cargo says of the packages of the workspace.
pub struct Rooms {
    packages: Vec<Value>,
}

impl Rooms {
    /// Asks cargo.
    pub fn read() -> Outcome<Self> {
        let said = Program::cargo()
            .args([
                "metadata",
                "--no-deps",
                "--format-version",
                "1",
                "--offline",
            ])
            .capture()?;
        Self::of(&said)
    }

    /// From what `cargo metadata` prints.
    fn of(said: &str) -> Outcome<Self> {
        let said: Value = serde_json::from_str(said)?;
        Ok(Self {
            packages: list(&said, "packages").to_vec(),
        })
    }

    /// The test targets of a package, and whether a plain `cargo test` runs them.
    pub fn test_targets(&self, package: &str) -> impl Iterator<Item = (&str, bool)> {
        self.packages
            .iter()
            .filter(move |other| text(other, "name") == package)
            .flat_map(|package| list(package, "targets"))
            .filter(|target| list(target, "kind").iter().any(|kind| kind == "test"))
            .map(|target| {
                (
                    text(target, "name"),
                    target.get("test") == Some(&Value::Bool(true)),
                )
            })
    }

    /// What all packages together depend on directly, our own rooms left out.
    pub fn dependencies(&self) -> Vec<String> {
        let names = self
            .packages
            .iter()
            .flat_map(|package| list(package, "dependencies"))
            .map(|dependency| text(dependency, "name"));
        names
            .filter(|name| !name.starts_with("towerify-"))
            .map(str::to_owned)
            .collect()
    }

    /// Everything that knows what it may not know, and every package that leaves out the workspace's lints.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for package in &self.packages {
            let name = text(package, "name");
            for dependency in list(package, "dependencies") {
                let is_of_tests = text(dependency, "kind") == "dev";
                findings.extend(knows(name, text(dependency, "name"), is_of_tests));
            }
            findings.extend(without_lints(package));
        }
        for (test, runs_by_itself) in self.test_targets("towerify-desktop") {
            if test == crate::test::DESKTOP_TESTS && runs_by_itself {
                findings.push(Finding::new(
                    "Cargo.toml",
                    format!("the test target `{test}` needs `test = false`: it wants a display, which a plain `cargo test` has not"),
                ));
            }
        }
        findings
    }
}

/// May `who` know `whom`?
fn knows(who: &str, whom: &str, is_of_tests: bool) -> Option<Finding> {
    let place = format!("package {who}");
    if whom.starts_with("towerify-") || whom == "xtask" {
        let Some(room) = ROOMS.iter().find(|room| room.name == who) else {
            return Some(Finding::new(
                place,
                "this room is not in the table of xtask/src/tidy/rooms.rs: say whom it may know",
            ));
        };
        let allowed = room.knows.contains(&whom) || is_of_tests && room.tests_know.contains(&whom);
        return (!allowed).then(|| {
            let of = if is_of_tests {
                "its tests may not know"
            } else {
                "it may not know"
            };
            Finding::new(
                place,
                format!("{of} {whom} (docs/ARCHITECTURE.md, \"Who may know whom\")"),
            )
        });
    }
    let (_, may) = DOORS.iter().find(|(door, _)| {
        whom == *door
            || whom
                .strip_prefix(door)
                .is_some_and(|rest| rest.starts_with('-') || rest.starts_with('_'))
    })?;
    // A test may speak to the simulated servers' other door.
    let excused = is_of_tests && whom == "reqwest" && who == "towerify-sandbox";
    (!may.contains(&who) && !excused)
        .then(|| Finding::new(place, format!("only {} may use {whom}", may.join(", "))))
}

fn without_lints(package: &Value) -> Option<Finding> {
    let manifest = text(package, "manifest_path");
    let written = std::fs::read_to_string(manifest).ok()?;
    (!takes_lints(&written)).then(|| {
        Finding::new(
            format!("package {}", text(package, "name")),
            "its Cargo.toml wants `[lints]` with `workspace = true`",
        )
    })
}

fn takes_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim);
    lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(who: &str, whom: &str, is_of_tests: bool, allowed: bool) {
        let found = knows(who, whom, is_of_tests);
        assert_eq!(found.is_none(), allowed, "{who} -> {whom}: {found:?}");
    }

    #[test]
    fn a_room_knows_those_below_it_and_nobody_else() {
        check("towerify-core", "towerify-store", false, true);
        check("towerify-domain", "towerify-yunohost", false, false);
        check("towerify-driver", "towerify-core", false, false);
        check("towerify-cli", "towerify-store", false, false);
        check("towerify-unknown", "towerify-domain", false, false);
    }

    #[test]
    fn the_training_fleet_is_for_the_faces_the_bench_and_the_tests() {
        check("towerify-core", "towerify-sandbox", true, true);
        check("towerify-core", "towerify-sandbox", false, false);
        check("towerify-desktop", "towerify-sandbox", false, true);
        check("towerify-store", "towerify-sandbox", true, false);
    }

    #[test]
    fn a_library_with_one_door_is_not_let_in_through_another() {
        check("towerify-ssh", "russh-sftp", false, true);
        check("towerify-driver", "russh", false, false);
        check("towerify-core", "sqlx", false, false);
        check("towerify-cli", "tauri-plugin-opener", false, false);
        check("towerify-core", "reqwest", false, false);
        check("towerify-core", "russhy", false, true);
    }

    #[test]
    fn the_end_to_end_tests_stay_out_of_a_plain_cargo_test() {
        let said = |test: bool| {
            format!(
                r#"{{"packages":[{{"name":"towerify-desktop","manifest_path":"/nowhere","dependencies":[],
                "targets":[{{"name":"desktop","kind":["test"],"test":{test}}}]}}]}}"#
            )
        };
        assert_eq!(Rooms::of(&said(true)).unwrap().findings().len(), 1);
        assert_eq!(Rooms::of(&said(false)).unwrap().findings(), []);
    }

    #[test]
    fn a_manifest_without_the_workspaces_lints_is_seen() {
        assert!(takes_lints("[package]\n[lints]\nworkspace = true\n"));
        assert!(!takes_lints("[package]\n"));
        assert!(!takes_lints("[lints]\nrust.unsafe_code = \"allow\"\n"));
    }
}
