//! Each check of a preflight: one look at the facts, one finding in words, with what can be done about it. The machine
//! itself is here, its packages in `packages`, what reaches it and what it reaches in `reach`.
//!
//! Numbers are those of the trials: an installation took 3.4 GB; with less than 1 GB of memory its services were killed.

mod packages;
mod reach;

use chrono::{DateTime, Utc};
use towerify_domain::words::Words;

use super::{Check, Facts, Finding, Verdict, Wanted};
use crate::install::Distribution;

pub(super) use packages::{
    apt_at_work, conflicts, holds, leftovers, packages, pins, sources, update,
};
pub(super) use reach::{admin, hosts, ping, ports, sshd, way_in};

const GB: u64 = 1 << 20; // in KiB

fn fine(check: Check, en: impl Into<String>, fr: impl Into<String>) -> Finding {
    finding(check, Verdict::Fine, en, fr)
}

fn warn(check: Check, en: impl Into<String>, fr: impl Into<String>) -> Finding {
    finding(check, Verdict::Warn, en, fr)
}

fn stop(check: Check, en: impl Into<String>, fr: impl Into<String>) -> Finding {
    finding(check, Verdict::Stop, en, fr)
}

fn finding(
    check: Check,
    verdict: Verdict,
    en: impl Into<String>,
    fr: impl Into<String>,
) -> Finding {
    Finding {
        check,
        verdict,
        words: Words::new(en, fr),
    }
}

/// Text from the machine within a sentence: one line, and an end.
fn quoted(text: &str) -> String {
    let line: String = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" / ");
    line.chars().filter(|c| !c.is_control()).take(300).collect()
}

fn listed<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    quoted(&texts.into_iter().collect::<Vec<_>>().join(", "))
}

pub(super) fn yunohost(facts: &Facts) -> Finding {
    let check = Check::Yunohost;
    match (&facts.yunohost.installed, facts.yunohost.postinstalled) {
        (None, false) => fine(
            check,
            "YunoHost is not installed yet.",
            "YunoHost n'est pas encore installé.",
        ),
        (None, true) => stop(
            check,
            "/etc/yunohost/installed is there, and the package yunohost is not: a former YunoHost was removed. Start from a fresh Debian.",
            "/etc/yunohost/installed existe, mais pas le paquet yunohost : un ancien YunoHost a été retiré. Repartez d'un Debian neuf.",
        ),
        (Some(version), false) => fine(
            check,
            format!(
                "YunoHost {} is installed and waits for its post-installation: it is continued.",
                quoted(version)
            ),
            format!(
                "YunoHost {} est installé et attend sa post-installation : on continue.",
                quoted(version)
            ),
        ),
        (Some(version), true) => fine(
            check,
            format!(
                "YunoHost {} is in service: it is adopted, not installed again.",
                quoted(version)
            ),
            format!(
                "YunoHost {} est en service : il est adopté, pas réinstallé.",
                quoted(version)
            ),
        ),
    }
}

pub(super) fn debian(facts: &Facts, wanted: &Wanted) -> Finding {
    let (check, debian) = (Check::Debian, &facts.debian);
    let name = quoted(&format!("{} {}", debian.id, debian.version));
    if debian.id != "debian" {
        return stop(
            check,
            format!(
                "The system is {name}: YunoHost needs Debian 12 itself, not one of its relatives."
            ),
            format!("Le système est {name} : il faut Debian 12 lui-même, pas un de ses parents."),
        );
    }
    match (debian.version.as_str(), wanted.distribution) {
        ("12", _) => fine(
            check,
            format!("Debian {} (bookworm).", quoted(&debian.point)),
            format!("Debian {} (bookworm).", quoted(&debian.point)),
        ),
        ("13", _) if facts.yunohost.installed.is_some() => {
            fine(check, "Debian 13 (trixie).", "Debian 13 (trixie).")
        }
        ("13", Distribution::Stable) => stop(
            check,
            "Debian 13: YunoHost has no stable release for it yet. Take Debian 12, or the testing branch to try it.",
            "Debian 13 : YunoHost n'a pas encore de version stable pour lui. Prenez Debian 12, ou la branche testing pour essayer.",
        ),
        ("13", _) => warn(
            check,
            "Debian 13: YunoHost on it is not for production yet.",
            "Debian 13 : YunoHost n'y est pas encore fait pour la production.",
        ),
        _ => stop(
            check,
            format!("{name}: YunoHost is installed on Debian 12."),
            format!("{name} : YunoHost s'installe sur Debian 12."),
        ),
    }
}

