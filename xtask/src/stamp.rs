//! Stamps: what a step was last done for, so that it is not done again for the same.
//! A stamp is the sum of everything the step reads, kept in `target/xtask/`.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::program::{Outcome, root};

/// The sum of all files in and below these paths of the repository, names and contents, in a fixed order.
/// A path that does not exist counts as empty.
pub fn sum(paths: &[&str]) -> Outcome<String> {
    let top = root();
    let mut files = Vec::new();
    for path in paths {
        collect(&top.join(path), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        std::fs::read(&file)?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Was the step `name` last done for exactly this sum?
pub fn holds(name: &str, sum: &str) -> bool {
    std::fs::read_to_string(place(name)).is_ok_and(|kept| kept == sum)
}

/// Notes that the step `name` is done for this sum.
pub fn keep(name: &str, sum: &str) -> Outcome<()> {
    let place = place(name);
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(place, sum)?)
}

fn place(name: &str) -> PathBuf {
    root().join("target/xtask").join(format!("{name}.stamp"))
}

fn collect(path: &Path, into: &mut Vec<PathBuf>) -> Outcome<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            collect(&entry?.path(), into)?;
        }
    } else if path.is_file() {
        into.push(path.to_path_buf());
    }
    Ok(())
}
