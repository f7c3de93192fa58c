//! A crew that keeps the book in memory and does as it is told: how long each server takes, and how it ends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use towerify_domain::Words;
use towerify_domain::fleet::{FleetState, MemberState, StopRule};
use towerify_domain::id::FleetId;
use towerify_runs::{Crew, FleetStanding, Fleets, JournalError, Turn};
use uuid::Uuid;

/// How a server's turn goes.
#[derive(Debug, Clone, Copy)]
pub enum Goes {
    /// It takes so long, and ends so.
    Ends(Duration, MemberState),
    /// It waits to be let go, then is done.
    Held,
    /// It breaks by a defect.
    Breaks,
}

pub fn well() -> Goes {
    Goes::Ends(Duration::from_millis(10), MemberState::Done)
}

pub fn badly() -> Goes {
    Goes::Ends(Duration::from_millis(10), MemberState::Failed)
}

#[derive(Default)]
struct Inner {
    standing: Option<FleetStanding>,
    goes: BTreeMap<u32, Goes>,
    /// Who began and who ended, in order.
    said: Vec<(u32, &'static str)>,
    at_work: usize,
    most: usize,
    broken: bool,
}

/// Cheap to clone; what is in it outlives the conductor, as a database does.
#[derive(Clone, Default)]
pub struct Book {
    inner: Arc<Mutex<Inner>>,
    let_go: Arc<Notify>,
}

pub fn id() -> FleetId {
    FleetId::from_uuid(Uuid::from_u128(7))
}

impl Book {
    /// Servers 1, 2, … in waves of these sizes.
    pub fn new(waves: &[usize], rule: Option<StopRule>, at_once: usize) -> Self {
        let book = Self::default();
        let wave_of = waves
            .iter()
            .zip(1..)
            .flat_map(|(size, wave)| std::iter::repeat_n(wave, *size));
        let turns = wave_of
            .zip(1..)
            .map(|(wave, n)| Turn {
                n,
                wave,
                state: MemberState::Waiting,
                excused: false,
            })
            .collect();
        book.inner().standing = Some(FleetStanding {
            state: FleetState::Running,
            left_as: None,
            rule,
            at_once,
            turns,
        });
        book
    }

    pub fn goes(self, n: u32, goes: Goes) -> Self {
        self.inner().goes.insert(n, goes);
        self
    }

    /// A server that had its turn in an earlier life of the program.
    pub fn was(self, n: u32, state: MemberState) -> Self {
        turn(&mut self.inner(), n).state = state;
        self
    }

    pub fn set(&self, n: u32, goes: Goes) {
        self.inner().goes.insert(n, goes);
    }

    pub fn let_go(&self) {
        self.let_go.notify_waiters();
    }

    /// From now on nothing can be written.
    pub fn break_it(&self) {
        self.inner().broken = true;
    }

    pub fn mend_it(&self) {
        self.inner().broken = false;
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub fn state(&self) -> FleetState {
        self.inner().standing.as_ref().unwrap().state
    }

    /// The states of the servers, in order.
    pub fn states(&self) -> Vec<MemberState> {
        let inner = self.inner();
        let turns = &inner.standing.as_ref().unwrap().turns;
        turns.iter().map(|turn| turn.state).collect()
    }

    pub fn count(&self, state: MemberState) -> usize {
        self.states().iter().filter(|is| **is == state).count()
    }

    /// Who had a turn, in order, since the last call.
    pub fn begun(&self) -> Vec<u32> {
        let mut inner = self.inner();
        let said = std::mem::take(&mut inner.said);
        said.into_iter()
            .filter(|(_, what)| *what == "begins")
            .map(|(n, _)| n)
            .collect()
    }

    /// Who began and who ended, in order.
    pub fn said(&self) -> Vec<(u32, &'static str)> {
        self.inner().said.clone()
    }

    /// The most servers that were ever at work at a time.
    pub fn most(&self) -> usize {
        self.inner().most
    }

    /// Waits until this holds, and fails when it never does.
    pub async fn until(&self, holds: impl Fn(&Self) -> bool) {
        for _ in 0..2_000 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{:?} {:?}", self.state(), self.states());
    }

    fn write<T>(&self, write: impl FnOnce(&mut Inner) -> T) -> Result<T, JournalError> {
        let mut inner = self.inner();
        if inner.broken {
            return Err(JournalError::new("the disk is full"));
        }
        Ok(write(&mut inner))
    }
}

fn turn(inner: &mut Inner, n: u32) -> &mut Turn {
    let turns = &mut inner.standing.as_mut().unwrap().turns;
    turns.iter_mut().find(|turn| turn.n == n).unwrap()
}

/// Counts a server as at work for as long as it lives.
struct AtWork(Arc<Mutex<Inner>>);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.lock().unwrap().at_work -= 1;
    }
}

