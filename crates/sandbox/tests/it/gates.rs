//! Gates on a simulated server: the same is let through and refused as by the true gate (`crates/driver/tests/it/gate`).

use secrecy::SecretString;
use serde_json::json;
use towerify_driver::{
    Driver, DriverError, Outcome, PROGRAM, Privilege, ReadOptions, Start, StartOptions, connect,
    gate,
};
use towerify_machine::gate::{AskGates, PutGate, RemoveGate};
use towerify_sandbox::{
    Blueprint, Fleet, TrainingServer,
    blueprint::{Installed, Person},
};
use towerify_ssh::{Connection, Credential, Login, PrivateKey, SshError};
use towerify_yunohost::gate::{GatePolicy, Holding};
use towerify_yunohost::{Argv, groups::ListGroups, users::ListUsers};

use crate::{
    bare::machines,
    support::{dial, driver},
};

const ACCOUNT: &str = "towerify-abcd1234";

/// `tour.example` is a customer's, `voisin.example` another's.
async fn shared() -> Fleet {
    let person = |username: &str| Person {
        username: username.into(),
        fullname: format!("{username} of the tower"),
        admin: false,
    };
    let fleet = machines(vec![Blueprint {
        name: "shared".into(),
        main_domain: "tour.example".into(),
        customer: "Tour".into(),
        version: "12.1.25".into(),
        registered: true,
        domains: vec!["voisin.example".into()],
        people: vec![person("ines")],
        certificate_days: 60,
        disk_free_percent: 50,
        apps: vec![Installed {
            app: "dolibarr".into(),
            domain: "voisin.example".into(),
            path: "/books".into(),
            label: "Books".into(),
            allowed: vec!["all_users".into()],
            behind: false,
        }],
        ..Blueprint::default()
    }])
    .await;
    let provider = driver(server(&fleet)).await;
    for (key, words) in [
        (
            "run-begin-1",
            "user create paul --fullname Paul --domain voisin.example --password=Violet-Tractor-88",
        ),
        ("run-begin-2", "user group create neighbours"),
        ("run-begin-3", "user group add neighbours paul"),
    ] {
        done(&provider, key, &Argv::new(words)).await;
    }
    fleet
}

fn server(fleet: &Fleet) -> &TrainingServer {
    fleet.servers().first().unwrap()
}

async fn done(driver: &Driver, key: &str, words: &Argv) {
    let stream = driver
        .start_words(key, words, &StartOptions::default())
        .await
        .unwrap();
    let outcome = stream.finish(|_| {}).await.unwrap();
    assert!(
        matches!(outcome, Outcome::Done { .. }),
        "{words}: {outcome:?}"
    );
}

fn put(key: &PrivateKey) -> PutGate {
    let holding = Holding {
        domains: ["tour.example".to_owned()].into(),
        ..Holding::default()
    };
    PutGate {
        account: ACCOUNT.into(),
        key: key.public_openssh(),
        policy: json!(GatePolicy::new(ACCOUNT, "Tour", holding)),
        program: gate::program().into(),
        driver: PROGRAM.into(),
        version: gate::version().into(),
    }
}

async fn task<T: towerify_machine::Task>(fleet: &Fleet, key: &str, task: &T) -> T::Reply {
    let provider = driver(server(fleet)).await;
    let stream = provider
        .start_task(key, task, &StartOptions::default())
        .await
        .unwrap();
    match stream.finish(|_| {}).await.unwrap() {
        Outcome::Done { result, .. } => T::parse(result).unwrap(),
        other => panic!("{other:?}"),
    }
}

async fn enter(fleet: &Fleet, key: &PrivateKey) -> Result<Connection, SshError> {
    let mut dial = dial(server(fleet));
    dial.login = Login::new(ACCOUNT, vec![Credential::Key(key.clone())]);
    Connection::open(dial).await
}

async fn through(fleet: &Fleet, key: &PrivateKey) -> Driver {
    let start = Start {
        privilege: Privilege::Gate,
        ..Start::default()
    };
    connect(&enter(fleet, key).await.unwrap(), start)
        .await
        .unwrap()
}

