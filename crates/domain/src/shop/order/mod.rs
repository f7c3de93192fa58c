//! Orders: their lines, what is owed and paid, and the rules that hold of every one of them ([`Order::check`]). What can be
//! done to one is in [`moves`]; doing it, in `apply`. Nothing here waits or writes: a move gives the order as it is
//! afterwards, and what has to be done for it ([`Effect`]), which `core` does in the transaction that keeps the order.
//!
//! Fields are public so that the store can read and write them; everybody else changes an order through [`Order::after`].

mod apply;
mod moves;
mod refusal;
mod rules;

pub use apply::Effect;
pub use moves::{By, Move, MoveKind, Situation};
pub use refusal::OrderRefusal;
pub use rules::BrokenRule;

use super::currency::Currency;
use super::money::{Money, MoneyRefusal};
use super::number::Number;
use super::product::{Billing, Product, ProductKind, Sku};
use super::renewal::Period;
use super::suspension::Suspension;
use super::totals::{Discount, Priced, Totals, TotalsRefusal, totals};
use super::vat::Vat;
use crate::id::{CustomerId, DocumentId, LineId, OrderId, PaymentId, ProductId, RunId};
use crate::words::Words;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

named! {
    /// Where an order stands. How far it is paid is told beside it: [`PaymentState`].
    OrderState {
        /// Being filled; it is no order yet and has no number.
        Cart = "cart", "In the cart", "Au panier";
        /// Ordered; waits for the provider.
        Placed = "placed", "Placed", "Passée";
        /// The provider takes it on.
        Accepted = "accepted", "Accepted", "Acceptée";
        /// A line is being made.
        Provisioning = "provisioning", "Being fulfilled", "En cours d’exécution";
        /// Every line is done, or given up.
        Completed = "completed", "Completed", "Terminée";
        /// Given up after it was placed.
        Cancelled = "cancelled", "Cancelled", "Annulée";
        /// The provider does not take it on.
        Refused = "refused", "Refused", "Refusée";
        /// Given up, and all money paid back.
        Refunded = "refunded", "Refunded", "Remboursée";
    }
}

impl OrderState {
    /// Given up: nothing is owed for it any more.
    #[must_use]
    pub const fn is_given_up(self) -> bool {
        matches!(self, Self::Cancelled | Self::Refused | Self::Refunded)
    }
}

named! {
    /// Where a line stands.
    Fulfilment {
        /// Not begun.
        Waiting = "waiting", "Waiting", "En attente";
        /// A run, or a person, is at it.
        InWork = "in_work", "In work", "En cours";
        /// There: an app in the library, a server in service.
        Done = "done", "Done", "Faite";
        /// It failed, and can be begun again.
        Failed = "failed", "Failed", "Échouée";
        /// Given up, or taken away again.
        Undone = "undone", "Undone", "Défaite";
    }
}

impl Fulfilment {
    /// Nothing more will happen to it by itself.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Undone)
    }
}

named! {
    /// How far an order is paid.
    PaymentState {
        /// Nothing is owed, and nothing was paid.
        NothingDue = "nothing_due", "Nothing due", "Rien à payer";
        /// Nothing is paid.
        ToPay = "to_pay", "To pay", "À payer";
        /// Something is paid.
        PartlyPaid = "partly_paid", "Partly paid", "Payée en partie";
        /// All that is owed is paid.
        Paid = "paid", "Paid", "Payée";
        /// More is paid than is owed: it was given up, or credited.
        ToRefund = "to_refund", "To refund", "À rembourser";
        /// Nothing is owed, and all that was paid is paid back.
        Refunded = "refunded", "Refunded", "Remboursée";
    }
}

named! {
    /// How money comes, or goes back.
    PaymentMethod {
        /// A bank transfer.
        Transfer = "transfer", "Bank transfer", "Virement";
        /// A card, at a terminal.
        Card = "card", "Card terminal", "Terminal de carte";
        /// A cheque.
        Cheque = "cheque", "Cheque", "Chèque";
        /// Cash.
        Cash = "cash", "Cash", "Espèces";
        /// Against a purchase order.
        PurchaseOrder = "purchase_order", "Purchase order", "Bon de commande";
        /// A payment link.
        Link = "link", "Payment link", "Lien de paiement";
    }
}

