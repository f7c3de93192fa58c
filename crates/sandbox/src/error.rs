//! What can go wrong with the training fleet itself (a simulated server's refusals are answers, not errors).

use std::{io, path::PathBuf};

/// Why the fleet could not be brought up or put away.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The folder that keeps the fleet can't be read or written.
    #[error("the training fleet's folder can't be used: {path}: {source}")]
    Folder {
        /// What was being read or written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process runs the fleet of this folder.
    #[error("the training fleet of this folder is already running in another process")]
    InUse,
    /// A kept file says nothing that this program understands; starting afresh helps.
    #[error("the training fleet's file {path} can't be understood: {reason}")]
    Kept {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A port that the fleet had before, or any free port, can't be had.
    #[error("{server} can't listen on 127.0.0.1:{port}: {source}")]
    Port {
        /// The server that wanted it.
        server: String,
        /// Which port; 0 means any.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// A host key or certificate could not be made.
    #[error("{server}'s identity can't be made: {reason}")]
    Identity {
        /// Whose.
        server: String,
        /// Why.
        reason: String,
    },
    /// Two servers of the plan have one name, or a name that can't be a folder's.
    #[error("the plan can't be built: {0}")]
    Plan(String),
}
