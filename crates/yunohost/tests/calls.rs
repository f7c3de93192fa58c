//! The words and the HTTP call of each action.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // All of it is tests.

use std::fmt::Write;

use towerify_yunohost::{
    Action, Secret, apps,
    argv::Argv,
    backups, catalogue, certificates, diagnosis, domains,
    fields::{AppId, DomainName, GroupName, PermissionName, ServiceName, Username},
    firewall, groups, keys, logs, manifest, permissions, services, settings, tools, updates, users,
    versions,
};

/// A call as it may be shown: words, route, fields.
fn shown<A: Action>(calls: &mut String, action: &A) {
    let form = action.form();
    let route = A::DECLARATION
        .routes
        .first()
        .expect("every action has a route");
    let address = form
        .address(route)
        .unwrap_or_else(|| "(one call for each)".to_owned());
    let fields: Vec<String> = form
        .shown()
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    writeln!(
        calls,
        "{}\n    {} {} {}",
        action.argv(),
        route.method.as_str(),
        address,
        fields.join(" ")
    )
    .unwrap();
}

fn user() -> Username {
    Username::parse("ines").unwrap()
}

fn group() -> GroupName {
    GroupName::parse("compta").unwrap()
}

fn permission() -> PermissionName {
    PermissionName::parse("nextcloud.main").unwrap()
}

fn domain() -> DomainName {
    DomainName::parse("tour.example").unwrap()
}

fn app() -> AppId {
    AppId::parse("nextcloud__2").unwrap()
}

fn service() -> ServiceName {
    ServiceName::parse("nginx").unwrap()
}

