//! `towerify update`: a newer program in the place of this one, from a file that its makers signed (minisign).
//!
//! Everything that is believed is signed: the file by its signature, name, version and system by the signature's trusted
//! comment, `towerify 1.4.0 linux-x86_64`. Without the key's word nothing is replaced, and never by something older.

use crate::arguments::Update;
use crate::failure::Failure;
use crate::screen::Screen;
use minisign_verify::{PublicKey, Signature};
use semver::Version;
use serde_json::json;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use towerify_domain::Words;

/// The public key of those who built this program; nothing where they built it without.
const BUILT_IN: Option<&str> = option_env!("TOWERIFY_RELEASE_KEY");
/// The largest program that is looked at.
const LARGEST: u64 = 512 << 20;

/// Why the program was not replaced.
#[derive(Debug)]
enum UpdateError {
    /// No key is built in, and none given.
    NoKey,
    /// The key is not one.
    Key,
    /// A file can't be read.
    Read(PathBuf, io::Error),
    /// More than a program has.
    TooLarge(PathBuf),
    /// The signature's file is not one.
    NotASignature(PathBuf),
    /// The file is not what was signed, or another key signed it.
    Forged(PathBuf),
    /// The signed comment does not say what this is.
    Unnamed(String),
    /// It is for another system.
    OtherSystem(String),
    /// It is older than this program.
    Older(Version),
    /// It could not be put in its place.
    Replace(io::Error),
}

impl UpdateError {
    const fn code(&self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::Key => "key",
            Self::Read(..) => "read",
            Self::TooLarge(_) => "too_large",
            Self::NotASignature(_) => "not_a_signature",
            Self::Forged(_) => "forged",
            Self::Unnamed(_) => "unnamed",
            Self::OtherSystem(_) => "other_system",
            Self::Older(_) => "older",
            Self::Replace(_) => "replace",
        }
    }

    fn words(&self) -> Words {
        match self {
            Self::NoKey => Words::new(
                "This towerify was built without a release key: give --public-key, from those who build yours. Nothing was changed.",
                "Ce towerify a été construit sans clé de publication : donnez --public-key, de ceux qui construisent le vôtre. Rien n'a changé.",
            ),
            Self::Key => Words::new(
                "The public key is not one of minisign's (56 letters, the second line of its file). Nothing was changed.",
                "La clé publique n'est pas une clé de minisign (56 caractères, la deuxième ligne de son fichier). Rien n'a changé.",
            ),
            Self::Read(path, error) => Words::new(
                format!(
                    "{} can't be read: {error}. Nothing was changed.",
                    path.display()
                ),
                format!(
                    "{} est illisible : {error}. Rien n'a changé.",
                    path.display()
                ),
            ),
            Self::TooLarge(path) => Words::new(
                format!(
                    "{} is too large to be a program. Nothing was changed.",
                    path.display()
                ),
                format!(
                    "{} est trop grand pour être un programme. Rien n'a changé.",
                    path.display()
                ),
            ),
            Self::NotASignature(path) => Words::new(
                format!(
                    "{} is no signature of minisign's. Nothing was changed.",
                    path.display()
                ),
                format!(
                    "{} n'est pas une signature de minisign. Rien n'a changé.",
                    path.display()
                ),
            ),
            Self::Forged(path) => Words::new(
                format!(
                    "{} is not what the key signed. Do not run it. Nothing was changed.",
                    path.display()
                ),
                format!(
                    "{} n'est pas ce que la clé a signé. Ne l'exécutez pas. Rien n'a changé.",
                    path.display()
                ),
            ),
            Self::Unnamed(comment) => Words::new(
                format!(
                    "The signed comment is `{comment}`, and not `towerify VERSION SYSTEM`. Nothing was changed."
                ),
                format!(
                    "Le commentaire signé est « {comment} », et non « towerify VERSION SYSTÈME ». Rien n'a changé."
                ),
            ),
            Self::OtherSystem(system) => Words::new(
                format!(
                    "This is for {system}, and this computer is {}. Nothing was changed.",
                    system_here()
                ),
                format!(
                    "C'est pour {system}, et cet ordinateur est {}. Rien n'a changé.",
                    system_here()
                ),
            ),
            Self::Older(version) => Words::new(
                format!(
                    "{version} is older than this towerify ({}). Nothing was changed.",
                    env!("CARGO_PKG_VERSION")
                ),
                format!(
                    "{version} est plus ancien que ce towerify ({}). Rien n'a changé.",
                    env!("CARGO_PKG_VERSION")
                ),
            ),
            Self::Replace(error) => Words::new(
                format!(
                    "The new program could not be put in the place of this one: {error}. This one stays."
                ),
                format!(
                    "Le nouveau programme n'a pas pu prendre la place de celui-ci : {error}. Celui-ci reste."
                ),
            ),
        }
    }
}

