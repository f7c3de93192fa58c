//! The way to servers: one kept connection and conversation a server, opened when first needed, opened anew when lost.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use towerify_domain::{
    Within,
    id::{AccountId, ServerId},
};
use towerify_driver::{Driver, Privilege, Start};
use towerify_ssh::{
    Connection, Credential, Dial, Endpoint, Hop, HostKey, Pinned, PrivateKey, Timeouts,
};
use towerify_store::{Credential as Kept, GateAccess, Server, Sight, Store};
use towerify_vault::Sealer;

use crate::{
    Result,
    error::{AppError, Code},
    servers::Veil,
    workspace::Spoken,
};

/// The kinds of credential that the store keeps.
pub(crate) mod kind {
    pub(crate) const PASSWORD: &str = "password";
    pub(crate) const KEY: &str = "key";
    pub(crate) const KEY_PASSPHRASE: &str = "key_passphrase";
    pub(crate) const AGENT: &str = "agent";
    pub(crate) const SUDO_PASSWORD: &str = "sudo_password";
    /// The first administrator's, from before the server had one; `public` is their user name.
    pub(crate) const ADMIN_PASSWORD: &str = "admin_password";
    /// A pair that was made here and is not yet known to be taken; `public` is its line.
    pub(crate) const NEW_KEY: &str = "new_key";
    /// The key of a customer's own certificate, until it is on the server.
    pub(crate) const CERTIFICATE_KEY: &str = "certificate_key";
}

/// How long a line that fell silent is tried once more before another is dialled.
const SAME_LINE: Duration = Duration::from_secs(4);

/// At most so many machines between here and there.
const MAX_HOPS: usize = 8;

/// How long a server may keep one waiting before it counts as not answering.
#[derive(Clone, Debug)]
pub struct Patience {
    timeouts: Timeouts,
    start: Duration,
    silence: Duration,
    portal: towerify_driver::portal::Limits,
}

impl Default for Patience {
    /// For real servers, of which some are slow: 10 s to connect, 45 s to start a conversation, 20 s of silence in it.
    fn default() -> Self {
        let start = Start::default();
        Self {
            timeouts: Timeouts::default(),
            start: start.patience,
            silence: start.silence,
            portal: towerify_driver::portal::Limits::default(),
        }
    }
}

impl Patience {
    /// Towards the portal of a server.
    pub(crate) fn portal(&self) -> towerify_driver::portal::Limits {
        self.portal
    }

    /// The same short time for every stage: for servers on this computer, and for tests.
    pub fn of(each: Duration) -> Self {
        let timeouts = Timeouts {
            connect: each,
            handshake: each,
            authentication: each,
            channel: each,
            keep_alive: each,
            ..Timeouts::default()
        };
        Self {
            timeouts,
            start: each,
            silence: each,
            portal: towerify_driver::portal::Limits {
                connect: each,
                answer: each,
            },
        }
    }
}

/// An open way to one server.
struct Live {
    connection: Connection,
    driver: Driver,
    /// How the conversation began.
    start: Start,
}

/// One way in.
struct Way {
    endpoint: Endpoint,
    login: towerify_ssh::Login,
    start: Start,
}

type Slot = Arc<Mutex<Option<Live>>>;

/// The way in of a customer's own administrator: their gates, and nothing else.
pub(crate) struct Entrant {
    /// Whose.
    pub(crate) account: AccountId,
    /// What their keys are sealed with.
    pub(crate) sealer: Sealer,
}

/// The open ways to servers.
pub(crate) struct Connections {
    store: Store,
    sealer: Arc<Sealer>,
    /// What the account at work sees of the fleet.
    within: Within,
    /// Some in a restricted administrator's session: the provider's credentials are never used there.
    entrant: Option<Entrant>,
    patience: Patience,
    spoken: Spoken,
    /// None once closed: nobody dials any more.
    slots: Mutex<Option<HashMap<ServerId, Slot>>>,
}

