//! The pages for people who work here: a test that a page names exists, and a link leads somewhere.

use super::{Finding, Source};

/// The page that names the test of each invariant.
const ARCHITECTURE: &str = "docs/ARCHITECTURE.md";

/// What pages promise and the repository does not have.
pub fn findings(sources: &[Source]) -> Vec<Finding> {
    let pages = sources
        .iter()
        .filter(|source| source.ends_with(&[".md"]) && !source.is_test());
    pages
        .flat_map(|page| {
            let lines = page
                .text
                .lines()
                .enumerate()
                .map(|(place, line)| (place + 1, line));
            lines.flat_map(|(number, line)| {
                let mut found = dead_links(page, number, line, sources);
                if page.path == ARCHITECTURE {
                    found.extend(missing_tests(page, number, line, sources));
                }
                found
            })
        })
        .collect()
}

/// Names in backquotes that read as the sentence of a test, and are none.
fn missing_tests(page: &Source, number: usize, line: &str, sources: &[Source]) -> Vec<Finding> {
    line.split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| reads_as_a_test(word))
        .filter(|word| {
            let written = format!("fn {word}(");
            !sources
                .iter()
                .any(|source| source.ends_with(&[".rs"]) && source.text.contains(&written))
        })
        .map(|word| Finding::at(page, number, format!("there is no test `{word}`")))
        .collect()
}

fn reads_as_a_test(word: &str) -> bool {
    word.matches('_').count() >= 3
        && word
            .chars()
            .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_')
}

/// Links to files of the repository that are not there.
fn dead_links(page: &Source, number: usize, line: &str, sources: &[Source]) -> Vec<Finding> {
    let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|link| !link.is_empty() && !link.contains(':'))
        .filter(|link| {
            let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
            for part in link.split('/') {
                match part {
                    "." | "" => {}
                    ".." => drop(parts.pop()),
                    part => parts.push(part),
                }
            }
            let path = parts.join("/");
            let inside = format!("{path}/");
            !sources
                .iter()
                .any(|source| source.path == path || source.path.starts_with(&inside))
        })
        .map(|link| Finding::at(page, number, format!("the link to {link} leads nowhere")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(page: &str) -> usize {
        findings(&[
            Source::new(ARCHITECTURE, page),
            Source::new("docs/ROLES.md", ""),
            Source::new("LICENSE-MIT", ""),
            Source::new(
                "crates/ssh/tests/a.rs",
                "#[test]\nfn a_changed_key_is_refused() {\n",
            ),
        ])
        .len()
    }

    #[test]
    fn a_test_that_the_page_names_has_to_exist() {
        assert_eq!(of("`a_changed_key_is_refused` (`ssh`)"), 0);
        assert_eq!(of("`a_changed_key_is_taken` (`ssh`), `expose_secret`"), 1);
    }

    #[test]
    fn a_link_has_to_lead_to_a_file() {
        assert_eq!(
            of("[roles](ROLES.md#x) [mit](../LICENSE-MIT) [out](https://x.example)"),
            0
        );
        assert_eq!(of("[roles](ROLE.md)"), 1);
    }
}
