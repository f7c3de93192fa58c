//! The part of the tour that changes servers: each change is a run, waited for, and then looked for.

use super::tour::{Tour, USERNAME, fell_short};
use crate::failure::Failure;
use secrecy::SecretString;
use std::collections::BTreeMap;
use towerify_core::apps::{self, InstallForm, Installation, Question, QuestionKind};
use towerify_core::people::{self, NewUser};
use towerify_core::runs::{self, Begun};
use towerify_core::servers::{self, ListQuery};
use towerify_domain::Words;
use towerify_domain::id::ServerId;
use towerify_domain::run::{RunState, Sign};
use towerify_domain::server::ServerState;

const FULLNAME: &str = "Inès Calvet";

/// How many apps of the catalogue are looked at to find one with questions.
const FORMS_LOOKED_AT: usize = 40;

impl Tour {
    /// Waits for a run; anything but done is a failure, with what the run says of itself.
    pub(super) async fn done(&self, begun: Begun) -> Result<(), Failure> {
        let (workspace, actor) = self.open()?;
        if runs::wait(workspace, actor, begun.run).await? == RunState::Done {
            return Ok(());
        }
        let detail = runs::detail(workspace, actor, begun.run).await?;
        let (title, state) = (detail.row.title, detail.row.state.words());
        let why = detail
            .aftermath
            .map(|aftermath| aftermath.happened)
            .unwrap_or_default();
        Err(fell_short(
            format!("{}: {}. {}", title.en, state.en, why.en),
            format!("{} : {}. {}", title.fr, state.fr, why.fr),
        ))
    }

    pub async fn create_user(&mut self) -> Result<Words, Failure> {
        let (workspace, actor) = self.open()?;
        let (server, name) = self.server()?;
        let domain = people::list(workspace, actor, server)
            .await?
            .main_domain
            .unwrap_or_default();
        let user = NewUser {
            username: USERNAME.into(),
            fullname: FULLNAME.into(),
            domain: domain.clone(),
            password: SecretString::from("Vagues-et-Galets-2026"),
            mailbox_quota: None,
        };
        self.done(people::create(workspace, actor, server, user).await?)
            .await?;
        self.user_is_there().await?;
        let seen = format!("{FULLNAME} ({USERNAME}@{domain})");
        Ok(Words::new(
            format!("{seen} on {name}"),
            format!("{seen} sur {name}"),
        ))
    }

    pub(super) async fn user_is_there(&self) -> Result<(), Failure> {
        let (workspace, actor) = self.open()?;
        let (server, _) = self.server()?;
        let people = people::list(workspace, actor, server).await?;
        if people.users.iter().any(|user| user.username == USERNAME) {
            return Ok(());
        }
        Err(fell_short(
            "The new user is not in the list.",
            "Le nouvel utilisateur n’est pas dans la liste.",
        ))
    }

    pub async fn install_app(&mut self) -> Result<Words, Failure> {
        let (workspace, actor) = self.open()?;
        let (server, name) = self.server()?;
        let form = self.form_with_questions(server).await?;
        let domains = people::list(workspace, actor, server).await?;
        let domain = domains.main_domain.unwrap_or_default();
        let mut answers = BTreeMap::new();
        for question in &form.questions {
            if let Some(answer) = answer(question, &form.app, &domain) {
                answers.insert(question.id.clone(), SecretString::from(answer));
            }
        }
        let asked = answers.len();
        let before = apps::list(workspace, actor, server).await?.apps;
        let installation = Installation {
            app: form.app.clone(),
            label: None,
            answers,
        };
        let begun = apps::install(workspace, actor, server, installation).await?;
        self.done(begun).await?;
        let now = apps::list(workspace, actor, server).await?.apps;
        let new = now
            .into_iter()
            .find(|app| before.iter().all(|known| known.id != app.id));
        let new = new.ok_or_else(|| {
            fell_short(
                "The new app is not in the list.",
                "La nouvelle app n’est pas dans la liste.",
            )
        })?;
        let seen = Words::new(
            format!(
                "{} {} on {name}, after {asked} answers",
                new.label, new.version
            ),
            format!(
                "{} {} sur {name}, après {asked} réponses",
                new.label, new.version
            ),
        );
        self.app = Some(new.id);
        self.run = Some(begun.run);
        Ok(seen)
    }

    /// The form of an app that is not installed yet, can be, and asks more than where to put it.
    async fn form_with_questions(&self, server: ServerId) -> Result<InstallForm, Failure> {
        let (workspace, actor) = self.open()?;
        let catalogue = apps::catalogue(workspace, actor, server).await?;
        let mut best: Option<InstallForm> = None;
        let fresh = catalogue
            .apps
            .iter()
            .filter(|app| !app.installed && app.state == "working");
        for app in fresh.take(FORMS_LOOKED_AT) {
            // Some entries of a catalogue cannot be read by this server; others can.
            let Ok(form) = apps::form(workspace, actor, server, &app.id).await else {
                continue;
            };
            let more = best
                .as_ref()
                .is_none_or(|best| form.questions.len() > best.questions.len());
            if form.unmet.is_empty() && more {
                let enough = form.questions.len() > 4;
                best = Some(form);
                if enough {
                    break;
                }
            }
        }
        best.ok_or_else(|| {
            fell_short(
                "The catalogue has nothing to install.",
                "Le catalogue n’a rien à installer.",
            )
        })
    }

