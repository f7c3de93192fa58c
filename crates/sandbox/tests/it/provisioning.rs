//! A bare machine made into a server over SSH: who may log in when, each change once, and what it has become.

use towerify_driver::{DriverError, SudoError, connect};
use towerify_machine::{
    bans::NeverBan,
    certificate::{OwnCertificate, RestoreCertificate},
    install::Prepare,
    keys::{PutKey, RemoveKey, RootLogin},
    preflight::{AskHost, Preflight},
    refusal,
    services::{Api, UnattendedUpgrades},
    state::AskState,
    traces::RemoveTraces,
};
use towerify_sandbox::{BareMachine, Blueprint, Obstacle};
use towerify_ssh::{Connection, PrivateKey, Stage};
use towerify_yunohost::users;

use crate::bare::{
    ADMIN_PASSWORD, as_root, counted, dial, done, installer, machines, made_a_server, postinstall,
    ran, refused, root_driver, run, through_sudo, with_key,
};

fn line(key: &PrivateKey) -> String {
    key.public_openssh()
}

async fn as_admin(machine: &BareMachine) -> Result<Connection, towerify_ssh::SshError> {
    Connection::open(dial(machine, "camille", ADMIN_PASSWORD)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_machine_says_what_it_is_and_that_there_is_no_yunohost() {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = fleet.machine("neuf").unwrap();
    assert!(fleet.servers().is_empty());
    let driver = root_driver(machine).await;
    let facts = driver.facts();
    assert_eq!(
        (
            facts.yunohost.clone(),
            facts.postinstalled,
            facts.debian.as_str()
        ),
        (None, false, "12")
    );
    let without = driver.read(&users::ListUsers).await.err().unwrap();
    assert!(matches!(without, DriverError::NoYunohost), "{without:?}");
    let asked = Preflight {
        hosts: vec![AskHost {
            host: "yunohost.org".to_owned(),
            port: 443,
            ping: true,
        }],
        users: vec!["camille".to_owned(), "root".to_owned()],
        update: true,
        peer: None,
    };
    let facts = driver.read_task(&asked).await.unwrap();
    assert_eq!(facts.debian.codename, "bookworm");
    assert_eq!(facts.yunohost.installed, None);
    assert_eq!(facts.apt.update.ok, Some(true));
    assert_eq!(facts.hosts[0].ping, Some(true));
    assert_eq!(
        (facts.users[0].exists, facts.users[1].exists),
        (false, true)
    );
    assert_eq!(facts.sshd.permit_root_login, "yes");
    assert!(machine.effects().is_empty(), "reading changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_driver_says_goodbye_when_yunohost_has_come_and_its_next_one_has_it() {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = fleet.machine("neuf").unwrap();
    let driver = root_driver(machine).await;
    let installed = done(&driver, "run-install-1", &installer()).await;
    assert_eq!(installed.version.as_deref(), Some("12.1.25"));
    assert_eq!(
        installed.source,
        "https://forge.yunohost.org/install_script/bookworm"
    );
    let versions = driver
        .read(&towerify_yunohost::versions::ShowVersions)
        .await;
    assert!(versions.is_ok(), "{versions:?}");
    assert_eq!(driver.facts().yunohost.as_deref(), Some("12.1.25"));
    assert!(!driver.facts().postinstalled);
    // Before the post-installation root logs in as before.
    assert!(as_root(machine).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_post_installation_root_is_shut_out_and_the_admin_has_a_password_and_no_key() {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = fleet.machine("neuf").unwrap();
    let key = PrivateKey::generate().unwrap();
    machine.authorize("root", &line(&key));
    assert!(with_key(machine, "root", &key).await.is_ok());
    let first = made_a_server(machine).await;

    // The connection that was open goes on; no new one is let in, by password or by key.
    assert!(!first.is_closed());
    for refused in [
        as_root(machine).await,
        with_key(machine, "root", &key).await,
    ] {
        assert_eq!(refused.err().unwrap().stage(), Stage::Authentication);
    }
    machine.count_peers_as_private(true);
    assert!(with_key(machine, "root", &key).await.is_ok());
    let roots_is_the_admins = Connection::open(dial(machine, "root", ADMIN_PASSWORD)).await;
    assert!(roots_is_the_admins.is_ok());
    machine.count_peers_as_private(false);

    // The admin: a password, no key, and sudo asks.
    assert!(with_key(machine, "camille", &key).await.is_err());
    let admin = as_admin(machine).await.unwrap();
    let asks = connect(&admin, through_sudo(None)).await.err().unwrap();
    assert!(
        matches!(asks, DriverError::Sudo(SudoError::PasswordNeeded)),
        "{asks:?}"
    );
    let driver = connect(&admin, through_sudo(Some(ADMIN_PASSWORD)))
        .await
        .unwrap();
    assert!(driver.facts().postinstalled);
    let state = driver.read_task(&ask_state()).await.unwrap();
    assert_eq!(state.users[0].sudo_passwordless, Some(false));
    assert_eq!(state.sshd.permit_root_login, "no");
    assert!(state.sshd.allow_groups.contains(&"admins".to_owned()));

    // Until the key is put, and sudo is told not to ask.
    let put = PutKey {
        user: "camille".to_owned(),
        line: line(&key),
    };
    assert!(done(&driver, "run-key-0001", &put).await.changed);
    ran(
        &first,
        "yunohost settings set security.password.passwordless_sudo -v yes",
    )
    .await;
    let second = with_key(machine, "camille", &key).await.unwrap();
    let driver = connect(&second, through_sudo(None)).await.unwrap();
    let state = driver.read_task(&ask_state()).await.unwrap();
    assert_eq!(state.users[0].sudo_passwordless, Some(true));
}

fn ask_state() -> AskState {
    AskState {
        users: vec!["camille".to_owned()],
        domains: vec!["neuf.example".to_owned()],
        peer: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_counted_once_however_often_it_is_asked_for() {
    let fleet = machines(vec![
        Blueprint::bare("neuf", "neuf.example"),
        Blueprint::bare("encore", "neuf.example"),
    ])
    .await;
    let mut become_ = Vec::new();
    for (machine, times) in fleet.machines().iter().zip([1, 2]) {
        let key = PrivateKey::generate().unwrap();
        let driver = root_driver(machine).await;
        for time in 0..times {
            let run = |what: &str| format!("run-{what}-{time}0");
            let put = PutKey {
                user: "root".to_owned(),
                line: line(&key),
            };
            done(&driver, &run("put"), &put).await;
            done(&driver, &run("prepare"), &Prepare::default()).await;
            done(&driver, &run("install"), &installer()).await;
        }
        let connection = as_root(machine).await.unwrap();
        ran(&connection, &postinstall("neuf.example")).await;
        let driver = connect(&connection, towerify_driver::Start::default())
            .await
            .unwrap();
        for time in 0..times {
            let run = |what: &str| format!("run-{what}-{time}1");
            let put = PutKey {
                user: "camille".to_owned(),
                line: line(&key),
            };
            done(&driver, &run("admin"), &put).await;
            let off = RootLogin {
                on: false,
                line: line(&key),
                peer: None,
            };
            assert!(!done(&driver, &run("root"), &off).await.possible);
            let addresses = vec!["198.51.100.7".to_owned()];
            done(&driver, &run("never"), &NeverBan { addresses }).await;
            done(&driver, &run("api"), &Api { on: false }).await;
            done(&driver, &run("upgrades"), &UnattendedUpgrades { on: false }).await;
            ran(
                &connection,
                "yunohost settings set security.password.passwordless_sudo -v yes",
            )
            .await;
            ran(&connection, "yunohost firewall close 25").await;
        }
        assert_eq!(
            counted(machine),
            [
                "api off 1",
                "firewall close 25 1",
                "install_yunohost done 1",
                "never_ban 198.51.100.7 1",
                "put_key camille 1",
                "put_key root 1",
                "root_login off 1",
                "settings set security.password.passwordless_sudo=yes 1",
                "tools postinstall neuf.example 1",
                "unattended_upgrades off 1",
            ]
        );
        become_.push(machine.final_state());
    }
    assert_eq!(become_[0], become_[1]);
    // And the comparison is not blind.
    let connection = as_root(&fleet.machines()[0]).await;
    assert!(connection.is_err(), "root is shut out");
    fleet.machines()[0].authorize("camille", "ssh-ed25519 AAAA somebody");
    assert_ne!(fleet.machines()[0].final_state(), become_[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_is_taken_away_again_with_what_was_there_before() {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = fleet.machine("neuf").unwrap();
    let connection = made_a_server(machine).await;
    let before = machine.final_state();
    let driver = connect(&connection, towerify_driver::Start::default())
        .await
        .unwrap();
    let key = PrivateKey::generate().unwrap();
    let (user, own) = ("camille".to_owned(), line(&key));
    let put = PutKey {
        user: user.clone(),
        line: own.clone(),
    };
    assert!(!done(&driver, "run-put-0001", &put).await.was_there);
    let ban = NeverBan {
        addresses: vec!["198.51.100.0/24".to_owned()],
    };
    assert_eq!(done(&driver, "run-ban-0001", &ban).await.before, None);
    let api = done(&driver, "run-api-0001", &Api { on: false }).await;
    assert!(api.before.active && !api.after.enabled);
    assert_ne!(machine.final_state(), before);
    let state = driver.read_task(&ask_state()).await.unwrap();
    assert!(
        state
            .traces
            .contains(&towerify_machine::bans::JAIL.to_owned())
    );

    done(&driver, "run-api-0002", &Api { on: true }).await;
    assert!(
        !done(&driver, "run-end-0001", &RemoveTraces {})
            .await
            .removed
            .is_empty()
    );
    let take = RemoveKey { user, line: own };
    assert!(done(&driver, "run-end-0002", &take).await.changed);
    assert!(!done(&driver, "run-end-0003", &take).await.changed);
    assert_eq!(machine.final_state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_s_own_certificate_is_put_seen_and_taken_back() {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = fleet.machine("neuf").unwrap();
    let connection = made_a_server(machine).await;
    let before = machine.final_state();
    let driver = connect(&connection, towerify_driver::Start::default())
        .await
        .unwrap();
    let pair = || rcgen::generate_simple_self_signed(vec!["neuf.example".to_owned()]).unwrap();
    let (own, other) = (pair(), pair());
    let asked = |key: &rcgen::KeyPair, domain: &str| OwnCertificate {
        domain: domain.to_owned(),
        chain: own.cert.pem(),
        key: key.serialize_pem().into(),
    };
    for (wrong, key) in [
        (
            asked(&other.signing_key, "neuf.example"),
            refusal::CERTIFICATE_MISMATCH,
        ),
        (
            asked(&own.signing_key, "ailleurs.example"),
            refusal::DOMAIN_UNKNOWN,
        ),
    ] {
        assert_eq!(refused(&driver, &format!("run-{key}"), &wrong).await, key);
    }
    let right = asked(&own.signing_key, "neuf.example");
    let put = done(&driver, "run-cert-0001", &right).await;
    assert!(put.changed && put.after == put.folder);
    assert!(!done(&driver, "run-cert-0002", &right).await.changed);
    let seen = driver.read_task(&ask_state()).await.unwrap();
    assert_eq!(seen.certificates[0].target, put.after);
    assert!(seen.certificates[0].sha256.is_some());
    let status = ran(
        &connection,
        "yunohost domain cert status neuf.example --json",
    )
    .await;
    assert!(status.contains("\"CA_type\":\"other\""), "{status}");
    let back = RestoreCertificate {
        domain: "neuf.example".to_owned(),
        target: put.before.unwrap(),
        remove: put.folder,
    };
    assert!(done(&driver, "run-cert-0003", &back).await.changed);
    assert_eq!(machine.final_state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn let_s_encrypt_does_nothing_and_says_nothing_wrong_before_a_diagnosis() {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = fleet.machine("neuf").unwrap();
    let connection = made_a_server(machine).await;
    let certificate = "yunohost domain cert install neuf.example";
    ran(&connection, certificate).await;
    assert_eq!(counted(machine).len(), 2, "{:?}", counted(machine));
    ran(&connection, "yunohost diagnosis run").await;
    machine.obstacle(Obstacle::WrongDns);
    ran(&connection, certificate).await;
    machine.clear_obstacles();
    assert!(!counted(machine).iter().any(|line| line.contains("cert")));
    ran(&connection, certificate).await;
    assert!(counted(machine).contains(&"domain cert install neuf.example 1".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_and_keys_of_people_are_made_listed_and_refused_by_yunohost_s_own_words() {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = fleet.machine("neuf").unwrap();
    let connection = made_a_server(machine).await;
    let made = ran(&connection, "yunohost backup create -n premiere --json").await;
    let made: serde_json::Value = serde_json::from_str(made.lines().last().unwrap()).unwrap();
    assert_eq!(made["results"]["system"]["conf_ldap"], "Success");
    let (exit, _, twice) = run(&connection, "yunohost backup create -n premiere").await;
    assert_eq!(exit, Some(1));
    assert!(twice.contains("already exists"), "{twice}");
    let info = ran(
        &connection,
        "yunohost backup info premiere --with-details --json",
    )
    .await;
    let info: serde_json::Value = serde_json::from_str(info.trim()).unwrap();
    assert_eq!(info["size"], made["size"]);
    ran(&connection, "yunohost backup delete premiere").await;
    let (_, _, unknown) = run(&connection, "yunohost backup info premiere").await;
    assert!(
        unknown.contains("Unknown local backup archive"),
        "{unknown}"
    );

    let key = PrivateKey::generate().unwrap();
    let add = format!("yunohost user ssh add-key camille '{}'", line(&key));
    ran(&connection, &add).await;
    let keys = ran(&connection, "yunohost user ssh list-keys camille --json").await;
    assert!(keys.contains(&line(&key)), "{keys}");
    assert!(with_key(machine, "camille", &key).await.is_ok());
    let (exit, ..) = run(&connection, "yunohost user ssh list-keys personne").await;
    assert_eq!(exit, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_values_of_a_post_installation_are_refused_and_a_second_one_is_too() {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = fleet.machine("neuf").unwrap();
    let connection = as_root(machine).await.unwrap();
    let driver = connect(&connection, towerify_driver::Start::default())
        .await
        .unwrap();
    done(&driver, "run-install-2", &installer()).await;
    let before = machine.final_state();
    for (wrong, says) in [
        (
            "-d Majuscule.example -u camille -p Violet-Tractor-88",
            "valid domain name",
        ),
        (
            "-d neuf.example -u admin -p Violet-Tractor-88",
            "cannot be used as a username",
        ),
        (
            "-d neuf.example -u root -p Violet-Tractor-88",
            "cannot be used as a username",
        ),
        (
            "-d neuf.example -u camille -p password1",
            "most used passwords",
        ),
    ] {
        let command = format!("yunohost tools postinstall {wrong} -F 'Camille Morvan'");
        let (exit, _, complained) = run(&connection, &command).await;
        assert_eq!(exit, Some(1), "{wrong}");
        assert!(complained.contains(says), "{wrong}: {complained}");
    }
    assert_eq!(machine.final_state(), before);
    ran(&connection, &postinstall("neuf.example")).await;
    let (exit, _, complained) = run(&connection, &postinstall("neuf.example")).await;
    assert_eq!(exit, Some(1));
    assert!(complained.contains("already installed"), "{complained}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_none_or_has_wrong_arguments_is_refused_with_its_key() {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = fleet.machine("neuf").unwrap();
    let driver = root_driver(machine).await;
    let two_lines = PutKey {
        user: "root".to_owned(),
        line: "ssh-ed25519 AAAA\nssh-ed25519 BBBB".to_owned(),
    };
    assert_eq!(
        refused(&driver, "run-wrong-01", &two_lines).await,
        refusal::BAD_ARGUMENT
    );
    let nobody = PutKey {
        user: "personne".to_owned(),
        line: "ssh-ed25519 AAAA".to_owned(),
    };
    assert_eq!(
        refused(&driver, "run-wrong-02", &nobody).await,
        refusal::USER_UNKNOWN
    );
    let no_address = NeverBan {
        addresses: vec!["partout".to_owned()],
    };
    assert_eq!(
        refused(&driver, "run-wrong-03", &no_address).await,
        refusal::BAD_ARGUMENT
    );
    assert!(machine.effects().is_empty());
}
