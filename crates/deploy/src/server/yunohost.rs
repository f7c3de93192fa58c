//! What is asked of YunoHost itself.

use towerify_driver::{Outcome, RunEvent, RunStream, StartOptions};
use towerify_yunohost::apps::{App, AppMap, ListApps, MapApps};
use towerify_yunohost::certificates::{Authority, InstallCertificates};
use towerify_yunohost::diagnosis::RunDiagnosis;
use towerify_yunohost::domains::{AddDomain, ListDomains, ShowDomain};
use towerify_yunohost::fields::{CategoryName, DomainName};
use towerify_yunohost::{Action, Argv};

use super::{DeployError, Event, Server};
use crate::{Words, config};

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
            .driver()
            .await?
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
            .driver()
            .await?
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
        let apps = self.driver().await?.read(&ListApps).await?.apps;
        Ok(apps.into_iter().find(|app| app.id == id))
    }

    /// Makes sure that the domain is the server's, adding it below one that is.
    pub(super) async fn have_domain(
        &self,
        domain: &str,
        key: &str,
        on: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), DeployError> {
        let known = self.driver().await?.read(&ListDomains).await?;
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

    /// Let's Encrypt's where the domain can be reached from the Internet; the server's own stays where it can't. YunoHost
    /// asks for none that its diagnosis did not find reachable, and says that all went well when Let's Encrypt refused.
    async fn certificate(&self, domain: DomainName, key: &str, on: &mut (dyn FnMut(Event) + Send)) {
        on(Event::step("dns"));
        let name = domain.as_str().to_owned();
        let why = match self.certified(domain, key, on).await {
            Ok(true) => return,
            Ok(false) => Words::new("Let's Encrypt did not sign", "Let's Encrypt n'a pas signé"),
            Err(error) => error.words(),
        };
        on(Event::Warning(Words::new(
            format!(
                "{name} has no certificate of Let's Encrypt; the server's own is used, and browsers warn of it. Does its DNS lead to this server? ({})",
                why.english
            ),
            format!(
                "{name} n'a pas de certificat Let's Encrypt ; celui du serveur est utilisé, et les navigateurs préviennent. Son DNS mène-t-il à ce serveur ? ({})",
                why.french
            ),
        )));
    }

    async fn certified(
        &self,
        domain: DomainName,
        key: &str,
        on: &mut (dyn FnMut(Event) + Send),
    ) -> Result<bool, DeployError> {
        let categories = ["dnsrecords", "web"];
        let diagnose = RunDiagnosis {
            categories: categories
                .iter()
                .filter_map(|name| CategoryName::parse(*name).ok())
                .collect(),
            force: true,
        };
        self.write("dns", key, &diagnose, on).await?;
        on(Event::step("certificate"));
        let install = InstallCertificates {
            domains: vec![domain.clone()],
            self_signed: false,
            force: false,
            no_checks: false,
        };
        self.write("certificate", key, &install, on).await?;
        let now = self.driver().await?.read(&ShowDomain { domain }).await?;
        Ok(now
            .certificate
            .and_then(|certificate| certificate.authority)
            == Some(Authority::LetsEncrypt))
    }

    /// Refuses an address that another app has, or that lies inside another's or around it: YunoHost takes the latter, and
    /// each then answers for the other.
    pub(super) async fn free(&self, domain: &str, path: &str, id: &str) -> Result<(), DeployError> {
        let AppMap::Raw(map) = self.driver().await?.read(&MapApps).await? else {
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
