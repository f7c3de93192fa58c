//! The ports that a server lets in. 12.1 opens and closes; 12.0 allows and disallows (12.1 keeps those verbs).

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Declaration, Release, Route,
    action::{Nothing, action},
    fields::Label,
};

/// How packets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Connections.
    Tcp,
    /// Single packets.
    Udp,
}

impl Protocol {
    /// As 12.1 writes it.
    pub const fn lower(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }

    /// As 12.0 writes it.
    pub const fn upper(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.lower())
    }
}

/// `firewall list --raw`: every port with what is known of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShowFirewall;

/// What a server lets in, in the shape of its release: keep it whole to go back to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Firewall(pub BTreeMap<String, Value>);

/// A port in the firewall's list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Port {
    /// Whether it lets in.
    pub open: bool,
    /// Whether the router is told so.
    pub upnp: bool,
}

impl Firewall {
    /// What holds for a port. A port that is not in the list is closed.
    pub fn port(&self, protocol: Protocol, port: u16) -> Port {
        // 12.1: {"tcp": {"25": {"open", "upnp", "comment"}}}, and {"tcp": [25, "9000-9010"]} without --raw.
        if let Some(ports) = self.0.get(protocol.lower()) {
            if let Some(entries) = ports.as_object() {
                let entry = entries
                    .iter()
                    .find(|(name, _)| names(&Value::String((*name).clone()), port));
                let flag = |name: &str| {
                    entry.is_some_and(|(_, about)| {
                        about.get(name).and_then(Value::as_bool) == Some(true)
                    })
                };
                return Port {
                    open: flag("open"),
                    upnp: flag("upnp"),
                };
            }
            return Port {
                open: has(Some(ports), port),
                upnp: false,
            };
        }
        // 12.0: {"ipv4": {"TCP": […]}, "ipv6": …, "uPnP": …}, and {"opened_ports": […]} without --raw.
        let of = |group: &str| self.0.get(group).and_then(|of| of.get(protocol.upper()));
        Port {
            open: has(of("ipv4"), port)
                || has(of("ipv6"), port)
                || has(self.0.get("opened_ports"), port),
            upnp: has(of("uPnP"), port),
        }
    }
}

fn has(ports: Option<&Value>, port: u16) -> bool {
    ports
        .and_then(Value::as_array)
        .is_some_and(|ports| ports.iter().any(|one| names(one, port)))
}

/// Whether `25`, `"25"` or `"9000-9010"` (12.0 also writes `9000:9010`) names a port.
fn names(one: &Value, port: u16) -> bool {
    match one {
        Value::Number(number) => number.as_u64() == Some(u64::from(port)),
        Value::String(text) => match text.split_once(['-', ':']) {
            Some((first, last)) => match (first.parse::<u16>(), last.parse::<u16>()) {
                (Ok(first), Ok(last)) => (first..=last).contains(&port),
                _ => false,
            },
            None => text.parse() == Ok(port),
        },
        _ => false,
    }
}

action!(
    ShowFirewall,
    Declaration::read("firewall list", &[Route::get("/firewall")]),
    Firewall,
    |of, argv| argv.flag("--raw", true),
    |of, form| form.flag("raw", true)
);

/// `firewall open` (12.1). Answers nothing.
#[derive(Debug, Clone)]
pub struct OpenPort {
    /// Connections or single packets.
    pub protocol: Protocol,
    /// Its number.
    pub port: u16,
    /// What it is for. It is kept in the list.
    pub comment: Label,
    /// Whether the router is told so. Opening a port again without it loses it.
    pub upnp: bool,
}

action!(
    OpenPort,
    Declaration {
        since: Release::V12_1,
        ..Declaration::write(
            "firewall open",
            &[Route::put("/firewall/<protocol>/open/<port>")]
        )
    },
    Nothing,
    |of, argv| argv
        .arg(of.port.to_string())
        .arg(&of.comment)
        .option("--protocol", Some(of.protocol.lower()))
        .flag("--upnp", of.upnp),
    |of, form| form
        .path("protocol", of.protocol.lower())
        .path("port", of.port.to_string())
        .field("comment", Some(&of.comment))
        .flag("upnp", of.upnp)
);

