//! `towerify provision`, `towerify profiles …`: the machine, and what is chosen for it. What is not told is as in the
//! profile, or as the form's defaults are.

use super::reach::Reach;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;
use towerify_domain::provisioning as chosen;

/// `towerify provision`.
#[derive(Debug, Args)]
pub struct Provision {
    /// Its name in the fleet: a server that is there already, or, with --address or --from-ssh, a new one
    #[arg(required_unless_present = "from_ssh")]
    pub name: Option<String>,
    /// Where it is, and how one logs in
    #[command(flatten)]
    pub reach: Reach,
    /// What is chosen
    #[command(flatten)]
    pub chosen: Chosen,
    /// Where secrets come from
    #[command(flatten)]
    pub secrets: ProvisionSecrets,
    /// Only look at the machine, and show what would be done; nothing is changed on it
    #[arg(long)]
    pub plan: bool,
    /// Keep these choices as a profile of this name
    #[arg(long, value_name = "NAME")]
    pub save_profile: Option<String>,
    /// Write every line of the trace, not the steps alone
    #[arg(long)]
    pub trace: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// What is chosen.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is chosen")]
pub struct Chosen {
    /// Begin with the choices of this profile
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Read choices from this file: a JSON object with the fields of the form
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub choices_file: Option<PathBuf>,
    /// The server's main domain
    #[arg(long, value_hint = ValueHint::Hostname)]
    pub domain: Option<String>,
    /// The first administrator's user name on it
    #[arg(long, value_name = "USERNAME")]
    pub admin: Option<String>,
    /// Their name
    #[arg(long, value_name = "NAME")]
    pub fullname: Option<String>,
    /// Ask this resolver for the domain's records
    #[arg(long, value_name = "IP", conflicts_with = "no_dns")]
    pub resolver: Option<String>,
    /// No DNS here: an isolated site
    #[arg(long)]
    pub no_dns: bool,
    /// Which certificate
    #[arg(long, value_name = "WHICH")]
    pub certificate: Option<Certificate>,
    /// The chain of your own certificate, leaf first, in PEM; with --certificate-key-file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub certificate_chain: Option<PathBuf>,
    /// The SSH port in the end
    #[arg(long, value_name = "PORT")]
    pub ssh_port: Option<u16>,
    /// Whether mail is wanted; otherwise its ports are closed
    #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
    pub mail: Option<bool>,
    /// An address or a network that is never banned; may be given several times
    #[arg(long = "never-ban", value_name = "ADDRESS")]
    pub never_ban: Vec<String>,
    /// Whether the HTTP API stays on
    #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
    pub api: Option<bool>,
    /// Whether security updates install themselves
    #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
    pub unattended_upgrades: Option<bool>,
    /// Whether a backup is made at the end
    #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
    pub backup: Option<bool>,
    /// The address of the installer, without the release's name
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, conflicts_with = "installer_file")]
    pub installer: Option<String>,
    /// The installer, brought along in this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub installer_file: Option<PathBuf>,
    /// What the installer's SHA-256 must be
    #[arg(long, value_name = "HEX")]
    pub installer_sha256: Option<String>,
    /// Which packages of YunoHost
    #[arg(long, value_name = "BRANCH")]
    pub branch: Option<Branch>,
    /// Say that there is another way into the machine, should SSH be lost: a console
    #[arg(long)]
    pub second_way_in: bool,
    /// Whose server it is
    #[arg(long, value_name = "NAME")]
    pub customer: Option<String>,
    /// A tag; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
}

/// Where secrets come from.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is chosen")]
pub struct ProvisionSecrets {
    /// Read the first administrator's password from this file; without it one is drawn, and kept sealed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "admin_password_fd")]
    pub admin_password_file: Option<PathBuf>,
    /// The same, from this open file descriptor
    #[arg(long, value_name = "N", conflicts_with = "ask_admin_password")]
    pub admin_password_fd: Option<u32>,
    /// Ask for the first administrator's password
    #[arg(long, conflicts_with = "admin_password_file")]
    pub ask_admin_password: bool,
    /// The key of your own certificate, in PEM
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "certificate_chain")]
    pub certificate_key_file: Option<PathBuf>,
}

/// `towerify profiles …`.
#[derive(Debug, Subcommand)]
pub enum Profiles {
    /// List the sets of choices that were saved
    List,
    /// Delete one
    Delete {
        /// Its name
        profile: String,
    },
}

/// Which certificate.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Certificate {
    /// From Let's Encrypt; renewed by YunoHost
    LetsEncrypt,
    /// The one that YunoHost signs itself
    SelfSigned,
    /// Your own, from files
    Own,
}

impl From<Certificate> for chosen::Certificate {
    fn from(told: Certificate) -> Self {
        match told {
            Certificate::LetsEncrypt => Self::LetsEncrypt,
            Certificate::SelfSigned => Self::SelfSigned,
            Certificate::Own => Self::Own,
        }
    }
}

/// Which packages of YunoHost.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Branch {
    /// What is released
    Stable,
    /// What is tried before it is
    Testing,
    /// What is built from day to day
    Unstable,
}

impl From<Branch> for chosen::Branch {
    fn from(told: Branch) -> Self {
        match told {
            Branch::Stable => Self::Stable,
            Branch::Testing => Self::Testing,
            Branch::Unstable => Self::Unstable,
        }
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "oui" | "true" | "on" => Ok(true),
        "no" | "non" | "false" | "off" => Ok(false),
        _ => Err("yes or no".to_owned()),
    }
}
