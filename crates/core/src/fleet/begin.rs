//! Beginning a fleet run: who it is about is found out, put in order, cut into waves, and written down before anything is
//! done on any server.

use std::collections::HashSet;

use serde_json::json;
use towerify_domain::{
    Permit,
    fleet::{StopRule, Width, waves},
    id::{FleetId, ServerId},
    policy::{Named, may},
};
use towerify_store::{Fired, FleetFilter, NewFleetMember, NewFleetRun as NewRow, Server, fold};

use crate::{
    Actor, AppError, Code, Result, Topic, Workspace,
    clock::{new_id, now},
    error::FieldProblem,
    fleet::{
        FleetBegun, FleetOrder, FleetPlan, FleetSelection, NewFleetRun, PlannedServer, PlannedWave,
        Sequence, steer::refused,
    },
    journal::note,
    servers::server_of,
};
use towerify_domain::Words;

/// What a fleet run would touch, wave by wave. Nothing is asked of any server.
///
/// # Errors
/// [`crate::Code::InvalidFields`]; [`crate::Code::NotFound`] for a server that is not there.
pub async fn plan(workspace: &Workspace, actor: &Actor, order: &FleetOrder) -> Result<FleetPlan> {
    let permit = Permit::<may::RunFleet>::ask(actor)?;
    let servers = resolve(workspace, &permit, order, false).await?;
    let mut rest = servers.as_slice();
    let mut planned = Vec::new();
    for size in sizes(order, servers.len()) {
        let (wave, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        planned.push(PlannedWave {
            servers: wave
                .iter()
                .map(|server| PlannedServer {
                    id: server.id,
                    name: server.name.clone(),
                })
                .collect(),
        });
    }
    Ok(FleetPlan {
        title: order.change.title(servers.len()),
        stop: order.stop.map(StopRule::words),
        waves: planned,
    })
}

/// Begins a fleet run. The servers that its selection finds now are those that it is about.
///
/// # Errors
/// As [`plan`]; [`crate::Code::Denied`] when the change itself may not be made.
pub async fn begin(workspace: &Workspace, actor: &Actor, new: NewFleetRun) -> Result<FleetBegun> {
    let permit = Permit::<may::RunFleet>::ask(actor)?;
    begin_with(workspace, &permit, new, None).await
}

/// The same, for a schedule.
pub(crate) async fn begin_with(
    workspace: &Workspace,
    permit: &Permit<may::RunFleet>,
    new: NewFleetRun,
    fired: Option<Fired>,
) -> Result<FleetBegun> {
    let NewFleetRun { order, password } = new;
    order.check(password.as_ref().filter(|_| !order.dry))?;
    allowed(permit.actor(), &order)?;
    // A server that is not in the fleet any more keeps a schedule from none of the others.
    let servers = resolve(workspace, permit, &order, fired.is_some()).await?;
    let id = FleetId::from_uuid(new_id());
    let secret = match password.filter(|_| order.change.needs_password() && !order.dry) {
        Some(password) => {
            let sealer = &workspace.reach(permit).sealer;
            Some(sealer.seal_text(NewRow::place(id), &password)?)
        }
        None => None,
    };
    let title = order.change.title(servers.len());
    let detail = json!({ "fleet": id, "order": &order });
    let what = if order.dry {
        "fleet.look"
    } else {
        "fleet.begin"
    };
    note(workspace, permit, what, None, "begun", detail).await?;
    let wave_of = sizes(&order, servers.len())
        .into_iter()
        .zip(1_u32..)
        .flat_map(|(size, wave)| std::iter::repeat_n(wave, size));
    let row = NewRow {
        id,
        kind: order.change.on(None).kind(),
        title,
        order: json!(order),
        secret,
        dry: order.dry,
        schedule: fired.map(|fired| fired.schedule),
        started_by: permit.actor().account,
        started_name: permit.actor().name.clone(),
        started_at: now(),
        members: servers
            .iter()
            .zip(wave_of)
            .map(|(server, wave)| NewFleetMember {
                server: server.id,
                name: server.name.clone(),
                wave,
            })
            .collect(),
    };
    workspace
        .store(permit)
        .fleet_runs()
        .insert(&row, fired)
        .await?;
    workspace
        .fleets(permit)
        .take_up(&[id])
        .await
        .map_err(refused)?;
    workspace
        .events()
        .changed([Topic::Fleets, Topic::Fleet { id }]);
    Ok(FleetBegun { fleet: id })
}

/// Whether this person may make the change itself.
pub(crate) fn allowed(actor: &Actor, order: &FleetOrder) -> Result<()> {
    actor.ask(order.change.privilege())?;
    Ok(())
}

fn sizes(order: &FleetOrder, total: usize) -> Vec<usize> {
    if order.waves.is_empty() {
        waves(&Width::USUAL, total)
    } else {
        waves(&order.waves, total)
    }
}

/// The servers that an order is about, in the order of their turns.
async fn resolve<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    order: &FleetOrder,
    without_missing: bool,
) -> Result<Vec<Server>> {
    let filter = |filter: FleetFilter| async move {
        let fleet = workspace.store(permit).fleet(permit.within());
        fleet.ids(&filter).await
    };
    let ids = match &order.selection {
        FleetSelection::Servers { ids } => ids.clone(),
        FleetSelection::Tag { tag } => {
            filter(FleetFilter {
                tags: vec![tag.clone()],
                ..FleetFilter::default()
            })
            .await?
        }
        FleetSelection::Customer { customer } => {
            filter(FleetFilter {
                customers: vec![customer.clone()],
                ..FleetFilter::default()
            })
            .await?
        }
        FleetSelection::Search { text } => {
            filter(FleetFilter {
                text: text.clone(),
                ..FleetFilter::default()
            })
            .await?
        }
        FleetSelection::All => filter(FleetFilter::default()).await?,
    };
    let mut seen = HashSet::new();
    let mut servers = Vec::with_capacity(ids.len());
    for id in ids {
        if !seen.insert(id) {
            continue;
        }
        match server_of(workspace, permit, id).await {
            Ok(server) => servers.push(server),
            Err(error) if without_missing && error.code == Code::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    if servers.is_empty() {
        return Err(AppError::invalid(vec![FieldProblem {
            field: "selection".into(),
            words: Words::new("At least one server.", "Au moins un serveur."),
        }]));
    }
    sort(&mut servers, &order.sequence);
    Ok(servers)
}

fn sort(servers: &mut [Server], sequence: &Sequence) {
    let place = |canaries: &[ServerId], server: &Server| {
        let first = canaries.iter().position(|canary| *canary == server.id);
        first.unwrap_or(usize::MAX)
    };
    match sequence {
        Sequence::AsGiven => {}
        Sequence::ByName => servers.sort_by_cached_key(|server| fold(&server.name)),
        Sequence::CanariesFirst { servers: canaries } => {
            servers.sort_by_cached_key(|server| (place(canaries, server), fold(&server.name)));
        }
    }
}
