//! What YunoHost accepts in its fields, as types that can only hold what it accepts.
//!
//! Each `parse` says with a [`Rule`] what is allowed; the interface has the sentence for it. The patterns are
//! those of YunoHost's own action map (share/actionsmap.yml, 12.1), so that a field that passes here is refused
//! by a server only for what only the server knows (the name is taken, the domain is not there).
//! No value begins with `-`: it would be read as an option on the command line.

use std::{fmt, str::FromStr};

use secrecy::ExposeSecret;
use serde::{Deserialize, Deserializer, Serialize};
use specta::Type;

use crate::Secret;

/// What is allowed in a field that holds something else. Closed: the interface has a sentence for each.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Type, thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Something must be there.
    #[error("it must not be empty")]
    Required,
    /// It is longer than the server can keep.
    #[error("it is too long")]
    TooLong,
    /// Letters that cannot be seen (control characters, line ends) are not allowed.
    #[error("it holds a character that cannot be seen")]
    Invisible,
    /// `a`–`z` without accents, digits, `_` and `.`.
    #[error("only a-z, 0-9, _ and . are allowed")]
    Username,
    /// `a`–`z` without accents, digits and `_`.
    #[error("only a-z, 0-9 and _ are allowed")]
    Group,
    /// Begins with a letter or digit; letters, digits, and up to three of space `,` `.` `'` `-` between them.
    #[error(
        "letters and digits, with spaces, commas, full stops, apostrophes or hyphens between them"
    )]
    FullName,
    /// A text to read, that does not begin with `-`.
    #[error("a text that does not begin with -")]
    Label,
    /// `name.tld` in lower case, each part of letters, digits and hyphens between them.
    #[error("a domain like my-domain.org, in lower case")]
    Domain,
    /// Begins with `/`; letters, digits and `. _ ~ -` between slashes.
    #[error("a path like /blog, of letters, digits, dots, hyphens and underscores")]
    Path,
    /// `a`–`z`, digits, `-`, `_`; a second instance ends with `__2`.
    #[error("an app's id like nextcloud or nextcloud__2")]
    App,
    /// An app's id, an `https://` address of a repository, or an absolute path on the server.
    #[error("an app's id, an https address, or an absolute path on the server")]
    AppSource,
    /// `app.permission`, like `nextcloud.main`.
    #[error("a permission like nextcloud.main")]
    Permission,
    /// The part before `@`: letters, digits, `_`, `-` and `.`; no `+`.
    #[error("letters, digits, _, - and . before the @")]
    MailLocalPart,
    /// `name@domain`, without `+`.
    #[error("an e-mail address, without +")]
    Mail,
    /// `name@domain`, with `+` allowed.
    #[error("an e-mail address")]
    ForwardMail,
    /// `0` for no limit, else a number with `b`, `k`, `M`, `G` or `T`.
    #[error("a size like 500M or 2G, or 0 for no limit")]
    Quota,
    /// At least eight characters.
    #[error("at least 8 characters")]
    PasswordTooShort,
    /// Fewer than 127 characters.
    #[error("fewer than 127 characters")]
    PasswordTooLong,
    /// An app's password must not hold `{` or `}`.
    #[error("an app's password must not hold {{ or }}")]
    PasswordCharacters,
    /// The portal can't take a password that begins with `@`.
    #[error("a password that does not begin with @")]
    PasswordAt,
    /// A unit's name: letters, digits and `- _ . @`.
    #[error("a service's name like nginx or php8.2-fpm")]
    Service,
    /// A name as it stands in YunoHost's list of operations.
    #[error("the name of an operation log")]
    Operation,
    /// A whole number.
    #[error("a whole number")]
    Number,
    /// A whole number that is too small.
    #[error("the number is too small")]
    NumberTooSmall,
    /// A whole number that is too big.
    #[error("the number is too big")]
    NumberTooBig,
    /// One of the choices that are shown.
    #[error("one of the choices")]
    Choice,
    /// Yes or no.
    #[error("yes or no")]
    YesNo,
    /// `http://` or `https://` and a host.
    #[error("an address that begins with http:// or https://")]
    Url,
    /// `#` and three or six hexadecimal digits.
    #[error("a colour like #1a2b3c")]
    Colour,
    /// `YYYY-MM-DD`.
    #[error("a date like 2026-11-22")]
    Date,
    /// `HH:MM`.
    #[error("a time like 14:30")]
    Time,
    /// One of the app's questions: there is no question of that name.
    #[error("one of the app's questions")]
    Question,
}

