//! How things were before we changed them: what is written down, and what it takes to put it back.

use serde::{Deserialize, Serialize};
use towerify_domain::{Words, id::ServerId};
use towerify_runs::Context;
use towerify_store::FormerValue;

use crate::{Result, clock::now, workspace::Reach};

/// One thing of ours on a server, with how it was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum Former {
    /// Our line in an account's keys; it was not there.
    Key { user: String, line: String },
    /// A setting of YunoHost's, and its value.
    Setting { key: String, value: String },
    /// The port that sshd listened on, the one that it was to be moved to, and the one that it was reached by (another
    /// than `was` behind a router that forwards it).
    SshPort { was: u16, to: u16, reached: u16 },
    /// A permission that a user did not have.
    Permission { permission: String, user: String },
    /// A port of the firewall that was open.
    Port {
        port: u16,
        upnp: bool,
        comment: String,
    },
    /// A port of the firewall that was shut.
    PortOpened { port: u16 },
    /// The addresses of our jail file; none: it was not there.
    NeverBanned { addresses: Option<Vec<String>> },
    /// Whether the HTTP API ran.
    Api { on: bool },
    /// Whether security updates were installed by themselves.
    UnattendedUpgrades { on: bool },
    /// Where a domain's certificate was, and our folder.
    Certificate {
        domain: String,
        target: String,
        #[serde(default)]
        folder: Option<String>,
    },
}

impl Former {
    /// Its name among a server's former values.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Key { user, .. } => format!("key {user}"),
            Self::Setting { key, .. } => format!("setting {key}"),
            Self::SshPort { .. } => "ssh_port".into(),
            Self::Permission { permission, user } => format!("permission {permission} {user}"),
            Self::Port { port, .. } => format!("port {port}"),
            Self::PortOpened { port } => format!("port opened {port}"),
            Self::NeverBanned { .. } => "never_banned".into(),
            Self::Api { .. } => "api".into(),
            Self::UnattendedUpgrades { .. } => "unattended_upgrades".into(),
            Self::Certificate { domain, .. } => format!("certificate {domain}"),
        }
    }

    /// In which order things are put back: the way in goes last.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Self::NeverBanned { .. } => 0,
            Self::Port { .. } => 1,
            Self::Api { .. } => 2,
            Self::UnattendedUpgrades { .. } => 3,
            Self::Certificate { .. } => 4,
            Self::SshPort { .. } => 5,
            Self::PortOpened { .. } => 6,
            Self::Permission { .. } => 7,
            Self::Setting { .. } => 8,
            Self::Key { .. } => 9,
        }
    }

    /// What putting it back does.
    pub(crate) fn undoing(&self) -> Words {
        match self {
            Self::Key { user, .. } => Words::new(
                format!("Take our key from {user}: Towerify can no longer log in"),
                format!("Retirer notre clé à {user} : Towerify ne peut plus se connecter"),
            ),
            Self::Setting { key, value } => Words::new(
                format!("Set {key} back to {value}"),
                format!("Remettre {key} à {value}"),
            ),
            Self::SshPort { was, to, .. } => Words::new(
                format!("Move SSH from port {to} back to {was}"),
                format!("Ramener SSH du port {to} au port {was}"),
            ),
            Self::Permission { permission, user } => Words::new(
                format!("Take {permission} from {user}"),
                format!("Retirer {permission} à {user}"),
            ),
            Self::Port { port, .. } => Words::new(
                format!("Open port {port} again"),
                format!("Rouvrir le port {port}"),
            ),
            Self::PortOpened { port } => Words::new(
                format!("Shut port {port} again"),
                format!("Refermer le port {port}"),
            ),
            Self::NeverBanned { addresses: None } => Words::new(
                "Remove our file of addresses that are never banned",
                "Retirer notre fichier d’adresses jamais bannies",
            ),
            Self::NeverBanned { .. } => Words::new(
                "Put the former list of never-banned addresses back",
                "Remettre l’ancienne liste d’adresses jamais bannies",
            ),
            Self::Api { on: true } => {
                Words::new("Switch the HTTP API on again", "Réactiver l’API HTTP")
            }
            Self::Api { on: false } => {
                Words::new("Switch the HTTP API off again", "Désactiver l’API HTTP")
            }
            Self::UnattendedUpgrades { on: true } => Words::new(
                "Let security updates install themselves again",
                "Laisser à nouveau les mises à jour de sécurité s’installer seules",
            ),
            Self::UnattendedUpgrades { on: false } => Words::new(
                "Stop security updates from installing themselves",
                "Ne plus laisser les mises à jour de sécurité s’installer seules",
            ),
            Self::Certificate { domain, .. } => Words::new(
                format!("Give {domain} its former certificate back"),
                format!("Rendre à {domain} son ancien certificat"),
            ),
        }
    }

    /// How it was, where that says something.
    pub(crate) fn shown(&self) -> Option<String> {
        match self {
            Self::Setting { value, .. } => Some(value.clone()),
            Self::SshPort { was, .. } => Some(was.to_string()),
            Self::NeverBanned {
                addresses: Some(addresses),
            } => Some(addresses.join(", ")),
            Self::Certificate { target, .. } => Some(target.clone()),
            _ => None,
        }
    }
}

/// Writes down how something was, before it is changed. What is written down already stays.
pub(crate) async fn record(
    reach: &Reach,
    server: ServerId,
    context: &Context,
    former: &Former,
) -> Result<()> {
    let row = FormerValue {
        name: former.name(),
        value: serde_json::json!(former),
        run: Some(context.run()),
        recorded_at: now(),
    };
    reach.store.former_values().record(server, &row).await?;
    Ok(())
}

/// Everything of ours on a server, in the order in which it is put back.
pub(crate) async fn all(reach: &Reach, server: ServerId) -> Result<Vec<Former>> {
    let rows = reach.store.former_values().of(server).await?;
    let mut all: Vec<Former> = rows
        .into_iter()
        .filter_map(|row| serde_json::from_value(row.value).ok())
        .collect();
    all.sort_by_key(Former::rank);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_leads_back_to_what_it_was() {
        for former in [
            Former::SshPort {
                was: 22,
                to: 2222,
                reached: 22,
            },
            Former::NeverBanned { addresses: None },
            Former::Key {
                user: "camille".into(),
                line: "ssh-ed25519 AAAA towerify".into(),
            },
        ] {
            let kept = serde_json::to_value(&former).unwrap();
            assert_eq!(serde_json::from_value::<Former>(kept).unwrap(), former);
        }
    }
}
