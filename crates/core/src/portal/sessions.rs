//! The open conversations with portals. They hold the sessions, which are secrets: they live here and nowhere else.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use towerify_domain::id::{AccountId, PlaceId};
use towerify_driver::portal::{Door, Portal};

use super::{book::Place, visitor::Desk};
use crate::{AppError, Code, Result};

/// A server shuts an address out after 20 refused logins within ten minutes, everybody behind it too; here it ends
/// earlier.
const TRIES: usize = 10;
const WITHIN: Duration = Duration::from_secs(600);

/// One a program.
#[derive(Default)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<(AccountId, PlaceId), Arc<Portal>>>,
    /// When logins were refused, by machine.
    refused: Mutex<HashMap<String, Vec<Instant>>>,
    /// Whoever changes what is kept has the turn.
    turn: tokio::sync::Mutex<()>,
}

impl Sessions {
    /// Waits until nobody else changes what is kept.
    pub(super) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The conversation with a place: the open one, else a new one, without a session.
    pub(super) fn of(&self, desk: &Desk<'_>, place: &Place) -> Result<Arc<Portal>> {
        if let Some(open) = self.open().get(&(desk.owner(), place.id)) {
            return Ok(Arc::clone(open));
        }
        Ok(Arc::new(desk.portal(place.door(), place.accepted())?))
    }

    /// Keeps a conversation that has a session.
    pub(super) fn keep(&self, owner: AccountId, place: PlaceId, portal: Arc<Portal>) {
        self.open().insert((owner, place), portal);
    }

    /// Whether there is a session, as far as is known without asking.
    pub(super) fn has(&self, owner: AccountId, place: PlaceId) -> bool {
        let open = self.open();
        open.get(&(owner, place))
            .is_some_and(|portal| portal.has_session())
    }

    /// Takes a conversation away, with its session.
    pub(super) fn take(&self, owner: AccountId, place: PlaceId) -> Option<Arc<Portal>> {
        self.open().remove(&(owner, place))
    }

    /// Ends what an account had open: its workspace closes.
    pub(crate) fn end_of(&self, account: AccountId) {
        self.open().retain(|(owner, _), _| *owner != account);
    }

    /// Refuses another login where the next refusals would shut this computer out.
    pub(super) fn check_tries(&self, door: &Door) -> Result<()> {
        let mut refused = self.refused();
        let Some(times) = refused.get_mut(&machine(door)) else {
            return Ok(());
        };
        times.retain(|at| at.elapsed() < WITHIN);
        match times.first() {
            Some(first) if times.len() >= TRIES => {
                let seconds = WITHIN.saturating_sub(first.elapsed()).as_secs().max(1);
                let message = format!(
                    "Too many wrong passwords for {}: the server would shut this computer out. Try again in {seconds} s.",
                    door.domain
                );
                Err(AppError::new(Code::Throttled, message).with("seconds", seconds))
            }
            _ => Ok(()),
        }
    }

    /// Counts a refused login. A good one in between changes nothing, on the server either.
    pub(super) fn count_refused(&self, door: &Door) {
        let mut refused = self.refused();
        refused
            .entry(machine(door))
            .or_default()
            .push(Instant::now());
    }

    fn open(&self) -> MutexGuard<'_, HashMap<(AccountId, PlaceId), Arc<Portal>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refused(&self) -> MutexGuard<'_, HashMap<String, Vec<Instant>>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What counts tries: one machine, however many domains it has.
fn machine(door: &Door) -> String {
    let host = door.machine.as_ref().unwrap_or(&door.domain);
    format!("{host} {}", door.port)
}
