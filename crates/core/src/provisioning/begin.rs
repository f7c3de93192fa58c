//! Beginning: the choices are checked, the machine gets its place in the workspace, its administrator's password is
//! drawn and sealed, and the run begins.

use secrecy::SecretString;
use serde_json::json;
use towerify_domain::{
    Permit,
    id::{RunId, ServerId},
    policy::may,
    provisioning::{Choices, Password},
    run::RunKind,
};
use towerify_store::{Server, ServerEdit, StoreError};

use crate::{
    Actor, AppError, Code, Result, Topic, Workspace,
    clock::new_id,
    connections::kind,
    customers,
    provisioning::{
        choices::{Checked, checked, conceal},
        job::seal,
        plan::{Input, plan_of},
        view::{Machine, Order, Started},
    },
    runs::{Begun, Needed, Wanted, begin_plan},
    servers::{add_unread, server_of},
};

/// Begins to make a machine into a server. One that the workspace does not have yet is added first.
///
/// # Errors
/// [`Code::InvalidFields`], [`Code::ServerExists`], [`Code::HostKeyChanged`], [`Code::NotFound`]; [`Code::Busy`] while
/// another run is at work on it.
pub async fn begin(workspace: &Workspace, actor: &Actor, order: Order) -> Result<Started> {
    let permit = Permit::<may::ProvisionServer>::ask(actor)?;
    let known = match &order.machine {
        Machine::Known { server } => Some(server_of(workspace, &permit, *server).await?),
        Machine::New { .. } => None,
    };
    let checked = checked(
        workspace,
        &permit,
        order.choices,
        order.password,
        order.certificate_key,
        known.as_ref().map(|server| server.id),
    )
    .await?;
    if let Some(server) = known.as_ref().filter(|server| server.run_id.is_some()) {
        return Err(
            AppError::new(Code::Busy, format!("A run is at work on {}.", server.name))
                .hint("Wait for its end, or cancel it."),
        );
    }
    let new = match order.machine {
        Machine::Known { .. } => None,
        Machine::New { mut server } => {
            server.customer.clone_from(&checked.choices.customer);
            server.tags.clone_from(&checked.choices.tags);
            Some(add_unread(workspace, actor, *server).await?)
        }
    };
    let id = match (&known, new) {
        (Some(server), _) => server.id,
        (None, Some(id)) => id,
        (None, None) => return Err(AppError::not_found("server")),
    };
    let begun = on(workspace, &permit, id, checked).await;
    if let (Err(_), Some(id)) = (&begun, new) {
        // Nothing was begun: the machine goes again.
        let store = workspace.store(&permit);
        let _ = store.servers().delete(id).await;
        workspace.events().changed([Topic::Servers]);
    }
    Ok(Started {
        run: begun?.run,
        server: id,
    })
}

/// Switches a server's HTTP API on or off, as a run.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn switch_api(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    on: bool,
) -> Result<Begun> {
    let permit = Permit::<may::ProvisionServer>::ask(actor)?;
    let server = server_of(workspace, &permit, server).await?;
    let run = RunId::from_uuid(new_id());
    let input = Input::Api { on };
    let wanted = Wanted {
        run,
        kind: RunKind::ApiSwitch,
        input: json!(&input),
        secret: None,
        batch: None,
    };
    let plan = plan_of(workspace.reach(&permit), run, &server, input);
    begin_plan(workspace, &permit, &server, wanted, plan).await
}

