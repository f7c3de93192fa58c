//! Machines made into servers, through the use cases, on simulated machines over real SSH: end to end, every obstacle,
//! adoption, disconnecting, forgetting, profiles.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod training;

use std::time::Duration;

use secrecy::SecretString;
use towerify_core::{
    Code,
    provisioning::{self, Beginning, Choices, Machine, Order, Preflight, Verdict},
    runs::{self, Begun},
    servers::{self, Address, HowChecked, ListQuery, Login, NewServer},
};
use towerify_domain::{
    id::ServerId,
    provisioning::{Certificate, Dns},
    run::{RunState, StepState},
};
use towerify_sandbox::{BareMachine, Blueprint, Obstacle};
use training::Training;

const DOMAIN: &str = "atelier.bremont.example";

fn blueprint() -> Blueprint {
    Blueprint::bare("atelier-neuf", DOMAIN)
}

/// How a machine that was just ordered is described, with the fingerprint that it really has.
fn described(machine: &BareMachine, password: &str) -> Machine {
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

fn choices(training: &Training) -> Choices {
    Choices {
        domain: DOMAIN.into(),
        admin: "camille".into(),
        admin_fullname: "Camille Morvan".into(),
        resolver: training.fleet.resolver().to_string(),
        second_way_in: true,
        ..Choices::default()
    }
}

fn order(machine: &BareMachine, choices: Choices) -> Order {
    Order {
        machine: described(machine, &machine.password),
        choices,
        password: None,
        certificate_key: None,
    }
}

async fn one(blueprint: Blueprint) -> (Training, BareMachine) {
    let training = Training::with(vec![blueprint]).await;
    let machine = training.fleet.machines()[0].clone();
    (training, machine)
}

async fn look(training: &Training, order: Order) -> Preflight {
    let (workspace, actor) = training.desk();
    provisioning::look(&workspace, &actor, order).await.unwrap()
}

async fn begin(training: &Training, order: Order) -> (Begun, ServerId) {
    let (workspace, actor) = training.desk();
    let started = provisioning::begin(&workspace, &actor, order)
        .await
        .unwrap();
    (Begun { run: started.run }, started.server)
}

/// A port of this computer that nobody has now.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Every change of the machine, and that none was made twice.
fn each_once(machine: &BareMachine) -> Vec<String> {
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

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_machine_becomes_a_server_in_service_with_each_change_made_once() {
    let (training, machine) = one(blueprint()).await;
    let (workspace, actor) = training.desk();
    let port = free_port();
    let chosen = Choices {
        mail: false,
        api: false,
        backup: true,
        ssh_port: port,
        never_ban: vec!["192.0.2.7".into()],
        tags: vec!["prod".into()],
        customer: Some("Atelier Brémont".into()),
        ..choices(&training)
    };

    // Looked at first: nothing is changed there, and nothing is kept here.
    let seen = look(&training, order(&machine, chosen.clone())).await;
    assert!(seen.may_begin, "{:#?}", seen.findings);
    assert_eq!(seen.beginning, Beginning::Bare);
    assert!(machine.effects().is_empty());
    let list = servers::list(&workspace, &actor, ListQuery::default());
    assert_eq!(list.await.unwrap().all, 0);
    let planned = provisioning::plan(&workspace, &actor, order(&machine, chosen.clone()))
        .await
        .unwrap();
    let names: Vec<&str> = planned.iter().map(|step| step.name.as_str()).collect();
    assert!(planned.iter().all(|step| !step.why.fr.is_empty()));

    let (begun, id) = begin(&training, order(&machine, chosen)).await;
    training.done(begun).await;
    let detail = runs::detail(&workspace, &actor, begun.run).await.unwrap();
    assert_eq!(detail.steps.len(), names.len());

    // What was really done there.
    let changes = each_once(&machine);
    for expected in [
        "put_key root",
        "install_yunohost",
        "tools postinstall",
        "root_login off",
        "backup create",
    ] {
        assert!(
            changes.iter().any(|change| change.starts_with(expected)),
            "{changes:#?}"
        );
    }
    assert_eq!(machine.ssh_port_now(), Some(port));

    // One logs in as the administrator, by the new port, and the password is forgotten.
    let detail = servers::detail(&workspace, &actor, id).await.unwrap();
    assert_eq!(detail.row.domain.as_deref(), Some(DOMAIN));
    assert_eq!(detail.row.yunohost.as_deref(), Some("12.1.25"));

    let report = provisioning::report(&workspace, &actor, begun.run)
        .await
        .unwrap();
    assert!(report.done);
    let told = format!("{report:#?}");
    for expected in [
        "12.1.25".to_owned(),
        machine.host_key.fingerprint.clone(),
        format!("camille@127.0.0.1:{port}"),
        "Debian 12.15".to_owned(),
    ] {
        assert!(told.contains(&expected), "{expected}\n{told}");
    }
    assert!(!told.contains(&machine.password));
}

/// Looks and begins: what stands in the way is said by both, before the first change.
async fn stopped(blueprint: Blueprint, check: &str) {
    let (training, machine) = one(blueprint).await;
    let (workspace, actor) = training.desk();
    let seen = look(&training, order(&machine, choices(&training))).await;
    assert!(!seen.may_begin, "{check}: {:#?}", seen.findings);
    let stops: Vec<&str> = seen
        .findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Stop)
        .map(|finding| finding.check.as_str())
        .collect();
    assert!(stops.contains(&check), "{check}: {stops:?}");
    let (begun, _) = begin(&training, order(&machine, choices(&training))).await;
    training.ends(begun, RunState::Failed).await;
    assert!(
        machine.effects().is_empty(),
        "{check}: {:?}",
        machine.effects()
    );
    let detail = runs::detail(&workspace, &actor, begun.run).await.unwrap();
    let aftermath = detail.aftermath.unwrap();
    assert!(!aftermath.happened.en.is_empty() && !aftermath.next.fr.is_empty());
    assert_eq!(
        aftermath.changed.en, "Nothing was changed on the server.",
        "{check}"
    );
}

macro_rules! obstacles {
    ($($name:ident: $blueprint:expr, $check:literal;)+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            stopped($blueprint, $check).await;
        }
    )+};
}

