//! Quotes, invoices and credit notes: what stands on them, and how one comes of an order or of another. Once issued a
//! document is not changed: an invoice that was wrong is credited, whole or in part. Amounts and codes are those of EN 16931
//! (numbers in brackets); writing the PDF and its XML is left to others.
//!
//! Credit notes in part are reckoned so that all of them together give back exactly what was billed: shares of discounts are
//! taken from running sums, and the last one carries in its rounding amount (BT-114) the cents by which VAT, rounded on each,
//! differs from VAT rounded once.

use super::country::Country;
use super::money::{Currency, Money, MoneyRefusal};
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

/// Which part of an invoice a credit note gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Credited {
    /// All that is left.
    Whole,
    /// So many of these lines.
    Lines {
        /// Which.
        lines: Vec<CreditedLine>,
    },
}

/// So many of a line of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct CreditedLine {
    /// The line's number.
    pub n: u32,
    /// How many.
    pub quantity: u32,
}

impl Draft {
    /// A quote for a cart or an order: what it comes to the first time.
    pub fn quote(order: &Order, terms: Terms) -> Result<Self, DocumentRefusal> {
        let lines = first_lines(order, &terms, None);
        Self::of(DocumentKind::Quote, order, terms, lines, order.discount)
    }

    /// The invoice for what an order comes to the first time. What is paid again and again begins on this day.
    pub fn invoice(order: &Order, begins: NaiveDate, terms: Terms) -> Result<Self, DocumentRefusal> {
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

    /// A credit note for a part of this invoice; `before` are those that were issued for it already.
    ///
    /// # Errors
    /// It is no invoice, it has no such line, or not so many are left.
    pub fn credit(&self, before: &[Self], part: &Credited) -> Result<Draft, DocumentRefusal> {
        if self.body.kind != DocumentKind::Invoice {
            return Err(DocumentRefusal::NotAnInvoice);
        }
        let before: Vec<&Draft> = before
            .iter()
            .map(Self::body)
            .filter(|note| note.credited == Some(self.number))
            .collect();
        let lines = self
            .parts(&before, part)?
            .into_iter()
            .map(|(line, taken, quantity)| credited_line(line, &before, taken, quantity))
            .collect::<Result<Vec<_>, _>>()?;
        let currency = self.body.currency;
        let mut by_rate = Vec::new();
        for group in &self.body.totals.by_rate {
            let of_group = lines.iter().filter(|line| line.vat == group.vat);
            let sum = Money::sum(of_group.clone().map(|line| line.net), currency)?;
            if of_group.count() > 0 {
                by_rate.push(credited_group(group, &before, sum)?);
            }
        }
        let totals = Totals::of(by_rate, currency)?;
        let mut note = Draft {
            kind: DocumentKind::CreditNote,
            credited: Some(self.number),
            due_on: None,
            lines,
            totals,
            paid: Money::zero(currency),
            rounding: Money::zero(currency),
            ..self.body.clone()
        };
        if self.is_credited_by(&before, &note) {
            let given = Money::sum(
                before
                    .iter()
                    .map(|note| note.totals.with_vat.plus(note.rounding))
                    .collect::<Result<Vec<_>, _>>()?,
                currency,
            )?;
            let billed = self.body.totals.with_vat.plus(self.body.rounding)?;
            note.rounding = billed.minus(given)?.minus(note.totals.with_vat)?;
        }
        Ok(note)
    }

    /// Each line that is credited, how many of it were before, and how many are now.
    fn parts(
        &self,
        before: &[&Draft],
        part: &Credited,
    ) -> Result<Vec<(&DocumentLine, u32, u32)>, DocumentRefusal> {
        let taken = |n| before.iter().map(|note| quantity_of(note, n)).sum::<u32>();
        let mut parts = Vec::new();
        for line in &self.body.lines {
            let taken = taken(line.n);
            let left = line.quantity.saturating_sub(taken);
            let quantity = match part {
                Credited::Whole => left,
                Credited::Lines { lines } => lines
                    .iter()
                    .filter(|wanted| wanted.n == line.n)
                    .fold(0_u32, |sum, wanted| sum.saturating_add(wanted.quantity)),
            };
            if quantity > left {
                return Err(DocumentRefusal::NotLeft { n: line.n, left });
            }
            if quantity > 0 {
                parts.push((line, taken, quantity));
            }
        }
        if let Credited::Lines { lines } = part {
            let known = |n| self.body.lines.iter().any(|line| line.n == n);
            if let Some(wanted) = lines.iter().find(|wanted| !known(wanted.n)) {
                return Err(DocumentRefusal::NoSuchLine { n: wanted.n });
            }
        }
        if parts.is_empty() {
            return Err(DocumentRefusal::Empty);
        }
        Ok(parts)
    }

    fn is_credited_by(&self, before: &[&Draft], last: &Draft) -> bool {
        self.body.lines.iter().all(|line| {
            let all = before.iter().copied().chain([last]);
            all.map(|note| quantity_of(note, line.n)).sum::<u32>() == line.quantity
        })
    }
}

fn quantity_of(note: &Draft, n: u32) -> u32 {
    let lines = note.lines.iter().filter(|line| line.n == n);
    lines.map(|line| line.quantity).sum()
}

fn credited_line(
    line: &DocumentLine,
    before: &[&Draft],
    taken: u32,
    quantity: u32,
) -> Result<DocumentLine, MoneyRefusal> {
    let given = before
        .iter()
        .flat_map(|note| &note.lines)
        .filter(|other| other.n == line.n)
        .map(|other| other.net);
    let given = Money::sum(given, line.net.currency())?;
    let up_to_here = line.net.part(
        i128::from(taken) + i128::from(quantity),
        i128::from(line.quantity),
    );
    let net = up_to_here.minus(given)?;
    Ok(DocumentLine {
        quantity,
        off: line.unit.times(quantity)?.minus(net)?,
        net,
        ..line.clone()
    })
}

fn credited_group(
    group: &VatLine,
    before: &[&Draft],
    sum: Money,
) -> Result<VatLine, MoneyRefusal> {
    let given: Vec<&VatLine> = before
        .iter()
        .flat_map(|note| &note.totals.by_rate)
        .filter(|other| other.vat == group.vat)
        .collect();
    let currency = sum.currency();
    let lines = Money::sum(given.iter().map(|other| other.lines), currency)?.plus(sum)?;
    let discounts = Money::sum(given.iter().map(|other| other.discount), currency)?;
    let up_to_here = group.discount.part(
        i128::from(lines.minor()),
        i128::from(group.lines.minor()),
    );
    VatLine::of(group.vat, sum, up_to_here.minus(discounts)?)
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
