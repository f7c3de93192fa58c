//! The key file from outside: ways in, wrong passwords, damage, and what reaches the disk.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use tempfile::TempDir;
use towerify_vault::{
    Cost, ENDORSING, KeyFile, KeyringKey, Keys, NewAccount, NewWorkspace, Place, RecoveryKey,
    SIGNING, SealError, Sealer, VaultError, WorkspaceKind, WrappingKind, is_signed, unlock_file,
};
use uuid::Uuid;

const CAMILLE: Uuid = Uuid::from_u128(0xca);
const INES: Uuid = Uuid::from_u128(0x13e5);

fn noon() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn password(text: &str) -> SecretString {
    SecretString::from(text)
}

fn account(id: Uuid, name: &str) -> NewAccount {
    NewAccount {
        id,
        name: name.into(),
        role: "administrator".into(),
    }
}

/// A workspace of Camille Morvan, saved in a folder of its own.
fn workspace(secret: &str) -> (TempDir, PathBuf, KeyFile, Keys) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let new = NewWorkspace {
        id: Uuid::from_u128(1),
        name: "Tour & Cie".into(),
        kind: WorkspaceKind::Normal,
    };
    let (file, keys) =
        KeyFile::create(new, account(CAMILLE, "Camille Morvan"), &password(secret)).unwrap();
    file.save(&path).unwrap();
    (folder, path, file, keys)
}

const PLACE: Place = Place {
    table: "t",
    column: "c",
    row: CAMILLE,
};

/// Whether both open the same workspace.
fn same(a: &Keys, b: &Keys) -> bool {
    let sealed = Sealer::new(a.data(), "test").seal(PLACE, b"x").unwrap();
    Sealer::new(b.data(), "test").open(PLACE, &sealed).is_ok()
}

/// Whether `b` can open what `a` seals under the key of this name.
fn opens(a: &Keys, b: &Keys, name: &str) -> bool {
    let sealed = a.sealer(name).seal(PLACE, b"x").unwrap();
    b.sealer(name).open(PLACE, &sealed).is_ok()
}

#[test]
fn the_right_password_gives_the_same_key_after_a_restart() {
    let (_folder, path, file, key) = workspace("corne de brume 7");
    assert_eq!(KeyFile::load(&path).unwrap().name, file.name);
    let (_, found) = unlock_file(&path, CAMILLE, &password("corne de brume 7"), noon()).unwrap();
    assert!(same(&key, &found));
}

#[test]
fn a_password_typed_with_composed_or_decomposed_accents_is_the_same() {
    let (_folder, path, _, _) = workspace("été à Bréhat");
    unlock_file(
        &path,
        CAMILLE,
        &password("e\u{301}te\u{301} a\u{300} Bre\u{301}hat"),
        noon(),
    )
    .unwrap();
}

#[test]
fn wrong_passwords_make_the_next_attempt_wait_even_after_a_restart_and_a_right_one_ends_it() {
    let (_folder, path, _, _) = workspace("right");
    let attempt = |text: &str, seconds: i64| {
        unlock_file(
            &path,
            CAMILLE,
            &password(text),
            noon() + TimeDelta::seconds(seconds),
        )
        .map(drop)
    };
    assert!(
        matches!(attempt("wrong", 0), Err(VaultError::WrongPassword { wait }) if wait.num_seconds() == 1)
    );
    // Even the right password is not tried while one waits, and that does not make the wait longer.
    assert!(
        matches!(attempt("right", 0), Err(VaultError::Throttled { until }) if until == noon() + TimeDelta::seconds(1))
    );
    assert!(
        matches!(attempt("wrong", 1), Err(VaultError::WrongPassword { wait }) if wait.num_seconds() == 2)
    );
    assert!(matches!(
        attempt("right", 2),
        Err(VaultError::Throttled { .. })
    ));
    let right = SecretString::from("right");
    let at = noon() + TimeDelta::seconds(3);
    let (mut file, _) = unlock_file(&path, CAMILLE, &right, at).unwrap();
    // More may be asked than the password: only who is let in ends the wait.
    assert_eq!(file.throttle.failures, 2);
    let refusals = file.let_in();
    assert_eq!((refusals.count, refusals.newest.len()), (2, 2));
    assert_eq!(refusals.newest[1].at, noon() + TimeDelta::seconds(1));
    file.save(&path).unwrap();
    let file = KeyFile::load(&path).unwrap();
    assert_eq!(file.throttle, Default::default());
    assert!(file.refusals.is_empty());
}

