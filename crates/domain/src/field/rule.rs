//! The rules that an answer can break, and the sentence that says what is allowed.

use crate::words::{Language, Words};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;

/// Which characters a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// A server's name.
    ServerName,
    /// A host name.
    HostName,
    /// A login.
    LoginUser,
    /// A tag.
    Tag,
    /// A workspace's name, which names a folder too.
    WorkspaceName,
    /// A person's name.
    PersonName,
    /// A user name on a YunoHost server.
    UserName,
    /// A domain.
    DomainName,
    /// A path in an address.
    UrlPath,
    /// Any text that can be seen.
    Visible,
}

impl Allowed {
    /// What is allowed, in words that end the sentence "Use …".
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::ServerName => Words::new(
                "letters, digits, spaces, dots, hyphens and underscores, with a letter or a digit first",
                "des lettres, chiffres, espaces, points, tirets et soulignés, avec une lettre ou un chiffre au début",
            ),
            Self::HostName => Words::new(
                "letters, digits and hyphens, in parts separated by dots",
                "des lettres, chiffres et tirets, en parties séparées par des points",
            ),
            Self::LoginUser => Words::new(
                "letters, digits, dots, hyphens, underscores and @, without a hyphen first",
                "des lettres, chiffres, points, tirets, soulignés et @, sans tiret au début",
            ),
            Self::Tag => Words::new(
                "small letters, digits, dots, hyphens, underscores and colons, with a letter or a digit first",
                "des minuscules, chiffres, points, tirets, soulignés et deux-points, avec une lettre ou un chiffre au début",
            ),
            Self::WorkspaceName => Words::new(
                "letters, digits, spaces and . - _ & ’ ( ), with a letter or a digit first and no dot last",
                "des lettres, chiffres, espaces et . - _ & ’ ( ), avec une lettre ou un chiffre au début et pas de point à la fin",
            ),
            Self::PersonName => Words::new(
                "letters, spaces, dots, commas, hyphens and apostrophes, with a letter first",
                "des lettres, espaces, points, virgules, tirets et apostrophes, avec une lettre au début",
            ),
            Self::UserName => Words::new(
                "small letters, digits, dots and underscores",
                "des minuscules, chiffres, points et soulignés",
            ),
            Self::DomainName => Words::new(
                "small letters, digits and hyphens, in at least two parts separated by dots",
                "des minuscules, chiffres et tirets, en au moins deux parties séparées par des points",
            ),
            Self::UrlPath => Words::new(
                "/ first, then letters, digits and . - _ ~ /",
                "/ au début, puis des lettres, chiffres et . - _ ~ /",
            ),
            Self::Visible => Words::new("characters that can be seen", "des caractères visibles"),
        }
    }
}

/// What is wrong with an answer. Closed: the interface has a sentence for each, in each language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, specta::Type)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Rule {
    /// An answer is needed.
    Required,
    /// It is longer than this many characters.
    TooLong {
        /// The most characters.
        max: u32,
    },
    /// It is shorter than this many characters.
    TooShort {
        /// The fewest characters.
        min: u32,
    },
    /// A character is not allowed here.
    Characters {
        /// Which ones are.
        allowed: Allowed,
    },
    /// A port is a number from 1 to 65535.
    PortRange,
    /// A number is out of its range.
    NumberRange {
        /// The smallest.
        min: i32,
        /// The greatest.
        max: i32,
    },
    /// Neither a host name nor an IP address.
    NotAnAddress,
    /// Not a domain.
    NotADomain,
    /// Not a mail address.
    NotAMail,
    /// Not a web address.
    NotAUrl,
    /// Not a colour.
    NotAColor,
    /// Not a date.
    NotADate,
    /// Not a time.
    NotATime,
    /// Not a mailbox quota.
    NotAQuota,
    /// Not a fingerprint.
    NotAFingerprint,
    /// Not one of the choices.
    NotAChoice,
    /// A name that the system keeps for itself.
    Reserved,
    /// Taken by another.
    Taken,
    /// The two passwords differ.
    Differs,
    /// The password is too easy to guess.
    WeakPassword,
    /// Does not have the form that the app's own pattern asks for.
    Pattern,
}

