//! Each check of a preflight: one look at the facts, one finding in words, with what can be done about it.
//!
//! Numbers are those of the trials: an installation took 3.4 GB; with less than 1 GB of memory its services were killed.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use towerify_domain::words::Words;

use super::{Check, Facts, Finding, Verdict, Wanted};
use crate::install::Distribution;

const GB: u64 = 1 << 20; // in KiB

/// Where YunoHost's own programs listen.
const PORTS: &[u16] = &[25, 53, 80, 389, 443, 587, 993, 6787, 6788];

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

pub(super) fn apt_at_work(facts: &Facts) -> Finding {
    let mut busy: Vec<String> = facts.at_work.clone();
    if let Some(holder) = &facts.apt.lock {
        busy.push(format!("{} (pid {})", holder.program, holder.pid));
    }
    if busy.is_empty() {
        return fine(
            Check::AptAtWork,
            "Nobody installs packages now.",
            "Personne n'installe de paquets en ce moment.",
        );
    }
    let busy = listed(busy.iter().map(String::as_str));
    warn(
        Check::AptAtWork,
        format!("Packages are at work ({busy}): the installation waits for its end."),
        format!("Des paquets sont en cours ({busy}) : l'installation en attend la fin."),
    )
}

pub(super) fn packages(facts: &Facts) -> Finding {
    let broken: Vec<String> = [&facts.apt.audit, &facts.apt.check]
        .iter()
        .filter(|said| said.ok == Some(false))
        .map(|said| quoted(&said.text))
        .collect();
    if broken.is_empty() {
        fine(
            Check::Packages,
            "Every package is whole.",
            "Tous les paquets sont entiers.",
        )
    } else {
        let broken = broken.join("; ");
        stop(
            Check::Packages,
            format!(
                "Packages are half installed: `dpkg --configure -a`, then `apt-get -f install` ({broken})."
            ),
            format!(
                "Des paquets sont à moitié installés : `dpkg --configure -a`, puis `apt-get -f install` ({broken})."
            ),
        )
    }
}

pub(super) fn holds(facts: &Facts) -> Finding {
    if facts.apt.holds.is_empty() {
        return fine(
            Check::Holds,
            "No package is held back.",
            "Aucun paquet n'est retenu.",
        );
    }
    let held = listed(facts.apt.holds.iter().map(String::as_str));
    stop(
        Check::Holds,
        format!(
            "Packages are held back: {held}. `apt-mark unhold` them, or the installation breaks midway."
        ),
        format!(
            "Des paquets sont retenus : {held}. Libérez-les (`apt-mark unhold`), sinon l'installation casse en route."
        ),
    )
}

pub(super) fn sources(facts: &Facts) -> Finding {
    let (check, codename) = (Check::Sources, &facts.debian.codename);
    let is_own = |suite: &str| {
        ["", "-updates", "-security", "/updates"]
            .iter()
            .any(|end| suite.strip_suffix(end) == Some(codename))
            || suite == "stable" && facts.debian.version == "12"
    };
    let name = |line: &super::SourceLine| format!("{} {} ({})", line.uri, line.suite, line.file);
    let foreign: Vec<String> = facts
        .apt
        .sources
        .iter()
        .filter(|line| !is_own(&line.suite))
        .map(name)
        .collect();
    if !foreign.is_empty() {
        let foreign = listed(foreign.iter().map(String::as_str));
        return stop(
            check,
            format!(
                "Packages may come from elsewhere than {codename}: {foreign}. Newer ones break the installation midway; take these sources out."
            ),
            format!(
                "Des paquets peuvent venir d'ailleurs que de {codename} : {foreign}. De plus récents cassent l'installation en route ; retirez ces sources."
            ),
        );
    }
    let others: Vec<String> = facts
        .apt
        .sources
        .iter()
        .filter(|line| !line.uri.contains("debian.org"))
        .map(name)
        .collect();
    if others.is_empty() {
        fine(
            check,
            format!("Packages come from Debian's {codename} only."),
            format!("Les paquets viennent de {codename} de Debian seulement."),
        )
    } else {
        let others = listed(others.iter().map(String::as_str));
        warn(
            check,
            format!("Packages may come from others than Debian: {others}."),
            format!("Des paquets peuvent venir d'autres que Debian : {others}."),
        )
    }
}

pub(super) fn pins(facts: &Facts) -> Finding {
    if facts.apt.pins.is_empty() {
        return fine(
            Check::Pins,
            "No package is pinned.",
            "Aucun paquet n'est épinglé.",
        );
    }
    let pins = listed(facts.apt.pins.iter().map(String::as_str));
    warn(
        Check::Pins,
        format!(
            "Packages are pinned: {pins}. A pin on what YunoHost needs breaks its installation."
        ),
        format!(
            "Des paquets sont épinglés : {pins}. Une épingle sur ce dont YunoHost a besoin casse son installation."
        ),
    )
}

pub(super) fn update(facts: &Facts) -> Finding {
    match facts.apt.update.ok {
        Some(true) => fine(
            Check::Update,
            "The package sources answer.",
            "Les sources de paquets répondent.",
        ),
        Some(false) => {
            let why = quoted(&facts.apt.update.text);
            stop(
                Check::Update,
                format!("The package sources don't answer: {why}."),
                format!("Les sources de paquets ne répondent pas : {why}."),
            )
        }
        None => warn(
            Check::Update,
            "The package sources were not asked.",
            "Les sources de paquets n'ont pas été interrogées.",
        ),
    }
}

pub(super) fn conflicts(facts: &Facts) -> Finding {
    let backported = facts
        .versions
        .iter()
        .filter(|package| package.version.contains("~bpo"))
        .map(|package| package.name.as_str());
    let found: Vec<&str> = facts
        .conflicts
        .iter()
        .map(|package| package.name.as_str())
        .chain(backported)
        .collect();
    if found.is_empty() {
        return fine(
            Check::Conflicts,
            "No package stands in YunoHost's way.",
            "Aucun paquet ne gêne YunoHost.",
        );
    }
    let found = listed(found);
    stop(
        Check::Conflicts,
        format!("Packages that YunoHost conflicts with are installed: {found}. Remove them."),
        format!("Des paquets incompatibles avec YunoHost sont installés : {found}. Retirez-les."),
    )
}

pub(super) fn ports(facts: &Facts) -> Finding {
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

pub(super) fn leftovers(facts: &Facts) -> Finding {
    if facts.leftovers.is_empty() {
        return fine(
            Check::Leftovers,
            "Nothing is left of an earlier try.",
            "Il ne reste rien d'un essai précédent.",
        );
    }
    let left = listed(facts.leftovers.iter().map(String::as_str));
    warn(
        Check::Leftovers,
        format!("An earlier try left {left}: it is removed before this one."),
        format!("Un essai précédent a laissé {left} : c'est retiré avant celui-ci."),
    )
}

pub(super) fn hosts(facts: &Facts, wanted: &Wanted) -> Finding {
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

pub(super) fn ping(facts: &Facts, wanted: &Wanted) -> Finding {
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

pub(super) fn sshd(facts: &Facts, wanted: &Wanted) -> Finding {
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

pub(super) fn admin(facts: &Facts, wanted: &Wanted) -> Finding {
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

pub(super) fn way_in(facts: &Facts, wanted: &Wanted) -> Finding {
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
