//! What is theirs is done; what is another's, and what nobody may, is refused; each is a line in the server's log.

use towerify_driver::DriverError;
use towerify_yunohost::apps::{InstallApp, ListApps, RemoveApp, UpgradeApps};
use towerify_yunohost::backups::{ArchiveName, CreateBackup, DeleteBackup, ListBackups};
use towerify_yunohost::domains::ListDomains;
use towerify_yunohost::fields::{
    AppId, AppSource, DomainName, FullName, Grantee, GroupName, PermissionName, Username,
};
use towerify_yunohost::groups::{AddToGroup, CreateGroup, ListGroups};
use towerify_yunohost::permissions::{AddPermission, ListPermissions};
use towerify_yunohost::users::{CreateUser, DeleteUser, ListUsers, UpdateUser};
use towerify_yunohost::{Action, versions::ShowVersions};

use super::*;

/// A line of the table that the simulated gate is held to as well.
#[derive(serde::Deserialize)]
struct Refusal {
    op: String,
    words: Vec<String>,
    reason: String,
}

const PASSWORD: &str = "Tour -de garde 7!";

fn user(name: &str) -> Username {
    Username::parse(name).unwrap()
}

fn carnet() -> AppId {
    AppId::parse("carnet").unwrap()
}

fn install(domain: &str) -> InstallApp {
    InstallApp {
        source: AppSource::parse("carnet").unwrap(),
        label: None,
        args: format!("domain={domain}&path=%2Fc").into(),
        force: false,
        keep_on_failure: false,
    }
}

#[tokio::test]
async fn what_is_theirs_is_done_through_the_gate_and_written_in_the_servers_log() {
    let shared = Shared::new().await;
    let gate = shared.gate("tour.example").await;
    let driver = gate.driver().await;
    let said = driver.facts().gate.clone().unwrap();
    assert_eq!(
        (said.version.as_str(), said.account.as_str()),
        (gate::version(), gate.account.as_str())
    );

    let create = CreateUser {
        username: user("lea"),
        fullname: FullName::parse("Léa Roy").unwrap(),
        password: PASSWORD.into(),
        domain: DomainName::parse("tour.example").unwrap(),
        mailbox_quota: None,
    };
    let mut number = 0;
    let mut done = async |argv: Argv| {
        number += 1;
        let outcome = run(&driver, &format!("run-gate-{number:04}"), &argv)
            .await
            .unwrap();
        assert!(
            matches!(outcome, Outcome::Done { .. }),
            "{argv}: {outcome:?}"
        );
    };
    done(create.argv()).await;
    let office = GroupName::parse("office").unwrap();
    done(
        CreateGroup {
            group: office.clone(),
        }
        .argv(),
    )
    .await;
    done(
        AddToGroup {
            group: office,
            users: vec![user("lea"), user("ines")],
        }
        .argv(),
    )
    .await;
    done(
        UpdateUser {
            password: Some(PASSWORD.into()),
            ..UpdateUser::of(user("ines"))
        }
        .argv(),
    )
    .await;
    done(install("tour.example").argv()).await;
    let permission = PermissionName::parse("carnet.main").unwrap();
    done(
        AddPermission {
            permission,
            names: vec![Grantee::parse("office").unwrap()],
        }
        .argv(),
    )
    .await;
    let upgrade = UpgradeApps {
        apps: vec![carnet()],
        ..UpgradeApps::default()
    }
    .argv();
    let upgraded = run(&driver, "run-upgrade-1", &upgrade).await.unwrap();
    assert!(
        matches!(&upgraded, Outcome::Refused { refusal, .. } if refusal.key == "apps_no_target_can_be_upgraded"),
        "YunoHost's own answer"
    );
    let name = ArchiveName::parse("tour-monday").unwrap();
    let backup = CreateBackup {
        apps: vec![carnet()],
        ..CreateBackup::of_everything(Some(name.clone()))
    };
    done(backup.argv()).await;

    // What is seen is theirs alone.
    let names = driver
        .read(&ListUsers)
        .await
        .unwrap()
        .users
        .into_keys()
        .collect::<Vec<_>>();
    assert_eq!(names, ["ines", "lea"]);
    let groups = driver
        .read(&ListGroups { primary: false })
        .await
        .unwrap()
        .groups;
    assert_eq!(
        groups.keys().collect::<Vec<_>>(),
        ["all_users", "office", "visitors"]
    );
    assert_eq!(groups["all_users"].members, ["ines", "lea"]);
    assert_eq!(groups["office"].permissions, ["carnet.main"]);
    assert_eq!(
        driver.read(&ListDomains).await.unwrap().names(),
        ["tour.example"]
    );
    assert_eq!(driver.read(&ListApps).await.unwrap().apps.len(), 1);
    let permissions = driver.read(&ListPermissions).await.unwrap().permissions;
    assert_eq!(permissions.keys().collect::<Vec<_>>(), ["carnet.main"]);
    assert_eq!(
        permissions["carnet.main"].corresponding_users,
        ["ines", "lea"]
    );
    assert_eq!(
        driver.read(&ListBackups).await.unwrap().names(),
        ["tour-monday"]
    );
    driver.read(&ShowVersions).await.unwrap();
    driver.units().await.unwrap();
    assert_eq!(driver.lock().await.unwrap(), None);

    done(DeleteBackup { name }.argv()).await;
    done(
        RemoveApp {
            app: carnet(),
            purge: true,
        }
        .argv(),
    )
    .await;
    done(
        DeleteUser {
            username: user("lea"),
            purge: true,
        }
        .argv(),
    )
    .await;
    assert_eq!(driver.runs().await.unwrap().len(), 11);
    driver.forget("run-gate-0001").await.unwrap();
    assert_eq!(driver.runs().await.unwrap().len(), 10);

    let line = shared
        .logged(&[
            "run=run-gate-0001",
            "user create lea --fullname --domain --password",
        ])
        .await;
    assert!(
        line.starts_with("<38>") && line.contains(&format!("account={} allowed", gate.account)),
        "{line}"
    );
    shared
        .logged(&["allowed", "run=run-gate-0009", "app remove carnet --purge"])
        .await;
    let log = shared.log().join("\n");
    assert!(
        !log.contains("garde") && !log.contains("Roy") && !log.contains("REFUSED"),
        "{log}"
    );
}

