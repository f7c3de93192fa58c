//! The tables that say what calls come to: kept in the documentation, written anew when asked for.

use std::collections::BTreeSet;
use std::path::Path;

/// What three calls came to, about one's own thing, another's and nobody's: one word where it makes no difference.
pub fn cell(words: &[String]) -> String {
    let all: BTreeSet<&String> = words.iter().collect();
    match all.len() {
        1 => words[0].clone(),
        _ => words.join(" · "),
    }
}

/// Fails unless this is the page that is kept there, and says in which lines they differ; `UPDATE=1` writes it.
pub fn assert_kept(page: &str, path: &Path) {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, page).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let changed: Vec<String> = lines(page)
        .symmetric_difference(&lines(&kept))
        .cloned()
        .collect();
    assert!(
        kept == page,
        "{} is stale (UPDATE=1 writes it anew): {changed:#?}",
        path.display()
    );
}
