//! Why a move is not made.

use super::{Fulfilment, MoveKind, OrderState};
use crate::shop::fault::Fault;
use crate::shop::money::{Money, MoneyRefusal};
use crate::shop::totals::TotalsRefusal;

refusals! {
    /// Why a move is not made. Nothing is changed by one that is refused.
    OrderRefusal {
        /// Not with this role.
        NotAllowed {
            /// What was asked.
            what: MoveKind,
        } = "not_allowed",
            format!("{}: an administrator does this.", what.words().en),
            format!("{} : cela revient à un administrateur.", what.words().fr);
        /// Not from where the order stands: somebody may have been faster.
        NotNow {
            /// What was asked.
            what: MoveKind,
            /// Where it stands.
            state: OrderState,
        } = "not_now",
            format!("{}: not for an order in the state “{}”. Nothing was changed.", what.words().en, state.words().en),
            format!("{} : pas pour une commande dans l’état « {} ». Rien n’a été changé.", what.words().fr, state.words().fr);
        /// Not from where the line stands.
        LineNow {
            /// What was asked.
            what: MoveKind,
            /// Where it stands.
            fulfilment: Fulfilment,
        } = "line_now",
            format!("{}: not for a line in the state “{}”. Nothing was changed.", what.words().en, fulfilment.words().en),
            format!("{} : pas pour une ligne dans l’état « {} ». Rien n’a été changé.", what.words().fr, fulfilment.words().fr);
        /// No line has this id.
        NoSuchLine = "no_such_line", "This line is not there any more.", "Cette ligne n’est plus là.";
        /// There is nothing in the cart.
        Empty = "empty", "The cart is empty.", "Le panier est vide.";
        /// The customer is suspended.
        CustomerSuspended {
            /// Why.
            reason: String,
        } = "customer_suspended",
            format!("The customer is suspended: {reason}"),
            format!("Le client est suspendu : {reason}");
        /// The order is suspended.
        OrderSuspended {
            /// Why.
            reason: String,
        } = "order_suspended",
            format!("The order is suspended: {reason}"),
            format!("La commande est suspendue : {reason}");
        /// It is suspended already.
        SuspendedAlready = "suspended_already", "The order is suspended already.", "La commande est déjà suspendue.";
        /// It is not suspended.
        NotSuspended = "not_suspended", "The order is not suspended.", "La commande n’est pas suspendue.";
        /// How many is out of its range.
        Quantity {
            /// The most.
            most: u32,
        } = "quantity",
            format!("From 1 to {most}."),
            format!("De 1 à {most}.");
        /// There are more of them than fit.
        TooMany {
            /// The most that fit.
            most: u32,
        } = "too_many",
            format!("At most {most} of them."),
            format!("Au plus {most}.");
        /// The id is there already: it was done before.
        Already = "already", "This was recorded already.", "C’est déjà enregistré.";
        /// The amount is nothing or less.
        NotPositive = "not_positive", "More than zero.", "Plus que zéro.";
        /// The amount is more than there is.
        TooMuch {
            /// The most.
            most: Money,
        } = "too_much",
            format!("At most {}.", most.words().en),
            format!("Au plus {}.", most.words().fr);
        /// More was paid than the order would come to.
        PaidMore {
            /// What was paid.
            paid: Money,
        } = "paid_more",
            format!("{} is paid already: the order cannot come to less.", paid.words().en),
            format!("{} sont déjà payés : la commande ne peut pas revenir à moins.", paid.words().fr);
        /// A line is in work.
        LineInWork = "line_in_work",
            "A line is in work. Wait for its end, or cancel its run first.",
            "Une ligne est en cours. Attendez sa fin, ou annulez d’abord son opération.";
        /// A server of the order stands.
        ServerStands = "server_stands",
            "A server of this order is in service. Take it out of service first.",
            "Un serveur de cette commande est en service. Retirez-le d’abord.";
        /// Nothing in it is paid again and again, and there.
        NothingRenews = "nothing_renews",
            "Nothing in this order is renewed.",
            "Rien dans cette commande ne se renouvelle.";
        /// The number is not one of an order.
        WrongNumber = "wrong_number", "This is no number of an order.", "Ce n’est pas un numéro de commande.";
        /// A text does not fit.
        Text {
            /// What is wrong with it.
            fault: Fault,
        } = "text", fault.words().en, fault.words().fr;
        /// An amount cannot be reckoned.
        Amount {
            /// Why.
            why: TotalsRefusal,
        } = "amount", why.words().en, why.words().fr;
    }
}

impl From<TotalsRefusal> for OrderRefusal {
    fn from(why: TotalsRefusal) -> Self {
        Self::Amount { why }
    }
}

impl From<MoneyRefusal> for OrderRefusal {
    fn from(why: MoneyRefusal) -> Self {
        Self::Amount { why: why.into() }
    }
}

impl From<Fault> for OrderRefusal {
    fn from(fault: Fault) -> Self {
        Self::Text { fault }
    }
}