obstacles! {
    a_domain_that_leads_elsewhere_stops_it: blueprint().with(Obstacle::WrongDns), "records";
    a_domain_that_nobody_knows_stops_it: blueprint().with(Obstacle::NoDns), "records";
    an_old_debian_stops_it: blueprint().debian(10), "debian";
    a_web_server_on_port_80_stops_it:
        blueprint().with(Obstacle::PortInUse { port: 80, process: "lighttpd".into() }), "ports";
    a_disk_of_5_gb_stops_it: blueprint().with(Obstacle::SmallDisk), "disk";
    a_clock_that_is_an_hour_off_stops_it: blueprint().with(Obstacle::ClockOff(-3_600)), "clock";
    a_ping_that_does_not_come_through_stops_it: blueprint().with(Obstacle::PingBlocked), "ping";
    a_container_stops_it: blueprint().with(Obstacle::Container), "container";
}

#[tokio::test(flavor = "multi_thread")]
async fn someone_who_may_not_become_root_is_told_so() {
    let mut blueprint = blueprint().with(Obstacle::NoSudo);
    if let Some(bare) = &mut blueprint.bare {
        bare.user = "debian".into();
    }
    let (training, machine) = one(blueprint).await;
    let (workspace, actor) = training.desk();
    let order = || order(&machine, choices(&training));
    let refused = provisioning::look(&workspace, &actor, order())
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::SudoRefused, "{refused:?}");
    let (begun, _) = begin(&training, order()).await;
    training.ends(begun, RunState::Failed).await;
    assert!(machine.effects().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn someone_with_sudo_and_a_password_gets_as_far_as_root() {
    let mut blueprint = blueprint();
    if let Some(bare) = &mut blueprint.bare {
        bare.user = "debian".into();
    }
    let (training, machine) = one(blueprint).await;
    let (begun, _) = begin(&training, order(&machine, choices(&training))).await;
    training.done(begun).await;
    let changes = each_once(&machine);
    assert!(
        changes.contains(&"remove_key debian".to_owned()),
        "{changes:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_another_key_are_said_before_anything_is_touched() {
    let (training, machine) = one(blueprint()).await;
    let (workspace, actor) = training.desk();
    let wrong = Order {
        machine: described(&machine, "not the password"),
        ..order(&machine, choices(&training))
    };
    let refused = provisioning::look(&workspace, &actor, wrong.clone())
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::AuthenticationFailed);
    let other = |order: Order| match order.machine {
        Machine::New { mut server } => {
            server.fingerprint = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into();
            Order {
                machine: Machine::New { server },
                ..order
            }
        }
        Machine::Known { .. } => order,
    };
    let good = order(&machine, choices(&training));
    for refused in [
        provisioning::look(&workspace, &actor, other(good.clone()))
            .await
            .unwrap_err(),
        provisioning::begin(&workspace, &actor, other(good))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(refused.code, Code::HostKeyChanged);
    }
    // What was begun with a wrong password fails, and can be put right.
    let (begun, server) = begin(&training, wrong).await;
    training.ends(begun, RunState::Failed).await;
    assert!(machine.effects().is_empty());
    let right = servers::ServerEdit {
        login: Some(Login::Password {
            password: machine.password.clone().into(),
        }),
        ..servers::ServerEdit::default()
    };
    servers::edit(&workspace, &actor, server, right)
        .await
        .unwrap();
    let again = runs::retry(&workspace, &actor, begun.run).await.unwrap();
    assert_eq!(again.run, begun.run);
    training.done(again).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_answers_and_a_domain_that_another_server_has_are_said_at_once() {
    let (training, machine) = one(blueprint()).await;
    let (workspace, actor) = training.desk();
    let bad = Choices {
        domain: "not a domain".into(),
        admin: "admin".into(),
        admin_fullname: String::new(),
        resolver: "nobody".into(),
        ssh_port: 443,
        never_ban: vec!["everybody".into()],
        certificate: Certificate::Own,
        ..choices(&training)
    };
    let refused = provisioning::plan(&workspace, &actor, order(&machine, bad))
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::InvalidFields);
    let mut fields: Vec<&str> = refused
        .fields
        .iter()
        .map(|problem| problem.field.as_str())
        .collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "admin",
            "admin_fullname",
            "certificate_chain",
            "certificate_key",
            "domain",
            "never_ban",
            "resolver",
            "ssh_port"
        ]
    );
    let (begun, _) = begin(&training, order(&machine, choices(&training))).await;
    let taken = Order {
        machine: match described(&machine, &machine.password) {
            Machine::New { mut server } => {
                server.name = "another".into();
                Machine::New { server }
            }
            known => known,
        },
        ..order(&machine, choices(&training))
    };
    let refused = provisioning::begin(&workspace, &actor, taken)
        .await
        .unwrap_err();
    assert_eq!(refused.fields[0].field, "domain");
    assert!(refused.fields[0].words.en.contains("atelier-neuf"));
    training.done(begun).await;
}

