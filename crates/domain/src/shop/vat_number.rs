//! VAT numbers: of the customer's own country, in its form, with fitting check digits. Whether a number is in use only
//! the authorities know (VIES); nothing is asked here.
//!
//! Form and check digits are held for the 27 countries of the Union, the United Kingdom (with Northern Ireland's `XI`),
//! Switzerland and Norway. Form alone: Czech numbers of persons (9 or 10 digits), Latvian ones of persons, Romanian
//! personal numbers are not VAT numbers here. A number of any other country is kept as it is, behind the country's letters.

use super::country::Country;
use super::fault::Fault;
use super::vat_digits::{Bad, rule};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A checked VAT number, with its prefix and without spaces: `FR40123456824`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
#[serde(try_from = "String", into = "String")]
#[specta(type = String)]
pub struct VatNumber(String);

/// Prefixes that are not their country's two letters.
const PREFIXES: [(&str, &str); 3] = [("EL", "GR"), ("XI", "GB"), ("CHE", "CH")];

/// What may follow a Swiss or Norwegian number, and says no more than that it is one.
const SUFFIXES: [&str; 5] = ["MWST", "TVA", "IVA", "VAT", "MVA"];

impl VatNumber {
    /// The number that a person typed for a customer of this country, with or without its prefix. Spaces, dots, hyphens and
    /// slashes do not count.
    ///
    /// # Errors
    /// [`Fault::VatCountry`] when it is a number of another country, [`Fault::VatForm`], [`Fault::VatCheck`].
    pub fn parse(text: &str, customer: Country) -> Result<Self, Fault> {
        let own = customer.of_vat_numbers();
        let text = bare(text);
        if text.is_empty() {
            return Err(crate::field::Rule::Required.into());
        }
        let mut fault = Fault::VatForm { country: own };
        for prefix in prefixes(own) {
            let Some(body) = text.strip_prefix(prefix) else {
                continue;
            };
            match check(own, body) {
                Some(Ok(())) => return Ok(Self::written(prefix, own, body)),
                Some(Err(Bad::Check)) => fault = Fault::VatCheck,
                Some(Err(Bad::Form)) => {}
                None if is_body(body) => return Ok(Self::written(prefix, own, body)),
                None => {}
            }
        }
        match check(own, &text) {
            Some(Ok(())) => return Ok(Self::written(own.code(), own, &text)),
            Some(Err(Bad::Check)) => fault = Fault::VatCheck,
            _ => {}
        }
        if let Some(number) = elsewhere(&text, own) {
            return Err(Fault::VatCountry {
                number,
                customer: own,
            });
        }
        if rule(own.code()).is_none() && is_body(&text) {
            return Ok(Self::written(own.code(), own, &text));
        }
        Err(fault)
    }

    fn written(prefix: &str, country: Country, body: &str) -> Self {
        let body = without_suffix(country, body);
        Self(match (prefix, country.code()) {
            ("XI", _) => format!("XI{body}"),
            (_, "GR") => format!("EL{body:0>9}"),
            (_, "BE") => format!("BE{body:0>10}"),
            (_, "CH") => format!("CHE{body}"),
            (_, "NO") => format!("NO{body}MVA"),
            (_, code) => format!("{code}{body}"),
        })
    }

    /// The number, with its prefix (BT-31, BT-48).
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country whose number it is; Monaco's are French.
    #[must_use]
    pub fn country(&self) -> Option<Country> {
        country_of(&self.0).map(|(country, _)| country)
    }

    /// It is a number that a customer of this country can have.
    #[must_use]
    pub fn is_of(&self, customer: Country) -> bool {
        self.country() == Some(customer.of_vat_numbers())
    }
}

/// Without what people put between, in capitals.
fn bare(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-' | '/' | '·'))
        .flat_map(char::to_uppercase)
        .collect()
}

fn prefixes(country: Country) -> impl Iterator<Item = &'static str> {
    PREFIXES
        .into_iter()
        .filter(move |(_, code)| *code == country.code())
        .map(|(prefix, _)| prefix)
        .chain([country.code()])
}

/// The country that the prefix names, and what follows it.
fn country_of(text: &str) -> Option<(Country, &str)> {
    for (prefix, code) in PREFIXES {
        if let Some(body) = text.strip_prefix(prefix) {
            return Some((Country::of_code(code)?, body));
        }
    }
    Some((Country::of_code(text.get(..2)?)?, text.get(2..)?))
}

