//! `towerify update` on a copy of the binary: what the key signed takes its place, nothing else does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake2::{Blake2b512, Digest as _};
use ed25519_dalek::{Signer as _, SigningKey};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

const ID: &[u8] = b"testkey8";

fn signed(key: &SigningKey, program: &[u8], comment: &str) -> String {
    let signature = key.sign(&Blake2b512::digest(program)).to_bytes();
    let whole = key.sign(&[&signature, comment.as_bytes()].concat());
    format!(
        "untrusted comment: of a test\n{}\ntrusted comment: {comment}\n{}\n",
        STANDARD.encode([b"ED", ID, &signature].concat()),
        STANDARD.encode(whole.to_bytes())
    )
}

fn run(program: &Path, words: &[&str]) -> Output {
    Command::new(program)
        .args(words)
        .env_clear()
        .env("LANG", "C.UTF-8")
        .output()
        .unwrap()
}

#[test]
fn a_signed_newer_program_takes_the_place_and_a_forged_or_older_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (program, new) = (folder.path().join("towerify"), folder.path().join("new"));
    fs::copy(env!("CARGO_BIN_EXE_towerify"), &program).unwrap();
    let before = fs::metadata(&program).unwrap().len();
    let script = "#!/bin/sh\necho the new one\n";
    fs::write(&new, script).unwrap();
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = STANDARD.encode([b"Ed", ID, key.verifying_key().as_bytes()].concat());
    let system = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    let sign = |version: &str| {
        let text = signed(
            &key,
            script.as_bytes(),
            &format!("towerify {version} {system}"),
        );
        fs::write(folder.path().join("new.minisig"), text).unwrap();
    };
    let words = ["update", new.to_str().unwrap(), "--public-key", &public];
    let refused = |said: &str| {
        let output = run(&program, &words);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code() == Some(1) && text.contains(said),
            "{said}: {text}"
        );
        assert_eq!(fs::metadata(&program).unwrap().len(), before, "{said}");
    };
    refused("can't be read");
    sign("0.0.1");
    refused("is older than this towerify");
    sign("99.0.0");
    fs::write(&new, script.replace("new", "bad")).unwrap();
    refused("is not what the key signed");
    fs::write(&new, script).unwrap();
    let output = run(&program, &words[..2]);
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("built without a release key"),
        "{output:?}"
    );

    let output = run(&program, &words);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "towerify 99.0.0 is in place.\n"
    );
    assert_eq!(
        String::from_utf8_lossy(&run(&program, &[]).stdout),
        "the new one\n"
    );
    assert_eq!(
        fs::metadata(&program).unwrap().permissions().mode() & 0o777,
        0o755
    );
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|one| one.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 3, "nothing else is left: {left:?}");
}
