//! The one declaration of a task, from which the driver's requests, the simulator and the tests derive.

use std::fmt;

use secrecy::ExposeSecret;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    Secret, bans, certificate, deployed, gate, install, keys, preflight, services, state, traces,
};

/// Something that can be asked of, or done on, a Debian machine, with or without YunoHost on it.
pub trait Task: Send + Sync {
    /// What the machine answers. Written and read with the same names, so that a simulator can answer with it.
    type Reply: Serialize + DeserializeOwned + Send;
    /// What is the same for every call.
    const DECLARATION: Declaration;

    /// The arguments of this call, as a JSON object.
    fn arguments(&self) -> Arguments;

    /// Reads what the machine answered. Unknown fields are passed over, missing ones have their default.
    ///
    /// # Errors
    /// [`ReplyError`], which names the field and repeats no value.
    fn parse(reply: Value) -> Result<Self::Reply, ReplyError> {
        serde_path_to_error::deserialize(&reply).map_err(|error| ReplyError {
            task: Self::DECLARATION.name,
            field: bounded(&error.path().to_string()),
            expected: expected(&error.into_inner().to_string()),
        })
    }
}

/// What is known of a task without calling it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declaration {
    /// Its name, and its function's in [`crate::PROGRAM`]: `put_key`. Unique among [`DECLARATIONS`].
    pub name: &'static str,
    /// Whether it only reads.
    pub kind: Kind,
    /// Whether it waits for YunoHost's lock and keeps others out meanwhile, as YunoHost's own writes do.
    pub locks: bool,
}

impl Declaration {
    /// A task that only reads.
    #[must_use]
    pub const fn read(name: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Read,
            locks: false,
        }
    }

    /// A task that changes the machine.
    #[must_use]
    pub const fn write(name: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Write,
            locks: false,
        }
    }

    /// A task that changes what YunoHost changes too.
    #[must_use]
    pub const fn locking(name: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Write,
            locks: true,
        }
    }
}

/// Whether a task changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Changes nothing, may be repeated.
    Read,
    /// Changes the machine. Done twice it does no harm, and the second time says that it was done already.
    Write,
}

/// Every task once.
pub const DECLARATIONS: &[Declaration] = &[
    <preflight::Preflight as Task>::DECLARATION,
    <state::AskState as Task>::DECLARATION,
    <keys::PutKey as Task>::DECLARATION,
    <keys::RemoveKey as Task>::DECLARATION,
    <keys::RootLogin as Task>::DECLARATION,
    <install::Prepare as Task>::DECLARATION,
    <install::InstallYunohost as Task>::DECLARATION,
    <bans::NeverBan as Task>::DECLARATION,
    <bans::AllowAgain as Task>::DECLARATION,
    <services::Api as Task>::DECLARATION,
    <services::UnattendedUpgrades as Task>::DECLARATION,
    <certificate::OwnCertificate as Task>::DECLARATION,
    <certificate::RestoreCertificate as Task>::DECLARATION,
    <traces::RemoveTraces as Task>::DECLARATION,
    <gate::AskGates as Task>::DECLARATION,
    <gate::PutGate as Task>::DECLARATION,
    <gate::RemoveGate as Task>::DECLARATION,
    <deployed::AskDeployed as Task>::DECLARATION,
    <deployed::TurnApp as Task>::DECLARATION,
];

/// The arguments of a call: a JSON object, of which some values are secret. `Debug` hides those.
#[derive(Clone)]
pub struct Arguments {
    plain: Map<String, Value>,
    secrets: Vec<(&'static str, Secret)>,
}

impl Arguments {
    /// From a struct whose secret fields are not written (`#[serde(skip_serializing)]`).
    #[must_use]
    pub fn of(task: &impl Serialize) -> Self {
        let plain = match serde_json::to_value(task) {
            Ok(Value::Object(plain)) => plain,
            _ => Map::new(), // A struct without fields.
        };
        Self {
            plain,
            secrets: Vec::new(),
        }
    }

    /// With one secret more.
    #[must_use]
    pub fn with_secret(mut self, name: &'static str, value: &Secret) -> Self {
        self.secrets.push((name, value.clone()));
        self
    }

    /// The true arguments. For the driver's door only: never log, store or show them.
    #[must_use]
    pub fn expose(&self) -> Value {
        let mut all = self.plain.clone();
        for (name, secret) in &self.secrets {
            all.insert((*name).to_owned(), secret.expose_secret().into());
        }
        Value::Object(all)
    }

    /// The arguments as they may be shown: `***` for what is secret.
    #[must_use]
    pub fn shown(&self) -> Value {
        let mut all = self.plain.clone();
        for (name, _) in &self.secrets {
            all.insert((*name).to_owned(), "***".into());
        }
        Value::Object(all)
    }
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.shown(), f)
    }
}

/// A reply that is not what the task answers. Carries no value from the machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reading the reply to the task `{task}`: `{field}` should be {expected}")]
pub struct ReplyError {
    /// The task's name.
    pub task: &'static str,
    /// Where in the reply, as in `disks[0].path`; `.` is the reply as a whole.
    pub field: String,
    /// What was expected there.
    pub expected: String,
}

/// Serde's message without the machine's value.
fn expected(message: &str) -> String {
    message.rsplit_once("expected ").map_or_else(
        || "something else".to_owned(),
        |(_, expected)| bounded(expected),
    )
}

fn bounded(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Implements [`Task`] for a struct that serde writes.
macro_rules! task {
    ($task:ty, $declaration:expr, $reply:ty $(, secret $secret:ident)*) => {
        impl $crate::Task for $task {
            type Reply = $reply;
            const DECLARATION: $crate::Declaration = $declaration;

            fn arguments(&self) -> $crate::Arguments {
                $crate::Arguments::of(self)$(.with_secret(stringify!($secret), &self.$secret))*
            }
        }
    };
}
pub(crate) use task;
