//! The key file as what an account of the workspace wrote: its seal, its generations, who was refused.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;
use towerify_vault::{
    ENDORSING, KeyFile, Keys, LONGEST_WAIT, MOST_REFUSALS, NewAccount, NewWorkspace, VaultError,
    WayRefused, WorkspaceKind, change_file, own_key, unlock_file,
};
use uuid::Uuid;

const CAMILLE: Uuid = Uuid::from_u128(0xca);
const INES: Uuid = Uuid::from_u128(0x13e5);

fn noon() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn account(id: Uuid, name: &str, role: &str) -> NewAccount {
    NewAccount {
        id,
        name: name.into(),
        role: role.into(),
    }
}

/// A workspace of Camille, an administrator, and Inès, a restricted one.
fn workspace() -> (TempDir, PathBuf, Keys) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let new = NewWorkspace {
        id: Uuid::from_u128(1),
        name: "Tour & Cie".into(),
        kind: WorkspaceKind::Normal,
    };
    let camille = account(CAMILLE, "Camille Morvan", "administrator");
    let (file, mut keys) = KeyFile::create(new, camille, &"camille's".into()).unwrap();
    file.save(&path).unwrap();
    let ines = account(INES, "Inès Calvet", "restricted_administrator");
    change_file(&path, &mut keys, |file, keys| {
        let own = own_key(INES);
        file.make_key(keys, &own)?;
        file.add(keys, ines, &"inès's".into(), &[&own])
    })
    .unwrap();
    (folder, path, keys)
}

#[test]
fn each_change_is_one_generation_and_what_fails_changes_nothing() {
    let (_folder, path, mut keys) = workspace();
    let before = KeyFile::load(&path).unwrap();
    assert_eq!(before.generation, 2);
    let refused = change_file(&path, &mut keys, |file, keys| {
        file.make_key(keys, "half")?;
        file.grant(keys, Uuid::from_u128(99), "half")
    });
    assert!(matches!(refused, Err(VaultError::NoSuchAccount)));
    assert_eq!(KeyFile::load(&path).unwrap(), before);
    assert!(!keys.held().any(|name| name == "half"));
    let password = "another".into();
    let (generation, ()) = change_file(&path, &mut keys, |file, keys| {
        file.change_password(keys, &password)
    })
    .unwrap();
    assert_eq!(generation, 3);
    let (file, _) = unlock_file(&path, CAMILLE, &password, noon()).unwrap();
    file.check_seal(&keys).unwrap();
}

#[test]
fn what_somebody_else_wrote_into_the_file_is_seen_though_its_checksum_is_right() {
    let (_folder, path, keys) = workspace();
    type Forgery = fn(&mut KeyFile);
    let forgeries: [(&str, Forgery); 7] = [
        ("a role", |file| {
            file.accounts[1].role = "administrator".into()
        }),
        ("a name", |file| {
            file.accounts[1].name = "Camille Morvan".into()
        }),
        ("an account put first", |file| file.accounts.swap(0, 1)),
        ("an account let in again", |file| {
            file.accounts[1].disabled = true
        }),
        ("another's ways in", |file| {
            file.accounts[1].wrappings = file.accounts[0].wrappings.clone();
        }),
        ("another generation", |file| file.generation += 5),
        ("the workspace's name", |file| file.name = "Autre".into()),
    ];
    for (what, forge) in forgeries {
        let mut file = KeyFile::load(&path).unwrap();
        forge(&mut file);
        // Saving computes the checksum anew: whoever may write the file can do that too.
        file.save(&path.with_extension("forged")).unwrap();
        let forged = KeyFile::load(&path.with_extension("forged")).unwrap();
        assert!(
            matches!(forged.check_seal(&keys), Err(VaultError::Altered)),
            "{what}"
        );
    }
    // The wait is written while nobody is in: it is not part of what is sealed.
    let mut file = KeyFile::load(&path).unwrap();
    file.refuse(INES, WayRefused::Password, noon());
    file.check_seal(&keys).unwrap();
}

#[test]
fn a_role_that_an_administrator_did_not_give_is_none_whatever_the_file_says() {
    let (_folder, path, keys) = workspace();
    let mut file = KeyFile::load(&path).unwrap();
    assert_eq!(
        file.endorsed_role(&keys, INES).as_deref(),
        Some("restricted_administrator")
    );
    // Inès holds the data key: she can seal what she writes.
    let ines = file.unlock(INES, &"inès's".into(), noon()).unwrap();
    file.accounts[1].role = "administrator".into();
    file.seal(&ines).unwrap();
    file.check_seal(&keys).unwrap();
    assert_eq!(file.endorsed_role(&keys, INES), None);
    assert!(matches!(
        file.grant(&keys, INES, ENDORSING),
        Err(VaultError::Forged)
    ));
}

