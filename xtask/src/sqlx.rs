//! The queries' metadata in `.sqlx/`: written anew by `cargo xtask sqlx`, and checked against the migrations
//! and the sources without compiling anything. sqlx's own command line is not needed for either.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use serde_json::Value;

use crate::program::{Failure, Outcome, Program, root};

/// The crate that holds every query.
const STORE: &str = "crates/store";

/// Writes `.sqlx/` anew: an empty database from the migrations, and the compiler's own look at each query.
pub fn prepare() -> Outcome<()> {
    let top = root();
    let database = top.join("target/xtask/prepare.db");
    if let Some(folder) = database.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if database.exists() {
        std::fs::remove_file(&database)?;
    }
    for migration in migrations()? {
        Program::new("sqlite3")
            .args([
                "-bail",
                &database.display().to_string(),
                &format!(".read {}", migration.display()),
            ])
            .run()?;
    }
    let metadata = top.join(".sqlx");
    if metadata.exists() {
        std::fs::remove_dir_all(&metadata)?;
    }
    std::fs::create_dir_all(&metadata)?;
    // The macros write while they expand: make cargo expand them again.
    let library = top.join(STORE).join("src/lib.rs");
    std::fs::File::options()
        .append(true)
        .open(library)?
        .set_modified(std::time::UNIX_EPOCH + today()?)?;
    Program::cargo()
        .args(["check", "-p", "towerify-store", "--all-targets"])
        .env("DATABASE_URL", format!("sqlite://{}", database.display()))
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", metadata)
        .run()
}

/// How long after the epoch it is.
#[expect(
    clippy::disallowed_methods,
    reason = "a file is touched, for cargo to see"
)]
fn today() -> Outcome<std::time::Duration> {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_err(Failure::new)
}

fn migrations() -> Outcome<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("migrations"))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    Ok(files)
}

/// What is stale in `.sqlx/`: queries that no source has any more, and queries that the tables made by the migrations
/// no longer answer. (A query without metadata does not compile: nothing to look for here.)
pub fn stale() -> Outcome<Vec<String>> {
    let folder = root().join(".sqlx");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut queries = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let metadata: Value = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
        let query = metadata
            .get("query")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        queries.push((name, query.to_owned()));
    }
    queries.sort();
    let sources = sources(&root().join(STORE))?;
    let mut found = forgotten(&queries, &sources);
    let mut tables = String::new();
    for migration in migrations()? {
        tables.push_str(&std::fs::read_to_string(migration)?);
        tables.push('\n');
    }
    found.extend(unanswered(&queries, &tables)?);
    Ok(found)
}

/// Queries that stand in no source any more: that are no sequence of text literals of the sources (sqlx joins
/// literals at compile time, so one query may be written in several).
fn forgotten(queries: &[(String, String)], sources: &str) -> Vec<String> {
    let mut literals: Vec<String> = literals(sources)
        .iter()
        .map(|literal| squeezed(literal))
        // Anything could be made of single letters.
        .filter(|literal| literal.len() > 2 || matches!(literal.as_str(), ")" | "(" | "))" | ","))
        .collect();
    literals.sort();
    literals.dedup();
    queries
        .iter()
        .filter(|(_, query)| !is_made_of(&squeezed(query), &literals))
        .map(|(name, _)| {
            format!(".sqlx/{name}: no source has this query any more; run `cargo xtask sqlx`")
        })
        .collect()
}

/// Is the text one literal after another?
fn is_made_of(text: &str, literals: &[String]) -> bool {
    let mut reached = BTreeSet::from([0]);
    while let Some(at) = reached.pop_first() {
        let rest = text.get(at..).unwrap_or_default();
        if rest.is_empty() {
            return true;
        }
        reached.extend(
            literals
                .iter()
                .filter(|literal| rest.starts_with(literal.as_str()))
                .map(|literal| at + literal.len()),
        );
    }
    false
}

