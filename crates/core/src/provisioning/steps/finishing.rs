//! What makes a server one in service: diagnosis, certificate, the firewall's mail ports, fail2ban, the HTTP API,
//! unattended upgrades, the first snapshot, the first backup.

use serde_json::json;
use towerify_domain::{Words, provisioning::Certificate, text};
use towerify_machine::{
    bans::NeverBan,
    certificate::OwnCertificate,
    services::{Api, UnattendedUpgrades},
};
use towerify_runs::{Context, Observation};
use towerify_yunohost::{
    backups::{ArchiveName, CreateBackup, ListBackups},
    certificates::{Authority, InstallCertificates, ShowCertificates},
    diagnosis::{RunDiagnosis, Severity, ShowDiagnosis},
    fields::{DomainName, Label},
};

use super::observed;
use crate::{
    connections::kind,
    provisioning::{
        actions::{asked, open_among, shut},
        former::Former,
        job::{Done, Job, problem, reply},
    },
    runs::{Asked, Finished, failed, forget_what_is_over},
    servers::read_again,
};

/// The ports that mail comes and goes by, with the name of the act that closes each.
const MAIL_PORTS: [(u16, &str); 3] = [(25, "25"), (587, "587"), (993, "993")];

/// What an earlier life's diagnosis ended with.
pub(super) async fn diagnosis_seen(
    job: &Job,
    finished: Option<&Finished>,
) -> Done<Option<Observation>> {
    match finished {
        Some(_) => diagnosed(job).await.map(Some),
        None => Ok(None),
    }
}

/// YunoHost's look at itself. What it finds fails nothing: it is in the report.
pub(super) async fn diagnosis(job: &Job, context: &Context) -> Done<Observation> {
    job.change(context, "", asked(&RunDiagnosis::default()))
        .await?;
    diagnosed(job).await
}

async fn diagnosed(job: &Job) -> Done<Observation> {
    let diagnosis = job.read(ShowDiagnosis).await?;
    let items = || diagnosis.reports.iter().flat_map(|report| &report.items);
    let count = |wanted: Severity| items().filter(|item| item.status == wanted).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let worst: Vec<String> = items()
        .filter(|item| item.status == Severity::Error)
        .map(|item| text::line(item.summary.as_deref().unwrap_or_default(), 300))
        .take(20)
        .collect();
    Ok(observed(
        format!("{errors} problems, {warnings} things to be known"),
        format!("{errors} problèmes, {warnings} points à savoir"),
        json!({ "errors": errors, "warnings": warnings, "worst": worst }),
    ))
}

/// Who signed the domain's certificate.
async fn authority(job: &Job) -> Done<Option<Authority>> {
    let show = ShowCertificates {
        domains: vec![domain(job)?],
    };
    let certificates = job.read(show).await?;
    Ok(certificates
        .certificates
        .get(&job.choices.domain)
        .and_then(|known| known.authority.clone()))
}

fn domain(job: &Job) -> Done<DomainName> {
    DomainName::parse(&job.choices.domain)
        .map_err(|rule| problem("invalid_fields", crate::yunohost_rules::words(rule)))
}

/// The wanted certificate is in use: judged by the certificate, not by the command (rule 24).
pub(super) async fn certificate_seen(
    job: &Job,
    finished: Option<&Finished>,
) -> Done<Option<Observation>> {
    match job.choices.certificate {
        Certificate::LetsEncrypt => {
            let signed = authority(job).await? == Some(Authority::LetsEncrypt);
            Ok(signed.then(|| signed_by("Let’s Encrypt")))
        }
        Certificate::Own if finished.is_some() => Ok(own(job).await?),
        Certificate::Own | Certificate::SelfSigned => Ok(None),
    }
}

fn signed_by(who: &str) -> Observation {
    observed(
        format!("The certificate in use is signed by {who}"),
        format!("Le certificat en place est signé par {who}"),
        json!({ "authority": who }),
    )
}

/// Where the certificate is, when it is one of the customer's.
async fn own(job: &Job) -> Done<Option<Observation>> {
    let state = job.state(&[]).await?;
    let link = state
        .certificates
        .into_iter()
        .find(|link| link.domain == job.choices.domain);
    Ok(link
        .and_then(|link| Some((link.target?, link.sha256)))
        .filter(|(target, _)| target.contains("-custom"))
        .map(|(target, sha256)| {
            observed(
                "Your certificate is in use",
                "Votre certificat est en place",
                json!({ "target": text::line(&target, 300), "sha256": sha256 }),
            )
        }))
}

