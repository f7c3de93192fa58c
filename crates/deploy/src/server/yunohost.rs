//! What is asked of YunoHost itself.

use towerify_driver::{Outcome, RunEvent, RunStream, StartOptions};
use towerify_yunohost::apps::{App, AppMap, ListApps, MapApps};
use towerify_yunohost::domains::{AddDomain, ListDomains};
use towerify_yunohost::fields::DomainName;
use towerify_yunohost::{Action, Argv};

use super::{DeployError, Event, Server};
use crate::config;

/// How long YunoHost's lock is waited for.
const LOCK: std::time::Duration = std::time::Duration::from_secs(15 * 60);

fn options() -> StartOptions {
    StartOptions {
        lock_wait: LOCK,
        ..StartOptions::default()
    }
}

impl Server {
    /// A change, to its end. `key` names the run on the server; each of a deployment's has an ending of its own.
    pub(super) async fn write<A: Action>(
        &self,
        what: &'static str,
        key: &str,
        action: &A,
        on: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), DeployError> {
        let stream = self
            .driver()?
            .start(&format!("{key}-{what}"), action, &options())
            .await?;
        self.to_its_end(what, stream, on).await
    }

    /// The same for an action that `towerify-yunohost` does not declare yet.
    pub(super) async fn write_words(
        &self,
        what: &'static str,
        key: &str,
        words: &Argv,
        on: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), DeployError> {
        let stream = self
            .driver()?
            .start_words(&format!("{key}-{what}"), words, &options())
            .await?;
        self.to_its_end(what, stream, on).await
    }

    async fn to_its_end(
        &self,
        what: &'static str,
        stream: RunStream,
        on: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), DeployError> {
        let outcome = stream
            .finish(|event| match event {
                RunEvent::Log { message, .. } => on(Event::Log(message.clone())),
                RunEvent::Output { text, .. } => on(Event::Log(text.clone())),
                RunEvent::Waiting { holder, .. } => on(Event::Waiting {
                    by: holder.words.as_ref().map_or_else(
                        || holder.program.clone().unwrap_or_default(),
                        |words| words.join(" "),
                    ),
                }),
                _ => {}
            })
            .await?;
        match outcome {
            Outcome::Done { .. } => Ok(()),
            Outcome::Refused {
                refusal,
                operations,
                ..
            } => Err(DeployError::YunohostFailed {
                what,
                said: refusal.message,
                live: None,
                operation: refusal.operation.or_else(|| operations.last().cloned()),
            }),
            Outcome::Lost { operations, .. } => Err(DeployError::YunohostFailed {
                what,
                said: "the operation was lost".to_owned(),
                live: None,
                operation: operations.last().map(|operation| operation.name.clone()),
            }),
        }
    }

    /// The app of this id, if it is installed.
    pub(super) async fn installed(&self, id: &str) -> Result<Option<App>, DeployError> {
        let apps = self.driver()?.read(&ListApps).await?.apps;
        Ok(apps.into_iter().find(|app| app.id == id))
    }

    /// Makes sure that the domain is the server's, adding it below one that is.
    pub(super) async fn have_domain(
        &self,
        domain: &str,
        key: &str,
        on: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), DeployError> {
        let known = self.driver()?.read(&ListDomains).await?;
        if known.names().contains(&domain) {
            return Ok(());
        }
        let is_below = |parent: &&str| {
            domain
                .strip_suffix(*parent)
                .is_some_and(|rest| rest.ends_with('.'))
        };
        if !known.names().iter().any(is_below) {
            return Err(DeployError::ForeignDomain(domain.to_owned()));
        }
        on(Event::step("domain"));
        let name =
            DomainName::parse(domain).map_err(|_| DeployError::ForeignDomain(domain.to_owned()))?;
        self.write(
            "domain",
            key,
            &AddDomain {
                domain: name.clone(),
            },
            on,
        )
        .await?;
        self.certificate(name, key, on).await;
        Ok(())
    }

    /// Let's Encrypt's where the domain can be reached from the Internet; the server's own stays where it can't.
    async fn certificate(&self, domain: DomainName, key: &str, on: &mut (dyn FnMut(Event) + Send)) {
        use towerify_yunohost::certificates::InstallCertificates;
        on(Event::step("certificate"));
        let install = InstallCertificates {
            domains: vec![domain.clone()],
            self_signed: false,
            force: false,
            no_checks: false,
        };
        let asked = self.write("certificate", key, &install, on).await;
        if let Err(error) = asked {
            on(Event::Warning(crate::Words::new(
                format!(
                    "{domain} has no certificate of Let's Encrypt yet ({error}); the server's own is used. Does its DNS lead to this server?"
                ),
                format!(
                    "{domain} n'a pas encore de certificat Let's Encrypt ({error}) ; celui du serveur est utilisé. Son DNS mène-t-il à ce serveur ?"
                ),
            )));
        }
    }

    /// Refuses an address that another app has, or that lies inside another's or around it: YunoHost takes the latter, and
    /// each then answers for the other.
    pub(super) async fn free(&self, domain: &str, path: &str, id: &str) -> Result<(), DeployError> {
        let AppMap::Raw(map) = self.driver()?.read(&MapApps).await? else {
            return Ok(());
        };
        let others = map.get(domain).into_iter().flatten();
        for (other, app) in others {
            if app.id != id && config::overlaps(other, path) {
                return Err(DeployError::Taken {
                    address: format!("{domain}{path}"),
                    by: app.id.clone(),
                });
            }
        }
        Ok(())
    }
}
