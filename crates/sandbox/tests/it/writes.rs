//! The main job: a person, an app, access; refusals; runs that outlive their connection; one key, one effect.

use std::time::Duration;

use towerify_driver::{LostHow, Outcome, RunEvent, RunState, StartOptions};
use towerify_sandbox::Fault;
use towerify_yunohost::{apps, permissions, users};

use crate::support::{connection, done, driver, fleet, messages, through_sudo};

fn person(username: &str) -> users::CreateUser {
    users::CreateUser {
        username: username.parse().unwrap(),
        fullname: "Maud Tessier".parse().unwrap(),
        password: "Violet-Tractor-88".to_owned().into(),
        domain: "nuage.glycines.example".parse().unwrap(),
        mailbox_quota: None,
    }
}

fn app(id: &str, args: &str) -> apps::InstallApp {
    apps::InstallApp {
        source: id.parse().unwrap(),
        label: Some(towerify_yunohost::fields::Label::parse("Le wiki").unwrap()),
        args: args.to_owned().into(),
        force: false,
        keep_on_failure: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gets_an_account_and_access_to_a_new_app() {
    let fleet = fleet(&["glycines-01"], None).await;
    let driver = driver(fleet.server("glycines-01").unwrap()).await;

    let (told, outcome) = done(&driver, "run-person-01", &person("m.tessier")).await;
    assert_eq!(messages(&told).last(), Some(&"User created"));
    assert!(
        told.iter()
            .any(|event| matches!(event, RunEvent::Output { .. }))
    );
    let Outcome::Done {
        result, operations, ..
    } = outcome
    else {
        panic!("{outcome:?}")
    };
    assert_eq!(result["mail"], "m.tessier@nuage.glycines.example");
    assert!(
        operations[0].ends_with("-user_create-m.tessier"),
        "{operations:?}"
    );

    let args =
        "domain=nuage.glycines.example&path=%2Fsavoir&init_main_permission=direction&language=fr";
    let (told, outcome) = done(&driver, "run-app-0001", &app("dokuwiki", args)).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    let said = messages(&told);
    assert_eq!(said.first(), Some(&"Installing dokuwiki…"));
    assert_eq!(said.last(), Some(&"Installation completed"));
    let map = serde_json::to_value(driver.read(&apps::MapApps).await.unwrap()).unwrap();
    assert!(map.to_string().contains("/savoir"), "{map}");

    let access = permissions::AddPermission {
        permission: "dokuwiki.main".parse().unwrap(),
        names: vec!["m.tessier".parse().unwrap()],
    };
    let (_, outcome) = done(&driver, "run-access-1", &access).await;
    let Outcome::Done { result, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        result["allowed"],
        serde_json::json!(["direction", "m.tessier"])
    );
    let people = result["corresponding_users"].as_array().unwrap();
    assert!(people.contains(&"m.tessier".into()) && people.contains(&"i.calvet".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_carry_yunohosts_keys_in_the_language_that_was_asked_for() {
    let fleet = fleet(&["glycines-01"], None).await;
    let driver = driver(fleet.server("glycines-01").unwrap()).await;
    let refusal = |outcome| match outcome {
        Outcome::Refused { refusal, .. } => refusal,
        other => panic!("{other:?}"),
    };
    let (_, outcome) = done(&driver, "run-refused-1", &person("a.perrin")).await;
    assert_eq!(refusal(outcome).key, "user_already_exists");

    let mut weak = person("m.tessier");
    weak.password = "azertyuiop".to_owned().into();
    let french = StartOptions {
        language: Some("fr".to_owned()),
        ..StartOptions::default()
    };
    let stream = driver.start("run-refused-2", &weak, &french).await.unwrap();
    let refused = refusal(stream.finish(|_| ()).await.unwrap());
    assert_eq!(refused.key, "password_listed");
    assert!(
        refused.message.contains("mots de passe les plus utilisés"),
        "{}",
        refused.message
    );

    let (_, outcome) = done(
        &driver,
        "run-refused-3",
        &app("dokuwiki", "domain=nuage.glycines.example&path=/office"),
    )
    .await;
    let refused = refusal(outcome);
    assert_eq!(refused.key, "app_location_unavailable");
    assert!(
        refused
            .message
            .contains("nuage.glycines.example/office → Collabora"),
        "{}",
        refused.message
    );

    let (told, outcome) = done(
        &driver,
        "run-refused-4",
        &app("chantier", "domain=nuage.glycines.example&path=/chantier"),
    )
    .await;
    let refused = refusal(outcome);
    assert_eq!(refused.key, "failed");
    assert!(
        refused
            .operation
            .unwrap()
            .ends_with("-app_install-chantier")
    );
    assert!(
        messages(&told)
            .iter()
            .any(|line| line.starts_with("Unable to install chantier"))
    );
    let apps = serde_json::to_value(driver.read(&apps::ListApps).await.unwrap()).unwrap();
    assert!(
        !apps.to_string().contains("chantier"),
        "a failed installation was taken back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_upgraded_once_and_removed() {
    let fleet = fleet(&["glycines-01", "guerande-sud-01"], None).await;
    for server in fleet.servers() {
        let driver = driver(server).await;
        let upgrade = apps::UpgradeApps {
            apps: vec!["nextcloud".parse().unwrap()],
            ..apps::UpgradeApps::default()
        };
        let (told, outcome) = done(&driver, "run-upgrade-1", &upgrade).await;
        assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
        assert_eq!(messages(&told).last(), Some(&"nextcloud upgraded"));
        let (_, outcome) = done(&driver, "run-upgrade-2", &upgrade).await;
        // 12.1 refuses what is up to date, 12.0 does not.
        match (server.yunohost.starts_with("12.0"), outcome) {
            (true, Outcome::Done { .. }) => {}
            (false, Outcome::Refused { refusal, .. }) => {
                assert_eq!(refusal.key, "apps_no_target_can_be_upgraded");
            }
            (_, other) => panic!("{}: {other:?}", server.name),
        }
        let remove = apps::RemoveApp {
            app: "nextcloud".parse().unwrap(),
            purge: false,
        };
        let (_, outcome) = done(&driver, "run-remove-01", &remove).await;
        assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
        let (_, outcome) = done(&driver, "run-remove-02", &remove).await;
        assert!(
            matches!(outcome, Outcome::Refused { refusal, .. } if refusal.key == "app_not_installed")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_twice_has_one_effect_and_both_see_its_outcome() {
    let fleet = fleet(&["glycines-01"], None).await;
    let driver = driver(fleet.server("glycines-01").unwrap()).await;
    let action = person("m.tessier");
    let ((_, first), (_, second)) = tokio::join!(
        done(&driver, "run-twice-01", &action),
        done(&driver, "run-twice-01", &action)
    );
    for outcome in [first, second] {
        let Outcome::Done { result, .. } = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(result["username"], "m.tessier");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_when_its_connection_is_cut_and_is_followed_from_where_it_was_left() {
    let fleet = fleet(&["glycines-01"], None).await;
    let server = fleet.server("glycines-01").unwrap();
    let first = connection(server).await.unwrap();
    let cut = towerify_driver::connect(&first, through_sudo(server))
        .await
        .unwrap();
    // The lock is held, so that the run is under way while the connection goes.
    server.faults().set(Fault::LockHeld {
        by: vec!["backup".to_owned(), "create".to_owned()],
    });
    let mut stream = cut
        .start(
            "run-cut-0001",
            &person("m.tessier"),
            &StartOptions::default(),
        )
        .await
        .unwrap();
    let waiting = loop {
        match stream.next().await.unwrap().unwrap() {
            RunEvent::Waiting { n, holder, .. } => {
                assert_eq!(holder.words.unwrap(), ["backup", "create"]);
                break n;
            }
            RunEvent::Started { scope, .. } => assert!(scope),
            other => panic!("{other:?}"),
        }
    };
    first.close().await;
    drop(cut);

    let again = driver(server).await;
    assert_eq!(
        again.runs().await.unwrap()["run-cut-0001"].state,
        RunState::Running
    );
    server.faults().clear();
    let mut seen = Vec::new();
    let outcome = again
        .follow("run-cut-0001", waiting)
        .await
        .unwrap()
        .finish(|event| seen.push(event.number()))
        .await
        .unwrap();
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert!(seen.iter().flatten().all(|n| *n > waiting), "{seen:?}");
    again.forget("run-cut-0001").await.unwrap();
    assert!(again.runs().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_not_freed_in_time_refuses_and_begins_nothing() {
    let fleet = fleet(&["glycines-01"], None).await;
    let server = fleet.server("glycines-01").unwrap();
    let driver = driver(server).await;
    server.faults().set(Fault::LockHeld {
        by: vec!["domain".to_owned(), "add".to_owned()],
    });
    assert_eq!(
        driver.lock().await.unwrap().unwrap().words.unwrap(),
        ["domain", "add"]
    );
    let hurried = StartOptions {
        lock_wait: Duration::from_millis(120),
        ..StartOptions::default()
    };
    let stream = driver
        .start("run-locked-1", &person("m.tessier"), &hurried)
        .await
        .unwrap();
    let outcome = stream.finish(|_| ()).await.unwrap();
    assert!(
        matches!(outcome, Outcome::Refused { refusal, .. } if refusal.key == "instance_already_running")
    );
    server.faults().clear();
    assert!(driver.lock().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_is_lost_and_its_operation_stays_open() {
    let fleet = fleet(&["glycines-01"], None).await;
    let server = fleet.server("glycines-01").unwrap();
    let driver = driver(server).await;
    server.faults().set(Fault::KillRuns);
    let (_, outcome) = done(&driver, "run-killed-1", &person("m.tessier")).await;
    let Outcome::Lost { how, operations } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(how, LostHow::ByKill);
    assert!(
        operations
            .iter()
            .any(|operation| operation.success.is_none() && !operation.ended)
    );
}
