//! What an end user does: their places (a domain of a server, and their name there), the apps that they may open, their
//! profile, their password. With their own name and password alone, and never with an administrator's secret.
//!
//! It needs no workspace: whoever sits here is then nobody but themselves, and what they have is a file beside
//! `program.json`. With an account of a workspace it is that account's settings. Either way no secret is kept: sessions
//! live in memory, and the password is asked for again after a start.
//!
//! In reading order: [`Visitor`] is who asks; `book` is what is kept; `sessions` are the open conversations; then the
//! use cases: [`look`] and [`add`] a place, [`sign_in`], [`refresh`] and [`launcher`], [`address`] of an app,
//! [`profile`], [`change_profile`], [`change_password`], [`sign_out`], [`forget`].

mod book;
mod launcher;
mod place;
mod profile;
mod refusal;
mod session;
mod sessions;
mod view;
mod visitor;

pub use launcher::{address, launcher, logos, refresh};
pub use place::{accept_certificate, add, forget, look};
pub use profile::{change_password, change_profile, profile};
pub use session::{sign_in, sign_out};
pub(crate) use sessions::Sessions;
pub use view::{
    Launcher, NewPlace, PlaceAddress, PlaceView, Profile, ProfileChange, ShownCertificate,
    Standing, Tile,
};
pub use visitor::Visitor;
