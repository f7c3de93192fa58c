//! `towerify fleet …`: what is done, where, and in which waves. `towerify schedules add` asks the same.

use super::people::UserPassword;
use super::runs::one_of;
use clap::{Args, Subcommand};
use towerify_core::fleet::{FleetChange, FleetSelection};
use towerify_domain::fleet::{FleetState, StopRule, Width};

/// `towerify fleet …`.
#[derive(Debug, Subcommand)]
pub enum Fleet {
    /// Do the same on many servers, wave after wave, and follow it to its end
    Run(Box<FleetRun>),
    /// List fleet runs, the newest first
    List {
        /// In this state; may be given several times
        #[arg(long = "state", value_name = "STATE", value_parser = fleet_state)]
        states: Vec<FleetState>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show a fleet run: its waves, and what became of each server
    Show {
        /// Its id, or `last`
        fleet: String,
    },
    /// Begin no other server; what is at work comes to its end
    Pause {
        /// Its id, or `last`
        fleet: String,
    },
    /// Go on after a pause, or after the rule stopped it, and follow it to its end
    Resume {
        /// Its id, or `last`
        fleet: String,
    },
    /// Begin no other server, and cancel what is at work where its step ends
    Cancel {
        /// Its id, or `last`
        fleet: String,
    },
    /// Take up the servers that failed, and no others, and follow it to its end
    Retry {
        /// Its id, or `last`
        fleet: String,
    },
}

/// `towerify fleet run`.
#[derive(Debug, Args)]
pub struct FleetRun {
    /// Where
    #[command(flatten)]
    pub on: On,
    /// In which waves
    #[command(flatten)]
    pub pace: FleetPace,
    /// Only look, and say what would be done on each server; nothing is changed
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, global = true)]
    pub yes: bool,
    /// What is done
    #[command(subcommand)]
    pub change: Change,
}

/// On which servers.
#[derive(Debug, Args)]
#[command(next_help_heading = "On which servers")]
pub struct On {
    /// On this server; may be given several times
    #[arg(long = "server", value_name = "SERVER", global = true)]
    pub servers: Vec<String>,
    /// On those with this tag
    #[arg(long, global = true)]
    pub tag: Option<String>,
    /// On this customer's
    #[arg(long, value_name = "NAME", global = true)]
    pub customer: Option<String>,
    /// On those that the list's search finds
    #[arg(long, value_name = "TEXT", global = true)]
    pub search: Option<String>,
    /// On all
    #[arg(long, global = true)]
    pub all: bool,
}

impl On {
    /// The one that is told; `None` when none or several are. Servers' names are looked up by `ids`.
    pub fn told(&self) -> Option<Told<'_>> {
        let mut told = Vec::new();
        if !self.servers.is_empty() {
            told.push(Told::Servers(&self.servers));
        }
        let of = |make: fn(String) -> FleetSelection, text: &Option<String>| {
            text.clone().map(|text| Told::Found(make(text)))
        };
        told.extend(of(|tag| FleetSelection::Tag { tag }, &self.tag));
        told.extend(of(
            |customer| FleetSelection::Customer { customer },
            &self.customer,
        ));
        told.extend(of(|text| FleetSelection::Search { text }, &self.search));
        told.extend(self.all.then_some(Told::Found(FleetSelection::All)));
        if told.len() > 1 {
            return None;
        }
        told.pop()
    }
}

/// A selection as it is told.
#[derive(Debug, PartialEq, Eq)]
pub enum Told<'a> {
    /// By names or ids.
    Servers(&'a [String]),
    /// By what they have in common.
    Found(FleetSelection),
}

/// In which waves, and when it stops.
#[derive(Debug, Args)]
#[command(next_help_heading = "In which waves")]
pub struct FleetPace {
    /// How many servers each wave takes: numbers, parts (30%) and `rest`, with commas between
    #[arg(long, value_name = "1,30%,rest", value_delimiter = ',', value_parser = width, global = true)]
    pub waves: Vec<Width>,
    /// Stop when so many servers have failed, or such a part (10%) of one wave
    #[arg(long, value_name = "3|10%", value_parser = stop_rule, global = true)]
    pub stop_after: Option<StopRule>,
    /// At most so many servers at a time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=32), global = true)]
    pub at_once: Option<u32>,
    /// Begin with this server; may be given several times
    #[arg(long = "canary", value_name = "SERVER", global = true)]
    pub canaries: Vec<String>,
}

