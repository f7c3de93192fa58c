//! Amounts: whole minor units (cents) with their currency. Nothing here is a floating-point number.
//!
//! **Rounding, once and for all:** where a share of an amount is not whole (a discount in per cent, VAT), it is rounded to
//! the minor unit, halves away from zero. EN 16931 asks for two decimals and sums of rounded amounts (BR-CO-17:
//! BT-117 = BT-116 × BT-119 ÷ 100, rounded; BR-CO-14: BT-110 = Σ BT-117) and does not say where a half goes. Away from
//! zero is what the CEN's own rules compute for what is positive, what French tax law asks for (0.5 cent counts for one),
//! and it is the same on both sides of zero, so that a credit note is the mirror of its invoice. It is done once a
//! line (the discount) and once a VAT rate (the tax), never on a sum.
//!
//! How an amount is shown is left to the faces ([`Money::plain`] is for files and for sentences).

use super::currency::Currency;
use super::fault::Fault;
use super::typed::typed;
use crate::words::Words;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The greatest amount, in minor units: what JavaScript still counts exactly (2⁵³ − 1).
pub const MOST: i64 = 9_007_199_254_740_991;

refusals! {
    /// What cannot be reckoned.
    MoneyRefusal {
        /// Two amounts are in different currencies.
        Currencies {
            /// The one's.
            left: Currency,
            /// The other's.
            right: Currency,
        } = "currencies",
            format!("{left} and {right} cannot be reckoned together."),
            format!("On ne peut pas calculer ensemble des {left} et des {right}.");
        /// The result is greater than any amount here may be.
        TooLarge = "too_large",
            "This comes to more than can be reckoned here.",
            "Le résultat dépasse ce qui peut être calculé ici.";
        /// There is nothing to divide the amount over.
        Nothing = "nothing",
            "There is nothing to divide this amount over.",
            "Il n’y a rien sur quoi répartir ce montant.";
    }
}

/// An amount: whole minor units of a currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
pub struct Money {
    /// Bounded by [`MOST`], so that the interface counts with it exactly.
    #[specta(type = i32)]
    minor: i64,
    currency: Currency,
}

impl Money {
    /// That many minor units (cents).
    pub fn new(minor: i64, currency: Currency) -> Result<Self, MoneyRefusal> {
        Self::bounded(i128::from(minor), currency)
    }

