//! What can be asked on the command line. No argument takes a secret.

mod accounts;
mod apps;
mod deploy;
mod fleet;
mod gates;
mod journal;
mod people;
mod provision;
mod reach;
mod runs;
mod schedules;
mod servers;

pub use accounts::*;
pub use apps::*;
pub use deploy::{
    Access, Configure, Delete, Deploy, Destroy, InHouse, Init, Logs, OfApp, Pipeline, Place,
    Rollback, Run, Secrets, Update,
};
pub use fleet::*;
pub use gates::*;
pub use journal::*;
pub use people::*;
pub use provision::*;
pub use reach::*;
pub use runs::{Runs, RunsList, RunsTrace};
pub use schedules::*;
pub use servers::*;

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

    /// Whose account opens the workspace: a name or an id; the last one's unless told
    #[arg(long = "account", global = true, value_name = "NAME")]
    pub opener: Option<String>,

    /// Open with this computer's keyring instead of the password, if the account asked for that
    #[arg(long, global = true, conflicts_with_all = ["password_file", "password_fd"])]
    pub keyring: bool,

    /// Read the code of the second factor from this file (its first line)
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "code_fd")]
    pub code_file: Option<PathBuf>,

    /// Read the code of the second factor from this open file descriptor
    #[arg(long, global = true, value_name = "N")]
    pub code_fd: Option<u32>,

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
    /// Make a bare machine into a server in service
    Provision(Box<Provision>),
    /// Sets of choices for making machines into servers
    #[command(subcommand)]
    Profiles(Profiles),
    /// The same change on many servers, in waves that stop by themselves
    #[command(subcommand)]
    Fleet(Fleet),
    /// Fleet runs that begin by themselves while the program is open
    #[command(subcommand)]
    Schedules(Schedules),
    /// The entries of customers' own administrators to servers
    #[command(subcommand)]
    Gates(Gates),
    /// Runs: pieces of work, at work or over
    #[command(subcommand)]
    Runs(Runs),
    /// Who works in the workspace, and what opens it for each
    #[command(subcommand)]
    Accounts(Accounts),
    /// Customers: whose servers and accounts are
    #[command(subcommand)]
    Customers(Customers),
    /// The journal: who did what, on what, when, and how it ended
    #[command(subcommand)]
    Journal(Journal),
    #[command(flatten)]
    InHouse(InHouse),
    /// Put a newer towerify, whose signature holds, in the place of this one
    Update(Update),
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
    /// Create a workspace, with --account as its first administrator's name; the password is asked, or read as
    /// --password-file or --password-fd say
    Create {
        /// The firm's or team's name
        name: String,
        /// Where to create it; where workspaces usually are unless told
        #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        folder: Option<PathBuf>,
    },
    /// List the workspaces that this program has seen
    List,
    /// List who may open the workspace
    Who,
    /// Open with the recovery key when the password is lost, and set a new password
    Recover {
        /// Read the recovery key from this file; asked unless told
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        recovery_key_file: Option<PathBuf>,
        /// Where the new password comes from
        #[command(flatten)]
        new_password: NewPassword,
    },
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
