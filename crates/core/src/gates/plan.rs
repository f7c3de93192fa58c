//! The steps of putting gates on a server, and of taking them away. Doing one twice does no harm: what is there already in
//! the same form stays.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use towerify_domain::{
    Words,
    id::{AccountId, ServerId},
    run::Sign,
};
use towerify_driver::{PROGRAM, gate};
use towerify_machine::{
    Task,
    gate::{PutGate, RemoveGate},
};
use towerify_runs::{Context, Observation, Plan, Probe, Retry, Step, StepError};
use towerify_store::{GateAccess, Server};
use towerify_yunohost::{
    apps::ListApps,
    domains::ListDomains,
    gate::{GatePolicy, Holding},
    groups::ListGroups,
    users::ListUsers,
};

use crate::{
    AppError, Result, Topic,
    clock::now,
    runs::{Asked, Detached, End, Finished, ReachServer, failed, way},
    workspace::Reach,
};

/// Whose gate a step is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) system_user: String,
}

/// What a run of gates keeps, to be built again from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum Input {
    /// Gates are put there, or brought up to date.
    Put { holders: Vec<Holder> },
    /// Gates are taken away.
    Take { holders: Vec<Holder> },
}

/// The plan of a run of gates.
pub(crate) fn plan_of(reach: &Reach, server: &Server, input: Input) -> Plan {
    let name = &server.name;
    let (title, holders, put) = match input {
        Input::Put { holders } => {
            let title = Words::new(
                format!("Put entries on {name}"),
                format!("Poser des entrées sur {name}"),
            );
            (title, holders, true)
        }
        Input::Take { holders } => {
            let title = Words::new(
                format!("Take entries from {name}"),
                format!("Retirer des entrées de {name}"),
            );
            (title, holders, false)
        }
    };
    let mut plan = Plan::new(title)
        .told_in(reach.language())
        .then(ReachServer {
            reach: reach.clone(),
            server: server.id,
        });
    for holder in holders {
        plan = plan.then(GateStep {
            name: format!("gate {}", holder.system_user),
            reach: reach.clone(),
            server: server.id,
            holder,
            put,
        });
    }
    plan
}

/// One gate, put there or taken away.
struct GateStep {
    name: String,
    reach: Reach,
    server: ServerId,
    holder: Holder,
    put: bool,
}

#[async_trait]
impl Step for GateStep {
    fn name(&self) -> &str {
        &self.name
    }

    fn intent(&self) -> Words {
        let who = &self.holder.name;
        match self.put {
            true => Words::new(
                format!("Give {who} an entry"),
                format!("Donner une entrée à {who}"),
            ),
            false => Words::new(
                format!("Take {who}’s entry away"),
                format!("Retirer l’entrée de {who}"),
            ),
        }
    }

    fn time_out(&self) -> Duration {
        Duration::from_secs(10 * 60)
    }

    fn retry(&self) -> Retry {
        Retry {
            times: 2,
            wait: Duration::from_secs(2),
        }
    }

    async fn probe(&self, context: &Context) -> std::result::Result<Probe, StepError> {
        // What an earlier life of the program began is followed to its end; what is written here is written again.
        match self.detached(context).follow(context, None).await {
            Ok(finished) => self.noted(&finished).await.map(Probe::Done),
            Err(End::NeverBegun | End::Lost(_)) => Ok(Probe::NotDone),
            Err(End::Refused { problem, .. }) => Ok(Probe::Failed(problem)),
            Err(end @ End::Failed(_)) => Err(end.of_act()),
        }
    }

    async fn act(&self, context: &Context) -> std::result::Result<Observation, StepError> {
        let asked = match self.put {
            true => Asked::task(self.gate().await.map_err(|error| failed(&error))?),
            false => Asked::task(RemoveGate {
                account: self.holder.system_user.clone(),
            }),
        };
        context.trace(
            Sign::Ask,
            &format!(
                "{} {}",
                if self.put { "put_gate" } else { "remove_gate" },
                self.holder.system_user
            ),
        );
        let finished = self.detached(context).follow(context, Some(&asked)).await;
        self.noted(&finished.map_err(End::of_act)?).await
    }
}

impl GateStep {
    fn detached(&self, context: &Context) -> Detached<'_> {
        Detached {
            reach: &self.reach,
            server: self.server,
            key: context.key(),
        }
    }

    /// The gate as it is to be: the key that was made for it, and a policy over what is the customer's at this moment.
    async fn gate(&self) -> Result<PutGate> {
        let access = self
            .access()
            .await?
            .ok_or_else(|| AppError::not_found("entry"))?;
        let (server, driver) = way(&self.reach, self.server).await?;
        let normal = ListGroups { primary: false };
        let (domains, users, groups, apps) = tokio::try_join!(
            driver.read(&ListDomains),
            driver.read(&ListUsers),
            driver.read(&normal),
            driver.read(&ListApps),
        )
        .map_err(AppError::from)?;
        let holding = Holding::of_whole_server(&domains, &users, &groups, &apps);
        let customer = server.customer.as_deref().unwrap_or_default();
        let policy = json!(GatePolicy::new(&self.holder.system_user, customer, holding));
        let put = PutGate {
            account: access.system_user.clone(),
            key: access.public.clone(),
            policy: policy.clone(),
            program: gate::program().to_owned(),
            driver: PROGRAM.to_owned(),
            version: gate::version().to_owned(),
        };
        // Before it is there: what is written down may be more than what is there, never less.
        self.reach
            .store
            .gate_accesses()
            .put(&GateAccess { policy, ..access })
            .await?;
        Ok(put)
    }

    async fn access(&self) -> Result<Option<GateAccess>> {
        let gates = self.reach.store.gate_accesses();
        Ok(gates.get(self.server, self.holder.account).await?)
    }

    /// Writes down what has become of it.
    async fn noted(&self, finished: &Finished) -> std::result::Result<Observation, StepError> {
        let noted = match self.put {
            true => self.put_there(finished).await,
            false => self.taken_away().await,
        };
        self.reach
            .events
            .changed([Topic::Gates, Topic::Server { id: self.server }]);
        noted.map_err(|error| failed(&error))
    }

    async fn put_there(&self, finished: &Finished) -> Result<Observation> {
        let put = PutGate::parse(finished.result.clone())
            .map_err(|error| AppError::new(crate::Code::Nonsense, error.to_string()))?;
        if let Some(access) = self.access().await? {
            let access = GateAccess {
                installed_at: access.installed_at.or_else(|| Some(now())),
                version: Some(put.version.clone()),
                ..access
            };
            self.reach.store.gate_accesses().put(&access).await?;
        }
        let account = &self.holder.system_user;
        Ok(Observation::said(Words::new(
            format!("{account}, version {}", put.version),
            format!("{account}, version {}", put.version),
        )))
    }

    async fn taken_away(&self) -> Result<Observation> {
        self.reach
            .store
            .gate_accesses()
            .remove(self.server, self.holder.account)
            .await?;
        Ok(Observation::said(Words::new(
            "The entry is gone: its key opens nothing any more",
            "L’entrée n’est plus : sa clé n’ouvre plus rien",
        )))
    }
}
