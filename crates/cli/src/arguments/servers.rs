//! `towerify servers …`.

use super::reach::{LoginBy, Reach};
use clap::{Args, Subcommand, ValueEnum};

/// `towerify servers …`.
#[derive(Debug, Subcommand)]
pub enum Servers {
    /// Add a server to the fleet
    Add(Box<ServersAdd>),
    /// Add the hosts of ~/.ssh/config whose host keys known_hosts has already; the others are said
    ImportSsh(ImportSsh),
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
    /// Switch a server's HTTP API on or off, and follow the run to its end
    Api {
        /// Its name or id
        server: String,
        /// On or off
        #[arg(value_enum)]
        switch: Switch,
    },
    /// Take back what was put on a server and put back what was changed; it goes on serving
    Disconnect {
        /// Its name or id
        server: String,
        /// Only show what would be done
        #[arg(long)]
        plan: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Take a server out of the fleet, with what is kept of it here; nothing changes on it
    Forget {
        /// Its name or id
        server: String,
        /// Only say what would be lost
        #[arg(long)]
        plan: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On
    On,
    /// Off
    Off,
}

/// `towerify servers add`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("where").required(true).multiple(true).args(["address", "from_ssh"]))]
pub struct ServersAdd {
    /// Its name in the fleet; with --from-ssh, that host's unless told
    #[arg(required_unless_present = "from_ssh")]
    pub name: Option<String>,
    /// Where it is, and how one logs in
    #[command(flatten)]
    pub reach: Reach,
    /// Whose it is
    #[arg(long)]
    pub customer: Option<String>,
    /// A tag; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
}

/// `towerify servers import-ssh`.
#[derive(Debug, Args)]
pub struct ImportSsh {
    /// Only the hosts whose name matches this, in which * stands for any characters and ? for one
    pub pattern: Option<String>,
    /// Only show what would be added
    #[arg(long)]
    pub dry_run: bool,
    /// How one logs in; each host's own key of ~/.ssh/config unless told, else the agent
    #[command(flatten)]
    pub login: LoginBy,
    /// Who logs in where ~/.ssh/config does not say
    #[arg(long, default_value = "admin")]
    pub user: String,
    /// Whose they are
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
