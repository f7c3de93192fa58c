//! How a sale is taxed: the tax class of a product, the rates of the seller's country, the customer's situation; and the
//! categories of EN 16931 (BT-118, UNTDID 5305) that come of them.

use super::country::Country;
use super::money::Rate;
use crate::words::Words;
use serde::{Deserialize, Serialize};

named! {
    /// The tax class of a product: which of the seller's rates it is sold at.
    TaxClass {
        /// The standard rate.
        Standard = "standard", "Standard rate", "Taux normal";
        /// The intermediate rate.
        Intermediate = "intermediate", "Intermediate rate", "Taux intermédiaire";
        /// The reduced rate.
        Reduced = "reduced", "Reduced rate", "Taux réduit";
        /// The rate for few things (press, in France).
        SuperReduced = "super_reduced", "Super-reduced rate", "Taux particulier";
        /// Taxed, at nothing.
        Zero = "zero", "Zero rate", "Taux zéro";
        /// Exempt (training, in France).
        Exempt = "exempt", "Exempt", "Exonéré";
    }
}

/// The rates of the seller's country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct TaxRates {
    /// The standard rate.
    pub standard: Rate,
    /// The intermediate rate.
    pub intermediate: Rate,
    /// The reduced rate.
    pub reduced: Rate,
    /// The super-reduced rate.
    pub super_reduced: Rate,
}

impl TaxRates {
    /// The rate of this class.
    #[must_use]
    pub const fn of(&self, class: TaxClass) -> Rate {
        match class {
            TaxClass::Standard => self.standard,
            TaxClass::Intermediate => self.intermediate,
            TaxClass::Reduced => self.reduced,
            TaxClass::SuperReduced => self.super_reduced,
            TaxClass::Zero | TaxClass::Exempt => Rate::ZERO,
        }
    }
}

named! {
    /// The category of a tax (BT-118, BT-151).
    VatCategory {
        /// Taxed at a rate.
        Standard = "standard", "VAT", "TVA";
        /// Taxed at nothing.
        Zero = "zero", "Zero-rated", "Taux zéro";
        /// Exempt.
        Exempt = "exempt", "Exempt from VAT", "Exonéré de TVA";
        /// The customer owes the tax.
        ReverseCharge = "reverse_charge", "Reverse charge", "Autoliquidation";
        /// Sold outside the Union.
        Export = "export", "Export outside the EU, VAT not charged", "Exportation hors UE, TVA non facturée";
    }
}

impl VatCategory {
    /// Its code in UNTDID 5305, as EN 16931 takes it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Standard => "S",
            Self::Zero => "Z",
            Self::Exempt => "E",
            Self::ReverseCharge => "AE",
            Self::Export => "G",
        }
    }

    /// Why there is no tax (BT-120): has to stand on the invoice for the last three (BR-E-10, BR-AE-10, BR-G-10), and may not
    /// for the first two (BR-S-10, BR-Z-10).
    #[must_use]
    pub fn reason(self) -> Option<Words> {
        match self {
            Self::Standard | Self::Zero => None,
            Self::Exempt | Self::ReverseCharge | Self::Export => Some(self.words()),
        }
    }
}

/// A category with its rate: what VAT is broken down by (BG-23).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
pub struct Vat {
    category: VatCategory,
    rate: Rate,
}

impl Vat {
    /// Taxed at this rate: zero-rated when it is none (BR-S-05 wants more than none, BR-Z-05 none).
    #[must_use]
    pub const fn at(rate: Rate) -> Self {
        let category = if rate.basis_points() == 0 {
            VatCategory::Zero
        } else {
            VatCategory::Standard
        };
        Self { category, rate }
    }

    /// Not taxed, for this reason; at no rate (BR-E-05, BR-AE-05, BR-G-05). The standard category is the zero rate then.
    #[must_use]
    pub const fn none(category: VatCategory) -> Self {
        let category = match category {
            VatCategory::Standard => VatCategory::Zero,
            other => other,
        };
        Self {
            category,
            rate: Rate::ZERO,
        }
    }

    /// The category.
    #[must_use]
    pub const fn category(self) -> VatCategory {
        self.category
    }

