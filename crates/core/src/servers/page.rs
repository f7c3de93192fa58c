//! One server's page: what it last answered, part by part. Everything here is read from snapshots, never from the server.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use towerify_domain::{
    Permit, Within,
    id::ServerId,
    policy::{Named, may},
    text,
};
use towerify_store::RunFilter;
use towerify_yunohost::{
    Action, certificates, diagnosis as findings, domains as names, logs, services::Service,
};

use crate::{
    Actor, Result, Workspace,
    servers::{
        find::server_of,
        first_contact::pinned_keys,
        list::{count, row},
        refresh::snapshot,
        sight::sight,
        view::{
            Counts, Detail, Diagnosis, DiagnosisItem, DomainRow, Domains, Facts, LoginKind,
            OperationRow, Operations, ServiceRow, Services, SnapshotDate,
        },
    },
};

/// A server's page.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn detail(workspace: &Workspace, actor: &Actor, id: ServerId) -> Result<Detail> {
    let permit = Permit::<may::SeeServers>::ask(actor)?;
    let server = server_of(workspace, &permit, id).await?;
    let store = workspace.store(&permit);
    let snapshots = store.snapshots().of(sight(&permit), id).await?;
    let facts = snapshots
        .iter()
        .find(|known| known.kind == snapshot::FACTS)
        .and_then(|known| serde_json::from_value::<towerify_driver::Facts>(known.json.clone()).ok())
        .map(facts);
    let runs = store
        .runs()
        .page(
            permit.within(),
            &RunFilter {
                server: Some(id),
                ..RunFilter::default()
            },
            0,
            1,
        )
        .await?
        .total;
    let length = |kind: &str, field: &str| {
        let known = snapshots.iter().find(|known| known.kind == kind);
        let part = known.map(|known| {
            if field.is_empty() {
                Some(&known.json)
            } else {
                known.json.get(field)
            }
        });
        let n = part.flatten().map_or(0, |value| {
            value
                .as_array()
                .map(Vec::len)
                .or_else(|| value.as_object().map(serde_json::Map::len))
                .unwrap_or(0)
        });
        u32::try_from(n).unwrap_or(u32::MAX)
    };
    let summary = &server.summary;
    let counts = Counts {
        apps: length(snapshot::APPS, "apps"),
        users: length(snapshot::USERS, "users"),
        domains: length(snapshot::DOMAINS, "domains"),
        services: length(snapshot::SERVICES, ""),
        diagnosis: count(
            summary.diagnosis_errors.unwrap_or(0) + summary.diagnosis_warnings.unwrap_or(0),
        ),
        runs: count(runs),
    };
    Ok(Detail {
        port: server.port,
        user: server.user.clone(),
        login: LoginKind::named(&server.login),
        // How the provider reaches it is the provider's.
        jump: server
            .jump_server_id
            .filter(|_| permit.within() == Within::All),
        host_keys: pinned_keys(workspace, &permit, id).await?,
        facts,
        snapshots: snapshots
            .into_iter()
            .map(|known| SnapshotDate {
                kind: known.kind,
                taken_at: known.taken_at,
            })
            .collect(),
        counts,
        added_at: server.created_at,
        last_tried: server.last_tried,
        row: row(store, &permit, server).await?,
    })
}

/// The domains of a server, with their certificates and apps.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn domains(workspace: &Workspace, actor: &Actor, id: ServerId) -> Result<Domains> {
    let permit = Permit::<may::SeeDomains>::ask(actor)?;
    server_of(workspace, &permit, id).await?;
    let Some((taken_at, known)) =
        understood::<names::ListDomains, _>(workspace, &permit, id, snapshot::DOMAINS).await?
    else {
        return Ok(Domains::default());
    };
    let certificates = understood::<certificates::ShowCertificates, _>(
        workspace,
        &permit,
        id,
        snapshot::CERTIFICATES,
    )
    .await?;
    let apps = crate::apps::of_server(workspace, &permit, id).await?;
    let domains = known
        .names()
        .into_iter()
        .map(|name| {
            let certificate = certificates
                .as_ref()
                .and_then(|(_, known)| known.certificates.get(name));
            let prefix = format!("{name}/");
            DomainRow {
                name: text::line(name, 253),
                main: known.main.as_deref() == Some(name),
                apps: apps
                    .iter()
                    .filter(|app| {
                        app.address
                            .as_deref()
                            .is_some_and(|at| at == name || at.starts_with(&prefix))
                    })
                    .map(|app| app.label.clone())
                    .collect(),
                certificate_days: certificate.and_then(|certificate| certificate.validity),
                certificate_kind: certificate
                    .and_then(|certificate| certificate.authority.as_ref())
                    .map(|authority| text::line(authority.as_str(), 40)),
                certificate_style: certificate
                    .and_then(|certificate| certificate.style.as_ref())
                    .map(|style| text::line(style.as_str(), 40)),
            }
        })
        .collect();
    Ok(Domains {
        taken_at: Some(taken_at),
        domains,
    })
}