impl Connections {
    pub(crate) fn new(
        store: Store,
        sealer: Arc<Sealer>,
        within: Within,
        entrant: Option<Entrant>,
        patience: Patience,
        spoken: Spoken,
    ) -> Self {
        Self {
            store,
            sealer,
            within,
            entrant,
            patience,
            spoken,
            slots: Mutex::new(Some(HashMap::new())),
        }
    }

    /// Whose readings are made over these ways.
    pub(crate) fn sight(&self) -> Sight {
        match &self.entrant {
            Some(entrant) => Sight::Gate(entrant.account),
            None => Sight::Whole,
        }
    }

    /// The conversation with this server: the kept one while it answers, else a new one.
    pub(crate) async fn driver(&self, server: &Server) -> Result<Driver> {
        // Held while dialling: two who want the same server dial once.
        let mut live = loop {
            let slot = self.slot(server.id).await?;
            let live = Arc::clone(&slot).lock_owned().await;
            // Whoever hung up meanwhile left no place for a connection here.
            if Arc::ptr_eq(&slot, &self.slot(server.id).await?) {
                break live;
            }
        };
        if let Some(mut known) = live.take() {
            // A conversation that falls silent ends itself; what dies between here and the next word is dialled anew
            // by whoever meets it.
            if !known.driver.is_over() && !known.connection.is_closed() {
                // Each request says its language: the reader may have changed theirs since the conversation began.
                let driver = known.driver.in_language(self.language().code());
                *live = Some(known);
                return Ok(driver);
            }
            // The driver said goodbye and the line is good (YunoHost came, or changed): a new conversation over the same
            // line. It may be the only one that is still let in.
            let again = towerify_driver::connect(&known.connection, known.start.clone());
            if !known.connection.is_closed()
                && let Ok(Ok(driver)) = tokio::time::timeout(SAME_LINE, again).await
            {
                known.driver = driver.clone();
                *live = Some(known);
                return Ok(driver);
            }
            known.connection.close().await;
        }
        let (connection, driver, start) = match self.any_way(server).await {
            Ok(open) => open,
            Err(error) => {
                let veil = Veil::over(&self.store, self.within, server.jump_server_id).await?;
                return Err(veil.error(error));
            }
        };
        *live = Some(Live {
            connection,
            driver: driver.clone(),
            start,
        });
        Ok(driver)
    }

    async fn slot(&self, server: ServerId) -> Result<Slot> {
        let mut slots = self.slots.lock().await;
        let closed = || AppError::new(Code::Locked, "The workspace was closed meanwhile.");
        let slots = slots.as_mut().ok_or_else(closed)?;
        Ok(Arc::clone(slots.entry(server).or_default()))
    }

    /// The first way in that opens. The server's own first; where it refuses that login, the first administrator's,
    /// since a post-installation that was cut from us leaves no other (root is shut out, the administrator has no key
    /// yet); where nobody listens, the port that SSH was being moved to or from.
    async fn any_way(&self, server: &Server) -> Result<(Connection, Driver, Start)> {
        if let Some(entrant) = &self.entrant {
            let gate = self.gates_way(entrant, server).await?;
            return self.open(server, gate).await;
        }
        let own = self.own_way(server).await?;
        let refused = match self.open(server, own).await {
            Ok(open) => return Ok(open),
            Err(error) => error,
        };
        let others = match refused.code {
            Code::AuthenticationFailed | Code::SudoRefused => {
                self.administrators_way(server).await?.into_iter().collect()
            }
            // A router that still forwards the port takes the connection, and cuts it.
            Code::ConnectionRefused | Code::TimedOut | Code::ConnectionCut | Code::Nonsense => {
                self.moved_ways(server).await?
            }
            _ => Vec::new(),
        };
        for other in others {
            if let Ok(open) = self.open(server, other).await {
                return Ok(open);
            }
        }
        Err(refused)
    }

