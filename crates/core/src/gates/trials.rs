//! Gates from end to end on a simulated server over real SSH: given, used by whom they are for with nothing of the
//! provider's, brought up to date, taken away, and gone with a server that is disconnected.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tempfile::TempDir;
use towerify_domain::{
    Role, Within,
    id::{AccountId, CustomerId, RunId, ServerId},
    policy::Witness,
    run::RunState,
};
use towerify_sandbox::{Fleet, Options, Pace};
use towerify_store::{Account, Server};
use towerify_vault::{ENDORSING, Keys, own_key};
use towerify_yunohost::{settings::ListSettings, users::ListUsers};

use crate::{
    Actor, Code, Folders, Patience, Program, Workspace,
    accounts::{self, NewAccount},
    clock::{new_id, now},
    connections::{Connections, Entrant},
    gates::{self, GateState},
    people::{self, NewUser},
    provisioning, runs,
    servers::{self, Address, HowChecked, Login, NewServer, Selection},
    workspace::{self, Entry, NewWorkspace, WayIn},
};

mod sight;

const SERVER: &str = "glycines-01";
const PASSWORD: &str = "quatre mots sans rapport 9182";
const LEA: &str = "Léa Roy";
const PASSWORD_OF_LEA: &str = "cinq autres mots ailleurs 4417";

/// A workspace with one server of a fleet, and a restricted administrator of its customer.
struct Firm {
    _home: TempDir,
    _fleet: Fleet,
    program: Program,
    workspace: Arc<Workspace>,
    actor: Actor,
    server: ServerId,
    lea: AccountId,
    /// What the administrator who is at work holds; lea's own key is among it.
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
        let row = workspace.reach_in_trials().store.servers();
        let customer = row.get(server).await.unwrap().unwrap().customer_id;
        let new = NewAccount {
            name: LEA.into(),
            role: Role::RestrictedAdministrator,
            customer,
            password: PASSWORD_OF_LEA.into(),
        };
        let lea = accounts::create(&workspace, &actor, new).await.unwrap();
        Self {
            keys: workspace.reach_in_trials().keys.now().unwrap(),
            _home: home,
            _fleet: fleet,
            program,
            workspace,
            actor,
            server,
            lea,
        }
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

#[tokio::test(flavor = "multi_thread")]
async fn in_their_own_session_they_read_and_change_their_server_through_the_gate() {
    let firm = Firm::new().await;
    let begun = gates::install(&firm.workspace, &firm.actor, firm.server, firm.lea)
        .await
        .unwrap();
    firm.ends(begun.run).await;
    let domain = firm.row().await.main_domain.unwrap();
    let folder = PathBuf::from(&firm.workspace.known().folder);
    firm.program.close().await;
    let entry = Entry {
        account: Some(LEA.into()),
        by: WayIn::Password(PASSWORD_OF_LEA.into()),
        code: None,
    };
    workspace::open_folder(&firm.program, &folder, entry)
        .await
        .unwrap();
    let (workspace, actor) = firm.program.workspace().unwrap();
    assert_eq!(actor.role, Role::RestrictedAdministrator);

    let swept = servers::refresh(&workspace, &actor, Selection::All)
        .await
        .unwrap();
    assert_eq!(
        (swept.answered, swept.failed.len()),
        (1, 0),
        "{:?}",
        swept.failed
    );
    let new = NewUser {
        username: "noe.vidal".into(),
        fullname: "Noé Vidal".into(),
        domain,
        password: "Un-mot-de-passe-unique-77".into(),
        mailbox_quota: None,
    };
    let begun = people::create(&workspace, &actor, firm.server, new)
        .await
        .unwrap();
    let end = runs::wait(&workspace, &actor, begun.run);
    let state = tokio::time::timeout(Duration::from_secs(60), end).await;
    let trace = runs::trace(&workspace, &actor, begun.run, 1, 500).await;
    assert_eq!(
        state.unwrap().unwrap(),
        RunState::Done,
        "{:#?}",
        trace.unwrap().lines
    );
    let seen = people::list(&workspace, &actor, firm.server).await.unwrap();
    let names: Vec<&str> = seen
        .users
        .iter()
        .map(|user| user.username.as_str())
        .collect();
    assert!(names.contains(&"noe.vidal"), "{names:?}");
    assert!(!names.contains(&"admin"), "{names:?}");
}
