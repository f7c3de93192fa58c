//! The form of a customer: texts, checked into [`CustomerDetails`]; all faults are said at once. Whether the name is taken the
//! store knows.

use super::country::Country;
use super::currency::Currency;
use super::customer::{
    Address, AddressUse, Contact, CustomerDetails, CustomerKind, Mail, Phone, TimeZone,
};
use super::fault::{Fault, Faults, FieldFault, block, line};
use super::vat::Treatment;
use super::vat_number::VatNumber;
use crate::field::{PersonName, Rule, Tag};
use crate::words::Language;
use serde::{Deserialize, Serialize};

/// The most contacts, addresses and tags, of each.
pub const MOST: usize = 50;

/// The longest legal name, as the names of customers were until now.
const LONGEST_NAME: u32 = 120;

/// A contact, as a person types it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct ContactForm {
    /// See [`Contact::name`].
    pub name: String,
    /// See [`Contact::role`].
    pub role: String,
    /// See [`Contact::mail`].
    pub mail: String,
    /// See [`Contact::phone`].
    pub phone: String,
}

/// An address, as a person types it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct AddressForm {
    /// See [`Address::usage`].
    pub usage: AddressUse,
    /// See [`Address::recipient`].
    pub recipient: String,
    /// See [`Address::street`].
    pub street: String,
    /// See [`Address::more`].
    pub more: String,
    /// See [`Address::postal_code`].
    pub postal_code: String,
    /// See [`Address::city`].
    pub city: String,
    /// See [`Address::region`].
    pub region: String,
    /// Two letters, or a name.
    pub country: String,
}

/// A customer's details, as a person types them. What is left empty and may be is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct CustomerForm {
    /// See [`CustomerDetails::kind`].
    pub kind: CustomerKind,
    /// See [`CustomerDetails::legal_name`].
    pub legal_name: String,
    /// See [`CustomerDetails::registration`].
    pub registration: String,
    /// See [`CustomerDetails::vat_number`].
    pub vat_number: String,
    /// See [`CustomerDetails::treatment`].
    pub treatment: Treatment,
    /// See [`CustomerDetails::contacts`].
    pub contacts: Vec<ContactForm>,
    /// See [`CustomerDetails::addresses`].
    pub addresses: Vec<AddressForm>,
    /// Three letters.
    pub currency: String,
    /// See [`CustomerDetails::language`].
    pub language: Language,
    /// An IANA name.
    pub time_zone: String,
    /// See [`CustomerDetails::terms_days`].
    pub terms_days: u16,
    /// See [`CustomerDetails::notes`].
    pub notes: String,
    /// See [`CustomerDetails::tags`].
    pub tags: Vec<String>,
}

