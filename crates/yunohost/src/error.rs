//! A reply that is not what the action answers.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Which part of a reply could not be understood. Carries no value from the server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reading the reply to `{action}`: `{field}` should be {expected}, but is {found}")]
pub struct ReplyError {
    /// The action's name.
    pub action: &'static str,
    /// Where in the reply, as in `users.alice.mail`; `.` is the reply as a whole. At most 200 characters.
    pub field: String,
    /// What was expected there, in serde's words. At most 200 characters.
    pub expected: String,
    /// What kind of value was there instead.
    pub found: &'static str,
}

/// Reads a reply into its type, or says which field is wrong. A field that is null counts as not said.
pub(crate) fn read<T: DeserializeOwned>(
    action: &'static str,
    mut reply: Value,
) -> Result<T, ReplyError> {
    forget_nulls(&mut reply);
    // The kind of value at the failing place is looked up afterwards; what it holds is never repeated.
    serde_path_to_error::deserialize(&reply).map_err(|error| {
        let path = error.path().clone();
        ReplyError {
            action,
            field: bounded(&path.to_string()),
            expected: expected(&error.into_inner().to_string()),
            found: at(&reply, &path).map_or("missing", kind),
        }
    })
}

/// Servers write null for what they do not know, in lists' and texts' places too.
fn forget_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(forget_nulls);
        }
        Value::Array(values) => values.iter_mut().for_each(forget_nulls),
        _ => {}
    }
}

/// The action answered something of another kind than it always does.
pub(crate) fn unexpected(action: &'static str, expected: &str, found: &Value) -> ReplyError {
    ReplyError {
        action,
        field: ".".to_owned(),
        expected: expected.to_owned(),
        found: kind(found),
    }
}

/// Serde's message without the server's value: `invalid type: string "x", expected u32` says `u32`.
fn expected(message: &str) -> String {
    if let Some(name) = message.strip_prefix("missing field ") {
        return bounded(&format!("something with a field {name}"));
    }
    message.rsplit_once("expected ").map_or_else(
        || "something else".to_owned(),
        |(_, expected)| bounded(expected),
    )
}

fn at<'v>(reply: &'v Value, path: &serde_path_to_error::Path) -> Option<&'v Value> {
    use serde_path_to_error::Segment;
    path.iter().try_fold(reply, |value, segment| match segment {
        Segment::Seq { index } => value.get(*index),
        Segment::Map { key } => value.get(key),
        Segment::Enum { .. } | Segment::Unknown => Some(value),
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Texts from a server are hostile: no control characters, and an end.
fn bounded(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
