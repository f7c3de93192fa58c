//! Quotes, invoices and credit notes: what stands on them, and how one comes of an order or of another. Once issued a
//! document is not changed: an invoice that was wrong is credited, whole or in part. Amounts and codes are those of EN 16931
//! (numbers in brackets); writing the PDF and its XML is left to others.

use super::country::Country;
use super::currency::Currency;
use super::money::{Money, MoneyRefusal};
use super::number::{Number, Series};
use super::order::{Order, OrderLine};
use super::product::Billing;
use super::renewal::Period;
use super::totals::{Discount, Priced, Totals, TotalsRefusal, VatLine, totals};
use super::vat::{Vat, VatCategory};
use super::vat_number::VatNumber;
use crate::id::LineId;
use crate::words::Language;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

refusals! {
    /// Why a document is not issued.
    DocumentRefusal {
        /// There is nothing on it.
        Empty = "empty", "There is nothing to bill.", "Il n’y a rien à facturer.";
        /// The number is of another series.
        WrongNumber = "wrong_number",
            "This number is of another series.",
            "Ce numéro est d’une autre série.";
        /// It would be due before its date.
        Dates = "dates",
            "It would be due before its own date.",
            "Il serait dû avant sa propre date.";
        /// The seller's VAT number is needed (BR-S-02, BR-AE-02, BR-G-02).
        SellerVat = "seller_vat",
            "Your VAT number is needed for this. Enter it in the shop’s settings.",
            "Votre numéro de TVA est nécessaire ici. Indiquez-le dans les réglages de la boutique.";
        /// The customer's VAT number is needed (BR-AE-02).
        BuyerVat = "buyer_vat",
            "The customer owes the VAT: their VAT number is needed. Enter it in their details.",
            "Le client doit la TVA : son numéro de TVA est nécessaire. Indiquez-le dans sa fiche.";
        /// What is credited is no invoice.
        NotAnInvoice = "not_an_invoice",
            "Only an invoice can be credited.",
            "Seule une facture peut faire l’objet d’un avoir.";
        /// The invoice has no such line.
        NoSuchLine {
            /// The line's number.
            n: u32,
        } = "no_such_line",
            format!("The invoice has no line {n}."),
            format!("La facture n’a pas de ligne {n}.");
        /// So many are not left to credit.
        NotLeft {
            /// The line's number.
            n: u32,
            /// How many are left.
            left: u32,
        } = "not_left",
            format!("Of line {n}, {left} are left to credit."),
            format!("De la ligne {n}, il reste {left} à créditer.");
        /// Its amounts are not those that its lines come to.
        Mistaken = "mistaken",
            "Its amounts are not those that its lines come to. Nothing was issued.",
            "Ses montants ne sont pas ceux de ses lignes. Rien n’a été émis.";
        /// An amount cannot be reckoned.
        Amount {
            /// Why.
            why: TotalsRefusal,
        } = "amount", why.words().en, why.words().fr;
    }
}

impl From<TotalsRefusal> for DocumentRefusal {
    fn from(why: TotalsRefusal) -> Self {
        Self::Amount { why }
    }
}

impl From<MoneyRefusal> for DocumentRefusal {
    fn from(why: MoneyRefusal) -> Self {
        Self::Amount { why: why.into() }
    }
}

/// Seller or buyer, as they stand on a document (BG-4, BG-7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Party {
    /// The legal name (BT-27, BT-44).
    pub name: String,
    /// The lines of the address before postal code and city (BT-35 and BT-36, BT-50 and BT-51).
    pub street: Vec<String>,
    /// The postal code (BT-38, BT-53).
    pub postal_code: String,
    /// The city (BT-37, BT-52).
    pub city: String,
    /// The country (BT-40, BT-55).
    pub country: Country,
    /// The VAT number (BT-31, BT-48).
    pub vat_number: Option<VatNumber>,
    /// The number in the register of firms, such as a SIREN (BT-30, BT-47).
    pub registration: Option<String>,
    /// A mail address (BT-43, BT-58).
    pub mail: Option<String>,
}

named! {
    /// What a document is.
    DocumentKind {
        /// A quote: an offer, of what an order would come to.
        Quote = "quote", "Quote", "Devis";
        /// An invoice.
        Invoice = "invoice", "Invoice", "Facture";
        /// A credit note; its amounts are positive.
        CreditNote = "credit_note", "Credit note", "Avoir";
    }
}

impl DocumentKind {
    /// The series of its numbers.
    #[must_use]
    pub const fn series(self) -> Series {
        match self {
            Self::Quote => Series::Quote,
            Self::Invoice => Series::Invoice,
            Self::CreditNote => Series::CreditNote,
        }
    }