impl CustomerForm {
    /// Checks every field.
    ///
    /// # Errors
    /// All faults, each under its field.
    pub fn check(&self) -> Result<CustomerDetails, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let legal_name = faults.take("legal_name", line(&self.legal_name, LONGEST_NAME));
        let registration = faults.take(
            "registration",
            optional(&self.registration, |text| line(text, 40)),
        );
        let contacts = self.contacts(&mut faults);
        let addresses = self.addresses(&mut faults);
        let vat_number = self.vat_number(&addresses, &mut faults);
        let currency = faults.take("currency", Currency::parse(&self.currency));
        let time_zone = faults.take("time_zone", TimeZone::parse(&self.time_zone));
        let notes = faults.take("notes", block(&self.notes, 10_000));
        if self.terms_days > 365 {
            faults.add("terms_days", Rule::NumberRange { min: 0, max: 365 });
        }
        let tags = self.tags(&mut faults);
        let checked = legal_name
            .zip(registration)
            .zip(currency)
            .zip(time_zone)
            .zip(notes);
        faults.done()?;
        let Some(((((legal_name, registration), currency), time_zone), notes)) = checked else {
            return Err(Vec::new());
        };
        Ok(CustomerDetails {
            kind: self.kind,
            legal_name,
            registration,
            vat_number,
            treatment: self.treatment,
            contacts,
            addresses,
            currency,
            language: self.language,
            time_zone,
            terms_days: self.terms_days,
            notes,
            tags,
        })
    }

    fn contacts(&self, faults: &mut Faults) -> Vec<Contact> {
        few(self.contacts.len(), "contacts", faults);
        let forms = self.contacts.iter().enumerate().take(MOST);
        forms
            .filter_map(|(n, form)| {
                let at = |field: &str| format!("contacts.{n}.{field}");
                let name = faults.take(at("name"), PersonName::parse(&form.name));
                let role = faults.take(at("role"), block(&form.role, 80));
                let mail = faults.take(at("mail"), optional(&form.mail, Mail::parse));
                let phone = faults.take(at("phone"), optional(&form.phone, Phone::parse));
                Some(Contact {
                    name: name?,
                    role: role?,
                    mail: mail?,
                    phone: phone?,
                })
            })
            .collect()
    }

    fn addresses(&self, faults: &mut Faults) -> Vec<Address> {
        few(self.addresses.len(), "addresses", faults);
        let forms = self.addresses.iter().enumerate().take(MOST);
        forms
            .filter_map(|(n, form)| {
                let mut text = |field: &str, text: &str, max, needed: bool| {
                    let checked = if needed {
                        line(text, max)
                    } else {
                        optional(text, |text| line(text, max)).map(Option::unwrap_or_default)
                    };
                    faults.take(format!("addresses.{n}.{field}"), checked)
                };
                let recipient = text("recipient", &form.recipient, 120, false);
                let street = text("street", &form.street, 120, true);
                let more = text("more", &form.more, 120, false);
                let postal_code = text("postal_code", &form.postal_code, 16, false);
                let city = text("city", &form.city, 80, true);
                let region = text("region", &form.region, 80, false);
                let country = Country::parse(&form.country);
                let country = faults.take(format!("addresses.{n}.country"), country);
                Some(Address {
                    usage: form.usage,
                    recipient: recipient?,
                    street: street?,
                    more: more?,
                    postal_code: postal_code?,
                    city: city?,
                    region: region?,
                    country: country?,
                })
            })
            .collect()
    }

    /// The number has to be of the country of the billing address, when that is right.
    fn vat_number(&self, addresses: &[Address], faults: &mut Faults) -> Option<VatNumber> {
        if self.vat_number.trim().is_empty() {
            if self.treatment == Treatment::ReverseCharge {
                faults.add("vat_number", Rule::Required);
            }
            return None;
        }
        let billing = addresses
            .iter()
            .find(|address| address.usage == AddressUse::Billing)
            .or_else(|| addresses.first());
        match billing {
            Some(address) => {
                let number = VatNumber::parse(&self.vat_number, address.country);
                faults.take("vat_number", number)
            }
            None => {
                faults.add("vat_number", Fault::CountryFirst);
                None
            }
        }
    }

    fn tags(&self, faults: &mut Faults) -> Vec<Tag> {
        few(self.tags.len(), "tags", faults);
        let mut tags: Vec<Tag> = Vec::new();
        for (n, text) in self.tags.iter().enumerate().take(MOST) {
            let Some(tag) = faults.take(format!("tags.{n}"), Tag::parse(text)) else {
                continue;
            };
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        tags
    }
}

fn few(length: usize, field: &'static str, faults: &mut Faults) {
    if length > MOST {
        faults.add(
            field,
            Fault::TooMany {
                most: u32::try_from(MOST).unwrap_or(u32::MAX),
            },
        );
    }
}