/// Gets or puts it.
pub(super) async fn certificate(job: &Job, context: &Context) -> Done<Observation> {
    if job.choices.certificate == Certificate::LetsEncrypt {
        let install = InstallCertificates {
            domains: vec![domain(job)?],
            self_signed: false,
            force: false,
            no_checks: false,
        };
        job.change(context, "", asked(&install)).await?;
        if authority(job).await? == Some(Authority::LetsEncrypt) {
            return Ok(signed_by("Let’s Encrypt"));
        }
        // So that a retry asks again.
        job.forget(context, "").await;
        return Err(problem(
            "not_ready",
            Words::new(
                "The command said that it succeeded, and the certificate in use is not one of Let’s Encrypt’s: the domain is probably not reachable from the Internet by HTTP. See the trace.",
                "La commande dit avoir réussi, et le certificat en place n’est pas de Let’s Encrypt : le domaine n’est sans doute pas joignable d’Internet par HTTP. Voir la trace.",
            ),
        ));
    }
    let Some(key) = job.secret(kind::CERTIFICATE_KEY).await? else {
        return own(job).await?.ok_or_else(|| {
            problem(
                "not_ready",
                Words::new(
                    "The certificate’s key is not in this workspace any more.",
                    "La clé du certificat n’est plus dans cet espace de travail.",
                ),
            )
        });
    };
    let state = job.state(&[]).await?;
    let target = state
        .certificates
        .into_iter()
        .find(|link| link.domain == job.choices.domain)
        .and_then(|link| link.target)
        .filter(|target| !target.contains("-custom"));
    if let Some(target) = target {
        let former = Former::Certificate {
            domain: job.choices.domain.clone(),
            target,
            folder: None,
        };
        job.record(context, &former).await?;
    }
    let task = OwnCertificate {
        domain: job.choices.domain.clone(),
        chain: job.choices.certificate_chain.clone(),
        key,
    };
    job.change(context, "", Asked::task(task)).await?;
    let seen = own(job).await?.ok_or_else(|| {
        problem(
            "not_ready",
            Words::new(
                "The certificate was put, and another one is in use.",
                "Le certificat a été posé, et c’est un autre qui sert.",
            ),
        )
    })?;
    let credentials = job.reach.store.credentials();
    credentials
        .remove(job.server, kind::CERTIFICATE_KEY)
        .await
        .map_err(|error| failed(&error.into()))?;
    Ok(seen)
}

/// The mail ports are shut.
pub(super) async fn mail_ports_seen(job: &Job) -> Done<Option<Observation>> {
    let open = open_among(job, &MAIL_PORTS.map(|(port, _)| port)).await?;
    Ok(open.is_empty().then(closed))
}

fn closed() -> Observation {
    observed(
        "25, 587 and 993 are closed",
        "25, 587 et 993 sont fermés",
        json!({}),
    )
}

/// Shuts those that are open (rule 19).
pub(super) async fn mail_ports(job: &Job, context: &Context) -> Done<Observation> {
    let open = open_among(job, &MAIL_PORTS.map(|(port, _)| port)).await?;
    let release = job.release().await?;
    for (port, part) in MAIL_PORTS {
        let Some(known) = open.get(&port) else {
            continue;
        };
        let former = Former::Port {
            port,
            upnp: known.upnp,
            comment: known.comment.clone(),
        };
        job.record(context, &former).await?;
        job.change(context, part, shut(release, port)).await?;
    }
    Ok(closed())
}

/// The list is the chosen one.
pub(super) async fn never_banned_seen(job: &Job) -> Done<Option<Observation>> {
    let there = job.state(&[]).await?.never_banned;
    let wanted = &job.choices.never_ban;
    let same = there.is_some_and(|there| {
        there.len() == wanted.len() && wanted.iter().all(|one| there.contains(one))
    });
    Ok(same.then(|| listed(wanted)))
}

fn listed(addresses: &[String]) -> Observation {
    let list = addresses.join(", ");
    observed(
        format!("Never banned: {list}"),
        format!("Jamais bannies : {list}"),
        json!({ "addresses": addresses }),
    )
}

