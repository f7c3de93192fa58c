//! Logging in on a connection whose host key was accepted: which credential is tried when, and what is said
//! when none is taken. RSA keys sign with SHA-512 or SHA-256, never with SHA-1.

use std::future::Future;
use std::path::Path;

use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Reply};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::{AgentClient, AgentStream};
use russh::keys::{Algorithm, HashAlg, PrivateKeyWithHashAlg};
use russh::{MethodKind, MethodSet};
use secrecy::ExposeSecret;

use crate::dial::Timeouts;
use crate::endpoint::Endpoint;
use crate::error::{CutReason, SshError, Stage};
use crate::gatekeeper::Gatekeeper;
use crate::key::PrivateKey;
use crate::login::{Answer, Asked, Credential, Login, Question};

/// Rounds of questions a server may ask before it is taken for endless.
const MAX_ROUNDS: usize = 10;
/// Keys of an agent that are tried. OpenSSH's server hangs up after six failed attempts (`MaxAuthTries`).
const MAX_AGENT_KEYS: usize = 5;

/// Tries what `login` has until the server is satisfied.
pub(crate) async fn authenticate(
    handle: &mut Handle<Gatekeeper>,
    endpoint: &Endpoint,
    login: &Login,
    timeouts: &Timeouts,
) -> Result<(), SshError> {
    let mut attempt = Attempt {
        handle,
        endpoint,
        user: &login.user,
        timeouts,
        offered: MethodSet::empty(),
        tried: Vec::new(),
    };
    // Asking with nothing tells what is offered (RFC 4252, section 5.2), and costs no attempt.
    if attempt.ask_with_nothing().await? {
        return Ok(());
    }
    let mut waiting: Vec<&Credential> = login.credentials.iter().collect();
    waiting.sort_by_key(|credential| rank(credential));
    // After a partial success the server offers other methods, so that what was left out may now be asked for.
    while let Some(position) = waiting
        .iter()
        .position(|credential| attempt.offered.contains(&method(credential)))
    {
        let credential = waiting.remove(position);
        if attempt.with(credential).await? {
            return Ok(());
        }
    }
    for credential in waiting {
        attempt
            .tried
            .push(format!("{} (not offered)", name(credential)));
    }
    Err(attempt.refused())
}

fn rank(credential: &Credential) -> u8 {
    match credential {
        Credential::Agent(_) => 0,
        Credential::Key(_) => 1,
        Credential::Password(_) => 2,
        Credential::Interactive(_) => 3,
    }
}

fn method(credential: &Credential) -> MethodKind {
    match credential {
        Credential::Agent(_) | Credential::Key(_) => MethodKind::PublicKey,
        Credential::Password(_) => MethodKind::Password,
        Credential::Interactive(_) => MethodKind::KeyboardInteractive,
    }
}

fn name(credential: &Credential) -> String {
    match credential {
        Credential::Agent(_) => "the agent's keys".to_owned(),
        Credential::Key(key) => key.described(),
        Credential::Password(_) => "a password".to_owned(),
        Credential::Interactive(_) => "answers to questions".to_owned(),
    }
}

struct Attempt<'a> {
    handle: &'a mut Handle<Gatekeeper>,
    endpoint: &'a Endpoint,
    user: &'a str,
    timeouts: &'a Timeouts,
    offered: MethodSet,
    tried: Vec<String>,
}