#[test]
fn an_account_that_is_shut_out_has_no_way_in_and_comes_back_with_those_it_had() {
    let (_folder, path, mut keys) = workspace();
    let (_, ways_in) = change_file(&path, &mut keys, |file, _| file.shut_out(INES)).unwrap();
    assert_eq!(ways_in.len(), 1);
    let refused = unlock_file(&path, INES, &"inès's".into(), noon());
    assert!(matches!(refused, Err(VaultError::Disabled)));
    // Even a file in which she is said to be let in has nothing that opens.
    let mut file = KeyFile::load(&path).unwrap();
    file.accounts[1].disabled = false;
    let refused = file.unlock(INES, &"inès's".into(), noon());
    assert!(matches!(refused, Err(VaultError::WrongPassword { .. })));
    change_file(&path, &mut keys, |file, _| file.readmit(INES, ways_in)).unwrap();
    let (_, ines) = unlock_file(&path, INES, &"inès's".into(), noon()).unwrap();
    assert_eq!(ines.held().collect::<Vec<_>>(), [own_key(INES)]);
}

#[test]
fn a_thousand_wrong_passwords_wait_are_counted_and_the_newest_are_told() {
    let (_folder, path, _) = workspace();
    let mut file = KeyFile::load(&path).unwrap();
    let mut now = noon();
    for n in 0..1_000_u64 {
        assert!(file.may_try(CAMILLE, now).is_ok(), "attempt {n}");
        let wait = file.refuse(CAMILLE, WayRefused::Password, now);
        assert!(wait <= TimeDelta::seconds(LONGEST_WAIT));
        assert!(file.may_try(CAMILLE, now).is_err(), "attempt {n} waits");
        now += wait;
    }
    assert!(now - noon() > TimeDelta::hours(16));
    file.save(&path).unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() < 100_000);
    // The program starts again, and the right password still opens.
    let (mut file, _) = unlock_file(&path, CAMILLE, &"camille's".into(), now).unwrap();
    let refusals = file.let_in();
    assert_eq!(
        (refusals.count, refusals.newest.len()),
        (1_000, MOST_REFUSALS)
    );
    assert!(refusals.newest.is_sorted_by_key(|refusal| refusal.at));
}

#[test]
fn a_clock_that_was_set_back_keeps_nobody_out_for_long() {
    let (_folder, path, _) = workspace();
    let later = noon() + TimeDelta::days(365);
    let wrong = unlock_file(&path, CAMILLE, &"wrong".into(), later);
    assert!(matches!(wrong, Err(VaultError::WrongPassword { .. })));
    let back = unlock_file(&path, CAMILLE, &"camille's".into(), noon());
    assert!(matches!(
        back,
        Err(VaultError::Throttled { until }) if until <= noon() + TimeDelta::seconds(LONGEST_WAIT)
    ));
}

#[test]
fn a_file_of_format_2_opens_and_is_written_anew_as_3() {
    let (_folder, path, mut keys) = workspace();
    let mut file = KeyFile::load(&path).unwrap();
    // As it was before there were seals.
    file.generation = 0;
    let mut json = serde_json::to_value(&file).unwrap();
    let fields = json.as_object_mut().unwrap();
    fields.insert("format".into(), 2.into());
    fields.remove("seal");
    fields.insert("sum".into(), "".into());
    let unsummed: KeyFile = serde_json::from_value(json.clone()).unwrap();
    let sum: String = {
        use sha2::Digest;
        sha2::Sha256::digest(serde_json::to_vec(&unsummed).unwrap())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    json.as_object_mut()
        .unwrap()
        .insert("sum".into(), sum.into());
    std::fs::write(&path, serde_json::to_vec(&json).unwrap()).unwrap();
    let old = KeyFile::load(&path).unwrap();
    assert_eq!((old.format, old.generation), (2, 0));
    old.check_seal(&keys).unwrap();
    change_file(&path, &mut keys, |_, _| Ok(())).unwrap();
    let new = KeyFile::load(&path).unwrap();
    assert_eq!((new.format, new.generation), (3, 1));
}
