//! One deployment, from a folder to an address that answers.

use std::path::Path;

use secrecy::SecretString;
use serde_json::{Value, json};
use towerify_ssh::Limits as RunLimits;
use towerify_yunohost::Argv;
use towerify_yunohost::apps::InstallApp;
use towerify_yunohost::fields::{AppSource, Label};

use super::carry::{bring, forget};
use super::gate::request;
use super::permission::give_access;
use super::{Access, DeployError, Event, Facts, Server};
use crate::Words;
use crate::config::{AppId, Config, EnvName, Environment};
use crate::pack::{Delta, PackError, Tree, write_payload};
use crate::package::{Layout, Order, Package, Release, generate};

/// What is to be published.
#[derive(Debug, Clone, Copy)]
pub struct Deployment<'d> {
    /// The app's folder.
    pub folder: &'d Path,
    /// Its configuration.
    pub config: &'d Config,
    /// Which environment.
    pub name: &'d EnvName,
    /// The same, as the configuration has it.
    pub environment: &'d Environment,
    /// Its files, from [`crate::pack::survey`].
    pub tree: &'d Tree,
    /// The domain, where the environment says none.
    pub main_domain: Option<&'d str>,
    /// Who deploys.
    pub by: &'d str,
    /// The commit, and what it says.
    pub commit: Option<(&'d str, &'d str)>,
    /// A key of 8 to 40 letters and digits, new for each deployment: it names the runs on the server.
    pub run_key: &'d str,
    /// What differs on a stand-in.
    pub layout: &'d Layout,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// The release that answers.
    pub release: String,
    /// Its version for YunoHost.
    pub version: String,
    /// Where.
    pub address: String,
    /// Whether everything was there already.
    pub unchanged: bool,
    /// Bytes that were sent.
    pub sent: u64,
    /// Whether YunoHost installed or upgraded the app, or its own program switched releases.
    pub through_yunohost: bool,
    /// What the server's clock said: seconds since 1970.
    pub server_time: i64,
}

/// How often a deployment begins again because another one came in between.
const TRIES: usize = 3;

/// Publishes. Whatever goes wrong, the release before goes on answering.
///
/// # Errors
/// [`DeployError`]; its words say what was changed and what was not.
pub async fn deploy(
    server: &Server,
    deployment: Deployment<'_>,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<Deployed, DeployError> {
    on(Event::step("look"));
    let domain = deployment
        .environment
        .domain
        .as_deref()
        .or(deployment.main_domain)
        .ok_or(DeployError::NoDomain)?;
    let place = Place {
        domain,
        path: &deployment.environment.path,
    };
    let id = deployment.environment.id.as_str();
    let tree = deployment.tree.hash();
    let mut facts = facts_of(server, id, &tree).await?;
    for attempt in 1.. {
        let before = facts.as_ref().map(|facts| facts.next.clone());
        // A run on the server has a key of its own, also when this begins again.
        let run_key = format!("{}{attempt}", deployment.run_key);
        let deployment = Deployment {
            run_key: &run_key,
            ..deployment
        };
        let ended = match facts {
            None => Box::pin(first(server, deployment, place, on)).await,
            Some(facts) => Box::pin(next(server, deployment, place, facts, on)).await,
        };
        if attempt == TRIES || !matches!(ended, Err(DeployError::YunohostFailed { .. })) {
            return ended;
        }
        // A release that failed takes its number back; one that another deployment finished meanwhile keeps it.
        facts = facts_of(server, id, &tree).await?;
        if facts.as_ref().map(|facts| facts.next.clone()) == before {
            return ended;
        }
    }
    Err(DeployError::Died)
}

/// What an app says of itself; nothing when it is not there.
///
/// # Errors
/// As [`deploy`]. With a deploy key an app that is not there is an error.
pub async fn facts(server: &Server, app: &AppId) -> Result<Option<Facts>, DeployError> {
    facts_of(server, app.as_str(), "").await
}

async fn facts_of(server: &Server, id: &str, tree: &str) -> Result<Option<Facts>, DeployError> {
    let asked = server
        .ask(
            id,
            request("facts", json!({"tree": tree})),
            &[],
            &mut |_| {},
        )
        .await;
    match asked {
        Ok(end) => Facts::understood(end).map(Some),
        Err(DeployError::NotThere(_)) if !matches!(server.access, Access::DeployKey) => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Clone, Copy)]
struct Place<'p> {
    domain: &'p str,
    path: &'p str,
}

impl Place<'_> {
    fn address(self) -> String {
        format!("https://{}{}", self.domain, self.path)
    }
}