    /// Its code in UNTDID 1001 (BT-3); a quote has none in EN 16931.
    #[must_use]
    pub const fn type_code(self) -> Option<&'static str> {
        match self {
            Self::Quote => None,
            Self::Invoice => Some("380"),
            Self::CreditNote => Some("381"),
        }
    }
}

/// A line of a document (BG-25).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct DocumentLine {
    /// Its number (BT-126); on a credit note that of the invoice's line.
    pub n: u32,
    /// The product's number (BT-155).
    pub sku: String,
    /// What it is, in the document's language (BT-153).
    pub name: String,
    /// The days that it is for (BT-134, BT-135: the last day is the one before [`Period::to`]).
    pub period: Option<Period>,
    /// The price of one (BT-146).
    pub unit: Money,
    /// How many (BT-129).
    pub quantity: u32,
    /// What is taken off (BT-136).
    pub off: Money,
    /// Its net amount (BT-131).
    pub net: Money,
    /// Its tax (BT-151, BT-152).
    pub vat: Vat,
}

/// Everything on a document but its number and its date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Draft {
    /// What it is.
    pub kind: DocumentKind,
    /// The order (BT-14).
    pub order: Option<Number>,
    /// The invoice that is credited (BT-25).
    pub credited: Option<Number>,
    /// Its language.
    pub language: Language,
    /// Its currency (BT-5).
    pub currency: Currency,
    /// Who sells.
    pub seller: Party,
    /// Who buys.
    pub buyer: Party,
    /// The customer's own purchase order (BT-13).
    pub purchase_order: Option<String>,
    /// Until when it is to be paid (BT-9); until when a quote holds.
    pub due_on: Option<NaiveDate>,
    /// Its lines.
    pub lines: Vec<DocumentLine>,
    /// What they come to.
    pub totals: Totals,
    /// What was paid before (BT-113).
    pub paid: Money,
    /// The rounding amount (BT-114).
    pub rounding: Money,
    /// A note (BT-22).
    pub note: String,
}

/// What a document needs besides its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Its language.
    pub language: Language,
    /// Who sells.
    pub seller: Party,
    /// Who buys.
    pub buyer: Party,
    /// Until when it is to be paid; until when a quote holds.
    pub due_on: Option<NaiveDate>,
    /// A note.
    pub note: String,
}

impl Draft {
    /// A quote for a cart or an order: what it comes to the first time.
    pub fn quote(order: &Order, terms: Terms) -> Result<Self, DocumentRefusal> {
        let lines = first_lines(order, &terms, None);
        Self::of(DocumentKind::Quote, order, terms, lines, order.discount)
    }

    /// The invoice for what an order comes to the first time. What is paid again and again begins on this day.
    pub fn invoice(
        order: &Order,
        begins: NaiveDate,
        terms: Terms,
    ) -> Result<Self, DocumentRefusal> {
        let lines = first_lines(order, &terms, Some(begins));
        Self::of(DocumentKind::Invoice, order, terms, lines, order.discount)
    }

    /// The invoice for later periods of these lines of an order. A discount on the whole goes on when it is a share of it; as an
    /// amount it was for the first invoice.
    pub fn renewal(
        order: &Order,
        due: &[(LineId, Period)],
        terms: Terms,
    ) -> Result<Self, DocumentRefusal> {
        let priced = due
            .iter()
            .filter_map(|&(id, period)| Some((order.line(id)?, period)))
            .filter(|(line, _)| line.billing != Billing::Once)
            .map(|(line, period)| Billed::new(line, line.price(), Some(period), &terms))
            .collect();
        let discount = match order.discount {
            Discount::Amount { .. } => Discount::None,
            share => share,
        };
        Self::of(DocumentKind::Invoice, order, terms, priced, discount)
    }

