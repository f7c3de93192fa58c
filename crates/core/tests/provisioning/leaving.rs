//! Servers that are there already: disconnected, forgotten, adopted; sites of their own; profiles; lines that break.

use std::time::Duration;

use secrecy::SecretString;
use towerify_core::{
    Code,
    provisioning::{self, Beginning, Choices, Machine, Order},
    runs,
};
use towerify_domain::{
    provisioning::{Certificate, Dns},
    run::StepState,
};
use towerify_sandbox::Obstacle;

use crate::ground::{
    DOMAIN, begin, blueprint, choices, described, each_once, free_port, look, one, order,
};

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
