//! A workspace with the servers and people of two customers, for tests of who may do what. It is written straight into the
//! store, so that it can be large and that no machine is needed: the servers' addresses are on this computer, where nobody
//! listens.
//!
//! All that is said of a customer's things holds that customer's marker, a word that is nowhere else: what is answered to one
//! customer's people is searched for the other's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in what helps it too"
)]

mod canary;
mod content;
mod page;
mod people;
mod rows;
mod things;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tempfile::TempDir;
use towerify_core::accounts::{self, NewAccount};
use towerify_core::provisioning::{self, Choices, Profile};
use towerify_core::workspace::{self, Entry, NewWorkspace, Status, WayIn};
use towerify_core::{AppError, Code, Folders, Keyring, KeyringName, Patience, Program, customers};
use towerify_domain::Role;
use towerify_domain::id::{AccountId, CustomerId, FleetId, RunId, ScheduleId, ServerId};
use towerify_store::Store;
use towerify_vault::{KeyFile, Keys};

pub use canary::Search;
pub use content::{LOGIN, RUN_SECRET};
pub use page::{assert_kept, cell};
pub use people::{PASSWORD, Person};
pub use rows::{Rows, rows};
pub use things::{Thing, Whose, invented, without_ids};

/// The workspace, closed.
pub struct Workspace {
    home: TempDir,
    /// Its folder.
    pub folder: PathBuf,
    /// The provider's administrator.
    pub administrator: Person,
    /// Two customers.
    pub customers: [Customer; 2],
    /// A server of the provider's own, through which the last server of each customer is reached.
    pub hop: ServerId,
    /// A fleet run that is over, and one that is paused.
    pub fleets: [FleetId; 2],
    /// Schedules.
    pub schedules: Vec<ScheduleId>,
    /// The provider's choices for new servers.
    pub profile: Profile,
}

/// One customer.
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// Its name.
    pub name: String,
    /// The word that stands in all that is said of its things.
    pub marker: &'static str,
    /// How the addresses of its servers begin.
    pub network: &'static str,
    /// Its administrator.
    pub administrator: Person,
    /// An end user.
    pub end_user: Person,
    /// Another, whom nobody needs any more.
    pub guest: Person,
    /// Its servers.
    pub servers: Vec<Server>,
}

/// A server, with what happened on it.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its id.
    pub id: ServerId,
    /// Its name.
    pub name: String,
    /// Runs that its customer's administrator began.
    pub theirs: Runs,
    /// Runs that the provider's administrator began.
    pub providers: Runs,
}

/// A run in each state that something can be decided in.
#[derive(Debug, Clone, Copy)]
pub struct Runs {
    /// It is paused, and has a secret.
    pub paused: RunId,
    /// It failed, and keeps its secret.
    pub failed: RunId,
    /// It is done.
    pub done: RunId,
}

/// The hours are counted from here.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_452_800, 0).unwrap()
}

