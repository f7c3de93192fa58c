//! Where a machine's sshd listens: on the port that the fleet gave it, on one that it was moved to, or nowhere.

use std::{io, net::Ipv4Addr, sync::Arc};

use tokio::{net::TcpListener, sync::watch};

use crate::state::State;

/// Where connections are taken now.
#[derive(Clone, Default)]
pub(crate) enum Place {
    /// The first port, which the machine takes for 22.
    #[default]
    First,
    /// Another real port of this computer.
    Moved(Arc<TcpListener>),
    /// Nobody gets in: sshd moved, and the firewall lets the new port's packets fall.
    Nowhere,
}

/// The switch.
pub(crate) struct Sshd(watch::Sender<Place>);

impl Default for Sshd {
    fn default() -> Self {
        Self(watch::Sender::new(Place::First))
    }
}

impl Sshd {
    /// Wakes whoever serves when sshd is elsewhere.
    pub(crate) fn watch(&self) -> watch::Receiver<Place> {
        self.0.subscribe()
    }

    /// Goes where the machine's state says.
    pub(crate) fn follow(&self, state: &State) -> io::Result<()> {
        match state.system.ssh_door() {
            None => self.lock_out(),
            Some(22) => self.move_back(),
            Some(port) => self.move_to(port)?,
        }
        Ok(())
    }

    /// Goes back to the first port.
    fn move_back(&self) {
        self.0.send_replace(Place::First);
    }

    /// Goes where nobody can follow.
    fn lock_out(&self) {
        self.0.send_replace(Place::Nowhere);
    }

    /// Takes another port of this computer. Nothing changes when it can't be had.
    fn move_to(&self, port: u16) -> io::Result<()> {
        if self.port(0) != Some(port) {
            self.0.send_replace(Place::Moved(Arc::new(bind(port)?)));
        }
        Ok(())
    }

    /// Lets go of the port that it was moved to, at the end of the fleet.
    pub(crate) fn close(&self) {
        self.lock_out();
    }

    /// The port besides the first on which connections are taken; `None` for nowhere.
    pub(crate) fn port(&self, first: u16) -> Option<u16> {
        match &*self.0.borrow() {
            Place::First => Some(first),
            Place::Moved(listener) => listener.local_addr().ok().map(|address| address.port()),
            Place::Nowhere => None,
        }
    }
}

/// Listens on a port of this computer. In a moment when nothing else may wait.
pub(crate) fn bind(port: u16) -> io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}
