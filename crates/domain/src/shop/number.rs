//! Numbers of orders, quotes, invoices and credit notes: one series each, from 1 again each year, without gaps. The next
//! one is a function of the last and of the year; the store reads the last and writes the next in the transaction that
//! writes the thing itself, so that nothing that was not kept ever had one.

use crate::words::Words;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named! {
    /// What is numbered.
    Series {
        /// Orders.
        Order = "order", "Order", "Commande";
        /// Quotes.
        Quote = "quote", "Quote", "Devis";
        /// Invoices.
        Invoice = "invoice", "Invoice", "Facture";
        /// Credit notes.
        CreditNote = "credit_note", "Credit note", "Avoir";
    }
}

impl Series {
    /// What its numbers begin with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Order => "CMD",
            Self::Quote => "D",
            Self::Invoice => "F",
            Self::CreditNote => "A",
        }
    }
}

/// A number: `CMD-2026-0189`. Numbers of one series sort as they were given.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
#[serde(try_from = "String", into = "String")]
#[specta(type = String)]
pub struct Number {
    series: Series,
    year: u16,
    n: u32,
}

refusals! {
    /// Why there is no next number.
    NumberRefusal {
        /// The last number is of a later year: numbers follow dates.
        Earlier {
            /// The last number's year.
            last: u16,
        } = "earlier",
            format!("The last number is of {last}: nothing can be numbered for an earlier year."),
            format!("Le dernier numéro est de {last} : rien ne peut être numéroté pour une année antérieure.");
        /// The last number is of another series, or a year has no more numbers: the store is mistaken.
        NoNext = "no_next", "There is no next number here.", "Il n’y a pas de numéro suivant ici.";
    }
}

impl Number {
    /// The one after `last` in this series and this year: 1 in a new year.
    ///
    /// # Errors
    /// [`NumberRefusal::Earlier`] when `last` is of a later year.
    pub fn next(series: Series, last: Option<Self>, year: u16) -> Result<Self, NumberRefusal> {
        let n = match last {
            Some(last) if last.series != series => return Err(NumberRefusal::NoNext),
            Some(last) if last.year > year => {
                return Err(NumberRefusal::Earlier { last: last.year });
            }
            Some(last) if last.year == year => {
                last.n.checked_add(1).ok_or(NumberRefusal::NoNext)?
            }
            _ => 1,
        };
        Ok(Self { series, year, n })
    }

    /// Its series.
    #[must_use]
    pub const fn series(self) -> Series {
        self.series
    }

    /// Its year.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// Its place in the year, from 1.
    #[must_use]
    pub const fn n(self) -> u32 {
        self.n
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:04}-{:04}", self.series.prefix(), self.year, self.n)
    }
}

/// The text is no number of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no number of an order or a document: CMD-2026-0001 is one")]
pub struct NotANumber;

impl NotANumber {
    /// The sentence, in both languages.
    #[must_use]
    pub fn words(self) -> Words {
        Words::new(
            "A number, such as CMD-2026-0001.",
            "Un numéro, tel que CMD-2026-0001.",
        )
    }
}

impl FromStr for Number {
    type Err = NotANumber;
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let mut parts = text.split('-');
        let (Some(prefix), Some(year), Some(n), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotANumber);
        };
        let number = Self {
            series: Series::ALL
                .iter()
                .copied()
                .find(|series| series.prefix() == prefix)
                .ok_or(NotANumber)?,
            year: year.parse().map_err(|_| NotANumber)?,
            n: n.parse().ok().filter(|&n| n > 0).ok_or(NotANumber)?,
        };
        // One number is written in one way.
        if number.to_string() == text {
            Ok(number)
        } else {
            Err(NotANumber)
        }
    }
}

impl TryFrom<String> for Number {
    type Error = NotANumber;
    fn try_from(text: String) -> Result<Self, NotANumber> {
        text.parse()
    }
}

impl From<Number> for String {
    fn from(number: Number) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_each_other_within_a_year_and_begin_again_with_the_next() {
        let mut last = None;
        let mut given = Vec::new();
        for year in [2026, 2026, 2027, 2029, 2029] {
            let next = Number::next(Series::Order, last, year).unwrap();
            given.push(next.to_string());
            last = Some(next);
        }
        assert_eq!(
            given,
            [
                "CMD-2026-0001",
                "CMD-2026-0002",
                "CMD-2027-0001",
                "CMD-2029-0001",
                "CMD-2029-0002"
            ]
        );
        assert_eq!(
            Number::next(Series::Order, last, 2028),
            Err(NumberRefusal::Earlier { last: 2029 })
        );
        assert_eq!(
            Number::next(Series::Invoice, last, 2029),
            Err(NumberRefusal::NoNext)
        );
    }

    #[test]
    fn a_number_is_read_back_from_what_it_shows_and_in_no_other_form() {
        for text in [
            "CMD-2026-0189",
            "F-2026-12345",
            "A-2026-0001",
            "D-2026-0001",
        ] {
            assert_eq!(text.parse::<Number>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "F-2026-1",
            "F-2026-0000",
            "F-2026-00001",
            "X-2026-0001",
            "f-2026-0001",
            "F-2026-+001",
            "F-2026-0001-1",
        ] {
            assert_eq!(text.parse::<Number>(), Err(NotANumber), "{text}");
        }
    }
}
