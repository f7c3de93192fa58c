//! OpenSSH's `known_hosts`, as sshd(8) describes it under SSH_KNOWN_HOSTS FILE FORMAT: names, hashed names,
//! patterns, negation, ports, `@revoked` and `@cert-authority`. A line that cannot be read is left out and
//! reported; the others count. Reading the file is left to the caller.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use crate::endpoint::{Endpoint, SSH_PORT};
use crate::host_key::HostKey;
use crate::host_keys::{HostKeyRefusal, HostKeys, Verdict, judge};
use crate::wildcard;

/// What one or several `known_hosts` files say.
#[derive(Clone, Debug, Default)]
pub struct KnownHosts {
    lines: Vec<Line>,
    problems: Vec<LineProblem>,
}

/// A line that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineProblem {
    /// The line's number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

#[derive(Clone, Debug)]
struct Line {
    marker: Marker,
    names: Names,
    key: HostKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marker {
    Trusted,
    Revoked,
    CertAuthority,
}

#[derive(Clone, Debug)]
enum Names {
    Patterns(Vec<String>),
    /// `|1|salt|hash`: HMAC-SHA1 of the name under the salt.
    Hashed {
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
}

impl KnownHosts {
    /// Reads the text of a file.
    pub fn parse(text: &str) -> Self {
        let mut known = KnownHosts::default();
        known.add(text);
        known
    }

    /// Reads a further file's text; line numbers start again.
    pub fn add(&mut self, text: &str) {
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match Line::parse(line) {
                Ok(line) => self.lines.push(line),
                Err(problem) => self.problems.push(LineProblem {
                    line: index + 1,
                    problem,
                }),
            }
        }
    }

    /// The lines that were left out.
    pub fn problems(&self) -> &[LineProblem] {
        &self.problems
    }

    fn keys(&self, marker: Marker, name: &str) -> Vec<&HostKey> {
        self.lines
            .iter()
            .filter(|line| line.marker == marker && line.names.cover(name))
            .map(|line| &line.key)
            .collect()
    }

    /// The key trusted for this endpoint's own name, or else that key among those trusted for the bare host:
    /// OpenSSH looks for `host` when it finds nothing under `[host]:port`, but takes only an equal key from
    /// there (sshconnect.c, check_host_key, "checking without port identifier").
    fn trusted(&self, endpoint: &Endpoint, offered: &HostKey) -> Vec<&HostKey> {
        let own = self.keys(Marker::Trusted, &written(endpoint));
        if !own.is_empty() || endpoint.port == SSH_PORT {
            return own;
        }
        let mut elsewhere = self.keys(Marker::Trusted, &endpoint.host);
        elsewhere.retain(|key| *key == offered);
        elsewhere
    }
}

/// The name as it stands in the file: `host`, or `[host]:port` where the port is not 22.
fn written(endpoint: &Endpoint) -> String {
    match endpoint.port {
        SSH_PORT => endpoint.host.to_ascii_lowercase(),
        port => format!("[{}]:{port}", endpoint.host.to_ascii_lowercase()),
    }
}

impl HostKeys for KnownHosts {
    fn check(&self, endpoint: &Endpoint, offered: &HostKey) -> Verdict {
        let name = written(endpoint);
        // A revoked key is revoked at every port of the host.
        let mut revoked = self.keys(Marker::Revoked, &name);
        revoked.extend(self.keys(Marker::Revoked, &endpoint.host));
        match judge(&self.trusted(endpoint, offered), &revoked, offered) {
            Verdict::Refuse(HostKeyRefusal::Unknown)
                if !self.keys(Marker::CertAuthority, &name).is_empty() =>
            {
                Verdict::Refuse(HostKeyRefusal::CertificateAuthority)
            }
            verdict => verdict,
        }
    }

