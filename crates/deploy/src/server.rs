//! The deployment itself, over SSH: look first, send what is lacking, let YunoHost install or upgrade where the package is
//! new, or the app's own program switch releases where only its files are, and judge by what is there afterwards.
//!
//! [`Server`] is a machine that was reached; [`deploy`] publishes; the rest asks the app's own program (`gate.rs`), which
//! answers an administrator and, less, a deploy key. YunoHost's exit status is not believed (a failed upgrade exits
//! with 0): the release that is live is.
//!
//! Left to others: profiles, host keys and questions to people; building on this side before a deployment.

mod access;
mod carry;
mod deploy;
mod error;
mod event;
mod facts;
mod gate;
mod permission;
mod verbs;
mod yunohost;

pub use access::{About, Access, Server};
pub use deploy::{Deployed, Deployment, deploy, facts};
pub use error::{DeployError, Failure};
pub use event::Event;
pub use facts::{Facts, KnownRelease};
pub use verbs::{
    Logs, SecretName, Status, delete, forget_secrets, grant_key, keys, list_secrets, logs,
    releases, restart, revoke_key, rollback, run, set_secrets, status,
};