impl From<UpdateError> for Failure {
    fn from(error: UpdateError) -> Self {
        Self::Refused {
            code: error.code(),
            words: error.words(),
            details: serde_json::Value::Null.into(),
        }
    }
}

/// `towerify update`.
pub fn update(asked: &Update, screen: &Screen) -> Result<ExitCode, Failure> {
    let key = asked.public_key.as_deref().or(BUILT_IN);
    let key = key.ok_or(UpdateError::NoKey)?;
    let mut beside = asked.file.clone().into_os_string();
    beside.push(".minisig");
    let signature = asked.signature.clone().unwrap_or_else(|| beside.into());
    let program = read(&asked.file)?;
    let version = checked(
        (&asked.file, &program),
        (&signature, &read(&signature)?),
        key,
        &here(),
    )?;
    let is_new = version > here();
    if is_new {
        put_in_place(&program).map_err(UpdateError::Replace)?;
    }
    if !asked.quiet {
        screen.say(&match (is_new, screen.language) {
            (true, towerify_domain::Language::En) => format!("towerify {version} is in place."),
            (true, towerify_domain::Language::Fr) => format!("towerify {version} est en place."),
            (false, towerify_domain::Language::En) => {
                format!("This is towerify {version} already.")
            }
            (false, towerify_domain::Language::Fr) => format!("C'est déjà towerify {version}."),
        });
    }
    screen.answer(&json!({ "version": version.to_string(), "replaced": is_new }));
    Ok(ExitCode::SUCCESS)
}

fn here() -> Version {
    // Cargo takes no version that is not one.
    Version::parse(env!("CARGO_PKG_VERSION")).unwrap_or(Version::new(0, 0, 0))
}

fn system_here() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

fn read(path: &Path) -> Result<Vec<u8>, UpdateError> {
    let failed = |error| UpdateError::Read(path.to_owned(), error);
    if std::fs::metadata(path).map_err(failed)?.len() > LARGEST {
        return Err(UpdateError::TooLarge(path.to_owned()));
    }
    std::fs::read(path).map_err(failed)
}

/// The version of a program whose signature holds, and which is for this system and not older than `here`.
fn checked(
    (file, program): (&Path, &[u8]),
    (beside, signature): (&Path, &[u8]),
    key: &str,
    here: &Version,
) -> Result<Version, UpdateError> {
    let key = PublicKey::from_base64(key.trim()).map_err(|_| UpdateError::Key)?;
    let not_a_signature = || UpdateError::NotASignature(beside.to_owned());
    let text = std::str::from_utf8(signature).map_err(|_| not_a_signature())?;
    let signature = Signature::decode(text).map_err(|_| not_a_signature())?;
    key.verify(program, &signature, false)
        .map_err(|_| UpdateError::Forged(file.to_owned()))?;
    let comment = signature.trusted_comment();
    let unnamed = || UpdateError::Unnamed(towerify_domain::text::line(comment, 100));
    let mut words = comment.split_ascii_whitespace();
    let (Some("towerify"), Some(version), Some(system), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(unnamed());
    };
    let version = Version::parse(version).map_err(|_| unnamed())?;
    if system != system_here() {
        return Err(UpdateError::OtherSystem(towerify_domain::text::line(
            system, 60,
        )));
    }
    if version < *here {
        return Err(UpdateError::Older(version));
    }
    Ok(version)
}

