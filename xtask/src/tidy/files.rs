//! A file is one thing with a name from the field: how long it may be, and what it may not be called.

use super::{Finding, Source};

/// Past this a file is probably two things.
const LONG: usize = 500;

/// Past this it certainly is.
const TOO_LONG: usize = 800;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: &[&str] = &[
    "utils", "util", "helpers", "helper", "common", "manager", "service", "misc",
];

/// Files that may be longer, and why.
const EXCUSED: &[(&str, &str)] = &[
    (
        "crates/driver/src/driver.py",
        "sent to a server as one program",
    ),
    (
        "ui/src/shared/i18n/en.ts",
        "a dictionary: the words of one language, in their order",
    ),
    (
        "ui/src/shared/i18n/fr.ts",
        "a dictionary: the words of one language, in their order",
    ),
];

const CODE: &[&str] = &[".rs", ".ts", ".tsx", ".py", ".css", ".sql"];

/// Files that are too long or called after nothing.
pub fn findings(sources: &[Source]) -> Vec<Finding> {
    sources
        .iter()
        .filter(|source| source.ends_with(CODE) && !is_generated(source) && !mirrors(source))
        .flat_map(|source| [length(source), name(source)])
        .flatten()
        .collect()
}

fn is_generated(source: &Source) -> bool {
    source.path.ends_with("/bindings.ts") || source.path.contains("/generated/")
}

/// The stand-in for YunoHost's modules has to have their names.
fn mirrors(source: &Source) -> bool {
    source.path.contains("tests/standin/")
}

fn length(source: &Source) -> Option<Finding> {
    let lines = source.text.lines().count();
    if lines <= LONG || EXCUSED.iter().any(|(path, _)| *path == source.path) {
        return None;
    }
    let mut finding = Finding::new(
        &source.path,
        format!("{lines} lines: past {LONG} it is probably two things, past {TOO_LONG} it must be"),
    );
    finding.only_a_warning = lines <= TOO_LONG;
    Some(finding)
}

fn name(source: &Source) -> Option<Finding> {
    let empty = source
        .path
        .split('/')
        .map(|part| part.split('.').next().unwrap_or(part))
        .find(|part| EMPTY_NAMES.contains(&part.to_lowercase().as_str()))?;
    Some(Finding::new(
        &source.path,
        format!("`{empty}` says nothing of what is inside: take a name from the field"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, lines: usize) -> Vec<Finding> {
        findings(&[Source::new(path, &"x\n".repeat(lines))])
    }

    #[test]
    fn a_long_file_is_noted_and_a_longer_one_refused() {
        assert_eq!(of("crates/core/src/a.rs", LONG), []);
        assert!(of("crates/core/src/a.rs", LONG + 1)[0].only_a_warning);
        assert!(!of("ui/src/a.tsx", TOO_LONG + 1)[0].only_a_warning);
    }

    #[test]
    fn what_is_generated_or_excused_or_no_code_may_be_long() {
        assert_eq!(of("ui/src/bindings.ts", 5000), []);
        assert_eq!(of("crates/driver/src/driver.py", 5000), []);
        assert_eq!(of("tests/fixtures/session.ndjson", 5000), []);
    }

    #[test]
    fn a_file_or_folder_called_after_nothing_is_refused() {
        assert_eq!(of("crates/core/src/utils.rs", 1).len(), 1);
        assert_eq!(of("ui/src/shared/helpers/date.ts", 1).len(), 1);
        assert_eq!(of("crates/yunohost/src/services.rs", 1), []);
    }
}
