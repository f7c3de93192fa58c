//! What a person chooses before a bare machine is made into a server: every choice has a default, and each is checked
//! here, with a sentence, before anything is touched. What is done with them is `core`'s; secrets (a password, a
//! certificate's key) are not among them.

use crate::field::{DomainName, Host, Port, Rule, Tag, UserName};
use crate::words::Words;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// Where the official installer script is, one a Debian release (`/bookworm`, `/trixie`): the address that YunoHost's
/// own documentation gives.
pub const OFFICIAL_SOURCE: &str = "https://install.yunohost.org";

/// The resolver that is asked unless another is chosen.
pub const DEFAULT_RESOLVER: &str = "9.9.9.9";

/// Who may ask which names the domain has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Dns {
    /// One resolver, and only that.
    #[default]
    Resolver,
    /// No DNS here: an isolated site.
    None,
}

/// Where the first administrator's password comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename = "PasswordFrom", rename_all = "snake_case")]
pub enum Password {
    /// Drawn here, and sealed.
    #[default]
    Generated,
    /// Given by a person.
    Given,
}

/// Which certificate the domain gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Certificate {
    /// From Let's Encrypt; YunoHost renews it.
    LetsEncrypt,
    /// The one that YunoHost signs itself.
    #[default]
    SelfSigned,
    /// The customer's own, from files.
    Own,
}

/// Where YunoHost comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The installer script, fetched by the server.
    #[default]
    Address,
    /// A script that is brought along.
    File,
}

/// The distribution's branch that packages come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Branch {
    /// What is released.
    #[default]
    Stable,
    /// What is tried before it is.
    Testing,
    /// What is built from day to day.
    Unstable,
}

impl Branch {
    /// As the installer's option `-d` writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Testing => "testing",
            Self::Unstable => "unstable",
        }
    }
}

/// The choices of one provisioning. Without the domain, the administrator and the secrets, they make a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(default, rename = "ProvisioningChoices")]
pub struct Choices {
    /// The server's main domain.
    pub domain: String,
    /// The first administrator's user name.
    pub admin: String,
    /// Their name.
    pub admin_fullname: String,
    /// Where their password comes from.
    pub password: Password,
    /// Whether the domain's records are asked for.
    pub dns: Dns,
    /// Of which resolver: an IP address, with a port if it is not 53.
    pub resolver: String,
    /// Which certificate.
    pub certificate: Certificate,
    /// The chain of the customer's own certificate, leaf first, in PEM.
    pub certificate_chain: String,
    /// The SSH port in the end.
    pub ssh_port: u16,
    /// Mail is wanted here; otherwise its ports are closed.
    pub mail: bool,
    /// Addresses that are never banned, with or without a prefix length.
    pub never_ban: Vec<String>,
    /// The HTTP API stays on.
    pub api: bool,
    /// Security updates are installed unattended.
    pub unattended_upgrades: bool,
    /// A backup is made at the end.
    pub backup: bool,
    /// Where YunoHost comes from.
    pub source: Source,
    /// The address of the installer script, without the release's name.
    pub source_address: String,
    /// The script that was brought along.
    pub source_file: String,
    /// What the script's SHA-256 must be, in hexadecimal; empty: it is shown, and not checked.
    pub source_sha256: String,
    /// Which branch.
    pub branch: Branch,
    /// Another way into the machine exists (a console), should SSH be lost; a person says so.
    pub second_way_in: bool,
    /// Words to find the server by.
    pub tags: Vec<String>,
    /// Whose server it is.
    pub customer: Option<String>,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            domain: String::new(),
            admin: String::new(),
            admin_fullname: String::new(),
            password: Password::default(),
            dns: Dns::default(),
            resolver: DEFAULT_RESOLVER.to_owned(),
            certificate: Certificate::default(),
            certificate_chain: String::new(),
            ssh_port: 22,
            mail: true,
            never_ban: Vec::new(),
            api: true,
            unattended_upgrades: true,
            backup: false,
            source: Source::default(),
            source_address: OFFICIAL_SOURCE.to_owned(),
            source_file: String::new(),
            source_sha256: String::new(),
            branch: Branch::default(),
            second_way_in: false,
            tags: Vec::new(),
            customer: None,
        }
    }
}

/// An answer that can't be taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field's name.
    pub field: &'static str,
    /// What is allowed.
    pub words: Words,
}

/// Names that YunoHost keeps for the aliases of its administrators, or that are accounts of every machine
/// (12.1, `user.py`: `ADMIN_ALIASES`, and its refusal `system_username_exists`).
const KEPT_USERS: &[&str] = &[
    "root",
    "admin",
    "admins",
    "webmaster",
    "postmaster",
    "abuse",
    "all_users",
    "visitors",
    "www-data",
    "daemon",
    "mail",
    "backup",
    "nobody",
];

