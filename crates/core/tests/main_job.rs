//! The main job, through the use cases, on simulated servers over real SSH.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod training;

use std::collections::BTreeMap;

use secrecy::SecretString;
use towerify_core::{
    Code,
    apps::{self, Installation},
    people::{self, NewUser, UserEdit},
    runs,
    servers::{self, Address, ListQuery},
    workspace::{self, Status},
};
use towerify_domain::run::RunState;
use training::{PASSWORD, Training, new_server, program};

const SERVER: &str = "glycines-01";

fn user(username: &str) -> NewUser {
    NewUser {
        username: username.into(),
        fullname: "Inès Calvet".into(),
        domain: String::new(),
        password: "Un-mot-de-passe-unique-77".into(),
        mailbox_quota: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordered_server_is_added_given_people_and_apps_and_found_again() {
    let training = Training::begin().await;
    let (workspace, actor) = training.desk();

    // First contact shows the key that the machine really has.
    let place = training.server(SERVER);
    let address = Address {
        address: place.address.to_string(),
        port: place.ssh_port,
        jump: None,
    };
    let offered = servers::offered_key(&workspace, &actor, address)
        .await
        .unwrap();
    assert_eq!(offered.fingerprint, place.host_key.fingerprint);
    let id = training.add(SERVER).await.unwrap();
    let detail = servers::detail(&workspace, &actor, id).await.unwrap();
    assert_eq!(
        detail.row.yunohost.as_deref(),
        Some(place.yunohost.as_str())
    );
    assert_eq!(
        detail.row.domain.as_deref(),
        Some(place.main_domain.as_str())
    );
    assert_eq!(detail.host_keys.len(), 1);
    assert!(detail.facts.is_some());
    assert!(
        !servers::services(&workspace, &actor, id)
            .await
            .unwrap()
            .services
            .is_empty()
    );
    assert!(
        !servers::domains(&workspace, &actor, id)
            .await
            .unwrap()
            .domains
            .is_empty()
    );

    // A user.
    let before = people::list(&workspace, &actor, id).await.unwrap();
    let new = NewUser {
        domain: place.main_domain.clone(),
        ..user("ines.calvet")
    };
    training
        .done(people::create(&workspace, &actor, id, new).await.unwrap())
        .await;
    let after = people::list(&workspace, &actor, id).await.unwrap();
    assert_eq!(after.users.len(), before.users.len() + 1);
    let change = UserEdit {
        fullname: Some("Inès Calvet-Roy".into()),
        ..UserEdit::default()
    };
    training
        .done(
            people::edit(&workspace, &actor, id, "ines.calvet", change)
                .await
                .unwrap(),
        )
        .await;
    let people = people::list(&workspace, &actor, id).await.unwrap();
    assert!(
        people
            .users
            .iter()
            .any(|user| user.fullname == "Inès Calvet-Roy")
    );

    // An app, by the questions of its manifest.
    let catalogue = apps::catalogue(&workspace, &actor, id).await.unwrap();
    assert!(catalogue.apps.len() >= 20, "{}", catalogue.apps.len());
    let app = catalogue
        .apps
        .iter()
        .find(|app| app.id == "hedgedoc" && !app.installed)
        .unwrap();
    let form = apps::form(&workspace, &actor, id, &app.id).await.unwrap();
    assert!(!form.questions.is_empty() && form.unmet.is_empty());
    let answers: BTreeMap<String, SecretString> = form
        .questions
        .iter()
        .filter(|question| question.kind != apps::QuestionKind::Note)
        .map(|question| {
            let answer = match question.kind {
                apps::QuestionKind::Domain => place.main_domain.clone(),
                apps::QuestionKind::Path => "/notes".into(),
                apps::QuestionKind::User => "ines.calvet".into(),
                apps::QuestionKind::Password => "Un-mot-de-passe-unique-78".into(),
                _ => question.default.clone().unwrap_or_default(),
            };
            (question.id.clone(), answer.into())
        })
        .collect();
    let install = Installation {
        app: app.id.clone(),
        label: Some("Bloc-notes".into()),
        answers,
    };
    let begun = apps::install(&workspace, &actor, id, install)
        .await
        .unwrap();
    training.done(begun).await;
    let installed = apps::list(&workspace, &actor, id).await.unwrap();
    let notes = installed
        .apps
        .iter()
        .find(|app| app.label == "Bloc-notes")
        .unwrap();
    let url = apps::address(&workspace, &actor, id, &notes.id)
        .await
        .unwrap();
    assert_eq!(url, format!("https://{}/notes", place.main_domain));

    // Access.
    let permission = format!("{}.main", notes.id);
    training
        .done(
            people::give(&workspace, &actor, id, &permission, "ines.calvet")
                .await
                .unwrap(),
        )
        .await;
    let allowed = |people: &people::People| {
        people
            .permissions
            .iter()
            .find(|known| known.id == permission)
            .is_some_and(|known| known.allowed.iter().any(|who| who == "ines.calvet"))
    };
    assert!(allowed(
        &people::list(&workspace, &actor, id).await.unwrap()
    ));
    training
        .done(
            people::take(&workspace, &actor, id, &permission, "ines.calvet")
                .await
                .unwrap(),
        )
        .await;
    assert!(!allowed(
        &people::list(&workspace, &actor, id).await.unwrap()
    ));

    // The trace of the install: what was asked, without its answers, and what the server told.
    let trace = runs::trace(&workspace, &actor, begun.run, 1, 500)
        .await
        .unwrap();
    assert!(
        trace
            .lines
            .iter()
            .any(|line| line.text.contains("yunohost app install")),
        "{:#?}",
        trace.lines
    );
    assert!(trace.lines.len() > 4);

    // Removing.
    training
        .done(
            apps::remove(&workspace, &actor, id, &notes.id)
                .await
                .unwrap(),
        )
        .await;
    assert!(
        apps::list(&workspace, &actor, id)
            .await
            .unwrap()
            .apps
            .iter()
            .all(|app| app.label != "Bloc-notes")
    );
    training
        .done(
            people::delete(&workspace, &actor, id, "ines.calvet", true)
                .await
                .unwrap(),
        )
        .await;

    // After a restart everything is found again, with no server asked.
    drop(workspace);
    training.program.close().await;
    let again = program(&training.home, std::time::Duration::from_secs(3));
    assert!(matches!(again.status(), Status::Locked { .. }));
    let wrong = workspace::unlock(&again, "not the password".into())
        .await
        .unwrap_err();
    assert_eq!(wrong.code, Code::WrongPassword);
    let slowed = workspace::unlock(&again, PASSWORD.into())
        .await
        .unwrap_err();
    assert_eq!(slowed.code, Code::Throttled);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    workspace::unlock(&again, PASSWORD.into()).await.unwrap();
    let (workspace, actor) = again.workspace().unwrap();
    let page = servers::list(&workspace, &actor, ListQuery::default())
        .await
        .unwrap();
    assert_eq!(page.rows.len(), 1);
    let runs = runs::list(&workspace, &actor, runs::ListQuery::default())
        .await
        .unwrap();
    assert!(runs.total >= 7 && runs.rows.iter().all(|run| run.state == RunState::Done));
    drop(workspace);
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_offers_another_key_than_the_accepted_one_is_not_added() {
    let training = Training::begin().await;
    let (workspace, actor) = training.desk();
    let mut new = new_server(training.server(SERVER));
    new.fingerprint = training.server("bremont-01").host_key.fingerprint.clone();
    let refused = servers::add(&workspace, &actor, new).await.unwrap_err();
    assert_eq!(refused.code, Code::HostKeyChanged);
    assert_eq!(
        servers::list(&workspace, &actor, ListQuery::default())
            .await
            .unwrap()
            .all,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_the_login_is_not_kept() {
    let training = Training::begin().await;
    let (workspace, actor) = training.desk();
    let mut new = new_server(training.server(SERVER));
    new.login = servers::Login::Password {
        password: "wrong".into(),
    };
    let refused = servers::add(&workspace, &actor, new).await.unwrap_err();
    assert_eq!(refused.code, Code::AuthenticationFailed);
    assert_eq!(
        servers::list(&workspace, &actor, ListQuery::default())
            .await
            .unwrap()
            .all,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_a_form_that_is_wrong_is_said_at_once() {
    let training = Training::begin().await;
    let id = training.add(SERVER).await.unwrap();
    let (workspace, actor) = training.desk();
    let bad = NewUser {
        username: "Inès!".into(),
        fullname: String::new(),
        domain: "not a domain".into(),
        password: "short".into(),
        mailbox_quota: Some("much".into()),
    };
    let refused = people::create(&workspace, &actor, id, bad)
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::InvalidFields);
    let fields: Vec<&str> = refused
        .fields
        .iter()
        .map(|problem| problem.field.as_str())
        .collect();
    assert_eq!(
        fields,
        [
            "username",
            "fullname",
            "domain",
            "password",
            "mailbox_quota"
        ]
    );
    assert!(
        refused
            .fields
            .iter()
            .all(|problem| !problem.words.en.is_empty() && !problem.words.fr.is_empty())
    );
    let runs = runs::list(&workspace, &actor, runs::ListQuery::default())
        .await
        .unwrap();
    assert_eq!(runs.total, 0, "nothing was begun");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_yunohost_refuses_is_a_failed_run_that_says_why_and_what_was_changed() {
    let training = Training::begin().await;
    let id = training.add(SERVER).await.unwrap();
    let (workspace, actor) = training.desk();
    // A common password: only the server's own list knows it.
    let new = NewUser {
        domain: training.server(SERVER).main_domain.clone(),
        password: "motdepasse".into(),
        ..user("ines.calvet")
    };
    let begun = people::create(&workspace, &actor, id, new).await.unwrap();
    training.ends(begun, RunState::Failed).await;
    let detail = runs::detail(&workspace, &actor, begun.run).await.unwrap();
    assert_eq!(
        detail.row.error.as_ref().map(|error| error.code),
        Some(Code::Refused),
        "{detail:#?}"
    );
    let aftermath = detail.aftermath.unwrap();
    assert!(
        aftermath.happened.en.contains("password_listed"),
        "{aftermath:#?}"
    );
}
