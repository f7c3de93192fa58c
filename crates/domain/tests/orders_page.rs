//! `docs/ORDERS.md`, drawn from the table of moves.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helping functions too"
)]

use std::fmt::Write as _;
use std::path::Path;
use towerify_domain::shop::order::{Fulfilment, MoveKind, OrderState, PaymentState};

#[test]
fn the_page_about_orders_says_what_the_table_says() {
    let page = page();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ORDERS.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/ORDERS.md is stale: UPDATE=1 cargo test -p towerify-domain --test orders_page"
    );
}

#[test]
fn every_state_is_reached_and_left_but_the_last() {
    for &state in OrderState::ALL {
        let reached = MoveKind::ALL.iter().any(|kind| kind.to().contains(&state));
        assert!(reached || state == OrderState::Cart, "{state:?}");
        let left = MoveKind::ALL
            .iter()
            .any(|kind| kind.from().contains(&state) && !kind.to().is_empty());
        assert!(left || state == OrderState::Refunded, "{state:?}");
    }
}

fn page() -> String {
    let mut page = String::from(
        "# Orders\n\n\
         Made from the table in `crates/domain/src/shop/order/moves.rs` by a test \
         (`UPDATE=1 cargo test -p towerify-domain --test orders_page`). Ten thousand random moves from every state keep \
         its rules (`crates/domain/tests/orders/`).\n\n\
         ## The states of an order\n\n```mermaid\nstateDiagram-v2\n    [*] --> cart\n",
    );
    for &kind in MoveKind::ALL {
        for from in kind.from() {
            for to in kind.to().iter().filter(|to| reaches(kind, *from, **to)) {
                writeln!(
                    page,
                    "    {} --> {}: {}",
                    from.name(),
                    to.name(),
                    kind.name()
                )
                .unwrap();
            }
        }
    }
    page.push_str("```\n\n| state | in words |\n| --- | --- |\n");
    for &state in OrderState::ALL {
        let words = state.words();
        writeln!(
            page,
            "| `{}` | {} (*{}*) |",
            state.name(),
            words.en,
            words.fr
        )
        .unwrap();
    }
    page.push_str("\nHow far it is paid is told beside it: ");
    let payments: Vec<_> = PaymentState::ALL
        .iter()
        .map(|state| format!("{} (*{}*)", state.words().en, state.words().fr))
        .collect();
    writeln!(page, "{}.", payments.join(", ")).unwrap();
    page.push_str(
        "\n## The states of a line\n\n```mermaid\nstateDiagram-v2\n    [*] --> waiting\n",
    );
    for (kind, to) in [
        (MoveKind::Begin, Fulfilment::InWork),
        (MoveKind::Fulfil, Fulfilment::Done),
        (MoveKind::Fail, Fulfilment::Failed),
        (MoveKind::Undo, Fulfilment::Undone),
    ] {
        for from in kind.from_fulfilment() {
            writeln!(
                page,
                "    {} --> {}: {}",
                from.name(),
                to.name(),
                kind.name()
            )
            .unwrap();
        }
    }
    page.push_str(
        "    waiting --> done: accept, of an app\n```\n\n| state | in words |\n| --- | --- |\n",
    );
    for &state in Fulfilment::ALL {
        let words = state.words();
        writeln!(
            page,
            "| `{}` | {} (*{}*) |",
            state.name(),
            words.en,
            words.fr
        )
        .unwrap();
    }
    page.push_str(
        "\n## The moves\n\n\
         Who: the administrator over everything, the restricted administrator over their customer's; *the program*: a run that \
         ends, a link that was paid. *Stopped*: not while a suspension of the order or of its customer bites. A move that is \
         refused changes nothing.\n\n\
         | move | from | can lead to | who | stopped | what it does |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for &kind in MoveKind::ALL {
        let (words, does) = (kind.words(), kind.does());
        let names = |states: &[OrderState]| {
            let names: Vec<_> = states.iter().map(|state| state.name()).collect();
            if names.is_empty() {
                "—".to_owned()
            } else {
                names.join(", ")
            }
        };
        writeln!(
            page,
            "| `{}`: {} (*{}*) | {} | {} | {} | {} | {} |",
            kind.name(),
            words.en,
            words.fr,
            names(kind.from()),
            names(kind.to()),
            kind.who_words().en,
            if kind.is_stopped_by_suspension() {
                "yes"
            } else {
                "—"
            },
            does.en,
        )
        .unwrap();
    }
    page
}

/// Of what a move can lead to from several states, what is possible from this one.
fn reaches(kind: MoveKind, from: OrderState, to: OrderState) -> bool {
    use OrderState::{Cancelled, Completed, Refunded};
    match (kind, from) {
        (_, from) if from == to => false,
        // What is given up is refunded once it is; a completed order once nothing of it is left.
        (MoveKind::Refund | MoveKind::Credit, from) => from == Completed || from.is_given_up(),
        (MoveKind::Undo, Completed) => to == Refunded,
        (MoveKind::Undo, _) => to != Refunded || from != Cancelled,
        _ => true,
    }
}
