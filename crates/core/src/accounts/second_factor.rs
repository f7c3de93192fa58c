//! The second factor of an account: codes of an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds), taken once
//! each, and recovery codes in their place.
//!
//! It guards the program's door, not the file: whoever has the file and the password, and a program of their own, is asked
//! for no code.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Totp};
use towerify_domain::{Permit, Words, id::AccountId, policy::may};
use towerify_store::{SecondFactor, Store};
use towerify_vault::{Keys, own_key};
use zeroize::Zeroizing;

use crate::{
    Actor, AppError, Code, FieldProblem, Result, Topic, Workspace,
    accounts::{Enrolment, RecoveryCodes, about, find, me},
    clock::{now, random_code, random_secret},
    journal::note_about,
};

/// How many recovery codes there are.
const CODES: usize = 10;

/// Shows the secret of a new second factor. It is not asked for before [`confirm`].
///
/// # Errors
/// [`Code::Denied`]; [`Code::WrongPassword`], [`Code::Throttled`].
pub async fn begin(
    workspace: &Workspace,
    actor: &Actor,
    password: SecretString,
) -> Result<Enrolment> {
    let permit = Permit::<may::ManageOwnAccount>::ask(actor)?;
    workspace.keys(&permit).confirm(password).await?;
    let secret = random_secret()?;
    let name = format!("{} – {}", actor.name, workspace.known().name).replace(':', " ");
    let totp = totp(&*secret, &name)?;
    let uri = totp
        .to_url()
        .map_err(|_| AppError::new(Code::Internal, "The second factor's address can't be made."))?;
    let letters: Vec<char> = totp.secret().to_base32().chars().collect();
    let shown = Enrolment {
        secret: letters
            .chunks(4)
            .map(|group| group.iter().collect::<String>())
            .collect::<Vec<_>>()
            .join(" "),
        qr: drawn(&uri)?,
        uri,
    };
    workspace.shown(&permit, |kept| kept.second_factor = Some(secret));
    Ok(shown)
}

/// Puts the second factor in force that was just shown, once a code of it was given. Gives its recovery codes.
///
/// # Errors
/// [`Code::Denied`]; [`Code::InvalidFields`] for a wrong code; [`Code::NotFound`] when none was shown since the workspace was
/// opened.
pub async fn confirm(
    workspace: &Workspace,
    actor: &Actor,
    code: SecretString,
) -> Result<RecoveryCodes> {
    let permit = Permit::<may::ManageOwnAccount>::ask(actor)?;
    let secret = workspace
        .shown(&permit, |kept| kept.second_factor.clone())
        .ok_or_else(|| AppError::not_found("second factor"))?;
    let Some(step) = step_of(&totp(&*secret, "Towerify")?, &code, now()) else {
        return Err(AppError::invalid(vec![FieldProblem {
            field: "code".into(),
            words: Words::new(
                "This is not the code that the app shows now. Is the clock of both devices right?",
                "Ce n’est pas le code que l’application montre. L’heure des deux appareils est-elle juste ?",
            ),
        }]));
    };
    let row = me(workspace, &permit).await?;
    let sealer = workspace.keys(&permit).sealer(&own_key(row.id.uuid()))?;
    let factor = SecondFactor {
        account_id: row.id,
        secret: sealer.seal(SecondFactor::place(row.id), secret.as_ref())?,
        since: now(),
        step,
    };
    let codes = (0..CODES)
        .map(|_| random_code())
        .collect::<Result<Vec<String>>>()?;
    let hashes: Vec<[u8; 32]> = codes
        .iter()
        .map(|code| hash(row.id, &letters(code)))
        .collect();
    workspace
        .store(&permit)
        .second_factors()
        .set(&factor, &hashes)
        .await?;
    workspace.shown(&permit, |kept| kept.second_factor = None);
    note_about(
        workspace,
        &permit,
        "account.second_factor",
        about(&row),
        "done",
        json!({ "now": "on" }),
    )
    .await?;
    workspace.events().changed([Topic::Accounts]);
    Ok(RecoveryCodes { codes })
}

/// Takes one's second factor away, for who shows both the password and a code.
///
/// # Errors
/// [`Code::Denied`]; [`Code::WrongPassword`], [`Code::Throttled`], [`Code::WrongCode`]; [`Code::NotFound`] when there is none.
pub async fn end(
    workspace: &Workspace,
    actor: &Actor,
    password: SecretString,
    code: SecretString,
) -> Result<()> {
    let permit = Permit::<may::ManageOwnAccount>::ask(actor)?;
    let row = me(workspace, &permit).await?;
    let store = workspace.store(&permit);
    let factor = store
        .second_factors()
        .get(row.id)
        .await?
        .ok_or_else(|| AppError::not_found("second factor"))?;
    let keys = workspace.keys(&permit);
    keys.confirm(password).await?;
    if !take(store, &keys.now()?, &factor, &code, now()).await? {
        return Err(keys.refuse_code().await?);
    }
    off(workspace, &permit, &row).await
}

