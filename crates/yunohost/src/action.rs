//! The one declaration of an action, from which command line, HTTP call, documentation and tests derive.

use crate::{Argv, Form, Release, ReplyError};

/// Something a YunoHost server can be asked to do.
pub trait Action: Send + Sync {
    /// What the server answers.
    type Reply: Send;
    /// What is the same for every call.
    const DECLARATION: Declaration;

    /// The words after `yunohost` on the command line, and in the driver's requests.
    fn argv(&self) -> Argv;

    /// The path parameters and fields of the same call over HTTP. See [`Form::address`] for the route.
    fn form(&self) -> Form;

    /// Reads what the server answered, in the shape of any supported release.
    fn parse(reply: serde_json::Value) -> Result<Self::Reply, ReplyError>;
}

/// What is known of an action without calling it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declaration {
    /// Its words, as in YunoHost's action map: `user group add`. Unique among [`crate::DECLARATIONS`].
    pub name: &'static str,
    /// Whether it only reads.
    pub kind: Kind,
    /// Its HTTP routes; the first is the one that is used.
    pub routes: &'static [Route],
    /// The first release that has it in this form.
    pub since: Release,
    /// The first release that has it no more, if there is one.
    pub until: Option<Release>,
}

impl Declaration {
    /// An action that only reads, in every supported release.
    pub const fn read(name: &'static str, routes: &'static [Route]) -> Self {
        Self {
            name,
            kind: Kind::Read,
            routes,
            since: Release::OLDEST,
            until: None,
        }
    }

    /// An action that changes the server (and takes YunoHost's lock), in every supported release.
    pub const fn write(name: &'static str, routes: &'static [Route]) -> Self {
        Self {
            name,
            kind: Kind::Write,
            routes,
            since: Release::OLDEST,
            until: None,
        }
    }

    /// Whether a server of this release knows the action.
    pub fn known_by(&self, release: Release) -> bool {
        release >= self.since && self.until.is_none_or(|until| release < until)
    }
}

/// Whether an action changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Takes no lock, changes nothing, may be repeated.
    Read,
    /// Takes YunoHost's lock and leaves an operation log; never repeated by itself.
    Write,
}

/// One way to call an action over HTTP, under `/yunohost/api`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The verb.
    pub method: Method,
    /// The path with its parameters in angle brackets: `/users/<username>`.
    pub path: &'static str,
}

impl Route {
    /// A route that reads.
    pub const fn get(path: &'static str) -> Self {
        Self {
            method: Method::Get,
            path,
        }
    }

    /// A route that creates or runs.
    pub const fn post(path: &'static str) -> Self {
        Self {
            method: Method::Post,
            path,
        }
    }

    /// A route that changes.
    pub const fn put(path: &'static str) -> Self {
        Self {
            method: Method::Put,
            path,
        }
    }

    /// A route that removes.
    pub const fn delete(path: &'static str) -> Self {
        Self {
            method: Method::Delete,
            path,
        }
    }
}

/// The HTTP verbs that YunoHost's API uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or runs; answers 201.
    Post,
    /// Changes; answers 200, or 204 when there is nothing to say.
    Put,
    /// Removes; answers like `Put`.
    Delete,
}

impl Method {
    /// The verb as it is written on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// The reply of an action that answers nothing worth reading (field note 4). Anything is accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Nothing;

impl serde::Serialize for Nothing {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> serde::Deserialize<'de> for Nothing {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// Implements [`Action`] from its declaration, its words, its form, and a reply that serde reads.
macro_rules! action {
    ($action:ty, $declaration:expr, $reply:ty, |$of:ident, $argv:ident| $words:expr, |$it:ident, $form:ident| $fields:expr) => {
        impl $crate::Action for $action {
            type Reply = $reply;
            const DECLARATION: $crate::Declaration = $declaration;

            fn argv(&self) -> $crate::Argv {
                let ($of, $argv) = (self, $crate::Argv::new(Self::DECLARATION.name));
                let _ = $of;
                $words
            }

            fn form(&self) -> $crate::Form {
                let ($it, $form) = (self, $crate::Form::new());
                let _ = $it;
                $fields
            }

            fn parse(reply: serde_json::Value) -> Result<$reply, $crate::ReplyError> {
                $crate::error::read(Self::DECLARATION.name, reply)
            }
        }
    };
}
pub(crate) use action;

/// An enum over a server's words that keeps a word it does not know.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, specta::Type)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+
            /// A word that is not known here.
            #[serde(untagged)]
            Other(String),
        }

        impl $name {
            /// The word itself.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }
    };
}
pub(crate) use words;
