//! A bare machine, the choices for it, and beginning with it.

use towerify_core::{
    provisioning::{self, Choices, Machine, Order, Preflight},
    runs::Begun,
    servers::{Address, HowChecked, Login, NewServer},
};
use towerify_domain::id::ServerId;
use towerify_sandbox::{BareMachine, Blueprint};

use crate::training::Training;

pub const DOMAIN: &str = "atelier.bremont.example";

pub fn blueprint() -> Blueprint {
    Blueprint::bare("atelier-neuf", DOMAIN)
}

/// How a machine that was just ordered is described, with the fingerprint that it really has.
pub fn described(machine: &BareMachine, password: &str) -> Machine {
    Machine::New {
        server: Box::new(NewServer {
            name: machine.name.clone(),
            address: Address {
                address: machine.address.to_string(),
                port: machine.ssh_port,
                jump: None,
            },
            user: machine.user.clone(),
            login: Login::Password {
                password: password.to_owned().into(),
            },
            fingerprint: machine.host_key.fingerprint.clone(),
            how: HowChecked::Provider,
            customer: None,
            tags: Vec::new(),
        }),
    }
}

pub fn choices(training: &Training) -> Choices {
    Choices {
        domain: DOMAIN.into(),
        admin: "camille".into(),
        admin_fullname: "Camille Morvan".into(),
        resolver: training.fleet.resolver().to_string(),
        second_way_in: true,
        ..Choices::default()
    }
}

pub fn order(machine: &BareMachine, choices: Choices) -> Order {
    Order {
        machine: described(machine, &machine.password),
        choices,
        password: None,
        certificate_key: None,
    }
}

pub async fn one(blueprint: Blueprint) -> (Training, BareMachine) {
    let training = Training::with(vec![blueprint]).await;
    let machine = training.fleet.machines()[0].clone();
    (training, machine)
}

pub async fn look(training: &Training, order: Order) -> Preflight {
    let (workspace, actor) = training.desk();
    provisioning::look(&workspace, &actor, order).await.unwrap()
}

pub async fn begin(training: &Training, order: Order) -> (Begun, ServerId) {
    let (workspace, actor) = training.desk();
    let started = provisioning::begin(&workspace, &actor, order)
        .await
        .unwrap();
    (Begun { run: started.run }, started.server)
}

/// A port of this computer that nobody has now.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Every change of the machine, and that none was made twice.
pub fn each_once(machine: &BareMachine) -> Vec<String> {
    machine
        .effects()
        .into_iter()
        .map(|effect| {
            assert_eq!(effect.times, 1, "{effect:?}");
            format!("{} {}", effect.name, effect.subject)
                .trim()
                .to_owned()
        })
        .collect()
}
