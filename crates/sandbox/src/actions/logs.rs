//! `log …`: the operations that were done.

use serde_json::{Value, json};

use crate::{
    actions::{Refusal, refuse},
    call::Call,
    clock,
    state::{Operation, State},
};

fn success(operation: &Operation) -> Value {
    operation.success.map_or_else(|| "?".into(), Value::Bool)
}

/// `log list`: oldest first, as the command line and the driver give it.
pub(super) fn list(state: &State, call: &Call) -> Value {
    let limit = call
        .one("limit")
        .and_then(|said| said.parse().ok())
        .unwrap_or(50);
    let skipped = state.operations.len().saturating_sub(limit);
    let operations: Vec<Value> = state
        .operations
        .iter()
        .skip(skipped)
        .map(|operation| {
            let mut shown = json!({
                "name": operation.name, "path": operation.path(),
                "description": operation.description(call.locale), "success": success(operation),
                "started_at": clock::written(operation.started_at),
            });
            if call.has("with_details")
                && let Some(shown) = shown.as_object_mut()
            {
                shown.insert("parent".to_owned(), Value::Null);
                // 12.0 does not tell who began it.
                if !state.is_old() {
                    shown.insert(
                        "started_by".to_owned(),
                        operation.started_by.as_str().into(),
                    );
                }
            }
            shown
        })
        .collect();
    json!({"operation": operations})
}

/// `log show`: one operation, with its last lines.
pub(super) fn show(state: &State, call: &Call) -> Result<Value, Refusal> {
    let asked = call.required("path");
    let name = asked
        .rsplit('/')
        .next()
        .unwrap_or(asked)
        .trim_end_matches(".yml")
        .trim_end_matches(".log");
    let Some(operation) = state.operations.iter().find(|known| known.name == name) else {
        return refuse(call, "log_does_exists", &[("log", asked)]);
    };
    let lines: usize = call
        .one("number")
        .and_then(|said| said.parse().ok())
        .unwrap_or(50);
    let skipped = operation.lines.len().saturating_sub(lines);
    let path = operation.path();
    Ok(json!({
        "description": operation.description(call.locale), "name": operation.name,
        "metadata_path": path,
        "metadata": {
            "args": operation.args, "ended_at": operation.ended_at.map(clock::written),
            "error": operation.error, "interface": "cli", "operation": operation.kind, "parent": null,
            "related_to": [], "started_at": clock::written(operation.started_at),
            "started_by": operation.started_by, "success": success(operation),
            "yunohost_version": state.version,
        },
        "log_path": path.replace(".yml", ".log"),
        "logs": operation.lines.iter().skip(skipped).collect::<Vec<_>>(),
    }))
}