impl Choices {
    /// The choices with every answer in its one form (small letters, no spaces around); what is wrong otherwise, one
    /// problem a field.
    pub fn checked(mut self) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut say = |field: &'static str, words: Words| problems.push(Problem { field, words });
        match DomainName::parse(&self.domain.to_ascii_lowercase()) {
            Ok(domain) => self.domain = domain.to_string(),
            Err(Rule::Required) => say("domain", Rule::Required.words()),
            Err(_) => say("domain", Rule::NotADomain.words()),
        }
        match UserName::parse(&self.admin) {
            Ok(admin) if KEPT_USERS.contains(&admin.as_str()) => {
                say("admin", Rule::Reserved.words());
            }
            Ok(admin) => self.admin = admin.to_string(),
            Err(rule) => say("admin", rule.words()),
        }
        match crate::field::PersonName::parse(&self.admin_fullname) {
            Ok(name) => self.admin_fullname = name.to_string(),
            Err(rule) => say("admin_fullname", rule.words()),
        }
        self.profile(&mut say);
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(problems)
        }
    }

    /// The same for a profile, which has no domain and no administrator.
    pub fn checked_profile(mut self) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        self.domain.clear();
        self.admin.clear();
        self.admin_fullname.clear();
        self.profile(&mut |field, words| problems.push(Problem { field, words }));
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(problems)
        }
    }

    fn profile(&mut self, say: &mut impl FnMut(&'static str, Words)) {
        if self.dns == Dns::Resolver {
            self.resolver = self.resolver.trim().to_owned();
            if resolver(&self.resolver).is_none() {
                say(
                    "resolver",
                    Words::new(
                        "The IP address of a resolver, such as 9.9.9.9, with a port if it is not 53.",
                        "L’adresse IP d’un résolveur, telle que 9.9.9.9, avec un port si ce n’est pas 53.",
                    ),
                );
            }
        }
        if self.certificate == Certificate::Own && !is_pem(&self.certificate_chain, "CERTIFICATE") {
            say(
                "certificate_chain",
                Words::new(
                    "Certificates in PEM, the domain’s own first: -----BEGIN CERTIFICATE-----.",
                    "Des certificats en PEM, celui du domaine d’abord : -----BEGIN CERTIFICATE-----.",
                ),
            );
        }
        if Port::parse(&self.ssh_port.to_string()).is_err() {
            say("ssh_port", Rule::PortRange.words());
        } else if TAKEN_PORTS.contains(&self.ssh_port) {
            say(
                "ssh_port",
                Words::new(
                    "YunoHost needs this port for something else.",
                    "YunoHost a besoin de ce port pour autre chose.",
                ),
            );
        }
        let mut addresses = Vec::new();
        for text in self.never_ban.iter().map(|text| text.trim()) {
            if text.is_empty() {
                continue;
            }
            match network(text) {
                Some(address) if !addresses.contains(&address) => addresses.push(address),
                Some(_) => {}
                None => {
                    say(
                        "never_ban",
                        Words::new(
                            format!(
                                "{} is no IP address or network, such as 192.0.2.7 or 192.0.2.0/24.",
                                crate::text::line(text, 80)
                            ),
                            format!(
                                "{} n’est ni une adresse IP ni un réseau, tels que 192.0.2.7 ou 192.0.2.0/24.",
                                crate::text::line(text, 80)
                            ),
                        ),
                    );
                    break;
                }
            }
        }
        self.never_ban = addresses;
        self.source_check(say);
        let tags: Result<Vec<Tag>, Rule> = self.tags.iter().map(|tag| Tag::parse(tag)).collect();
        match tags {
            Ok(tags) => self.tags = tags.into_iter().map(String::from).collect(),
            Err(rule) => say("tags", rule.words()),
        }
        self.customer = self
            .customer
            .take()
            .map(|name| crate::text::line(name.trim(), 120))
            .filter(|name| !name.is_empty());
    }

    fn source_check(&mut self, say: &mut impl FnMut(&'static str, Words)) {
        match self.source {
            Source::Address => {
                let address = self.source_address.trim().trim_end_matches('/').to_owned();
                let rest = address
                    .strip_prefix("https://")
                    .or_else(|| address.strip_prefix("http://"));
                let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
                let good = host.is_some_and(|host| {
                    let bare = host.rsplit_once(':').map_or(host, |(bare, port)| {
                        if port.parse::<u16>().is_ok() {
                            bare
                        } else {
                            host
                        }
                    });
                    Host::parse(bare).is_ok()
                }) && !address.chars().any(|c| c.is_whitespace() || c.is_control());
                if !good {
                    say("source_address", Rule::NotAUrl.words());
                }
                self.source_address = address;
            }
            Source::File if !self.source_file.starts_with("#!") => say(
                "source_file",
                Words::new(
                    "The installer script itself: its first line begins with #!.",
                    "Le script d’installation lui-même : sa première ligne commence par #!.",
                ),
            ),
            Source::File => {}
        }
        self.source_sha256 = self.source_sha256.trim().to_ascii_lowercase();
        let sum = &self.source_sha256;
        if !sum.is_empty() && (sum.len() != 64 || !sum.bytes().all(|b| b.is_ascii_hexdigit())) {
            say(
                "source_sha256",
                Words::new(
                    "A SHA-256: 64 hexadecimal digits.",
                    "Un SHA-256 : 64 chiffres hexadécimaux.",
                ),
            );
        }
    }

    /// The resolver to ask, with its port; none where no DNS is asked.
    #[must_use]
    pub fn resolver(&self) -> Option<(IpAddr, u16)> {
        match self.dns {
            Dns::Resolver => resolver(&self.resolver),
            Dns::None => None,
        }
    }
}

/// Ports that YunoHost itself listens on: SSH can't have them.
const TAKEN_PORTS: &[u16] = &[25, 53, 80, 143, 389, 443, 587, 993, 6787, 6788];

fn resolver(text: &str) -> Option<(IpAddr, u16)> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some((address, 53));
    }
    let address: SocketAddr = text.parse().ok()?;
    Some((address.ip(), address.port()))
}

