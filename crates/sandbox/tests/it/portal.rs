//! The real client against the simulated portal, over real HTTPS: an end user's day, and everything that goes wrong.

use std::time::{Duration, Instant};

use secrecy::SecretString;
use towerify_driver::portal::{Authorities, Door, Fingerprint, Limits, Portal, PortalError};
use towerify_sandbox::{Fault, Fleet, TrainingServer};
use towerify_yunohost::{
    fields::{FullName, Mail, Rule},
    portal::{Change, Refused},
};

use crate::support::fleet;

const LIMITS: Limits = Limits {
    connect: Duration::from_secs(3),
    answer: Duration::from_secs(3),
};

fn door(server: &TrainingServer) -> Door {
    Door {
        domain: server.main_domain.clone(),
        machine: Some(server.address.to_string()),
        port: server.api_port,
    }
}

fn pinned(server: &TrainingServer) -> Option<Fingerprint> {
    Some(Fingerprint::parse(&server.certificate_sha256).unwrap())
}

/// The portal behind a door whose certificate a person accepted.
fn reached(door: Door, accepted: Option<Fingerprint>) -> Portal {
    let authorities = Authorities::of_system();
    Portal::new(door, accepted.map(Into::into), &authorities, LIMITS).unwrap()
}

fn portal(server: &TrainingServer) -> Portal {
    reached(door(server), pinned(server))
}

fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