    /// Opens one way, and a conversation over it.
    async fn open(&self, server: &Server, way: Way) -> Result<(Connection, Driver, Start)> {
        let dial = self.dial_to(server, way.endpoint, way.login).await?;
        let (connection, driver) = self.converse(dial, way.start.clone()).await?;
        Ok((connection, driver, way.start))
    }

    /// A conversation over a new connection of its own, which nobody else shares.
    pub(crate) async fn converse(&self, dial: Dial, start: Start) -> Result<(Connection, Driver)> {
        let connection = Connection::open(dial).await?;
        match towerify_driver::connect(&connection, start).await {
            Ok(driver) => Ok((connection, driver)),
            Err(error) => {
                connection.close().await;
                Err(error.into())
            }
        }
    }

    /// Proves a way in by a connection of its own: this user, this key and nothing else; root, or sudo with this password
    /// or without any. The connection that is kept stays as it is.
    pub(crate) async fn prove(
        &self,
        server: &Server,
        port: u16,
        user: &str,
        key: PrivateKey,
        sudo_password: Option<SecretString>,
    ) -> Result<()> {
        let endpoint = Endpoint::new(server.address.clone(), port);
        let login = towerify_ssh::Login::new(user.to_owned(), vec![Credential::Key(key)]);
        let dial = self.dial_to(server, endpoint, login).await?;
        let start = self.start_with(user, sudo_password);
        let (connection, driver) = self.converse(dial, start).await?;
        driver.close();
        connection.close().await;
        Ok(())
    }

    /// Through this account's gate on a server.
    async fn gates_way(&self, entrant: &Entrant, server: &Server) -> Result<Way> {
        let kept = self
            .store
            .gate_accesses()
            .get(server.id, entrant.account)
            .await?;
        let Some(gate) = kept.filter(|gate| gate.installed_at.is_some()) else {
            return Err(no_entry("This server has no entry for you yet."));
        };
        let text = entrant
            .sealer
            .open_text(GateAccess::place(gate.id), &gate.secret)?;
        let credentials = vec![Credential::Key(private_key(&text, None)?)];
        Ok(Way {
            endpoint: endpoint(server),
            login: towerify_ssh::Login::new(gate.system_user, credentials),
            start: Start {
                privilege: Privilege::Gate,
                sudo_password: None,
                ..self.start_with("root", None)
            },
        })
    }

    async fn own_way(&self, server: &Server) -> Result<Way> {
        Ok(Way {
            endpoint: endpoint(server),
            login: towerify_ssh::Login::new(server.user.clone(), self.credentials(server).await?),
            start: self.start(server).await?,
        })
    }

    async fn administrators_way(&self, server: &Server) -> Result<Option<Way>> {
        let kept = self.store.credentials().of(server.id).await?;
        let Some(admin) = kept
            .iter()
            .find(|kept| kept.kind == kind::ADMIN_PASSWORD)
            .and_then(|kept| kept.public.clone())
        else {
            return Ok(None);
        };
        let Some(password) = self.secret(&kept, kind::ADMIN_PASSWORD)? else {
            return Ok(None);
        };
        let credentials = vec![Credential::Password(password.clone())];
        Ok(Some(Way {
            endpoint: endpoint(server),
            start: self.start_with(&admin, Some(password)),
            login: towerify_ssh::Login::new(admin, credentials),
        }))
    }

    async fn moved_ways(&self, server: &Server) -> Result<Vec<Way>> {
        let former = self.store.former_values().of(server.id).await?;
        let Some(moved) = former.into_iter().find(|former| former.name == "ssh_port") else {
            return Ok(Vec::new());
        };
        let mut ways = Vec::new();
        for end in ["to", "reached"] {
            let port = moved.value.get(end).and_then(serde_json::Value::as_u64);
            let Some(port) = port.and_then(|port| u16::try_from(port).ok()) else {
                continue;
            };
            if port != server.port {
                let mut way = self.own_way(server).await?;
                way.endpoint = Endpoint::new(server.address.clone(), port);
                ways.push(way);
            }
        }
        Ok(ways)
    }