/// An address or a network in its one form.
fn network(text: &str) -> Option<String> {
    let Some((address, length)) = text.split_once('/') else {
        return text
            .parse::<IpAddr>()
            .ok()
            .map(|address| address.to_string());
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length: u8 = length.parse().ok().filter(|length| *length <= most)?;
    Some(format!("{address}/{length}"))
}

/// It has a block of this kind, begun and ended.
#[must_use]
pub fn is_pem(text: &str, kind: &str) -> bool {
    let (begin, end) = (
        format!("-----BEGIN {kind}-----"),
        format!("-----END {kind}-----"),
    );
    text.find(&begin)
        .is_some_and(|at| text.get(at..).is_some_and(|rest| rest.contains(&end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Choices {
        Choices {
            domain: "Nuage.Glycines.example ".into(),
            admin: "camille".into(),
            admin_fullname: "Camille Morvan".into(),
            ..Choices::default()
        }
    }

    #[test]
    fn good_choices_come_back_in_their_one_form() {
        let choices = Choices {
            never_ban: vec![
                " 192.0.2.7".into(),
                "192.0.2.7".into(),
                "2001:DB8::/32".into(),
                String::new(),
            ],
            source_address: "https://install.yunohost.org/".into(),
            ..good()
        };
        let checked = choices.checked().unwrap();
        assert_eq!(checked.domain, "nuage.glycines.example");
        assert_eq!(checked.never_ban, ["192.0.2.7", "2001:db8::/32"]);
        assert_eq!(checked.source_address, OFFICIAL_SOURCE);
        assert_eq!(checked.resolver(), Some(("9.9.9.9".parse().unwrap(), 53)));
        assert_eq!(checked.clone().checked(), Ok(checked));
    }

    #[test]
    fn every_wrong_answer_is_said_beside_its_field() {
        let check = |change: &dyn Fn(&mut Choices), field: &str| {
            let mut choices = good();
            change(&mut choices);
            let problems = choices.checked().unwrap_err();
            assert_eq!(
                problems
                    .iter()
                    .map(|problem| problem.field)
                    .collect::<Vec<_>>(),
                [field]
            );
            assert!(
                problems
                    .iter()
                    .all(|problem| !problem.words.en.is_empty() && !problem.words.fr.is_empty())
            );
        };
        check(&|c| c.domain = "localhost".into(), "domain");
        check(&|c| c.domain = String::new(), "domain");
        check(&|c| c.domain = "a..example".into(), "domain");
        check(&|c| c.admin = "admin".into(), "admin");
        check(&|c| c.admin = "Camille!".into(), "admin");
        check(&|c| c.admin_fullname = String::new(), "admin_fullname");
        check(&|c| c.resolver = "resolver.example".into(), "resolver");
        check(&|c| c.certificate = Certificate::Own, "certificate_chain");
        check(&|c| c.ssh_port = 0, "ssh_port");
        check(&|c| c.ssh_port = 443, "ssh_port");
        check(&|c| c.never_ban = vec!["192.0.2.0/33".into()], "never_ban");
        check(
            &|c| c.source_address = "ftp://install.example".into(),
            "source_address",
        );
        check(&|c| c.source_address = "https://".into(), "source_address");
        check(&|c| c.source = Source::File, "source_file");
        check(&|c| c.source_sha256 = "abc".into(), "source_sha256");
        check(&|c| c.tags = vec!["Not A Tag".into()], "tags");
    }

    #[test]
    fn where_no_dns_is_asked_the_resolver_does_not_matter() {
        let choices = Choices {
            dns: Dns::None,
            resolver: "?".into(),
            ..good()
        };
        assert_eq!(choices.checked().unwrap().resolver(), None);
        let other = Choices {
            resolver: "127.0.0.1:5353".into(),
            ..good()
        };
        assert_eq!(
            other.checked().unwrap().resolver(),
            Some(("127.0.0.1".parse().unwrap(), 5353))
        );
    }

    #[test]
    fn a_profile_needs_no_domain_and_keeps_none() {
        let profile = good().checked_profile().unwrap();
        assert_eq!((profile.domain.as_str(), profile.admin.as_str()), ("", ""));
        assert!(
            Choices {
                ssh_port: 25,
                ..good()
            }
            .checked_profile()
            .is_err()
        );
    }
}
