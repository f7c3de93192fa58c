//! `domain`, `machine` and `yunohost` do no I/O, read no clock and draw no random number: time and ids come in as arguments.

use super::{Finding, Source};

const PURE: &[&str] = &[
    "crates/domain/src/",
    "crates/machine/src/",
    "crates/yunohost/src/",
];

/// What a pure room may not write, and what it would be.
const IMPURE: &[(&str, &str)] = &[
    ("SystemTime", "a clock"),
    ("Instant::now", "a clock"),
    ("Utc::now", "a clock"),
    ("Local::now", "a clock"),
    ("now_v7", "a clock and a random number"),
    ("new_v4", "a random number"),
    ("rand::", "a random number"),
    ("getrandom", "a random number"),
    ("std::fs", "files"),
    ("std::net", "the network"),
    ("std::env", "the environment"),
    ("std::io::std", "the terminal"),
    ("std::process", "other programs"),
    ("std::thread", "threads"),
    ("tokio::", "an event loop"),
    ("println!", "the terminal"),
];

/// Every line of a pure room that reaches outside.
pub fn findings(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let is_pure = PURE.iter().any(|room| source.path.starts_with(room));
        if !is_pure || source.is_test() || !source.ends_with(&[".rs"]) {
            continue;
        }
        for (number, line) in source.program_lines() {
            // Addresses are values: std::net's types do no I/O.
            let line = line
                .replace("std::net::Ip", "")
                .replace("std::net::{Ip", "");
            for (word, what) in IMPURE {
                if line.contains(word) {
                    let sentence = format!(
                        "`{word}` is {what}; this room is pure: let it come in as an argument"
                    );
                    findings.push(Finding::at(source, number, sentence));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, text: &str) -> usize {
        findings(&[Source::new(path, text)]).len()
    }

    #[test]
    fn a_clock_a_file_or_a_random_number_in_a_pure_room_is_seen() {
        assert_eq!(of("crates/domain/src/id.rs", "let at = Utc::now();\n"), 1);
        assert_eq!(
            of(
                "crates/yunohost/src/users.rs",
                "use std::fs::File;\nlet id = Uuid::new_v4();\n"
            ),
            2
        );
    }

    #[test]
    fn other_rooms_tests_comments_and_addresses_are_let_be() {
        assert_eq!(of("crates/core/src/clock.rs", "Utc::now()\n"), 0);
        assert_eq!(
            of(
                "crates/domain/src/id.rs",
                "// not Utc::now\n#[cfg(test)]\nmod tests {\nUtc::now();\n}\n"
            ),
            0
        );
        assert_eq!(of("crates/domain/tests/ids.rs", "Utc::now();\n"), 0);
        assert_eq!(
            of("crates/domain/src/server.rs", "use std::net::IpAddr;\n"),
            0
        );
    }
}
