//! What a customer's administrator reaches, and what they begin: over a workspace of two customers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

use std::path::Path;
use std::sync::Arc;

use secrecy::ExposeSecret;
use tempfile::TempDir;
use towerify_core::{
    Actor, Code, Program, Workspace,
    people::{self, NewUser},
    runs::{self, ListQuery},
    servers::{self, Selection},
    workspace,
};
use towerify_domain::{
    Words,
    id::{RunId, ServerId},
    run::{RunKind, RunState, Sign},
};
use towerify_store::{NewRun, NewTraceLine, RunEnd, Store};
use towerify_test_customers::{PASSWORD, Person, Workspace as World, without_ids};
use towerify_vault::{KeyFile, Keys};

const USER_PASSWORD: &str = "canari-de-l-utilisatrice-5521";

/// A program of this person's, on a copy of the workspace.
struct Desk {
    home: TempDir,
    program: Program,
}

impl Desk {
    async fn of(world: &World, person: &Person) -> Self {
        let home = tempfile::tempdir().unwrap();
        world.copy_to(home.path());
        Self::at(home, person).await
    }

    async fn at(home: TempDir, person: &Person) -> Self {
        let program = towerify_test_customers::program(home.path());
        workspace::unlock(&program, towerify_test_customers::entry(person))
            .await
            .unwrap();
        Self { home, program }
    }

    /// The same workspace in the hands of somebody else.
    async fn then(self, person: &Person) -> Self {
        self.program.close().await;
        Self::at(self.home, person).await
    }

    fn open(&self) -> (Arc<Workspace>, Actor) {
        self.program.workspace().unwrap()
    }
}

/// What this person's session holds, behind the program's back: the database, and their keys.
async fn behind(world: &World, home: &Path, person: &Person) -> (Store, Keys) {
    let database = world.database_in(home);
    let file = database.with_file_name("keys.json");
    let mut file = KeyFile::load(&file).unwrap();
    let keys = file
        .unlock(
            person.account.uuid(),
            &PASSWORD.into(),
            towerify_test_customers::noon(),
        )
        .unwrap();
    let store = Store::open(&database, keys.data()).await.unwrap();
    (store, keys)
}