/// Which step of a run failed.
async fn failed_step(training: &Training, begun: Begun) -> String {
    let (workspace, actor) = training.desk();
    let detail = runs::detail(&workspace, &actor, begun.run).await.unwrap();
    detail
        .steps
        .into_iter()
        .find(|step| step.state == StepState::Failed)
        .map(|step| step.intent.en)
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installer_that_fails_half_way_leaves_a_run_that_goes_on_from_there() {
    let (training, machine) = one(blueprint().with(Obstacle::InstallerFailsHalfway)).await;
    let (workspace, actor) = training.desk();
    let (begun, _) = begin(&training, order(&machine, choices(&training))).await;
    training.ends(begun, RunState::Failed).await;
    assert_eq!(failed_step(&training, begun).await, "Install YunoHost");
    // The empty key file and the list that apt refuses are removed before the next try.
    let again = runs::retry(&workspace, &actor, begun.run).await.unwrap();
    training.done(again).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apt_that_is_at_work_is_waited_for() {
    let locked = Obstacle::AptLocked(Duration::from_secs(2));
    let (training, machine) = one(blueprint().with(locked)).await;
    let (begun, _) = begin(&training, order(&machine, choices(&training))).await;
    training.done(begun).await;
    each_once(&machine);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_installation_that_was_cut_is_said_to_be_the_end_of_it() {
    let (training, machine) = one(blueprint().with(Obstacle::PostinstallCut)).await;
    let (workspace, actor) = training.desk();
    let (begun, _) = begin(&training, order(&machine, choices(&training))).await;
    training.ends(begun, RunState::Failed).await;
    let detail = runs::detail(&workspace, &actor, begun.run).await.unwrap();
    let happened = detail.aftermath.unwrap().happened.en;
    assert!(happened.contains("can’t be resumed"), "{happened}");
    // Trying again says the same, and does nothing more.
    let before = machine.effects();
    let again = runs::retry(&workspace, &actor, begun.run).await.unwrap();
    training.ends(again, RunState::Failed).await;
    assert_eq!(machine.effects(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sshd_configuration_that_was_edited_by_hand_is_noticed() {
    let (training, machine) = one(blueprint().with(Obstacle::EditedSshdConfig)).await;
    let chosen = Choices {
        ssh_port: free_port(),
        ..choices(&training)
    };
    let (begun, _) = begin(&training, order(&machine, chosen)).await;
    training.ends(begun, RunState::Failed).await;
    assert!(
        failed_step(&training, begun)
            .await
            .starts_with("Move SSH to port")
    );
    assert_eq!(
        machine.ssh_port_now(),
        Some(machine.ssh_port),
        "one still gets in"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_yunohost_of_before_gets_the_same_by_its_own_words() {
    let (training, machine) = one(blueprint().yunohost("12.0.17")).await;
    let port = free_port();
    let chosen = Choices {
        ssh_port: port,
        mail: false,
        ..choices(&training)
    };
    let (begun, _) = begin(&training, order(&machine, chosen)).await;
    training.done(begun).await;
    let changes = each_once(&machine);
    assert!(
        changes
            .iter()
            .any(|change| change.starts_with("firewall disallow 25")),
        "{changes:#?}"
    );
    assert_eq!(machine.ssh_port_now(), Some(port));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_disconnected_forgotten_and_adopted_again() {
    let (training, machine) = one(blueprint()).await;
    let (workspace, actor) = training.desk();
    let password = SecretString::from("Un-mot-de-passe-unique-77");
    let chosen = Choices {
        password: towerify_domain::provisioning::Password::Given,
        mail: false,
        api: false,
        unattended_upgrades: false,
        never_ban: vec!["192.0.2.7".into()],
        ssh_port: free_port(),
        ..choices(&training)
    };
    let with_password = |machine| Order {
        machine,
        choices: chosen.clone(),
        password: Some(password.clone()),
        certificate_key: None,
    };
    let (begun, server) = begin(
        &training,
        with_password(described(&machine, &machine.password)),
    )
    .await;
    training.done(begun).await;
    let served = machine.final_state();

    // Everything of ours is shown, then put back; the instance goes on serving.
    let removals = provisioning::disconnect_plan(&workspace, &actor, server)
        .await
        .unwrap();
    assert!(removals.len() >= 10, "{removals:#?}");
    assert!(removals.last().unwrap().words.en.contains("our key"));
    let gone = provisioning::disconnect(&workspace, &actor, server)
        .await
        .unwrap();
    training.done(gone).await;
    assert_eq!(machine.ssh_port_now(), Some(machine.ssh_port));
    let left = machine.final_state();
    let of_system = |state: &serde_json::Value, name: &str| state["system"][name].clone();
    assert_eq!(of_system(&left, "never_banned"), serde_json::Value::Null);
    assert_eq!(
        of_system(&left, "unattended_upgrades"),
        serde_json::Value::Bool(true)
    );
    assert_eq!(of_system(&left, "stage"), of_system(&served, "stage"));
    assert!(
        left["keys"]
            .as_object()
            .is_none_or(serde_json::Map::is_empty),
        "{left:#}"
    );
    assert_eq!(left["system"]["firewall"]["tcp"]["25"]["open"], true);
    assert_eq!(left["system"]["firewall"]["tcp"]["25"]["upnp"], true);
    let none = provisioning::disconnect_plan(&workspace, &actor, server)
        .await
        .unwrap();
    assert_eq!(none.len(), 1, "only notes could be left: {none:#?}");

    // It is still in the workspace, and says what is lost with it.
    let losses = provisioning::forget_says(&workspace, &actor, server)
        .await
        .unwrap();
    assert_eq!(losses.server, machine.name);
    assert!(
        losses.stays.is_empty() && losses.lost.len() >= 3,
        "{losses:#?}"
    );
    provisioning::forget(&workspace, &actor, server)
        .await
        .unwrap();

    // And it is adopted again as any server is: by its administrator's password.
    let adopted = match described(&machine, "Un-mot-de-passe-unique-77") {
        Machine::New { mut server } => {
            server.user = "camille".into();
            Machine::New { server }
        }
        known => known,
    };
    let seen = look(&training, with_password(adopted.clone())).await;
    assert_eq!(seen.beginning, Beginning::Adopted);
    let (begun, _) = begin(&training, with_password(adopted)).await;
    training.done(begun).await;
    let again = machine.final_state();
    assert_eq!(
        again["system"]["never_banned"],
        served["system"]["never_banned"]
    );
    assert_eq!(again["keys"], served["keys"]);
    assert_eq!(again["system"]["firewall"], served["system"]["firewall"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_keep_choices_under_a_name_without_domain_and_secrets() {
    let (training, _) = one(blueprint()).await;
    let (workspace, actor) = training.desk();
    let isolated = Choices {
        dns: Dns::None,
        mail: false,
        ..choices(&training)
    };
    let save = |name: &'static str, choices: Choices| {
        let (workspace, actor) = training.desk();
        async move { provisioning::save_profile(&workspace, &actor, name, choices).await }
    };
    save("Site isolé", isolated).await.unwrap();
    save(
        "site isolé",
        Choices {
            api: false,
            ..choices(&training)
        },
    )
    .await
    .unwrap();
    let bad = Choices {
        ssh_port: 25,
        ..choices(&training)
    };
    assert_eq!(
        save("bad", bad).await.unwrap_err().code,
        Code::InvalidFields
    );
    let form = provisioning::form(&workspace, &actor).await.unwrap();
    assert_eq!(form.profiles.len(), 1, "{:#?}", form.profiles);
    let kept = &form.profiles[0];
    assert_eq!(
        (kept.choices.domain.as_str(), kept.choices.api),
        ("", false)
    );
    provisioning::delete_profile(&workspace, &actor, &kept.id)
        .await
        .unwrap();
    let gone = provisioning::delete_profile(&workspace, &actor, &kept.id).await;
    assert_eq!(gone.unwrap_err().code, Code::NotFound);
}

/// A certificate for this domain and its key, in PEM.
fn certificate() -> (String, SecretString) {
    let made = rcgen::generate_simple_self_signed(vec![DOMAIN.to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem().into())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_isolated_site_gets_a_script_that_is_brought_along_and_its_own_certificate() {
    let (training, machine) = one(blueprint().with(Obstacle::NoDns)).await;
    let (workspace, actor) = training.desk();
    let (chain, key) = certificate();
    let chosen = Choices {
        dns: Dns::None,
        source: towerify_domain::provisioning::Source::File,
        source_file: "#!/bin/bash\necho a stand-in\n".into(),
        certificate: Certificate::Own,
        certificate_chain: chain,
        ..choices(&training)
    };
    let without_key = order(&machine, chosen.clone());
    let refused = provisioning::begin(&workspace, &actor, without_key)
        .await
        .unwrap_err();
    assert_eq!(refused.fields[0].field, "certificate_key");
    let with_key = Order {
        certificate_key: Some(key),
        ..order(&machine, chosen)
    };
    let (begun, server) = begin(&training, with_key).await;
    training.done(begun).await;
    let report = provisioning::report(&workspace, &actor, begun.run)
        .await
        .unwrap();
    assert!(format!("{report:#?}").contains("brought along"));
    let changes = each_once(&machine);
    assert!(
        changes.contains(&format!("own_certificate {DOMAIN}")),
        "{changes:#?}"
    );
    // "Disconnect" gives the former one back.
    let gone = provisioning::disconnect(&workspace, &actor, server)
        .await
        .unwrap();
    training.done(gone).await;
    let changes = each_once(&machine);
    assert!(
        changes.contains(&format!("restore_certificate {DOMAIN}")),
        "{changes:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_stand_in_the_way_is_said_and_left_to_the_person() {
    for (blueprint, check) in [
        (
            blueprint().with(Obstacle::NoWildcardDns),
            "records_wildcard",
        ),
        (blueprint().with(Obstacle::RebootNeeded), "reboot"),
        (
            blueprint().with(Obstacle::AptLocked(Duration::from_secs(600))),
            "apt_at_work",
        ),
    ] {
        let (training, machine) = one(blueprint).await;
        let seen = look(&training, order(&machine, choices(&training))).await;
        let verdict = seen
            .findings
            .iter()
            .find(|finding| finding.check == check)
            .map(|finding| finding.verdict);
        assert_eq!(
            verdict,
            Some(Verdict::Warn),
            "{check}: {:#?}",
            seen.findings
        );
        assert!(seen.may_begin, "{check}: {:#?}", seen.findings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_made_by_hand_is_adopted_and_not_installed_again() {
    let (training, machine) = one(blueprint()).await;
    let (workspace, actor) = training.desk();
    let (begun, server) = begin(&training, order(&machine, choices(&training))).await;
    training.done(begun).await;
    // Once more on the same server: nothing is left to do.
    let before = machine.effects();
    let again = Order {
        machine: Machine::Known { server },
        ..order(&machine, choices(&training))
    };
    let seen = look(&training, again.clone()).await;
    assert_eq!(seen.beginning, Beginning::Adopted);
    let (begun, _) = begin(&training, again).await;
    training.done(begun).await;
    let new: Vec<String> = machine
        .effects()
        .into_iter()
        .filter(|effect| !before.contains(effect))
        .map(|effect| effect.name)
        .collect();
    assert_eq!(
        new,
        ["diagnosis run"],
        "looked at again, and nothing changed"
    );
    let detail = runs::detail(&workspace, &actor, begun.run).await.unwrap();
    let already = detail
        .steps
        .iter()
        .filter(|step| step.state == StepState::Already)
        .count();
    assert!(already >= 8, "{:#?}", detail.steps);
    // A server whose domain is another is not taken for this one.
    let other = Order {
        choices: Choices {
            domain: "autre.bremont.example".into(),
            dns: Dns::None,
            ..choices(&training)
        },
        machine: Machine::Known { server },
        ..order(&machine, choices(&training))
    };
    let seen = look(&training, other).await;
    assert!(!seen.may_begin);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_http_api_is_switched_off_and_on_later() {
    let (training, machine) = one(blueprint()).await;
    let (workspace, actor) = training.desk();
    let (begun, server) = begin(&training, order(&machine, choices(&training))).await;
    training.done(begun).await;
    for on in [false, true] {
        let begun = provisioning::switch_api(&workspace, &actor, server, on)
            .await
            .unwrap();
        training.done(begun).await;
    }
    let switched: Vec<String> = machine
        .effects()
        .into_iter()
        .filter(|effect| effect.name == "api")
        .map(|effect| effect.subject)
        .collect();
    assert_eq!(switched, ["off", "on"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_cut_again_and_again_ends_in_the_same_server() {
    let (training, machine) = one(blueprint()).await;
    let (begun, _) = begin(&training, order(&machine, choices(&training))).await;
    for after in [3_000, 9_000, 20_000] {
        machine
            .faults()
            .set(towerify_sandbox::Fault::CutAfter(after));
        tokio::time::sleep(Duration::from_millis(700)).await;
        machine.faults().clear();
    }
    training.done(begun).await;
    each_once(&machine);
}
