//! The machine of orders: from any state, any sequence of moves keeps its rules. Its page is drawn in `orders_page.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helping functions too"
)]

mod random;
mod stories;

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, Utc};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use towerify_domain::id::{
    AccountId, CustomerId, DocumentId, LineId, OrderId, PaymentId, ProductId, RunId,
};
use towerify_domain::policy::Witness;
use towerify_domain::shop::order::{
    By, Credit, Effect, Fulfilment, Move, MoveKind, Order, OrderLine, OrderRefusal, OrderState,
    Payment, PaymentMethod, PaymentState, Renewal, Situation,
};
use towerify_domain::shop::product::{Billing, ProductKind, Sku};
use towerify_domain::shop::renewal::Period;
use towerify_domain::shop::suspension::Suspension;
use towerify_domain::shop::{Currency, Discount, Money, Number, Rate, Series, Vat};
use towerify_domain::{Actor, Role, Words};
use uuid::Uuid;

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

fn begin() -> DateTime<Utc> {
    "2026-11-01T08:00:00Z".parse().unwrap()
}

fn person(role: Role, customer: u128) -> Actor {
    Actor {
        account: AccountId::from_uuid(Uuid::from_u128(1)),
        name: "Camille Morvan".into(),
        role,
        customer: (role != Role::Administrator)
            .then(|| CustomerId::from_uuid(Uuid::from_u128(customer))),
        witness: Witness::default(),
    }
}

fn line(n: u128, kind: ProductKind, unit: i64, set_up: i64, quantity: u32) -> OrderLine {
    OrderLine {
        id: LineId::from_uuid(Uuid::from_u128(n)),
        product: ProductId::from_uuid(Uuid::from_u128(n % 7)),
        kind,
        sku: Sku::parse("SRV-M").unwrap(),
        name: Words::same("Server M"),
        billing: Billing::ALL[(n % 3) as usize],
        unit: euros(unit),
        set_up: euros(set_up),
        quantity,
        discount: Discount::None,
        vat: Vat::at(Rate::new([2_000, 1_000, 550, 0][(n % 4) as usize]).unwrap()),
        fulfilment: Fulfilment::Waiting,
        since: begin(),
        run: None,
        failure: None,
    }
}