fn new_user() -> NewUser {
    NewUser {
        username: "neuve".into(),
        fullname: "Neuve".into(),
        domain: "anemone.example".into(),
        password: USER_PASSWORD.into(),
        mailbox_quota: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_needs_opens_to_who_began_it_and_to_administrators_and_to_nobody_else() {
    let world = World::new(3).await;
    let [mine, others] = &world.customers;
    let desk = Desk::of(&world, &mine.administrator).await;
    let (workspace, actor) = desk.open();
    let begun = people::create(&workspace, &actor, mine.servers[0].id, new_user())
        .await
        .unwrap();
    drop(workspace);
    desk.program.close().await;

    let check = async |person: &Person, opens: bool| {
        let (store, keys) = behind(&world, desk.home.path(), person).await;
        let run = store.runs().get(begun.run).await.unwrap().unwrap();
        let sealed = store.runs().secret(begun.run).await.unwrap().unwrap();
        let sealer = keys.sealer(&run.sealed_under);
        let opened = sealer.open_text(NewRun::place(begun.run), &sealed);
        assert_eq!(opened.is_ok(), opens, "{}", person.name);
        if let Ok(text) = opened {
            assert_eq!(text.expose_secret(), USER_PASSWORD);
        }
        // The provider's ways in open to the provider alone.
        for kept in store.credentials().of(mine.servers[0].id).await.unwrap() {
            let provider = *person == world.administrator;
            for name in keys.held().map(str::to_owned).collect::<Vec<_>>() {
                let place = towerify_store::Credential::place(kept.id);
                let opened = keys
                    .sealer(&name)
                    .open_text(place, kept.secret.as_ref().unwrap());
                assert_eq!(
                    opened.is_ok(),
                    provider && name == towerify_vault::ENDORSING,
                    "{name}"
                );
            }
        }
        store.close().await;
    };
    check(&mine.administrator, true).await;
    check(&world.administrator, true).await;
    check(&others.administrator, false).await;
    check(&mine.end_user, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_run_is_carried_on_by_who_may_and_left_alone_by_others() {
    let world = World::new(3).await;
    let [mine, others] = &world.customers;
    let desk = Desk::of(&world, &mine.administrator).await;
    let (workspace, actor) = desk.open();
    let begun = people::create(&workspace, &actor, mine.servers[0].id, new_user())
        .await
        .unwrap();
    drop(workspace);

    // Somebody else's session leaves it as it is, however long it stays open.
    let desk = desk.then(&others.administrator).await;
    tokio::time::sleep(std::time::Duration::from_secs(7)).await;
    desk.program.close().await;
    let state = async |home: &Path| {
        let (store, _) = behind(&world, home, &world.administrator).await;
        let run = store.runs().get(begun.run).await.unwrap().unwrap();
        store.close().await;
        run.state
    };
    assert!(!state(desk.home.path()).await.is_over());

    // An administrator's takes it up, and sees that nobody listens there.
    let desk = desk.then(&world.administrator).await;
    let (workspace, actor) = desk.open();
    let end = runs::wait(&workspace, &actor, begun.run).await.unwrap();
    assert_eq!(end, RunState::Failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_needs_anothers_secret_is_seen_and_not_carried_on() {
    let world = World::new(2).await;
    let mine = &world.customers[0];
    let desk = Desk::of(&world, &mine.administrator).await;
    let (workspace, actor) = desk.open();
    let providers = mine.servers[0].providers;
    let detail = runs::detail(&workspace, &actor, providers.failed)
        .await
        .unwrap();
    assert!(
        !detail.can.retry && !detail.can.undo && !detail.can.cancel,
        "{:?}",
        detail.can
    );
    let retried = runs::retry(&workspace, &actor, providers.failed).await;
    assert_eq!(retried.unwrap_err().code, Code::Denied);
    let cancelled = runs::cancel(&workspace, &actor, providers.paused).await;
    assert_eq!(
        cancelled.unwrap_err().code,
        Code::NotFound,
        "it is not theirs"
    );

    let own = mine.servers[0].theirs;
    let detail = runs::detail(&workspace, &actor, own.failed).await.unwrap();
    assert!(detail.can.retry && detail.can.forget, "{:?}", detail.can);
    runs::cancel(&workspace, &actor, own.paused).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_became_anothers_is_out_of_reach_with_all_that_is_on_it() {
    let world = World::new(2).await;
    let [mine, others] = &world.customers;
    let server = mine.servers[0].clone();
    let desk = Desk::of(&world, &world.administrator).await;
    let (workspace, actor) = desk.open();
    let edit = servers::ServerEdit {
        customer: Some(others.name.clone()),
        ..Default::default()
    };
    servers::edit(&workspace, &actor, server.id, edit)
        .await
        .unwrap();
    drop(workspace);

    let desk = desk.then(&mine.administrator).await;
    let (workspace, actor) = desk.open();
    let code = |error: towerify_core::AppError| error.code;
    let seen = servers::detail(&workspace, &actor, server.id)
        .await
        .map(drop);
    assert_eq!(seen.map_err(code), Err(Code::NotFound));
    // What they did there is still theirs to read, and no more theirs to do.
    runs::detail(&workspace, &actor, server.theirs.done)
        .await
        .unwrap();
    for decided in [
        runs::retry(&workspace, &actor, server.theirs.failed)
            .await
            .map(drop),
        runs::go_on(&workspace, &actor, server.theirs.paused).await,
    ] {
        assert_eq!(decided.map_err(code), Err(Code::NotFound));
    }
    drop(workspace);

    let desk = desk.then(&others.administrator).await;
    let (workspace, actor) = desk.open();
    servers::detail(&workspace, &actor, server.id)
        .await
        .unwrap();
    let old = runs::detail(&workspace, &actor, server.theirs.done)
        .await
        .map(drop);
    assert_eq!(old.map_err(code), Err(Code::NotFound));
    let listed = runs::list(
        &workspace,
        &actor,
        ListQuery {
            server: Some(server.id),
            ..Default::default()
        },
    );
    assert_eq!(listed.await.unwrap().total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_administrator_sees_their_own_servers_and_is_told_nothing_of_the_way_there() {
    let world = World::new(3).await;
    let mine = &world.customers[0];
    let desk = Desk::of(&world, &mine.administrator).await;
    let (workspace, actor) = desk.open();
    let page = servers::list(&workspace, &actor, servers::ListQuery::default())
        .await
        .unwrap();
    assert_eq!((page.total, page.all), (3, 3));
    assert_eq!(page.customers.len(), 1);
    let behind = &mine.servers[2];
    let detail = servers::detail(&workspace, &actor, behind.id)
        .await
        .unwrap();
    assert_eq!(detail.jump, None);
    let said = serde_json::to_string(&detail).unwrap();
    assert!(
        said.contains("could not connect onwards") && !said.contains("127.64.0.1"),
        "{said}"
    );
    let trace = runs::trace(&workspace, &actor, behind.theirs.done, 1, 10)
        .await
        .unwrap();
    assert_eq!(trace.lines[0].text, "anemone through … (…)");
    assert_eq!(
        servers::find(&workspace, &actor, "ANEMONE-00")
            .await
            .unwrap(),
        mine.servers[0].id
    );
    let find = async |name: &str| {
        let error = servers::find(&workspace, &actor, name).await.unwrap_err();
        without_ids(&serde_json::to_string(&error).unwrap()).replace(name, "NAME")
    };
    assert_eq!(find("zinnia-00").await, find("nowhere-0").await);
    let swept = servers::refresh(&workspace, &actor, Selection::All)
        .await
        .unwrap();
    assert_eq!(swept.failed.len(), 3, "one's own, and no others");
}

/// A run of this person's that ended years ago, with its trace and the secret that retrying it would need.
async fn long_over(store: &Store, n: u128, server: ServerId, by: &Person, under: &str) -> RunId {
    let at = towerify_test_customers::noon() - chrono::TimeDelta::days(2_000);
    let run = RunId::from_uuid(uuid::Uuid::from_u128(n));
    let new = NewRun {
        id: run,
        kind: RunKind::UserCreate,
        server_id: Some(server),
        batch_id: None,
        title: Words::same("Long over"),
        input: serde_json::json!({}),
        secret: Some(vec![1]),
        conceal: Some(vec![2]),
        sealed_under: under.into(),
        state: RunState::Waiting,
        started_by: by.account,
        started_name: by.name.clone(),
        started_at: at,
        steps: Vec::new(),
    };
    store.runs().insert(&new).await.unwrap();
    let line = NewTraceLine {
        at,
        step: 0,
        sign: Sign::Info,
        text: "long over".into(),
        always: false,
    };
    store.run_trace().append(run, &[line]).await.unwrap();
    let end = RunEnd {
        state: RunState::Failed,
        at,
        error: None,
    };
    store.runs().end(run, &end).await.unwrap();
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_puts_away_what_its_own_account_began_and_an_administrators_all() {
    let world = World::new(1).await;
    let [mine, others] = &world.customers;
    let home = tempfile::tempdir().unwrap();
    world.copy_to(home.path());
    let everybody = [
        &mine.administrator,
        &others.administrator,
        &world.administrator,
    ];
    let (store, _) = behind(&world, home.path(), &world.administrator).await;
    let mut runs = Vec::new();
    for (n, by) in everybody.into_iter().enumerate() {
        let server = if n == 1 { others } else { mine }.servers[0].id;
        let under = format!("account/{}", by.account);
        runs.push(long_over(&store, 0x10 + n as u128, server, by, &under).await);
    }
    store.close().await;
    // Whether each run's secret is kept, and whether its trace waits to be packed.
    let left = async |home: &Path| {
        let (store, _) = behind(&world, home, &world.administrator).await;
        let unpacked = store.run_trace().unpacked(None).await.unwrap();
        let mut left = Vec::new();
        for run in &runs {
            let known = store.runs().get(*run).await.unwrap().unwrap();
            left.push((known.has_secret, unpacked.contains(run)));
        }
        store.close().await;
        left
    };
    let (kept, gone) = ((true, true), (false, false));
    assert_eq!(left(home.path()).await, [kept, kept, kept]);
    let desk = Desk::at(home, &mine.administrator).await;
    desk.program.close().await;
    assert_eq!(left(desk.home.path()).await, [gone, kept, kept]);
    // The end of a run of theirs puts away no more than that.
    let desk = desk.then(&mine.administrator).await;
    let (workspace, actor) = desk.open();
    let begun = people::create(&workspace, &actor, mine.servers[0].id, new_user())
        .await
        .unwrap();
    runs::wait(&workspace, &actor, begun.run).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    drop(workspace);
    desk.program.close().await;
    assert_eq!(left(desk.home.path()).await, [gone, kept, kept]);
    let desk = desk.then(&world.administrator).await;
    desk.program.close().await;
    assert_eq!(left(desk.home.path()).await, [gone, gone, gone]);
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_on_the_way_are_not_told_in_old_runs_once_they_are_gone_or_called_otherwise() {
    let world = World::new(2).await;
    let mine = &world.customers[0];
    let behind_hop = &mine.servers[1];
    let desk = Desk::of(&world, &world.administrator).await;
    let (workspace, actor) = desk.open();
    let said = async |workspace: &Workspace, actor: &Actor| {
        let run = behind_hop.theirs.done;
        let mut said = runs::export(workspace, actor, run).await.unwrap();
        let trace = runs::trace(workspace, actor, run, 1, 10).await.unwrap();
        said += &trace.lines[0].text;
        let detail = servers::detail(workspace, actor, behind_hop.id)
            .await
            .unwrap();
        said + &serde_json::to_string(&detail).unwrap()
    };
    assert!(
        said(&workspace, &actor)
            .await
            .contains("rebond-fournisseur")
    );
    // Another name for the machine, then no machine at all.
    let edit = servers::ServerEdit {
        name: Some("passage-fournisseur".into()),
        ..Default::default()
    };
    servers::edit(&workspace, &actor, world.hop, edit)
        .await
        .unwrap();
    for server in world.customers.iter().map(|of| &of.servers[1]) {
        let edit = servers::ServerEdit {
            address: Some(servers::Address {
                address: "127.65.0.2".into(),
                port: 9,
                jump: None,
            }),
            ..Default::default()
        };
        servers::edit(&workspace, &actor, server.id, edit)
            .await
            .unwrap();
    }
    servers::remove(&workspace, &actor, world.hop)
        .await
        .unwrap();
    assert!(
        said(&workspace, &actor)
            .await
            .contains("rebond-fournisseur")
    );
    drop(workspace);

    let desk = desk.then(&mine.administrator).await;
    let (workspace, actor) = desk.open();
    let said = said(&workspace, &actor).await;
    assert!(said.contains("anemone through … (…)"), "{said}");
    for told in ["rebond-fournisseur", "passage-fournisseur", "127.64.0.1"] {
        assert!(!said.contains(told), "{told}: {said}");
    }
}
