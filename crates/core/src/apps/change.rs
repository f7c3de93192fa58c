//! Installing, upgrading and removing apps. Each is a run.

use secrecy::ExposeSecret;
use towerify_domain::{Permit, id::ServerId, policy::may};
use towerify_yunohost::{
    fields::{AppId, Label},
    manifest::{Answers as AppAnswers, QuestionKind},
};

use crate::{
    Actor, AppError, Result, Workspace,
    apps::{form, list::of_server, view::Installation},
    error::FieldProblem,
    runs::{Begun, Change, Needed, begin},
    yunohost_rules::{Answers, words},
};

/// Installs an app with these answers, which are checked against its manifest first.
///
/// # Errors
/// [`crate::Code::InvalidFields`], [`crate::Code::NotFound`], and those of asking the server for the manifest.
pub async fn install(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    installation: Installation,
) -> Result<Begun> {
    let permit = Permit::<may::InstallApp>::ask(actor)?;
    let manifest = form::read(workspace, &permit, server, &installation.app).await?;
    let mut fields = Vec::new();
    let label = installation
        .label
        .as_deref()
        .map(str::trim)
        .filter(|label| !label.is_empty());
    let label = match label.map(Label::parse).transpose() {
        Ok(label) => label,
        Err(rule) => {
            fields.push(FieldProblem {
                field: "label".into(),
                words: words(rule),
            });
            None
        }
    };
    let of_kind = |kind: QuestionKind| {
        let question = manifest
            .questions
            .iter()
            .find(|question| question.kind == kind)?;
        installation
            .answers
            .get(&question.id)
            .map(|answer| answer.expose_secret().to_owned())
    };
    let address = of_kind(QuestionKind::Domain).map(|domain| {
        format!(
            "{domain}{}",
            of_kind(QuestionKind::Path).unwrap_or_else(|| "/".into())
        )
    });
    let conceal = manifest
        .questions
        .iter()
        .filter(|question| question.secret)
        .filter_map(|question| installation.answers.get(&question.id).cloned())
        .collect();
    let answers: AppAnswers = installation.answers.into_iter().collect();
    let checked = match manifest.check(&answers) {
        Ok(checked) => Some(checked),
        Err(problems) => {
            fields.extend(problems.into_iter().map(|problem| FieldProblem {
                field: problem.question,
                words: words(problem.rule),
            }));
            None
        }
    };
    let (Some(checked), true) = (checked, fields.is_empty()) else {
        return Err(AppError::invalid(fields));
    };
    let change = Change::InstallApp {
        app: installation.app,
        name: towerify_domain::text::line(&manifest.name, 120),
        label: label.map(|label| label.as_ref().to_owned()),
        address,
    };
    begin(
        workspace,
        &permit,
        server,
        change,
        Some(Needed {
            secret: checked.encode(),
            conceal,
        }),
    )
    .await
}

/// Upgrades an app.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn upgrade(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    app: &str,
) -> Result<Begun> {
    let permit = Permit::<may::UpgradeApp>::ask(actor)?;
    let (app, label) = known(workspace, &permit, server, app).await?;
    begin(
        workspace,
        &permit,
        server,
        Change::UpgradeApp { app, label },
        None,
    )
    .await
}

/// Removes an app, with its data.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn remove(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    app: &str,
) -> Result<Begun> {
    let permit = Permit::<may::RemoveApp>::ask(actor)?;
    let (app, label) = known(workspace, &permit, server, app).await?;
    begin(
        workspace,
        &permit,
        server,
        Change::RemoveApp { app, label },
        None,
    )
    .await
}

pub(super) async fn known<P: towerify_domain::policy::Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    server: ServerId,
    app: &str,
) -> Result<(String, String)> {
    let mut answers = Answers::default();
    let Some(id) = answers.take("app", AppId::parse(app)) else {
        return Err(answers.refuse());
    };
    crate::servers::server_of(workspace, permit, server).await?;
    let apps = of_server(workspace, permit, server).await?;
    apps.into_iter()
        .find(|known| known.id == id.as_str())
        .map(|known| (known.id, known.label))
        .ok_or_else(|| AppError::not_found("app"))
}
