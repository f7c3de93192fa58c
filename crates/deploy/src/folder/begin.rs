//! Writes the two files that make a folder an app. Every option stands in the configuration, explained, those that are
//! not used as comments.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Proposal;
use crate::config::keys::{self, Form};
use crate::config::{self, Kind};
use crate::pack::IGNORE_FILE;
use crate::{Language, Words};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The configuration.
    pub config: PathBuf,
    /// The rules of what stays at home; nothing when there were some already.
    pub ignore: Option<PathBuf>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// There is a configuration already.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// A file could not be written.
    #[error("writing {}: {cause}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

impl InitError {
    /// In a sentence that says what to do.
    pub fn words(&self) -> Words {
        match self {
            Self::Exists(path) => Words::new(
                format!(
                    "`{}` exists already; --force writes it anew.",
                    path.display()
                ),
                format!("« {} » existe déjà ; --force le réécrit.", path.display()),
            ),
            Self::Write { path, cause } => Words::new(
                format!("`{}` can't be written: {cause}.", path.display()),
                format!("« {} » ne peut être écrit : {cause}.", path.display()),
            ),
        }
    }
}

/// Writes both files. With `force` an older configuration is replaced; rules that are there stay in any case.
///
/// # Errors
/// [`InitError`]; nothing is written then, or only the configuration.
pub fn begin(
    folder: &Path,
    proposal: &Proposal,
    language: Language,
    force: bool,
) -> Result<Begun, InitError> {
    let path = folder.join(config::FILE);
    if path.exists() && !force {
        return Err(InitError::Exists(path));
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|cause| InitError::Write {
            path: parent.to_owned(),
            cause,
        })?;
    }
    let text = config_text(proposal, language);
    fs::write(&path, text).map_err(|cause| InitError::Write {
        path: path.clone(),
        cause,
    })?;
    let ignore = folder.join(IGNORE_FILE);
    let written = fs::File::options()
        .write(true)
        .create_new(true)
        .open(&ignore);
    let written = written.and_then(|mut file| {
        let text = ignore_text(proposal.kind, language) + &of_git(folder, proposal, language);
        file.write_all(text.as_bytes())
    });
    match written {
        Ok(()) => Ok(Begun {
            config: path,
            ignore: Some(ignore),
        }),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(Begun {
            config: path,
            ignore: None,
        }),
        Err(cause) => Err(InitError::Write {
            path: ignore,
            cause,
        }),
    }
}

/// The configuration that a proposal makes.
pub fn config_text(proposal: &Proposal, language: Language) -> String {
    let french = language == Language::French;
    let mut text = String::from(if french {
        "# Ce que « towerify deploy » publie, et où. Une ligne qui commence par # ne compte pas.\n\n"
    } else {
        "# What `towerify deploy` publishes, and where. A line that begins with # does not count.\n\n"
    });
    for key in keys::KEYS {
        if !key.kinds.contains(&proposal.kind) || key.path.contains("*.variables.") {
            continue;
        }
        let chosen = chosen(key.path, proposal);
        let (indent, name) = place(key.path);
        let is_open = is_open(key.path, proposal);
        let mark = if is_open || chosen.is_some() {
            ""
        } else {
            "# "
        };
        text += &format!(
            "{indent}# {}\n",
            if french { key.french } else { key.english }
        );
        let value = match (chosen, key.form) {
            (Some(value), _) => format!(" {value}"),
            (None, Form::Keys | Form::Named | Form::List) => String::new(),
            (None, _) => format!(" {}", key.example),
        };
        text += &if key.path.ends_with("[]") {
            format!("{indent}{mark}-\n")
        } else {
            format!("{indent}{mark}{name}:{value}\n")
        };
    }
    text
}

/// How far in a key stands, and what it is called in the example.
fn place(path: &str) -> (String, &str) {
    let depth = path.matches('.').count() + path.matches("[]").count();
    let last = path.rsplit('.').next().unwrap_or(path);
    let name = match (last, path) {
        ("*", "config.envs.*") => "dev",
        ("*", "config.workers.*") => "queue",
        ("*", _) => "APP_ENV",
        _ => last,
    };
    ("  ".repeat(depth), name)
}

/// Keys that stand without `#`, since something below them does.
fn is_open(path: &str, proposal: &Proposal) -> bool {
    matches!(path, "config" | "config.envs" | "config.envs.*")
        || path == "config.build" && proposal.build.is_some()
}

fn chosen(path: &str, proposal: &Proposal) -> Option<String> {
    match path {
        "name" => Some(proposal.name.clone()),
        "type" => Some(proposal.kind.word().to_owned()),
        "config.envs.*.path" => Some("/".to_owned()),
        "config.start" => proposal.start.as_deref().map(quoted),
        "config.build.run" => proposal.build.as_deref().map(quoted),
        "config.webroot" => proposal.webroot.clone(),
        "config.dockerfile" => proposal.dockerfile.clone(),
        _ => None,
    }
}

/// Plain where YAML reads it as it stands.
fn quoted(command: &str) -> String {
    let is_plain = !command.contains([
        ':', '#', '"', '\'', '{', '}', '[', ']', '&', '*', '!', '|', '>', '%', '@', '`',
    ]);
    if is_plain {
        command.to_owned()
    } else {
        format!("'{}'", command.replace('\'', "''"))
    }
}

/// The rules of the folder's `.gitignore`, where it has one. What the build makes is ignored there and wanted on the server:
/// such rules come as comments.
fn of_git(folder: &Path, proposal: &Proposal, language: Language) -> String {
    let path = folder.join(".gitignore");
    let is_small = fs::metadata(&path).is_ok_and(|about| about.len() <= 64 << 10);
    let Some(text) = is_small.then(|| fs::read_to_string(path).ok()).flatten() else {
        return String::new();
    };
    let mut made = vec!["node_modules", "vendor", "wheels", "dist", "build", "out"];
    made.extend(proposal.webroot.as_deref());
    let mut rules = String::from(match language {
        Language::French => {
            "\n# Du .gitignore (ce que la fabrication produit part avec le reste) :\n"
        }
        Language::English => "\n# Of .gitignore (what the build makes goes along):\n",
    });
    for rule in text.lines().map(str::trim_end) {
        let wanted = made.contains(&rule.trim_matches(['/', '*']));
        rules += if wanted { "# " } else { "" };
        rules += rule;
        rules.push('\n');
    }
    rules
}

/// The rules that suit a type.
pub fn ignore_text(kind: Kind, language: Language) -> String {
    let mut text = String::from(match language {
        Language::French => "# Ce qui ne part pas vers le serveur, écrit comme un .gitignore.\n",
        Language::English => "# What does not go to the server, written as a .gitignore is.\n",
    });
    let mut rules = vec![
        ".env",
        ".env.*",
        "!.env.example",
        "*.pem",
        "*.key",
        ".gitignore",
        ".idea/",
        ".vscode/",
        "*.log",
        "*~",
    ];
    rules.extend(match kind {
        Kind::Static => vec!["node_modules/"],
        Kind::Php => vec![],
        Kind::Laravel => vec!["node_modules/", "/storage/logs/*", "/storage/framework/cache/*", "/tests/"],
        Kind::Node => vec!["/test/", "/coverage/", "# node_modules goes along when the build runs here; with `build.on: server` leave it at home:", "# node_modules/"],
        Kind::Python => vec!["__pycache__/", "*.pyc", ".venv/", "venv/", ".pytest_cache/"],
        Kind::Dockerfile => vec!["node_modules/", "target/", "__pycache__/"],
    });
    for rule in rules {
        text += rule;
        text.push('\n');
    }
    text
}