/// The services of a server.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn services(workspace: &Workspace, actor: &Actor, id: ServerId) -> Result<Services> {
    let permit = Permit::<may::SeeServices>::ask(actor)?;
    server_of(workspace, &permit, id).await?;
    let known = workspace
        .store(&permit)
        .snapshots()
        .get(sight(&permit), id, snapshot::SERVICES)
        .await?;
    let Some(known) = known else {
        return Ok(Services::default());
    };
    let services: BTreeMap<String, Service> =
        serde_json::from_value(known.json).unwrap_or_default();
    let services = services
        .into_iter()
        .map(|(name, service)| ServiceRow {
            name: text::line(&name, 120),
            description: text::line(service.description.as_deref().unwrap_or_default(), 300),
            status: text::line(service.status.as_str(), 40),
            start_on_boot: service.start_on_boot.map(|word| text::line(&word, 40)),
            since: service.last_state_change.map(|word| text::line(&word, 60)),
        })
        .collect();
    Ok(Services {
        taken_at: Some(known.taken_at),
        services,
    })
}

/// The diagnosis of a server, worst findings first.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn diagnosis(workspace: &Workspace, actor: &Actor, id: ServerId) -> Result<Diagnosis> {
    let permit = Permit::<may::SeeServices>::ask(actor)?;
    server_of(workspace, &permit, id).await?;
    let known =
        understood::<findings::ShowDiagnosis, _>(workspace, &permit, id, snapshot::DIAGNOSIS)
            .await?;
    let Some((taken_at, known)) = known else {
        return Ok(Diagnosis::default());
    };
    let ever_run = !known.reports.is_empty();
    let mut items: Vec<(u8, DiagnosisItem)> = known
        .reports
        .into_iter()
        .flat_map(|report| {
            let category = text::line(report.description.as_deref().unwrap_or(&report.id), 200);
            report.items.into_iter().map(move |item| {
                let rank = match item.status {
                    findings::Severity::Error => 0,
                    findings::Severity::Warning => 1,
                    findings::Severity::Info => 2,
                    _ => 3,
                };
                let rank = if item.ignored { rank + 4 } else { rank };
                let item = DiagnosisItem {
                    category: category.clone(),
                    status: text::line(item.status.as_str(), 40),
                    summary: text::lines(item.summary.as_deref().unwrap_or_default(), 2_000),
                    details: item
                        .details
                        .iter()
                        .take(50)
                        .map(|line| text::lines(line, 2_000))
                        .collect(),
                    ignored: item.ignored,
                };
                (rank, item)
            })
        })
        .collect();
    items.sort_by_key(|(rank, _)| *rank);
    Ok(Diagnosis {
        taken_at: Some(taken_at),
        ever_run,
        items: items.into_iter().map(|(_, item)| item).collect(),
    })
}

/// YunoHost's own operations, newest first.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn operations(workspace: &Workspace, actor: &Actor, id: ServerId) -> Result<Operations> {
    let permit = Permit::<may::SeeServices>::ask(actor)?;
    server_of(workspace, &permit, id).await?;
    let known =
        understood::<logs::ListOperations, _>(workspace, &permit, id, snapshot::OPERATIONS).await?;
    let Some((taken_at, known)) = known else {
        return Ok(Operations::default());
    };
    let mut operations: Vec<OperationRow> = known
        .operations
        .into_iter()
        .map(|operation| OperationRow {
            name: text::line(&operation.name, 200),
            description: text::line(operation.description.as_deref().unwrap_or_default(), 300),
            success: match operation.success {
                Some(logs::Success::Known(true)) => "yes",
                Some(logs::Success::Known(false)) => "no",
                _ => "unknown",
            }
            .into(),
            started_at: operation.started_at.map(|at| text::line(&at, 60)),
        })
        .collect();
    // Names begin with the time (YunoHost, log.py); the command line lists oldest first, the API newest first.
    operations.sort_by(|a, b| b.name.cmp(&a.name));
    Ok(Operations {
        taken_at: Some(taken_at),
        operations,
    })
}

/// What a server last answered to `A` in this permit's sight, and when. A snapshot of another shape than today's is as good as none.
pub(crate) async fn understood<A: Action, P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    id: ServerId,
    kind: &str,
) -> Result<Option<(DateTime<Utc>, A::Reply)>> {
    let snapshots = workspace.store(permit).snapshots();
    let known = snapshots.get(sight(permit), id, kind).await?;
    Ok(known.and_then(|known| {
        A::parse(known.json)
            .ok()
            .map(|reply| (known.taken_at, reply))
    }))
}

fn facts(facts: towerify_driver::Facts) -> Facts {
    Facts {
        yunohost: facts
            .yunohost
            .as_deref()
            .map(|version| text::line(version, 40)),
        postinstalled: facts.postinstalled,
        debian: text::line(&facts.debian, 40),
        arch: text::line(&facts.arch, 40),
        host: text::line(&facts.host, 253),
        memory_kib: u32::try_from(facts.mem_kib).unwrap_or(u32::MAX),
        memory_free_kib: u32::try_from(facts.mem_free_kib).unwrap_or(u32::MAX),
        disk_kib: (facts.disk_kib > 0).then_some(facts.disk_kib),
        disk_free_kib: facts.disk_free_kib,
        reboot_required: facts.reboot_required,
    }
}
