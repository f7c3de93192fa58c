//! From a bare machine to an installed YunoHost: reaching it, looking at it, its records, a key of its own, apt, the
//! installer.

use std::time::Duration;

use serde_json::json;
use towerify_domain::{
    Words,
    provisioning::{Branch, Choices, Source},
    run::Sign,
    text,
};
use towerify_driver::ReadOptions;
use towerify_machine::{
    install::{self, Distribution, InstallYunohost, Prepare},
    keys::PutKey,
    preflight::{Facts, Preflight, Verdict, Wanted, hosts_needed, judge},
};
use towerify_runs::{Context, Observation, StepError};
use towerify_ssh::PrivateKey;

use super::observed;
use crate::{
    clock::now,
    connections::kind,
    provisioning::{
        dns,
        former::Former,
        job::{Done, Job, problem, reply},
        view::{Beginning, Finding, Verdict as Shown},
    },
    runs::{Asked, Finished, failed, forget_what_is_over},
};

/// Reaching it.
pub(super) async fn reach(job: &Job) -> Done<Observation> {
    job.ask(|driver| Box::pin(async move { driver.ping().await }))
        .await?;
    let (server, driver) = job.way().await?;
    forget_what_is_over(&job.reach, &driver).await;
    let facts = driver.facts();
    let words = format!(
        "{}, {} {}, {}",
        server.address,
        text::line(&facts.os, 20),
        text::line(&facts.debian, 20),
        text::line(&facts.arch, 20)
    );
    let data = json!({ "address": server.address, "port": server.port, "user": server.user });
    Ok(Observation::with(Words::same(words), data))
}

/// What is asked of a machine before it is touched.
pub(in super::super) fn preflight_of(choices: &Choices) -> Preflight {
    let address = match choices.source {
        Source::Address => Some(choices.source_address.as_str()),
        Source::File => None,
    };
    Preflight {
        hosts: hosts_needed(address),
        users: vec![choices.admin.clone()],
        update: true,
        peer: None,
    }
}

/// How long a look may take: the package sources are asked.
pub(in super::super) fn patience() -> ReadOptions {
    ReadOptions {
        limit: Duration::from_secs(300),
        ..ReadOptions::default()
    }
}

