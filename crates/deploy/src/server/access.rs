//! A machine that was reached, and what we are there.

use secrecy::SecretString;
use towerify_driver::{Driver, Privilege, Start};
use towerify_ssh::Connection;

use super::DeployError;

/// What we are on a server.
#[derive(Debug, Clone)]
pub enum Access {
    /// An administrator of YunoHost's, or root.
    Administrator {
        /// How to become root.
        privilege: Privilege,
        /// sudo's password, sent only when sudo asks for it.
        sudo_password: Option<SecretString>,
    },
    /// A deploy key: one app's program, and of that what a key may ask.
    DeployKey,
}

/// A machine, and the conversation with its YunoHost where we may have one.
pub struct Server {
    pub(super) connection: Connection,
    pub(super) access: Access,
    driver: Option<Driver>,
    /// What stands for `/`; empty in life.
    pub(super) root: String,
}

impl Server {
    /// Over a connection that is open. An administrator also begins a conversation with YunoHost, in this language.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn open(
        connection: Connection,
        access: Access,
        language: &str,
    ) -> Result<Self, DeployError> {
        let driver = match &access {
            Access::DeployKey => None,
            Access::Administrator {
                privilege,
                sudo_password,
            } => {
                let start = Start {
                    privilege: *privilege,
                    sudo_password: sudo_password.clone(),
                    language: language.to_owned(),
                    ..Start::default()
                };
                Some(towerify_driver::connect(&connection, start).await?)
            }
        };
        Ok(Self {
            connection,
            access,
            driver,
            root: String::new(),
        })
    }

    /// A stand-in of a server, whose `/` is a folder.
    #[must_use]
    pub fn with_root(mut self, root: &str) -> Self {
        root.clone_into(&mut self.root);
        self
    }

    /// The conversation with YunoHost.
    ///
    /// # Errors
    /// [`DeployError::NeedsAdministrator`] with a deploy key.
    pub(super) fn driver(&self) -> Result<&Driver, DeployError> {
        self.driver.as_ref().ok_or(DeployError::NeedsAdministrator)
    }

    /// A command as root, for a POSIX shell: `words` are written by us, never by a server or a file.
    pub(super) fn as_root(&self, words: &str) -> String {
        match &self.access {
            Access::Administrator {
                privilege: Privilege::Sudo,
                ..
            } => {
                format!("env LC_ALL=C sudo -S -p {} {words}", super::gate::PROMPT)
            }
            _ => words.to_owned(),
        }
    }
}
