//! Detached writes by the true driver over the stand-in.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use towerify_driver::{
    Driver, DriverError, Level, LostHow, Outcome, RunEvent, RunState, RunStream, StartOptions,
};
use towerify_yunohost::Argv;

use crate::server::{Server, kill};

const PASSWORD: &str = "Violet-Tractor-88";

fn create(name: &str) -> Argv {
    let secret = PASSWORD.into();
    Argv::new("user create")
        .args([name, "--fullname", "Camille M", "--domain", "tour.example"])
        .secret("--password", Some(&secret))
}

fn install() -> Argv {
    Argv::new("app install carnet")
}

async fn begin(driver: &Driver, run: &str, words: &Argv) -> RunStream {
    driver
        .start_words(run, words, &StartOptions::default())
        .await
        .unwrap()
}

/// All events before the end, and the end.
async fn all(stream: RunStream) -> (Vec<RunEvent>, Outcome) {
    let mut events = Vec::new();
    let outcome = stream
        .finish(|event| events.push(event.clone()))
        .await
        .unwrap();
    (events, outcome)
}

fn messages(events: &[RunEvent]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| match event {
            RunEvent::Log { message, .. } => Some(message.as_str()),
            _ => None,
        })
        .collect()
}

async fn until(stream: &mut RunStream, message: &str) {
    loop {
        match stream.next().await.unwrap().unwrap() {
            RunEvent::Log { message: found, .. } if found.contains(message) => return,
            RunEvent::Ended(outcome) => panic!("ended before {message:?}: {outcome:?}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_write_is_followed_to_its_end_and_forgotten() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let (events, outcome) = all(begin(&driver, "run-create-1", &create("paul")).await).await;
    assert!(
        matches!(
            events[0],
            RunEvent::Started {
                pid: Some(_),
                scope: false
            }
        ),
        "{events:?}"
    );
    assert_eq!(
        messages(&events),
        [
            "The user 'paul' will be added to the group 'all_users'",
            "User created"
        ]
    );
    assert!(matches!(
        &events[2],
        RunEvent::Log {
            level: Level::Success,
            n: 2,
            at: Some(_),
            ..
        }
    ));
    assert!(
        matches!(&events[3], RunEvent::Output { text, .. } if text.starts_with("You are now about to define"))
    );
    let Outcome::Done {
        result, operations, ..
    } = outcome
    else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        result,
        json!({"fullname": "Camille M", "username": "paul", "mail": "paul@tour.example"})
    );
    assert_eq!(operations.len(), 1);
    assert!(operations[0].ends_with("-user_create-paul"));
    assert!(server.state()["users"]["paul"].is_object());

    let runs = driver.runs().await.unwrap();
    assert_eq!(
        (
            runs["run-create-1"].state,
            runs["run-create-1"].argv.join(" ")
        ),
        (RunState::Done, "user create paul".to_owned())
    );
    driver.forget("run-create-1").await.unwrap();
    driver.forget("run-create-1").await.unwrap();
    assert!(driver.runs().await.unwrap().is_empty());
    let unknown = driver
        .follow("run-create-1", 0)
        .await
        .unwrap()
        .next()
        .await
        .unwrap();
    assert!(matches!(unknown, Err(DriverError::RunUnknown(run)) if run == "run-create-1"));
}

#[tokio::test]
async fn the_same_run_twice_at_once_has_one_effect_and_both_see_its_outcome() {
    let server = Server::new(&["--write-ms", "300"]).await;
    let (one, two) = (server.driver().await, server.driver().await);
    let (first, second) = tokio::join!(
        async { all(begin(&one, "run-once-001", &create("paul")).await).await },
        async { all(begin(&two, "run-once-001", &create("paul")).await).await },
    );
    assert_eq!(first.1, second.1);
    assert!(matches!(first.1, Outcome::Done { .. }), "{:?}", first.1);
    assert_eq!(messages(&first.0), messages(&second.0));
    let started = |events: &[RunEvent]| {
        events
            .iter()
            .any(|event| matches!(event, RunEvent::Started { .. }))
    };
    assert!(started(&first.0) != started(&second.0));
    let again = all(begin(&one, "run-once-001", &create("paul")).await).await;
    assert_eq!((again.1, messages(&again.0)), (first.1, messages(&first.0)));
    assert_eq!(
        std::fs::read_dir(server.path("var/log/yunohost/operations"))
            .unwrap()
            .count(),
        2
    );
}

#[tokio::test]
async fn a_run_goes_on_after_a_cut_and_is_found_again() {
    let server = Server::new(&["--step-ms", "150"]).await;
    let driver = server.driver().await;
    let mut stream = begin(&driver, "run-cut-0001", &install()).await;
    until(&mut stream, "Provisioning system_user").await;
    let seen = stream.last();
    driver.close();
    assert!(matches!(
        stream.next().await,
        Some(Err(DriverError::Closed))
    ));
    drop((stream, driver));

    let driver = server.driver().await;
    assert_eq!(
        driver.runs().await.unwrap()["run-cut-0001"].state,
        RunState::Running
    );
    assert!(matches!(
        driver.forget("run-cut-0001").await,
        Err(DriverError::RunRunning(_))
    ));
    let (events, outcome) = all(driver.follow("run-cut-0001", seen).await.unwrap()).await;
    assert!(
        matches!(
            outcome,
            Outcome::Done {
                result: Value::Null,
                ..
            }
        ),
        "{outcome:?}"
    );
    assert_eq!(events[0].number(), Some(seen + 1));
    assert_eq!(messages(&events)[0], "Provisioning install_dir...");
    assert!(events.iter().any(
        |event| matches!(event, RunEvent::Output { text, .. } if text.contains("Post-install note"))
    ));
}

#[tokio::test]
async fn while_another_holds_the_lock_a_run_says_who_and_then_goes_on() {
    let server = Server::new(&["--step-ms", "200"]).await;
    let driver = server.driver().await;
    let mut first = begin(&driver, "run-lock-0001", &install()).await;
    until(&mut first, "Provisioning").await;
    let holder = driver.lock().await.unwrap().unwrap();
    assert_eq!(
        (
            holder.held,
            holder.run.as_deref(),
            holder.program.as_deref()
        ),
        (true, Some("run-lock-0001"), Some("towerify"))
    );
    assert_eq!(holder.words.unwrap(), ["app", "install", "carnet"]);
    assert!(holder.operation.unwrap().ends_with("-app_install-carnet"));

    let impatient = StartOptions {
        lock_wait: Duration::from_millis(200),
        ..StartOptions::default()
    };
    let stream = driver
        .start_words("run-lock-0002", &create("paul"), &impatient)
        .await
        .unwrap();
    let (events, outcome) = all(stream).await;
    assert!(
        matches!(&events[1], RunEvent::Waiting { holder, .. } if holder.run.as_deref() == Some("run-lock-0001")),
        "{events:?}"
    );
    let Outcome::Refused {
        refusal,
        operations,
        ..
    } = outcome
    else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (refusal.key.as_str(), operations.len()),
        ("instance_already_running", 0)
    );
    assert!(server.state()["users"]["paul"].is_null());

    let (events, outcome) = all(begin(&driver, "run-lock-0003", &create("paul")).await).await;
    assert!(matches!(&events[1], RunEvent::Waiting { .. }), "{events:?}");
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert!(matches!(all(first).await.1, Outcome::Done { .. }));
}

#[tokio::test]
async fn somebody_elses_lock_is_respected_and_a_dead_ones_is_not() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let mut other = tokio::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .unwrap();
    // A process has no command line yet in the moment when it is made.
    while std::fs::read(format!("/proc/{}/cmdline", other.id().unwrap()))
        .unwrap()
        .is_empty()
    {}
    server.write(
        "var/run/moulinette_yunohost.lock",
        &other.id().unwrap().to_string(),
    );
    let holder = driver.lock().await.unwrap().unwrap();
    assert_eq!(
        (holder.held, holder.program.as_deref(), holder.run),
        (true, Some("sleep"), None)
    );
    let mut stream = begin(&driver, "run-other-01", &create("paul")).await;
    assert!(matches!(
        stream.next().await,
        Some(Ok(RunEvent::Started { .. }))
    ));
    assert!(matches!(
        stream.next().await,
        Some(Ok(RunEvent::Waiting { .. }))
    ));
    other.kill().await.unwrap();
    let stale = driver.lock().await.unwrap().unwrap();
    assert_eq!((stale.held, stale.stale), (false, true));
    assert!(matches!(all(stream).await.1, Outcome::Done { .. }));
}

