//! What the faces see of accounts.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use towerify_domain::{
    Role,
    id::{AccountId, CustomerId},
};

use crate::customers::CustomerView;

/// An account, as administrators see it.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Whose; none for the provider's own people.
    pub customer: Option<CustomerView>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was shut out; none while it may work.
    pub disabled_at: Option<DateTime<Utc>>,
    /// A code is asked besides its password.
    pub second_factor: bool,
    /// It is the one that is at work.
    pub own: bool,
}

/// A new account.
#[derive(Clone, Deserialize, specta::Type)]
pub struct NewAccount {
    /// Its name, unlike any other's.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Whose: needed for all but administrators, who have none.
    pub customer: Option<CustomerId>,
    /// Its first password.
    #[specta(type = String)]
    pub password: SecretString,
}

/// One's own account, and what opens it.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct OwnAccount {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Its customer's name.
    pub customer: Option<String>,
    /// Since when a code is asked besides the password.
    pub second_factor_since: Option<DateTime<Utc>>,
    /// How many recovery codes of the second factor are left.
    pub codes_left: u32,
    /// There is a recovery key.
    pub recovery_key: bool,
    /// The keyring of a device opens it.
    pub keyring: bool,
}

/// What to put into an authenticator app. Shown once.
#[derive(Clone, Serialize, specta::Type)]
pub struct Enrolment {
    /// The secret to type, in base 32, in groups of four.
    pub secret: String,
    /// The same as an `otpauth:` address.
    pub uri: String,
    /// The address as a QR code: one text a row, `1` where it is dark.
    pub qr: Vec<String>,
}

/// What opens in the place of the second factor, once each. Shown once.
#[derive(Clone, Serialize, specta::Type)]
pub struct RecoveryCodes {
    /// The codes.
    pub codes: Vec<String>,
}

/// A recovery key, shown once, and what is asked back of it.
#[derive(Clone, Serialize, specta::Type)]
pub struct RecoveryKeyShown {
    /// The key: groups of four letters and digits.
    pub key: String,
    /// The places (from 1) of the groups that must be typed back.
    pub asked: Vec<u32>,
}
