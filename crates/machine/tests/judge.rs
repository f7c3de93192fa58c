//! What stands in the way: each obstacle makes one finding of its own, and no other.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // All of it is tests.

use chrono::{DateTime, Utc};
use towerify_machine::install::Distribution;
use towerify_machine::preflight::{
    Check, Facts, Finding, HostAnswer, LockHolder, Package, Said, SourceLine, Verdict, Wanted,
    hosts_needed, judge,
};
use towerify_machine::state::{Account, Listener};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_400_000, 0).unwrap()
}

/// A bare Debian 12 with nothing in the way, everything asked.
fn ready() -> Facts {
    let mut facts = Facts::bare("12");
    facts.clock.epoch_ms = now().timestamp_millis() + 900;
    facts.apt.update = Said::well();
    facts.hosts = hosts_needed(Some("https://install.yunohost.org"))
        .into_iter()
        .map(|host| HostAnswer {
            addresses: vec!["192.0.2.80".into()],
            answers: Some(true),
            ping: host.ping.then_some(true),
            host: host.host,
            port: host.port,
        })
        .collect();
    facts.users = vec![Account {
        name: "camille".into(),
        ..Account::default()
    }];
    facts
}

fn wanted() -> Wanted {
    Wanted {
        admin: "camille".into(),
        distribution: Distribution::Stable,
        ssh_port: 22,
        second_way_in: true,
        isolated: false,
    }
}

fn remarkable(facts: &Facts, wanted: &Wanted) -> Vec<(Check, Verdict)> {
    judge(facts, wanted, now())
        .into_iter()
        .filter(|finding| finding.verdict != Verdict::Fine)
        .map(|finding| (finding.check, finding.verdict))
        .collect()
}

#[test]
fn a_fresh_debian_12_is_fine_in_every_respect() {
    let findings = judge(&ready(), &wanted(), now());
    assert_eq!(remarkable(&ready(), &wanted()), []);
    let mut checks: Vec<Check> = findings.iter().map(|finding| finding.check).collect();
    assert_eq!(checks.len(), 27);
    assert!(checks.is_sorted(), "in the order of Check");
    checks.dedup();
    assert_eq!(checks.len(), 27, "each once");
}

#[test]
fn each_obstacle_makes_one_finding() {
    #[track_caller]
    fn check(obstacle: impl FnOnce(&mut Facts, &mut Wanted), expected: Check, verdict: Verdict) {
        let (mut facts, mut wanted) = (ready(), wanted());
        obstacle(&mut facts, &mut wanted);
        assert_eq!(remarkable(&facts, &wanted), [(expected, verdict)]);
    }
    use Verdict::{Stop, Warn};

    let listener = |port: u16, address: &str, process: &str| Listener {
        port,
        protocol: "tcp".into(),
        address: address.into(),
        process: Some(process.into()),
    };
    check(
        |f, _| {
            let buster = Facts::bare("10");
            (f.debian, f.apt.sources) = (buster.debian, buster.apt.sources);
        },
        Check::Debian,
        Stop,
    );
    check(|f, _| f.debian.id = "ubuntu".into(), Check::Debian, Stop);
    check(
        |f, _| f.debian.arch = "riscv64".into(),
        Check::Architecture,
        Stop,
    );
    check(|f, _| f.root = false, Check::Privilege, Stop);
    check(|f, _| f.path = vec!["/usr/bin".into()], Check::Path, Stop);
    check(|f, _| f.init = "runit".into(), Check::Init, Stop);
    check(
        |f, _| f.container = Some("docker".into()),
        Check::Container,
        Stop,
    );
    check(
        |f, _| f.container = Some("lxc".into()),
        Check::Container,
        Warn,
    );
    check(
        |f, _| f.nft = Said::unwell("Operation not permitted"),
        Check::Nftables,
        Stop,
    );
    check(|f, _| f.nft = Said::default(), Check::Nftables, Warn);
    check(
        |f, _| {
            for disk in &mut f.disks {
                (disk.total_kib, disk.free_kib) = (5 << 20, 4 << 20);
            }
        },
        Check::Disk,
        Stop,
    );
    check(
        |f, _| f.disks.iter_mut().for_each(|disk| disk.free_kib = 3 << 20),
        Check::Disk,
        Stop,
    );
    check(|f, _| f.disks[1].inodes_free = 1000, Check::Inodes, Stop);
    check(
        |f, _| (f.memory_kib, f.swap_kib) = (512 << 10, 0),
        Check::Memory,
        Stop,
    );
    check(|f, _| f.clock.epoch_ms += 3_600_000, Check::Clock, Stop);
    check(|f, _| f.clock.epoch_ms -= 3_600_000, Check::Clock, Stop);
    check(|f, _| f.clock.epoch_ms += 120_000, Check::Clock, Warn);
    check(
        |f, _| f.at_work = vec!["cloud-init".into()],
        Check::AptAtWork,
        Warn,
    );
    check(
        |f, _| {
            f.apt.lock = Some(LockHolder {
                pid: 812,
                program: "apt-get".into(),
            });
        },
        Check::AptAtWork,
        Warn,
    );
    check(
        |f, _| f.apt.audit = Said::unwell("libc6"),
        Check::Packages,
        Stop,
    );
    check(
        |f, _| f.apt.check = Said::unwell("unmet"),
        Check::Packages,
        Stop,
    );
    check(
        |f, _| f.apt.holds = vec!["nginx".into()],
        Check::Holds,
        Stop,
    );
    let source = |uri: &str, suite: &str| SourceLine {
        file: "/etc/apt/sources.list.d/x.list".into(),
        uri: uri.into(),
        suite: suite.into(),
    };
    let backports = source("http://deb.debian.org/debian", "bookworm-backports");
    check(|f, _| f.apt.sources.push(backports), Check::Sources, Stop);
    let sid = source("http://deb.debian.org/debian", "sid");
    check(|f, _| f.apt.sources.push(sid), Check::Sources, Stop);
    let other = source("https://packages.tour.example/deb", "bookworm");
    check(|f, _| f.apt.sources.push(other), Check::Sources, Warn);
    check(
        |f, _| f.apt.pins = vec!["/etc/apt/preferences".into()],
        Check::Pins,
        Warn,
    );
    check(
        |f, _| f.apt.update = Said::unwell("404"),
        Check::Update,
        Stop,
    );
    check(|f, _| f.apt.update = Said::default(), Check::Update, Warn);
    let package = |name: &str, version: &str| Package {
        name: name.into(),
        version: version.into(),
    };
    let apache = package("apache2", "2.4.62-1~deb12u2");
    check(|f, _| f.conflicts.push(apache), Check::Conflicts, Stop);
    let openssl = package("openssl", "3.2.1-3~bpo12+1");
    check(|f, _| f.versions.push(openssl), Check::Conflicts, Stop);
    check(
        |f, _| f.listeners.push(listener(80, "0.0.0.0", "lighttpd")),
        Check::Ports,
        Stop,
    );
    check(
        |f, _| f.listeners.push(listener(25, "127.0.0.1", "exim4")),
        Check::Ports,
        Warn,
    );
    check(
        |f, _| f.leftovers = vec!["/etc/apt/sources.list.d/yunohost.list".into()],
        Check::Leftovers,
        Warn,
    );
    check(|f, _| f.hosts[1].addresses.clear(), Check::Hosts, Stop);
    check(|f, _| f.hosts[2].answers = Some(false), Check::Hosts, Stop);
    check(|f, _| f.hosts[0].ping = Some(false), Check::Ping, Stop);
    check(|f, _| f.hosts[0].ping = None, Check::Ping, Warn);
    check(|f, _| f.sshd.pubkey = false, Check::Sshd, Stop);
    check(|f, _| f.sshd.ports = vec![2222], Check::Sshd, Warn);
    check(
        |f, _| f.sshd.match_blocks = vec!["User backup".into()],
        Check::Sshd,
        Warn,
    );
    check(|f, _| f.sshd.error = Some("no".into()), Check::Sshd, Warn);
    check(|f, _| f.users[0].exists = true, Check::Admin, Stop);
    check(
        |f, _| f.users[0].alias_of = Some("root".into()),
        Check::Admin,
        Stop,
    );
    check(|_, w| w.second_way_in = false, Check::WayIn, Warn);
    check(|f, _| f.reboot_needed = true, Check::Reboot, Warn);
    check(
        |f, _| f.yunohost.postinstalled = true,
        Check::Yunohost,
        Stop,
    );
}

