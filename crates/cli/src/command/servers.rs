//! `towerify servers …`

use crate::arguments::{Servers, ServersAdd, ServersList};
use crate::failure::{Failure, SOME_FAILED};
use crate::opened::Opened;
use crate::screen::{NONE, Screen, moment, some};
use crate::secret::Source;
use serde_json::json;
use std::process::ExitCode;
use towerify_core::servers::{
    self, Address, Detail, HowChecked, ListQuery, Login, NewServer, Page, Row, Selection,
};
use towerify_domain::Words;

/// The most rows that one question to the core gives.
const PAGE: u32 = 1_000;

pub async fn carry_out(
    asked: &Servers,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    match asked {
        Servers::Add(new) => add(new, opened, screen).await,
        Servers::List(asked) => list(asked, opened, screen).await,
        Servers::Show { server } => show(server, opened, screen).await,
        Servers::Refresh { servers } => refresh(servers, opened, screen).await,
    }
}

async fn add(new: &ServersAdd, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let jump = match &new.jump {
        Some(jump) => Some(opened.server(jump).await?),
        None => None,
    };
    let address = Address {
        address: new.address.clone(),
        port: new.port,
        jump,
    };
    let offered = servers::offered_key(&opened.workspace, &opened.actor, address.clone()).await?;
    let Some(fingerprint) = &new.fingerprint else {
        return Err(Failure::Refused {
            code: "host_key_unknown",
            words: Words::new(
                format!(
                    "{} offers a host key that nobody has accepted. Nothing was sent, nothing was added.\n\
                     {} {}\n{}\nCheck it on the machine's own screen, or over the phone; then give --fingerprint {}",
                    new.address,
                    offered.algorithm,
                    offered.fingerprint,
                    offered.words,
                    offered.fingerprint
                ),
                format!(
                    "{} présente une clé d’hôte que personne n’a acceptée. Rien n’a été envoyé, rien n’a été ajouté.\n\
                     {} {}\n{}\nVérifiez-la à l’écran de la machine, ou par téléphone ; puis donnez --fingerprint {}",
                    new.address,
                    offered.algorithm,
                    offered.fingerprint,
                    offered.words,
                    offered.fingerprint
                ),
            ),
            details: json!({
                "algorithm": offered.algorithm, "fingerprint": offered.fingerprint, "words": offered.words,
                "known_hosts": offered.known_hosts,
            }).into(),
        });
    };
    if fingerprint.trim() != offered.fingerprint {
        return Err(Failure::Refused {
            code: "host_key_changed",
            words: Words::new(
                format!(
                    "{} offers {}, not {}. Connection refused. Nothing was sent, nothing was added.",
                    new.address, offered.fingerprint, fingerprint
                ),
                format!(
                    "{} présente {}, pas {}. Connexion refusée. Rien n’a été envoyé, rien n’a été ajouté.",
                    new.address, offered.fingerprint, fingerprint
                ),
            ),
            details: json!({ "offered": offered.fingerprint, "expected": fingerprint }).into(),
        });
    }
    let new = NewServer {
        name: new.name.clone(),
        address,
        user: new.user.clone(),
        login: login(new, screen)?,
        fingerprint: fingerprint.trim().to_owned(),
        how: HowChecked::CommandLine,
        customer: new.customer.clone(),
        tags: new.tags.clone(),
    };
    let id = servers::add(&opened.workspace, &opened.actor, new).await?;
    let detail = servers::detail(&opened.workspace, &opened.actor, id).await?;
    screen.answer(&detail);
    card(screen, &detail);
    Ok(ExitCode::SUCCESS)
}

fn login(new: &ServersAdd, screen: &Screen) -> Result<Login, Failure> {
    let password = Source {
        file: new.login_password_file.as_ref(),
        fd: new.login_password_fd,
    };
    if new.agent {
        return Ok(Login::Agent {
            sudo_password: password.line()?,
        });
    }
    if let Some(key) = &new.key {
        let private_key = Source {
            file: Some(key),
            fd: None,
        }
        .whole()?
        .unwrap_or_default();
        let passphrase = Source {
            file: new.passphrase_file.as_ref(),
            fd: None,
        }
        .line()?;
        return Ok(Login::Key {
            private_key,
            passphrase,
            sudo_password: password.line()?,
        });
    }
    let ask = Words::new(
        format!("Password of {} on {}", new.user, new.address),
        format!("Mot de passe de {} sur {}", new.user, new.address),
    );
    Ok(Login::Password {
        password: password.line_or_asked(&ask, screen)?,
    })
}

async fn list(asked: &ServersList, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let page = all(asked, opened).await?;
    screen.answer(&page.rows);
    let heads = [
        ("Server", "Serveur"),
        ("State", "État"),
        ("Customer", "Client"),
        ("YunoHost", "YunoHost"),
        ("Apps", "Apps"),
        ("Updates", "Mises à jour"),
        ("Certificate", "Certificat"),
        ("Seen", "Vu"),
        ("Tags", "Étiquettes"),
    ];
    screen.table(&heads, page.rows.iter().map(|row| line(screen, row)));
    screen.say(&match screen.language {
        towerify_domain::Language::En => format!("{} of {} servers", page.total, page.all),
        towerify_domain::Language::Fr => format!("{} serveurs sur {}", page.total, page.all),
    });
    Ok(ExitCode::SUCCESS)
}