    /// None.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    fn bounded(minor: i128, currency: Currency) -> Result<Self, MoneyRefusal> {
        i64::try_from(minor)
            .ok()
            .filter(|minor| (-MOST..=MOST).contains(minor))
            .map(|minor| Self { minor, currency })
            .ok_or(MoneyRefusal::TooLarge)
    }

    /// What a person types, in French or in English: `1 234,50`, `1,234.50`, `1234.5`, `12 €`. Spaces, apostrophes, commas
    /// and dots may stand between thousands. Refused: more decimals than the currency has, and a single sign with three
    /// digits after it, which could be meant either way.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, Fault> {
        let symbol = currency.sign();
        let mut text = text.trim();
        let mut negative = false;
        for mark in ["", currency.code(), symbol.as_str()] {
            if let Some(rest) = text.strip_prefix(['-', '−']).filter(|_| !negative) {
                (text, negative) = (rest.trim(), true);
            }
            if mark.is_empty() {
                continue;
            }
            let bare = text.strip_prefix(mark).or_else(|| text.strip_suffix(mark));
            text = bare.unwrap_or(text).trim();
        }
        if let Some(rest) = text.strip_prefix(['-', '−']).filter(|_| !negative) {
            (text, negative) = (rest.trim(), true);
        }
        let minor = typed(text, currency.decimals())?;
        Self::bounded(if negative { -minor } else { minor }, currency).map_err(|_| Fault::TooLarge)
    }

    /// As [`Money::parse`], for what is never less than zero.
    pub fn parse_price(text: &str, currency: Currency) -> Result<Self, Fault> {
        let amount = Self::parse(text, currency)?;
        if amount.is_negative() {
            Err(Fault::Negative)
        } else {
            Ok(amount)
        }
    }

    /// The minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// Its currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Exactly none.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Less than none.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// More than none.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Result<Self, MoneyRefusal> {
        self.same(other)?;
        Self::bounded(
            i128::from(self.minor) + i128::from(other.minor),
            self.currency,
        )
    }

    /// Without the other.
    pub fn minus(self, other: Self) -> Result<Self, MoneyRefusal> {
        self.same(other)?;
        Self::bounded(
            i128::from(self.minor) - i128::from(other.minor),
            self.currency,
        )
    }

    /// So many times.
    pub fn times(self, n: u32) -> Result<Self, MoneyRefusal> {
        Self::bounded(i128::from(self.minor) * i128::from(n), self.currency)
    }

    /// This share of it, rounded (see the module).
    #[must_use]
    pub fn share(self, rate: Rate) -> Self {
        self.part(i128::from(rate.basis_points()), i128::from(Rate::WHOLE))
    }

    /// `of` parts of `whole`, rounded; at most all of it, so that no bound is passed. Nothing of nothing is nothing.
    pub(super) fn part(self, of: i128, whole: i128) -> Self {
        let minor = if whole == 0 {
            0
        } else {
            rounded(i128::from(self.minor) * of, whole)
        };
        Self {
            minor: i64::try_from(minor).unwrap_or(self.minor),
            currency: self.currency,
        }
    }

    /// All together; none of them is zero of `currency`.
    pub fn sum(
        amounts: impl IntoIterator<Item = Self>,
        currency: Currency,
    ) -> Result<Self, MoneyRefusal> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::plus)
    }

    /// Divides it over shares of these weights, so that the parts sum to it exactly: each gets its whole minor units, and
    /// those left over go to the greatest remainders, the first of equals first. A part is never more than its weight
    /// when the amount is not more than all weights together.
    pub fn divided(self, weights: &[u64]) -> Result<Vec<Self>, MoneyRefusal> {
        let whole: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
        if whole == 0 {
            return if self.is_zero() {
                Ok(vec![self; weights.len()])
            } else {
                Err(MoneyRefusal::Nothing)
            };
        }
        let sign = if self.is_negative() { -1 } else { 1 };
        let amount = i128::from(self.minor) * sign;
        let mut parts: Vec<(i128, i128)> = weights
            .iter()
            .map(|&weight| amount * i128::from(weight))
            .map(|exact| (exact / whole, exact % whole))
            .collect();
        let left = amount - parts.iter().map(|part| part.0).sum::<i128>();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|&n| std::cmp::Reverse(parts.get(n).map(|part| part.1)));
        for n in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
            if let Some(part) = parts.get_mut(n) {
                part.0 += 1;
            }
        }
        parts
            .into_iter()
            .map(|(part, _)| Self::bounded(part * sign, self.currency))
            .collect()
    }

    /// The same in the other direction.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self {
            minor: -self.minor,
            currency: self.currency,
        }
    }

    /// The number alone, with a dot and all decimals (`1234.50`): what files and EN 16931 take.
    #[must_use]
    pub fn plain(self) -> String {
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = self.minor.unsigned_abs();
        match self.currency.decimals() {
            0 => format!("{sign}{digits}"),
            n => {
                let one = 10_u64.pow(n);
                let width = n as usize;
                format!("{sign}{}.{:0width$}", digits / one, digits % one)
            }
        }
    }

    /// In a sentence: the number and the currency's letters.
    #[must_use]
    pub fn words(self) -> Words {
        let plain = self.plain();
        let currency = self.currency;
        Words::new(
            format!("{plain} {currency}"),
            format!("{}\u{a0}{currency}", plain.replace('.', ",")),
        )
    }

    pub(super) fn same(self, other: Self) -> Result<(), MoneyRefusal> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyRefusal::Currencies {
                left: self.currency,
                right: other.currency,
            })
        }
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.plain(), self.currency)
    }
}

/// A share of a whole, in basis points (hundredths of a per cent): 2 000 is 20 %. From 0 to 100 %.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
#[serde(try_from = "u32", into = "u32")]
#[specta(type = u32)]
pub struct Rate(u32);

impl Rate {
    /// All of it.
    pub const WHOLE: u32 = 10_000;

    /// None of it.
    pub const ZERO: Self = Self(0);

    /// So many basis points.
    pub const fn new(basis_points: u32) -> Result<Self, Fault> {
        if basis_points <= Self::WHOLE {
            Ok(Self(basis_points))
        } else {
            Err(Fault::NotAShare)
        }
    }

