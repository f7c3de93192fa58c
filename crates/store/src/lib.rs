//! The encrypted SQLite database of a workspace: one file a table.
//!
//! A [`Store`] is opened with the workspace's data key and gives one handle a table: `store.servers().get(id)`.
//! Reads go to a few read-only connections, writes to one. What must happen together is one method, and one
//! transaction.
//!
//! What this crate leaves to others: who may read or write (`core`, with its permits), what a state means
//! (`domain`), sealing secrets (`vault`: sealed bytes come in and go out), the lock that keeps a second process
//! away (`core`).
//!
//! Queries are checked against the migrations at compile time. Their metadata is committed in `.sqlx`; after a
//! change of a query or a migration it is made anew by `cargo xtask sqlx`.

mod accounts;
mod apps;
mod apps_list;
mod catalogues;
mod credentials;
mod customers;
mod error;
mod fleet;
mod fleet_members;
mod fleet_runs;
mod fold;
mod former_values;
mod gate_accesses;
mod host_keys;
mod journal;
mod journal_marks;
mod journal_query;
mod journal_search;
pub mod large_fleet;
pub mod large_journal;
mod migrate;
mod open;
mod provisioning;
mod run_states;
mod run_steps;
mod run_trace;
mod runs;
mod schedules;
mod sealed;
mod second_factors;
mod server_rows;
mod servers;
mod settings;
mod snapshots;
mod trace_packs;
mod within;

pub use accounts::{Account, Accounts};
pub use apps::{App, AppFilter, AppPage, AppRow, AppSort, Apps, ManifestCount};
pub use catalogues::{Catalogue, Catalogues};
pub use credentials::{Credential, Credentials};
pub use customers::{Customer, Customers};
pub use error::StoreError;
pub use fleet::{Direction, Facet, Facets, Fleet, FleetFilter, FleetPage, FleetSort, FleetSummary};
pub use fleet_members::{FleetCount, FleetMember, FleetMembers};
pub use fleet_runs::{Fired, FleetRun, FleetRunPage, FleetRuns, NewFleetMember, NewFleetRun};
pub use fold::{fold, sortable_version};
pub use former_values::{FormerValue, FormerValues};
pub use gate_accesses::{GateAccess, GateAccesses};
pub use host_keys::{HostKeyRow, HostKeys};
pub use journal::{Journal, NewEntry};
pub use journal_marks::{JournalMarks, SignedHead};
pub use journal_search::{JournalChoices, JournalFilter, JournalPage};
pub use open::Store;
pub use provisioning::{ProfileRow, Profiles};
pub use run_steps::{RunStep, RunSteps};
pub use run_trace::{NewTraceLine, RunTrace, TRACE_CUT, TraceFilter};
pub use runs::{NewRun, Run, RunEnd, RunFilter, RunPage, Runs};
pub use schedules::{NewSchedule, Schedule, Schedules};
pub use sealed::{SEALED, SealedValue};
pub use second_factors::{SecondFactor, SecondFactors};
pub use servers::{
    NewServer, NowState, Refresh, Server, ServerEdit, Servers, StateReason, Summary,
};
pub use settings::Settings;
pub use snapshots::{NewSnapshot, Sight, Snapshot, Snapshots};
