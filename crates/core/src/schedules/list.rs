//! The list of schedules, and when a timing would be due.

use towerify_domain::{Permit, Words, policy::may, schedule::Timing};
use towerify_store::Schedule;

use crate::{
    Actor, AppError, Code, Result, Workspace,
    clock::now,
    error::FieldProblem,
    fleet::{FleetOrder, FleetSelection},
    schedules::{NewTiming, NextTimes, ScheduleRow},
    servers::{sight, snapshot},
};

/// So many of the next times are shown.
const NEXT_SHOWN: usize = 5;

/// All schedules, by name.
///
/// # Errors
/// [`Code::Denied`].
pub async fn list(workspace: &Workspace, actor: &Actor) -> Result<Vec<ScheduleRow>> {
    let permit = Permit::<may::ManageSchedules>::ask(actor)?;
    let schedules = workspace.store(&permit).schedules().all().await?;
    schedules.into_iter().map(row).collect()
}

/// When a timing would be due, and in which zone, before it is kept.
///
/// # Errors
/// [`Code::InvalidFields`].
pub async fn next_times(
    workspace: &Workspace,
    actor: &Actor,
    timing: NewTiming,
    selection: &FleetSelection,
) -> Result<NextTimes> {
    let permit = Permit::<may::ManageSchedules>::ask(actor)?;
    let timing = in_zone(workspace, &permit, timing, selection).await?;
    check(&timing)?;
    Ok(NextTimes {
        times: timing.next_times(now(), NEXT_SHOWN),
        zone: timing.zone,
    })
}

pub(super) fn check(timing: &Timing) -> Result<()> {
    timing.check(now()).map_err(|bad| {
        let (field, words) = bad.words();
        AppError::invalid(vec![FieldProblem {
            field: field.into(),
            words,
        }])
    })
}

/// The timing with its zone: the one that was said, or the server's own where one server is meant and its zone is known,
/// or this computer's.
pub(super) async fn in_zone(
    workspace: &Workspace,
    permit: &Permit<may::ManageSchedules>,
    timing: NewTiming,
    selection: &FleetSelection,
) -> Result<Timing> {
    let said = timing.zone.filter(|zone| !zone.trim().is_empty());
    let zone = match (said, selection) {
        (Some(zone), _) => zone.trim().to_owned(),
        (None, FleetSelection::Servers { ids }) if ids.len() == 1 => {
            let facts = match ids.first() {
                Some(id) => {
                    let snapshots = workspace.store(permit).snapshots();
                    snapshots.get(sight(permit), *id, snapshot::FACTS).await?
                }
                None => None,
            };
            let zone = facts.and_then(|facts| {
                let zone = facts.json.get("timezone")?.as_str()?;
                Some(zone.to_owned())
            });
            zone.unwrap_or_else(here)
        }
        (None, _) => here(),
    };
    Ok(Timing {
        when: timing.when,
        zone,
    })
}

/// This computer's zone.
fn here() -> String {
    iana_time_zone::get_timezone().unwrap_or_else(|_| "UTC".to_owned())
}

/// What a schedule is to do.
pub(super) fn order_of(schedule: &Schedule) -> Result<FleetOrder> {
    serde_json::from_value(schedule.order.clone()).map_err(|_| {
        AppError::new(
            Code::WorkspaceDamaged,
            "What this schedule is to do can't be read any more.",
        )
    })
}

fn row(schedule: Schedule) -> Result<ScheduleRow> {
    let order = order_of(&schedule)?;
    let next = match schedule.enabled {
        true => schedule.timing.next_times(now(), NEXT_SHOWN),
        false => Vec::new(),
    };
    Ok(ScheduleRow {
        id: schedule.id,
        name: schedule.name,
        title: title(&order),
        order,
        timing: schedule.timing,
        enabled: schedule.enabled,
        next,
        last_at: schedule.last_at,
        last_fleet: schedule.last_fleet,
        last_problem: schedule.last_problem,
        missed: schedule.missed,
        created_by: schedule.created_name,
        created_at: schedule.created_at,
    })
}

/// What is done, and where: which servers that is, is found out each time.
fn title(order: &FleetOrder) -> Words {
    let intent = order.change.intent();
    let (en, fr) = match &order.selection {
        FleetSelection::Servers { ids } if ids.len() == 1 => {
            ("on 1 server".to_owned(), "sur 1 serveur".to_owned())
        }
        FleetSelection::Servers { ids } => (
            format!("on {} servers", ids.len()),
            format!("sur {} serveurs", ids.len()),
        ),
        FleetSelection::Tag { tag } => (
            format!("on the servers tagged {tag}"),
            format!("sur les serveurs étiquetés {tag}"),
        ),
        FleetSelection::Customer { customer } => (
            format!("on the servers of {customer}"),
            format!("sur les serveurs de {customer}"),
        ),
        FleetSelection::Search { text } => (
            format!("on the servers found by “{text}”"),
            format!("sur les serveurs trouvés par « {text} »"),
        ),
        FleetSelection::All => (
            "on all servers".to_owned(),
            "sur tous les serveurs".to_owned(),
        ),
    };
    Words::new(format!("{} {en}", intent.en), format!("{} {fr}", intent.fr))
}
