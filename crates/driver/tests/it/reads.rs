//! Reads by the true driver over the stand-in.

use std::time::{Duration, Instant};

use serde_json::json;
use towerify_driver::{ByeReason, Driver, DriverError, Level, Note, PROGRAM, ReadOptions};
use towerify_yunohost::diagnosis::ShowDiagnosis;
use towerify_yunohost::permissions::ListPermissions;
use towerify_yunohost::services::ShowServices;
use towerify_yunohost::users::ListUsers;
use towerify_yunohost::versions::ShowVersions;
use towerify_yunohost::{Argv, DECLARATIONS, Kind};

use crate::server::Server;

async fn ask(driver: &Driver, words: &str) -> Result<serde_json::Value, DriverError> {
    Ok(driver
        .read_words(&Argv::new(words), &ReadOptions::default())
        .await?
        .reply)
}

#[tokio::test]
async fn typed_reads_are_answered_and_facts_are_known() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let facts = driver.facts();
    assert_eq!(
        (facts.yunohost.as_deref(), facts.postinstalled),
        (Some("12.1.25"), true)
    );
    assert_eq!(
        (facts.debian.as_str(), facts.codename.as_deref()),
        ("12", Some("bookworm"))
    );
    assert_eq!(facts.main_domain.as_deref(), Some("tour.example"));
    assert_eq!(facts.locale.as_deref(), Some("fr_FR.UTF-8"));
    assert_eq!(facts.timezone.as_deref(), Some("Europe/Paris"));
    assert!(
        facts.mem_kib > facts.mem_free_kib
            && facts.disk_kib > facts.disk_free_kib
            && facts.clock > 1.7e9
    );
    assert_eq!((facts.systemd, facts.limits.readers), (false, 4));

    driver.read(&ShowVersions).await.unwrap();
    let users = driver.read(&ListUsers).await.unwrap();
    assert!(format!("{users:?}").contains("Inès Calvet"));
    assert!(driver.ask_facts().await.unwrap().clock >= facts.clock);
    driver.ping().await.unwrap();
    assert_eq!(driver.lock().await.unwrap(), None);
}

#[tokio::test]
async fn a_refusal_carries_yunohosts_key_and_the_language_asked_for() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let words = Argv::new("user info nobody");
    for (language, message) in [
        ("en", "Unknown user: nobody"),
        ("fr", "Le compte nobody est inconnu"),
    ] {
        let options = ReadOptions {
            language: Some(language.to_owned()),
            ..ReadOptions::default()
        };
        let Err(DriverError::Refused(refusal)) = driver.read_words(&words, &options).await else {
            panic!()
        };
        assert_eq!(
            (refusal.key.as_str(), refusal.message.as_str()),
            ("user_unknown", message)
        );
        assert!(refusal.validation);
    }
}

#[tokio::test]
async fn an_open_conversation_changes_its_language_from_one_request_to_the_next() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let words = Argv::new("user info nobody");
    for (language, message) in [
        ("fr", "Le compte nobody est inconnu"),
        ("en", "Unknown user: nobody"),
    ] {
        let asked = driver
            .in_language(language)
            .read_words(&words, &ReadOptions::default())
            .await;
        let Err(DriverError::Refused(refusal)) = asked else {
            panic!()
        };
        assert_eq!(refusal.message, message);
    }
}

#[tokio::test]
async fn what_is_not_a_read_is_refused_though_it_takes_no_lock() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    for words in [
        "user delete ines",
        "log share x",
        "diagnosis show --share",
        "diagnosis show --sha",
        "log show x -s",
    ] {
        assert!(
            matches!(ask(&driver, words).await, Err(DriverError::NotARead)),
            "{words}"
        );
    }
    assert!(
        matches!(ask(&driver, "tools shell").await, Err(DriverError::Internal { key, .. }) if key == "bad_request")
    );
    assert!(server.state()["users"]["ines"].is_object());
    assert!(
        matches!(ask(&driver, "user fly").await, Err(DriverError::Usage(text)) if text.contains("invalid choice"))
    );
    assert!(
        matches!(ask(&driver, "user create --help").await, Err(DriverError::Usage(text)) if text.contains("--fullname"))
    );
    assert!(
        matches!(ask(&driver, "").await, Err(DriverError::Internal { key, .. }) if key == "bad_request")
    );
}

