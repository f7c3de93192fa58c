//! `towerify servers import-ssh`: adds the hosts of `~/.ssh/config`. A host is added when this user's own `known_hosts`
//! has the key that it offers, and when one can log in without being asked; what was left out is said, with why.

use super::reach;
use crate::arguments::ImportSsh;
use crate::failure::{Failure, SOME_FAILED};
use crate::opened::Opened;
use crate::screen::Screen;
use serde::Serialize;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::task::JoinSet;
use towerify_core::Code;
use towerify_core::servers::{
    self, Address, HowChecked, KnownHostsSay, Login, NewServer, OfferedKey, SshConfigHost,
};
use towerify_domain::Words;

/// Hosts that are looked at at once.
const AT_ONCE: usize = 16;

/// What became of a host.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    address: String,
    port: u16,
    user: String,
    outcome: Outcome,
    /// Why it was left out.
    why: Option<Words>,
    /// What it offers, where it was looked at.
    fingerprint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// It was added.
    Added,
    /// It would be.
    WouldBeAdded,
    /// It is in the fleet already.
    There,
    /// It was left out.
    LeftOut,
}

impl Outcome {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Added => ("added", "ajouté"),
            Self::WouldBeAdded => ("would be added", "serait ajouté"),
            Self::There => ("there already", "déjà là"),
            Self::LeftOut => ("left out", "laissé de côté"),
        }
    }
}

pub async fn import(
    asked: &ImportSsh,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let config = servers::ssh_config_hosts(&opened.workspace, &opened.actor).await?;
    for note in &config.notes {
        screen.remark(&Words::same(note.as_str()));
    }
    let mut left: Vec<SshConfigHost> = config
        .matching(asked.pattern.as_deref())
        .into_iter()
        .cloned()
        .collect();
    if left.is_empty() {
        return Err(nothing(&config.file, asked.pattern.as_deref()));
    }
    let mut rows = Vec::new();
    // Those behind a jump host have their turn once it is in the fleet.
    loop {
        let (now, later): (Vec<_>, Vec<_>) = left.into_iter().partition(reachable);
        left = later;
        if now.is_empty() {
            break;
        }
        rows.extend(take(asked, now, opened).await?);
        if asked.dry_run {
            break;
        }
        let config = servers::ssh_config_hosts(&opened.workspace, &opened.actor).await?;
        let again = |host: SshConfigHost| {
            let fresh = config.hosts.iter().find(|fresh| fresh.name == host.name);
            fresh.cloned().unwrap_or(host)
        };
        left = left.into_iter().map(again).collect();
    }
    rows.extend(left.into_iter().map(|host| behind(asked, host)));
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    tell(&rows, screen);
    let out = rows
        .iter()
        .filter(|row| row.outcome == Outcome::LeftOut)
        .count();
    Ok(match out {
        0 => ExitCode::SUCCESS,
        _ if asked.dry_run => ExitCode::SUCCESS,
        out if out == rows.len() => ExitCode::from(1),
        _ => ExitCode::from(SOME_FAILED),
    })
}

fn nothing(file: &str, pattern: Option<&str>) -> Failure {
    let pattern = pattern.unwrap_or("*");
    Failure::Refused {
        code: "not_found",
        words: Words::new(
            format!("{file} names no host like “{pattern}”."),
            format!("{file} ne nomme aucun hôte tel que « {pattern} »."),
        ),
        details: serde_json::json!({ "what": "ssh_host", "name": pattern }).into(),
    }
}

fn reachable(host: &SshConfigHost) -> bool {
    host.jump.as_ref().is_none_or(|jump| jump.server.is_some())
}

/// Looks at these at once, then adds them one by one.
async fn take(
    asked: &ImportSsh,
    hosts: Vec<SshConfigHost>,
    opened: &Opened,
) -> Result<Vec<Row>, Failure> {
    let (there, new): (Vec<_>, Vec<_>) = hosts.into_iter().partition(|host| host.server.is_some());
    let mut rows: Vec<Row> = there
        .into_iter()
        .map(|host| row(asked, host, Outcome::There, None))
        .collect();
    let mut looks = JoinSet::new();
    let room = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    for host in new {
        let (workspace, actor) = (Arc::clone(&opened.workspace), opened.actor.clone());
        let (room, address) = (Arc::clone(&room), address(&host));
        let _ = looks.spawn(async move {
            let _place = room.acquire().await;
            let offered = servers::offered_key(&workspace, &actor, address).await;
            (host, offered)
        });
    }
    for (host, offered) in looks.join_all().await {
        rows.push(match offered {
            Ok(offered) => one(asked, host, offered, opened).await?,
            Err(error) => left_out(asked, host, Failure::from(error)),
        });
    }
    Ok(rows)
}

