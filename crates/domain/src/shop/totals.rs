//! What lines come to: net amounts, the order's discount spread over the rates, VAT by rate, totals. The numbers in
//! brackets are those of EN 16931, whose rules of calculation hold by construction:
//!
//! - BR-CO-10: BT-106 = Σ BT-131, the lines' net amounts
//! - BR-CO-11: BT-107 = Σ BT-92, the shares of the discount, one a rate
//! - BR-CO-13: BT-109 = BT-106 − BT-107 (there are no charges)
//! - BR-CO-14: BT-110 = Σ BT-117
//! - BR-CO-15: BT-112 = BT-109 + BT-110
//! - BR-CO-16: BT-115 = BT-112 − BT-113 + BT-114, see [`Totals::due`]
//! - BR-CO-17: BT-117 = BT-116 × BT-119 ÷ 100, rounded
//! - BR-S-08 and its like: BT-116 = Σ BT-131 − Σ BT-92 of that category and rate

use super::currency::Currency;
use super::money::{Money, MoneyRefusal, Rate};
use super::vat::Vat;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// What is taken off a price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Discount {
    /// Nothing.
    #[default]
    None,
    /// A share, rounded.
    Percent {
        /// The share.
        rate: Rate,
    },
    /// An amount.
    Amount {
        /// The amount.
        amount: Money,
    },
}

refusals! {
    /// Why lines come to nothing that can be written down.
    TotalsRefusal {
        /// A discount is more than what it is taken off, or less than nothing.
        Discount {
            /// The most that can be taken off.
            most: Money,
        } = "discount",
            format!("The discount is more than the amount: at most {}.", most.words().en),
            format!("La remise dépasse le montant : au plus {}.", most.words().fr);
        /// A price is less than nothing.
        Price = "price", "A price is zero or more.", "Un prix est nul ou positif.";
        /// An amount cannot be reckoned.
        Amount {
            /// Why.
            why: MoneyRefusal,
        } = "amount", why.words().en, why.words().fr;
    }
}

impl From<MoneyRefusal> for TotalsRefusal {
    fn from(why: MoneyRefusal) -> Self {
        Self::Amount { why }
    }
}

impl Discount {
    /// What it takes off `gross`.
    pub fn off(self, gross: Money) -> Result<Money, TotalsRefusal> {
        match self {
            Self::None => Ok(Money::zero(gross.currency())),
            Self::Percent { rate } => Ok(gross.share(rate)),
            Self::Amount { amount } => {
                if gross.minus(amount)?.is_negative() || amount.is_negative() {
                    Err(TotalsRefusal::Discount { most: gross })
                } else {
                    Ok(amount)
                }
            }
        }
    }
}

/// A line, as far as its amount goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Priced {
    /// The price of one, without VAT (BT-146).
    pub unit: Money,
    /// How many (BT-129).
    pub quantity: u32,
    /// What is taken off the line (BT-136).
    pub discount: Discount,
    /// Its tax (BT-151, BT-152).
    pub vat: Vat,
}

impl Priced {
    /// Before its discount.
    pub fn gross(&self) -> Result<Money, TotalsRefusal> {
        if self.unit.is_negative() {
            return Err(TotalsRefusal::Price);
        }
        Ok(self.unit.times(self.quantity)?)
    }

    /// What its discount takes off.
    pub fn off(&self) -> Result<Money, TotalsRefusal> {
        self.discount.off(self.gross()?)
    }

    /// Its net amount (BT-131).
    pub fn net(&self) -> Result<Money, TotalsRefusal> {
        Ok(self.gross()?.minus(self.off()?)?)
    }
}

/// The VAT of one category and rate (BG-23).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct VatLine {
    /// Category and rate.
    pub vat: Vat,
    /// The net amounts of its lines.
    pub lines: Money,
    /// Its share of the discount on the whole (BT-92).
    pub discount: Money,
    /// What is taxed (BT-116).
    pub taxable: Money,
    /// The tax (BT-117).
    pub tax: Money,
}

impl VatLine {
    /// Of these net amounts and this share of the discount.
    pub(super) fn of(vat: Vat, lines: Money, discount: Money) -> Result<Self, MoneyRefusal> {
        let taxable = lines.minus(discount)?;
        Ok(Self {
            vat,
            lines,
            discount,
            taxable,
            tax: taxable.share(vat.rate()),
        })
    }
}

/// What lines come to (BG-22).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Totals {
    /// The lines' net amounts together (BT-106).
    pub lines: Money,
    /// The discount on the whole (BT-107).
    pub discount: Money,
    /// Without VAT (BT-109).
    pub without_vat: Money,
    /// The VAT (BT-110).
    pub vat: Money,
    /// With VAT (BT-112).
    pub with_vat: Money,
    /// By category and rate, the highest rate of a category first.
    pub by_rate: Vec<VatLine>,
}

