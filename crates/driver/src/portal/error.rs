//! What can go wrong with a portal. No variant carries a secret, nor a server's own words: they may repeat what was sent,
//! and an error 500 does so in clear.

use std::time::Duration;

use towerify_yunohost::{fields::Rule, portal::Refused};

use super::certificate::{Fingerprint, Offered};

/// Everything that can go wrong with a portal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PortalError {
    /// The name has no address.
    #[error("the name {host} has no address")]
    NameNotFound {
        /// The name.
        host: String,
    },
    /// Nothing listens there, or the server has shut out this computer after too many wrong passwords: both look alike.
    #[error("nothing answers on {endpoint}")]
    Refused {
        /// Where.
        endpoint: String,
    },
    /// No answer in time.
    #[error("no answer from {endpoint} within {} s", after.as_secs())]
    TimedOut {
        /// Where.
        endpoint: String,
        /// The time allowed.
        after: Duration,
    },
    /// The connection ended before the answer was whole.
    #[error("the connection with {endpoint} was cut")]
    Cut {
        /// Where.
        endpoint: String,
    },
    /// What answers there does not speak TLS as it should.
    #[error("what answers on {endpoint} does not speak TLS")]
    NotTls {
        /// Where.
        endpoint: String,
    },
    /// No certificate is pinned yet. Nothing was sent.
    #[error("nobody has accepted the certificate of {endpoint} yet")]
    CertificateUnknown {
        /// Where.
        endpoint: String,
        /// What it shows.
        offered: Offered,
    },
    /// Another certificate than the pinned one. Nothing was sent.
    #[error("{endpoint} shows another certificate than the accepted one")]
    CertificateChanged {
        /// Where.
        endpoint: String,
        /// The accepted one.
        pinned: Fingerprint,
        /// What it shows.
        offered: Offered,
    },
    /// Something answers, and it is not a YunoHost portal.
    #[error("{endpoint} is not the portal of a YunoHost server")]
    NotAPortal {
        /// Where.
        endpoint: String,
    },
    /// The server did not take the name and the password, or not on this domain: it does not say which.
    #[error("the portal did not take this name and password on this domain")]
    LoginRefused,
    /// There is no session, or it ended: the password is needed again.
    #[error("the session with the portal has ended")]
    SessionEnded,
    /// The server refused a change, with its key.
    #[error("the portal refused the change ({})", .0.key)]
    Rejected(Refused),
    /// The password can't be taken; nothing was sent.
    #[error("this password can't be sent: {rule}")]
    Password {
        /// `newpassword` or `currentpassword`.
        field: &'static str,
        /// What is allowed.
        rule: Rule,
    },
    /// The server said that it was done, and what it says afterwards is not what was asked for.
    #[error("the portal said that the change was made, and shows that it was not")]
    NotDone,
    /// The password was changed, as the server says, and the new one does not open a session.
    #[error("the portal said that the password was changed, and does not take the new one")]
    Unproven,
    /// An answer beyond its bound.
    #[error("the answer of the portal is larger than allowed")]
    TooMuch,
    /// An answer that makes no sense.
    #[error("the answer of the portal was not understood: {why}")]
    Nonsense {
        /// What was not understood, in our words.
        why: String,
    },
    /// The server failed: the status alone, since the body may repeat what was sent.
    #[error("the portal failed (HTTP {status})")]
    Failed {
        /// The HTTP status.
        status: u16,
    },
    /// This program could not set up HTTPS.
    #[error("HTTPS could not be set up: {why}")]
    Setup {
        /// Why.
        why: String,
    },
}
