//! Making a move: whether it can be made, and the order as it is afterwards.

use super::refusal::OrderRefusal;
use super::{
    By, Fulfilment, MOST_ENTRIES, MOST_LINES, MOST_UNITS, Move, MoveKind, Order, OrderLine,
    OrderState, Passage, Payment, Situation,
};
use crate::id::{LineId, ProductId};
use crate::policy::Scope;
use crate::shop::fault::line as checked_line;
use crate::shop::money::Money;
use crate::shop::number::Series;
use crate::shop::product::ProductKind;
use crate::shop::suspension::{LONGEST_REASON, Suspension};
use crate::shop::totals::{Discount, TotalsRefusal};

/// What has to be done when a move is made, in the same transaction or after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The order came to this state.
    Came {
        /// The state.
        state: OrderState,
    },
    /// So many units are taken from the product's stock; refuse the move when there are not.
    TakeStock {
        /// The product.
        product: ProductId,
        /// How many.
        units: u32,
    },
    /// So many units go back to the product's stock.
    ReturnStock {
        /// The product.
        product: ProductId,
        /// How many.
        units: u32,
    },
    /// The line's app is in the customer's library.
    IntoLibrary {
        /// The line.
        line: LineId,
    },
    /// The line's app leaves the library.
    OutOfLibrary {
        /// The line.
        line: LineId,
    },
    /// The line's server can be provisioned.
    OpenProvisioning {
        /// The line.
        line: LineId,
    },
    /// That much is to be paid back.
    OweRefund {
        /// How much.
        amount: Money,
    },
}

impl Order {
    /// The order after this move, and what has to be done for it; this one stays as it is.
    ///
    /// # Errors
    /// Why it is not made: [`OrderRefusal`].
    pub fn after(
        &self,
        step: &Move,
        situation: &Situation<'_>,
    ) -> Result<(Self, Vec<Effect>), OrderRefusal> {
        let kind = step.kind();
        self.may(kind, situation)?;
        if !kind.from().contains(&self.state) {
            return Err(OrderRefusal::NotNow {
                what: kind,
                state: self.state,
            });
        }
        self.is_free(kind, situation)?;
        let mut after = Making {
            order: self.clone(),
            effects: Vec::new(),
            situation,
        };
        after.make(step)?;
        after.settle()?;
        Ok((after.order, after.effects))
    }

    fn may(&self, kind: MoveKind, situation: &Situation<'_>) -> Result<(), OrderRefusal> {
        let may = match situation.by {
            By::Program => kind.is_by_program(),
            By::Person(actor) => match kind.scope_of(actor.role) {
                Some(Scope::All) => true,
                Some(Scope::Customer | Scope::Own) => actor.customer == Some(self.customer),
                None => false,
            },
        };
        if may {
            Ok(())
        } else {
            Err(OrderRefusal::NotAllowed { what: kind })
        }
    }

    fn is_free(&self, kind: MoveKind, situation: &Situation<'_>) -> Result<(), OrderRefusal> {
        if !kind.is_stopped_by_suspension() {
            return Ok(());
        }
        let bites = |suspension: &&Suspension| suspension.bites(situation.at);
        if let Some(suspension) = situation.customer.filter(bites) {
            return Err(OrderRefusal::CustomerSuspended {
                reason: suspension.reason.clone(),
            });
        }
        if let Some(suspension) = self.suspension.as_ref().filter(bites) {
            return Err(OrderRefusal::OrderSuspended {
                reason: suspension.reason.clone(),
            });
        }
        Ok(())
    }
}

/// A move being made on a copy.
struct Making<'a> {
    order: Order,
    effects: Vec<Effect>,
    situation: &'a Situation<'a>,
}

