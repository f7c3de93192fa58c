//! Currencies: those of ISO 4217 that people pay with and invoices can be in.

use super::fault::Fault;
use iso_currency::{Currency as Iso, IntoEnumIterator as _};
use serde::{Deserialize, Serialize};
use std::fmt;

/// EN 16931 carries at most two decimals (BR-DEC-…).
const MOST_DECIMALS: u16 = 2;

/// A currency of ISO 4217 that amounts here can be in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(try_from = "String", into = "String")]
#[specta(type = String)]
pub struct Currency(Iso);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(Iso::EUR);

    /// The currency that a person means by these three letters: one that is in use today.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Iso::from_code(&text.trim().to_ascii_uppercase())
            .filter(|&iso| is_money(iso) && iso.is_superseded().is_none())
            .map(Self)
            .ok_or(Fault::NotACurrency)
    }

    /// Those in use today, by code.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all: Vec<_> = Iso::iter()
            .filter(|&iso| is_money(iso) && iso.is_superseded().is_none())
            .map(Self)
            .collect();
        all.sort_by_key(|currency| currency.code());
        all
    }

    /// Its three letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Its sign, such as €.
    #[must_use]
    pub fn sign(self) -> String {
        self.0.symbol().symbol
    }

    /// How many decimals its amounts have: 0 or 2.
    #[must_use]
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

/// People pay with it, and an invoice can be in it.
fn is_money(iso: Iso) -> bool {
    !iso.is_fund() && !iso.is_special() && iso.exponent().is_some_and(|n| n <= MOST_DECIMALS)
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// As it is kept: also one that has gone out of use since.
impl TryFrom<String> for Currency {
    type Error = Fault;
    fn try_from(code: String) -> Result<Self, Fault> {
        Iso::from_code(&code)
            .filter(|&iso| is_money(iso))
            .map(Self)
            .ok_or(Fault::NotACurrency)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_one_that_people_pay_with_today() {
        assert_eq!(Currency::parse(" eur ").unwrap(), Currency::EUR);
        for text in ["", "EURO", "XAU", "XXX", "HRK", "CLF", "KWD", "€"] {
            assert_eq!(Currency::parse(text), Err(Fault::NotACurrency), "{text}");
        }
        let kept: Currency = serde_json::from_str("\"HRK\"").unwrap();
        assert_eq!(kept.code(), "HRK", "what is kept is read all the same");
        assert!(serde_json::from_str::<Currency>("\"XAU\"").is_err());
        let all = Currency::all();
        assert!(all.len() > 130 && all.contains(&Currency::EUR));
    }
}
