//! `cargo xtask bench`: builds for release what is to be measured, and lets towerify-bench measure it.

use crate::interface;
use crate::program::{Outcome, Program};

/// Builds and measures; the words go to towerify-bench, which explains them with `--help`.
pub fn run(words: &[String]) -> Outcome<()> {
    let asks = |word: &str| words.iter().any(|other| other == word);
    let help = asks("--help") || asks("-h");
    let everything = !asks("--refresh") && !asks("--store");
    if !help && (asks("--window") || everything) {
        interface::packages()?;
        interface::build()?;
        Program::cargo()
            .args([
                "build",
                "--release",
                "-p",
                "towerify-desktop",
                "--features",
                "towerify-desktop/custom-protocol",
            ])
            .run()?;
    }
    Program::cargo()
        .args(["run", "--quiet", "--release", "-p", "towerify-bench", "--"])
        .args(words)
        .run()
}