#[test]
fn debian_13_is_for_trying_only_and_not_from_the_stable_branch() {
    let mut facts = ready();
    let trixie = Facts::bare("13");
    (facts.debian, facts.apt.sources) = (trixie.debian, trixie.apt.sources);
    assert_eq!(
        remarkable(&facts, &wanted()),
        [(Check::Debian, Verdict::Stop)]
    );
    let testing = Wanted {
        distribution: Distribution::Testing,
        ..wanted()
    };
    assert_eq!(
        remarkable(&facts, &testing),
        [(Check::Debian, Verdict::Warn)]
    );
}

#[test]
fn a_machine_that_has_yunohost_is_not_asked_whether_it_could_be_installed() {
    let mut facts = ready();
    facts.yunohost.installed = Some("12.1.25".into());
    facts.yunohost.postinstalled = true;
    facts.users[0].exists = true;
    facts.listeners.push(Listener {
        port: 443,
        protocol: "tcp".into(),
        ..Listener::default()
    });
    facts.hosts[0].ping = Some(false);
    assert_eq!(remarkable(&facts, &wanted()), []);
    let checks: Vec<Check> = judge(&facts, &wanted(), now())
        .iter()
        .map(|finding| finding.check)
        .collect();
    for left_out in [Check::Ports, Check::Ping, Check::Admin, Check::Sources] {
        assert!(!checks.contains(&left_out), "{left_out:?}");
    }
}

#[test]
fn an_isolated_site_goes_on_without_the_internet() {
    let mut facts = ready();
    facts.hosts[0].ping = Some(false);
    facts.hosts[1].addresses.clear();
    let isolated = Wanted {
        isolated: true,
        ..wanted()
    };
    assert_eq!(
        remarkable(&facts, &isolated),
        [(Check::Hosts, Verdict::Warn), (Check::Ping, Verdict::Warn)]
    );
}

#[test]
fn what_the_machine_says_is_one_bounded_line_in_the_words() {
    let mut facts = ready();
    facts.apt.update = Said::unwell(&format!("E: \u{1b}[31mone\n\n  two {}", "x".repeat(5000)));
    let finding: Finding = judge(&facts, &wanted(), now())
        .into_iter()
        .find(|finding| finding.check == Check::Update)
        .unwrap();
    assert!(finding.words.en.contains("one / two"));
    assert!(!finding.words.en.contains(char::is_control) && finding.words.en.len() < 400);
}
