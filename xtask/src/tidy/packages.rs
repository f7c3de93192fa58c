//! What comes in from outside: every direct dependency has its reason in docs/DEPENDENCIES.md, and the interface's
//! lock file lists the prebuilt programs of every platform (`npm ci` refuses one that does not).

use serde_json::Value;

use super::{Finding, Source};

const REASONS: &str = "docs/DEPENDENCIES.md";
const MANIFEST: &str = "ui/package.json";
const LOCK: &str = "ui/package-lock.json";

/// Dependencies without a reason, and platforms without their entry. `crates` are the names of the direct
/// dependencies of every package of the workspace.
pub fn findings(sources: &[Source], crates: &[String]) -> Vec<Finding> {
    let text = |path: &str| {
        sources
            .iter()
            .find(|source| source.path == path)
            .map_or("", |source| source.text.as_str())
    };
    let manifest: Value = serde_json::from_str(text(MANIFEST)).unwrap_or_default();
    let lock: Value = serde_json::from_str(text(LOCK)).unwrap_or_default();
    let mut names: Vec<&str> = crates.iter().map(String::as_str).collect();
    names.extend(
        ["dependencies", "devDependencies"]
            .iter()
            .flat_map(|kind| keys(&manifest, kind)),
    );
    names.sort_unstable();
    names.dedup();
    let reasons = text(REASONS);
    let mut findings: Vec<Finding> = names
        .into_iter()
        .filter(|name| !reasons.contains(&format!("`{name}`")))
        .map(|name| {
            Finding::new(
                REASONS,
                format!("why do we depend on `{name}`? Give it a line"),
            )
        })
        .collect();
    findings.extend(missing_platforms(&lock).into_iter().map(|name| {
        Finding::new(LOCK, format!("{name} has no entry: a clean install (`npm ci`) refuses the file; add it as its neighbours are"))
    }));
    findings
}

/// Packages that others name as optional, one a platform, and that the lock file does not list.
fn missing_platforms(lock: &Value) -> Vec<String> {
    let Some(packages) = lock.get("packages").and_then(Value::as_object) else {
        return Vec::new();
    };
    let mut missing = Vec::new();
    for (path, package) in packages {
        for name in keys(package, "optionalDependencies") {
            let beside = format!("node_modules/{name}");
            if !packages.contains_key(&beside)
                && !packages.contains_key(&format!("{path}/{beside}"))
            {
                missing.push(name.to_owned());
            }
        }
    }
    missing
}

fn keys<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    value
        .get(name)
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|map| map.keys().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_without_a_reason_is_named_in_both_languages() {
        let sources = [
            Source::new(REASONS, "| `tokio` | everything that waits |"),
            Source::new(
                MANIFEST,
                r#"{"dependencies": {"react": "1"}, "devDependencies": {"vite": "8"}}"#,
            ),
        ];
        let found = findings(&sources, &["tokio".to_owned(), "rand".to_owned()]);
        let sentences: String = found.into_iter().map(|finding| finding.sentence).collect();
        assert!(
            ["`rand`", "`react`", "`vite`"]
                .iter()
                .all(|name| sentences.contains(name)),
            "{sentences}"
        );
        assert!(!sentences.contains("`tokio`"));
    }

    #[test]
    fn a_platform_that_the_lock_file_leaves_out_is_named() {
        let lock = |listed: &str| {
            let text = format!(
                r#"{{"packages": {{"node_modules/b": {{"optionalDependencies": {{"b-linux": "1", "b-darwin": "1"}}}},
                "node_modules/b-linux": {{}} {listed} }}}}"#
            );
            missing_platforms(&serde_json::from_str(&text).unwrap())
        };
        assert_eq!(lock(""), ["b-darwin"]);
        assert_eq!(
            lock(r#", "node_modules/b/node_modules/b-darwin": {}"#),
            [""; 0]
        );
    }
}
