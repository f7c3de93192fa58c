//! Where a verb works: the folder's configuration, the environment, the profile, and the server behind it.

use super::progress::Progress;
use crate::arguments::Place;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::secret::{Source, asked};
use serde_json::json;
use std::path::PathBuf;
use towerify_deploy::Language;
use towerify_deploy::config::{self, AppId, Config, EnvName, Environment};
use towerify_deploy::profile::{Given, Profile, ProfileError, Profiles, ReachError};
use towerify_deploy::server::{DeployError, Server};
use towerify_domain::Words;

/// A verb's place.
#[derive(Clone, Copy)]
pub struct Here<'a> {
    place: &'a Place,
    pub screen: &'a Screen,
}

/// The language, as `towerify-deploy` names it.
pub fn language(screen: &Screen) -> Language {
    match screen.language {
        towerify_domain::Language::En => Language::English,
        towerify_domain::Language::Fr => Language::French,
    }
}

/// The file of the profiles.
pub fn profiles_file() -> Result<PathBuf, Failure> {
    Ok(towerify_core::Folders::of_this_user()?.deploy_profiles())
}

/// Of a profile.
pub fn profile_failure(error: &ProfileError) -> Failure {
    Failure::app("profile", &error.words())
}

impl<'a> Here<'a> {
    pub const fn new(place: &'a Place, screen: &'a Screen) -> Self {
        Self { place, screen }
    }

    /// What is told on the way.
    pub const fn progress(&self) -> Progress {
        Progress::new(self.screen, self.place.quiet)
    }

    /// A remark that may be left out.
    pub fn remark(&self, words: &Words) {
        if !self.place.quiet && !self.screen.json {
            self.screen.remark(words);
        }
    }

    /// What the folder is to be deployed as.
    pub fn config(&self) -> Result<Config, Failure> {
        let path = self.place.folder.join(config::FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::Refused {
                code: "no_config",
                words: Words::new(
                    format!(
                        "There is no `{}`: `towerify init` writes it. Nothing was changed.",
                        path.display()
                    ),
                    format!(
                        "Il n'y a pas de « {} » : « towerify init » l'écrit. Rien n'a changé.",
                        path.display()
                    ),
                ),
                details: json!({ "path": path }).into(),
            },
            _ => Failure::Local(format!("{}: {error}", path.display())),
        })?;
        Config::parse(&text).map_err(|problems| {
            let sentences = |language| {
                let each: Vec<String> =
                    problems.iter().map(|problem| problem.sentence(language)).collect();
                each.join("\n")
            };
            let listed: Vec<_> = problems
                .iter()
                .map(|problem| {
                    json!({ "line": problem.line, "column": problem.column, "key": problem.key, "allowed": problem.allowed,
                            "nearest": problem.nearest, "message": problem.words.english })
                })
                .collect();
            Failure::Refused {
                code: "config",
                words: Words::new(sentences(Language::English), sentences(Language::French)),
                details: json!({ "problems": listed }).into(),
            }
        })
    }

    /// The environment that is meant.
    pub fn environment<'c>(
        &self,
        config: &'c Config,
    ) -> Result<(&'c EnvName, &'c Environment), Failure> {
        let wanted = self.place.env();
        let found = config.envs.iter().find(|(name, _)| name.as_str() == wanted);
        found
            .map(|(name, environment)| (name, environment))
            .ok_or_else(|| {
                let known: Vec<&str> = config.envs.iter().map(|(name, _)| name.as_str()).collect();
                Failure::Refused {
                    code: "no_environment",
                    words: Words::new(
                        format!(
                            "There is no environment `{wanted}` in {}. Allowed: {}.",
                            config::FILE,
                            known.join(", ")
                        ),
                        format!(
                            "Il n'y a pas d'environnement « {wanted} » dans {}. Sont permis : {}.",
                            config::FILE,
                            known.join(", ")
                        ),
                    ),
                    details: json!({ "environments": known }).into(),
                }
            })
    }

    /// The id on the server of the app that is meant.
    pub fn app(&self) -> Result<AppId, Failure> {
        let config = self.config()?;
        Ok(self.environment(&config)?.1.id.clone())
    }

    /// The address of an environment, as far as it is known here.
    pub fn address(&self, environment: &Environment) -> Option<String> {
        let main = || self.profile().ok().and_then(|profile| profile.main_domain);
        let domain = environment.domain.clone().or_else(main)?;
        Some(format!("https://{domain}{}", environment.path))
    }

    /// The server's profile: the one that is named; else what a pipeline's variables say; else the default one.
    pub fn profile(&self) -> Result<Profile, Failure> {
        let failed = |error: ProfileError| profile_failure(&error);
        if self.place.profile.is_none() {
            let variable = |name: &str| std::env::var(name).ok();
            if let Some(profile) = Profile::from_variables(variable).map_err(failed)? {
                return Ok(profile);
            }
        }
        let profiles = Profiles::read(&profiles_file()?).map_err(failed)?;
        let chosen = profiles.choose(self.place.profile.as_deref());
        chosen.cloned().map_err(failed)
    }

    /// The server of the profile that is meant.
    pub async fn server(&self) -> Result<Server, Failure> {
        self.reach(&self.profile()?).await
    }

    /// Goes to a server. What it turns out to need is read from where the arguments say, else asked.
    pub async fn reach(&self, profile: &Profile) -> Result<Server, Failure> {
        use towerify_deploy::profile::KeyError::NeedsPassphrase;
        use towerify_deploy::profile::SudoError::PasswordNeeded;
        let password = Source {
            file: self.place.login_password_file.as_ref(),
            fd: self.place.login_password_fd,
        };
        let passphrase = Source {
            file: self.place.passphrase_file.as_ref(),
            fd: None,
        };
        let mut given = Given {
            password: password.line()?,
            passphrase: passphrase.line()?,
        };
        let whose = format!("{}@{}", profile.user, profile.server);
        let language = self.screen.of("en", "fr");
        loop {
            match profile.reach(&given, language).await {
                Ok(server) => return Ok(server),
                Err(
                    ReachError::Profile(ProfileError::NoCredential)
                    | ReachError::Server(DeployError::Sudo(PasswordNeeded)),
                ) if given.password.is_none() => {
                    let ask = Words::new(
                        format!("Password of {whose}"),
                        format!("Mot de passe de {whose}"),
                    );
                    given.password = Some(asked(&ask, self.screen)?);
                }
                Err(ReachError::Profile(ProfileError::Key {
                    path,
                    cause: NeedsPassphrase,
                })) if given.passphrase.is_none() => {
                    let ask = Words::new(
                        format!("Passphrase of {}", path.display()),
                        format!("Phrase de passe de {}", path.display()),
                    );
                    given.passphrase = Some(asked(&ask, self.screen)?);
                }
                Err(ReachError::Profile(error)) => return Err(profile_failure(&error)),
                Err(ReachError::Server(error)) => return Err(error.into()),
            }
        }
    }

    /// Who does this: as told, as git says, or the account on this computer.
    pub async fn by(&self, told: Option<&str>) -> String {
        if let Some(name) = told {
            return towerify_domain::text::line(name, 100);
        }
        if let Some(name) = towerify_deploy::commit::author_of(&self.place.folder).await {
            return name;
        }
        let account = ["USER", "USERNAME"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()));
        account.unwrap_or_else(|| "?".to_owned())
    }
}
