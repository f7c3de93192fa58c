//! The two reads: what the machine is before anything is done, and how it is now in what we change.

use chrono::{DateTime, Utc};
use towerify_machine::{
    preflight::{AskHost, Clock, Disk, Facts, HostAnswer, LockHolder, Package, Preflight, Said},
    state::{Account, AskState, CertificateLink, Listener, Sshd, State as Reply, Yunohost},
};

use super::{Surroundings, switches};
use crate::{
    Obstacle, clock,
    state::{
        State,
        system::{Stage, Sudo},
    },
};

/// Names that every Debian has as accounts.
const SYSTEM_ACCOUNTS: &[(&str, u32)] = &[
    ("root", 0),
    ("daemon", 1),
    ("bin", 2),
    ("mail", 8),
    ("www-data", 33),
    ("backup", 34),
    ("nobody", 65_534),
];
/// Where mail to these names goes, once there is YunoHost.
const ALIASES: &[&str] = &["admin", "admins", "webmaster", "postmaster", "abuse"];

/// Our jail.
const JAIL: &str = towerify_machine::bans::JAIL;

/// `preflight`.
pub(super) fn preflight(state: &State, asked: &Preflight, around: &Surroundings<'_>) -> Facts {
    let system = &state.system;
    let mut facts = Facts::bare(&system.debian.to_string());
    state.name.clone_into(&mut facts.hostname);
    facts.debian.kernel = crate::machine::release(system.debian).2.to_owned();
    facts.container = system
        .has(&Obstacle::Container)
        .then(|| "docker".to_owned());
    if facts.container.is_some() {
        facts.nft = Said::unwell("Operation not permitted (you must be root)");
    }
    facts.disks = ["/", "/var"].map(|path| disk(state, path)).to_vec();
    facts.memory_kib = state.mem_kib;
    let off = system.clock_off();
    facts.clock = Clock {
        epoch_ms: (around.now + off).timestamp_millis(),
        synchronized: Some(off.is_zero()),
    };
    apt(state, asked.update, around.now, &mut facts);
    facts.at_work = at_work(state, around.now);
    facts.conflicts = conflicts(state);
    facts.listeners = listeners(state);
    facts.yunohost = yunohost(state);
    facts.leftovers = leftovers(state);
    facts.hosts = asked.hosts.iter().map(|host| answer(state, host)).collect();
    facts.sshd = sshd(state);
    facts.peer = Some(asked.peer.clone().unwrap_or_else(|| around.peer.to_owned()));
    // Its domain's record says so too: everything is on this computer.
    facts.reached = Some(std::net::Ipv4Addr::LOCALHOST.to_string());
    facts.addresses = Vec::new();
    facts.users = asked
        .users
        .iter()
        .map(|user| account(state, user))
        .collect();
    facts.reboot_needed = state.needs_reboot();
    facts
}

/// `state`.
pub(super) fn state(state: &State, asked: &AskState, around: &Surroundings<'_>) -> Reply {
    Reply {
        yunohost: yunohost(state),
        users: asked
            .users
            .iter()
            .map(|user| account(state, user))
            .collect(),
        sshd: sshd(state),
        peer: Some(asked.peer.clone().unwrap_or_else(|| around.peer.to_owned())),
        never_banned: state.system.never_banned.clone(),
        api: switches::api_unit(state),
        unattended_upgrades: state.system.unattended_upgrades,
        certificates: asked
            .domains
            .iter()
            .map(|name| {
                let domain = state.domain(name);
                CertificateLink {
                    domain: name.clone(),
                    target: domain.map(crate::state::Domain::certificate_target),
                    sha256: domain.and_then(|domain| domain.certificate_sha256.clone()),
                }
            })
            .collect(),
        listeners: listeners(state),
        leftovers: leftovers(state),
        reboot_needed: state.needs_reboot(),
        traces: traces(state, around.has_runs),
    }
}

fn disk(state: &State, path: &str) -> Disk {
    Disk {
        path: path.to_owned(),
        device: 65_025,
        total_kib: state.disk_kib,
        free_kib: state.disk_free_kib,
        inodes: 2_600_000,
        inodes_free: 2_550_000,
    }
}

