//! The end user's own door: the portal API (`/yunohost/portalapi`), what one asks there with one's own name and password
//! and what it answers. Shapes were recorded with 12.0.17 and 12.1.25.
//!
//! It is not an action of the command line, so nothing of it stands in the table of actions. How a question reaches a
//! server, and what a session is, is left to `driver`.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::{
    ReplyError, Secret, error,
    fields::{self, Rule},
    text::Texts,
};

/// Below this everything of the API is.
pub const PREFIX: &str = "/yunohost/portalapi";

/// Who is logged in, and what they may open.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// The name that one logs in with.
    pub username: String,
    /// As it is shown.
    #[serde(default)]
    pub fullname: String,
    /// The main address.
    #[serde(default)]
    pub mail: String,
    /// Further addresses of theirs.
    #[serde(default)]
    pub mailalias: Vec<String>,
    /// Where their mail is sent on to.
    #[serde(default)]
    pub mailforward: Vec<String>,
    /// Their groups, without `all_users` and their own; `admins` for an administrator.
    #[serde(default)]
    pub groups: Vec<String>,
    /// What they may open.
    #[serde(default, deserialize_with = "tiles")]
    pub apps: Vec<Tile>,
}

/// What a domain says of its portal to everybody.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Public {
    /// The domain that was asked, as the server understood it.
    pub domain: String,
    /// What the portal calls itself.
    #[serde(default)]
    pub portal_title: String,
    /// Whether a user may change the main address; 12.0 does not say, and does not let.
    #[serde(default, deserialize_with = "flag")]
    pub portal_allow_edit_email: Option<bool>,
    /// Whether a user may change their other addresses; 12.0 does not say, and lets.
    #[serde(default, deserialize_with = "flag")]
    pub portal_allow_edit_email_alias: Option<bool>,
    /// Whether a user may change where mail is sent on to; 12.0 does not say, and lets.
    #[serde(default, deserialize_with = "flag")]
    pub portal_allow_edit_email_forward: Option<bool>,
}

/// One thing to open: a permission of an app that has a tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// The permission: `nextcloud.main`.
    pub permission: String,
    /// What people see.
    pub label: String,
    /// Where: `nuage.glycines.example/office`, without a scheme.
    pub url: String,
    /// What it is for, in the languages that there are. May hold HTML: it is shown as text.
    pub description: Texts,
    /// Where its picture is on the server: `/yunohost/sso/applogos/….png`.
    pub logo: Option<String>,
    /// The place that an administrator gave it; 100 where nobody did, and always on 12.0.
    pub order: i64,
}

impl Tile {
    /// Where a browser opens it: always `https`. None for an address that is not one: a host with a path, without a
    /// name, a port, a space or a control character.
    pub fn address(&self) -> Option<String> {
        let (host, path) = match self.url.find('/') {
            Some(at) => self.url.split_at(at),
            None => (self.url.as_str(), ""),
        };
        let is_plain = |c: char| c.is_ascii_graphic() && !"\"'<>\\^`{|}@".contains(c);
        let is_path = path.chars().all(|c| is_plain(c) || c.is_alphanumeric());
        (fields::DomainName::parse(host).is_ok_and(|domain| domain.as_str() == host) && is_path)
            .then(|| format!("https://{host}{path}"))
    }
}

impl Me {
    /// Reads the answer to `GET /me`.
    pub fn read(reply: Value) -> Result<Self, ReplyError> {
        error::read("portal me", reply)
    }
}

impl Public {
    /// Reads the answer to `GET /public`.
    pub fn read(reply: Value) -> Result<Self, ReplyError> {
        error::read("portal public", reply)
    }

    /// Whether further addresses may be changed.
    pub fn may_edit_aliases(&self) -> bool {
        self.portal_allow_edit_email_alias.unwrap_or(true)
    }

    /// Whether it may be changed where mail is sent on to.
    pub fn may_edit_forwards(&self) -> bool {
        self.portal_allow_edit_email_forward.unwrap_or(true)
    }
}

/// What is to be changed of oneself; only what is there is sent, since one bad field refuses all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The new name.
    pub fullname: Option<fields::FullName>,
    /// All further addresses: the list is replaced.
    pub mailalias: Option<Vec<fields::Mail>>,
    /// All addresses that mail is sent on to: the list is replaced.
    pub mailforward: Option<Vec<fields::ForwardMail>>,
}

impl Change {
    /// Whether nothing is to be changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As `PUT /update` takes it.
    pub fn body(&self) -> Value {
        let mut body = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.insert(name.to_owned(), value);
            }
        };
        let texts = |list: Vec<&str>| -> Value { list.into() };
        put(
            "fullname",
            self.fullname.as_ref().map(|name| name.as_str().into()),
        );
        put(
            "mailalias",
            self.mailalias
                .as_ref()
                .map(|list| texts(list.iter().map(fields::Mail::as_str).collect())),
        );
        put(
            "mailforward",
            self.mailforward
                .as_ref()
                .map(|list| texts(list.iter().map(fields::ForwardMail::as_str).collect())),
        );
        Value::Object(body)
    }

    /// Whether what the server says of this person now is what was asked for. Its 204 alone proves nothing: what it
    /// does not know it ignores.
    pub fn is_done(&self, me: &Me) -> bool {
        let same = |wanted: Vec<&str>, found: &[String]| {
            let mut wanted: Vec<String> = wanted.into_iter().map(str::to_lowercase).collect();
            let mut found: Vec<String> = found.iter().map(|one| one.to_lowercase()).collect();
            wanted.sort();
            wanted.dedup();
            found.sort();
            wanted == found
        };
        self.fullname
            .as_ref()
            .is_none_or(|name| single_spaced(name.as_str()) == me.fullname)
            && self.mailalias.as_ref().is_none_or(|list| {
                same(
                    list.iter().map(fields::Mail::as_str).collect(),
                    &me.mailalias,
                )
            })
            && self.mailforward.as_ref().is_none_or(|list| {
                same(
                    list.iter().map(fields::ForwardMail::as_str).collect(),
                    &me.mailforward,
                )
            })
    }
}

