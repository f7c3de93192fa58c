//! The choices of a provisioning: a profile's or the defaults, then a file's, then those told, then what a person is
//! asked for.

use crate::arguments::{Chosen, ProvisionSecrets};
use crate::failure::Failure;
use crate::opened::Opened;
use crate::screen::Screen;
use crate::secret::{self, Source};
use secrecy::SecretString;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use towerify_core::provisioning::{self, Choices};
use towerify_core::{AppError, Code};
use towerify_domain::Words;
use towerify_domain::provisioning::{Certificate, Dns, Password, Source as From};

/// Everything that is chosen. What is missing without a default is asked for, where somebody can be asked.
pub async fn of(
    told: &Chosen,
    secrets: &ProvisionSecrets,
    opened: &Opened,
    screen: &Screen,
) -> Result<Choices, Failure> {
    let mut choices = match &told.profile {
        Some(name) => profile(name, opened).await?,
        None => Choices::default(),
    };
    if let Some(file) = &told.choices_file {
        choices = with_file(choices, file)?;
    }
    apply(told, secrets, &mut choices)?;
    let missing = [
        (&mut choices.domain, "Main domain", "Domaine principal"),
        (
            &mut choices.admin,
            "First administrator's user name",
            "Nom d’utilisateur du premier administrateur",
        ),
        (&mut choices.admin_fullname, "Their name", "Son nom"),
    ];
    for (answer, en, fr) in missing {
        if answer.is_empty() {
            *answer = typed(screen.of(en, fr));
        }
    }
    Ok(choices)
}

async fn profile(name: &str, opened: &Opened) -> Result<Choices, Failure> {
    let known = provisioning::profiles(&opened.workspace, &opened.actor).await?;
    let found = known.into_iter().find(|profile| profile.name == name);
    let missing = || AppError::new(Code::NotFound, format!("There is no profile {name}."));
    Ok(found.ok_or_else(missing)?.choices)
}

/// The fields that the file has, over those that are there.
fn with_file(choices: Choices, file: &PathBuf) -> Result<Choices, Failure> {
    let text = text(file)?;
    let wrong = |error: &dyn std::fmt::Display| {
        let file = file.display();
        Failure::Usage(Words::new(
            format!("{file} is not an object of choices: {error}"),
            format!("{file} n’est pas un objet de choix : {error}"),
        ))
    };
    let told: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    let mut all = serde_json::to_value(choices).map_err(|error| wrong(&error))?;
    if let Some(all) = all.as_object_mut() {
        if let Some(strange) = told.keys().find(|name| !all.contains_key(*name)) {
            return Err(wrong(&format!("“{strange}”?")));
        }
        all.extend(told);
    }
    serde_json::from_value(all).map_err(|error| wrong(&error))
}

fn apply(told: &Chosen, secrets: &ProvisionSecrets, choices: &mut Choices) -> Result<(), Failure> {
    fn put<T: Clone>(place: &mut T, told: &Option<T>) {
        if let Some(told) = told {
            place.clone_from(told);
        }
    }
    put(&mut choices.domain, &told.domain);
    put(&mut choices.admin, &told.admin);
    put(&mut choices.admin_fullname, &told.fullname);
    put(&mut choices.ssh_port, &told.ssh_port);
    put(&mut choices.mail, &told.mail);
    put(&mut choices.api, &told.api);
    put(&mut choices.unattended_upgrades, &told.unattended_upgrades);
    put(&mut choices.backup, &told.backup);
    put(&mut choices.branch, &told.branch.map(Into::into));
    put(&mut choices.certificate, &told.certificate.map(Into::into));
    put(&mut choices.source_sha256, &told.installer_sha256);
    if told.no_dns {
        choices.dns = Dns::None;
    }
    if let Some(resolver) = &told.resolver {
        choices.dns = Dns::Resolver;
        choices.resolver.clone_from(resolver);
    }
    if let Some(file) = &told.certificate_chain {
        choices.certificate = Certificate::Own;
        choices.certificate_chain = text(file)?;
    }
    if let Some(address) = &told.installer {
        choices.source = From::Address;
        choices.source_address.clone_from(address);
    }
    if let Some(file) = &told.installer_file {
        choices.source = From::File;
        choices.source_file = text(file)?;
    }
    if !told.never_ban.is_empty() {
        choices.never_ban.clone_from(&told.never_ban);
    }
    if !told.tags.is_empty() {
        choices.tags.clone_from(&told.tags);
    }
    if told.customer.is_some() {
        choices.customer.clone_from(&told.customer);
    }
    if told.second_way_in {
        choices.second_way_in = true;
    }
    let given = secrets.ask_admin_password
        || secrets.admin_password_file.is_some()
        || secrets.admin_password_fd.is_some();
    if given {
        choices.password = Password::Given;
    }
    Ok(())
}

/// The first administrator's password, where one is given.
pub fn password(
    secrets: &ProvisionSecrets,
    choices: &Choices,
    screen: &Screen,
) -> Result<Option<SecretString>, Failure> {
    if choices.password == Password::Generated {
        return Ok(None);
    }
    let admin = &choices.admin;
    let ask = Words::new(
        format!("Password of {admin}"),
        format!("Mot de passe de {admin}"),
    );
    let source = Source {
        file: secrets.admin_password_file.as_ref(),
        fd: secrets.admin_password_fd,
    };
    match source.line()? {
        Some(password) => Ok(Some(password)),
        None => secret::asked(&ask, screen).map(Some),
    }
}

/// The key of one's own certificate, where one is given.
pub fn certificate_key(secrets: &ProvisionSecrets) -> Result<Option<SecretString>, Failure> {
    let source = Source {
        file: secrets.certificate_key_file.as_ref(),
        fd: None,
    };
    source.whole()
}

fn text(file: &PathBuf) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| {
        let file = file.display();
        Failure::Usage(Words::new(
            format!("{file} could not be read: {error}"),
            format!("{file} n’a pas pu être lu : {error}"),
        ))
    })
}

/// What a person types; nothing where there is nobody: then the answer is missing, and the core says so.
fn typed(ask: &str) -> String {
    if !std::io::stdin().is_terminal() {
        return String::new();
    }
    let _ = write!(std::io::stderr(), "{ask}: ");
    let mut line = String::new();
    let _ = std::io::stdin().lock().read_line(&mut line);
    line.trim().to_owned()
}
