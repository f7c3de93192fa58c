//! The HTTP API of a machine that becomes a server, and the new actions through both doors, with their own types.

use reqwest::{Method, StatusCode};
use towerify_driver::{Driver, Start, connect};
use towerify_machine::services;
use towerify_sandbox::{Blueprint, Fleet};
use towerify_yunohost::{
    backups::{ArchiveName, CreateBackup, ListBackups, ShowBackup},
    firewall::{ClosePort, Protocol, ShowFirewall},
    keys::{AddKey, ListKeys, PublicKey},
    settings::{ChangeSetting, ListSettings, SettingKey, ShowSetting},
    tools::PostInstall,
    versions::ShowVersions,
};

use crate::{
    api::Api,
    bare::{ADMIN_PASSWORD, as_root, counted, done, installer, machines, root_driver},
    support,
};

async fn installed() -> (Fleet, Driver) {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let connection = as_root(&fleet.machines()[0]).await.unwrap();
    let driver = connect(&connection, Start::default()).await.unwrap();
    done(&driver, "run-install-9", &installer()).await;
    // The driver that had no YunoHost says goodbye: a read is asked again of the next one, a start would not be.
    driver.read(&ShowVersions).await.unwrap();
    (fleet, driver)
}

fn post_installation() -> PostInstall {
    PostInstall {
        domain: "neuf.example".parse().unwrap(),
        username: "camille".parse().unwrap(),
        fullname: "Camille Morvan".parse().unwrap(),
        password: ADMIN_PASSWORD.into(),
        ignore_dyndns: true,
        force_diskspace: false,
        accept_terms: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_is_not_there_before_yunohost_and_post_installs_without_a_login_once() {
    let fleet = machines(vec![Blueprint::bare("neuf", "neuf.example")]).await;
    let machine = &fleet.machines()[0];
    let api = Api::at(machine.api_port);
    let nobody = api.try_ask(Method::GET, "/installed", &[]).await;
    assert!(nobody.is_err(), "{nobody:?}");
    let driver = root_driver(machine).await;
    done(&driver, "run-install-8", &installer()).await;

    let (_, said) = api.ask(Method::GET, "/installed", &[]).await;
    assert_eq!(said, "{\"installed\":false}");
    let (status, _) = api.ask(Method::GET, "/users", &[]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let fields = [
        ("domain", "neuf.example"),
        ("username", "camille"),
        ("fullname", "Camille Morvan"),
        ("password", ADMIN_PASSWORD),
        ("ignore_dyndns", "true"),
    ];
    let (status, said) = api.ask(Method::POST, "/postinstall", &fields).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{said}");
    let (status, _) = api.ask(Method::POST, "/postinstall", &fields).await;
    assert_eq!(
        status,
        StatusCode::UNAUTHORIZED,
        "only once without a login"
    );
    let credentials = format!("camille:{ADMIN_PASSWORD}");
    let (status, _) = api
        .ask(Method::POST, "/login", &[("credentials", &credentials)])
        .await;
    assert_eq!(status, StatusCode::OK);
    let (status, said) = api.ask(Method::GET, "/settings", &[]).await;
    assert!(said.contains("security.ssh.ssh_port"), "{status} {said}");
    let (status, _) = api.ask(Method::PUT, "/reboot", &[]).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "and nothing is done");
    assert_eq!(
        counted(machine),
        [
            "install_yunohost done 1",
            "tools postinstall neuf.example 1"
        ]
    );

    // Switched off, nginx stands before nothing.
    done(&driver, "run-api-off-1", &services::Api { on: false }).await;
    let (status, _) = api.ask(Method::GET, "/installed", &[]).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_new_actions_answer_in_their_own_types() {
    let (_fleet, driver) = installed().await;
    let (_, outcome) = support::done(&driver, "run-typed-001", &post_installation()).await;
    assert!(
        matches!(outcome, towerify_driver::Outcome::Done { .. }),
        "{outcome:?}"
    );

    let sudo = SettingKey::parse(SettingKey::PASSWORDLESS_SUDO).unwrap();
    let ask = ShowSetting { key: sudo.clone() };
    assert_eq!(driver.read(&ask).await.unwrap().is_on(), Some(false));
    let set = ChangeSetting {
        key: sudo,
        value: "yes".to_owned(),
    };
    support::done(&driver, "run-typed-002", &set).await;
    assert_eq!(driver.read(&ask).await.unwrap().is_on(), Some(true));
    let all = driver.read(&ListSettings).await.unwrap();
    assert_eq!(all.value(SettingKey::SSH_PORT).as_deref(), Some("22"));

    let close = ClosePort {
        protocol: Protocol::Tcp,
        port: 25,
    };
    assert!(
        driver
            .read(&ShowFirewall)
            .await
            .unwrap()
            .port(Protocol::Tcp, 25)
            .open
    );
    support::done(&driver, "run-typed-003", &close).await;
    assert!(
        !driver
            .read(&ShowFirewall)
            .await
            .unwrap()
            .port(Protocol::Tcp, 25)
            .open
    );

    assert!(driver.read(&ListBackups).await.unwrap().names().is_empty());
    let name = ArchiveName::parse("premiere").unwrap();
    let backup = CreateBackup::of_everything(Some(name.clone()));
    support::done(&driver, "run-typed-004", &backup).await;
    assert_eq!(
        driver.read(&ListBackups).await.unwrap().names(),
        ["premiere"]
    );
    assert!(driver.read(&ShowBackup { name }).await.unwrap().size > 0);

    let username = || "camille".parse().unwrap();
    let line =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx0c3R0c3R0c3R0c3R0c3R0c3R0c3R0c3R0c3R0c3R0 camille";
    let add = AddKey {
        username: username(),
        key: PublicKey::parse(line).unwrap(),
    };
    support::done(&driver, "run-typed-005", &add).await;
    let keys = driver
        .read(&ListKeys {
            username: username(),
        })
        .await
        .unwrap();
    assert_eq!(keys.keys[0].key, line);
}
