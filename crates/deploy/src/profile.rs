//! Where a developer deploys to: named servers in one file, or one from the environment of a pipeline.
//!
//! A profile holds no secret: a password is asked, a key stays in its file. The server's host key is pinned in it when it is
//! made, after its fingerprint was shown; without one nothing is sent.
//!
//! Left to others: where the file is, asking, reading the environment.

mod error;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use towerify_driver::Privilege;
pub use towerify_driver::SudoError;
use towerify_ssh::{Connection, Credential, Dial, Endpoint, Login, Pinned, PrivateKey, scan};
pub use towerify_ssh::{HostKey, KeyError};

pub use error::{ProfileError, VariableProblem};

use crate::Words;
use crate::server::{Access, DeployError, Server};

/// What is done at the server's other end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// An administrator of YunoHost's, through sudo unless the user is root.
    #[default]
    Admin,
    /// A deploy key.
    Key,
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its host.
    pub server: String,
    /// The port of its SSH.
    #[serde(default = "ssh_port")]
    pub port: u16,
    /// As whom.
    pub user: String,
    /// The private key's file; without one, and without an agent, a password is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// Whether the keys of the running ssh-agent are tried.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub agent: bool,
    /// The server's host key, `ssh-ed25519 AAAA…`.
    pub host_key: String,
    /// What we are there.
    #[serde(default)]
    pub role: Role,
    /// The domain of environments that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main_domain: Option<String>,
}

/// What a profile does not hold. Each is asked when it turns out to be needed.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The account's password: for the login without a key, and for sudo.
    pub password: Option<SecretString>,
    /// The passphrase of the private key.
    pub passphrase: Option<SecretString>,
}

