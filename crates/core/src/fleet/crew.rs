//! One server's part of a fleet run, and the book in which all of it is kept. A part is an ordinary run of that server,
//! whose id is drawn and written down before it begins: after a crash, a run that is named and unknown was never begun.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use serde_json::json;
use towerify_domain::{
    Permit, Words,
    fleet::{FleetState, MemberState},
    id::{FleetId, RunId},
    policy::may,
    run::RunState,
};
use towerify_runs::{Crew, FleetStanding, JournalError, Observation, Turn};
use towerify_store::{FleetMember, FleetRun, NewFleetRun, Run, Server, Store};

use crate::{
    AppError, Code, Result, Topic, Workspace,
    clock::{new_id, now},
    fleet::{
        FleetOrder, change,
        list::order_of,
        look::{Found, look},
    },
    runs::{self, Needed, Wanted, error_words},
};

/// The crew of a workspace's fleet runs.
pub(crate) struct ServerCrew(Weak<Workspace>);

/// What a part needs at hand.
struct Desk {
    workspace: Arc<Workspace>,
    permit: Permit<may::RunFleet>,
}

impl ServerCrew {
    pub(crate) fn new(workspace: Weak<Workspace>) -> Self {
        Self(workspace)
    }

    fn desk(&self) -> Result<Desk> {
        let gone = || AppError::new(Code::Locked, "The workspace was closed meanwhile.");
        let workspace = self.0.upgrade().ok_or_else(gone)?;
        let permit = Permit::ask(workspace.actor())?;
        Ok(Desk { workspace, permit })
    }
}

fn failed(error: impl Into<AppError>) -> JournalError {
    JournalError::new(error.into())
}

#[async_trait]
impl Crew for ServerCrew {
    async fn standing(
        &self,
        fleet: FleetId,
    ) -> std::result::Result<Option<FleetStanding>, JournalError> {
        let desk = self.desk().map_err(failed)?;
        let Some(run) = desk.store().fleet_runs().get(fleet).await.map_err(failed)? else {
            return Ok(None);
        };
        let order = order_of(&run).map_err(failed)?;
        let members = desk.store().fleet_members().of(fleet).await;
        Ok(Some(FleetStanding {
            state: run.state,
            left_as: run.left_as,
            rule: order.stop,
            at_once: order.at_once(),
            turns: members
                .map_err(failed)?
                .into_iter()
                .map(|member| Turn {
                    n: member.n,
                    wave: member.wave,
                    state: member.state,
                    excused: member.excused,
                })
                .collect(),
        }))
    }

    async fn turn(&self, fleet: FleetId, n: u32) -> std::result::Result<MemberState, JournalError> {
        let desk = self.desk().map_err(failed)?;
        Box::pin(desk.turn(fleet, n)).await.map_err(failed)
    }

    async fn broke(
        &self,
        fleet: FleetId,
        n: u32,
    ) -> std::result::Result<MemberState, JournalError> {
        let desk = self.desk().map_err(failed)?;
        let member = desk.member(fleet, n).await.map_err(failed)?;
        let words = Words::new(
            "A defect of this program stopped it.",
            "Un défaut de ce programme l’a arrêté.",
        );
        let end = End {
            state: MemberState::Unknown,
            run: member.run,
            words: Some(words),
        };
        desk.end(fleet, n, end).await.map_err(failed)
    }

    async fn fleet_is(
        &self,
        fleet: FleetId,
        state: FleetState,
        because: Option<Words>,
    ) -> std::result::Result<(), JournalError> {
        let desk = self.desk().map_err(failed)?;
        let runs = desk.store().fleet_runs();
        runs.set_state(fleet, state, because.as_ref(), now())
            .await
            .map_err(failed)?;
        desk.tell(fleet);
        Ok(())
    }

    async fn goes_on(&self, fleet: FleetId) -> std::result::Result<(), JournalError> {
        let desk = self.desk().map_err(failed)?;
        let runs = desk.store().fleet_runs();
        runs.go_on(fleet).await.map_err(failed)?;
        desk.tell(fleet);
        Ok(())
    }

    async fn retries(&self, fleet: FleetId) -> std::result::Result<u32, JournalError> {
        let desk = self.desk().map_err(failed)?;
        let runs = desk.store().fleet_runs();
        let again = runs.retry_failed(fleet).await.map_err(failed)?;
        desk.tell(fleet);
        Ok(u32::try_from(again).unwrap_or(u32::MAX))
    }
}

/// How a part ended.
struct End {
    state: MemberState,
    run: Option<RunId>,
    words: Option<Words>,
}

