//! What makes a server one in service: diagnosis, certificate, the firewall's mail ports, fail2ban, the HTTP API,
//! unattended upgrades, the first snapshot, the first backup.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use towerify_domain::{Words, provisioning::Certificate, text};
use towerify_machine::{
    bans::NeverBan,
    certificate::OwnCertificate,
    services::{Api, UnattendedUpgrades},
};
use towerify_runs::{Context, Observation};
use towerify_yunohost::{
    Action, Argv, Release,
    certificates::{Authority, InstallCertificates, ShowCertificates},
    diagnosis::{RunDiagnosis, Severity, ShowDiagnosis},
    fields::DomainName,
};

use super::observed;
use crate::{
    connections::kind,
    provisioning::{
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
    let words = RunDiagnosis::default().argv();
    job.change(context, "", Asked::Words(words)).await?;
    diagnosed(job).await
}

async fn diagnosed(job: &Job) -> Done<Observation> {
    let reply = job.read(ShowDiagnosis.argv()).await?;
    let diagnosis = ShowDiagnosis::parse(reply)
        .map_err(|error| problem("nonsense", Words::same(error.to_string())))?;
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
    let reply = job.read(show.argv()).await?;
    let certificates = ShowCertificates::parse(reply)
        .map_err(|error| problem("nonsense", Words::same(error.to_string())))?;
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
        job.change(context, "", Asked::Words(install.argv()))
            .await?;
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

/// The open TCP ports of the firewall, with whether a router forwards them and what they are for. 12.1 keeps a table a
/// protocol, 12.0 lists.
pub(in super::super) async fn open_ports(job: &Job) -> Done<BTreeMap<u16, (bool, String)>> {
    let raw = job.read(Argv::new("firewall list").arg("--raw")).await?;
    Ok(ports_of(&raw))
}

fn ports_of(raw: &Value) -> BTreeMap<u16, (bool, String)> {
    let number = |value: &Value| value.as_u64().and_then(|port| u16::try_from(port).ok());
    if let Some(ports) = raw.get("tcp").and_then(Value::as_object) {
        return ports
            .iter()
            .filter(|(_, of)| of.get("open").and_then(Value::as_bool) == Some(true))
            .filter_map(|(port, of)| {
                let upnp = of.get("upnp").and_then(Value::as_bool).unwrap_or_default();
                let comment = of
                    .get("comment")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                Some((port.parse().ok()?, (upnp, text::line(comment, 120))))
            })
            .collect();
    }
    let list = |at: &str| -> Vec<u16> {
        raw.pointer(at)
            .and_then(Value::as_array)
            .map(|ports| ports.iter().filter_map(number).collect())
            .unwrap_or_default()
    };
    let forwarded = list("/uPnP/TCP");
    list("/ipv4/TCP")
        .into_iter()
        .map(|port| (port, (forwarded.contains(&port), String::new())))
        .collect()
}

/// The mail ports are shut.
pub(super) async fn mail_ports_seen(job: &Job) -> Done<Option<Observation>> {
    let open = open_ports(job).await?;
    let shut = MAIL_PORTS.iter().all(|(port, _)| !open.contains_key(port));
    Ok(shut.then(closed))
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
    let open = open_ports(job).await?;
    let release = job.release().await?;
    for (port, part) in MAIL_PORTS {
        let Some((upnp, comment)) = open.get(&port) else {
            continue;
        };
        let former = Former::Port {
            port,
            upnp: *upnp,
            comment: comment.clone(),
        };
        job.record(context, &former).await?;
        let words = match release >= Release::V12_1 {
            true => Argv::new("firewall close").arg(port.to_string()),
            false => Argv::new("firewall disallow")
                .arg("TCP")
                .arg(port.to_string()),
        };
        job.change(context, part, Asked::Words(words)).await?;
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
    let list = job.read(Argv::new("backup list")).await?;
    let name = archive(job);
    let there = list
        .get("archives")
        .map(|archives| match archives {
            Value::Array(names) => names.iter().any(|one| one.as_str() == Some(&name)),
            Value::Object(by_name) => by_name.contains_key(&name),
            _ => false,
        })
        .unwrap_or_default();
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
    let words = Argv::new("backup create")
        .option("--name", Some(archive(job)))
        .option("--description", Some("First backup by Towerify"));
    job.change(context, "", Asked::Words(words)).await?;
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

/// What YunoHost calls true: a setting comes as a text, a number or a truth value.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(on) => *on,
        Value::Number(number) => number.as_u64() == Some(1),
        Value::String(said) => matches!(said.as_str(), "1" | "yes" | "true" | "on"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_firewalls_of_12_1_and_12_0_say_the_same() {
        let new = json!({ "tcp": {
            "25": { "open": true, "upnp": true, "comment": "SMTP" },
            "993": { "open": false, "upnp": false, "comment": "" },
        }, "udp": {} });
        assert_eq!(ports_of(&new), [(25, (true, "SMTP".to_owned()))].into());
        let old = json!({
            "ipv4": { "TCP": [22, 25], "UDP": [] },
            "uPnP": { "TCP": [25], "UDP": [] },
        });
        assert_eq!(
            ports_of(&old),
            [(22, (false, String::new())), (25, (true, String::new()))].into()
        );
    }

    #[test]
    fn a_setting_is_true_in_every_form_that_yunohost_writes() {
        for value in [
            json!(true),
            json!(1),
            json!("yes"),
            json!("1"),
            json!("true"),
        ] {
            assert!(is_true(&value), "{value}");
        }
        for value in [json!(false), json!(0), json!("no"), json!(null), json!("")] {
            assert!(!is_true(&value), "{value}");
        }
    }
}