/// Every row that matches, page after page.
async fn all(asked: &ServersList, opened: &Opened) -> Result<Page, Failure> {
    let query = |offset| ListQuery {
        text: asked.text.join(" "),
        states: asked.states.clone(),
        tags: asked.tags.clone(),
        versions: asked.versions.clone(),
        customers: asked.customers.clone(),
        offset,
        limit: PAGE,
        ..ListQuery::default()
    };
    let mut page = servers::list(&opened.workspace, &opened.actor, query(0)).await?;
    loop {
        let had = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
        if had >= page.total {
            return Ok(page);
        }
        let more = servers::list(&opened.workspace, &opened.actor, query(had))
            .await?
            .rows;
        if more.is_empty() {
            return Ok(page);
        }
        page.rows.extend(more);
    }
}

fn line(screen: &Screen, row: &Row) -> Vec<String> {
    vec![
        row.name.clone(),
        state(screen, row),
        row.customer.clone().unwrap_or_else(|| NONE.into()),
        some(row.yunohost.as_ref()),
        some(row.apps),
        some(row.updates),
        row.certificate_days.map_or_else(
            || NONE.into(),
            |days| format!("{days} {}", screen.of("d", "j")),
        ),
        row.last_seen.map_or_else(|| NONE.into(), moment),
        row.tags.join(" "),
    ]
}

/// The state, with its worst reason.
fn state(screen: &Screen, row: &Row) -> String {
    let words = row.state.words();
    match row.reasons.first() {
        Some(reason) => format!("{}: {}", screen.pick(&words), screen.pick(&reason.words)),
        None => screen.pick(&words).to_owned(),
    }
}

async fn show(server: &str, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let id = opened.server(server).await?;
    let detail = servers::detail(&opened.workspace, &opened.actor, id).await?;
    screen.answer(&detail);
    card(screen, &detail);
    Ok(ExitCode::SUCCESS)
}

fn card(screen: &Screen, detail: &Detail) {
    let row = &detail.row;
    let mut facts = vec![
        (screen.of("Server", "Serveur"), row.name.clone()),
        (screen.of("State", "État"), state(screen, row)),
        (
            screen.of("Address", "Adresse"),
            format!("{}@{}:{}", detail.user, row.address, detail.port),
        ),
        (screen.of("Customer", "Client"), some(row.customer.as_ref())),
        (screen.of("Tags", "Étiquettes"), row.tags.join(" ")),
        (screen.of("Domain", "Domaine"), some(row.domain.as_ref())),
        ("YunoHost", some(row.yunohost.as_ref())),
    ];
    if let Some(machine) = &detail.facts {
        facts.push(("Debian", format!("{} ({})", machine.debian, machine.arch)));
        let free = machine.disk_free_kib / 1024;
        let memory = machine.memory_kib / 1024;
        facts.push((
            screen.of("Disk free", "Disque libre"),
            format!("{free} MiB"),
        ));
        facts.push((screen.of("Memory", "Mémoire"), format!("{memory} MiB")));
    }
    let counts = &detail.counts;
    facts.push(("Apps", counts.apps.to_string()));
    facts.push((screen.of("Users", "Utilisateurs"), counts.users.to_string()));
    facts.push((
        screen.of("Seen", "Vu"),
        row.last_seen.map_or_else(|| NONE.into(), moment),
    ));
    for key in &detail.host_keys {
        facts.push((
            screen.of("Host key", "Clé d’hôte"),
            format!("{} {}", key.algorithm, key.fingerprint),
        ));
    }
    for (name, value) in facts {
        screen.say(&format!(
            "{name:<14} {}",
            towerify_domain::text::line(&value, 300)
        ));
    }
}

async fn refresh(asked: &[String], opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let selection = if asked.is_empty() {
        Selection::All
    } else {
        let mut ids = Vec::with_capacity(asked.len());
        for server in asked {
            ids.push(opened.server(server).await?);
        }
        Selection::These { ids }
    };
    let sweep = servers::refresh(&opened.workspace, &opened.actor, selection).await?;
    screen.answer(&sweep);
    if !sweep.failed.is_empty() {
        let heads = [("Server", "Serveur"), ("Why", "Pourquoi")];
        let rows = sweep
            .failed
            .iter()
            .map(|failed| vec![failed.name.clone(), failed.error.message.clone()]);
        screen.table(&heads, rows);
    }
    screen.say(&match screen.language {
        towerify_domain::Language::En => format!(
            "{} answered, {} did not",
            sweep.answered,
            sweep.failed.len()
        ),
        towerify_domain::Language::Fr => {
            format!("{} ont répondu, {} non", sweep.answered, sweep.failed.len())
        }
    });
    Ok(match (sweep.answered, sweep.failed.len()) {
        (_, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(1),
        _ => ExitCode::from(SOME_FAILED),
    })
}
