//! Gates from end to end on a simulated server over real SSH: given, used by whom they are for with nothing of the
//! provider's, brought up to date, taken away, and gone with a server that is disconnected.

use std::{path::PathBuf, sync::Arc, time::Duration};

use secrecy::SecretString;
use tempfile::TempDir;
use towerify_domain::{
    Role, Within,
    id::{AccountId, CustomerId, RunId, ServerId},
    policy::Witness,
    run::RunState,
};
use towerify_sandbox::{Fleet, Options, Pace};
use towerify_store::{Account, Server};
use towerify_vault::{ENDORSING, KeyFile, Keys, own_key};
use towerify_yunohost::{settings::ListSettings, users::ListUsers};

use crate::{
    Actor, Code, Folders, Patience, Program, Workspace,
    clock::{new_id, now},
    connections::{Connections, Entrant},
    gates::{self, GateState},
    provisioning, runs,
    servers::{self, Address, HowChecked, Login, NewServer},
    workspace::{self, NewWorkspace},
};

const SERVER: &str = "glycines-01";
const PASSWORD: &str = "quatre mots sans rapport 9182";

/// A workspace with one server of a fleet, and a restricted administrator of its customer.
struct Firm {
    _home: TempDir,
    _fleet: Fleet,
    workspace: Arc<Workspace>,
    actor: Actor,
    server: ServerId,
    lea: AccountId,
    /// What the key file gives to the one who is at work; lea's own key is among it.
    keys: Keys,
}

fn patience() -> Patience {
    Patience::of(Duration::from_secs(3))
}

impl Firm {
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let options = Options {
            pace: Pace::Instant,
            plan: towerify_sandbox::firm::plan()
                .into_iter()
                .filter(|server| server.name == SERVER)
                .collect(),
            ..Options::default()
        };
        let fleet = Fleet::start(options).await.unwrap();
        let program = Program::with_patience(Folders::below(home.path()), patience());
        let new = NewWorkspace {
            name: "Tour & Cie".into(),
            account_name: "Camille Morvan".into(),
            password: PASSWORD.into(),
        };
        workspace::create(&program, new, None).await.unwrap();
        let folder = PathBuf::from(&program.workspace().unwrap().0.known().folder);
        program.close().await;

        // Until accounts are made by people: lea's own key, which administrators hold too.
        let lea = AccountId::from_uuid(new_id());
        let path = folder.join("keys.json");
        let mut file = KeyFile::load(&path).unwrap();
        let first = file.accounts.first().unwrap().id;
        let mut keys = file
            .unlock(first, &SecretString::from(PASSWORD), now())
            .unwrap();
        file.make_key(&mut keys, &own_key(lea.uuid())).unwrap();
        file.save(&path).unwrap();
        workspace::open_folder(&program, &folder, PASSWORD.into())
            .await
            .unwrap();
        let (workspace, actor) = program.workspace().unwrap();