    /// Whether a way to this server is kept open (or being opened) now.
    pub(crate) async fn is_open(&self, server: ServerId) -> bool {
        let slots = self.slots.lock().await;
        let slot = slots.as_ref().and_then(|slots| slots.get(&server)).cloned();
        drop(slots);
        match slot {
            None => false,
            Some(slot) => slot.try_lock().map_or(true, |live| live.is_some()),
        }
    }

    /// Hangs up on this server: its address, its login or its key changed, or it is gone.
    pub(crate) async fn hang_up(&self, server: ServerId) {
        let mut slots = self.slots.lock().await;
        let slot = slots.as_mut().and_then(|slots| slots.remove(&server));
        drop(slots);
        if let Some(slot) = slot {
            end(&slot).await;
        }
    }

    /// Hangs up on all, for good: who is about to dial is refused.
    pub(crate) async fn close(&self) {
        let slots = self.slots.lock().await.take().unwrap_or_default();
        futures::future::join_all(slots.values().map(end)).await;
    }

    /// How this server is reached, with every hop on the way.
    pub(crate) async fn dial(&self, server: &Server) -> Result<Dial> {
        let login = towerify_ssh::Login::new(server.user.clone(), self.credentials(server).await?);
        self.dial_to(server, endpoint(server), login).await
    }

    /// The same by another port or another login; its keys are the pinned ones there too.
    async fn dial_to(
        &self,
        server: &Server,
        target: Endpoint,
        login: towerify_ssh::Login,
    ) -> Result<Dial> {
        let (pinned, jumps) = self.hops(server.jump_server_id).await?;
        let pinned = self.pin(pinned, server, &target).await?;
        Ok(Dial {
            endpoint: target,
            login,
            jumps,
            host_keys: Arc::new(pinned),
            timeouts: self.patience.timeouts.clone(),
        })
    }

    /// How a machine is reached that the workspace does not have yet, and whose key a person accepted.
    pub(crate) async fn dial_new(
        &self,
        target: Endpoint,
        jump: Option<ServerId>,
        key: HostKey,
        login: towerify_ssh::Login,
    ) -> Result<Dial> {
        let (pinned, jumps) = self.hops(jump).await?;
        Ok(Dial {
            host_keys: Arc::new(pinned.pin(target.clone(), key)),
            endpoint: target,
            login,
            jumps,
            timeouts: self.patience.timeouts.clone(),
        })
    }

    /// The machines in between, the first to be reached first, and their pinned keys.
    async fn hops(&self, jump: Option<ServerId>) -> Result<(Pinned, Vec<Hop>)> {
        let mut pinned = Pinned::new();
        let mut hops: Vec<(ServerId, Hop)> = Vec::new();
        let mut next = jump;
        if jump.is_some() && self.entrant.is_some() {
            return Err(no_entry(
                "This server is reached through another machine, and your entry opens this server alone.",
            ));
        }
        while let Some(id) = next {
            let hop = self
                .store
                .servers()
                .get(id)
                .await?
                .ok_or_else(|| AppError::not_found("server"))?;
            if hops.len() == MAX_HOPS || hops.iter().any(|(known, _)| *known == id) {
                return Err(AppError::new(
                    Code::ConnectionRefused,
                    "The jump hosts of this server lead in a circle.",
                )
                .with("via", &hop.name));
            }
            pinned = self.pin(pinned, &hop, &endpoint(&hop)).await?;
            let login = towerify_ssh::Login::new(hop.user.clone(), self.credentials(&hop).await?);
            hops.push((
                id,
                Hop {
                    endpoint: endpoint(&hop),
                    login,
                },
            ));
            next = hop.jump_server_id;
        }
        hops.reverse();
        Ok((pinned, hops.into_iter().map(|(_, hop)| hop).collect()))
    }