fn ssh_port() -> u16 {
    22
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profiles {
    /// The one that is meant when none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// By name.
    #[serde(default, rename = "profile")]
    pub profiles: BTreeMap<String, Profile>,
}

/// The variables of a pipeline, in the order in which they are explained.
pub const VARIABLES: [&str; 7] = [
    "TOWERIFY_SERVER",
    "TOWERIFY_PORT",
    "TOWERIFY_USER",
    "TOWERIFY_KEY_FILE",
    "TOWERIFY_HOST_KEY",
    "TOWERIFY_ROLE",
    "TOWERIFY_DOMAIN",
];

impl Profile {
    /// From a pipeline's environment: nothing when it names no server. A host key must be there: it is never skipped.
    ///
    /// # Errors
    /// [`ProfileError::Variable`] for what is missing or wrong beside it.
    pub fn from_variables(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, ProfileError> {
        let get = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let [server, port, user, key_file, host_key, role, domain] = VARIABLES;
        let Some(address) = get(server) else {
            return Ok(None);
        };
        let needed = |name: &'static str| {
            get(name).ok_or(ProfileError::Variable {
                name,
                problem: VariableProblem::Missing,
            })
        };
        let role = match get(role).as_deref() {
            None | Some("key") => Role::Key,
            Some("admin") => Role::Admin,
            Some(_) => {
                return Err(ProfileError::Variable {
                    name: role,
                    problem: VariableProblem::NoRole,
                });
            }
        };
        let port = match get(port) {
            None => ssh_port(),
            Some(text) => text.trim().parse().map_err(|_| ProfileError::Variable {
                name: port,
                problem: VariableProblem::NoPort,
            })?,
        };
        let host_key = needed(host_key)?;
        host_key
            .trim()
            .parse::<HostKey>()
            .map_err(|_| ProfileError::HostKey)?;
        Ok(Some(Self {
            server: address.trim().to_owned(),
            port,
            user: needed(user)?.trim().to_owned(),
            key_file: Some(needed(key_file)?.into()),
            agent: false,
            host_key: host_key.trim().to_owned(),
            role,
            main_domain: get(domain),
        }))
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint::new(self.server.clone(), self.port)
    }

    /// The host key that the server shows; no authentication byte is sent. For whoever makes a profile, to be confirmed.
    ///
    /// # Errors
    /// Those of reaching it.
    pub async fn shown_host_key(server: &str, port: u16) -> Result<HostKey, DeployError> {
        let login = Login::new("nobody", Vec::new());
        Ok(scan(&Dial::new(
            Endpoint::new(server, port),
            login,
            Arc::new(Pinned::new()),
        ))
        .await?)
    }

    /// Goes there.
    ///
    /// # Errors
    /// [`ReachError`]. Three of them ask for another try with more in `given`: [`ProfileError::NoCredential`] and
    /// [`SudoError::PasswordNeeded`] for a password, [`KeyError::NeedsPassphrase`] for a passphrase.
    pub async fn reach(&self, given: &Given, language: &str) -> Result<Server, ReachError> {
        let host_key: HostKey = self.host_key.parse().map_err(|_| ProfileError::HostKey)?;
        let mut credentials = Vec::new();
        if let Some(path) = &self.key_file {
            let key = PrivateKey::read(path, given.passphrase.as_ref()).map_err(|cause| {
                ProfileError::Key {
                    path: path.clone(),
                    cause,
                }
            })?;
            credentials.push(Credential::Key(key));
        }
        if self.agent {
            credentials.push(Credential::Agent(None));
        }
        if credentials.is_empty() {
            let password = given.password.clone().ok_or(ProfileError::NoCredential)?;
            credentials.push(Credential::Password(password));
        }
        let host_keys = Arc::new(Pinned::new().pin(self.endpoint(), host_key));
        let dial = Dial::new(
            self.endpoint(),
            Login::new(self.user.clone(), credentials),
            host_keys,
        );
        let connection = Connection::open(dial).await.map_err(DeployError::from)?;
        let access = match self.role {
            Role::Key => Access::DeployKey,
            Role::Admin => Access::Administrator {
                privilege: if self.user == "root" {
                    Privilege::Root
                } else {
                    Privilege::Sudo
                },
                sudo_password: given.password.clone(),
            },
        };
        let server = Server::new(connection, access, language);
        if server.wants_sudo_password().await? {
            return Err(DeployError::Sudo(SudoError::PasswordNeeded).into());
        }
        Ok(server)
    }
}

/// Why a profile's server was not reached.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// The profile itself.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The way there.
    #[error(transparent)]
    Server(#[from] DeployError),
}

impl ReachError {
    /// In a sentence that says what to do.
    pub fn words(&self) -> Words {
        match self {
            Self::Profile(error) => error.words(),
            Self::Server(error) => error.words(),
        }
    }
}

impl Profiles {
    /// Reads the file; none is no profile yet.
    ///
    /// # Errors
    /// [`ProfileError::File`] and [`ProfileError::NotUnderstood`].
    pub fn read(path: &Path) -> Result<Self, ProfileError> {
        match fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).map_err(|error| ProfileError::NotUnderstood {
                path: path.to_owned(),
                said: error.to_string(),
            }),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(cause) => Err(ProfileError::File {
                path: path.to_owned(),
                cause,
            }),
        }
    }

    /// Writes the file as a whole.
    ///
    /// # Errors
    /// [`ProfileError::File`]; the old one stays.
    pub fn write(&self, path: &Path) -> Result<(), ProfileError> {
        let failed = |cause| ProfileError::File {
            path: path.to_owned(),
            cause,
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed)?;
        let text = toml::to_string(self).map_err(|error| failed(io::Error::other(error)))?;
        let new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        fs::write(new.path(), text).map_err(failed)?;
        new.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// The one of this name, or the one that is meant when none is named: the default, or the only one.
    ///
    /// # Errors
    /// [`ProfileError::Unknown`] and [`ProfileError::None`].
    pub fn choose(&self, name: Option<&str>) -> Result<&Profile, ProfileError> {
        let only = || {
            (self.profiles.len() == 1)
                .then(|| self.profiles.keys().next().map(String::as_str))
                .flatten()
        };
        let name = name
            .or(self.default.as_deref())
            .or_else(only)
            .ok_or(ProfileError::None)?;
        self.profiles
            .get(name)
            .ok_or_else(|| ProfileError::Unknown(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8ILWIIW6nzvDnjKqAGbHJ3zHqpCG4kDlyOrrgQzOHy";

    fn variables<'v>(of: &'v [(&'v str, &'v str)]) -> impl Fn(&str) -> Option<String> + 'v {
        move |name| {
            of.iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn a_pipeline_names_its_server_by_variables_and_the_host_key_is_never_skipped() {
        assert_eq!(Profile::from_variables(variables(&[])).unwrap(), None);
        let mut all = vec![
            ("TOWERIFY_SERVER", "tour.example"),
            ("TOWERIFY_USER", "td_hello_dev"),
            ("TOWERIFY_KEY_FILE", "/tmp/key"),
        ];
        let missing = Profile::from_variables(variables(&all)).unwrap_err();
        assert!(
            matches!(
                missing,
                ProfileError::Variable {
                    name: "TOWERIFY_HOST_KEY",
                    ..
                }
            ),
            "{missing}"
        );
        all.push(("TOWERIFY_HOST_KEY", "any"));
        assert!(matches!(
            Profile::from_variables(variables(&all)),
            Err(ProfileError::HostKey)
        ));
        all.pop();
        all.push(("TOWERIFY_HOST_KEY", KEY));
        let profile = Profile::from_variables(variables(&all)).unwrap().unwrap();
        assert_eq!((profile.port, profile.role), (22, Role::Key));
        all.push(("TOWERIFY_ROLE", "root"));
        assert!(matches!(
            Profile::from_variables(variables(&all)),
            Err(ProfileError::Variable {
                name: "TOWERIFY_ROLE",
                ..
            })
        ));
    }

    #[test]
    fn profiles_are_kept_and_the_only_one_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below/profiles.toml");
        let mut profiles = Profiles::read(&path).unwrap();
        assert!(matches!(profiles.choose(None), Err(ProfileError::None)));
        let profile = Profile {
            server: "tour.example".into(),
            port: 2222,
            user: "camille".into(),
            key_file: None,
            agent: false,
            host_key: KEY.into(),
            role: Role::Admin,
            main_domain: Some("tour.example".into()),
        };
        profiles.profiles.insert("tour".into(), profile.clone());
        profiles.write(&path).unwrap();
        let mut read = Profiles::read(&path).unwrap();
        assert_eq!(read, profiles);
        assert_eq!(read.choose(None).unwrap(), &profile);
        assert!(matches!(
            read.choose(Some("other")),
            Err(ProfileError::Unknown(_))
        ));
        read.profiles.insert("second".into(), profile);
        assert!(
            matches!(read.choose(None), Err(ProfileError::None)),
            "of two, none is meant by itself"
        );
        fs::write(&path, "[profile.tour]\nservre = 'x'\n").unwrap();
        let error = Profiles::read(&path).unwrap_err().to_string();
        assert!(error.contains("servre") && error.contains('2'), "{error}");
    }
}
