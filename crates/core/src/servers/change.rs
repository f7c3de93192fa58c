//! Changing a server's own words, deciding about its key, taking it out of the fleet.

use serde_json::json;
use towerify_domain::{
    Permit, Problems, Rule,
    field::{Host, LoginUser, Port, ServerName, Tag},
    id::ServerId,
    policy::may,
};
use towerify_store::{ServerEdit as Said, StoreError};
use towerify_yunohost::fields::ServiceName;

use crate::{
    Actor, AppError, Code, Result, Topic, Workspace,
    clock::now,
    customers,
    error::FieldProblem,
    journal::{Subject, note, note_about},
    runs::{Begun, Change, begin},
    servers::{
        add::{exists, keep_login, login_problem, pinned},
        find::server_of,
        first_contact::look,
        view::{Address, HowChecked, ServerEdit},
    },
    yunohost_rules::Answers,
};

/// Changes what a person says of a server. A new address or login is used from the next word on; the pinned key stays.
///
/// # Errors
/// [`Code::NotFound`], [`Code::InvalidFields`], [`Code::ServerExists`].
pub async fn edit(
    workspace: &Workspace,
    actor: &Actor,
    id: ServerId,
    edit: ServerEdit,
) -> Result<()> {
    let permit = Permit::<may::EditServer>::ask(actor)?;
    let server = server_of(workspace, &permit, id).await?;
    let login = match edit.login {
        Some(login) => Some(login.with_key_read().await?),
        None => None,
    };
    let edit = ServerEdit { login, ..edit };
    let mut problems = Problems::new();
    let mut said = Said {
        name: server.name.clone(),
        address: server.address.clone(),
        port: server.port,
        user: server.user.clone(),
        login: server.login.clone(),
        sudo: server.sudo.clone(),
        jump_server_id: server.jump_server_id,
        main_domain: server.main_domain.clone(),
        customer: server.customer.clone(),
        tags: server.tags.clone(),
    };
    if let Some(name) = &edit.name {
        said.name = problems
            .take("name", ServerName::parse(name))
            .map(String::from)
            .unwrap_or_default();
    }
    if let Some(address) = &edit.address {
        said.address = problems
            .take("address", Host::parse(&address.address))
            .map(|host| host.to_string())
            .unwrap_or_default();
        problems.take("port", Port::parse(&address.port.to_string()));
        said.port = address.port;
        said.jump_server_id = address.jump;
    }
    if let Some(user) = &edit.user {
        said.user = problems
            .take("user", LoginUser::parse(user))
            .map(String::from)
            .unwrap_or_default();
        said.sudo = if said.user == "root" {
            "none"
        } else {
            "password"
        }
        .into();
    }
    if let Some(tags) = &edit.tags {
        let checked: Option<Vec<Tag>> = tags
            .iter()
            .map(|tag| problems.take("tags", Tag::parse(tag)))
            .collect();
        said.tags = checked
            .unwrap_or_default()
            .into_iter()
            .map(String::from)
            .collect();
    }
    let mut fields: Vec<FieldProblem> = problems
        .done()
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(Into::into)
        .collect();
    fields.extend(edit.login.as_ref().and_then(login_problem));
    if !fields.is_empty() {
        return Err(AppError::invalid(fields));
    }
    if let Some(login) = &edit.login {
        said.login = login.kind().name().into();
    }
    if let Some(name) = &edit.customer {
        said.customer = customers::named(workspace, &permit, Some(name)).await?;
    }
    workspace
        .store(&permit)
        .servers()
        .update(id, &said)
        .await
        .map_err(|error| match error {
            StoreError::Duplicate { .. } => exists(&said.name),
            other => other.into(),
        })?;
    if let Some(login) = &edit.login {
        keep_login(workspace, &permit, id, login).await?;
    }
    if edit.address.is_some() || edit.user.is_some() || edit.login.is_some() {
        workspace.connections(&permit).hang_up(id).await;
    }
    note(
        workspace,
        &permit,
        "server.edit",
        Some((&server.name, id)),
        "done",
        json!({}),
    )
    .await?;
    workspace
        .events()
        .changed([Topic::Servers, Topic::Server { id }]);
    Ok(())
}