#[test]
fn every_action_says_the_same_on_the_command_line_and_over_http() {
    let mut calls = String::new();
    let c = &mut calls;
    shown(c, &versions::ShowVersions);
    shown(c, &users::ListUsers);
    shown(c, &users::ShowUser { username: user() });
    shown(
        c,
        &users::CreateUser {
            username: user(),
            fullname: "Inès Calvet".parse().unwrap(),
            password: Secret::from("Violet-Tractor-88"),
            domain: domain(),
            mailbox_quota: Some("2G".parse().unwrap()),
        },
    );
    let mut update = users::UpdateUser::of(user());
    update.password = Some(Secret::from("Violet-Tractor-88"));
    update.add_alias = vec![
        "a@tour.example".parse().unwrap(),
        "b@tour.example".parse().unwrap(),
    ];
    shown(c, &update);
    shown(
        c,
        &users::DeleteUser {
            username: user(),
            purge: true,
        },
    );
    shown(c, &groups::ListGroups { primary: true });
    shown(c, &groups::ShowGroup { group: group() });
    shown(c, &groups::CreateGroup { group: group() });
    shown(c, &groups::DeleteGroup { group: group() });
    shown(
        c,
        &groups::AddToGroup {
            group: group(),
            users: vec![user(), "camille".parse().unwrap()],
        },
    );
    shown(
        c,
        &groups::RemoveFromGroup {
            group: group(),
            users: vec![user()],
        },
    );
    shown(c, &permissions::ListPermissions);
    shown(
        c,
        &permissions::ShowPermission {
            permission: permission(),
        },
    );
    shown(
        c,
        &permissions::AddPermission {
            permission: permission(),
            names: vec!["ines".parse().unwrap()],
        },
    );
    shown(
        c,
        &permissions::RemovePermission {
            permission: permission(),
            names: vec!["visitors".parse().unwrap()],
        },
    );
    let tile = permissions::UpdatePermission {
        permission: permission(),
        label: None,
        show_tile: Some(false),
    };
    shown(c, &tile);
    shown(c, &domains::ListDomains);
    shown(
        c,
        &domains::ShowDomain {
            domain: "été.example".parse().unwrap(),
        },
    );
    shown(c, &domains::AddDomain { domain: domain() });
    shown(
        c,
        &domains::RemoveDomain {
            domain: domain(),
            remove_apps: true,
        },
    );
    shown(c, &domains::SetMainDomain { domain: domain() });
    shown(
        c,
        &domains::CheckUrl {
            domain: domain(),
            path: "/blog".parse().unwrap(),
        },
    );
    shown(c, &certificates::ShowCertificates { domains: vec![] });
    let install = certificates::InstallCertificates {
        domains: vec![domain()],
        self_signed: true,
        force: true,
        no_checks: false,
    };
    shown(c, &install);
    shown(
        c,
        &certificates::RenewCertificates {
            domains: vec![domain()],
            force: false,
            no_checks: true,
        },
    );
    shown(c, &apps::ListApps);
    shown(c, &apps::ShowApp { app: app() });
    shown(c, &apps::MapApps);
    shown(
        c,
        &apps::InstallApp {
            source: "nextcloud".parse().unwrap(),
            label: Some(apps_label()),
            args: Secret::from("domain=tour.example&password=Violet-Tractor-88"),
            force: true,
            keep_on_failure: false,
        },
    );
    shown(
        c,
        &apps::UpgradeApps {
            apps: vec![app()],
            force: true,
            ..Default::default()
        },
    );
    shown(
        c,
        &apps::RemoveApp {
            app: app(),
            purge: false,
        },
    );
    shown(
        c,
        &apps::ChangeLabel {
            app: app(),
            label: apps_label(),
        },
    );
    shown(c, &catalogue::ShowCatalogue);
    shown(
        c,
        &manifest::ShowManifest {
            source: "nextcloud".parse().unwrap(),
        },
    );
    shown(
        c,
        &services::ShowServices {
            names: vec![service()],
        },
    );
    shown(
        c,
        &services::ShowServiceLog {
            name: service(),
            lines: 50,
        },
    );
    shown(
        c,
        &services::RestartServices {
            names: vec![service()],
        },
    );
    shown(
        c,
        &services::StartServices {
            names: vec![service()],
        },
    );
    shown(
        c,
        &services::StopServices {
            names: vec![service()],
        },
    );
    shown(c, &diagnosis::ListCategories);
    shown(c, &diagnosis::ShowDiagnosis);
    shown(
        c,
        &diagnosis::RunDiagnosis {
            categories: vec!["dnsrecords".parse().unwrap()],
            force: true,
        },
    );
    shown(c, &logs::ListOperations { limit: 50 });
    shown(
        c,
        &logs::ShowOperation {
            name: "20261122-110705-app_remove-x".parse().unwrap(),
            lines: 100,
        },
    );
    shown(c, &updates::CheckUpdates::default());
    shown(c, &updates::ListMigrations { pending: true });
    insta::assert_snapshot!(calls, @r#"
    tools versions
        GET /versions 
    user list --fields username fullname mail mail-alias mail-forward mailbox-quota groups shell
        GET /users fields=username fields=fullname fields=mail fields=mail-alias fields=mail-forward fields=mailbox-quota fields=groups fields=shell
    user info ines
        GET /users/ines 
    user create ines --fullname Inès Calvet --domain tour.example --mailbox-quota 2G --password=***
        POST /users username=ines fullname=Inès Calvet domain=tour.example mailbox_quota=2G password=***
    user update ines --add-mailalias a@tour.example b@tour.example --change-password=***
        PUT /users/ines add_mailalias=a@tour.example add_mailalias=b@tour.example change_password=***
    user delete ines --purge
        DELETE /users/ines purge=
    user group list --full --include-primary-groups
        GET /users/groups full= include_primary_groups=
    user group info compta
        GET /users/groups/compta 
    user group create compta
        POST /users/groups groupname=compta
    user group delete compta
        DELETE /users/groups/compta 
    user group add compta ines camille
        PUT (one call for each) 
    user group remove compta ines
        PUT /users/groups/compta/remove/ines 
    user permission list --full
        GET /users/permissions full=
    user permission info nextcloud.main
        GET /users/permissions/nextcloud.main 
    user permission add nextcloud.main ines
        PUT /users/permissions/nextcloud.main/add/ines 
    user permission remove nextcloud.main visitors
        PUT /users/permissions/nextcloud.main/remove/visitors 
    user permission update nextcloud.main --show_tile False
        PUT /users/permissions/nextcloud.main show_tile=False
    domain list
        GET /domains 
    domain info été.example
        GET /domains/%C3%A9t%C3%A9.example 
    domain add tour.example
        POST /domains domain=tour.example
    domain remove tour.example --remove-apps --force
        DELETE /domains/tour.example remove_apps= force=
    domain main-domain --new-main-domain tour.example
        PUT /domains/tour.example/main 
    domain url-available tour.example /blog
        GET /domain/tour.example/urlavailable path=/blog
    domain cert status --full
        GET /domains/*/cert full=
    domain cert install tour.example --force --self-signed
        PUT /domains/tour.example/cert force= self_signed=
    domain cert renew tour.example --no-checks
        PUT /domains/tour.example/cert/renew no_checks=
    app list --full
        GET /apps full=
    app info nextcloud__2 --full
        GET /apps/nextcloud__2 full=
    app map --raw
        GET /apps/map raw=
    app install nextcloud --label Nuage & Cie --force --args=***
        POST /apps app=nextcloud label=Nuage & Cie force= args=***
    app upgrade nextcloud__2 --force
        PUT /apps/nextcloud__2/upgrade force=
    app remove nextcloud__2
        DELETE /apps/nextcloud__2 
    app change-label nextcloud__2 Nuage & Cie
        PUT /apps/nextcloud__2/label new_label=Nuage & Cie
    app catalog --full --with-categories --with-antifeatures
        GET /apps/catalog full= with_categories= with_antifeatures=
    app manifest nextcloud
        GET /apps/manifest app=nextcloud
    service status nginx
        GET /services names=nginx
    service log nginx --number 50
        GET /services/nginx/log number=50
    service restart nginx
        PUT /services/nginx/restart 
    service start nginx
        PUT /services/nginx/start 
    service stop nginx
        PUT /services/nginx/stop 
    diagnosis list
        GET /diagnosis/categories 
    diagnosis show --full
        GET /diagnosis full=
    diagnosis run dnsrecords --force
        PUT /diagnosis/run categories=dnsrecords force=
    log list --limit 50 --with-details
        GET /logs limit=50 with_details=
    log show 20261122-110705-app_remove-x --number 100
        GET /logs/20261122-110705-app_remove-x number=100
    tools update all
        PUT /update/all 
    tools migrations list --pending
        GET /migrations pending=
    "#);
}

fn apps_label() -> towerify_yunohost::fields::Label {
    towerify_yunohost::fields::Label::parse("Nuage & Cie").unwrap()
}

#[test]
fn what_is_done_to_a_server_as_a_whole_says_the_same_on_both_ways() {
    let mut calls = String::new();
    let c = &mut calls;
    shown(
        c,
        &tools::PostInstall {
            domain: domain(),
            username: user(),
            fullname: "Inès Calvet".parse().unwrap(),
            password: "Violet-Tractor-88".into(),
            ignore_dyndns: true,
            force_diskspace: false,
            accept_terms: true,
        },
    );
    shown(c, &tools::Reboot);
    shown(c, &tools::Shutdown);
    shown(c, &settings::ListSettings);
    let port = settings::SettingKey::parse(settings::SettingKey::SSH_PORT).unwrap();
    shown(c, &settings::ShowSetting { key: port.clone() });
    shown(
        c,
        &settings::ChangeSetting {
            key: port,
            value: "2222".into(),
        },
    );
    shown(c, &firewall::ShowFirewall);
    shown(
        c,
        &firewall::OpenPort {
            protocol: firewall::Protocol::Tcp,
            port: 2222,
            comment: towerify_yunohost::fields::Label::parse("SSH").unwrap(),
            upnp: true,
        },
    );
    shown(
        c,
        &firewall::ClosePort {
            protocol: firewall::Protocol::Udp,
            port: 5353,
        },
    );
    shown(
        c,
        &firewall::AllowPort {
            protocol: firewall::Protocol::Tcp,
            port: 2222,
            upnp: false,
        },
    );
    shown(
        c,
        &firewall::DisallowPort {
            protocol: firewall::Protocol::Tcp,
            port: 25,
        },
    );
    shown(c, &keys::ListKeys { username: user() });
    let line =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx0c3R0c3R0c3R0c3R0c3R0c3R0c3R0c3R0c3R0c3R0 towerify";
    shown(
        c,
        &keys::AddKey {
            username: user(),
            key: keys::PublicKey::parse(line).unwrap(),
        },
    );
    let name = || backups::ArchiveName::parse("before-monday").unwrap();
    shown(c, &backups::ListBackups);
    shown(c, &backups::ShowBackup { name: name() });
    shown(c, &backups::CreateBackup::of_everything(Some(name())));
    shown(
        c,
        &backups::CreateBackup {
            name: None,
            description: Some(towerify_yunohost::fields::Label::parse("Monday").unwrap()),
            apps: vec![app()],
            system: vec!["conf_ldap".into(), "--methods".into()],
        },
    );
    shown(c, &backups::DeleteBackup { name: name() });
    insta::assert_snapshot!(calls);
    assert!(!calls.contains("Violet"));
}

#[test]
fn a_secret_reaches_the_driver_and_nobody_else() {
    let create = users::CreateUser {
        username: user(),
        fullname: "Inès Calvet".parse().unwrap(),
        password: Secret::from("-Violet=Tractor 88"),
        domain: domain(),
        mailbox_quota: None,
    };
    let everything_shown = format!(
        "{create:?} {:?} {} {:?} {:?}",
        create.argv(),
        create.argv(),
        create.form(),
        create.form().shown()
    );
    assert!(!everything_shown.contains("Violet"), "{everything_shown}");
    assert_eq!(
        create.argv().expose().last().unwrap(),
        "--password=-Violet=Tractor 88"
    );
    assert!(
        create
            .form()
            .expose()
            .contains(&("password", "-Violet=Tractor 88".to_owned()))
    );
}

#[test]
fn given_a_value_that_begins_with_a_dash_it_stays_a_value() {
    let argv = Argv::new("x y")
        .option("--label", Some("--force"))
        .flag("--purge", false)
        .list("--fields", Vec::<String>::new());
    assert_eq!(argv.expose(), ["x", "y", "--label=--force"]);
}