/// The text literals of Rust sources, plain and raw. Quotes in comments are taken for literals too: harmless here.
fn literals(sources: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut signs = sources.chars().peekable();
    let mut before = ' ';
    while let Some(sign) = signs.next() {
        if sign == '\'' && signs.peek() == Some(&'"') {
            signs.next();
        } else if sign == '"' {
            let raw = matches!(before, '#' | 'r');
            let mut literal = String::new();
            while let Some(sign) = signs.next() {
                match sign {
                    '"' if !raw || before != '#' || signs.peek() == Some(&'#') => break,
                    '\\' if !raw => literal.extend(signs.next()),
                    sign => literal.push(sign),
                }
            }
            found.push(literal);
        }
        before = sign;
    }
    found
}

/// Queries that a database with these tables refuses.
fn unanswered(queries: &[(String, String)], tables: &str) -> Outcome<Vec<String>> {
    let mut script = String::from(tables);
    for (name, query) in queries {
        script.push_str(&format!(
            "\n.print {name}\nEXPLAIN {};\n",
            query.trim().trim_end_matches(';')
        ));
    }
    let folder = root().join("target/xtask");
    std::fs::create_dir_all(&folder)?;
    // Named by what is inside: the tests below run side by side.
    let mut hasher = DefaultHasher::new();
    script.hash(&mut hasher);
    let file = folder.join(format!("queries-{:016x}.sql", hasher.finish()));
    std::fs::write(&file, script)?;
    let read = format!(".read {}", file.display());
    let (ended_well, said) = Program::new("sh")
        .args(["-c", "exec sqlite3 -bail :memory: \"$1\" 2>&1", "sh", &read])
        .capture_all()?;
    std::fs::remove_file(&file)?;
    if ended_well {
        return Ok(Vec::new());
    }
    // It stops at the first that is refused; the last name printed is the one.
    let name = said
        .lines()
        .rev()
        .find(|line| line.starts_with("query-"))
        .unwrap_or("the migrations");
    let why = said
        .lines()
        .find(|line| line.to_lowercase().contains("error"))
        .unwrap_or_default();
    Ok(vec![format!(
        "{name}: the tables of migrations/ do not answer it ({why}); run `cargo xtask sqlx`"
    )])
}

/// All Rust sources of a crate, one after the other.
fn sources(folder: &std::path::Path) -> Outcome<String> {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            all.push_str(&sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push_str(&std::fs::read_to_string(&path)?);
        }
    }
    Ok(all)
}

/// A text without blanks and line ends, which are laid out in the source as they please.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Vec<(String, String)> {
        vec![("query-1.json".to_owned(), text.to_owned())]
    }

    const TABLES: &str = "CREATE TABLE servers (id TEXT NOT NULL, name TEXT NOT NULL);";

    #[test]
    fn a_query_written_over_two_lines_with_escapes_is_found_in_its_source() {
        let source = "query!(\"SELECT id AS \\\"id: Uuid\\\" \\\n   FROM servers\")";
        assert!(forgotten(&query("SELECT id AS \"id: Uuid\" FROM servers"), source).is_empty());
    }

    #[test]
    fn a_query_joined_from_several_literals_is_found() {
        let source = "concat!(r#\"SELECT \"id\" \"#, \"FROM servers\", \" WHERE id = ?1\")";
        let whole = query("SELECT \"id\" FROM servers WHERE id = ?1");
        assert!(forgotten(&whole, source).is_empty());
        assert_eq!(
            forgotten(&whole, "concat!(\"SELECT id FROM servers\")").len(),
            1
        );
    }

    #[test]
    fn a_query_that_no_source_has_is_named() {
        assert_eq!(
            forgotten(
                &query("SELECT id FROM servers"),
                "query!(\"SELECT name FROM servers\")"
            )
            .len(),
            1
        );
    }

    #[test]
    fn a_query_over_a_column_that_the_migrations_do_not_make_is_named_with_the_reason() {
        let found = unanswered(&query("SELECT owner FROM servers"), TABLES).unwrap();
        assert!(
            found.concat().contains("query-1.json") && found.concat().contains("owner"),
            "{found:?}"
        );
        assert!(
            unanswered(&query("SELECT name FROM servers WHERE id = ?1"), TABLES)
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn a_migration_that_does_not_apply_is_named() {
        let found = unanswered(&[], "CREATE TABEL x (y);").unwrap();
        assert!(found.concat().contains("the migrations"), "{found:?}");
    }
}
