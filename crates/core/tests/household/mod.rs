//! A workspace with two administrators and a restricted one, for the tests of accounts; and the doors behind the program's
//! back: the vault and the store, linked directly.
#![allow(dead_code, reason = "each test file uses a part")]

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;
use towerify_core::{
    Actor, AppError, Folders, Program, Result, Workspace,
    accounts::{self, NewAccount},
    customers,
    workspace::{self, Entry, NewWorkspace, WayIn},
};
use towerify_domain::{
    Role,
    id::{AccountId, SecretId, ServerId},
    server::ServerState,
};
use towerify_store::{Credential, NewServer, NowState, SealedValue, ServerEdit, Store};
use towerify_vault::{ENDORSING, KeyFile, Keys, Place};

#[derive(Clone, Copy)]
pub struct Person {
    pub name: &'static str,
    pub password: &'static str,
}

pub const CAMILLE: Person = Person {
    name: "Camille Morvan",
    password: "quatre mots sans rapport 9182",
};
pub const NOE: Person = Person {
    name: "Noé Kermarec",
    password: "sept bouteilles au fond du port",
};
pub const INES: Person = Person {
    name: "Inès Calvet",
    password: "onze chemins de pierre blanche",
};

pub struct Household {
    pub home: TempDir,
    pub program: Program,
    pub keyring: Arc<Drawer>,
}

impl Household {
    /// Left open, for Camille.
    pub async fn begin() -> Self {
        let home = tempfile::tempdir().unwrap();
        let keyring = Arc::new(Drawer::default());
        let program =
            Program::new(Folders::below(home.path())).with_keyring(Arc::clone(&keyring) as _);
        let new = NewWorkspace {
            name: "Tour & Cie".into(),
            account_name: CAMILLE.name.into(),
            password: CAMILLE.password.into(),
        };
        workspace::create(&program, new, None).await.unwrap();
        let (workspace, actor) = program.workspace().unwrap();
        let customer = customers::create(&workspace, &actor, "Clinique des Glycines")
            .await
            .unwrap();
        for (who, role, customer) in [
            (NOE, Role::Administrator, None),
            (INES, Role::RestrictedAdministrator, Some(customer.id)),
        ] {
            let new = NewAccount {
                name: who.name.into(),
                role,
                customer,
                password: who.password.into(),
            };
            accounts::create(&workspace, &actor, new).await.unwrap();
        }
        Self {
            home,
            program,
            keyring,
        }
    }

    pub async fn enter(&self, who: Person) -> Result<(Arc<Workspace>, Actor)> {
        self.enter_with(who.name, who.password).await
    }

    pub async fn enter_with(&self, name: &str, password: &str) -> Result<(Arc<Workspace>, Actor)> {
        self.come(Entry {
            account: Some(name.into()),
            by: WayIn::Password(password.into()),
            code: None,
        })
        .await
    }

    /// Locks, and lets somebody in.
    pub async fn come(&self, entry: Entry) -> Result<(Arc<Workspace>, Actor)> {
        self.lock().await;
        workspace::unlock(&self.program, entry).await?;
        self.program.workspace()
    }

    pub async fn lock(&self) {
        workspace::lock(&self.program).await;
    }

