//! How a machine is reached: the same words for adding a server and for making a bare machine into one.

use clap::{Args, ValueHint};
use std::path::PathBuf;

/// Where a machine is, and how one logs in.
#[derive(Debug, Args)]
#[command(next_help_heading = "How it is reached")]
pub struct Reach {
    /// Its name in the network, or its address
    #[arg(long, value_name = "HOST", value_hint = ValueHint::Hostname)]
    pub address: Option<String>,
    /// Its SSH port; 22 unless told
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Who logs in; admin (root for a bare machine) unless told
    #[arg(long, value_hint = ValueHint::Username)]
    pub user: Option<String>,
    /// Take what is not told here from this host of ~/.ssh/config: address, port, user, key, jump host
    #[arg(long, value_name = "HOST")]
    pub from_ssh: Option<String>,
    /// The fingerprint that you checked (SHA256:…). Without it the one that is offered is shown, and nothing is added
    #[arg(long, value_name = "SHA256:…")]
    pub fingerprint: Option<String>,
    /// Reach it through this server of the fleet
    #[arg(long, value_name = "SERVER")]
    pub jump: Option<String>,
    /// How one logs in
    #[command(flatten)]
    pub login: LoginBy,
}

/// How one logs in; a password is asked unless told.
#[derive(Debug, Args)]
#[command(next_help_heading = "How it is reached")]
pub struct LoginBy {
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
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub passphrase_file: Option<PathBuf>,
}
