//! What the tour does, step by step, and what it checks: a step is well only when what it did is seen afterwards.

use crate::failure::Failure;
use secrecy::SecretString;
use std::sync::Arc;
use towerify_core::runs;
use towerify_core::servers::{
    self, Address, HowChecked, ListQuery, Login, NewServer, Row, Selection,
};
use towerify_core::workspace::{self, NewWorkspace};
use towerify_core::{Actor, Code, Folders, Program, Workspace};
use towerify_domain::Words;
use towerify_domain::id::{RunId, ServerId};
use towerify_domain::server::ServerState;
use towerify_sandbox::{Fleet, Options, Pace, TrainingServer};

/// Invented people.
pub(super) const ADMINISTRATOR: &str = "Camille Morvan";
pub(super) const USERNAME: &str = "ines.calvet";

/// It protects a workspace of simulated servers in a temporary folder, for as long as the tour lasts.
const WORKSPACE_PASSWORD: &str = "ardoise tilleul goéland 1907 tour";

/// The tour, with what it has met so far.
pub struct Tour {
    folder: tempfile::TempDir,
    pub(super) fleet: Fleet,
    program: Program,
    open: Option<(Arc<Workspace>, Actor)>,
    server: Option<Row>,
    pub(super) app: Option<String>,
    pub(super) run: Option<RunId>,
}

pub(super) fn fell_short(en: impl Into<String>, fr: impl Into<String>) -> Failure {
    Failure::Refused {
        code: "demo",
        words: Words::new(en, fr),
        details: serde_json::Value::Null.into(),
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

    pub(super) fn open(&self) -> Result<(&Workspace, &Actor), Failure> {
        let open = self.open.as_ref();
        open.map(|(workspace, actor)| (workspace.as_ref(), actor))
            .ok_or_else(|| {
                fell_short(
                    "No workspace is open.",
                    "Aucun espace de travail n’est ouvert.",
                )
            })
    }

    pub(super) fn server(&self) -> Result<(ServerId, &str), Failure> {
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

    pub(super) fn app(&self) -> Result<&str, Failure> {
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
        match workspace::unlock(&self.program, SecretString::from("not the password").into()).await
        {
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
            match workspace::unlock(&self.program, SecretString::from(WORKSPACE_PASSWORD).into())
                .await
            {
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