async fn one(
    asked: &ImportSsh,
    host: SshConfigHost,
    offered: OfferedKey,
    opened: &Opened,
) -> Result<Row, Failure> {
    let fingerprint = Some(offered.fingerprint.clone());
    let shown = |row: Row| Row { fingerprint, ..row };
    if offered.known_hosts != KnownHostsSay::Same {
        let name = &host.name;
        let give = format!(
            "towerify servers add --from-ssh {name} --fingerprint {}",
            offered.fingerprint
        );
        let why = match offered.known_hosts {
            KnownHostsSay::None => Words::new(
                format!("known_hosts does not have its key. Check it, then: {give}"),
                format!("known_hosts n’a pas sa clé. Vérifiez-la, puis : {give}"),
            ),
            _ => Words::new(
                "known_hosts has another key for it, or a revoked one",
                "known_hosts a une autre clé pour lui, ou une clé révoquée",
            ),
        };
        return Ok(shown(row(asked, host, Outcome::LeftOut, Some(why))));
    }
    let Some(login) = login(asked, &host)? else {
        let why = Words::new(
            format!(
                "one can't log in without being asked: towerify servers add --from-ssh {}",
                host.name
            ),
            format!(
                "on ne peut pas s’y identifier sans être interrogé : towerify servers add --from-ssh {}",
                host.name
            ),
        );
        return Ok(shown(row(asked, host, Outcome::LeftOut, Some(why))));
    };
    if asked.dry_run {
        return Ok(shown(row(asked, host, Outcome::WouldBeAdded, None)));
    }
    let new = NewServer {
        name: host.name.clone(),
        address: address(&host),
        user: user(asked, &host),
        login,
        fingerprint: offered.fingerprint,
        how: HowChecked::KnownHosts,
        customer: asked.customer.clone(),
        tags: asked.tags.clone(),
    };
    Ok(shown(
        match servers::add(&opened.workspace, &opened.actor, new).await {
            Ok(_) => row(asked, host, Outcome::Added, None),
            Err(error) if error.code == Code::ServerExists => {
                row(asked, host, Outcome::There, None)
            }
            Err(error) => left_out(asked, host, error.into()),
        },
    ))
}

fn login(asked: &ImportSsh, host: &SshConfigHost) -> Result<Option<Login>, Failure> {
    let told = reach::without_asking(&asked.login, Some(host))?;
    // Whoever runs an agent logs in everywhere with it.
    let agent = std::env::var_os("SSH_AUTH_SOCK").is_some_and(|place| !place.is_empty());
    Ok(told.or_else(|| {
        agent.then_some(Login::Agent {
            sudo_password: None,
        })
    }))
}

fn address(host: &SshConfigHost) -> Address {
    Address {
        address: host.address.clone(),
        port: host.port,
        jump: host.jump.as_ref().and_then(|jump| jump.server),
    }
}

fn user(asked: &ImportSsh, host: &SshConfigHost) -> String {
    host.user.clone().unwrap_or_else(|| asked.user.clone())
}

fn behind(asked: &ImportSsh, host: SshConfigHost) -> Row {
    let name = host.jump.as_ref().map(|jump| jump.name.clone());
    let failure = reach::unknown_jump(&name.unwrap_or_default());
    left_out(asked, host, failure)
}

fn left_out(asked: &ImportSsh, host: SshConfigHost, failure: Failure) -> Row {
    let why = Words::new(
        failure.sentence(towerify_domain::Language::En),
        failure.sentence(towerify_domain::Language::Fr),
    );
    row(asked, host, Outcome::LeftOut, Some(why))
}

fn row(asked: &ImportSsh, host: SshConfigHost, outcome: Outcome, why: Option<Words>) -> Row {
    Row {
        user: user(asked, &host),
        name: host.name,
        address: host.address,
        port: host.port,
        outcome,
        why,
        fingerprint: None,
    }
}

fn tell(rows: &[Row], screen: &Screen) {
    screen.answer(&rows);
    let heads = [
        ("Host", "Hôte"),
        ("Where", "Où"),
        ("What became of it", "Ce qu’il en est"),
        ("Why", "Pourquoi"),
    ];
    screen.table(
        &heads,
        rows.iter().map(|row| {
            let (en, fr) = row.outcome.words();
            vec![
                row.name.clone(),
                format!("{}@{}:{}", row.user, row.address, row.port),
                screen.of(en, fr).to_owned(),
                row.why
                    .as_ref()
                    .map(|why| screen.pick(why).to_owned())
                    .unwrap_or_default(),
            ]
        }),
    );
}