    /// What a person types: `20`, `5,5 %`, `2.1%`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let bare = text.strip_suffix('%').unwrap_or(text);
        let points = typed(bare.trim(), 2)?;
        u32::try_from(points)
            .map_err(|_| Fault::NotAShare)
            .and_then(Self::new)
    }

    /// In basis points.
    #[must_use]
    pub const fn basis_points(self) -> u32 {
        self.0
    }

    /// In per cent, with a dot and as few decimals as it takes (`20`, `5.5`): what files take.
    #[must_use]
    pub fn plain(self) -> String {
        let text = format!("{}.{:02}", self.0 / 100, self.0 % 100);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

impl TryFrom<u32> for Rate {
    type Error = Fault;
    fn try_from(basis_points: u32) -> Result<Self, Fault> {
        Self::new(basis_points)
    }
}

impl From<Rate> for u32 {
    fn from(rate: Rate) -> Self {
        rate.0
    }
}

/// The quotient to the nearest whole number, halves away from zero. The divisor is positive.
pub(super) fn rounded(dividend: i128, divisor: i128) -> i128 {
    let half = divisor / 2;
    let away = if dividend < 0 { -half } else { half };
    // An odd divisor has no half: below and above `divisor / 2` fall to their own sides all the same.
    (dividend + away) / divisor
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Rule;

    fn euros(minor: i64) -> Money {
        Money::new(minor, Currency::EUR).unwrap()
    }

    #[test]
    fn an_amount_is_read_as_people_type_it_in_both_languages() {
        for (text, minor) in [
            ("12", 1_200),
            ("12,5", 1_250),
            ("12.50", 1_250),
            ("1 234,50", 123_450),
            ("1\u{202f}234,50\u{a0}€", 123_450),
            ("1,234.50", 123_450),
            ("1.234,50", 123_450),
            ("1’234.50", 123_450),
            ("1,234,567", 123_456_700),
            ("€ 12", 1_200),
            ("EUR 12.00", 1_200),
            ("-3,20 €", -320),
            ("€-3.20", -320),
            ("−3", -300),
            ("0,05", 5),
            ("00", 0),
            ("90071992547409,91", MOST),
        ] {
            assert_eq!(
                Money::parse(text, Currency::EUR),
                Ok(euros(minor)),
                "{text}"
            );
        }
    }

    #[test]
    fn an_amount_that_is_not_plain_is_refused_with_what_to_do() {
        let check = |text: &str, fault: Fault| {
            assert_eq!(Money::parse(text, Currency::EUR), Err(fault), "{text}");
        };
        check("", Rule::Required.into());
        check("  ", Rule::Required.into());
        check("1,234", Fault::Ambiguous);
        check("1.234", Fault::Ambiguous);
        check("0,125", Fault::TooManyDecimals { most: 2 });
        check("1234.567", Fault::TooManyDecimals { most: 2 });
        check("1 234,5678", Fault::TooManyDecimals { most: 2 });
        for text in [
            "twelve",
            "12 50",
            "1 23",
            "1,2,3",
            "12.",
            ",5",
            "1.2,3.4",
            "--3",
            "1e3",
            "١٢",
            "12$",
            "1 234.567,8 9",
        ] {
            check(text, Fault::NotANumber);
        }
        check("90071992547409,92", Fault::TooLarge);
        check(&"9".repeat(400), Fault::TooLarge);
        assert_eq!(
            Money::parse_price("-1", Currency::EUR),
            Err(Fault::Negative)
        );
    }

    #[test]
    fn a_currency_without_decimals_takes_none() {
        let yen = Currency::parse("jpy").unwrap();
        assert_eq!(Money::parse("1,234", yen).unwrap().minor(), 1_234);
        assert_eq!(
            Money::parse("12.5", yen),
            Err(Fault::TooManyDecimals { most: 0 })
        );
        assert_eq!(Money::new(1_234, yen).unwrap().plain(), "1234");
    }

    #[test]
    fn halves_go_away_from_zero_on_both_sides() {
        for (dividend, divisor, quotient) in [
            (5, 10, 1),
            (4, 10, 0),
            (-5, 10, -1),
            (-4, 10, 0),
            (15, 10, 2),
            (25, 10, 3),
            (1, 3, 0),
            (2, 3, 1),
            (-2, 3, -1),
        ] {
            assert_eq!(rounded(dividend, divisor), quotient, "{dividend}/{divisor}");
        }
        // 5.5 % of 3.00 is 16.5 cents.
        assert_eq!(euros(300).share(Rate::new(550).unwrap()), euros(17));
        assert_eq!(euros(-300).share(Rate::new(550).unwrap()), euros(-17));
    }

    #[test]
    fn amounts_of_two_currencies_are_not_reckoned_together() {
        let yen = Money::zero(Currency::parse("JPY").unwrap());
        assert!(matches!(
            euros(1).plus(yen),
            Err(MoneyRefusal::Currencies { .. })
        ));
        assert_eq!(euros(MOST).plus(euros(1)), Err(MoneyRefusal::TooLarge));
        assert_eq!(euros(MOST).times(u32::MAX), Err(MoneyRefusal::TooLarge));
    }

    #[test]
    fn an_amount_is_divided_without_losing_a_cent() {
        let check = |amount: i64, weights: &[u64], expected: &[i64]| {
            let parts = euros(amount).divided(weights).unwrap();
            let minor: Vec<i64> = parts.into_iter().map(Money::minor).collect();
            assert_eq!(minor, expected);
        };
        check(100, &[1, 1, 1], &[34, 33, 33]);
        check(-100, &[1, 1, 1], &[-34, -33, -33]);
        check(10, &[99, 1], &[10, 0]);
        check(5, &[0, 5, 0], &[0, 5, 0]);
        check(0, &[0, 0], &[0, 0]);
        assert_eq!(euros(1).divided(&[0]), Err(MoneyRefusal::Nothing));
        assert_eq!(euros(1).divided(&[]), Err(MoneyRefusal::Nothing));
    }

    #[test]
    fn a_rate_is_read_and_written_in_per_cent() {
        for (text, points, plain) in [
            ("20", 2_000, "20"),
            ("5,5 %", 550, "5.5"),
            ("2.10%", 210, "2.1"),
            ("0", 0, "0"),
            ("100", 10_000, "100"),
        ] {
            let rate = Rate::parse(text).unwrap();
            assert_eq!(
                (rate.basis_points(), rate.plain().as_str()),
                (points, plain)
            );
        }
        assert_eq!(Rate::parse("100,01"), Err(Fault::NotAShare));
        assert_eq!(
            Rate::parse("0.125"),
            Err(Fault::TooManyDecimals { most: 2 })
        );
        assert_eq!(Rate::parse("-5"), Err(Fault::NotANumber));
    }
}
