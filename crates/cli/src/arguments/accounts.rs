//! `towerify accounts …` and `towerify customers …`.

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;
use towerify_domain::Role;

/// `towerify accounts …`.
#[derive(Debug, Subcommand)]
pub enum Accounts {
    /// List the accounts of the workspace
    List,
    /// Show your own account, and what opens it
    Me,
    /// Make an account; its first password is asked, or read as --new-password-file or --new-password-fd say
    Create {
        /// The person's name
        name: String,
        /// What they are here
        #[arg(long, value_name = "ROLE")]
        role: RoleTold,
        /// Whose they are: a customer's name or id; needed for all but administrators
        #[arg(long, value_name = "CUSTOMER")]
        customer: Option<String>,
        /// Where the password comes from
        #[command(flatten)]
        new_password: NewPassword,
    },
    /// Give an account another name
    Rename {
        /// Its name or id
        account: String,
        /// The new name
        name: String,
    },
    /// Shut an account out, and keep it
    Disable {
        /// Its name or id
        account: String,
    },
    /// Let an account in again
    Enable {
        /// Its name or id
        account: String,
    },
    /// Take an account away; what an administrator held of keys is replaced
    Delete {
        /// Its name or id
        account: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Give another account a new password; its recovery key and keyrings open nothing any more
    ResetPassword {
        /// Its name or id
        account: String,
        /// Where the password comes from
        #[command(flatten)]
        new_password: NewPassword,
    },
    /// Change your own password
    Password {
        /// Where the new one comes from
        #[command(flatten)]
        new_password: NewPassword,
    },
    /// The second factor: codes of an authenticator app. It guards the program's door, not the file
    #[command(subcommand)]
    Totp(SecondFactor),
    /// Your recovery key, which opens your account when the password is lost
    #[command(subcommand)]
    RecoveryKey(RecoveryKey),
    /// Opening your account with this computer's keyring, without the password
    #[command(subcommand)]
    Keyring(Keyring),
}

/// `towerify accounts totp …`.
#[derive(Debug, Subcommand)]
pub enum SecondFactor {
    /// Show a secret for your app, and put it in force once a code of it was given
    On {
        /// Where the code comes from; asked unless told
        #[command(flatten)]
        confirmation: Confirmation,
    },
    /// Take your second factor away; a code of it is needed
    Off {
        /// Where the code comes from; asked unless told
        #[command(flatten)]
        confirmation: Confirmation,
    },
    /// Take another account's second factor away
    Reset {
        /// Its name or id
        account: String,
    },
}

/// `towerify accounts recovery-key …`.
#[derive(Debug, Subcommand)]
pub enum RecoveryKey {
    /// Show a new recovery key, and put it in force once a part of it was typed back
    New {
        /// Where what is typed back comes from, one group a line; asked unless told
        #[command(flatten)]
        confirmation: Confirmation,
    },
    /// Take your recovery key out of force
    Drop,
}

/// `towerify accounts keyring …`.
#[derive(Debug, Subcommand)]
pub enum Keyring {
    /// From now on, `--keyring` opens your account on this computer
    On,
    /// No keyring opens your account any more
    Off,
}

/// `towerify customers …`.
#[derive(Debug, Subcommand)]
pub enum Customers {
    /// List customers
    List,
    /// Make a customer
    Create {
        /// Its name
        name: String,
    },
}

/// Where a new password comes from.
#[derive(Debug, Args)]
pub struct NewPassword {
    /// Read the new password from this file (its first line)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "new_password_fd")]
    pub new_password_file: Option<PathBuf>,
    /// Read the new password from this open file descriptor
    #[arg(long, value_name = "N")]
    pub new_password_fd: Option<u32>,
}

/// Where what confirms comes from.
#[derive(Debug, Args)]
pub struct Confirmation {
    /// Read it from this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "confirmation_fd")]
    pub confirmation_file: Option<PathBuf>,
    /// Read it from this open file descriptor
    #[arg(long, value_name = "N")]
    pub confirmation_fd: Option<u32>,
}

/// A role.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RoleTold {
    /// The provider: everything
    Administrator,
    /// A customer's own administrator
    Restricted,
    /// Someone at a customer who only opens apps
    EndUser,
}

impl From<RoleTold> for Role {
    fn from(told: RoleTold) -> Self {
        match told {
            RoleTold::Administrator => Self::Administrator,
            RoleTold::Restricted => Self::RestrictedAdministrator,
            RoleTold::EndUser => Self::EndUser,
        }
    }
}
