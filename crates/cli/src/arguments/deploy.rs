//! The verbs of in-house apps: `towerify init`, `deploy`, `rollback`… They need no workspace.

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;
use towerify_deploy::{ci::Ci, config, profile::Role};

/// Where an app is, and how much is said: the same for every verb.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// The server's profile (towerify configure); the default one, or the only one, unless told
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// The environment; dev unless told
    #[arg(long, value_name = "ENV")]
    pub env: Option<String>,
    /// Say the answer and what went wrong, and nothing on the way
    #[arg(long, short)]
    pub quiet: bool,
    /// The app's folder
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, default_value = ".")]
    pub folder: PathBuf,
    /// Read the account's password on the server from this file (its first line)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "login_password_fd")]
    pub login_password_file: Option<PathBuf>,
    /// The same, from this open file descriptor
    #[arg(long, value_name = "N")]
    pub login_password_fd: Option<u32>,
    /// Read the private key's passphrase from this file (its first line)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub passphrase_file: Option<PathBuf>,
}

impl Place {
    /// The environment's name.
    pub fn env(&self) -> &str {
        self.env.as_deref().unwrap_or(config::DEFAULT_ENV)
    }
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum InHouse {
    /// In-house apps: a server to deploy to, tested at once and kept as a profile
    Configure(Box<Configure>),
    /// In-house apps: look at the folder and write towerify/config.yaml and .towerifyignore
    Init(Init),
    /// In-house apps: publish the folder on its server
    Deploy(Deploy),
    /// In-house apps: the environments, and what is live in each
    Envs(Place),
    /// In-house apps: how the app is
    Status(Place),
    /// In-house apps: open the app in the browser
    Open(Place),
    /// In-house apps: the app's log
    Logs(Logs),
    /// In-house apps: go back to a release
    Rollback(Rollback),
    /// In-house apps: the releases that are kept
    Releases(Place),
    /// In-house apps: what the app needs to know and nobody else may
    #[command(subcommand)]
    Secrets(Secrets),
    /// In-house apps: run one command in the app's environment
    Run(Run),
    /// In-house apps: remove an environment, with its data and secrets
    Delete(Delete),
    /// In-house apps: remove the app from every environment
    Destroy(Destroy),
    /// In-house apps: print a pipeline that deploys
    Ci(Pipeline),
    /// In-house apps: keys that may deploy one app and nothing else
    #[command(subcommand)]
    Access(Access),
}

/// `towerify configure`.
#[derive(Debug, Args)]
pub struct Configure {
    /// The server's host; asked unless told
    #[arg(long, env = "TOWERIFY_SERVER", value_name = "HOST")]
    pub server: Option<String>,
    /// The port of its SSH
    #[arg(long, env = "TOWERIFY_PORT", default_value_t = 22, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// The account: an administrator of YunoHost's, root, or that of a deploy key
    #[arg(long, env = "TOWERIFY_USER")]
    pub user: Option<String>,
    /// Log in with this private key
    #[arg(long = "key", env = "TOWERIFY_KEY_FILE", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub key_file: Option<PathBuf>,
    /// Log in with the keys of the running ssh-agent
    #[arg(long)]
    pub agent: bool,
    /// The server's host key, as ssh-keyscan prints it after the name; else it is shown, to be confirmed
    #[arg(long, env = "TOWERIFY_HOST_KEY", value_name = "KEY")]
    pub host_key: Option<String>,
    /// Its fingerprint (SHA256:…), when that is what one has
    #[arg(long, value_name = "SHA256", conflicts_with = "host_key")]
    pub fingerprint: Option<String>,
    /// Whether the key is one of `towerify access grant`
    #[arg(
        long,
        env = "TOWERIFY_ROLE",
        value_name = "ROLE",
        default_value = "admin"
    )]
    pub role: As,
    /// The domain of environments that name none; the server's main domain unless told
    #[arg(long, env = "TOWERIFY_DOMAIN", value_name = "DOMAIN")]
    pub domain: Option<String>,
    /// Mean this profile when none is named
    #[arg(long)]
    pub default: bool,
    #[command(flatten)]
    pub place: Place,
}

/// What we are on a server.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum As {
    /// An administrator
    Admin,
    /// A deploy key
    Key,
}

impl From<As> for Role {
    fn from(of: As) -> Self {
        match of {
            As::Admin => Self::Admin,
            As::Key => Self::Key,
        }
    }
}

/// `towerify init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The app's name; the folder's unless told
    pub name: Option<String>,
    /// Its type: static, php, laravel, node, python or dockerfile; what the folder looks like unless told
    #[arg(value_name = "TYPE")]
    pub kind: Option<String>,
    /// Write the configuration anew
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub place: Place,
}