    fn known(&self, endpoint: &Endpoint) -> Vec<HostKey> {
        let mut keys = self.keys(Marker::Trusted, &written(endpoint));
        if keys.is_empty() {
            keys = self.keys(Marker::Trusted, &endpoint.host);
        }
        keys.into_iter().cloned().collect()
    }
}

impl Line {
    fn parse(line: &str) -> Result<Self, String> {
        let (marker, rest) = match line.strip_prefix('@') {
            None => (Marker::Trusted, line),
            Some(marked) => {
                let (word, rest) = marked
                    .split_once([' ', '\t'])
                    .ok_or("a marker stands alone on the line")?;
                let marker = match word {
                    "revoked" => Marker::Revoked,
                    "cert-authority" => Marker::CertAuthority,
                    _ => {
                        return Err("the marker is neither @revoked nor @cert-authority".to_owned());
                    }
                };
                (marker, rest.trim_start())
            }
        };
        let (names, key) = rest.split_once([' ', '\t']).ok_or("the line has no key")?;
        Ok(Line {
            marker,
            names: Names::parse(names)?,
            key: key
                .parse()
                .map_err(|error: crate::HostKeyFormatError| error.to_string())?,
        })
    }
}

impl Names {
    fn parse(text: &str) -> Result<Self, String> {
        let Some(hashed) = text.strip_prefix('|') else {
            return Ok(Names::Patterns(
                text.split(',').map(str::to_owned).collect(),
            ));
        };
        let unreadable = "the hashed name is not |1|salt|hash in base64";
        let (salt, hash) = hashed
            .strip_prefix("1|")
            .and_then(|rest| rest.split_once('|'))
            .ok_or(unreadable)?;
        let (salt, hash) = (
            STANDARD.decode(salt).map_err(|_| unreadable)?,
            STANDARD.decode(hash).map_err(|_| unreadable)?,
        );
        if salt.len() != 20 || hash.len() != 20 {
            return Err(unreadable.to_owned());
        }
        Ok(Names::Hashed { salt, hash })
    }

