//! Bringing the fleet up and putting it away; where it keeps what must survive.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rand::RngExt;
use russh::keys::{Algorithm, PrivateKey, key::safe_rng, ssh_key::LineEnding};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    Absence, BareMachine, Blueprint, Fault, Faults, HostIdentity, Pace, SandboxError,
    TrainingServer, api, clock, firm, keep,
    machine::{Connections, Machine, Start},
    resolver::{self, Sockets, Zone},
    ssh_server::{self, HostKeys},
    state::State,
};

/// Ports of a kept fleet are taken from here: below those that systems give to outgoing connections.
const PORTS: std::ops::Range<u16> = 20_022..29_900;

/// What to start.
#[derive(Clone)]
pub struct Options {
    /// Where state, ports and host keys survive a restart; `None` keeps them until [`Fleet::stop`].
    pub folder: Option<PathBuf>,
    /// How long work takes.
    pub pace: Pace,
    /// What a stop is for the machines.
    pub absence: Absence,
    /// The servers. What the folder knows of one wins over its blueprint.
    pub plan: Vec<Blueprint>,
    /// The password of `admin` on servers that are new.
    pub password: String,
    /// Public keys that may log in as `admin` on every server, as OpenSSH writes them.
    pub authorized_keys: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            folder: None,
            pace: Pace::Real,
            absence: Absence::PowerCut,
            plan: firm::plan().into_iter().chain(firm::machines()).collect(),
            password: "Exercice-Tour-2026".to_owned(),
            authorized_keys: Vec::new(),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("folder", &self.folder)
            .field("pace", &self.pace)
            .field("servers", &self.plan.len())
            .finish_non_exhaustive()
    }
}

/// A running fleet. Dropping it stops it too.
#[derive(Debug)]
pub struct Fleet {
    servers: Vec<TrainingServer>,
    machines: Vec<BareMachine>,
    resolver: SocketAddr,
    connections: Connections,
    power: CancellationToken,
    tasks: JoinSet<()>,
    /// Held while the fleet runs.
    _lock: File,
    /// The folder of a fleet that is not kept.
    _unkept: Option<TempDir>,
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.cut_power();
    }
}

/// What makes a server recognisable, kept in its folder.
#[derive(Serialize, Deserialize)]
struct Identity {
    ssh_port: u16,
    api_port: u16,
    /// In OpenSSH's form.
    host_key: String,
    /// What fault `ChangedHostKey` shows.
    changed_host_key: String,
    /// DER, in base64.
    certificate: String,
    certificate_key: String,
}

impl Fleet {
    /// Starts every server of the plan, with what the folder kept of it.
    ///
    /// # Errors
    /// See [`SandboxError`].
    pub async fn start(options: Options) -> Result<Self, SandboxError> {
        let mut names = BTreeSet::new();
        for blueprint in &options.plan {
            let name = &blueprint.name;
            let good = name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            if name.is_empty() || !good || !names.insert(name) {
                return Err(SandboxError::Plan(format!("the server name {name:?}")));
            }
        }
        let (folder, unkept) = match &options.folder {
            Some(folder) => (folder.clone(), None),
            None => {
                let unkept = TempDir::new().map_err(|source| SandboxError::Folder {
                    path: std::env::temp_dir(),
                    source,
                })?;
                (unkept.path().to_owned(), Some(unkept))
            }
        };
        let lock = lock(&folder)?;
        let power = CancellationToken::new();
        let sockets = sockets(&folder, options.folder.is_some()).await?;
        let mut fleet = Self {
            servers: Vec::new(),
            machines: Vec::new(),
            resolver: sockets.address,
            connections: Connections::default(),
            power,
            tasks: JoinSet::new(),
            _lock: lock,
            _unkept: unkept,
        };
        for blueprint in &options.plan {
            fleet.bring_up(&folder, blueprint, &options).await?;
        }
        let zones = fleet.zones();
        let power = fleet.power.child_token();
        fleet.tasks.spawn(resolver::serve(sockets, zones, power));
        Ok(fleet)
    }

