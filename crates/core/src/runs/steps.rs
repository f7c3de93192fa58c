//! The steps around every change of a server: reaching it first, reading it again afterwards. The change itself is in
//! `making`.

use std::time::Duration;

use async_trait::async_trait;
use towerify_domain::{Words, id::ServerId, run::StepState, text};
use towerify_driver::Driver;
use towerify_runs::{Context, Observation, Probe, Problem, Retry, Step, StepError, key_parts};
use towerify_store::Server;

use crate::{AppError, Code, Result, runs::aftermath, servers::read_again, workspace::Reach};

/// Reaching the server, and seeing that it can be asked.
pub(crate) struct ReachServer {
    pub(crate) reach: Reach,
    pub(crate) server: ServerId,
}

#[async_trait]
impl Step for ReachServer {
    fn name(&self) -> &str {
        "reach"
    }

    fn intent(&self) -> Words {
        Words::new("Reach the server", "Joindre le serveur")
    }

    fn time_out(&self) -> Duration {
        Duration::from_secs(90)
    }

    fn retry(&self) -> Retry {
        Retry {
            times: 2,
            wait: Duration::from_secs(2),
        }
    }

    async fn probe(&self, _context: &Context) -> std::result::Result<Probe, StepError> {
        Ok(Probe::NotDone)
    }

    async fn act(&self, _context: &Context) -> std::result::Result<Observation, StepError> {
        let (server, driver) = way(&self.reach, self.server)
            .await
            .map_err(|error| failed(&error))?;
        forget_what_is_over(&self.reach, &driver).await;
        let facts = driver.facts();
        let version = text::line(facts.yunohost.as_deref().unwrap_or("—"), 40);
        Ok(Observation::said(Words::new(
            format!(
                "{}, YunoHost {version}, Debian {}",
                server.address,
                text::line(&facts.debian, 20)
            ),
            format!(
                "{}, YunoHost {version}, Debian {}",
                server.address,
                text::line(&facts.debian, 20)
            ),
        )))
    }
}

/// Reading the server again, so that every page shows what is.
pub(super) struct ReadAgain {
    pub(super) reach: Reach,
    pub(super) server: ServerId,
}

#[async_trait]
impl Step for ReadAgain {
    fn name(&self) -> &str {
        "read"
    }

    fn intent(&self) -> Words {
        Words::new("Read the server again", "Relire le serveur")
    }

    fn time_out(&self) -> Duration {
        Duration::from_secs(180)
    }

    fn retry(&self) -> Retry {
        Retry {
            times: 2,
            wait: Duration::from_secs(2),
        }
    }

    async fn probe(&self, _context: &Context) -> std::result::Result<Probe, StepError> {
        Ok(Probe::NotDone)
    }

    async fn act(&self, _context: &Context) -> std::result::Result<Observation, StepError> {
        let server = known(&self.reach, self.server)
            .await
            .map_err(|error| failed(&error))?;
        read_again(&self.reach, &server)
            .await
            .map_err(|error| failed(&error))?;
        if let Ok((_, driver)) = way(&self.reach, self.server).await {
            forget_what_is_over(&self.reach, &driver).await;
        }
        Ok(Observation::said(Words::new(
            "A new snapshot was taken",
            "Un nouvel instantané a été pris",
        )))
    }
}

/// Has the server forget the changes whose end is written down here. Not before: until then, what the server keeps is the
/// only proof that a change was made, and a program that dies between the two must find it. What others began stays.
pub(crate) async fn forget_what_is_over(reach: &Reach, driver: &Driver) {
    let Ok(kept) = driver.runs().await else {
        return;
    };
    for key in kept.into_keys() {
        // A step of several acts adds an x and the act's name.
        let of_step = key.split('x').next().unwrap_or_default();
        let Some((run, step, attempt)) = key_parts(of_step) else {
            continue;
        };
        let steps = reach.store.run_steps().of(run).await.unwrap_or_default();
        let over = steps.iter().any(|known| {
            let ended = matches!(
                known.state,
                StepState::Done | StepState::Already | StepState::Failed | StepState::Undone
            );
            known.n == step && (ended || attempt < known.attempt)
        });
        if over {
            // What can't be forgotten now is forgotten the next time.
            let _ = driver.forget(&key).await;
        }
    }
}

async fn known(reach: &Reach, server: ServerId) -> Result<Server> {
    reach
        .store
        .servers()
        .get(server)
        .await?
        .ok_or_else(|| AppError::not_found("server"))
}

pub(crate) async fn way(reach: &Reach, server: ServerId) -> Result<(Server, Driver)> {
    let server = known(reach, server).await?;
    let driver = reach.connections.driver(&server).await?;
    Ok((server, driver))
}

/// An error as a step says it: passing where the line or the server may come back by itself.
pub(crate) fn failed(error: &AppError) -> StepError {
    let problem = Problem::new(code_name(error.code), aftermath::words(error));
    match error.code {
        Code::TimedOut | Code::ConnectionCut | Code::ConnectionRefused | Code::Busy => {
            StepError::Passing(problem)
        }
        _ => StepError::Failed(problem),
    }
}

/// The code's name as JSON writes it.
pub(super) fn code_name(code: Code) -> String {
    serde_json::to_value(code)
        .ok()
        .and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}
