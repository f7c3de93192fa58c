//! What can be done to an order: which moves there are, from which states, who may make them, and what they do. This table
//! is what `docs/ORDERS.md` is drawn from, and what [`super::Order::after`] obeys.

use super::{Credit, Fulfilment, OrderLine, OrderState, Payment, Renewal};
use crate::id::{LineId, RunId};
use crate::policy::{Actor, Role, Scope};
use crate::shop::number::Number;
use crate::shop::suspension::Suspension;
use crate::shop::totals::Discount;
use crate::words::Words;
use chrono::{DateTime, Utc};

/// A move, with what it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// Puts a line into the cart.
    Add {
        /// The line, waiting.
        line: Box<OrderLine>,
    },
    /// Changes how many of an app a line has.
    Change {
        /// The line.
        line: LineId,
        /// How many.
        quantity: u32,
    },
    /// Takes a line out of the cart.
    Remove {
        /// The line.
        line: LineId,
    },
    /// Sets a discount.
    Discount {
        /// On this line; on the whole without one.
        line: Option<LineId>,
        /// The discount.
        discount: Discount,
    },
    /// Places the cart as an order.
    Place {
        /// Its number: the next of its series.
        number: Number,
    },
    /// Takes a placed order back.
    Withdraw,
    /// Takes the order on.
    Accept,
    /// Does not take the order on.
    Refuse {
        /// Why, in words that the customer reads.
        reason: String,
    },
    /// Gives the order up.
    Cancel {
        /// Why, in words that the customer reads.
        reason: String,
    },
    /// Money came.
    Pay {
        /// What came.
        payment: Payment,
    },
    /// Money went back.
    Refund {
        /// What went back.
        refund: Payment,
    },
    /// A later period was billed.
    Renew {
        /// The period, and its invoice.
        renewal: Renewal,
    },
    /// A credit note was issued.
    Credit {
        /// The credit note.
        credit: Credit,
    },
    /// A line is begun, or begun again.
    Begin {
        /// The line.
        line: LineId,
        /// The run that makes it; none when a person does it by hand.
        run: Option<RunId>,
    },
    /// A line is there.
    Fulfil {
        /// The line.
        line: LineId,
    },
    /// A line failed.
    Fail {
        /// The line.
        line: LineId,
        /// Why.
        why: String,
    },
    /// A line is given up, or was taken away again.
    Undo {
        /// The line.
        line: LineId,
    },
    /// Suspends the order.
    Suspend {
        /// Until when it does not bite yet.
        grace_until: Option<DateTime<Utc>>,
        /// Why, in words that the customer reads.
        reason: String,
    },
    /// Ends the suspension.
    Resume,
}

named! {
    /// The kind of a move.
    MoveKind {
        /// [`Move::Add`].
        Add = "add", "Put into the cart", "Mettre au panier";
        /// [`Move::Change`].
        Change = "change", "Change how many", "Changer la quantité";
        /// [`Move::Remove`].
        Remove = "remove", "Take out of the cart", "Retirer du panier";
        /// [`Move::Discount`].
        Discount = "discount", "Give a discount", "Accorder une remise";
        /// [`Move::Place`].
        Place = "place", "Place the order", "Passer la commande";
        /// [`Move::Withdraw`].
        Withdraw = "withdraw", "Take the order back", "Retirer la commande";
        /// [`Move::Accept`].
        Accept = "accept", "Accept the order", "Accepter la commande";
        /// [`Move::Refuse`].
        Refuse = "refuse", "Refuse the order", "Refuser la commande";
        /// [`Move::Cancel`].
        Cancel = "cancel", "Cancel the order", "Annuler la commande";
        /// [`Move::Pay`].
        Pay = "pay", "Record a payment", "Enregistrer un paiement";
        /// [`Move::Refund`].
        Refund = "refund", "Record a refund", "Enregistrer un remboursement";
        /// [`Move::Renew`].
        Renew = "renew", "Bill the next period", "Facturer la période suivante";
        /// [`Move::Credit`].
        Credit = "credit", "Issue a credit note", "Émettre un avoir";
        /// [`Move::Begin`].
        Begin = "begin", "Begin a line", "Commencer une ligne";
        /// [`Move::Fulfil`].
        Fulfil = "fulfil", "Mark a line as done", "Marquer une ligne comme faite";
        /// [`Move::Fail`].
        Fail = "fail", "Mark a line as failed", "Marquer une ligne comme échouée";
        /// [`Move::Undo`].
        Undo = "undo", "Give a line up", "Renoncer à une ligne";
        /// [`Move::Suspend`].
        Suspend = "suspend", "Suspend the order", "Suspendre la commande";
        /// [`Move::Resume`].
        Resume = "resume", "Resume the order", "Reprendre la commande";
    }
}

