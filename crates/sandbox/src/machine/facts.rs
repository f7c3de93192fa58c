//! What the driver says of a machine, with or without YunoHost.

use rand::RngExt;
use serde_json::{Value, json};

use crate::{Fault, Faults, clock, state::State};

/// A new id in the form of a boot id.
pub(super) fn random_id() -> String {
    let bits: u128 = rand::rng().random();
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

/// The facts, in the shape of the ready event.
pub(super) fn of(state: &State, faults: &Faults, boot: &str) -> Value {
    let absent = faults.has(&Fault::NoYunohost);
    let bare = absent || faults.has(&Fault::NotPostinstalled);
    let free = if faults.has(&Fault::FullDisk) {
        0
    } else {
        state.disk_free_kib
    };
    json!({
        "protocol": 1, "python": "3.11.2", "debian": "12", "os": "debian", "codename": "bookworm",
        "arch": "x86_64", "kernel": "6.1.0-30-amd64", "host": state.main_domain,
        "yunohost": (!absent).then_some(&state.version), "postinstalled": !bare,
        "main_domain": (!bare).then_some(&state.main_domain), "systemd": true, "boot_id": boot,
        "pid1_start": 496_584, "uid": 0, "mem_kib": state.mem_kib, "mem_free_kib": state.mem_free_kib,
        "disk_kib": state.disk_kib, "disk_free_kib": free, "clock": clock::seconds(clock::now()),
        "locale": "fr_FR.UTF-8", "reboot_required": state.packages.len() > 10,
        "limits": {"line": 1 << 20, "part": 1 << 18, "readers": 4},
    })
}
