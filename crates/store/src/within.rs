//! What is looked among, as conditions of queries take it: an id that a column must have, or nothing asked.

use towerify_domain::Within;
use uuid::Uuid;

/// The customer whose servers and apps are looked among; `None`: all. They belong to customers and never to an account, so
/// that within an account's own there is none: nothing is of the customer that nobody is.
pub(crate) fn customer(within: Within) -> Option<Uuid> {
    match within {
        Within::All => None,
        Within::Customer { customer, .. } => Some(customer.uuid()),
        Within::Account(_) => Some(Uuid::nil()),
    }
}
