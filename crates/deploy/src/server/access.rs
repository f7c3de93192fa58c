//! A machine that was reached, and what we are there.

use secrecy::SecretString;
use serde_json::json;
use tokio::sync::OnceCell;
use towerify_driver::{Driver, DriverError, Privilege, Start};
use towerify_ssh::{Connection, Limits};
use towerify_yunohost::domains::ListDomains;

use super::gate::request;
use super::{DeployError, Facts};

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
    language: String,
    driver: OnceCell<Driver>,
    /// What stands for `/`; empty in life.
    pub(super) root: String,
}

/// What a server says of itself when a profile is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// To an administrator.
    Server {
        /// YunoHost's version.
        yunohost: String,
        /// Its domains.
        domains: Vec<String>,
        /// The main one.
        main_domain: Option<String>,
    },
    /// To a deploy key: the one app that it may deploy.
    App(Box<Facts>),
}

impl Server {
    /// Over a connection that is open. The conversation with YunoHost, in this language, begins when something first needs
    /// it: most deployments do not.
    pub fn new(connection: Connection, access: Access, language: &str) -> Self {
        Self {
            connection,
            access,
            language: language.to_owned(),
            driver: OnceCell::new(),
            root: String::new(),
        }
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
    /// [`DeployError::NeedsAdministrator`] with a deploy key, and those of the driver.
    pub(super) async fn driver(&self) -> Result<&Driver, DeployError> {
        let Access::Administrator {
            privilege,
            sudo_password,
        } = &self.access
        else {
            return Err(DeployError::NeedsAdministrator);
        };
        let connect = || async {
            let start = Start {
                privilege: *privilege,
                sudo_password: sudo_password.clone(),
                language: self.language.clone(),
                ..Start::default()
            };
            towerify_driver::connect(&self.connection, start).await
        };
        Ok(self.driver.get_or_try_init(connect).await?)
    }

    /// Whether sudo will want a password that was not given: found out without sending anything secret, and without a try
    /// that fail2ban would count.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn wants_sudo_password(&self) -> Result<bool, DeployError> {
        if !matches!(
            &self.access,
            Access::Administrator {
                privilege: Privilege::Sudo,
                sudo_password: None,
            }
        ) {
            return Ok(false);
        }
        let tried = self
            .connection
            .run("env LC_ALL=C sudo -n true", &[], Limits::default())
            .await?;
        let said = String::from_utf8_lossy(&tried.stderr);
        Ok(tried.exit != Some(0) && said.contains("a password is required"))
    }

    /// Asks the server, or the one app of a deploy key, who it is: the test of a new profile.
    ///
    /// # Errors
    /// [`DeployError::Driver`] when there is no YunoHost, or no way to root; [`DeployError::NotThere`] when the key is not
    /// a deploy key.
    pub async fn about(&self) -> Result<About, DeployError> {
        if matches!(self.access, Access::DeployKey) {
            // Whatever app is named: the key's forced command answers for its own.
            let end = self
                .ask(
                    "any",
                    request("facts", json!({"tree": ""})),
                    &[],
                    &mut |_| {},
                )
                .await?;
            return Ok(About::App(Box::new(Facts::understood(end)?)));
        }
        let driver = self.driver().await?;
        let facts = driver.facts();
        let yunohost = facts
            .yunohost
            .as_ref()
            .ok_or(DeployError::Driver(DriverError::NoYunohost))?;
        let known = driver.read(&ListDomains).await?;
        Ok(About::Server {
            yunohost: yunohost.to_string(),
            domains: known.names().into_iter().map(str::to_owned).collect(),
            main_domain: known.main.clone(),
        })
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
