//! No `String` crosses to the interface as an error: every command answers with `AppError`.

use super::{Finding, Source};

/// Every `Result<…, String>` in the shell's commands.
pub fn findings(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        if !source.path.starts_with("src-tauri/ipc") || !source.ends_with(&[".rs"]) {
            continue;
        }
        for (at, _) in source.text.match_indices("Result<") {
            let inside = source.text.get(at + "Result<".len()..).unwrap_or_default();
            if error_of(inside)
                .is_some_and(|error| matches!(error, "String" | "&str" | "&'static str"))
            {
                let line = source
                    .text
                    .get(..at)
                    .unwrap_or_default()
                    .lines()
                    .count()
                    .max(1);
                findings.push(Finding::at(source, line, "an error crosses to the interface as AppError, never as a text to be matched on"));
            }
        }
    }
    findings
}

/// The second type of what stands between the brackets of `Result<`, if there is one.
fn error_of(inside: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let mut comma = None;
    for (at, sign) in inside.char_indices() {
        match sign {
            '<' | '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '>' if depth == 0 => {
                return inside
                    .get(comma? + 1..at)
                    .map(|error| error.trim().trim_end_matches(','));
            }
            '>' => depth -= 1,
            ',' if depth == 0 && comma.is_none() => comma = Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: usize) {
        assert_eq!(
            findings(&[Source::new("src-tauri/ipc/servers.rs", text)]).len(),
            expected,
            "{text}"
        );
    }

    #[test]
    fn a_text_as_an_error_is_seen_however_it_is_laid_out() {
        check("fn a() -> Result<(), String> {", 1);
        check(
            "fn a() -> Result<\n    Vec<(Id, Name)>,\n    String,\n> {",
            1,
        );
        check("fn a() -> Result<Vec<u8>, &'static str> {", 1);
    }

    #[test]
    fn a_text_as_an_answer_is_let_be() {
        check("fn a() -> Result<String, AppError> {", 0);
        check("fn a() -> Answer<String> {", 0);
        check("fn a() -> Result<String> {", 0);
    }
}
