//! Everything but `deploy` itself.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use towerify_yunohost::apps::RemoveApp;
use towerify_yunohost::fields;

use super::gate::request;
use super::{DeployError, Event, Facts, KnownRelease, Server};
use crate::config::AppId;

/// How an app is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// What it is.
    #[serde(flatten)]
    pub facts: Facts,
    /// Whether it answers now.
    pub answers: bool,
    /// What systemd says of its slot, where it has one.
    #[serde(default)]
    pub unit: BTreeMap<String, String>,
}

/// A secret, without its value: nobody asks the server for that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretName {
    /// Its name.
    pub name: String,
    /// When it was set, by the server's clock: seconds since 1970.
    pub at: i64,
}

/// Which lines of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logs {
    /// How many of the newest.
    pub lines: u16,
    /// Whether to stay for those to come.
    pub follow: bool,
    /// Those of its deployments instead of its own.
    pub of_deployments: bool,
}

fn understood<T: for<'de> Deserialize<'de>>(
    value: Value,
    what: &'static str,
) -> Result<T, DeployError> {
    serde_json::from_value(value).map_err(|_| DeployError::Unclear(what))
}

fn silently() -> impl FnMut(Event) + Send {
    |_| {}
}

/// How an app is; asks it too.
///
/// # Errors
/// Those of [`DeployError`]: for this and all below, [`DeployError::NotThere`] when the app is not there.
pub async fn status(server: &Server, app: &AppId) -> Result<Status, DeployError> {
    understood(
        server
            .ask(
                app.as_str(),
                request("status", json!({})),
                &[],
                &mut silently(),
            )
            .await?,
        "the status",
    )
}

/// The releases that are kept, oldest first.
///
/// # Errors
/// As [`status`].
pub async fn releases(server: &Server, app: &AppId) -> Result<Vec<KnownRelease>, DeployError> {
    match super::facts(server, app).await? {
        Some(facts) => Ok(facts.releases),
        None => Err(DeployError::NotThere(String::new())),
    }
}

/// Back to a release, or to the one before; it is asked before it counts, as a new one is. Gives the release that answers.
///
/// # Errors
/// As [`status`]; [`DeployError::Failed`] with `no_release`, or with `release` when it does not answer any more.
pub async fn rollback(
    server: &Server,
    app: &AppId,
    release: Option<&str>,
    by: &str,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<String, DeployError> {
    let end = server
        .ask(
            app.as_str(),
            request("rollback", json!({"release": release, "by": by})),
            &[],
            on,
        )
        .await?;
    understood(
        end.get("release").cloned().unwrap_or_default(),
        "the release",
    )
}

/// Starts the live release anew, beside itself: nobody notices.
///
/// # Errors
/// As [`status`]; [`DeployError::Failed`] with `release` when it does not answer any more, and the one that runs stays.
pub async fn restart(
    server: &Server,
    app: &AppId,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<(), DeployError> {
    server
        .ask(app.as_str(), request("restart", json!({})), &[], on)
        .await
        .map(|_| ())
}

/// Lines of a log, each as [`Event::Log`], until they end or nobody listens.
///
/// # Errors
/// As [`status`].
pub async fn logs(
    server: &Server,
    app: &AppId,
    logs: Logs,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<(), DeployError> {
    let of = if logs.of_deployments { "deploy" } else { "app" };
    let fields = json!({"lines": logs.lines, "follow": logs.follow, "of": of});
    server
        .ask(app.as_str(), request("logs", fields), &[], on)
        .await
        .map(|_| ())
}

/// One command in the app's environment, as its own user; its lines as [`Event::Log`], its exit status at the end.
///
/// # Errors
/// As [`status`].
pub async fn run(
    server: &Server,
    app: &AppId,
    command: &str,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<i32, DeployError> {
    let end = server
        .ask(
            app.as_str(),
            request("run", json!({"command": command})),
            &[],
            on,
        )
        .await?;
    understood(
        end.get("exit").cloned().unwrap_or_default(),
        "the exit status",
    )
}

async fn secrets(
    server: &Server,
    app: &AppId,
    fields: Value,
) -> Result<Vec<SecretName>, DeployError> {
    let end = server
        .ask(
            app.as_str(),
            request("secrets", fields),
            &[],
            &mut silently(),
        )
        .await?;
    understood(
        end.get("secrets").cloned().unwrap_or_default(),
        "the list of secrets",
    )
}

/// The names of an app's secrets.
///
/// # Errors
/// As [`status`].
pub async fn list_secrets(server: &Server, app: &AppId) -> Result<Vec<SecretName>, DeployError> {
    secrets(server, app, json!({})).await
}

/// Sets secrets; the app starts anew with them. They travel on standard input alone.
///
/// # Errors
/// As [`status`]; [`DeployError::Failed`] with `secret_name` or `secret_value`.
pub async fn set_secrets(
    server: &Server,
    app: &AppId,
    values: &BTreeMap<String, SecretString>,
) -> Result<Vec<SecretName>, DeployError> {
    let values: BTreeMap<&str, &str> = values
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose_secret()))
        .collect();
    secrets(server, app, json!({"set": values})).await
}

/// Forgets secrets; the app starts anew without them.
///
/// # Errors
/// As [`status`]; [`DeployError::Failed`] with `secret_unknown`, and then none is forgotten.
pub async fn forget_secrets(
    server: &Server,
    app: &AppId,
    names: &[String],
) -> Result<Vec<SecretName>, DeployError> {
    secrets(server, app, json!({"unset": names})).await
}

async fn ask_keys(
    server: &Server,
    app: &AppId,
    fields: Value,
) -> Result<(String, Vec<String>), DeployError> {
    let end = server
        .ask(app.as_str(), request("keys", fields), &[], &mut silently())
        .await?;
    let account = understood(
        end.get("account").cloned().unwrap_or_default(),
        "the account",
    )?;
    Ok((
        account,
        understood(
            end.get("keys").cloned().unwrap_or_default(),
            "the list of keys",
        )?,
    ))
}

/// The account that an app's deploy keys log in as, and those keys.
///
/// # Errors
/// As [`status`].
pub async fn keys(server: &Server, app: &AppId) -> Result<(String, Vec<String>), DeployError> {
    ask_keys(server, app, json!({})).await
}

/// Lets a public key deploy this app and nothing else.
///
/// # Errors
/// As [`status`]; [`DeployError::Failed`] with `key`.
pub async fn grant_key(
    server: &Server,
    app: &AppId,
    public: &str,
) -> Result<(String, Vec<String>), DeployError> {
    ask_keys(server, app, json!({"grant": public.trim()})).await
}

/// Takes that back. `key` is the key's own part (the base64), or its comment.
///
/// # Errors
/// As [`status`]; [`DeployError::Failed`] with `key_unknown`.
pub async fn revoke_key(
    server: &Server,
    app: &AppId,
    key: &str,
) -> Result<(String, Vec<String>), DeployError> {
    ask_keys(server, app, json!({"revoke": key})).await
}

/// Removes an environment: the app, its data and its secrets. `run_key` names the run on the server.
///
/// # Errors
/// Those of [`DeployError`].
pub async fn delete(
    server: &Server,
    app: &AppId,
    run_key: &str,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<(), DeployError> {
    on(Event::step("delete"));
    let id = fields::AppId::parse(app.as_str()).map_err(|_| DeployError::Unclear("the id"))?;
    server
        .write(
            "delete",
            run_key,
            &RemoveApp {
                app: id,
                purge: true,
            },
            on,
        )
        .await
}