/// `towerify deploy`.
#[derive(Debug, Args)]
pub struct Deploy {
    /// Do not ask before a new environment is made
    #[arg(long, short)]
    pub yes: bool,
    /// Who deploys; git's user.name, or the account on this computer, unless told
    #[arg(long, env = "TOWERIFY_BY", value_name = "NAME")]
    pub by: Option<String>,
    #[command(flatten)]
    pub place: Place,
}

/// `towerify logs`.
#[derive(Debug, Args)]
pub struct Logs {
    /// Stay for the lines to come
    #[arg(long, short)]
    pub follow: bool,
    /// How many of the newest lines
    #[arg(long, short = 'n', value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub lines: u16,
    /// Those of its deployments, instead of the app's own
    #[arg(long)]
    pub deployments: bool,
    #[command(flatten)]
    pub place: Place,
}

/// `towerify rollback`.
#[derive(Debug, Args)]
pub struct Rollback {
    /// The release (r7); the one before unless told
    pub release: Option<String>,
    /// Who goes back; git's user.name, or the account on this computer, unless told
    #[arg(long, env = "TOWERIFY_BY", value_name = "NAME")]
    pub by: Option<String>,
    #[command(flatten)]
    pub place: Place,
}

/// `towerify secrets …`.
#[derive(Debug, Subcommand)]
pub enum Secrets {
    /// Set secrets; the app starts anew with them
    Set {
        /// NAME to be asked for its value unseen, or NAME=VALUE (which your shell remembers)
        #[arg(required = true, value_name = "NAME[=VALUE]")]
        pairs: Vec<String>,
        /// Read the one secret's value from standard input, up to its last line break
        #[arg(long)]
        stdin: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Forget secrets; the app starts anew without them
    Unset {
        /// Their names
        #[arg(required = true)]
        names: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// List them: names and dates
    List {
        #[command(flatten)]
        place: Place,
    },
}

/// `towerify run`.
#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub place: Place,
    /// The command, for a shell in the live release's folder, as the app's own user
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// `towerify delete`.
#[derive(Debug, Args)]
pub struct Delete {
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub place: Place,
}

/// `towerify destroy`.
#[derive(Debug, Args)]
pub struct Destroy {
    /// The app's name, for scripts; typed by a person unless told
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    #[command(flatten)]
    pub place: Place,
}

/// `towerify ci`.
#[derive(Debug, Args)]
pub struct Pipeline {
    /// For which service
    pub service: Service,
    #[command(flatten)]
    pub place: Place,
}

/// A service that runs pipelines.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Service {
    /// .github/workflows/deploy.yml
    Github,
    /// .gitlab-ci.yml
    Gitlab,
    /// .woodpecker.yml
    Woodpecker,
    /// Jenkinsfile
    Jenkins,
}

impl From<Service> for Ci {
    fn from(service: Service) -> Self {
        match service {
            Service::Github => Self::Github,
            Service::Gitlab => Self::Gitlab,
            Service::Woodpecker => Self::Woodpecker,
            Service::Jenkins => Self::Jenkins,
        }
    }
}

/// `towerify access …`.
#[derive(Debug, Subcommand)]
pub enum Access {
    /// Let a public key deploy the app in this environment, and nothing else
    Grant {
        /// The key's line (`ssh-ed25519 AAAA… name`), or the file that holds it
        key: String,
        #[command(flatten)]
        app: OfApp,
    },
    /// Take that back
    Revoke {
        /// The key, its name, or the file that holds it
        key: String,
        #[command(flatten)]
        app: OfApp,
    },
    /// List the keys that may
    List {
        #[command(flatten)]
        app: OfApp,
    },
}

/// Which app, where it is not the folder's.
#[derive(Debug, Args)]
pub struct OfApp {
    /// The app's name; that of the folder's configuration unless told
    #[arg(long = "app", value_name = "NAME")]
    pub name: Option<String>,
    #[command(flatten)]
    pub place: Place,
}

/// `towerify update`.
#[derive(Debug, Args)]
pub struct Update {
    /// The new program, as it was published; its signature lies beside it (FILE.minisig)
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The signature's file, where it is another
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub signature: Option<PathBuf>,
    /// The public key of those who build your Towerify, where this one was built without
    #[arg(long, value_name = "KEY")]
    pub public_key: Option<String>,
    /// Say nothing but what went wrong
    #[arg(long, short)]
    pub quiet: bool,
}
