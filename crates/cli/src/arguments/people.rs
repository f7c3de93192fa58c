//! `towerify users …`, `towerify permissions …`.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

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