#[tokio::test]
async fn simultaneous_writes_of_ours_never_overlap() {
    let server = Server::new(&["--write-ms", "20"]).await;
    let drivers = [server.driver().await, server.driver().await];
    let runs = (0..6).map(|number| {
        let driver = drivers[number % 2].clone();
        async move {
            all(begin(
                &driver,
                &format!("run-many-{number:03}"),
                &create(&format!("p{number}")),
            )
            .await)
            .await
            .1
        }
    });
    for outcome in futures::future::join_all(runs).await {
        assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    }
    // The stand-in's state is read, changed and written: two at once would lose one.
    assert_eq!(server.state()["users"].as_object().unwrap().len(), 8);
}

#[tokio::test]
async fn sigterm_is_one_interruption_and_sigkill_is_a_loss() {
    let server = Server::new(&["--step-ms", "300"]).await;
    let driver = server.driver().await;
    let mut stream = begin(&driver, "run-term-001", &install()).await;
    until(&mut stream, "Provisioning system_user").await;
    kill(
        "-TERM",
        server.record("run-term-001")["pid"].as_u64().unwrap(),
    );
    let (events, outcome) = all(stream).await;
    assert!(
        events
            .iter()
            .any(|event| matches!(event, RunEvent::Signal { signal, .. } if signal == "SIGTERM"))
    );
    let Outcome::Refused {
        refusal,
        signal,
        operations,
        ..
    } = outcome
    else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (refusal.key.as_str(), signal.as_deref(), operations.len()),
        ("interrupted", Some("SIGTERM"), 1)
    );
    assert!(refusal.operation.unwrap().ends_with("-app_install-carnet"));

    let mut stream = begin(&driver, "run-kill-001", &install()).await;
    until(&mut stream, "Provisioning system_user").await;
    kill(
        "-KILL",
        server.record("run-kill-001")["pid"].as_u64().unwrap(),
    );
    let Outcome::Lost { how, operations } = all(stream).await.1 else {
        panic!()
    };
    assert_eq!(how, LostHow::ByKill);
    let last = operations.last().unwrap();
    assert_eq!(
        (last.success, last.ended, last.parent.as_deref()),
        (None, false, None)
    );
    assert_eq!(
        driver.runs().await.unwrap()["run-kill-001"].state,
        RunState::LostKilled
    );
    // The lock file of the dead is no obstacle.
    assert!(matches!(
        all(begin(&driver, "run-next-001", &create("paul")).await)
            .await
            .1,
        Outcome::Done { .. }
    ));
}