/// Takes the second factor of another account away: whoever lost their device asks an administrator, who shows their own
/// password again.
///
/// # Errors
/// [`Code::Denied`], [`Code::NotFound`]; [`Code::WrongPassword`], [`Code::Throttled`].
pub async fn reset(
    workspace: &Workspace,
    actor: &Actor,
    id: AccountId,
    own: SecretString,
) -> Result<()> {
    let permit = Permit::<may::ManageAccounts>::ask(actor)?;
    let row = find(workspace, &permit, id).await?;
    if id == actor.account {
        return Err(AppError::new(
            Code::AccountNeeded,
            "Your own second factor is taken away with a code of it, or by another administrator.",
        )
        .with("reason", "own_factor"));
    }
    workspace.keys(&permit).confirm(own).await?;
    off(workspace, &permit, &row).await
}

async fn off<P: towerify_domain::policy::Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    row: &towerify_store::Account,
) -> Result<()> {
    let had = workspace
        .store(permit)
        .second_factors()
        .remove(row.id)
        .await?;
    if had {
        let detail = json!({ "now": "off" });
        note_about(
            workspace,
            permit,
            "account.second_factor",
            about(row),
            "done",
            detail,
        )
        .await?;
        workspace.events().changed([Topic::Accounts]);
    }
    Ok(())
}

/// Takes a code, of the app or of recovery: true when it is right and was not taken before.
///
/// # Errors
/// Those of the database; [`Code::WorkspaceDamaged`] when the secret does not open.
pub(crate) async fn take(
    store: &Store,
    keys: &Keys,
    factor: &SecondFactor,
    code: &SecretString,
    now: DateTime<Utc>,
) -> Result<bool> {
    let account = factor.account_id;
    let secret = keys
        .sealer(&own_key(account.uuid()))
        .open(SecondFactor::place(account), &factor.secret)?;
    if let Some(step) = step_of(&totp(&secret, "Towerify")?, code, now) {
        return Ok(store.second_factors().take_step(account, step).await?);
    }
    let hash = hash(account, &letters(code.expose_secret()));
    Ok(store
        .second_factors()
        .take_code(account, &hash, now)
        .await?)
}

fn totp(secret: &[u8], name: &str) -> Result<Totp> {
    Builder::new()
        .with_secret(secret)
        .with_account_name(name)
        .with_issuer(Some("Towerify"))
        .build()
        .map_err(|_| {
            AppError::new(
                Code::WorkspaceDamaged,
                "The secret of the second factor is no secret of one.",
            )
        })
}

/// The time step whose code this is: of now, of the one before or of the one after, for clocks that differ a little.
fn step_of(totp: &Totp, code: &SecretString, now: DateTime<Utc>) -> Option<i64> {
    let digits: Zeroizing<String> = Zeroizing::new(
        code.expose_secret()
            .chars()
            .filter(|sign| !sign.is_whitespace())
            .collect(),
    );
    let seconds = u64::try_from(now.timestamp()).ok()?;
    i64::try_from(totp.check(&digits, seconds)?).ok()
}

/// A recovery code without what separates its groups.
fn letters(code: &str) -> Zeroizing<String> {
    Zeroizing::new(
        code.chars()
            .filter(|sign| !sign.is_whitespace() && *sign != '-')
            .map(|sign| match sign.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                sign => sign,
            })
            .collect(),
    )
}

/// A code has 80 random bits: no slow derivation is needed.
fn hash(account: AccountId, code: &str) -> [u8; 32] {
    let said = Zeroizing::new(format!("towerify recovery code v1|{account}|{code}"));
    Sha256::digest(said.as_bytes()).into()
}

/// A text as a QR code, row by row.
fn drawn(text: &str) -> Result<Vec<String>> {
    let code = qrcodegen::QrCode::encode_text(text, qrcodegen::QrCodeEcc::Medium)
        .map_err(|_| AppError::new(Code::Internal, "The QR code can't be drawn."))?;
    Ok((0..code.size())
        .map(|y| {
            (0..code.size())
                .map(|x| if code.get_module(x, y) { '1' } else { '0' })
                .collect()
        })
        .collect())
}
