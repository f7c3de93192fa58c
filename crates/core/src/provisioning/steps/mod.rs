//! The steps of a provisioning. Each looks first whether its effect is there: by what an earlier life of the program may
//! have left at work, then by the state of the machine, never by an exit code alone.

mod entry;
mod finishing;
pub(super) mod ground;
mod moved;

use std::time::Duration;

use async_trait::async_trait;
use towerify_domain::Words;
use towerify_runs::{Context, Observation, Probe, Problem, Retry, Step, StepError};

pub(super) use moved::{Move, move_ssh};

use crate::{
    provisioning::{
        job::{Done, Job},
        plan::Kind,
    },
    runs::{End, Finished, failed},
};

/// One step of a provisioning.
pub(super) struct ProvisionStep {
    pub(super) kind: Kind,
    pub(super) job: Job,
}

/// The installer takes 10 to 40 minutes, on a small board more (rule 6); before it apt may be waited for.
const LONG: Duration = Duration::from_secs(4 * 3600);

/// The work on the server goes on in any case; this is for how long it is waited for.
const USUAL: Duration = Duration::from_secs(45 * 60);

#[async_trait]
impl Step for ProvisionStep {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn intent(&self) -> Words {
        self.kind.intent(&self.job.choices)
    }

    fn time_out(&self) -> Duration {
        match self.kind {
            Kind::Install | Kind::Prepare | Kind::Backup => LONG,
            _ => USUAL,
        }
    }

    fn probe_time_out(&self) -> Duration {
        self.time_out()
    }

    fn retry(&self) -> Retry {
        Retry {
            times: 3,
            wait: Duration::from_secs(1),
        }
    }

    fn probe_first(&self) -> bool {
        true
    }

    async fn probe(&self, context: &Context) -> Result<Probe, StepError> {
        let mut finished = None;
        if context.resumed() {
            for part in self.parts() {
                match self.job.begun(context, part).await {
                    Ok(Some(end)) => finished = Some(end),
                    Ok(None) => {}
                    Err(End::Refused { problem, .. }) => {
                        return Ok(self
                            .seen(context, None)
                            .await?
                            .map_or(Probe::Failed(problem), Probe::Done));
                    }
                    Err(End::Lost(problem)) => {
                        return self.after_loss(context, part, problem).await;
                    }
                    Err(End::Failed(error)) => return Err(failed(&error)),
                    Err(End::NeverBegun) => {}
                }
            }
        }
        let seen = self.seen(context, finished.as_ref()).await?;
        Ok(seen.map_or(Probe::NotDone, Probe::Done))
    }

    async fn act(&self, context: &Context) -> Result<Observation, StepError> {
        let job = &self.job;
        match self.kind {
            Kind::Reach => ground::reach(job).await,
            Kind::Preflight => ground::preflight(job, context).await,
            Kind::Records => ground::records(job, context).await,
            Kind::Key => ground::key(job, context).await,
            Kind::Prepare => ground::prepare(job, context).await,
            Kind::Install => ground::install(job, context).await,
            Kind::Postinstall => entry::postinstall(job, context).await,
            Kind::Admin => entry::admin(job, context).await,
            Kind::RootLogin => entry::root_login(job, context).await,
            Kind::Permissions => entry::permissions(job, context).await,
            Kind::SshPort => moved::ssh_port(job, context).await,
            Kind::Diagnosis => finishing::diagnosis(job, context).await,
            Kind::Certificate => finishing::certificate(job, context).await,
            Kind::MailPorts => finishing::mail_ports(job, context).await,
            Kind::NeverBanned => finishing::never_banned(job, context).await,
            Kind::Api => finishing::api(job, context).await,
            Kind::Upgrades => finishing::upgrades(job, context).await,
            Kind::Snapshot => finishing::snapshot(job).await,
            Kind::Backup => finishing::backup(job, context).await,
        }
    }
}

impl ProvisionStep {
    /// The acts that this step may have begun on the server, by their names.
    fn parts(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Reach | Kind::Preflight | Kind::Records | Kind::Snapshot => &[],
            Kind::Admin => &["k", "s"],
            Kind::RootLogin => &["r", "u"],
            Kind::Permissions => &["h", "f"],
            Kind::SshPort => &["o", "p"],
            Kind::MailPorts => &["25", "587", "993"],
            _ => &[""],
        }
    }

    /// What shows that the step is done; `finished` is an act of it that an earlier life of the program had begun.
    async fn seen(
        &self,
        context: &Context,
        finished: Option<&Finished>,
    ) -> Done<Option<Observation>> {
        let job = &self.job;
        match self.kind {
            // Looking costs little and is done anew.
            Kind::Reach | Kind::Preflight | Kind::Records | Kind::Snapshot => Ok(None),
            Kind::Key => ground::key_seen(job).await,
            Kind::Prepare => ground::prepare_seen(job, finished).await,
            Kind::Install => ground::install_seen(job, finished).await,
            Kind::Postinstall => entry::postinstall_seen(job).await,
            Kind::Admin => entry::admin_seen(job).await,
            Kind::RootLogin => entry::root_login_seen(job).await,
            Kind::Permissions => entry::permissions_seen(job).await,
            Kind::SshPort => moved::ssh_port_seen(job).await,
            Kind::Diagnosis => finishing::diagnosis_seen(job, finished).await,
            Kind::Certificate => finishing::certificate_seen(job, finished).await,
            Kind::MailPorts => finishing::mail_ports_seen(job).await,
            Kind::NeverBanned => finishing::never_banned_seen(job).await,
            Kind::Api => finishing::api_seen(job).await,
            Kind::Upgrades => finishing::upgrades_seen(job).await,
            Kind::Backup => finishing::backup_seen(job, context).await,
        }
    }

    /// Work that ended without a word (a restart, a kill). The state of the machine decides; what is not there may be
    /// done anew, but for the post-installation, which cannot be resumed (rule 12).
    async fn after_loss(
        &self,
        context: &Context,
        part: &str,
        lost: Problem,
    ) -> Result<Probe, StepError> {
        if let Some(seen) = self.seen(context, None).await? {
            return Ok(Probe::Done(seen));
        }
        if self.kind == Kind::Postinstall {
            return Ok(Probe::Failed(entry::cut_postinstallation()));
        }
        self.job.forget(context, part).await;
        context.trace(
            towerify_domain::run::Sign::Warning,
            self.job.reach.say(&lost.words),
        );
        Ok(Probe::NotDone)
    }
}

/// The step that reaches a server, for other plans.
pub(super) fn reach_step(job: Job) -> Box<dyn Step> {
    Box::new(ProvisionStep {
        kind: Kind::Reach,
        job,
    })
}

/// An observation in words, with data.
fn observed(en: impl Into<String>, fr: impl Into<String>, data: serde_json::Value) -> Observation {
    Observation::with(Words::new(en, fr), data)
}
