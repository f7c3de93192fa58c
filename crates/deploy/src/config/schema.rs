//! The JSON schema that editors show while the file is written, made from the table of keys.

use serde_json::{Map, Value, json};

use super::keys::{self, Form, Key};

/// The schema (draft 7, which every editor's YAML support reads). Published as `docs/deploy/config.schema.json`.
pub fn schema() -> Value {
    let mut top = object("");
    if let Some(map) = top.as_object_mut() {
        map.insert(
            "$schema".to_owned(),
            json!("http://json-schema.org/draft-07/schema#"),
        );
        map.insert("title".to_owned(), json!("towerify/config.yaml"));
    }
    top
}

fn object(path: &str) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, key) in keys::below(path) {
        properties.insert(name.to_owned(), of(key));
        if key.needed {
            required.push(name);
        }
    }
    let mut object = json!({"type": ["object", "null"], "additionalProperties": false, "properties": properties});
    if let (false, Some(map)) = (required.is_empty(), object.as_object_mut()) {
        map.insert("type".to_owned(), json!("object"));
        map.insert("required".to_owned(), json!(required));
    }
    object
}

fn of(key: &Key) -> Value {
    let line = json!({"type": ["string", "number", "boolean", "null"]});
    let lines = json!({"type": "array", "items": {"type": "string"}});
    let below = |suffix: &str| keys::find(&format!("{}{suffix}", key.path)).map_or(Value::Null, of);
    let mut schema = match key.form {
        Form::Keys => object(key.path),
        Form::Named => json!({"type": ["object", "null"], "additionalProperties": below(".*")}),
        Form::List => json!({"type": ["array", "null"], "items": below("[]")}),
        Form::Texts => lines,
        Form::Commands => json!({"anyOf": [{"type": "string"}, lines]}),
        Form::Word(words) => json!({"enum": words}),
        Form::Number(from, to) => json!({"type": "integer", "minimum": from, "maximum": to}),
        Form::Memory => json!({"type": "string", "pattern": "^[0-9]+[MmGg]$"}),
        Form::Cpu => json!({"type": "string", "pattern": "^[0-9]+ ?%$"}),
        Form::Access => {
            json!({"anyOf": [{"enum": ["public", "all_users"]}, {"type": "array", "items": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}}]})
        }
        Form::Version => json!({"type": ["string", "number"], "pattern": "^[0-9]+(\\.[0-9]+)*$"}),
        Form::Domain => json!({"type": ["string", "null"], "pattern": "^[a-z0-9.-]+$"}),
        Form::Cron => json!({"type": "string", "pattern": "^\\S+ +\\S+ +\\S+ +\\S+ +\\S+$"}),
        Form::Text | Form::UrlPath | Form::Inside | Form::Value => line,
    };
    if key.path == "type"
        && let Some(map) = schema.as_object_mut()
        && let Some(Value::Array(words)) = map.get_mut("enum")
    {
        words.extend(["laravel-9".into(), "laravel-10".into()]);
    }
    if let Some(map) = schema.as_object_mut() {
        map.insert("description".to_owned(), json!(key.english));
        if !key.example.is_empty() {
            map.insert(
                "examples".to_owned(),
                json!([key.example.trim_matches('"')]),
            );
        }
    }
    schema
}
