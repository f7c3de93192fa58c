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

fn number(release: Option<&str>) -> u32 {
    release
        .and_then(|name| name.strip_prefix('r')?.parse().ok())
        .unwrap_or(0)
}

/// `deployed_app`.
pub(super) fn ask(state: &State, asked: &AskDeployed) -> Result<Deployed, Refusal> {
    let app = app(state, &asked.app)?;
    let newest = number(text(app, "newest_release").as_deref());
    let at = app.installed_at.timestamp();
    let releases: Vec<Release> = (1..=newest)
        .map(|number| Release {
            release: format!("r{number}"),
            commit: Some(format!("{number:040x}")),
            message: text(app, "towerify_message"),
            by: text(app, "towerify_by"),
            at: at + i64::from(number) * 86_400,
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
            app.version = format!("{}~ynh1", number(Some(release)));
            for name in ["release", "towerify_release"] {
                app.settings
                    .insert(name.to_owned(), release.as_str().into());
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
