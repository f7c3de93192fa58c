//! Every obstacle, made, and said before anything is touched, or got over.

use std::time::Duration;

use towerify_core::{
    Code,
    provisioning::{self, Choices, Machine, Order, Verdict},
    runs::{self, Begun},
    servers::{self, Login},
};
use towerify_domain::{
    provisioning::Certificate,
    run::{RunState, StepState},
};
use towerify_sandbox::{Blueprint, Obstacle};

use crate::{
    ground::{begin, blueprint, choices, described, each_once, free_port, look, one, order},
    training::Training,
};

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
