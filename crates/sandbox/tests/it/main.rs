//! The training fleet, driven as Towerify drives real servers: over its own SSH and driver crates, and over HTTPS.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here fails the test"
)]

mod api;
mod bare;
mod bare_api;
mod command_line;
mod faults;
mod files;
mod gates;
mod many;
mod names;
mod obstacles;
mod portal;
mod provisioning;
mod reads;
mod restart;
mod ssh_door;
mod support;
mod writes;
