//! Starts the training fleet, says how to reach each server, and keeps it running until Ctrl-C.
//!
//! `cargo run -p towerify-sandbox --example training_fleet [FOLDER]`: with a folder, changes are kept.
#![allow(
    clippy::print_stdout,
    reason = "it is there to say how to reach the servers"
)]

use towerify_sandbox::{Fleet, Options, SandboxError};

#[tokio::main]
async fn main() -> Result<(), SandboxError> {
    let began = std::time::Instant::now();
    let fleet = Fleet::start(Options {
        folder: std::env::args_os().nth(1).map(Into::into),
        ..Options::default()
    })
    .await?;
    println!(
        "{} servers in {} ms",
        fleet.servers().len(),
        began.elapsed().as_millis()
    );
    for server in fleet.servers() {
        println!(
            "{:<16} YunoHost {:<8} ssh -p {} {}@{}   https://{}:{}/yunohost/api   {}",
            server.name,
            server.yunohost,
            server.ssh_port,
            server.user,
            server.address,
            server.address,
            server.api_port,
            server.host_key.fingerprint,
        );
    }
    println!(
        "Machines to make servers of; names are answered by {}",
        fleet.resolver()
    );
    for machine in fleet.machines() {
        println!(
            "{:<16} Debian {:<11} ssh -p {} {}@{}   password {}   for {}",
            machine.name,
            machine.debian,
            machine.ssh_port,
            machine.user,
            machine.address,
            machine.password,
            machine.domain,
        );
    }
    let _ = tokio::signal::ctrl_c().await;
    fleet.stop().await;
    Ok(())
}
