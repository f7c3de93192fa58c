//! `app catalog` and `app manifest`.

use serde_json::Value;

use crate::{
    actions::{Refusal, refuse},
    call::Call,
    catalogue::{self, Known},
    state::State,
};

/// `app catalog`.
pub(super) fn show(state: &State, call: &Call) -> Value {
    catalogue::shown(
        state,
        call.has("full"),
        call.has("with_categories"),
        call.has("with_antifeatures"),
        call.locale,
    )
}

/// `app manifest`.
pub(super) fn manifest(state: &State, call: &Call) -> Result<Value, Refusal> {
    match catalogue::entry(call.required("app")) {
        Some(entry) => Ok(entry.before_install(Known {
            state,
            locale: call.locale,
        })),
        None => refuse(call, "app_unknown", &[]),
    }
}