        let place = fleet.server(SERVER).unwrap();
        let new = NewServer {
            name: SERVER.into(),
            address: Address {
                address: place.address.to_string(),
                port: place.ssh_port,
                jump: None,
            },
            user: place.user.clone(),
            login: Login::Password {
                password: place.password.clone().into(),
            },
            fingerprint: place.host_key.fingerprint.clone(),
            how: HowChecked::Provider,
            customer: Some(place.customer.clone()),
            tags: Vec::new(),
        };
        let server = servers::add(&workspace, &actor, new).await.unwrap();
        let firm = Self {
            _home: home,
            _fleet: fleet,
            workspace,
            actor,
            server,
            lea,
            keys,
        };
        let customer = firm.row().await.customer_id;
        firm.account(lea, "Léa Roy", Role::RestrictedAdministrator, customer)
            .await;
        firm
    }

    async fn account(
        &self,
        id: AccountId,
        name: &str,
        role: Role,
        customer_id: Option<CustomerId>,
    ) {
        let account = Account {
            id,
            name: name.into(),
            role,
            customer_id,
            created_at: now(),
            disabled_at: None,
        };
        self.store().accounts().insert(&account).await.unwrap();
    }

    fn store(&self) -> &towerify_store::Store {
        &self.workspace.reach_in_trials().store
    }

    async fn row(&self) -> Server {
        self.store()
            .servers()
            .get(self.server)
            .await
            .unwrap()
            .unwrap()
    }

    /// The ways that lea's session has: her own key's, and of the provider's nothing.
    fn lea(&self) -> Connections {
        Connections::new(
            self.store().clone(),
            Arc::new(self.keys.sealer("nobody")),
            Within::Account(self.lea),
            Some(Entrant {
                account: self.lea,
                sealer: self.keys.sealer(&own_key(self.lea.uuid())),
            }),
            patience(),
            self.workspace.reach_in_trials().spoken.clone(),
        )
    }

    async fn ends(&self, run: RunId) {
        let end = tokio::time::timeout(
            Duration::from_secs(60),
            runs::wait(&self.workspace, &self.actor, run),
        );
        let state = end.await.ok().and_then(Result::ok);
        let trace = runs::trace(&self.workspace, &self.actor, run, 1, 500)
            .await
            .unwrap();
        assert_eq!(state, Some(RunState::Done), "{:#?}", trace.lines);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restricted_administrator_works_through_their_own_entry_and_never_as_the_provider() {
    let firm = Firm::new().await;
    let (workspace, actor) = (&firm.workspace, &firm.actor);
    let lea = firm.lea();
    let refused = lea.driver(&firm.row().await).await.err().unwrap();
    assert_eq!(refused.code, Code::NoEntry);
    assert_eq!(refused.message, "This server has no entry for you yet.");

    let known = gates::list(workspace, actor, firm.server).await.unwrap();
    assert!(known.gates.is_empty());
    assert_eq!(
        known
            .without
            .iter()
            .map(|one| one.name.as_str())
            .collect::<Vec<_>>(),
        ["Léa Roy"]
    );
    firm.ends(
        gates::install(workspace, actor, firm.server, firm.lea)
            .await
            .unwrap()
            .run,
    )
    .await;
    let known = gates::list(workspace, actor, firm.server).await.unwrap();
    let gate = known.gates.first().unwrap();
    assert_eq!(
        (gate.state, gate.account.name.as_str()),
        (GateState::Current, "Léa Roy")
    );
    assert!(gate.fingerprint.starts_with("SHA256:") && known.without.is_empty());

    let driver = lea.driver(&firm.row().await).await.unwrap();
    assert_eq!(
        driver.facts().gate.as_ref().unwrap().account,
        gate.system_user
    );
    let users = driver.read(&ListUsers).await.unwrap().users;
    assert!(
        !users.is_empty() && !users.contains_key("admin"),
        "{users:?}"
    );
    let refused = crate::AppError::from(driver.read(&ListSettings).await.err().unwrap());
    assert_eq!(refused.code, Code::Denied);
    // The provider's credentials are there, and not for this session: neither to log in nor through a jump.
    assert_eq!(
        lea.dial(&firm.row().await).await.err().unwrap().code,
        Code::NoEntry
    );

    // Once more: the same gate, the same key.
    firm.ends(
        gates::update(workspace, actor, firm.server)
            .await
            .unwrap()
            .run,
    )
    .await;
    let again = gates::list(workspace, actor, firm.server).await.unwrap();
    assert_eq!(again.gates.first().unwrap().fingerprint, gate.fingerprint);

    firm.ends(
        gates::remove(workspace, actor, firm.server, firm.lea)
            .await
            .unwrap()
            .run,
    )
    .await;
    assert!(
        gates::list(workspace, actor, firm.server)
            .await
            .unwrap()
            .gates
            .is_empty()
    );
    lea.hang_up(firm.server).await;
    assert_eq!(
        lea.driver(&firm.row().await).await.err().unwrap().code,
        Code::NoEntry
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_restricted_administrator_of_the_servers_customer_is_given_an_entry() {
    let firm = Firm::new().await;
    let store = firm.store();
    let other = towerify_store::Customer {
        id: CustomerId::from_uuid(new_id()),
        name: "Somebody else".into(),
        created_at: now(),
    };
    store.customers().insert(&other).await.unwrap();
    let (stranger, user) = (
        AccountId::from_uuid(new_id()),
        AccountId::from_uuid(new_id()),
    );
    firm.account(
        stranger,
        "Paul",
        Role::RestrictedAdministrator,
        Some(other.id),
    )
    .await;
    firm.account(user, "Ines", Role::EndUser, firm.row().await.customer_id)
        .await;
    for account in [stranger, user, firm.actor.account] {
        let refused = gates::install(&firm.workspace, &firm.actor, firm.server, account).await;
        assert_eq!(refused.err().unwrap().code, Code::InvalidFields);
    }
    let nobody = AccountId::from_uuid(new_id());
    let refused = gates::install(&firm.workspace, &firm.actor, firm.server, nobody).await;
    assert_eq!(refused.err().unwrap().code, Code::NotFound);
    let actor = Actor {
        account: firm.lea,
        name: "Léa Roy".into(),
        role: Role::RestrictedAdministrator,
        customer: firm.row().await.customer_id,
        witness: Witness::default(),
    };
    for refused in [
        gates::install(&firm.workspace, &actor, firm.server, firm.lea)
            .await
            .err(),
        gates::update(&firm.workspace, &actor, firm.server)
            .await
            .err(),
        gates::remove(&firm.workspace, &actor, firm.server, firm.lea)
            .await
            .err(),
        gates::list(&firm.workspace, &actor, firm.server)
            .await
            .err(),
    ] {
        assert_eq!(refused.unwrap().code, Code::Denied);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_an_entry_opens_with_its_owners_key_and_with_no_other() {
    let firm = Firm::new().await;
    firm.ends(
        gates::install(&firm.workspace, &firm.actor, firm.server, firm.lea)
            .await
            .unwrap()
            .run,
    )
    .await;
    let kept = firm
        .store()
        .gate_accesses()
        .get(firm.server, firm.lea)
        .await
        .unwrap()
        .unwrap();
    let place = towerify_store::GateAccess::place(kept.id);
    assert!(
        firm.keys
            .sealer(&own_key(firm.lea.uuid()))
            .open_text(place, &kept.secret)
            .is_ok()
    );
    for other in [ENDORSING, "account/somebody"] {
        assert!(
            firm.keys
                .sealer(other)
                .open_text(place, &kept.secret)
                .is_err(),
            "{other}"
        );
    }
    // What it may do there is written down as it was put there.
    assert_eq!(kept.policy["account"], kept.system_user);
    assert!(
        kept.policy["domains"]
            .as_array()
            .is_some_and(|domains| !domains.is_empty())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_disconnected_keeps_no_entry() {
    let firm = Firm::new().await;
    let (workspace, actor) = (&firm.workspace, &firm.actor);
    firm.ends(
        gates::install(workspace, actor, firm.server, firm.lea)
            .await
            .unwrap()
            .run,
    )
    .await;
    let plan = provisioning::disconnect_plan(workspace, actor, firm.server)
        .await
        .unwrap();
    assert!(
        plan.iter()
            .any(|one| one.words.en == "Take Léa Roy’s entry away"),
        "{plan:?}"
    );
    let lea = firm.lea();
    lea.driver(&firm.row().await).await.unwrap();
    firm.ends(
        provisioning::disconnect(workspace, actor, firm.server)
            .await
            .unwrap()
            .run,
    )
    .await;
    assert!(
        gates::list(workspace, actor, firm.server)
            .await
            .unwrap()
            .gates
            .is_empty()
    );
    lea.hang_up(firm.server).await;
    assert_eq!(
        lea.driver(&firm.row().await).await.err().unwrap().code,
        Code::NoEntry
    );
}
