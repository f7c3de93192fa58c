//! Where to go and how: the machine, the hops before it, as whom, whose host keys are trusted, how long each stage may take.

use std::sync::Arc;
use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::host_keys::HostKeys;
use crate::login::Login;

/// How long each stage may take.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// Name and TCP connection, over all addresses of the name.
    pub connect: Duration,
    /// From the TCP connection to agreed keys and a judged host key.
    pub handshake: Duration,
    /// One answer to one attempt at logging in; a person's time for answering questions is not counted.
    pub authentication: Duration,
    /// Opening a channel once there is room for it.
    pub channel: Duration,
    /// Closes a connection on which nothing moved for this long, keep-alives included; `None` keeps it open.
    pub idle: Option<Duration>,
    /// Asks for a sign of life when the server was silent for this long…
    pub keep_alive: Duration,
    /// …and gives the connection up after so many without an answer.
    pub keep_alive_max: usize,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(10),
            handshake: Duration::from_secs(15),
            authentication: Duration::from_secs(30),
            channel: Duration::from_secs(15),
            idle: None,
            keep_alive: Duration::from_secs(15),
            keep_alive_max: 3,
        }
    }
}

/// A machine on the way.
#[derive(Clone, Debug)]
pub struct Hop {
    /// Where it is, as seen from the hop before.
    pub endpoint: Endpoint,
    /// As whom one logs in there.
    pub login: Login,
}

/// Where to go and how.
#[derive(Clone)]
pub struct Dial {
    /// The machine to reach, as seen from the last hop.
    pub endpoint: Endpoint,
    /// As whom.
    pub login: Login,
    /// Machines to go through, the first one first. Each one's host key is judged.
    pub jumps: Vec<Hop>,
    /// Whose host keys are trusted, for the machine and for every hop.
    pub host_keys: Arc<dyn HostKeys>,
    /// How long each stage may take, at every hop.
    pub timeouts: Timeouts,
}

impl Dial {
    /// A direct way, with the usual time-outs.
    pub fn new(endpoint: Endpoint, login: Login, host_keys: Arc<dyn HostKeys>) -> Self {
        Dial {
            endpoint,
            login,
            jumps: Vec::new(),
            host_keys,
            timeouts: Timeouts::default(),
        }
    }
}