/// What a machine's facts mean for these choices, worst first, and what it begins from.
pub(in super::super) fn findings_of(facts: &Facts, choices: &Choices) -> (Vec<Finding>, Beginning) {
    let wanted = Wanted {
        admin: choices.admin.clone(),
        distribution: branch(choices.branch),
        ssh_port: choices.ssh_port,
        second_way_in: choices.second_way_in,
        isolated: choices.source == Source::File,
    };
    let mut findings: Vec<Finding> = judge(facts, &wanted, now())
        .into_iter()
        .map(|finding| Finding {
            check: serde_json::to_value(finding.check)
                .ok()
                .and_then(|name| name.as_str().map(str::to_owned))
                .unwrap_or_default(),
            verdict: match finding.verdict {
                Verdict::Fine => Shown::Fine,
                Verdict::Warn => Shown::Warn,
                Verdict::Stop => Shown::Stop,
            },
            words: finding.words,
        })
        .collect();
    let yunohost = &facts.yunohost;
    let beginning = match (yunohost.postinstalled, yunohost.installed.is_some()) {
        (true, _) => Beginning::Adopted,
        (false, true) => Beginning::Continued,
        (false, false) => Beginning::Bare,
    };
    let mut stop = |check: &str, words: Words| {
        findings.push(Finding {
            check: check.into(),
            verdict: Shown::Stop,
            words,
        });
    };
    if beginning == Beginning::Adopted {
        let domain = yunohost.main_domain.clone().unwrap_or_default();
        if domain != choices.domain {
            let domain = text::line(&domain, 120);
            stop(
                "domain",
                Words::new(
                    format!(
                        "This is a server already, and its main domain is {domain}, not {}.",
                        choices.domain
                    ),
                    format!(
                        "C’est déjà un serveur, et son domaine principal est {domain}, pas {}.",
                        choices.domain
                    ),
                ),
            );
        }
        let admin = &choices.admin;
        if facts
            .users
            .iter()
            .any(|user| user.name == *admin && !user.exists)
        {
            stop(
                "admin",
                Words::new(
                    format!(
                        "This is a server already, and it has no user {admin}: name one of its administrators."
                    ),
                    format!(
                        "C’est déjà un serveur, et il n’a pas d’utilisateur {admin} : nommez l’un de ses administrateurs."
                    ),
                ),
            );
        }
    } else if beginning == Beginning::Continued && yunohost.main_domain.is_some() {
        stop("yunohost", super::entry::cut_postinstallation().words);
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
    (findings, beginning)
}

/// Looking at it. What stands in the way ends the run before the first write.
pub(super) async fn preflight(job: &Job, context: &Context) -> Done<Observation> {
    let ask = preflight_of(&job.choices);
    let facts = job
        .ask(move |driver| {
            let ask = ask.clone();
            Box::pin(async move {
                driver
                    .read_task_with(&ask, &patience())
                    .await
                    .map(|answer| answer.reply)
            })
        })
        .await?;
    let (findings, beginning) = findings_of(&facts, &job.choices);
    for finding in &findings {
        let sign = match finding.verdict {
            Shown::Fine => Sign::Done,
            Shown::Warn => Sign::Warning,
            Shown::Stop => Sign::Failed,
        };
        job.say(context, sign, &finding.words);
    }
    let stops: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.verdict == Shown::Stop)
        .collect();
    if !stops.is_empty() {
        let join = |of: fn(&Words) -> &str| {
            let all: Vec<&str> = stops.iter().map(|stop| of(&stop.words)).collect();
            all.join(" ")
        };
        return Err(problem(
            "not_ready",
            Words::new(join(|words| &words.en), join(|words| &words.fr)),
        ));
    }
    let warnings: Vec<&Words> = findings
        .iter()
        .filter(|finding| finding.verdict == Shown::Warn)
        .map(|finding| &finding.words)
        .collect();
    let machine = machine_of(&facts);
    let (n, w) = (findings.len(), warnings.len());
    Ok(observed(
        format!("{machine}: {n} things looked at, {w} to be known"),
        format!("{machine} : {n} points examinés, {w} à savoir"),
        json!({
            "beginning": beginning, "machine": machine, "addresses": facts.addresses,
            "reached": facts.reached, "peer": facts.peer, "warnings": warnings,
            "yunohost": facts.yunohost.installed,
        }),
    ))
}

/// A machine in a few words.
pub(in super::super) fn machine_of(facts: &Facts) -> String {
    let debian = &facts.debian;
    let name = match debian.id.as_str() {
        "debian" => "Debian",
        other => other,
    };
    text::line(&format!("{name} {}, {}", debian.point, debian.arch), 80)
}

/// Asking for its records.
pub(super) async fn records(job: &Job, context: &Context) -> Done<Observation> {
    let row = job.row().await?;
    let seen = context.observed("preflight").map(|seen| seen.data.clone());
    let mut here: Vec<String> = seen
        .as_ref()
        .and_then(|data| serde_json::from_value(data.get("addresses")?.clone()).ok())
        .unwrap_or_default();
    here.extend(
        seen.as_ref()
            .and_then(|data| data.get("reached")?.as_str().map(str::to_owned)),
    );
    here.push(row.address.clone());
    let found = dns::ask(&job.choices, &here).await;
    for finding in &found {
        let sign = match finding.verdict {
            Shown::Fine => Sign::Done,
            Shown::Warn => Sign::Warning,
            Shown::Stop => Sign::Failed,
        };
        job.say(context, sign, &finding.words);
    }
    if let Some(stop) = found.iter().find(|finding| finding.verdict == Shown::Stop) {
        return Err(problem("not_ready", stop.words.clone()));
    }
    let words = found
        .first()
        .map(|finding| finding.words.clone())
        .unwrap_or_default();
    Ok(Observation::with(words, json!({ "findings": found })))
}