fn package(deployment: Deployment<'_>, number: u32) -> Package {
    let release = Release {
        number,
        tree: deployment.tree.hash(),
        commit: deployment.commit.map(|(commit, _)| commit.to_owned()),
        by: deployment.by.to_owned(),
        message: deployment.commit.map(|(_, message)| message.to_owned()),
    };
    generate(Order {
        config: deployment.config,
        name: deployment.name,
        environment: deployment.environment,
        release: &release,
        layout: deployment.layout,
    })
}

fn payload(
    deployment: Deployment<'_>,
    delta: &Delta<'_>,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<Vec<u8>, PackError> {
    let mut bytes = Vec::new();
    let sent = write_payload(deployment.folder, delta, &mut bytes)?;
    on(Event::Sent {
        bytes: sent.bytes,
        contents: sent.contents,
    });
    Ok(bytes)
}

/// The first release of an app that is not there. Looks before it installs: YunoHost would install a second one beside.
async fn first(
    server: &Server,
    deployment: Deployment<'_>,
    place: Place<'_>,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<Deployed, DeployError> {
    let id = deployment.environment.id.as_str();
    if let Some(app) = server.installed(id).await? {
        return Err(DeployError::IdTaken {
            id: id.to_owned(),
            by: Words::new(
                format!("an app that Towerify did not deploy ({})", app.name),
                format!(
                    "une application que Towerify n'a pas déployée, {}",
                    app.name
                ),
            ),
        });
    }
    let taken = server
        .connection
        .run(
            &format!("getent passwd {id} || getent group {id}"),
            &[],
            RunLimits::default(),
        )
        .await?;
    if taken.exit == Some(0) {
        return Err(DeployError::IdTaken {
            id: id.to_owned(),
            by: Words::new("a user or group", "un compte ou un groupe"),
        });
    }
    server.free(place.domain, place.path, id).await?;
    server
        .have_domain(place.domain, deployment.run_key, on)
        .await?;
    on(Event::step("send"));
    let payload = payload(
        deployment,
        &deployment
            .tree
            .since(&Tree::default(), &std::collections::BTreeSet::new()),
        on,
    )?;
    let package = package(deployment, 1);
    let folder = bring(server, &package, Some(&payload)).await?;
    on(Event::step("install"));
    let groups = deployment.environment.access.groups();
    let answers = format!(
        "domain={}&path={}&init_main_permission={}",
        place.domain,
        place.path,
        groups.first().unwrap_or(&"all_users")
    );
    let install = InstallApp {
        source: AppSource::parse(&folder).map_err(|_| DeployError::Unclear("a folder's name"))?,
        label: Label::parse(format!(
            "{} ({})",
            deployment.config.label,
            deployment.name.as_str()
        ))
        .ok(),
        args: SecretString::from(answers),
        force: true,
        keep_on_failure: false,
    };
    let installed = server
        .write("install", deployment.run_key, &install, on)
        .await;
    forget(server, &folder).await;
    installed?;
    let facts = facts_now(server, id).await?;
    if facts.release.as_deref() != Some("r1") {
        return Err(DeployError::YunohostFailed {
            what: "install",
            said: String::new(),
            live: facts.release,
            operation: None,
        });
    }
    if groups.len() > 1 {
        give_access(server, deployment, on).await?;
    }
    Ok(Deployed {
        release: "r1".to_owned(),
        version: facts.version.unwrap_or_default(),
        address: place.address(),
        unchanged: false,
        sent: payload.len() as u64,
        through_yunohost: true,
        server_time: facts.time,
    })
}

