//! What a YunoHost server understands and answers, action by action. Pure.
//!
//! Each action is declared once, as a struct that implements [`Action`]: its words on the command line, its
//! HTTP route and fields, its reply, whether it reads or writes, and from which release. The driver, the
//! simulator, the documentation (`docs/ACTIONS.md`) and the tests derive from that.
//!
//! Shapes come from conversations recorded with YunoHost 12.0.17 and 12.1.25; both are accepted everywhere.
//! What a server adds is kept (`extra`), what it leaves out is tolerated where real servers differ.
//!
//! Left to others: how words reach a server (`driver`), and what an operator may do with it (`core`).

pub mod action;
pub mod apps;
pub mod argv;
pub mod backups;
pub mod catalogue;
pub mod certificates;
pub mod diagnosis;
pub mod domains;
pub mod error;
pub mod fields;
pub mod firewall;
pub mod form;
pub mod gate;
pub mod groups;
pub mod keys;
pub mod logs;
pub mod manifest;
pub mod permissions;
pub mod portal;
pub mod refusal;
pub mod registry;
pub mod release;
pub mod services;
pub mod settings;
pub mod text;
pub mod tools;
pub mod updates;
pub mod users;
pub mod versions;

pub use action::{Action, Declaration, Kind, Method, Route};
pub use argv::Argv;
pub use error::ReplyError;
pub use form::Form;
pub use refusal::Refusal;
pub use registry::DECLARATIONS;
pub use release::Release;

/// A value that is never shown: no `Display`, no `Serialize`, `Debug` hides it, wiped when dropped.
pub type Secret = secrecy::SecretString;

/// What a server said beyond the fields that are known here, by name.
pub type Extra = std::collections::BTreeMap<String, serde_json::Value>;
