//! What holds of every order, whatever was done to it. The store may ask it of what it reads; tests ask it after each of
//! many random moves.

use super::{Fulfilment, Order, OrderState};
use crate::shop::number::Series;
use crate::shop::product::ProductKind;
use crate::shop::totals::TotalsRefusal;

/// A rule that an order breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenRule {
    /// A cart has no number, and an order has one of its series.
    #[error("a cart has no number, and an order one of its own series")]
    Number,
    /// Its lines, payments and the rest reckon.
    #[error("its amounts do not reckon: {0}")]
    Amounts(#[from] TotalsRefusal),
    /// No more was ever paid than billed, and no more went back than came.
    #[error("more was paid than billed, or went back than came")]
    Paid,
    /// No more is credited than was billed.
    #[error("more is credited than was billed")]
    Credited,
    /// Where its lines stand fits where it stands.
    #[error("where its lines stand does not fit where it stands")]
    Fulfilment,
    /// A server is one a line, and every line has something.
    #[error("a line has nothing, or more than one server")]
    Quantity,
    /// What it came through ends where it stands, in the order of time.
    #[error("what it came through does not lead where it stands")]
    History,
    /// What was refunded is paid back, and owed no more.
    #[error("it is called refunded, and money is still owed or kept")]
    Refunded,
}

impl Order {
    /// Every rule holds.
    pub fn check(&self) -> Result<(), BrokenRule> {
        let is_cart = self.state == OrderState::Cart;
        let numbered = self.number.is_some_and(|n| n.series() == Series::Order);
        hold(
            self.number.is_none() == is_cart && numbered != is_cart,
            BrokenRule::Number,
        )?;
        let charged = self.charged()?;
        let paid = self.paid().map_err(TotalsRefusal::from)?;
        hold(
            !paid.is_negative() && paid.minor() <= charged.minor(),
            BrokenRule::Paid,
        )?;
        hold(!self.owed()?.is_negative(), BrokenRule::Credited)?;
        hold(self.lines_fit(), BrokenRule::Fulfilment)?;
        hold(
            self.lines.iter().all(|line| {
                line.quantity == 1 || line.kind == ProductKind::App && line.quantity > 0
            }),
            BrokenRule::Quantity,
        )?;
        let in_time = self.history.is_sorted_by_key(|passage| passage.at);
        let last = self.history.last().map(|passage| passage.state);
        hold(in_time && last == Some(self.state), BrokenRule::History)?;
        let settled = paid.is_zero() && self.owed()?.is_zero() && !self.payments.is_empty();
        hold(
            self.state != OrderState::Refunded || settled,
            BrokenRule::Refunded,
        )
    }

    fn lines_fit(&self) -> bool {
        let each = |fits: fn(&super::OrderLine) -> bool| self.lines.iter().all(fits);
        let some = |fits: fn(&super::OrderLine) -> bool| self.lines.iter().any(fits);
        let failures =
            each(|line| (line.fulfilment == Fulfilment::Failed) == line.failure.is_some());
        failures
            && match self.state {
                OrderState::Cart => each(|line| line.fulfilment == Fulfilment::Waiting),
                OrderState::Placed => {
                    !self.lines.is_empty() && each(|line| line.fulfilment == Fulfilment::Waiting)
                }
                OrderState::Accepted => {
                    some(|line| line.fulfilment == Fulfilment::Waiting)
                        && each(|line| match line.kind {
                            ProductKind::App => line.fulfilment.is_over(),
                            ProductKind::Server => {
                                matches!(line.fulfilment, Fulfilment::Waiting | Fulfilment::Undone)
                            }
                        })
                }
                OrderState::Provisioning => some(|line| !line.fulfilment.is_over()),
                OrderState::Completed => each(|line| line.fulfilment.is_over()),
                OrderState::Cancelled | OrderState::Refused | OrderState::Refunded => {
                    each(|line| line.fulfilment == Fulfilment::Undone)
                }
            }
    }
}

fn hold(holds: bool, rule: BrokenRule) -> Result<(), BrokenRule> {
    if holds { Ok(()) } else { Err(rule) }
}