/// The most lines an order has.
pub const MOST_LINES: usize = 200;

/// The most of one app that a line has.
pub const MOST_UNITS: u32 = 10_000;

/// The most payments, refunds, renewals or credits that an order has, of each.
pub const MOST_ENTRIES: usize = 2_000;

/// A line of an order: a product as it was when it was put in, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct OrderLine {
    /// Its id.
    pub id: LineId,
    /// The product.
    pub product: ProductId,
    /// Server or app.
    pub kind: ProductKind,
    /// The product's number.
    pub sku: Sku,
    /// The product's name.
    pub name: Words,
    /// How often it is paid.
    pub billing: Billing,
    /// The price of one each time, without VAT.
    pub unit: Money,
    /// What setting one up costs, once, without VAT. The line's discount is not taken off it.
    pub set_up: Money,
    /// How many: of a server, one, since each is made by a run of its own.
    pub quantity: u32,
    /// What is taken off the price, each time.
    pub discount: Discount,
    /// Its tax.
    pub vat: Vat,
    /// Where it stands.
    pub fulfilment: Fulfilment,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The run that is, or was, at it.
    pub run: Option<RunId>,
    /// Why it failed.
    pub failure: Option<String>,
}

impl OrderLine {
    /// A line for so many of a product, as it is now, taxed as the customer is.
    #[must_use]
    pub fn of(id: LineId, product: &Product, quantity: u32, vat: Vat, at: DateTime<Utc>) -> Self {
        Self {
            id,
            product: product.id,
            kind: product.goods.kind(),
            sku: product.sku.clone(),
            name: product.name.clone(),
            billing: product.billing,
            unit: product.price,
            set_up: product.set_up,
            quantity,
            discount: Discount::None,
            vat,
            fulfilment: Fulfilment::Waiting,
            since: at,
            run: None,
            failure: None,
        }
    }

    /// Its price, each time.
    #[must_use]
    pub const fn price(&self) -> Priced {
        Priced {
            unit: self.unit,
            quantity: self.quantity,
            discount: self.discount,
            vat: self.vat,
        }
    }

    /// Its setting up, where that costs something.
    #[must_use]
    pub fn setting_up(&self) -> Option<Priced> {
        (!self.set_up.is_zero()).then_some(Priced {
            unit: self.set_up,
            quantity: self.quantity,
            discount: Discount::None,
            vat: self.vat,
        })
    }
}

/// Money that came, or went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Payment {
    /// Its id: the same one is not taken twice.
    pub id: PaymentId,
    /// How much, more than nothing.
    pub amount: Money,
    /// How.
    pub method: PaymentMethod,
    /// On which day.
    pub on: NaiveDate,
    /// The bank's or the customer's reference.
    pub reference: String,
}

/// A later period that was billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Renewal {
    /// The invoice.
    pub document: DocumentId,
    /// The period.
    pub period: Period,
    /// What it comes to, with VAT.
    pub amount: Money,
}

/// A credit note that was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Credit {
    /// The credit note.
    pub document: DocumentId,
    /// What it comes to, with VAT.
    pub amount: Money,
}

/// That an order came to a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Passage {
    /// The state.
    pub state: OrderState,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it: a person's name; nobody's when it came by itself.
    pub by: Option<String>,
}

/// An order, or a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Whose it is.
    pub customer: CustomerId,
    /// What it is paid in.
    pub currency: Currency,
    /// Its number, from its placing on.
    pub number: Option<Number>,
    /// Where it stands.
    pub state: OrderState,
    /// Its lines.
    pub lines: Vec<OrderLine>,
    /// What is taken off the whole.
    pub discount: Discount,
    /// Money that came.
    pub payments: Vec<Payment>,
    /// Money that went back.
    pub refunds: Vec<Payment>,
    /// Later periods that were billed.
    pub renewals: Vec<Renewal>,
    /// Credit notes.
    pub credits: Vec<Credit>,
    /// Its suspension.
    pub suspension: Option<Suspension>,
    /// Why it was refused or cancelled.
    pub reason: Option<String>,
    /// What the customer says with it.
    pub note: String,
    /// The number of the customer's own purchase order (BT-13).
    pub purchase_order: Option<String>,
    /// The states it came through, in order.
    pub history: Vec<Passage>,
}

