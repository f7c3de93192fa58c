//! Reading JSON from a server that may be hostile: an object with a name twice, deep nesting and bytes that are not
//! UTF-8 are named faults, where serde_json alone would keep the last of two names in silence.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::ProtocolFault;

/// No reply of the recorded conversations goes beyond 9.
pub(crate) const DEPTH: usize = 64;

/// One JSON value and nothing after it.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, ProtocolFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| ProtocolFault::NotUtf8)?;
    let fault = Cell::new(ProtocolFault::NotJson);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict {
        depth: DEPTH,
        fault: &fault,
    }
    .deserialize(&mut reader)
    .map_err(|_| fault.get())?;
    reader.end().map_err(|_| ProtocolFault::NotJson)?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    fault: &'a Cell<ProtocolFault>,
}

impl Strict<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(self.fail(ProtocolFault::TooDeep)),
        }
    }

    fn fail<E: serde::de::Error>(self, fault: ProtocolFault) -> E {
        self.fault.set(fault);
        E::custom(fault)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(
                    self.fail::<A::Error>(ProtocolFault::DuplicateName),
                ));
            }
            let value = entries.next_value_seed(inner)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &[u8], expected: Result<Value, ProtocolFault>) {
        assert_eq!(parse(input), expected, "{}", String::from_utf8_lossy(input));
    }

    #[test]
    fn hostile_json_is_a_named_fault() {
        check(
            br#"{"a": [1, -2, 2.5, null, true, "x"]}"#,
            Ok(serde_json::json!({"a": [1, -2, 2.5, null, true, "x"]})),
        );
        check(br#"{"a": 1, "a": 2}"#, Err(ProtocolFault::DuplicateName));
        check(
            br#"{"a": {"b": 1, "b": 1}}"#,
            Err(ProtocolFault::DuplicateName),
        );
        check(br#"{"a": NaN}"#, Err(ProtocolFault::NotJson));
        check(br#"{"a": Infinity}"#, Err(ProtocolFault::NotJson));
        check(br#"{"a": 1e999}"#, Err(ProtocolFault::NotJson));
        check(br#"{"a": 1} x"#, Err(ProtocolFault::NotJson));
        check(br#"{"a": "\ud800"}"#, Err(ProtocolFault::NotJson));
        check(b"{\"a\": \"\xff\"}", Err(ProtocolFault::NotUtf8));
        check(b"\x1b[31m{}", Err(ProtocolFault::NotJson));
        check(b"", Err(ProtocolFault::NotJson));
        check(
            "[".repeat(DEPTH + 1).as_bytes(),
            Err(ProtocolFault::TooDeep),
        );
        check("[".repeat(100_000).as_bytes(), Err(ProtocolFault::TooDeep));
        assert!(parse(format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH)).as_bytes()).is_ok());
    }
}
