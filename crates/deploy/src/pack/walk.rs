//! Walks an app's folder by the rules of `.towerifyignore`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use sha2::{Digest, Sha256};

use super::tree::hex;
use super::{Entry, Form, PackError, Tree, suspects};
use crate::{Words, config};

/// The file of rules, in the app's folder or below it, written as `.gitignore` is.
pub const IGNORE_FILE: &str = ".towerifyignore";
/// What never goes, whatever the rules say: other programs' books, and our own.
const NEVER: [&str; 6] = [
    ".git",
    ".hg",
    ".svn",
    ".DS_Store",
    IGNORE_FILE,
    config::FILE,
];
/// A folder of this size is worth a word.
const LARGE: u64 = 50 << 20;

/// The most that is sent without being asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files and links.
    pub files: usize,
    /// Bytes, before compression.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: 50_000,
            bytes: 512 << 20,
        }
    }
}

/// Something to be said before a folder is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// About which file or folder.
    pub path: String,
    /// What.
    pub words: Words,
}

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Its files.
    pub tree: Tree,
    /// What should be said about them.
    pub warnings: Vec<Warning>,
}

/// Lists and hashes everything that would be sent. Blocking: it reads every file.
///
/// # Errors
/// What cannot be sent, and more than the limits allow; see [`PackError`].
pub fn survey(folder: &Path, limits: Limits) -> Result<Survey, PackError> {
    let found = list(folder, limits)?;
    if found.is_empty() {
        return Err(PackError::Empty);
    }
    let mut warnings = too_large(&found);
    let mut entries = Vec::with_capacity(found.len());
    for found in found {
        let (entry, beginning) = entry(folder, found)?;
        if let Some(words) = suspects::suspicion(&entry.path, &beginning) {
            warnings.push(Warning {
                path: entry.path.clone(),
                words,
            });
        }
        entries.push(entry);
    }
    Ok(Survey {
        tree: Tree::new(entries),
        warnings,
    })
}

struct Found {
    path: String,
    full: PathBuf,
    is_link: bool,
    size: u64,
}

/// The names and sizes alone, so that 2 GB too many are refused before one byte of them is read.
fn list(folder: &Path, limits: Limits) -> Result<Vec<Found>, PackError> {
    let walk = WalkBuilder::new(folder)
        .standard_filters(false)
        .add_custom_ignore_filename(IGNORE_FILE)
        .follow_links(false)
        .filter_entry(|entry| {
            !NEVER
                .iter()
                .any(|never| !never.contains('/') && entry.file_name() == *never)
        })
        .build();
    let (mut found, mut bytes) = (Vec::new(), 0);
    for step in walk {
        let step = step.map_err(|error| unread(folder, &error))?;
        if let Some(error) = step.error() {
            return Err(PackError::Rule(error.to_string()));
        }
        let relative = step.path().strip_prefix(folder).unwrap_or(step.path());
        let Some(kind) = step.file_type().filter(|kind| !kind.is_dir()) else {
            continue;
        };
        let path = name(relative)?;
        if path == config::FILE {
            continue;
        }
        if !kind.is_file() && !kind.is_symlink() {
            return Err(PackError::Special(path));
        }
        let size = step
            .metadata()
            .map_err(|error| unread(folder, &error))?
            .len();
        bytes += size;
        found.push(Found {
            path,
            full: step.path().to_owned(),
            is_link: kind.is_symlink(),
            size,
        });
    }
    if found.len() > limits.files || bytes > limits.bytes {
        let limit = if bytes > limits.bytes {
            format!("{} MiB", limits.bytes >> 20)
        } else {
            limits.files.to_string()
        };
        return Err(PackError::TooMuch {
            files: found.len(),
            mib: bytes >> 20,
            limit,
            largest: largest(&found),
        });
    }
    Ok(found)
}

fn unread(folder: &Path, error: &ignore::Error) -> PackError {
    let path = match error {
        ignore::Error::WithPath { path, .. } => path
            .strip_prefix(folder)
            .unwrap_or(path)
            .display()
            .to_string(),
        _ => String::from("."),
    };
    let cause = error.io_error().map_or_else(
        || std::io::Error::other(error.to_string()),
        |cause| std::io::Error::new(cause.kind(), cause.to_string()),
    );
    PackError::Read { path, cause }
}

