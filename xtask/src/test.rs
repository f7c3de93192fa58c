//! `cargo xtask test`: sets everything up, then runs every check and every test, and says how many ran.
//! A step that fails ends the command with how to run that step alone.

use std::time::Instant;

use crate::program::{Failure, Outcome, Program, root};
use crate::system::{self, Purpose};
use crate::tally::Tally;
use crate::{interface, tidy};

/// Both clippy and the tests build exactly this, so that cargo never builds one thing in two ways.
pub const EVERYTHING: [&str; 3] = [
    "--workspace",
    "--features",
    "towerify-desktop/custom-protocol",
];

/// The tests use features of crates that the programs do not, and cargo turns those on as soon as one test is built with
/// them: with this one, the smallest there is, the programs are built from the very crates that the tests left behind.
pub const AS_THE_TESTS_DO: [&str; 2] = ["--test", "roles"];

/// The end-to-end tests' target, in the desktop package.
pub const DESKTOP_TESTS: &str = "desktop";

struct Step {
    name: &'static str,
    what: &'static str,
    /// The steps that must have been done before this one, when it is run alone.
    needs: &'static [&'static str],
    run: fn() -> Outcome<Tally>,
}

/// In this order: what is quick to say no comes first.
const STEPS: &[Step] = &[
    Step {
        name: "system",
        what: "what the machine must have",
        needs: &[],
        run: || check(system::ready(Purpose::Tests)),
    },
    Step {
        name: "packages",
        what: "the interface's packages",
        needs: &["system"],
        run: || check(interface::packages()),
    },
    Step {
        name: "format",
        what: "Rust is formatted",
        needs: &[],
        run: format,
    },
    Step {
        name: "tidy",
        what: "the invariants of docs/ARCHITECTURE.md",
        needs: &[],
        run: || check(tidy::run()),
    },
    Step {
        name: "lint",
        what: "TypeScript is formatted and linted",
        needs: &["packages"],
        run: lint,
    },
    Step {
        name: "interface",
        what: "the interface's types, and its build",
        needs: &["packages"],
        run: || check(interface::build()),
    },
    Step {
        name: "clippy",
        what: "Rust's lints, every warning an error",
        needs: &["system", "interface"],
        run: clippy,
    },
    Step {
        name: "rust",
        what: "Rust's tests",
        needs: &["system", "interface"],
        run: rust,
    },
    Step {
        name: "screens",
        what: "the interface's tests",
        needs: &["packages"],
        run: screens,
    },
    Step {
        name: "desktop",
        what: "the real window, from end to end",
        needs: &["system", "interface"],
        run: desktop,
    },
];

/// Runs every step, or only those named and what they need.
pub fn run(only: &[String]) -> Outcome<()> {
    let steps = chosen(only)?;
    let mut tally = Tally::default();
    let began = Instant::now();
    let mut failed = None;
    for (number, step) in steps.iter().enumerate() {
        println!(
            "\n== {}/{} {}: {}",
            number + 1,
            steps.len(),
            step.name,
            step.what
        );
        let start = Instant::now();
        let (result, counted) = match (step.run)() {
            Ok(counted) if counted.failed() == 0 => ("ok", counted),
            Ok(counted) => ("FAILED", counted),
            Err(failure) => {
                println!("\n{}", failure.0);
                ("FAILED", Tally::one_failure(step.name))
            }
        };
        println!(
            "   {} {result} in {:.1} s",
            step.name,
            start.elapsed().as_secs_f32()
        );
        tally.add(counted);
        if result == "FAILED" {
            failed = Some(step.name);
            break;
        }
    }
    println!("\n{}", tally.table());
    println!("{:.0} s in all", began.elapsed().as_secs_f32());
    if let Some(name) = failed {
        println!("{}", stopped(name));
    }
    println!("{}", tally.sentence());
    match failed {
        Some(_) => Err(Failure(String::new())),
        None => Ok(()),
    }
}

/// What is said last when a step fails.
fn stopped(name: &str) -> String {
    format!("stopped at the step `{name}`. To run it alone: cargo xtask test --only {name}")
}

/// The steps asked for, with what each needs, in their order; all of them when none is named.
fn chosen(only: &[String]) -> Outcome<Vec<&'static Step>> {
    let mut wanted: Vec<&str> = Vec::new();
    for name in only {
        let step = STEPS.iter().find(|step| step.name == name).ok_or_else(|| {
            let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
            Failure(format!(
                "there is no step `{name}`; there are: {}",
                names.join(", ")
            ))
        })?;
        want(step, &mut wanted);
    }
    Ok(STEPS
        .iter()
        .filter(|step| only.is_empty() || wanted.contains(&step.name))
        .collect())
}

fn want(step: &'static Step, wanted: &mut Vec<&'static str>) {
    wanted.push(step.name);
    for need in STEPS
        .iter()
        .filter(|other| step.needs.contains(&other.name))
    {
        want(need, wanted);
    }
}