#[test]
fn every_declared_read_is_among_the_drivers_reads_and_no_write_is() {
    let reads =
        &PROGRAM[PROGRAM.find("READS = ").unwrap()..PROGRAM.find("INTERACTIVE = ").unwrap()];
    for declaration in DECLARATIONS {
        let listed = reads.contains(&format!("\"{}\"", declaration.name));
        assert_eq!(
            listed,
            declaration.kind == Kind::Read,
            "{}",
            declaration.name
        );
    }
}

#[tokio::test]
async fn the_states_of_services_come_without_their_configuration_tests() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let units = driver.units().await.unwrap();
    let services = driver
        .read(&ShowServices::default())
        .await
        .unwrap()
        .named(&[]);
    assert_eq!(units.len(), services.len());
    for (name, service) in &services {
        assert_eq!(units[name].status, service.status, "{name}");
        assert_eq!(units[name].start_on_boot, service.start_on_boot, "{name}");
        assert_eq!(units[name].description, service.description, "{name}");
    }
    let since = |name: &str| units[name].last_state_change.clone().unwrap();
    assert!(since("nginx").ends_with("+00:00"), "{}", since("nginx"));
    assert_eq!(since("metronome"), "unknown");
}

#[tokio::test]
async fn twenty_reads_at_once_each_get_their_own_answer() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let reads = (0..20).map(|number| {
        let driver = driver.clone();
        async move {
            let words = Argv::new("user info").arg(format!("nobody{number}"));
            let refusal = match driver.read_words(&words, &ReadOptions::default()).await {
                Err(DriverError::Refused(refusal)) => refusal,
                other => panic!("{number}: {other:?}"),
            };
            assert_eq!(refusal.message, format!("Unknown user: nobody{number}"));
        }
    });
    futures::future::join_all(reads).await;
}

#[tokio::test]
async fn a_large_reply_comes_in_parts_and_one_too_large_is_refused() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    server.fault(json!({"user list": {"huge": 1500}, "domain list": {"huge": 20000}}));
    let reply = ask(&driver, "user list").await.unwrap();
    assert_eq!(reply.as_array().unwrap().len(), 1500);
    assert!(
        matches!(ask(&driver, "domain list").await, Err(DriverError::Internal { key, .. }) if key == "too_big")
    );
    assert!(ask(&driver, "app list").await.is_ok());
}

#[tokio::test]
async fn a_read_that_goes_wrong_is_coded_and_the_others_go_on() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    server.fault(json!({
        "user list": {"nan": 1}, "user group list": {"die": 1}, "domain list": {"exit": 3},
        "app list": {"raise": "oh"}, "app map": {"deep": 100}, "log list": {"deep": 100_000},
    }));
    for (words, expected) in [
        ("user list", "not_json"),
        ("user group list", "read_died"),
        ("domain list", "exit"),
        ("app list", "internal"),
        ("log list", "not_json"),
    ] {
        match ask(&driver, words).await {
            Err(DriverError::Internal { key, .. }) => assert_eq!(key, expected, "{words}"),
            other => panic!("{words}: {other:?}"),
        }
    }
    assert!(ask(&driver, "user permission list").await.is_ok());
    // Deeper than any real reply: the line is not believed, and with it the whole conversation.
    assert!(matches!(
        ask(&driver, "app map").await,
        Err(DriverError::Protocol(_))
    ));
    assert!(driver.is_over());
}