#[derive(serde::Deserialize)]
struct Refusal {
    op: String,
    words: Vec<String>,
    reason: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulated_gate_refuses_what_the_true_one_refuses() {
    let fleet = shared().await;
    let key = PrivateKey::generate().unwrap();
    task(&fleet, "run-put-00001", &put(&key)).await;
    let gate = through(&fleet, &key).await;
    let table = include_str!("../../../../tests/fixtures/gate/refused.json");
    let table: Vec<Refusal> = serde_json::from_str(table).unwrap();
    assert!(table.len() > 50);
    for (number, Refusal { op, words, reason }) in table.iter().enumerate() {
        let words = words
            .iter()
            .map(|word| word.replace("APP", "dolibarr").replace("ADMIN", "admin"));
        let argv = Argv::new("").args(words);
        let refused = if op == "start" {
            let key = format!("run-refused-{number:03}");
            let stream = gate
                .start_words(&key, &argv, &StartOptions::default())
                .await
                .unwrap();
            stream.finish(|_| {}).await.map(drop)
        } else {
            gate.read_words(&argv, &ReadOptions::default())
                .await
                .map(drop)
        };
        let Err(DriverError::GateRefused(why)) = refused else {
            panic!("{argv}: {refused:?}")
        };
        assert!(why.contains(reason.as_str()), "{argv}: {why}");
    }
    assert!(matches!(
        gate.read_task(&AskGates {}).await,
        Err(DriverError::GateRefused(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulated_gate_lets_theirs_through_and_shows_nothing_of_others() {
    let fleet = shared().await;
    let key = PrivateKey::generate().unwrap();
    assert!(
        enter(&fleet, &key).await.is_err(),
        "nobody comes in before there is a gate"
    );
    let there = task(&fleet, "run-put-00001", &put(&key)).await;
    assert!(there.changed && there.gate.there);
    assert!(!task(&fleet, "run-put-00002", &put(&key)).await.changed);
    let gate = through(&fleet, &key).await;
    let said = gate.facts().gate.clone().unwrap();
    assert_eq!(
        (said.version.as_str(), said.account.as_str()),
        (gate::version(), ACCOUNT)
    );
    let create = Argv::new("user create lea --fullname Lea --domain tour.example")
        .secret("--password", Some(&SecretString::from("Violet-Tractor-88")));
    done(&gate, "run-gate-0001", &create).await;
    done(
        &gate,
        "run-gate-0002",
        &Argv::new("user group create office"),
    )
    .await;
    done(
        &gate,
        "run-gate-0003",
        &Argv::new("user group add office lea ines"),
    )
    .await;
    let users = gate.read(&ListUsers).await.unwrap().users;
    assert_eq!(users.keys().collect::<Vec<_>>(), ["ines", "lea"]);
    let groups = gate
        .read(&ListGroups { primary: false })
        .await
        .unwrap()
        .groups;
    assert!(
        groups.contains_key("office")
            && !groups.contains_key("neighbours")
            && !groups.contains_key("admins")
    );
    assert!(!gate.units().await.unwrap().is_empty());

    // A run is its gate's: nobody else knows of it, and it of no others.
    assert_eq!(gate.runs().await.unwrap().len(), 3);
    let provider = driver(server(&fleet)).await;
    assert!(!provider.runs().await.unwrap().contains_key("run-gate-0001"));
    let followed = gate
        .follow("run-begin-1", 0)
        .await
        .unwrap()
        .finish(|_| {})
        .await;
    assert!(
        matches!(followed, Err(DriverError::RunUnknown(_))),
        "{followed:?}"
    );

    let taken = task(
        &fleet,
        "run-take-0001",
        &RemoveGate {
            account: ACCOUNT.into(),
        },
    )
    .await;
    assert!(!taken.removed.is_empty() && taken.left.is_empty());
    assert!(enter(&fleet, &key).await.is_err());
    assert!(gate.read(&ListUsers).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulated_gate_opens_no_shell_no_files_and_no_other_command() {
    let fleet = shared().await;
    let key = PrivateKey::generate().unwrap();
    task(&fleet, "run-put-00001", &put(&key)).await;
    let connection = enter(&fleet, &key).await.unwrap();
    for command in [
        "id",
        "towerify-gate 1; id",
        "towerify-gate 2",
        "yunohost user list",
        "python3 -I -c \"1\"",
    ] {
        let mut exec = connection.exec(command).await.unwrap();
        let mut said = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut exec.stdout, &mut said)
            .await
            .unwrap();
        assert!(said.contains("gate_refused"), "{command}: {said}");
        assert_eq!(
            exec.exit.wait().await.unwrap().status,
            Some(77),
            "{command}"
        );
    }
    assert!(connection.sftp().await.is_err());
}
