//! Looking at a machine before anything is done to it. Nothing is changed there, and nothing is kept here.

use towerify_domain::{Permit, policy::may};
use towerify_driver::Driver;
use towerify_ssh::{Connection, Credential, Endpoint};

use crate::{
    Actor, AppError, Code, Result, Workspace,
    connections::private_key,
    provisioning::{
        choices::checked,
        dns,
        steps::ground,
        view::{Machine, Order, Preflight, Verdict},
    },
    servers::{Login, NewServer, accepted_key, server_of},
};

/// What the machine looks like for these choices. The choices are checked first; the machine's key must be the accepted
/// one.
///
/// # Errors
/// [`crate::Code::InvalidFields`], [`crate::Code::HostKeyChanged`], and those of reaching a machine.
pub async fn look(workspace: &Workspace, actor: &Actor, order: Order) -> Result<Preflight> {
    let permit = Permit::<may::ProvisionServer>::ask(actor)?;
    let known = match &order.machine {
        Machine::Known { server } => Some(*server),
        Machine::New { .. } => None,
    };
    let checked = checked(
        workspace,
        &permit,
        order.choices,
        order.password,
        order.certificate_key,
        known,
    )
    .await?;
    let (connection, driver, address) = match &order.machine {
        Machine::Known { server } => {
            let server = server_of(workspace, &permit, *server).await?;
            let driver = workspace.connections(&permit).driver(&server).await?;
            (None, driver, server.address)
        }
        Machine::New { server } => {
            let (connection, driver) = reach(workspace, actor, server).await?;
            let address = server.address.address.trim().to_owned();
            (Some(connection), driver, address)
        }
    };
    let options = ground::patience();
    let ask = ground::preflight_of(&checked.choices);
    let facts = driver
        .read_task_with(&ask, &options)
        .await
        .map(|answer| answer.reply);
    if let Some(connection) = connection {
        driver.close();
        connection.close().await;
    }
    let facts = facts?;
    let (mut findings, beginning) = ground::findings_of(&facts, &checked.choices);
    let mut here = facts.addresses.clone();
    here.extend(facts.reached.clone());
    here.push(address);
    findings.extend(dns::ask(&checked.choices, &here).await);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
    Ok(Preflight {
        may_begin: findings
            .iter()
            .all(|finding| finding.verdict != Verdict::Stop),
        findings,
        beginning,
        machine: ground::machine_of(&facts),
    })
}

/// A conversation with a machine that the workspace does not have, over a connection of its own.
async fn reach(
    workspace: &Workspace,
    actor: &Actor,
    machine: &NewServer,
) -> Result<(Connection, Driver)> {
    let permit = Permit::<may::ProvisionServer>::ask(actor)?;
    let key = accepted_key(workspace, actor, machine).await?;
    let login = machine.login.clone().with_key_read().await?;
    let (credentials, sudo) = match &login {
        Login::Password { password } => (
            vec![Credential::Password(password.clone())],
            Some(password.clone()),
        ),
        Login::Key {
            private_key: text,
            passphrase,
            sudo_password,
        } => {
            let key = private_key(text, passphrase.as_ref())?;
            (vec![Credential::Key(key)], sudo_password.clone())
        }
        Login::Agent { sudo_password } => (vec![Credential::Agent(None)], sudo_password.clone()),
        Login::KeyFile { .. } => {
            return Err(AppError::new(
                Code::Internal,
                "A key's file was to be read before the key is used.",
            ));
        }
    };
    let user = machine.user.trim();
    let target = Endpoint::new(machine.address.address.trim(), machine.address.port);
    let login = towerify_ssh::Login::new(user.to_owned(), credentials);
    let connections = workspace.connections(&permit);
    let dial = connections
        .dial_new(target, machine.address.jump, key, login)
        .await?;
    connections
        .converse(dial, connections.start_with(user, sudo))
        .await
}
