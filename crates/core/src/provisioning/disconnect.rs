//! Taking a server out: what we put there is put back as it was, each thing a step, the way in last. The instance goes
//! on serving.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::json;
use towerify_domain::{
    Permit, Words,
    id::{RunId, ServerId},
    policy::may,
    provisioning::Choices,
    run::RunKind,
};
use towerify_machine::{
    bans::AllowAgain,
    certificate::RestoreCertificate,
    gate::RemoveGate,
    keys::RemoveKey,
    services::{Api, UnattendedUpgrades},
    traces::RemoveTraces,
};
use towerify_runs::{Context, Observation, Plan, Probe, Retry, Step, StepError};
use towerify_store::Server;

use crate::{
    Actor, AppError, Code, Result, Workspace,
    clock::new_id,
    connections::kind,
    gates,
    provisioning::{
        actions::{has, open, open_among, set, setting_is, shut, take},
        former::{Former, all},
        job::{Done, Job},
        plan::{Input, plan_of, wrapped},
        steps::{Move, move_ssh, reach_step},
        view::Removal,
    },
    runs::{Asked, Begun, End, Wanted, begin_plan, failed},
    servers::server_of,
    workspace::Reach,
};

/// What "disconnect" would do, in order.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn disconnect_plan(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
) -> Result<Vec<Removal>> {
    let permit = Permit::<may::ProvisionServer>::ask(actor)?;
    let server = server_of(workspace, &permit, server).await?;
    let formers = all(workspace.reach(&permit), server.id).await?;
    let mut removals: Vec<Removal> = Vec::new();
    let gates = gates::holders(workspace.store(&permit), server.id).await?;
    for undo in undos(formers, gates) {
        removals.push(Removal {
            name: undo.name(),
            words: undo.words(),
            former: undo.shown(),
        });
    }
    Ok(removals)
}

/// Begins to take what we put on a server away again.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Busy`] while a run is at work on it.
pub async fn disconnect(workspace: &Workspace, actor: &Actor, server: ServerId) -> Result<Begun> {
    let permit = Permit::<may::ProvisionServer>::ask(actor)?;
    let server = server_of(workspace, &permit, server).await?;
    if server.run_id.is_some() {
        return Err(
            AppError::new(Code::Busy, format!("A run is at work on {}.", server.name))
                .hint("Wait for its end, or cancel it."),
        );
    }
    let reach = workspace.reach(&permit);
    let input = Input::Disconnect {
        formers: all(reach, server.id).await?,
        gates: gates::holders(&reach.store, server.id).await?,
    };
    let run = RunId::from_uuid(new_id());
    let wanted = Wanted {
        run,
        kind: RunKind::ServerDisconnect,
        input: json!(&input),
        secret: None,
        batch: None,
    };
    let plan = plan_of(reach, run, &server, input);
    begin_plan(workspace, &permit, &server, wanted, plan).await
}

/// One thing that is taken away or put back.
#[derive(Clone, Debug)]
enum Undo {
    Former(Former),
    /// A restricted administrator's entry.
    Gate(gates::Holder),
    /// What nobody wrote down: our folders and notes.
    Traces,
}

impl Undo {
    fn name(&self) -> String {
        match self {
            Self::Former(former) => former.name(),
            Self::Gate(gate) => format!("gate {}", gate.system_user),
            Self::Traces => "traces".into(),
        }
    }

    fn words(&self) -> Words {
        match self {
            Self::Former(former) => former.undoing(),
            Self::Gate(gate) => Words::new(
                format!("Take {}’s entry away", gate.name),
                format!("Retirer l’entrée de {}", gate.name),
            ),
            Self::Traces => Words::new(
                "Remove our files and notes from the server",
                "Retirer nos fichiers et nos notes du serveur",
            ),
        }
    }

    fn shown(&self) -> Option<String> {
        match self {
            Self::Former(former) => former.shown(),
            Self::Gate(_) | Self::Traces => None,
        }
    }
}

/// Everything, in order: our keys go last, since nothing can be done after them.
fn undos(formers: Vec<Former>, gates: Vec<gates::Holder>) -> Vec<Undo> {
    let (keys, others): (Vec<Former>, Vec<Former>) = formers
        .into_iter()
        .partition(|former| matches!(former, Former::Key { .. }));
    let mut all: Vec<Undo> = gates.into_iter().map(Undo::Gate).collect();
    all.extend(others.into_iter().map(Undo::Former));
    all.push(Undo::Traces);
    all.extend(keys.into_iter().map(Undo::Former));
    all
}

/// The plan of a disconnection.
pub(super) fn plan_for(
    reach: &Reach,
    run: RunId,
    server: &Server,
    formers: Vec<Former>,
    gates: Vec<gates::Holder>,
) -> Plan {
    let title = Words::new(
        format!("Disconnect {}", server.name),
        format!("Déconnecter {}", server.name),
    );
    let domain = formers.iter().find_map(|former| match former {
        Former::Certificate { domain, .. } => Some(domain.clone()),
        _ => None,
    });
    let job = Job {
        reach: reach.clone(),
        server: server.id,
        run,
        choices: Arc::new(Choices {
            domain: domain
                .or_else(|| server.main_domain.clone())
                .unwrap_or_default(),
            ..Choices::default()
        }),
    };
    let mut plan = Plan::new(title).told_in(reach.language());
    plan.steps.push(wrapped(reach_step(job.clone())));
    for undo in undos(formers, gates) {
        plan.steps.push(wrapped(Box::new(PutBack {
            name: undo.name(),
            undo,
            job: job.clone(),
        })));
    }
    plan
}

/// One step of a disconnection.
struct PutBack {
    name: String,
    undo: Undo,
    job: Job,
}

