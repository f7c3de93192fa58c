//! Checks of what reaches the machine and what it reaches: ports, hosts, logins.

use std::net::IpAddr;

use super::{fine, listed, quoted, stop, warn};
use crate::preflight::{Check, Facts, Finding, Wanted};

/// Where YunoHost's own programs listen.
const PORTS: &[u16] = &[25, 53, 80, 389, 443, 587, 993, 6787, 6788];

pub(in crate::preflight) fn ports(facts: &Facts) -> Finding {
    let check = Check::Ports;
    let taken: Vec<_> = facts
        .listeners
        .iter()
        .filter(|one| PORTS.contains(&one.port))
        // A DNS or mail port of UDP's is its own; the other UDP ones are not YunoHost's.
        .filter(|one| one.protocol == "tcp" || one.port == 53)
        .collect();
    let say = |of: &[&&crate::state::Listener]| {
        let mut said: Vec<String> = of
            .iter()
            .map(|one| format!("{} ({})", one.port, one.process.as_deref().unwrap_or("?")))
            .collect();
        said.dedup();
        listed(said.iter().map(String::as_str))
    };
    // The mail server that Debian brings along listens to itself only, and makes room for YunoHost's.
    let (small, grave): (Vec<_>, Vec<_>) = taken.iter().partition(|one| {
        one.is_local()
            && one
                .process
                .as_deref()
                .is_some_and(|name| name.starts_with("exim"))
    });
    if !grave.is_empty() {
        let taken = say(&grave);
        stop(
            check,
            format!("Ports that YunoHost needs are taken: {taken}. Stop what listens there."),
            format!(
                "Des ports dont YunoHost a besoin sont pris : {taken}. Arrêtez ce qui y écoute."
            ),
        )
    } else if !small.is_empty() {
        let taken = say(&small);
        warn(
            check,
            format!("Debian's mail server listens on {taken}: YunoHost's takes its place."),
            format!(
                "Le serveur de messagerie de Debian écoute sur {taken} : celui de YunoHost le remplace."
            ),
        )
    } else {
        fine(
            check,
            "The ports that YunoHost needs are free.",
            "Les ports dont YunoHost a besoin sont libres.",
        )
    }
}

pub(in crate::preflight) fn hosts(facts: &Facts, wanted: &Wanted) -> Finding {
    let check = Check::Hosts;
    let (mut unknown, mut silent) = (Vec::new(), Vec::new());
    for host in &facts.hosts {
        if host.addresses.is_empty() {
            unknown.push(host.host.as_str());
        } else if host.answers == Some(false) {
            silent.push(host.host.as_str());
        }
    }
    if unknown.is_empty() && silent.is_empty() {
        return fine(
            check,
            "The hosts that are needed answer.",
            "Les hôtes nécessaires répondent.",
        );
    }
    let (mut en, mut fr) = (Vec::new(), Vec::new());
    if !unknown.is_empty() {
        en.push(format!(
            "the machine does not find {}",
            listed(unknown.iter().copied())
        ));
        fr.push(format!(
            "la machine ne trouve pas {}",
            listed(unknown.iter().copied())
        ));
    }
    if !silent.is_empty() {
        en.push(format!(
            "{} does not answer",
            listed(silent.iter().copied())
        ));
        fr.push(format!("{} ne répond pas", listed(silent.iter().copied())));
    }
    let (en, fr) = (
        format!("Hosts that are needed can't be reached: {}.", en.join("; ")),
        format!(
            "Des hôtes nécessaires sont injoignables : {}.",
            fr.join(" ; ")
        ),
    );
    if wanted.isolated {
        warn(check, en, fr)
    } else {
        stop(check, en, fr)
    }
}

pub(in crate::preflight) fn ping(facts: &Facts, wanted: &Wanted) -> Finding {
    let check = Check::Ping;
    if facts.hosts.iter().any(|host| host.ping == Some(false)) {
        let (en, fr) = (
            "A ping is not answered: the installer takes that for a missing Internet and stops, though the web works. Let ICMP out for the time of the installation.",
            "Un ping reste sans réponse : l'installateur croit qu'il n'y a pas d'Internet et s'arrête, bien que le web marche. Laissez passer ICMP le temps de l'installation.",
        );
        return if wanted.isolated {
            warn(check, en, fr)
        } else {
            stop(check, en, fr)
        };
    }
    if facts.hosts.iter().any(|host| host.ping == Some(true)) {
        fine(check, "A ping is answered.", "Un ping reçoit sa réponse.")
    } else {
        warn(
            check,
            "A ping could not be tried; the installer needs one.",
            "Un ping n'a pas pu être essayé ; l'installateur en a besoin.",
        )
    }
}

