//! `towerify access …`: deploy keys.

use super::here::Here;
use crate::arguments::{Access, OfApp};
use crate::failure::Failure;
use crate::screen::Screen;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use towerify_deploy::config::{AppId, AppName, EnvName};
use towerify_deploy::server;
use towerify_domain::Words;

/// The longest file of a public key.
const LONGEST: u64 = 16 << 10;

/// Does what is asked.
pub async fn carry_out(asked: &Access, screen: &Screen) -> Result<ExitCode, Failure> {
    let (Access::Grant { app: of, .. } | Access::Revoke { app: of, .. } | Access::List { app: of }) =
        asked;
    let here = Here::new(&of.place, screen);
    let app = app(of, &here)?;
    let key = match asked {
        Access::Grant { key, .. } | Access::Revoke { key, .. } => line(key)?,
        Access::List { .. } => String::new(),
    };
    let server = here.server().await?;
    let (account, keys) = match asked {
        Access::Grant { .. } => server::grant_key(&server, &app, &key).await?,
        Access::Revoke { .. } => {
            // A whole line names its key by the middle part.
            let part = key.split(' ').nth(1).unwrap_or(&key);
            server::revoke_key(&server, &app, part).await?
        }
        Access::List { .. } => server::keys(&server, &app).await?,
    };
    let heads = [("Type", "Type"), ("Key", "Clé"), ("Name", "Nom")];
    let rows = keys.iter().map(|line| {
        let mut parts = line.splitn(3, ' ').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        vec![next(), shortened(&next()), next()]
    });
    screen.table(&heads, rows);
    here.remark(&match asked {
        Access::Grant { .. } => Words::new(
            format!("The key deploys {app} and nothing else, as {account}. A pipeline: towerify ci."),
            format!("La clé déploie {app} et rien d'autre, avec le compte {account}. Un pipeline : towerify ci."),
        ),
        Access::Revoke { .. } => Words::new(
            format!("The key deploys {app} no longer."),
            format!("La clé ne déploie plus {app}."),
        ),
        Access::List { .. } => Words::new(
            format!("They log in as {account}."),
            format!("Elles se connectent avec le compte {account}."),
        ),
    });
    screen.answer(&json!({ "app": app.as_str(), "account": account, "keys": keys }));
    Ok(ExitCode::SUCCESS)
}

fn app(of: &OfApp, here: &Here<'_>) -> Result<AppId, Failure> {
    let Some(name) = of.name.as_deref() else {
        return here.app();
    };
    AppName::new(name)
        .and_then(|name| AppId::of(&name, &EnvName::new(of.place.env())?))
        .map_err(|problem| Failure::app("name", &problem.words))
}

/// The key's line: as given, or out of a file of that name.
fn line(key: &str) -> Result<String, Failure> {
    let path = Path::new(key);
    if !path.is_file() {
        return Ok(key.trim().to_owned());
    }
    let failed = |error: std::io::Error| Failure::Local(format!("{}: {error}", path.display()));
    if path.metadata().map_err(failed)?.len() > LONGEST {
        return Ok(String::new());
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    if text.contains("PRIVATE KEY") {
        return Err(Failure::Usage(Words::new(
            format!(
                "{} is a private key: give the public one, which ends in .pub. Nothing was sent.",
                path.display()
            ),
            format!(
                "{} est une clé privée : donnez la publique, qui finit par .pub. Rien n'a été envoyé.",
                path.display()
            ),
        )));
    }
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

fn shortened(key: &str) -> String {
    let count = key.chars().count();
    let end: String = key.chars().skip(count.saturating_sub(16)).collect();
    format!("…{end}")
}
