//! The actions of YunoHost that provisioning uses, with the verbs of the server's version.

use std::collections::BTreeMap;

use towerify_domain::{Words, text};
use towerify_runs::StepError;
use towerify_yunohost::{
    Action, Release,
    fields::{Grantee, Label, PermissionName, Rule},
    firewall::{AllowPort, ClosePort, DisallowPort, Firewall, OpenPort, Protocol, ShowFirewall},
    permissions::{AddPermission, ListPermissions, RemovePermission},
    settings::{ChangeSetting, SettingKey, ShowSetting},
};

use crate::{
    provisioning::job::{Done, Job, problem},
    runs::Asked,
    yunohost_rules,
};

/// A value that a form had let through, and the server's words do not take.
pub(super) fn broken(rule: Rule) -> StepError {
    problem("invalid_fields", yunohost_rules::words(rule))
}

fn no_name(what: &str) -> StepError {
    problem("internal", Words::same(format!("{what}?")))
}

/// An action, to be begun.
pub(super) fn asked(action: &impl Action) -> Asked {
    Asked::Words(action.argv())
}

fn key(name: &str) -> Done<SettingKey> {
    SettingKey::parse(name).ok_or_else(|| no_name(name))
}

/// `settings set`.
pub(super) fn set(name: &str, value: impl Into<String>) -> Done<Asked> {
    Ok(asked(&ChangeSetting {
        key: key(name)?,
        value: value.into(),
    }))
}

/// Whether a setting has this value; yes and no in whatever form YunoHost writes them.
pub(super) async fn setting_is(job: &Job, name: &str, value: &str) -> Done<bool> {
    let now = job.read(ShowSetting { key: key(name)? }).await?;
    Ok(match value {
        "yes" => now.is_on() == Some(true),
        "no" => now.is_on() != Some(true),
        value => now.text().as_deref() == Some(value),
    })
}

/// Gives a permission to a user.
pub(super) fn give(permission: &str, user: &str) -> Done<Asked> {
    Ok(asked(&AddPermission {
        permission: PermissionName::parse(permission).map_err(broken)?,
        names: vec![Grantee::parse(user).map_err(broken)?],
    }))
}

/// Takes a permission from a user.
pub(super) fn take(permission: &str, user: &str) -> Done<Asked> {
    Ok(asked(&RemovePermission {
        permission: PermissionName::parse(permission).map_err(broken)?,
        names: vec![Grantee::parse(user).map_err(broken)?],
    }))
}

/// Whether a user has a permission by name.
pub(super) async fn has(job: &Job, permission: &str, user: &str) -> Done<bool> {
    let all = job.read(ListPermissions).await?;
    Ok(all
        .permissions
        .get(permission)
        .is_some_and(|known| known.allowed.iter().any(|who| who == user)))
}

/// A TCP port of the firewall that lets in.
pub(super) struct Open {
    /// Whether a router forwards it.
    pub(super) upnp: bool,
    /// What it is said to be for.
    pub(super) comment: String,
}

/// Those of these TCP ports that let in.
pub(super) async fn open_among(job: &Job, ports: &[u16]) -> Done<BTreeMap<u16, Open>> {
    let firewall = job.read(ShowFirewall).await?;
    Ok(ports
        .iter()
        .map(|port| (*port, firewall.port(Protocol::Tcp, *port)))
        .filter(|(_, known)| known.open)
        .map(|(port, known)| {
            let open = Open {
                upnp: known.upnp,
                comment: comment(&firewall, port),
            };
            (port, open)
        })
        .collect())
}

/// What 12.1 keeps with a port; 12.0 keeps nothing.
fn comment(firewall: &Firewall, port: u16) -> String {
    let kept = firewall
        .0
        .get("tcp")
        .and_then(|ports| ports.get(port.to_string())?.get("comment")?.as_str());
    text::line(kept.unwrap_or_default(), 120)
}

/// Lets a TCP port in. 12.1 loses what a router forwards unless it is asked for (rule 19); 12.0 asks for it by itself.
pub(super) fn open(release: Release, port: u16, upnp: bool, comment: &str) -> Done<Asked> {
    if release < Release::V12_1 {
        return Ok(asked(&AllowPort {
            protocol: Protocol::Tcp,
            port,
            upnp,
        }));
    }
    let comment = Label::parse(comment.trim_start_matches('-'))
        .or_else(|_| Label::parse("Towerify"))
        .map_err(broken)?;
    Ok(asked(&OpenPort {
        protocol: Protocol::Tcp,
        port,
        comment,
        upnp,
    }))
}

/// Shuts a TCP port.
pub(super) fn shut(release: Release, port: u16) -> Asked {
    if release < Release::V12_1 {
        asked(&DisallowPort {
            protocol: Protocol::Tcp,
            port,
        })
    } else {
        asked(&ClosePort {
            protocol: Protocol::Tcp,
            port,
        })
    }
}
