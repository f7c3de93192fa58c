//! The engine's journal, over the store.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::json;
use towerify_domain::{
    Words,
    id::{AccountId, EntryId, RunId},
    run::{RunState, StepState, TraceLine, Way, Wish},
};
use towerify_runs::{
    Journal, JournalError, NewLine, Observation, RunBegun, RunEnd, Standing, StandingStep, StepEnd,
};
use towerify_store::{NewEntry, NewRun, NewTraceLine, RunStep, Store};
use uuid::Uuid;

use crate::{Events, Topic, clock::new_id};

/// What is kept with a run beyond what the engine knows.
pub(crate) struct About {
    /// Who began it.
    pub(crate) account: AccountId,
    /// Their name.
    pub(crate) name: String,
    /// The change, without secrets.
    pub(crate) input: serde_json::Value,
    /// Its secret, sealed to the run.
    pub(crate) secret: Option<Vec<u8>>,
    /// What must not stand in its trace: a JSON list of texts, sealed to the run.
    pub(crate) conceal: Option<Vec<u8>>,
    /// The name of the key that both are sealed under.
    pub(crate) sealed_under: String,
    /// The same for all runs that were begun together on many servers.
    pub(crate) batch: Option<Uuid>,
}

/// The journal of a workspace's runs.
pub(crate) struct StoreJournal(pub(crate) Store, pub(crate) Events);

fn failed(error: towerify_store::StoreError) -> JournalError {
    JournalError::new(error)
}

#[async_trait]
impl Journal for StoreJournal {
    type About = About;

    async fn run_begun(&self, begun: RunBegun<'_, About>) -> Result<(), JournalError> {
        let steps = begun
            .steps
            .into_iter()
            .zip(0..)
            .map(|(step, n)| RunStep {
                n,
                name: step.name,
                intent: step.intent,
                can_undo: step.can_undo,
                state: StepState::Waiting,
                attempt: 0,
                started_at: None,
                ended_at: None,
                observation: None,
            })
            .collect();
        let run = NewRun {
            id: begun.run,
            kind: begun.kind,
            server_id: begun.server,
            batch_id: begun.about.batch,
            title: begun.title.clone(),
            input: begun.about.input.clone(),
            secret: begun.about.secret.clone(),
            conceal: begun.about.conceal.clone(),
            sealed_under: begun.about.sealed_under.clone(),
            state: RunState::Waiting,
            started_by: begun.about.account,
            started_name: begun.about.name.clone(),
            started_at: begun.at,
            steps,
        };
        self.0.runs().insert(&run).await.map_err(failed)
    }

    async fn run_is(&self, run: RunId, state: RunState) -> Result<(), JournalError> {
        let known = self.0.runs().get(run).await.map_err(failed)?;
        let Some(known) = known else { return Ok(()) };
        self.0
            .runs()
            .set_state(run, state, known.step, known.progress)
            .await
            .map_err(failed)
    }

    async fn run_wished(&self, run: RunId, wish: Option<Wish>) -> Result<(), JournalError> {
        self.0.runs().set_wish(run, wish).await.map_err(failed)
    }

    async fn run_reopened(&self, run: RunId, way: Way) -> Result<(), JournalError> {
        self.0.runs().reopen(run, way).await.map_err(failed)
    }

    async fn step_begun(
        &self,
        run: RunId,
        step: u16,
        attempt: u16,
        at: DateTime<Utc>,
    ) -> Result<(), JournalError> {
        let mut known = self.step(run, step).await?;
        known.state = StepState::Running;
        known.attempt = attempt;
        known.started_at = Some(at);
        known.ended_at = None;
        self.0.run_steps().put(run, &known).await.map_err(failed)?;
        self.at_step(run, step, None).await
    }

    async fn step_ended(&self, run: RunId, step: u16, end: &StepEnd) -> Result<(), JournalError> {
        let mut known = self.step(run, step).await?;
        known.state = end.state;
        known.started_at = known.started_at.or(Some(end.at));
        known.ended_at = Some(end.at);
        known.observation = end
            .observation
            .as_ref()
            .map(|observation| json!(observation));
        self.0.run_steps().put(run, &known).await.map_err(failed)
    }

