//! The services of a YunoHost server, and what they are for.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::words::Locale;

/// One service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Service {
    /// `running`, `failed`, `dead`.
    pub(crate) status: String,
    /// `enabled` or `disabled`.
    pub(crate) boot: String,
    pub(crate) since: DateTime<Utc>,
    /// `valid`, `unknown` or `broken`.
    pub(crate) configuration: String,
}

/// Name, whether its configuration can be tested, and what it is for.
const KNOWN: &[(&str, bool, &str, &str)] = &[
    (
        "dnsmasq",
        true,
        "Handles domain name resolution (DNS)",
        "Gère la résolution des noms de domaine (DNS)",
    ),
    (
        "dovecot",
        false,
        "Allows e-mail clients to access/fetch email (via IMAP and POP3)",
        "Permet aux clients de messagerie d'accéder aux courriels (IMAP et POP3)",
    ),
    (
        "fail2ban",
        true,
        "Protects against brute-force and other kinds of attacks from the Internet",
        "Protège contre les attaques par force brute et d'autres attaques venant d'Internet",
    ),
    (
        "nginx",
        true,
        "Serves or provides access to all the websites hosted on your server",
        "Sert ou permet l'accès à tous les sites web hébergés sur votre serveur",
    ),
    (
        "opendkim",
        true,
        "Signs outgoing emails using DKIM such that they are less likely to be flagged as spam",
        "Signe les courriels sortants avec DKIM pour qu'ils soient moins souvent pris pour du spam",
    ),
    (
        "postfix",
        false,
        "Used to send and receive e-mails",
        "Utilisé pour envoyer et recevoir des courriels",
    ),
    (
        "slapd",
        true,
        "Stores users, domains and related info",
        "Stocke les comptes, les domaines et les informations associées",
    ),
    (
        "ssh",
        true,
        "Allows you to connect remotely to your server via a terminal (SSH protocol)",
        "Permet de se connecter à distance à votre serveur par un terminal (protocole SSH)",
    ),
    (
        "yunohost-portal-api",
        false,
        "Manages interactions between the different portal web interfaces and the system",
        "Gère les échanges entre les portails web et le système",
    ),
    (
        "yunohost-api",
        false,
        "Manages interactions between the YunoHost web interface and the system",
        "Gère les échanges entre l'interface web de YunoHost et le système",
    ),
    (
        "nftables",
        false,
        "Manages open and close connection ports to services",
        "Gère l'ouverture et la fermeture des ports de connexion aux services",
    ),
    (
        "yunomdns",
        false,
        "Allows you to reach your server using 'yunohost.local' in your local network",
        "Permet d'atteindre votre serveur par 'yunohost.local' sur votre réseau local",
    ),
    (
        "php8.2-fpm",
        true,
        "The PHP 8.2 FastCGI Process Manager",
        "Le gestionnaire de processus FastCGI de PHP 8.2",
    ),
    (
        "mysql",
        false,
        "Stores app data (SQL database)",
        "Stocke les données des applications (bases de données SQL)",
    ),
    (
        "postgresql",
        false,
        "Stores app data (SQL database)",
        "Stocke les données des applications (bases de données SQL)",
    ),
];

/// What a service is for.
pub(crate) fn description(name: &str, locale: Locale) -> String {
    KNOWN.iter().find(|(known, ..)| *known == name).map_or_else(
        || format!("Service {name}"),
        |(_, _, english, french)| locale.pick(english, french).to_owned(),
    )
}

/// The services of a machine without YunoHost.
pub(crate) fn of_a_bare_machine(since: DateTime<Utc>) -> BTreeMap<String, Service> {
    let ssh = Service {
        status: "running".to_owned(),
        boot: "enabled".to_owned(),
        since,
        configuration: "valid".to_owned(),
    };
    std::iter::once(("ssh".to_owned(), ssh)).collect()
}

/// The services of a new server; some are down.
pub(crate) fn of_a_new_server(
    down: &[String],
    with_databases: bool,
    since: DateTime<Utc>,
) -> BTreeMap<String, Service> {
    KNOWN
        .iter()
        .filter(|(name, ..)| with_databases || !matches!(*name, "mysql" | "postgresql"))
        .map(|(name, tested, ..)| {
            let failed = down.iter().any(|one| one == name);
            let service = Service {
                status: if failed { "failed" } else { "running" }.to_owned(),
                boot: "enabled".to_owned(),
                since,
                configuration: if *tested { "valid" } else { "unknown" }.to_owned(),
            };
            ((*name).to_owned(), service)
        })
        .collect()
}