/// Replaces a server's pinned key by the one it offers, which a person checked. The old one is revoked. The person typed
/// the server's own name, to be sure that it is this one.
///
/// # Errors
/// [`Code::InvalidFields`] when the name is another one; [`Code::HostKeyChanged`] when what is offered now is not what was accepted; [`Code::HostKeyRevoked`] when it was
/// revoked before: that is for ever.
pub async fn accept_key(
    workspace: &Workspace,
    actor: &Actor,
    id: ServerId,
    fingerprint: &str,
    how: HowChecked,
    typed_name: &str,
) -> Result<()> {
    let permit = Permit::<may::AcceptHostKey>::ask(actor)?;
    let server = server_of(workspace, &permit, id).await?;
    if typed_name.trim() != server.name {
        return Err(AppError::invalid(vec![FieldProblem {
            field: "typed_name".into(),
            words: Rule::Differs.words(),
        }]));
    }
    let address = Address {
        address: server.address.clone(),
        port: server.port,
        jump: server.jump_server_id,
    };
    let key = look(workspace, &permit, &address).await?;
    if key.fingerprint() != fingerprint.trim() {
        return Err(AppError::new(
            Code::HostKeyChanged,
            format!(
                "{} offers yet another host key. Nothing was sent, and nothing was replaced.",
                server.name
            ),
        )
        .with("fingerprint", key.fingerprint())
        .with("accepted", fingerprint.trim()));
    }
    workspace
        .store(&permit)
        .host_keys()
        .pin(&pinned(id, &key, how, actor))
        .await
        .map_err(|error| match error {
            StoreError::Duplicate { .. } => AppError::new(
                Code::HostKeyRevoked,
                "This key was revoked for this server before. It stays refused.",
            )
            .with("fingerprint", fingerprint.trim()),
            other => other.into(),
        })?;
    workspace.connections(&permit).hang_up(id).await;
    let detail = json!({ "fingerprint": fingerprint.trim(), "how": how.name(), "at": now() });
    note(
        workspace,
        &permit,
        "server.accept_key",
        Some((&server.name, id)),
        "done",
        detail,
    )
    .await?;
    workspace
        .events()
        .changed([Topic::Servers, Topic::Server { id }]);
    Ok(())
}

/// Takes a server out of the fleet, with what is kept of it here. Nothing changes on the server.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Busy`] while a run is at work on it, or another server is reached through it.
pub async fn remove(workspace: &Workspace, actor: &Actor, id: ServerId) -> Result<()> {
    let permit = Permit::<may::RemoveServer>::ask(actor)?;
    let server = server_of(workspace, &permit, id).await?;
    if server.run_id.is_some() {
        return Err(
            AppError::new(Code::Busy, format!("A run is at work on {}.", server.name))
                .hint("Wait for its end, or cancel it."),
        );
    }
    workspace.connections(&permit).hang_up(id).await;
    workspace
        .store(&permit)
        .servers()
        .delete(id)
        .await
        .map_err(|error| match error {
            StoreError::Reference { .. } => AppError::new(
                Code::Busy,
                format!("Another server is reached through {}.", server.name),
            )
            .hint("Change how that one is reached first."),
            other => other.into(),
        })?;
    let about = Subject::server(&server);
    note_about(
        workspace,
        &permit,
        "server.remove",
        about,
        "done",
        json!({}),
    )
    .await?;
    workspace
        .events()
        .changed([Topic::Servers, Topic::Server { id }, Topic::Runs]);
    Ok(())
}

/// Restarts a service, as a run.
///
/// # Errors
/// [`Code::InvalidFields`], [`Code::NotFound`].
pub async fn restart_service(
    workspace: &Workspace,
    actor: &Actor,
    id: ServerId,
    service: &str,
) -> Result<Begun> {
    let permit = Permit::<may::EditServer>::ask(actor)?;
    let mut answers = Answers::default();
    let Some(service) = answers.take("service", ServiceName::parse(service)) else {
        return Err(answers.refuse());
    };
    let change = Change::RestartService {
        service: service.as_str().into(),
    };
    begin(workspace, &permit, id, change, None).await
}

/// Runs the diagnosis on a server, as a run.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn diagnose(workspace: &Workspace, actor: &Actor, id: ServerId) -> Result<Begun> {
    let permit = Permit::<may::EditServer>::ask(actor)?;
    begin(workspace, &permit, id, Change::Diagnose, None).await
}
