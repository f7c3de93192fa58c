//! Reading servers again: one conversation each, all questions at once, and what was learned written down whole.

use std::{collections::BTreeMap, sync::Arc};

use futures::{StreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};
use towerify_domain::{Permit, id::ServerId, policy::may, server::state_of, text};
use towerify_driver::{Driver, DriverError};
use towerify_store::{
    App, FleetFilter, NewSnapshot, NowState, Refresh, Server, Sight, StateReason, Summary,
};
use towerify_yunohost::{
    Action, apps, certificates, diagnosis, domains, groups, logs, permissions, services::Service,
    users, versions,
};

use crate::{
    Actor, AppError, Result, Topic, Workspace,
    clock::now,
    servers::{
        find::server_of,
        health::{Seen, judge},
        sight::{Parts, Whole, is_of_the_server},
        view::{Selection, Sweep, SweepFailure},
    },
    workspace::Reach,
};

/// So many servers are asked at once; one that is slow keeps only its own place.
const AT_ONCE: usize = 64;

/// So many of YunoHost's last operations are read.
const OPERATIONS: u32 = 50;

/// The kinds of snapshot.
pub(crate) mod snapshot {
    pub(crate) const FACTS: &str = "facts";
    pub(crate) const VERSIONS: &str = "versions";
    pub(crate) const USERS: &str = "users";
    pub(crate) const GROUPS: &str = "groups";
    pub(crate) const PERMISSIONS: &str = "permissions";
    pub(crate) const DOMAINS: &str = "domains";
    pub(crate) const CERTIFICATES: &str = "certificates";
    pub(crate) const APPS: &str = "apps";
    pub(crate) const SERVICES: &str = "services";
    pub(crate) const DIAGNOSIS: &str = "diagnosis";
    pub(crate) const OPERATIONS: &str = "operations";
}

/// Reads these servers again, many at once. What fails on one is said for that one.
///
/// # Errors
/// [`crate::Code::Denied`], and those of the database; never those of a server.
pub async fn refresh(workspace: &Workspace, actor: &Actor, selection: Selection) -> Result<Sweep> {
    let permit = Permit::<may::RefreshServers>::ask(actor)?;
    let ids = match selection {
        Selection::All => {
            workspace
                .store(&permit)
                .fleet(permit.within())
                .ids(&FleetFilter::default())
                .await?
        }
        Selection::These { ids } => ids,
    };
    let mut sweep = Sweep {
        answered: 0,
        failed: Vec::new(),
    };
    let mut ends = stream::iter(ids)
        .map(|id| {
            let permit = permit.clone();
            async move { (id, one(workspace, &permit, id).await) }
        })
        .buffer_unordered(AT_ONCE);
    while let Some((id, end)) = ends.next().await {
        match end {
            Ok(()) => sweep.answered += 1,
            Err((name, error)) => sweep.failed.push(SweepFailure { id, name, error }),
        }
    }
    Ok(sweep)
}

/// The same, without anybody waiting for it.
pub(crate) fn refresh_in_background(
    workspace: &Arc<Workspace>,
    actor: &Actor,
    selection: Selection,
) -> Result<()> {
    Permit::<may::RefreshServers>::ask(actor)?;
    let (workspace, actor) = (Arc::downgrade(workspace), actor.clone());
    tokio::spawn(async move {
        if let Some(workspace) = workspace.upgrade()
            && let Err(error) = refresh(&workspace, &actor, selection).await
        {
            tracing::warn!(%error, "reading the fleet again failed");
        }
    });
    Ok(())
}

async fn one(
    workspace: &Workspace,
    permit: &Permit<may::RefreshServers>,
    id: ServerId,
) -> std::result::Result<(), (String, AppError)> {
    let server = server_of(workspace, permit, id)
        .await
        .map_err(|error| (id.to_string(), error))?;
    let name = server.name.clone();
    read_again(workspace.reach(permit), &server)
        .await
        .map_err(|error| (name, error))
}

