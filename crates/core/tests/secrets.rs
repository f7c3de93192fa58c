//! The canary: known secrets go through a journey, and then everything that is left behind is searched for them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod training;

use std::path::Path;

use towerify_core::{
    people::{self, NewUser},
    runs, servers,
};
use towerify_domain::run::RunState;
use training::{PASSWORD, Training};

const USER_PASSWORD: &str = "canari-de-l-utilisatrice-5521";

fn files(folder: &Path, all: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, all);
        } else {
            all.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_left_in_a_file_a_trace_an_answer_or_the_journal() {
    let training = Training::begin().await;
    let id = training.add("glycines-01").await.unwrap();
    let (workspace, actor) = training.desk();
    let login = training.server("glycines-01").password.clone();
    let user = |username: &str| NewUser {
        username: username.into(),
        fullname: "Inès Calvet".into(),
        domain: training.server("glycines-01").main_domain.clone(),
        password: USER_PASSWORD.into(),
        mailbox_quota: None,
    };
    let good = people::create(&workspace, &actor, id, user("ines.calvet"))
        .await
        .unwrap();
    training.done(good).await;
    // A refusal quotes: it must not quote that.
    let edit = people::UserEdit {
        mail: Some("ines@not-here.example".into()),
        password: Some(USER_PASSWORD.into()),
        ..Default::default()
    };
    let bad = people::edit(&workspace, &actor, id, "ines.calvet", edit)
        .await
        .unwrap();
    training.ends(bad, RunState::Failed).await;

    let mut said = String::new();
    for run in [good.run, bad.run] {
        said +=
            &serde_json::to_string(&runs::detail(&workspace, &actor, run).await.unwrap()).unwrap();
        said += &serde_json::to_string(
            &runs::trace(&workspace, &actor, run, 1, 1_000)
                .await
                .unwrap(),
        )
        .unwrap();
    }
    said +=
        &serde_json::to_string(&servers::detail(&workspace, &actor, id).await.unwrap()).unwrap();
    said += &serde_json::to_string(&people::list(&workspace, &actor, id).await.unwrap()).unwrap();
    let secrets = [USER_PASSWORD, PASSWORD, login.as_str()];
    for secret in secrets {
        assert!(!said.contains(secret), "an answer says {secret}");
    }
    assert!(
        said.contains("user create"),
        "the search would find what is there"
    );

    drop(workspace);
    training.program.close().await;
    let mut all = Vec::new();
    files(training.home.path(), &mut all);
    assert!(all.iter().any(|(name, _)| name.ends_with("workspace.db")));
    for (name, bytes) in all {
        for secret in secrets {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{name} holds {secret}");
        }
    }
}
