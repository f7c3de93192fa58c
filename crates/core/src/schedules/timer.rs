//! The one timer of a workspace: sleeps until the next schedule is due, begins what is, and says what was missed.
//!
//! What is due within [`GRACE`] is begun, late or not: a computer that was busy. What is older was missed, also what was
//! due while the workspace was closed, however shortly: nobody expects a change of last night to begin at breakfast.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tokio::{sync::Notify, task::JoinHandle};
use towerify_domain::{Permit, policy::may, schedule::Missed};
use towerify_store::{Fired, Schedule};

use crate::{
    AppError, Result, Topic, Workspace,
    clock::now,
    fleet::{self, NewFleetRun},
    journal::note,
    runs::error_words,
    schedules::list::order_of,
};

/// How late a time may be begun.
const GRACE: TimeDelta = TimeDelta::minutes(10);

/// The longest sleep: a timer does not count the time that the computer itself slept, so the clock is looked at again.
const LONGEST: Duration = Duration::from_secs(300);

/// A workspace's timer. Dropping it stops it.
pub(crate) struct Timer {
    reset: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Timer {
    /// Says what was missed while the workspace was closed, then waits for what is due.
    pub(crate) async fn start(workspace: &Arc<Workspace>) -> Self {
        if let Err(error) = Box::pin(pass(workspace, true)).await {
            // A schedule that can't be read keeps nobody out of the workspace.
            tracing::warn!(%error, "what schedules missed could not be found out");
        }
        let reset = Arc::new(Notify::new());
        let task = tokio::spawn(watch(Arc::downgrade(workspace), Arc::clone(&reset)));
        Self { reset, task }
    }

    /// A schedule changed: another time may be next.
    pub(crate) fn reset(&self) {
        self.reset.notify_one();
    }
}

async fn watch(workspace: Weak<Workspace>, reset: Arc<Notify>) {
    loop {
        let next = {
            let Some(workspace) = workspace.upgrade() else {
                return;
            };
            match Box::pin(pass(&workspace, false)).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "schedules could not be looked at");
                    Some(now() + TimeDelta::minutes(1))
                }
            }
        };
        match next {
            None => reset.notified().await,
            Some(next) => {
                let sleep = (next - now()).to_std().unwrap_or(Duration::ZERO);
                tokio::select! {
                    () = tokio::time::sleep(sleep.min(LONGEST)) => {}
                    () = reset.notified() => {}
                }
            }
        }
    }
}

/// Deals with what is due now; gives the next time at which something is.
async fn pass(workspace: &Arc<Workspace>, opening: bool) -> Result<Option<DateTime<Utc>>> {
    // Whoever may not plan has nothing planned to begin.
    let Some(permit) = Permit::<may::ManageSchedules>::held(workspace.actor()) else {
        return Ok(None);
    };
    let schedules = workspace.store(&permit).schedules();
    let at = now();
    let mut touched = false;
    for schedule in schedules.due(at).await? {
        touched = true;
        let Some(due) = schedule.next_at else {
            continue;
        };
        let next_at = schedule.timing.next(at);
        if opening || at - due > GRACE {
            if let Some(missed) = schedule.timing.missed(due, at) {
                let missed = together(schedule.missed, missed);
                schedules.missed(schedule.id, &missed, next_at).await?;
                let detail = json!({ "schedule": schedule.id, "missed": missed });
                note(
                    workspace,
                    &permit,
                    "schedule.missed",
                    None,
                    "failed",
                    detail,
                )
                .await?;
            }
        } else if let Err(error) = begin(workspace, &schedule, next_at).await {
            tracing::warn!(schedule = %schedule.id, %error, "a schedule could not begin");
            let why = error_words(&error);
            schedules.failed(schedule.id, &why, at, next_at).await?;
        }
    }
    if touched {
        workspace.events().changed([Topic::Schedules]);
    }
    Ok(schedules.first_due().await?)
}

async fn begin(
    workspace: &Arc<Workspace>,
    schedule: &Schedule,
    next_at: Option<DateTime<Utc>>,
) -> Result<()> {
    let permit = Permit::<may::RunFleet>::ask(workspace.actor())?;
    if let Some(last) = schedule.last_fleet {
        let last = workspace.store(&permit).fleet_runs().get(last).await?;
        if last.is_some_and(|last| !last.state.is_over()) {
            return Err(AppError::new(
                crate::Code::Busy,
                "What it began the last time is still at work.",
            ));
        }
    }
    let new = NewFleetRun {
        order: order_of(schedule)?,
        password: None,
    };
    let fired = Fired {
        schedule: schedule.id,
        next_at,
    };
    Box::pin(fleet::begin_with(workspace, &permit, new, Some(fired))).await?;
    Ok(())
}

/// What was missed before and is not decided yet, and what was missed now.
fn together(before: Option<Missed>, now: Missed) -> Missed {
    match before {
        None => now,
        Some(before) => Missed {
            times: before.times.saturating_add(now.times),
            first: before.first,
            last: now.last,
        },
    }
}