/// Reads one server again and writes down what was learned; where it fails, that and since when, and the last
/// snapshots stay.
pub(crate) async fn read_again(reach: &Reach, server: &Server) -> Result<()> {
    let store = &reach.store;
    let learned = match Box::pin(ask(reach, server)).await {
        // What was kept open may have died while nobody looked: once more, with a new line.
        Err(error) if error.code == crate::Code::ConnectionCut => {
            reach.connections.hang_up(server.id).await;
            Box::pin(ask(reach, server)).await
        }
        other => other,
    };
    let end = match learned {
        Ok(refresh) => store
            .servers()
            .record(&refresh)
            .await
            .map_err(AppError::from),
        Err(error) => {
            let reason = error.reason();
            let sight = reach.connections.sight();
            if let Some(reason) = reason.filter(|reason| is_of_the_server(sight, *reason)) {
                let reasons = vec![StateReason {
                    reason,
                    text: Some(text::line(&error.message, 400)),
                }];
                let state = NowState {
                    state: state_of(&[reason]),
                    reasons,
                };
                store
                    .servers()
                    .record_failure(server.id, &state, now())
                    .await?;
            }
            Err(error)
        }
    };
    reach
        .events
        .changed([Topic::Servers, Topic::Server { id: server.id }]);
    end
}

async fn ask(reach: &Reach, server: &Server) -> Result<Refresh> {
    let driver = reach.connections.driver(server).await?;
    let sight = reach.connections.sight();
    let whole = Whole::beside(&reach.store, sight, server).await?;
    let facts = driver.ask_facts().await?;
    let mut learned = Learned::default();
    let mut apps = None;
    let mut seen = Parts::default();
    if facts.yunohost.is_some() && facts.postinstalled {
        let all_certificates = certificates::ShowCertificates {
            domains: Vec::new(),
        };
        let operations = logs::ListOperations { limit: OPERATIONS };
        let normal_groups = groups::ListGroups { primary: false };
        // One conversation carries them side by side; the server answers four at a time.
        let (
            versions,
            users,
            groups,
            permissions,
            domains,
            certificates,
            listed,
            services,
            diagnosis,
            operations,
        ) = tokio::join!(
            read(&driver, &versions::ShowVersions),
            read(&driver, &users::ListUsers),
            read(&driver, &normal_groups),
            read(&driver, &permissions::ListPermissions),
            read(&driver, &domains::ListDomains),
            read(&driver, &all_certificates),
            read(&driver, &apps::ListApps),
            driver.units(),
            read(&driver, &diagnosis::ShowDiagnosis),
            read(&driver, &operations),
        );
        learned.take(snapshot::VERSIONS, versions)?;
        learned.summary.users = learned
            .take(snapshot::USERS, users)?
            .map(|users| count(users.users.len()));
        learned.take(snapshot::GROUPS, groups)?;
        learned.take(snapshot::PERMISSIONS, permissions)?;
        learned.take(snapshot::DOMAINS, domains)?;
        seen.certificates = learned.take(snapshot::CERTIFICATES, certificates)?;
        apps = learned.take(snapshot::APPS, listed)?;
        seen.diagnosis = learned.take(snapshot::DIAGNOSIS, diagnosis)?;
        learned.take(snapshot::OPERATIONS, operations)?;
        let services: std::result::Result<_, DriverError> =
            services.map(|services| (json!(services), services));
        seen.services = learned.take::<BTreeMap<String, Service>>(snapshot::SERVICES, services)?;
    }
    learned.keep(snapshot::FACTS, json!(facts));
    if let Some(whole) = &whole {
        seen = whole.with(seen);
    }
    let state = judge(&Seen {
        facts: &facts,
        certificates: seen.certificates.as_ref(),
        services: seen.services.as_ref(),
        diagnosis: seen.diagnosis.as_ref(),
        unread: &learned.unread,
    });
    let findings = |severity| {
        seen.diagnosis.as_ref().map(|diagnosis| {
            let items = diagnosis.reports.iter().flat_map(|report| &report.items);
            count(
                items
                    .filter(|item| item.status == severity && !item.ignored)
                    .count(),
            )
        })
    };
    let shortest = seen
        .certificates
        .iter()
        .flat_map(|seen| seen.certificates.values())
        .filter_map(|certificate| certificate.validity)
        .min();
    let summary = Summary {
        yunohost: facts
            .yunohost
            .as_deref()
            .map(|version| text::line(version, 40)),
        debian: Some(text::line(&facts.debian, 40)),
        arch: Some(text::line(&facts.arch, 40)),
        memory_total: bytes(facts.mem_kib),
        memory_used: bytes(facts.mem_kib.saturating_sub(facts.mem_free_kib)),
        disk_total: bytes(facts.disk_kib),
        disk_used: bytes(facts.disk_kib.saturating_sub(facts.disk_free_kib)),
        apps: apps
            .as_ref()
            .map(|apps: &apps::Apps| count(apps.apps.len())),
        updates: apps
            .as_ref()
            .map(|apps| count(apps.apps.iter().filter(|app| can_upgrade(app)).count())),
        certificate_until: shortest.map(|days| now() + chrono::Duration::days(days.into())),
        diagnosis_errors: findings(diagnosis::Severity::Error),
        diagnosis_warnings: findings(diagnosis::Severity::Warning),
        ..learned.summary
    };
    let (state, summary) = match &whole {
        Some(whole) => (whole.state(state), whole.numbers(summary)),
        None => (state, summary),
    };
    Ok(Refresh {
        server: server.id,
        sight,
        at: now(),
        state,
        main_domain: facts
            .main_domain
            .as_deref()
            .map(|domain| text::line(domain, 253)),
        summary,
        snapshots: learned.snapshots,
        apps: apps
            .filter(|_| sight == Sight::Whole)
            .map(|apps| apps.apps.iter().map(app_row).collect()),
    })
}

