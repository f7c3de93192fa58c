//! Fleet runs: the same change on many servers, in waves. This says whose turn it is, and when to stop; what one server's
//! turn is, and where all of it is written down, is the [`Crew`]'s, asked for here as a trait.
//!
//! A wave begins when every server of the one before has ended. Within a wave each server goes at its own pace: one that
//! is slow keeps its own place and nobody else's. The rule of when to stop is
//! [`StopRule`](towerify_domain::fleet::StopRule); it is looked at whenever a server has ended, and begins no other
//! server; what is at work comes to its end.
//!
//! Whatever moment the program dies at, [`Fleets::take_up`] goes on: servers that had their turn are followed to their
//! end first, the others have theirs as planned.

use std::collections::{BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::FutureExt as _;
use tokio::sync::{Mutex as Turnstile, Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use towerify_domain::Words;
use towerify_domain::fleet::{FleetState, MemberState, StopRule};
use towerify_domain::id::FleetId;

use crate::JournalError;

/// A fleet run as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetStanding {
    /// Where it stands.
    pub state: FleetState,
    /// What it was when servers were left out: it is that again once those that failed were retried.
    pub left_as: Option<FleetState>,
    /// When it stops by itself.
    pub rule: Option<StopRule>,
    /// At most so many servers at work at a time; at least 1.
    pub at_once: usize,
    /// Its servers, in the order of their turns.
    pub turns: Vec<Turn>,
}

/// One server's place in a fleet run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Its number in the fleet run.
    pub n: u32,
    /// Its wave.
    pub wave: u32,
    /// Where it stands.
    pub state: MemberState,
    /// It failed, and a person said to go on: it does not count for the rule any more.
    pub excused: bool,
}

impl FleetStanding {
    /// The wave at work: the first that has not ended.
    fn wave(&self) -> Option<u32> {
        self.turns
            .iter()
            .filter(|turn| !turn.state.is_over())
            .map(|turn| turn.wave)
            .min()
    }

    fn waits(&self) -> bool {
        self.turns
            .iter()
            .any(|turn| turn.state == MemberState::Waiting)
    }

    /// Whether its rule stops it now: not when nobody waits who could be spared.
    #[must_use]
    pub fn is_to_stop(&self) -> bool {
        let Some(rule) = self.rule.filter(|_| self.waits()) else {
            return false;
        };
        let failed = |turn: &&Turn| turn.state.is_failure() && !turn.excused;
        let in_all = self.turns.iter().filter(failed).count();
        let mut waves: HashMap<u32, (usize, usize)> = HashMap::new();
        for turn in &self.turns {
            let (failed_here, size) = waves.entry(turn.wave).or_default();
            *size += 1;
            *failed_here += usize::from(failed(&turn));
        }
        waves
            .values()
            .any(|(failed_here, size)| rule.stops(in_all, *failed_here, *size))
    }
}

/// Who does the servers' turns, and keeps the book. Each call is committed when it returns `Ok`. After an error the fleet
/// run is left where it is, as a crash would leave it, and taken up later.
#[async_trait]
pub trait Crew: Send + Sync + 'static {
    /// How a fleet run stands; `None` when there is none.
    async fn standing(&self, fleet: FleetId) -> Result<Option<FleetStanding>, JournalError>;

    /// One server's part, from where it stands to its end, which is written down when this returns. May be called again
    /// for one that was in flight when the program ended: doing it twice must do no harm.
    async fn turn(&self, fleet: FleetId, n: u32) -> Result<MemberState, JournalError>;

    /// A server's part ended by a defect of this program: nobody knows how far it came.
    async fn broke(&self, fleet: FleetId, n: u32) -> Result<MemberState, JournalError>;

    /// The fleet run is in this state now. Stopped or cancelled, those that wait are left out in the same commit.
    async fn fleet_is(
        &self,
        fleet: FleetId,
        state: FleetState,
        because: Option<Words>,
    ) -> Result<(), JournalError>;

    /// It goes on: those that were left out wait again, those that failed before its rule stopped it are excused.
    async fn goes_on(&self, fleet: FleetId) -> Result<(), JournalError>;

    /// Those that failed wait again, and no others; gives how many.
    async fn retries(&self, fleet: FleetId) -> Result<u32, JournalError>;
}