#[tokio::test]
async fn what_is_anothers_and_what_nobody_may_is_refused_and_nothing_changes() {
    let shared = Shared::new().await;
    let other = shared.gate("voisin.example").await;
    let there = run(
        &other.driver().await,
        "run-other-001",
        &install("voisin.example").argv(),
    )
    .await
    .unwrap();
    assert!(matches!(there, Outcome::Done { .. }), "{there:?}");
    let gate = shared.gate("tour.example").await;
    let driver = gate.driver().await;
    let before = shared.server.state();
    let table = include_str!("../../../../../tests/fixtures/gate/refused.json");
    let table: Vec<Refusal> = serde_json::from_str(table).unwrap();
    for (number, Refusal { op, words, reason }) in table.iter().enumerate() {
        let words = words
            .iter()
            .map(|word| word.replace("APP", "carnet").replace("ADMIN", "camille"));
        let argv = Argv::new("").args(words);
        let key = format!("run-refused-{number:03}");
        let refused = match op.as_str() {
            "start" => run(&driver, &key, &argv).await.map(drop),
            _ => {
                let options = towerify_driver::ReadOptions::default();
                driver.read_words(&argv, &options).await.map(drop)
            }
        };
        let Err(DriverError::GateRefused(why)) = refused else {
            panic!("{argv}: {refused:?}")
        };
        assert!(why.contains(reason.as_str()), "{argv}: {why}");
        if op == "start" {
            let run = format!("run={key} ");
            shared.logged(&["REFUSED", &run, reason]).await;
        }
    }
    // A program that comes along is never run.
    let refused = driver.read_task(&AskGates {}).await;
    assert!(
        matches!(refused, Err(DriverError::GateRefused(_))),
        "{refused:?}"
    );
    let refused = driver
        .start_task(
            "run-refused-task",
            &RemoveGate {
                account: gate.account.clone(),
            },
            &StartOptions::default(),
        )
        .await;
    let refused = refused.unwrap().finish(|_| {}).await;
    assert!(
        matches!(refused, Err(DriverError::GateRefused(_))),
        "{refused:?}"
    );
    assert_eq!(shared.server.state(), before);
    assert!(
        !shared.log().join("\n").contains("garde"),
        "a password in the log"
    );
}

#[tokio::test]
async fn a_hostile_name_is_refused_whatever_it_hides() {
    let shared = Shared::new().await;
    let gate = shared.gate("tour.example").await;
    let driver = gate.driver().await;
    let before = shared.server.state();
    #[rustfmt::skip]
    let names = [
        "ines; id", "ines\nid", "ines\r", "ines\0", "ines\u{7f}", "$(id)", "`id`", "ines && id", "ines | id", "../ines", "ines/..",
        "--purge", "-rf", "ines --purge", "ines\u{202e}", "ines\u{200b}", "\u{feff}ines", "in\u{e9}s", "INES", "ines\u{1b}[2J", "ines ",
        " ines", "", "ines\u{2028}", "{ines,paul}", "*", "ines=paul", "%00", "ｉｎｅｓ",
    ];
    for (number, name) in names.iter().enumerate() {
        for (words, many) in [
            (vec!["user", "delete", name], 'd'),
            (vec!["user", "group", "create", name], 'g'),
            (
                vec![
                    "user",
                    "create",
                    "eve",
                    "--domain=tour.example",
                    "--password=Tour de garde 7!",
                    "--fullname",
                    &format!("Eve {name}"),
                ],
                'c',
            ),
        ] {
            if many == 'c'
                && ["ines", "in\u{e9}s", "INES", "../ines", "ines/.."]
                    .iter()
                    .any(|fine| name.ends_with(fine))
                || many == 'c'
                    && !name
                        .chars()
                        .any(|c| c.is_control() || "\u{202e}\u{200b}\u{feff}\u{2028}".contains(c))
                    && !name.starts_with('-')
                    && !name.contains(" -")
            {
                continue; // a full name may be any text that can be seen
            }
            let argv = Argv::new("").args(words.iter());
            let refused = run(&driver, &format!("run-hostile-{many}-{number:03}"), &argv).await;
            assert!(
                matches!(refused, Err(DriverError::GateRefused(_))),
                "{words:?}: {refused:?}"
            );
        }
    }
    assert_eq!(shared.server.state(), before);
    // One line a refusal, and nothing in a line that a terminal would obey.
    let log = shared.log();
    assert!(
        log.iter()
            .all(|line| line.chars().all(|c| (' '..='~').contains(&c))),
        "{log:#?}"
    );
}