/// `firewall close` (12.1). Answers nothing. SSH's own port is opened again in silence.
#[derive(Debug, Clone, Copy)]
pub struct ClosePort {
    /// Connections or single packets.
    pub protocol: Protocol,
    /// Its number.
    pub port: u16,
}

action!(
    ClosePort,
    Declaration {
        since: Release::V12_1,
        ..Declaration::write(
            "firewall close",
            &[Route::put("/firewall/<protocol>/close/<port>")]
        )
    },
    Nothing,
    |of, argv| argv
        .arg(of.port.to_string())
        .option("--protocol", Some(of.protocol.lower())),
    |of, form| form
        .path("protocol", of.protocol.lower())
        .path("port", of.port.to_string())
);

/// `firewall allow`: the same for 12.0. What it answers (the open ports) is passed over.
#[derive(Debug, Clone, Copy)]
pub struct AllowPort {
    /// Connections or single packets.
    pub protocol: Protocol,
    /// Its number.
    pub port: u16,
    /// Whether the router is told so.
    pub upnp: bool,
}

action!(
    AllowPort,
    Declaration::write(
        "firewall allow",
        &[Route::put("/firewall/<protocol>/allow/<port>")]
    ),
    Nothing,
    |of, argv| argv
        .arg(of.protocol.upper())
        .arg(of.port.to_string())
        .flag("--no-upnp", !of.upnp),
    |of, form| form
        .path("protocol", of.protocol.upper())
        .path("port", of.port.to_string())
        .flag("no_upnp", !of.upnp)
);

/// `firewall disallow`: the same for 12.0.
#[derive(Debug, Clone, Copy)]
pub struct DisallowPort {
    /// Connections or single packets.
    pub protocol: Protocol,
    /// Its number.
    pub port: u16,
}

action!(
    DisallowPort,
    Declaration::write(
        "firewall disallow",
        &[Route::put("/firewall/<protocol>/disallow/<port>")]
    ),
    Nothing,
    |of, argv| argv.arg(of.protocol.upper()).arg(of.port.to_string()),
    |of, form| form
        .path("protocol", of.protocol.upper())
        .path("port", of.port.to_string())
);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_port_is_found_in_every_shape_of_the_list() {
        #[track_caller]
        fn check(list: Value, protocol: Protocol, port: u16, open: bool, upnp: bool) {
            let firewall: Firewall = serde_json::from_value(list).unwrap();
            assert_eq!(firewall.port(protocol, port), Port { open, upnp });
        }
        let raw = || json!({"router_forwarding_upnp": false, "tcp": {"25": {"open": true, "upnp": true, "comment": "x"}, "9000-9010": {"open": true, "upnp": false}}, "udp": {"53": {"open": false, "upnp": false}}});
        check(raw(), Protocol::Tcp, 25, true, true);
        check(raw(), Protocol::Tcp, 9005, true, false);
        check(raw(), Protocol::Tcp, 26, false, false);
        check(raw(), Protocol::Udp, 53, false, false);
        check(
            json!({"tcp": [22, "9000-9010"]}),
            Protocol::Tcp,
            9010,
            true,
            false,
        );
        let old = || json!({"ipv4": {"TCP": [22, 25], "UDP": [53]}, "ipv6": {"TCP": [22], "UDP": []}, "uPnP": {"TCP": [25], "UDP": [], "enabled": false}});
        check(old(), Protocol::Tcp, 25, true, true);
        check(old(), Protocol::Udp, 53, true, false);
        check(old(), Protocol::Tcp, 53, false, false);
        check(
            json!({"opened_ports": [22, 25]}),
            Protocol::Tcp,
            25,
            true,
            false,
        );
    }
}