/// What was checked is what is put in place: from memory, by way of a file that nobody else may write.
fn put_in_place(program: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(program)?;
    file.flush()?;
    self_replace::self_replace(file.path())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use blake2::{Blake2b512, Digest as _};
    use ed25519_dalek::{Signer as _, SigningKey};

    /// A key pair of minisign's, by its own format.
    struct Pair(SigningKey);

    const ID: &[u8] = b"testkey8";

    impl Pair {
        fn new(seed: u8) -> Self {
            Self(SigningKey::from_bytes(&[seed; 32]))
        }

        fn public(&self) -> String {
            STANDARD.encode([b"Ed", ID, self.0.verifying_key().as_bytes()].concat())
        }

        fn sign(&self, program: &[u8], comment: &str) -> String {
            let signature = self.0.sign(&Blake2b512::digest(program)).to_bytes();
            let whole = self.0.sign(&[&signature, comment.as_bytes()].concat());
            format!(
                "untrusted comment: of a test\n{}\ntrusted comment: {comment}\n{}\n",
                STANDARD.encode([b"ED", ID, &signature].concat()),
                STANDARD.encode(whole.to_bytes())
            )
        }
    }

    #[track_caller]
    fn check(pair: &Pair, program: &[u8], signature: &[u8], expected: Result<&str, &str>) {
        let (file, beside) = (Path::new("new"), Path::new("new.minisig"));
        let here = Version::new(1, 4, 0);
        let got = checked((file, program), (beside, signature), &pair.public(), &here);
        let got = got
            .map(|version| version.to_string())
            .map_err(|error| error.code());
        assert_eq!(got.as_deref().map_err(|code| *code), expected);
    }

    #[test]
    fn only_what_the_key_signed_for_this_system_and_is_not_older_is_taken() {
        let (pair, other) = (Pair::new(1), Pair::new(2));
        let (program, system) = (b"a program".as_slice(), system_here());
        let taken = |comment: &str, expected| {
            check(
                &pair,
                program,
                pair.sign(program, comment).as_bytes(),
                expected,
            );
        };
        taken(&format!("towerify 1.5.0 {system}"), Ok("1.5.0"));
        taken(&format!("towerify 1.4.0 {system}"), Ok("1.4.0"));
        taken(&format!("towerify 1.4.0-beta.1 {system}"), Err("older"));
        taken(&format!("towerify 1.3.9 {system}"), Err("older"));
        taken("towerify 1.5.0 plan9-vax", Err("other_system"));
        taken(&format!("another 1.5.0 {system}"), Err("unnamed"));
        taken("file:new", Err("unnamed"));
        let good = pair.sign(program, &format!("towerify 1.5.0 {system}"));
        check(&pair, b"a pr0gram", good.as_bytes(), Err("forged"));
        check(&other, program, good.as_bytes(), Err("forged"));
        // The comment is signed too.
        let old = pair.sign(program, &format!("towerify 1.3.0 {system}"));
        let promoted = old.replace("towerify 1.3.0", "towerify 1.6.0");
        check(&pair, program, promoted.as_bytes(), Err("forged"));
        check(
            &pair,
            program,
            b"untrusted comment: x\n",
            Err("not_a_signature"),
        );
        check(&pair, program, b"\xff", Err("not_a_signature"));
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        let (file, here) = (Path::new("new"), Version::new(1, 4, 0));
        let got = checked((file, b""), (file, b""), "RWQ", &here);
        assert_eq!(got.unwrap_err().code(), "key");
    }
}
