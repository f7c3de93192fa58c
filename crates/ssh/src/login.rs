//! As whom one logs in, and with what. How the attempts go is in `authentication`.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::key::PrivateKey;

/// A user and what may prove it.
#[derive(Clone)]
pub struct Login {
    /// The user's name on the server.
    pub user: String,
    /// What may be tried. Whatever order they stand in, agents are tried first, then keys, passwords and
    /// questions; what the server does not offer is left out.
    pub credentials: Vec<Credential>,
}

impl Login {
    /// A login with what may prove it.
    pub fn new(user: impl Into<String>, credentials: Vec<Credential>) -> Self {
        Login {
            user: user.into(),
            credentials,
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .field("credentials", &self.credentials)
            .finish()
    }
}

/// One way to prove who one is.
#[derive(Clone)]
pub enum Credential {
    /// The keys of a running ssh-agent: at this socket (a named pipe on Windows), or, when `None`, the one
    /// that `SSH_AUTH_SOCK` names (the system's OpenSSH agent on Windows).
    Agent(Option<PathBuf>),
    /// A private key.
    Key(PrivateKey),
    /// A password, for the method `password`.
    Password(SecretString),
    /// Questions of the server (`keyboard-interactive`), answered by a person or by a program.
    Interactive(Arc<dyn Answer>),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credential::Agent(_) => f.write_str("Agent"),
            Credential::Key(key) => key.fmt(f),
            Credential::Password(_) => f.write_str("Password"),
            Credential::Interactive(_) => f.write_str("Interactive"),
        }
    }
}

/// Answers the questions of `keyboard-interactive` (RFC 4256): a password, a code from a phone…
#[async_trait]
pub trait Answer: Send + Sync {
    /// One answer a question, in their order; `None` gives up. All of `asked` comes from the server: it is
    /// shown as text, never interpreted.
    async fn answer(&self, asked: &Asked) -> Option<Vec<SecretString>>;
}

/// One round of questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The round's title; often empty.
    pub name: String,
    /// What to do; often empty.
    pub instructions: String,
    /// The questions; sometimes none, when the server only has something to say.
    pub questions: Vec<Question>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The text, such as `Password: `.
    pub text: String,
    /// Whether what is typed may be seen.
    pub echo: bool,
}