/// The answer as it is understood, and as it is kept: what the types leave out (an app's settings hold its passwords)
/// is not kept.
async fn read<A: Action<Reply: Serialize>>(
    driver: &Driver,
    action: &A,
) -> std::result::Result<(Value, A::Reply), DriverError> {
    let reply = driver.read(action).await?;
    Ok((json!(reply), reply))
}

/// What a refresh gathers while it asks.
#[derive(Default)]
struct Learned {
    snapshots: Vec<NewSnapshot>,
    unread: Vec<(&'static str, String)>,
    summary: Summary,
}

impl Learned {
    fn keep(&mut self, kind: &str, json: Value) {
        self.snapshots.push(NewSnapshot {
            kind: kind.into(),
            taken_at: now(),
            json,
        });
    }

    /// Keeps an answer. What one question refuses leaves the others; a lost line ends all.
    fn take<T>(
        &mut self,
        kind: &'static str,
        answer: std::result::Result<(Value, T), DriverError>,
    ) -> Result<Option<T>> {
        match answer {
            Ok((json, reply)) => {
                self.keep(kind, json);
                Ok(Some(reply))
            }
            // What a gate does not let this account ask is not missing: it is another's to read.
            Err(DriverError::GateRefused(_)) => Ok(None),
            Err(
                error @ (DriverError::Refused(_)
                | DriverError::Usage(_)
                | DriverError::Reply(_)
                | DriverError::Internal { .. }
                | DriverError::NotARead),
            ) => {
                let error = AppError::from(error);
                self.unread.push((kind, text::line(&error.message, 200)));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn app_row(app: &apps::App) -> App {
    let line = |text: &str| text::line(text, 200);
    let address = app.settings.as_ref();
    App {
        app: line(&app.id),
        manifest: app.id.split("__").next().map(line).unwrap_or_default(),
        label: line(app.label.as_deref().unwrap_or(&app.name)),
        version: app.version.as_deref().map(line),
        new_version: if can_upgrade(app) {
            app.next_version().map(line)
        } else {
            None
        },
        upgradable: can_upgrade(app),
        domain: address
            .and_then(|settings| settings.domain.as_deref())
            .map(line),
        path: address
            .and_then(|settings| settings.path.as_deref())
            .map(line),
        state: "ok".into(),
    }
}

pub(crate) fn can_upgrade(app: &apps::App) -> bool {
    app.upgradable()
        .is_some_and(apps::UpgradeState::is_upgradable)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn bytes(kib: u64) -> Option<i64> {
    // 0 stands for "not said".
    (kib > 0).then(|| i64::try_from(kib.saturating_mul(1024)).unwrap_or(i64::MAX))
}
