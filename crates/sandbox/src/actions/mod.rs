//! What each action means: reads answer from the state, writes say what they will do and then do it.

mod apps;
mod backups;
mod catalogue;
mod certificates;
mod diagnosis;
mod domains;
mod firewall;
mod groups;
mod installing;
mod logs;
mod people;
mod permissions;
mod postinstall;
mod services;
mod settings;
mod shells;
mod updates;
mod users;
mod versions;

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::Value;

pub(crate) use people::is_listed_password;
pub(crate) use services::units;

use crate::{
    call::{Call, Misused},
    state::State,
    words,
};

/// YunoHost said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// YunoHost's own key.
    pub(crate) key: String,
    /// Its sentence, in the caller's language.
    pub(crate) message: String,
    /// What the sentence names; the API sends it along.
    pub(crate) named: Vec<(String, String)>,
    /// Whether it was found before anything was begun (HTTP status 400).
    pub(crate) validation: bool,
}

/// A refusal by its key, with the names in its sentence.
pub(crate) fn refuse<T>(call: &Call, key: &str, named: &[(&str, &str)]) -> Result<T, Refusal> {
    Err(Refusal {
        key: key.to_owned(),
        message: words::sentence(call.locale, key, named),
        named: named
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        validation: true,
    })
}

impl Refusal {
    /// A call that could not be understood.
    pub(crate) fn misused(misused: &Misused, locale: words::Locale) -> Self {
        match misused {
            Misused::Usage(text) => Self {
                key: if text.ends_with("error: help") {
                    "help"
                } else {
                    "usage"
                }
                .to_owned(),
                message: text.clone(),
                named: Vec::new(),
                validation: false,
            },
            Misused::Prompt(_) => Self {
                key: "prompt_needed".to_owned(),
                message: words::sentence(locale, "prompt_needed", &[]),
                named: Vec::new(),
                validation: false,
            },
        }
    }
}

/// What a read gives: a value, and warnings that come before it.
pub(crate) struct Answer {
    pub(crate) value: Value,
    pub(crate) warnings: Vec<String>,
}

impl From<Value> for Answer {
    fn from(value: Value) -> Self {
        Self {
            value,
            warnings: Vec::new(),
        }
    }
}

/// A write that was found to be possible.
pub(crate) struct Plan {
    /// What is told meanwhile, each after its time.
    pub(crate) steps: Vec<Step>,
    /// The operation logs that it leaves: what was done, to what. The first is the one of the action.
    pub(crate) operations: Vec<(&'static str, String)>,
    /// Arguments for the operation log; nothing secret.
    pub(crate) args: BTreeMap<String, String>,
    /// What changes, and the reply.
    pub(crate) effect: Effect,
    /// Text that is printed beside the log, at the end.
    pub(crate) output: Option<String>,
    /// What the change is made to, for counting it; never a secret.
    pub(crate) subject: Option<String>,
    /// Whether it changes nothing after all.
    pub(crate) is_empty: bool,
    /// Where it dies without a word, and what it leaves.
    pub(crate) dies: Option<Dying>,
    /// What it does to the machine's power in the end.
    pub(crate) power: Option<Power>,
    /// A port that the machine's sshd is about to take.
    pub(crate) listens: Option<u16>,
    /// How it ends when it fails after all, with its effect done.
    pub(crate) ends: Option<Refusal>,
    /// A script's last words, when it fails.
    pub(crate) failure: Option<String>,
}

pub(crate) type Effect = Box<dyn FnOnce(&mut State, DateTime<Utc>) -> Value + Send>;

/// An action that is cut in the middle.
pub(crate) struct Dying {
    /// After so many steps.
    pub(crate) after: usize,
    /// What it has done by then.
    pub(crate) leaving: Effect,
}

/// What happens to a machine's power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Power {
    /// Off, and on again.
    Reboot,
    /// Off.
    Off,
}

/// One line of progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) after: Duration,
    pub(crate) level: &'static str,
    pub(crate) message: String,
}

impl Plan {
    /// A plan that changes the state and tells nothing yet.
    pub(crate) fn new(
        effect: impl FnOnce(&mut State, DateTime<Utc>) -> Value + Send + 'static,
    ) -> Self {
        Self {
            steps: Vec::new(),
            operations: Vec::new(),
            args: BTreeMap::new(),
            effect: Box::new(effect),
            output: None,
            subject: None,
            is_empty: false,
            dies: None,
            power: None,
            listens: None,
            ends: None,
            failure: None,
        }
    }

    /// Says what the change is made to.
    pub(crate) fn about(mut self, subject: &str) -> Self {
        self.subject = Some(subject.to_owned());
        self
    }

    /// Adds a line.
    pub(crate) fn step(
        mut self,
        milliseconds: u64,
        level: &'static str,
        message: impl Into<String>,
    ) -> Self {
        self.steps.push(Step {
            after: Duration::from_millis(milliseconds),
            level,
            message: message.into(),
        });
        self
    }

    /// Adds a line that YunoHost has in every language.
    fn say(
        self,
        milliseconds: u64,
        level: &'static str,
        call: &Call,
        key: &str,
        named: &[(&str, &str)],
    ) -> Self {
        let message = words::sentence(call.locale, key, named);
        self.step(milliseconds, level, message)
    }

    /// Adds an operation log.
    fn logged(mut self, kind: &'static str, target: &str) -> Self {
        self.subject.get_or_insert_with(|| target.to_owned());
        self.operations.push((kind, target.to_owned()));
        self
    }

