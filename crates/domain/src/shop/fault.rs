//! What is wrong with an answer in a form of the shop: the rules that all forms share ([`crate::field::Rule`]), and
//! those of money, taxes and products.

use super::country::Country;
use crate::field::Rule;
use serde::Serialize;
use std::borrow::Cow;

refusals! {
    /// What is wrong with an answer.
    Fault {
        /// It breaks a rule that all forms share.
        Field {
            /// The rule.
            broken: Rule,
        } = "field", broken.words().en, broken.words().fr;
        /// It is no number.
        NotANumber = "not_a_number",
            "A number, such as 1234.50.",
            "Un nombre, tel que 1234,50.";
        /// The one sign in it may be a decimal sign as well as one between thousands.
        Ambiguous = "ambiguous",
            "Is that sign between thousands, or before decimals? Leave it out, or write two decimals.",
            "Ce signe sépare-t-il des milliers ou des décimales ? Retirez-le, ou écrivez deux décimales.";
        /// It has more decimals than fit.
        TooManyDecimals {
            /// The most that fit.
            most: u32,
        } = "too_many_decimals",
            format!("At most {most} decimals."),
            format!("Au plus {most} décimales.");
        /// It is greater than any amount here may be.
        TooLarge = "too_large", "This is too large.", "C’est trop grand.";
        /// It is less than zero.
        Negative = "negative", "Zero or more.", "Zéro ou plus.";
        /// It is no share of a whole.
        NotAShare = "not_a_share", "From 0 to 100 %.", "De 0 à 100 %.";
        /// No currency has this code, or none that is in use and has at most two decimals.
        NotACurrency = "not_a_currency",
            "A currency in use, by its three letters, such as EUR.",
            "Une monnaie en usage, par ses trois lettres, telle que EUR.";
        /// The amount is in another currency than the thing it is for.
        OtherCurrency {
            /// The currency that is expected.
            expected: super::currency::Currency,
        } = "other_currency",
            format!("In {expected}, as the rest."),
            format!("En {expected}, comme le reste.");
        /// No country has this code or name.
        NotACountry = "not_a_country",
            "A country, by its name or its two letters, such as FR.",
            "Un pays, par son nom ou ses deux lettres, tel que FR.";
        /// It does not have the form of a VAT number of this country.
        VatForm {
            /// The country.
            country: Country,
        } = "vat_form",
            format!("Not in the form of a VAT number of {}.", country.words().en),
            format!("Pas sous la forme d’un numéro de TVA ({}).", country.words().fr);
        /// Its check digits do not fit: most likely it is mistyped.
        VatCheck = "vat_check",
            "The check digits of this number do not fit: is it mistyped?",
            "Les chiffres de contrôle de ce numéro ne conviennent pas : est-il mal recopié ?";
        /// It is the VAT number of another country than the customer's.
        VatCountry {
            /// The number's country.
            number: Country,
            /// The customer's.
            customer: Country,
        } = "vat_country",
            format!("This is a VAT number of {}, and the customer is in {}.", number.words().en, customer.words().en),
            format!("Ce numéro de TVA est d’un autre pays ({}) que le client ({}).", number.words().fr, customer.words().fr);
        /// The customer's country has to be known first.
        CountryFirst = "country_first",
            "A VAT number needs the country of the billing address.",
            "Un numéro de TVA demande le pays de l’adresse de facturation.";
        /// It is no article number.
        NotASku = "not_a_sku",
            "Letters, digits, dots, hyphens and underscores, such as SRV-M.",
            "Des lettres, chiffres, points, tirets et soulignés, tels que SRV-M.";
        /// No time zone has this name.
        NotATimeZone = "not_a_time_zone",
            "A time zone, such as Europe/Paris.",
            "Un fuseau horaire, tel que Europe/Paris.";
        /// A phone number has digits.
        NotAPhone = "not_a_phone",
            "A phone number, such as +33 1 99 00 12 34.",
            "Un numéro de téléphone, tel que +33 1 99 00 12 34.";
        /// It names an app in no way that YunoHost takes.
        NotAnApp = "not_an_app",
            "The id of an app of the catalogue, such as nextcloud, or the https:// address of a package.",
            "L’identifiant d’une app du catalogue, tel que nextcloud, ou l’adresse https:// d’un paquet.";
        /// There are more of them than fit.
        TooMany {
            /// The most that fit.
            most: u32,
        } = "too_many",
            format!("At most {most}."),
            format!("Au plus {most}.");
        /// It stands there twice.
        Twice = "twice", "This stands here already.", "C’est déjà là.";
    }
}

