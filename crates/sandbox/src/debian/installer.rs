//! YunoHost coming onto a bare machine, as the official installer does it, with everything that can go wrong.

use sha2::{Digest, Sha256};
use towerify_machine::{install, refusal};

use super::{Surroundings, facts, failing, refuse, replying};
use crate::{
    Obstacle,
    actions::{Plan, Refusal},
    state::{
        State,
        system::{Stage, System},
    },
};

/// The installer's lines, how long each takes in milliseconds on a fast mirror: 190 s in all.
const LINES: &[(u64, &str)] = &[
    (1_000, "Running upgrade_system"),
    (24_000, "Running install_script_dependencies"),
    (9_000, "Running create_custom_config"),
    (1_000, "Running confirm_installation"),
    (3_000, "Running setup_package_source"),
    (6_000, "Running apt_update"),
    (
        14_000,
        "Get:174 http://deb.debian.org/debian bookworm/main amd64 slapd",
    ),
    (25_000, "Unpacking nginx-extras"),
    (32_000, "Unpacking yunohost"),
    (30_000, "Setting up slapd"),
    (20_000, "Setting up nginx-extras"),
    (18_000, "Setting up yunohost"),
    (6_000, "Running restart_services"),
    (1_000, "YunoHost installation completed !"),
];
/// After how many lines the repository's key is fetched.
const AT_THE_KEY: usize = 5;
/// After how many lines packages are being unpacked.
const AT_THE_PACKAGES: usize = 8;
/// After how many lines services are configured.
const AT_THE_SERVICES: usize = 11;

impl System {
    /// Removes what a failed try left; the paths.
    fn clean(state: &mut State) -> Vec<String> {
        let removed = facts::leftovers(state);
        state.system.empty_key = false;
        state.system.broken_list = false;
        removed
    }
}

/// `prepare`: apt was waited for already.
pub(super) fn prepare(state: &State, waited: &[String]) -> Plan {
    let waited_for = waited.to_vec();
    if state.system.stage >= Stage::Installed {
        return replying(move |_, _| install::Prepared {
            waited_for,
            ..install::Prepared::default()
        });
    }
    replying(move |state, _| install::Prepared {
        waited_for,
        waited_ms: 0,
        removed: System::clean(state),
    })
}

/// The script that YunoHost publishes for a release, in this training fleet.
fn script(codename: &str) -> String {
    format!(
        "#!/bin/bash\n# The training fleet's stand-in for YunoHost's installer on Debian {codename}.\n"
    )
}

/// `install_yunohost`.
pub(super) fn install(
    state: &State,
    asked: &install::InstallYunohost,
    around: &Surroundings<'_>,
) -> Result<Plan, Refusal> {
    if state.system.stage >= Stage::Installed {
        let version = state.version.clone();
        return Ok(replying(move |_, _| install::Installed {
            already: true,
            version: Some(version),
            ..install::Installed::default()
        }));
    }
    let debian = state.system.debian;
    if debian < 12 {
        return refuse(
            refusal::NO_INSTALLER,
            format!("YunoHost has no installer for Debian {debian}"),
        );
    }
    let codename = crate::machine::release(debian).0;
    let (source, text) = match &asked.source {
        install::Source::Address(_) if state.system.has(&Obstacle::Offline) => {
            return refuse(refusal::FETCH_FAILED, "the script could not be fetched");
        }
        install::Source::Address(address) => {
            let whole = format!("{}/{codename}", address.trim_end_matches('/'));
            (whole, script(codename).into_bytes())
        }
        install::Source::Path(path) => match facts::file(around, path) {
            Some(text) => (path.clone(), text),
            None => return refuse(refusal::FETCH_FAILED, format!("no file {path:?}")),
        },
        install::Source::Text(text) => ("brought along".to_owned(), text.clone().into_bytes()),
    };
    let digest = Sha256::digest(&text);
    let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if asked
        .sha256
        .as_ref()
        .is_some_and(|wanted| *wanted != sha256)
    {
        return refuse(
            refusal::SCRIPT_CHANGED,
            "the script is not the one that was expected",
        );
    }
    if let Some(plan) = stopped(state, asked.distribution) {
        return Ok(plan.about("failed"));
    }
    let log = facts::log_of(around.now);
    let first = format!("The installer script: {source}, SHA-256 {sha256}");
    let at_the_log = format!("The installer's log on the machine: {log}");
    let at_the_end = bar(100, &format!("YunoHost {} is installed", state.version));
    let plan = replying(move |state, now| {
        let removed = System::clean(state);
        state.install_yunohost(now);
        install::Installed {
            already: false,
            version: Some(state.version.clone()),
            source,
            sha256,
            log: Some(log),
            removed,
            ms: 190_000,
        }
    });
    let plan = told(plan.step(600, "info", first), LINES.len());
    Ok(plan
        .step(0, "info", at_the_log)
        .step(0, "success", at_the_end)
        .about("done"))
}

