//! The services that YunoHost watches.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;

use crate::{
    Action, Argv, Declaration, Extra, Form, ReplyError, Route,
    action::{Nothing, action, words},
    error::read,
    fields::ServiceName,
};

/// `service status`: 240–290 ms, since configurations are tested.
#[derive(Debug, Clone, Default)]
pub struct ShowServices {
    /// Which; none means all.
    pub names: Vec<ServiceName>,
}

/// What was asked: a server answers one name with the bare service.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(untagged)]
pub enum Services {
    /// The one that was asked for.
    One(Service),
    /// By name.
    Many(BTreeMap<String, Service>),
}

impl Services {
    /// The services by name, given the names that were asked for.
    pub fn named(self, asked: &[ServiceName]) -> BTreeMap<String, Service> {
        match self {
            Self::Many(services) => services,
            Self::One(service) => asked
                .first()
                .map(|name| (name.to_string(), service))
                .into_iter()
                .collect(),
        }
    }
}

/// One service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Service {
    /// Whether it runs.
    pub status: Status,
    /// `enabled` or `disabled`, `unknown` and others where systemd says so.
    #[serde(default)]
    pub start_on_boot: Option<String>,
    /// When that began, as the server writes it (with a zone over the driver and the API); `unknown` too.
    #[serde(default)]
    pub last_state_change: Option<String>,
    /// What it is for, in the server's language.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether its configuration was found good.
    #[serde(default)]
    pub configuration: Option<Configuration>,
    /// What is wrong with the configuration, line by line.
    #[serde(default, rename = "configuration-details")]
    pub configuration_details: Vec<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

words!(
    /// Whether a service runs, in systemd's words.
    Status {
        /// It runs.
        Running = "running",
        /// It ran once and is done, which is right for some.
        Exited = "exited",
        /// It is stopped.
        Dead = "dead",
        /// It broke.
        Failed = "failed",
        /// It is about to run again.
        AutoRestart = "auto-restart",
        /// Nothing is known.
        Unknown = "unknown",
    }
);

words!(
    /// What a service's own test says of its configuration.
    Configuration {
        /// Good.
        Valid = "valid",
        /// Bad.
        Broken = "broken",
        /// There is no test.
        Unknown = "unknown",
    }
);

impl Action for ShowServices {
    type Reply = Services;
    const DECLARATION: Declaration = Declaration::read(
        "service status",
        &[Route::get("/services"), Route::get("/services/<names>")],
    );

    fn argv(&self) -> Argv {
        Argv::new(Self::DECLARATION.name).args(&self.names)
    }

    fn form(&self) -> Form {
        Form::new().list("names", &self.names)
    }

    fn parse(reply: Value) -> Result<Services, ReplyError> {
        // A service's status is a text; a service called `status` would be an object.
        if reply.get("status").is_some_and(Value::is_string) {
            read(Self::DECLARATION.name, reply).map(Services::One)
        } else {
            read(Self::DECLARATION.name, reply).map(Services::Many)
        }
    }
}

/// `service log`: the last lines of a service's journal and of its log files.
#[derive(Debug, Clone)]
pub struct ShowServiceLog {
    /// Which service.
    pub name: ServiceName,
    /// How many lines of each.
    pub lines: u32,
}

/// Lines by source: `journalctl`, or a file's path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct ServiceLog(pub BTreeMap<String, Vec<String>>);

action!(
    ShowServiceLog,
    Declaration::read("service log", &[Route::get("/services/<name>/log")]),
    ServiceLog,
    |of, argv| argv
        .arg(&of.name)
        .option("--number", Some(of.lines.to_string())),
    |of, form| form
        .path("name", &of.name)
        .field("number", Some(of.lines.to_string()))
);

macro_rules! verb {
    ($(#[$doc:meta])* $name:ident, $words:literal, $path:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name {
            /// Which; at least one.
            pub names: Vec<ServiceName>,
        }

        action!(
            $name,
            Declaration::write($words, &[Route::put($path)]),
            Nothing,
            |of, argv| argv.args(&of.names),
            |of, form| form.path_list("names", &of.names)
        );
    };
}

verb!(
    /// `service restart`: about 3.5 s. Answers nothing. Refusals: `service_unknown`, `service_restart_failed`.
    RestartServices, "service restart", "/services/<names>/restart"
);
verb!(
    /// `service start`. Answers nothing. Refusal: `service_start_failed`.
    StartServices, "service start", "/services/<names>/start"
);
verb!(
    /// `service stop`. Answers nothing. Refusal: `service_stop_failed`.
    StopServices, "service stop", "/services/<names>/stop"
);