/// How a part is taken up.
enum Way {
    /// Its run is begun under this id.
    Begin(RunId),
    /// Its run came to a halt, and is taken up from there.
    Again(RunId),
    /// Its run is at work, or over: what became of it counts.
    Follow(RunId),
}

impl Desk {
    fn store(&self) -> &Store {
        self.workspace.store(&self.permit)
    }

    fn tell(&self, fleet: FleetId) {
        self.workspace
            .events()
            .changed([Topic::Fleets, Topic::Fleet { id: fleet }]);
    }

    async fn member(&self, fleet: FleetId, n: u32) -> Result<FleetMember> {
        let member = self.store().fleet_members().get(fleet, n).await?;
        member.ok_or_else(|| AppError::not_found("server of this fleet run"))
    }

    async fn fleet(&self, fleet: FleetId) -> Result<FleetRun> {
        let run = self.store().fleet_runs().get(fleet).await?;
        run.ok_or_else(|| AppError::not_found("fleet run"))
    }

    async fn end(&self, fleet: FleetId, n: u32, end: End) -> Result<MemberState> {
        self.store()
            .fleet_members()
            .ends(fleet, n, end.state, end.run, end.words.as_ref(), now())
            .await?;
        self.tell(fleet);
        Ok(end.state)
    }

    async fn turn(&self, fleet: FleetId, n: u32) -> Result<MemberState> {
        let member = self.member(fleet, n).await?;
        if member.state.is_over() {
            return Ok(member.state);
        }
        let run = self.fleet(fleet).await?;
        let order = order_of(&run)?;
        let server = match member.server {
            Some(id) => self.store().servers().get(id).await?,
            None => None,
        };
        let Some(server) = server else {
            let words = Words::new(
                "This server is not in the fleet any more.",
                "Ce serveur n’est plus dans le parc.",
            );
            let end = End {
                state: MemberState::Failed,
                run: member.run,
                words: Some(words),
            };
            return self.end(fleet, n, end).await;
        };
        let connections = self.workspace.connections(&self.permit);
        // One in flight when the program ended was taken up before this, over a connection of its own.
        let was_open = member.state == MemberState::Waiting && connections.is_open(server.id).await;
        let end = if run.dry {
            self.look_only(fleet, n, &server, &order).await
        } else {
            Box::pin(self.change(fleet, &member, &server, &order)).await
        };
        if !was_open {
            // So that at no time more are open than servers are at work.
            connections.hang_up(server.id).await;
        }
        self.end(fleet, n, end?).await
    }

    /// A dry run's part: nothing is changed, neither there nor in what is known of the server.
    async fn look_only(
        &self,
        fleet: FleetId,
        n: u32,
        server: &Server,
        order: &FleetOrder,
    ) -> Result<End> {
        self.store()
            .fleet_members()
            .begins(fleet, n, None, now())
            .await?;
        self.tell(fleet);
        let reach = self.workspace.reach(&self.permit);
        let (state, words) = match look(reach, server, &order.change).await {
            Ok(looked) => {
                let state = match looked.found {
                    Found::Would => MemberState::Done,
                    Found::Nothing => MemberState::Nothing,
                    Found::Cannot => MemberState::Failed,
                };
                (state, looked.words)
            }
            Err(error) => (MemberState::Failed, error_words(&error)),
        };
        Ok(End {
            state,
            run: None,
            words: Some(words),
        })
    }

    /// A part that changes its server, from where it stands to its end.
    async fn change(
        &self,
        fleet: FleetId,
        member: &FleetMember,
        server: &Server,
        order: &FleetOrder,
    ) -> Result<End> {
        let members = self.store().fleet_members();
        let way = self.way(member).await?;
        let (Way::Begin(run) | Way::Again(run) | Way::Follow(run)) = way;
        if member.state == MemberState::Waiting {
            members.begins(fleet, member.n, Some(run), now()).await?;
            self.tell(fleet);
        }
        let failed = |error: &AppError| End {
            state: MemberState::Failed,
            run: None,
            words: Some(error_words(error)),
        };
        match way {
            Way::Follow(_) => {}
            Way::Begin(_) => {
                let reach = self.workspace.reach(&self.permit);
                if order.change.may_be_done()
                    && let Ok(looked) = look(reach, server, &order.change).await
                    && looked.found == Found::Nothing
                {
                    return Ok(End {
                        state: MemberState::Nothing,
                        run: None,
                        words: Some(looked.words),
                    });
                }
                if self.fleet(fleet).await?.state == FleetState::Cancelled {
                    return Ok(End {
                        state: MemberState::Left,
                        run: None,
                        words: None,
                    });
                }
                if let Err(error) = Box::pin(self.begin(fleet, run, server, order)).await {
                    return Ok(failed(&error));
                }
                members.begun(fleet, member.n, run).await?;
            }
            Way::Again(_) => {
                let actor = self.workspace.actor();
                match Box::pin(runs::retry(&self.workspace, actor, run)).await {
                    Ok(begun) => {
                        members.begun(fleet, member.n, begun.run).await?;
                        return self.follow(fleet, begun.run).await;
                    }
                    Err(error) => {
                        return Ok(End {
                            run: Some(run),
                            ..failed(&error)
                        });
                    }
                }
            }
        }
        self.follow(fleet, run).await
    }

