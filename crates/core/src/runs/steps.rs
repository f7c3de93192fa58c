//! The steps that every change of a server goes through: reach it, change it, read it again.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::json;
use towerify_domain::{
    Words,
    id::{RunId, ServerId},
    run::{Sign, StepState},
    text,
};
use towerify_driver::{
    Driver, DriverError, Level, LockHolder, LostHow, Outcome, RunEvent, RunStream, StartOptions,
};
use towerify_runs::{Context, Observation, Probe, Problem, Retry, Step, StepError};
use towerify_store::{NewRun, Server};

use crate::{
    AppError, Code, Result,
    runs::{aftermath, change::Change},
    servers::read_again,
    workspace::Reach,
};

/// How long a change may take on the server. YunoHost on a small board takes minutes for an app, and an hour for a large
/// one; the work goes on there in any case.
const CHANGE_TIME_OUT: Duration = Duration::from_secs(3 * 3600);

/// How long we wait for another operation to let go of YunoHost's lock.
const LOCK_WAIT: Duration = Duration::from_secs(30 * 60);

/// Reaching the server, and seeing that it can be asked.
pub(super) struct ReachServer {
    pub(super) reach: Reach,
    pub(super) server: ServerId,
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
            Err(End::Step(StepError::Failed(problem))) => Ok(Probe::Failed(problem)),
            Err(End::Step(error)) => Err(error),
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
            Err(End::Step(error)) => Err(error),
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
    /// As a step says it.
    Step(StepError),
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
    /// is cut is dialled again for as long as the step has time: the work goes on there meanwhile.
    async fn follow(
        &self,
        context: &Context,
        argv: Option<&towerify_yunohost::Argv>,
    ) -> std::result::Result<Observation, End> {
        let mut from = 0;
        // Once the start was sent, nobody here knows whether it arrived: only the server does, when it is back.
        let mut sent = argv.is_none();
        let mut wait = Duration::from_secs(1);
        loop {
            let error = match self.attempt(context, argv, &mut sent, &mut from).await {
                Ok(outcome) => return self.end(context, outcome),
                Err(error) => error,
            };
            match &error {
                DriverError::RunUnknown(_) if from == 0 => return Err(End::NeverBegun),
                DriverError::RunUnknown(_) => {
                    return Err(End::Lost(aftermath::cut_off(&error.to_string())));
                }
                DriverError::Lagging { after } => from = *after,
                DriverError::Cut { .. }
                | DriverError::Bye(_)
                | DriverError::Timeout { .. }
                | DriverError::Closed => {}
                _ if !sent => return Err(End::Step(failed(&error.into()))),
                // The server said what is wrong with the request itself: nothing was begun.
                DriverError::DiskFull
                | DriverError::Spool(_)
                | DriverError::RunKey
                | DriverError::RequestTooLong { .. }
                    if from == 0 =>
                {
                    return Err(End::Step(failed(&error.into())));
                }
                DriverError::Usage(_) | DriverError::NoYunohost | DriverError::NotPostInstalled
                    if from == 0 =>
                {
                    return Err(End::Step(failed(&error.into())));
                }
                // It can't be reached now, for whatever reason: it is asked again until it can, or somebody gives up.
                _ => {}
            }
            if !sent && wait > Duration::from_secs(4) {
                return Err(End::Step(failed(&error.into())));
            }
            self.reach.connections.hang_up(self.server).await;
            context.trace(
                Sign::Warning,
                &format!(
                    "The connection was cut. The work goes on on the server; asking again in {} s.",
                    wait.as_secs()
                ),
            );
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
                    return Err(End::Lost(aftermath::cut_off(&error.to_string())));
                }
            }
            wait = (wait * 2).min(Duration::from_secs(30));
        }
    }

    async fn attempt(
        &self,
        context: &Context,
        argv: Option<&towerify_yunohost::Argv>,
        sent: &mut bool,
        from: &mut u64,
    ) -> std::result::Result<Outcome, DriverError> {
        let driver = match way(&self.reach, self.server).await {
            Ok((_, driver)) => driver,
            Err(error) => return Err(dialling(error)),
        };
        let key = context.key();
        let mut stream = match argv {
            // The same key a second time is not a second start: the server follows the first (driver rule 9).
            Some(argv) if *from == 0 => {
                *sent = true;
                let options = StartOptions {
                    lock_wait: LOCK_WAIT,
                    ..StartOptions::default()
                };
                driver.start_words(&key, argv, &options).await?
            }
            _ => driver.follow(&key, *from).await?,
        };
        listen(context, &mut stream, from).await
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
                // Nothing was begun: the lock was not had in time.
                let busy = refusal.key == "instance_already_running";
                Err(End::Step(if busy {
                    StepError::Passing(problem)
                } else {
                    StepError::Failed(problem)
                }))
            }
            Outcome::Lost {
                how: LostHow::Unstarted,
                ..
            } => Err(End::NeverBegun),
            Outcome::Lost { how, operations } => Err(End::Lost(aftermath::lost(how, &operations))),
        }
    }
}

