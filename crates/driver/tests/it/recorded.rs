//! The conversations that were recorded with real servers, played again: a fake end gives what the server gave, the
//! client asks what was asked, and must understand every answer as it was.

use std::collections::HashMap;

use serde_json::{Value, json};
use towerify_driver::{DriverError, LostHow, Outcome, ReadOptions, Start, StartOptions};
use towerify_yunohost::Argv;

use crate::fake::Fake;

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/fixtures/conversations"
);

/// One connection of a recording: its ready event, then each request with all that was answered to it.
#[derive(Default)]
struct Connection {
    ready: Value,
    requests: Vec<(Value, Vec<Value>)>,
}

fn connections(name: &str) -> Vec<Connection> {
    let mut found: Vec<Connection> = Vec::new();
    for line in std::fs::read_to_string(format!("{FOLDER}/{name}.ndjson"))
        .unwrap()
        .lines()
    {
        let Some((direction, text)) = line.split_once(' ') else {
            continue;
        };
        if direction == "#" {
            continue;
        }
        let value: Value = serde_json::from_str(text).unwrap();
        if direction == "<" && value["event"] == "ready" {
            found.push(Connection {
                ready: value.clone(),
                requests: Vec::new(),
            });
        }
        // The recordings of the smallest prototype begin without a word.
        if found.is_empty() {
            found.push(Connection::default());
        }
        let current = found.last_mut().unwrap();
        if direction == ">" {
            current.requests.push((value, Vec::new()));
        } else if let Some(id) = value["id"].as_u64() {
            let asked = current
                .requests
                .iter_mut()
                .find(|(request, _)| request["id"] == id)
                .unwrap();
            asked.1.push(value);
        }
    }
    found
}

fn key(error: &DriverError) -> String {
    match error {
        DriverError::Refused(refusal) => refusal.key.clone(),
        DriverError::Internal { key, .. } => key.clone(),
        DriverError::Usage(_) => "usage".to_owned(),
        DriverError::NotARead => "not_a_read".to_owned(),
        DriverError::NoYunohost => "no_yunohost".to_owned(),
        DriverError::NotPostInstalled => "yunohost_not_installed".to_owned(),
        DriverError::RunUnknown(_) => "run_unknown".to_owned(),
        other => panic!("{other:?}"),
    }
}

