//! Every type that the interface shares can be written as TypeScript, in the form that JSON has.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helping functions too"
)]

use towerify_domain::field::{Allowed, FieldProblem, Host, Port, Rule};
use towerify_domain::run::{Progress, RunKind, RunState, Sign, StepState, TraceLine};
use towerify_domain::server::{Reason, ServerState};
use towerify_domain::{Actor, Language, Privilege, Words, id};

fn typescript() -> String {
    let types = specta::Types::default()
        .register::<id::ServerId>()
        .register::<id::RunId>()
        .register::<Actor>()
        .register::<Privilege>()
        .register::<Language>()
        .register::<Words>()
        .register::<FieldProblem>()
        .register::<Host>()
        .register::<Port>()
        .register::<ServerState>()
        .register::<Reason>()
        .register::<RunKind>()
        .register::<RunState>()
        .register::<StepState>()
        .register::<TraceLine>()
        .register::<Progress>();
    specta_typescript::Typescript::default()
        .export(&types, specta_serde::Format)
        .unwrap()
}

#[test]
fn a_problem_is_one_flat_object_with_its_field_and_its_rule() {
    let check = |rule, expected: &str| {
        let problem = FieldProblem::new("name", rule);
        assert_eq!(serde_json::to_string(&problem).unwrap(), expected);
    };
    check(Rule::Required, r#"{"field":"name","rule":"required"}"#);
    check(
        Rule::TooLong { max: 63 },
        r#"{"field":"name","rule":"too_long","max":63}"#,
    );
    check(
        Rule::Characters {
            allowed: Allowed::ServerName,
        },
        r#"{"field":"name","rule":"characters","allowed":"server_name"}"#,
    );
}

#[test]
fn the_interface_gets_the_same_shapes() {
    let code = typescript();
    for expected in [
        "export type ServerId = string;",
        "export type Host = string;",
        "export type Port = number;",
        "export type Sign =",
        "\"unreachable\"",
        "rule: \"too_long\"",
    ] {
        assert!(code.contains(expected), "no {expected} in:\n{code}");
    }
}

#[test]
fn names_in_json_are_the_names_in_the_store() {
    for &kind in RunKind::ALL {
        assert_eq!(json(kind), kind.name());
    }
    for &state in RunState::ALL {
        assert_eq!(json(state), state.name());
    }
    for &state in StepState::ALL {
        assert_eq!(json(state), state.name());
    }
    for state in ServerState::ALL {
        assert_eq!(json(state), state.name());
    }
    for &reason in Reason::ALL {
        assert_eq!(json(reason), reason.code());
    }
    for &privilege in Privilege::ALL {
        assert_eq!(json(privilege), privilege.name());
    }
    for sign in Sign::ALL {
        assert_eq!(json(sign), sign.text());
    }
}

#[test]
fn a_value_from_outside_is_checked_when_it_is_read() {
    assert!(serde_json::from_str::<Host>("\"a b\"").is_err());
    assert!(serde_json::from_str::<Port>("0").is_err());
    assert_eq!(serde_json::from_str::<Port>("22").unwrap(), Port::SSH);
}

fn json(value: impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}
