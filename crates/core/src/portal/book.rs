//! What is kept of an end user: their places, the accepted certificates, and what each place said last. No secret.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use towerify_domain::{Language, id::PlaceId, text};
use towerify_driver::portal::{Accepted, Door, Fingerprint};
use towerify_yunohost::portal::{Me, Public};

use super::view::Standing;

/// The longest text of a server that is kept.
const MOST: usize = 300;
/// The most tiles of one place that are kept.
const MOST_TILES: usize = 1_000;

/// All places of one person.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Book {
    pub(super) places: Vec<Place>,
}

/// Pictures by [`logo_key`], in base64.
pub(super) type Logos = BTreeMap<String, String>;

/// A domain of a server, and who one is there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) id: PlaceId,
    pub(super) domain: String,
    /// Where the machine is, when the domain's name does not say it.
    pub(super) machine: Option<String>,
    pub(super) port: u16,
    pub(super) username: String,
    /// The accepted certificate's fingerprint.
    pub(super) certificate: String,
    /// Whether an authority vouched for it: then it is followed by another that one vouches for.
    #[serde(default)]
    pub(super) vouched: bool,
    pub(super) accepted_at: DateTime<Utc>,
    pub(super) standing: Standing,
    /// What it said last.
    pub(super) known: Option<Known>,
}

/// What a place said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) at: DateTime<Utc>,
    pub(super) title: String,
    pub(super) fullname: String,
    pub(super) mail: String,
    pub(super) aliases: Vec<String>,
    pub(super) forwards: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) may_edit_aliases: bool,
    pub(super) may_edit_forwards: bool,
    pub(super) tiles: Vec<KnownTile>,
}

/// Something to open.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KnownTile {
    pub(super) permission: String,
    pub(super) label: String,
    /// With its scheme.
    pub(super) url: String,
    /// By language.
    pub(super) description: BTreeMap<String, String>,
    pub(super) logo: Option<String>,
    pub(super) order: i64,
}

impl Place {
    /// Where its portal is.
    pub(super) fn door(&self) -> Door {
        Door {
            domain: self.domain.clone(),
            machine: self.machine.clone(),
            port: self.port,
        }
    }

    /// The accepted certificate. None when the file was altered: then it is asked for anew.
    pub(super) fn accepted(&self) -> Option<Accepted> {
        Some(Accepted {
            fingerprint: Fingerprint::parse(&self.certificate)?,
            vouched: self.vouched,
        })
    }

    /// Keeps a certificate as the accepted one, or what is known of it by now.
    pub(super) fn accept(&mut self, accepted: Accepted, now: DateTime<Utc>) {
        if self.accepted().map(|known| known.fingerprint) != Some(accepted.fingerprint) {
            self.accepted_at = now;
        }
        self.certificate = accepted.fingerprint.to_string();
        self.vouched = accepted.vouched;
    }

    /// Notes that it answers.
    pub(super) fn answers(&mut self, now: DateTime<Utc>) {
        self.standing = Standing::Answers { at: now };
    }

    /// Keeps what it said; what a server says is made harmless on the way in.
    pub(super) fn learn(&mut self, me: &Me, public: &Public, now: DateTime<Utc>) {
        let lines = |list: &[String]| list.iter().map(|one| text::line(one, MOST)).collect();
        let mut tiles: Vec<KnownTile> = me
            .apps
            .iter()
            .filter_map(|tile| {
                let url = tile.address()?;
                Some(KnownTile {
                    permission: text::line(&tile.permission, MOST),
                    label: text::line(&tile.label, 100),
                    url,
                    description: tile
                        .description
                        .all()
                        .map(|(language, said)| (text::line(language, 20), text::line(said, MOST)))
                        .collect(),
                    logo: tile.logo.clone(),
                    order: tile.order,
                })
            })
            .take(MOST_TILES)
            .collect();
        if tiles.len() < me.apps.len() {
            let left = me.apps.len() - tiles.len();
            tracing::warn!(
                left,
                "tiles without an address that can be opened were left out"
            );
        }
        // 12.0 gives no order: by name, as in a dictionary.
        tiles.sort_by_cached_key(|tile| (tile.order, tile.label.to_lowercase()));
        self.known = Some(Known {
            at: now,
            title: text::line(&public.portal_title, 100),
            fullname: text::line(&me.fullname, MOST),
            mail: text::line(&me.mail, MOST),
            aliases: lines(&me.mailalias),
            forwards: lines(&me.mailforward),
            groups: lines(&me.groups),
            may_edit_aliases: public.may_edit_aliases(),
            may_edit_forwards: public.may_edit_forwards(),
            tiles,
        });
        self.answers(now);
    }
}

impl KnownTile {
    /// What it is for, in this language, else in whichever there is.
    pub(super) fn description(&self, language: Language) -> Option<&str> {
        let said = |code: &str| self.description.get(code);
        said(language.code())
            .or_else(|| said(""))
            .or_else(|| said("en"))
            .or_else(|| self.description.values().next())
            .map(String::as_str)
            .filter(|said| !said.is_empty())
    }
}

/// The name of a picture: servers do not share them, so that one can't show its own in another's place.
pub(super) fn logo_key(place: PlaceId, path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or_default();
    format!("{place}/{file}")
}