/// As the server keeps a name: one space where there were several.
fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An address as the portal takes it: the domain in small letters, without the blanks around it.
pub fn mail_as_sent(text: &str) -> String {
    let text = text.trim();
    match text.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => text.to_owned(),
    }
}

/// A name as the portal takes it at the login: with capitals, or blanks around it, it says that the identity is not
/// appropriate.
pub fn username_as_sent(text: &str) -> String {
    text.trim().to_lowercase()
}

/// What the portal asks of a new password before it even looks at it. One that begins with `@` is taken for the name of
/// a file by the server's argument parser, which repeats it in its answer.
pub fn check_new_password(password: &Secret) -> Result<(), Rule> {
    fields::check_password(password)?;
    check_current_password(password)
}

/// What the portal can take of the password that one has.
pub fn check_current_password(password: &Secret) -> Result<(), Rule> {
    use secrecy::ExposeSecret;
    match password.expose_secret() {
        "" => Err(Rule::Required),
        said if said.starts_with('@') => Err(Rule::PasswordAt),
        _ => Ok(()),
    }
}

/// Why the portal refused a change: its own key, and the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// `invalid_password`, `password_listed`, `password_too_simple_1`, `password_too_long`, `mail_already_exists`,
    /// `mail_unavailable`, `mail_alias_unauthorized`, `mail_edit_operation_unauthorized`; `invalid` where the server
    /// gave none.
    pub key: String,
    /// `newpassword`, `currentpassword`, `mailalias`, `mailforward`, without the place in a list.
    pub field: Option<String>,
}

impl Refused {
    /// Reads a 400. The sentence is left out: it may repeat what was sent, a password too.
    pub fn read(body: &[u8]) -> Self {
        let word = |value: &Value, name: &str| {
            let said = value.get(name)?.as_str()?;
            let said = said.split('[').next().unwrap_or_default();
            let is_key = (1..=64).contains(&said.len())
                && said.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            is_key.then(|| said.to_owned())
        };
        match serde_json::from_slice::<Value>(body) {
            Ok(said) => Self {
                key: word(&said, "error_key").unwrap_or_else(|| "invalid".to_owned()),
                field: word(&said, "path"),
            },
            Err(_) => Self {
                key: "invalid".to_owned(),
                field: field_of_sentence(body),
            },
        }
    }
}

/// `Invalid argument 'fullname': …` names its field.
fn field_of_sentence(body: &[u8]) -> Option<String> {
    let said = std::str::from_utf8(body).ok()?;
    let field = said
        .strip_prefix("Invalid argument '")?
        .split('\'')
        .next()?;
    ["fullname", "mailalias", "mailforward"]
        .into_iter()
        .find(|known| *known == field)
        .map(str::to_owned)
}

/// true, false, 1, 0: they are numbers once an administrator touched them.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Said {
        Flag(bool),
        Number(i64),
        Word(String),
    }
    Ok(
        Option::<Said>::deserialize(deserializer)?.map(|said| match said {
            Said::Flag(flag) => flag,
            Said::Number(number) => number != 0,
            Said::Word(word) => matches!(word.as_str(), "1" | "yes" | "true" | "on"),
        }),
    )
}

/// The order that stands for "nobody gave it a place".
const NO_PLACE: i64 = 100;

/// The object of tiles, by permission, as a list in the order that it came in.
fn tiles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Tile>, D::Error> {
    #[derive(Deserialize)]
    struct Said {
        #[serde(default)]
        label: String,
        #[serde(default)]
        url: String,
        #[serde(default)]
        description: Texts,
        #[serde(default)]
        logo: Option<String>,
        #[serde(default)]
        order: Option<i64>,
    }
    let said = Map::<String, Value>::deserialize(deserializer)?;
    said.into_iter()
        .map(|(permission, tile)| {
            let tile: Said = serde_json::from_value(tile).map_err(serde::de::Error::custom)?;
            Ok(Tile {
                permission,
                label: tile.label,
                url: tile.url,
                description: tile.description,
                logo: tile.logo.filter(|path| is_logo(path)),
                order: tile.order.unwrap_or(NO_PLACE),
            })
        })
        .collect()
}

/// Whether a picture can be at this path: 12.0 says `None.png` where there is none.
fn is_logo(path: &str) -> bool {
    path.strip_prefix("/yunohost/sso/applogos/")
        .and_then(|file| file.strip_suffix(".png"))
        .is_some_and(|name| {
            (1..=128).contains(&name.len())
                && name != "None"
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
                && !name.contains("..")
        })
}