macro_rules! field {
    ($(#[$doc:meta])* $name:ident, $most:literal, $rule:expr, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Type)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Reads what was typed, without the blanks around it, or says what is allowed.
            pub fn parse(text: impl AsRef<str>) -> Result<Self, Rule> {
                let text = text.as_ref().trim();
                bounded(text, $most)?;
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) { Ok(Self(text.to_owned())) } else { Err($rule) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = Rule;

            fn from_str(text: &str) -> Result<Self, Rule> {
                Self::parse(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

field!(
    /// A person's account on one server.
    Username, 64, Rule::Username, |text| text.chars().all(in_username)
);
field!(
    /// A group of users.
    GroupName, 64, Rule::Group, |text| text.chars().all(in_group)
);
field!(
    /// A user or a group, to whom a permission is given.
    Grantee, 64, Rule::Username, |text| text.chars().all(in_username)
);
field!(
    /// A person's name, as they write it.
    FullName, 128, Rule::FullName, is_full_name
);
field!(
    /// A domain in lower case; what is not ASCII stands as it is read, not as `xn--`.
    DomainName, 253, Rule::Domain, is_domain
);
field!(
    /// The part of an address after the domain: `/` or `/blog`.
    UrlPath, 255, Rule::Path, is_path
);
field!(
    /// An installed app: `nextcloud`, or `nextcloud__2` for the second one.
    AppId, 64, Rule::App, is_app_id
);
field!(
    /// What is installed from: an id of the catalogue, a repository's address, or a folder on the server.
    AppSource, 1024, Rule::AppSource, is_app_source
);
field!(
    /// A permission of an app: `nextcloud.main`.
    PermissionName, 128, Rule::Permission, is_permission
);
field!(
    /// The part of an e-mail address before the `@`.
    MailLocalPart, 64, Rule::MailLocalPart, |text| text.chars().all(in_mail) && !text.starts_with('-')
);
field!(
    /// An e-mail address that the server receives for.
    Mail, 254, Rule::Mail, |text| is_mail(text, in_mail)
);
field!(
    /// An e-mail address elsewhere, to which mail is forwarded.
    ForwardMail, 254, Rule::ForwardMail, |text| is_mail(text, |c| in_mail(c) || c == '+')
);
field!(
    /// How much mail a user may keep: `500M`, or `0` for no limit.
    MailboxQuota, 16, Rule::Quota, is_quota
);
field!(
    /// A service that YunoHost watches.
    ServiceName, 128, Rule::Service, is_service
);
field!(
    /// A category of the diagnosis: `dnsrecords`.
    CategoryName,
    64,
    Rule::Group,
    |text| text.chars().all(in_group)
);
field!(
    /// An entry of YunoHost's operation log: `20261122-110705-app_remove-fleetdemo`.
    OperationName, 200, Rule::Operation, is_operation
);

/// A text of an app that people read (its label): anything that can be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(transparent)]
pub struct Label(String);

impl Label {
    /// Reads what was typed, without the blanks around it.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, Rule> {
        let text = text.as_ref().trim();
        bounded(text, 128)?;
        // A label is a word of its own on the command line.
        if text.starts_with('-') {
            Err(Rule::Label)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl AsRef<str> for Label {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// What YunoHost asks of an account's password at its weakest setting; a server may ask more
/// (`password_too_simple_2` and on) and refuses the most used passwords of the world (`password_listed`).
pub fn check_password(password: &Secret) -> Result<(), Rule> {
    let password = password.expose_secret();
    let length = password.chars().count();
    match () {
        () if password.is_empty() => Err(Rule::Required),
        () if password.chars().any(char::is_control) => Err(Rule::Invisible),
        () if length < 8 => Err(Rule::PasswordTooShort),
        () if length >= 127 => Err(Rule::PasswordTooLong),
        () => Ok(()),
    }
}

fn bounded(text: &str, most: usize) -> Result<(), Rule> {
    match () {
        () if text.is_empty() => Err(Rule::Required),
        () if text.chars().any(char::is_control) => Err(Rule::Invisible),
        () if text.chars().count() > most => Err(Rule::TooLong),
        () => Ok(()),
    }
}

fn in_username(c: char) -> bool {
    in_group(c) || c == '.'
}

fn in_group(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}

fn in_mail(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-')
}

fn is_full_name(text: &str) -> bool {
    let mut separators = 3;
    text.chars().all(|c| {
        separators = if c.is_alphanumeric() {
            0
        } else {
            separators + 1
        };
        separators <= 3 && (c.is_alphanumeric() || matches!(c, ' ' | ',' | '.' | '\'' | '-'))
    })
}

fn is_domain(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    labels.len() >= 2
        && labels.last().is_some_and(|top| top.chars().count() >= 2)
        && labels.iter().all(|label| {
            let inside = |c: char| (c.is_alphanumeric() && !c.is_uppercase()) || c == '-';
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(inside)
        })
}

fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && !text.contains("//")
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '~' | '-'))
        && !text.split('/').any(|part| part == "." || part == "..")
}

fn is_app_id(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.chars().all(inside)
}

fn is_app_source(text: &str) -> bool {
    let address = text
        .strip_prefix("https://")
        .is_some_and(|rest| rest.contains('/') && !rest.starts_with('/'));
    is_app_id(text) || ((address || text.starts_with('/')) && !text.contains(char::is_whitespace))
}

fn is_permission(text: &str) -> bool {
    // Whoever leaves the name out means `main`, to YunoHost too.
    let (app, name) = text.split_once('.').unwrap_or((text, "main"));
    is_app_id(app) && is_app_id(name)
}

fn is_mail(text: &str, inside: fn(char) -> bool) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !local.starts_with('-')
            && local.chars().all(inside)
            && is_domain(domain)
    })
}

fn is_quota(text: &str) -> bool {
    let digits = text.strip_suffix(['b', 'k', 'M', 'G', 'T']);
    text == "0"
        || digits
            .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()))
}

fn is_service(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@'))
}

fn is_operation(text: &str) -> bool {
    // Names hold what was worked on: users, apps, domains, permissions.
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+'))
}
