//! What YunoHost's fields take, as sentences in both languages.

use towerify_domain::Words;
use towerify_yunohost::fields::Rule;

use crate::error::{AppError, FieldProblem};

/// The sentence that says what is allowed.
pub(crate) fn words(rule: Rule) -> Words {
    let (en, fr) = match rule {
        Rule::Required => ("Something must be there.", "Il faut une réponse."),
        Rule::TooLong => ("It is too long.", "C’est trop long."),
        Rule::Invisible => (
            "It holds a character that can’t be seen.",
            "Un caractère invisible s’y trouve.",
        ),
        Rule::Username => (
            "Small letters without accents, digits, _ and . only.",
            "Minuscules sans accent, chiffres, _ et . seulement.",
        ),
        Rule::Group => (
            "Small letters without accents, digits and _ only.",
            "Minuscules sans accent, chiffres et _ seulement.",
        ),
        Rule::FullName => (
            "Letters and digits, with spaces, commas, full stops, apostrophes or hyphens between them.",
            "Des lettres et des chiffres, avec entre eux espaces, virgules, points, apostrophes ou tirets.",
        ),
        Rule::Label => (
            "A text that does not begin with -.",
            "Un texte qui ne commence pas par -.",
        ),
        Rule::Domain => (
            "A domain like my-domain.org, in small letters.",
            "Un domaine comme mon-domaine.org, en minuscules.",
        ),
        Rule::Path => (
            "A path like /blog: letters, digits, dots, hyphens and underscores.",
            "Un chemin comme /blog : lettres, chiffres, points, tirets et soulignés.",
        ),
        Rule::App => (
            "An app’s id like nextcloud or nextcloud__2.",
            "L’identifiant d’une app, comme nextcloud ou nextcloud__2.",
        ),
        Rule::AppSource => (
            "An app’s id, an https address, or an absolute path on the server.",
            "L’identifiant d’une app, une adresse https, ou un chemin absolu sur le serveur.",
        ),
        Rule::Permission => (
            "A permission like nextcloud.main.",
            "Une permission comme nextcloud.main.",
        ),
        Rule::MailLocalPart => (
            "Letters, digits, _, - and . before the @.",
            "Lettres, chiffres, _, - et . avant le @.",
        ),
        Rule::Mail => (
            "An e-mail address, without +.",
            "Une adresse e-mail, sans +.",
        ),
        Rule::ForwardMail => ("An e-mail address.", "Une adresse e-mail."),
        Rule::Quota => (
            "A size like 500M or 2G, or 0 for no limit.",
            "Une taille comme 500M ou 2G, ou 0 pour ne pas limiter.",
        ),
        Rule::PasswordTooShort => ("At least 8 characters.", "Au moins 8 caractères."),
        Rule::PasswordAt => (
            "Not with @ first: the server can’t take it.",
            "Sans @ au début : le serveur ne peut pas le prendre.",
        ),
        Rule::PasswordTooLong => ("Fewer than 127 characters.", "Moins de 127 caractères."),
        Rule::PasswordCharacters => (
            "An app’s password can’t hold { or }.",
            "Le mot de passe d’une app ne peut contenir { ni }.",
        ),
        Rule::Service => (
            "A service’s name like nginx or php8.2-fpm.",
            "Le nom d’un service, comme nginx ou php8.2-fpm.",
        ),
        Rule::Operation => (
            "The name of an operation log.",
            "Le nom d’un journal d’opération.",
        ),
        Rule::Number => ("A whole number.", "Un nombre entier."),
        Rule::NumberTooSmall => ("The number is too small.", "Le nombre est trop petit."),
        Rule::NumberTooBig => ("The number is too big.", "Le nombre est trop grand."),
        Rule::Choice => ("One of the choices.", "Un des choix proposés."),
        Rule::YesNo => ("Yes or no.", "Oui ou non."),
        Rule::Url => (
            "An address that begins with http:// or https://.",
            "Une adresse qui commence par http:// ou https://.",
        ),
        Rule::Colour => ("A colour like #1a2b3c.", "Une couleur comme #1a2b3c."),
        Rule::Date => ("A date like 2026-11-22.", "Une date comme 2026-11-22."),
        Rule::Time => ("A time like 14:30.", "Une heure comme 14:30."),
        Rule::Question => (
            "The app asks no such question.",
            "L’app ne pose pas cette question.",
        ),
    };
    Words::new(en, fr)
}

/// Checks a form's answers against YunoHost's rules, and says at once all that is wrong.
#[derive(Default)]
pub(crate) struct Answers(Vec<FieldProblem>);

impl Answers {
    /// The value, or nothing and its problem noted under this field.
    pub(crate) fn take<T>(&mut self, field: &str, checked: Result<T, Rule>) -> Option<T> {
        checked
            .map_err(|rule| {
                self.0.push(FieldProblem {
                    field: field.into(),
                    words: words(rule),
                })
            })
            .ok()
    }

    /// The same for an answer that may be absent; an absent one is `Some(None)`.
    pub(crate) fn take_if<T>(
        &mut self,
        field: &str,
        answer: Option<&str>,
        check: impl FnOnce(&str) -> Result<T, Rule>,
    ) -> Option<Option<T>> {
        match answer {
            None => Some(None),
            Some(answer) => self.take(field, check(answer)).map(Some),
        }
    }

    /// Several answers of one field.
    pub(crate) fn take_all<T>(
        &mut self,
        field: &str,
        answers: &[String],
        check: impl Fn(&str) -> Result<T, Rule>,
    ) -> Option<Vec<T>> {
        answers
            .iter()
            .map(|answer| self.take(field, check(answer)))
            .collect()
    }

    /// All that was wrong, as one error.
    pub(crate) fn refuse(self) -> AppError {
        AppError::invalid(self.0)
    }
}