/// A step that counts no tests.
fn check(outcome: Outcome<()>) -> Outcome<Tally> {
    outcome.map(|()| Tally::default())
}

fn format() -> Outcome<Tally> {
    check(Program::cargo().args(["fmt", "--all", "--check"]).run())
}

fn lint() -> Outcome<Tally> {
    check(Program::npm().args(["run", "--silent", "lint"]).run())
}

fn clippy() -> Outcome<Tally> {
    // The lints of Cargo.toml are warnings, so that work in progress compiles; here they are errors.
    let clippy = |targets: &[&str]| {
        Program::cargo()
            .args(["clippy"])
            .args(targets)
            .args(EVERYTHING)
            .args(["--", "-D", "warnings"])
            .run()
    };
    clippy(&["--all-targets"])?;
    if has_desktop_tests()? {
        // "All targets" leaves out those with `test = false`.
        clippy(&["--test", DESKTOP_TESTS])?;
    }
    Ok(Tally::default())
}

fn rust() -> Outcome<Tally> {
    cargo_tests(
        "Rust",
        Program::cargo()
            .args(["test", "--no-fail-fast"])
            .args(EVERYTHING),
    )
}

fn screens() -> Outcome<Tally> {
    let report = root().join("target/xtask/vitest.json");
    if let Some(folder) = report.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if report.exists() {
        std::fs::remove_file(&report)?;
    }
    let file = format!("--outputFile.json={}", report.display());
    let passed = Program::npm()
        .args([
            "exec",
            "--",
            "vitest",
            "run",
            "--reporter=default",
            "--reporter=json",
            &file,
        ])
        .tee(|_| {})?;
    Tally::of_vitest("interface", &std::fs::read_to_string(&report)?)?.or_failure(passed)
}

fn desktop() -> Outcome<Tally> {
    if !has_desktop_tests()? {
        println!(
            "   there are no end-to-end tests yet (no test target `{DESKTOP_TESTS}` in the desktop package)"
        );
        return Ok(Tally::default());
    }
    let test = ["test", "--no-fail-fast", "--test", DESKTOP_TESTS];
    if !cfg!(target_os = "linux") {
        println!(
            "   the window is driven through WebKitGTK's driver, which only Linux has: left out here"
        );
        return Ok(Tally::one_skipped("desktop"));
    }
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    // A bus, and a display in memory large enough for the widest picture. The window must not find the person's own.
    let program = Program::new("dbus-run-session")
        .args([
            "--",
            "xvfb-run",
            "-a",
            "-s",
            "-screen 0 1600x1000x24",
            &cargo,
        ])
        .args(test)
        .args(EVERYTHING)
        .env("NO_AT_BRIDGE", "1")
        .env("GDK_BACKEND", "x11")
        .env("WAYLAND_DISPLAY", "");
    cargo_tests("desktop", program)
}

/// Does the desktop package have its end-to-end tests?
fn has_desktop_tests() -> Outcome<bool> {
    Ok(tidy::rooms::Rooms::read()?
        .test_targets("towerify-desktop")
        .any(|(name, _)| name == DESKTOP_TESTS))
}

fn cargo_tests(runner: &'static str, program: Program) -> Outcome<Tally> {
    let mut tally = Tally::none(runner);
    let passed = program.tee(|line| tally.read_libtest(line))?;
    tally.or_failure(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(only: &[&str]) -> Vec<&'static str> {
        let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
        chosen(&only)
            .unwrap()
            .iter()
            .map(|step| step.name)
            .collect()
    }

    #[test]
    fn a_step_alone_brings_what_it_needs_and_nothing_else() {
        assert_eq!(names(&["tidy"]), ["tidy"]);
        assert_eq!(
            names(&["rust"]),
            ["system", "packages", "interface", "rust"]
        );
    }

    #[test]
    fn without_a_name_every_step_runs() {
        assert_eq!(names(&[]).len(), STEPS.len());
    }

    #[test]
    fn an_unknown_step_is_refused_with_the_names_there_are() {
        let failure = chosen(&["rsut".to_owned()]).err().unwrap();
        assert!(failure.0.contains("`rsut`") && failure.0.contains("rust"));
    }

    #[test]
    fn what_a_step_needs_exists_and_comes_before_it() {
        for (place, step) in STEPS.iter().enumerate() {
            for need in step.needs {
                let before = STEPS.iter().position(|other| other.name == *need);
                assert!(
                    before.is_some_and(|before| before < place),
                    "{} needs {need}",
                    step.name
                );
            }
        }
    }

    #[test]
    fn a_failure_says_how_to_run_its_step_alone() {
        assert!(stopped("clippy").ends_with("cargo xtask test --only clippy"));
    }
}