#[async_trait]
impl Step for PutBack {
    fn name(&self) -> &str {
        &self.name
    }

    fn intent(&self) -> Words {
        self.undo.words()
    }

    fn time_out(&self) -> Duration {
        Duration::from_secs(30 * 60)
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

    async fn probe(&self, context: &Context) -> std::result::Result<Probe, StepError> {
        if context.resumed() {
            for part in ["", "o", "p"] {
                match self.job.begun(context, part).await {
                    Ok(_) | Err(End::NeverBegun | End::Lost(_)) => {}
                    Err(End::Refused { problem, .. }) => {
                        let there = self.is_back().await?;
                        return Ok(match there {
                            true => Probe::Done(back()),
                            false => Probe::Failed(problem),
                        });
                    }
                    Err(End::Failed(error)) => return Err(failed(&error)),
                }
            }
        }
        if !self.is_back().await? {
            return Ok(Probe::NotDone);
        }
        self.written_off().await?;
        Ok(Probe::Done(back()))
    }

    async fn act(&self, context: &Context) -> std::result::Result<Observation, StepError> {
        self.put_back(context).await?;
        self.written_off().await?;
        Ok(back())
    }
}

fn back() -> Observation {
    Observation::said(Words::new("It is as it was", "C’est comme avant"))
}

impl PutBack {
    /// It is as it was.
    async fn is_back(&self) -> Done<bool> {
        let job = &self.job;
        let Undo::Former(former) = &self.undo else {
            return Ok(false);
        };
        Ok(match former {
            Former::NeverBanned { addresses } => job.state(&[]).await?.never_banned == *addresses,
            Former::Port { port, .. } => !open_among(job, &[*port]).await?.is_empty(),
            Former::PortOpened { port } => open_among(job, &[*port]).await?.is_empty(),
            Former::Api { on } => job.state(&[]).await?.api.enabled == *on,
            Former::UnattendedUpgrades { on } => job.state(&[]).await?.unattended_upgrades == *on,
            Former::Certificate { domain, target, .. } => job
                .state(&[])
                .await?
                .certificates
                .iter()
                .any(|link| link.domain == *domain && link.target.as_ref() == Some(target)),
            Former::SshPort { was, reached, .. } => {
                let row = job.row().await?;
                job.state(&[]).await?.sshd.ports.contains(was) && row.port == *reached
            }
            Former::Permission { permission, user } => !has(job, permission, user).await?,
            Former::Setting { key, value } => setting_is(job, key, value).await?,
            Former::Key { user, line } => !job.account(user).await?.keys.contains(line),
        })
    }

    async fn put_back(&self, context: &Context) -> Done<()> {
        let job = &self.job;
        let asked = match &self.undo {
            Undo::Gate(gate) => Asked::task(RemoveGate {
                account: gate.system_user.clone(),
            }),
            Undo::Traces => Asked::task(RemoveTraces {}),
            Undo::Former(former) => match former {
                Former::NeverBanned { addresses } => Asked::task(AllowAgain {
                    former: addresses.clone(),
                }),
                Former::Port {
                    port,
                    upnp,
                    comment,
                } => open(job.release().await?, *port, *upnp, comment)?,
                Former::PortOpened { port } => shut(job.release().await?, *port),
                Former::Api { on } => Asked::task(Api { on: *on }),
                Former::UnattendedUpgrades { on } => Asked::task(UnattendedUpgrades { on: *on }),
                Former::Certificate { domain, target, .. } => {
                    let now = job.state(&[]).await?.certificates;
                    let ours = now
                        .into_iter()
                        .find(|link| link.domain == *domain)
                        .and_then(|link| link.target)
                        .filter(|target| target.contains("-custom"));
                    Asked::task(RestoreCertificate {
                        domain: domain.clone(),
                        target: target.clone(),
                        remove: ours,
                    })
                }
                Former::SshPort { was, reached, .. } => {
                    let back = Move {
                        to: *was,
                        by: *reached,
                        record: false,
                    };
                    return move_ssh(job, context, back).await;
                }
                Former::Permission { permission, user } => take(permission, user)?,
                Former::Setting { key, value } => set(key, value)?,
                Former::Key { user, line } => Asked::task(RemoveKey {
                    user: user.clone(),
                    line: line.clone(),
                }),
            },
        };
        job.change(context, "", asked).await?;
        // Nobody comes back to ask how this ended: the notes of it go at once.
        job.forget(context, "").await;
        Ok(())
    }

    /// It is written down no longer; and without our key, one logs in as people do.
    async fn written_off(&self) -> Done<()> {
        let job = &self.job;
        if let Undo::Gate(gate) = &self.undo {
            let gates = job.reach.store.gate_accesses();
            let gone = gates.remove(job.server, gate.account).await;
            return gone.map_err(|error| failed(&error.into()));
        }
        let former = job.reach.store.former_values();
        former
            .forget(job.server, &self.name)
            .await
            .map_err(|error| failed(&error.into()))?;
        let Undo::Former(Former::Key { user, .. }) = &self.undo else {
            return Ok(());
        };
        let row = job.row().await?;
        if row.user != *user {
            return Ok(());
        }
        let mut keep = Vec::new();
        if let Some(password) = job.secret(kind::ADMIN_PASSWORD).await? {
            keep.push(job.sealed(kind::PASSWORD, None, &password)?);
        }
        job.reach
            .store
            .credentials()
            .exchange(job.server, &keep, &[kind::KEY])
            .await
            .map_err(|error| failed(&error.into()))?;
        job.log_in_as(user, row.port, "password", "password")
            .await?;
        job.reach.connections.hang_up(job.server).await;
        Ok(())
    }
}
