//! The verbs of in-house apps. They need no workspace: a profile says where, `towerify/config.yaml` says what.
//!
//! [`here`] finds both and goes there; the verbs are in one file a purpose.

mod access;
mod configure;
mod folder;
mod here;
mod looks;
mod progress;
mod publish;
mod removal;
mod secrets;

use crate::arguments::InHouse;
use crate::failure::Failure;
use crate::screen::Screen;
use std::process::ExitCode;

/// Does what is asked; the exit status.
pub async fn carry_out(asked: &InHouse, screen: &Screen) -> Result<ExitCode, Failure> {
    match asked {
        InHouse::Configure(asked) => configure::configure(asked, screen).await,
        InHouse::Init(asked) => folder::init(asked, screen),
        InHouse::Deploy(asked) => publish::deploy(asked, screen).await,
        InHouse::Rollback(asked) => publish::rollback(asked, screen).await,
        InHouse::Envs(place) => looks::envs(place, screen).await,
        InHouse::Status(place) => looks::status(place, screen).await,
        InHouse::Open(place) => looks::open(place, screen),
        InHouse::Releases(place) => looks::releases(place, screen).await,
        InHouse::Logs(asked) => looks::logs(asked, screen).await,
        InHouse::Run(asked) => looks::run(asked, screen).await,
        InHouse::Secrets(asked) => secrets::carry_out(asked, screen).await,
        InHouse::Delete(asked) => removal::delete(asked, screen).await,
        InHouse::Destroy(asked) => removal::destroy(asked, screen).await,
        InHouse::Ci(asked) => folder::pipeline(asked, screen),
        InHouse::Access(asked) => access::carry_out(asked, screen).await,
    }
}