#[tokio::test]
async fn a_name_in_its_other_form_is_the_same_name() {
    let shared = Shared::new().await;
    let gate = shared.gate("tour.example").await;
    let driver = gate.driver().await;
    // `e` with an accent that comes after it: two characters that are shown as one.
    let words = ["user", "update", "ines", "--fullname", "Ine\u{300}s Roy"];
    let outcome = run(&driver, "run-composed-1", &Argv::new("").args(words))
        .await
        .unwrap();
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert_eq!(
        shared.server.state()["users"]["ines"]["fullname"],
        "In\u{e8}s Roy"
    );
}

#[tokio::test]
async fn a_run_belongs_to_the_gate_that_began_it() {
    let shared = Shared::new().await;
    let (ours, theirs) = (
        shared.gate("tour.example").await,
        shared.gate("voisin.example").await,
    );
    let (ours, theirs) = (ours.driver().await, theirs.driver().await);
    let provider = shared.server.driver().await;
    let delete = Argv::new("user update ines --fullname=Ines");
    run(&ours, "run-ours-0001", &delete).await.unwrap();
    run(
        &provider,
        "run-provider-1",
        &Argv::new("user update paul --fullname=Paul"),
    )
    .await
    .unwrap();
    assert_eq!(
        ours.runs().await.unwrap().into_keys().collect::<Vec<_>>(),
        ["run-ours-0001"]
    );
    assert!(theirs.runs().await.unwrap().is_empty());
    for run in ["run-ours-0001", "run-provider-1"] {
        let followed = theirs.follow(run, 0).await.unwrap().finish(|_| {}).await;
        assert!(
            matches!(followed, Err(DriverError::RunUnknown(_))),
            "{run}: {followed:?}"
        );
        theirs.forget(run).await.unwrap(); // what is not there is forgotten already
    }
    assert_eq!(ours.runs().await.unwrap().len(), 1);
    assert!(
        provider
            .runs()
            .await
            .unwrap()
            .contains_key("run-provider-1")
    );
    // And it is followed again by its own, in another session.
    let again = ours
        .follow("run-ours-0001", 0)
        .await
        .unwrap()
        .finish(|_| {})
        .await
        .unwrap();
    assert!(matches!(again, Outcome::Done { .. }), "{again:?}");
}

#[tokio::test]
async fn another_policy_holds_at_once_and_a_gate_that_is_removed_lets_nobody_in() {
    let shared = Shared::new().await;
    let gate = shared.gate("tour.example").await;
    let driver = gate.driver().await;
    driver.read(&ListUsers).await.unwrap();
    assert!(
        !shared.task("put", &gate.put).await.changed,
        "the same gate again changes nothing"
    );

    let mut less = gate.put.clone();
    less.policy["actions"] = json!(["tools versions"]);
    assert!(shared.task("put", &less).await.changed);
    assert!(matches!(
        driver.read(&ListUsers).await,
        Err(DriverError::GateRefused(_))
    ));
    driver.read(&ShowVersions).await.unwrap();

    let found = shared
        .server
        .driver()
        .await
        .read_task(&AskGates {})
        .await
        .unwrap();
    assert_eq!(found.version.as_deref(), Some(gate::version()));
    assert_eq!((found.gates.len(), found.gates[0].there), (1, true));
    assert_eq!(found.gates[0].key, gate.key.public);

    let taken = shared
        .task(
            "remove",
            &RemoveGate {
                account: gate.account.clone(),
            },
        )
        .await;
    assert!(
        taken.left.is_empty() && taken.removed.len() > 5,
        "{taken:?}"
    );
    assert!(matches!(
        driver.read(&ShowVersions).await,
        Err(DriverError::Bye(_) | DriverError::Cut { .. } | DriverError::NotStarted { .. })
    ));
    assert!(gate.try_connection().await.is_err());
    for path in [
        "usr/local/lib/towerify",
        "etc/towerify",
        "var/lib/towerify-gate",
        "var/lib/towerify/gate",
    ] {
        assert!(!shared.server.path(path).exists(), "{path} is left");
    }
    let passwd = std::fs::read_to_string(shared.server.path("etc/passwd")).unwrap();
    assert!(!passwd.contains(&gate.account));
    assert!(
        shared
            .task(
                "remove",
                &RemoveGate {
                    account: gate.account.clone()
                }
            )
            .await
            .removed
            .is_empty()
    );
}
