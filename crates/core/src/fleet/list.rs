//! The list of fleet runs, and one fleet run's page with its table of results.

use towerify_domain::{
    Permit,
    fleet::{FleetState, MemberState, StopRule},
    id::FleetId,
    policy::may,
};
use towerify_store::{FleetCount, FleetMember, FleetRun, Store};

use crate::{
    Actor, AppError, Code, Result, Workspace,
    fleet::{
        FleetDetail, FleetOrder, FleetPage, FleetQuery, FleetRow, MemberCount, MemberRow, WaveView,
    },
};

/// The longest page.
const MOST_ROWS: u32 = 1_000;

/// A part of the list of fleet runs, newest first.
///
/// # Errors
/// [`Code::Denied`].
pub async fn list(workspace: &Workspace, actor: &Actor, query: FleetQuery) -> Result<FleetPage> {
    let permit = Permit::<may::RunFleet>::ask(actor)?;
    let store = workspace.store(&permit);
    let limit = match query.limit {
        0 => 200,
        limit => limit.min(MOST_ROWS),
    };
    let page = store
        .fleet_runs()
        .page(&query.states, query.offset.into(), limit.into())
        .await?;
    let open = store.fleet_runs().open_count().await?;
    let mut rows = Vec::with_capacity(page.rows.len());
    for run in page.rows {
        let counts = store.fleet_members().counts(run.id).await?;
        rows.push(row(run, &counts));
    }
    let number = |count: i64| u32::try_from(count.max(0)).unwrap_or(u32::MAX);
    Ok(FleetPage {
        total: number(page.total),
        open: number(open),
        rows,
    })
}

/// A fleet run's page.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn detail(workspace: &Workspace, actor: &Actor, fleet: FleetId) -> Result<FleetDetail> {
    let permit = Permit::<may::RunFleet>::ask(actor)?;
    let store = workspace.store(&permit);
    let run = store
        .fleet_runs()
        .get(fleet)
        .await?
        .ok_or_else(|| AppError::not_found("fleet run"))?;
    of_row(store, run).await
}

async fn of_row(store: &Store, run: FleetRun) -> Result<FleetDetail> {
    let order = order_of(&run)?;
    let counts = store.fleet_members().counts(run.id).await?;
    let members = store.fleet_members().of(run.id).await?;
    let because = run.because.clone();
    let state = run.state;
    let row = row(run, &counts);
    let failed = in_state(&counts, |state| state.is_failure());
    Ok(FleetDetail {
        stop: order.stop.map(StopRule::words),
        order,
        because,
        waves: (1..=row.waves)
            .map(|n| {
                let of_wave = || counts.iter().filter(move |count| count.wave == n);
                WaveView {
                    n,
                    servers: of_wave().map(|count| count.count).sum(),
                    counts: summed(of_wave()),
                }
            })
            .collect(),
        members: members.into_iter().map(member).collect(),
        can_pause: state == FleetState::Running,
        can_go_on: matches!(state, FleetState::Paused | FleetState::Stopped),
        can_cancel: !matches!(state, FleetState::Cancelled | FleetState::Done),
        can_retry: if state.is_over() { failed } else { 0 },
        row,
    })
}

/// What a fleet run was asked.
///
/// # Errors
/// [`Code::WorkspaceDamaged`] when it can't be read any more.
pub(super) fn order_of(run: &FleetRun) -> Result<FleetOrder> {
    serde_json::from_value(run.order.clone()).map_err(|_| {
        AppError::new(
            Code::WorkspaceDamaged,
            "What this fleet run was to do can't be read any more.",
        )
    })
}

fn in_state(counts: &[FleetCount], is: impl Fn(MemberState) -> bool) -> u32 {
    let those = counts.iter().filter(|count| is(count.state));
    those.map(|count| count.count).sum()
}

fn summed<'c>(counts: impl Iterator<Item = &'c FleetCount> + Clone) -> Vec<MemberCount> {
    MemberState::ALL
        .iter()
        .map(|&state| MemberCount {
            state,
            count: counts
                .clone()
                .filter(|count| count.state == state)
                .map(|count| count.count)
                .sum(),
        })
        .filter(|count| count.count > 0)
        .collect()
}

fn row(run: FleetRun, counts: &[FleetCount]) -> FleetRow {
    let waves = counts.iter().map(|count| count.wave).max().unwrap_or(0);
    let at_work = counts.iter().filter(|count| !count.state.is_over());
    FleetRow {
        id: run.id,
        kind: run.kind,
        title: run.title,
        dry: run.dry,
        state: run.state,
        servers: counts.iter().map(|count| count.count).sum(),
        counts: summed(counts.iter()),
        wave: at_work.map(|count| count.wave).min().unwrap_or(waves),
        waves,
        schedule: run.schedule,
        started_by: run.started_name,
        started_at: run.started_at,
        ended_at: run.ended_at,
    }
}

fn member(member: FleetMember) -> MemberRow {
    MemberRow {
        n: member.n,
        server: member.server,
        name: member.name,
        wave: member.wave,
        state: member.state,
        words: member.words,
        run: member.run,
        tries: member.tries,
        started_at: member.started_at,
        ended_at: member.ended_at,
    }
}
