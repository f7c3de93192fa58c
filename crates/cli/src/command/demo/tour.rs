//! What the tour does, step by step, and what it checks: a step is well only when what it did is seen afterwards.

use crate::failure::Failure;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Arc;
use towerify_core::apps::{self, InstallForm, Installation, Question, QuestionKind};
use towerify_core::people::{self, NewUser};
use towerify_core::runs::{self, Begun};
use towerify_core::servers::{
    self, Address, HowChecked, ListQuery, Login, NewServer, Row, Selection,
};
use towerify_core::workspace::{self, NewWorkspace};
use towerify_core::{Actor, Code, Folders, Program, Workspace};
use towerify_domain::Words;
use towerify_domain::id::{RunId, ServerId};
use towerify_domain::run::{RunState, Sign};
use towerify_domain::server::ServerState;
use towerify_sandbox::{Fleet, Options, Pace, TrainingServer};

/// Invented people.
const ADMINISTRATOR: &str = "Camille Morvan";
const USERNAME: &str = "ines.calvet";
const FULLNAME: &str = "Inès Calvet";

/// It protects a workspace of simulated servers in a temporary folder, for as long as the tour lasts.
const WORKSPACE_PASSWORD: &str = "ardoise tilleul goéland 1907 tour";

/// How many apps of the catalogue are looked at to find one with questions.
const FORMS_LOOKED_AT: usize = 40;

/// The tour, with what it has met so far.
pub struct Tour {
    folder: tempfile::TempDir,
    fleet: Fleet,
    program: Program,
    open: Option<(Arc<Workspace>, Actor)>,
    server: Option<Row>,
    app: Option<String>,
    run: Option<RunId>,
}

fn fell_short(en: impl Into<String>, fr: impl Into<String>) -> Failure {
    Failure::Refused {
        code: "demo",
        words: Words::new(en, fr),
        details: serde_json::Value::Null,
    }
}

fn local(error: impl std::fmt::Display) -> Failure {
    Failure::Local(error.to_string())
}

