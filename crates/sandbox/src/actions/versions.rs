//! `tools versions`.

use serde_json::{Value, json};

use crate::state::State;

/// The versions of YunoHost's packages; those beside `yunohost` as they were recorded with it.
pub(super) fn show(state: &State) -> Value {
    let [admin, portal, moulinette, ssowat] = if state.is_old() {
        ["12.0.5", "12.0.5", "12.0.3", "12.0.1"]
    } else {
        ["12.1.2", "12.1.0", "12.1.3", "12.0.1"]
    };
    let stable = |version: &str| json!({"version": version, "repo": "stable"});
    json!({
        "yunohost": stable(&state.version), "yunohost-admin": stable(admin),
        "yunohost-portal": stable(portal), "moulinette": stable(moulinette), "ssowat": stable(ssowat),
    })
}