/// With `/`, as the server writes it.
fn name(relative: &Path) -> Result<String, PackError> {
    let mut parts = Vec::new();
    for part in relative.components() {
        let text = part.as_os_str().to_str();
        match text.filter(|text| !text.chars().any(char::is_control)) {
            Some(text) => parts.push(text),
            None => return Err(PackError::Name(relative.display().to_string())),
        }
    }
    Ok(parts.join("/"))
}

/// Reads one of them; gives its beginning too.
fn entry(folder: &Path, found: Found) -> Result<(Entry, Vec<u8>), PackError> {
    let unread = |cause| PackError::Read {
        path: found.path.clone(),
        cause,
    };
    if found.is_link {
        let target = fs::read_link(&found.full).map_err(unread)?;
        let target = target
            .to_str()
            .filter(|target| !target.chars().any(char::is_control));
        let target = target
            .ok_or_else(|| PackError::Name(found.path.clone()))?
            .replace('\\', "/");
        if !stays_inside(&found.path, &target) || !folder.join(&found.path).exists() {
            return Err(PackError::LinkLeaves {
                path: found.path,
                target,
            });
        }
        let sha256 = super::tree::sha256_hex(target.as_bytes());
        let size = target.len() as u64;
        return Ok((
            Entry {
                path: found.path,
                form: Form::Link(target),
                sha256,
                size,
            },
            Vec::new(),
        ));
    }
    let mut file = File::open(&found.full).map_err(unread)?;
    let is_program = is_program(&file);
    let (mut hash, mut beginning, mut size) = (Sha256::new(), Vec::new(), 0);
    let mut buffer = vec![0; 128 << 10];
    loop {
        let read = file.read(&mut buffer).map_err(unread)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        if beginning.is_empty() {
            beginning = bytes.get(..suspects::LOOK).unwrap_or(bytes).to_vec();
        }
        hash.update(bytes);
        size += read as u64;
    }
    let form = if is_program.unwrap_or_else(|| beginning.starts_with(b"#!")) {
        Form::Program
    } else {
        Form::File
    };
    Ok((
        Entry {
            path: found.path,
            form,
            sha256: hex(&hash.finalize()),
            size,
        },
        beginning,
    ))
}

/// Whether a file may be executed; nothing where the system does not keep that (Windows), and scripts are known by `#!`.
fn is_program(file: &File) -> Option<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        Some(file.metadata().ok()?.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        None
    }
}

/// Whether a link's target is below the app's folder, by the names alone.
fn stays_inside(link: &str, target: &str) -> bool {
    if target.starts_with('/') || target.contains(':') {
        return false;
    }
    let mut depth = link.matches('/').count();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return false,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    true
}

fn by_folder(found: &[Found]) -> BTreeMap<&str, u64> {
    let mut sizes = BTreeMap::new();
    for found in found {
        if let Some((folder, _)) = found.path.split_once('/') {
            *sizes.entry(folder).or_default() += found.size;
        }
    }
    sizes
}

fn largest(found: &[Found]) -> Vec<(String, u64)> {
    let mut sizes: Vec<(String, u64)> = by_folder(found)
        .into_iter()
        .map(|(folder, bytes)| (folder.to_owned(), bytes >> 20))
        .collect();
    sizes.sort_by_key(|(_, mib)| std::cmp::Reverse(*mib));
    sizes.truncate(3);
    sizes
}

fn too_large(found: &[Found]) -> Vec<Warning> {
    let large = by_folder(found)
        .into_iter()
        .filter(|(_, bytes)| *bytes > LARGE);
    large.map(|(folder, bytes)| Warning {
        path: folder.to_owned(),
        words: Words::new(
            format!("`{folder}` has {} MiB: does the app need it on the server? If not, add it to .towerifyignore.", bytes >> 20),
            format!("« {folder} » a {} Mio : l'application en a-t-elle besoin sur le serveur ? Sinon, ajoutez-le à .towerifyignore.", bytes >> 20),
        ),
    })
    .collect()
}