impl Making<'_> {
    fn make(&mut self, step: &Move) -> Result<(), OrderRefusal> {
        match step {
            Move::Add { line } => self.add(line),
            Move::Change { line, quantity } => {
                let line = self.line(*line)?;
                line.quantity = *quantity;
                fits(line)?;
                self.reckons()
            }
            Move::Remove { line } => {
                self.line(*line)?;
                self.order.lines.retain(|other| other.id != *line);
                // What was taken off the whole may be more than what is left.
                self.reckons()
            }
            Move::Discount { line, discount } => {
                match line {
                    Some(line) => self.line(*line)?.discount = *discount,
                    None => self.order.discount = *discount,
                }
                self.reckons()?;
                let paid = self.order.paid()?;
                if paid.minor() > self.order.owed()?.minor() && !paid.is_zero() {
                    return Err(OrderRefusal::PaidMore { paid });
                }
                Ok(())
            }
            Move::Place { number } => self.place(*number),
            Move::Accept => {
                self.pass(OrderState::Accepted);
                Ok(())
            }
            Move::Withdraw => self.give_up(OrderState::Cancelled, None),
            Move::Refuse { reason } => self.give_up(OrderState::Refused, Some(reason)),
            Move::Cancel { reason } => self.give_up(OrderState::Cancelled, Some(reason)),
            Move::Pay { payment } => {
                let left = self.order.left()?;
                self.takes(payment, left)?;
                self.order.payments.push(payment.clone());
                Ok(())
            }
            Move::Refund { refund } => {
                let paid = self.order.paid()?;
                self.takes(refund, paid)?;
                self.order.refunds.push(refund.clone());
                Ok(())
            }
            Move::Renew { renewal } => {
                if !self.order.renews() {
                    return Err(OrderRefusal::NothingRenews);
                }
                let known = &self.order.renewals;
                listed(
                    known.len(),
                    known.iter().any(|other| other.document == renewal.document),
                )?;
                not_negative(renewal.amount)?;
                self.order.renewals.push(renewal.clone());
                self.order.charged()?;
                Ok(())
            }
            Move::Credit { credit } => {
                let known = &self.order.credits;
                listed(
                    known.len(),
                    known.iter().any(|other| other.document == credit.document),
                )?;
                not_negative(credit.amount)?;
                at_most(credit.amount, self.order.owed()?)?;
                self.order.credits.push(credit.clone());
                Ok(())
            }
            Move::Begin { line, run } => {
                self.line_from(*line, MoveKind::Begin)?.run = *run;
                self.turn(*line, Fulfilment::InWork)
            }
            Move::Fulfil { line } => {
                self.line_from(*line, MoveKind::Fulfil)?;
                self.turn(*line, Fulfilment::Done)
            }
            Move::Fail { line, why } => {
                self.line_from(*line, MoveKind::Fail)?;
                self.turn(*line, Fulfilment::Failed)?;
                let why = crate::text::line(why.trim(), LONGEST_REASON as usize);
                self.line(*line)?.failure = Some(why);
                Ok(())
            }
            Move::Undo { line } => {
                self.line_from(*line, MoveKind::Undo)?;
                self.turn(*line, Fulfilment::Undone)
            }
            Move::Suspend {
                grace_until,
                reason,
            } => {
                if self.order.suspension.is_some() {
                    return Err(OrderRefusal::SuspendedAlready);
                }
                let suspension = Suspension::new(self.situation.at, *grace_until, reason)?;
                self.order.suspension = Some(suspension);
                Ok(())
            }
            Move::Resume => match self.order.suspension.take() {
                Some(_) => Ok(()),
                None => Err(OrderRefusal::NotSuspended),
            },
        }
    }

    fn add(&mut self, line: &OrderLine) -> Result<(), OrderRefusal> {
        if self.order.lines.len() >= MOST_LINES {
            return Err(OrderRefusal::TooMany {
                most: u32::try_from(MOST_LINES).unwrap_or(u32::MAX),
            });
        }
        if self.order.line(line.id).is_some() {
            return Err(OrderRefusal::Already);
        }
        fits(line)?;
        self.order.lines.push(OrderLine {
            fulfilment: Fulfilment::Waiting,
            since: self.situation.at,
            run: None,
            failure: None,
            // Whoever fills the cart does not say what is taken off.
            discount: Discount::None,
            ..line.clone()
        });
        self.reckons()
    }

    fn place(&mut self, number: crate::shop::Number) -> Result<(), OrderRefusal> {
        if self.order.lines.is_empty() {
            return Err(OrderRefusal::Empty);
        }
        if number.series() != Series::Order {
            return Err(OrderRefusal::WrongNumber);
        }
        self.order.number = Some(number);
        self.pass(OrderState::Placed);
        for line in &self.order.lines {
            self.effects.push(Effect::TakeStock {
                product: line.product,
                units: line.quantity,
            });
        }
        let apps_alone = self
            .order
            .lines
            .iter()
            .all(|line| line.kind == ProductKind::App);
        if apps_alone && self.order.totals()?.with_vat.is_zero() {
            self.pass_by_itself(OrderState::Accepted);
        }
        Ok(())
    }

    /// Every line is undone, where that can be; what was paid is to go back.
    fn give_up(&mut self, state: OrderState, reason: Option<&str>) -> Result<(), OrderRefusal> {
        if let Some(reason) = reason {
            self.order.reason = Some(checked_line(reason, LONGEST_REASON)?);
        }
        for line in &self.order.lines {
            match (line.fulfilment, line.kind) {
                (Fulfilment::InWork, _) => return Err(OrderRefusal::LineInWork),
                (Fulfilment::Done, ProductKind::Server) => return Err(OrderRefusal::ServerStands),
                _ => {}
            }
        }
        let open: Vec<LineId> = self
            .order
            .lines
            .iter()
            .filter(|line| line.fulfilment != Fulfilment::Undone)
            .map(|line| line.id)
            .collect();
        for line in open {
            self.turn(line, Fulfilment::Undone)?;
        }
        self.pass(state);
        self.owe_refund()
    }

    fn owe_refund(&mut self) -> Result<(), OrderRefusal> {
        let amount = self.order.left()?.negated();
        if amount.is_positive() {
            self.effects.push(Effect::OweRefund { amount });
        }
        Ok(())
    }

    /// A payment or a refund, of at most this much.
    fn takes(&self, payment: &Payment, most: Money) -> Result<(), OrderRefusal> {
        let of = &self.order;
        let known = of.payments.iter().chain(&of.refunds);
        let fullest = of.payments.len().max(of.refunds.len());
        listed(
            fullest,
            known.into_iter().any(|other| other.id == payment.id),
        )?;
        if !payment.amount.is_positive() {
            return Err(OrderRefusal::NotPositive);
        }
        at_most(payment.amount, most)
    }

    fn line(&mut self, id: LineId) -> Result<&mut OrderLine, OrderRefusal> {
        self.order
            .lines
            .iter_mut()
            .find(|line| line.id == id)
            .ok_or(OrderRefusal::NoSuchLine)
    }

    /// The line, when this move can be made from where it stands.
    fn line_from(&mut self, id: LineId, what: MoveKind) -> Result<&mut OrderLine, OrderRefusal> {
        let line = self.line(id)?;
        let fulfilment = line.fulfilment;
        if what.from_fulfilment().contains(&fulfilment) {
            Ok(line)
        } else {
            Err(OrderRefusal::LineNow { what, fulfilment })
        }
    }

    fn turn(&mut self, id: LineId, to: Fulfilment) -> Result<(), OrderRefusal> {
        let at = self.situation.at;
        let line = self.line(id)?;
        let from = std::mem::replace(&mut line.fulfilment, to);
        line.since = at;
        if to != Fulfilment::Failed {
            line.failure = None;
        }
        let (product, units, is_app) = (line.product, line.quantity, line.kind == ProductKind::App);
        if to == Fulfilment::Undone {
            self.effects.push(Effect::ReturnStock { product, units });
        }
        match (is_app, from, to) {
            (true, _, Fulfilment::Done) => self.effects.push(Effect::IntoLibrary { line: id }),
            (true, Fulfilment::Done, _) => self.effects.push(Effect::OutOfLibrary { line: id }),
            _ => {}
        }
        Ok(())
    }

    /// What comes by itself.
    fn settle(&mut self) -> Result<(), OrderRefusal> {
        let just_accepted = self.effects.contains(&Effect::Came {
            state: OrderState::Accepted,
        });
        if just_accepted {
            let lines: Vec<_> = self
                .order
                .lines
                .iter()
                .map(|line| (line.id, line.kind))
                .collect();
            for (line, kind) in lines {
                match kind {
                    ProductKind::App => self.turn(line, Fulfilment::Done)?,
                    ProductKind::Server => self.effects.push(Effect::OpenProvisioning { line }),
                }
            }
        }
        let is = |line: &OrderLine, state| line.fulfilment == state;
        let lines = &self.order.lines;
        let (over, some_done, some_begun) = (
            lines.iter().all(|line| line.fulfilment.is_over()),
            lines.iter().any(|line| is(line, Fulfilment::Done)),
            lines.iter().any(|line| is(line, Fulfilment::InWork)),
        );
        match self.order.state {
            OrderState::Accepted | OrderState::Provisioning if over && some_done => {
                self.pass_by_itself(OrderState::Completed);
            }
            OrderState::Accepted | OrderState::Provisioning if over => {
                self.pass_by_itself(OrderState::Cancelled);
                self.owe_refund()?;
            }
            OrderState::Accepted if some_begun => self.pass_by_itself(OrderState::Provisioning),
            _ => {}
        }
        let nothing_left = !self.order.payments.is_empty()
            && self.order.paid()?.is_zero()
            && self.order.owed()?.is_zero()
            && self
                .order
                .lines
                .iter()
                .all(|line| is(line, Fulfilment::Undone));
        let ended = matches!(
            self.order.state,
            OrderState::Cancelled | OrderState::Refused | OrderState::Completed
        );
        if nothing_left && ended {
            self.pass_by_itself(OrderState::Refunded);
        }
        if self.order.state.is_given_up() {
            self.order.suspension = None;
        }
        Ok(())
    }

    fn reckons(&self) -> Result<(), OrderRefusal> {
        self.order.totals()?;
        Ok(())
    }

    fn pass(&mut self, state: OrderState) {
        let by = match self.situation.by {
            By::Person(actor) => Some(actor.name.clone()),
            By::Program => None,
        };
        self.pass_by(state, by);
    }

    fn pass_by_itself(&mut self, state: OrderState) {
        self.pass_by(state, None);
    }

    fn pass_by(&mut self, state: OrderState, by: Option<String>) {
        self.order.state = state;
        // A clock may be put back; what happened later stays later.
        let last = self.order.history.last().map(|passage| passage.at);
        let at = last.map_or(self.situation.at, |last| last.max(self.situation.at));
        self.order.history.push(Passage { state, at, by });
        self.effects.push(Effect::Came { state });
    }
}

fn fits(line: &OrderLine) -> Result<(), OrderRefusal> {
    let most = match line.kind {
        ProductKind::Server => 1,
        ProductKind::App => MOST_UNITS,
    };
    if !(1..=most).contains(&line.quantity) {
        return Err(OrderRefusal::Quantity { most });
    }
    not_negative(line.set_up)
}

fn not_negative(amount: Money) -> Result<(), OrderRefusal> {
    if amount.is_negative() {
        Err(TotalsRefusal::Price.into())
    } else {
        Ok(())
    }
}

fn at_most(amount: Money, most: Money) -> Result<(), OrderRefusal> {
    if most.minus(amount)?.is_negative() {
        Err(OrderRefusal::TooMuch { most })
    } else {
        Ok(())
    }
}

/// One more fits into the list, and is not there yet.
fn listed(length: usize, is_there: bool) -> Result<(), OrderRefusal> {
    if is_there {
        Err(OrderRefusal::Already)
    } else if length >= MOST_ENTRIES {
        Err(OrderRefusal::TooMany {
            most: u32::try_from(MOST_ENTRIES).unwrap_or(u32::MAX),
        })
    } else {
        Ok(())
    }
}
