//! `cargo xtask tidy`: the invariants of docs/ARCHITECTURE.md that a compiler does not see, as checks. Each finding is
//! a sentence that says what to do. Every check takes what it looks at as an argument, and has a test that makes the
//! fault.

mod files;
mod interface;
mod ipc;
mod packages;
mod pages;
mod purity;
pub mod rooms;
mod words;

use crate::program::{Failure, Outcome, Program, root};
use crate::sqlx;

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where: a path, with the line after a colon where there is one.
    pub place: String,
    /// What to do about it.
    pub sentence: String,
    /// Said, but not a failure.
    pub only_a_warning: bool,
}

impl Finding {
    fn new(place: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            sentence: sentence.into(),
            only_a_warning: false,
        }
    }

    fn at(source: &Source, line: usize, sentence: impl Into<String>) -> Self {
        Self::new(format!("{}:{line}", source.path), sentence)
    }
}

/// A text file of the repository: its path from the top, with slashes, and its text.
#[derive(Clone, Debug)]
pub struct Source {
    pub path: String,
    pub text: String,
}

impl Source {
    #[cfg(test)]
    fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The lines that are code of the program itself, with their numbers from 1: no comment, and nothing after the
    /// first `#[cfg(test)]` that opens a module.
    fn program_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let tests_begin = self
            .text
            .find("#[cfg(test)]\nmod ")
            .unwrap_or(self.text.len());
        let program = self.text.get(..tests_begin).unwrap_or(&self.text);
        program
            .lines()
            .enumerate()
            .map(|(place, line)| (place + 1, line))
            .filter(|(_, line)| {
                let line = line.trim_start();
                !line.starts_with("//") && !line.starts_with("* ") && !line.starts_with("/*")
            })
    }

    /// Is this file made of tests alone?
    fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.path.ends_with("/tests.rs")
            || self.path.contains(".test.")
            || self.path.contains("ui/src/test/")
    }

    fn ends_with(&self, endings: &[&str]) -> bool {
        endings.iter().any(|ending| self.path.ends_with(ending))
    }
}

/// Runs every check, printing what it finds. Fails when one finding is more than a warning.
pub fn run() -> Outcome<()> {
    let sources = sources()?;
    let rooms = rooms::Rooms::read()?;
    let mut findings = rooms.findings();
    findings.extend(files::findings(&sources));
    findings.extend(purity::findings(&sources));
    findings.extend(words::findings(&sources));
    findings.extend(interface::findings(&sources));
    findings.extend(ipc::findings(&sources));
    findings.extend(pages::findings(&sources));
    findings.extend(packages::findings(&sources, &rooms.dependencies()));
    findings.extend(
        sqlx::stale()?
            .into_iter()
            .map(|sentence| Finding::new(".sqlx", sentence)),
    );
    for finding in &findings {
        let kind = if finding.only_a_warning {
            "   note: "
        } else {
            "   "
        };
        println!("{kind}{}: {}", finding.place, finding.sentence);
    }
    let faults = findings
        .iter()
        .filter(|finding| !finding.only_a_warning)
        .count();
    println!("   {} files looked at, {faults} findings", sources.len());
    match faults {
        0 => Ok(()),
        _ => Err(Failure(format!(
            "{faults} findings of `cargo xtask tidy` above"
        ))),
    }
}

/// Every text file that is, or is about to be, committed.
fn sources() -> Outcome<Vec<Source>> {
    let list = Program::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .capture()?;
    let mut sources = Vec::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        // A file that is deleted but not yet committed as such, or a picture, has no text.
        if let Ok(text) = std::fs::read_to_string(root().join(path)) {
            sources.push(Source {
                path: path.to_owned(),
                text,
            });
        }
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_tests_module_and_what_is_a_comment_is_no_program_line() {
        let source = Source::new(
            "a.rs",
            "//! head\nlet a = 1;\n// no\n\n#[cfg(test)]\nmod tests {\n    let b = 2;\n}\n",
        );
        let lines: Vec<_> = source
            .program_lines()
            .filter(|(_, line)| !line.is_empty())
            .collect();
        assert_eq!(lines, [(2, "let a = 1;")]);
    }
}
