//! The project's commands. `cargo xtask` without a word lists them.
//!
//! It is the first thing a fresh clone builds, so it depends on next to nothing, and it is the one place that may
//! start other programs.

mod bench;
mod icons;
mod interface;
mod program;
mod run;
mod soak;
mod sqlx;
mod stamp;
mod system;
mod tally;
mod test;
mod tidy;

use std::process::ExitCode;

use program::{Failure, Outcome, Program};

const USAGE: &str = "\
cargo xtask <command>

  run [--release] [-- ARGS]   set up what is needed, build the program and open it (no display: the tour in the terminal)
  test [--only STEP]...       set up what is needed and run every check and every test
  tidy                        the invariants of docs/ARCHITECTURE.md, as checks
  bench [--peers] [--json]    measure fleet refresh, window and store; see `cargo xtask bench --help`
  soak [--moments N]          the long tests: a provisioning killed at every point of every step, and at 200 moments
  sqlx                        write .sqlx/ anew from the queries and migrations
  bindings                    write ui/src/bindings.ts and the generated pages anew
  icons                       write icons/ anew from logo.svg and 16.svg";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match command(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(sentence)) => {
            if !sentence.is_empty() {
                eprintln!("{sentence}");
            }
            ExitCode::FAILURE
        }
    }
}

fn command(words: &[String]) -> Outcome<()> {
    let Some((name, rest)) = words.split_first() else {
        println!("{USAGE}");
        return Ok(());
    };
    match name.as_str() {
        "run" => run::run(rest),
        "test" => test::run(&only(rest)?),
        "tidy" => tidy::run(),
        "bench" => bench::run(rest),
        "soak" => soak::run(rest),
        "sqlx" => sqlx::prepare(),
        "bindings" => bindings(),
        "icons" => icons::run(),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => Err(Failure(format!("there is no command `{other}`\n\n{USAGE}"))),
    }
}

/// The names after each `--only`.
fn only(words: &[String]) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let name = match word.strip_prefix("--only=") {
            Some(name) => Some(name.to_owned()),
            None if word == "--only" => words.next().cloned(),
            None => return Err(Failure(format!("`test` does not know `{word}`\n\n{USAGE}"))),
        };
        names.push(name.ok_or_else(|| Failure::new("--only wants the name of a step"))?);
    }
    Ok(names)
}

/// The tests that compare a generated file with the committed one write it instead when `UPDATE` is set.
const OF_GENERATED_FILES: [&str; 3] = [
    "the_interfaces_side_of_the_commands_is_fresh",
    "the_page_about_roles_says_what_the_table_says",
    "the_table_of_actions_is_that_of_the_declarations",
];

/// Writes every generated file anew.
fn bindings() -> Outcome<()> {
    interface::packages()?;
    interface::build()?;
    Program::cargo()
        .args(["test", "--quiet"])
        .args(test::EVERYTHING)
        .args(["--"])
        .args(OF_GENERATED_FILES)
        .env("UPDATE", "1")
        .run()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> Outcome<Vec<String>> {
        only(
            &words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn steps_are_named_after_only_in_both_spellings() {
        assert_eq!(
            names(&["--only", "tidy", "--only=rust"]).unwrap(),
            ["tidy", "rust"]
        );
    }

    #[test]
    fn an_unknown_option_and_a_missing_name_are_refused() {
        assert!(names(&["--olny", "tidy"]).is_err());
        assert!(names(&["--only"]).is_err());
    }

    #[test]
    fn an_unknown_command_is_answered_with_those_there_are() {
        let failure = command(&["tets".to_owned()]).err().unwrap();
        assert!(failure.0.contains("`tets`") && failure.0.contains("cargo xtask <command>"));
    }
}
