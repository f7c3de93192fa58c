//! The errors of a portal, as the codes and the fields that faces act on.

use towerify_domain::{Words, text};
use towerify_driver::portal::PortalError;
use towerify_yunohost::portal::Refused;

use crate::{
    Code,
    error::{AppError, FieldProblem},
    yunohost_rules,
};

/// An error of a portal. Nothing that a server said is in it, but its own keys.
pub(super) fn app_error(error: &PortalError) -> AppError {
    let message = sentence(error);
    match error {
        PortalError::NameNotFound { host } => {
            AppError::new(Code::NameNotFound, message).with("address", host)
        }
        PortalError::Refused { endpoint } => {
            AppError::new(Code::ConnectionRefused, message).with("address", endpoint)
        }
        PortalError::TimedOut { endpoint, after } => AppError::new(Code::TimedOut, message)
            .with("address", endpoint)
            .with("seconds", after.as_secs()),
        PortalError::Cut { endpoint } => {
            AppError::new(Code::ConnectionCut, message).with("address", endpoint)
        }
        PortalError::NotTls { endpoint } | PortalError::NotAPortal { endpoint } => {
            AppError::new(Code::NotAPortal, message).with("address", endpoint)
        }
        PortalError::CertificateUnknown { endpoint, offered } => AppError::new(
            Code::CertificateUnknown,
            format!("{message} Nothing was sent."),
        )
        .with("address", endpoint)
        .with("fingerprint", offered.fingerprint),
        PortalError::CertificateChanged {
            endpoint,
            pinned,
            offered,
        } => AppError::new(
            Code::CertificateChanged,
            format!("{message} Nothing was sent."),
        )
        .with("address", endpoint)
        .with("accepted", pinned)
        .with("fingerprint", offered.fingerprint),
        PortalError::LoginRefused => AppError::new(Code::LoginRefused, message),
        PortalError::SessionEnded => AppError::new(Code::SessionEnded, message),
        PortalError::Rejected(refused) => rejected(refused),
        PortalError::Password { field, rule } => AppError::invalid(vec![FieldProblem {
            field: field_of(field).into(),
            words: yunohost_rules::words(*rule),
        }]),
        PortalError::NotDone | PortalError::Unproven => {
            AppError::new(Code::OutcomeUnknown, message)
        }
        PortalError::TooMuch | PortalError::Nonsense { .. } | PortalError::Failed { .. } => {
            AppError::new(Code::Nonsense, message)
        }
        _ => AppError::new(Code::Internal, message),
    }
}

fn sentence(error: &PortalError) -> String {
    let said = text::line(&error.to_string(), 500);
    let mut letters = said.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// The form's field for one of the portal's.
fn field_of(field: &str) -> &'static str {
    match field {
        "currentpassword" => "current",
        "newpassword" => "new",
        "fullname" => "fullname",
        "mailforward" => "forwards",
        _ => "aliases",
    }
}

/// What the portal said no to, beside its field.
fn rejected(refused: &Refused) -> AppError {
    let at = |field: &str, en: &str, fr: &str| {
        AppError::invalid(vec![FieldProblem {
            field: field.to_owned(),
            words: Words::new(en, fr),
        }])
    };
    let field = refused.field.as_deref();
    match refused.key.as_str() {
        "invalid_password" => at(
            "current",
            "This is not your present password.",
            "Ce n’est pas votre mot de passe actuel.",
        ),
        "password_listed" => at(
            "new",
            "This password is among the most used in the world. Take one of your own.",
            "Ce mot de passe est parmi les plus utilisés au monde. Choisissez-en un bien à vous.",
        ),
        "password_too_long" => at(
            "new",
            "Fewer than 127 characters.",
            "Moins de 127 caractères.",
        ),
        key if key.starts_with("password_too_simple") => at(
            "new",
            "This server asks for more: longer, with digits, capitals and signs.",
            "Ce serveur demande davantage : plus long, avec chiffres, majuscules et signes.",
        ),
        "mail_already_exists" => at(
            field.map_or("aliases", field_of),
            "Somebody has this address already.",
            "Quelqu’un a déjà cette adresse.",
        ),
        "mail_unavailable" => at(
            field.map_or("aliases", field_of),
            "This address is kept for administrators.",
            "Cette adresse est réservée aux administrateurs.",
        ),
        "mail_alias_unauthorized" => at(
            "aliases",
            "You may have an address on your own domain, or on one where you may open an app.",
            "Vous pouvez avoir une adresse sur votre domaine, ou sur un domaine dont vous pouvez ouvrir une app.",
        ),
        "mail_edit_operation_unauthorized" => AppError::new(
            Code::Refused,
            "This server does not let you change your addresses.",
        )
        .with("key", &refused.key),
        "invalid" if field == Some("fullname") => at(
            "fullname",
            "Letters and digits, with spaces, commas, full stops, apostrophes or hyphens between them.",
            "Des lettres et des chiffres, avec entre eux espaces, virgules, points, apostrophes ou tirets.",
        ),
        "invalid" if field.is_some() => at(
            field.map_or("aliases", field_of),
            "An e-mail address is expected.",
            "Une adresse e-mail est attendue.",
        ),
        key => AppError::new(Code::Refused, format!("The portal refused this ({key})."))
            .with("key", key),
    }
}
