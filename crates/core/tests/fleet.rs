//! The same change on many servers: waves, the rule that stops, the limit, retrying, restarting, looking only; on
//! simulated servers over real SSH, whose simulator counts what is done to them and who is connected.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod training;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use towerify_core::{
    Actor, Code, Workspace,
    fleet::{self, FleetChange, FleetDetail, FleetOrder, FleetSelection, NewFleetRun, Sequence},
    runs,
    servers::{self, ListQuery},
    workspace::{self, TrainingServer},
};
use towerify_domain::{
    fleet::{FleetState, MemberState, StopRule, Width},
    id::{FleetId, ServerId},
};
use towerify_sandbox::{Blueprint, Fault, Fleet, Options, Pace};
use training::{Training, program};

/// A training workspace with all of these servers in it, none of which was ever asked anything. Those that `dies` names
/// by their number are dead by then: nobody listens there.
async fn with(plan: Vec<Blueprint>, dies: impl Fn(usize) -> bool) -> Training {
    let home = tempfile::tempdir().unwrap();
    let mut options = Options {
        folder: Some(home.path().join("fleet")),
        pace: Pace::Instant,
        plan,
        ..Options::default()
    };
    let mut fleet = Fleet::start(options.clone()).await.unwrap();
    let program = program(&home, Duration::from_secs(5));
    let known = fleet.servers().iter().map(|server| TrainingServer {
        name: server.name.clone(),
        address: server.address.to_string(),
        port: server.ssh_port,
        user: server.user.clone(),
        password: server.password.clone().into(),
        fingerprint: server.host_key.fingerprint.clone(),
        customer: Some(server.customer.clone()),
        tags: server.tags.clone(),
        registered: true,
    });
    let known: Vec<_> = known.collect();
    workspace::open_training(&program, "Camille Morvan", known)
        .await
        .unwrap();
    // Opening it begins to read them all, which is not what is looked at here.
    workspace::lock(&program).await;
    if (1..=options.plan.len()).any(&dies) {
        fleet.stop().await;
        let servers = options.plan.into_iter().zip(1..);
        options.plan = servers
            .map(|(server, n)| if dies(n) { server.dead() } else { server })
            .collect();
        fleet = Fleet::start(options).await.unwrap();
    }
    let training = Training {
        home,
        fleet,
        program,
    };
    training.reopen().await;
    training
}

/// Opens the workspace with the password that lies beside it.
async fn open(program: &towerify_core::Program) {
    let place = program.folders().training();
    let password = std::fs::read_to_string(place.join("password")).unwrap();
    let folder = place.join("Training.towerify");
    workspace::open_folder(program, &folder, password.as_str().into())
        .await
        .unwrap();
}

fn nobody(_: usize) -> bool {
    false
}