impl Attempt<'_> {
    async fn ask_with_nothing(&mut self) -> Result<bool, SshError> {
        let asked = self.handle.authenticate_none(self.user);
        let result = in_time(self.endpoint, self.timeouts, asked).await?;
        self.take(result)
    }

    /// Tries one credential. `true` once the server is satisfied.
    async fn with(&mut self, credential: &Credential) -> Result<bool, SshError> {
        match credential {
            Credential::Agent(socket) => self.with_agent(socket.as_deref()).await,
            Credential::Key(key) => self.with_key(key).await,
            Credential::Password(password) => {
                self.tried.push(name(credential));
                let asked = self
                    .handle
                    .authenticate_password(self.user, password.expose_secret());
                let result = in_time(self.endpoint, self.timeouts, asked).await?;
                self.take(result)
            }
            Credential::Interactive(answers) => {
                self.tried.push(name(credential));
                self.with_answers(answers.as_ref()).await
            }
        }
    }

    async fn with_key(&mut self, key: &PrivateKey) -> Result<bool, SshError> {
        let hashes = if key.is_rsa() {
            self.rsa_hashes().await?
        } else {
            vec![None]
        };
        if hashes.is_empty() {
            self.tried.push(format!(
                "{} (the server accepts SHA-1 only)",
                key.described()
            ));
            return Ok(false);
        }
        self.tried.push(key.described());
        for hash in hashes {
            let key = PrivateKeyWithHashAlg::new(key.inner().clone(), hash);
            let asked = self.handle.authenticate_publickey(self.user, key);
            let result = in_time(self.endpoint, self.timeouts, asked).await?;
            let partly = matches!(
                &result,
                AuthResult::Failure {
                    partial_success: true,
                    ..
                }
            );
            if self.take(result)? {
                return Ok(true);
            }
            if partly || !self.offered.contains(&MethodKind::PublicKey) {
                break;
            }
        }
        Ok(false)
    }

    async fn with_agent(&mut self, socket: Option<&Path>) -> Result<bool, SshError> {
        let Some(mut agent) = open_agent(socket).await else {
            self.tried.push("the agent (none is running)".to_owned());
            return Ok(false);
        };
        let listing =
            tokio::time::timeout(self.timeouts.authentication, agent.request_identities());
        let Ok(Ok(identities)) = listing.await else {
            self.tried
                .push("the agent (it did not list its keys)".to_owned());
            return Ok(false);
        };
        if identities.is_empty() {
            self.tried.push("the agent (it holds no key)".to_owned());
        }
        for identity in identities.into_iter().take(MAX_AGENT_KEYS) {
            let AgentIdentity::PublicKey { key, .. } = identity else {
                continue;
            };
            let hash = match key.algorithm() {
                Algorithm::Rsa { .. } => match self.rsa_hashes().await?.first() {
                    Some(hash) => *hash,
                    None => continue,
                },
                _ => None,
            };
            self.tried.push(format!(
                "the agent's key {} {}",
                key.algorithm().as_str(),
                key.fingerprint(HashAlg::Sha256)
            ));
            // An agent may ask its owner to confirm: their time is bounded as an attempt's is.
            let asked = self
                .handle
                .authenticate_publickey_with(self.user, key, hash, &mut agent);
            let result = match tokio::time::timeout(self.timeouts.authentication, asked).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) if self.handle.is_closed() => return Err(self.gone()),
                // The agent would not sign with this key; the next may do.
                Ok(Err(_)) => continue,
                Err(_) => return Err(timed_out(self.endpoint, self.timeouts)),
            };
            let partly = matches!(
                &result,
                AuthResult::Failure {
                    partial_success: true,
                    ..
                }
            );
            if self.take(result)? {
                return Ok(true);
            }
            if partly || !self.offered.contains(&MethodKind::PublicKey) {
                break;
            }
        }
        Ok(false)
    }

    async fn with_answers(&mut self, answers: &dyn Answer) -> Result<bool, SshError> {
        let asked = self
            .handle
            .authenticate_keyboard_interactive_start(self.user, None::<String>);
        let mut reply = in_time(self.endpoint, self.timeouts, asked).await?;
        for _ in 0..MAX_ROUNDS {
            match reply {
                Reply::Success => return Ok(true),
                Reply::Failure {
                    remaining_methods,
                    partial_success,
                } => {
                    return self.take(AuthResult::Failure {
                        remaining_methods,
                        partial_success,
                    });
                }
                Reply::InfoRequest {
                    name,
                    instructions,
                    prompts,
                } => {
                    let questions: Vec<Question> = prompts
                        .into_iter()
                        .map(|prompt| Question {
                            text: prompt.prompt,
                            echo: prompt.echo,
                        })
                        .collect();
                    let count = questions.len();
                    let asked = Asked {
                        name,
                        instructions,
                        questions,
                    };
                    let given = answers
                        .answer(&asked)
                        .await
                        .filter(|given| given.len() == count);
                    let responses = match given {
                        Some(given) => given
                            .iter()
                            .map(|one| one.expose_secret().to_owned())
                            .collect(),
                        None => {
                            self.tried
                                .push("the questions were not answered".to_owned());
                            // Empty answers end the round; the server then offers what is left.
                            vec![String::new(); count]
                        }
                    };
                    let sent = self
                        .handle
                        .authenticate_keyboard_interactive_respond(responses);
                    reply = in_time(self.endpoint, self.timeouts, sent).await?;
                }
            }
        }
        self.tried.push("the server asked without end".to_owned());
        Ok(false)
    }

    /// The hashes to sign with under an RSA key, the best first; none when the server takes SHA-1 only.
    async fn rsa_hashes(&mut self) -> Result<Vec<Option<HashAlg>>, SshError> {
        let asked = self.handle.best_supported_rsa_hash();
        Ok(match in_time(self.endpoint, self.timeouts, asked).await? {
            Some(Some(hash)) => vec![Some(hash)],
            Some(None) => Vec::new(),
            // The server does not say (RFC 8308 is optional).
            None => vec![Some(HashAlg::Sha512), Some(HashAlg::Sha256)],
        })
    }

    /// Notes the server's answer. `true` once it is satisfied.
    fn take(&mut self, result: AuthResult) -> Result<bool, SshError> {
        match result {
            AuthResult::Success => Ok(true),
            AuthResult::Failure {
                remaining_methods, ..
            } => {
                // The library answers "no methods left" for a connection that went away meanwhile.
                if remaining_methods.is_empty() && self.handle.is_closed() {
                    return Err(if self.tried.is_empty() {
                        self.gone()
                    } else {
                        self.refused()
                    });
                }
                self.offered = remaining_methods;
                Ok(false)
            }
        }
    }

    fn gone(&self) -> SshError {
        gone(self.endpoint)
    }

    fn refused(&self) -> SshError {
        SshError::Authentication {
            endpoint: self.endpoint.clone(),
            user: self.user.to_owned(),
            offered: self
                .offered
                .iter()
                .map(|method| <&'static str>::from(method).to_owned())
                .collect(),
            tried: self.tried.clone(),
        }
    }
}

