//! An end user's day, without a workspace and with one, against simulated servers over real HTTPS.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here fails the test"
)]

use std::time::Duration;

use secrecy::SecretString;
use tempfile::TempDir;
use towerify_core::{
    AppError, Code, Event, Folders, Patience, Program, Topic,
    portal::{self, Launcher, NewPlace, PlaceAddress, ProfileChange, Standing, Visitor},
    workspace::{self, NewWorkspace},
};
use towerify_domain::id::PlaceId;
use towerify_sandbox::{Fault, Fleet, Options, Pace, TrainingServer, firm};

#[path = "portal/renewal.rs"]
mod renewal;

const WORKSPACE_PASSWORD: &str = "quatre mots sans rapport 9182";

struct Day {
    home: TempDir,
    fleet: Fleet,
    program: Program,
}

fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

fn program(home: &TempDir) -> Program {
    let patience = Patience::of(Duration::from_secs(3));
    Program::with_patience(Folders::below(home.path()), patience)
}

fn where_is(server: &TrainingServer) -> PlaceAddress {
    PlaceAddress {
        domain: server.main_domain.clone(),
        machine: server.address.to_string(),
        port: server.api_port,
    }
}

impl Day {
    async fn begin(servers: &[&str]) -> Self {
        let plan = firm::plan()
            .into_iter()
            .filter(|server| servers.contains(&server.name.as_str()))
            .collect();
        let fleet = Fleet::start(Options {
            pace: Pace::Instant,
            plan,
            ..Options::default()
        })
        .await
        .unwrap();
        let home = tempfile::tempdir().unwrap();
        let program = program(&home);
        Self {
            home,
            fleet,
            program,
        }
    }

    fn visitor(&self) -> Visitor {
        Visitor::of(&self.program)
    }

    fn server(&self, name: &str) -> &TrainingServer {
        self.fleet.server(name).unwrap()
    }

    /// Looks, accepts what is shown, and adds the place.
    async fn add(
        &self,
        server: &TrainingServer,
        who: &str,
        password: &str,
    ) -> Result<PlaceId, AppError> {
        let visitor = self.visitor();
        let shown = portal::look(&self.program, &visitor, where_is(server)).await?;
        let new = NewPlace {
            address: where_is(server),
            username: who.to_owned(),
            password: secret(password),
            fingerprint: shown.fingerprint,
        };
        portal::add(&self.program, &visitor, new).await
    }

    async fn launcher(&self) -> Launcher {
        portal::launcher(&self.program, &self.visitor())
            .await
            .unwrap()
    }

    async fn refresh(&self) {
        portal::refresh(&self.program, &self.visitor())
            .await
            .unwrap();
    }

    async fn end(self) {
        self.program.close().await;
        self.fleet.stop().await;
    }
}

fn labels(launcher: &Launcher) -> Vec<&str> {
    launcher
        .tiles
        .iter()
        .map(|tile| tile.label.as_str())
        .collect()
}

#[track_caller]
fn code<T: std::fmt::Debug>(said: Result<T, AppError>) -> Code {
    said.unwrap_err().code
}

/// Every file below a folder, whole.
fn everything_below(folder: &std::path::Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(everything_below(&path));
        } else {
            all.extend(std::fs::read(&path).unwrap());
        }
    }
    all
}