/// Nothing of an empty text, else what is checked of it.
fn optional<T>(
    text: &str,
    check: impl FnOnce(&str) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    if text.trim().is_empty() {
        Ok(None)
    } else {
        check(text).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(country: &str) -> AddressForm {
        AddressForm {
            usage: AddressUse::Billing,
            recipient: String::new(),
            street: "4, allée des Tilleuls".into(),
            more: String::new(),
            postal_code: "44000".into(),
            city: "Nantes".into(),
            region: String::new(),
            country: country.into(),
        }
    }

    fn form() -> CustomerForm {
        CustomerForm {
            kind: CustomerKind::Organisation,
            legal_name: "Clinique des Glycines".into(),
            registration: "123 456 824".into(),
            vat_number: "FR 40 123 456 824".into(),
            treatment: Treatment::Normal,
            contacts: vec![ContactForm {
                name: "Inès Calvet".into(),
                role: "Informatique".into(),
                mail: "Ines.Calvet@Glycines.example".into(),
                phone: "+33 1 99 00 12 34".into(),
            }],
            addresses: vec![address("France")],
            currency: "EUR".into(),
            language: Language::Fr,
            time_zone: "Europe/Paris".into(),
            terms_days: 30,
            notes: "Appeler avant 18:00.\nServeurs étiquetés hds.".into(),
            tags: vec!["HDS".into(), "hds".into()],
        }
    }

    fn faults(form: &CustomerForm) -> Vec<(String, &'static str)> {
        let faults = form.check().unwrap_err();
        faults
            .iter()
            .map(|fault| (fault.field.to_string(), fault.fault.key()))
            .collect()
    }

    #[test]
    fn a_form_that_is_right_is_taken_and_tidied() {
        let details = form().check().unwrap();
        assert_eq!(
            details.vat_number.as_ref().unwrap().as_str(),
            "FR40123456824"
        );
        assert_eq!(
            details.contacts[0].mail.as_ref().unwrap().as_str(),
            "Ines.Calvet@glycines.example"
        );
        assert_eq!(details.tags.len(), 1);
        assert_eq!(details.billing_address().unwrap().country, Country::FR);
        let json = serde_json::to_string(&details).unwrap();
        assert_eq!(
            serde_json::from_str::<CustomerDetails>(&json).unwrap(),
            details
        );
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_under_its_field() {
        let wrong = CustomerForm {
            legal_name: " ".into(),
            contacts: vec![ContactForm {
                name: "<b>".into(),
                mail: "ines@".into(),
                phone: "call me".into(),
                ..ContactForm::default()
            }],
            addresses: vec![address("Atlantis")],
            currency: "EURO".into(),
            time_zone: "Paris".into(),
            terms_days: 400,
            tags: vec!["two words".into()],
            ..form()
        };
        let found = faults(&wrong);
        for (field, key) in [
            ("legal_name", "field"),
            ("contacts.0.name", "field"),
            ("contacts.0.mail", "field"),
            ("contacts.0.phone", "not_a_phone"),
            ("addresses.0.country", "not_a_country"),
            ("vat_number", "country_first"),
            ("currency", "not_a_currency"),
            ("time_zone", "not_a_time_zone"),
            ("terms_days", "field"),
            ("tags.0", "field"),
        ] {
            assert!(
                found.contains(&(field.to_owned(), key)),
                "{field}: {found:?}"
            );
        }
    }

    #[test]
    fn a_vat_number_is_of_the_country_of_the_billing_address() {
        let mut elsewhere = form();
        elsewhere.addresses = vec![
            AddressForm {
                usage: AddressUse::Shipping,
                ..address("FR")
            },
            address("DE"),
        ];
        assert_eq!(
            faults(&elsewhere),
            [("vat_number".to_owned(), "vat_country")]
        );
        elsewhere.addresses[1].country = "Monaco".into();
        assert!(elsewhere.check().is_ok());
        elsewhere.vat_number = String::new();
        assert!(elsewhere.check().is_ok());
        elsewhere.treatment = Treatment::ReverseCharge;
        assert_eq!(faults(&elsewhere), [("vat_number".to_owned(), "field")]);
    }
}
