//! What somebody can do who has the database file and a restricted administrator's password, and links vault and store
//! directly, without the policy and without the program: nothing that an administrator sealed opens.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod household;

use household::{CAMILLE, Household, INES, NOE};
use towerify_core::accounts;
use towerify_domain::id::AccountId;
use towerify_store::{SEALED, SealedValue, Store};
use towerify_vault::{DATA, ENDORSING, Keys, SIGNING, Sealer, own_key};

/// Everything that these keys can make a sealer of: each key held under each name, and the data key for each purpose.
fn sealers(keys: &Keys, names: &[String]) -> Vec<Sealer> {
    let mut all: Vec<Sealer> = keys.held().map(|name| keys.sealer(name)).collect();
    all.extend(names.iter().map(|name| keys.sealer(name)));
    all.extend(names.iter().map(|name| Sealer::new(keys.data(), name)));
    all
}

/// Which of these open.
fn opened(keys: &Keys, names: &[String], values: &[SealedValue]) -> Vec<String> {
    let sealers = sealers(keys, names);
    let opens = |value: &&SealedValue| {
        // In its own place, and in every other place where it could have been moved to.
        let places = SEALED
            .iter()
            .map(|&(table, column, _)| towerify_vault::Place {
                table,
                column,
                row: value.place.row,
            });
        places.into_iter().any(|place| {
            sealers
                .iter()
                .any(|sealer| sealer.open(place, &value.value).is_ok())
        })
    };
    let mut found: Vec<String> = values
        .iter()
        .filter(opens)
        .map(|value| format!("{}.{}", value.place.table, value.place.column))
        .collect();
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restricted_administrators_password_and_the_file_open_no_secret_of_an_administrator() {
    let house = Household::begin().await;
    // An administrator's secrets: a login to a server, and the secret of a second factor; and one of hers.
    for who in [CAMILLE, INES] {
        let (workspace, actor) = house.enter(who).await.unwrap();
        let shown = accounts::begin_second_factor(&workspace, &actor, who.password.into())
            .await
            .unwrap();
        let secret: String = shown.secret.split_whitespace().collect();
        let totp = totp_rs::Builder::new()
            .with_secret(totp_rs::Secret::try_from_base32(secret).unwrap())
            .with_account_name("x")
            .build()
            .unwrap();
        let now = u64::try_from(house.now().timestamp()).unwrap();
        let code = totp.generate(now).to_string();
        accounts::confirm_second_factor(&workspace, &actor, code.into())
            .await
            .unwrap();
        drop(workspace);
        house.lock().await;
    }
    house.plant("corne-de-brume").await;

    let ids = [CAMILLE, NOE, INES].map(|who| house.id(who));
    let mut names: Vec<String> = vec![DATA.into(), ENDORSING.into(), SIGNING.into()];
    names.extend(ids.map(|id: AccountId| own_key(id.uuid())));
    // The second factor guards the program's door: bare hands are asked for no code.
    let ines = house.held_by(INES);
    let store = Store::open(&house.folder().join("workspace.db"), ines.data())
        .await
        .unwrap();
    let values = store.sealed().await.unwrap();
    store.close().await;
    assert_eq!(values.len(), 3);
    assert_eq!(
        opened(&ines, &names, &values),
        ["second_factors.secret"],
        "her own, and nothing else"
    );
    assert!(
        ines.signer().is_none(),
        "nor does she sign for the workspace"
    );
    // The same hands with an administrator's password open all of it: what was tried is the right thing.
    let camille = house.held_by(CAMILLE);
    assert_eq!(opened(&camille, &names, &values).len(), 3);
    // Nor do the grants in the file open for her: each is sealed to its account.
    let file = house.keys();
    for other in &file.accounts {
        let mut forged = file.clone();
        let grants = other.grants.clone();
        let at = forged
            .accounts
            .iter()
            .position(|known| known.id == ines.account())
            .unwrap();
        if other.id == ines.account() {
            continue;
        }
        forged.accounts[at].grants = grants;
        let refused = forged.unlock(ines.account(), &INES.password.into(), house.now());
        assert!(refused.is_err(), "grants of {}", other.name);
    }
}