impl Totals {
    /// The sums of these.
    pub(super) fn of(by_rate: Vec<VatLine>, currency: Currency) -> Result<Self, MoneyRefusal> {
        let sum = |of: fn(&VatLine) -> Money| Money::sum(by_rate.iter().map(of), currency);
        let (lines, discount) = (sum(|line| line.lines)?, sum(|line| line.discount)?);
        let (without_vat, vat) = (lines.minus(discount)?, sum(|line| line.tax)?);
        Ok(Self {
            lines,
            discount,
            without_vat,
            vat,
            with_vat: without_vat.plus(vat)?,
            by_rate,
        })
    }

    /// What is still due (BT-115) after `paid` (BT-113), with the rounding amount (BT-114).
    pub fn due(&self, paid: Money, rounding: Money) -> Result<Money, MoneyRefusal> {
        self.with_vat.minus(paid)?.plus(rounding)
    }
}

/// What these lines come to, with this discount on the whole, which is spread over the rates in proportion to their lines
/// without losing a cent.
///
/// # Errors
/// A discount that is more than what it is taken off, a negative price, another currency, too large an amount.
pub fn totals(
    lines: &[Priced],
    discount: Discount,
    currency: Currency,
) -> Result<Totals, TotalsRefusal> {
    let mut groups: Vec<(Vat, Money)> = Vec::new();
    for line in lines {
        let net = line.net()?;
        match groups.iter_mut().find(|(vat, _)| *vat == line.vat) {
            Some((_, sum)) => *sum = sum.plus(net)?,
            None => groups.push((line.vat, Money::zero(currency).plus(net)?)),
        }
    }
    groups.sort_by_key(|(vat, _)| (vat.category(), Reverse(vat.rate())));
    let whole = Money::sum(groups.iter().map(|group| group.1), currency)?;
    let weights: Vec<u64> = groups
        .iter()
        .map(|(_, net)| net.minor().unsigned_abs())
        .collect();
    let shares = discount.off(whole)?.divided(&weights)?;
    let by_rate = groups
        .into_iter()
        .zip(shares)
        .map(|((vat, net), share)| VatLine::of(vat, net, share))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Totals::of(by_rate, currency)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shop::vat::VatCategory;

    fn euros(minor: i64) -> Money {
        Money::new(minor, Currency::EUR).unwrap()
    }

    fn line(unit: i64, quantity: u32, rate: u32) -> Priced {
        Priced {
            unit: euros(unit),
            quantity,
            discount: Discount::None,
            vat: Vat::at(Rate::new(rate).unwrap()),
        }
    }

    #[test]
    fn the_tax_is_rounded_once_a_rate_and_not_once_a_line() {
        // 20 % of 0.03 is 0.006: a cent each, were it rounded line by line.
        let sum = totals(&[line(3, 1, 2_000); 3], Discount::None, Currency::EUR).unwrap();
        assert_eq!(
            (sum.without_vat, sum.vat, sum.with_vat),
            (euros(9), euros(2), euros(11))
        );
    }

    #[test]
    fn a_discount_on_the_whole_is_spread_over_the_rates_in_proportion() {
        let lines = [line(6_667, 1, 550), line(3_333, 1, 2_000)];
        let discount = Discount::Amount {
            amount: euros(1_000),
        };
        let sum = totals(&lines, discount, Currency::EUR).unwrap();
        let shares: Vec<_> = sum.by_rate.iter().map(|line| line.discount).collect();
        assert_eq!(shares, [euros(333), euros(667)], "20 % stands first");
        assert_eq!(sum.without_vat, euros(9_000));
    }

    #[test]
    fn a_discount_is_at_most_what_it_is_taken_off() {
        let more = Discount::Amount { amount: euros(101) };
        let refused = Err(TotalsRefusal::Discount { most: euros(100) });
        assert_eq!(totals(&[line(100, 1, 0)], more, Currency::EUR), refused);
        let lines = [Priced {
            discount: more,
            ..line(100, 1, 0)
        }];
        assert_eq!(totals(&lines, Discount::None, Currency::EUR), refused);
        let negative = Discount::Amount { amount: euros(-1) };
        assert_eq!(totals(&[line(100, 1, 0)], negative, Currency::EUR), refused);
        let whole = Discount::Percent {
            rate: Rate::new(10_000).unwrap(),
        };
        let sum = totals(&[line(100, 1, 2_000)], whole, Currency::EUR).unwrap();
        assert_eq!(sum.with_vat, euros(0));
    }

    #[test]
    fn lines_without_tax_stand_apart_by_their_reason() {
        let mut exempt = line(100, 1, 0);
        exempt.vat = Vat::none(VatCategory::Exempt);
        let sum = totals(
            &[exempt, line(100, 1, 0), line(100, 1, 2_000)],
            Discount::None,
            Currency::EUR,
        )
        .unwrap();
        let codes: Vec<_> = sum
            .by_rate
            .iter()
            .map(|line| line.vat.category().code())
            .collect();
        assert_eq!(codes, ["S", "Z", "E"]);
    }

    #[test]
    fn nothing_comes_to_nothing() {
        let sum = totals(&[], Discount::None, Currency::EUR).unwrap();
        assert_eq!((sum.with_vat, sum.by_rate.len()), (euros(0), 0));
        let some = Discount::Amount { amount: euros(1) };
        assert!(totals(&[], some, Currency::EUR).is_err());
    }
}
