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
    let end_user = towerify_domain::policy::Actor {
        role: Role::EndUser,
        ..actor
    };
    let refused = apps::shipped_now(&workspace, &end_user, id, "hours_dev", false).await;
    assert!(refused.is_err());
}
