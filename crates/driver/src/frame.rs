//! One line of the driver, understood: to whom it goes and what it says. Bounds texts; decides nothing.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{ByeReason, Facts, Level, LockHolder, ProtocolFault, json};

/// The version of the wire protocol that this program speaks.
pub(crate) const PROTOCOL: u32 = 1;
/// The longest line that is read. A part of 256 Ki characters is at most 1.5 MiB when all of it is escaped.
pub(crate) const LINE: usize = 4 << 20;
/// The longest message that is passed on, in characters.
const MESSAGE: usize = 8 << 10;
/// The longest text that an action printed and is passed on, in characters.
const OUTPUT: usize = 64 << 10;
/// The longest name of anything (operation, key, program).
const NAME: usize = 256;
/// The most operations of a run that are passed on.
const OPERATIONS: usize = 50;

/// A line of the driver.
#[derive(Debug)]
pub(crate) enum Frame {
    /// Its first words.
    Ready(Box<Ready>),
    /// Its last words, when it ends by itself.
    Bye(ByeReason),
    /// Something for whoever asked request `id`; `None` answers a line that could not be read.
    For {
        id: Option<u64>,
        n: Option<u64>,
        at: Option<DateTime<Utc>>,
        said: Said,
    },
    /// An event of a kind that is not known here: later drivers may say more.
    Unknown,
}

/// The ready event.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) ok: bool,
    pub(crate) key: Option<String>,
    pub(crate) facts: Facts,
}

/// What a request is told.
#[derive(Debug)]
pub(crate) enum Said {
    Log {
        level: Level,
        message: String,
        cut: Option<u64>,
    },
    Output {
        text: String,
    },
    Waiting {
        holder: LockHolder,
    },
    Signal {
        signal: String,
    },
    Started {
        pid: Option<u32>,
        scope: bool,
    },
    Part {
        text: String,
    },
    Result(Box<ResultOf>),
}

/// The last event of a request.
#[derive(Debug, Default)]
pub(crate) struct ResultOf {
    /// `None`: nobody knows (a lost run).
    pub(crate) ok: Option<bool>,
    pub(crate) result: Value,
    /// How many parts make the result, when it came in parts.
    pub(crate) parts: Option<usize>,
    pub(crate) key: String,
    pub(crate) message: String,
    pub(crate) operation: Option<String>,
    pub(crate) validation: bool,
    pub(crate) operations: Vec<Value>,
    pub(crate) signal: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) ms: f64,
    /// Whether it is one of a run's numbered events.
    pub(crate) numbered: bool,
}

impl Frame {
    /// Reads one line.
    pub(crate) fn read(line: &[u8]) -> Result<Self, ProtocolFault> {
        let Value::Object(mut object) = json::parse(line)? else {
            return Err(ProtocolFault::NotAnEvent);
        };
        let event = text(&mut object, "event", NAME).ok_or(ProtocolFault::NotAnEvent)?;
        let said = match event.as_str() {
            "ready" => return ready(object),
            "bye" => {
                return Ok(Self::Bye(match text(&mut object, "key", NAME).as_deref() {
                    Some("upgraded") => ByeReason::Upgraded,
                    Some("idle") => ByeReason::Idle,
                    _ => ByeReason::Other,
                }));
            }
            "log" => Said::Log {
                level: Level::from_word(
                    object
                        .get("level")
                        .and_then(Value::as_str)
                        .unwrap_or_default(),
                ),
                message: text(&mut object, "message", MESSAGE).unwrap_or_default(),
                cut: object.get("cut").and_then(Value::as_u64),
            },
            "output" => Said::Output {
                text: text(&mut object, "text", OUTPUT).unwrap_or_default(),
            },
            "waiting" => Said::Waiting {
                holder: holder(object.remove("lock").unwrap_or_default())?,
            },
            "signal" => Said::Signal {
                signal: text(&mut object, "signal", NAME).unwrap_or_default(),
            },
            "started" => Said::Started {
                pid: object
                    .get("pid")
                    .and_then(Value::as_u64)
                    .and_then(|pid| u32::try_from(pid).ok()),
                scope: object
                    .get("scope")
                    .and_then(Value::as_bool)
                    .unwrap_or_default(),
            },
            "part" => match object.remove("text") {
                Some(Value::String(text)) => Said::Part { text },
                _ => return Err(ProtocolFault::NotAnEvent),
            },
            "result" => Said::Result(Box::new(result(&mut object))),
            _ => return Ok(Self::Unknown),
        };
        Ok(Self::For {
            id: object.get("id").and_then(Value::as_u64),
            n: object.get("n").and_then(Value::as_u64),
            at: object.get("t").and_then(Value::as_f64).and_then(clock),
            said,
        })
    }
}

