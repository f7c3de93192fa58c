//! Invoices and credit notes, against a table that was worked out by hand, and over whatever orders there are.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helping functions too"
)]

use chrono::NaiveDate;
use proptest::prelude::*;
use towerify_domain::id::{CustomerId, LineId, OrderId, ProductId};
use towerify_domain::shop::invoice::{
    Document, DocumentKind, DocumentRefusal, Draft, Party, Terms,
};
use towerify_domain::shop::order::{Fulfilment, Order, OrderLine};
use towerify_domain::shop::product::{Billing, ProductKind, Sku};
use towerify_domain::shop::vat::VatCategory;
use towerify_domain::shop::{
    Country, Credited, CreditedLine, Currency, Discount, Money, Number, Period, Rate, Series,
    Totals, Vat, VatNumber,
};
use towerify_domain::{Language, Words};
use uuid::Uuid;

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

fn rate(points: u32) -> Rate {
    Rate::new(points).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn number(series: Series, n: u32) -> Number {
    (0..n)
        .fold(None, |last, _| {
            Some(Number::next(series, last, 2026).unwrap())
        })
        .unwrap()
}

fn party(name: &str, vat_number: Option<&str>) -> Party {
    Party {
        name: name.into(),
        street: vec!["4, allée des Tilleuls".into()],
        postal_code: "44000".into(),
        city: "Nantes".into(),
        country: Country::FR,
        vat_number: vat_number.map(|text| VatNumber::parse(text, Country::FR).unwrap()),
        registration: None,
        mail: None,
    }
}

fn terms() -> Terms {
    Terms {
        language: Language::Fr,
        seller: party("Tour & Cie", Some("FR40123456824")),
        buyer: party("Clinique des Glycines", None),
        due_on: Some(day("2026-12-24")),
        note: String::new(),
    }
}

/// A line: unit, set-up, quantity, rate, discount, how often.
fn line(
    n: u128,
    unit: i64,
    set_up: i64,
    quantity: u32,
    vat: Vat,
    discount: Discount,
    billing: Billing,
) -> OrderLine {
    OrderLine {
        id: LineId::from_uuid(Uuid::from_u128(n)),
        product: ProductId::from_uuid(Uuid::from_u128(n)),
        kind: if n == 1 {
            ProductKind::Server
        } else {
            ProductKind::App
        },
        sku: Sku::parse("SKU-1").unwrap(),
        name: Words::new(format!("Product {n}"), format!("Produit {n}")),
        billing,
        unit: euros(unit),
        set_up: euros(set_up),
        quantity,
        discount,
        vat,
        fulfilment: Fulfilment::Waiting,
        since: "2026-11-24T09:14:00Z".parse().unwrap(),
        run: None,
        failure: None,
    }
}

fn order(lines: Vec<OrderLine>, discount: Discount) -> Order {
    let at = "2026-11-24T09:14:00Z".parse().unwrap();
    let customer = CustomerId::from_uuid(Uuid::from_u128(7));
    let cart = Order::cart(
        OrderId::from_uuid(Uuid::from_u128(5)),
        customer,
        Currency::EUR,
        at,
    );
    Order {
        lines,
        discount,
        purchase_order: Some("BC-77".into()),
        ..cart
    }
}

/// The order of the table below.
fn three_rates() -> Order {
    let percent = |points| Discount::Percent { rate: rate(points) };
    let amount = |minor| Discount::Amount {
        amount: euros(minor),
    };
    order(
        vec![
            line(
                1,
                8_900,
                4_990,
                1,
                Vat::at(rate(2_000)),
                percent(1_000),
                Billing::Monthly,
            ),
            line(
                2,
                2_400,
                0,
                3,
                Vat::at(rate(1_000)),
                amount(555),
                Billing::Yearly,
            ),
            line(
                3,
                1_337,
                0,
                2,
                Vat::at(rate(550)),
                percent(3_333),
                Billing::Once,
            ),
        ],
        percent(500),
    )
}

fn issued(draft: Draft, n: u32) -> Document {
    let series = draft.kind.series();
    draft.issued(number(series, n), day("2026-11-24")).unwrap()
}

#[track_caller]
fn comes_to(totals: &Totals, lines: &[i64; 5], by_rate: &[(&str, [i64; 4])]) {
    let sums = [
        totals.lines,
        totals.discount,
        totals.without_vat,
        totals.vat,
        totals.with_vat,
    ];
    assert_eq!(&sums.map(Money::minor), lines);
    let groups: Vec<_> = totals
        .by_rate
        .iter()
        .map(|group| {
            let amounts = [group.lines, group.discount, group.taxable, group.tax];
            (group.vat.rate().plain(), amounts.map(Money::minor))
        })
        .collect();
    let expected: Vec<_> = by_rate
        .iter()
        .map(|(rate, amounts)| ((*rate).to_owned(), *amounts))
        .collect();
    assert_eq!(groups, expected);
}

/// Worked out by hand, in euros:
///
/// | line | price | off | net (BT-131) | VAT |
/// | --- | --- | --- | --- | --- |
/// | 1 server | 89.00 × 1 | 10 % = 8.90 | 80.10 | 20 % |
/// | 2 its setting up | 49.90 × 1 | | 49.90 | 20 % |
/// | 3 app | 24.00 × 3 | 5.55 | 66.45 | 10 % |
/// | 4 app | 13.37 × 2 = 26.74 | 33.33 % = 8.912 → 8.91 | 17.83 | 5.5 % |
/// | | | | **214.28** (BT-106) | |
///
/// 5 % off the whole: 10.714 → **10.71** (BT-107), over the rates 6.4976, 3.3213, 0.8912: cents 6.49, 3.32, 0.89, and the one
/// left over to the greatest remainder.
///
/// | VAT | lines | share | taxed (BT-116) | tax (BT-117) |
/// | --- | --- | --- | --- | --- |
/// | 20 % | 130.00 | 6.50 | 123.50 | 24.70 |
/// | 10 % | 66.45 | 3.32 | 63.13 | 6.313 → 6.31 |
/// | 5.5 % | 17.83 | 0.89 | 16.94 | 0.9317 → 0.93 |
/// | | 214.28 | 10.71 | **203.57** (BT-109) | **31.94** (BT-110) |
///
/// With VAT (BT-112): **235.51**.
///
/// A credit note for one of the three of line 3: net 66.45 ÷ 3 = 22.15, so 1.85 off 24.00; share 3.32 × 22.15 ÷ 66.45 =
/// 1.1067 → 1.11; taxed 21.04; tax 2.104 → 2.10; with VAT **23.14**. Another for the rest: 130.00, 44.30 and 17.83; shares 6.50,
/// 3.32 − 1.11 = 2.21 and 0.89; taxed 123.50, 42.09 and 16.94; tax 24.70, 4.209 → 4.21 and 0.93; with VAT **212.37**, and 23.14
/// + 212.37 = 235.51.
#[test]
fn an_invoice_and_its_credit_notes_come_to_what_was_worked_out_by_hand() {
    let draft = Draft::invoice(&three_rates(), day("2026-11-24"), terms()).unwrap();
    comes_to(
        &draft.totals,
        &[21_428, 1_071, 20_357, 3_194, 23_551],
        &[
            ("20", [13_000, 650, 12_350, 2_470]),
            ("10", [6_645, 332, 6_313, 631]),
            ("5.5", [1_783, 89, 1_694, 93]),
        ],
    );
    let lines: Vec<_> = draft
        .lines
        .iter()
        .map(|line| (line.name.as_str(), line.off.minor(), line.net.minor()))
        .collect();
    assert_eq!(
        lines,
        [
            ("Produit 1", 890, 8_010),
            ("Produit 1, mise en service", 0, 4_990),
            ("Produit 2", 555, 6_645),
            ("Produit 3", 891, 1_783),
        ]
    );
    let periods: Vec<_> = draft
        .lines
        .iter()
        .map(|line| line.period.map(|period| period.to))
        .collect();
    assert_eq!(
        periods,
        [Some(day("2026-12-24")), None, Some(day("2027-11-24")), None]
    );
    let invoice = issued(draft, 311);
    assert_eq!(invoice.number().to_string(), "F-2026-0311");

    let one = Credited::Lines {
        lines: vec![CreditedLine { n: 3, quantity: 1 }],
    };
    let first = invoice.credit(&[], &one).unwrap();
    comes_to(
        &first.totals,
        &[2_215, 111, 2_104, 210, 2_314],
        &[("10", [2_215, 111, 2_104, 210])],
    );
    assert_eq!((first.lines[0].n, first.lines[0].off.minor()), (3, 185));
    let first = issued(first, 1);

    let rest = invoice
        .credit(std::slice::from_ref(&first), &Credited::Whole)
        .unwrap();
    comes_to(
        &rest.totals,
        &[19_213, 960, 18_253, 2_984, 21_237],
        &[
            ("20", [13_000, 650, 12_350, 2_470]),
            ("10", [4_430, 221, 4_209, 421]),
            ("5.5", [1_783, 89, 1_694, 93]),
        ],
    );
    assert_eq!(rest.due().unwrap(), euros(21_237));
    let rest = issued(rest, 2);
    let both = [first, rest];
    assert_eq!(
        invoice.credit(&both, &Credited::Whole),
        Err(DocumentRefusal::Empty),
        "nothing is left"
    );
    assert_eq!(
        invoice.credit(&both, &one),
        Err(DocumentRefusal::NotLeft { n: 3, left: 0 })
    );
}

#[test]
fn a_credit_note_for_the_whole_is_the_mirror_of_its_invoice() {
    let invoice = issued(
        Draft::invoice(&three_rates(), day("2026-11-24"), terms()).unwrap(),
        1,
    );
    let note = invoice.credit(&[], &Credited::Whole).unwrap();
    assert_eq!(
        (note.kind, note.kind.type_code()),
        (DocumentKind::CreditNote, Some("381"))
    );
    assert_eq!(note.credited, Some(invoice.number()));
    assert_eq!(
        (&note.lines, &note.totals),
        (&invoice.body().lines, &invoice.body().totals)
    );
    let note = issued(note, 1);
    assert_eq!(
        note.credit(&[], &Credited::Whole),
        Err(DocumentRefusal::NotAnInvoice)
    );
}

#[test]
fn what_vat_rounded_twice_makes_too_much_is_in_the_last_notes_rounding_amount() {
    // 0.06 at 20 %: 0.012 → 0.01; each half alone: 0.006 → 0.01.
    let twice = order(
        vec![line(
            2,
            3,
            0,
            2,
            Vat::at(rate(2_000)),
            Discount::None,
            Billing::Once,
        )],
        Discount::None,
    );
    let invoice = issued(
        Draft::invoice(&twice, day("2026-11-24"), terms()).unwrap(),
        1,
    );
    let half = Credited::Lines {
        lines: vec![CreditedLine { n: 1, quantity: 1 }],
    };
    let first = issued(invoice.credit(&[], &half).unwrap(), 1);
    let second = invoice.credit(std::slice::from_ref(&first), &half).unwrap();
    assert_eq!(
        (
            first.body().due().unwrap(),
            second.rounding,
            second.due().unwrap()
        ),
        (euros(4), euros(-1), euros(3))
    );
    assert_eq!(invoice.body().due().unwrap(), euros(7));
}

#[test]
fn a_renewal_bills_what_is_paid_again_without_setting_up() {
    let order = three_rates();
    let period = Period::nth(day("2026-11-24"), Billing::Monthly, 1).unwrap();
    let due: Vec<_> = order.lines.iter().map(|line| (line.id, period)).collect();
    let draft = Draft::renewal(&order, &due[..1], terms()).unwrap();
    // 80.10 less 5 % (4.005 → 4.01) is 76.09; VAT 15.218 → 15.22.
    comes_to(
        &draft.totals,
        &[8_010, 401, 7_609, 1_522, 9_131],
        &[("20", [8_010, 401, 7_609, 1_522])],
    );
    let once = Draft::renewal(&order, &due[2..], terms()).unwrap();
    assert_eq!(
        once.check(),
        Err(DocumentRefusal::Empty),
        "what is paid once is not renewed"
    );
}

#[test]
fn a_document_that_lacks_what_the_law_wants_is_not_issued() {
    let draft = Draft::invoice(&three_rates(), day("2026-11-24"), terms()).unwrap();
    let issue = |draft: Draft| draft.issued(number(Series::Invoice, 1), day("2026-11-24"));
    let without_number = Draft {
        seller: party("Tour & Cie", None),
        ..draft.clone()
    };
    assert_eq!(issue(without_number), Err(DocumentRefusal::SellerVat));
    let late = Draft {
        due_on: Some(day("2026-11-23")),
        ..draft.clone()
    };
    assert_eq!(issue(late), Err(DocumentRefusal::Dates));
    let quote = number(Series::Quote, 1);
    assert_eq!(
        draft.clone().issued(quote, day("2026-11-24")),
        Err(DocumentRefusal::WrongNumber)
    );
    let mut touched = draft.clone();
    touched.totals.with_vat = euros(1);
    assert_eq!(issue(touched), Err(DocumentRefusal::Mistaken));
    let mut touched = draft;
    touched.lines[0].net = euros(1);
    assert_eq!(issue(touched), Err(DocumentRefusal::Mistaken));
    let abroad = Vat::none(VatCategory::ReverseCharge);
    let reverse = order(
        vec![line(2, 100, 0, 1, abroad, Discount::None, Billing::Once)],
        Discount::None,
    );
    let draft = Draft::invoice(&reverse, day("2026-11-24"), terms()).unwrap();
    assert_eq!(issue(draft), Err(DocumentRefusal::BuyerVat));
    let nothing = Draft::quote(&order(Vec::new(), Discount::None), terms()).unwrap();
    assert_eq!(nothing.check(), Err(DocumentRefusal::Empty));
}

fn any_order() -> impl Strategy<Value = Order> {
    let one = (
        0_i64..=20_000,
        0_i64..=5_000,
        1_u32..=6,
        0_usize..4,
        0_u32..=10_000,
        0_i64..=20_000,
    );
    let lines = prop::collection::vec(one, 1..6).prop_map(|lines| {
        let lines = (2..)
            .zip(lines)
            .map(|(n, (unit, set_up, quantity, at, points, off))| {
                let discount = match off % 3 {
                    0 => Discount::None,
                    1 => Discount::Percent { rate: rate(points) },
                    _ => Discount::Amount {
                        amount: euros(off.min(unit * i64::from(quantity))),
                    },
                };
                let vat = Vat::at(rate([2_000, 1_000, 550, 0][at]));
                line(n, unit, set_up, quantity, vat, discount, Billing::Monthly)
            });
        lines.collect::<Vec<_>>()
    });
    (lines, 0_u32..=10_000)
        .prop_map(|(lines, points)| order(lines, Discount::Percent { rate: rate(points) }))
}

proptest! {
    #[test]
    fn credit_notes_in_any_parts_give_back_exactly_what_was_billed(of in any_order(), parts in prop::collection::vec((0_usize..12, 1_u32..=3), 0..20)) {
        let invoice = issued(Draft::invoice(&of, day("2026-11-24"), terms()).unwrap(), 1);
        let mut notes: Vec<Document> = Vec::new();
        for (at, quantity) in parts {
            let n = invoice.body().lines[at % invoice.body().lines.len()].n;
            let part = Credited::Lines { lines: vec![CreditedLine { n, quantity }] };
            match invoice.credit(&notes, &part) {
                Ok(note) => notes.push(issued(note, u32::try_from(notes.len()).unwrap() + 1)),
                Err(refusal) => prop_assert!(matches!(refusal, DocumentRefusal::NotLeft { .. }), "{refusal}"),
            }
        }
        if let Ok(rest) = invoice.credit(&notes, &Credited::Whole) {
            notes.push(issued(rest, 99));
        }
        let sum = |of: fn(&Draft) -> Money| Money::sum(notes.iter().map(|note| of(note.body())), Currency::EUR).unwrap();
        let billed = &invoice.body().totals;
        prop_assert_eq!(sum(|note| note.totals.lines), billed.lines);
        prop_assert_eq!(sum(|note| note.totals.discount), billed.discount);
        prop_assert_eq!(sum(|note| note.totals.without_vat), billed.without_vat);
        prop_assert_eq!(sum(|note| note.due().unwrap()), invoice.body().due().unwrap());
        for note in &notes {
            prop_assert_eq!(note.body().check(), Ok(()));
            let json = serde_json::to_string(note).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Document>(&json).unwrap(), note);
        }
    }
}