#[async_trait]
impl Crew for Book {
    async fn standing(&self, fleet: FleetId) -> Result<Option<FleetStanding>, JournalError> {
        assert_eq!(fleet, id());
        Ok(self.inner().standing.clone())
    }

    async fn turn(&self, _fleet: FleetId, n: u32) -> Result<MemberState, JournalError> {
        let goes = self.write(|inner| {
            turn(inner, n).state = MemberState::Running;
            inner.said.push((n, "begins"));
            inner.at_work += 1;
            inner.most = inner.most.max(inner.at_work);
            inner.goes.get(&n).copied().unwrap_or_else(well)
        })?;
        let at_work = AtWork(Arc::clone(&self.inner));
        let end = match goes {
            Goes::Ends(after, end) => {
                tokio::time::sleep(after).await;
                end
            }
            Goes::Held => {
                self.let_go.notified().await;
                MemberState::Done
            }
            Goes::Breaks => panic!("a defect in the turn of server {n}"),
        };
        drop(at_work);
        self.write(|inner| {
            turn(inner, n).state = end;
            inner.said.push((n, "ends"));
        })?;
        Ok(end)
    }

    async fn broke(&self, _fleet: FleetId, n: u32) -> Result<MemberState, JournalError> {
        self.write(|inner| turn(inner, n).state = MemberState::Unknown)?;
        Ok(MemberState::Unknown)
    }

    async fn fleet_is(
        &self,
        _fleet: FleetId,
        state: FleetState,
        _because: Option<Words>,
    ) -> Result<(), JournalError> {
        self.write(|inner| {
            let standing = inner.standing.as_mut().unwrap();
            standing.state = state;
            if matches!(state, FleetState::Stopped | FleetState::Cancelled) {
                standing.left_as = Some(state);
                for turn in &mut standing.turns {
                    if turn.state == MemberState::Waiting {
                        turn.state = MemberState::Left;
                    }
                }
            }
        })
    }

    async fn goes_on(&self, _fleet: FleetId) -> Result<(), JournalError> {
        self.write(|inner| {
            let standing = inner.standing.as_mut().unwrap();
            let stopped = standing.state == FleetState::Stopped;
            standing.state = FleetState::Running;
            standing.left_as = None;
            for turn in &mut standing.turns {
                turn.excused |= stopped && turn.state.is_failure();
                if turn.state == MemberState::Left {
                    turn.state = MemberState::Waiting;
                }
            }
        })
    }

    async fn retries(&self, _fleet: FleetId) -> Result<u32, JournalError> {
        self.write(|inner| {
            let standing = inner.standing.as_mut().unwrap();
            standing.state = FleetState::Running;
            let mut again = 0;
            for turn in &mut standing.turns {
                if turn.state.is_failure() {
                    turn.state = MemberState::Waiting;
                    turn.excused = false;
                    again += 1;
                }
            }
            again
        })
    }
}

/// A conductor over this book.
pub fn conductor(book: &Book) -> Fleets<Book> {
    Fleets::new(book.clone(), 64)
}

/// Carries it out until nothing more is at work.
pub async fn carried_out(book: &Book) -> Fleets<Book> {
    let fleets = conductor(book);
    fleets.take_up(&[id()]).await.unwrap();
    fleets.left(id()).await;
    fleets
}