impl Workspace {
    /// With so many servers for each customer.
    pub async fn new(servers: usize) -> Self {
        let home = tempfile::tempdir().unwrap();
        let program = program(home.path());
        let new = NewWorkspace {
            name: "Tour & Cie".into(),
            account_name: "Camille Morvan".into(),
            password: PASSWORD.into(),
        };
        let status = workspace::create(&program, new, None).await.unwrap();
        let Status::Open {
            workspace: known, ..
        } = status
        else {
            panic!("{status:?}")
        };
        let folder = PathBuf::from(&known.folder);
        let (open, actor) = program.workspace().unwrap();
        let administrator = Person::of(&actor);
        let mut customers = Vec::new();
        for (marker, network, name) in [
            ("anemone", "127.65.0", "Anémone anemone"),
            ("zinnia", "127.66.0", "Zinnia zinnia"),
        ] {
            let id = customers::create(&open, &actor, name).await.unwrap().id;
            let person = async |name: &str, role: Role| {
                let new = NewAccount {
                    name: format!("{name} {marker}"),
                    role,
                    customer: Some(id),
                    password: PASSWORD.into(),
                };
                let account = accounts::create(&open, &actor, new).await.unwrap();
                Person {
                    account,
                    name: format!("{name} {marker}"),
                    role,
                    customer: Some(id),
                }
            };
            customers.push(Customer {
                id,
                name: name.into(),
                marker,
                network,
                administrator: person("Inès", Role::RestrictedAdministrator).await,
                end_user: person("Ruth", Role::EndUser).await,
                guest: person("Odile", Role::EndUser).await,
                servers: Vec::new(),
            });
        }
        let name = "Profil du fournisseur";
        provisioning::save_profile(&open, &actor, name, Choices::default())
            .await
            .unwrap();
        let profiles = provisioning::profiles(&open, &actor).await.unwrap();
        let profile = profiles.into_iter().next().unwrap();
        drop(open);
        program.close().await;

        let keys = unlock(&folder, administrator.account).1;
        let store = Store::open(&folder.join("workspace.db"), keys.data())
            .await
            .unwrap();
        let mut content = content::Content::new(&store, administrator.clone());
        let hop = content.hop(&keys).await;
        for customer in &mut customers {
            for k in 0..servers {
                let through = (k + 1 == servers).then_some(hop);
                let server = content.server(customer, k, through, &keys).await;
                customer.servers.push(server);
            }
        }
        let fleets = content.fleets(&customers).await;
        let schedules = content.schedules().await;
        store.close().await;
        Self {
            home,
            folder,
            administrator,
            customers: customers.try_into().ok().unwrap(),
            hop,
            fleets,
            schedules,
            profile,
        }
    }

    /// The home of the program, for those that are started with it.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Copies the home of a program that knows this workspace.
    pub fn copy_to(&self, home: &Path) {
        copy(self.home(), home);
        // Where the program remembers the workspace to be.
        let memory = home.join("config/program.json");
        let text = std::fs::read_to_string(&memory).unwrap();
        let (from, to) = (
            self.home().display().to_string(),
            home.display().to_string(),
        );
        std::fs::write(&memory, text.replace(&from, &to)).unwrap();
    }

    /// The workspace's database in a home that was copied.
    pub fn database_in(&self, home: &Path) -> PathBuf {
        let folder = self.folder.strip_prefix(self.home()).unwrap();
        home.join(folder).join("workspace.db")
    }

    /// The keys of the administrator, for whoever looks behind the program's back.
    pub fn keys(&self) -> Keys {
        unlock(&self.folder, self.administrator.account).1
    }
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}

/// How somebody of the workspace comes in.
pub fn entry(person: &Person) -> Entry {
    Entry {
        account: Some(person.account.to_string()),
        by: WayIn::Password(PASSWORD.into()),
        code: None,
    }
}

/// A program with its home here, which waits for no machine.
pub fn program(home: &Path) -> Program {
    let patience = Patience::of(Duration::from_secs(2));
    Program::with_patience(Folders::below(home), patience).with_keyring(Arc::new(NoKeyring))
}

/// A computer without a keyring: what the tests' own would keep is nobody's business.
struct NoKeyring;

fn no_keyring() -> AppError {
    AppError::new(
        Code::KeyringUnavailable,
        "There is no keyring on this computer.",
    )
}

impl Keyring for NoKeyring {
    fn put(&self, _name: &KeyringName, _secret: &SecretString) -> Result<(), AppError> {
        Err(no_keyring())
    }

    fn get(&self, _name: &KeyringName) -> Result<Option<SecretString>, AppError> {
        Err(no_keyring())
    }

    fn remove(&self, _name: &KeyringName) -> Result<(), AppError> {
        Err(no_keyring())
    }
}

fn unlock(folder: &Path, account: AccountId) -> (KeyFile, Keys) {
    let password = PASSWORD.into();
    towerify_vault::unlock_file(&folder.join("keys.json"), account.uuid(), &password, noon())
        .unwrap()
}