/// A further release.
async fn next(
    server: &Server,
    deployment: Deployment<'_>,
    place: Place<'_>,
    facts: Facts,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<Deployed, DeployError> {
    let id = deployment.environment.id.as_str();
    if (facts.name.as_str(), facts.env.as_str())
        != (deployment.config.name.as_str(), deployment.name.as_str())
    {
        // `my-app` and `my_app` make the same id.
        return Err(DeployError::IdTaken {
            id: id.to_owned(),
            by: Words::new(
                format!("the app {} ({})", facts.name, facts.env),
                format!("l'application {} ({})", facts.name, facts.env),
            ),
        });
    }
    let same_files = facts.tree.as_deref() == Some(&deployment.tree.hash());
    let number = facts.next_number();
    let package = package(deployment, number);
    let same_package = facts.package.as_deref() == Some(&package.fingerprint);
    let same_place =
        (facts.domain.as_deref(), facts.path.as_deref()) == (Some(place.domain), Some(place.path));
    if !(same_package && same_place) && matches!(server.access, Access::DeployKey) {
        return Err(DeployError::NeedsAdministrator);
    }
    if !same_place {
        move_to(server, deployment, place, on).await?;
    }
    let mut deployed = Deployed {
        release: facts.release.clone().unwrap_or_default(),
        version: facts.version.clone().unwrap_or_default(),
        address: place.address(),
        unchanged: same_files && same_package && same_place,
        sent: 0,
        through_yunohost: !same_package || !same_place,
        server_time: facts.time,
    };
    if same_files && same_package {
        return Ok(deployed);
    }
    if !same_files {
        let pushed = push(server, deployment, &facts, !same_package, on).await?;
        deployed.sent = pushed.0;
        if same_package {
            let text = |name: &str| {
                pushed
                    .1
                    .get(name)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            deployed.release = text("release");
            deployed.version = text("version");
            return Ok(deployed);
        }
    }
    // Only when the configuration changed: what an administrator gave in the console stays otherwise. Before the upgrade,
    // which writes down that it is done.
    if facts.access != deployment.environment.access.groups() {
        give_access(server, deployment, on).await?;
    }
    upgrade(server, deployment, &package, number, on).await?;
    deployed.release = format!("r{number}");
    deployed.version = format!("{number}~ynh1");
    Ok(deployed)
}

/// Sends what is lacking; the app's program makes a release of it, or only keeps it for an upgrade.
async fn push(
    server: &Server,
    deployment: Deployment<'_>,
    facts: &Facts,
    only_store: bool,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<(u64, Value), DeployError> {
    on(Event::step("send"));
    let base = facts.base()?;
    let base_name = base.as_ref().and(facts.tree.clone());
    let delta_bytes = payload(
        deployment,
        &deployment
            .tree
            .since(&base.unwrap_or_default(), &facts.stored()),
        on,
    )?;
    let fields = json!({
        "tree": deployment.tree.hash(), "base": base_name, "payload": true, "bytes": deployment.tree.bytes(), "by": deployment.by,
        "commit": deployment.commit.map(|(commit, _)| commit), "message": deployment.commit.map(|(_, message)| message),
        "only_store": only_store,
    });
    let end = server
        .ask(
            deployment.environment.id.as_str(),
            request("push", fields),
            &delta_bytes,
            on,
        )
        .await?;
    Ok((delta_bytes.len() as u64, end))
}

/// Through YunoHost, which says nothing of a failure: the live release tells.
async fn upgrade(
    server: &Server,
    deployment: Deployment<'_>,
    package: &Package,
    number: u32,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<(), DeployError> {
    let id = deployment.environment.id.as_str();
    if !deployment.config.hooks.migrate.is_empty() {
        on(Event::step("backup"));
        let words = Argv::new("backup create")
            .option(
                "--name",
                Some(format!("{id}-before-r{number}-{}", deployment.run_key)),
            )
            .option("--apps", Some(id));
        server
            .write_words("backup", deployment.run_key, &words, on)
            .await?;
    }
    let folder = bring(server, package, None).await?;
    on(Event::step("upgrade"));
    let words = Argv::new("app upgrade")
        .arg(id)
        .option("--file", Some(&folder))
        .flag("--force", true)
        .flag("--no-safety-backup", true);
    let mut said = String::new();
    let upgraded = server
        .write_words("upgrade", deployment.run_key, &words, &mut |event| {
            if let Event::Log(line) = &event {
                said.push_str(line);
                said.push('\n');
            }
            on(event);
        })
        .await;
    forget(server, &folder).await;
    let facts = facts_now(server, id).await?;
    let wanted = format!("r{number}");
    match upgraded {
        Ok(())
            if facts.release.as_deref() == Some(&wanted)
                && facts.package.as_deref() == Some(&package.fingerprint) =>
        {
            Ok(())
        }
        Ok(()) => Err(DeployError::YunohostFailed {
            what: "upgrade",
            said,
            live: facts.release,
            operation: None,
        }),
        Err(DeployError::YunohostFailed {
            what,
            said,
            operation,
            ..
        }) => Err(DeployError::YunohostFailed {
            what,
            said,
            live: facts.release,
            operation,
        }),
        Err(error) => Err(error),
    }
}

async fn move_to(
    server: &Server,
    deployment: Deployment<'_>,
    place: Place<'_>,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<(), DeployError> {
    let id = deployment.environment.id.as_str();
    server.free(place.domain, place.path, id).await?;
    server
        .have_domain(place.domain, deployment.run_key, on)
        .await?;
    on(Event::step("address"));
    let words = Argv::new("app change-url")
        .arg(id)
        .option("--domain", Some(place.domain))
        .option("--path", Some(place.path));
    server
        .write_words("address", deployment.run_key, &words, on)
        .await
}

async fn facts_now(server: &Server, id: &str) -> Result<Facts, DeployError> {
    facts_of(server, id, "")
        .await?
        .ok_or_else(|| DeployError::NotThere(String::new()))
}
