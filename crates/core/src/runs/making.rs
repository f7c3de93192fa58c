//! Making a change: begun on the server under the run's own key, so that it is begun once, and followed to its end.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::json;
use towerify_domain::{
    Words,
    id::{RunId, ServerId},
    run::Sign,
    text,
};
use towerify_driver::{DriverError, LostHow, Outcome, StartOptions};
use towerify_runs::{Context, Observation, Probe, Problem, Step, StepError};
use towerify_store::NewRun;
use towerify_yunohost::Argv;

use crate::{
    AppError, Code, Result,
    runs::{
        aftermath,
        change::Change,
        steps::{failed, way},
        telling::listen,
    },
    workspace::Reach,
};

/// How long a change may take on the server. YunoHost on a small board takes minutes for an app, and an hour for a large
/// one; the work goes on there in any case.
const CHANGE_TIME_OUT: Duration = Duration::from_secs(3 * 3600);

/// How long we wait for another operation to let go of YunoHost's lock.
const LOCK_WAIT: Duration = Duration::from_secs(30 * 60);

/// The longest wait between two tries to find a server again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The change itself: begun on the server under this run's own key, so that it is begun once, and followed to its end,
/// over as many connections as it takes.
pub(super) struct MakeChange {
    pub(super) reach: Reach,
    pub(super) run: RunId,
    pub(super) server: ServerId,
    pub(super) change: Change,
}

#[async_trait]
impl Step for MakeChange {
    fn name(&self) -> &str {
        "change"
    }

    fn intent(&self) -> Words {
        self.change.intent()
    }

    fn time_out(&self) -> Duration {
        CHANGE_TIME_OUT
    }

    fn probe_time_out(&self) -> Duration {
        CHANGE_TIME_OUT
    }

    async fn probe(&self, context: &Context) -> std::result::Result<Probe, StepError> {
        match self.follow(context, None).await {
            Ok(observation) => Ok(Probe::Done(observation)),
            Err(End::NeverBegun) => Ok(Probe::NotDone),
            Err(End::Lost(problem)) => Ok(Probe::Unknown(problem.words)),
            Err(End::Refused(problem)) => Ok(Probe::Failed(problem)),
            Err(End::Failed(error)) => Err(failed(&error)),
        }
    }

    async fn act(&self, context: &Context) -> std::result::Result<Observation, StepError> {
        let secret = self.secret().await.map_err(|error| failed(&error))?;
        let argv = self.change.argv(secret).map_err(|rule| {
            StepError::Failed(Problem::new(
                "invalid_fields",
                crate::yunohost_rules::words(rule),
            ))
        })?;
        context.trace(Sign::Ask, &format!("yunohost {argv}"));
        match self.follow(context, Some(&argv)).await {
            Ok(observation) => Ok(observation),
            Err(End::Refused(problem)) => Err(StepError::Failed(problem)),
            Err(End::Failed(error)) => Err(failed(&error)),
            Err(End::Lost(problem)) => Err(StepError::Unknown(problem)),
            Err(End::NeverBegun) => Err(StepError::Failed(aftermath::never_begun())),
        }
    }
}

/// How following a change ended, other than well.
enum End {
    /// The server knows nothing of it: nothing was begun.
    NeverBegun,
    /// Its outcome is not known to anybody.
    Lost(Problem),
    /// YunoHost refused or failed, for certain.
    Refused(Problem),
    /// Nothing was sent, or the server took nothing of it.
    Failed(AppError),
}

/// How far one got.
struct Progress {
    /// Once the start was sent, nobody here knows whether it arrived: only the server does, when it is back.
    sent: bool,
    /// The last event that was told.
    from: u64,
}

/// Why an attempt brought no outcome.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// The server can't be reached.
    #[error("{0}")]
    NoWay(AppError),
    /// The conversation failed.
    #[error(transparent)]
    Talk(#[from] DriverError),
}

