//! Where an SSH server listens: a host and a port, as people write them.

use std::fmt;
use std::str::FromStr;

/// The port of SSH when none is written (RFC 4253, section 4.2).
pub(crate) const SSH_PORT: u16 = 22;

/// A host (a name or an address, without brackets) and a TCP port.
///
/// Written `host`, `host:port`, `[2001:db8::1]:port` or a bare IPv6 address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Endpoint {
    /// Name or address, in lower case, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl Endpoint {
    /// An endpoint from its parts; letter case of the host is dropped, since names have none (RFC 4343).
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Endpoint {
            host: host.into().to_ascii_lowercase(),
            port,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.port, self.host.contains(':')) {
            (SSH_PORT, _) => f.write_str(&self.host),
            (port, true) => write!(f, "[{}]:{port}", self.host),
            (port, false) => write!(f, "{}:{port}", self.host),
        }
    }
}

/// Why a text is not an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Nothing stands where the host should be.
    #[error("the address names no host")]
    NoHost,
    /// The port is not a number from 1 to 65535.
    #[error("the port is a number from 1 to 65535")]
    Port,
    /// A blank, a slash, an `@` or another character no host name has.
    #[error("a host is a name or an address, without blanks, user or path")]
    Host,
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let text = text.trim();
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']').ok_or(EndpointError::Host)?;
                match after {
                    "" => (host, None),
                    _ => (
                        host,
                        Some(after.strip_prefix(':').ok_or(EndpointError::Host)?),
                    ),
                }
            }
            None => match text.split_once(':') {
                // More than one colon and no brackets: a bare IPv6 address.
                Some((_, rest)) if rest.contains(':') => (text, None),
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        if host.is_empty() {
            return Err(EndpointError::NoHost);
        }
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
        if !host.chars().all(allowed) || host.starts_with('-') {
            return Err(EndpointError::Host);
        }
        let port = match port {
            None => SSH_PORT,
            Some(digits) if digits.chars().all(|c| c.is_ascii_digit()) => {
                match digits.parse::<u16>() {
                    Ok(0) | Err(_) => return Err(EndpointError::Port),
                    Ok(port) => port,
                }
            }
            Some(_) => return Err(EndpointError::Port),
        };
        Ok(Endpoint::new(host, port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: Result<(&str, u16), EndpointError>) {
        let found = input.parse::<Endpoint>();
        let expected = expected.map(|(host, port)| Endpoint {
            host: host.to_owned(),
            port,
        });
        assert_eq!(found, expected, "{input:?}");
    }

    #[test]
    fn an_endpoint_is_read_as_people_write_it() {
        check("glycines.example", Ok(("glycines.example", 22)));
        check(" Glycines.Example:2222 ", Ok(("glycines.example", 2222)));
        check("192.0.2.7:22", Ok(("192.0.2.7", 22)));
        check("2001:db8::1", Ok(("2001:db8::1", 22)));
        check("[2001:db8::1]:2022", Ok(("2001:db8::1", 2022)));
        check("[2001:db8::1]", Ok(("2001:db8::1", 22)));
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        check("", Err(EndpointError::NoHost));
        check(":22", Err(EndpointError::NoHost));
        check("a:0", Err(EndpointError::Port));
        check("a:65536", Err(EndpointError::Port));
        check("a:", Err(EndpointError::Port));
        check("a:+22", Err(EndpointError::Port));
        check("root@a", Err(EndpointError::Host));
        check("a b", Err(EndpointError::Host));
        check("-oProxyCommand=x", Err(EndpointError::Host));
        check("[a", Err(EndpointError::Host));
        check("[a]22", Err(EndpointError::Host));
    }

    #[test]
    fn an_endpoint_is_printed_as_it_is_read() {
        for text in [
            "a.example",
            "a.example:2222",
            "[2001:db8::1]:2022",
            "2001:db8::1",
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
        }
    }
}