#[tokio::test]
async fn a_run_of_another_boot_is_lost_by_reboot() {
    let server = Server::new(&["--step-ms", "300"]).await;
    let driver = server.driver().await;
    let mut stream = begin(&driver, "run-boot-001", &install()).await;
    until(&mut stream, "Provisioning system_user").await;
    let pid = server.record("run-boot-001")["pid"].as_u64().unwrap();
    drop(stream);
    let mut record = server.record("run-boot-001");
    record["boot"] = "another".into();
    server.write(
        "var/lib/towerify/runs/run-boot-001/run.json",
        &record.to_string(),
    );
    let outcome = all(driver.follow("run-boot-001", 0).await.unwrap()).await.1;
    assert!(
        matches!(
            outcome,
            Outcome::Lost {
                how: LostHow::ByReboot,
                ..
            }
        ),
        "{outcome:?}"
    );
    kill("-KILL", pid);
}

#[tokio::test]
async fn a_refusal_before_anything_was_done_is_the_outcome() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let weak = "weak".into();
    let listed = Argv::new("user create paul --fullname P --domain tour.example")
        .secret("--password", Some(&weak));
    for (run, words, key) in [
        ("run-refuse-1", listed, "password_listed"),
        (
            "run-refuse-2",
            Argv::new("user create paul"),
            "prompt_needed",
        ),
        (
            "run-refuse-3",
            Argv::new("user delete nobody"),
            "user_unknown",
        ),
        (
            "run-refuse-4",
            Argv::new("app install nosuch"),
            "app_unknown",
        ),
        ("run-refuse-5", Argv::new("tools shell"), "bad_request"),
        ("run-refuse-6", Argv::new("app fly"), "usage"),
        (
            "run-refuse-7",
            install().secret("--args", Some(&"fail=yes".into())),
            "failed",
        ),
    ] {
        let (_, outcome) = all(begin(&driver, run, &words).await).await;
        assert!(
            matches!(&outcome, Outcome::Refused { refusal, .. } if refusal.key == key),
            "{key}: {outcome:?}"
        );
    }
    let refused = driver
        .start_words("short", &install(), &StartOptions::default())
        .await;
    assert!(matches!(refused, Err(DriverError::RunKey)));
}

