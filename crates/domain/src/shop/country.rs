//! Countries: their two letters, their names, and what they are to a VAT number.

use super::fault::Fault;
use super::names_of_countries::COUNTRIES;
use crate::words::Words;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The members of the European Union.
const UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// A country of ISO 3166-1, by its two letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, specta::Type)]
#[specta(type = String)]
pub struct Country(&'static str);

impl Country {
    /// France.
    pub const FR: Self = Self("FR");

    /// The country of these two letters, or of this name in English or French.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let upper = text.to_ascii_uppercase();
        if let Some(country) = Self::of_code(&upper) {
            return Ok(country);
        }
        let small = text.to_lowercase();
        COUNTRIES
            .iter()
            .find(|(_, en, fr)| en.to_lowercase() == small || fr.to_lowercase() == small)
            .map(|&(code, _, _)| Self(code))
            .ok_or(Fault::NotACountry)
    }

    /// The country of exactly these two letters.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        let at = COUNTRIES.binary_search_by_key(&code, |row| row.0).ok()?;
        COUNTRIES.get(at).map(|row| Self(row.0))
    }

    /// All of them, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        COUNTRIES.iter().map(|row| Self(row.0))
    }

    /// Its two letters.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.0
    }

    /// Its name.
    #[must_use]
    pub fn words(self) -> Words {
        COUNTRIES
            .iter()
            .find(|row| row.0 == self.0)
            .map_or_else(|| Words::same(self.0), |row| Words::new(row.1, row.2))
    }

    /// It is a member of the European Union, or belongs to the territory of one for VAT (Monaco to France; directive
    /// 2006/112/EC, article 7).
    #[must_use]
    pub fn is_in_the_union(self) -> bool {
        UNION.contains(&self.0) || self.0 == "MC"
    }

    /// The country whose VAT numbers are used there.
    #[must_use]
    pub fn of_vat_numbers(self) -> Self {
        match self.0 {
            "MC" => Self::FR,
            "IM" => Self("GB"),
            code => Self(code),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::of_code(&code).ok_or_else(|| D::Error::custom(Fault::NotACountry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_found_by_its_letters_and_by_its_name_in_both_languages() {
        for text in ["fr", " FR ", "France", "france"] {
            assert_eq!(Country::parse(text), Ok(Country::FR), "{text}");
        }
        assert_eq!(Country::parse("allemagne").unwrap().code(), "DE");
        assert_eq!(Country::parse("germany").unwrap().words().fr, "Allemagne");
        for text in ["", "XX", "UK", "FRA", "Atlantide"] {
            assert_eq!(Country::parse(text), Err(Fault::NotACountry), "{text}");
        }
    }

    #[test]
    fn the_codes_are_those_of_iso_3166_in_order() {
        assert!(COUNTRIES.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(COUNTRIES.len(), 249);
        for (code, en, fr) in COUNTRIES {
            assert!(code.parse::<iso_currency::Country>().is_ok(), "{code}");
            assert!(!en.is_empty() && !fr.is_empty() && en != code);
        }
        assert!(UNION.iter().all(|code| Country::of_code(code).is_some()));
    }

    #[test]
    fn monaco_is_in_the_union_for_vat_and_greece_is_greece() {
        let country = |code| Country::of_code(code).unwrap();
        assert!(country("MC").is_in_the_union());
        assert_eq!(country("MC").of_vat_numbers(), Country::FR);
        assert!(!country("GB").is_in_the_union());
        assert!(!country("CH").is_in_the_union());
    }
}