    async fn pin(&self, mut pinned: Pinned, server: &Server, target: &Endpoint) -> Result<Pinned> {
        for row in self.store.host_keys().of(server.id).await? {
            if row.protocol != "ssh" {
                continue;
            }
            let key = HostKey::from_blob(row.blob).map_err(|_| {
                AppError::new(Code::WorkspaceDamaged, "A pinned host key can't be read.")
            })?;
            pinned = match row.state.as_str() {
                "pinned" => pinned.pin(target.clone(), key),
                _ => pinned.revoke(key),
            };
        }
        Ok(pinned)
    }

    async fn credentials(&self, server: &Server) -> Result<Vec<Credential>> {
        if self.entrant.is_some() {
            return Err(no_entry("Only the provider logs in to this server so."));
        }
        let kept = self.store.credentials().of(server.id).await?;
        let passphrase = self.secret(&kept, kind::KEY_PASSPHRASE)?;
        let mut credentials = Vec::new();
        if kept.iter().any(|kept| kept.kind == kind::AGENT) {
            credentials.push(Credential::Agent(None));
        }
        if let Some(key) = self.secret(&kept, kind::KEY)? {
            credentials.push(Credential::Key(private_key(&key, passphrase.as_ref())?));
        }
        if let Some(password) = self.secret(&kept, kind::PASSWORD)? {
            credentials.push(Credential::Password(password));
        }
        Ok(credentials)
    }

    async fn start(&self, server: &Server) -> Result<Start> {
        let kept = self.store.credentials().of(server.id).await?;
        let sudo_password = match self.secret(&kept, kind::SUDO_PASSWORD)? {
            Some(password) => Some(password),
            None => self.secret(&kept, kind::PASSWORD)?,
        };
        Ok(self.start_with(&server.user, sudo_password))
    }

    /// How a conversation starts for this user; root needs no sudo.
    pub(crate) fn start_with(&self, user: &str, sudo_password: Option<SecretString>) -> Start {
        let start = Start {
            language: self.language().code().to_owned(),
            patience: self.patience.start,
            silence: self.patience.silence,
            ..Start::default()
        };
        if user == "root" {
            return start;
        }
        Start {
            privilege: Privilege::Sudo,
            sudo_password,
            ..start
        }
    }

    /// The language that servers are asked to answer in.
    fn language(&self) -> towerify_domain::Language {
        *self.spoken.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The secret of this kind among those that are kept of a server.
    pub(crate) fn secret(&self, kept: &[Kept], kind: &str) -> Result<Option<SecretString>> {
        let Some((id, sealed)) = kept
            .iter()
            .find(|kept| kept.kind == kind)
            .and_then(|kept| Some((kept.id, kept.secret.as_ref()?)))
        else {
            return Ok(None);
        };
        Ok(Some(self.sealer.open_text(Kept::place(id), sealed)?))
    }
}

/// What a session without the provider's credentials can't do.
fn no_entry(message: &str) -> AppError {
    AppError::new(Code::NoEntry, message)
        .hint("Ask your provider to give you one: under “Entries”, on the server’s page.")
}

/// Where this server listens.
pub(crate) fn endpoint(server: &Server) -> Endpoint {
    Endpoint::new(server.address.clone(), server.port)
}

/// The private key in this text.
///
/// # Errors
/// [`Code::KeyUnusable`].
pub(crate) fn private_key(
    text: &SecretString,
    passphrase: Option<&SecretString>,
) -> Result<PrivateKey> {
    PrivateKey::from_text(text.expose_secret(), passphrase)
        .map_err(|error| AppError::from(towerify_ssh::SshError::from(error)))
}

async fn end(slot: &Slot) {
    if let Some(live) = slot.lock().await.take() {
        live.driver.close();
        live.connection.close().await;
    }
}
