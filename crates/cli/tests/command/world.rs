//! A workspace, and simulated servers beside it.

use crate::home::{Ended, Home};
use std::sync::LazyLock;
use tokio::runtime::Runtime;
use towerify_sandbox::{Fleet, Options, Pace, TrainingServer};

/// The servers live on a runtime of their own, while the test waits for the binary.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

pub struct World {
    pub home: Home,
    pub fleet: Fleet,
}

impl World {
    /// A workspace, and a fleet of `count` servers of which none is added yet.
    pub fn new(count: usize) -> Self {
        Self::at_pace(count, Pace::Instant)
    }

    pub fn at_pace(count: usize, pace: Pace) -> Self {
        let mut options = Options {
            pace,
            ..Options::default()
        };
        options.plan.retain(|blueprint| blueprint.registered);
        options.plan.truncate(count);
        let fleet = RUNTIME.block_on(Fleet::start(options)).unwrap();
        let home = Home::with_workspace();
        home.file("login", &fleet.servers()[0].password);
        Self { home, fleet }
    }

    /// The same, with every server added.
    pub fn with_servers_added(count: usize) -> Self {
        Self::new(count).add_all()
    }

    pub fn add_all(self) -> Self {
        let world = self;
        for server in world.fleet.servers() {
            let ended = world.add(server, Some(&server.host_key.fingerprint));
            assert_eq!(ended.status, 0, "{ended:?}");
        }
        world
    }

    pub fn add(&self, server: &TrainingServer, fingerprint: Option<&str>) -> Ended {
        let (address, port) = (server.address.to_string(), server.ssh_port.to_string());
        let login = self.home.path("login").display().to_string();
        let mut arguments = vec![
            "--json",
            "servers",
            "add",
            &server.name,
            "--address",
            &address,
            "--port",
            &port,
            "--user",
            &server.user,
            "--login-password-file",
            &login,
            "--tag",
            "exercice",
        ];
        if let Some(fingerprint) = fingerprint {
            arguments.extend(["--fingerprint", fingerprint]);
        }
        self.home.towerify(&arguments)
    }

    pub fn json(&self, arguments: &[&str]) -> Ended {
        self.home.towerify(&[&["--json"], arguments].concat())
    }

    /// A server with YunoHost on it.
    pub fn name(&self) -> &str {
        &self.fleet.servers()[0].name
    }
}
