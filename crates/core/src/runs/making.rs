//! Making a change: begun on the server under the run's own key, so that it is begun once, and followed to its end.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::json;
use towerify_domain::{
    Words,
    id::{RunId, ServerId},
    run::Sign,
};
use towerify_runs::{Context, Observation, Probe, Problem, Step, StepError};
use towerify_store::NewRun;

use crate::{
    Result,
    runs::{
        change::Change,
        detached::{Detached, End, Finished},
        steps::failed,
    },
    workspace::Reach,
};

/// How long a change may take on the server. YunoHost on a small board takes minutes for an app, and an hour for a large
/// one; the work goes on there in any case.
const CHANGE_TIME_OUT: Duration = Duration::from_secs(3 * 3600);

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
        match self.detached(context).follow(context, None).await {
            Ok(finished) => Ok(Probe::Done(self.done(context, &finished))),
            Err(End::NeverBegun) => Ok(Probe::NotDone),
            Err(End::Lost(problem)) => Ok(Probe::Unknown(problem.words)),
            Err(End::Refused { problem, .. }) => Ok(Probe::Failed(problem)),
            Err(End::Failed(error)) => Err(failed(&error)),
        }
    }

    async fn act(&self, context: &Context) -> std::result::Result<Observation, StepError> {
        let secret = self.secret().await.map_err(|error| failed(&error))?;
        let asked = self.change.asked(secret).map_err(|rule| {
            StepError::Failed(Problem::new(
                "invalid_fields",
                crate::yunohost_rules::words(rule),
            ))
        })?;
        context.trace(Sign::Ask, &asked.shown());
        match self.detached(context).follow(context, Some(&asked)).await {
            Ok(finished) => Ok(self.done(context, &finished)),
            Err(end) => Err(end.of_act()),
        }
    }
}

impl MakeChange {
    fn detached(&self, context: &Context) -> Detached<'_> {
        Detached {
            reach: &self.reach,
            server: self.server,
            key: context.key(),
        }
    }

    async fn secret(&self) -> Result<Option<SecretString>> {
        let runs = self.reach.store.runs();
        let (Some(sealed), Some(run)) = (runs.secret(self.run).await?, runs.get(self.run).await?)
        else {
            return Ok(None);
        };
        let sealer = self.reach.seals.under(&run.sealed_under)?;
        Ok(Some(sealer.open_text(NewRun::place(self.run), &sealed)?))
    }

    fn done(&self, context: &Context, finished: &Finished) -> Observation {
        let seconds = (finished.ms / 100.0).round() / 10.0;
        context.progress(Some(100), self.change.intent());
        Observation::with(
            Words::new(
                format!("Done in {seconds} s"),
                format!("Fait en {seconds} s").replace('.', ","),
            ),
            json!({ "operations": finished.operations }),
        )
    }
}