pub(in crate::preflight) fn sshd(facts: &Facts, wanted: &Wanted) -> Finding {
    let (check, sshd) = (Check::Sshd, &facts.sshd);
    if let Some(error) = &sshd.error {
        let error = quoted(error);
        return warn(
            check,
            format!("sshd could not be asked what it lets in: {error}."),
            format!("sshd n'a pas pu dire ce qu'il laisse entrer : {error}."),
        );
    }
    if !sshd.pubkey {
        return stop(
            check,
            "sshd takes no keys (PubkeyAuthentication no): Towerify logs in with one.",
            "sshd n'accepte pas les clés (PubkeyAuthentication no) : Towerify se connecte avec une clé.",
        );
    }
    if !sshd.match_blocks.is_empty() {
        let blocks = listed(sshd.match_blocks.iter().map(String::as_str));
        return warn(
            check,
            format!(
                "sshd_config has Match blocks ({blocks}): the post-installation writes the file anew, without them."
            ),
            format!(
                "sshd_config contient des blocs Match ({blocks}) : la post-installation réécrit le fichier, sans eux."
            ),
        );
    }
    let other = sshd.ports.iter().copied().find(|port| *port != 22);
    match other {
        Some(port) if !facts.yunohost.postinstalled => warn(
            check,
            format!(
                "sshd listens on {port}: after the post-installation it is 22 again, until {} is set.",
                wanted.ssh_port
            ),
            format!(
                "sshd écoute sur {port} : après la post-installation ce sera de nouveau 22, jusqu'à ce que {} soit réglé.",
                wanted.ssh_port
            ),
        ),
        _ => fine(check, "sshd takes keys.", "sshd accepte les clés."),
    }
}

pub(in crate::preflight) fn admin(facts: &Facts, wanted: &Wanted) -> Finding {
    let check = Check::Admin;
    let name = quoted(&wanted.admin);
    let Some(user) = facts.users.iter().find(|user| user.name == wanted.admin) else {
        return fine(
            check,
            format!("{name} is free."),
            format!("{name} est libre."),
        );
    };
    if user.exists {
        stop(
            check,
            format!(
                "The account {name} exists on the machine already: YunoHost refuses it. Choose another name."
            ),
            format!(
                "Le compte {name} existe déjà sur la machine : YunoHost le refuse. Choisissez un autre nom."
            ),
        )
    } else if user.alias_of.is_some() {
        stop(
            check,
            format!("Mail to {name} goes elsewhere (/etc/aliases): choose another name."),
            format!("Le courrier de {name} va ailleurs (/etc/aliases) : choisissez un autre nom."),
        )
    } else {
        fine(
            check,
            format!("{name} is free."),
            format!("{name} est libre."),
        )
    }
}

pub(in crate::preflight) fn way_in(facts: &Facts, wanted: &Wanted) -> Finding {
    let check = Check::WayIn;
    let private = facts
        .peer
        .as_deref()
        .and_then(|peer| peer.parse::<IpAddr>().ok())
        .is_some_and(is_private);
    if wanted.second_way_in {
        fine(
            check,
            "There is another way in, should SSH be lost.",
            "Il y a un autre accès, si SSH était perdu.",
        )
    } else if private {
        warn(
            check,
            "No other way in (a console) was confirmed. From this network root can still log in after the post-installation.",
            "Aucun autre accès (une console) n'a été confirmé. Depuis ce réseau, root pourra encore se connecter après la post-installation.",
        )
    } else {
        warn(
            check,
            "No other way in (a console) was confirmed. From this address root can't log in after the post-installation: if the line is lost in that minute, only a console helps.",
            "Aucun autre accès (une console) n'a été confirmé. Depuis cette adresse, root ne peut plus se connecter après la post-installation : si la ligne tombe à ce moment, seule une console aide.",
        )
    }
}

/// The ranges from which YunoHost's sshd lets root in.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_private() || address.is_loopback() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address
                    .to_ipv4_mapped()
                    .is_some_and(|v4| is_private(IpAddr::V4(v4)))
        }
    }
}
