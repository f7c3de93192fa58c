//! What a server may not do to us: nonsense, silence and floods from a fake end.

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use towerify_driver::{
    ByeReason, Driver, DriverError, ProtocolFault, ReadOptions, RunEvent, Start, StartOptions,
};
use towerify_yunohost::Argv;
use towerify_yunohost::users::ListUsers;

use crate::fake::Fake;

/// A read of which the fake end knows the id, and what became of it.
async fn read_with(
    driver: &Driver,
    fake: &mut Fake,
    answer: impl AsyncFnOnce(&mut Fake, u64),
) -> Result<String, DriverError> {
    let words = Argv::new("user list");
    let options = ReadOptions::default();
    let (reply, ()) = tokio::join!(driver.read_words(&words, &options), async {
        let request = fake.request().await.unwrap();
        answer(fake, request["id"].as_u64().unwrap()).await;
    });
    reply.map(|answer| answer.reply.to_string())
}

#[tokio::test]
async fn nonsense_ends_the_conversation_with_a_code() {
    for (nonsense, expected) in [
        (
            &b"Traceback (most recent call last):\n"[..],
            ProtocolFault::NotJson,
        ),
        (b"\x1b[2J\x1b]0;owned\x07\n", ProtocolFault::NotJson),
        (
            b"{\"id\": 1, \"event\": \"result\", \"ok\": true, \"result\": NaN}\n",
            ProtocolFault::NotJson,
        ),
        (
            b"{\"id\": 1, \"event\": \"result\", \"ok\": true, \"result\": \"\xff\xfe\"}\n",
            ProtocolFault::NotUtf8,
        ),
        (
            b"{\"id\": 1, \"event\": \"result\", \"ok\": true, \"ok\": false}\n",
            ProtocolFault::DuplicateName,
        ),
        (b"[1, 2, 3]\n", ProtocolFault::NotAnEvent),
        (b"\n", ProtocolFault::NotJson),
    ] {
        let (driver, mut fake) = Fake::ready().await;
        let reply = read_with(&driver, &mut fake, async |fake, _| {
            fake.say_bytes(nonsense).await
        })
        .await;
        assert!(
            matches!(reply, Err(DriverError::Protocol(fault)) if fault == expected),
            "{expected:?}: {reply:?}"
        );
        assert!(matches!(
            driver.read(&ListUsers).await,
            Err(DriverError::Protocol(_))
        ));
    }
}

#[tokio::test]
async fn an_endless_line_is_not_swallowed() {
    let (driver, mut fake) = Fake::ready().await;
    let reply = read_with(&driver, &mut fake, async |fake, _| {
        for _ in 0..200 {
            fake.say_bytes(&[b'x'; 1 << 16]).await;
        }
    })
    .await;
    assert!(
        matches!(
            reply,
            Err(DriverError::Protocol(ProtocolFault::LineTooLong))
        ),
        "{reply:?}"
    );
}

#[tokio::test]
async fn an_endless_reply_is_refused_and_the_conversation_lives() {
    let (driver, mut fake) = Fake::ready().await;
    let text = "x".repeat(1 << 20);
    let reply = read_with(&driver, &mut fake, async |fake, id| {
        for _ in 0..66 {
            fake.say(json!({"id": id, "event": "part", "text": text}))
                .await;
        }
    })
    .await;
    assert!(
        matches!(
            reply,
            Err(DriverError::Protocol(ProtocolFault::ReplyTooLarge))
        ),
        "{reply:?}"
    );
    let reply = read_with(&driver, &mut fake, async |fake, id| {
        fake.say(json!({"id": id, "event": "result", "ok": true, "result": 5}))
            .await;
    })
    .await;
    assert_eq!(reply.unwrap(), "5");
}