    /// Adds an argument to the operation log.
    fn arg(mut self, name: &str, value: &str) -> Self {
        self.args.insert(name.to_owned(), value.to_owned());
        self
    }
}

/// Whether an action only reads. Field note 10 and the driver's rule 5: a list, not a guess from its name.
pub(crate) fn is_read(name: &str) -> bool {
    match towerify_yunohost::DECLARATIONS
        .iter()
        .find(|declaration| declaration.name == name)
    {
        Some(declaration) => declaration.kind == towerify_yunohost::Kind::Read,
        None => matches!(
            name,
            "diagnosis get"
                | "settings list"
                | "settings get"
                | "firewall list"
                | "firewall is-open"
                | "backup list"
                | "backup info"
                | "user ssh list-keys"
        ),
    }
}

/// Answers a read.
pub(crate) fn read(state: &State, call: &Call, now: DateTime<Utc>) -> Result<Answer, Refusal> {
    match call.name {
        "tools versions" => Ok(versions::show(state).into()),
        "tools migrations list" => Ok(updates::migrations(call).into()),
        "user list" => Ok(users::list(state, call).into()),
        "user info" => users::info(state, call).map(Answer::from),
        "user group list" => Ok(groups::list(state, call).into()),
        "user group info" => groups::info(state, call).map(Answer::from),
        "user permission list" => Ok(permissions::list(state, call).into()),
        "user permission info" => permissions::info(state, call).map(Answer::from),
        "domain list" => Ok(domains::list(state, call).into()),
        "domain info" => domains::info(state, call).map(Answer::from),
        "domain url-available" => domains::url_available(state, call).map(Answer::from),
        "domain cert status" => certificates::status(state, call).map(Answer::from),
        "app list" => Ok(apps::list(state, call).into()),
        "app info" => apps::info(state, call).map(Answer::from),
        "app map" => Ok(apps::map(state, call).into()),
        "app catalog" => Ok(catalogue::show(state, call).into()),
        "app manifest" => catalogue::manifest(state, call).map(Answer::from),
        "service status" => services::status(state, call).map(Answer::from),
        "service log" => services::log(state, call, now).map(Answer::from),
        "user ssh list-keys" => shells::list_keys(state, call).map(Answer::from),
        "settings list" => settings::list(state, call).map(Answer::from),
        "settings get" => settings::get(state, call).map(Answer::from),
        "firewall list" => Ok(firewall::list(state, call).into()),
        // An upstream fault of 12.1.25: it says so of every port.
        "firewall is-open" => Ok(Value::from(false).into()),
        "backup list" => Ok(backups::list(state, call).into()),
        "backup info" => backups::info(state, call).map(Answer::from),
        "diagnosis show" if !state.system.diagnosed => Ok(Value::Null.into()),
        "diagnosis list" => Ok(diagnosis::list().into()),
        "diagnosis show" => diagnosis::show(state, call),
        "diagnosis get" => diagnosis::get(state, call).map(Answer::from),
        "log list" => Ok(logs::list(state, call).into()),
        "log show" => logs::show(state, call).map(Answer::from),
        name => Err(not_simulated(name)),
    }
}

/// Checks a write against the state, and says what it will do.
pub(crate) fn plan(state: &State, call: &Call, failing: bool) -> Result<Plan, Refusal> {
    match call.name {
        "user create" => users::create(state, call),
        "user update" => users::update(state, call),
        "user delete" => users::delete(state, call),
        "user ssh add-key" => shells::add_key(state, call),
        "user ssh remove-key" => shells::remove_key(state, call),
        "tools postinstall" => postinstall::plan(state, call),
        "tools reboot" => shells::power(call, Power::Reboot),
        "tools shutdown" => shells::power(call, Power::Off),
        "settings set" => settings::set(state, call),
        "firewall open" => firewall::open(state, call),
        "firewall close" => firewall::close(state, call),
        "firewall delete" => firewall::delete(state, call),
        "firewall allow" => firewall::allow(state, call),
        "firewall disallow" => firewall::disallow(state, call),
        "backup create" => backups::create(state, call, crate::clock::now()),
        "backup delete" => backups::delete(state, call),
        "user group create" => groups::create(state, call),
        "user group delete" => groups::delete(state, call),
        "user group add" => groups::change(state, call, true),
        "user group remove" => groups::change(state, call, false),
        "user permission add" => permissions::change(state, call, true),
        "user permission remove" => permissions::change(state, call, false),
        "user permission update" => permissions::update(state, call),
        "domain add" => domains::add(state, call),
        "domain remove" => domains::remove(state, call),
        "domain main-domain" => domains::set_main(state, call),
        "domain cert install" => certificates::install(state, call),
        "domain cert renew" => certificates::renew(state, call),
        "app install" => installing::install(state, call, failing),
        "app upgrade" => installing::upgrade(state, call, failing),
        "app remove" => installing::remove(state, call),
        "app change-label" => installing::change_label(state, call),
        "service restart" => services::act(state, call, "running", "service_restarted"),
        "service start" => services::act(state, call, "running", "service_started"),
        "service stop" => services::act(state, call, "dead", "service_stopped"),
        "diagnosis run" => diagnosis::run(state, call),
        "tools update" => updates::check(state, call),
        name => Err(not_simulated(name)),
    }
}

fn not_simulated(name: &str) -> Refusal {
    Refusal {
        key: "usage".to_owned(),
        message: format!("'{name}' is not part of the training fleet"),
        named: Vec::new(),
        validation: false,
    }
}
