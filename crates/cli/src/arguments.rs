//! What can be asked on the command line. No argument takes a secret.

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;
use towerify_domain::Language;

/// Installs and administers many YunoHost servers from one place.
///
/// Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 some servers failed.
#[derive(Debug, Parser)]
#[command(name = "towerify", version, max_term_width = 100)]
pub struct Arguments {
    /// The workspace's folder (`NAME.towerify`); the last one opened unless told
    #[arg(long, global = true, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub workspace: Option<PathBuf>,

    /// Read the workspace's password from this file (its first line)
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "password_fd")]
    pub password_file: Option<PathBuf>,

    /// Read the workspace's password from this open file descriptor
    #[arg(long, global = true, value_name = "N")]
    pub password_fd: Option<u32>,

    /// Write JSON, for programs
    #[arg(long, global = true)]
    pub json: bool,

    /// The language of messages; the locale's unless told
    #[arg(long, global = true, value_name = "LANGUAGE")]
    pub lang: Option<Lang>,

    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// A language of messages.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Lang {
    /// English
    En,
    /// Français
    Fr,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::En,
            Lang::Fr => Self::Fr,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a training fleet and do the whole main job on it, telling each step; leaves nothing behind
    Demo(Demo),
    /// Create or list workspaces
    #[command(subcommand)]
    Workspace(Workspace),
    /// The fleet's servers
    #[command(subcommand)]
    Servers(Servers),
    /// A server's apps
    #[command(subcommand)]
    Apps(Apps),
    /// A server's users
    #[command(subcommand)]
    Users(Users),
    /// Who may open what on a server
    #[command(subcommand)]
    Permissions(Permissions),
    /// Runs: pieces of work, at work or over
    #[command(subcommand)]
    Runs(Runs),
    /// Write a completion script to standard output
    Completions {
        /// For this shell
        shell: clap_complete::Shell,
    },
    /// Write man pages into a folder
    Man {
        /// The folder; created if it is missing
        #[arg(value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
}

/// `towerify demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Let simulated work take as long as real work
    #[arg(long)]
    pub real_pace: bool,
}

/// `towerify workspace …`.
#[derive(Debug, Subcommand)]
pub enum Workspace {
    /// Create a workspace; its password is asked, or read as --password-file or --password-fd say
    Create {
        /// The firm's or team's name
        name: String,
        /// Your name, for the first administrator's account
        #[arg(long, value_name = "NAME")]
        account: String,
        /// Where to create it; where workspaces usually are unless told
        #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        folder: Option<PathBuf>,
    },
    /// List the workspaces that this program has seen
    List,
}

/// `towerify servers …`.
#[derive(Debug, Subcommand)]
pub enum Servers {
    /// Add a server to the fleet
    Add(ServersAdd),
    /// List servers, the worst state first
    List(ServersList),
    /// Show one server
    Show {
        /// Its name or id
        server: String,
    },
    /// Read servers again, many at once; all of them unless told
    Refresh {
        /// Their names or ids
        servers: Vec<String>,
    },
}

/// `towerify servers add`.
#[derive(Debug, Args)]
pub struct ServersAdd {
    /// Its name in the fleet
    pub name: String,
    /// Its name in the network, or its address
    #[arg(long, value_name = "HOST", value_hint = ValueHint::Hostname)]
    pub address: String,
    /// Its SSH port
    #[arg(long, default_value_t = 22, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// Who logs in
    #[arg(long, default_value = "admin", value_hint = ValueHint::Username)]
    pub user: String,
    /// The fingerprint that you checked (SHA256:…). Without it the one that is offered is shown, and nothing is added
    #[arg(long, value_name = "SHA256:…")]
    pub fingerprint: Option<String>,
    /// Log in with this private key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "agent")]
    pub key: Option<PathBuf>,
    /// Log in with the SSH agent
    #[arg(long)]
    pub agent: bool,
    /// Read the server's password (with --key or --agent: the one that sudo asks for) from this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "login_password_fd")]
    pub login_password_file: Option<PathBuf>,
    /// The same, from this open file descriptor
    #[arg(long, value_name = "N")]
    pub login_password_fd: Option<u32>,
    /// Read the private key's passphrase from this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "key")]
    pub passphrase_file: Option<PathBuf>,
    /// Reach it through this server of the fleet
    #[arg(long, value_name = "SERVER")]
    pub jump: Option<String>,
    /// Whose it is
    #[arg(long)]
    pub customer: Option<String>,
    /// A tag; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
}

/// `towerify servers list`.
#[derive(Debug, Args)]
pub struct ServersList {
    /// Words that must be in name, address, domain, customer or tags
    pub text: Vec<String>,
    /// In this state; may be given several times
    #[arg(long = "state", value_name = "STATE", value_parser = state)]
    pub states: Vec<towerify_domain::server::ServerState>,
    /// With this tag; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Of this version of YunoHost; may be given several times
    #[arg(long = "yunohost", value_name = "VERSION")]
    pub versions: Vec<String>,
    /// Of this customer; may be given several times
    #[arg(long = "customer", value_name = "NAME")]
    pub customers: Vec<String>,
}

fn state(name: &str) -> Result<towerify_domain::server::ServerState, String> {
    use towerify_domain::server::ServerState;
    ServerState::named(name).ok_or_else(|| {
        format!(
            "one of: {}",
            ServerState::ALL.map(ServerState::name).join(", ")
        )
    })
}