    async fn way(&self, member: &FleetMember) -> Result<Way> {
        let Some(id) = member.run else {
            return Ok(Way::Begin(RunId::from_uuid(new_id())));
        };
        let Some(run) = self.store().runs().get(id).await? else {
            return Ok(Way::Begin(id));
        };
        let again = match member.state {
            // Its turn came again.
            MemberState::Waiting => true,
            // Cut off between "it is tried again" and doing so.
            _ => member.tries > 1 && !member.begun,
        };
        let halted = run.state.is_over() && run.state != RunState::Done;
        Ok(match again && halted {
            true => Way::Again(id),
            false => Way::Follow(id),
        })
    }

    async fn begin(
        &self,
        fleet: FleetId,
        run: RunId,
        server: &Server,
        order: &FleetOrder,
    ) -> Result<()> {
        let reach = self.workspace.reach(&self.permit);
        let change = change::on_server(&order.change, server)?;
        let secret = match order.change.needs_password() {
            false => None,
            true => {
                let sealed = self.store().fleet_runs().secret(fleet).await?;
                let sealed = sealed.ok_or_else(|| {
                    AppError::new(
                        Code::InvalidFields,
                        "The password that this needs is not kept any more.",
                    )
                })?;
                let place = NewFleetRun::place(fleet);
                Some(Needed::from(reach.sealer.open_text(place, &sealed)?))
            }
        };
        let wanted = Wanted {
            run,
            kind: change.kind(),
            input: json!(change),
            secret,
            batch: Some(fleet.uuid()),
        };
        let plan = runs::of_change(reach, run, server, change);
        runs::begin_plan(&self.workspace, &self.permit, server, wanted, plan).await?;
        Ok(())
    }

    async fn follow(&self, fleet: FleetId, run: RunId) -> Result<End> {
        let actor = self.workspace.actor();
        if self.fleet(fleet).await?.state == FleetState::Cancelled {
            // It was cancelled while this began; one that is over needs nothing.
            let _ = runs::cancel(&self.workspace, actor, run).await;
        }
        let state = runs::wait(&self.workspace, actor, run).await?;
        let known = self.store().runs().get(run).await?;
        let words = match &known {
            Some(known) => self.words(known).await?,
            None => None,
        };
        let said = |en: &str, fr: &str| Some(Words::new(en, fr));
        let (state, words) = match state {
            RunState::Done => (MemberState::Done, words),
            RunState::Failed => (MemberState::Failed, words),
            RunState::Unknown => (MemberState::Unknown, words),
            RunState::Paused => (
                MemberState::Cancelled,
                said(
                    "A person paused it: it goes on from its own page.",
                    "Quelqu’un l’a mise en pause : elle continue depuis sa propre page.",
                ),
            ),
            RunState::Cancelled | RunState::Undone => (
                MemberState::Cancelled,
                said("A person cancelled it.", "Quelqu’un l’a annulée."),
            ),
            RunState::Waiting | RunState::Running | RunState::Undoing => (
                MemberState::Unknown,
                said(
                    "It could not be taken up again.",
                    "Elle n’a pas pu être reprise.",
                ),
            ),
        };
        Ok(End {
            state,
            run: Some(run),
            words,
        })
    }

    /// Why a run failed, or what was seen when its change was done.
    async fn words(&self, run: &Run) -> Result<Option<Words>> {
        if let Some(kept) = &run.error_message {
            let words = serde_json::from_str(kept);
            return Ok(Some(words.unwrap_or_else(|_| Words::same(kept))));
        }
        let steps = self.store().run_steps().of(run.id).await?;
        let step = steps.iter().find(|step| step.name == "change");
        let seen = step
            .or(steps.last())
            .and_then(|step| step.observation.clone());
        Ok(seen
            .and_then(|seen| serde_json::from_value::<Observation>(seen).ok())
            .map(|seen| seen.words))
    }
}
