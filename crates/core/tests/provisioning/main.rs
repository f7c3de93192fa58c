//! Machines made into servers, through the use cases, on simulated machines over real SSH: end to end, every obstacle,
//! adoption, disconnecting, forgetting, profiles.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod ground;
mod leaving;
mod obstacles;
#[path = "../training/mod.rs"]
mod training;

use towerify_core::{
    provisioning::{self, Beginning, Choices},
    runs,
    servers::{self, ListQuery},
};

use ground::{DOMAIN, begin, blueprint, choices, each_once, free_port, look, one, order};

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_machine_becomes_a_server_in_service_with_each_change_made_once() {
    let (training, machine) = one(blueprint()).await;
    let (workspace, actor) = training.desk();
    let port = free_port();
    let chosen = Choices {
        mail: false,
        api: false,
        backup: true,
        ssh_port: port,
        never_ban: vec!["192.0.2.7".into()],
        tags: vec!["prod".into()],
        customer: Some("Atelier Brémont".into()),
        ..choices(&training)
    };

    // Looked at first: nothing is changed there, and nothing is kept here.
    let seen = look(&training, order(&machine, chosen.clone())).await;
    assert!(seen.may_begin, "{:#?}", seen.findings);
    assert_eq!(seen.beginning, Beginning::Bare);
    assert!(machine.effects().is_empty());
    let list = servers::list(&workspace, &actor, ListQuery::default());
    assert_eq!(list.await.unwrap().all, 0);
    let planned = provisioning::plan(&workspace, &actor, order(&machine, chosen.clone()))
        .await
        .unwrap();
    let names: Vec<&str> = planned.iter().map(|step| step.name.as_str()).collect();
    assert!(planned.iter().all(|step| !step.why.fr.is_empty()));

    let (begun, id) = begin(&training, order(&machine, chosen)).await;
    training.done(begun).await;
    let detail = runs::detail(&workspace, &actor, begun.run).await.unwrap();
    assert_eq!(detail.steps.len(), names.len());

    // What was really done there.
    let changes = each_once(&machine);
    for expected in [
        "put_key root",
        "install_yunohost",
        "tools postinstall",
        "root_login off",
        "backup create",
    ] {
        assert!(
            changes.iter().any(|change| change.starts_with(expected)),
            "{changes:#?}"
        );
    }
    assert_eq!(machine.ssh_port_now(), Some(port));

    // One logs in as the administrator, by the new port, and the password is forgotten.
    let detail = servers::detail(&workspace, &actor, id).await.unwrap();
    assert_eq!(detail.row.domain.as_deref(), Some(DOMAIN));
    assert_eq!(detail.row.yunohost.as_deref(), Some("12.1.25"));

    let report = provisioning::report(&workspace, &actor, begun.run)
        .await
        .unwrap();
    assert!(report.done);
    let told = format!("{report:#?}");
    for expected in [
        "12.1.25".to_owned(),
        machine.host_key.fingerprint.clone(),
        format!("camille@127.0.0.1:{port}"),
        "Debian 12.15".to_owned(),
    ] {
        assert!(told.contains(&expected), "{expected}\n{told}");
    }
    assert!(!told.contains(&machine.password));
}