impl Rule {
    /// What is allowed, as a sentence in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Required => Words::new(
                "An answer is needed here.",
                "Une réponse est nécessaire ici.",
            ),
            Self::TooLong { max } => Words::new(
                format!("At most {max} characters."),
                format!("Au plus {max} caractères."),
            ),
            Self::TooShort { min } => Words::new(
                format!("At least {min} characters."),
                format!("Au moins {min} caractères."),
            ),
            Self::Characters { allowed } => {
                let words = allowed.words();
                Words::new(
                    format!("Use {}.", words.en),
                    format!("Utilisez {}.", words.fr),
                )
            }
            Self::PortRange => Words::new(
                "A port is a number from 1 to 65535.",
                "Un port est un nombre de 1 à 65535.",
            ),
            Self::NumberRange { min, max } => Words::new(
                format!("A whole number from {min} to {max}."),
                format!("Un nombre entier de {min} à {max}."),
            ),
            Self::NotAnAddress => Words::new(
                "A host name, such as glycines-01.example, or an IP address.",
                "Un nom d’hôte, tel que glycines-01.example, ou une adresse IP.",
            ),
            Self::NotADomain => Words::new(
                "A domain, such as cloud.example.",
                "Un domaine, tel que cloud.example.",
            ),
            Self::NotAMail => Words::new(
                "A mail address, such as ines@cloud.example.",
                "Une adresse mail, telle que ines@cloud.example.",
            ),
            Self::NotAUrl => Words::new(
                "A web address that begins with https:// or http://.",
                "Une adresse web qui commence par https:// ou http://.",
            ),
            Self::NotAColor => Words::new(
                "A colour, such as #12768F.",
                "Une couleur, telle que #12768F.",
            ),
            Self::NotADate => Words::new(
                "A date, such as 2026-11-22.",
                "Une date, telle que 2026-11-22.",
            ),
            Self::NotATime => Words::new("A time, such as 09:30.", "Une heure, telle que 09:30."),
            Self::NotAQuota => Words::new(
                "0 for no limit, or a number with b, k, M, G or T, such as 500M.",
                "0 pour aucune limite, ou un nombre suivi de b, k, M, G ou T, tel que 500M.",
            ),
            Self::NotAFingerprint => Words::new(
                "A fingerprint: SHA256: and 43 letters, digits, + or /.",
                "Une empreinte : SHA256: et 43 lettres, chiffres, + ou /.",
            ),
            Self::NotAChoice => {
                Words::new("One of the choices offered.", "L’un des choix proposés.")
            }
            Self::Reserved => Words::new(
                "This name is kept by the system. Take another.",
                "Ce nom est réservé par le système. Prenez-en un autre.",
            ),
            Self::Taken => Words::new(
                "This is taken already. Take another.",
                "C’est déjà pris. Prenez-en un autre.",
            ),
            Self::Differs => Words::new(
                "The two passwords differ.",
                "Les deux mots de passe diffèrent.",
            ),
            Self::WeakPassword => Words::new(
                "Easy to guess. Use a longer one, of several unrelated words.",
                "Facile à deviner. Prenez-en un plus long, de plusieurs mots sans rapport.",
            ),
            Self::Pattern => Words::new(
                "Not in the form that this app asks for.",
                "Pas sous la forme que cette app demande.",
            ),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().of(Language::En))
    }
}

impl std::error::Error for Rule {}

/// A field, and what is wrong with its answer. The answer itself is not kept: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct FieldProblem {
    /// The field's name in the form (an app's own question: its id).
    pub field: Cow<'static, str>,
    /// What is wrong.
    #[serde(flatten)]
    pub rule: Rule,
}

impl FieldProblem {
    /// This field breaks this rule.
    pub fn new(field: impl Into<Cow<'static, str>>, rule: Rule) -> Self {
        Self {
            field: field.into(),
            rule,
        }
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.rule)
    }
}

impl std::error::Error for FieldProblem {}

/// Turns a rule into the problem of this field: `Port::parse(text).map_err(at("port"))?`.
pub fn at(field: impl Into<Cow<'static, str>>) -> impl FnOnce(Rule) -> FieldProblem {
    move |rule| FieldProblem::new(field, rule)
}

/// Collects what is wrong with a whole form, so that all is said at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<FieldProblem>);

impl Problems {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value, or nothing and its problem noted under this field.
    pub fn take<T>(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        checked: Result<T, Rule>,
    ) -> Option<T> {
        checked.map_err(|rule| self.add(field, rule)).ok()
    }

    /// Notes a problem.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, rule: Rule) {
        self.0.push(FieldProblem::new(field, rule));
    }

    /// Nothing is wrong so far.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when nothing is wrong, else all problems.
    pub fn done(self) -> Result<(), Vec<FieldProblem>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }
}

/// `text` when its length is at least 1 and at most `max` characters.
pub(super) fn sized(text: &str, max: u32) -> Result<&str, Rule> {
    if text.is_empty() {
        return Err(Rule::Required);
    }
    if text.chars().count() > max as usize {
        return Err(Rule::TooLong { max });
    }
    Ok(text)
}