/// `towerify apps …`.
#[derive(Debug, Subcommand)]
pub enum Apps {
    /// List a server's apps
    List {
        /// The server's name or id
        server: String,
    },
    /// List what can be installed
    Catalogue {
        /// The server's name or id
        server: String,
        /// Words that must be in id, name or description
        text: Vec<String>,
    },
    /// Show what an app asks before it is installed
    Questions {
        /// The server's name or id
        server: String,
        /// The app's id in the catalogue
        app: String,
    },
    /// Install an app and follow the run to its end
    Install(AppsInstall),
    /// Upgrade an app and follow the run to its end
    Upgrade {
        /// The server's name or id
        server: String,
        /// The app's id on the server
        app: String,
    },
    /// Remove an app, with its data, and follow the run to its end
    Remove {
        /// The server's name or id
        server: String,
        /// The app's id on the server
        app: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// `towerify apps install`.
#[derive(Debug, Args)]
pub struct AppsInstall {
    /// The server's name or id
    pub server: String,
    /// The app's id in the catalogue
    pub app: String,
    /// Words for its tile; its name unless told
    #[arg(long)]
    pub label: Option<String>,
    /// An answer that is no secret; may be given several times. What is not answered takes its default
    #[arg(long = "answer", value_name = "QUESTION=ANSWER", value_parser = pair)]
    pub answers: Vec<(String, String)>,
    /// Read answers, secret ones too, from this file: a JSON object of texts
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "answers_fd")]
    pub answers_file: Option<PathBuf>,
    /// The same, from this open file descriptor
    #[arg(long, value_name = "N")]
    pub answers_fd: Option<u32>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("QUESTION=ANSWER is expected")?;
    if name.is_empty() {
        Err("the question's name is missing".into())
    } else {
        Ok((name.into(), value.into()))
    }
}

/// `towerify users …`.
#[derive(Debug, Subcommand)]
pub enum Users {
    /// List a server's users
    List {
        /// The server's name or id
        server: String,
    },
    /// Create a user; their first password is asked, or read as told
    Create {
        /// The server's name or id
        server: String,
        /// Their log-in name
        username: String,
        /// Their name
        #[arg(long, value_name = "NAME")]
        fullname: String,
        /// The domain of their mail address; the server's main one unless told
        #[arg(long)]
        domain: Option<String>,
        /// Room for mail, such as 500M; 0 for no limit
        #[arg(long)]
        quota: Option<String>,
        /// Where their password comes from
        #[command(flatten)]
        password: UserPassword,
    },
    /// Change a user; what is not told stays
    Update {
        /// The server's name or id
        server: String,
        /// Their log-in name
        username: String,
        /// Their name
        #[arg(long, value_name = "NAME")]
        fullname: Option<String>,
        /// Their mail address
        #[arg(long)]
        mail: Option<String>,
        /// Room for mail, such as 500M; 0 for no limit
        #[arg(long)]
        quota: Option<String>,
        /// Ask for a new password
        #[arg(long)]
        new_password: bool,
        /// Where their password comes from
        #[command(flatten)]
        password: UserPassword,
    },
    /// Delete a user
    Delete {
        /// The server's name or id
        server: String,
        /// Their log-in name
        username: String,
        /// Delete their files and mail too
        #[arg(long)]
        purge: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Where a user's password comes from.
#[derive(Debug, Args)]
pub struct UserPassword {
    /// Read the user's password from this file (its first line)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "user_password_fd")]
    pub user_password_file: Option<PathBuf>,
    /// Read the user's password from this open file descriptor
    #[arg(long, value_name = "N")]
    pub user_password_fd: Option<u32>,
}

/// `towerify permissions …`.
#[derive(Debug, Subcommand)]
pub enum Permissions {
    /// List who may open what
    List {
        /// The server's name or id
        server: String,
    },
    /// Give a user or a group access
    Add(Access),
    /// Take access from a user or a group
    Remove(Access),
}

/// Which access, and whose.
#[derive(Debug, Args)]
pub struct Access {
    /// The server's name or id
    pub server: String,
    /// The permission, such as nextcloud.main
    pub permission: String,
    /// The user or the group
    pub who: String,
}

/// `towerify runs …`.
#[derive(Debug, Subcommand)]
pub enum Runs {
    /// List runs, the newest first
    List {
        /// On this server
        #[arg(long)]
        server: Option<String>,
        /// In this state; may be given several times
        #[arg(long = "state", value_name = "STATE", value_parser = run_state)]
        states: Vec<towerify_domain::run::RunState>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show a run: its steps, and what is known of its outcome
    Show {
        /// Its id, or `last`
        run: String,
        /// Show its trace too
        #[arg(long)]
        trace: bool,
    },
    /// Write a run's trace as it grows, to the run's end
    Follow {
        /// Its id, or `last`
        run: String,
    },
}

fn run_state(name: &str) -> Result<towerify_domain::run::RunState, String> {
    use towerify_domain::run::RunState;
    RunState::named(name).ok_or_else(|| {
        let names: Vec<&str> = RunState::ALL.iter().map(|state| state.name()).collect();
        format!("one of: {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_argument_takes_a_secret() {
        fn walk(command: &clap::Command) {
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                let secret = ["password", "passphrase", "secret", "token"]
                    .iter()
                    .any(|word| id.contains(word));
                let takes_text = argument.get_action().takes_values();
                let from_elsewhere = id.ends_with("_file") || id.ends_with("_fd");
                assert!(
                    !secret || !takes_text || from_elsewhere,
                    "{} --{id}",
                    command.get_name()
                );
            }
            command.get_subcommands().for_each(walk);
        }
        walk(&Arguments::command());
    }
}