/// Takes what the server tells, as lines of the trace, until the end.
async fn listen(
    context: &Context,
    stream: &mut RunStream,
    from: &mut u64,
) -> std::result::Result<Outcome, DriverError> {
    while let Some(event) = stream.next().await {
        let event = event?;
        if let Some(n) = event.number() {
            *from = (*from).max(n);
        }
        match event {
            RunEvent::Started { .. } => context.trace(Sign::Info, "Begun on the server."),
            RunEvent::Log { level, message, .. } => {
                let sign = match level {
                    Level::Success => Sign::Done,
                    Level::Warning => Sign::Warning,
                    Level::Error => Sign::Failed,
                    _ => Sign::Info,
                };
                for line in message.lines() {
                    context.trace(sign, line);
                }
                if let Some((percent, words)) = bar(&message) {
                    context.progress(Some(percent), Words::same(text::line(&words, 200)));
                }
            }
            RunEvent::Output { text, .. } => {
                for line in text.lines() {
                    context.trace(Sign::Info, line);
                }
            }
            RunEvent::Waiting { holder, .. } => {
                let words = waiting(&holder);
                context.trace(Sign::Warning, &words.en);
                context.progress(None, words);
            }
            RunEvent::Signal { signal, .. } => {
                context.trace(
                    Sign::Warning,
                    &format!("The work was told to stop ({}).", text::line(&signal, 20)),
                );
            }
            RunEvent::Ended(outcome) => return Ok(outcome),
        }
    }
    Err(DriverError::Cut { said: None })
}

/// The progress bar that YunoHost's app scripts write: `[####+++.......] > Installing dependencies…`, of twenty signs
/// (helpers, `ynh_script_progression`). `#` is done, `+` is at work.
fn bar(message: &str) -> Option<(u8, String)> {
    let rest = message.trim_start().strip_prefix('[')?;
    let (signs, words) = rest.split_once(']')?;
    let total = signs.chars().count();
    if !(5..=50).contains(&total) || !signs.chars().all(|sign| matches!(sign, '#' | '+' | '.')) {
        return None;
    }
    let done = signs.chars().filter(|sign| *sign == '#').count();
    let percent = u8::try_from(done * 100 / total).ok()?;
    Some((percent, words.trim_start_matches([' ', '>']).to_owned()))
}

fn waiting(holder: &LockHolder) -> Words {
    let who = holder
        .words
        .as_ref()
        .filter(|words| !words.is_empty())
        .map(|words| format!("yunohost {}", words.join(" ")))
        .or_else(|| holder.program.clone())
        .unwrap_or_else(|| "?".into());
    let who = text::line(&who, 120);
    Words::new(
        format!("Another operation is at work on the server ({who}): waiting for its end."),
        format!("Une autre opération est en cours sur le serveur ({who}) : attente de sa fin."),
    )
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
async fn forget_what_is_over(reach: &Reach, driver: &Driver) {
    let Ok(kept) = driver.runs().await else {
        return;
    };
    for key in kept.into_keys() {
        let Some((run, step)) = key.rsplit_once('-') else {
            continue;
        };
        let (Ok(run), Ok(step)) = (run.parse::<RunId>(), step.parse::<u16>()) else {
            continue;
        };
        let steps = reach.store.run_steps().of(run).await.unwrap_or_default();
        let over = steps.iter().any(|known| {
            known.n == step
                && matches!(
                    known.state,
                    StepState::Done | StepState::Already | StepState::Failed
                )
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

async fn way(reach: &Reach, server: ServerId) -> Result<(Server, Driver)> {
    let server = known(reach, server).await?;
    let driver = reach.connections.driver(&server).await?;
    Ok((server, driver))
}

/// An error as a step says it: passing where the line or the server may come back by itself.
fn failed(error: &AppError) -> StepError {
    let problem = Problem::new(code_name(error.code), aftermath::words(error));
    match error.code {
        Code::TimedOut | Code::ConnectionCut | Code::ConnectionRefused | Code::Busy => {
            StepError::Passing(problem)
        }
        _ => StepError::Failed(problem),
    }
}

/// While a change is under way, a server that can't be reached is a cut line; everything else ends the step.
fn dialling(error: AppError) -> DriverError {
    match error.code {
        Code::TimedOut | Code::ConnectionCut | Code::ConnectionRefused | Code::NameNotFound => {
            DriverError::Cut {
                said: Some(error.message),
            }
        }
        _ => DriverError::Internal {
            key: code_name(error.code),
            message: error.message,
        },
    }
}

/// The code's name as JSON writes it.
pub(super) fn code_name(code: Code) -> String {
    serde_json::to_value(code)
        .ok()
        .and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_of_an_apps_script_says_how_far_it_is() {
        let check = |message: &str, expected: Option<(u8, &str)>| {
            assert_eq!(
                bar(message),
                expected.map(|(percent, words)| (percent, words.to_owned())),
                "{message}"
            );
        };
        check(
            "[++++................] > Installing dependencies...",
            Some((0, "Installing dependencies...")),
        );
        check(
            "[##########++........] > Configuring NGINX...",
            Some((50, "Configuring NGINX...")),
        );
        check(
            "[####################] > Installation completed",
            Some((100, "Installation completed")),
        );
        check("[Error] nothing", None);
        check("no bar", None);
    }
}