#[tokio::test]
async fn a_run_may_keep_its_notes_in_memory() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let options = StartOptions {
        in_memory: true,
        ..StartOptions::default()
    };
    let stream = driver
        .start_words("run-memory-1", &create("paul"), &options)
        .await
        .unwrap();
    assert!(matches!(all(stream).await.1, Outcome::Done { .. }));
    assert!(
        server
            .path("run/towerify/runs/run-memory-1/outcome.json")
            .exists()
    );
    let again = all(begin(&driver, "run-memory-1", &create("paul")).await)
        .await
        .1;
    assert!(matches!(again, Outcome::Done { .. }));
    driver.forget("run-memory-1").await.unwrap();
    assert!(!server.path("run/towerify/runs/run-memory-1").exists());
}

#[tokio::test]
async fn no_password_is_written_shown_or_kept_on_the_server() {
    let server = Server::new(&["--write-ms", "700"]).await;
    let driver = server.driver().await;
    let stream = begin(&driver, "run-secret-1", &create("paul")).await;
    let begun = Instant::now();
    let command_lines = loop {
        // Everything of this run's session, while it works.
        let lines: Vec<String> = std::fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
            .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
            .collect();
        if lines
            .iter()
            .any(|line| line.starts_with("towerify user create paul"))
        {
            break lines;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "the run never showed its words"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    // The test's own name would be the only other place; its arguments hold no password.
    assert!(!command_lines.iter().any(|line| line.contains(PASSWORD)));
    let (events, outcome) = all(stream).await;
    assert!(!format!("{events:?}{outcome:?}").contains(PASSWORD));
    let found = std::process::Command::new("grep")
        .args(["-rl", PASSWORD])
        .arg(server.path(""))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(server.path("var/lib/towerify/runs/run-secret-1"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn a_stream_that_is_dropped_stops_being_followed_and_the_conversation_lives() {
    let server = Server::new(&["--step-ms", "100"]).await;
    let driver = server.driver().await;
    let stream = begin(&driver, "run-drop-001", &install()).await;
    drop(stream);
    driver.ping().await.unwrap();
    assert!(matches!(
        all(driver.follow("run-drop-001", 0).await.unwrap()).await.1,
        Outcome::Done { .. }
    ));
}
