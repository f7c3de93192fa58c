//! `towerify/config.yaml`: what an app is, and where each of its environments lives.
//!
//! [`Config::parse`] reads it and answers either the whole of it or every problem at once, each with line and column.
//! The keys stand in one table ([`keys`]), from which the reader's checks, the published JSON schema and the commented
//! file that `init` writes are all made. Compatible with the original command's files: `name`, `type`,
//! `config.envs.<env>.{domain,path}` (a path without its first slash too), `config.webroot`, `config.dockerfile`.
//!
//! Left to others: whether the server knows the domain, whether the path is free, whether the id is taken there.

mod check;
mod identity;
pub mod keys;
mod model;
mod problem;
mod read;
mod schema;
#[cfg(test)]
mod tests;

pub use identity::{AppId, AppName, EnvName, NameProblem};
pub use model::{
    Access, Build, Config, Cpu, Database, Environment, Health, Hooks, Kind, Limits, Memory, Task,
    Versions, Where, Worker,
};
pub use problem::{Problem, nearest};
pub(crate) use read::overlaps;
pub use schema::schema;

/// Where the file is, below the app's folder.
pub const FILE: &str = "towerify/config.yaml";
/// The environment that is meant when none is named.
pub const DEFAULT_ENV: &str = "dev";