/// The pair is known to be taken: its line is there, and the workspace logs in with it.
pub(super) async fn key_seen(job: &Job) -> Done<Option<Observation>> {
    let row = job.row().await?;
    let Some((key, line)) = job.pair(kind::KEY).await? else {
        return Ok(None);
    };
    if row.login != "key" {
        return Ok(None);
    }
    let account = job.account(&row.user).await?;
    Ok(account.keys.contains(&line).then(|| made(&key, &line)))
}

fn made(key: &PrivateKey, line: &str) -> Observation {
    let fingerprint = key.fingerprint();
    observed(
        format!("Logged in with the key {fingerprint}"),
        format!("Connexion faite avec la clé {fingerprint}"),
        json!({ "fingerprint": fingerprint, "line": line }),
    )
}

/// A pair made here: kept sealed, put, proved, and only then used instead of what one logged in with until now.
pub(super) async fn key(job: &Job, context: &Context) -> Done<Observation> {
    let row = job.row().await?;
    let user = row.user.clone();
    let (pair, line) = match job.pair(kind::NEW_KEY).await? {
        Some(pair) => pair,
        None => match job.pair(kind::KEY).await? {
            Some(pair) => pair,
            None => new_pair(job).await?,
        },
    };
    if !job.account(&user).await?.keys.contains(&line) {
        let former = Former::Key {
            user: user.clone(),
            line: line.clone(),
        };
        job.record(context, &former).await?;
        let put = PutKey {
            user: user.clone(),
            line: line.clone(),
        };
        job.change(context, "", Asked::task(put)).await?;
    }
    let sudo_password = match job.secret(kind::SUDO_PASSWORD).await? {
        Some(password) => Some(password),
        None => job.secret(kind::PASSWORD).await?,
    };
    job.prove(row.port, &user, &pair, sudo_password.clone())
        .await?;
    let text = pair.to_openssh().map_err(unusable)?;
    let kept = job.sealed(kind::KEY, Some(line.clone()), &text)?;
    let mut keep = vec![kept];
    if user != "root"
        && let Some(password) = sudo_password
    {
        // Sudo asks for it until the administrator's own way is there.
        keep.push(job.sealed(kind::SUDO_PASSWORD, None, &password)?);
    }
    let forget = [
        kind::PASSWORD,
        kind::KEY_PASSPHRASE,
        kind::AGENT,
        kind::NEW_KEY,
    ];
    let credentials = job.reach.store.credentials();
    credentials
        .exchange(job.server, &keep, &forget)
        .await
        .map_err(|error| failed(&error.into()))?;
    job.log_in_as(&user, row.port, "key", &row.sudo).await?;
    Ok(made(&pair, &line))
}

/// A new pair, sealed before anybody else knows of it.
async fn new_pair(job: &Job) -> Done<(PrivateKey, String)> {
    let pair = PrivateKey::generate().map_err(unusable)?;
    let public = pair.public_openssh();
    let two: Vec<&str> = public.split_whitespace().take(2).collect();
    let line = format!("{} towerify-{}", two.join(" "), job.server);
    let text = pair.to_openssh().map_err(unusable)?;
    let kept = job.sealed(kind::NEW_KEY, Some(line.clone()), &text)?;
    let credentials = job.reach.store.credentials();
    credentials
        .put(&kept)
        .await
        .map_err(|error| failed(&error.into()))?;
    Ok((pair, line))
}

fn unusable(error: impl std::fmt::Display) -> StepError {
    problem("internal", Words::same(error.to_string()))
}

