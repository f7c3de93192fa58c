//! What a test, or a trainer, does to a machine and sees of it from outside, without any of its doors.

use serde_json::Value;

use super::Machine;
use crate::{Effect, Obstacle, clock, state::State};

impl Machine {
    /// Changes the state and keeps it.
    pub(crate) fn change<T>(&self, how: impl FnOnce(&mut State) -> T) -> T {
        let made = how(&mut self.state());
        self.save();
        self.settle();
        made
    }

    /// Lets sshd be where the state says that it is.
    pub(super) fn settle(&self) {
        let state = self.state();
        if let Err(error) = self.sshd.follow(&state) {
            tracing::warn!(%error, port = state.system.ssh_port, "a training server's sshd could not move");
        }
    }

    /// Puts something in the way.
    pub(crate) fn put_obstacle(&self, obstacle: Obstacle) {
        self.change(|state| state.system.put_obstacle(obstacle, clock::now()));
    }

    /// Takes everything out of the way.
    pub(crate) fn clear_obstacles(&self) {
        self.change(|state| {
            state.system.obstacles.clear();
            state.system.apt_locked_until = None;
            state.system.cloud_init_until = None;
        });
    }

    /// Every change that was made.
    pub(crate) fn effects(&self) -> Vec<Effect> {
        self.state().system.effects.all()
    }

    /// What the machine is, in a form that two of them can be compared by.
    pub(crate) fn final_state(&self) -> Value {
        self.state().comparable()
    }

    /// Where its sshd can be reached.
    pub(crate) fn ssh_port_now(&self) -> Option<u16> {
        self.sshd.port(self.first_port)
    }
}
