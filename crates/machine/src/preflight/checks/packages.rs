//! Checks of the machine's packages and their sources.

use super::{fine, listed, quoted, stop, warn};
use crate::preflight::{Check, Facts, Finding, SourceLine};

pub(in crate::preflight) fn apt_at_work(facts: &Facts) -> Finding {
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

pub(in crate::preflight) fn packages(facts: &Facts) -> Finding {
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

pub(in crate::preflight) fn holds(facts: &Facts) -> Finding {
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

pub(in crate::preflight) fn sources(facts: &Facts) -> Finding {
    let (check, codename) = (Check::Sources, &facts.debian.codename);
    let is_own = |suite: &str| {
        ["", "-updates", "-security", "/updates"]
            .iter()
            .any(|end| suite.strip_suffix(end) == Some(codename))
            || suite == "stable" && facts.debian.version == "12"
    };
    let name = |line: &SourceLine| format!("{} {} ({})", line.uri, line.suite, line.file);
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

pub(in crate::preflight) fn pins(facts: &Facts) -> Finding {
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

pub(in crate::preflight) fn update(facts: &Facts) -> Finding {
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

pub(in crate::preflight) fn conflicts(facts: &Facts) -> Finding {
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

pub(in crate::preflight) fn leftovers(facts: &Facts) -> Finding {
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