impl Training {
    /// Closes the workspace where everything stands, waits until nobody is connected, and opens it again.
    async fn reopen(&self) {
        workspace::lock(&self.program).await;
        tokio::time::timeout(Duration::from_secs(20), async {
            while self.fleet.connections() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
        .unwrap();
        self.fleet.count_connections_anew();
        open(&self.program).await;
    }

    async fn ids(&self) -> BTreeMap<String, ServerId> {
        let (workspace, actor) = self.desk();
        let query = ListQuery {
            limit: 1_000,
            ..ListQuery::default()
        };
        let page = servers::list(&workspace, &actor, query).await.unwrap();
        page.rows
            .into_iter()
            .map(|row| (row.name, row.id))
            .collect()
    }

    /// How often this service was restarted, by server.
    fn restarts(&self) -> BTreeMap<String, u32> {
        let times = |server: &towerify_sandbox::TrainingServer| {
            let effects = server.effects();
            let restarts = effects
                .iter()
                .filter(|effect| effect.name == "service restart");
            restarts.map(|effect| effect.times).sum()
        };
        let servers = self.fleet.servers().iter();
        servers
            .map(|server| (server.name.clone(), times(server)))
            .collect()
    }
}

fn restart_nginx() -> FleetOrder {
    FleetOrder {
        change: FleetChange::RestartService {
            service: "nginx".into(),
        },
        selection: FleetSelection::All,
        sequence: Sequence::ByName,
        waves: Vec::new(),
        stop: None,
        at_once: None,
        dry: false,
    }
}

async fn begin(workspace: &Workspace, actor: &Actor, order: FleetOrder) -> FleetId {
    let new = NewFleetRun {
        order,
        password: None,
    };
    fleet::begin(workspace, actor, new).await.unwrap().fleet
}

async fn detail(training: &Training, id: FleetId) -> FleetDetail {
    let (workspace, actor) = training.desk();
    fleet::detail(&workspace, &actor, id).await.unwrap()
}

async fn ended(workspace: &Arc<Workspace>, actor: &Actor, id: FleetId) -> FleetState {
    tokio::time::timeout(Duration::from_secs(240), fleet::wait(workspace, actor, id))
        .await
        .expect("it never ended")
        .unwrap()
}

/// The servers in a state, by their numbers.
fn in_state(detail: &FleetDetail, state: MemberState) -> Vec<u32> {
    let those = detail.members.iter().filter(|member| member.state == state);
    those.map(|member| member.n).collect()
}

async fn until(training: &Training, id: FleetId, holds: impl Fn(&FleetDetail) -> bool) {
    let waiting = async {
        loop {
            let detail = detail(training, id).await;
            if holds(&detail) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(60), waiting)
        .await
        .is_err()
    {
        panic!("{:#?}", detail(training, id).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_servers_of_which_some_are_dead_and_some_slow() {
    const LIMIT: usize = 12;
    // Ten are dead; two of those only cut the line, and will come back. Five are slow.
    let dead = |n: usize| n % 10 == 7;
    let comes_back = |n: usize| n == 27 || n == 67;
    let slow = |n: usize| n % 20 == 3;
    let plan = Blueprint::many(100)
        .into_iter()
        .zip(1..)
        .map(|(server, n)| match n {
            n if slow(n) => server.slow(25),
            _ => server,
        });
    let training = with(plan.collect(), |n| dead(n) && !comes_back(n)).await;
    for n in [27, 67] {
        training.fleet.servers()[n - 1]
            .faults()
            .set(Fault::CutAfter(64));
    }
    let (workspace, actor) = training.desk();
    let order = FleetOrder {
        // 10 % of each wave are dead: it goes on.
        stop: Some(StopRule::Percent { percent: 25 }),
        at_once: Some(u32::try_from(LIMIT).unwrap()),
        ..restart_nginx()
    };
    let planned = fleet::plan(&workspace, &actor, &order).await.unwrap();
    let sizes: Vec<usize> = planned
        .waves
        .iter()
        .map(|wave| wave.servers.len())
        .collect();
    assert_eq!(sizes, [1, 30, 69]);

    let id = begin(&workspace, &actor, order).await;
    assert_eq!(ended(&workspace, &actor, id).await, FleetState::Done);
    let page = detail(&training, id).await;
    let dead: Vec<u32> = (1..=100).filter(|n| n % 10 == 7).collect();
    assert_eq!(
        in_state(&page, MemberState::Failed),
        dead,
        "{:#?}",
        page.members
    );
    assert_eq!(in_state(&page, MemberState::Done).len(), 90);
    // Each is an ordinary run of its server, and the table says what became of it.
    for member in &page.members {
        assert!(member.run.is_some() && member.words.is_some(), "{member:?}");
        assert_eq!(member.tries, 1);
    }
    // A wave begins when all of the one before have ended.
    let began = |wave: u32| {
        let members = page
            .members
            .iter()
            .filter(move |member| member.wave == wave);
        members
            .map(|member| member.started_at.unwrap())
            .min()
            .unwrap()
    };
    for member in &page.members {
        if member.wave < 3 {
            assert!(
                member.ended_at.unwrap() <= began(member.wave + 1),
                "{member:?}"
            );
        }
    }
    // Each that answers was changed once, and at no time were more connected than the limit.
    let restarts = training.restarts();
    for (name, times) in &restarts {
        let n: u32 = name.trim_start_matches("many-").parse().unwrap();
        assert_eq!(*times, u32::from(!dead.contains(&n)), "{name}");
    }
    let most = training.fleet.most_connections();
    assert!((2..=LIMIT).contains(&most), "{most} connections at a time");

    // Two come back. Retrying touches the failed ones, and no others.
    for n in [27, 67] {
        training.fleet.servers()[n - 1].faults().clear();
    }
    let again = fleet::retry_failed(&workspace, &actor, id).await.unwrap();
    assert_eq!(again, 10);
    assert_eq!(ended(&workspace, &actor, id).await, FleetState::Done);
    let after = detail(&training, id).await;
    for (before, after) in page.members.iter().zip(&after.members) {
        if before.state == MemberState::Done {
            assert_eq!(
                (after.tries, after.ended_at, after.run),
                (1, before.ended_at, before.run)
            );
        } else {
            assert_eq!(after.tries, 2);
        }
    }
    let still: Vec<u32> = dead
        .iter()
        .copied()
        .filter(|n| *n != 27 && *n != 67)
        .collect();
    assert_eq!(in_state(&after, MemberState::Failed), still);
    let mut expected = restarts;
    for name in ["many-027", "many-067"] {
        expected.insert(name.into(), 1);
    }
    assert_eq!(training.restarts(), expected);
    assert!(training.fleet.most_connections() <= LIMIT);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_stops_in_the_middle_of_a_wave_and_a_person_may_go_on() {
    let training = with(Blueprint::many(9), nobody).await;
    for n in [3, 4] {
        training.fleet.servers()[n - 1]
            .faults()
            .set(Fault::RefusedLogin);
    }
    let (workspace, actor) = training.desk();
    let order = FleetOrder {
        waves: vec![Width::Count { servers: 1 }, Width::Rest],
        stop: Some(StopRule::Failures { servers: 2 }),
        at_once: Some(1),
        ..restart_nginx()
    };
    let id = begin(&workspace, &actor, order).await;
    assert_eq!(ended(&workspace, &actor, id).await, FleetState::Stopped);
    let page = detail(&training, id).await;
    assert_eq!(in_state(&page, MemberState::Done), [1, 2]);
    assert_eq!(in_state(&page, MemberState::Failed), [3, 4]);
    assert_eq!(in_state(&page, MemberState::Left), [5, 6, 7, 8, 9]);
    assert!(page.can_go_on && page.can_cancel && !page.can_pause);
    assert_eq!(page.can_retry, 2);
    assert!(page.because.is_some(), "it says which rule stopped it");
    assert!(training.restarts().values().sum::<u32>() == 2);

    fleet::go_on(&workspace, &actor, id).await.unwrap();
    assert_eq!(ended(&workspace, &actor, id).await, FleetState::Done);
    let page = detail(&training, id).await;
    assert_eq!(in_state(&page, MemberState::Done), [1, 2, 5, 6, 7, 8, 9]);
    assert_eq!(in_state(&page, MemberState::Failed), [3, 4]);
    let refused = fleet::go_on(&workspace, &actor, id).await.unwrap_err();
    assert_eq!(refused.code, Code::Busy);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_its_second_wave_it_goes_on_where_it_was() {
    let slow = |server: Blueprint| server.slow(30);
    let training = with(Blueprint::many(10).into_iter().map(slow).collect(), nobody).await;
    let (workspace, actor) = training.desk();
    let order = FleetOrder {
        waves: vec![
            Width::Count { servers: 1 },
            Width::Count { servers: 5 },
            Width::Rest,
        ],
        at_once: Some(3),
        ..restart_nginx()
    };
    let id = begin(&workspace, &actor, order).await;
    drop(workspace);
    until(&training, id, |detail| {
        let in_flight = detail.members.iter().filter(|member| {
            member.wave == 2 && member.state == MemberState::Running && member.run.is_some()
        });
        let ended = detail
            .members
            .iter()
            .filter(|member| member.wave == 2 && member.state.is_over());
        in_flight.count() >= 2 && ended.count() >= 1
    })
    .await;
    training.reopen().await;

    let (workspace, actor) = training.desk();
    assert_eq!(ended(&workspace, &actor, id).await, FleetState::Done);
    let page = detail(&training, id).await;
    assert_eq!(in_state(&page, MemberState::Done).len(), 10, "{page:#?}");
    assert!(page.members.iter().all(|member| member.tries == 1));
    // One run a server, all of this fleet run's, each change made once.
    let mut runs: Vec<_> = page
        .members
        .iter()
        .map(|member| member.run.unwrap())
        .collect();
    runs.sort();
    runs.dedup();
    assert_eq!(runs.len(), 10);
    assert!(
        training.restarts().values().all(|times| *times == 1),
        "{:?}",
        training.restarts()
    );
    let most = training.fleet.most_connections();
    assert!(most <= 3, "{most} connections at a time");
}

/// What the other process of the test below does, when it is asked to by name: begins a fleet run, says its id, and is
/// killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a part of the test below, in a process of its own"]
async fn the_process_that_is_killed() {
    let Some(home) = std::env::var_os(HOME) else {
        return;
    };
    let program = towerify_core::Program::with_patience(
        towerify_core::Folders::below(std::path::Path::new(&home)),
        towerify_core::Patience::of(Duration::from_secs(5)),
    );
    open(&program).await;
    let (workspace, actor) = program.workspace().unwrap();
    let id = begin(&workspace, &actor, three_waves()).await;
    println!("fleet {id}");
    std::future::pending::<()>().await;
}

const HOME: &str = "TOWERIFY_TEST_HOME";

fn three_waves() -> FleetOrder {
    FleetOrder {
        waves: vec![
            Width::Count { servers: 1 },
            Width::Count { servers: 5 },
            Width::Rest,
        ],
        at_once: Some(3),
        ..restart_nginx()
    }
}

/// Another process: killed by SIGKILL, as by a power cut, at four moments of its second wave.
#[tokio::test(flavor = "multi_thread")]
async fn killed_by_the_system_it_goes_on_where_it_was() {
    for after in [1_u32, 2, 3, 4] {
        let slow = |server: Blueprint| server.slow(15);
        let plan = Blueprint::many(10).into_iter().map(slow).collect();
        let training = with(plan, nobody).await;
        workspace::lock(&training.program).await;
        #[expect(
            clippy::disallowed_methods,
            reason = "the test starts another of itself"
        )]
        let mut child = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "the_process_that_is_killed",
                "--nocapture",
            ])
            .env(HOME, training.home.path())
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = tokio::io::BufReader::new(child.stdout.take().unwrap());
        let id: FleetId = tokio::time::timeout(Duration::from_secs(60), async {
            let mut line = String::new();
            loop {
                line.clear();
                let read = tokio::io::AsyncBufReadExt::read_line(&mut said, &mut line).await;
                assert!(read.unwrap() > 0, "the other process ended");
                // The test's own first words stand on the same line.
                if let Some((_, id)) = line.trim().split_once("fleet ") {
                    break id.parse().unwrap();
                }
            }
        })
        .await
        .unwrap();
        // The wave is begun when the canary is done; the kill comes some way into it.
        let restarted = async |times: u32| {
            while training.restarts().values().sum::<u32>() < times {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), restarted(after))
            .await
            .unwrap();
        child.kill().await.unwrap();
        training.reopen().await;

        let (workspace, actor) = training.desk();
        assert_eq!(ended(&workspace, &actor, id).await, FleetState::Done);
        let page = detail(&training, id).await;
        assert_eq!(in_state(&page, MemberState::Done).len(), 10, "{page:#?}");
        let restarts = training.restarts();
        assert!(restarts.values().all(|times| *times == 1), "{restarts:?}");
        let runs: std::collections::BTreeSet<_> =
            page.members.iter().map(|member| member.run).collect();
        assert_eq!(runs.len(), 10);
        let most = training.fleet.most_connections();
        assert!(most <= 3, "{most} connections at a time");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paused_cancelled_and_closed_it_stays_what_a_person_made_of_it() {
    let training = with(Blueprint::many(6), nobody).await;
    let (workspace, actor) = training.desk();
    let order = FleetOrder {
        waves: vec![Width::Rest],
        at_once: Some(1),
        ..restart_nginx()
    };
    let id = begin(&workspace, &actor, order).await;
    until(&training, id, |detail| {
        !in_state(detail, MemberState::Done).is_empty()
    })
    .await;
    fleet::pause(&workspace, &actor, id).await.unwrap();
    until(&training, id, |detail| {
        in_state(detail, MemberState::Running).is_empty()
    })
    .await;
    drop(workspace);
    training.reopen().await;
    let (workspace, actor) = training.desk();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let page = detail(&training, id).await;
    assert_eq!(page.row.state, FleetState::Paused);
    assert!(page.can_go_on && in_state(&page, MemberState::Running).is_empty());
    let done = in_state(&page, MemberState::Done).len();
    assert!(done < 6);
    fleet::cancel(&workspace, &actor, id).await.unwrap();
    assert_eq!(ended(&workspace, &actor, id).await, FleetState::Cancelled);
    let page = detail(&training, id).await;
    assert_eq!(in_state(&page, MemberState::Left).len(), 6 - done);
    let restarts: u32 = training.restarts().values().sum();
    assert_eq!(usize::try_from(restarts).unwrap(), done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_it_would_do_on_each_server_and_changes_nothing() {
    let installed = |behind: bool| towerify_sandbox::blueprint::Installed {
        app: "nextcloud".into(),
        domain: String::new(),
        path: "/files".into(),
        label: String::new(),
        allowed: vec!["all_users".into()],
        behind,
    };
    let mut plan = Blueprint::many(4);
    plan[0].apps.push(installed(true));
    plan[1].apps.push(installed(false));
    let training = with(plan, |n| n == 4).await;
    let (workspace, actor) = training.desk();
    let states = || {
        let servers = training.fleet.servers().iter();
        servers
            .map(|server| (server.effects(), server.final_state()))
            .collect::<Vec<_>>()
    };
    let before = states();
    let rows = servers::list(&workspace, &actor, ListQuery::default())
        .await
        .unwrap();
    let order = FleetOrder {
        change: FleetChange::UpgradeApp {
            app: "nextcloud".into(),
        },
        dry: true,
        ..restart_nginx()
    };
    let id = begin(&workspace, &actor, order.clone()).await;
    assert_eq!(ended(&workspace, &actor, id).await, FleetState::Done);
    let page = detail(&training, id).await;
    let said = |n: usize| {
        let member = &page.members[n];
        (member.state, member.words.clone().unwrap().en)
    };
    let (state, words) = said(0);
    assert_eq!(state, MemberState::Done);
    assert!(
        words.starts_with("Would take nextcloud from ") && words.contains(" to "),
        "{words}"
    );
    let (state, words) = said(1);
    assert_eq!(state, MemberState::Nothing);
    assert!(words.starts_with("nextcloud is current"), "{words}");
    assert_eq!(
        said(2),
        (MemberState::Nothing, "nextcloud is not installed.".into())
    );
    let (state, words) = said(3);
    assert_eq!(state, MemberState::Failed);
    assert!(words.contains("refuse"), "{words}");

    // Nothing changed: not there, not in what is known of the servers, and no run was begun.
    assert_eq!(states(), before);
    let after = servers::list(&workspace, &actor, ListQuery::default())
        .await
        .unwrap();
    let seen = |page: &servers::Page| {
        let rows = page.rows.iter();
        rows.map(|row| (row.name.clone(), row.last_seen, row.state))
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(&after), seen(&rows));
    assert!(page.members.iter().all(|member| member.run.is_none()));
    let all = runs::list(&workspace, &actor, runs::ListQuery::default())
        .await
        .unwrap();
    assert_eq!(all.total, 0);

    // The same in earnest: one server is upgraded, two have nothing to do, one can't be reached.
    let id = begin(
        &workspace,
        &actor,
        FleetOrder {
            dry: false,
            ..order
        },
    )
    .await;
    assert_eq!(ended(&workspace, &actor, id).await, FleetState::Done);
    let page = detail(&training, id).await;
    let states: Vec<_> = page.members.iter().map(|member| member.state).collect();
    assert_eq!(
        states,
        [
            MemberState::Done,
            MemberState::Nothing,
            MemberState::Nothing,
            MemberState::Failed
        ],
        "{page:#?}"
    );
    assert!(page.members[1].run.is_none() && page.members[3].run.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_is_kept_as_it_was_found_and_canaries_come_first() {
    let mut plan = Blueprint::many(5);
    for n in [1, 3] {
        plan[n].tags.push("prod".into());
    }
    plan[4].customer = "Bremont".into();
    let training = with(plan, nobody).await;
    let (workspace, actor) = training.desk();
    let ids = training.ids().await;
    let names = async |selection: FleetSelection, sequence: Sequence| {
        let order = FleetOrder {
            selection,
            sequence,
            ..restart_nginx()
        };
        let planned = fleet::plan(&workspace, &actor, &order).await.unwrap();
        let servers = planned.waves.into_iter().flat_map(|wave| wave.servers);
        servers
            .map(|server| server.name.trim_start_matches("many-00").to_owned())
            .collect::<String>()
    };
    let id = |n: usize| ids[&format!("many-{n:03}")];
    let given = FleetSelection::Servers {
        ids: vec![id(4), id(2), id(4), id(5)],
    };
    assert_eq!(names(given.clone(), Sequence::AsGiven).await, "425");
    assert_eq!(names(given, Sequence::ByName).await, "245");
    let canaries = Sequence::CanariesFirst {
        servers: vec![id(5), id(3)],
    };
    assert_eq!(names(FleetSelection::All, canaries.clone()).await, "53124");
    let tag = FleetSelection::Tag { tag: "prod".into() };
    assert_eq!(names(tag.clone(), canaries).await, "24");
    let customer = FleetSelection::Customer {
        customer: "Bremont".into(),
    };
    assert_eq!(names(customer, Sequence::AsGiven).await, "5");
    let search = FleetSelection::Search {
        text: "many-003".into(),
    };
    assert_eq!(names(search, Sequence::AsGiven).await, "3");

    // What makes no sense is said before anything is touched.
    let refused = async |order: FleetOrder, field: &str| {
        let new = NewFleetRun {
            order,
            password: None,
        };
        let error = fleet::begin(&workspace, &actor, new).await.unwrap_err();
        assert_eq!(
            error.code,
            Code::InvalidFields,
            "{field}: {}",
            error.message
        );
        assert_eq!(error.fields[0].field, field);
    };
    let nobody = FleetOrder {
        selection: FleetSelection::Tag { tag: "none".into() },
        ..restart_nginx()
    };
    refused(nobody, "selection").await;
    let no_wave = FleetOrder {
        waves: vec![Width::Percent { percent: 0 }],
        ..restart_nginx()
    };
    refused(no_wave, "waves").await;
    let no_password = FleetOrder {
        change: FleetChange::CreateUser {
            username: "ines".into(),
            fullname: "Inès Calvet".into(),
        },
        ..restart_nginx()
    };
    refused(no_password, "password").await;
    assert!(
        fleet::list(&workspace, &actor, fleet::FleetQuery::default())
            .await
            .unwrap()
            .rows
            .is_empty()
    );
}