/// What is done on each server.
#[derive(Debug, Subcommand)]
pub enum Change {
    /// Read the server again
    Refresh,
    /// Upgrade every app that waits for it
    UpgradeApps,
    /// Upgrade an app where it is installed
    UpgradeApp {
        /// Its id on the server
        app: String,
    },
    /// Remove an app where it is installed, with its data
    RemoveApp {
        /// Its id on the server
        app: String,
    },
    /// Restart a service
    RestartService {
        /// Its name
        service: String,
    },
    /// Run the diagnosis
    Diagnose,
    /// Give a user or a group access
    GiveAccess {
        /// The permission, such as nextcloud.main
        permission: String,
        /// The user or the group
        who: String,
    },
    /// Take access from a user or a group
    TakeAccess {
        /// The permission, such as nextcloud.main
        permission: String,
        /// The user or the group
        who: String,
    },
    /// Create a user; their first password is asked, or read as told
    CreateUser {
        /// Their log-in name
        username: String,
        /// Their name
        #[arg(long, value_name = "NAME")]
        fullname: String,
        /// Where their password comes from
        #[command(flatten)]
        password: UserPassword,
    },
    /// Delete a user where they are
    DeleteUser {
        /// Their log-in name
        username: String,
        /// Delete their files and mail too
        #[arg(long)]
        purge: bool,
    },
}

impl Change {
    /// The same for the core.
    pub fn asked(&self) -> FleetChange {
        match self {
            Self::Refresh => FleetChange::Refresh,
            Self::UpgradeApps => FleetChange::UpgradeApps,
            Self::UpgradeApp { app } => FleetChange::UpgradeApp { app: app.clone() },
            Self::RemoveApp { app } => FleetChange::RemoveApp { app: app.clone() },
            Self::RestartService { service } => FleetChange::RestartService {
                service: service.clone(),
            },
            Self::Diagnose => FleetChange::Diagnose,
            Self::GiveAccess { permission, who } => FleetChange::GiveAccess {
                permission: permission.clone(),
                who: who.clone(),
            },
            Self::TakeAccess { permission, who } => FleetChange::TakeAccess {
                permission: permission.clone(),
                who: who.clone(),
            },
            Self::CreateUser {
                username, fullname, ..
            } => FleetChange::CreateUser {
                username: username.clone(),
                fullname: fullname.clone(),
            },
            Self::DeleteUser { username, purge } => FleetChange::DeleteUser {
                username: username.clone(),
                purge: *purge,
            },
        }
    }

    /// Whether it takes something away that can't be brought back.
    pub const fn destroys(&self) -> bool {
        matches!(self, Self::RemoveApp { .. } | Self::DeleteUser { .. })
    }
}

fn width(text: &str) -> Result<Width, String> {
    text.parse().map_err(|error| format!("{error}"))
}

fn stop_rule(text: &str) -> Result<StopRule, String> {
    let text = text.trim();
    let rule = match text.strip_suffix('%') {
        Some(percent) => percent
            .trim()
            .parse()
            .ok()
            .map(|percent| StopRule::Percent { percent }),
        None => text
            .parse()
            .ok()
            .map(|servers| StopRule::Failures { servers }),
    };
    rule.filter(|rule| rule.is_sound())
        .ok_or_else(|| "a number of servers (3), or a part of a wave (10%)".to_owned())
}

fn fleet_state(name: &str) -> Result<FleetState, String> {
    FleetState::named(name)
        .ok_or_else(|| one_of(FleetState::ALL.iter().copied().map(FleetState::name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_rule(text: &str, expected: Option<StopRule>) {
        assert_eq!(stop_rule(text).ok(), expected, "{text:?}");
    }

    #[test]
    fn a_stop_rule_is_a_number_or_a_part() {
        check_rule("3", Some(StopRule::Failures { servers: 3 }));
        check_rule("10%", Some(StopRule::Percent { percent: 10 }));
        check_rule("10 %", Some(StopRule::Percent { percent: 10 }));
        check_rule("0", None);
        check_rule("0%", None);
        check_rule("101%", None);
        check_rule("-1", None);
        check_rule("a few", None);
    }

    #[test]
    fn servers_are_told_in_one_way() {
        let nothing = || On {
            servers: Vec::new(),
            tag: None,
            customer: None,
            search: None,
            all: false,
        };
        assert_eq!(nothing().told(), None);
        let all = On {
            all: true,
            ..nothing()
        };
        assert_eq!(all.told(), Some(Told::Found(FleetSelection::All)));
        let both = On {
            all: true,
            tag: Some("prod".into()),
            ..nothing()
        };
        assert_eq!(both.told(), None);
        let named = On {
            servers: vec!["glycines-01".into()],
            ..nothing()
        };
        assert_eq!(named.told(), Some(Told::Servers(&["glycines-01".into()])));
    }
}