impl Order {
    /// An empty cart.
    #[must_use]
    pub fn cart(id: OrderId, customer: CustomerId, currency: Currency, at: DateTime<Utc>) -> Self {
        Self {
            id,
            customer,
            currency,
            number: None,
            state: OrderState::Cart,
            lines: Vec::new(),
            discount: Discount::None,
            payments: Vec::new(),
            refunds: Vec::new(),
            renewals: Vec::new(),
            credits: Vec::new(),
            suspension: None,
            reason: None,
            note: String::new(),
            purchase_order: None,
            history: vec![Passage {
                state: OrderState::Cart,
                at,
                by: None,
            }],
        }
    }

    /// The line of this id.
    #[must_use]
    pub fn line(&self, id: LineId) -> Option<&OrderLine> {
        self.lines.iter().find(|line| line.id == id)
    }

    /// Prices and setting up, as they are billed the first time.
    #[must_use]
    pub fn priced(&self) -> Vec<Priced> {
        self.lines
            .iter()
            .flat_map(|line| [Some(line.price()), line.setting_up()])
            .flatten()
            .collect()
    }

    /// What it comes to the first time.
    pub fn totals(&self) -> Result<Totals, TotalsRefusal> {
        totals(&self.priced(), self.discount, self.currency)
    }

    /// All that was ever billed for it, before credits and whatever became of it.
    pub fn charged(&self) -> Result<Money, TotalsRefusal> {
        let renewed = self.sum(self.renewals.iter().map(|renewal| renewal.amount))?;
        Ok(self.totals()?.with_vat.plus(renewed)?)
    }

    /// What is owed for it, all in all: nothing for a cart and for what was given up.
    pub fn owed(&self) -> Result<Money, TotalsRefusal> {
        if self.state == OrderState::Cart || self.state.is_given_up() {
            return Ok(Money::zero(self.currency));
        }
        let credited = self.sum(self.credits.iter().map(|credit| credit.amount))?;
        Ok(self.charged()?.minus(credited)?)
    }

    /// What was paid and not paid back.
    pub fn paid(&self) -> Result<Money, MoneyRefusal> {
        let back = self.sum(self.refunds.iter().map(|refund| refund.amount))?;
        self.received()?.minus(back)
    }

    /// What is left to pay; less than nothing when money has to go back.
    pub fn left(&self) -> Result<Money, TotalsRefusal> {
        Ok(self.owed()?.minus(self.paid()?)?)
    }

    /// How far it is paid.
    pub fn payment_state(&self) -> Result<PaymentState, TotalsRefusal> {
        let (owed, paid) = (self.owed()?, self.paid()?);
        Ok(match (owed.is_zero(), paid.is_zero()) {
            (true, true) if self.payments.is_empty() => PaymentState::NothingDue,
            (true, true) => PaymentState::Refunded,
            (false, true) => PaymentState::ToPay,
            _ if paid.minor() > owed.minor() => PaymentState::ToRefund,
            _ if paid == owed => PaymentState::Paid,
            _ => PaymentState::PartlyPaid,
        })
    }

    /// Everything that was ever paid.
    fn received(&self) -> Result<Money, MoneyRefusal> {
        self.sum(self.payments.iter().map(|payment| payment.amount))
    }

    fn sum(&self, amounts: impl Iterator<Item = Money>) -> Result<Money, MoneyRefusal> {
        Money::sum(amounts, self.currency)
    }

    /// A later period of it can be billed: something in it is paid again and again, and is there.
    #[must_use]
    pub fn renews(&self) -> bool {
        self.lines
            .iter()
            .any(|line| line.billing != Billing::Once && line.fulfilment == Fulfilment::Done)
    }
}
