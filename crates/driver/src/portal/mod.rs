//! The end user's conversation with a server: its portal API over HTTPS, with their own name and password.
//!
//! A [`Door`] says where the portal is, [`Portal`] speaks with it. Nothing is sent before the certificate is the accepted
//! one, or one that [`Authorities`] renewed it by: a door without one answers with the certificate that it shows, for a
//! person to look at. No redirect is
//! followed, nothing is tried again by itself, answers are bounded in time and in size, and the session's cookie is a
//! secret of this one server and domain that leaves the memory with the [`Portal`].
//!
//! Left to others: what the answers mean (`towerify-yunohost`), which places a person has and when they are asked
//! (`towerify-core`).

mod authorities;
mod certificate;
mod client;
mod cookie;
mod error;

pub use authorities::Authorities;
pub use certificate::{Accepted, Fingerprint, Offered};
pub use client::{Door, Limits, Portal};
pub use error::PortalError;