fn ready(mut object: Map<String, Value>) -> Result<Frame, ProtocolFault> {
    let ok = object
        .get("ok")
        .and_then(Value::as_bool)
        .ok_or(ProtocolFault::NotAnEvent)?;
    let key = text(&mut object, "key", NAME);
    let mut value = Value::Object(object);
    bound(&mut value, MESSAGE);
    let facts: Facts = serde_json::from_value(value).map_err(|_| ProtocolFault::NotAnEvent)?;
    if facts.protocol != PROTOCOL {
        return Err(ProtocolFault::Version);
    }
    Ok(Frame::Ready(Box::new(Ready { ok, key, facts })))
}

fn result(object: &mut Map<String, Value>) -> ResultOf {
    let mut operations = match object.remove("operations") {
        Some(Value::Array(operations)) => operations,
        _ => Vec::new(),
    };
    operations.truncate(OPERATIONS);
    operations
        .iter_mut()
        .for_each(|operation| bound(operation, NAME));
    ResultOf {
        ok: object.get("ok").and_then(Value::as_bool),
        result: object.remove("result").unwrap_or_default(),
        parts: object
            .get("parts")
            .and_then(Value::as_u64)
            .and_then(|parts| usize::try_from(parts).ok()),
        key: text(object, "key", NAME).unwrap_or_default(),
        message: text(object, "message", MESSAGE).unwrap_or_default(),
        operation: text(object, "operation", NAME),
        validation: object
            .get("validation")
            .and_then(Value::as_bool)
            .unwrap_or_default(),
        operations,
        signal: text(object, "signal", NAME),
        cause: text(object, "cause", NAME),
        ms: object.get("ms").and_then(Value::as_f64).unwrap_or_default(),
        numbered: object.contains_key("n"),
    }
}

/// A lock holder, its texts bounded.
pub(crate) fn holder(mut value: Value) -> Result<LockHolder, ProtocolFault> {
    bound(&mut value, NAME);
    serde_json::from_value(value).map_err(|_| ProtocolFault::NotAnEvent)
}

fn text(object: &mut Map<String, Value>, name: &str, limit: usize) -> Option<String> {
    match object.remove(name) {
        Some(Value::String(text)) => Some(cut(text, limit)),
        _ => None,
    }
}

/// At most `limit` characters.
pub(crate) fn cut(mut text: String, limit: usize) -> String {
    if let Some((at, _)) = text.char_indices().nth(limit) {
        text.truncate(at);
    }
    text
}

/// No text longer than `limit` in a small object or list of them, and no more than 64 entries in a list.
fn bound(value: &mut Value, limit: usize) {
    match value {
        Value::String(text) => *text = cut(std::mem::take(text), limit),
        Value::Array(items) => {
            items.truncate(64);
            items.iter_mut().for_each(|item| bound(item, limit));
        }
        Value::Object(entries) => entries.values_mut().for_each(|entry| bound(entry, limit)),
        _ => {}
    }
}