    fn cover(&self, name: &str) -> bool {
        match self {
            Names::Patterns(patterns) => {
                wildcard::list_matches(patterns.iter().map(String::as_str), name)
            }
            Names::Hashed { salt, hash } => {
                let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(salt) else {
                    return false;
                };
                mac.update(name.to_ascii_lowercase().as_bytes());
                mac.verify_slice(hash).is_ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use HostKeyRefusal::{CertificateAuthority, Revoked, Unknown};

    // Made with ssh-keygen for these tests; the private halves were thrown away.
    const A: &str = crate::host_key::tests::ED25519;
    const B: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILsLFU2MixjjZ44BNIfohTI7YCBO+j/Lp3EoAMzncInf";
    const C: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBDtLoxOQZCZcNWuJIsPSDXhO+MhX+rcXcW4FXpbYQL8vbGJsCUoLFcXhQ1fbzid/aWh7lWBG5Zl9nCMyJ6viHdY=";

    fn key(text: &str) -> HostKey {
        text.parse().unwrap()
    }

    enum Expected {
        Accept,
        Changed(usize),
        Refuse(HostKeyRefusal),
    }
    use Expected::{Accept, Changed, Refuse};

    fn check(file: &str, endpoint: &str, offered: &str, expected: Expected) {
        let file = file.replace("{A}", A).replace("{B}", B).replace("{C}", C);
        let known = KnownHosts::parse(&file);
        let found = known.check(&endpoint.parse().unwrap(), &key(offered));
        match (expected, found) {
            (Accept, Verdict::Accept) => (),
            (Refuse(expected), Verdict::Refuse(found)) => assert_eq!(found, expected, "{file}"),
            (Changed(count), Verdict::Refuse(HostKeyRefusal::Changed { pinned })) => {
                assert_eq!(pinned.len(), count, "{file}");
            }
            (_, found) => panic!("{found:?} for {endpoint} and\n{file}"),
        }
    }

    #[test]
    fn the_table_of_host_keys_holds() {
        check("h.example {A}", "h.example", A, Accept);
        check("h.example {A}", "h.example", B, Changed(1));
        check("h.example {A}", "h.example", C, Changed(1));
        check("h.example {A}\nh.example {C}", "h.example", C, Accept);
        check("h.example {A}\nh.example {C}", "h.example", B, Changed(2));
        check("other.example {A}", "h.example", A, Refuse(Unknown));
        check("", "h.example", A, Refuse(Unknown));
        check("@revoked * {A}", "h.example", A, Refuse(Revoked));
        check(
            "h.example {A}\n@revoked h.example {A}",
            "h.example",
            A,
            Refuse(Revoked),
        );
        check(
            "@revoked h.example {A}\nh.example {A}",
            "h.example",
            A,
            Refuse(Revoked),
        );
        check(
            "@revoked h.example {B}\nh.example {A}",
            "h.example",
            A,
            Accept,
        );
        check(
            "@revoked other.example {A}\nh.example {A}",
            "h.example",
            A,
            Accept,
        );
        check("@revoked h.example {B}", "h.example", A, Refuse(Unknown));
        check(
            "@cert-authority *.example {B}",
            "h.example",
            A,
            Refuse(CertificateAuthority),
        );
        check(
            "@cert-authority *.example {A}",
            "h.example",
            A,
            Refuse(CertificateAuthority),
        );
        check(
            "@cert-authority *.example {B}\nh.example {A}",
            "h.example",
            A,
            Accept,
        );
        check(
            "@cert-authority *.example {B}\nh.example {C}",
            "h.example",
            A,
            Changed(1),
        );
    }

    #[test]
    fn names_match_as_in_openssh() {
        check("*.example {A}", "h.example", A, Accept);
        check("h?.example {A}", "h7.example", A, Accept);
        check("*.example,!h.example {A}", "h.example", A, Refuse(Unknown));
        check("!h.example,*.example {A}", "h.example", A, Refuse(Unknown));
        check("*.example,!h.example {A}", "i.example", A, Accept);
        check("g.example,h.example,192.0.2.7 {A}", "192.0.2.7", A, Accept);
        check("H.Example {A}", "h.example", A, Accept);
        check("h.example {A}", "H.EXAMPLE", A, Accept);
        check("2001:db8::1 {A}", "2001:db8::1", A, Accept);
        check(
            "\th.example\t\t{A}\ta comment with blanks",
            "h.example",
            A,
            Accept,
        );
        check("h.example {A}\r\n", "h.example", A, Accept);
        check("@revoked\th.example\t{A}", "h.example", A, Refuse(Revoked));
    }

    #[test]
    fn ports_are_part_of_the_name() {
        check("[h.example]:2222 {A}", "h.example:2222", A, Accept);
        check("[h.example]:2222 {A}", "h.example:2222", B, Changed(1));
        check("[h.example]:2222 {A}", "h.example", A, Refuse(Unknown));
        check("[h.example]:2222 {A}", "h.example:2223", A, Refuse(Unknown));
        check("[*.example]:2222 {A}", "h.example:2222", A, Accept);
        check("[2001:db8::1]:2222 {A}", "[2001:db8::1]:2222", A, Accept);
        // The same key known for the bare host is taken; another one says nothing about this port.
        check("h.example {A}", "h.example:2222", A, Accept);
        check("h.example {A}", "h.example:2222", B, Refuse(Unknown));
        check(
            "h.example {A}\n[h.example]:2222 {B}",
            "h.example:2222",
            A,
            Changed(1),
        );
        check(
            "h.example {A}\n@revoked h.example {A}",
            "h.example:2222",
            A,
            Refuse(Revoked),
        );
    }

    #[test]
    fn hashed_names_are_found() {
        // The example of OpenSSH's own manual and tests for 192.168.1.61.
        let hashed = "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= {A}";
        check(hashed, "192.168.1.61", A, Accept);
        check(hashed, "192.168.1.61", B, Changed(1));
        check(hashed, "192.168.1.62", A, Refuse(Unknown));
        let salted = |name: &str| {
            let salt = [7_u8; 20];
            let mut mac = Hmac::<Sha1>::new_from_slice(&salt).unwrap();
            mac.update(name.as_bytes());
            let hash: [u8; 20] = mac.finalize().into_bytes().into();
            format!(
                "|1|{}|{} {{A}}",
                STANDARD.encode(salt),
                STANDARD.encode(hash)
            )
        };
        check(&salted("[h.example]:2222"), "H.example:2222", A, Accept);
        check(
            &format!("@revoked {}", salted("h.example")),
            "h.example",
            A,
            Refuse(Revoked),
        );
    }

    #[test]
    fn malformed_lines_are_left_out_and_reported_with_their_numbers() {
        let file = format!(
            "# comment\n\nh.example {A}\nh.example\n@nonsense h.example {A}\n@revoked\nh.example ssh-rsa ***\n\
             |1|x|y {A}\nh.example 1024 35 1234567890\nh.example {}\n|2|aaaa|bbbb {A}\ni.example {B}",
            A.replacen("ssh-ed25519", "ssh-rsa", 1)
        );
        let known = KnownHosts::parse(&file);
        let numbers: Vec<usize> = known
            .problems()
            .iter()
            .map(|problem| problem.line)
            .collect();
        assert_eq!(numbers, [4, 5, 6, 7, 8, 9, 10, 11]);
        assert_eq!(
            known.check(&"h.example".parse().unwrap(), &key(A)),
            Verdict::Accept
        );
        assert_eq!(
            known.check(&"i.example".parse().unwrap(), &key(B)),
            Verdict::Accept
        );
    }

    #[test]
    fn the_known_types_are_told_so_that_they_are_asked_for_first() {
        let known = KnownHosts::parse(&format!("h.example {C}"));
        assert_eq!(known.known(&"h.example".parse().unwrap()), [key(C)]);
        assert_eq!(known.known(&"h.example:2222".parse().unwrap()), [key(C)]);
        assert_eq!(known.known(&"i.example".parse().unwrap()), []);
    }
}
