//! VAT numbers that another program (python-stdnum 2.2) made and judged: forty that are right and twenty that are not, of
//! each country that has a rule here. They are drawn at random, and nobody's on purpose.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helping functions too"
)]

use std::collections::BTreeMap;
use towerify_domain::shop::{Country, Fault, VatNumber};

#[test]
fn check_digits_are_judged_as_another_program_judges_them() {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in include_str!("fixtures/vat_numbers.tsv").lines() {
        let (number, judged) = row.split_once('\t').unwrap();
        let country = match number.get(..2).unwrap() {
            "EL" => "GR",
            code => code,
        };
        let parsed = VatNumber::parse(number, Country::of_code(country).unwrap());
        let judgement = match parsed {
            Ok(_) => "valid",
            Err(Fault::VatCheck | Fault::VatForm { .. }) => "invalid",
            Err(ref other) => {
                wrong.push(format!("{number}: {other}"));
                continue;
            }
        };
        if judgement != judged {
            wrong.push(format!("{number} is {judged}: {parsed:?}"));
        }
        *seen.entry(country).or_default() += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen.len(), 30, "27 of the Union, GB, CH, NO: {seen:?}");
    assert!(seen.values().all(|&n| n == 60), "{seen:?}");
}

/// A check digit finds every single mistyped digit, in the countries that reckon with a prime; here over all of them, how
/// many get through.
#[test]
fn a_single_mistyped_digit_is_nearly_always_found() {
    let (mut changed, mut missed) = (0_u32, 0_u32);
    for row in include_str!("fixtures/vat_numbers.tsv").lines() {
        let Some(number) = row.strip_suffix("\tvalid") else {
            continue;
        };
        let code = number.get(..2).unwrap();
        let country = Country::of_code(if code == "EL" { "GR" } else { code }).unwrap();
        for (at, digit) in number.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
            let other = char::from_digit((digit.to_digit(10).unwrap() + 1) % 10, 10).unwrap();
            let mut mistyped = number.to_owned();
            mistyped.replace_range(at..=at, &other.to_string());
            changed += 1;
            missed += u32::from(VatNumber::parse(&mistyped, country).is_ok());
        }
    }
    assert!(changed > 8_000);
    assert!(missed * 25 < changed, "{missed} of {changed}");
}