fn apt(state: &State, update: bool, now: DateTime<Utc>, facts: &mut Facts) {
    let system = &state.system;
    let apt = &mut facts.apt;
    apt.lock = lock_holder(state, now);
    if system.stage == Stage::Broken {
        apt.audit = Said::unwell(
            "The following packages are only half configured, probably due to problems\nconfiguring them the first time:\n yunohost",
        );
    }
    if system.has(&Obstacle::HeldPackages) {
        apt.holds = vec!["openssl".to_owned()];
    }
    // Whoever holds the lock is not disturbed.
    if update && apt.lock.is_none() {
        apt.update = if system.has(&Obstacle::Offline) {
            Said::unwell(
                "E: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease  Temporary failure resolving 'deb.debian.org'",
            )
        } else if system.empty_key && system.broken_list {
            Said::unwell(
                "E: The repository 'https://forge.yunohost.org/debian bookworm InRelease' is not signed.",
            )
        } else {
            Said::well()
        };
    }
}

/// Who holds apt's lock.
pub(super) fn lock_holder(state: &State, now: DateTime<Utc>) -> Option<LockHolder> {
    let until = state.system.apt_locked_until;
    until.is_some_and(|until| until > now).then(|| LockHolder {
        pid: 812,
        program: "unattended-upgr".to_owned(),
    })
}

/// What is at work on its own now.
pub(super) fn at_work(state: &State, now: DateTime<Utc>) -> Vec<String> {
    let mut found = Vec::new();
    let until = |moment: Option<DateTime<Utc>>| moment.is_some_and(|until| until > now);
    if until(state.system.cloud_init_until) {
        found.push("cloud-init".to_owned());
    }
    if until(state.system.apt_locked_until) {
        found.push("unattended-upgrades".to_owned());
    }
    found
}

fn conflicts(state: &State) -> Vec<Package> {
    state
        .system
        .obstacles
        .iter()
        .filter_map(|obstacle| match obstacle {
            Obstacle::ConflictingPackage(name) => Some(Package {
                name: name.clone(),
                version: "2.4.62-1~deb12u2".to_owned(),
            }),
            _ => None,
        })
        .collect()
}

/// Everything that is listened on.
fn listeners(state: &State) -> Vec<Listener> {
    let one = |port: u16, protocol: &str, address: &str, process: &str| Listener {
        port,
        protocol: protocol.to_owned(),
        address: address.to_owned(),
        process: Some(process.to_owned()),
    };
    let mut found = vec![one(state.system.ssh_port, "tcp", "0.0.0.0", "sshd")];
    for obstacle in &state.system.obstacles {
        if let Obstacle::PortInUse { port, process } = obstacle {
            found.push(one(*port, "tcp", "0.0.0.0", process));
        }
    }
    if state.system.stage >= Stage::Installed {
        found.extend([
            one(80, "tcp", "0.0.0.0", "nginx"),
            one(443, "tcp", "0.0.0.0", "nginx"),
            one(389, "tcp", "127.0.0.1", "slapd"),
            one(53, "udp", "127.0.0.1", "dnsmasq"),
        ]);
        if switches::api_unit(state).active {
            found.push(one(6_787, "tcp", "127.0.0.1", "yunohost-api"));
        }
    }
    if state.system.stage == Stage::Serving {
        found.extend([
            one(25, "tcp", "0.0.0.0", "master"),
            one(587, "tcp", "0.0.0.0", "master"),
            one(993, "tcp", "0.0.0.0", "dovecot"),
        ]);
    }
    found
}

fn yunohost(state: &State) -> Yunohost {
    let stage = state.system.stage;
    Yunohost {
        installed: (stage >= Stage::Installed).then(|| state.version.clone()),
        postinstalled: stage == Stage::Serving,
        // A post-installation that was cut has set it already.
        main_domain: (stage >= Stage::HalfPostinstalled).then(|| state.main_domain.clone()),
    }
}