    pub async fn give_access(&mut self) -> Result<Words, Failure> {
        let (workspace, actor) = self.open()?;
        let (server, _) = self.server()?;
        let permission = format!("{}.main", self.app()?);
        let begun = people::give(workspace, actor, server, &permission, USERNAME).await?;
        self.done(begun).await?;
        let people = people::list(workspace, actor, server).await?;
        let given = people
            .permissions
            .iter()
            .any(|row| row.id == permission && row.allowed.iter().any(|who| who == USERNAME));
        if !given {
            return Err(fell_short(
                "The access is not in the list.",
                "L’accès n’est pas dans la liste.",
            ));
        }
        Ok(Words::new(
            format!("{USERNAME} may open {permission}"),
            format!("{USERNAME} peut ouvrir {permission}"),
        ))
    }

    pub async fn see_trace(&mut self) -> Result<Words, Failure> {
        let (workspace, actor) = self.open()?;
        let run = self
            .run
            .ok_or_else(|| fell_short("No run was begun.", "Aucune opération n’a commencé."))?;
        let detail = runs::detail(workspace, actor, run).await?;
        let page = runs::trace(workspace, actor, run, 1, 0).await?;
        let ended_well = page.lines.iter().any(|line| line.sign == Sign::Done);
        if page.lines.is_empty() || !ended_well || detail.steps.is_empty() {
            return Err(fell_short(
                "The run has no trace.",
                "L’opération n’a pas de trace.",
            ));
        }
        let (title, steps, lines) = (&detail.row.title, detail.steps.len(), page.total);
        let quote: Vec<String> = page
            .lines
            .iter()
            .take(6)
            .map(crate::following::written)
            .collect();
        let quote = quote.join("\n");
        Ok(Words::new(
            format!("{}: {steps} steps, {lines} lines\n{quote}", title.en),
            format!("{} : {steps} étapes, {lines} lignes\n{quote}", title.fr),
        ))
    }

    /// Upgrades the first app of the fleet that has a newer version.
    pub async fn upgrade_app(&mut self) -> Result<Words, Failure> {
        let (workspace, actor) = self.open()?;
        let page = servers::list(workspace, actor, ListQuery::default()).await?;
        for row in page
            .rows
            .iter()
            .filter(|row| matches!(row.state, ServerState::Ok | ServerState::Warn))
        {
            let old = apps::list(workspace, actor, row.id).await?.apps;
            let Some(old) = old.into_iter().find(|app| app.new_version.is_some()) else {
                continue;
            };
            self.done(apps::upgrade(workspace, actor, row.id, &old.id).await?)
                .await?;
            let now = apps::list(workspace, actor, row.id).await?.apps;
            let now = now.into_iter().find(|app| app.id == old.id);
            let now = now
                .filter(|app| app.version != old.version)
                .ok_or_else(|| {
                    fell_short(
                        format!(
                            "{} on {} still has version {}.",
                            old.label, row.name, old.version
                        ),
                        format!(
                            "{} sur {} a toujours la version {}.",
                            old.label, row.name, old.version
                        ),
                    )
                })?;
            return Ok(Words::new(
                format!(
                    "{} on {}: {} → {}",
                    old.label, row.name, old.version, now.version
                ),
                format!(
                    "{} sur {} : {} → {}",
                    old.label, row.name, old.version, now.version
                ),
            ));
        }
        Err(fell_short(
            "No app of the fleet has a newer version.",
            "Aucune app du parc n’a de version plus récente.",
        ))
    }

    pub async fn remove_app(&mut self) -> Result<Words, Failure> {
        let (workspace, actor) = self.open()?;
        let (server, name) = self.server()?;
        let app = self.app()?;
        let begun = apps::remove(workspace, actor, server, app).await?;
        self.done(begun).await?;
        if apps::list(workspace, actor, server)
            .await?
            .apps
            .iter()
            .any(|known| known.id == app)
        {
            return Err(fell_short(
                "The app is still in the list.",
                "L’app est toujours dans la liste.",
            ));
        }
        Ok(Words::new(
            format!("{app} is gone from {name}"),
            format!("{app} n’est plus sur {name}"),
        ))
    }
}

/// What the tour answers to a question: its default, else something that its kind takes. Optional ones stay open.
fn answer(question: &Question, app: &str, domain: &str) -> Option<String> {
    let fixed = match question.kind {
        QuestionKind::Note => return None,
        QuestionKind::Domain => Some(domain.to_owned()),
        QuestionKind::Path => Some(format!("/{app}").replace('_', "-")),
        QuestionKind::User => Some(USERNAME.to_owned()),
        _ => None,
    };
    if let Some(answer) = fixed.or_else(|| question.default.clone()) {
        return Some(answer);
    }
    if question.optional {
        return None;
    }
    Some(match question.kind {
        QuestionKind::Group => "all_users".into(),
        QuestionKind::Password => "Marées-et-Phares-2026".into(),
        QuestionKind::Boolean => "0".into(),
        QuestionKind::Number => question.min.unwrap_or(1).to_string(),
        QuestionKind::Email => format!("{USERNAME}@{domain}"),
        QuestionKind::Url => format!("https://{domain}/"),
        QuestionKind::Color => "#12768F".into(),
        QuestionKind::Date => "2026-11-22".into(),
        QuestionKind::Time => "09:30".into(),
        QuestionKind::Select | QuestionKind::App => question.choices.first()?.value.clone(),
        _ => question
            .example
            .clone()
            .unwrap_or_else(|| "Tour et Cie".into()),
    })
}
