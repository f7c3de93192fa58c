//! A list of files with their hashes: what a release is made of.
//!
//! As text, one line an entry, sorted by the bytes of the path: `f HASH PATH` (file), `x HASH PATH` (program),
//! `l HASH PATH` (link, whose content is its target). The SHA-256 of that text names the tree. The server's own program
//! reads and writes the same lines (`package/files/towerify.py`).

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A file.
    File,
    /// A file that may be executed.
    Program,
    /// A symbolic link, and where it leads.
    Link(String),
}

/// One file or link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is below the app's folder, with `/`.
    pub path: String,
    /// What it is.
    pub form: Form,
    /// The SHA-256 of its content (of a link: of its target), in hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The files of a release, sorted by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    entries: Vec<Entry>,
}

/// A line of a tree's text that is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {0} of the server's list of files is not understood")]
pub struct TreeError(pub usize);

/// What one tree needs beyond another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta<'t> {
    /// Paths that go.
    pub removed: Vec<String>,
    /// Entries that come or change.
    pub added: Vec<&'t Entry>,
    /// One entry for each content that is nowhere yet.
    pub contents: Vec<&'t Entry>,
}

impl Delta<'_> {
    /// Whether both trees are the same.
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty()
    }

    /// As the server reads it: `- PATH`, and `+` before an entry's own line.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for path in &self.removed {
            text += &format!("- {path}\n");
        }
        for entry in &self.added {
            text += &format!("+ {}", entry.line());
        }
        text
    }
}

impl Entry {
    fn letter(&self) -> char {
        match self.form {
            Form::File => 'f',
            Form::Program => 'x',
            Form::Link(_) => 'l',
        }
    }

    fn line(&self) -> String {
        format!("{} {} {}\n", self.letter(), self.sha256, self.path)
    }
}

impl Tree {
    /// From entries in any order.
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        Self { entries }
    }

    /// Its entries, by path.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The size of everything, in bytes.
    pub fn bytes(&self) -> u64 {
        self.entries.iter().map(|entry| entry.size).sum()
    }

    /// As text.
    pub fn text(&self) -> String {
        self.entries.iter().map(Entry::line).collect()
    }

    /// The tree's name: the SHA-256 of its text, in hexadecimal.
    pub fn hash(&self) -> String {
        sha256_hex(self.text().as_bytes())
    }

    /// From a server's text. Sizes and the targets of links are not in it.
    ///
    /// # Errors
    /// The number of a line that is not one.
    pub fn parse(text: &str) -> Result<Self, TreeError> {
        let parse = |(number, line): (usize, &str)| {
            let mut parts = line.splitn(3, ' ');
            let (letter, sha256, path) = (parts.next(), parts.next(), parts.next());
            let form = match letter {
                Some("f") => Form::File,
                Some("x") => Form::Program,
                Some("l") => Form::Link(String::new()),
                _ => return Err(TreeError(number + 1)),
            };
            match (sha256, path) {
                (Some(sha256), Some(path)) if is_sha256(sha256) && !path.is_empty() => Ok(Entry {
                    path: path.to_owned(),
                    form,
                    sha256: sha256.to_owned(),
                    size: 0,
                }),
                _ => Err(TreeError(number + 1)),
            }
        };
        let entries: Result<Vec<Entry>, TreeError> = text.lines().enumerate().map(parse).collect();
        Ok(Self::new(entries?))
    }

    /// What this tree needs beyond `base`, when the server also holds `stored` contents.
    pub fn since(&self, base: &Tree, stored: &BTreeSet<String>) -> Delta<'_> {
        let was: BTreeMap<&str, &Entry> = base
            .entries
            .iter()
            .map(|entry| (entry.path.as_str(), entry))
            .collect();
        let is: BTreeSet<&str> = self
            .entries
            .iter()
            .map(|entry| entry.path.as_str())
            .collect();
        let mut there: BTreeSet<&str> = stored.iter().map(String::as_str).collect();
        there.extend(base.entries.iter().map(|entry| entry.sha256.as_str()));
        let same = |entry: &Entry| {
            was.get(entry.path.as_str())
                .is_some_and(|old| old.sha256 == entry.sha256 && old.letter() == entry.letter())
        };
        let mut contents = Vec::new();
        for entry in &self.entries {
            if there.insert(&entry.sha256) {
                contents.push(entry);
            }
        }
        Delta {
            removed: was
                .keys()
                .filter(|path| !is.contains(*path))
                .map(|path| (*path).to_owned())
                .collect(),
            added: self.entries.iter().filter(|entry| !same(entry)).collect(),
            contents,
        }
    }
}

/// Whether this is a SHA-256 in small hexadecimal.
pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
}

/// The SHA-256 of some bytes.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Small hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, content: &str) -> Entry {
        Entry {
            path: path.into(),
            form: Form::File,
            sha256: sha256_hex(content.as_bytes()),
            size: content.len() as u64,
        }
    }

    #[test]
    fn a_tree_reads_its_own_text() {
        let tree = Tree::new(vec![
            file("b", "1"),
            file("a b/ç", "2"),
            Entry {
                form: Form::Program,
                ..file("a.sh", "3")
            },
        ]);
        let back = Tree::parse(&tree.text()).unwrap();
        assert_eq!(back.hash(), tree.hash());
        assert_eq!(
            tree.entries()
                .iter()
                .map(|entry| entry.path.as_str())
                .collect::<Vec<_>>(),
            ["a b/ç", "a.sh", "b"]
        );
        assert_eq!(Tree::parse("f zz a\n").unwrap_err(), TreeError(1));
        assert_eq!(
            Tree::parse(&format!("{}q\n", tree.text())).unwrap_err(),
            TreeError(4)
        );
    }

    #[test]
    fn only_what_is_nowhere_yet_is_sent() {
        let old = Tree::new(vec![
            file("gone", "0"),
            file("kept", "1"),
            file("changed", "2"),
            file("moved", "3"),
        ]);
        let new = Tree::new(vec![
            file("kept", "1"),
            file("changed", "new"),
            file("here now", "3"),
            file("twin a", "t"),
            file("twin b", "t"),
            file("half sent", "h"),
        ]);
        let stored = BTreeSet::from([sha256_hex(b"h")]);
        let delta = new.since(&old, &stored);
        assert_eq!(delta.removed, ["gone", "moved"]);
        let paths = |entries: &[&Entry]| {
            entries
                .iter()
                .map(|entry| entry.path.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            paths(&delta.added),
            ["changed", "half sent", "here now", "twin a", "twin b"]
        );
        assert_eq!(paths(&delta.contents), ["changed", "twin a"]);
        assert!(old.since(&old, &BTreeSet::new()).is_empty());
        let program = Tree::new(vec![Entry {
            form: Form::Program,
            ..file("kept", "1")
        }]);
        let delta = program.since(&Tree::new(vec![file("kept", "1")]), &BTreeSet::new());
        assert_eq!((delta.added.len(), delta.contents.len()), (1, 0));
    }
}
