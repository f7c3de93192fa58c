//! The gate: what a customer's own administrator may do on a server, decided there. These are the files that are put on
//! the server; the conversation through it is [`crate::Privilege::Gate`].
//!
//! In reading order: `door.py` says what it is and who comes in, `rules.py` what may be asked and what is theirs,
//! `serve.py` passes requests and replies on. Left to others: what a policy holds (`yunohost::gate`), putting all of it
//! on a machine (`machine::gate`), who has one (`core`).

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use towerify_yunohost::gate::FORMS;

use crate::PROGRAM as DRIVER;

/// The gate: one Python file for Python 3.9 to 3.13, both halves. The forms of actions are JSON, which is Python too.
pub fn program() -> &'static str {
    static PROGRAM: LazyLock<String> = LazyLock::new(|| {
        let (door, rules, serve) = (
            include_str!("door.py"),
            include_str!("rules.py"),
            include_str!("serve.py"),
        );
        format!("{door}\n\nFORMS = {FORMS}\n\n{rules}\n\n{serve}")
    });
    &PROGRAM
}

/// The one command that the gate lets through.
pub(crate) const COMMAND: &str = "towerify-gate 1";

/// The version of what is put on a server: the gate's protocol and eight digits of what its files hold, so that a server
/// with other files is seen to be outdated.
pub fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let digest = Sha256::new()
            .chain_update(program())
            .chain_update(DRIVER)
            .finalize();
        digest
            .iter()
            .take(4)
            .fold("1-".to_owned(), |text, byte| format!("{text}{byte:02x}"))
    });
    &VERSION
}