#[test]
fn an_account_that_does_not_exist_is_answered_like_a_wrong_password() {
    let (_folder, path, _, _) = workspace("right");
    let unknown = unlock_file(&path, INES, &password("right"), noon())
        .err()
        .unwrap();
    assert!(matches!(unknown, VaultError::WrongPassword { .. }));
    assert_eq!(unknown.to_string(), "wrong password");
}

#[test]
fn every_flipped_bit_of_the_file_is_a_typed_error_and_never_a_key() {
    let (_folder, path, _, _) = workspace("right");
    let bytes = std::fs::read(&path).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        match KeyFile::parse(&flipped) {
            Err(
                VaultError::Damaged { .. } | VaultError::Newer { .. } | VaultError::Older { .. },
            ) => {}
            // White space between fields means nothing (a blank becomes a line's end), nor does the last line's end.
            Ok(file) => assert_eq!(file, KeyFile::parse(&bytes).unwrap(), "bit {bit}"),
            Err(other) => panic!("bit {bit}: {other:?}"),
        }
    }
    for length in 0..bytes.len() - 2 {
        assert!(
            matches!(
                KeyFile::parse(&bytes[..length]),
                Err(VaultError::Damaged { .. })
            ),
            "cut at {length}"
        );
    }
}

#[test]
fn a_wrapping_forged_with_a_right_checksum_still_gives_no_key() {
    let (_folder, path, mut file, _) = workspace("right");
    // Whoever can write the file can make the checksum right, by saving it as the program does.
    let wrapped = &mut file.accounts[0].wrappings[0].wrapped;
    let first = if wrapped.starts_with('A') { "B" } else { "A" };
    wrapped.replace_range(0..1, first);
    file.save(&path).unwrap();
    assert!(matches!(
        unlock_file(&path, CAMILLE, &password("right"), noon()),
        Err(VaultError::WrongPassword { .. })
    ));
}

#[test]
fn a_wrapping_moved_to_another_account_does_not_open() {
    let (_folder, path, mut file, key) = workspace("right");
    file.add(&key, account(INES, "Inès Calvet"), &password("hers"), &[])
        .unwrap();
    let camilles = file.accounts[0].wrappings.clone();
    file.accounts[1].wrappings = camilles;
    file.save(&path).unwrap();
    assert!(matches!(
        unlock_file(&path, INES, &password("right"), noon()),
        Err(VaultError::WrongPassword { .. })
    ));
}

#[test]
fn a_derivation_weaker_than_the_floor_or_absurdly_heavy_is_refused() {
    let (_folder, path, file, _) = workspace("right");
    let check = |change: fn(&mut towerify_vault::Kdf), weak: bool| {
        let mut changed = file.clone();
        change(changed.accounts[0].wrappings[0].kdf.as_mut().unwrap());
        changed.save(&path).unwrap();
        match KeyFile::load(&path).err().unwrap() {
            VaultError::TooWeak => assert!(weak),
            VaultError::Damaged { .. } => assert!(!weak),
            other => panic!("{other:?}"),
        }
    };
    check(|kdf| kdf.m_kib = Cost::FLOOR.m_kib - 1, true);
    check(|kdf| kdf.t = 2, true);
    check(|kdf| kdf.p = 0, true);
    check(|kdf| kdf.m_kib = u32::MAX, false);
    check(|kdf| kdf.t = 1000, false);
    check(|kdf| kdf.alg = "argon2i".into(), false);
}

#[test]
fn a_changed_password_opens_and_the_old_one_no_longer_does() {
    let (_folder, path, mut file, key) = workspace("old");
    file.change_password(&key, &password("new")).unwrap();
    file.save(&path).unwrap();
    assert_eq!(file.accounts[0].wrappings.len(), 1);
    let (_, found) = unlock_file(&path, CAMILLE, &password("new"), noon()).unwrap();
    assert!(same(&key, &found));
    assert!(matches!(
        unlock_file(&path, CAMILLE, &password("old"), noon()),
        Err(VaultError::WrongPassword { .. })
    ));
}

#[test]
fn a_second_account_has_a_password_of_its_own_and_the_same_key() {
    let (_folder, path, mut file, key) = workspace("camille's");
    file.add(&key, account(INES, "Inès Calvet"), &password("inès's"), &[])
        .unwrap();
    assert!(matches!(
        file.add(&key, account(INES, "Inès"), &password("x"), &[]),
        Err(VaultError::AccountExists)
    ));
    file.save(&path).unwrap();
    let (_, found) = unlock_file(&path, INES, &password("inès's"), noon()).unwrap();
    assert!(same(&key, &found));
}

