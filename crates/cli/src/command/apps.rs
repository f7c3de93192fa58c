//! `towerify apps …`

use crate::arguments::{Apps, AppsInstall};
use crate::command::confirm;
use crate::failure::Failure;
use crate::following;
use crate::opened::Opened;
use crate::screen::{NONE, Screen, some};
use crate::secret::{self, Source};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;
use towerify_core::apps::{self, CatalogueRow, InstallForm, Installation, Question, QuestionKind};
use towerify_core::runs::Begun;
use towerify_domain::Words;

pub async fn carry_out(
    asked: &Apps,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    let begun = match asked {
        Apps::List { server } => {
            let found = apps::list(workspace, actor, opened.server(server).await?).await?;
            screen.answer(&found.apps);
            let heads = [
                ("App", "App"),
                ("Label", "Nom"),
                ("Version", "Version"),
                ("Newer", "Plus récente"),
                ("Address", "Adresse"),
            ];
            let rows = found.apps.into_iter();
            let line = |app: apps::AppRow| {
                vec![
                    app.id,
                    app.label,
                    app.version,
                    some(app.new_version),
                    some(app.address),
                ]
            };
            screen.table(&heads, rows.map(line));
            return Ok(ExitCode::SUCCESS);
        }
        Apps::Catalogue { server, text } => {
            let catalogue = apps::catalogue(workspace, actor, opened.server(server).await?).await?;
            let rows: Vec<CatalogueRow> = catalogue
                .apps
                .into_iter()
                .filter(|row| matches(row, text))
                .collect();
            screen.answer(&rows);
            let heads = [
                ("App", "App"),
                ("Name", "Nom"),
                ("Level", "Niveau"),
                ("What it is", "Ce que c’est"),
            ];
            let line =
                |row: CatalogueRow| vec![row.id, row.name, row.level.to_string(), row.description];
            screen.table(&heads, rows.into_iter().map(line));
            return Ok(ExitCode::SUCCESS);
        }
        Apps::Questions { server, app } => {
            let form = apps::form(workspace, actor, opened.server(server).await?, app).await?;
            screen.answer(&form);
            questions(screen, &form);
            return Ok(ExitCode::SUCCESS);
        }
        Apps::Install(asked) => install(asked, opened, screen).await?,
        Apps::Upgrade { server, app } => {
            apps::upgrade(workspace, actor, opened.server(server).await?, app).await?
        }
        Apps::Remove { server, app, yes } => {
            let id = opened.server(server).await?;
            let what = Words::new(
                format!("{app} goes from {server}, with its data. This can't be undone."),
                format!("{app} part de {server}, avec ses données. Cela ne peut pas être défait."),
            );
            confirm(*yes, &what, app, screen)?;
            apps::remove(workspace, actor, id, app).await?
        }
    };
    following::begun(opened, screen, begun).await
}

fn matches(row: &CatalogueRow, text: &[String]) -> bool {
    let hay = format!("{} {} {}", row.id, row.name, row.description).to_lowercase();
    text.iter().all(|word| hay.contains(&word.to_lowercase()))
}

fn questions(screen: &Screen, form: &InstallForm) {
    screen.say(&format!("{} {}", form.name, form.version));
    let heads = [
        ("Question", "Question"),
        ("Kind", "Genre"),
        ("What is asked", "Demande"),
        ("Default", "Par défaut"),
    ];
    let line = |question: &Question| {
        let kind = serde_json::to_value(question.kind).ok();
        let kind = kind
            .as_ref()
            .and_then(|kind| kind.as_str())
            .unwrap_or(NONE)
            .to_owned();
        let choices = question
            .choices
            .iter()
            .map(|choice| choice.value.as_str())
            .collect::<Vec<_>>()
            .join("|");
        let kind = if choices.is_empty() {
            kind
        } else {
            format!("{kind} ({choices})")
        };
        vec![
            question.id.clone(),
            kind,
            screen.pick(&question.ask).to_owned(),
            some(question.default.as_ref()),
        ]
    };
    let asked = form
        .questions
        .iter()
        .filter(|question| question.kind != QuestionKind::Note);
    screen.table(&heads, asked.map(line));
    for unmet in &form.unmet {
        screen.say(&format!("! {unmet}"));
    }
}

async fn install(asked: &AppsInstall, opened: &Opened, screen: &Screen) -> Result<Begun, Failure> {
    let server = opened.server(&asked.server).await?;
    let form = apps::form(&opened.workspace, &opened.actor, server, &asked.app).await?;
    let answers = answers(asked, &form, screen)?;
    let installation = Installation {
        app: asked.app.clone(),
        label: asked.label.clone(),
        answers,
    };
    Ok(apps::install(&opened.workspace, &opened.actor, server, installation).await?)
}

/// The answers given, those read, and, for secret questions that have neither, what a person types.
fn answers(
    asked: &AppsInstall,
    form: &InstallForm,
    screen: &Screen,
) -> Result<BTreeMap<String, SecretString>, Failure> {
    let mut answers = read(asked)?;
    let known = |id: &str| form.questions.iter().find(|question| question.id == id);
    for (id, answer) in &asked.answers {
        match known(id) {
            Some(question) if question.secret => {
                return Err(Failure::Usage(Words::new(
                    format!(
                        "{id} is a secret: it is typed when asked, or read by --answers-file or --answers-fd."
                    ),
                    format!(
                        "{id} est un secret : il se tape sur demande, ou se lit par --answers-file ou --answers-fd."
                    ),
                )));
            }
            _ => answers.insert(id.clone(), SecretString::from(answer.as_str())),
        };
    }
    if let Some(strange) = answers.keys().find(|id| known(id).is_none()) {
        let names: Vec<&str> = form
            .questions
            .iter()
            .map(|question| question.id.as_str())
            .collect();
        return Err(Failure::Refused {
            code: "unknown_question",
            words: Words::new(
                format!(
                    "{} does not ask “{strange}”. It asks: {}.",
                    form.name,
                    names.join(", ")
                ),
                format!(
                    "{} ne demande pas « {strange} ». Elle demande : {}.",
                    form.name,
                    names.join(", ")
                ),
            ),
            details: json!({ "question": strange, "questions": names }).into(),
        });
    }
    for question in &form.questions {
        let open = question.secret && !question.optional && question.visible.is_none();
        if open && !answers.contains_key(&question.id) {
            let _ = answers.insert(question.id.clone(), secret::asked(&question.ask, screen)?);
        }
    }
    Ok(answers)
}

fn read(asked: &AppsInstall) -> Result<BTreeMap<String, SecretString>, Failure> {
    let source = Source {
        file: asked.answers_file.as_ref(),
        fd: asked.answers_fd,
    };
    let Some(text) = source.whole()? else {
        return Ok(BTreeMap::new());
    };
    let read: Result<BTreeMap<String, String>, _> = serde_json::from_str(text.expose_secret());
    // The parser's own words could quote an answer: only the place is told.
    let read = read.map_err(|error| {
        Failure::Usage(Words::new(
            format!(
                "The answers are not a JSON object of texts (line {}).",
                error.line()
            ),
            format!(
                "Les réponses ne sont pas un objet JSON de textes (ligne {}).",
                error.line()
            ),
        ))
    })?;
    Ok(read
        .into_iter()
        .map(|(id, answer)| (id, SecretString::from(answer)))
        .collect())
}
