//! A bare machine made into a server in service, as one run; and what was put on it taken away again.
//!
//! In reading order: [`form`] gives the choices, [`look`] says what a machine looks like, [`plan`] what would be done,
//! [`begin`] begins the run, [`report`] tells its end. The steps are in `steps`; each looks first whether its effect is
//! there already, so that a server that has YunoHost is adopted and a half-done one continued. Before a change, how it
//! was is written down (`former`): [`disconnect`] puts that back, [`forget`] takes the server out of the workspace.
//!
//! Left to others: what is chosen and which answers are good (`domain::provisioning`), what a machine's facts mean
//! (`machine`), how work outlives its line (`runs::detached`), carrying the plan out (`runs`).

mod actions;
mod begin;
mod choices;
mod disconnect;
mod dns;
mod forget;
mod form;
mod former;
mod job;
mod look;
mod plan;
mod profiles;
mod report;
mod steps;
#[cfg(test)]
mod trials;
mod view;

pub use begin::{begin, switch_api};
pub use disconnect::{disconnect, disconnect_plan};
pub use forget::{forget, forget_says};
pub use form::form;
pub use look::look;
pub use plan::plan;
pub(crate) use plan::plan_of;
pub use profiles::{delete_profile, profiles, save_profile};
pub use report::report;
pub use towerify_domain::provisioning::Choices;
pub use view::*;
