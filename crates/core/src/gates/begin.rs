//! Beginning the runs that put gates on a server, bring them up to date, and take them away.

use serde_json::json;
use towerify_domain::{
    Permit, Role, Words,
    id::{AccountId, RunId, SecretId, ServerId},
    policy::may,
    run::RunKind,
};
use towerify_ssh::{PrivateKey, SshError};
use towerify_store::{GateAccess, Server, Store};

use crate::{
    Actor, AppError, Code, FieldProblem, Result, Topic, Workspace,
    clock::{new_id, now},
    gates::{
        plan::{Holder, Input, plan_of},
        system_user,
    },
    runs::{Begun, Wanted, begin_plan},
    servers::server_of,
};

/// Begins to put a gate for this account on a server. Its key pair is made here, once; the private half is sealed under the
/// account's own key.
///
/// # Errors
/// [`Code::InvalidFields`] for an account that is no restricted administrator of the server's customer; [`Code::NotFound`].
pub async fn install(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    account: AccountId,
) -> Result<Begun> {
    let permit = Permit::<may::ManageGates>::ask(actor)?;
    let server = server_of(workspace, &permit, server).await?;
    let known = workspace.store(&permit).accounts().get(account).await?;
    let known = known.ok_or_else(|| AppError::not_found("account"))?;
    if known.role != Role::RestrictedAdministrator
        || known.disabled_at.is_some()
        || known.customer_id.is_none()
        || known.customer_id != server.customer_id
    {
        return Err(AppError::invalid(vec![FieldProblem {
            field: "account".into(),
            words: Words::new(
                "Only a restricted administrator of the customer whose server it is can have an entry.",
                "Seul un administrateur restreint du client à qui est le serveur peut avoir une entrée.",
            ),
        }]));
    }
    let store = workspace.store(&permit);
    if store
        .gate_accesses()
        .get(server.id, account)
        .await?
        .is_none()
    {
        let unusable = |error| AppError::from(SshError::from(error));
        let pair = PrivateKey::generate().map_err(unusable)?;
        let public = pair.public_openssh();
        let two: Vec<&str> = public.split_whitespace().take(2).collect();
        let id = SecretId::from_uuid(new_id());
        let sealer = workspace.sealer_of(&permit, account)?;
        let secret =
            sealer.seal_text(GateAccess::place(id), &pair.to_openssh().map_err(unusable)?)?;
        let access = GateAccess {
            id,
            server_id: server.id,
            account_id: account,
            system_user: system_user(account),
            public: format!("{} {}", two.join(" "), system_user(account)),
            secret,
            policy: json!({}),
            version: None,
            created_at: now(),
            installed_at: None,
        };
        store.gate_accesses().put(&access).await?;
    }
    let holders = vec![Holder {
        account,
        name: known.name,
        system_user: system_user(account),
    }];
    begin(
        workspace,
        &permit,
        &server,
        RunKind::GateInstall,
        Input::Put { holders },
    )
    .await
}

/// Begins to bring every gate of a server up to date: its files, and what its policy allows.
///
/// # Errors
/// [`Code::NotFound`] for a server that is not there, or has no gate.
pub async fn update(workspace: &Workspace, actor: &Actor, server: ServerId) -> Result<Begun> {
    let permit = Permit::<may::ManageGates>::ask(actor)?;
    let server = server_of(workspace, &permit, server).await?;
    let holders = holders(workspace.store(&permit), server.id).await?;
    if holders.is_empty() {
        return Err(AppError::not_found("entry"));
    }
    begin(
        workspace,
        &permit,
        &server,
        RunKind::GateInstall,
        Input::Put { holders },
    )
    .await
}

/// Begins to take an account's gate from a server.
///
/// # Errors
/// [`Code::NotFound`] for a server or an entry that is not there.
pub async fn remove(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    account: AccountId,
) -> Result<Begun> {
    let permit = Permit::<may::ManageGates>::ask(actor)?;
    let server = server_of(workspace, &permit, server).await?;
    let mut holders = holders(workspace.store(&permit), server.id).await?;
    holders.retain(|holder| holder.account == account);
    if holders.is_empty() {
        return Err(AppError::not_found("entry"));
    }
    begin(
        workspace,
        &permit,
        &server,
        RunKind::GateRemove,
        Input::Take { holders },
    )
    .await
}

/// Who has, or is to have, a gate on this server.
///
/// # Errors
/// Those of the database.
pub(crate) async fn holders(store: &Store, server: ServerId) -> Result<Vec<Holder>> {
    let mut holders = Vec::new();
    for gate in store.gate_accesses().of_server(server).await? {
        let account = store.accounts().get(gate.account_id).await?;
        holders.push(Holder {
            account: gate.account_id,
            name: account.map(|account| account.name).unwrap_or_default(),
            system_user: gate.system_user,
        });
    }
    Ok(holders)
}

async fn begin(
    workspace: &Workspace,
    permit: &Permit<may::ManageGates>,
    server: &Server,
    kind: RunKind,
    input: Input,
) -> Result<Begun> {
    if server.run_id.is_some() {
        return Err(
            AppError::new(Code::Busy, format!("A run is at work on {}.", server.name))
                .hint("Wait for its end, or cancel it."),
        );
    }
    let run = RunId::from_uuid(new_id());
    let wanted = Wanted {
        run,
        kind,
        input: json!(&input),
        secret: None,
        batch: None,
    };
    let plan = plan_of(workspace.reach(permit), server, input);
    let begun = begin_plan(workspace, permit, server, wanted, plan).await?;
    workspace.events().changed([Topic::Gates]);
    Ok(begun)
}