impl From<Rule> for Fault {
    fn from(broken: Rule) -> Self {
        Self::Field { broken }
    }
}

/// A field, and what is wrong with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct FieldFault {
    /// The field's name in the form; in a list, with its place (`contacts.0.mail`).
    pub field: Cow<'static, str>,
    /// What is wrong.
    pub fault: Fault,
}

/// Collects what is wrong with a whole form, so that all is said at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<FieldFault>);

impl Faults {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value, or nothing and its fault noted under this field.
    pub fn take<T>(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        checked: Result<T, impl Into<Fault>>,
    ) -> Option<T> {
        checked.map_err(|fault| self.add(field, fault)).ok()
    }

    /// Notes a fault.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, fault: impl Into<Fault>) {
        self.0.push(FieldFault {
            field: field.into(),
            fault: fault.into(),
        });
    }

    /// Nothing is wrong so far.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when nothing is wrong, else all faults.
    pub fn done(self) -> Result<(), Vec<FieldFault>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }
}

/// `text` without spaces around it, when its length is at least 1 and at most `max` characters, all of which can be seen.
pub(super) fn line(text: &str, max: u32) -> Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Rule::Required.into());
    }
    block(text, max).and_then(|text| {
        if text.contains('\n') {
            Err(Rule::Characters {
                allowed: crate::field::Allowed::Visible,
            }
            .into())
        } else {
            Ok(text)
        }
    })
}

/// `text` without spaces around it, at most `max` characters; lines may end, other invisible signs may not be there.
pub(super) fn block(text: &str, max: u32) -> Result<String, Fault> {
    let text = text.trim().replace("\r\n", "\n");
    if text.chars().count() > max as usize {
        return Err(Rule::TooLong { max }.into());
    }
    if text.chars().any(is_hidden) {
        return Err(Rule::Characters {
            allowed: crate::field::Allowed::Visible,
        }
        .into());
    }
    Ok(text)
}

/// Controls, and what turns the direction of text: a name that shows otherwise than it is.
fn is_hidden(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_travels_under_its_key_with_what_the_sentence_needs() {
        let json = |fault: Fault| serde_json::to_string(&fault).unwrap();
        assert_eq!(
            json(Fault::TooManyDecimals { most: 2 }),
            r#"{"key":"too_many_decimals","most":2}"#
        );
        assert_eq!(
            json(Rule::Required.into()),
            r#"{"key":"field","broken":{"rule":"required"}}"#
        );
        assert_eq!(Fault::NotACurrency.key(), "not_a_currency");
        assert_eq!(
            Fault::TooManyDecimals { most: 2 }.words().fr,
            "Au plus 2 décimales."
        );
    }

    #[test]
    fn a_text_that_shows_otherwise_than_it_is_is_refused() {
        assert_eq!(
            line(" Coopérative La Moisson ", 40).unwrap(),
            "Coopérative La Moisson"
        );
        for text in ["a\u{202E}b", "a\tb", "a\nb", "a\0"] {
            assert!(line(text, 40).is_err(), "{text:?}");
        }
        assert_eq!(line("", 40), Err(Rule::Required.into()));
        assert_eq!(line("abc", 2), Err(Rule::TooLong { max: 2 }.into()));
        assert_eq!(block("a\r\nb", 40).unwrap(), "a\nb");
    }
}