/// What the country's rule says of a number without its prefix; nothing where there is no rule.
fn check(country: Country, body: &str) -> Option<Result<(), Bad>> {
    rule(country.code()).map(|rule| rule(without_suffix(country, body)))
}

fn without_suffix(country: Country, body: &str) -> &str {
    if !matches!(country.code(), "CH" | "NO") {
        return body;
    }
    SUFFIXES
        .iter()
        .find_map(|suffix| body.strip_suffix(suffix))
        .unwrap_or(body)
}

/// The other country whose number this is, mistyped or not.
fn elsewhere(text: &str, own: Country) -> Option<Country> {
    let (country, body) = country_of(text)?;
    let is_one = matches!(check(country, body)?, Ok(()) | Err(Bad::Check));
    (is_one && country != own).then_some(country)
}

/// Fits as a number of a country that we have no rule for.
fn is_body(body: &str) -> bool {
    (2..=20).contains(&body.len()) && body.bytes().all(|b| b.is_ascii_alphanumeric())
}

impl fmt::Display for VatNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// As it is kept: its check digits are not judged again, so that what was issued stays readable whatever a rule becomes.
impl TryFrom<String> for VatNumber {
    type Error = Fault;
    fn try_from(text: String) -> Result<Self, Fault> {
        let (country, body) = country_of(&text).ok_or(Fault::NotACountry)?;
        let fits = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'+' | b'*');
        if (2..=20).contains(&body.len()) && body.bytes().all(fits) {
            Ok(Self(text))
        } else {
            Err(Fault::VatForm { country })
        }
    }
}

impl From<VatNumber> for String {
    fn from(number: VatNumber) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(code: &str) -> Country {
        Country::of_code(code).unwrap()
    }

    #[track_caller]
    fn reads(text: &str, of: &str, expected: &str) {
        let number = VatNumber::parse(text, country(of)).unwrap();
        assert_eq!(number.as_str(), expected);
        assert!(number.is_of(country(of)));
        let json = serde_json::to_string(&number).unwrap();
        assert_eq!(serde_json::from_str::<VatNumber>(&json).unwrap(), number);
    }

    #[test]
    fn a_number_is_read_with_or_without_its_prefix_and_what_people_put_between() {
        reads("fr 40 123 456 824", "FR", "FR40123456824");
        reads("40123456824", "FR", "FR40123456824");
        reads("FR40123456824", "MC", "FR40123456824");
        reads("EL 123456783", "GR", "EL123456783");
        reads("GR123456783", "GR", "EL123456783");
        reads("CHE-123.456.788 MWST", "CH", "CHE123456788");
        reads("123 456 785 MVA", "NO", "NO123456785MVA");
        reads("XI 123456782", "GB", "XI123456782");
        reads("12-3456789", "US", "US123456789");
    }

    #[test]
    fn a_number_that_was_kept_is_read_whatever_its_digits() {
        let kept = |json: &str| serde_json::from_str::<VatNumber>(json);
        assert_eq!(
            kept("\"FR41123456824\"").unwrap().country(),
            Some(Country::FR)
        );
        for json in ["\"\"", "\"FR\"", "\"ZZ123456\"", "\"FR<b>\"", "\"é1234\""] {
            assert!(kept(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_number_of_another_country_is_refused_and_both_are_named() {
        let other = |number, customer| {
            Err(Fault::VatCountry {
                number: country(number),
                customer: country(customer),
            })
        };
        assert_eq!(
            VatNumber::parse("DE123456788", Country::FR),
            other("DE", "FR")
        );
        assert_eq!(
            VatNumber::parse("DE123456789", Country::FR),
            other("DE", "FR")
        );
        assert_eq!(
            VatNumber::parse("FR40123456824", country("US")),
            other("FR", "US")
        );
        assert_eq!(
            VatNumber::parse("EL123456783", country("CY")),
            other("GR", "CY")
        );
    }

    #[test]
    fn a_mistyped_number_is_told_from_one_that_has_another_form() {
        assert_eq!(
            VatNumber::parse("FR41123456824", Country::FR),
            Err(Fault::VatCheck)
        );
        let form = Err(Fault::VatForm {
            country: Country::FR,
        });
        for text in [
            "FR",
            "123",
            "FR4012345682",
            "FR401234568245",
            "FR40é23456824",
            "<b>",
            "FR 40 123 456 82٤",
        ] {
            assert_eq!(VatNumber::parse(text, Country::FR), form, "{text}");
        }
        assert_eq!(
            VatNumber::parse(" ", Country::FR),
            Err(crate::field::Rule::Required.into())
        );
    }
}