#[tokio::test]
async fn parts_make_a_reply_and_missing_ones_are_noticed() {
    for (said, expected) in [
        (2, Ok("{\"a\":1}")),
        (3, Err(ProtocolFault::PartsMissing)),
        (1, Err(ProtocolFault::PartsMissing)),
    ] {
        let (driver, mut fake) = Fake::ready().await;
        let reply = read_with(&driver, &mut fake, async |fake, id| {
            fake.say(json!({"id": id, "event": "part", "text": "{\"a\""}))
                .await;
            fake.say(json!({"id": id, "event": "part", "text": ": 1}"}))
                .await;
            fake.say(json!({"id": id, "event": "result", "ok": true, "parts": said}))
                .await;
        })
        .await;
        match (reply, expected) {
            (Ok(reply), Ok(expected)) => assert_eq!(reply, expected),
            (Err(DriverError::Protocol(fault)), Err(expected)) => assert_eq!(fault, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_nobody_asked_for_and_what_is_new_is_passed_over() {
    let (driver, mut fake) = Fake::ready().await;
    let reply = read_with(&driver, &mut fake, async |fake, id| {
        fake.say(json!({"id": 999, "event": "result", "ok": true, "result": "other"}))
            .await;
        fake.say(
            json!({"id": null, "event": "result", "ok": false, "key": "too_long", "message": ""}),
        )
        .await;
        fake.say(json!({"id": id, "event": "from-the-future", "x": 1}))
            .await;
        fake.say(json!({"id": id, "event": "started", "pid": 1}))
            .await;
        fake.say(json!({"id": id, "event": "result", "ok": true, "result": "mine", "new": [1]}))
            .await;
    })
    .await;
    assert_eq!(reply.unwrap(), "\"mine\"");
}

#[tokio::test]
async fn a_reply_of_another_shape_is_told_and_the_conversation_lives() {
    let (driver, mut fake) = Fake::ready().await;
    let (reply, ()) = tokio::join!(driver.read(&ListUsers), async {
        let id = fake.request().await.unwrap()["id"].clone();
        fake.say(json!({"id": id, "event": "result", "ok": true, "result": {"users": 7}}))
            .await;
    });
    assert!(matches!(reply, Err(DriverError::Reply(_))), "{reply:?}");
    assert!(!driver.is_over());
}

#[tokio::test]
async fn the_end_of_the_channel_is_a_cut_that_tells_the_last_words() {
    let (driver, mut fake) = Fake::ready().await;
    let words = Argv::new("user list");
    let options = ReadOptions::default();
    let (reply, ()) = tokio::join!(driver.read_words(&words, &options), async {
        fake.request().await.unwrap();
        let mut stderr = fake.stderr.take().unwrap();
        stderr
            .write_all(&[b"x".repeat(5000), b"MemoryError".to_vec()].concat())
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(fake);
    });
    let Err(DriverError::Cut { said: Some(said) }) = reply else {
        panic!("{reply:?}")
    };
    assert!(said.ends_with("MemoryError") && said.len() <= 2048);
}

#[tokio::test(start_paused = true)]
async fn silence_and_a_trickle_are_cuts_and_a_pong_is_a_sign_of_life() {
    let start = Start {
        silence: Duration::from_secs(20),
        ..Start::default()
    };
    let ready = json!({"event": "ready", "ok": true, "protocol": 1});
    let words = Argv::new("user list");
    let options = ReadOptions {
        limit: Duration::from_secs(3000),
        language: None,
    };

    let (driver, mut fake) = Fake::open(start.clone(), ready.clone()).await;
    let begun = tokio::time::Instant::now();
    let reply = driver.read_words(&words, &options).await;
    assert!(matches!(reply, Err(DriverError::Cut { .. })), "{reply:?}");
    assert_eq!(begun.elapsed().as_secs(), 40);
    assert!(fake.line().await.unwrap().contains("user"));
    assert!(fake.line().await.unwrap().contains("ping"));

    let (driver, mut fake) = Fake::open(start.clone(), ready.clone()).await;
    let begun = tokio::time::Instant::now();
    let trickle = tokio::spawn(async move {
        loop {
            fake.say_text("x").await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let reply = driver.read_words(&words, &options).await;
    trickle.abort();
    assert!(matches!(reply, Err(DriverError::Cut { .. })), "{reply:?}");
    assert!(begun.elapsed() < Duration::from_secs(60));

    let (driver, mut fake) = Fake::open(start, ready).await;
    let (reply, ()) = tokio::join!(driver.read_words(&words, &options), async {
        let request: serde_json::Value = serde_json::from_str(&fake.line().await.unwrap()).unwrap();
        for _ in 0..10 {
            assert!(fake.line().await.unwrap().contains("ping"));
            fake.say(json!({"id": 0, "event": "result", "ok": true, "result": null}))
                .await;
        }
        fake.say(json!({"id": request["id"], "event": "result", "ok": true, "result": 1}))
            .await;
    });
    assert!(reply.is_ok(), "{reply:?}");
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_never_answered_ends_by_our_own_limit() {
    let start = Start {
        silence: Duration::from_secs(100_000),
        ..Start::default()
    };
    let (driver, _fake) =
        Fake::open(start, json!({"event": "ready", "ok": true, "protocol": 1})).await;
    let reply = driver.read(&ListUsers).await;
    assert!(
        matches!(reply, Err(DriverError::Timeout { .. })),
        "{reply:?}"
    );
}

#[tokio::test]
async fn goodbye_is_told_to_whoever_waits() {
    for (key, reason) in [
        ("idle", ByeReason::Idle),
        ("upgraded", ByeReason::Upgraded),
        ("bored", ByeReason::Other),
    ] {
        let (driver, mut fake) = Fake::ready().await;
        let mut run = driver.follow("run-bye-0001", 0).await.unwrap();
        fake.request().await.unwrap();
        let reply = read_with(&driver, &mut fake, async |fake, _| {
            fake.say(json!({"event": "bye", "key": key})).await;
        })
        .await;
        assert!(
            matches!(reply, Err(DriverError::Bye(found)) if found == reason),
            "{reply:?}"
        );
        assert!(reply.unwrap_err().may_ask_again());
        assert!(matches!(run.next().await, Some(Err(DriverError::Bye(_)))));
    }
}

#[tokio::test]
async fn a_flood_that_nobody_takes_is_bounded_and_says_where_to_go_on() {
    let (driver, mut fake) = Fake::ready().await;
    let mut run = driver
        .start_words(
            "run-flood-01",
            &Argv::new("app install x"),
            &StartOptions::default(),
        )
        .await
        .unwrap();
    let id = fake.request().await.unwrap()["id"].clone();
    let message = "m".repeat(8000);
    for n in 1..=4000 {
        fake.say(json!({"id": id, "event": "log", "level": "info", "message": message, "n": n}))
            .await;
    }
    driver_is_alive(&driver, &mut fake).await;
    let mut last = 0;
    let end = loop {
        match run.next().await {
            Some(Ok(event)) => {
                assert_eq!(event.number(), Some(last + 1));
                last += 1;
            }
            Some(Err(error)) => break error,
            None => panic!("ended without a word"),
        }
    };
    assert!(
        matches!(end, DriverError::Lagging { after } if after == last),
        "{end:?}"
    );
    assert!(last > 1000 && last < 3000, "{last}");
}

async fn driver_is_alive(driver: &Driver, fake: &mut Fake) {
    let (pong, ()) = tokio::join!(driver.ping(), async {
        loop {
            let request = fake.request().await.unwrap();
            if request["op"] == "ping" {
                return fake
                    .say(json!({"id": request["id"], "event": "result", "ok": true}))
                    .await;
            }
        }
    });
    pong.unwrap();
}

#[tokio::test]
async fn repeated_and_old_events_are_not_given_twice() {
    let (driver, mut fake) = Fake::ready().await;
    let run = driver.follow("run-twice-01", 2).await.unwrap();
    let request = fake.request().await.unwrap();
    assert_eq!(
        (request["op"].as_str(), request["from"].as_u64()),
        (Some("follow"), Some(2))
    );
    for n in [1, 2, 3, 3, 4, 2] {
        fake.say(json!({"id": request["id"], "event": "log", "level": "info", "message": n.to_string(), "n": n})).await;
    }
    fake.say(json!({"id": request["id"], "event": "result", "ok": true, "result": null, "n": 4}))
        .await;
    let mut seen = Vec::new();
    run.finish(|event| seen.extend(event.number()))
        .await
        .unwrap();
    assert_eq!(seen, [3, 4]);
}

#[tokio::test]
async fn what_the_server_cannot_begin_is_an_error_and_not_an_outcome() {
    for (key, check) in [
        (
            "spool_full",
            (|error| matches!(error, DriverError::DiskFull)) as fn(&DriverError) -> bool,
        ),
        ("spool", |error| matches!(error, DriverError::Spool(_))),
        ("no_yunohost", |error| {
            matches!(error, DriverError::NoYunohost)
        }),
        ("run_unknown", |error| {
            matches!(error, DriverError::RunUnknown(_))
        }),
        ("bad_request", |error| {
            matches!(error, DriverError::Internal { .. })
        }),
    ] {
        let (driver, mut fake) = Fake::ready().await;
        let mut run = driver
            .start_words(
                "run-full-001",
                &Argv::new("app install x"),
                &StartOptions::default(),
            )
            .await
            .unwrap();
        let id = fake.request().await.unwrap()["id"].clone();
        fake.say(json!({"id": id, "event": "result", "ok": false, "key": key, "message": "m"}))
            .await;
        match run.next().await {
            Some(Err(error)) => assert!(check(&error), "{key}: {error:?}"),
            other => panic!("{key}: {other:?}"),
        }
        assert!(run.next().await.is_none());
    }
}

#[tokio::test]
async fn another_version_of_the_protocol_is_refused() {
    let pipes = || {
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        tokio::spawn(async move {
            let _ = theirs
                .write_all(b"go\n{\"event\": \"ready\", \"ok\": true, \"protocol\": 2}\n")
                .await;
            tokio::time::sleep(Duration::from_secs(5)).await;
        });
        let (stdout, stdin) = tokio::io::split(ours);
        towerify_driver::Pipes::new(stdin, stdout, tokio::io::empty())
    };
    let refused = towerify_driver::open(pipes(), Start::default()).await;
    assert!(
        matches!(refused, Err(DriverError::Protocol(ProtocolFault::Version))),
        "{refused:?}"
    );
}

#[test]
fn errors_and_debug_output_hold_no_secret() {
    let start = Start {
        sudo_password: Some("Tour de garde 7!".into()),
        ..Start::default()
    };
    assert!(!format!("{start:?}").contains("Tour de garde"));
    let started = RunEvent::Started {
        pid: None,
        scope: false,
    };
    assert!(started.number().is_none());
}