/// Tells the installer's first lines, with how far it is, roughly, as YunoHost's own scripts write it.
fn told(mut plan: Plan, lines: usize) -> Plan {
    let whole: u64 = LINES.iter().map(|(time, _)| time).sum();
    let mut gone = 0;
    for (time, line) in LINES.iter().take(lines) {
        gone += time;
        plan = plan.step(*time, "info", bar(gone * 98 / whole, line));
    }
    plan
}

fn bar(percent: u64, words: &str) -> String {
    let full = usize::try_from(percent / 5).unwrap_or(0);
    format!("[{:.<20}] > {words}", "#".repeat(full))
}

fn ended(lines: usize, last: &str, leaving: impl FnOnce(&mut State) + Send + 'static) -> Plan {
    let message = format!("the installer ended with a failure: {last}");
    let plan = failing(refusal::INSTALLER_FAILED, &message, leaving);
    told(plan, lines).step(500, "error", last)
}

/// How the installer fails on this machine, when it does.
fn stopped(state: &State, distribution: install::Distribution) -> Option<Plan> {
    let system = &state.system;
    if system.debian == 13 && distribution == install::Distribution::Stable {
        return Some(ended(
            0,
            "There is no stable distribution for trixie yet",
            |_| (),
        ));
    }
    if system.has(&Obstacle::Offline) || system.has(&Obstacle::PingBlocked) {
        let plan = failing(
            refusal::INSTALLER_FAILED,
            "the installer ended with a failure: You need to have an Internet connection",
            |_| (),
        );
        // Its own ping gives up after 31 s.
        return Some(plan.step(31_000, "error", "You need to have an Internet connection"));
    }
    if system.has(&Obstacle::Container) {
        return Some(ended(
            0,
            "YunoHost is not compatible with a container like this",
            |_| (),
        ));
    }
    let conflict = system.obstacles.iter().find_map(|obstacle| match obstacle {
        Obstacle::ConflictingPackage(name) => Some(name.as_str()),
        _ => None,
    });
    match conflict {
        Some(name @ ("apache2" | "bind9")) => {
            let last = format!("{name} is installed and conflicts with YunoHost");
            return Some(ended(0, &last, |_| ()));
        }
        Some(name) => {
            let last = format!("yunohost : Conflicts: {name}");
            return Some(ended(AT_THE_PACKAGES, &last, broken));
        }
        None => {}
    }
    if system.has(&Obstacle::InstallerFailsHalfway) {
        return Some(ended(
            AT_THE_KEY,
            "gpg: no valid OpenPGP data found.",
            |state| {
                state.system.strikes(&Obstacle::InstallerFailsHalfway);
                state.system.empty_key = true;
                state.system.broken_list = true;
            },
        ));
    }
    if system.has(&Obstacle::FullDiskInInstall) {
        let last = "dpkg: error: failed to write: No space left on device";
        return Some(ended(AT_THE_PACKAGES, last, broken));
    }
    let occupied = system.obstacles.iter().find_map(|obstacle| match obstacle {
        Obstacle::PortInUse {
            port: port @ (80 | 443),
            process,
        } => Some((*port, process)),
        _ => None,
    });
    if let Some((port, process)) = occupied {
        let last = format!(
            "nginx: [emerg] bind() to 0.0.0.0:{port} failed (98: Address already in use: {process})"
        );
        return Some(ended(AT_THE_SERVICES, &last, broken));
    }
    None
}

fn broken(state: &mut State) {
    state.system.stage = Stage::Broken;
}