    /// The rate.
    #[must_use]
    pub const fn rate(self) -> Rate {
        self.rate
    }
}

named! {
    /// How sales to a customer are taxed.
    Treatment {
        /// At the seller's rates.
        Normal = "normal", "VAT of the seller’s country", "TVA du pays du vendeur";
        /// A business in another country of the Union, which owes the tax itself (directive 2006/112/EC, articles 44 and 196).
        ReverseCharge = "reverse_charge", "Reverse charge", "Autoliquidation";
        /// A customer outside the Union.
        Export = "export", "Outside the EU", "Hors UE";
        /// The seller charges no VAT (in France, article 293 B of the CGI).
        NotLiable = "not_liable", "The seller charges no VAT", "Le vendeur ne facture pas la TVA";
    }
}

impl Treatment {
    /// What is most likely right for services sold from one country to another; a person confirms it. Private customers of
    /// other countries of the Union are taxed at the seller's rates: the special scheme (one-stop shop) is not kept here.
    #[must_use]
    pub fn likely(seller: Country, customer: Country, has_vat_number: bool) -> Self {
        if seller.of_vat_numbers() == customer.of_vat_numbers() {
            Self::Normal
        } else if !customer.is_in_the_union() || !seller.is_in_the_union() {
            Self::Export
        } else if has_vat_number {
            Self::ReverseCharge
        } else {
            Self::Normal
        }
    }

    /// The tax on a product of this class.
    #[must_use]
    pub const fn tax(self, class: TaxClass, rates: &TaxRates) -> Vat {
        match (self, class) {
            (Self::Normal, TaxClass::Exempt) | (Self::NotLiable, _) => {
                Vat::none(VatCategory::Exempt)
            }
            (Self::Normal, class) => Vat::at(rates.of(class)),
            (Self::ReverseCharge, _) => Vat::none(VatCategory::ReverseCharge),
            (Self::Export, _) => Vat::none(VatCategory::Export),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates() -> TaxRates {
        let rate = |points| Rate::new(points).unwrap();
        TaxRates {
            standard: rate(2_000),
            intermediate: rate(1_000),
            reduced: rate(550),
            super_reduced: rate(210),
        }
    }

    #[test]
    fn the_customers_situation_decides_whether_the_products_class_counts() {
        let check = |treatment: Treatment, class, code: &str, rate: &str| {
            let vat = treatment.tax(class, &rates());
            assert_eq!(
                (vat.category().code(), vat.rate().plain().as_str()),
                (code, rate)
            );
        };
        check(Treatment::Normal, TaxClass::Standard, "S", "20");
        check(Treatment::Normal, TaxClass::SuperReduced, "S", "2.1");
        check(Treatment::Normal, TaxClass::Zero, "Z", "0");
        check(Treatment::Normal, TaxClass::Exempt, "E", "0");
        check(Treatment::ReverseCharge, TaxClass::Standard, "AE", "0");
        check(Treatment::Export, TaxClass::Exempt, "G", "0");
        check(Treatment::NotLiable, TaxClass::Standard, "E", "0");
    }

    #[test]
    fn what_is_likely_follows_from_where_both_are() {
        let check = |seller, customer, number, expected| {
            let country = |code| Country::of_code(code).unwrap();
            assert_eq!(
                Treatment::likely(country(seller), country(customer), number),
                expected
            );
        };
        check("FR", "FR", true, Treatment::Normal);
        check("FR", "MC", true, Treatment::Normal);
        check("FR", "DE", true, Treatment::ReverseCharge);
        check("FR", "DE", false, Treatment::Normal);
        check("FR", "CH", true, Treatment::Export);
        check("CH", "DE", true, Treatment::Export);
    }

    #[test]
    fn a_reason_stands_where_there_has_to_be_one() {
        for &category in VatCategory::ALL {
            let taxed = matches!(category, VatCategory::Standard | VatCategory::Zero);
            assert_eq!(category.reason().is_none(), taxed, "{category:?}");
            assert_eq!(Vat::none(category).rate(), Rate::ZERO);
            assert_ne!(Vat::none(category).category(), VatCategory::Standard);
        }
    }
}