#[test]
fn a_file_of_a_later_format_is_refused_as_newer_whatever_else_it_holds() {
    let newer = br#"{ "format": 4, "whatever": [] }"#;
    assert!(matches!(
        KeyFile::parse(newer),
        Err(VaultError::Newer { found: 4, known: 3 })
    ));
    assert!(matches!(
        KeyFile::parse(b"not json"),
        Err(VaultError::Damaged { .. })
    ));
    assert!(matches!(
        KeyFile::parse(br#"{ "format": 1 }"#),
        Err(VaultError::Older { found: 1 })
    ));
}

#[test]
fn an_empty_password_is_refused() {
    let new = NewWorkspace {
        id: Uuid::from_u128(1),
        name: "x".into(),
        kind: WorkspaceKind::Training,
    };
    assert!(matches!(
        KeyFile::create(new, account(CAMILLE, "Camille Morvan"), &password("")),
        Err(VaultError::EmptyPassword)
    ));
}

#[test]
fn neither_a_password_nor_a_recovery_key_nor_a_keyrings_key_is_in_the_file() {
    use secrecy::ExposeSecret;
    let (_folder, path, mut file, keys) = workspace("corne-de-brume");
    let recovery = RecoveryKey::generate().unwrap();
    file.keep_recovery_key(&keys, &recovery).unwrap();
    let recovery = recovery.expose();
    let kept = file.make_keyring_key(&keys).unwrap().expose();
    file.save(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("corne-de-brume"));
    assert!(!text.contains(&recovery.expose_secret()[..9]));
    assert!(!text.contains(&kept.expose_secret()[..16]));
}

#[test]
fn every_way_in_opens_the_same_keys_until_it_is_taken_away() {
    let (_folder, path, mut file, keys) = workspace("right");
    let recovery = RecoveryKey::generate().unwrap();
    file.keep_recovery_key(&keys, &recovery).unwrap();
    let kept = file.make_keyring_key(&keys).unwrap();
    file.save(&path).unwrap();
    let mut file = KeyFile::load(&path).unwrap();
    let typed = RecoveryKey::typed(&recovery.expose()).unwrap();
    let kept = KeyringKey::kept(&kept.expose()).unwrap();
    assert!(same(
        &keys,
        &file.recover(CAMILLE, &typed).unwrap().unwrap()
    ));
    assert!(same(
        &keys,
        &file.unlock_from_keyring(CAMILLE, &kept).unwrap().unwrap()
    ));
    // A changed password leaves them as they are.
    file.change_password(&keys, &password("new")).unwrap();
    assert!(file.recover(CAMILLE, &typed).unwrap().is_some());
    // A new recovery key ends the one before.
    let another = RecoveryKey::generate().unwrap();
    file.keep_recovery_key(&keys, &another).unwrap();
    assert!(file.recover(CAMILLE, &typed).unwrap().is_none());
    assert!(file.remove_way_in(CAMILLE, WrappingKind::Keyring).unwrap());
    assert!(!file.remove_way_in(CAMILLE, WrappingKind::Keyring).unwrap());
    assert!(file.unlock_from_keyring(CAMILLE, &kept).unwrap().is_none());
    assert!(matches!(
        file.remove_way_in(CAMILLE, WrappingKind::Password),
        Err(VaultError::LastWayIn)
    ));
}

#[test]
fn an_account_opens_only_what_it_was_granted() {
    let (_folder, path, mut file, mut camille) = workspace("camille's");
    file.make_key(&mut camille, "customer/glycines").unwrap();
    let customer = ["customer/glycines"];
    file.add(
        &camille,
        account(INES, "Inès Calvet"),
        &password("inès's"),
        &customer,
    )
    .unwrap();
    file.save(&path).unwrap();
    let (_, ines) = unlock_file(&path, INES, &password("inès's"), noon()).unwrap();
    assert_eq!(ines.held().collect::<Vec<_>>(), customer);
    assert!(same(&camille, &ines));
    assert!(opens(&camille, &ines, "customer/glycines"));
    // The administrator's secrets: not with the sealer, and not under any key that hers can be derived to.
    let sealed = camille.sealer(ENDORSING).seal(PLACE, b"x").unwrap();
    assert_eq!(
        ines.sealer(ENDORSING).open(PLACE, &sealed).err(),
        Some(SealError::NotHeld)
    );
    assert!(
        Sealer::new(ines.data(), ENDORSING)
            .open(PLACE, &sealed)
            .is_err()
    );
    assert_eq!(
        ines.sealer(ENDORSING).seal(PLACE, b"x").err(),
        Some(SealError::NotHeld)
    );
}

#[test]
fn only_who_holds_a_key_grants_it_and_only_an_administrator_makes_accounts() {
    let (_folder, _, mut file, camille) = workspace("camille's");
    file.add(
        &camille,
        account(INES, "Inès Calvet"),
        &password("inès's"),
        &[],
    )
    .unwrap();
    let ines = file.unlock(INES, &password("inès's"), noon()).unwrap();
    let new = || account(Uuid::from_u128(3), "Noé Kermarec");
    for refused in [
        file.add(&ines, new(), &password("x"), &[]),
        file.add(&camille, new(), &password("x"), &["no such key"]),
        file.grant(&ines, INES, ENDORSING),
        file.reset_password(&ines, CAMILLE, &password("x")),
    ] {
        assert!(matches!(refused, Err(VaultError::NotHeld)));
    }
    assert_eq!(file.accounts.len(), 2);
    file.grant(&camille, INES, ENDORSING).unwrap();
    let ines = file.unlock(INES, &password("inès's"), noon()).unwrap();
    assert!(opens(&camille, &ines, ENDORSING));
    file.add(&ines, new(), &password("x"), &[]).unwrap();
}

#[test]
fn a_public_key_that_somebody_put_into_the_file_is_granted_nothing() {
    let (_folder, path, mut file, camille) = workspace("camille's");
    let noe = Uuid::from_u128(3);
    file.add(
        &camille,
        account(INES, "Inès Calvet"),
        &password("inès's"),
        &[],
    )
    .unwrap();
    file.add(
        &camille,
        account(noe, "Noé Kermarec"),
        &password("noé's"),
        &[],
    )
    .unwrap();
    // Inès may write the file: she puts her own public key, with its endorsement, in Noé's place.
    file.accounts[2].public = file.accounts[1].public.clone();
    file.accounts[2].endorsement = file.accounts[1].endorsement.clone();
    file.save(&path).unwrap();
    let mut file = KeyFile::load(&path).unwrap();
    assert!(matches!(
        file.grant(&camille, noe, ENDORSING),
        Err(VaultError::Forged)
    ));
    let mut again = camille.clone();
    assert!(matches!(
        file.rotate(&mut again, ENDORSING, &[noe]),
        Err(VaultError::Forged)
    ));
    file.grant(&camille, INES, ENDORSING).unwrap();
}

#[test]
fn a_grant_moved_to_another_account_or_name_is_damage() {
    let (_folder, _, mut file, mut camille) = workspace("camille's");
    file.make_key(&mut camille, "customer/a").unwrap();
    file.add(
        &camille,
        account(INES, "Inès Calvet"),
        &password("inès's"),
        &[],
    )
    .unwrap();
    let taken = file.accounts[0]
        .grants
        .iter()
        .find(|grant| grant.key == ENDORSING)
        .unwrap()
        .clone();
    file.accounts[1].grants.push(taken);
    assert!(matches!(
        file.unlock(INES, &password("inès's"), noon()),
        Err(VaultError::Damaged { .. })
    ));
    for grant in &mut file.accounts[0].grants {
        if grant.key == "customer/a" {
            grant.key = "customer/b".into();
        }
    }
    assert!(matches!(
        file.unlock(CAMILLE, &password("camille's"), noon()),
        Err(VaultError::Damaged { .. })
    ));
}

#[test]
fn a_password_reset_by_an_administrator_keeps_the_grants_and_ends_the_other_ways_in() {
    let (_folder, _, mut file, mut camille) = workspace("camille's");
    file.make_key(&mut camille, "customer/a").unwrap();
    file.add(
        &camille,
        account(INES, "Inès Calvet"),
        &password("forgotten"),
        &["customer/a"],
    )
    .unwrap();
    let ines = file.unlock(INES, &password("forgotten"), noon()).unwrap();
    let recovery = RecoveryKey::generate().unwrap();
    file.keep_recovery_key(&ines, &recovery).unwrap();
    file.reset_password(&camille, INES, &password("new"))
        .unwrap();
    let ines = file.unlock(INES, &password("new"), noon()).unwrap();
    assert!(opens(&camille, &ines, "customer/a"));
    assert!(file.recover(INES, &recovery).unwrap().is_none());
    assert!(matches!(
        file.unlock(INES, &password("forgotten"), noon()),
        Err(VaultError::WrongPassword { .. })
    ));
}

#[test]
fn after_a_rotation_those_who_were_kept_open_what_is_new_and_the_others_do_not() {
    let (_folder, path, mut file, camille) = workspace("camille's");
    let noe = Uuid::from_u128(3);
    file.add(
        &camille,
        account(INES, "Inès Calvet"),
        &password("inès's"),
        &[ENDORSING],
    )
    .unwrap();
    file.add(
        &camille,
        account(noe, "Noé Kermarec"),
        &password("noé's"),
        &[ENDORSING],
    )
    .unwrap();
    let sealed = camille.sealer(ENDORSING).seal(PLACE, b"x").unwrap();
    let mut after = camille.clone();
    file.rotate(&mut after, ENDORSING, &[noe]).unwrap();
    assert_eq!(after.replaced().collect::<Vec<_>>(), [ENDORSING]);
    let former = after.former_sealer(ENDORSING).unwrap();
    assert_eq!(former.open(PLACE, &sealed).unwrap().as_slice(), b"x");
    // A program that dies now finds the former key at the next opening; another rotation waits for the end of this one.
    file.save(&path).unwrap();
    let noe_between = file.unlock(noe, &password("noé's"), noon()).unwrap();
    let former = noe_between.former_sealer(ENDORSING).unwrap();
    assert!(former.open(PLACE, &sealed).is_ok());
    assert!(matches!(
        file.rotate(&mut after, ENDORSING, &[noe]),
        Err(VaultError::KeyExists)
    ));
    assert!(file.forget_former(&mut after));
    assert!(after.former_sealer(ENDORSING).is_none());
    file.save(&path).unwrap();
    assert!(!opens(&after, &camille, ENDORSING));
    let mut file = KeyFile::load(&path).unwrap();
    let ines = file.unlock(INES, &password("inès's"), noon()).unwrap();
    assert_eq!(ines.held().count(), 0);
    assert!(ines.former_sealer(ENDORSING).is_none());
    let noe_again = file.unlock(noe, &password("noé's"), noon()).unwrap();
    assert!(opens(&after, &noe_again, ENDORSING));
    // Whoever keeps the new key can grant it again: accounts are endorsed under it.
    file.grant(&noe_again, INES, ENDORSING).unwrap();
}

#[test]
fn administrators_sign_for_the_workspace_and_others_do_not() {
    let (_folder, _, mut file, camille) = workspace("camille's");
    let noe = Uuid::from_u128(3);
    file.add(
        &camille,
        account(INES, "Inès Calvet"),
        &password("inès's"),
        &[],
    )
    .unwrap();
    let both = [ENDORSING, SIGNING];
    file.add(
        &camille,
        account(noe, "Noé Kermarec"),
        &password("noé's"),
        &both,
    )
    .unwrap();
    assert!(
        file.unlock(INES, &password("inès's"), noon())
            .unwrap()
            .signer()
            .is_none()
    );
    let noe = file
        .unlock(noe, &password("noé's"), noon())
        .unwrap()
        .signer()
        .unwrap();
    assert!(is_signed(
        &camille.signer().unwrap().public(),
        b"x",
        &noe.sign(b"x")
    ));
}

#[test]
fn a_removed_account_opens_nothing_any_more() {
    let (_folder, _, mut file, camille) = workspace("camille's");
    file.add(
        &camille,
        account(INES, "Inès Calvet"),
        &password("inès's"),
        &[],
    )
    .unwrap();
    assert!(file.remove(INES));
    assert!(!file.remove(INES));
    assert!(matches!(
        file.unlock(INES, &password("inès's"), noon()),
        Err(VaultError::WrongPassword { .. })
    ));
}

#[test]
fn when_the_file_cannot_be_written_what_was_there_stays() {
    let (folder, path, file, _) = workspace("right");
    let missing = folder.path().join("no such folder").join("keys.json");
    assert!(matches!(file.save(&missing), Err(VaultError::Write { .. })));
    assert!(KeyFile::load(&path).is_ok());
    assert!(matches!(
        KeyFile::load(&missing),
        Err(VaultError::Read { .. })
    ));
    // Nothing half-written is left beside it.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path, _, _) = workspace("right");
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}
