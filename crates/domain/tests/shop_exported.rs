//! Every type of the shop that the interface shares can be written as TypeScript, in the form that JSON has.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helping functions too"
)]

use towerify_domain::shop::categories::CategoryRefusal;
use towerify_domain::shop::invoice::DocumentRefusal;
use towerify_domain::shop::order::{
    Fulfilment, MoveKind, OrderRefusal, OrderState, PaymentMethod, PaymentState,
};
use towerify_domain::shop::product::ProductRefusal;
use towerify_domain::shop::{
    Billing, Category, Credited, CustomerDetails, CustomerForm, Document, DocumentKind, FieldFault,
    Order, Product, ProductForm, ProductKind, Series, Standing, TaxClass, TaxRates, Treatment,
    VatCategory,
};

#[test]
fn the_interface_gets_the_shapes_that_json_has() {
    let types = specta::Types::default()
        .register::<Category>()
        .register::<CategoryRefusal>()
        .register::<Credited>()
        .register::<CustomerDetails>()
        .register::<CustomerForm>()
        .register::<Document>()
        .register::<DocumentRefusal>()
        .register::<FieldFault>()
        .register::<MoveKind>()
        .register::<Order>()
        .register::<OrderRefusal>()
        .register::<PaymentState>()
        .register::<Product>()
        .register::<ProductForm>()
        .register::<ProductRefusal>()
        .register::<Standing>()
        .register::<TaxRates>();
    let code = specta_typescript::Typescript::default()
        .export(&types, specta_serde::Format)
        .unwrap();
    for expected in [
        "export type Currency = string;",
        "export type Country = string;",
        "export type Number = string;",
        "export type Rate = number;",
        "export type VatNumber = string;",
    ] {
        assert!(code.contains(expected), "{expected} in\n{code}");
    }
    assert!(code.contains("minor: number"), "{code}");
}

#[test]
fn names_in_json_are_the_names_in_the_store() {
    macro_rules! check {
        ($($type:ident),+) => {$(
            for &value in $type::ALL {
                let json = serde_json::to_value(value).unwrap();
                assert_eq!(json.as_str(), Some(value.name()));
                assert_eq!($type::named(value.name()), Some(value));
            }
        )+};
    }
    check!(
        Billing,
        DocumentKind,
        Fulfilment,
        MoveKind,
        OrderState,
        PaymentMethod,
        PaymentState,
        ProductKind,
        Series,
        Standing,
        TaxClass,
        Treatment,
        VatCategory
    );
}