    async fn bring_up(
        &mut self,
        folder: &Path,
        blueprint: &Blueprint,
        options: &Options,
    ) -> Result<(), SandboxError> {
        let name = &blueprint.name;
        let folder = folder.join(name);
        let file = folder.join("identity.json");
        let kept: Option<Identity> = keep::read(&file)?;
        let is_kept = options.folder.is_some();
        let (wanted_ssh, wanted_api) = kept
            .as_ref()
            .map_or((0, 0), |kept| (kept.ssh_port, kept.api_port));
        let ssh = listen(name, wanted_ssh, is_kept).await?;
        let api = listen(name, wanted_api, is_kept).await?;
        let (ssh_port, api_port) = (port_of(name, &ssh)?, port_of(name, &api)?);
        let identity = match kept {
            Some(kept) => kept,
            None => {
                let made = Identity::new(name, &blueprint.main_domain, ssh_port, api_port)?;
                keep::write(&file, &made)?;
                made
            }
        };
        let keys = HostKeys {
            own: host_key(name, &identity.host_key)?,
            changed: host_key(name, &identity.changed_host_key)?,
        };
        let host_key = HostIdentity {
            openssh: keys
                .own
                .public_key()
                .to_openssh()
                .map_err(|error| unmade(name, error))?,
            fingerprint: ssh_server::fingerprint(keys.own.public_key()),
        };
        let faults = Faults::default();
        if blueprint.slow_ms > 0 {
            faults.set(Fault::Slow(Duration::from_millis(blueprint.slow_ms)));
        }
        let born = || match &blueprint.bare {
            Some(bare) => State::born_bare(blueprint, bare, clock::now()),
            None => State::born(blueprint, &options.password, clock::now()),
        };
        let start = Start {
            pace: options.pace,
            absence: options.absence,
            power: self.power.child_token(),
            first_port: ssh_port,
            connections: self.connections.clone(),
        };
        let machine = Machine::boot(folder, born, faults.clone(), start)?;
        if blueprint.bare.is_none() {
            for key in &options.authorized_keys {
                machine.state().put_key("admin", key);
            }
        }
        let certificate = STANDARD
            .decode(&identity.certificate)
            .map_err(|error| unmade(name, error))?;
        let certificate_key = STANDARD
            .decode(&identity.certificate_key)
            .map_err(|error| unmade(name, error))?;
        let changed = rcgen::generate_simple_self_signed(vec![blueprint.main_domain.clone()])
            .map_err(|error| unmade(name, error))?;
        let changed = api::Certificate {
            certificate: changed.cert.der().to_vec(),
            key: changed.signing_key.serialize_der(),
        };
        let certificate_sha256 = Sha256::digest(&certificate)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let own = api::Certificate {
            certificate,
            key: certificate_key,
        };
        let tls = api::tls(own, changed, faults.clone()).map_err(|error| unmade(name, error))?;
        let portal = Arc::new(api::Portal::default());
        let password = machine.state().password.clone();
        if blueprint.dead {
            // Connections are refused from now on; nobody else is likely to take the port of this moment.
            drop((ssh, api));
        } else {
            self.tasks
                .spawn(ssh_server::serve(Arc::clone(&machine), ssh, keys));
            let (served, portal) = (Arc::clone(&machine), Arc::clone(&portal));
            self.tasks.spawn(api::serve(served, portal, api, tls));
        }
        machine.go_on();
        if let Some(bare) = &blueprint.bare {
            self.machines.push(BareMachine {
                name: name.clone(),
                address: Ipv4Addr::LOCALHOST,
                ssh_port,
                api_port,
                user: bare.user.clone(),
                password: bare.password.clone(),
                host_key,
                domain: blueprint.main_domain.clone(),
                customer: blueprint.customer.clone(),
                debian: bare.debian,
                machine,
            });
            return Ok(());
        }
        self.servers.push(TrainingServer {
            name: name.clone(),
            address: Ipv4Addr::LOCALHOST,
            ssh_port,
            api_port,
            user: "admin".to_owned(),
            password,
            host_key,
            certificate_sha256,
            main_domain: blueprint.main_domain.clone(),
            customer: blueprint.customer.clone(),
            tags: blueprint.tags.clone(),
            yunohost: blueprint.version.clone(),
            registered: blueprint.registered,
            faults,
            machine,
            portal,
        });
        Ok(())
    }

    fn cut_power(&self) {
        self.power.cancel();
        let servers = self.servers.iter().map(|server| &server.machine);
        let machines = self.machines.iter().map(|machine| &machine.machine);
        for machine in servers.chain(machines) {
            machine.sshd.close();
        }
    }

    /// The servers, in the plan's order.
    pub fn servers(&self) -> &[TrainingServer] {
        &self.servers
    }

    /// One server by its name.
    pub fn server(&self, name: &str) -> Option<&TrainingServer> {
        self.servers.iter().find(|server| server.name == name)
    }

    /// The bare machines, in the plan's order.
    pub fn machines(&self) -> &[BareMachine] {
        &self.machines
    }

    /// One bare machine by its name.
    pub fn machine(&self, name: &str) -> Option<&BareMachine> {
        self.machines.iter().find(|machine| machine.name == name)
    }

    /// The fleet's name server: UDP and TCP, real DNS. It knows the domains of the fleet's servers and machines and
    /// every name below them, and says what a machine's obstacles want.
    pub fn resolver(&self) -> SocketAddr {
        self.resolver
    }