async fn in_time<T>(
    endpoint: &Endpoint,
    timeouts: &Timeouts,
    asked: impl Future<Output = Result<T, russh::Error>>,
) -> Result<T, SshError> {
    match tokio::time::timeout(timeouts.authentication, asked).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(gone(endpoint)),
        Err(_) => Err(timed_out(endpoint, timeouts)),
    }
}

/// A bare "gone"; the caller knows what the protocol's task saw.
fn gone(endpoint: &Endpoint) -> SshError {
    SshError::Cut {
        endpoint: endpoint.clone(),
        reason: CutReason::Broken(String::new()),
    }
}

fn timed_out(endpoint: &Endpoint, timeouts: &Timeouts) -> SshError {
    SshError::TimedOut {
        endpoint: endpoint.clone(),
        stage: Stage::Authentication,
        after: timeouts.authentication,
    }
}

type Agent = AgentClient<Box<dyn AgentStream + Send + Unpin>>;

#[cfg(unix)]
async fn open_agent(socket: Option<&Path>) -> Option<Agent> {
    match socket {
        Some(path) => AgentClient::connect_uds(path).await,
        None => AgentClient::connect_env().await,
    }
    .ok()
    .map(AgentClient::dynamic)
}

#[cfg(windows)]
async fn open_agent(socket: Option<&Path>) -> Option<Agent> {
    let pipe = socket.unwrap_or_else(|| Path::new(r"\\.\pipe\openssh-ssh-agent"));
    AgentClient::connect_named_pipe(pipe)
        .await
        .ok()
        .map(AgentClient::dynamic)
}
