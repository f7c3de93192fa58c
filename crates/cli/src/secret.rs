//! Where secrets come from: a prompt on the terminal, a file, or an open file descriptor. Never an argument, never the
//! environment.

use crate::failure::Failure;
use secrecy::SecretString;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use towerify_domain::Words;

/// The most bytes that are read for a secret.
const MOST: u64 = 1 << 20;

/// Where one secret comes from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// A file.
    pub file: Option<&'a PathBuf>,
    /// An open file descriptor.
    pub fd: Option<u32>,
}

impl Source<'_> {
    /// The first line of what is told; `None` when nothing is told.
    pub fn line(self) -> Result<Option<SecretString>, Failure> {
        Ok(self.whole()?.map(|text| {
            let line = secrecy::ExposeSecret::expose_secret(&text)
                .lines()
                .next()
                .unwrap_or_default();
            SecretString::from(line)
        }))
    }

    /// All of what is told; `None` when nothing is told.
    pub fn whole(self) -> Result<Option<SecretString>, Failure> {
        match (self.file, self.fd) {
            (Some(file), _) => read(file, &file.display().to_string()).map(Some),
            (None, Some(fd)) => {
                let path = PathBuf::from(format!("/dev/fd/{fd}"));
                read(&path, &format!("file descriptor {fd}")).map(Some)
            }
            (None, None) => Ok(None),
        }
    }

    /// The first line of what is told, else what a person types without its being shown.
    pub fn line_or_asked(
        self,
        ask: &Words,
        screen: &crate::screen::Screen,
    ) -> Result<SecretString, Failure> {
        match self.line()? {
            Some(secret) => Ok(secret),
            None => asked(ask, screen),
        }
    }
}

fn read(path: &Path, called: &str) -> Result<SecretString, Failure> {
    let failed = |error: std::io::Error| {
        Failure::Usage(Words::new(
            format!("{called} could not be read: {error}"),
            format!("{called} n’a pas pu être lu : {error}"),
        ))
    };
    let mut text = String::new();
    std::fs::File::open(path)
        .map_err(failed)?
        .take(MOST)
        .read_to_string(&mut text)
        .map_err(failed)?;
    Ok(SecretString::from(text))
}

/// What a person types, unseen. Without a terminal it is a wrong usage, which says what to use instead.
pub fn asked(ask: &Words, screen: &crate::screen::Screen) -> Result<SecretString, Failure> {
    let nobody = || {
        Failure::Usage(Words::new(
            format!(
                "{}: nobody can be asked here. Give a file or a file descriptor (see --help).",
                ask.en
            ),
            format!(
                "{} : personne à qui demander ici. Donnez un fichier ou un descripteur (voir --help).",
                ask.fr
            ),
        ))
    };
    if !std::io::stderr().is_terminal() {
        return Err(nobody());
    }
    let typed =
        rpassword::prompt_password(format!("{}: ", screen.pick(ask))).map_err(|_| nobody())?;
    Ok(SecretString::from(typed))
}
