//! In-house apps that `towerify deploy` put on a server: their releases and logs, going back to a release, starting the
//! live one anew. The app's own program does it there; it asks a release before that counts. It takes what restarting a
//! service takes: a customer's own administrator works through a gate, which lets neither logs nor the machine's tasks by.

use serde::Serialize;
use towerify_domain::{Permit, id::ServerId, policy::may, text};
use towerify_machine::deployed::{AskDeployed, Release};
use towerify_yunohost::apps::AppSettings;

use crate::{
    Actor, AppError, Result, Workspace,
    apps::change::known,
    runs::{Begun, Change, begin},
};

/// How many lines of a log are asked for.
const LINES: u16 = 200;

/// What was deployed, as YunoHost tells it with the app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, specta::Type)]
pub struct Shipped {
    /// The release that answers: `r7`.
    pub release: String,
    /// The commit it was made from; `+` after it when the folder had more than the commit.
    pub commit: Option<String>,
    /// What that says.
    pub message: Option<String>,
    /// Who deployed it.
    pub by: Option<String>,
    /// When, by the server's clock.
    pub at: Option<chrono::DateTime<chrono::Utc>>,
}

/// What an app's own program says now.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct ShippedNow {
    /// The release that answers.
    pub release: Option<String>,
    /// Those that are kept, newest first.
    pub releases: Vec<Shipped>,
    /// The newest lines of the log, oldest first.
    pub lines: Vec<String>,
}

fn some(text: Option<&String>) -> Option<String> {
    text.map(|text| text::line(text, 200))
        .filter(|text| !text.is_empty())
}

fn moment(seconds: i64) -> Option<chrono::DateTime<chrono::Utc>> {
    chrono::DateTime::from_timestamp(seconds, 0).filter(|_| seconds > 0)
}

/// What a server's settings of an app say was deployed; nothing for any other app.
pub(super) fn shipped(settings: &AppSettings) -> Option<Shipped> {
    settings.towerify_package.as_ref()?;
    Some(Shipped {
        release: some(settings.towerify_release.as_ref())?,
        commit: some(settings.towerify_commit.as_ref()),
        message: some(settings.towerify_message.as_ref()),
        by: some(settings.towerify_by.as_ref()),
        at: settings.towerify_at.and_then(|at| moment(at as i64)),
    })
}

fn release(one: &Release) -> Shipped {
    Shipped {
        release: text::line(&one.release, 20),
        commit: some(one.commit.as_ref()),
        message: some(one.message.as_ref()),
        by: some(one.by.as_ref()),
        at: moment(one.at),
    }
}

/// Asks an app's own program: its releases, and the newest lines of its log, or of its deployments'.
///
/// # Errors
/// [`Code::NotFound`] when no such app was deployed there, and those of asking the server.
pub async fn shipped_now(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    app: &str,
    deployments: bool,
) -> Result<ShippedNow> {
    let permit = Permit::<may::EditServer>::ask(actor)?;
    let (app, _) = known(workspace, &permit, server, app).await?;
    let server = crate::servers::server_of(workspace, &permit, server).await?;
    let driver = workspace.connections(&permit).driver(&server).await?;
    let ask = AskDeployed {
        app,
        lines: LINES,
        deployments,
    };
    let said = driver.read_task(&ask).await?;
    Ok(ShippedNow {
        release: some(said.release.as_ref()),
        releases: said.releases.iter().rev().map(release).collect(),
        lines: said
            .lines
            .iter()
            .map(|line| text::line(line, 1_000))
            .collect(),
    })
}

/// Goes back to a release of an app.
///
/// # Errors
/// [`Code::NotFound`], [`Code::InvalidFields`].
pub async fn roll_back(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    app: &str,
    release: &str,
) -> Result<Begun> {
    let permit = Permit::<may::EditServer>::ask(actor)?;
    let is_release = release
        .strip_prefix('r')
        .is_some_and(|number| number.len() <= 9 && number.parse::<u32>().is_ok());
    if !is_release {
        return Err(AppError::not_found("release"));
    }
    let release = Some(release.to_owned());
    turn(workspace, actor, &permit, server, app, release).await
}

/// Starts the live release of an app anew, beside itself.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn restart(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    app: &str,
) -> Result<Begun> {
    let permit = Permit::<may::EditServer>::ask(actor)?;
    turn(workspace, actor, &permit, server, app, None).await
}

async fn turn(
    workspace: &Workspace,
    actor: &Actor,
    permit: &Permit<may::EditServer>,
    server: ServerId,
    app: &str,
    release: Option<String>,
) -> Result<Begun> {
    let (app, label) = known(workspace, permit, server, app).await?;
    let by = text::line(&actor.name, 100);
    let change = Change::TurnApp {
        app,
        label,
        release,
        by,
    };
    begin(workspace, permit, server, change, None).await
}
