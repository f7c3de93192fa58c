//! Who has a gate on a server.

use towerify_domain::{Permit, Role, id::ServerId, policy::may};
use towerify_ssh::HostKey;
use towerify_store::{Account, GateAccess};

use crate::{
    Actor, Result, Workspace,
    gates::view::{GateAccount, GateRow, GateState, Gates, difference},
    servers::server_of,
};

/// The gates of a server, and who could have one.
///
/// # Errors
/// [`crate::Code::Denied`], [`crate::Code::NotFound`].
pub async fn list(workspace: &Workspace, actor: &Actor, server: ServerId) -> Result<Gates> {
    let permit = Permit::<may::ManageGates>::ask(actor)?;
    let server = server_of(workspace, &permit, server).await?;
    let store = workspace.store(&permit);
    let accounts = store.accounts().all().await?;
    let kept = store.gate_accesses().of_server(server.id).await?;
    let could_have = |account: &Account| {
        account.role == Role::RestrictedAdministrator
            && account.disabled_at.is_none()
            && account.customer_id.is_some()
            && account.customer_id == server.customer_id
    };
    let without = accounts
        .iter()
        .filter(|account| {
            could_have(account) && !kept.iter().any(|gate| gate.account_id == account.id)
        })
        .map(named)
        .collect();
    let gates = kept
        .iter()
        .filter_map(|gate| {
            let account = accounts
                .iter()
                .find(|account| account.id == gate.account_id)?;
            Some(row(gate, account))
        })
        .collect();
    Ok(Gates {
        server: server.id,
        version: towerify_driver::gate::version().to_owned(),
        gates,
        without,
        difference: difference(),
    })
}

fn named(account: &Account) -> GateAccount {
    GateAccount {
        id: account.id,
        name: account.name.clone(),
    }
}

fn row(gate: &GateAccess, account: &Account) -> GateRow {
    let state = match (&gate.installed_at, &gate.version) {
        (Some(_), Some(version)) if version == towerify_driver::gate::version() => {
            GateState::Current
        }
        (Some(_), _) => GateState::Outdated,
        (None, _) => GateState::Planned,
    };
    let two: Vec<&str> = gate.public.split_whitespace().take(2).collect();
    GateRow {
        account: named(account),
        system_user: gate.system_user.clone(),
        fingerprint: two
            .join(" ")
            .parse::<HostKey>()
            .map(|key| key.fingerprint())
            .unwrap_or_default(),
        state,
        version: gate.version.clone(),
        installed_at: gate.installed_at,
    }
}
