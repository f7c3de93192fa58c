//! `firewall …`: YunoHost's firewall, as 12.1 has it (open, close, delete) and as 12.0 had it (allow, disallow).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    actions::{Plan, Refusal, refuse},
    call::{Call, Misused},
    state::{State, system},
};

type Ports = BTreeMap<String, system::Port>;

/// A port or range as it is kept: `9000-9010`. `None` when it is neither.
fn port(text: &str) -> Option<String> {
    let whole = |text: &str| text.parse::<u16>().ok().map(|port| port.to_string());
    match text.split_once(':') {
        Some((first, last)) => Some(format!("{}-{}", whole(first)?, whole(last)?)),
        None => whole(text),
    }
}

fn by_number(ports: &Ports) -> Vec<(&String, &system::Port)> {
    let mut ports: Vec<_> = ports.iter().collect();
    ports.sort_by_key(|(port, _)| {
        let first = port.split('-').next().unwrap_or_default();
        first.parse::<u16>().unwrap_or(u16::MAX)
    });
    ports
}

fn shown(port: &str) -> Value {
    port.parse::<u16>()
        .map_or_else(|_| Value::from(port), Value::from)
}

fn numbers(ports: &Ports, with: impl Fn(&system::Port) -> bool) -> Vec<Value> {
    by_number(ports)
        .into_iter()
        .filter(|(_, rule)| with(rule))
        .map(|(port, _)| shown(port))
        .collect()
}

/// `firewall list`.
pub(super) fn list(state: &State, call: &Call) -> Value {
    let firewall = &state.system.firewall;
    let open = |ports: &Ports| numbers(ports, |rule| rule.open);
    if state.is_old() {
        return old_list(state, call.has("raw"));
    }
    if call.has("raw") {
        let all = |ports: &Ports| -> Map<String, Value> {
            let rule = |rule: &system::Port| json!({"comment": rule.comment, "open": rule.open, "upnp": rule.upnp});
            let ports = by_number(ports).into_iter();
            ports.map(|(port, of)| (port.clone(), rule(of))).collect()
        };
        return json!({
            "router_forwarding_upnp": false, "tcp": all(&firewall.tcp), "udp": all(&firewall.udp),
        });
    }
    match call.one("protocol") {
        Some("udp") => json!({"udp": open(&firewall.udp)}),
        _ => json!({"tcp": open(&firewall.tcp)}),
    }
}

fn old_list(state: &State, raw: bool) -> Value {
    let firewall = &state.system.firewall;
    let open = |ports: &Ports| numbers(ports, |rule| rule.open);
    let upnp = |ports: &Ports| numbers(ports, |rule| rule.open && rule.upnp);
    if raw {
        let both = json!({"TCP": open(&firewall.tcp), "UDP": open(&firewall.udp)});
        return json!({
            "ipv4": both, "ipv6": both,
            "uPnP": {
                "TCP": upnp(&firewall.tcp), "TCP_TO_CLOSE": [], "UDP": upnp(&firewall.udp),
                "UDP_TO_CLOSE": [], "enabled": false,
            },
        });
    }
    let mut together = firewall.tcp.clone();
    for (port, rule) in &firewall.udp {
        together.entry(port.clone()).or_insert_with(|| rule.clone());
    }
    json!({"opened_ports": open(&together)})
}

/// Which of the protocols a call means: TCP, UDP.
fn protocols(call: &Call) -> (bool, bool) {
    match call.one("protocol").map(str::to_lowercase).as_deref() {
        Some("udp") => (false, true),
        Some("both") => (true, true),
        _ => (true, false),
    }
}

fn given(call: &Call) -> Result<String, Refusal> {
    match port(call.required("port")) {
        Some(port) => Ok(port),
        None => refuse(
            call,
            "invalid_argument",
            &[
                ("argument", "port"),
                (
                    "error",
                    "Must be a valid port number (i.e. 0-65535) or range of ports (e.g. 100:200)",
                ),
            ],
        ),
    }
}

fn reloaded(mut plan: Plan, call: &Call, changed: bool, is_old: bool) -> Plan {
    if changed && !is_old {
        plan = plan.say(
            700,
            "success",
            call,
            "regenconf_updated",
            &[("category", "nftables")],
        );
    }
    let words = call.locale.pick("Firewall reloaded", "Pare-feu rechargé");
    plan.step(900, "success", words)
}

