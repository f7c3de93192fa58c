//! What is known of a customer: legal name, VAT number, contacts, addresses, how they are billed.

use super::country::Country;
use super::currency::Currency;
use super::fault::{Fault, line};
use super::suspension::Suspension;
use super::vat::Treatment;
use super::vat_number::VatNumber;
use crate::field::{DomainName, PersonName, Rule, Tag};
use crate::words::Language;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::str::FromStr as _;

named! {
    /// What a customer is.
    CustomerKind {
        /// A firm, an association, an administration.
        Organisation = "organisation", "Organisation", "Organisation";
        /// A person.
        Person = "person", "Person", "Personne";
    }
}

named! {
    /// What an address is for.
    AddressUse {
        /// Invoices.
        Billing = "billing", "Billing", "Facturation";
        /// What is delivered.
        Shipping = "shipping", "Shipping", "Livraison";
    }
}

checked! {
    /// A mail address: one `@`, a name of at most 64 visible characters before it and a domain after it.
    Mail, mail
}

fn mail(text: &str) -> Result<String, Fault> {
    let text = line(text, 254)?;
    let (name, domain) = text.rsplit_once('@').ok_or(Rule::NotAMail)?;
    let fits = |b: u8| b.is_ascii_graphic() && !b"@\"(),:;<>[\\]".contains(&b);
    let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    if name.is_empty() || name.len() > 64 || dots || !name.bytes().all(fits) {
        return Err(Rule::NotAMail.into());
    }
    let domain = DomainName::parse(&domain.to_ascii_lowercase()).map_err(|_| Rule::NotAMail)?;
    Ok(format!("{name}@{domain}"))
}

checked! {
    /// A phone number, as it was written: digits, spaces and `+ ( ) . - /`, 4 to 20 digits.
    Phone, phone
}

fn phone(text: &str) -> Result<String, Fault> {
    let text = line(text, 40)?;
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plus = text.rfind('+').is_none_or(|at| at == 0);
    let fits = |c: char| {
        c.is_ascii_digit()
            || matches!(
                c,
                ' ' | '\u{a0}' | '\u{202f}' | '+' | '(' | ')' | '.' | '-' | '/'
            )
    };
    if (4..=20).contains(&digits) && plus && text.chars().all(fits) {
        Ok(text)
    } else {
        Err(Fault::NotAPhone)
    }
}

/// A time zone, by its IANA name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(try_from = "String", into = "String")]
#[specta(type = String)]
pub struct TimeZone(Tz);

impl TimeZone {
    /// The zone of this name.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Tz::from_str(text.trim())
            .map(Self)
            .map_err(|_| Fault::NotATimeZone)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The zone itself, to turn instants into days with.
    #[must_use]
    pub const fn zone(self) -> Tz {
        self.0
    }
}

impl TryFrom<String> for TimeZone {
    type Error = Fault;
    fn try_from(text: String) -> Result<Self, Fault> {
        Self::parse(&text)
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.name().to_owned()
    }
}

/// A person at the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Contact {
    /// Their name.
    pub name: PersonName,
    /// What they do there.
    pub role: String,
    /// Their mail address.
    pub mail: Option<Mail>,
    /// Their phone number.
    pub phone: Option<Phone>,
}

/// An address of the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Address {
    /// What it is for.
    pub usage: AddressUse,
    /// To whom, besides the customer.
    pub recipient: String,
    /// Street and number.
    pub street: String,
    /// Building, floor, box.
    pub more: String,
    /// The postal code.
    pub postal_code: String,
    /// The city.
    pub city: String,
    /// The region, where addresses name one.
    pub region: String,
    /// The country.
    pub country: Country,
}

/// What is known of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct CustomerDetails {
    /// Organisation or person.
    pub kind: CustomerKind,
    /// The legal name.
    pub legal_name: String,
    /// The number in the register of firms, such as a SIREN.
    pub registration: Option<String>,
    /// The VAT number: of the country of the billing address.
    pub vat_number: Option<VatNumber>,
    /// How sales to them are taxed.
    pub treatment: Treatment,
    /// People there.
    pub contacts: Vec<Contact>,
    /// Addresses; the first for billing is the one on invoices.
    pub addresses: Vec<Address>,
    /// What they pay in.
    pub currency: Currency,
    /// The language of their documents.
    pub language: Language,
    /// Their time zone.
    pub time_zone: TimeZone,
    /// How many days they have to pay.
    pub terms_days: u16,
    /// Notes, for administrators.
    pub notes: String,
    /// Tags.
    pub tags: Vec<Tag>,
}

impl CustomerDetails {
    /// The address on invoices: the first for billing, else the first.
    #[must_use]
    pub fn billing_address(&self) -> Option<&Address> {
        self.addresses
            .iter()
            .find(|address| address.usage == AddressUse::Billing)
            .or_else(|| self.addresses.first())
    }
}

named! {
    /// Whether a customer can order.
    Standing {
        /// They can.
        Active = "active", "Active", "Actif";
        /// They still can: the suspension does not bite yet.
        Grace = "grace", "Suspended soon", "Bientôt suspendu";
        /// They cannot.
        Suspended = "suspended", "Suspended", "Suspendu";
    }
}

impl Standing {
    /// With this suspension, or none, at this instant.
    #[must_use]
    pub fn at(suspension: Option<&Suspension>, at: DateTime<Utc>) -> Self {
        match suspension {
            None => Self::Active,
            Some(suspension) if suspension.bites(at) => Self::Suspended,
            Some(_) => Self::Grace,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_address_and_a_phone_number_look_like_one() {
        for text in ["a@b.example", "first.last+shop@mail.example"] {
            assert!(Mail::parse(text).is_ok(), "{text}");
        }
        for text in [
            "a",
            "@b.example",
            "a@b",
            "a b@c.example",
            "a@@b.example",
            "<a@b.example>",
            ".a@b.example",
            "a\r\nBcc:x@b.example",
        ] {
            assert!(Mail::parse(text).is_err(), "{text:?}");
        }
        for text in ["01 99 00 12 34", "+1 (555) 010-0123", "3631"] {
            assert!(Phone::parse(text).is_ok(), "{text}");
        }
        for text in ["", "+", "12", "1+23456", "tel:0199001234"] {
            assert!(Phone::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_customer_stands_as_their_suspension_says() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let suspension = Suspension::new(
            at("2026-11-01T00:00:00Z"),
            Some(at("2026-11-10T00:00:00Z")),
            "Unpaid",
        )
        .unwrap();
        assert_eq!(
            Standing::at(None, at("2026-11-05T00:00:00Z")),
            Standing::Active
        );
        assert_eq!(
            Standing::at(Some(&suspension), at("2026-11-05T00:00:00Z")),
            Standing::Grace
        );
        assert_eq!(
            Standing::at(Some(&suspension), at("2026-11-10T00:00:00Z")),
            Standing::Suspended
        );
    }
}