/// Why a fleet run was not steered.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// There is no such fleet run.
    #[error("there is no fleet run {0}")]
    NoSuchFleet(FleetId),
    /// It is in a state in which this makes no sense.
    #[error("fleet run {0} is {1:?}")]
    Is(FleetId, FleetState),
    /// The book could not be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

struct Live {
    /// Something was written down by another hand: read it again.
    reread: Arc<Notify>,
    left: watch::Receiver<()>,
}

struct Shared<C> {
    crew: C,
    /// One place a server that is at work, in all fleet runs together.
    doors: Arc<Semaphore>,
    live: Mutex<HashMap<FleetId, Live>>,
    /// Held by whoever writes down a fleet run's state.
    steering: Turnstile<()>,
}

impl<C> Shared<C> {
    fn live(&self) -> MutexGuard<'_, HashMap<FleetId, Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries fleet runs out. One a workspace. Dropping it stops everything where it is.
pub struct Fleets<C: Crew> {
    shared: Arc<Shared<C>>,
    tasks: Mutex<JoinSet<()>>,
}

impl<C: Crew> Fleets<C> {
    /// At no time are more than `doors` servers at work, in all fleet runs together.
    pub fn new(crew: C, doors: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                crew,
                doors: Arc::new(Semaphore::new(doors.clamp(1, Semaphore::MAX_PERMITS))),
                live: Mutex::default(),
                steering: Turnstile::default(),
            }),
            tasks: Mutex::default(),
        }
    }

    /// Goes on with these fleet runs from where they stand: new ones, and those that were open when the program ended.
    /// Servers that are at work already have their doors before any other is begun.
    ///
    /// # Errors
    /// [`FleetError::NoSuchFleet`], [`FleetError::Journal`]; then none is taken up.
    pub async fn take_up(&self, fleets: &[FleetId]) -> Result<(), FleetError> {
        let _steering = self.shared.steering.lock().await;
        let mut ready = Vec::new();
        for &fleet in fleets {
            if self.shared.live().contains_key(&fleet) {
                continue;
            }
            let standing = self.standing(fleet).await?;
            let flying = standing
                .turns
                .iter()
                .filter(|turn| turn.state == MemberState::Running)
                .map(|turn| {
                    (
                        turn.n,
                        Arc::clone(&self.shared.doors).try_acquire_owned().ok(),
                    )
                })
                .collect();
            ready.push((fleet, standing, flying));
        }
        for (fleet, standing, flying) in ready {
            self.spawn(fleet, standing, flying);
        }
        Ok(())
    }

    /// Begins no other server until [`Fleets::go_on`]; what is at work comes to its end.
    ///
    /// # Errors
    /// [`FleetError::Is`] unless it is running.
    pub async fn pause(&self, fleet: FleetId, because: Words) -> Result<(), FleetError> {
        let _steering = self.shared.steering.lock().await;
        self.only_if(fleet, |state| state == FleetState::Running)
            .await?;
        let crew = &self.shared.crew;
        crew.fleet_is(fleet, FleetState::Paused, Some(because))
            .await?;
        self.wake(fleet).await
    }

    /// Goes on after a pause, or after its rule stopped it.
    ///
    /// # Errors
    /// [`FleetError::Is`] unless it is paused or stopped.
    pub async fn go_on(&self, fleet: FleetId) -> Result<(), FleetError> {
        let _steering = self.shared.steering.lock().await;
        self.only_if(fleet, |state| {
            matches!(state, FleetState::Paused | FleetState::Stopped)
        })
        .await?;
        self.shared.crew.goes_on(fleet).await?;
        self.wake(fleet).await
    }

    /// Begins no other server, for good; what is at work there is the crew's to cancel.
    ///
    /// # Errors
    /// [`FleetError::Is`] when it is over (one that its rule stopped can be cancelled).
    pub async fn cancel(&self, fleet: FleetId, because: Words) -> Result<(), FleetError> {
        let _steering = self.shared.steering.lock().await;
        self.only_if(fleet, |state| {
            !matches!(state, FleetState::Cancelled | FleetState::Done)
        })
        .await?;
        let crew = &self.shared.crew;
        crew.fleet_is(fleet, FleetState::Cancelled, Some(because))
            .await?;
        self.wake(fleet).await
    }

    /// Takes up those that failed, and no others; gives how many.
    ///
    /// # Errors
    /// [`FleetError::Is`] unless it is over.
    pub async fn retry_failed(&self, fleet: FleetId) -> Result<u32, FleetError> {
        let _steering = self.shared.steering.lock().await;
        self.only_if(fleet, FleetState::is_over).await?;
        let again = self.shared.crew.retries(fleet).await?;
        if again > 0 {
            self.wake(fleet).await?;
        }
        Ok(again)
    }

    /// Waits until nothing more of it is at work here: at once when nothing is. One that is paused is waited for.
    pub async fn left(&self, fleet: FleetId) {
        let left = self.shared.live().get(&fleet).map(|live| live.left.clone());
        if let Some(mut left) = left {
            // Nothing is ever sent: the sender goes when the work does.
            while left.changed().await.is_ok() {}
        }
    }

    /// The fleet runs that are at work here or paused, in no order.
    pub fn at_work(&self) -> Vec<FleetId> {
        self.shared.live().keys().copied().collect()
    }

    /// Stops everything where it is, and waits until nothing moves.
    pub async fn stop(&self) {
        let mut tasks =
            std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
        self.shared.live().clear();
    }

    async fn standing(&self, fleet: FleetId) -> Result<FleetStanding, FleetError> {
        let standing = self.shared.crew.standing(fleet).await?;
        standing.ok_or(FleetError::NoSuchFleet(fleet))
    }

    async fn only_if(
        &self,
        fleet: FleetId,
        may: impl Fn(FleetState) -> bool,
    ) -> Result<(), FleetError> {
        let state = self.standing(fleet).await?.state;
        if may(state) {
            Ok(())
        } else {
            Err(FleetError::Is(fleet, state))
        }
    }

    /// Has what was written down be read; called with the steering held.
    async fn wake(&self, fleet: FleetId) -> Result<(), FleetError> {
        let live = |live: &Live| live.reread.notify_one();
        if self.shared.live().get(&fleet).map(live).is_none() {
            let standing = self.standing(fleet).await?;
            if !standing.state.is_over() {
                self.spawn(fleet, standing, Vec::new());
            }
        }
        Ok(())
    }

    fn spawn(
        &self,
        fleet: FleetId,
        standing: FleetStanding,
        flying: Vec<(u32, Option<OwnedSemaphorePermit>)>,
    ) {
        let reread = Arc::new(Notify::new());
        let (leaving, left) = watch::channel(());
        let live = Live {
            reread: Arc::clone(&reread),
            left,
        };
        self.shared.live().insert(fleet, live);
        let mut work = Work {
            shared: Arc::clone(&self.shared),
            fleet,
            standing,
            reread,
            flying: JoinSet::new(),
            aloft: BTreeSet::new(),
        };
        for (n, door) in flying {
            work.set_out(n, door);
        }
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            let shared = Arc::clone(&work.shared);
            if let Err(error) = Box::pin(work.carry_out()).await {
                tracing::error!(%fleet, %error, "a fleet run stops where it is: its book failed");
                shared.live().remove(&fleet);
            }
            drop(leaving);
        });
    }
}

