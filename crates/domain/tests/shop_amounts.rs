//! Properties of amounts and totals, over whatever amounts there are.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helping functions too"
)]

use proptest::prelude::*;
use towerify_domain::shop::{
    Currency, Discount, Money, Priced, Rate, TaxClass, TaxRates, Treatment, Vat, totals,
};

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

fn rate(points: u32) -> Rate {
    Rate::new(points).unwrap()
}

fn discounts(most: i64) -> impl Strategy<Value = Discount> {
    prop_oneof![
        Just(Discount::None),
        (0..=Rate::WHOLE).prop_map(|points| Discount::Percent { rate: rate(points) }),
        (0..=most).prop_map(|minor| Discount::Amount {
            amount: euros(minor)
        }),
    ]
}

fn vats() -> impl Strategy<Value = Vat> {
    let rates = TaxRates {
        standard: rate(2_000),
        intermediate: rate(1_000),
        reduced: rate(550),
        super_reduced: rate(210),
    };
    let (treatments, classes) = (Treatment::ALL.len(), TaxClass::ALL.len());
    (0..treatments, 0..classes)
        .prop_map(move |(t, c)| Treatment::ALL[t].tax(TaxClass::ALL[c], &rates))
}

fn lines() -> impl Strategy<Value = Vec<Priced>> {
    let line = (0_i64..=5_000_000, 1_u32..=50, vats()).prop_flat_map(|(unit, quantity, vat)| {
        discounts(unit * i64::from(quantity)).prop_map(move |discount| Priced {
            unit: euros(unit),
            quantity,
            discount,
            vat,
        })
    });
    prop::collection::vec(line, 0..12)
}

proptest! {
    #[test]
    fn an_amount_is_read_back_from_what_it_shows(minor in -9_007_199_254_740_991_i64..=9_007_199_254_740_991) {
        let amount = euros(minor);
        prop_assert_eq!(Money::parse(&amount.words().en, Currency::EUR), Ok(amount));
        prop_assert_eq!(Money::parse(&amount.words().fr, Currency::EUR), Ok(amount));
        let json = serde_json::to_string(&amount).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), amount);
    }

    #[test]
    fn whatever_is_typed_is_read_or_refused(text in "\\PC{0,30}") {
        let _ = Money::parse(&text, Currency::EUR);
        let _ = Rate::parse(&text);
        let _ = Currency::parse(&text);
        for code in ["FR", "GB", "IE", "ES", "US"] {
            let country = towerify_domain::shop::Country::of_code(code).unwrap();
            let _ = towerify_domain::shop::VatNumber::parse(&text, country);
        }
    }

    #[test]
    fn a_share_is_within_half_a_cent_and_the_same_on_both_sides_of_zero(minor in 0_i64..=1_000_000_000_000, points in 0..=Rate::WHOLE) {
        let share = euros(minor).share(rate(points));
        let off = i128::from(share.minor()) * 10_000 - i128::from(minor) * i128::from(points);
        prop_assert!((-5_000 < off) && (off <= 5_000), "halves go up: {off}");
        prop_assert_eq!(euros(-minor).share(rate(points)), share.negated());
        prop_assert!(share.minor() <= minor);
    }

    #[test]
    fn parts_sum_to_the_whole_and_none_is_off_by_a_cent(minor in -1_000_000_000_i64..=1_000_000_000, weights in prop::collection::vec(0_u64..=1_000_000_000, 1..20)) {
        let whole: u64 = weights.iter().sum();
        prop_assume!(whole > 0);
        let parts = euros(minor).divided(&weights).unwrap();
        prop_assert_eq!(Money::sum(parts.iter().copied(), Currency::EUR).unwrap(), euros(minor));
        for (part, weight) in parts.iter().zip(&weights) {
            let exact = i128::from(minor) * i128::from(*weight);
            let off = (i128::from(part.minor()) * i128::from(whole) - exact).abs();
            prop_assert!(off < i128::from(whole));
            if minor.unsigned_abs() <= whole {
                prop_assert!(part.minor().unsigned_abs() <= *weight);
            }
        }
    }

    #[test]
    fn the_rules_of_en_16931_hold(lines in lines(), discount in discounts(2_000_000)) {
        let Ok(sum) = totals(&lines, discount, Currency::EUR) else {
            let net = Money::sum(lines.iter().map(|line| line.net().unwrap()), Currency::EUR).unwrap();
            prop_assert!(matches!(discount, Discount::Amount { amount } if amount.minor() > net.minor()), "nothing else is refused");
            return Ok(());
        };
        let add = |amounts: Vec<Money>| Money::sum(amounts, Currency::EUR).unwrap();
        let each = |of: fn(&towerify_domain::shop::VatLine) -> Money| add(sum.by_rate.iter().map(of).collect());
        // BR-CO-10, 11, 13, 14, 15.
        prop_assert_eq!(sum.lines, add(lines.iter().map(|line| line.net().unwrap()).collect()));
        prop_assert_eq!(sum.discount, each(|line| line.discount));
        prop_assert_eq!(sum.without_vat, sum.lines.minus(sum.discount).unwrap());
        prop_assert_eq!(sum.vat, each(|line| line.tax));
        prop_assert_eq!(sum.with_vat, sum.without_vat.plus(sum.vat).unwrap());
        // BR-CO-16.
        let paid = euros(sum.with_vat.minor() / 3);
        prop_assert_eq!(sum.due(paid, euros(0)).unwrap(), sum.with_vat.minus(paid).unwrap());
        for group in &sum.by_rate {
            // BR-S-08 and its like, BR-CO-17 (BR-E-09, BR-AE-09, BR-G-09, BR-Z-09: none).
            let of_group = lines.iter().filter(|line| line.vat == group.vat);
            prop_assert_eq!(group.lines, add(of_group.map(|line| line.net().unwrap()).collect()));
            prop_assert_eq!(group.taxable, group.lines.minus(group.discount).unwrap());
            prop_assert_eq!(group.tax, group.taxable.share(group.vat.rate()));
            prop_assert!(!group.discount.is_negative() && !group.taxable.is_negative());
        }
        let mut vats: Vec<_> = sum.by_rate.iter().map(|group| group.vat).collect();
        vats.sort();
        vats.dedup();
        prop_assert_eq!(vats.len(), sum.by_rate.len(), "each stands once");
    }
}
