//! The fleet's list.

use chrono::Duration;
use towerify_domain::{
    Permit,
    policy::{Named, may},
    server::ServerState,
};
use towerify_store::{Direction, FleetFilter, FleetSort, Run, Server, Store};

use crate::{
    Actor, Result, Workspace,
    clock::now,
    servers::{
        Veil,
        view::{Facet, ListQuery, Page, Reason, Row, RunBrief, Sort, StateCount},
    },
};

/// A certificate that ends within so many days is counted in the head of the list, and puts its server to watch.
pub(super) const CERTIFICATE_SOON_DAYS: i64 = 14;

/// The longest page.
const MOST_ROWS: u32 = 1_000;

/// A part of the list, with the numbers above it.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn list(workspace: &Workspace, actor: &Actor, query: ListQuery) -> Result<Page> {
    let permit = Permit::<may::SeeServers>::ask(actor)?;
    let store = workspace.store(&permit);
    let fleet = store.fleet(permit.within());
    let filter = FleetFilter {
        text: query.text,
        states: query.states,
        tags: query.tags,
        versions: query.versions,
        customers: query.customers,
        ..FleetFilter::default()
    };
    let direction = if query.descending {
        Direction::Descending
    } else {
        Direction::Ascending
    };
    let limit = if query.limit == 0 {
        200
    } else {
        query.limit.min(MOST_ROWS)
    };
    let (page, summary, facets) = tokio::try_join!(
        fleet.page(
            &filter,
            sort(query.sort),
            direction,
            query.offset.into(),
            limit.into()
        ),
        fleet.summary(now() + Duration::days(CERTIFICATE_SOON_DAYS)),
        fleet.facets(),
    )?;
    let mut rows = Vec::with_capacity(page.rows.len());
    for server in page.rows {
        rows.push(row(store, &permit, server).await?);
    }
    Ok(Page {
        total: count(page.total),
        all: count(summary.total),
        rows,
        states: summary
            .states
            .into_iter()
            .map(|(state, n)| StateCount {
                state,
                count: count(n),
            })
            .collect(),
        tags: facets.tags.into_iter().map(facet).collect(),
        versions: facets.versions.into_iter().map(facet).collect(),
        customers: facets.customers.into_iter().map(facet).collect(),
        certificates_soon: count(summary.certificates_ending),
        updates: count(summary.updates),
        servers_with_updates: count(summary.with_updates),
    })
}

/// A server as lists show it, with the run that covers it.
pub(super) async fn row<P: Named>(
    store: &Store,
    permit: &Permit<P>,
    server: Server,
) -> Result<Row> {
    let run = match server.run_id {
        Some(id) => match store.runs().within(permit.within(), id).await? {
            Some(run) => Some(run_brief(store, run).await?),
            None => None,
        },
        None => None,
    };
    let explained = server.reasons.iter().any(|known| known.text.is_some());
    let jump = server.jump_server_id.filter(|_| explained);
    let veil = Veil::over(store, permit.within(), jump).await?;
    let today = now();
    Ok(Row {
        id: server.id,
        name: server.name,
        address: server.address,
        domain: server.main_domain,
        customer: server.customer,
        state: server.state,
        reasons: server
            .reasons
            .into_iter()
            .map(|known| Reason {
                words: known.reason.words(),
                reason: known.reason,
                detail: known.text.map(|text| veil.text(&text)),
            })
            .collect(),
        since: (server.state != ServerState::ToDo).then_some(server.state_since),
        run,
        tags: server.tags,
        yunohost: server.summary.yunohost,
        apps: server.summary.apps.map(count),
        certificate_days: server
            .summary
            .certificate_until
            .map(|until| i32::try_from((until - today).num_days()).unwrap_or(i32::MAX)),
        updates: server.summary.updates.map(count),
        last_seen: server.last_seen,
    })
}

async fn run_brief(store: &Store, run: Run) -> Result<RunBrief> {
    let steps = store.run_steps().of(run.id).await?;
    Ok(RunBrief {
        id: run.id,
        kind: run.kind,
        title: run.title,
        percent: run.progress,
        step: run.step.map_or(0, u32::from),
        steps: u32::try_from(steps.len()).unwrap_or(u32::MAX),
        started_at: Some(run.started_at),
        started_by: run.started_name,
    })
}

fn sort(sort: Sort) -> FleetSort {
    match sort {
        Sort::State => FleetSort::Severity,
        Sort::Name => FleetSort::Name,
        Sort::Customer => FleetSort::Customer,
        Sort::Version => FleetSort::Version,
        Sort::Apps => FleetSort::Apps,
        Sort::Certificate => FleetSort::Certificate,
        Sort::Updates => FleetSort::Updates,
        Sort::LastSeen => FleetSort::LastSeen,
    }
}

fn facet(facet: towerify_store::Facet) -> Facet {
    Facet {
        value: facet.value,
        count: count(facet.count),
    }
}

/// Numbers of rows are never negative, and never near four thousand million.
pub(super) fn count(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}
