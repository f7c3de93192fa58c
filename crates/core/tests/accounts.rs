//! Accounts: who may come in, with what, and what becomes of their keys; and programs that die between two writes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod household;

use household::{CAMILLE, Household, INES, NOE};
use towerify_core::{
    Code,
    accounts::{self, NewAccount},
    customers, journal,
    workspace::{self, Entry, WayIn},
};
use towerify_domain::{Role, id::AccountId};
use towerify_store::Store;
use towerify_vault::{ENDORSING, KeyFile, SIGNING, own_key};

#[tokio::test(flavor = "multi_thread")]
async fn each_account_opens_with_its_own_password_and_is_what_its_role_says() {
    let house = Household::begin().await;
    for (who, role) in [
        (CAMILLE, Role::Administrator),
        (NOE, Role::Administrator),
        (INES, Role::RestrictedAdministrator),
    ] {
        let (_, actor) = house.enter(who).await.unwrap();
        assert_eq!((actor.name.as_str(), actor.role), (who.name, role));
        assert_eq!(actor.customer.is_some(), role != Role::Administrator);
        workspace::lock(&house.program).await;
        let swapped = Entry {
            account: Some(who.name.into()),
            by: WayIn::Password(if who.name == CAMILLE.name {
                NOE.password.into()
            } else {
                CAMILLE.password.into()
            }),
            code: None,
        };
        let refused = workspace::unlock(&house.program, swapped)
            .await
            .err()
            .unwrap();
        assert_eq!(refused.code, Code::WrongPassword);
        house.wait().await;
    }
    // The lock screen shows who there is and who was in last.
    let door = workspace::door(&house.program, None).await.unwrap();
    let names: Vec<&str> = door
        .accounts
        .iter()
        .map(|each| each.name.as_str())
        .collect();
    assert_eq!(names, [CAMILLE.name, NOE.name, INES.name]);
    assert_eq!(door.last, Some(door.accounts[2].id));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_holds_the_keys_of_its_role_and_no_others() {
    let house = Household::begin().await;
    house.lock().await;
    let mut file = house.keys();
    let held = |file: &mut KeyFile, who: household::Person| {
        let id = file.accounts.iter().find(|each| each.name == who.name);
        let id = id.unwrap().id;
        let keys = file.unlock(id, &who.password.into(), house.now()).unwrap();
        let mut held: Vec<String> = keys.held().map(str::to_owned).collect();
        held.sort();
        (id, held)
    };
    let (camille, of_camille) = held(&mut file, CAMILLE);
    let (noe, of_noe) = held(&mut file, NOE);
    let (ines, of_ines) = held(&mut file, INES);
    assert_eq!(of_ines, [own_key(ines)]);
    let mut all = vec![ENDORSING.to_owned(), SIGNING.to_owned()];
    all.extend([camille, noe, ines].map(own_key));
    all.sort();
    assert_eq!(of_camille, all);
    assert_eq!(of_noe, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_new_account_may_not_be_is_said_beside_the_field() {
    let house = Household::begin().await;
    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    let customer = customers::list(&workspace, &actor).await.unwrap()[0].id;
    let new = |name: &str, role, customer, password: &str| NewAccount {
        name: name.into(),
        role,
        customer,
        password: password.into(),
    };
    let good = "treize lampes sous la pluie";
    for (asked, field) in [
        (new("", Role::Administrator, None, good), "name"),
        (new("inès CALVET", Role::Administrator, None, good), "name"),
        (new("Paul Aubrac", Role::EndUser, None, good), "customer"),
        (
            new("Paul Aubrac", Role::Administrator, Some(customer), good),
            "customer",
        ),
        (
            new("Paul Aubrac", Role::EndUser, Some(customer), "paul aubrac"),
            "password",
        ),
        (
            new("Paul Aubrac", Role::EndUser, Some(customer), "short"),
            "password",
        ),
    ] {
        let refused = accounts::create(&workspace, &actor, asked)
            .await
            .err()
            .unwrap();
        assert_eq!(
            (refused.code, refused.fields[0].field.as_str()),
            (Code::InvalidFields, field)
        );
    }
    assert_eq!(accounts::list(&workspace, &actor).await.unwrap().len(), 3);
    assert_eq!(house.keys().accounts.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_manage_accounts() {
    let house = Household::begin().await;
    let camille = house.id(CAMILLE);
    let (workspace, actor) = house.enter(INES).await.unwrap();
    let denied = |result: Result<(), towerify_core::AppError>| {
        assert_eq!(result.err().unwrap().code, Code::Denied);
    };
    denied(accounts::list(&workspace, &actor).await.map(drop));
    denied(accounts::rename(&workspace, &actor, camille, "X").await);
    denied(accounts::disable(&workspace, &actor, camille).await);
    denied(accounts::enable(&workspace, &actor, camille).await);
    denied(accounts::delete(&workspace, &actor, camille).await);
    denied(
        accounts::reset_password(
            &workspace,
            &actor,
            camille,
            INES.password.into(),
            "treize lampes sous la pluie".into(),
        )
        .await,
    );
    let new = NewAccount {
        name: "Paul Aubrac".into(),
        role: Role::Administrator,
        customer: None,
        password: "treize lampes sous la pluie".into(),
    };
    denied(accounts::create(&workspace, &actor, new).await.map(drop));
    // What is one's own, one may.
    let own = accounts::own(&workspace, &actor).await.unwrap();
    assert_eq!(own.name, INES.name);
    assert_eq!(own.customer.as_deref(), Some("Clinique des Glycines"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_who_can_work_stays_and_nobody_shuts_themselves_out() {
    let house = Household::begin().await;
    let (camille, noe) = (house.id(CAMILLE), house.id(NOE));
    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    let reason = |error: towerify_core::AppError| {
        assert_eq!(error.code, Code::AccountNeeded);
        error.params["reason"].clone()
    };
    let own = accounts::delete(&workspace, &actor, camille).await;
    assert_eq!(reason(own.err().unwrap()), "own");
    accounts::disable(&workspace, &actor, noe).await.unwrap();
    for last in [
        accounts::disable(&workspace, &actor, camille).await,
        accounts::delete(&workspace, &actor, camille).await,
    ] {
        assert_eq!(reason(last.err().unwrap()), "last");
    }
    let nobody = AccountId::from_uuid(uuid::Uuid::from_u128(7));
    let missing = accounts::delete(&workspace, &actor, nobody).await;
    assert_eq!(missing.err().unwrap().code, Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_says_so_opens_nothing_and_comes_back_as_it_was() {
    let house = Household::begin().await;
    let ines = house.id(INES);
    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    accounts::disable(&workspace, &actor, ines).await.unwrap();
    drop(workspace);
    let refused = house.enter(INES).await.err().unwrap();
    assert_eq!(refused.code, Code::AccountDisabled);
    let known = house.keys().account(ines.uuid()).unwrap().clone();
    assert!(known.disabled && known.wrappings.is_empty());
    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    let row = accounts::list(&workspace, &actor).await.unwrap();
    assert!(
        row.iter()
            .any(|row| row.id == ines && row.disabled_at.is_some())
    );
    accounts::enable(&workspace, &actor, ines).await.unwrap();
    drop(workspace);
    house.enter(INES).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_with_the_old_one_and_reset_with_the_administrators() {
    let house = Household::begin().await;
    let ines = house.id(INES);
    let new = "treize lampes sous la pluie";
    let (workspace, actor) = house.enter(INES).await.unwrap();
    let wrong = accounts::change_password(&workspace, &actor, "wrong".into(), new.into()).await;
    assert_eq!(wrong.err().unwrap().code, Code::WrongPassword);
    // It is counted as at the door.
    let at_once =
        accounts::change_password(&workspace, &actor, INES.password.into(), new.into()).await;
    assert_eq!(at_once.err().unwrap().code, Code::Throttled);
    house.wait().await;
    accounts::change_password(&workspace, &actor, INES.password.into(), new.into())
        .await
        .unwrap();
    drop(workspace);
    assert!(house.enter(INES).await.is_err());
    house.wait().await;
    house.enter_with(INES.name, new).await.unwrap();

    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    let before = house.keys().account(ines.uuid()).unwrap().public.clone();
    let again = "quatorze bouées vers le large";
    let wrong =
        accounts::reset_password(&workspace, &actor, ines, "wrong".into(), again.into()).await;
    assert_eq!(wrong.err().unwrap().code, Code::WrongPassword);
    house.wait().await;
    accounts::reset_password(
        &workspace,
        &actor,
        ines,
        CAMILLE.password.into(),
        again.into(),
    )
    .await
    .unwrap();
    assert_ne!(house.keys().account(ines.uuid()).unwrap().public, before);
    drop(workspace);
    assert!(house.enter_with(INES.name, new).await.is_err());
    house.wait().await;
    let (workspace, actor) = house.enter_with(INES.name, again).await.unwrap();
    assert_eq!(actor.role, Role::RestrictedAdministrator);
    let own = accounts::own(&workspace, &actor).await.unwrap();
    assert_eq!(own.id, ines);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_an_administrator_goes_their_keys_open_nothing_that_is_sealed_afterwards() {
    let house = Household::begin().await;
    let noe = house.id(NOE);
    house.lock().await;
    let kept = house
        .keys()
        .unlock(noe.uuid(), &NOE.password.into(), house.now())
        .unwrap();
    let before = house.plant("corne de brume").await;
    let opens = |keys: &towerify_vault::Keys, value: &towerify_store::SealedValue| {
        keys.sealer(ENDORSING)
            .open(value.place, &value.value)
            .is_ok()
    };
    assert!(opens(&kept, &before));
    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    journal::check(&workspace, &actor).await.unwrap();
    accounts::delete(&workspace, &actor, noe).await.unwrap();
    let left = accounts::list(&workspace, &actor).await.unwrap();
    assert!(left.iter().all(|row| row.id != noe));
    // The journal that was signed with the key of before still holds under the new one.
    let state = journal::check(&workspace, &actor).await.unwrap();
    assert_eq!(state.fault, None);
    drop(workspace);
    let gone = house.enter(NOE).await.err().unwrap();
    assert_eq!(gone.code, Code::InvalidFields, "no such account");
    house.lock().await;
    for after in house.sealed().await {
        assert!(!opens(&kept, &after), "{:?}", after.place);
        assert!(opens(&house.held_by(CAMILLE), &after));
    }
    // The rotation is over after the next opening, and everything still opens.
    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    assert_eq!(
        journal::check(&workspace, &actor).await.unwrap().fault,
        None
    );
    drop(workspace);
    house.lock().await;
    assert_eq!(house.held_by(CAMILLE).replaced().count(), 0);
    house.enter(INES).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_an_account_that_never_came_into_the_database_are_taken_out() {
    let house = Household::begin().await;
    house.lock().await;
    // The program dies after the first of the two writes of `create`.
    let mut keys = house.held_by(CAMILLE);
    let ghost = uuid::Uuid::from_u128(0x6057);
    towerify_vault::change_file(&house.path(), &mut keys, |file, keys| {
        let account = towerify_vault::NewAccount {
            id: ghost,
            name: "Paul Aubrac".into(),
            role: "administrator".into(),
        };
        file.add(keys, account, &"treize lampes".into(), &[ENDORSING])
    })
    .unwrap();
    let refused = house
        .enter_with("Paul Aubrac", "treize lampes")
        .await
        .err()
        .unwrap();
    assert_eq!(refused.code, Code::AccountDisabled);
    house.enter(CAMILLE).await.unwrap();
    assert!(house.keys().account(ghost).is_none());
    let refused = house
        .enter_with("Paul Aubrac", "treize lampes")
        .await
        .err()
        .unwrap();
    assert_eq!(refused.code, Code::InvalidFields);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_being_disabled_when_the_program_died_is_disabled() {
    let house = Household::begin().await;
    let ines = house.id(INES);
    house.lock().await;
    let store = house.store().await;
    store
        .accounts()
        .disable(ines, house.now(), None)
        .await
        .unwrap();
    store.close().await;
    // Her own password still opens her keys, and the program sends her away all the same.
    let refused = house.enter(INES).await.err().unwrap();
    assert_eq!(refused.code, Code::AccountDisabled);
    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    assert!(
        house
            .keys()
            .account(ines.uuid())
            .unwrap()
            .wrappings
            .is_empty()
    );
    accounts::enable(&workspace, &actor, ines).await.unwrap();
    drop(workspace);
    house.enter(INES).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_who_was_being_deleted_when_the_program_died_is_gone_with_the_keys() {
    // Wherever it dies: after the mark in the database, or after the file was written as well.
    for file_too in [false, true] {
        let house = Household::begin().await;
        let noe = house.id(NOE);
        house.lock().await;
        let planted = house.plant("corne de brume").await;
        let kept = house.held_by(NOE);
        let store = house.store().await;
        store
            .accounts()
            .begin_leaving(noe, house.now())
            .await
            .unwrap();
        store.close().await;
        if file_too {
            let mut keys = house.held_by(CAMILLE);
            towerify_vault::change_file(&house.path(), &mut keys, |file, keys| {
                file.remove(noe.uuid());
                file.rotate(keys, ENDORSING, &[])
            })
            .unwrap();
        } else {
            let refused = house.enter(NOE).await.err().unwrap();
            assert_eq!(refused.code, Code::AccountDisabled);
        }
        // Who holds no administrators' keys can't go on with it, and takes nothing from who will.
        house.enter(INES).await.unwrap();
        house.lock().await;
        house.enter(CAMILLE).await.unwrap();
        house.lock().await;
        let camille = house.held_by(CAMILLE);
        for sealed in house.sealed().await {
            assert!(
                camille
                    .sealer(ENDORSING)
                    .open(sealed.place, &sealed.value)
                    .is_ok()
            );
            assert!(
                kept.sealer(ENDORSING)
                    .open(sealed.place, &sealed.value)
                    .is_err()
            );
        }
        let text = house.planted(&planted).await;
        assert_eq!(text, "corne de brume", "nothing is lost");
        assert!(house.keys().account(noe.uuid()).is_none());
        let store = house.store().await;
        assert!(store.accounts().leaving().await.unwrap().is_empty());
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_copy_of_the_key_file_that_is_put_back_opens_nothing() {
    let house = Household::begin().await;
    let old = std::fs::read(house.path()).unwrap();
    let new = "treize lampes sous la pluie";
    let (workspace, actor) = house.enter(INES).await.unwrap();
    accounts::change_password(&workspace, &actor, INES.password.into(), new.into())
        .await
        .unwrap();
    drop(workspace);
    house.lock().await;
    let current = std::fs::read(house.path()).unwrap();
    std::fs::write(house.path(), &old).unwrap();
    for who in [INES, CAMILLE] {
        let refused = house.enter(who).await.err().unwrap();
        assert_eq!(refused.code, Code::WorkspaceDamaged, "{}", refused.message);
    }
    // Nothing was lost: with the right file all is as before.
    std::fs::write(house.path(), &current).unwrap();
    house.enter_with(INES.name, new).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_refused_is_in_the_journal_of_the_next_opening_once() {
    let house = Household::begin().await;
    house.lock().await;
    for _ in 0..2 {
        let wrong = house.enter_with(INES.name, "not the password").await;
        assert_eq!(wrong.err().unwrap().code, Code::WrongPassword);
        house.wait().await;
    }
    for _ in 0..2 {
        let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
        let query = journal::Query {
            what: Some("workspace.unlock".into()),
            outcome: Some("refused".into()),
            ..journal::Query::default()
        };
        let page = journal::list(&workspace, &actor, query).await.unwrap();
        assert_eq!(page.rows.len(), 2);
        assert!(page.rows.iter().all(|row| row.who == INES.name));
        drop(workspace);
        house.lock().await;
    }
    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    let page = journal::list(&workspace, &actor, journal::Query::default())
        .await
        .unwrap();
    for what in ["workspace.unlock", "workspace.lock", "account.create"] {
        assert!(page.rows.iter().any(|row| row.what == what), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_account_speaks_its_own_language_and_the_lock_screen_the_last_one() {
    use towerify_core::preferences::{self, Theme};
    use towerify_domain::Language;
    let house = Household::begin().await;
    house.enter(CAMILLE).await.unwrap();
    let mut of_camille = preferences::get(&house.program);
    of_camille.language = Some(Language::Fr);
    of_camille.theme = Theme::Dark;
    preferences::set(&house.program, of_camille).await.unwrap();
    house.enter(INES).await.unwrap();
    let mut of_ines = preferences::get(&house.program);
    of_ines.language = Some(Language::En);
    of_ines.theme = Theme::Light;
    preferences::set(&house.program, of_ines).await.unwrap();
    house.lock().await;
    assert_eq!(preferences::get(&house.program), of_ines);
    house.enter(CAMILLE).await.unwrap();
    assert_eq!(preferences::get(&house.program), of_camille);
    house.enter(INES).await.unwrap();
    assert_eq!(preferences::get(&house.program), of_ines);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sealed_columns_of_the_list_are_those_of_the_database() {
    let house = Household::begin().await;
    house.lock().await;
    // Every column that a place names, or that is called as secrets are, stands in the list.
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/src");
    let mut places = std::collections::BTreeSet::new();
    for file in std::fs::read_dir(sources).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for part in text.split("-> Place {").skip(1) {
            let body = &part[..part.find("\n    }").unwrap()];
            let named = |field: &str| {
                let rest = body.split(&format!("{field}: \"")).nth(1)?;
                Some(rest[..rest.find('"').unwrap()].to_owned())
            };
            // A place that is another's but for its column names only that.
            let table = named("table").unwrap_or_else(|| "runs".into());
            places.insert((table, named("column").unwrap()));
        }
    }
    let listed: std::collections::BTreeSet<_> = towerify_store::SEALED
        .iter()
        .map(|(table, column, _)| (table.to_string(), column.to_string()))
        .collect();
    assert_eq!(places, listed);
    let _: &Store = &house.store().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bit_changed_anywhere_in_the_key_file_is_a_typed_error_and_opens_nothing() {
    let house = Household::begin().await;
    house.lock().await;
    let whole = std::fs::read(house.path()).unwrap();
    // Sampled, each in another place; every single bit is in the vault's own test.
    for n in 0..60 {
        let mut flipped = whole.clone();
        let at = (n * 7_919 + 13) % (whole.len() * 8);
        flipped[at / 8] ^= 1 << (at % 8);
        std::fs::write(house.path(), &flipped).unwrap();
        match house.enter(CAMILLE).await {
            Err(error) => assert!(
                matches!(error.code, Code::WorkspaceDamaged | Code::WorkspaceNewer),
                "bit {at}: {error:?}"
            ),
            // Blanks between the words of JSON are none of the file's words.
            Ok(_) => assert!(whole[at / 8].is_ascii_whitespace(), "bit {at} opened"),
        }
        house.lock().await;
    }
    std::fs::write(house.path(), &whole).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_database_that_were_changed_are_typed_errors_and_no_panic() {
    let house = Household::begin().await;
    house.lock().await;
    let database = house.folder().join("workspace.db");
    let whole = std::fs::read(&database).unwrap();
    let pages = whole.len() / 4096;
    let mut refused = 0;
    for n in 0..40 {
        let mut flipped = whole.clone();
        let at = (n * 104_729 + 4_096 / 2) % whole.len();
        flipped[at] ^= 1 << (n % 8);
        std::fs::write(&database, &flipped).unwrap();
        let _ = std::fs::remove_file(house.folder().join("workspace.db-wal"));
        let _ = std::fs::remove_file(house.folder().join("workspace.db-shm"));
        // A page that opening does not read is found by whoever reads it: the list of accounts, the journal's walk.
        let read = async {
            let (workspace, actor) = house.enter(CAMILLE).await?;
            accounts::list(&workspace, &actor).await?;
            journal::check(&workspace, &actor).await?;
            Ok::<_, towerify_core::AppError>(())
        };
        if let Err(error) = read.await {
            refused += 1;
            assert!(
                matches!(error.code, Code::WorkspaceDamaged | Code::Internal),
                "{error:?}"
            );
        }
        house.lock().await;
        let keys = std::fs::read(house.path()).unwrap();
        assert!(KeyFile::parse(&keys).is_ok(), "the key file is whole");
    }
    assert!(refused > 5, "{refused} of 40 in {pages} pages");
    std::fs::write(&database, &whole).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_swapped_between_accounts_open_nothing_of_the_other() {
    let house = Household::begin().await;
    let ines = house.id(INES);
    house.lock().await;
    // Whoever holds the data key can write the database: Inès makes herself an administrator there.
    let store = house.store().await;
    let row = store.accounts().get(ines).await.unwrap().unwrap();
    store.accounts().remove(ines).await.unwrap();
    let forged = towerify_store::Account {
        role: Role::Administrator,
        customer_id: None,
        ..row
    };
    store.accounts().insert(&forged).await.unwrap();
    store.close().await;
    let planted = house.plant("corne de brume").await;
    let (workspace, actor) = house.enter(INES).await.unwrap();
    assert_eq!(actor.role, Role::Administrator, "the view follows the row");
    // The wall does not: her keys open no secret, she makes no account, and an administrator's next act grants her nothing.
    let new = NewAccount {
        name: "Paul Aubrac".into(),
        role: Role::Administrator,
        customer: None,
        password: "treize lampes sous la pluie".into(),
    };
    let refused = accounts::create(&workspace, &actor, new.clone()).await;
    assert_eq!(refused.err().unwrap().code, Code::Denied);
    drop(workspace);
    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    accounts::create(&workspace, &actor, new).await.unwrap();
    drop(workspace);
    house.lock().await;
    let held = house.held_by(INES);
    assert_eq!(held.held().collect::<Vec<_>>(), [own_key(ines.uuid())]);
    assert!(
        held.sealer(ENDORSING)
            .open(planted.place, &planted.value)
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_at_once_are_told_apart_and_neither_loses_anything() {
    let house = Household::begin().await;
    house.enter(CAMILLE).await.unwrap();
    let other = house.another_program();
    let entry = |account: Option<&str>| Entry {
        account: account.map(str::to_owned),
        ..CAMILLE.password.into()
    };
    let refused = workspace::open_folder(&other, &house.folder(), entry(Some(CAMILLE.name)))
        .await
        .err()
        .unwrap();
    assert_eq!(refused.code, Code::WorkspaceInUse);
    // Looking at the door needs no hold.
    let door = workspace::door(&other, Some(&house.folder()))
        .await
        .unwrap();
    assert_eq!(door.accounts.len(), 3);
    house.lock().await;
    // This one was never in it: it can't know who comes.
    let unclear = workspace::open_folder(&other, &house.folder(), entry(None))
        .await
        .err()
        .unwrap();
    assert_eq!(unclear.fields[0].field, "account");
    workspace::open_folder(&other, &house.folder(), entry(Some(CAMILLE.name)))
        .await
        .unwrap();
}
