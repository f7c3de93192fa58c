//! The shop: what is sold, to whom, what is owed for it, and what becomes of it. Pure, as all of this crate: the store
//! keeps these things and commits a number, an order and a document in one transaction; `core` asks who may and does
//! what a move calls for; the faces show amounts and dates in the reader's form.
//!
//! | module | what |
//! | --- | --- |
//! | [`money`], [`currency`] | amounts, their rounding, and what people type |
//! | [`country`] | countries, in both languages |
//! | [`vat`] | rates, and how a sale is taxed |
//! | [`vat_number`] | VAT numbers: form and check digits |
//! | [`totals`] | net amounts, discounts, VAT by rate (EN 16931) |
//! | [`number`] | numbers without gaps, by year |
//! | [`customer`], [`customer_form`] | what is known of a customer |
//! | [`product`], [`product_form`] | what is sold |
//! | [`categories`] | the tree that products are found in |
//! | [`order`] | orders, and what can be done to them |
//! | [`invoice`], [`credit`] | quotes, invoices, credit notes |
//! | [`renewal`] | months and years that are paid for |
//! | [`suspension`] | of a customer or an order |
//! | [`fault`] | what is wrong with an answer |

/// Makes an enum of refusals: each variant has a key for the interface and a sentence in both languages, whose fields
/// its expressions may use.
macro_rules! refusals {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident $({ $($(#[$fdoc:meta])* $field:ident: $of:ty),+ $(,)? })? = $key:literal, $en:expr, $fr:expr;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, specta::Type)]
        #[serde(tag = "key", rename_all = "snake_case")]
        pub enum $type { $($(#[$vdoc])* $variant $({ $($(#[$fdoc])* $field: $of),+ })?,)+ }

        impl $type {
            /// Its name in JSON, under which the interface has a sentence of its own.
            #[must_use]
            pub const fn key(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $key,)+ }
            }

            /// The sentence, in both languages.
            #[must_use]
            #[allow(unused_variables, reason = "not every sentence says every field")]
            pub fn words(&self) -> crate::words::Words {
                match self { $(Self::$variant $({ $($field),+ })? => crate::words::Words::new($en, $fr),)+ }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.words().en)
            }
        }

        impl std::error::Error for $type {}
    };
}

/// Makes an enum without fields: each variant has a name for the store and for JSON, and words.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident = $name:literal, $en:literal, $fr:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, specta::Type)]
        #[serde(rename_all = "snake_case")]
        pub enum $type { $($(#[$vdoc])* $variant,)+ }

        impl $type {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in the store and in JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The one of this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }

            /// In words, for people.
            #[must_use]
            pub fn words(self) -> crate::words::Words {
                match self { $(Self::$variant => crate::words::Words::new($en, $fr),)+ }
            }
        }
    };
}

/// Makes a type that holds a checked text: `parse` calls the check and keeps what it gives.
macro_rules! checked {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, specta::Type)]
        #[serde(try_from = "String", into = "String")]
        #[specta(type = String)]
        pub struct $name(String);

        impl $name {
            /// Checks the text (spaces around it do not count).
            pub fn parse(text: &str) -> Result<Self, $crate::shop::fault::Fault> {
                $check(text).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::shop::fault::Fault;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

pub mod categories;
pub mod country;
pub mod credit;
pub mod currency;
pub mod customer;
pub mod customer_form;
pub mod fault;
pub mod invoice;
pub mod money;
mod names_of_countries;
pub mod number;
pub mod order;
pub mod product;
pub mod product_form;
pub mod renewal;
pub mod suspension;
pub mod totals;
mod typed;
pub mod vat;
mod vat_digits;
pub mod vat_number;

pub use categories::{Categories, Category};
pub use country::Country;
pub use credit::{Credited, CreditedLine};
pub use currency::Currency;
pub use customer::{CustomerDetails, Standing};
pub use customer_form::CustomerForm;
pub use fault::{Fault, Faults, FieldFault};
pub use invoice::{Document, DocumentKind, Draft};
pub use money::{Money, MoneyRefusal, Rate};
pub use number::{Number, Series};
pub use order::Order;
pub use product::{Billing, Product, ProductKind, Sku};
pub use product_form::ProductForm;
pub use renewal::Period;
pub use suspension::Suspension;
pub use totals::{Discount, Priced, Totals, VatLine, totals};
pub use vat::{TaxClass, TaxRates, Treatment, Vat, VatCategory};
pub use vat_number::VatNumber;
