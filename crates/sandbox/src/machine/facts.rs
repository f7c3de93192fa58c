//! What the driver says of a machine, with or without YunoHost.

use rand::RngExt;
use serde_json::{Value, json};

use super::Machine;
use crate::{
    Fault, clock,
    state::{State, system::Stage},
};

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
pub(super) fn of(machine: &Machine) -> Value {
    let state = machine.state();
    let installed = machine.installed(&state);
    let serving = machine.postinstalled(&state);
    let free = if machine.faults.has(&Fault::FullDisk) {
        0
    } else {
        state.disk_free_kib
    };
    let host = if state.main_domain.is_empty() {
        &state.name
    } else {
        &state.main_domain
    };
    let (codename, python, kernel) = release(state.system.debian);
    let off = state.system.clock_off();
    json!({
        "protocol": 1, "python": python, "debian": state.system.debian.to_string(), "os": "debian",
        "codename": codename, "arch": "x86_64", "kernel": kernel, "host": host,
        "yunohost": installed.then_some(&state.version), "postinstalled": serving,
        "main_domain": serving.then_some(&state.main_domain), "systemd": true, "boot_id": machine.boot_id(),
        "pid1_start": 496_584, "uid": 0, "mem_kib": state.mem_kib, "mem_free_kib": state.mem_free_kib,
        "disk_kib": state.disk_kib, "disk_free_kib": free, "clock": clock::seconds(clock::now() + off),
        "timezone": "Europe/Paris", "locale": "fr_FR.UTF-8", "reboot_required": state.needs_reboot(),
        "limits": {"line": 1 << 20, "part": 1 << 18, "readers": 4},
    })
}

/// A Debian's code name, Python and kernel.
pub(crate) fn release(debian: u8) -> (&'static str, &'static str, &'static str) {
    match debian {
        10 => ("buster", "3.7.3", "4.19.0-27-amd64"),
        11 => ("bullseye", "3.9.2", "5.10.0-33-amd64"),
        13 => ("trixie", "3.13.5", "6.12.43+deb13-amd64"),
        _ => ("bookworm", "3.11.2", "6.1.0-30-amd64"),
    }
}

impl Machine {
    /// Whether YunoHost's packages are there.
    pub(crate) fn is_installed(&self) -> bool {
        self.installed(&self.state())
    }

    /// Whether it was post-installed.
    pub(crate) fn is_postinstalled(&self) -> bool {
        self.postinstalled(&self.state())
    }

    fn installed(&self, state: &State) -> bool {
        !self.faults.has(&Fault::NoYunohost) && state.system.stage >= Stage::Installed
    }

    fn postinstalled(&self, state: &State) -> bool {
        self.installed(state)
            && !self.faults.has(&Fault::NotPostinstalled)
            && state.system.stage == Stage::Serving
    }
}
