//! Towerify's own refresh, as its core does it: a connection and a driver a server, all questions of a server at once,
//! so many servers at once. Cold opens everything; warm uses what is open.

use std::sync::Arc;
use std::time::Instant;

use futures::{StreamExt, TryStreamExt, stream};
use towerify_driver::{Driver, Start};
use towerify_ssh::{Connection, Credential, Dial, Endpoint, HostKey, Login, Pinned, PrivateKey};
use towerify_yunohost::{apps, diagnosis, domains, permissions, users, versions};

use crate::figures::{Refresh, Report, median};
use crate::fleet::{Fleet, Host};
use crate::{Outcome, processor, questions};

/// As many as the core asks at once.
const AT_ONCE: usize = 64;

/// A single short measurement says little.
const ROUNDS: usize = 3;

/// An open way to a server.
struct Open {
    driver: Driver,
    connection: Connection,
}

/// Measures both.
pub fn measure(fleet: &Fleet, report: &mut Report) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let dials: Vec<Dial> = dials(fleet)?;
        let (mut cold, mut warm) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let begun = Begun::now(fleet)?;
            let open = cold_refresh(&dials).await?;
            cold.push(begun.end("Towerify, cold", fleet)?);
            let begun = Begun::now(fleet)?;
            warm_refresh(&open).await?;
            warm.push(begun.end("Towerify, warm", fleet)?);
            for way in open {
                way.driver.close();
                way.connection.close().await;
            }
        }
        report.note(format!(
            "Towerify: the median of {ROUNDS} rounds; `services` through one `systemctl show`"
        ));
        report.refreshes.extend(median(cold));
        report.refreshes.extend(median(warm));
        Ok(())
    })
}

fn dials(fleet: &Fleet) -> Outcome<Vec<Dial>> {
    let key = PrivateKey::read(&fleet.private_key, None)?;
    let dial = |host: &Host| {
        let endpoint = Endpoint::new("127.0.0.1", host.port);
        let pinned = Pinned::new().pin(endpoint.clone(), host.key.parse::<HostKey>()?);
        let login = Login::new(fleet.user.clone(), vec![Credential::Key(key.clone())]);
        Ok(Dial::new(endpoint, login, Arc::new(pinned)))
    };
    fleet.hosts.iter().map(dial).collect()
}

async fn cold_refresh(dials: &[Dial]) -> Outcome<Vec<Open>> {
    stream::iter(dials)
        .map(async |dial| {
            let connection = Box::pin(Connection::open(dial.clone())).await?;
            let driver = Box::pin(towerify_driver::connect(&connection, Start::default())).await?;
            Box::pin(ask(&driver)).await?;
            Ok(Open { driver, connection })
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn warm_refresh(open: &[Open]) -> Outcome<()> {
    stream::iter(open)
        .map(|way| Box::pin(ask(&way.driver)))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// The nine questions; every answer is understood, and the users are looked at.
async fn ask(driver: &Driver) -> Outcome<()> {
    let (_, users, _, _, _, _, services, _, _) = tokio::try_join!(
        driver.read(&versions::ShowVersions),
        driver.read(&users::ListUsers),
        driver.read(&questions::GROUPS),
        driver.read(&permissions::ListPermissions),
        driver.read(&domains::ListDomains),
        driver.read(&apps::ListApps),
        driver.units(),
        driver.read(&diagnosis::ShowDiagnosis),
        driver.read(&questions::LOGS),
    )?;
    if !users
        .users
        .values()
        .any(|user| user.fullname == questions::PROOF)
        || services.is_empty()
    {
        return Err("a server answered without its users or services".into());
    }
    Ok(())
}

/// What was spent before a refresh began.
struct Begun {
    at: Instant,
    client: std::time::Duration,
    servers: std::time::Duration,
}

impl Begun {
    fn now(fleet: &Fleet) -> Outcome<Self> {
        Ok(Self {
            client: processor::ours()?,
            servers: fleet.processor_time(),
            at: Instant::now(),
        })
    }

    fn end(self, who: &'static str, fleet: &Fleet) -> Outcome<Refresh> {
        let wall = self.at.elapsed();
        Ok(Refresh {
            who,
            wall,
            client: processor::ours()?.saturating_sub(self.client),
            servers: fleet.processor_time().saturating_sub(self.servers),
            answered: fleet.hosts.len(),
            hosts: fleet.hosts.len(),
        })
    }
}