/// Writes the list.
pub(super) async fn never_banned(job: &Job, context: &Context) -> Done<Observation> {
    let before = job.state(&[]).await?.never_banned;
    let former = Former::NeverBanned { addresses: before };
    job.record(context, &former).await?;
    let task = NeverBan {
        addresses: job.choices.never_ban.clone(),
    };
    job.change(context, "", Asked::task(task)).await?;
    Ok(listed(&job.choices.never_ban))
}

/// The HTTP API is as chosen.
pub(super) async fn api_seen(job: &Job) -> Done<Option<Observation>> {
    let api = job.state(&[]).await?.api;
    let on = job.choices.api;
    Ok((api.enabled == on && api.active == on).then(|| api_is(on)))
}

fn api_is(on: bool) -> Observation {
    match on {
        true => observed(
            "The HTTP API is on",
            "L’API HTTP est active",
            json!({ "on": on }),
        ),
        false => observed(
            "The HTTP API is off",
            "L’API HTTP est inactive",
            json!({ "on": on }),
        ),
    }
}

/// Switches it.
pub(super) async fn api(job: &Job, context: &Context) -> Done<Observation> {
    let before = job.state(&[]).await?.api;
    let former = Former::Api {
        on: before.enabled || before.active,
    };
    job.record(context, &former).await?;
    let on = job.choices.api;
    job.change(context, "", Asked::task(Api { on })).await?;
    Ok(api_is(on))
}

/// Unattended upgrades are as chosen.
pub(super) async fn upgrades_seen(job: &Job) -> Done<Option<Observation>> {
    let on = job.state(&[]).await?.unattended_upgrades;
    Ok((on == job.choices.unattended_upgrades).then(|| upgrades_are(on)))
}

fn upgrades_are(on: bool) -> Observation {
    match on {
        true => observed(
            "Security updates install themselves",
            "Les mises à jour de sécurité s’installent seules",
            json!({ "on": on }),
        ),
        false => observed(
            "Security updates wait for a person",
            "Les mises à jour de sécurité attendent une personne",
            json!({ "on": on }),
        ),
    }
}

/// Sets them.
pub(super) async fn upgrades(job: &Job, context: &Context) -> Done<Observation> {
    let former = Former::UnattendedUpgrades {
        on: job.state(&[]).await?.unattended_upgrades,
    };
    job.record(context, &former).await?;
    let on = job.choices.unattended_upgrades;
    let finished = job
        .change(context, "", Asked::task(UnattendedUpgrades { on }))
        .await?;
    let done = reply::<UnattendedUpgrades>(&finished)?;
    if done.after != on {
        return Err(problem(
            "not_ready",
            Words::new(
                "The package unattended-upgrades is not installed.",
                "Le paquet unattended-upgrades n’est pas installé.",
            ),
        ));
    }
    Ok(upgrades_are(on))
}

/// The first snapshot.
pub(super) async fn snapshot(job: &Job) -> Done<Observation> {
    let row = job.row().await?;
    read_again(&job.reach, &row)
        .await
        .map_err(|error| failed(&error))?;
    if let Ok((_, driver)) = job.way().await {
        forget_what_is_over(&job.reach, &driver).await;
    }
    Ok(observed(
        "The server was read",
        "Le serveur a été lu",
        json!({}),
    ))
}

/// The name of this run's backup.
fn archive(job: &Job) -> String {
    let id = job.run.to_string();
    format!("towerify-first-{}", id.get(..13).unwrap_or(&id))
}

/// The archive is there.
pub(super) async fn backup_seen(job: &Job, _context: &Context) -> Done<Option<Observation>> {
    let name = archive(job);
    let all = job.read(ListBackups).await?;
    let there = all.names().contains(&name.as_str());
    Ok(there.then(|| {
        observed(
            format!("The backup {name} is on the server"),
            format!("La sauvegarde {name} est sur le serveur"),
            json!({ "archive": name }),
        )
    }))
}

/// Makes it.
pub(super) async fn backup(job: &Job, context: &Context) -> Done<Observation> {
    let create = CreateBackup {
        description: Label::parse("First backup by Towerify").ok(),
        ..CreateBackup::of_everything(ArchiveName::parse(&archive(job)))
    };
    job.change(context, "", asked(&create)).await?;
    backup_seen(job, context).await?.ok_or_else(|| {
        problem(
            "not_ready",
            Words::new(
                "The backup was made, and is not in the list.",
                "La sauvegarde a été faite, et n’est pas dans la liste.",
            ),
        )
    })
}
