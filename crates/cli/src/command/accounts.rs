//! `towerify accounts …`: who works in the workspace, and what opens it for each.

use super::confirm;
use crate::arguments::{Accounts, Confirmation, Keyring, NewPassword, RecoveryKey, SecondFactor};
use crate::failure::Failure;
use crate::opened::Opened;
use crate::screen::{NONE, Screen, moment};
use crate::secret::{self, Source};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use std::process::ExitCode;
use towerify_core::accounts::{self, Account, NewAccount};
use towerify_core::{AppError, FieldProblem, customers};
use towerify_domain::id::{AccountId, CustomerId};
use towerify_domain::{Rule, Words};

pub async fn carry_out(
    asked: &Accounts,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    match asked {
        Accounts::List => list(opened, screen).await?,
        Accounts::Me => me(opened, screen).await?,
        Accounts::Create {
            name,
            role,
            customer,
            new_password,
        } => {
            let customer = match customer {
                Some(told) => Some(customer_named(told, opened).await?),
                None => None,
            };
            let new = NewAccount {
                name: name.clone(),
                role: (*role).into(),
                customer,
                password: told(new_password, screen)?,
            };
            let id = accounts::create(workspace, actor, new).await?;
            screen.answer(&json!({ "id": id }));
            screen.say(&id.to_string());
        }
        Accounts::Rename { account, name } => {
            let known = named(account, opened).await?;
            accounts::rename(workspace, actor, known.id, name).await?;
            done(screen);
        }
        Accounts::Disable { account } => {
            let known = named(account, opened).await?;
            accounts::disable(workspace, actor, known.id).await?;
            done(screen);
        }
        Accounts::Enable { account } => {
            let known = named(account, opened).await?;
            accounts::enable(workspace, actor, known.id).await?;
            done(screen);
        }
        Accounts::Delete { account, yes } => {
            let known = named(account, opened).await?;
            let what = Words::new(
                format!(
                    "The account of {} goes; what it did stays in the journal.",
                    known.name
                ),
                format!(
                    "Le compte de {} s’en va ; ce qu’il a fait reste au journal.",
                    known.name
                ),
            );
            confirm(*yes, &what, &known.name, screen)?;
            accounts::delete(workspace, actor, known.id).await?;
            done(screen);
        }
        Accounts::ResetPassword {
            account,
            new_password,
        } => {
            let known = named(account, opened).await?;
            let new = told(new_password, screen)?;
            let own = opened.password(screen)?;
            accounts::reset_password(workspace, actor, known.id, own, new).await?;
            done(screen);
        }
        Accounts::Password { new_password } => {
            let new = told(new_password, screen)?;
            let old = opened.password(screen)?;
            accounts::change_password(workspace, actor, old, new).await?;
            done(screen);
        }
        Accounts::Totp(asked) => second_factor(asked, opened, screen).await?,
        Accounts::RecoveryKey(asked) => recovery_key(asked, opened, screen).await?,
        Accounts::Keyring(asked) => {
            match asked {
                Keyring::On => {
                    let password = opened.password(screen)?;
                    accounts::open_on_this_device(&opened.program, workspace, actor, password)
                        .await?;
                }
                Keyring::Off => {
                    accounts::forget_on_this_device(&opened.program, workspace, actor).await?;
                }
            }
            done(screen);
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(opened: &Opened, screen: &Screen) -> Result<(), Failure> {
    let all = accounts::list(&opened.workspace, &opened.actor).await?;
    screen.answer(&all);
    let heads = [
        ("Name", "Nom"),
        ("Role", "Rôle"),
        ("Customer", "Client"),
        ("Since", "Depuis"),
        ("Second factor", "Second facteur"),
        ("State", "État"),
    ];
    screen.table(
        &heads,
        all.into_iter().map(|account| {
            vec![
                account.name,
                screen.pick(&account.role.words()).to_owned(),
                account
                    .customer
                    .map_or_else(|| NONE.to_owned(), |customer| customer.name),
                moment(account.created_at),
                yes(account.second_factor, screen),
                match account.disabled_at {
                    Some(at) => format!("{} {}", screen.of("disabled", "désactivé"), moment(at)),
                    None => screen.of("may work", "peut travailler").to_owned(),
                },
            ]
        }),
    );
    Ok(())
}

async fn me(opened: &Opened, screen: &Screen) -> Result<(), Failure> {
    let own = accounts::own(&opened.workspace, &opened.actor).await?;
    screen.answer(&own);
    let lines = [
        (screen.of("Name", "Nom"), own.name),
        (
            screen.of("Role", "Rôle"),
            screen.pick(&own.role.words()).to_owned(),
        ),
        (
            screen.of("Customer", "Client"),
            own.customer.unwrap_or_else(|| NONE.to_owned()),
        ),
        (
            screen.of("Second factor", "Second facteur"),
            own.second_factor_since.map_or_else(
                || NONE.to_owned(),
                |since| {
                    format!(
                        "{} ({}: {})",
                        moment(since),
                        screen.of("codes left", "codes restants"),
                        own.codes_left
                    )
                },
            ),
        ),
        (
            screen.of("Recovery key", "Clé de secours"),
            yes(own.recovery_key, screen),
        ),
        (screen.of("Keyring", "Trousseau"), yes(own.keyring, screen)),
    ];
    for (head, value) in lines {
        screen.say(&format!("{head}: {value}"));
    }
    Ok(())
}

async fn second_factor(
    asked: &SecondFactor,
    opened: &Opened,
    screen: &Screen,
) -> Result<(), Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    match asked {
        SecondFactor::On { confirmation } => {
            let password = opened.password(screen)?;
            let shown = accounts::begin_second_factor(workspace, actor, password).await?;
            // Shown on the terminal, or told to the program that asked: it must reach the app somehow.
            if screen.json {
                screen.answer(&shown);
            } else {
                shown.qr.iter().for_each(|row| screen.say(&dark(row)));
                screen.say(&format!(
                    "{}: {}",
                    screen.of("Secret", "Secret"),
                    shown.secret
                ));
            }
            let ask = Words::new("Code that the app shows", "Code que montre l’application");
            let code = source(confirmation).line_or_asked(&ask, screen)?;
            let codes = accounts::confirm_second_factor(workspace, actor, code).await?;
            screen.answer(&codes);
            screen.say(screen.of(
                "The second factor is on. These codes open in its place, once each; keep them apart:",
                "Le second facteur est actif. Ces codes ouvrent à sa place, une fois chacun ; gardez-les à part :",
            ));
            codes.codes.iter().for_each(|code| screen.say(code));
        }
        SecondFactor::Off { confirmation } => {
            let password = opened.password(screen)?;
            let ask = Words::new("Code of the second factor", "Code du second facteur");
            let code = source(confirmation).line_or_asked(&ask, screen)?;
            accounts::end_second_factor(workspace, actor, password, code).await?;
            done(screen);
        }
        SecondFactor::Reset { account } => {
            let known = named(account, opened).await?;
            let own = opened.password(screen)?;
            accounts::reset_second_factor(workspace, actor, known.id, own).await?;
            done(screen);
        }
    }
    Ok(())
}

async fn recovery_key(
    asked: &RecoveryKey,
    opened: &Opened,
    screen: &Screen,
) -> Result<(), Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    match asked {
        RecoveryKey::New { confirmation } => {
            let password = opened.password(screen)?;
            let shown = accounts::new_recovery_key(workspace, actor, password).await?;
            screen.answer(&shown);
            screen.say(&shown.key);
            screen.say(screen.of(
                "Write it down, and keep it where your password is not. It is not shown again.",
                "Notez-la, et gardez-la loin de votre mot de passe. Elle n’est plus montrée ensuite.",
            ));
            let all = source(confirmation).whole()?;
            let mut lines = all.as_ref().map(|all| all.expose_secret().lines());
            let mut typed = Vec::new();
            for place in shown.asked {
                let group = match &mut lines {
                    Some(lines) => SecretString::from(lines.next().unwrap_or_default()),
                    None => secret::asked(
                        &Words::new(format!("Group {place}"), format!("Groupe {place}")),
                        screen,
                    )?,
                };
                typed.push((place, group));
            }
            accounts::confirm_recovery_key(workspace, actor, typed).await?;
            done(screen);
        }
        RecoveryKey::Drop => {
            accounts::drop_recovery_key(workspace, actor).await?;
            done(screen);
        }
    }
    Ok(())
}

/// The account of this name or id.
async fn named(told: &str, opened: &Opened) -> Result<Account, Failure> {
    let all = accounts::list(&opened.workspace, &opened.actor).await?;
    let id = told.parse::<AccountId>().ok();
    all.into_iter()
        .find(|known| Some(known.id) == id || known.name.to_lowercase() == told.to_lowercase())
        .ok_or_else(|| AppError::not_found("account").into())
}

async fn customer_named(told: &str, opened: &Opened) -> Result<CustomerId, Failure> {
    let all = customers::list(&opened.workspace, &opened.actor).await?;
    let id = told.parse::<CustomerId>().ok();
    all.into_iter()
        .find(|known| Some(known.id) == id || known.name.to_lowercase() == told.to_lowercase())
        .map(|known| known.id)
        .ok_or_else(|| AppError::not_found("customer").into())
}

/// A new password; typed twice when it is typed.
pub(super) fn told(from: &NewPassword, screen: &Screen) -> Result<SecretString, Failure> {
    let source = Source {
        file: from.new_password_file.as_ref(),
        fd: from.new_password_fd,
    };
    if let Some(password) = source.line()? {
        return Ok(password);
    }
    let password = secret::asked(&Words::new("New password", "Nouveau mot de passe"), screen)?;
    let again = secret::asked(&Words::new("The same again", "Encore une fois"), screen)?;
    if password.expose_secret() != again.expose_secret() {
        let problem = FieldProblem {
            field: "password".into(),
            words: Rule::Differs.words(),
        };
        return Err(AppError::invalid(vec![problem]).into());
    }
    Ok(password)
}

fn source(confirmation: &Confirmation) -> Source<'_> {
    Source {
        file: confirmation.confirmation_file.as_ref(),
        fd: confirmation.confirmation_fd,
    }
}

/// A row of a QR code, two signs a module, dark on light whatever the terminal's colours are.
fn dark(row: &str) -> String {
    row.chars()
        .map(|module| if module == '1' { "  " } else { "██" })
        .collect()
}

fn yes(is: bool, screen: &Screen) -> String {
    match is {
        true => screen.of("yes", "oui").to_owned(),
        false => NONE.to_owned(),
    }
}

fn done(screen: &Screen) {
    screen.answer(&json!({ "ok": true }));
}