/// Plays one recording; gives how many requests were made and how many ended in a run's outcome.
async fn play(name: &str) -> (usize, usize) {
    let (mut asked, mut outcomes) = (0, 0);
    for connection in connections(name) {
        let mut ready = connection.ready;
        if ready["protocol"].is_null() {
            ready = json!({"event": "ready", "ok": true, "protocol": 1});
        }
        let (driver, mut fake) = Fake::open(Start::default(), ready.clone()).await;
        assert_eq!(
            driver.facts().yunohost.as_deref(),
            ready["yunohost"].as_str()
        );
        for (request, answers) in connection.requests {
            let run = request["run"].as_str().unwrap_or_default().to_owned();
            // What the client never sends: it has a type for a run's key, and a list of words.
            if request["argv"].is_string() || (!run.is_empty() && run.len() < 8) {
                continue;
            }
            asked += 1;
            let words = request["argv"].as_array().cloned().unwrap_or_default();
            let words = Argv::new("").args(words.iter().filter_map(Value::as_str));
            let last = answers.last().cloned().unwrap_or_default();
            let expected = answers.clone();
            let give = async {
                let sent = fake.request().await.unwrap();
                if !request["argv"].is_null() {
                    assert_eq!(sent["argv"], request["argv"]);
                }
                assert_eq!(
                    sent["op"].as_str(),
                    Some(request["op"].as_str().unwrap_or("read"))
                );
                for mut answer in answers {
                    answer["id"] = sent["id"].clone();
                    fake.say(answer).await;
                }
            };
            let operation = request["op"].as_str().unwrap_or("read");
            // The smallest prototype performed writes like reads.
            match operation {
                "read" => {
                    let options = ReadOptions::default();
                    let (reply, ()) = tokio::join!(driver.read_words(&words, &options), give);
                    match reply {
                        Ok(answer) => {
                            assert_eq!(answer.reply, last["result"]);
                            assert_eq!(answer.notes.len(), expected.len() - 1);
                        }
                        Err(error) => assert_eq!(
                            key(&error).replace("help", "usage"),
                            last["key"].as_str().unwrap().replace("help", "usage")
                        ),
                    }
                }
                "start" | "follow" => {
                    let stream = async {
                        match operation {
                            "start" => {
                                driver
                                    .start_words(&run, &words, &StartOptions::default())
                                    .await
                            }
                            _ => {
                                driver
                                    .follow(&run, request["from"].as_u64().unwrap_or(0))
                                    .await
                            }
                        }
                    };
                    let (stream, ()) = tokio::join!(stream, give);
                    let mut stream = stream.unwrap();
                    if last["event"] != "result" {
                        // Cut here: the events that came are there, and the next connection follows.
                        for _ in 0..expected.len() {
                            stream.next().await.unwrap().unwrap();
                        }
                        assert_eq!(stream.last(), last["n"].as_u64().unwrap_or_default());
                        continue;
                    }
                    let mut events = 0;
                    match stream.finish(|_| events += 1).await {
                        Ok(outcome) => {
                            outcomes += 1;
                            assert_eq!(events, expected.len() - 1);
                            check_outcome(&outcome, &last);
                        }
                        Err(error) => assert_eq!(key(&error), last["key"].as_str().unwrap()),
                    }
                }
                "runs" => {
                    let (runs, ()) = tokio::join!(driver.runs(), give);
                    let states: HashMap<String, Value> =
                        serde_json::from_value(last["result"].clone()).unwrap();
                    for (run, record) in runs.unwrap() {
                        assert_eq!(json!(record.state), states[&run]["state"]);
                        assert_eq!(json!(record.argv), states[&run]["argv"]);
                    }
                }
                "lock" => {
                    let (holder, ()) = tokio::join!(driver.lock(), give);
                    let holder = holder.unwrap();
                    assert_eq!(holder.is_none(), last["result"].is_null());
                    if let Some(holder) = holder {
                        assert_eq!(json!(holder.held), last["result"]["held"]);
                        assert_eq!(
                            json!(holder.words),
                            last["result"].get("words").cloned().unwrap_or_default()
                        );
                    }
                }
                "facts" => {
                    let (facts, ()) = tokio::join!(driver.ask_facts(), give);
                    assert_eq!(json!(facts.unwrap().boot_id), last["result"]["boot_id"]);
                }
                "forget" => {
                    let (done, ()) = tokio::join!(driver.forget(&run), give);
                    done.unwrap();
                }
                other => panic!("{other} is not played"),
            }
        }
    }
    (asked, outcomes)
}

fn check_outcome(outcome: &Outcome, last: &Value) {
    match outcome {
        Outcome::Done {
            result, operations, ..
        } => {
            assert_eq!(
                (last["ok"].as_bool(), result),
                (Some(true), &last["result"])
            );
            assert_eq!(&json!(operations), &last["operations"]);
        }
        Outcome::Refused {
            refusal, signal, ..
        } => {
            assert_eq!(
                (last["ok"].as_bool(), Some(refusal.key.as_str())),
                (Some(false), last["key"].as_str())
            );
            assert_eq!(refusal.message, last["message"].as_str().unwrap());
            assert_eq!(
                (signal.as_deref(), refusal.operation.as_deref()),
                (last["signal"].as_str(), last["operation"].as_str())
            );
        }
        Outcome::Lost { how, operations } => {
            assert!(last["ok"].is_null());
            assert_eq!(
                *how,
                if last["key"] == "lost_by_reboot" {
                    LostHow::ByReboot
                } else {
                    LostHow::ByKill
                }
            );
            assert_eq!(
                operations.len(),
                last["operations"].as_array().unwrap().len()
            );
        }
    }
}

#[tokio::test]
async fn every_recorded_conversation_is_understood_again() {
    let mut total = (0, 0);
    for (name, expected) in [
        ("12.0", (12, 4)),
        ("actions-12.0.17", (83, 0)),
        ("actions-12.1.25", (83, 0)),
        ("cut", (2, 1)),
        ("followed", (6, 3)),
        ("lockheld", (5, 3)),
        ("no-yunohost", (2, 0)),
        ("not-postinstalled", (2, 0)),
        ("reboot", (12, 3)),
        ("refusals", (18, 5)),
        ("sigterm", (21, 4)),
    ] {
        let played = play(name).await;
        if expected.0 > 0 {
            assert_eq!(played, expected, "{name}");
        }
        total = (total.0 + played.0, total.1 + played.1);
    }
    assert!(total.0 > 230 && total.1 > 18, "{total:?}");
}
