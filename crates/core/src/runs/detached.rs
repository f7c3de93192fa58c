//! Work that outlives its line: begun on a server under a key, so that it is begun once however often it is asked for,
//! and followed to its end over as many connections as it takes. An action of YunoHost and a task of the machine
//! beneath it go the same way.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use towerify_domain::{Words, id::ServerId, run::Sign, text};
use towerify_driver::{Driver, DriverError, LostHow, Outcome, RunStream, StartOptions};
use towerify_machine::Task;
use towerify_runs::{Context, Problem, StepError};
use towerify_yunohost::Argv;

use crate::{
    AppError, Code,
    runs::{aftermath, steps::way, telling::listen},
    workspace::Reach,
};

/// How long we wait for another operation to let go of YunoHost's lock.
const LOCK_WAIT: Duration = Duration::from_secs(30 * 60);

/// How often a driver's goodbye is answered by a new conversation at once.
const MOST_FAREWELLS: u32 = 3;

/// The longest wait between two tries to find a server again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What is to be begun on a server.
pub(crate) enum Asked {
    /// An action of YunoHost.
    Words(Argv),
    /// A task of the machine.
    Task(Box<dyn StartTask>),
}

impl Asked {
    /// A task of the machine.
    pub(crate) fn task<T: Task + 'static>(task: T) -> Self {
        Self::Task(Box::new(task))
    }

    /// What is asked, for a trace: without secrets.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Words(argv) => format!("yunohost {argv}"),
            Self::Task(task) => task.shown(),
        }
    }
}

/// A task that can be begun, whatever it answers.
#[async_trait]
pub(crate) trait StartTask: Send + Sync {
    async fn start(
        &self,
        driver: &Driver,
        key: &str,
        options: &StartOptions,
    ) -> Result<RunStream, DriverError>;
    fn shown(&self) -> String;
}

#[async_trait]
impl<T: Task> StartTask for T {
    async fn start(
        &self,
        driver: &Driver,
        key: &str,
        options: &StartOptions,
    ) -> Result<RunStream, DriverError> {
        driver.start_task(key, self, options).await
    }

    fn shown(&self) -> String {
        format!("{}: {:?}", T::DECLARATION.name, self.arguments())
    }
}

/// How work on a server ended well.
pub(crate) struct Finished {
    /// What it gave.
    pub(crate) result: Value,
    /// YunoHost's own operations in it.
    pub(crate) operations: Vec<String>,
    /// How long it took there.
    pub(crate) ms: f64,
}

/// How following work ended, other than well.
#[derive(Debug)]
pub(crate) enum End {
    /// The server knows nothing of it: nothing was begun.
    NeverBegun,
    /// Its outcome is not known to anybody.
    Lost(Problem),
    /// The server refused or failed, for certain.
    Refused {
        /// YunoHost's key, or the task's.
        key: String,
        /// In words.
        problem: Problem,
    },
    /// Nothing was sent, or the server took nothing of it.
    Failed(AppError),
}

impl End {
    /// As an act says it.
    pub(crate) fn of_act(self) -> StepError {
        match self {
            Self::Refused { problem, .. } => StepError::Failed(problem),
            Self::Failed(error) => crate::runs::steps::failed(&error),
            Self::Lost(problem) => StepError::Unknown(problem),
            Self::NeverBegun => StepError::Failed(aftermath::never_begun()),
        }
    }
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
                | DriverError::NotPostInstalled
                | DriverError::GateRefused(_)),
            ) if progress.from == 0 => Some(End::Failed(crate::error_sources::of_driver(error))),
            Self::Talk(_) => None,
        }
    }
}

/// Work on one server under one key.
pub(crate) struct Detached<'a> {
    pub(crate) reach: &'a Reach,
    pub(crate) server: ServerId,
    pub(crate) key: String,
}

impl Detached<'_> {
    /// Begins the work (or, with nothing asked, only looks for it) and follows it to its end. A line that is cut is
    /// dialled again for as long as the step has time: the work goes on there meanwhile. What needs a person (another
    /// host key, a refused login) ends it with an outcome that is not known.
    pub(crate) async fn follow(
        &self,
        context: &Context,
        asked: Option<&Asked>,
    ) -> Result<Finished, End> {
        let mut progress = Progress {
            sent: asked.is_none(),
            from: 0,
        };
        let mut wait = Duration::from_secs(1);
        let mut farewells = 0;
        loop {
            let trouble = match self.attempt(context, asked, &mut progress).await {
                Ok(outcome) => return end(outcome),
                Err(trouble) => trouble,
            };
            if let Some(end) = trouble.end(&progress) {
                return Err(end);
            }
            // A driver that says goodbye (YunoHost came, or changed) leaves the line as it is: asked anew over it, at
            // once. The same key is not a second start.
            if matches!(trouble, Trouble::Talk(DriverError::Bye(_))) && farewells < MOST_FAREWELLS {
                farewells += 1;
                continue;
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
        asked: Option<&Asked>,
        progress: &mut Progress,
    ) -> Result<Outcome, Trouble> {
        let (_, driver) = way(self.reach, self.server).await.map_err(Trouble::NoWay)?;
        let mut stream = match asked {
            // The same key a second time is not a second start: the server follows the first (driver rule 9).
            Some(asked) if progress.from == 0 => {
                progress.sent = true;
                let options = StartOptions {
                    lock_wait: LOCK_WAIT,
                    language: Some(self.reach.language().code().to_owned()),
                    ..StartOptions::default()
                };
                match asked {
                    Asked::Words(argv) => driver.start_words(&self.key, argv, &options).await?,
                    Asked::Task(task) => task.start(&driver, &self.key, &options).await?,
                }
            }
            _ => driver.follow(&self.key, progress.from).await?,
        };
        Ok(listen(self.reach, context, &mut stream, &mut progress.from).await?)
    }
}

fn end(outcome: Outcome) -> Result<Finished, End> {
    match outcome {
        Outcome::Done {
            result,
            operations,
            ms,
            ..
        } => Ok(Finished {
            result,
            operations: operations
                .iter()
                .map(|name| text::line(name, 200))
                .collect(),
            ms,
        }),
        Outcome::Refused {
            refusal,
            operations,
            ..
        } => {
            let operation = operations.first().map(|name| text::line(name, 200));
            Err(End::Refused {
                problem: aftermath::refused(&refusal, operation.as_deref()),
                key: refusal.key,
            })
        }
        Outcome::Lost {
            how: LostHow::Unstarted,
            ..
        } => Err(End::NeverBegun),
        Outcome::Lost { how, operations } => Err(End::Lost(aftermath::lost(how, &operations))),
    }
}
