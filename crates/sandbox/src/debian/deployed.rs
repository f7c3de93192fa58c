//! In-house apps: what their own program answers, and turning them to another of their releases.

use towerify_machine::deployed::{self, AskDeployed, Deployed, Release, TurnApp};

use super::{refuse, replying};
use crate::{
    actions::{Plan, Refusal},
    state::{App, State},
};

fn app<'s>(state: &'s State, id: &str) -> Result<&'s App, Refusal> {
    match state.apps.get(id) {
        Some(app) if app.settings.contains_key("towerify_package") => Ok(app),
        _ => refuse("not_deployed", id),
    }
}

fn text(app: &App, setting: &str) -> Option<String> {
    let value = app.settings.get(setting)?.as_str()?;
    (!value.is_empty()).then(|| value.to_owned())
}

/// The commit and the time of a release, as they were invented for it.
fn made(app: &App, number: u32) -> (String, i64) {
    let at = app.installed_at.timestamp() + i64::from(number) * 86_400;
    (format!("{number:040x}"), at)
}

fn number(release: Option<&str>) -> u32 {
    release
        .and_then(|name| name.strip_prefix('r')?.parse().ok())
        .unwrap_or(0)
}

/// `deployed_app`.
pub(super) fn ask(state: &State, asked: &AskDeployed) -> Result<Deployed, Refusal> {
    let app = app(state, &asked.app)?;
    let newest = number(text(app, "newest_release").as_deref());
    let releases: Vec<Release> = (1..=newest)
        .map(|number| {
            let (commit, at) = made(app, number);
            Release {
                release: format!("r{number}"),
                commit: Some(commit),
                message: text(app, "towerify_message"),
                by: text(app, "towerify_by"),
                at,
            }
        })
        .collect();
    let said = |release: &Release| match asked.deployments {
        true => format!(
            "{} by {}",
            release.release,
            release.by.as_deref().unwrap_or("?")
        ),
        false => format!("{} listens", release.release),
    };
    let lines: Vec<String> = releases.iter().map(said).collect();
    let skipped = lines.len().saturating_sub(usize::from(asked.lines));
    Ok(Deployed {
        release: text(app, "release"),
        lines: lines.into_iter().skip(skipped).collect(),
        releases,
    })
}

/// `turn_app`.
pub(super) fn turn(state: &State, asked: &TurnApp) -> Result<Plan, Refusal> {
    let known = app(state, &asked.app)?;
    let before = text(known, "release");
    let newest = number(text(known, "newest_release").as_deref());
    let wanted = asked.release.clone().or_else(|| before.clone());
    if !(1..=newest).contains(&number(wanted.as_deref())) {
        return refuse("no_release", wanted.unwrap_or_default());
    }
    let (id, to) = (asked.app.clone(), asked.release.clone());
    let plan = replying(move |state, now| {
        if let (Some(app), Some(release)) = (state.apps.get_mut(&id), &to) {
            let turned = number(Some(release));
            let (commit, at) = made(app, turned);
            app.version = format!("{turned}~ynh1");
            // As the app's own program writes it down: what answers is told by all of these.
            let settings: [(&str, serde_json::Value); 5] = [
                ("release", release.as_str().into()),
                ("towerify_release", release.as_str().into()),
                ("towerify_commit", commit.as_str().into()),
                ("towerify_at", at.into()),
                ("current_revision", commit.as_str().into()),
            ];
            for (name, setting) in settings {
                app.settings.insert(name.to_owned(), setting);
            }
            app.updated_at = Some(now);
        }
        deployed::Turned {
            changed: to.is_none() || to != before,
            before,
            after: wanted,
        }
    });
    Ok(plan.about(&asked.app))
}