/// What a failed installation left.
pub(super) fn leftovers(state: &State) -> Vec<String> {
    let key = format!(
        "/usr/share/keyrings/yunohost-{}.gpg",
        crate::machine::release(state.system.debian).0
    );
    let list = "/etc/apt/sources.list.d/yunohost.list".to_owned();
    [
        (state.system.broken_list, list),
        (state.system.empty_key, key),
    ]
    .into_iter()
    .filter_map(|(is_left, path)| is_left.then_some(path))
    .collect()
}

fn answer(state: &State, asked: &AskHost) -> HostAnswer {
    let offline = state.system.has(&Obstacle::Offline);
    let blocked = offline || state.system.has(&Obstacle::PingBlocked);
    HostAnswer {
        host: asked.host.clone(),
        port: asked.port,
        addresses: if offline {
            Vec::new()
        } else {
            vec!["192.0.2.80".to_owned()]
        },
        answers: (asked.port != 0).then_some(!offline),
        ping: asked.ping.then_some(!blocked),
    }
}

/// What sshd lets in, as `sshd -T` says it.
pub(super) fn sshd(state: &State) -> Sshd {
    let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    if state.system.stage < Stage::Serving {
        return Sshd {
            ports: vec![state.system.ssh_port],
            permit_root_login: "yes".to_owned(),
            pubkey: true,
            password: true,
            ..Sshd::default()
        };
    }
    let permit = if state.system.private_peers {
        "yes"
    } else {
        "no"
    };
    Sshd {
        ports: vec![state.system.ssh_port],
        permit_root_login: permit.to_owned(),
        pubkey: true,
        password: state.takes_passwords(),
        allow_users: Vec::new(),
        allow_groups: own(&[
            "ssh.main",
            "sftp.main",
            "ssh.app",
            "sftp.app",
            "admins",
            "root",
        ]),
        match_blocks: own(&[
            "Group sftp.main,!ssh.main",
            "Group sftp.app,!ssh.app",
            "Address 192.168.0.0/16,10.0.0.0/8,172.16.0.0/12,169.254.0.0/16,fe80::/10,fd00::/8",
        ]),
        error: None,
    }
}

fn account(state: &State, name: &str) -> Account {
    let is_server = state.system.stage == Stage::Serving;
    let of_yunohost = is_server && state.users.contains_key(name);
    let system = SYSTEM_ACCOUNTS.iter().find(|(known, _)| *known == name);
    if !state.has_account(name) && system.is_none() {
        let is_alias = is_server && ALIASES.contains(&name);
        return Account {
            name: name.to_owned(),
            alias_of: is_alias.then(|| "admins".to_owned()),
            ..Account::default()
        };
    }
    let mut groups = Vec::new();
    if of_yunohost {
        groups.push("all_users".to_owned());
        let of = state.groups.iter();
        let of = of.filter(|(_, group)| group.members.iter().any(|member| member == name));
        groups.extend(of.map(|(group, _)| group.clone()));
    } else {
        groups.push(name.to_owned());
    }
    let home = match name {
        "root" => "/root".to_owned(),
        _ => format!("/home/{name}"),
    };
    Account {
        name: name.to_owned(),
        exists: true,
        uid: Some(system.map_or(1_007, |(_, uid)| *uid)),
        home: Some(home),
        shell: Some("/bin/bash".to_owned()),
        groups,
        keys: state.keys(name).to_vec(),
        sudo_passwordless: Some(matches!(state.sudo(name), Sudo::Root | Sudo::Free)),
        alias_of: None,
    }
}

/// What of ours is on the machine.
pub(super) fn traces(state: &State, has_runs: bool) -> Vec<String> {
    let jail = state.system.never_banned.is_some().then_some(JAIL);
    let runs = has_runs.then_some("/var/lib/towerify");
    jail.into_iter()
        .chain(runs)
        .map(str::to_owned)
        .chain(state.system.traces.iter().cloned())
        .collect()
}

/// A file of the machine, when somebody put it there.
pub(super) fn file(around: &Surroundings<'_>, path: &str) -> Option<Vec<u8>> {
    std::fs::read(crate::sftp::place(around.files, path)).ok()
}

/// How the installer's own log is called.
pub(super) fn log_of(at: DateTime<Utc>) -> String {
    let at = clock::stamp(at).replace('-', "_");
    format!("/var/log/yunohost-installation_{at}.log")
}
