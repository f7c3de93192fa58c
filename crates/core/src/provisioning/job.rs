//! What every step of a provisioning works with: the server, the choices, asking it, changing it once.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use secrecy::SecretString;
use towerify_domain::{
    Words,
    id::{RunId, SecretId, ServerId},
    provisioning::Choices,
    run::Sign,
};
use towerify_driver::{Driver, DriverError};
use towerify_machine::{
    refusal,
    state::{Account, AskState, State},
};
use towerify_runs::{Context, Problem, StepError};
use towerify_ssh::PrivateKey;
use towerify_store::{Credential, Server, ServerEdit};
use towerify_yunohost::{Action, Release};

use crate::{
    AppError, Code, Result as Answer,
    clock::{new_id, now},
    connections::{kind, private_key},
    provisioning::former::{self, Former},
    runs::{Asked, Detached, End, Finished, error_words, failed, way},
    workspace::Reach,
};

/// What a step gives.
pub(super) type Done<T> = Result<T, StepError>;

/// How often a question is asked again over a line that breaks, and the first wait; it doubles.
const ASKED_AGAIN: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// How often something was asked.
struct Tries {
    made: u32,
    wait: Duration,
}

impl Default for Tries {
    fn default() -> Self {
        Self {
            made: 0,
            wait: FIRST_WAIT,
        }
    }
}

impl Tries {
    /// Waits, where the trouble may be the line's; the error otherwise, and after too many tries.
    async fn again(&mut self, error: AppError) -> Done<()> {
        let passing = matches!(
            error.code,
            // A conversation that is cut as it begins makes no sense either.
            Code::TimedOut | Code::ConnectionCut | Code::ConnectionRefused | Code::Nonsense
        );
        self.made += 1;
        if !passing || self.made > ASKED_AGAIN {
            return Err(failed(&error));
        }
        tokio::time::sleep(self.wait).await;
        self.wait *= 2;
        Ok(())
    }
}

/// One provisioning (or disconnection) at work on one server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Job {
    pub(super) reach: Reach,
    pub(super) server: ServerId,
    pub(super) run: RunId,
    pub(super) choices: Arc<Choices>,
}

impl Job {
    /// The server as the workspace has it, and the conversation with it.
    pub(super) async fn way(&self) -> Done<(Server, Driver)> {
        way(&self.reach, self.server)
            .await
            .map_err(|error| failed(&error))
    }

    /// The server as the workspace has it.
    pub(super) async fn row(&self) -> Done<Server> {
        let row = self.reach.store.servers().get(self.server).await;
        row.map_err(AppError::from)
            .and_then(|row| row.ok_or_else(|| AppError::not_found("server")))
            .map_err(|error| failed(&error))
    }

    /// Asks something that changes nothing, again where the line breaks.
    pub(super) async fn ask<T>(
        &self,
        question: impl Fn(Driver) -> BoxFuture<'static, Result<T, DriverError>>,
    ) -> Done<T> {
        let mut tries = Tries::default();
        loop {
            let answer = match way(&self.reach, self.server).await {
                Ok((_, driver)) => question(driver)
                    .await
                    .map_err(|error| crate::error_sources::of_driver(&error)),
                Err(error) => Err(error),
            };
            match answer {
                Ok(answer) => return Ok(answer),
                Err(error) => self.again(&mut tries, error).await?,
            }
        }
    }

    /// Proves a way in by a connection of its own, again where the line breaks.
    pub(super) async fn prove(
        &self,
        port: u16,
        user: &str,
        key: &PrivateKey,
        sudo_password: Option<SecretString>,
    ) -> Done<()> {
        let mut tries = Tries::default();
        loop {
            let row = self.row().await?;
            let proof =
                self.reach
                    .connections
                    .prove(&row, port, user, key.clone(), sudo_password.clone());
            match proof.await {
                Ok(()) => return Ok(()),
                // The connection that is kept is not let go: it may be the only one.
                Err(error) => tries.again(error).await?,
            }
        }
    }

