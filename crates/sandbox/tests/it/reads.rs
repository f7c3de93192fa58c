//! Every read of a refresh, through the types that Towerify reads them with.

use towerify_driver::DriverError;
use towerify_yunohost::{
    apps, catalogue, certificates, diagnosis, domains, groups, logs, manifest, permissions,
    services, updates, users, versions,
};

use crate::support::{connection, driver, fleet, through_sudo};

#[tokio::test(flavor = "multi_thread")]
async fn both_releases_answer_a_whole_refresh_that_the_types_understand() {
    let fleet = fleet(&["glycines-01", "guerande-sud-01"], None).await;
    for server in fleet.servers() {
        let driver = driver(server).await;
        assert_eq!(
            driver.facts().yunohost.as_deref(),
            Some(server.yunohost.as_str())
        );
        assert_eq!(
            driver.facts().main_domain.as_deref(),
            Some(server.main_domain.as_str())
        );
        driver.read(&versions::ShowVersions).await.unwrap();
        let people = driver.read(&users::ListUsers).await.unwrap();
        let people = serde_json::to_value(people).unwrap();
        assert!(people["users"]["admin"].is_object(), "{people}");
        driver
            .read(&groups::ListGroups { primary: true })
            .await
            .unwrap();
        driver.read(&permissions::ListPermissions).await.unwrap();
        driver.read(&domains::ListDomains).await.unwrap();
        driver
            .read(&certificates::ShowCertificates {
                domains: Vec::new(),
            })
            .await
            .unwrap();
        let apps = serde_json::to_value(driver.read(&apps::ListApps).await.unwrap()).unwrap();
        assert!(apps.to_string().contains("nextcloud"));
        driver.read(&apps::MapApps).await.unwrap();
        driver.read(&diagnosis::ListCategories).await.unwrap();
        driver
            .read(&updates::ListMigrations { pending: true })
            .await
            .unwrap();
        let units = driver.units().await.unwrap();
        assert!(units.contains_key("nginx"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_and_a_manifest_with_every_kind_of_question_are_understood() {
    let fleet = fleet(&["glycines-lab"], None).await;
    let driver = driver(fleet.server("glycines-lab").unwrap()).await;
    let catalogue = driver.read(&catalogue::ShowCatalogue).await.unwrap();
    assert!(catalogue.apps.len() >= 30);
    let source = "questionnaire".parse().unwrap();
    let manifest = driver
        .read(&manifest::ShowManifest { source })
        .await
        .unwrap();
    let manifest = serde_json::to_value(manifest).unwrap().to_string();
    for kind in [
        "domain", "path", "group", "user", "password", "select", "boolean", "alert", "markdown",
        "color", "number", "range", "email", "url", "date", "time", "string", "text", "tags",
        "app", "file", "button",
    ] {
        assert!(
            manifest.contains(&format!("\"{kind}\"")),
            "no question of kind {kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn states_worth_seeing_are_there() {
    let names = ["saint-aubrac-01", "vial-01", "ormeau-01", "guerande-sud-01"];
    let fleet = fleet(&names, None).await;
    let read = async |name: &str| driver(fleet.server(name).unwrap()).await;

    let units = read("saint-aubrac-01").await.units().await.unwrap();
    let postfix = serde_json::to_value(&units["postfix"]).unwrap();
    assert_eq!(postfix["status"], "failed");

    let diagnosis = read("vial-01").await.read(&diagnosis::ShowDiagnosis).await;
    let diagnosis = serde_json::to_value(diagnosis.unwrap())
        .unwrap()
        .to_string();
    assert!(
        diagnosis.contains("ERROR") && diagnosis.contains("WARNING"),
        "{diagnosis}"
    );

    let certificates = read("ormeau-01")
        .await
        .read(&certificates::ShowCertificates {
            domains: Vec::new(),
        })
        .await;
    let certificates = serde_json::to_value(certificates.unwrap()).unwrap();
    assert_eq!(
        certificates["certificates"]["ormeau.example"]["validity"], 5,
        "{certificates}"
    );

    let full = read("guerande-sud-01").await;
    let facts = full.facts();
    assert!(facts.disk_free_kib * 10 < facts.disk_kib, "{facts:?}");
    assert!(facts.reboot_required);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_sudo_password_is_refused_before_the_program_is_sent() {
    let fleet = fleet(&["glycines-lab"], None).await;
    let server = fleet.server("glycines-lab").unwrap();
    let connection = connection(server).await.unwrap();
    let mut start = through_sudo(server);
    start.sudo_password = Some("not-this-one".to_owned().into());
    let refused = towerify_driver::connect(&connection, start).await;
    assert!(
        matches!(
            refused,
            Err(DriverError::Sudo(towerify_driver::SudoError::WrongPassword))
        ),
        "{:?}",
        refused.err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_of_the_past_are_listed_and_shown() {
    let fleet = fleet(&["glycines-01"], None).await;
    let driver = driver(fleet.server("glycines-01").unwrap()).await;
    let listed = driver
        .read(&logs::ListOperations { limit: 5 })
        .await
        .unwrap();
    assert_eq!(listed.operations.len(), 5);
    let services = driver
        .read(&services::ShowServices { names: Vec::new() })
        .await
        .unwrap();
    assert!(!services.named(&[]).is_empty());
}
