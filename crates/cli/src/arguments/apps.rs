//! `towerify apps …`.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// `towerify apps …`.
#[derive(Debug, Subcommand)]
pub enum Apps {
    /// List a server's apps
    List {
        /// The server's name or id
        server: String,
    },
    /// List what can be installed
    Catalogue {
        /// The server's name or id
        server: String,
        /// Words that must be in id, name or description
        text: Vec<String>,
    },
    /// Show what an app asks before it is installed
    Questions {
        /// The server's name or id
        server: String,
        /// The app's id in the catalogue
        app: String,
    },
    /// Install an app and follow the run to its end
    Install(AppsInstall),
    /// Upgrade an app and follow the run to its end
    Upgrade {
        /// The server's name or id
        server: String,
        /// The app's id on the server
        app: String,
    },
    /// Remove an app, with its data, and follow the run to its end
    Remove {
        /// The server's name or id
        server: String,
        /// The app's id on the server
        app: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// `towerify apps install`.
#[derive(Debug, Args)]
pub struct AppsInstall {
    /// The server's name or id
    pub server: String,
    /// The app's id in the catalogue
    pub app: String,
    /// Words for its tile; its name unless told
    #[arg(long)]
    pub label: Option<String>,
    /// An answer that is no secret; may be given several times. What is not answered takes its default
    #[arg(long = "answer", value_name = "QUESTION=ANSWER", value_parser = pair)]
    pub answers: Vec<(String, String)>,
    /// Read answers, secret ones too, from this file: a JSON object of texts
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "answers_fd")]
    pub answers_file: Option<PathBuf>,
    /// The same, from this open file descriptor
    #[arg(long, value_name = "N")]
    pub answers_fd: Option<u32>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("QUESTION=ANSWER is expected")?;
    if name.is_empty() {
        Err("the question's name is missing".into())
    } else {
        Ok((name.into(), value.into()))
    }
}