    /// After an answer that did not come: waits, with a new line; or gives up.
    async fn again(&self, tries: &mut Tries, error: AppError) -> Done<()> {
        tries.again(error).await?;
        self.reach.connections.hang_up(self.server).await;
        Ok(())
    }

    /// How the machine is now, in what we change.
    pub(super) async fn state(&self, users: &[&str]) -> Done<State> {
        let ask = AskState {
            users: users.iter().map(|user| (*user).to_owned()).collect(),
            domains: vec![self.choices.domain.clone()],
            peer: None,
        };
        self.ask(move |driver| {
            let ask = ask.clone();
            Box::pin(async move { driver.read_task(&ask).await })
        })
        .await
    }

    /// One account of the machine.
    pub(super) async fn account(&self, user: &str) -> Done<Account> {
        let state = self.state(&[user]).await?;
        Ok(state.users.into_iter().next().unwrap_or_default())
    }

    /// Reads what YunoHost says.
    pub(super) async fn read<A>(&self, action: A) -> Done<A::Reply>
    where
        A: Action + Clone + 'static,
    {
        self.ask(move |driver| {
            let action = action.clone();
            Box::pin(async move { driver.read(&action).await })
        })
        .await
    }

    /// YunoHost's release there.
    pub(super) async fn release(&self) -> Done<Release> {
        let facts = self
            .ask(|driver| Box::pin(async move { driver.ask_facts().await }))
            .await?;
        let said = facts.yunohost.unwrap_or_default();
        said.parse()
            .map_err(|_| problem("nonsense", no_release(&said)))
    }

    /// Changes something there: begun once under this step's key (a step of several acts gives each a name), followed
    /// to its end. What is known to pass is forgotten there, so that acting again really acts.
    pub(super) async fn change(
        &self,
        context: &Context,
        part: &str,
        asked: Asked,
    ) -> Done<Finished> {
        context.trace(Sign::Ask, &asked.shown());
        match self
            .detached(context, part)
            .follow(context, Some(&asked))
            .await
        {
            Err(End::Refused { key, problem }) if passes(&key) => {
                self.forget(context, part).await;
                Err(StepError::Passing(problem))
            }
            Err(End::NeverBegun) => {
                self.forget(context, part).await;
                Err(StepError::Passing(problem_of(never_begun())))
            }
            // Nothing was sent: the conversation was cut as it began.
            Err(End::Failed(error)) if error.code == Code::Nonsense => Err(StepError::Passing(
                Problem::new("connection_cut", error_words(&error)),
            )),
            other => other.map_err(End::of_act),
        }
    }

    /// Looks for what an earlier life of the program may have begun, and follows it to its end. None when nothing was.
    pub(super) async fn begun(
        &self,
        context: &Context,
        part: &str,
    ) -> Result<Option<Finished>, End> {
        match self.detached(context, part).follow(context, None).await {
            Ok(finished) => Ok(Some(finished)),
            Err(End::NeverBegun) => Ok(None),
            Err(end) => Err(end),
        }
    }

    /// Has the server forget what it keeps of an act, so that the same key begins anew.
    pub(super) async fn forget(&self, context: &Context, part: &str) {
        if let Ok((_, driver)) = self.way().await {
            let _ = driver.forget(&key(context, part)).await;
        }
    }