pub(super) fn architecture(facts: &Facts) -> Finding {
    let arch = quoted(&facts.debian.arch);
    if ["amd64", "arm64", "armhf", "i386"].contains(&arch.as_str()) {
        fine(
            Check::Architecture,
            format!("Processor: {arch}."),
            format!("Processeur : {arch}."),
        )
    } else {
        stop(
            Check::Architecture,
            format!("YunoHost has no packages for this processor ({arch})."),
            format!("YunoHost n'a pas de paquets pour ce processeur ({arch})."),
        )
    }
}

pub(super) fn privilege(facts: &Facts) -> Finding {
    if facts.root {
        fine(
            Check::Privilege,
            "Root's rights are there.",
            "Les droits de root sont là.",
        )
    } else {
        stop(
            Check::Privilege,
            "This account is not root and may not use sudo.",
            "Ce compte n'est pas root et ne peut pas utiliser sudo.",
        )
    }
}

pub(super) fn path(facts: &Facts) -> Finding {
    let has = |folder: &str| facts.path.iter().any(|path| path == folder);
    if has("/sbin") || has("/usr/sbin") {
        fine(
            Check::Path,
            "The system's programs are found.",
            "Les programmes du système sont trouvés.",
        )
    } else {
        stop(
            Check::Path,
            "/sbin is not in PATH: the installer would refuse.",
            "/sbin n'est pas dans PATH : l'installateur refuserait.",
        )
    }
}

pub(super) fn init(facts: &Facts) -> Finding {
    if facts.init == "systemd" {
        fine(
            Check::Init,
            "systemd runs the machine.",
            "systemd dirige la machine.",
        )
    } else {
        let init = quoted(&facts.init);
        stop(
            Check::Init,
            format!("systemd does not run this machine ({init} does): YunoHost needs it."),
            format!("systemd ne dirige pas cette machine (c'est {init}) : YunoHost en a besoin."),
        )
    }
}

pub(super) fn container(facts: &Facts) -> Finding {
    let check = Check::Container;
    let Some(kind) = &facts.container else {
        return fine(
            check,
            "A machine of its own, real or virtual.",
            "Une machine à part entière, réelle ou virtuelle.",
        );
    };
    let kind = quoted(kind);
    if ["docker", "podman", "oci", "wsl", "proot"].contains(&kind.as_str()) {
        stop(
            check,
            format!("This is a container ({kind}): YunoHost does not run in it."),
            format!("C'est un conteneur ({kind}) : YunoHost n'y fonctionne pas."),
        )
    } else {
        warn(
            check,
            format!("This is a container ({kind}): the firewall depends on its host."),
            format!("C'est un conteneur ({kind}) : le pare-feu dépend de son hôte."),
        )
    }
}

pub(super) fn nftables(facts: &Facts) -> Finding {
    let (check, why) = (Check::Nftables, quoted(&facts.nft.text));
    match facts.nft.ok {
        Some(true) => fine(check, "The firewall answers.", "Le pare-feu répond."),
        Some(false) => stop(
            check,
            format!("`nft list ruleset` fails: YunoHost could not set its firewall ({why})."),
            format!(
                "`nft list ruleset` échoue : YunoHost ne pourrait pas régler son pare-feu ({why})."
            ),
        ),
        None => warn(
            check,
            "nft is not installed: whether the kernel has a firewall is seen later only.",
            "nft n'est pas installé : on ne saura que plus tard si le noyau a un pare-feu.",
        ),
    }
}

