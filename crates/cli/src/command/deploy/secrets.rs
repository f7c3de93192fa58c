//! `towerify secrets …`.

use super::here::Here;
use crate::arguments::{Place, Secrets};
use crate::failure::Failure;
use crate::screen::{Screen, moment};
use crate::secret::asked;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Read as _};
use std::process::ExitCode;
use towerify_deploy::server::{self, SecretName};
use towerify_domain::Words;

/// The longest value that is read from standard input.
const LONGEST: u64 = 64 << 10;

/// Does what is asked.
pub async fn carry_out(asked: &Secrets, screen: &Screen) -> Result<ExitCode, Failure> {
    match asked {
        Secrets::Set {
            pairs,
            stdin,
            place,
        } => set(pairs, *stdin, place, screen).await,
        Secrets::Unset { names, place } => {
            let here = Here::new(place, screen);
            let app = here.app()?;
            let left = server::forget_secrets(&here.server().await?, &app, names).await?;
            listed(&left, screen);
            Ok(ExitCode::SUCCESS)
        }
        Secrets::List { place } => {
            let here = Here::new(place, screen);
            let app = here.app()?;
            let known = server::list_secrets(&here.server().await?, &app).await?;
            listed(&known, screen);
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn set(
    pairs: &[String],
    stdin: bool,
    place: &Place,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let here = Here::new(place, screen);
    let app = here.app()?;
    let values = if stdin {
        from_stdin(pairs)?
    } else {
        given_or_asked(pairs, &here)?
    };
    let known = server::set_secrets(&here.server().await?, &app, &values).await?;
    listed(&known, screen);
    Ok(ExitCode::SUCCESS)
}

fn from_stdin(pairs: &[String]) -> Result<BTreeMap<String, SecretString>, Failure> {
    let [name] = pairs else {
        return Err(one_name());
    };
    if name.contains('=') {
        return Err(one_name());
    }
    let mut value = String::new();
    std::io::stdin()
        .take(LONGEST + 1)
        .read_to_string(&mut value)
        .map_err(|error| Failure::Local(format!("standard input: {error}")))?;
    if value.len() as u64 > LONGEST {
        return Err(Failure::Usage(Words::new(
            "A secret has at most 64 KiB. Nothing was changed.",
            "Un secret a au plus 64 Kio. Rien n'a changé.",
        )));
    }
    let ends = value.trim_end_matches(['\r', '\n']).len();
    value.truncate(ends);
    Ok(BTreeMap::from([(name.clone(), SecretString::from(value))]))
}

fn one_name() -> Failure {
    Failure::Usage(Words::new(
        "--stdin takes one name, without a value: `towerify secrets set NAME --stdin`.",
        "--stdin attend un seul nom, sans valeur : « towerify secrets set NOM --stdin ».",
    ))
}

fn given_or_asked(
    pairs: &[String],
    here: &Here<'_>,
) -> Result<BTreeMap<String, SecretString>, Failure> {
    if pairs.iter().any(|pair| pair.contains('=')) {
        here.remark(&Words::new(
            "A value on the command line stays in your shell's history: better `towerify secrets set NAME`, or --stdin.",
            "Une valeur sur la ligne de commande reste dans l'historique du shell : mieux vaut « towerify secrets set NOM », ou --stdin.",
        ));
    }
    let mut values = BTreeMap::new();
    for pair in pairs {
        let (name, value) = match pair.split_once('=') {
            Some((name, value)) => (name, SecretString::from(value)),
            None if !std::io::stderr().is_terminal() => {
                return Err(Failure::Usage(Words::new(
                    format!(
                        "The value of {pair} can't be asked here: `towerify secrets set {pair} --stdin` reads it."
                    ),
                    format!(
                        "La valeur de {pair} ne peut être demandée ici : « towerify secrets set {pair} --stdin » la lit."
                    ),
                )));
            }
            None => {
                let ask = Words::new(format!("Value of {pair}"), format!("Valeur de {pair}"));
                (pair.as_str(), asked(&ask, here.screen)?)
            }
        };
        values.insert(name.to_owned(), value);
    }
    Ok(values)
}

fn listed(known: &[SecretName], screen: &Screen) {
    let heads = [("Secret", "Secret"), ("Set", "Défini")];
    screen.table(
        &heads,
        known.iter().map(|one| {
            let at = chrono::DateTime::from_timestamp(one.at, 0);
            vec![one.name.clone(), at.map_or_else(String::new, moment)]
        }),
    );
    screen.answer(&known);
}
