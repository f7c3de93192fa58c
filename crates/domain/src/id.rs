//! The identifiers of things: one type a thing, so that a run's id cannot be handed in for a server's.
//! All are UUIDs (version 7 in practice: they sort by birth) and travel as strings. They are drawn elsewhere.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The text is not a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an identifier: 32 hexadecimal digits are expected, in the form 8-4-4-4-12")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The identifier that this UUID is.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself, for the store.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.as_hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.as_hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }
    )+};
}

ids! {
    /// A workspace: the local encrypted database.
    WorkspaceId;
    /// An account of the workspace: a person who opens it.
    AccountId;
    /// A customer, who owns servers.
    CustomerId;
    /// A server of the fleet.
    ServerId;
    /// A run: a durable piece of work.
    RunId;
    /// A fleet run: the same change on many servers.
    FleetId;
    /// A schedule: a fleet run that begins by itself.
    ScheduleId;
    /// A pinned host key.
    HostKeyId;
    /// A secret that the workspace keeps: an SSH key, a password.
    SecretId;
    /// A saved view of a list.
    ViewId;
    /// A line of the journal.
    EntryId;
    /// A place where an end user opens apps: a domain of a server, and their name there.
    PlaceId;
    /// A named set of choices for provisioning.
    ProfileId;
    /// A product of the catalogue.
    ProductId;
    /// A category of products.
    CategoryId;
    /// An order, or a cart.
    OrderId;
    /// A line of an order.
    LineId;
    /// A payment, or a refund.
    PaymentId;
    /// A quote, an invoice or a credit note.
    DocumentId;
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0190c0de-0000-7000-8000-00000000002a";

    #[test]
    fn an_id_is_read_back_from_what_it_shows() {
        let id: ServerId = TEXT.parse().unwrap();
        assert_eq!(id.to_string(), TEXT);
        assert_eq!(format!("{id:?}"), format!("ServerId({TEXT})"));
        assert_eq!(ServerId::from_uuid(id.uuid()), id);
    }

    #[test]
    fn what_is_not_a_uuid_is_refused() {
        for text in [
            "",
            "42",
            "0190c0de",
            "../../etc/passwd",
            "0190c0de-0000-7000-8000-00000000002g",
        ] {
            assert_eq!(text.parse::<RunId>(), Err(NotAnId), "{text}");
        }
    }
}