#[tokio::test]
async fn a_read_that_hangs_is_ended_by_its_limit_with_what_it_started() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    server.fault(json!({"user list": {"sleep": 60}, "app list": {"child": 60}}));
    let begun = Instant::now();
    let options = ReadOptions {
        limit: Duration::from_millis(300),
        language: None,
    };
    let words = Argv::new("user list");
    let (hung, other) = tokio::join!(
        driver.read_words(&words, &options),
        ask(&driver, "domain list")
    );
    assert!(
        matches!(hung, Err(DriverError::Timeout { after, .. }) if after == options.limit),
        "{hung:?}"
    );
    assert!(other.is_ok());
    // What an action leaves running holds its output open, and the answer does not wait for it.
    assert!(ask(&driver, "app list").await.is_ok());
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn what_is_logged_and_printed_during_a_read_is_told_beside_its_reply() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    server.fault(json!({"diagnosis show": {"print": "\u{1b}[31mred\u{1b}[0m"}}));
    let answer = driver
        .read_with(&ShowDiagnosis, &ReadOptions::default())
        .await
        .unwrap();
    assert!(
        answer.notes.contains(&Note::Output {
            text: "red\n".to_owned()
        }),
        "{:?}",
        answer.notes
    );
    assert!(answer.notes.contains(&Note::Log {
        level: Level::Warning,
        message: "No diagnosis cache yet for category 'ip'".to_owned()
    }));
}

#[tokio::test]
async fn the_older_release_is_read_as_well() {
    let server = Server::new(&["--release", "12.0.17"]).await;
    let driver = server.driver().await;
    assert_eq!(driver.facts().yunohost_error, None);
    assert_eq!(driver.facts().yunohost.as_deref(), Some("12.0.17"));
    driver.read(&ShowVersions).await.unwrap();
    driver.read(&ListUsers).await.unwrap();
    driver.read(&ListPermissions).await.unwrap();
}

#[tokio::test]
async fn without_yunohost_the_facts_still_answer() {
    let server = Server::new(&["--without", "yunohost"]).await;
    let driver = server.driver().await;
    let facts = driver.facts();
    assert_eq!(
        (facts.yunohost.as_deref(), facts.postinstalled),
        (None, false)
    );
    assert!(
        facts
            .yunohost_error
            .as_deref()
            .unwrap()
            .contains("No module named 'moulinette'")
    );
    assert!(matches!(
        driver.read(&ListUsers).await,
        Err(DriverError::NoYunohost)
    ));
    assert!(matches!(driver.units().await, Err(DriverError::NoYunohost)));
    assert!(driver.ask_facts().await.is_ok());
}

#[tokio::test]
async fn before_its_post_installation_a_server_tells_only_its_versions() {
    let server = Server::new(&["--without", "postinstall"]).await;
    let driver = server.driver().await;
    assert!(!driver.facts().postinstalled);
    assert!(matches!(
        driver.read(&ListUsers).await,
        Err(DriverError::NotPostInstalled)
    ));
    assert!(driver.read(&ShowVersions).await.is_ok());
}

#[tokio::test]
async fn when_yunohost_changes_underneath_a_read_is_asked_again_of_a_new_driver() {
    let server = Server::new(&[]).await;
    let (alone, reopening) = (server.driver().await, server.driver_that_reopens().await);
    let upgrade = || {
        let map = server.path("usr/share/yunohost/actionsmap.yml");
        let text = std::fs::read(&map).unwrap();
        std::fs::write(&map, text).unwrap();
    };
    server.fault(json!({"user list": {"sleep": 0.3}}));
    upgrade();
    // Idle drivers notice at once or with the next request; either way nothing is lost.
    for _ in 0..20 {
        reopening.read(&ListUsers).await.unwrap();
        if alone.is_over() {
            break;
        }
        let _ = alone.ping().await;
    }
    assert!(matches!(
        alone.read(&ListUsers).await,
        Err(DriverError::Bye(ByeReason::Upgraded))
    ));
    upgrade();
    let reads = (0..8).map(|_| reopening.read(&ListUsers));
    for read in futures::future::join_all(reads).await {
        read.unwrap();
    }
}

#[tokio::test]
async fn a_request_beyond_the_limit_is_not_sent_and_a_closed_conversation_says_so() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let words = Argv::new("user info").arg("x".repeat(2 << 20));
    let long = driver.read_words(&words, &ReadOptions::default()).await;
    assert!(
        matches!(
            long,
            Err(DriverError::RequestTooLong {
                limit: 1_048_576,
                ..
            })
        ),
        "{long:?}"
    );
    assert!(driver.ping().await.is_ok());
    driver.close();
    assert!(matches!(driver.ping().await, Err(DriverError::Closed)));
}
