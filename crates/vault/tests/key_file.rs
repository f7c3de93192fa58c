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
    Cost, DataKey, KeyFile, NewAccount, NewWorkspace, Place, Sealer, VaultError, WorkspaceKind,
    unlock_file,
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
fn workspace(secret: &str) -> (TempDir, PathBuf, KeyFile, DataKey) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let new = NewWorkspace {
        id: Uuid::from_u128(1),
        name: "Tour & Cie".into(),
        kind: WorkspaceKind::Normal,
    };
    let (file, key) =
        KeyFile::create(new, account(CAMILLE, "Camille Morvan"), &password(secret)).unwrap();
    file.save(&path).unwrap();
    (folder, path, file, key)
}

fn same(a: &DataKey, b: &DataKey) -> bool {
    let place = Place {
        table: "t",
        column: "c",
        row: CAMILLE,
    };
    let sealed = Sealer::new(a, "test").seal(place, b"x").unwrap();
    Sealer::new(b, "test").open(place, &sealed).is_ok()
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
    attempt("right", 3).unwrap();
    assert_eq!(KeyFile::load(&path).unwrap().throttle, Default::default());
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
            Err(VaultError::Damaged { .. } | VaultError::Newer { .. }) => {}
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
    file.add_account(account(INES, "Inès Calvet"), &key, &password("hers"))
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
    file.rewrap(CAMILLE, &key, &password("new")).unwrap();
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
    file.add_account(account(INES, "Inès Calvet"), &key, &password("inès's"))
        .unwrap();
    assert!(matches!(
        file.add_account(account(INES, "Inès"), &key, &password("x")),
        Err(VaultError::AccountExists)
    ));
    file.save(&path).unwrap();
    let (_, found) = unlock_file(&path, INES, &password("inès's"), noon()).unwrap();
    assert!(same(&key, &found));
}

#[test]
fn a_file_of_a_later_format_is_refused_as_newer_whatever_else_it_holds() {
    let newer = br#"{ "format": 2, "whatever": [] }"#;
    assert!(matches!(
        KeyFile::parse(newer),
        Err(VaultError::Newer { found: 2, known: 1 })
    ));
    assert!(matches!(
        KeyFile::parse(b"not json"),
        Err(VaultError::Damaged { .. })
    ));
    assert!(matches!(
        KeyFile::parse(br#"{ "format": 0 }"#),
        Err(VaultError::Damaged { .. })
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
fn neither_the_password_nor_the_data_key_is_in_the_file() {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let (_folder, path, mut file, _) = workspace("corne-de-brume");
    let known = DataKey::from_bytes(*b"0123456789abcdefghijklmnopqrstuv");
    file.rewrap(CAMILLE, &known, &password("corne-de-brume"))
        .unwrap();
    file.save(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("corne-de-brume"));
    assert!(!text.contains("0123456789abcdef"));
    assert!(!text.contains(&BASE64_STANDARD.encode(b"0123456789abcdefghijklmnopqrstuv")[..20]));
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