fn clock(seconds: f64) -> Option<DateTime<Utc>> {
    // Milliseconds are what the driver rounds to; beyond the calendar `from_timestamp_millis` says None.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float cast saturates, and the calendar refuses it then"
    )]
    DateTime::from_timestamp_millis((seconds * 1000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_recorded_conversations_is_understood() {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/fixtures/conversations"
        );
        let (mut files, mut received, mut results) = (0, 0, 0);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|end| end != "ndjson") {
                continue;
            }
            files += 1;
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                let Some(line) = line.strip_prefix("< ") else {
                    continue;
                };
                received += 1;
                match Frame::read(line.as_bytes()) {
                    Ok(Frame::Unknown) => panic!("unknown event in {path:?}: {line:.200}"),
                    Ok(Frame::For {
                        said: Said::Result(result),
                        ..
                    }) => {
                        results += 1;
                        assert!(
                            result.ok == Some(true) || !result.key.is_empty(),
                            "{line:.200}"
                        );
                    }
                    Ok(_) => {}
                    // The smallest prototype said less in its ready event: no protocol's version.
                    Err(ProtocolFault::Version | ProtocolFault::NotAnEvent)
                        if line.contains("\"ready\"") =>
                    {
                        assert!(
                            path.file_name()
                                .unwrap()
                                .to_string_lossy()
                                .starts_with("actions-"),
                            "{line:.200}"
                        );
                    }
                    Err(fault) => panic!("{fault} in {path:?}: {line:.200}"),
                }
            }
        }
        assert_eq!(files, 11);
        assert!(
            received > 400 && results > 200,
            "{received} lines, {results} results"
        );
    }

    #[test]
    fn hostile_sizes_are_bounded() {
        let line = serde_json::json!({"id": 1, "event": "log", "level": "x", "message": "é".repeat(100_000)});
        let Ok(Frame::For {
            said: Said::Log { message, level, .. },
            ..
        }) = Frame::read(line.to_string().as_bytes())
        else {
            panic!()
        };
        assert_eq!((message.chars().count(), level), (MESSAGE, Level::Info));
        let line = serde_json::json!({"id": 1, "event": "result", "ok": false, "key": "k".repeat(9999),
            "message": "m".repeat(99999), "operations": vec!["o".repeat(9999); 9999]});
        let Ok(Frame::For {
            said: Said::Result(result),
            ..
        }) = Frame::read(line.to_string().as_bytes())
        else {
            panic!()
        };
        assert_eq!(
            (
                result.key.len(),
                result.message.len(),
                result.operations.len()
            ),
            (NAME, MESSAGE, OPERATIONS)
        );
        assert_eq!(result.operations[0].as_str().map(str::len), Some(NAME));
    }

    #[test]
    fn what_is_no_event_is_refused() {
        for (line, fault) in [
            ("[]", ProtocolFault::NotAnEvent),
            ("{}", ProtocolFault::NotAnEvent),
            (r#"{"event": 3}"#, ProtocolFault::NotAnEvent),
            (
                r#"{"event": "ready", "ok": true, "protocol": 2}"#,
                ProtocolFault::Version,
            ),
            (
                r#"{"event": "ready", "ok": true, "protocol": 1, "mem_kib": "x"}"#,
                ProtocolFault::NotAnEvent,
            ),
            (
                r#"{"event": "waiting", "id": 1, "lock": 5}"#,
                ProtocolFault::NotAnEvent,
            ),
            (r#"{"event": "part", "id": 1}"#, ProtocolFault::NotAnEvent),
        ] {
            match Frame::read(line.as_bytes()) {
                Err(found) => assert_eq!(found, fault, "{line}"),
                Ok(frame) => panic!("{line} was taken for {frame:?}"),
            }
        }
        assert!(matches!(
            Frame::read(br#"{"event": "tomorrow", "id": 1}"#),
            Ok(Frame::Unknown)
        ));
        assert!(matches!(
            Frame::read(br#"{"event": "log", "id": 1, "t": 1e300}"#),
            Ok(Frame::For { at: None, .. })
        ));
    }
}
