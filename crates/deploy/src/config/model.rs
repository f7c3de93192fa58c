//! What the file says, once it is known to be right.

use std::collections::BTreeMap;

use super::{AppId, AppName, EnvName};

/// One app and all its environments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Its name, from which the ids on servers are made.
    pub name: AppName,
    /// What is shown on the tile and in the console; the name when the file says nothing.
    pub label: String,
    /// How it runs.
    pub kind: Kind,
    /// Its environments by name, in the file's order.
    pub envs: Vec<(EnvName, Environment)>,
    /// The folder whose files are served, below the app's folder; empty for the app's folder itself.
    pub webroot: String,
    /// The container's recipe (type `dockerfile`), below the app's folder.
    pub dockerfile: String,
    /// Versions of runtimes.
    pub versions: Versions,
    /// What makes the app from its sources.
    pub build: Build,
    /// The command that serves (types `node` and `python`), run by a shell in the release's folder.
    pub start: Option<String>,
    /// How to know that it answers.
    pub health: Health,
    /// Commands around a release.
    pub hooks: Hooks,
    /// Folders that outlive releases, below the app's folder.
    pub data: Vec<String>,
    /// Its database.
    pub database: Database,
    /// What runs by the clock.
    pub schedule: Vec<Task>,
    /// What runs beside the web server.
    pub workers: Vec<Worker>,
    /// The most that it may take.
    pub limits: Limits,
    /// Environment variables that are no secrets.
    pub variables: BTreeMap<String, String>,
    /// How many releases stay on the server, the live one among them.
    pub keep: u8,
}

impl Config {
    /// An environment by its name.
    pub fn env(&self, name: &str) -> Option<&Environment> {
        let found = self.envs.iter().find(|(env, _)| env.as_str() == name);
        found.map(|(_, environment)| environment)
    }
}

/// One environment: one app on one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The app's id on its server: `myapp_dev`.
    pub id: AppId,
    /// Its domain; nothing leaves it to the profile's main domain.
    pub domain: Option<String>,
    /// Its path, `/` or `/us`.
    pub path: String,
    /// Who may open it.
    pub access: Access,
    /// The app's variables, with this environment's own over them.
    pub variables: BTreeMap<String, String>,
}

/// How an app runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Files, served as they are.
    Static,
    /// PHP behind PHP-FPM.
    Php,
    /// PHP of Laravel's shape: served from `public`, with its storage kept.
    Laravel,
    /// A Node.js server.
    Node,
    /// A Python server.
    Python,
    /// A container, made by podman from a recipe.
    Dockerfile,
}

impl Kind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Static,
        Self::Php,
        Self::Laravel,
        Self::Node,
        Self::Python,
        Self::Dockerfile,
    ];

    /// As the file writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Php => "php",
            Self::Laravel => "laravel",
            Self::Node => "node",
            Self::Python => "python",
            Self::Dockerfile => "dockerfile",
        }
    }

    /// From the file's word. The original's `laravel-9` and `laravel-10` are `laravel`.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "laravel-9" | "laravel-10" => Some(Self::Laravel),
            _ => Self::ALL.into_iter().find(|kind| kind.word() == word),
        }
    }

    /// Whether it is a process of its own that listens on a port, in one of two slots.
    pub fn is_served(self) -> bool {
        matches!(self, Self::Node | Self::Python | Self::Dockerfile)
    }

    /// Whether PHP-FPM runs it.
    pub fn is_php(self) -> bool {
        matches!(self, Self::Php | Self::Laravel)
    }
}

/// Versions of runtimes, as Debian packages them. Nothing means the server's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// `8.2`.
    pub php: Option<String>,
    /// `18`, or nothing.
    pub node: Option<String>,
    /// `3.11`, or nothing.
    pub python: Option<String>,
}

/// What makes the app from its sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Build {
    /// Commands, one after the other, each by a shell in the app's folder.
    pub commands: Vec<String>,
    /// On which side.
    pub on: Where,
}

/// On which side something is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Where {
    /// Where the command line runs, before packing.
    #[default]
    Here,
    /// On the server, as the app's own user, in the new release's folder.
    Server,
}

/// How to know that a release answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The path that is asked, below the app's own.
    pub path: String,
    /// For how many seconds it is asked again before the release counts as bad.
    pub seconds: u16,
}

/// Commands around a release, run on the server as the app's own user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks {
    /// Before the new release answers.
    pub before: Vec<String>,
    /// Changes of the database; a backup is made first.
    pub migrate: Vec<String>,
    /// After the new release answers. Their failure is told and changes nothing.
    pub after: Vec<String>,
}

/// A database of the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Database {
    /// None.
    #[default]
    None,
    /// MariaDB.
    Mysql,
    /// PostgreSQL.
    Postgresql,
}

/// Something that runs by the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Five fields of cron.
    pub cron: String,
    /// The command, by a shell in the live release's folder.
    pub run: String,
}

/// A process beside the web server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Its name, `[a-z][a-z0-9]*`.
    pub name: String,
    /// The command.
    pub run: String,
    /// How many of them.
    pub count: u8,
}

/// The most that an app may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Memory of each of its processes.
    pub memory: Option<Memory>,
    /// Processor time of each of its processes.
    pub cpu: Option<Cpu>,
}

/// An amount of memory, in MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory(pub u32);

/// A share of one processor, in percent: 150 is one and a half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cpu(pub u16);

/// Who may open an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Everybody, logged in or not.
    Public,
    /// Everybody who has an account on the server.
    AllUsers,
    /// These groups.
    Groups(Vec<String>),
}

impl Access {
    /// The groups of YunoHost's that may. Its install asks for one; all of them are set after it.
    pub fn groups(&self) -> Vec<&str> {
        match self {
            Self::Public => vec!["visitors"],
            Self::AllUsers => vec!["all_users"],
            Self::Groups(groups) if groups.is_empty() => vec!["admins"],
            Self::Groups(groups) => groups.iter().map(String::as_str).collect(),
        }
    }
}