pub(super) fn disk(facts: &Facts, bare: bool) -> Finding {
    let check = Check::Disk;
    let mut seen = Vec::new();
    let (mut total, mut free, mut least) = (0, 0, u64::MAX);
    for disk in &facts.disks {
        least = least.min(disk.free_kib);
        if !seen.contains(&disk.device) {
            seen.push(disk.device);
            total += disk.total_kib;
            free += disk.free_kib;
        }
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a size in words needs no more than 53 bits"
    )]
    let gb = |kib: u64| kib as f64 / GB as f64;
    let (size, room) = (gb(total), gb(free));
    if bare && total < 10 * GB {
        stop(
            check,
            format!("The disk has {size:.1} GB: YunoHost needs 10."),
            format!("Le disque fait {size:.1} Go : il en faut 10 à YunoHost."),
        )
    } else if bare && free < 4 * GB || least < GB / 2 {
        stop(
            check,
            format!("Only {room:.1} GB are free on / and /var: an installation needs 4."),
            format!("Il ne reste que {room:.1} Go sur / et /var : une installation en demande 4."),
        )
    } else {
        fine(
            check,
            format!("{room:.1} GB of {size:.1} are free."),
            format!("{room:.1} Go sur {size:.1} sont libres."),
        )
    }
}

pub(super) fn inodes(facts: &Facts) -> Finding {
    let scarce = facts
        .disks
        .iter()
        .find(|disk| disk.inodes > 0 && disk.inodes_free < 200_000);
    match scarce {
        Some(disk) => stop(
            Check::Inodes,
            format!(
                "{} can hold only {} more files.",
                quoted(&disk.path),
                disk.inodes_free
            ),
            format!(
                "{} ne peut plus contenir que {} fichiers.",
                quoted(&disk.path),
                disk.inodes_free
            ),
        ),
        None => fine(
            Check::Inodes,
            "There is room for many files.",
            "Il y a de la place pour beaucoup de fichiers.",
        ),
    }
}

pub(super) fn memory(facts: &Facts) -> Finding {
    let (all, mb) = (facts.memory_kib + facts.swap_kib, 1024);
    // Virtual machines of "1 GB" have a little less.
    if all >= 900 * mb {
        fine(
            Check::Memory,
            format!(
                "{} MB of memory, {} of swap.",
                facts.memory_kib / mb,
                facts.swap_kib / mb
            ),
            format!(
                "{} Mo de mémoire, {} d'échange.",
                facts.memory_kib / mb,
                facts.swap_kib / mb
            ),
        )
    } else {
        stop(
            Check::Memory,
            format!(
                "{} MB of memory and swap: YunoHost needs 1 GB. Add swap.",
                all / mb
            ),
            format!(
                "{} Mo de mémoire et d'échange : il faut 1 Go à YunoHost. Ajoutez de l'espace d'échange.",
                all / mb
            ),
        )
    }
}

pub(super) fn clock(facts: &Facts, now: DateTime<Utc>) -> Finding {
    let off = (facts.clock.epoch_ms - now.timestamp_millis()) / 1000;
    let (check, away) = (Check::Clock, off.abs());
    if away <= 60 {
        return fine(check, "The clock is right.", "L'horloge est juste.");
    }
    let (en, fr) = if off > 0 {
        ("ahead", "en avance")
    } else {
        ("behind", "en retard")
    };
    let (en, fr) = (
        format!(
            "The clock is {away} s {en} of this computer's. Set one of the two right (`timedatectl set-ntp true`)."
        ),
        format!(
            "L'horloge est {fr} de {away} s sur celle de cet ordinateur. Réglez l'une des deux (`timedatectl set-ntp true`)."
        ),
    );
    // Certificates and package lists are refused by a clock that is far off.
    if away > 300 {
        stop(check, en, fr)
    } else {
        warn(check, en, fr)
    }
}

pub(super) fn reboot(facts: &Facts) -> Finding {
    if facts.reboot_needed {
        warn(
            Check::Reboot,
            "Debian asks for a restart: make it before, or the new kernel's modules are missing.",
            "Debian demande un redémarrage : faites-le avant, sinon les modules du nouveau noyau manquent.",
        )
    } else {
        fine(
            Check::Reboot,
            "No restart is asked for.",
            "Aucun redémarrage n'est demandé.",
        )
    }
}
