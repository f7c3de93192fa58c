//! Keeping, changing and deleting schedules, and deciding about what was missed.

use serde_json::json;
use towerify_domain::{Permit, Words, id::ScheduleId, policy::may};
use towerify_store::{NewSchedule as NewRow, Schedule, StoreError};

use crate::{
    Actor, AppError, Result, Topic, Workspace,
    clock::{new_id, now},
    error::FieldProblem,
    fleet::{self, FleetBegun, NewFleetRun},
    journal::note,
    schedules::{
        NewSchedule,
        list::{check, in_zone, order_of},
    },
};

/// Keeps a schedule, enabled.
///
/// # Errors
/// [`crate::Code::InvalidFields`]: the timing, the name (each once), the order, or a change that needs a password.
pub async fn create(workspace: &Workspace, actor: &Actor, new: NewSchedule) -> Result<ScheduleId> {
    let permit = Permit::<may::ManageSchedules>::ask(actor)?;
    let name = name_of(&new.name)?;
    let timing = in_zone(workspace, &permit, new.timing, &new.order.selection).await?;
    check(&timing)?;
    if new.order.change.needs_password() {
        return Err(wrong(
            "change",
            "What needs a password can’t be done without somebody there.",
            "Ce qui demande un mot de passe ne se fait pas sans personne.",
        ));
    }
    new.order.check(None)?;
    fleet::allowed(actor, &new.order)?;
    let id = ScheduleId::from_uuid(new_id());
    let at = now();
    let row = NewRow {
        id,
        name,
        next_at: timing.next(at),
        timing,
        order: json!(new.order),
        created_by: actor.account,
        created_name: actor.name.clone(),
        created_at: at,
    };
    let kept = workspace.store(&permit).schedules().insert(&row).await;
    kept.map_err(named)?;
    let detail = json!({ "schedule": id, "name": row.name, "order": row.order });
    changed(workspace, &permit, "schedule.create", detail).await?;
    Ok(id)
}

/// Gives it another name.
///
/// # Errors
/// [`crate::Code::NotFound`], [`crate::Code::InvalidFields`].
pub async fn rename(
    workspace: &Workspace,
    actor: &Actor,
    schedule: ScheduleId,
    name: &str,
) -> Result<()> {
    let permit = Permit::<may::ManageSchedules>::ask(actor)?;
    known(workspace, &permit, schedule).await?;
    let name = name_of(name)?;
    let kept = workspace.store(&permit).schedules();
    kept.rename(schedule, &name).await.map_err(named)?;
    let detail = json!({ "schedule": schedule, "name": name });
    changed(workspace, &permit, "schedule.rename", detail).await
}

/// Lets it run by itself from now on, or not any more. What it missed meanwhile is not counted.
///
/// # Errors
/// [`crate::Code::NotFound`]; [`crate::Code::InvalidFields`] when it is never due again.
pub async fn enable(
    workspace: &Workspace,
    actor: &Actor,
    schedule: ScheduleId,
    enabled: bool,
) -> Result<()> {
    let permit = Permit::<may::ManageSchedules>::ask(actor)?;
    let known = known(workspace, &permit, schedule).await?;
    let next = match enabled {
        true => {
            check(&known.timing)?;
            known.timing.next(now())
        }
        false => None,
    };
    let kept = workspace.store(&permit).schedules();
    kept.enable(schedule, enabled, next).await?;
    let detail = json!({ "schedule": schedule, "enabled": enabled });
    changed(workspace, &permit, "schedule.enable", detail).await
}

/// Deletes it. What it began stays.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn delete(workspace: &Workspace, actor: &Actor, schedule: ScheduleId) -> Result<()> {
    let permit = Permit::<may::ManageSchedules>::ask(actor)?;
    let known = known(workspace, &permit, schedule).await?;
    workspace
        .store(&permit)
        .schedules()
        .remove(schedule)
        .await?;
    let detail = json!({ "schedule": schedule, "name": known.name });
    changed(workspace, &permit, "schedule.delete", detail).await
}

/// Begins it now, and takes what it missed for done. It is due next when it was.
///
/// # Errors
/// [`crate::Code::NotFound`], and those of beginning a fleet run.
pub async fn run_now(
    workspace: &Workspace,
    actor: &Actor,
    schedule: ScheduleId,
) -> Result<FleetBegun> {
    let permit = Permit::<may::ManageSchedules>::ask(actor)?;
    let runs = Permit::<may::RunFleet>::ask(actor)?;
    let known = known(workspace, &permit, schedule).await?;
    let new = NewFleetRun {
        order: order_of(&known)?,
        password: None,
    };
    let fired = towerify_store::Fired {
        schedule,
        next_at: known.next_at,
    };
    let begun = Box::pin(fleet::begin_with(workspace, &runs, new, Some(fired))).await?;
    workspace
        .store(&permit)
        .schedules()
        .decided(schedule)
        .await?;
    let detail = json!({ "schedule": schedule, "fleet": begun.fleet });
    changed(workspace, &permit, "schedule.run_now", detail).await?;
    Ok(begun)
}

/// Leaves what it missed.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn leave(workspace: &Workspace, actor: &Actor, schedule: ScheduleId) -> Result<()> {
    let permit = Permit::<may::ManageSchedules>::ask(actor)?;
    let known = known(workspace, &permit, schedule).await?;
    workspace
        .store(&permit)
        .schedules()
        .decided(schedule)
        .await?;
    let detail = json!({ "schedule": schedule, "missed": known.missed });
    changed(workspace, &permit, "schedule.leave", detail).await
}

async fn known(
    workspace: &Workspace,
    permit: &Permit<may::ManageSchedules>,
    schedule: ScheduleId,
) -> Result<Schedule> {
    let known = workspace.store(permit).schedules().get(schedule).await?;
    known.ok_or_else(|| AppError::not_found("schedule"))
}

fn name_of(name: &str) -> Result<String> {
    let name = towerify_domain::text::line(name.trim(), 120);
    if name.is_empty() {
        return Err(wrong("name", "A name.", "Un nom."));
    }
    Ok(name)
}

fn named(error: StoreError) -> AppError {
    match error {
        StoreError::Duplicate { .. } => wrong(
            "name",
            "A name that no other schedule has.",
            "Un nom qu’aucune autre planification n’a.",
        ),
        error => error.into(),
    }
}

fn wrong(field: &str, en: &str, fr: &str) -> AppError {
    AppError::invalid(vec![FieldProblem {
        field: field.into(),
        words: Words::new(en, fr),
    }])
}

async fn changed(
    workspace: &Workspace,
    permit: &Permit<may::ManageSchedules>,
    what: &str,
    detail: serde_json::Value,
) -> Result<()> {
    note(workspace, permit, what, None, "done", detail).await?;
    workspace.reset_timer();
    workspace.events().changed([Topic::Schedules]);
    Ok(())
}