    async fn trace(&self, run: RunId, lines: &[NewLine]) -> Result<Vec<TraceLine>, JournalError> {
        let lines: Vec<NewTraceLine> = lines
            .iter()
            .map(|line| NewTraceLine {
                at: line.at,
                step: line.step,
                sign: line.sign,
                text: line.text.clone(),
                always: line.always,
            })
            .collect();
        self.0.run_trace().append(run, &lines).await.map_err(failed)
    }

    async fn progress(
        &self,
        run: RunId,
        step: u16,
        percent: Option<u8>,
    ) -> Result<(), JournalError> {
        self.at_step(run, step, percent).await
    }

    async fn run_ended(&self, run: RunId, end: &RunEnd) -> Result<(), JournalError> {
        let end = towerify_store::RunEnd {
            state: end.state,
            at: end.at,
            error: end
                .problem
                .as_ref()
                .map(|problem| (problem.code.clone(), json!(problem.words).to_string())),
        };
        let Some(entry) = self.entry_of(run, &end).await? else {
            return self.0.runs().end(run, &end).await.map_err(failed);
        };
        let noted = self.0.runs().end_and_note(run, &end, &entry).await;
        self.1.changed([Topic::Journal]);
        noted.map_err(failed)
    }

    async fn standing(&self, run: RunId) -> Result<Option<Standing>, JournalError> {
        let Some(known) = self.0.runs().get(run).await.map_err(failed)? else {
            return Ok(None);
        };
        let steps = self.0.run_steps().of(run).await.map_err(failed)?;
        let steps = steps
            .into_iter()
            .map(|step| StandingStep {
                name: step.name,
                state: step.state,
                attempt: step.attempt,
                observation: step
                    .observation
                    .and_then(|seen| serde_json::from_value::<Observation>(seen).ok()),
            })
            .collect();
        Ok(Some(Standing {
            state: known.state,
            way: known.way,
            wish: known.wish,
            steps,
        }))
    }

    async fn open_runs(&self) -> Result<Vec<RunId>, JournalError> {
        Ok(self
            .0
            .runs()
            .open()
            .await
            .map_err(failed)?
            .into_iter()
            .map(|run| run.id)
            .collect())
    }
}

impl StoreJournal {
    /// What the workspace's journal says of a run that ends; nothing of one that is not known.
    async fn entry_of(
        &self,
        run: RunId,
        end: &towerify_store::RunEnd,
    ) -> Result<Option<NewEntry>, JournalError> {
        let Some(known) = self.0.runs().get(run).await.map_err(failed)? else {
            return Ok(None);
        };
        let account = match known.started_by {
            Some(account) => self.0.accounts().get(account).await.map_err(failed)?,
            None => None,
        };
        let code = end.error.as_ref().map(|(code, _)| code);
        Ok(Some(NewEntry {
            id: EntryId::from_uuid(new_id()),
            at: end.at,
            account_id: known.started_by,
            who: known.started_name,
            role: account.map_or("", |account| account.role.name()).into(),
            what: known.kind.name().into(),
            subject_kind: "server".into(),
            subject_id: known.server_id.map(|id| id.to_string()),
            subject: known.server_name.unwrap_or_default(),
            // Whose the server was when it began, as who may see the run.
            customer_id: known.customer_id,
            outcome: end.state.name().into(),
            detail: json!({ "run": run, "title": known.title, "problem": code }),
        }))
    }

    /// Where a run at work is, the way that it goes.
    async fn at_step(
        &self,
        run: RunId,
        step: u16,
        percent: Option<u8>,
    ) -> Result<(), JournalError> {
        let known = self.0.runs().get(run).await.map_err(failed)?;
        let state = match known.map(|known| known.way) {
            Some(Way::Back) => RunState::Undoing,
            _ => RunState::Running,
        };
        self.0
            .runs()
            .set_state(run, state, Some(step), percent)
            .await
            .map_err(failed)
    }

    async fn step(&self, run: RunId, step: u16) -> Result<RunStep, JournalError> {
        let steps = self.0.run_steps().of(run).await.map_err(failed)?;
        steps
            .into_iter()
            .find(|known| known.n == step)
            .ok_or_else(|| JournalError::new(format!("step {step} of run {run} is missing")))
    }
}

/// The words of a problem as the store keeps them.
pub(super) fn problem_words(kept: &str) -> Words {
    serde_json::from_str(kept).unwrap_or_else(|_| Words::same(kept))
}