    fn detached(&self, context: &Context, part: &str) -> Detached<'_> {
        Detached {
            reach: &self.reach,
            server: self.server,
            key: key(context, part),
        }
    }

    /// Writes down how something was, before it is changed.
    pub(super) async fn record(&self, context: &Context, former: &Former) -> Done<()> {
        former::record(&self.reach, self.server, context, former)
            .await
            .map_err(|error| failed(&error))
    }

    /// What is kept for logging in.
    pub(super) async fn kept(&self) -> Done<Vec<Credential>> {
        let kept = self.reach.store.credentials().of(self.server).await;
        kept.map_err(|error| failed(&error.into()))
    }

    /// A secret that is kept of this server.
    pub(super) async fn secret(&self, kind: &str) -> Done<Option<SecretString>> {
        let kept = self.kept().await?;
        self.reach
            .connections
            .secret(&kept, kind)
            .map_err(|error| failed(&error))
    }

    /// The pair that was made here for this server: its key, and its line on the server.
    pub(super) async fn pair(&self, kind: &str) -> Done<Option<(PrivateKey, String)>> {
        let kept = self.kept().await?;
        let line = kept
            .iter()
            .find(|kept| kept.kind == kind)
            .and_then(|kept| kept.public.clone())
            .filter(|line| line.starts_with("ssh-"));
        let Some(line) = line else { return Ok(None) };
        let key = self.secret(kind).await?;
        key.map(|text| private_key(&text, None).map(|key| (key, line)))
            .transpose()
            .map_err(|error| failed(&error))
    }

    /// A credential of this server, sealed.
    pub(super) fn sealed(
        &self,
        kind: &str,
        public: Option<String>,
        secret: &SecretString,
    ) -> Done<Credential> {
        seal(&self.reach, self.server, kind, public, secret).map_err(|error| failed(&error))
    }

    /// From now on one logs in to this server so.
    pub(super) async fn log_in_as(
        &self,
        user: &str,
        port: u16,
        login: &str,
        sudo: &str,
    ) -> Done<()> {
        let row = self.row().await?;
        let said = ServerEdit {
            name: row.name,
            address: row.address,
            port,
            user: user.to_owned(),
            login: login.to_owned(),
            sudo: sudo.to_owned(),
            jump_server_id: row.jump_server_id,
            main_domain: row.main_domain,
            customer: row.customer,
            tags: row.tags,
        };
        self.reach
            .store
            .servers()
            .update(self.server, &said)
            .await
            .map_err(|error| failed(&error.into()))
    }

    /// Takes a line into the trace, in the reader's language.
    pub(super) fn say(&self, context: &Context, sign: Sign, words: &Words) {
        context.trace(sign, self.reach.say(words));
    }
}

/// A credential, sealed to its place.
pub(super) fn seal(
    reach: &Reach,
    server: ServerId,
    kind: &str,
    public: Option<String>,
    secret: &SecretString,
) -> Answer<Credential> {
    let id = SecretId::from_uuid(new_id());
    Ok(Credential {
        id,
        server_id: server,
        kind: kind.to_owned(),
        public,
        secret: Some(reach.sealer.seal_text(Credential::place(id), secret)?),
        created_at: now(),
    })
}

/// The key of an act of this step.
fn key(context: &Context, part: &str) -> String {
    match part {
        "" => context.key(),
        part => format!("{}x{part}", context.key()),
    }
}

/// Whether a refusal is known to pass by itself.
fn passes(key: &str) -> bool {
    refusal::PASSING.contains(&key) || key == "instance_already_running"
}

/// A failure that acting again would meet again.
pub(super) fn problem(code: &str, words: Words) -> StepError {
    StepError::Failed(Problem::new(code, words))
}

fn problem_of(words: Words) -> Problem {
    Problem::new("connection_cut", words)
}

fn never_begun() -> Words {
    Words::new(
        "The server did not begin it.",
        "Le serveur ne l’a pas commencé.",
    )
}

fn no_release(said: &str) -> Words {
    let said = towerify_domain::text::line(said, 40);
    Words::new(
        format!("Which YunoHost this is can't be told ({said})."),
        format!("On ne sait pas quel YunoHost c’est ({said})."),
    )
}

/// What a finished task answered.
pub(super) fn reply<T: towerify_machine::Task>(finished: &Finished) -> Done<T::Reply> {
    T::parse(finished.result.clone())
        .map_err(|error| problem("nonsense", Words::same(error.to_string())))
}

/// The administrator's own password, and where it is kept.
pub(super) const ADMIN_PASSWORD: &str = kind::ADMIN_PASSWORD;