impl Tour {
    /// Starts the fleet; nothing is open yet.
    pub async fn start(real_pace: bool) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new()
            .prefix("towerify-demo-")
            .tempdir()
            .map_err(local)?;
        let pace = if real_pace { Pace::Real } else { Pace::Instant };
        let options = Options {
            folder: Some(folder.path().join("fleet")),
            pace,
            ..Options::default()
        };
        let fleet = Fleet::start(options).await.map_err(local)?;
        if fleet.servers().is_empty() {
            return Err(fell_short(
                "The training fleet has no server.",
                "Le parc d’exercice n’a aucun serveur.",
            ));
        }
        let program = Program::new(Folders::below(folder.path()));
        Ok(Self {
            folder,
            fleet,
            program,
            open: None,
            server: None,
            app: None,
            run: None,
        })
    }

    /// What the fleet is.
    pub fn seen(&self) -> Words {
        let count = self.fleet.servers().len();
        Words::new(
            format!("{count} simulated servers, over real SSH, on this computer only"),
            format!(
                "{count} serveurs simulés, par de vraies connexions SSH, sur cet ordinateur seulement"
            ),
        )
    }

    fn open(&self) -> Result<(&Workspace, &Actor), Failure> {
        let open = self.open.as_ref();
        open.map(|(workspace, actor)| (workspace.as_ref(), actor))
            .ok_or_else(|| {
                fell_short(
                    "No workspace is open.",
                    "Aucun espace de travail n’est ouvert.",
                )
            })
    }

    fn server(&self) -> Result<(ServerId, &str), Failure> {
        let server = self.server.as_ref();
        server
            .map(|row| (row.id, row.name.as_str()))
            .ok_or_else(|| {
                fell_short(
                    "No server in service was found.",
                    "Aucun serveur en service n’a été trouvé.",
                )
            })
    }

    fn app(&self) -> Result<&str, Failure> {
        self.app
            .as_deref()
            .ok_or_else(|| fell_short("No app was installed.", "Aucune app n’a été installée."))
    }

    pub async fn create_workspace(&mut self) -> Result<Words, Failure> {
        let new = NewWorkspace {
            name: "Tour & Cie".into(),
            account_name: ADMINISTRATOR.into(),
            password: SecretString::from(WORKSPACE_PASSWORD),
        };
        workspace::create(&self.program, new, None).await?;
        self.open = Some(self.program.workspace()?);
        Ok(Words::new(
            format!("Tour & Cie, encrypted, opened by {ADMINISTRATOR}"),
            format!("Tour & Cie, chiffré, ouvert par {ADMINISTRATOR}"),
        ))
    }

    /// A server whose fingerprint nobody checked, or another one than it offers, is not added.
    pub async fn first_contact(&mut self) -> Result<Words, Failure> {
        let (workspace, actor) = self.open()?;
        let server = self.registered().next();
        let server =
            server.ok_or_else(|| fell_short("The fleet is empty.", "Le parc est vide."))?;
        let offered = servers::offered_key(workspace, actor, address(server)).await?;
        if offered.fingerprint != server.host_key.fingerprint {
            return Err(fell_short(
                "Another key was offered than the server has.",
                "Une autre clé que celle du serveur a été présentée.",
            ));
        }
        let mut new = to_add(server);
        new.fingerprint = format!("SHA256:{}", "A".repeat(43));
        match servers::add(workspace, actor, new).await {
            Err(error) if matches!(error.code, Code::HostKeyChanged | Code::HostKeyUnknown) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => {
                return Err(fell_short(
                    "A wrong fingerprint was accepted.",
                    "Une empreinte fausse a été acceptée.",
                ));
            }
        }
        let name = &server.name;
        Ok(Words::new(
            format!(
                "{name} offers {} {}; with another fingerprint it is refused, and nothing is sent",
                offered.algorithm, offered.fingerprint
            ),
            format!(
                "{name} présente {} {} ; avec une autre empreinte il est refusé, et rien n’est envoyé",
                offered.algorithm, offered.fingerprint
            ),
        ))
    }

    fn registered(&self) -> impl Iterator<Item = &TrainingServer> {
        self.fleet
            .servers()
            .iter()
            .filter(|server| server.registered)
    }

    pub async fn add_servers(&mut self) -> Result<Words, Failure> {
        let (workspace, actor) = self.open()?;
        let mut added = 0;
        for server in self.registered() {
            servers::add(workspace, actor, to_add(server)).await?;
            added += 1;
        }
        let page = servers::list(workspace, actor, ListQuery::default()).await?;
        if page.all != added {
            return Err(fell_short(
                format!("{added} servers were added, {} are listed.", page.all),
                format!(
                    "{added} serveurs ont été ajoutés, {} sont listés.",
                    page.all
                ),
            ));
        }
        Ok(Words::new(
            format!("{added} servers, each with its own key"),
            format!("{added} serveurs, chacun avec sa clé"),
        ))
    }

    pub async fn refresh(&mut self) -> Result<Words, Failure> {
        let (workspace, actor) = self.open()?;
        let sweep = servers::refresh(workspace, actor, Selection::All).await?;
        if let Some(failed) = sweep.failed.into_iter().next() {
            return Err(failed.error.into());
        }
        let page = servers::list(workspace, actor, ListQuery::default()).await?;
        let states = page.states.iter().filter(|count| count.count > 0);
        let count = |language| {
            let of = |count: &servers::StateCount| {
                format!("{} {}", count.count, count.state.words().of(language))
            };
            states.clone().map(of).collect::<Vec<_>>().join(", ")
        };
        let (en, fr) = (
            count(towerify_domain::Language::En),
            count(towerify_domain::Language::Fr),
        );
        let answered = sweep.answered;
        let works = |row: &Row| {
            row.yunohost.is_some() && matches!(row.state, ServerState::Ok | ServerState::Warn)
        };
        // The healthiest comes last: the list begins with the worst.
        self.server = page.rows.into_iter().rev().find(works);
        self.server()?;
        Ok(Words::new(
            format!("{answered} answered: {en}"),
            format!("{answered} ont répondu : {fr}"),
        ))
    }

    /// Waits for a run; anything but done is a failure, with what the run says of itself.
    async fn done(&self, begun: Begun) -> Result<(), Failure> {
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

    async fn user_is_there(&self) -> Result<(), Failure> {
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

    /// Closes everything, and opens it again as after a restart. A wrong password opens nothing.
    pub async fn restart(&mut self) -> Result<Words, Failure> {
        let (workspace, actor) = self.open()?;
        let servers_before = servers::list(workspace, actor, ListQuery::default())
            .await?
            .all;
        let runs_before = runs::list(workspace, actor, runs::ListQuery::default())
            .await?
            .total;
        self.open = None;
        self.program.close().await;

        self.program = Program::new(Folders::below(self.folder.path()));
        match workspace::unlock(&self.program, SecretString::from("not the password")).await {
            Err(error) if error.code == Code::WrongPassword => {}
            Err(error) => return Err(error.into()),
            Ok(_) => {
                return Err(fell_short(
                    "A wrong password opened it.",
                    "Un mot de passe faux l’a ouvert.",
                ));
            }
        }
        self.unlock().await?;
        let (workspace, actor) = self.open()?;
        let servers = servers::list(workspace, actor, ListQuery::default())
            .await?
            .all;
        let runs = runs::list(workspace, actor, runs::ListQuery::default())
            .await?
            .total;
        if servers != servers_before || runs < runs_before {
            return Err(fell_short(
                format!(
                    "{servers} of {servers_before} servers and {runs} of {runs_before} runs were found again."
                ),
                format!(
                    "{servers} serveurs sur {servers_before} et {runs} opérations sur {runs_before} ont été retrouvés."
                ),
            ));
        }
        self.user_is_there().await?;
        self.see_trace().await?;
        Ok(Words::new(
            format!("{servers} servers and {runs} runs found again; a wrong password was refused"),
            format!(
                "{servers} serveurs et {runs} opérations retrouvés ; un mot de passe faux a été refusé"
            ),
        ))
    }

    /// Opens with the right password; after a wrong one the workspace may ask for patience.
    async fn unlock(&mut self) -> Result<(), Failure> {
        for _ in 0..10 {
            match workspace::unlock(&self.program, SecretString::from(WORKSPACE_PASSWORD)).await {
                Ok(_) => {
                    self.open = Some(self.program.workspace()?);
                    return Ok(());
                }
                Err(error) if error.code == Code::Throttled => {
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(fell_short(
            "The workspace stays throttled.",
            "L’espace de travail reste ralenti.",
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

    pub async fn clean_up(self) -> Result<Words, Failure> {
        drop(self.open);
        self.program.close().await;
        self.fleet.stop().await;
        let folder = self.folder.path().to_owned();
        self.folder.close().map_err(local)?;
        if folder.exists() {
            return Err(fell_short(
                "The temporary folder is still there.",
                "Le dossier temporaire est toujours là.",
            ));
        }
        Ok(Words::new(
            "The fleet is stopped, its folder is gone",
            "Le parc est arrêté, son dossier a disparu",
        ))
    }
}

fn address(server: &TrainingServer) -> Address {
    Address {
        address: server.address.to_string(),
        port: server.ssh_port,
        jump: None,
    }
}

fn to_add(server: &TrainingServer) -> NewServer {
    NewServer {
        name: server.name.clone(),
        address: address(server),
        user: server.user.clone(),
        login: Login::Password {
            password: SecretString::from(server.password.as_str()),
        },
        fingerprint: server.host_key.fingerprint.clone(),
        how: HowChecked::Console,
        customer: Some(server.customer.clone()).filter(|customer| !customer.is_empty()),
        tags: server.tags.clone(),
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
