//! What one refresh writes; names, jump servers and host keys.

use crate::*;

#[tokio::test]
async fn a_refresh_replaces_all_it_answered_or_nothing() {
    let (_folder, store) = tour_et_cie().await;
    let known = store.servers().get(id(1)).await.unwrap().unwrap();
    assert_eq!(known.main_domain.as_deref(), Some("apps1.example"));
    assert_eq!(known.tags, ["hds", "prod"]);
    assert_eq!(known.last_seen, known.last_tried);

    // What was not answered stays: no apps this time.
    let mut partly = refresh(1, ServerState::Ok, "12.1.26", 2, vec![]);
    partly.apps = None;
    partly.snapshots.clear();
    store.servers().record(&partly).await.unwrap();
    assert_eq!(store.apps().of(id(1)).await.unwrap().len(), 2);
    assert_eq!(
        store
            .snapshots()
            .get(Sight::Whole, id(1), "users")
            .await
            .unwrap()
            .unwrap()
            .json["n"],
        1
    );
    assert_eq!(
        store
            .servers()
            .get(id(1))
            .await
            .unwrap()
            .unwrap()
            .state_since,
        known.state_since,
        "the same state"
    );

    // A removed server's late answer writes nothing.
    store.servers().delete(id(1)).await.unwrap();
    let late = store
        .servers()
        .record(&refresh(1, ServerState::Ok, "12.1.25", 0, vec![]))
        .await
        .err()
        .unwrap();
    assert!(matches!(late, StoreError::NotFound { .. }), "{late:?}");
    assert!(
        store
            .snapshots()
            .of(Sight::Whole, id(1))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(store.apps().of(id(1)).await.unwrap().is_empty());
    store.close().await;
}

#[tokio::test]
async fn a_failed_refresh_changes_the_state_and_leaves_what_was_known() {
    let (_folder, store) = tour_et_cie().await;
    let before = store.servers().get(id(3)).await.unwrap().unwrap();
    let at = noon() + TimeDelta::hours(1);
    let reasons = vec![StateReason {
        reason: Reason::NoAnswer,
        text: Some("10 s".into()),
    }];
    let now = NowState {
        state: ServerState::Unreachable,
        reasons: reasons.clone(),
    };
    store
        .servers()
        .record_failure(id(3), &now, at)
        .await
        .unwrap();
    store
        .servers()
        .record_failure(id(3), &now, at + TimeDelta::hours(1))
        .await
        .unwrap();
    let after = store.servers().get(id(3)).await.unwrap().unwrap();
    assert_eq!(
        (after.state, after.state_since, after.reasons),
        (ServerState::Unreachable, at, reasons)
    );
    assert_eq!(
        (after.last_seen, after.last_tried),
        (before.last_seen, Some(at + TimeDelta::hours(1)))
    );
    assert_eq!(after.summary, before.summary);
    assert_eq!(store.apps().of(id(3)).await.unwrap().len(), 2);
    store.close().await;
}

#[tokio::test]
async fn names_are_unlike_each_other_and_a_jump_server_stays_while_it_is_needed() {
    let (_folder, store) = tour_et_cie().await;
    let twice = store
        .servers()
        .insert(&server(9, "GLYCINES-01", "x", &[]))
        .await
        .err()
        .unwrap();
    assert!(matches!(twice, StoreError::Duplicate { .. }), "{twice:?}");
    let mut behind = server(9, "vial-02", "Lycée Hortense-Vial", &[]);
    behind.edit.jump_server_id = Some(id(77));
    let nowhere = store.servers().insert(&behind).await.err().unwrap();
    assert!(
        matches!(nowhere, StoreError::Reference { .. }),
        "{nowhere:?}"
    );
    behind.edit.jump_server_id = Some(id(5));
    store.servers().insert(&behind).await.unwrap();
    let needed = store.servers().delete(id(5)).await.err().unwrap();
    assert!(matches!(needed, StoreError::Reference { .. }), "{needed:?}");
    store.servers().delete(id(9)).await.unwrap();
    store.servers().delete(id(5)).await.unwrap();
    assert!(matches!(
        store.servers().delete(id(5)).await,
        Err(StoreError::NotFound { .. })
    ));

    let mut edit = server(
        1,
        "glycines-principal",
        "Clinique des Glycines",
        &["prod", "nord"],
    )
    .edit;
    edit.port = 2222;
    store.servers().update(id(1), &edit).await.unwrap();
    let found = store
        .servers()
        .by_name(Within::All, "Glycines-Principal")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.id, found.port, found.tags),
        (id(1), 2222, vec!["nord".to_owned(), "prod".to_owned()])
    );
    let by_tag = FleetFilter {
        text: "nord".into(),
        ..FleetFilter::default()
    };
    assert_eq!(
        store.fleet(Within::All).ids(&by_tag).await.unwrap(),
        [id(1)]
    );
    store.close().await;
}

#[tokio::test]
async fn one_key_is_pinned_at_a_time_and_a_revoked_one_never_comes_back() {
    let (_folder, store) = tour_et_cie().await;
    let key = |n: u128, blob: &[u8]| HostKeyRow {
        id: HostKeyId::from_uuid(Uuid::from_u128(n)),
        server_id: id(1),
        protocol: "ssh".into(),
        algorithm: "ssh-ed25519".into(),
        blob: blob.to_vec(),
        fingerprint: format!("SHA256:{n}"),
        state: "pinned".into(),
        how_checked: "read aloud".into(),
        accepted_by: "Camille Morvan".into(),
        accepted_at: noon(),
        revoked_at: None,
    };
    let keys = store.host_keys();
    keys.pin(&key(1, b"one")).await.unwrap();
    keys.pin(&key(3, b"one")).await.unwrap();
    keys.pin(&key(2, b"two")).await.unwrap();
    let states: Vec<_> = keys
        .of(id(1))
        .await
        .unwrap()
        .into_iter()
        .map(|k| (k.blob, k.state))
        .collect();
    assert_eq!(
        states,
        [
            (b"two".to_vec(), "pinned".to_owned()),
            (b"one".to_vec(), "revoked".to_owned())
        ]
    );
    let back = keys.pin(&key(4, b"one")).await.err().unwrap();
    assert!(matches!(back, StoreError::Duplicate { .. }), "{back:?}");
    assert_eq!(
        keys.of(id(1)).await.unwrap()[0].state,
        "pinned",
        "the refusal took nothing away"
    );
    keys.revoke(HostKeyId::from_uuid(Uuid::from_u128(2)), noon())
        .await
        .unwrap();
    assert!(
        keys.of(id(1))
            .await
            .unwrap()
            .iter()
            .all(|k| k.state == "revoked")
    );
    store.close().await;
}
