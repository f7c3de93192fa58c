//! What the faces see of an end user's places.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use towerify_domain::id::PlaceId;

use crate::Code;

/// Where a portal is, as it was typed.
#[derive(Clone, Debug, Deserialize, specta::Type)]
pub struct PlaceAddress {
    /// The domain.
    pub domain: String,
    /// The machine's name or address, where the domain's name does not lead there; empty otherwise.
    pub machine: String,
    /// The port; 443.
    pub port: u16,
}

/// The certificate that a server shows.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct ShownCertificate {
    /// Where it was shown.
    pub address: String,
    /// Its SHA-256, as browsers write it.
    pub fingerprint: String,
}

/// A place to add.
#[derive(Clone, Deserialize, specta::Type)]
pub struct NewPlace {
    /// Where.
    pub address: PlaceAddress,
    /// The name that one logs in with there.
    pub username: String,
    /// The password. It is sent to this place, and not kept.
    #[specta(type = String)]
    pub password: SecretString,
    /// The fingerprint that the person accepted.
    pub fingerprint: String,
}

/// Everything that one may open, and where it comes from.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Launcher {
    /// Where one is known.
    pub places: Vec<PlaceView>,
    /// What one may open, in order; what several places name is there once.
    pub tiles: Vec<Tile>,
}

/// A domain of a server, and who one is there.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct PlaceView {
    /// Its id.
    pub id: PlaceId,
    /// The domain.
    pub domain: String,
    /// What it calls itself, where somebody gave it a name of its own; else the domain.
    pub title: String,
    /// The name that one logs in with.
    pub username: String,
    /// As one is called there.
    pub fullname: String,
    /// Whether there is a session.
    pub signed_in: bool,
    /// Whether it answers.
    pub standing: Standing,
    /// When it said what is shown.
    pub known_at: Option<DateTime<Utc>>,
}

/// Whether a server answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// It was not asked yet.
    Unknown,
    /// It does.
    Answers {
        /// When it did last.
        at: DateTime<Utc>,
    },
    /// It does not, or not as it should.
    Silent {
        /// Since when.
        since: DateTime<Utc>,
        /// Why.
        code: Code,
    },
    /// It shows another certificate than the accepted one. Nothing was sent.
    CertificateChanged {
        /// Since when.
        since: DateTime<Utc>,
        /// When the other was accepted.
        accepted_at: DateTime<Utc>,
        /// The accepted one.
        accepted: String,
        /// The one that it shows.
        shown: String,
    },
}

/// Something to open.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Tile {
    /// Where; it is what one opens it by.
    pub url: String,
    /// What people see.
    pub label: String,
    /// What it is for, as text.
    pub description: Option<String>,
    /// The app's id: `nextcloud`.
    pub app: String,
    /// The name of its picture among [`super::logos`].
    pub logo: Option<String>,
    /// Whether a server that names it answers.
    pub standing: Standing,
    /// The places that name it.
    pub places: Vec<PlaceId>,
}

/// Who one is at a place.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Profile {
    /// The place.
    pub place: PlaceView,
    /// The main address.
    pub mail: String,
    /// Further addresses.
    pub aliases: Vec<String>,
    /// Where mail is sent on to.
    pub forwards: Vec<String>,
    /// The groups that one is in.
    pub groups: Vec<String>,
    /// Whether further addresses may be changed.
    pub may_edit_aliases: bool,
    /// Whether it may be changed where mail is sent on to.
    pub may_edit_forwards: bool,
    /// Whether a first further address would shut one out of this place: YunoHost takes nobody on a domain who has no
    /// app there and a further address.
    pub alias_shuts_out: bool,
}

/// What is to be changed of oneself; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, specta::Type)]
pub struct ProfileChange {
    /// The name that is shown.
    pub fullname: Option<String>,
    /// All further addresses.
    pub aliases: Option<Vec<String>>,
    /// All addresses that mail is sent on to.
    pub forwards: Option<Vec<String>>,
}
