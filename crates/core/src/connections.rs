//! The way to servers: one kept connection and conversation a server, opened when first needed, opened anew when lost.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use towerify_domain::id::ServerId;
use towerify_driver::{Driver, Privilege, Start};
use towerify_ssh::{
    Connection, Credential, Dial, Endpoint, Hop, HostKey, Pinned, PrivateKey, Timeouts,
};
use towerify_store::{Credential as Kept, Server, Store};
use towerify_vault::Sealer;

use crate::{
    Result,
    error::{AppError, Code},
    workspace::Spoken,
};

/// The kinds of credential that the store keeps.
pub(crate) mod kind {
    pub(crate) const PASSWORD: &str = "password";
    pub(crate) const KEY: &str = "key";
    pub(crate) const KEY_PASSPHRASE: &str = "key_passphrase";
    pub(crate) const AGENT: &str = "agent";
    pub(crate) const SUDO_PASSWORD: &str = "sudo_password";
}

/// At most so many machines between here and there.
const MAX_HOPS: usize = 8;

/// How long a server may keep one waiting before it counts as not answering.
#[derive(Clone, Debug)]
pub struct Patience {
    timeouts: Timeouts,
    start: Duration,
    silence: Duration,
}

impl Default for Patience {
    /// For real servers, of which some are slow: 10 s to connect, 45 s to start a conversation, 20 s of silence in it.
    fn default() -> Self {
        let start = Start::default();
        Self {
            timeouts: Timeouts::default(),
            start: start.patience,
            silence: start.silence,
        }
    }
}

impl Patience {
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
        }
    }
}

/// An open way to one server.
struct Live {
    connection: Connection,
    driver: Driver,
}

type Slot = Arc<Mutex<Option<Live>>>;

/// The open ways to servers.
pub(crate) struct Connections {
    store: Store,
    sealer: Arc<Sealer>,
    patience: Patience,
    spoken: Spoken,
    slots: Mutex<HashMap<ServerId, Slot>>,
}

impl Connections {
    pub(crate) fn new(
        store: Store,
        sealer: Arc<Sealer>,
        patience: Patience,
        spoken: Spoken,
    ) -> Self {
        Self {
            store,
            sealer,
            patience,
            spoken,
            slots: Mutex::default(),
        }
    }

    /// The conversation with this server: the kept one while it answers, else a new one.
    pub(crate) async fn driver(&self, server: &Server) -> Result<Driver> {
        let slot = Arc::clone(self.slots.lock().await.entry(server.id).or_default());
        // Held while dialling: two who want the same server dial once.
        let mut live = slot.lock().await;
        if let Some(known) = live.as_ref() {
            // A conversation that falls silent ends itself; what dies between here and the next word is dialled anew
            // by whoever meets it.
            if !known.driver.is_over() && !known.connection.is_closed() {
                // Each request says its language: the reader may have changed theirs since the conversation began.
                return Ok(known.driver.in_language(self.language().code()));
            }
            known.connection.close().await;
            *live = None;
        }
        let connection = Connection::open(self.dial(server).await?).await?;
        let driver = match towerify_driver::connect(&connection, self.start(server).await?).await {
            Ok(driver) => driver,
            Err(error) => {
                connection.close().await;
                return Err(error.into());
            }
        };
        *live = Some(Live {
            connection,
            driver: driver.clone(),
        });
        Ok(driver)
    }

    /// Hangs up on this server: its address, its login or its key changed, or it is gone.
    pub(crate) async fn hang_up(&self, server: ServerId) {
        let slot = self.slots.lock().await.remove(&server);
        if let Some(slot) = slot {
            end(&slot).await;
        }
    }

    /// Hangs up on all.
    pub(crate) async fn close(&self) {
        let slots: Vec<Slot> = self
            .slots
            .lock()
            .await
            .drain()
            .map(|(_, slot)| slot)
            .collect();
        futures::future::join_all(slots.iter().map(end)).await;
    }

    /// How this server is reached, with every hop on the way.
    pub(crate) async fn dial(&self, server: &Server) -> Result<Dial> {
        let mut pinned = Pinned::new();
        let mut hops = Vec::new();
        let mut next = server.jump_server_id;
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
            pinned = self.pin(pinned, &hop).await?;
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
        pinned = self.pin(pinned, server).await?;
        hops.reverse();
        Ok(Dial {
            endpoint: endpoint(server),
            login: towerify_ssh::Login::new(server.user.clone(), self.credentials(server).await?),
            jumps: hops.into_iter().map(|(_, hop)| hop).collect(),
            host_keys: Arc::new(pinned),
            timeouts: self.patience.timeouts.clone(),
        })
    }

    async fn pin(&self, mut pinned: Pinned, server: &Server) -> Result<Pinned> {
        for row in self.store.host_keys().of(server.id).await? {
            if row.protocol != "ssh" {
                continue;
            }
            let key = HostKey::from_blob(row.blob).map_err(|_| {
                AppError::new(Code::WorkspaceDamaged, "A pinned host key can't be read.")
            })?;
            pinned = match row.state.as_str() {
                "pinned" => pinned.pin(endpoint(server), key),
                _ => pinned.revoke(key),
            };
        }
        Ok(pinned)
    }

    async fn credentials(&self, server: &Server) -> Result<Vec<Credential>> {
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
        let start = Start {
            language: self.language().code().to_owned(),
            patience: self.patience.start,
            silence: self.patience.silence,
            ..Start::default()
        };
        if server.user == "root" {
            return Ok(start);
        }
        let kept = self.store.credentials().of(server.id).await?;
        let sudo_password = match self.secret(&kept, kind::SUDO_PASSWORD)? {
            Some(password) => Some(password),
            None => self.secret(&kept, kind::PASSWORD)?,
        };
        Ok(Start {
            privilege: Privilege::Sudo,
            sudo_password,
            ..start
        })
    }

    /// The reader's, now.
    fn language(&self) -> towerify_domain::Language {
        *self.spoken.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn secret(&self, kept: &[Kept], kind: &str) -> Result<Option<SecretString>> {
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
