//! What an app asks before it is installed, as its manifest on the server says.

use towerify_domain::{
    Permit, Words,
    id::ServerId,
    policy::{Named, may},
    text,
};
use towerify_driver::DriverError;
use towerify_yunohost::{
    fields::AppSource,
    manifest::{self, Manifest, ShowManifest},
    text::Texts,
};

use crate::{
    Actor, AppError, Result, Workspace,
    apps::{
        list::of_server,
        view::{Choice, InstallForm, Question, QuestionKind},
    },
    servers::server_of,
    yunohost_rules::Answers,
};

/// The form of an app of the catalogue.
///
/// # Errors
/// [`crate::Code::NotFound`], and those of asking the server.
pub async fn form(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    app: &str,
) -> Result<InstallForm> {
    let permit = Permit::<may::InstallApp>::ask(actor)?;
    let manifest = read(workspace, &permit, server, app).await?;
    let taken = of_server(workspace, &permit, server)
        .await?
        .into_iter()
        .filter_map(|app| app.address)
        .collect();
    let need = |name: &str, field: &str| {
        let integration = manifest.extra.get("integration")?;
        let value = if field.is_empty() {
            integration.get(name)?
        } else {
            integration.get(name)?.get(field)?
        };
        value.as_str().map(|size| text::line(size, 40))
    };
    let notice = manifest
        .pre_install
        .values()
        .next()
        .filter(|notice| !notice.is_empty());
    Ok(InstallForm {
        app: text::line(app, 64),
        name: text::line(&manifest.name, 120),
        description: words(&manifest.description, 300),
        version: text::line(manifest.version.as_deref().unwrap_or_default(), 60),
        disk: need("disk", ""),
        memory: need("ram", "runtime"),
        notice: notice.map(|notice| words(notice, 4_000)),
        unmet: manifest
            .requirements
            .iter()
            .filter(|(_, requirement)| !requirement.passed)
            .map(|(name, requirement)| {
                text::line(requirement.error.as_deref().unwrap_or(name), 400)
            })
            .collect(),
        taken,
        questions: manifest.questions.iter().map(question).collect(),
    })
}

/// The manifest of an app, as the server has it.
pub(super) async fn read<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    server: ServerId,
    app: &str,
) -> Result<Manifest> {
    let server = server_of(workspace, permit, server).await?;
    let mut answers = Answers::default();
    let Some(source) = answers.take("app", AppSource::parse(app)) else {
        return Err(answers.refuse());
    };
    let connections = workspace.connections(permit);
    let action = ShowManifest { source };
    match connections.driver(&server).await?.read(&action).await {
        Err(DriverError::Cut { .. } | DriverError::Bye(_)) => {
            connections.hang_up(server.id).await;
            Ok(connections.driver(&server).await?.read(&action).await?)
        }
        other => other.map_err(AppError::from),
    }
}

fn question(question: &manifest::Question) -> Question {
    use manifest::QuestionKind as Kind;
    let line = |text: &str| text::line(text, 400);
    let kind = match &question.kind {
        Kind::Domain => QuestionKind::Domain,
        Kind::Path => QuestionKind::Path,
        Kind::User => QuestionKind::User,
        Kind::Group => QuestionKind::Group,
        Kind::App => QuestionKind::App,
        Kind::Text => QuestionKind::LongText,
        Kind::Select => QuestionKind::Select,
        Kind::Boolean => QuestionKind::Boolean,
        Kind::Password => QuestionKind::Password,
        Kind::Tags => QuestionKind::Tags,
        Kind::Email => QuestionKind::Email,
        Kind::Number | Kind::Range => QuestionKind::Number,
        Kind::Url => QuestionKind::Url,
        Kind::Color => QuestionKind::Color,
        Kind::Date => QuestionKind::Date,
        Kind::Time => QuestionKind::Time,
        Kind::Markdown | Kind::DisplayText | Kind::Alert | Kind::Button => QuestionKind::Note,
        Kind::String | Kind::File | Kind::Other(_) => QuestionKind::Text,
    };
    let default = question
        .default
        .as_deref()
        .map(|default| match (&question.kind, default) {
            (Kind::Boolean, "yes") => "1".to_owned(),
            (Kind::Boolean, "no") => "0".to_owned(),
            (_, default) => line(default),
        });
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a bound beyond 32 bits is no bound a person would meet"
    )]
    let whole = |bound: Option<f64>| bound.map(|bound| bound as i32);
    Question {
        id: text::line(&question.id, 100),
        kind,
        ask: words(&question.ask, 600),
        help: (!question.help.is_empty()).then(|| words(&question.help, 2_000)),
        default,
        example: question.example.as_deref().map(line),
        optional: question.optional,
        secret: question.secret,
        choices: question
            .choices
            .iter()
            .map(|choice| Choice {
                value: choice.value.clone(),
                label: if choice.label.is_empty() {
                    Words::same(line(&choice.value))
                } else {
                    words(&choice.label, 400)
                },
            })
            .collect(),
        visible: question.visible.clone(),
        min: whole(question.min),
        max: whole(question.max),
    }
}

fn words(texts: &Texts, most: usize) -> Words {
    let of = |language: &str| text::lines(texts.get(language).unwrap_or_default(), most);
    Words::new(of("en"), of("fr"))
}
