//! The people of the workspace, and their accounts.

use towerify_domain::id::{AccountId, CustomerId};
use towerify_domain::policy::Witness;
use towerify_domain::{Actor, Role};

/// Everybody's password.
pub const PASSWORD: &str = "quatre mots sans rapport 9182";

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Whose.
    pub customer: Option<CustomerId>,
}

impl Person {
    pub(crate) fn of(actor: &Actor) -> Self {
        Self {
            account: actor.account,
            name: actor.name.clone(),
            role: actor.role,
            customer: actor.customer,
        }
    }

    /// As who acts.
    pub fn actor(&self) -> Actor {
        Actor {
            account: self.account,
            name: self.name.clone(),
            role: self.role,
            customer: self.customer,
            witness: Witness::default(),
        }
    }

    /// The name of the key that the account has for itself.
    pub(crate) fn own_key(&self) -> String {
        format!("account/{}", self.account)
    }
}
