//! The long forms of tests that an ordinary run has in short: minutes, not seconds. Today the crash test: the program
//! killed at every point of every step of a provisioning, and at 200 random moments.

use crate::program::{Failure, Outcome, Program};
use crate::test::EVERYTHING;

/// Runs every long test. `--moments N` and `--seed N` change how many random moments are tried, and which.
pub fn run(words: &[String]) -> Outcome<()> {
    // Built as `cargo xtask test` builds it: by its package alone the crate and half of what it stands on would compile anew.
    let mut soak = Program::cargo().args(["test"]).args(EVERYTHING).args([
        "--lib",
        "--",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
        "soak_",
    ]);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let name = match word.as_str() {
            "--moments" => "TOWERIFY_SOAK_MOMENTS",
            "--seed" => "TOWERIFY_SOAK_SEED",
            other => {
                return Err(Failure(format!(
                    "`soak` does not know `{other}`: --moments N, --seed N"
                )));
            }
        };
        let number = words
            .next()
            .filter(|number| number.parse::<u64>().is_ok())
            .ok_or_else(|| Failure(format!("{word} wants a number")))?;
        soak = soak.env(name, number);
    }
    soak.run()
}
