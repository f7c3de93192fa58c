//! Whether the domain, and the names below it, lead to the machine: asked of the one resolver that was chosen, and of
//! nobody else.

use std::{net::IpAddr, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::{RData, RecordType},
};
use towerify_domain::{Words, provisioning::Choices};

use crate::provisioning::view::{Finding, Verdict};

/// How long one answer may take, and how often it is asked for.
const PATIENCE: Duration = Duration::from_secs(4);
const TRIES: usize = 2;

/// A name that nobody gives a record of its own: it is answered by the wildcard, or not at all.
const BELOW: &str = "towerify-probe";

/// What a question brought.
enum Said {
    /// These addresses, perhaps none.
    Addresses(Vec<IpAddr>),
    /// No answer.
    Nothing,
}

/// What the resolver says of the domain, for a machine with these addresses (or names). Where no DNS is asked: nothing.
pub(super) async fn ask(choices: &Choices, here: &[String]) -> Vec<Finding> {
    let Some((address, port)) = choices.resolver() else {
        return Vec::new();
    };
    let Some(resolver) = resolver(address, port) else {
        return vec![silent(choices)];
    };
    let domain = &choices.domain;
    let mut own: Vec<IpAddr> = Vec::new();
    for place in here {
        match place.parse() {
            Ok(address) => own.push(address),
            Err(_) => {
                if let Said::Addresses(found) = look(&resolver, place, RecordType::A).await {
                    own.extend(found);
                }
            }
        }
    }
    let (four, six, below) = (
        look(&resolver, domain, RecordType::A).await,
        look(&resolver, domain, RecordType::AAAA).await,
        look(&resolver, &format!("{BELOW}.{domain}"), RecordType::A).await,
    );
    let (Said::Addresses(four), Said::Addresses(six)) = (four, six) else {
        return vec![silent(choices)];
    };
    let below = match below {
        Said::Addresses(below) => below,
        Said::Nothing => Vec::new(),
    };
    judge(domain, &own, &four, &six, &below)
}

/// What these answers mean.
fn judge(
    domain: &str,
    own: &[IpAddr],
    four: &[IpAddr],
    six: &[IpAddr],
    below: &[IpAddr],
) -> Vec<Finding> {
    let list = |addresses: &[IpAddr]| {
        let all: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
        all.join(", ")
    };
    let leads_here = |addresses: &[IpAddr]| addresses.iter().any(|address| own.contains(address));
    let finding = |check: &str, verdict, en: String, fr: String| Finding {
        check: check.into(),
        verdict,
        words: Words::new(en, fr),
    };
    let mut found = Vec::new();
    if four.is_empty() && six.is_empty() {
        found.push(finding(
            "records",
            Verdict::Stop,
            format!(
                "{domain} has no address: add an A record that leads to {}.",
                list(own)
            ),
            format!(
                "{domain} n’a pas d’adresse : ajoutez un enregistrement A qui mène à {}.",
                list(own)
            ),
        ));
        return found;
    }
    let elsewhere = |addresses: &[IpAddr]| !addresses.is_empty() && !leads_here(addresses);
    // An address of the other family than any of ours that we know says nothing against it.
    let know_six = own.iter().any(IpAddr::is_ipv6);
    if elsewhere(four) {
        found.push(finding(
            "records",
            Verdict::Stop,
            format!(
                "{domain} leads to {}, not to this machine ({}).",
                list(four),
                list(own)
            ),
            format!(
                "{domain} mène à {}, pas à cette machine ({}).",
                list(four),
                list(own)
            ),
        ));
    } else if elsewhere(six) && know_six {
        found.push(finding(
            "records",
            Verdict::Stop,
            format!(
                "The IPv6 address of {domain} is {}, not this machine’s ({}).",
                list(six),
                list(own)
            ),
            format!(
                "L’adresse IPv6 de {domain} est {}, pas celle de cette machine ({}).",
                list(six),
                list(own)
            ),
        ));
    } else {
        let seen: Vec<IpAddr> = four.iter().chain(six).copied().collect();
        found.push(finding(
            "records",
            Verdict::Fine,
            format!("{domain} leads here ({})", list(&seen)),
            format!("{domain} mène ici ({})", list(&seen)),
        ));
        if elsewhere(six) {
            found.push(finding(
                "records_ipv6",
                Verdict::Warn,
                format!("{domain} has an IPv6 address too ({}), and whether it is this machine’s can’t be told.", list(six)),
                format!("{domain} a aussi une adresse IPv6 ({}), et on ne sait pas si c’est celle de cette machine.", list(six)),
            ));
        }
    }
    if !leads_here(below) {
        let (en, fr) = match below.is_empty() {
            true => (
                format!(
                    "Names below {domain} have no address: an app on a domain of its own needs a record then, or add *.{domain}."
                ),
                format!(
                    "Les noms sous {domain} n’ont pas d’adresse : une app sur son propre domaine demandera un enregistrement, ou ajoutez *.{domain}."
                ),
            ),
            false => (
                format!(
                    "Names below {domain} lead to {}, not to this machine.",
                    list(below)
                ),
                format!(
                    "Les noms sous {domain} mènent à {}, pas à cette machine.",
                    list(below)
                ),
            ),
        };
        found.push(finding("records_wildcard", Verdict::Warn, en, fr));
    }
    found
}