    fn zones(&self) -> Vec<Zone> {
        let servers = self.servers.iter().map(|server| Zone {
            domain: server.main_domain.clone(),
            machine: Arc::clone(&server.machine),
        });
        let machines = self.machines.iter().map(|machine| Zone {
            domain: machine.domain.clone(),
            machine: Arc::clone(&machine.machine),
        });
        servers.chain(machines).collect()
    }

    /// How many SSH connections there are to the whole fleet now.
    pub fn connections(&self) -> usize {
        self.connections.now()
    }

    /// The most SSH connections that there were to the whole fleet at once, since it started or since
    /// [`Self::count_connections_anew`].
    pub fn most_connections(&self) -> usize {
        self.connections.most()
    }

    /// Counts [`Self::most_connections`] from now on.
    pub fn count_connections_anew(&self) {
        self.connections.begin_anew();
    }

    /// Stops every server, as a power cut would: what runs is lost, and said to be lost after the next start.
    pub async fn stop(mut self) {
        self.cut_power();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// The name server's sockets: on the port that it had.
async fn sockets(folder: &Path, is_kept: bool) -> Result<Sockets, SandboxError> {
    let file = folder.join("resolver.json");
    let refused = |port| {
        move |source| SandboxError::Port {
            server: "the name server".to_owned(),
            port,
            source,
        }
    };
    if let Some(port) = keep::read(&file)? {
        return Sockets::bind(port).await.map_err(refused(port));
    }
    let mut found = Sockets::bind(0).await.map_err(refused(0))?;
    if is_kept {
        for _ in 0..20 {
            let port = rand::rng().random_range(PORTS);
            if let Ok(sockets) = Sockets::bind(port).await {
                found = sockets;
                break;
            }
        }
        keep::write(&file, &found.address.port())?;
    }
    Ok(found)
}

/// Starts afresh: forgets everything that a fleet kept in this folder. The fleet must not be running.
///
/// # Errors
/// [`SandboxError::InUse`], [`SandboxError::Folder`].
pub fn forget(folder: &Path) -> Result<(), SandboxError> {
    if !folder.exists() {
        return Ok(());
    }
    let lock = lock(folder)?;
    let failed = |source| SandboxError::Folder {
        path: folder.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        // Only what a fleet made: a wrong folder must not be emptied.
        if path.join("identity.json").is_file() {
            fs::remove_dir_all(&path).map_err(failed)?;
        }
    }
    drop(lock);
    Ok(())
}

/// Takes the folder for this process.
fn lock(folder: &Path) -> Result<File, SandboxError> {
    let path = folder.join("fleet.lock");
    let failed = |source| SandboxError::Folder {
        path: path.clone(),
        source,
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let file = File::create(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(SandboxError::InUse),
        Err(fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn unmade(server: &str, error: impl std::fmt::Display) -> SandboxError {
    SandboxError::Identity {
        server: server.to_owned(),
        reason: error.to_string(),
    }
}

fn host_key(server: &str, text: &str) -> Result<PrivateKey, SandboxError> {
    PrivateKey::from_openssh(text).map_err(|error| unmade(server, error))
}

impl Identity {
    fn new(server: &str, domain: &str, ssh_port: u16, api_port: u16) -> Result<Self, SandboxError> {
        let key = || -> Result<String, SandboxError> {
            let key = PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519)
                .map_err(|error| unmade(server, error))?;
            let text = key
                .to_openssh(LineEnding::LF)
                .map_err(|error| unmade(server, error))?;
            Ok(text.to_string())
        };
        let names = vec![
            domain.to_owned(),
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
        ];
        let made =
            rcgen::generate_simple_self_signed(names).map_err(|error| unmade(server, error))?;
        Ok(Self {
            ssh_port,
            api_port,
            host_key: key()?,
            changed_host_key: key()?,
            certificate: STANDARD.encode(made.cert.der()),
            certificate_key: STANDARD.encode(made.signing_key.serialize_der()),
        })
    }
}

/// Listens on the port that a server had, or on a free one; a kept fleet's are out of the system's own range.
async fn listen(server: &str, wanted: u16, kept: bool) -> Result<TcpListener, SandboxError> {
    let refused = |port, source| SandboxError::Port {
        server: server.to_owned(),
        port,
        source,
    };
    if wanted != 0 || !kept {
        return TcpListener::bind((Ipv4Addr::LOCALHOST, wanted))
            .await
            .map_err(|source| refused(wanted, source));
    }
    let mut last = None;
    for _ in 0..200 {
        let port = rand::rng().random_range(PORTS);
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => last = Some(error),
        }
    }
    let last = last.unwrap_or_else(|| std::io::ErrorKind::AddrInUse.into());
    Err(refused(0, last))
}

fn port_of(server: &str, listener: &TcpListener) -> Result<u16, SandboxError> {
    let address = listener.local_addr().map_err(|source| SandboxError::Port {
        server: server.to_owned(),
        port: 0,
        source,
    })?;
    Ok(address.port())
}
