//! Readings through gates beside the whole one.

use towerify_domain::Role;
use towerify_domain::id::{AccountId, SecretId};
use towerify_store::{Account, GateAccess};

use crate::*;

fn account(n: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(n))
}

fn users(n: u32) -> NewSnapshot {
    NewSnapshot {
        kind: "users".into(),
        taken_at: noon(),
        json: serde_json::json!({ "n": n }),
    }
}

/// The server, with two accounts that have an entry to it and have read it, and the provider who has too.
async fn read_by_three(store: &Store) {
    for n in [8, 9] {
        let row = Account {
            id: account(n),
            name: format!("account {n}"),
            role: Role::RestrictedAdministrator,
            customer_id: Some(CustomerId::from_uuid(Uuid::from_u128(1))),
            created_at: noon(),
            disabled_at: None,
        };
        store.accounts().insert(&row).await.unwrap();
        let access = GateAccess {
            id: SecretId::from_uuid(Uuid::from_u128(n)),
            server_id: id(1),
            account_id: account(n),
            system_user: format!("towerify-{n}"),
            public: "ssh-ed25519 AAAA".into(),
            secret: vec![1],
            policy: serde_json::json!({}),
            version: None,
            created_at: noon(),
            installed_at: None,
        };
        store.gate_accesses().put(&access).await.unwrap();
    }
    let sights = [
        Sight::Gate(account(8)),
        Sight::Whole,
        Sight::Gate(account(9)),
    ];
    for (n, sight) in (1..).zip(sights) {
        let snapshots = store.snapshots();
        snapshots.put(sight, id(1), &users(0)).await.unwrap();
        snapshots.put(sight, id(1), &users(n)).await.unwrap();
    }
}

/// What the first account, the provider and the second account see.
async fn seen(store: &Store) -> [Option<u64>; 3] {
    let mut seen = [None; 3];
    let sights = [
        Sight::Gate(account(8)),
        Sight::Whole,
        Sight::Gate(account(9)),
    ];
    for (sight, seen) in sights.into_iter().zip(&mut seen) {
        let known = store.snapshots().get(sight, id(1), "users").await.unwrap();
        *seen = known.and_then(|known| known.json["n"].as_u64());
        let all = store.snapshots().of(sight, id(1)).await.unwrap();
        assert_eq!(all.len(), usize::from(seen.is_some()));
    }
    seen
}

#[tokio::test]
async fn a_reading_through_a_gate_is_kept_apart_and_goes_with_the_entry_and_the_server() {
    let (_folder, store) = tour_et_cie().await;
    read_by_three(&store).await;
    assert_eq!(seen(&store).await, [Some(1), Some(2), Some(3)]);
    store
        .gate_accesses()
        .remove(id(1), account(8))
        .await
        .unwrap();
    assert_eq!(seen(&store).await, [None, Some(2), Some(3)]);
    // The server is another customer's now.
    let edit = |customer: &str| server(1, "glycines-01", customer, &[]).edit;
    store
        .servers()
        .update(id(1), &edit("Clinique des Glycines"))
        .await
        .unwrap();
    assert_eq!(
        seen(&store).await,
        [None, Some(2), Some(3)],
        "it is the same"
    );
    store
        .servers()
        .update(id(1), &edit("Atelier Brémont"))
        .await
        .unwrap();
    assert_eq!(seen(&store).await, [None, Some(2), None]);
    store.close().await;
}

#[tokio::test]
async fn what_was_said_of_servers_behind_a_machine_is_not_kept_when_the_way_changes() {
    let (_folder, store) = empty().await;
    let servers = store.servers();
    for (n, name, jump) in [
        (1, "far", None),
        (2, "hop", Some(1)),
        (3, "last", Some(2)),
        (4, "beside", None),
    ] {
        let mut new = server(n, name, "x", &[]);
        new.edit.jump_server_id = jump.map(id);
        new.state.reasons = vec![StateReason {
            reason: Reason::JumpFailed,
            text: Some("far could not connect onwards".into()),
        }];
        servers.insert(&new).await.unwrap();
    }
    let told = async || {
        let mut told = Vec::new();
        for n in 1..=4 {
            let row = store.servers().get(id(n)).await.unwrap().unwrap();
            assert_eq!(row.reasons[0].reason, Reason::JumpFailed, "it is still so");
            told.extend(row.reasons[0].text.is_some().then_some(n));
        }
        told
    };
    let edit = |n: u128, name: &str, jump: Option<u128>| {
        let mut edit = server(n, name, "x", &[]).edit;
        edit.jump_server_id = jump.map(id);
        edit
    };
    servers
        .update(id(3), &edit(3, "last of all", Some(2)))
        .await
        .unwrap();
    assert_eq!(told().await, [1, 2, 3, 4], "nobody is behind it");
    servers
        .update(id(1), &edit(1, "farther", None))
        .await
        .unwrap();
    assert_eq!(told().await, [1, 4]);
    servers
        .update(id(4), &edit(4, "beside", Some(1)))
        .await
        .unwrap();
    assert_eq!(told().await, [1]);
    store.close().await;
}