impl Move {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> MoveKind {
        match self {
            Self::Add { .. } => MoveKind::Add,
            Self::Change { .. } => MoveKind::Change,
            Self::Remove { .. } => MoveKind::Remove,
            Self::Discount { .. } => MoveKind::Discount,
            Self::Place { .. } => MoveKind::Place,
            Self::Withdraw => MoveKind::Withdraw,
            Self::Accept => MoveKind::Accept,
            Self::Refuse { .. } => MoveKind::Refuse,
            Self::Cancel { .. } => MoveKind::Cancel,
            Self::Pay { .. } => MoveKind::Pay,
            Self::Refund { .. } => MoveKind::Refund,
            Self::Renew { .. } => MoveKind::Renew,
            Self::Credit { .. } => MoveKind::Credit,
            Self::Begin { .. } => MoveKind::Begin,
            Self::Fulfil { .. } => MoveKind::Fulfil,
            Self::Fail { .. } => MoveKind::Fail,
            Self::Undo { .. } => MoveKind::Undo,
            Self::Suspend { .. } => MoveKind::Suspend,
            Self::Resume => MoveKind::Resume,
        }
    }
}

/// A row of the table of moves.
struct Row {
    from: &'static [OrderState],
    /// Where it can lead, besides staying; by itself too, when what it does brings about the next state.
    to: &'static [OrderState],
    restricted: Option<Scope>,
    by_program: bool,
    /// A suspension that bites stops it.
    stopped: bool,
    /// What it does, besides leading there.
    does: (&'static str, &'static str),
}

impl MoveKind {
    #[rustfmt::skip]
    const fn row(self) -> Row {
        use OrderState::{Accepted, Cancelled, Cart, Completed, Placed, Provisioning, Refunded, Refused};
        const CUSTOMERS: Option<Scope> = Some(Scope::Customer);
        match self {
            Self::Add => Row { from: &[Cart], to: &[], restricted: CUSTOMERS, by_program: false, stopped: true,
                does: ("A product is put in as it is now: its price, its name.", "Un produit y entre tel qu’il est : son prix, son nom.") },
            Self::Change => Row { from: &[Cart], to: &[], restricted: CUSTOMERS, by_program: false, stopped: true,
                does: ("Of an app; a server is one a line.", "D’une app ; un serveur tient une ligne.") },
            Self::Remove => Row { from: &[Cart], to: &[], restricted: CUSTOMERS, by_program: false, stopped: false,
                does: ("The line is gone.", "La ligne disparaît.") },
            Self::Discount => Row { from: &[Cart, Placed], to: &[], restricted: None, by_program: false, stopped: false,
                does: ("A share or an amount, off a line’s price or off the whole; at most all of it.", "Une part ou un montant, sur le prix d’une ligne ou sur le tout ; au plus la totalité.") },
            Self::Place => Row { from: &[Cart], to: &[Placed, Completed], restricted: CUSTOMERS, by_program: false, stopped: true,
                does: ("It takes the next number; stock is taken. Apps alone that cost nothing are accepted and completed by themselves.", "Elle prend le numéro suivant ; le stock est pris. Des apps seules qui ne coûtent rien sont acceptées et terminées d’elles-mêmes.") },
            Self::Withdraw => Row { from: &[Placed], to: &[Cancelled, Refunded], restricted: CUSTOMERS, by_program: false, stopped: false,
                does: ("Stock goes back; what was paid is to be refunded.", "Le stock revient ; ce qui a été payé est à rembourser.") },
            Self::Accept => Row { from: &[Placed], to: &[Accepted, Completed], restricted: None, by_program: false, stopped: true,
                does: ("Apps are in the customer’s library at once; each server opens provisioning.", "Les apps sont aussitôt dans la bibliothèque du client ; chaque serveur ouvre une mise en service.") },
            Self::Refuse => Row { from: &[Placed], to: &[Refused, Refunded], restricted: None, by_program: false, stopped: false,
                does: ("With a reason. Stock goes back; what was paid is to be refunded.", "Avec un motif. Le stock revient ; ce qui a été payé est à rembourser.") },
            Self::Cancel => Row { from: &[Accepted, Provisioning], to: &[Cancelled, Refunded], restricted: None, by_program: false, stopped: false,
                does: ("With a reason; not while a line is in work, nor while a server of it stands. Apps leave the library, stock goes back; what was paid is to be refunded.", "Avec un motif ; pas tant qu’une ligne est en cours, ni qu’un de ses serveurs est en place. Les apps quittent la bibliothèque, le stock revient ; ce qui a été payé est à rembourser.") },
            Self::Pay => Row { from: &[Placed, Accepted, Provisioning, Completed], to: &[], restricted: None, by_program: true, stopped: false,
                does: ("At most what is left to pay.", "Au plus ce qui reste à payer.") },
            Self::Refund => Row { from: &[Placed, Accepted, Provisioning, Completed, Cancelled, Refused], to: &[Refunded], restricted: None, by_program: true, stopped: false,
                does: ("At most what was paid. When the order was given up and nothing paid is left, it is refunded.", "Au plus ce qui a été payé. Quand la commande est abandonnée et que plus rien de payé ne reste, elle est remboursée.") },
            Self::Renew => Row { from: &[Completed], to: &[], restricted: None, by_program: false, stopped: true,
                does: ("What is paid again and again, and is there, is owed for one more period.", "Ce qui se paie périodiquement, et qui est là, est dû pour une période de plus.") },
            Self::Credit => Row { from: &[Accepted, Provisioning, Completed], to: &[Refunded], restricted: None, by_program: false, stopped: false,
                does: ("That much less is owed; at most what is. Of a completed order whose lines are all undone, and that is paid back, nothing is left.", "Il est dû d’autant moins ; au plus ce qui l’est. D’une commande terminée dont toutes les lignes sont défaites, et qui est remboursée, il ne reste rien.") },
            Self::Begin => Row { from: &[Accepted, Provisioning], to: &[Provisioning], restricted: None, by_program: true, stopped: true,
                does: ("A server’s line that waits, or failed, is in work.", "Une ligne de serveur en attente, ou échouée, est en cours.") },
            Self::Fulfil => Row { from: &[Provisioning], to: &[Completed], restricted: None, by_program: true, stopped: false,
                does: ("The line in work is done; the last one completes the order.", "La ligne en cours est faite ; la dernière termine la commande.") },
            Self::Fail => Row { from: &[Provisioning], to: &[], restricted: None, by_program: true, stopped: false,
                does: ("The line in work failed, and can be begun again or given up.", "La ligne en cours a échoué ; on peut la recommencer ou y renoncer.") },
            Self::Undo => Row { from: &[Accepted, Provisioning, Completed], to: &[Completed, Cancelled, Refunded], restricted: None, by_program: true, stopped: false,
                does: ("Not of a line in work. An app leaves the library; stock goes back. What it costs is owed until it is credited. The last line that was open completes the order; without any line done it is cancelled.", "Pas d’une ligne en cours. Une app quitte la bibliothèque ; le stock revient. Son prix reste dû tant qu’un avoir n’est pas émis. La dernière ligne ouverte termine la commande ; sans aucune ligne faite, elle est annulée.") },
            Self::Suspend => Row { from: &[Placed, Accepted, Provisioning, Completed], to: &[], restricted: None, by_program: true, stopped: false,
                does: ("With a reason, at once or after days of grace.", "Avec un motif, tout de suite ou après des jours de grâce.") },
            Self::Resume => Row { from: &[Placed, Accepted, Provisioning, Completed], to: &[], restricted: None, by_program: false, stopped: false,
                does: ("The suspension is over.", "La suspension prend fin.") },
        }
    }

