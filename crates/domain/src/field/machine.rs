//! Where a machine is and who logs in there: host, port, login.

use super::checked_text;
use super::rule::{Allowed, Rule, sized};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

checked_text! {
    /// A DNS name (RFC 1123: labels of at most 63 letters, digits and hyphens, 253 characters in all), an IPv4 or an
    /// IPv6 address. Kept in small letters, without brackets and without a dot at the end.
    Host, host
}

impl Host {
    /// As it stands in an address with a port: an IPv6 address in brackets.
    #[must_use]
    pub fn in_address(&self) -> String {
        if self.0.contains(':') {
            format!("[{}]", self.0)
        } else {
            self.0.clone()
        }
    }

    /// It is an IP address, not a name.
    #[must_use]
    pub fn is_ip(&self) -> bool {
        self.0.parse::<std::net::IpAddr>().is_ok()
    }
}

fn host(text: &str) -> Result<String, Rule> {
    let text = text.strip_suffix('.').unwrap_or(text);
    sized(text, 253)?;
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if bare.is_some() || text.contains(':') {
        let address: Ipv6Addr = bare
            .unwrap_or(text)
            .parse()
            .map_err(|_| Rule::NotAnAddress)?;
        return Ok(address.to_string());
    }
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(address.to_string());
    }
    let mut last = "";
    for label in text.split('.') {
        if !label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(Rule::Characters {
                allowed: Allowed::HostName,
            });
        }
        if label.is_empty() || label.len() > 63 || label.starts_with('-') || label.ends_with('-') {
            return Err(Rule::NotAnAddress);
        }
        last = label;
    }
    // A name whose last label is a number would be read as an IPv4 address by some programs (RFC 1123, 2.1).
    if last.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Rule::NotAnAddress);
    }
    Ok(text.to_ascii_lowercase())
}

/// A TCP port, 1 to 65535.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
#[serde(try_from = "u16", into = "u16")]
#[specta(type = u16)]
pub struct Port(u16);

impl Port {
    /// SSH's.
    pub const SSH: Self = Self(22);

    /// The port of this number; 0 is none.
    pub const fn new(number: u16) -> Result<Self, Rule> {
        if number == 0 {
            Err(Rule::PortRange)
        } else {
            Ok(Self(number))
        }
    }

    /// Reads digits (spaces around them do not count).
    pub fn parse(text: &str) -> Result<Self, Rule> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Rule::Required);
        }
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Rule::PortRange);
        }
        text.parse()
            .map_err(|_| Rule::PortRange)
            .and_then(Self::new)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Port {
    type Err = Rule;
    fn from_str(text: &str) -> Result<Self, Rule> {
        Self::parse(text)
    }
}

impl TryFrom<u16> for Port {
    type Error = Rule;
    fn try_from(number: u16) -> Result<Self, Rule> {
        Self::new(number)
    }
}

impl From<Port> for u16 {
    fn from(port: Port) -> Self {
        port.0
    }
}

checked_text! {
    /// The account on the machine that one logs in as. A hyphen first is refused: it would be read as an option.
    LoginUser, login_user
}

fn login_user(text: &str) -> Result<String, Rule> {
    sized(text, 64)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    if text.starts_with('-') || !text.chars().all(fits) {
        return Err(Rule::Characters {
            allowed: Allowed::LoginUser,
        });
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address() {
        let characters = Rule::Characters {
            allowed: Allowed::HostName,
        };
        let label63 = "a".repeat(63);
        let long = format!("{}.example", "a.".repeat(125));
        for (input, expected) in [
            ("glycines-01.example", Ok("glycines-01.example")),
            ("  Glycines-01.EXAMPLE. ", Ok("glycines-01.example")),
            ("localhost", Ok("localhost")),
            ("3com.example", Ok("3com.example")),
            (label63.as_str(), Ok(label63.as_str())),
            ("192.0.2.7", Ok("192.0.2.7")),
            ("2001:DB8::1", Ok("2001:db8::1")),
            ("[2001:db8::1]", Ok("2001:db8::1")),
            ("", Err(Rule::Required)),
            ("   ", Err(Rule::Required)),
            (".", Err(Rule::Required)),
            ("192.0.2.256", Err(Rule::NotAnAddress)),
            ("192.0.2", Err(Rule::NotAnAddress)),
            ("1234", Err(Rule::NotAnAddress)),
            ("2001:db8::g", Err(Rule::NotAnAddress)),
            ("[192.0.2.7]", Err(Rule::NotAnAddress)),
            ("[", Err(characters)),
            ("a..b", Err(Rule::NotAnAddress)),
            ("-a.example", Err(Rule::NotAnAddress)),
            ("a-.example", Err(Rule::NotAnAddress)),
            ("under_score.example", Err(characters)),
            ("café.example", Err(characters)),
            ("a b", Err(characters)),
            ("host;reboot", Err(characters)),
            ("a/b", Err(characters)),
            (long.as_str(), Err(Rule::TooLong { max: 253 })),
        ] {
            assert_eq!(
                Host::parse(input)
                    .as_ref()
                    .map(Host::as_str)
                    .map_err(|rule| *rule),
                expected,
                "{input:?}"
            );
        }
    }

    #[test]
    fn an_ipv6_address_stands_in_brackets_before_a_port() {
        assert_eq!(Host::parse("::1").unwrap().in_address(), "[::1]");
        assert_eq!(Host::parse("a.example").unwrap().in_address(), "a.example");
        assert!(Host::parse("::1").unwrap().is_ip() && !Host::parse("a.example").unwrap().is_ip());
    }

    #[test]
    fn a_port_is_a_number_from_1_to_65535() {
        for (input, expected) in [
            ("22", Ok(22)),
            (" 65535 ", Ok(65535)),
            ("", Err(Rule::Required)),
            ("0", Err(Rule::PortRange)),
            ("65536", Err(Rule::PortRange)),
            ("-1", Err(Rule::PortRange)),
            ("+22", Err(Rule::PortRange)),
            ("22a", Err(Rule::PortRange)),
            ("99999999999999999999", Err(Rule::PortRange)),
        ] {
            assert_eq!(Port::parse(input).map(Port::number), expected, "{input:?}");
        }
    }

    #[test]
    fn a_login_cannot_be_read_as_an_option() {
        let characters = Err(Rule::Characters {
            allowed: Allowed::LoginUser,
        });
        for (input, expected) in [
            ("admin", Ok("admin")),
            (
                "camille.morvan@tour.example",
                Ok("camille.morvan@tour.example"),
            ),
            ("-oProxyCommand", characters),
            ("a b", characters),
            ("root\u{202E}", characters),
            ("", Err(Rule::Required)),
        ] {
            let parsed = LoginUser::parse(input);
            assert_eq!(
                parsed.as_ref().map(LoginUser::as_str).map_err(|rule| *rule),
                expected,
                "{input:?}"
            );
        }
    }
}
