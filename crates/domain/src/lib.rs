//! Words and rules of the business: names, addresses, roles, states, runs. Pure: no I/O, no clock, no randomness;
//! time and ids come in as arguments.
//!
//! Everything here is written once and read everywhere: the use cases check with it, the store keeps it, the interface
//! shows it (most types are exported to TypeScript through `specta::Type`).
//!
//! | module | what |
//! | --- | --- |
//! | [`id`] | the identifiers of things |
//! | [`words`] | a sentence in both languages |
//! | [`field`] | what a form's field may hold, and the sentence that says so |
//! | [`fleet`] | the same change on many servers: waves, when it stops |
//! | [`server`] | the state of a server, and why |
//! | [`run`] | runs, their steps and their traces |
//! | [`schedule`] | when a planned run is due, and what was missed |
//! | [`policy`] | which role may do what, over which things |
//! | [`provisioning`] | what is chosen before a bare machine is made into a server |
//! | [`shop`] | what is sold, to whom, and what is owed for it |
//! | [`text`] | text from a server, made harmless to look at |

pub mod field;
pub mod fleet;
pub mod id;
pub mod journal;
pub mod policy;
pub mod provisioning;
pub mod run;
pub mod schedule;
pub mod server;
pub mod shop;
pub mod text;
pub mod words;

pub use field::{FieldProblem, Problems, Rule};
pub use policy::{Actor, Denied, Owner, Permit, Privilege, Role, Scope, Within};
pub use words::{Language, Words};
