//! Keys: the server's, which a person accepts by the server's own name, and the person's, which a file may hold.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod training;

use towerify_core::{
    Code,
    servers::{self, HowChecked, Login, Selection},
    workspace,
};
use towerify_domain::server::ServerState;
use training::{PASSWORD, Training, new_server};

const SERVER: &str = "glycines-01";

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_host_key_stops_everything_until_somebody_decides() {
    let training = Training::begin().await;
    let id = training.add(SERVER).await.unwrap();
    training.add("bremont-01").await.unwrap();
    let (workspace, actor) = training.desk();
    training
        .server(SERVER)
        .faults()
        .set(towerify_sandbox::Fault::ChangedHostKey);
    // A kept line is not asked for a key again: the next one is.
    training.program.close().await;
    drop(workspace);
    workspace::unlock(&training.program, PASSWORD.into())
        .await
        .unwrap();
    let (workspace, _) = training.desk();

    let sweep = training.refresh().await;
    assert_eq!((sweep.answered, sweep.failed.len()), (1, 1));
    assert_eq!(sweep.failed[0].error.code, Code::HostKeyChanged);
    assert_eq!(training.row(SERVER).await.state, ServerState::Stop);
    let conflict = servers::key_conflict(&workspace, &actor, id).await.unwrap();
    assert_eq!(
        conflict.pinned[0].fingerprint,
        training.server(SERVER).host_key.fingerprint
    );
    assert_ne!(conflict.offered.fingerprint, conflict.pinned[0].fingerprint);

    let accept = async |fingerprint: &str, typed: &str| {
        servers::accept_key(
            &workspace,
            &actor,
            id,
            fingerprint,
            HowChecked::Phone,
            typed,
        )
        .await
    };
    let offered = &conflict.offered.fingerprint;
    for typed in ["", "bremont-01", "GLYCINES-01", "glycines"] {
        let refused = accept(offered, typed).await.unwrap_err();
        assert_eq!(
            (refused.code, refused.fields[0].field.as_str()),
            (Code::InvalidFields, "typed_name"),
            "{typed:?}"
        );
    }
    let other = accept("SHA256:else", SERVER).await.unwrap_err();
    assert_eq!(other.code, Code::HostKeyChanged);
    let detail = servers::detail(&workspace, &actor, id).await.unwrap();
    assert_eq!(
        detail.host_keys[0].fingerprint, conflict.pinned[0].fingerprint,
        "nothing was replaced yet"
    );
    accept(offered, &format!(" {SERVER} ")).await.unwrap();
    let sweep = servers::refresh(&workspace, &actor, Selection::These { ids: vec![id] })
        .await
        .unwrap();
    assert_eq!(sweep.answered, 1, "{:?}", sweep.failed);

    // The old key was revoked by being replaced: it stays refused for ever.
    training.server(SERVER).faults().clear();
    workspace::lock(&training.program).await;
    drop(workspace);
    workspace::unlock(&training.program, PASSWORD.into())
        .await
        .unwrap();
    let sweep = training.refresh().await;
    assert_eq!(sweep.failed[0].error.code, Code::HostKeyRevoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keys_file_is_looked_at_before_the_server_is_and_refused_beside_its_field() {
    let training = Training::begin().await;
    let (workspace, actor) = training.desk();
    let no_key = training.home.path().join("notes");
    std::fs::write(&no_key, "tomates, courgettes").unwrap();
    let missing = training.home.path().join("missing");
    for (path, field) in [(missing, "path"), (no_key, "private_key")] {
        let mut new = new_server(training.server(SERVER));
        new.login = Login::KeyFile {
            path: path.display().to_string(),
            passphrase: None,
            sudo_password: None,
        };
        let refused = servers::add(&workspace, &actor, new).await.unwrap_err();
        assert_eq!(
            (refused.code, refused.fields[0].field.as_str()),
            (Code::InvalidFields, field),
            "{refused:?}"
        );
        assert!(!format!("{refused:?}").contains("courgettes"));
    }
}
