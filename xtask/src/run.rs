//! `cargo xtask run`: from a fresh clone to the open window; without a display, to the tour in the terminal.

use crate::interface;
use crate::program::{Failure, Outcome, Program, root};
use crate::system::{self, Purpose};
use crate::test::{AS_THE_TESTS_DO, EVERYTHING};

/// Sets up, builds and opens. `--release` builds as for a release; what follows `--` goes to the program.
pub fn run(words: &[String]) -> Outcome<()> {
    let (ours, theirs) = match words.iter().position(|word| word == "--") {
        Some(place) => (
            words.get(..place).unwrap_or(&[]),
            words.get(place + 1..).unwrap_or(&[]),
        ),
        None => (words, &[][..]),
    };
    if let Some(unknown) = ours.iter().find(|word| *word != "--release") {
        return Err(Failure(format!(
            "`run` does not know `{unknown}`; the program's own words go after `--`"
        )));
    }
    let release = !ours.is_empty();
    if has_display(|name| std::env::var(name).ok()) {
        window(release, theirs)
    } else {
        terminal(release, theirs)
    }
}

/// Is there a screen to open a window on?
fn has_display(variable: impl Fn(&str) -> Option<String>) -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| variable(name).is_some_and(|value| !value.is_empty()))
}

fn window(release: bool, words: &[String]) -> Outcome<()> {
    println!("== what the machine must have");
    system::ready(Purpose::Window)?;
    println!("== the interface");
    interface::packages()?;
    interface::build()?;
    println!("== the program");
    build(release, &["towerify-desktop", "towerify"])?;
    println!("== opening the window; closing it ends this command");
    open(release, "towerify-desktop", words)
}

fn terminal(release: bool, words: &[String]) -> Outcome<()> {
    println!(
        "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open."
    );
    println!("The same tour runs in this terminal instead: `towerify demo`.");
    println!("== what the machine must have");
    system::ready(Purpose::Terminal)?;
    println!("== the program");
    build(release, &["towerify"])?;
    println!("== towerify demo");
    let mut all = vec!["demo".to_owned()];
    all.extend_from_slice(words);
    open(release, "towerify", &all)
}

/// Builds these programs, sharing what it can with `cargo xtask test` or, for release, with `cargo xtask bench`.
fn build(release: bool, programs: &[&str]) -> Outcome<()> {
    Program::cargo()
        .args(["build"])
        .args(selection(release, programs))
        .run()
}

/// These programs out of the whole workspace: named by their packages alone they would be built with other features than
/// the tests, and nearly everything would compile twice.
pub fn selection(release: bool, programs: &[&str]) -> Vec<String> {
    let mut words: Vec<&str> = EVERYTHING.to_vec();
    for program in programs {
        words.extend(["--bin", program]);
    }
    // The tests are never built for release.
    words.extend(if release {
        &["--release"][..]
    } else {
        &AS_THE_TESTS_DO
    });
    words.into_iter().map(str::to_owned).collect()
}

fn open(release: bool, name: &str, words: &[String]) -> Outcome<()> {
    let folder = root()
        .join("target")
        .join(if release { "release" } else { "debug" });
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    Program::new(&program.display().to_string())
        .interactive()
        .args(words)
        .run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_display_is_one_of_two_variables_that_is_not_empty() {
        let only = |set: &'static str| move |name: &str| (name == set).then(|| ":0".to_owned());
        assert!(has_display(only("DISPLAY")));
        assert!(has_display(only("WAYLAND_DISPLAY")));
        assert!(!has_display(|_| None));
        assert!(!has_display(|_| Some(String::new())));
    }

    #[test]
    fn the_programs_are_chosen_out_of_the_whole_workspace_as_the_tests_are() {
        let debug = selection(false, &["towerify"]);
        assert_eq!(debug.get(..EVERYTHING.len()).unwrap(), EVERYTHING);
        assert!(debug.ends_with(&AS_THE_TESTS_DO.map(str::to_owned)));
        assert!(!selection(true, &["towerify"]).contains(&"--test".to_owned()));
    }

    #[test]
    fn an_unknown_option_is_refused_before_anything_is_installed() {
        assert!(run(&["--relase".to_owned()]).is_err());
    }
}