/// With YunoHost there, there is nothing to prepare.
pub(super) async fn prepare_seen(
    job: &Job,
    finished: Option<&Finished>,
) -> Done<Option<Observation>> {
    let state = job.state(&[]).await?;
    if state.yunohost.installed.is_some() {
        return Ok(Some(observed(
            "YunoHost is there already",
            "YunoHost est déjà là",
            json!({}),
        )));
    }
    finished.map(prepared).transpose()
}

fn prepared(finished: &Finished) -> Done<Observation> {
    let done = reply::<Prepare>(finished)?;
    let seconds = done.waited_ms / 1000;
    let removed = done.removed.len();
    let data = json!({ "waited_for": done.waited_for, "removed": done.removed });
    Ok(match (seconds, removed) {
        (0, 0) => observed(
            "apt is free, nothing was left",
            "apt est libre, aucun reste",
            data,
        ),
        _ => observed(
            format!("Waited {seconds} s for apt, removed {removed} leftovers"),
            format!("Attendu apt {seconds} s, retiré {removed} restes"),
            data,
        ),
    })
}

/// apt is waited for, leftovers go.
pub(super) async fn prepare(job: &Job, context: &Context) -> Done<Observation> {
    let finished = job
        .change(context, "", Asked::task(Prepare::default()))
        .await?;
    prepared(&finished)
}

/// YunoHost is there.
pub(super) async fn install_seen(
    job: &Job,
    finished: Option<&Finished>,
) -> Done<Option<Observation>> {
    let state = job.state(&[]).await?;
    let Some(version) = state.yunohost.installed else {
        return Ok(None);
    };
    let told = finished.and_then(|finished| reply::<InstallYunohost>(finished).ok());
    Ok(Some(installed(&version, told)))
}

fn installed(version: &str, told: Option<install::Installed>) -> Observation {
    let version = text::line(version, 40);
    let Some(told) = told.filter(|told| !told.already) else {
        return observed(
            format!("YunoHost {version} is there"),
            format!("YunoHost {version} est là"),
            json!({ "version": version }),
        );
    };
    let minutes = told.ms.div_ceil(60_000);
    observed(
        format!(
            "YunoHost {version}, in {minutes} min; the installer’s SHA-256 is {}",
            told.sha256
        ),
        format!(
            "YunoHost {version}, en {minutes} min ; le SHA-256 de l’installateur est {}",
            told.sha256
        ),
        json!({
            "version": version, "source": told.source, "sha256": told.sha256,
            "log": told.log, "removed": told.removed, "ms": told.ms,
        }),
    )
}

/// The installer.
pub(super) async fn install(job: &Job, context: &Context) -> Done<Observation> {
    let choices = &job.choices;
    let source = match choices.source {
        Source::Address => install::Source::Address(choices.source_address.clone()),
        Source::File => install::Source::Text(choices.source_file.clone()),
    };
    let task = InstallYunohost {
        sha256: Some(choices.source_sha256.clone()).filter(|sum| !sum.is_empty()),
        distribution: branch(choices.branch),
        ..InstallYunohost::from(source)
    };
    let finished = job.change(context, "", Asked::task(task)).await?;
    let told = reply::<InstallYunohost>(&finished)?;
    // What is on the machine decides, not what the installer says of itself.
    let state = job.state(&[]).await?;
    // The conversation was begun before there was a YunoHost to speak with.
    job.reach.connections.hang_up(job.server).await;
    match state.yunohost.installed {
        Some(version) => Ok(installed(&version, Some(told))),
        None => Err(problem(
            "not_ready",
            Words::new(
                "The installer said that it succeeded, and YunoHost is not there.",
                "L’installateur dit avoir réussi, et YunoHost n’est pas là.",
            ),
        )),
    }
}

fn branch(branch: Branch) -> Distribution {
    match branch {
        Branch::Stable => Distribution::Stable,
        Branch::Testing => Distribution::Testing,
        Branch::Unstable => Distribution::Unstable,
    }
}
