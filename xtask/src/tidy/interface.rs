//! The interface's own rules: no `any`, no silenced type error, features that do not know each other, and no
//! hand-written name of a command.

use super::{Finding, Source};

const SILENCERS: &[&str] = &["@ts-ignore", "@ts-nocheck"];

/// The one file that may call the shell by name: the generated one.
const BINDINGS: &str = "ui/src/bindings.ts";

/// What in `ui/src` breaks its rules.
pub fn findings(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let is_ours = source.path.starts_with("ui/src/")
            && source.ends_with(&[".ts", ".tsx"])
            && source.path != BINDINGS;
        if !is_ours {
            continue;
        }
        for (number, line) in source
            .text
            .lines()
            .enumerate()
            .map(|(place, line)| (place + 1, line))
        {
            findings.extend(loose(source, number, line));
            findings.extend(neighbour(source, number, line));
        }
    }
    findings
}

/// `any`, a silenced error, or a command called by a name of our own writing.
fn loose(source: &Source, number: usize, line: &str) -> Option<Finding> {
    if let Some(silencer) = SILENCERS.iter().find(|silencer| line.contains(*silencer)) {
        return Some(Finding::at(
            source,
            number,
            format!("{silencer} hides an error: mend the type"),
        ));
    }
    let code = line.trim_start();
    if code.starts_with("//") || code.starts_with('*') || code.starts_with("/*") {
        return None;
    }
    if has_any(line) {
        return Some(Finding::at(
            source,
            number,
            "`any` switches the types off: use `unknown`, or the type itself",
        ));
    }
    if line.contains("@tauri-apps/api/core") && line.contains("invoke") {
        return Some(Finding::at(
            source,
            number,
            "commands are called through bindings.ts, which has their names and types",
        ));
    }
    None
}

/// Does `any` stand where a type stands?
fn has_any(line: &str) -> bool {
    line.match_indices("any").any(|(at, word)| {
        let before = line.get(..at).unwrap_or_default();
        let after = line.get(at + word.len()..).unwrap_or_default();
        let ends = !after.starts_with(|sign: char| {
            sign.is_alphanumeric() || matches!(sign, '_' | '$' | ' ' | '\'' | ':')
        }) || after.starts_with(" =")
            || after.starts_with(" |")
            || after.starts_with(" {");
        let begins = [": ", "<", " as ", "| ", ", ", "=> "]
            .iter()
            .any(|sign| before.ends_with(sign));
        // In a sentence between quotes an `any` is a word.
        let is_quoted = before.matches(['\'', '"', '`']).count() % 2 == 1;
        begins && ends && !is_quoted
    })
}

/// An import from a feature into another.
fn neighbour(source: &Source, number: usize, line: &str) -> Option<Finding> {
    let own = source
        .path
        .strip_prefix("ui/src/features/")?
        .split('/')
        .next()?;
    let specifier = imported(line)?;
    let target = if specifier.starts_with('.') {
        resolved(&source.path, specifier)
    } else {
        specifier.to_owned()
    };
    let (_, other) = target.split_once("features/")?;
    let other = other.split('/').next().unwrap_or(other);
    (other != own).then(|| {
        Finding::at(
            source,
            number,
            format!(
                "the feature `{own}` imports from `{other}`: what both need goes to ui/src/shared"
            ),
        )
    })
}

/// What a line imports, between its quotes.
fn imported(line: &str) -> Option<&str> {
    let rest = line
        .split_once(" from ")
        .or_else(|| line.split_once("import("))
        .or_else(|| {
            line.trim_start()
                .strip_prefix("import ")
                .map(|rest| ("", rest))
        })?
        .1
        .trim_start();
    let quote = rest
        .chars()
        .next()
        .filter(|sign| matches!(sign, '\'' | '"'))?;
    rest.get(1..)?.split(quote).next()
}

/// A relative import, as a path from the top of the repository.
fn resolved(from: &str, specifier: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, line: &str, expected: usize) {
        let found = findings(&[Source::new(path, line)]);
        assert_eq!(found.len(), expected, "{line}: {found:?}");
    }

    #[test]
    fn any_and_silenced_errors_are_seen_and_the_word_in_a_sentence_is_not() {
        let path = "ui/src/shared/format.ts";
        check(path, "function f(value: any) {", 1);
        check(path, "const x = y as any;", 1);
        check(path, "const x: Array<any> = [];", 1);
        check(path, "// @ts-ignore", 1);
        check(path, "// for any reason", 0);
        check(path, "  empty: 'No server matches any, or: any.',", 0);
        check(path, "if (rows.some(anyOf)) {", 0);
    }

    #[test]
    fn a_feature_that_imports_from_another_is_seen() {
        let path = "ui/src/features/servers/List.tsx";
        check(path, "import { RunTrace } from '../runs/RunTrace';", 1);
        check(path, "const page = lazy(() => import('../apps/Page'));", 1);
        check(path, "import { x } from '@/features/apps/x';", 1);
        check(path, "import { Row } from './Row';", 0);
        check(
            path,
            "import { Button } from '../../shared/parts/Button';",
            0,
        );
        check(
            "ui/src/app/routes.tsx",
            "import { List } from '../features/servers/List';",
            0,
        );
    }

    #[test]
    fn a_command_called_by_hand_is_seen_outside_the_bindings() {
        let line = "import { invoke } from '@tauri-apps/api/core';";
        check("ui/src/features/servers/List.tsx", line, 1);
        check("ui/src/bindings.ts", line, 0);
    }
}