fn holds(all: &[u8], what: &str) -> bool {
    all.windows(what.len())
        .any(|window| window == what.as_bytes())
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
async fn an_end_user_needs_an_address_a_name_and_a_password_and_nothing_else() {
    let day = Day::begin(&["glycines-01"]).await;
    let server = day.server("glycines-01");
    assert!(day.launcher().await.places.is_empty());
    let mut events = day.program.events().listen();
    let id = day
        .add(server, " A.Perrin", &server.password)
        .await
        .unwrap();
    let launcher = day.launcher().await;
    assert_eq!(
        labels(&launcher),
        ["Collabora", "Fichiers", "Framadate", "GED", "Wiki"],
        "by name, and not the management's vault"
    );
    let place = &launcher.places[0];
    assert_eq!(
        (place.username.as_str(), place.fullname.as_str()),
        ("a.perrin", "Aude Perrin")
    );
    assert!(place.signed_in && place.known_at.is_some());
    assert!(matches!(
        launcher.tiles[0].standing,
        Standing::Answers { .. }
    ));
    let mut told = false;
    while let Ok(Event::Changed(topics)) = events.try_recv() {
        told |= topics.contains(&Topic::Portal);
    }
    assert!(told, "the window is told");
    let wiki = launcher
        .tiles
        .iter()
        .find(|tile| tile.label == "Wiki")
        .unwrap();
    let address = portal::address(&day.program, &day.visitor(), &wiki.url).await;
    assert_eq!(address.unwrap(), "https://wiki.glycines.example/wiki");
    for strange in [
        "https://evil.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "",
    ] {
        let said = portal::address(&day.program, &day.visitor(), strange).await;
        assert_eq!(code(said), Code::NotFound, "{strange}");
    }
    let twice = day
        .add(server, "a.perrin", &server.password)
        .await
        .unwrap_err();
    assert_eq!(
        (twice.code, twice.fields[0].field.as_str()),
        (Code::InvalidFields, "domain")
    );
    portal::forget(&day.program, &day.visitor(), id)
        .await
        .unwrap();
    assert!(day.launcher().await.places.is_empty());
    day.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_between_two_starts_holds_no_secret_and_shows_what_was_last_known() {
    let mut day = Day::begin(&["glycines-01"]).await;
    let server = day.server("glycines-01");
    let (domain, password) = (server.main_domain.clone(), server.password.clone());
    let id = day.add(server, "a.perrin", &password).await.unwrap();
    let kept = everything_below(day.home.path());
    assert!(holds(&kept, &domain), "the place is kept");
    assert!(!holds(&kept, &password), "the password is not");
    // A session begins so, on the simulated servers as on real ones.
    assert!(!holds(&kept, "eyJ0eXAi"), "nor is the session");

    day.program = program(&day.home);
    let launcher = day.launcher().await;
    assert_eq!(launcher.tiles.len(), 5);
    assert!(
        !launcher.places[0].signed_in,
        "a start asks for the password"
    );
    // Without a session a place is asked whether it is there, and what was known stays.
    day.refresh().await;
    let launcher = day.launcher().await;
    assert_eq!(launcher.tiles.len(), 5);
    assert!(matches!(
        launcher.places[0].standing,
        Standing::Answers { .. }
    ));
    let wrong = portal::sign_in(&day.program, &day.visitor(), id, secret("not it")).await;
    assert_eq!(code(wrong), Code::LoginRefused);
    portal::sign_in(&day.program, &day.visitor(), id, secret(&password))
        .await
        .unwrap();
    assert!(day.launcher().await.places[0].signed_in);
    portal::sign_out(&day.program, &day.visitor(), id)
        .await
        .unwrap();
    let launcher = day.launcher().await;
    assert!(!launcher.places[0].signed_in && launcher.tiles.len() == 5);
    day.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_the_last_list_stays_with_its_date_and_since_when_nobody_answers() {
    let day = Day::begin(&["glycines-01"]).await;
    let server = day.server("glycines-01");
    day.add(server, "a.perrin", &server.password).await.unwrap();
    let known_at = day.launcher().await.places[0].known_at;
    server.faults().set(Fault::CutAfter(0));
    day.refresh().await;
    let Standing::Silent { since, code } = day.launcher().await.places[0].standing.clone() else {
        panic!("{:?}", day.launcher().await.places[0]);
    };
    assert_eq!(code, Code::ConnectionCut);
    tokio::time::sleep(Duration::from_millis(20)).await;
    day.refresh().await;
    let launcher = day.launcher().await;
    assert_eq!(
        launcher.places[0].standing,
        Standing::Silent { since, code },
        "since the first time"
    );
    assert_eq!(launcher.places[0].known_at, known_at);
    assert_eq!(launcher.tiles.len(), 5);
    assert!(matches!(
        launcher.tiles[0].standing,
        Standing::Silent { .. }
    ));
    server.faults().clear();
    day.refresh().await;
    let launcher = day.launcher().await;
    assert!(matches!(
        launcher.places[0].standing,
        Standing::Answers { .. }
    ));
    assert!(launcher.places[0].signed_in && launcher.places[0].known_at > known_at);
    day.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_certificate_stops_everything_until_a_person_accepts_it() {
    let day = Day::begin(&["glycines-01"]).await;
    let server = day.server("glycines-01");
    let id = day.add(server, "a.perrin", &server.password).await.unwrap();
    server.faults().set(Fault::ChangedCertificate);
    day.refresh().await;
    let Standing::CertificateChanged {
        accepted, shown, ..
    } = day.launcher().await.places[0].standing.clone()
    else {
        panic!("{:?}", day.launcher().await.places[0]);
    };
    let bare = |text: &str| text.replace(':', "").to_lowercase();
    assert_eq!(bare(&accepted), server.certificate_sha256);
    assert_ne!(accepted, shown);
    let again = portal::sign_in(&day.program, &day.visitor(), id, secret(&server.password)).await;
    assert_eq!(code(again), Code::CertificateChanged);
    // A fingerprint that is not the one shown is not accepted by this.
    let other = bare(&accepted);
    let said = portal::accept_certificate(&day.program, &day.visitor(), id, &other).await;
    assert_eq!(code(said), Code::CertificateChanged);
    portal::accept_certificate(&day.program, &day.visitor(), id, &shown)
        .await
        .unwrap();
    let place = day.launcher().await.places[0].clone();
    assert!(!place.signed_in, "the session was for the other one");
    assert!(matches!(place.standing, Standing::Answers { .. }));
    portal::sign_in(&day.program, &day.visitor(), id, secret(&server.password))
        .await
        .unwrap();
    day.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_of_a_place_that_refuses_the_login_or_is_no_portal() {
    let day = Day::begin(&["glycines-01"]).await;
    let server = day.server("glycines-01");
    assert_eq!(
        code(day.add(server, "a.perrin", "not it").await),
        Code::LoginRefused
    );
    assert!(day.launcher().await.places.is_empty());
    // Accepted a moment ago, and another one now.
    let visitor = day.visitor();
    let shown = portal::look(&day.program, &visitor, where_is(server))
        .await
        .unwrap();
    server.faults().set(Fault::ChangedCertificate);
    let new = NewPlace {
        address: where_is(server),
        username: "a.perrin".to_owned(),
        password: secret(&server.password),
        fingerprint: shown.fingerprint,
    };
    let said = portal::add(&day.program, &visitor, new).await;
    assert_eq!(code(said), Code::CertificateChanged);
    server.faults().clear();
    let mut other = where_is(server);
    other.port = no_tls();
    let said = portal::look(&day.program, &visitor, other).await;
    assert_eq!(code(said), Code::NotAPortal);
    for (domain, machine, port, field) in [
        ("", "", 443, "domain"),
        ("nonsense", "", 443, "domain"),
        ("a b.example", "", 443, "domain"),
        ("nuage.glycines.example", "not a host", 443, "machine"),
        ("nuage.glycines.example", "", 0, "port"),
    ] {
        let address = PlaceAddress {
            domain: domain.to_owned(),
            machine: machine.to_owned(),
            port,
        };
        let said = portal::look(&day.program, &visitor, address)
            .await
            .unwrap_err();
        assert_eq!(said.fields[0].field, field, "{domain} {machine} {port}");
    }
    assert!(day.launcher().await.places.is_empty());
    day.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_may_be_the_one_of_a_browser() {
    let day = Day::begin(&["glycines-01"]).await;
    let server = day.server("glycines-01");
    let address = PlaceAddress {
        domain: format!(
            "https://NUAGE.Glycines.example:{}/yunohost/sso/?r=aHR0cHM6",
            server.api_port
        ),
        machine: "127.0.0.1".to_owned(),
        port: 443,
    };
    let shown = portal::look(&day.program, &day.visitor(), address)
        .await
        .unwrap();
    assert_eq!(
        shown.fingerprint.replace(':', "").to_lowercase(),
        server.certificate_sha256
    );
    day.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_places_are_one_list_and_what_two_name_is_there_once() {
    let day = Day::begin(&["glycines-01", "saint-aubrac-01"]).await;
    let (glycines, aubrac) = (day.server("glycines-01"), day.server("saint-aubrac-01"));
    day.add(glycines, "a.perrin", &glycines.password)
        .await
        .unwrap();
    day.add(aubrac, "j.cantal", &aubrac.password).await.unwrap();
    // The same server once more, by another of its domains.
    let mut wiki = where_is(glycines);
    wiki.domain = "wiki.glycines.example".to_owned();
    let visitor = day.visitor();
    let shown = portal::look(&day.program, &visitor, wiki.clone())
        .await
        .unwrap();
    let new = NewPlace {
        address: wiki,
        username: "a.perrin".to_owned(),
        password: secret(&glycines.password),
        fingerprint: shown.fingerprint,
    };
    portal::add(&day.program, &visitor, new).await.unwrap();
    let launcher = day.launcher().await;
    assert_eq!(launcher.places.len(), 3);
    let by_two = launcher
        .tiles
        .iter()
        .filter(|tile| tile.places.len() == 2)
        .count();
    assert_eq!(
        (launcher.tiles.len(), by_two),
        (5 + 4, 5),
        "{:?}",
        labels(&launcher)
    );
    assert!(labels(&launcher).is_sorted_by_key(|label| label.to_lowercase()));
    // One that does not answer is not noticed by the other.
    aubrac.faults().set(Fault::Hang);
    day.refresh().await;
    let launcher = day.launcher().await;
    let silent = launcher
        .tiles
        .iter()
        .filter(|tile| matches!(tile.standing, Standing::Silent { .. }));
    assert_eq!(silent.count(), 4);
    aubrac.faults().clear();
    day.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changes_what_the_server_lets_one_change_and_is_told_the_rest_beside_its_field() {
    let day = Day::begin(&["glycines-01"]).await;
    let server = day.server("glycines-01");
    let id = day.add(server, "a.perrin", &server.password).await.unwrap();
    let change =
        |change| async { portal::change_profile(&day.program, &day.visitor(), id, change).await };
    let texts = |list: &[&str]| Some(list.iter().map(|one| (*one).to_owned()).collect());
    change(ProfileChange {
        fullname: Some("Aude  Perrin d’Arc".to_owned()),
        aliases: texts(&[" aude@Nuage.Glycines.Example", ""]),
        forwards: texts(&["aude+towerify@elsewhere.example"]),
    })
    .await
    .unwrap();
    let profile = portal::profile(&day.program, &day.visitor(), id)
        .await
        .unwrap();
    assert_eq!(profile.place.fullname, "Aude Perrin d'Arc");
    assert_eq!(profile.aliases, ["aude@nuage.glycines.example"]);
    assert_eq!(profile.forwards, ["aude+towerify@elsewhere.example"]);
    assert!(!profile.alias_shuts_out, "they have apps on this domain");
    let field = |error: AppError| error.fields[0].field.clone();
    let bad = ProfileChange {
        fullname: Some("<b>".to_owned()),
        aliases: texts(&["not an address"]),
        forwards: None,
    };
    let refused = change(bad).await.unwrap_err();
    assert_eq!(refused.fields.len(), 2, "{refused:?}");
    let foreign = ProfileChange {
        aliases: texts(&["aude@elsewhere.example"]),
        ..ProfileChange::default()
    };
    assert_eq!(field(change(foreign).await.unwrap_err()), "aliases");
    let taken = ProfileChange {
        aliases: texts(&["l.tissot@nuage.glycines.example"]),
        ..ProfileChange::default()
    };
    assert_eq!(field(change(taken).await.unwrap_err()), "aliases");
    server.end_portal_sessions();
    let late = ProfileChange {
        fullname: Some("Too Late".to_owned()),
        ..ProfileChange::default()
    };
    assert_eq!(code(change(late).await), Code::SessionEnded);
    let profile = portal::profile(&day.program, &day.visitor(), id)
        .await
        .unwrap();
    assert_eq!(profile.place.fullname, "Aude Perrin d'Arc");
    assert!(!profile.place.signed_in);
    day.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_by_its_owner_alone_and_the_old_one_opens_nothing_more() {
    let day = Day::begin(&["glycines-01"]).await;
    let server = day.server("glycines-01");
    let id = day.add(server, "a.perrin", &server.password).await.unwrap();
    let change = |current: &str, new: &str| {
        let (current, new) = (secret(current), secret(new));
        async { portal::change_password(&day.program, &day.visitor(), id, current, new).await }
    };
    let field = |error: AppError| error.fields[0].field.clone();
    let old = server.password.clone();
    for (current, new, expected) in [
        (old.as_str(), "short", "new"),
        (&old, "@begins so 2027", "new"),
        (&old, "password123", "new"),
        (&old, &old, "new"),
        ("not it", "Une phrase 2027", "current"),
    ] {
        assert_eq!(
            field(change(current, new).await.unwrap_err()),
            expected,
            "{new}"
        );
    }
    change(&old, "Une phrase 2027").await.unwrap();
    assert!(day.launcher().await.places[0].signed_in);
    portal::sign_out(&day.program, &day.visitor(), id)
        .await
        .unwrap();
    let said = portal::sign_in(&day.program, &day.visitor(), id, secret(&old)).await;
    assert_eq!(code(said), Code::LoginRefused);
    portal::sign_in(&day.program, &day.visitor(), id, secret("Une phrase 2027"))
        .await
        .unwrap();
    let kept = everything_below(day.home.path());
    assert!(!holds(&kept, &old) && !holds(&kept, "Une phrase 2027"));
    day.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_end_before_the_server_shuts_this_computer_out() {
    let day = Day::begin(&["glycines-01"]).await;
    let server = day.server("glycines-01");
    let id = day.add(server, "a.perrin", &server.password).await.unwrap();
    portal::sign_out(&day.program, &day.visitor(), id)
        .await
        .unwrap();
    for _ in 0..10 {
        let said = portal::sign_in(&day.program, &day.visitor(), id, secret("not it")).await;
        assert_eq!(code(said), Code::LoginRefused);
    }
    let said = portal::sign_in(&day.program, &day.visitor(), id, secret("not it"))
        .await
        .unwrap_err();
    assert_eq!(said.code, Code::Throttled);
    let seconds: u64 = said.params["seconds"].parse().unwrap();
    assert!((500..=600).contains(&seconds), "{seconds}");
    // The server still answers: nobody is shut out.
    day.refresh().await;
    assert!(matches!(
        day.launcher().await.places[0].standing,
        Standing::Answers { .. }
    ));
    day.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_keeps_its_places_in_the_workspace_and_its_sessions_end_with_it() {
    let day = Day::begin(&["glycines-01"]).await;
    let server = day.server("glycines-01");
    let own = day.add(server, "a.perrin", &server.password).await.unwrap();
    let new = NewWorkspace {
        name: "Tour & Cie".into(),
        account_name: "Camille Morvan".into(),
        password: WORKSPACE_PASSWORD.into(),
    };
    workspace::create(&day.program, new, None).await.unwrap();
    assert!(
        day.launcher().await.places.is_empty(),
        "what is one's own is not the account's"
    );
    let said = portal::profile(&day.program, &day.visitor(), own).await;
    assert_eq!(code(said), Code::NotFound);
    day.add(server, "c.morvan", &server.password).await.unwrap();
    assert!(
        labels(&day.launcher().await).contains(&"Coffre"),
        "the management's vault"
    );
    workspace::lock(&day.program).await;
    let launcher = day.launcher().await;
    assert_eq!(
        launcher.places[0].username, "a.perrin",
        "locked, one is nobody but oneself"
    );
    workspace::unlock(&day.program, WORKSPACE_PASSWORD.into())
        .await
        .unwrap();
    let launcher = day.launcher().await;
    assert_eq!(launcher.places[0].username, "c.morvan");
    assert!(!launcher.places[0].signed_in, "the lock ended the session");
    let below = everything_below(&day.home.path().join("data"));
    assert!(
        !holds(&below, "c.morvan"),
        "the account's places are in the encrypted database"
    );
    day.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_understood_is_set_aside_and_one_begins_anew() {
    let day = Day::begin(&["glycines-01"]).await;
    let server = day.server("glycines-01");
    day.add(server, "a.perrin", &server.password).await.unwrap();
    let file = day.home.path().join("config/portal.json");
    std::fs::write(&file, b"{\"places\": [{\"id\": 3}]}").unwrap();
    assert!(day.launcher().await.places.is_empty());
    assert!(file.with_extension("json.damaged").exists());
    day.add(server, "a.perrin", &server.password).await.unwrap();
    assert_eq!(day.launcher().await.tiles.len(), 5);
    day.end().await;
}
