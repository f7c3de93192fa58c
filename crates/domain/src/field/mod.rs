//! What a form's field may hold. Each kind of value is a type that can only be made by checking ([`ServerName::parse`]
//! and its like); what is wrong with a text is a [`Rule`], a closed list that the interface knows too, so that both say
//! the same, in the reader's language, beside the field.
//!
//! Passwords are judged in `core` (strength needs a dictionary); what a server itself refuses is its own answer.

mod machine;
mod names;
mod rule;
mod yunohost;

pub use machine::{Host, LoginUser, Port};
pub use names::{PersonName, ServerName, Tag, WorkspaceName};
pub use rule::{Allowed, FieldProblem, Problems, Rule, at};
pub use yunohost::{AppLabel, DomainName, MailQuota, UrlPath, UserName};

/// Makes a type that holds a checked text: `parse` trims, calls the check and keeps what it gives.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, specta::Type)]
        #[serde(try_from = "String", into = "String")]
        #[specta(type = String)]
        pub struct $name(String);

        impl $name {
            /// Checks the text (spaces around it do not count); the rule that it breaks otherwise.
            pub fn parse(text: &str) -> Result<Self, $crate::field::Rule> {
                $check(text.trim()).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::field::Rule;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::field::Rule;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}
pub(crate) use checked_text;
