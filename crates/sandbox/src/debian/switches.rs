//! Small switches of the machine: fail2ban's exceptions, the API, unattended upgrades, and taking our traces away.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use towerify_machine::{bans, gate, refusal, services, state::Unit, traces};
use towerify_yunohost::gate::GatePolicy;

use super::{facts, refuse, replying};
use crate::{
    actions::{Plan, Refusal},
    state::{State, system::Stage},
};

/// Our drop-in that says otherwise than Debian whether upgrades are installed unattended.
const APT_DROP_IN: &str = "/etc/apt/apt.conf.d/99towerify-unattended";

/// An address, or a network as it is written without what lies below its prefix; `None` for anything else.
fn address(text: &str) -> Option<String> {
    let Some((address, prefix)) = text.split_once('/') else {
        return Some(text.parse::<IpAddr>().ok()?.to_string());
    };
    let prefix: u32 = prefix.parse().ok()?;
    Some(match address.parse().ok()? {
        IpAddr::V4(address) => {
            let below = 32_u32.checked_sub(prefix)?;
            let mask = u32::MAX.checked_shl(below).unwrap_or(0);
            format!("{}/{prefix}", Ipv4Addr::from_bits(address.to_bits() & mask))
        }
        IpAddr::V6(address) => {
            let below = 128_u32.checked_sub(prefix)?;
            let mask = u128::MAX.checked_shl(below).unwrap_or(0);
            format!("{}/{prefix}", Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    })
}

/// `never_ban`, and `allow_again` with the former list.
pub(super) fn never_ban(addresses: Option<Vec<String>>) -> Result<Plan, Refusal> {
    let addresses = match addresses {
        None => None,
        Some(given) => match given.iter().map(|one| address(one)).collect() {
            Some(addresses) => Some::<Vec<String>>(addresses),
            None => return refuse(refusal::BAD_ARGUMENT, "addresses"),
        },
    };
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
pub(super) fn api(state: &State, on: bool) -> Result<Plan, Refusal> {
    if on && !api_unit(state).exists {
        return refuse(
            refusal::SERVICE_FAILED,
            "there is no yunohost-api on this machine",
        );
    }
    let plan = replying(move |state, now| {
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
    .about(if on { "on" } else { "off" });
    Ok(plan)
}

/// `unattended_upgrades`.
pub(super) fn unattended(on: bool) -> Plan {
    replying(move |state, _| {
        let package = state.system.stage >= Stage::Installed;
        let before = state.system.unattended_upgrades;
        let after = on && package;
        state.system.unattended_upgrades = after;
        // Only where the machine's own settings say otherwise; those of YunoHost's say yes.
        state.system.traces.retain(|path| path != APT_DROP_IN);
        if package && !after {
            state.system.traces.push(APT_DROP_IN.to_owned());
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
        let mut removed = facts::traces(state, false);
        let gates: Vec<String> = state.system.gates.keys().cloned().collect();
        for account in gates {
            removed.extend(state.take_gate(&account));
        }
        state.system.never_banned = None;
        state.system.traces.clear();
        state.system.unattended_upgrades = state.system.stage >= Stage::Installed;
        traces::TracesRemoved {
            removed,
            left: Vec::new(),
        }
    })
}

/// `put_gate`.
pub(super) fn put_gate(asked: gate::PutGate) -> Result<Plan, Refusal> {
    let account = asked.account.strip_prefix("towerify-").unwrap_or_default();
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !(4..=22).contains(&account.len()) || !account.chars().all(inside) {
        return refuse(refusal::BAD_ARGUMENT, "account");
    }
    let policy: GatePolicy = match serde_json::from_value(asked.policy.clone()) {
        Ok(policy) => policy,
        Err(_) => return refuse(refusal::BAD_ARGUMENT, "policy"),
    };
    if policy.account != asked.account {
        return refuse(refusal::BAD_ARGUMENT, "policy");
    }
    let subject = asked.account.clone();
    Ok(replying(move |state, _| state.put_gate(&asked, policy)).about(&subject))
}

/// `remove_gate`.
pub(super) fn remove_gate(account: String) -> Plan {
    let subject = account.clone();
    replying(move |state, _| gate::GateRemoved {
        removed: state.take_gate(&account),
        left: state.system.gates.keys().cloned().collect(),
    })
    .about(&subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_networks_without_what_is_below_the_prefix() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(address(text).as_deref(), expected, "{text}");
        };
        check("198.51.100.7", Some("198.51.100.7"));
        check("198.51.100.7/24", Some("198.51.100.0/24"));
        check("198.51.100.7/0", Some("0.0.0.0/0"));
        check("2001:DB8::7/32", Some("2001:db8::/32"));
        for wrong in ["", "partout", "198.51.100.7/33", "198.51.100.7/-1", "1.2.3"] {
            check(wrong, None);
        }
    }
}
