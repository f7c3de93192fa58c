//! `towerify gates …`.

use clap::Subcommand;

/// `towerify gates …`.
#[derive(Debug, Subcommand)]
pub enum Gates {
    /// List who has an entry to a server, which version of it lies there, and who could have one
    List {
        /// The server's name or id
        server: String,
    },
    /// Give a restricted administrator an entry to their customer's server, and follow the run to its end
    Install {
        /// The server's name or id
        server: String,
        /// The account's name or id
        account: String,
    },
    /// Bring every entry of a server up to date: its program, and what it allows
    Update {
        /// The server's name or id
        server: String,
    },
    /// Take a restricted administrator's entry from a server
    Remove {
        /// The server's name or id
        server: String,
        /// The account's name or id
        account: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}