async fn on(
    workspace: &Workspace,
    permit: &Permit<may::ProvisionServer>,
    id: ServerId,
    checked: Checked,
) -> Result<Begun> {
    let reach = workspace.reach(permit);
    let Checked {
        choices,
        password,
        certificate_key,
    } = checked;
    let server = taken(workspace, permit, id, &choices).await?;
    // Sealed before anything is sent anywhere: whatever happens from here on, this workspace can open the server.
    let mut keep = Vec::new();
    let kept = reach.store.credentials().of(id).await?;
    let sealed = kept.iter().any(|kept| {
        kept.kind == kind::ADMIN_PASSWORD && kept.public.as_ref() == Some(&choices.admin)
    });
    let password = match (password, choices.password) {
        (Some(given), Password::Given) => Some(given),
        _ if sealed => None,
        _ => Some(drawn()?),
    };
    if let Some(password) = password {
        let admin = Some(choices.admin.clone());
        keep.push(seal(reach, id, kind::ADMIN_PASSWORD, admin, &password)?);
    }
    if let Some(key) = certificate_key {
        keep.push(seal(reach, id, kind::CERTIFICATE_KEY, None, &key)?);
    }
    reach.store.credentials().exchange(id, &keep, &[]).await?;
    let secrets = conceal(reach, id).await?;
    let run = RunId::from_uuid(new_id());
    let input = Input::Provision {
        choices: Box::new(choices),
    };
    let wanted = Wanted {
        run,
        kind: RunKind::ServerProvision,
        input: json!(&input),
        secret: secrets.first().cloned().map(|first| Needed {
            secret: first,
            conceal: secrets,
        }),
        batch: None,
    };
    let plan = plan_of(reach, run, &server, input);
    begin_plan(workspace, permit, &server, wanted, plan).await
}

/// Writes down whose it is to be, so that nobody else gets its domain meanwhile.
async fn taken(
    workspace: &Workspace,
    permit: &Permit<may::ProvisionServer>,
    id: ServerId,
    choices: &Choices,
) -> Result<Server> {
    let server = server_of(workspace, permit, id).await?;
    let mut tags = server.tags.clone();
    tags.extend(
        choices
            .tags
            .iter()
            .filter(|tag| !server.tags.contains(tag))
            .cloned(),
    );
    let customer = match &choices.customer {
        Some(name) => customers::named(workspace, permit, Some(name)).await?,
        None => server.customer.clone(),
    };
    let said = ServerEdit {
        name: server.name.clone(),
        address: server.address.clone(),
        port: server.port,
        user: server.user.clone(),
        login: server.login.clone(),
        sudo: server.sudo.clone(),
        jump_server_id: server.jump_server_id,
        main_domain: Some(choices.domain.clone()),
        customer,
        tags,
    };
    let store = workspace.store(permit);
    store
        .servers()
        .update(id, &said)
        .await
        .map_err(|error| match error {
            StoreError::Duplicate { .. } => AppError::new(
                Code::ServerExists,
                "There is a server of this name already.",
            ),
            other => other.into(),
        })?;
    server_of(workspace, permit, id).await
}

/// A password that YunoHost takes at its strongest setting: letters of both kinds, digits and signs, 24 of them.
fn drawn() -> Result<SecretString> {
    const SIGNS: &[u8] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_.+";
    let mut text = String::from("aA2-");
    while text.len() < 28 {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|_| {
            AppError::new(
                Code::Internal,
                "The operating system gave no random numbers.",
            )
        })?;
        // Only bytes below a whole multiple: every sign is as likely as another.
        let fair = 256 - 256 % SIGNS.len();
        text.extend(
            bytes
                .iter()
                .filter(|byte| usize::from(**byte) < fair)
                .filter_map(|byte| SIGNS.get(usize::from(*byte) % SIGNS.len()))
                .map(|sign| char::from(*sign))
                .take(28 - text.len()),
        );
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn drawn_passwords_differ_and_have_every_kind_of_sign() {
        let (one, other) = (drawn().unwrap(), drawn().unwrap());
        assert_ne!(one.expose_secret(), other.expose_secret());
        let text = one.expose_secret();
        assert_eq!(text.len(), 28);
        assert!(text.chars().any(|c| c.is_ascii_uppercase()));
        assert!(text.chars().any(|c| c.is_ascii_digit()));
        towerify_yunohost::fields::check_password(&one).unwrap();
    }
}
