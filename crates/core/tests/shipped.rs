//! In-house apps, deployed from the command line, as the workspace sees them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod training;

use towerify_core::{Code, apps};
use towerify_domain::{policy::Role, run::RunState};
use towerify_sandbox::{Blueprint, Shipped};
use training::Training;

const SERVER: &str = "atelier";

async fn world() -> Training {
    let plan = vec![Blueprint {
        name: SERVER.into(),
        main_domain: "atelier.example".into(),
        version: "12.1.25".into(),
        registered: true,
        deployed: vec![Shipped {
            id: "hours_dev".into(),
            label: "Opening hours (dev)".into(),
            path: "/hours".into(),
            releases: 3,
            by: "Inès Calvet".into(),
            message: "Summer hours".into(),
        }],
        ..Blueprint::default()
    }];
    Training::with(plan).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployed_app_is_marked_and_goes_back_from_here() {
    let training = world().await;
    let id = training.add(SERVER).await.unwrap();
    let (workspace, actor) = training.desk();
    let live = async || {
        let apps = apps::list(&workspace, &actor, id).await.unwrap().apps;
        apps.into_iter().find(|app| app.id == "hours_dev").unwrap()
    };
    let app = live().await;
    let shipped = app.shipped.unwrap();
    assert_eq!(
        (
            shipped.release.as_str(),
            shipped.by.as_deref(),
            shipped.message.as_deref()
        ),
        ("r3", Some("Inès Calvet"), Some("Summer hours"))
    );
    assert!(shipped.at.is_some() && shipped.commit.is_some() && !app.in_catalogue);

    let now = apps::shipped_now(&workspace, &actor, id, "hours_dev", true)
        .await
        .unwrap();
    let names: Vec<&str> = now
        .releases
        .iter()
        .map(|one| one.release.as_str())
        .collect();
    assert_eq!(
        (names, now.release.as_deref()),
        (vec!["r3", "r2", "r1"], Some("r3"))
    );
    assert_eq!(now.lines.last().unwrap(), "r3 by Inès Calvet");

    training
        .done(
            apps::roll_back(&workspace, &actor, id, "hours_dev", "r2")
                .await
                .unwrap(),
        )
        .await;
    let app = live().await;
    assert_eq!(
        (app.version.as_str(), app.shipped.unwrap().release.as_str()),
        ("2~ynh1", "r2")
    );
    training
        .done(
            apps::restart(&workspace, &actor, id, "hours_dev")
                .await
                .unwrap(),
        )
        .await;

    let failed = apps::roll_back(&workspace, &actor, id, "hours_dev", "r9")
        .await
        .unwrap();
    training.ends(failed, RunState::Failed).await;
    assert_eq!(live().await.shipped.unwrap().release, "r2");
    for wrong in ["", "9", "r", "r1; id"] {
        let refused = apps::roll_back(&workspace, &actor, id, "hours_dev", wrong).await;
        assert_eq!(refused.unwrap_err().code, Code::NotFound, "{wrong}");
    }
    for role in [Role::EndUser, Role::RestrictedAdministrator] {
        let other = towerify_domain::policy::Actor {
            role,
            ..actor.clone()
        };
        let denied = [
            apps::shipped_now(&workspace, &other, id, "hours_dev", false)
                .await
                .err(),
            apps::roll_back(&workspace, &other, id, "hours_dev", "r1")
                .await
                .err(),
            apps::roll_back(&workspace, &other, id, "hours_dev", "none")
                .await
                .err(),
            apps::restart(&workspace, &other, id, "hours_dev")
                .await
                .err(),
        ];
        for answer in denied {
            assert_eq!(answer.unwrap().code, Code::Denied, "{role:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_training_fleet_has_in_house_apps_to_try_it_on() {
    let training = Training::begin().await;
    let id = training.add("vial-01").await.unwrap();
    let (workspace, actor) = training.desk();
    let mark = async || {
        let apps = apps::list(&workspace, &actor, id).await.unwrap().apps;
        let app = apps.into_iter().find(|app| app.id == "edt_prod").unwrap();
        app.shipped.unwrap()
    };
    assert_eq!(mark().await.release, "r7");
    for deployments in [false, true] {
        let now = apps::shipped_now(&workspace, &actor, id, "edt_prod", deployments)
            .await
            .unwrap();
        assert_eq!((now.releases.len(), now.lines.len()), (7, 7));
    }
    let back = apps::roll_back(&workspace, &actor, id, "edt_prod", "r5").await;
    training.done(back.unwrap()).await;
    // The mark tells the release that answers now, and its own commit and time.
    let now = apps::shipped_now(&workspace, &actor, id, "edt_prod", false)
        .await
        .unwrap();
    let kept = now.releases.iter().find(|one| one.release == "r5").unwrap();
    assert_eq!((&mark().await, now.release.as_deref()), (kept, Some("r5")));
    let anew = apps::restart(&workspace, &actor, id, "edt_prod").await;
    training.done(anew.unwrap()).await;
    assert_eq!(mark().await.release, "r5");
}
