//! Small switches of the machine: fail2ban's exceptions, the API, unattended upgrades, and taking our traces away.

use towerify_machine::{bans, refusal, services, state::Unit, traces};

use super::{facts, refuse, replying};
use crate::{
    actions::{Plan, Refusal},
    state::{State, system::Stage},
};

/// Our drop-in that says otherwise than Debian whether upgrades are installed unattended.
const APT_DROP_IN: &str = "/etc/apt/apt.conf.d/99towerify";

/// Whether this is an address, with or without a prefix length.
fn is_address(text: &str) -> bool {
    let (address, prefix) = text.split_once('/').unwrap_or((text, "0"));
    address.parse::<std::net::IpAddr>().is_ok() && prefix.parse::<u8>().is_ok_and(|n| n <= 128)
}

/// `never_ban`, and `allow_again` with the former list.
pub(super) fn never_ban(addresses: Option<Vec<String>>) -> Result<Plan, Refusal> {
    if let Some(wrong) = addresses.iter().flatten().find(|one| !is_address(one)) {
        return refuse(
            refusal::BAD_ARGUMENT,
            format!("addresses: {wrong:?} is no address"),
        );
    }
    let subject = addresses
        .as_ref()
        .map_or_else(String::new, |list| list.join(" "));
    Ok(replying(move |state, _| {
        let before = std::mem::replace(&mut state.system.never_banned, addresses.clone());
        bans::BanChange {
            changed: before != addresses,
            before,
            after: addresses,
            reloaded: state.system.stage >= Stage::Installed,
        }
    })
    .about(&subject))
}

/// How the API's unit is.
pub(super) fn api_unit(state: &State) -> Unit {
    let service = state.services.get("yunohost-api");
    Unit {
        exists: service.is_some(),
        enabled: service.is_some_and(|service| service.boot == "enabled"),
        active: service.is_some_and(|service| service.status == "running"),
    }
}

/// `api`.
pub(super) fn api(on: bool) -> Plan {
    replying(move |state, now| {
        let before = api_unit(state);
        if let Some(service) = state.services.get_mut("yunohost-api") {
            let (status, boot) = if on {
                ("running", "enabled")
            } else {
                ("dead", "disabled")
            };
            if service.status != status || service.boot != boot {
                service.since = now;
            }
            status.clone_into(&mut service.status);
            boot.clone_into(&mut service.boot);
        }
        let after = api_unit(state);
        services::UnitChange {
            before,
            after,
            changed: before != after,
        }
    })
    .about(if on { "on" } else { "off" })
    .step(400, "info", "systemctl")
}

/// `unattended_upgrades`.
pub(super) fn unattended(on: bool) -> Plan {
    replying(move |state, _| {
        let package = state.system.stage >= Stage::Installed;
        let before = state.system.unattended_upgrades;
        let after = on && package;
        state.system.unattended_upgrades = after;
        let drop_in = APT_DROP_IN.to_owned();
        if before != after && !state.system.traces.contains(&drop_in) {
            state.system.traces.push(drop_in);
        }
        services::UnattendedChange {
            before,
            after,
            changed: before != after,
            package,
        }
    })
    .about(if on { "on" } else { "off" })
}

/// `remove_traces`.
pub(super) fn remove_traces() -> Plan {
    replying(move |state, _| {
        let removed = facts::traces(state, false);
        state.system.never_banned = None;
        state.system.traces.clear();
        traces::TracesRemoved {
            removed,
            left: Vec::new(),
        }
    })
}