type Landed = (u32, Result<MemberState, JournalError>);

/// One fleet run at work.
struct Work<C> {
    shared: Arc<Shared<C>>,
    fleet: FleetId,
    standing: FleetStanding,
    reread: Arc<Notify>,
    flying: JoinSet<Landed>,
    /// Who is in flight: their book may still say that they wait.
    aloft: BTreeSet<u32>,
}

/// What happens next.
enum Next {
    Landed(Landed),
    Door(OwnedSemaphorePermit),
    Reread,
}

impl<C: Crew> Work<C> {
    async fn carry_out(mut self) -> Result<(), JournalError> {
        loop {
            if matches!(
                self.standing.state,
                FleetState::Running | FleetState::Paused
            ) && self.standing.is_to_stop()
            {
                self.stop().await?;
                continue;
            }
            let next_turn = self.next_turn();
            if self.flying.is_empty() && next_turn.is_none() && self.leave().await? {
                return Ok(());
            }
            let may_begin = next_turn.is_some() && self.flying.len() < self.standing.at_once.max(1);
            let doors = Arc::clone(&self.shared.doors);
            let next = tokio::select! {
                biased;
                () = self.reread.notified() => Next::Reread,
                Some(landed) = self.flying.join_next(), if !self.flying.is_empty() => match landed {
                    Ok(landed) => Next::Landed(landed),
                    // Only by being stopped as a whole: a defect in a turn is caught in it.
                    Err(_) => return Ok(()),
                },
                Ok(door) = doors.acquire_owned(), if may_begin => Next::Door(door),
            };
            match (next, next_turn) {
                (Next::Landed((n, end)), _) => {
                    let end = end?;
                    self.aloft.remove(&n);
                    if let Some(turn) = self.standing.turns.iter_mut().find(|turn| turn.n == n) {
                        turn.state = end;
                    }
                }
                (Next::Door(door), Some(n)) => self.set_out(n, Some(door)),
                (Next::Door(_), None) => {}
                (Next::Reread, _) => {
                    if !self.read().await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Whose turn it is; nobody's while it is held, or the wave's last ones are still at work.
    fn next_turn(&self) -> Option<u32> {
        if self.standing.state != FleetState::Running {
            return None;
        }
        let wave = self.standing.wave()?;
        let mut turns = self.standing.turns.iter();
        turns
            .find(|turn| {
                turn.wave == wave && !turn.state.is_over() && !self.aloft.contains(&turn.n)
            })
            .map(|turn| turn.n)
    }

    fn set_out(&mut self, n: u32, door: Option<OwnedSemaphorePermit>) {
        self.aloft.insert(n);
        if let Some(turn) = self.standing.turns.iter_mut().find(|turn| turn.n == n) {
            turn.state = MemberState::Running;
        }
        let (shared, fleet) = (Arc::clone(&self.shared), self.fleet);
        self.flying.spawn(async move {
            let turn = AssertUnwindSafe(shared.crew.turn(fleet, n)).catch_unwind();
            let end = match turn.await {
                Ok(end) => end,
                Err(_panic) => shared.crew.broke(fleet, n).await,
            };
            drop(door);
            (n, end)
        });
    }

    /// Reads the book again; false when the fleet run is gone.
    async fn read(&mut self) -> Result<bool, JournalError> {
        let Some(mut standing) = self.shared.crew.standing(self.fleet).await? else {
            self.shared.live().remove(&self.fleet);
            return Ok(false);
        };
        for turn in &mut standing.turns {
            if self.aloft.contains(&turn.n) && !turn.state.is_over() {
                turn.state = MemberState::Running;
            }
        }
        self.standing = standing;
        Ok(true)
    }

    async fn stop(&mut self) -> Result<(), JournalError> {
        let shared = Arc::clone(&self.shared);
        let _steering = shared.steering.lock().await;
        // A person may have been quicker.
        if !self.read().await? {
            self.standing.turns.clear(); // it is gone, and nobody waits any more
        } else if self.standing.is_to_stop() && !self.standing.state.is_over() {
            let because = self.standing.rule.map(StopRule::words);
            let crew = &shared.crew;
            crew.fleet_is(self.fleet, FleetState::Stopped, because)
                .await?;
            self.read().await?;
        }
        Ok(())
    }

    /// With nobody in flight and nobody's turn: whether there is nothing more to do.
    async fn leave(&mut self) -> Result<bool, JournalError> {
        let shared = Arc::clone(&self.shared);
        let _steering = shared.steering.lock().await;
        if !self.read().await? {
            return Ok(true);
        }
        let state = self.standing.state;
        if state == FleetState::Running {
            let mut turns = self.standing.turns.iter();
            if turns.any(|turn| !turn.state.is_over()) {
                return Ok(false);
            }
            let mut turns = self.standing.turns.iter();
            let left = turns.any(|turn| turn.state == MemberState::Left);
            let end = match self.standing.left_as {
                Some(left_as) if left => left_as,
                _ => FleetState::Done,
            };
            let rule = self.standing.rule.filter(|_| end == FleetState::Stopped);
            let because = rule.map(StopRule::words);
            shared.crew.fleet_is(self.fleet, end, because).await?;
        }
        let leaves = state != FleetState::Paused;
        if leaves {
            shared.live().remove(&self.fleet);
        }
        Ok(leaves)
    }
}