fn silent(choices: &Choices) -> Finding {
    let resolver = &choices.resolver;
    Finding {
        check: "records".into(),
        verdict: Verdict::Stop,
        words: Words::new(
            format!("The resolver {resolver} does not answer. Choose another, or “no DNS here”."),
            format!(
                "Le résolveur {resolver} ne répond pas. Choisissez-en un autre, ou « pas de DNS ici »."
            ),
        ),
    }
}

fn resolver(address: IpAddr, port: u16) -> Option<TokioResolver> {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = port;
        connection
    });
    let server = NameServerConfig::new(address, true, connections.to_vec());
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    let options = builder.options_mut();
    options.timeout = PATIENCE;
    options.attempts = TRIES;
    options.cache_size = 0;
    // This computer's own list of hosts says nothing about what others see.
    options.use_hosts_file = ResolveHosts::Never;
    builder.build().ok()
}

async fn look(resolver: &TokioResolver, name: &str, kind: RecordType) -> Said {
    // A dot at the end: this name and no other.
    match resolver
        .lookup(format!("{}.", name.trim_end_matches('.')), kind)
        .await
    {
        Ok(found) => Said::Addresses(
            found
                .answers()
                .iter()
                .filter_map(|record| match &record.data {
                    RData::A(address) => Some(IpAddr::V4(address.0)),
                    RData::AAAA(address) => Some(IpAddr::V6(address.0)),
                    _ => None,
                })
                .collect(),
        ),
        Err(error) if error.is_no_records_found() || error.is_nx_domain() => {
            Said::Addresses(Vec::new())
        }
        Err(error) => {
            tracing::debug!(%error, name, "a resolver gave no answer");
            Said::Nothing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn what_the_records_mean_is_said() {
        let check = |own: &[&str],
                     four: &[&str],
                     six: &[&str],
                     below: &[&str],
                     expected: &[(&str, Verdict)]| {
            let found = judge(
                "nuage.example",
                &all(own),
                &all(four),
                &all(six),
                &all(below),
            );
            let found: Vec<(&str, Verdict)> = found
                .iter()
                .map(|finding| (finding.check.as_str(), finding.verdict))
                .collect();
            assert_eq!(found, expected, "{own:?} {four:?} {six:?} {below:?}");
        };
        let here = &["192.0.2.10"][..];
        let (stop, warn, fine) = (Verdict::Stop, Verdict::Warn, Verdict::Fine);
        check(here, here, &[], here, &[("records", fine)]);
        check(here, &[], &[], &[], &[("records", stop)]);
        check(here, &["192.0.2.66"], &[], here, &[("records", stop)]);
        check(
            here,
            here,
            &[],
            &[],
            &[("records", fine), ("records_wildcard", warn)],
        );
        check(
            here,
            here,
            &[],
            &["192.0.2.66"],
            &[("records", fine), ("records_wildcard", warn)],
        );
        check(
            here,
            here,
            &["2001:db8::1"],
            here,
            &[("records", fine), ("records_ipv6", warn)],
        );
        check(
            &["192.0.2.10", "2001:db8::2"],
            here,
            &["2001:db8::1"],
            here,
            &[("records", stop)],
        );
    }
}