/// A server, and Aude Perrin signed in to it.
async fn signed_in(name: &str, who: &str) -> (Fleet, Portal) {
    let fleet = fleet(&[name], None).await;
    let server = fleet.server(name).unwrap();
    let portal = portal(server);
    portal.login(who, &secret(&server.password)).await.unwrap();
    (fleet, portal)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_user_signs_in_and_sees_what_they_may_open() {
    let (fleet, portal) = signed_in("glycines-01", " A.Perrin ").await;
    let me = portal.me().await.unwrap();
    assert_eq!(
        (me.username.as_str(), me.fullname.as_str()),
        ("a.perrin", "Aude Perrin")
    );
    let tiles: Vec<(&str, Option<String>)> = me
        .apps
        .iter()
        .map(|tile| (tile.label.as_str(), tile.address()))
        .collect();
    let address = |text: &str| Some(text.to_owned());
    assert!(
        tiles.contains(&("Fichiers", address("https://nuage.glycines.example/nuage"))),
        "{tiles:?}"
    );
    assert!(
        tiles.contains(&("Wiki", address("https://wiki.glycines.example/wiki"))),
        "{tiles:?}"
    );
    assert!(
        tiles.iter().all(|(label, _)| *label != "Coffre"),
        "the management's vault: {tiles:?}"
    );
    assert!(portal.public().await.unwrap().may_edit_aliases());
    portal.logout().await.unwrap();
    assert_eq!(portal.me().await, Err(PortalError::SessionEnded));
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_accepted_certificate_nothing_is_sent_and_the_certificate_is_shown() {
    let fleet = fleet(&["glycines-01"], None).await;
    let server = &fleet.servers()[0];
    let stranger = reached(door(server), None);
    let seen = stranger.login("a.perrin", &secret(&server.password)).await;
    let Err(PortalError::CertificateUnknown { offered, .. }) = seen else {
        panic!("{seen:?}");
    };
    assert_eq!(Some(offered.fingerprint), pinned(server));
    // Asked once more, it is not accepted by having been seen.
    assert!(matches!(
        stranger.public().await,
        Err(PortalError::CertificateUnknown { .. })
    ));
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_certificate_is_refused_in_the_middle_of_a_session() {
    let (fleet, portal) = signed_in("glycines-01", "a.perrin").await;
    let server = &fleet.servers()[0];
    server.faults().set(Fault::ChangedCertificate);
    let seen = portal.me().await;
    let Err(PortalError::CertificateChanged {
        pinned: was,
        offered,
        ..
    }) = seen
    else {
        panic!("{seen:?}");
    };
    assert_eq!(Some(was), pinned(server));
    assert_ne!(was, offered.fingerprint);
    server.faults().clear();
    assert!(portal.me().await.is_ok(), "nothing was lost by it");
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_is_asked_once_and_twenty_shut_the_address_out() {
    let fleet = fleet(&["glycines-01"], None).await;
    let server = &fleet.servers()[0];
    let portal = portal(server);
    for turn in 0..20 {
        let refused = portal.login("a.perrin", &secret("not it")).await;
        assert_eq!(refused, Err(PortalError::LoginRefused), "try {turn}");
    }
    // Had one of them been tried again by itself, the ban would have come before.
    let banned = portal.login("a.perrin", &secret(&server.password)).await;
    assert!(
        matches!(
            banned,
            Err(PortalError::Cut { .. } | PortalError::Refused { .. })
        ),
        "{banned:?}"
    );
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_is_said_and_the_next_login_opens_another() {
    let (fleet, portal) = signed_in("glycines-01", "a.perrin").await;
    let server = &fleet.servers()[0];
    server.end_portal_sessions();
    assert_eq!(portal.me().await, Err(PortalError::SessionEnded));
    assert!(!portal.has_session());
    portal
        .login("a.perrin", &secret(&server.password))
        .await
        .unwrap();
    assert!(portal.me().await.is_ok());
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_changes_of_oneself_is_read_again_and_one_bad_answer_changes_nothing() {
    let (fleet, portal) = signed_in("glycines-01", "a.perrin").await;
    let mail = |text: &str| Mail::parse(text).unwrap();
    let change = Change {
        fullname: Some(FullName::parse("Aude Perrin-Le Goff").unwrap()),
        mailalias: Some(vec![mail("aude@nuage.glycines.example")]),
        mailforward: None,
    };
    let me = portal.update(&change).await.unwrap();
    assert_eq!(me.fullname, "Aude Perrin-Le Goff");
    assert_eq!(me.mailalias, ["aude@nuage.glycines.example"]);
    let taken = Change {
        fullname: Some(FullName::parse("Somebody Else").unwrap()),
        mailalias: Some(vec![
            mail("aude@nuage.glycines.example"),
            mail("l.tissot@nuage.glycines.example"),
        ]),
        mailforward: None,
    };
    let refused = Refused {
        key: "mail_already_exists".to_owned(),
        field: Some("mailalias".to_owned()),
    };
    assert_eq!(
        portal.update(&taken).await,
        Err(PortalError::Rejected(refused))
    );
    let me = portal.me().await.unwrap();
    assert_eq!(me.fullname, "Aude Perrin-Le Goff");
    // Emptying a list is a change too.
    let none = Change {
        mailalias: Some(Vec::new()),
        ..Change::default()
    };
    assert!(portal.update(&none).await.unwrap().mailalias.is_empty());
    fleet.stop().await;
}

/// Changes the password on a server of each release, and looks at what became of every session.
async fn password_on(name: &str, who: &str) {
    let (fleet, here) = signed_in(name, who).await;
    let server = fleet.server(name).unwrap();
    let elsewhere = portal(server);
    let old = secret(&server.password);
    elsewhere.login(who, &old).await.unwrap();
    let new = secret("Une : phrase 2027");
    let refusal = |field, rule| Err(PortalError::Password { field, rule });
    for (current, wanted, expected) in [
        ("x", "short", refusal("newpassword", Rule::PasswordTooShort)),
        ("x", "", refusal("newpassword", Rule::Required)),
        (
            "x",
            "@begins-with-it",
            refusal("newpassword", Rule::PasswordAt),
        ),
        (
            "x",
            &*"long".repeat(32),
            refusal("newpassword", Rule::PasswordTooLong),
        ),
        (
            "",
            "long enough 2027",
            refusal("currentpassword", Rule::Required),
        ),
        (
            "@x",
            "long enough 2027",
            refusal("currentpassword", Rule::PasswordAt),
        ),
    ] {
        let said = here
            .change_password(who, &secret(current), &secret(wanted))
            .await;
        assert_eq!(said, expected, "{current} to {wanted}");
    }
    let rejected = |key: &str, field: &str| {
        Err(PortalError::Rejected(Refused {
            key: key.to_owned(),
            field: Some(field.to_owned()),
        }))
    };
    let said = here
        .change_password(who, &secret("not mine 2026"), &new)
        .await;
    assert_eq!(said, rejected("invalid_password", "currentpassword"));
    let said = here
        .change_password(who, &old, &secret("password123"))
        .await;
    assert_eq!(said, rejected("password_listed", "newpassword"));
    assert!(
        here.me().await.is_ok() && elsewhere.me().await.is_ok(),
        "nothing was changed yet"
    );

    here.change_password(who, &old, &new).await.unwrap();
    assert!(here.me().await.is_ok(), "the new session");
    assert_eq!(elsewhere.me().await, Err(PortalError::SessionEnded));
    assert_eq!(
        elsewhere.login(who, &old).await,
        Err(PortalError::LoginRefused)
    );
    elsewhere.login(who, &new).await.unwrap();
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_is_proved_by_a_session_and_ends_every_other_on_12_1() {
    password_on("glycines-01", "a.perrin").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_is_proved_by_a_session_and_ends_every_other_on_12_0() {
    let old = towerify_sandbox::firm::plan()
        .into_iter()
        .find(|server| server.version.starts_with("12.0") && !server.dead && server.slow_ms == 0)
        .unwrap();
    password_on(&old.name, &old.people[1].username).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_repeats_the_password_and_nothing_of_it_is_in_the_error() {
    let (fleet, portal) = signed_in("glycines-01", "a.perrin").await;
    let server = &fleet.servers()[0];
    server.faults().set(Fault::LdapDown);
    let new = "Une-phrase-2027";
    let failed = portal
        .change_password("a.perrin", &secret(&server.password), &secret(new))
        .await;
    assert_eq!(failed, Err(PortalError::Failed { status: 500 }));
    let told = format!("{failed:?} {} {portal:?}", failed.as_ref().unwrap_err());
    assert!(
        !told.contains(new) && !told.contains(&server.password),
        "{told}"
    );
    assert!(!told.contains("Traceback"), "{told}");
    server.faults().clear();
    server.faults().set(Fault::PortalDown);
    assert_eq!(portal.me().await, Err(PortalError::Failed { status: 502 }));
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_answer_a_silent_server_and_nonsense_are_bounded() {
    let (fleet, portal) = signed_in("glycines-01", "a.perrin").await;
    let server = &fleet.servers()[0];
    server.faults().set(Fault::HugeOutput);
    assert_eq!(portal.me().await, Err(PortalError::TooMuch));
    server.faults().clear();
    server.faults().set(Fault::Garbage);
    for _ in 0..12 {
        let said = portal.me().await;
        assert!(
            matches!(said, Err(PortalError::Nonsense { .. })),
            "{said:?}"
        );
        assert!(matches!(
            portal.public().await,
            Err(PortalError::NotAPortal { .. })
        ));
    }
    server.faults().clear();
    server.faults().set(Fault::Hang);
    let began = Instant::now();
    let said = portal.me().await;
    assert!(
        matches!(said, Err(PortalError::TimedOut { .. })),
        "{said:?}"
    );
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    server.faults().clear();
    server.faults().set(Fault::CutAfter(0));
    let said = portal.me().await;
    assert!(matches!(said, Err(PortalError::Cut { .. })), "{said:?}");
    server.faults().clear();
    assert!(portal.me().await.is_ok(), "the session is still there");
    fleet.stop().await;
}

/// A port on which something answers in clear, once.
fn no_tls() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = [0; 4096];
        let _ = stream.read(&mut hello).unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        // It waits until the other end is content with that.
        let _ = stream.read(&mut hello);
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_no_such_name_and_another_program_are_told_apart() {
    let fleet = fleet(&["glycines-01"], None).await;
    let server = &fleet.servers()[0];
    let at = |machine: Option<&str>, port| {
        let door = Door {
            domain: server.main_domain.clone(),
            machine: machine.map(str::to_owned),
            port,
        };
        reached(door, pinned(server))
    };
    let said = at(Some("127.0.0.1"), no_tls()).public().await;
    assert!(matches!(said, Err(PortalError::NotTls { .. })), "{said:?}");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap().port();
    drop(listener);
    let said = at(Some("127.0.0.1"), closed).public().await;
    assert!(matches!(said, Err(PortalError::Refused { .. })), "{said:?}");
    let said = at(Some("no-such-name.invalid"), 443).public().await;
    assert!(
        matches!(said, Err(PortalError::NameNotFound { .. })),
        "{said:?}"
    );
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_domain_of_the_server_is_another_session() {
    let (fleet, here) = signed_in("glycines-01", "a.perrin").await;
    let server = &fleet.servers()[0];
    let wiki = Door {
        domain: "wiki.glycines.example".to_owned(),
        ..door(server)
    };
    let wiki = reached(wiki, pinned(server));
    assert_eq!(
        wiki.me().await,
        Err(PortalError::SessionEnded),
        "the cookie stays where it is"
    );
    wiki.login("a.perrin", &secret(&server.password))
        .await
        .unwrap();
    assert_eq!(
        here.me().await.unwrap().apps.len(),
        wiki.me().await.unwrap().apps.len()
    );
    // A domain of the server on which this user has nothing.
    let vault = Door {
        domain: "coffre.glycines.example".to_owned(),
        ..door(server)
    };
    let vault = reached(vault, pinned(server));
    let refused = vault.login("a.perrin", &secret(&server.password)).await;
    assert_eq!(refused, Err(PortalError::LoginRefused));
    fleet.stop().await;
}