    /// The states it is made from.
    #[must_use]
    pub const fn from(self) -> &'static [OrderState] {
        self.row().from
    }

    /// The states it can lead to, besides staying.
    #[must_use]
    pub const fn to(self) -> &'static [OrderState] {
        self.row().to
    }

    /// The scope over which a role may make it; `None` where it may not. The administrator may make every one.
    #[must_use]
    pub const fn scope_of(self, role: Role) -> Option<Scope> {
        match role {
            Role::Administrator => Some(Scope::All),
            Role::RestrictedAdministrator => self.row().restricted,
            Role::EndUser => None,
        }
    }

    /// The program may make it by itself: a run that ends, a payment link that was paid, an invoice that is overdue.
    #[must_use]
    pub const fn is_by_program(self) -> bool {
        self.row().by_program
    }

    /// A suspension that bites, of the order or of its customer, stops it.
    #[must_use]
    pub const fn is_stopped_by_suspension(self) -> bool {
        self.row().stopped
    }

    /// What it does.
    #[must_use]
    pub fn does(self) -> Words {
        let (en, fr) = self.row().does;
        Words::new(en, fr)
    }

    /// The states of a line it is made from; none for moves of the whole order.
    #[must_use]
    pub const fn from_fulfilment(self) -> &'static [Fulfilment] {
        use Fulfilment::{Done, Failed, InWork, Waiting};
        match self {
            Self::Begin => &[Waiting, Failed],
            Self::Fulfil | Self::Fail => &[InWork],
            Self::Undo => &[Waiting, Done, Failed],
            _ => &[],
        }
    }

    /// The roles that may make it.
    #[must_use]
    pub fn who_may(self) -> Vec<Role> {
        Role::ALL
            .into_iter()
            .filter(|&role| self.scope_of(role).is_some())
            .collect()
    }

    /// Who may make it, in words.
    #[must_use]
    pub fn who_words(self) -> Words {
        let names = self.who_may().into_iter().map(Role::words);
        let program = self
            .is_by_program()
            .then(|| Words::new("the program", "le programme"));
        let all: Vec<Words> = names.chain(program).collect();
        let join = |of: fn(&Words) -> &str| all.iter().map(of).collect::<Vec<_>>().join(", ");
        Words::new(join(|words| &words.en), join(|words| &words.fr))
    }
}

/// Who makes a move.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// A person.
    Person(&'a Actor),
    /// The program: what it does by itself.
    Program,
}

/// In which situation a move is made.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// By whom.
    pub by: By<'a>,
    /// When.
    pub at: DateTime<Utc>,
    /// The suspension of the order's customer, if there is one.
    pub customer: Option<&'a Suspension>,
}
