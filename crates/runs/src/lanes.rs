//! One lane a server: the runs that write to it go through one at a time, in the order in which they came.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use towerify_domain::id::{RunId, ServerId};

type Queue = VecDeque<(RunId, Option<oneshot::Sender<()>>)>;

/// All lanes. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Lanes(Arc<Mutex<HashMap<ServerId, Queue>>>);

/// A place in a lane, given back when it is dropped.
pub(crate) struct Place {
    lanes: Lanes,
    server: ServerId,
    run: RunId,
    turn: Option<oneshot::Receiver<()>>,
    /// The run just ahead.
    pub ahead: Option<RunId>,
}

impl Lanes {
    fn lock(&self) -> MutexGuard<'_, HashMap<ServerId, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues up. The first in a lane has its turn at once.
    pub fn enter(&self, server: ServerId, run: RunId) -> Place {
        let mut lanes = self.lock();
        let queue = lanes.entry(server).or_default();
        let ahead = queue.back().map(|(run, _)| *run);
        let (tell, turn) = oneshot::channel();
        if ahead.is_none() {
            queue.push_back((run, None));
        } else {
            queue.push_back((run, Some(tell)));
        }
        drop(lanes);
        Place {
            lanes: self.clone(),
            server,
            run,
            turn: ahead.map(|_| turn),
            ahead,
        }
    }
}

impl Place {
    /// Waits for the turn. Can be dropped and called again.
    pub async fn turn(&mut self) {
        if let Some(turn) = &mut self.turn {
            // The sender lives in the queue until it tells: an error cannot come while this place is held.
            let _ = turn.await;
            self.turn = None;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lanes = self.lanes.lock();
        let Some(queue) = lanes.get_mut(&self.server) else {
            return;
        };
        queue.retain(|(run, _)| *run != self.run);
        match queue.front_mut() {
            None => {
                lanes.remove(&self.server);
            }
            Some((_, tell)) => {
                if let Some(tell) = tell.take() {
                    let _ = tell.send(()); // its place may be about to be dropped too; that drop tells the next
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn run(n: u128) -> RunId {
        RunId::from_uuid(Uuid::from_u128(n))
    }

    fn server(n: u128) -> ServerId {
        ServerId::from_uuid(Uuid::from_u128(n))
    }

    async fn has_turn(place: &mut Place) -> bool {
        futures::poll!(std::pin::pin!(place.turn())).is_ready()
    }

    #[tokio::test]
    async fn a_lane_is_passed_one_at_a_time_and_in_order() {
        let lanes = Lanes::default();
        let mut one = lanes.enter(server(1), run(1));
        let mut two = lanes.enter(server(1), run(2));
        let mut three = lanes.enter(server(1), run(3));
        let mut elsewhere = lanes.enter(server(2), run(4));
        assert!(has_turn(&mut one).await && has_turn(&mut elsewhere).await);
        assert!(!has_turn(&mut two).await && !has_turn(&mut three).await);
        assert_eq!(three.ahead, Some(run(2)));
        drop(one);
        assert!(has_turn(&mut two).await && !has_turn(&mut three).await);
        drop(two);
        assert!(has_turn(&mut three).await);
    }

    #[tokio::test]
    async fn one_that_leaves_the_queue_holds_nobody_up() {
        let lanes = Lanes::default();
        let one = lanes.enter(server(1), run(1));
        let two = lanes.enter(server(1), run(2));
        let mut three = lanes.enter(server(1), run(3));
        drop(two);
        assert!(!has_turn(&mut three).await, "the first is still at work");
        drop(one);
        assert!(has_turn(&mut three).await);
        drop(three);
        assert!(lanes.lock().is_empty(), "an empty lane is forgotten");
    }
}