    /// Until the wait after the last wrong password is over.
    pub async fn wait(&self) {
        while let Some(until) = self.keys().throttle.refused_until(self.now()) {
            let rest = (until - self.now()).to_std().unwrap_or_default();
            tokio::time::sleep(rest + Duration::from_millis(20)).await;
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the program goes by the real clock"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    pub fn folder(&self) -> PathBuf {
        self.program.known()[0].folder.clone().into()
    }

    pub fn path(&self) -> PathBuf {
        self.folder().join("keys.json")
    }

    pub fn keys(&self) -> KeyFile {
        KeyFile::load(&self.path()).unwrap()
    }

    pub fn id(&self, who: Person) -> AccountId {
        let file = self.keys();
        let known = file.accounts.iter().find(|each| each.name == who.name);
        AccountId::from_uuid(known.unwrap().id)
    }

    /// What the account holds, without the program.
    pub fn held_by(&self, who: Person) -> Keys {
        self.keys()
            .unlock(self.id(who).uuid(), &who.password.into(), self.now())
            .unwrap()
    }

    /// The database, without the program, which must be locked.
    pub async fn store(&self) -> Store {
        let key = self.held_by(CAMILLE);
        Store::open(&self.folder().join("workspace.db"), key.data())
            .await
            .unwrap()
    }

    /// A server with a secret that only administrators open, put there behind the program's back.
    pub async fn plant(&self, secret: &str) -> SealedValue {
        let store = self.store().await;
        let keys = self.held_by(CAMILLE);
        let id = uuid::Uuid::from_u128(0x5ec2e7);
        let place = Place {
            table: "credentials",
            column: "secret",
            row: id,
        };
        let value = keys
            .sealer(ENDORSING)
            .seal_text(place, &SecretString::from(secret))
            .unwrap();
        let server = ServerId::from_uuid(id);
        let edit = ServerEdit {
            name: "glycines-01".into(),
            address: "127.0.0.1".into(),
            port: 22,
            user: "root".into(),
            login: "password".into(),
            sudo: "root".into(),
            jump_server_id: None,
            main_domain: None,
            customer: None,
            tags: Vec::new(),
        };
        let state = NowState {
            state: ServerState::ToDo,
            reasons: Vec::new(),
        };
        let new = NewServer {
            id: server,
            edit,
            state,
            created_at: self.now(),
        };
        store.servers().insert(&new).await.unwrap();
        let credential = Credential {
            id: SecretId::from_uuid(id),
            server_id: server,
            kind: "password".into(),
            public: None,
            secret: Some(value.clone()),
            created_at: self.now(),
        };
        store.credentials().put(&credential).await.unwrap();
        store.close().await;
        SealedValue { place, value }
    }

    /// What was planted, as an administrator opens it now.
    pub async fn planted(&self, before: &SealedValue) -> String {
        let all = self.sealed().await;
        let now = all.iter().find(|each| each.place == before.place).unwrap();
        self.held_by(CAMILLE)
            .sealer(ENDORSING)
            .open_text(now.place, &now.value)
            .unwrap()
            .expose_secret()
            .to_owned()
    }

    pub async fn sealed(&self) -> Vec<SealedValue> {
        let store = self.store().await;
        let all = store.sealed().await.unwrap();
        store.close().await;
        all
    }

    pub fn another_program(&self) -> Program {
        Program::new(Folders::below(&self.home.path().join("elsewhere")))
    }
}

/// A keyring for tests, which can be emptied, locked or taken away.
#[derive(Default)]
pub struct Drawer {
    kept: Mutex<std::collections::HashMap<String, String>>,
    shut: std::sync::atomic::AtomicBool,
}

impl Drawer {
    pub fn empty(&self) {
        self.kept.lock().unwrap().clear();
    }

    pub fn shut(&self, shut: bool) {
        self.shut.store(shut, std::sync::atomic::Ordering::SeqCst);
    }

    pub fn holds(&self) -> usize {
        self.kept.lock().unwrap().len()
    }

    fn open(&self) -> Result<std::sync::MutexGuard<'_, std::collections::HashMap<String, String>>> {
        if self.shut.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(AppError::new(
                towerify_core::Code::KeyringUnavailable,
                "The drawer is shut.",
            ));
        }
        Ok(self.kept.lock().unwrap())
    }
}

impl towerify_core::Keyring for Drawer {
    fn put(&self, name: &towerify_core::KeyringName, secret: &SecretString) -> Result<()> {
        self.open()?
            .insert(name.key().into(), secret.expose_secret().into());
        Ok(())
    }

    fn get(&self, name: &towerify_core::KeyringName) -> Result<Option<SecretString>> {
        Ok(self
            .open()?
            .get(name.key())
            .map(|kept| kept.as_str().into()))
    }

    fn remove(&self, name: &towerify_core::KeyringName) -> Result<()> {
        self.open()?.remove(name.key());
        Ok(())
    }
}