impl Trouble {
    /// The end that it means; none when it is to be asked again.
    fn end(&self, progress: &Progress) -> Option<End> {
        let passing = |error: &AppError| {
            matches!(
                error.code,
                Code::TimedOut
                    | Code::ConnectionCut
                    | Code::ConnectionRefused
                    | Code::NameNotFound
                    | Code::Nonsense
            )
        };
        match self {
            Self::NoWay(error) if !progress.sent => Some(End::Failed(error.clone())),
            Self::NoWay(error) if passing(error) => None,
            Self::NoWay(error) => Some(End::Lost(aftermath::unreachable(error))),
            Self::Talk(DriverError::RunUnknown(_)) if progress.from == 0 => Some(End::NeverBegun),
            Self::Talk(error @ DriverError::RunUnknown(_)) => {
                Some(End::Lost(aftermath::cut_off(&error.to_string())))
            }
            // The server says what is wrong with the request itself: nothing was begun.
            Self::Talk(
                error @ (DriverError::DiskFull
                | DriverError::Spool(_)
                | DriverError::RunKey
                | DriverError::RequestTooLong { .. }
                | DriverError::Usage(_)
                | DriverError::NoYunohost
                | DriverError::NotPostInstalled),
            ) if progress.from == 0 => Some(End::Failed(crate::error_sources::of_driver(error))),
            Self::Talk(_) => None,
        }
    }
}

impl MakeChange {
    async fn secret(&self) -> Result<Option<SecretString>> {
        let sealed = self.reach.store.runs().secret(self.run).await?;
        sealed
            .map(|sealed| {
                Ok(self
                    .reach
                    .sealer
                    .open_text(NewRun::place(self.run), &sealed)?)
            })
            .transpose()
    }

    /// Begins the change with these words (or, without words, only looks for it) and follows it to its end. A line that
    /// is cut is dialled again for as long as the step has time: the work goes on there meanwhile. What needs a person
    /// (another host key, a refused login) ends it with an outcome that is not known.
    async fn follow(
        &self,
        context: &Context,
        argv: Option<&Argv>,
    ) -> std::result::Result<Observation, End> {
        let mut progress = Progress {
            sent: argv.is_none(),
            from: 0,
        };
        let mut wait = Duration::from_secs(1);
        loop {
            let trouble = match self.attempt(context, argv, &mut progress).await {
                Ok(outcome) => return self.end(context, outcome),
                Err(trouble) => trouble,
            };
            if let Some(end) = trouble.end(&progress) {
                return Err(end);
            }
            self.reach.connections.hang_up(self.server).await;
            let seconds = wait.as_secs();
            let words = Words::new(
                format!(
                    "The connection was cut. The work goes on on the server; asking again in {seconds} s."
                ),
                format!(
                    "La connexion a été coupée. Le travail continue sur le serveur ; nouvel essai dans {seconds} s."
                ),
            );
            context.trace(Sign::Warning, self.reach.say(&words));
            context.progress(
                None,
                Words::new(
                    "Connection cut, asking again",
                    "Connexion coupée, nouvel essai",
                ),
            );
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = context.cancelled().cancelled() => {
                    return Err(End::Lost(aftermath::cut_off(&trouble.to_string())));
                }
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn attempt(
        &self,
        context: &Context,
        argv: Option<&Argv>,
        progress: &mut Progress,
    ) -> std::result::Result<Outcome, Trouble> {
        let (_, driver) = way(&self.reach, self.server)
            .await
            .map_err(Trouble::NoWay)?;
        let key = context.key();
        let mut stream = match argv {
            // The same key a second time is not a second start: the server follows the first (driver rule 9).
            Some(argv) if progress.from == 0 => {
                progress.sent = true;
                let options = StartOptions {
                    lock_wait: LOCK_WAIT,
                    language: Some(self.reach.language().code().to_owned()),
                    ..StartOptions::default()
                };
                driver.start_words(&key, argv, &options).await?
            }
            _ => driver.follow(&key, progress.from).await?,
        };
        Ok(listen(&self.reach, context, &mut stream, &mut progress.from).await?)
    }

    fn end(&self, context: &Context, outcome: Outcome) -> std::result::Result<Observation, End> {
        match outcome {
            Outcome::Done { operations, ms, .. } => {
                let operations: Vec<String> = operations
                    .iter()
                    .map(|name| text::line(name, 200))
                    .collect();
                let seconds = (ms / 100.0).round() / 10.0;
                context.progress(Some(100), self.change.intent());
                Ok(Observation::with(
                    Words::new(
                        format!("Done in {seconds} s"),
                        format!("Fait en {seconds} s").replace('.', ","),
                    ),
                    json!({ "operations": operations }),
                ))
            }
            Outcome::Refused {
                refusal,
                operations,
                ..
            } => {
                let operation = operations.first().map(|name| text::line(name, 200));
                let problem = aftermath::refused(&refusal, operation.as_deref());
                Err(End::Refused(problem))
            }
            Outcome::Lost {
                how: LostHow::Unstarted,
                ..
            } => Err(End::NeverBegun),
            Outcome::Lost { how, operations } => Err(End::Lost(aftermath::lost(how, &operations))),
        }
    }
}