/// The verbs that 12.1 brought are no words of 12.0.
fn check_version(state: &State, call: &Call) -> Result<(), Refusal> {
    if !state.is_old() {
        return Ok(());
    }
    let verb = call.name.split(' ').nth(1).unwrap_or_default();
    let text = format!(
        "usage: yunohost firewall {{list,allow,disallow,upnp,reload,stop}} ... [-h]\nyunohost firewall: error: \
         argument {{list,allow,disallow,upnp,reload,stop}}: invalid choice: '{verb}' (choose from 'list', 'allow', \
         'disallow', 'upnp', 'reload', 'stop')"
    );
    Err(Refusal::misused(&Misused::Usage(text), call.locale))
}

/// `firewall open`.
pub(super) fn open(state: &State, call: &Call) -> Result<Plan, Refusal> {
    check_version(state, call)?;
    let comment = call.required("comment").to_owned();
    let upnp = call.has("upnp");
    change(state, call, move |known| system::Port {
        open: true,
        // Opening again loses what was forwarded, unless it is asked for.
        upnp,
        comment: known.map_or(comment.clone(), |known| known.comment.clone()),
    })
}

/// `firewall close`.
pub(super) fn close(state: &State, call: &Call) -> Result<Plan, Refusal> {
    check_version(state, call)?;
    shut(state, call)
}

/// `firewall allow`: in 12.1 an old word for `open`.
pub(super) fn allow(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let upnp = !call.has("no_upnp");
    change(state, call, move |known| system::Port {
        open: true,
        upnp,
        comment: known.map_or("Manually set without comment".to_owned(), |known| {
            known.comment.clone()
        }),
    })
}

/// `firewall disallow`: in 12.1 an old word for `close`.
pub(super) fn disallow(state: &State, call: &Call) -> Result<Plan, Refusal> {
    shut(state, call)
}

fn shut(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let upnp_only = call.has("upnp_only");
    change(state, call, move |known| system::Port {
        open: upnp_only && known.is_some_and(|known| known.open),
        upnp: false,
        comment: known.map_or_else(String::new, |known| known.comment.clone()),
    })
}

/// Changes a port's rule in the protocols that are meant. SSH's own port opens again silently: nothing changes.
fn change(
    state: &State,
    call: &Call,
    rule: impl Fn(Option<&system::Port>) -> system::Port + Send + 'static,
) -> Result<Plan, Refusal> {
    let port = given(call)?;
    let (tcp, udp) = protocols(call);
    let is_old = state.is_old();
    let wanted = rule(None).open;
    let firewall = &state.system.firewall;
    let is_open = |ports: &Ports| ports.get(&port).is_some_and(|rule| rule.open);
    let is_so =
        (!tcp || is_open(&firewall.tcp) == wanted) && (!udp || is_open(&firewall.udp) == wanted);
    let subject = format!("{}{port}", if udp && !tcp { "udp " } else { "" });
    let warning = match (is_so, wanted) {
        (false, _) => None,
        (true, true) => Some(format!("Port {port} is already opened")),
        (true, false) => Some(format!("Port {port} is already closed")),
    };
    let mut plan = Plan::new(move |state, _| {
        let ssh = state.system.ssh_port.to_string();
        let firewall = &mut state.system.firewall;
        let is_door = port == ssh && !wanted;
        for ports in [
            (tcp && !is_door).then_some(&mut firewall.tcp),
            udp.then_some(&mut firewall.udp),
        ]
        .into_iter()
        .flatten()
        {
            let known = ports.get(&port);
            let new = rule(known);
            if known.is_some() || new.open {
                ports.insert(port.clone(), new);
            }
        }
        if is_old {
            old_list(state, false)
        } else {
            Value::Null
        }
    })
    .about(&subject);
    if let Some(warning) = warning {
        plan = plan.step(20, "warning", warning);
    }
    Ok(reloaded(plan, call, !is_so, is_old))
}

/// `firewall delete`: the port is forgotten.
pub(super) fn delete(state: &State, call: &Call) -> Result<Plan, Refusal> {
    check_version(state, call)?;
    let port = given(call)?;
    let (tcp, udp) = protocols(call);
    let subject = port.clone();
    let plan = Plan::new(move |state, _| {
        let is_ssh = port == state.system.ssh_port.to_string();
        if tcp && !is_ssh {
            state.system.firewall.tcp.remove(&port);
        }
        if udp {
            state.system.firewall.udp.remove(&port);
        }
        Value::Null
    })
    .about(&subject);
    Ok(reloaded(plan, call, true, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_or_a_range_with_a_colon() {
        assert_eq!(port("8080").as_deref(), Some("8080"));
        assert_eq!(port("9000:9010").as_deref(), Some("9000-9010"));
        for wrong in ["", "abc", "70000", "9000-9010", "1:2:3", "tcp:25"] {
            assert_eq!(port(wrong), None, "{wrong}");
        }
    }
}
