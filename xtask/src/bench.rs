//! `cargo xtask bench`: builds for release what is to be measured, and lets towerify-bench measure it.

use crate::interface;
use crate::program::{Outcome, Program, on_path};
use crate::run::selection;
use crate::system::{self, Purpose};

/// Builds and measures; the words go to towerify-bench, which explains them with `--help`.
pub fn run(words: &[String]) -> Outcome<()> {
    let asks = |word: &str| words.iter().any(|other| other == word);
    let help = asks("--help") || asks("-h");
    let window = !help && (asks("--window") || !(asks("--refresh") || asks("--store")));
    if !help {
        system::ready(Purpose::Tests)?;
    }
    if window {
        interface::packages()?;
        interface::build()?;
    }
    let programs: &[&str] = if window {
        &["towerify-bench", "towerify-desktop"]
    } else {
        &["towerify-bench"]
    };
    Program::cargo()
        .args(["build"])
        .args(selection(true, programs))
        .run()?;
    let bench = crate::program::root().join("target/release/towerify-bench");
    let bench = bench.display().to_string();
    // A bus of its own, so that a Towerify that is open on this desktop is not what answers.
    let program = if window && on_path("dbus-run-session") {
        Program::new("dbus-run-session").args(["--", &bench])
    } else {
        Program::new(&bench)
    };
    program.args(words).run()
}