    fn of(
        kind: DocumentKind,
        order: &Order,
        terms: Terms,
        billed: Vec<Billed>,
        discount: Discount,
    ) -> Result<Self, DocumentRefusal> {
        let currency = order.currency;
        let priced: Vec<Priced> = billed.iter().map(|line| line.priced).collect();
        let totals = totals(&priced, discount, currency)?;
        let lines = (1..)
            .zip(billed)
            .map(|(n, line)| line.written(n))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            kind,
            order: order.number,
            credited: None,
            language: terms.language,
            currency,
            seller: terms.seller,
            buyer: terms.buyer,
            purchase_order: order.purchase_order.clone(),
            due_on: terms.due_on,
            lines,
            totals,
            paid: Money::zero(currency),
            rounding: Money::zero(currency),
            note: terms.note,
        })
    }

    /// What is due (BT-115).
    pub fn due(&self) -> Result<Money, MoneyRefusal> {
        self.totals.due(self.paid, self.rounding)
    }

    /// Its amounts are those that its lines come to, and what has to stand on it does.
    pub fn check(&self) -> Result<(), DocumentRefusal> {
        if self.lines.is_empty() {
            return Err(DocumentRefusal::Empty);
        }
        for line in &self.lines {
            let gross = line.unit.times(line.quantity)?;
            let fits = gross.minus(line.off)? == line.net;
            if !fits || line.off.is_negative() || line.net.is_negative() {
                return Err(DocumentRefusal::Mistaken);
            }
        }
        for group in &self.totals.by_rate {
            let of_group = self.lines.iter().filter(|line| line.vat == group.vat);
            let sum = Money::sum(of_group.map(|line| line.net), self.currency)?;
            if VatLine::of(group.vat, sum, group.discount)? != *group {
                return Err(DocumentRefusal::Mistaken);
            }
        }
        let in_groups = Money::sum(self.lines.iter().map(|line| line.net), self.currency)?;
        let again = Totals::of(self.totals.by_rate.clone(), self.currency)?;
        if again != self.totals || in_groups != self.totals.lines {
            return Err(DocumentRefusal::Mistaken);
        }
        let has = |category| {
            let mut groups = self.totals.by_rate.iter();
            groups.any(|group| group.vat.category() == category)
        };
        let reverse = has(VatCategory::ReverseCharge);
        let wants_number = reverse || has(VatCategory::Standard) || has(VatCategory::Export);
        if wants_number && self.seller.vat_number.is_none() {
            return Err(DocumentRefusal::SellerVat);
        }
        if reverse && self.buyer.vat_number.is_none() {
            return Err(DocumentRefusal::BuyerVat);
        }
        Ok(())
    }

    /// Issues it under this number, which the store commits with it, on this day.
    ///
    /// # Errors
    /// What [`Draft::check`] finds, a number of another series, a day after the one it is due on.
    pub fn issued(self, number: Number, on: NaiveDate) -> Result<Document, DocumentRefusal> {
        self.check()?;
        if number.series() != self.kind.series() {
            return Err(DocumentRefusal::WrongNumber);
        }
        if self.due_on.is_some_and(|due| due < on) {
            return Err(DocumentRefusal::Dates);
        }
        Ok(Document {
            number,
            on,
            body: self,
        })
    }
}

/// A document that was issued. Nothing changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Document {
    number: Number,
    on: NaiveDate,
    body: Draft,
}

impl Document {
    /// Its number (BT-1).
    #[must_use]
    pub const fn number(&self) -> Number {
        self.number
    }

    /// Its date (BT-2).
    #[must_use]
    pub const fn on(&self) -> NaiveDate {
        self.on
    }

    /// Everything else on it.
    #[must_use]
    pub const fn body(&self) -> &Draft {
        &self.body
    }
}

/// A line of an order, on its way to a document.
struct Billed {
    sku: String,
    name: String,
    period: Option<Period>,
    priced: Priced,
}

impl Billed {
    fn new(line: &OrderLine, priced: Priced, period: Option<Period>, terms: &Terms) -> Self {
        Self {
            sku: line.sku.to_string(),
            name: line.name.of(terms.language).to_owned(),
            period,
            priced,
        }
    }

    fn written(self, n: u32) -> Result<DocumentLine, TotalsRefusal> {
        Ok(DocumentLine {
            n,
            sku: self.sku,
            name: self.name,
            period: self.period,
            unit: self.priced.unit,
            quantity: self.priced.quantity,
            off: self.priced.off()?,
            net: self.priced.net()?,
            vat: self.priced.vat,
        })
    }
}

/// The prices of an order's lines, each followed by its setting up.
fn first_lines(order: &Order, terms: &Terms, begins: Option<NaiveDate>) -> Vec<Billed> {
    let mut billed = Vec::new();
    for line in &order.lines {
        let period = begins.and_then(|begins| Period::nth(begins, line.billing, 0));
        billed.push(Billed::new(line, line.price(), period, terms));
        if let Some(priced) = line.setting_up() {
            let mut setting_up = Billed::new(line, priced, None, terms);
            setting_up.name = match terms.language {
                Language::En => format!("{}, setting up", setting_up.name),
                Language::Fr => format!("{}, mise en service", setting_up.name),
            };
            billed.push(setting_up);
        }
    }
    billed
}
