//! Adding a server: its answers are checked, its key is looked at once more, it is written down, then read.

use secrecy::SecretString;
use serde_json::json;
use towerify_domain::{
    Permit, Problems,
    field::{Host, LoginUser, Port, ServerName, Tag},
    id::{HostKeyId, SecretId, ServerId},
    policy::may,
    server::{Reason, ServerState},
};
use towerify_ssh::HostKey;
use towerify_store::{
    Credential, HostKeyRow, NowState, ServerEdit as Said, StateReason, StoreError,
};

use crate::{
    Actor, AppError, Code, Result, Topic, Workspace,
    clock::{new_id, now},
    connections::{kind, private_key},
    customers,
    error::FieldProblem,
    journal::note,
    servers::{
        first_contact, refresh,
        view::{Login, LoginKind, NewServer},
    },
};

/// Adds a server whose fingerprint a person accepted, and reads it for the first time. Where logging in fails, nothing
/// is kept.
///
/// # Errors
/// [`Code::InvalidFields`], [`Code::ServerExists`], [`Code::HostKeyChanged`] when the key is not the accepted one, and
/// those of reaching and asking a server.
pub async fn add(workspace: &Workspace, actor: &Actor, new: NewServer) -> Result<ServerId> {
    let permit = Permit::<may::AddServer>::ask(actor)?;
    let id = add_unread(workspace, actor, new).await?;
    let store = workspace.store(&permit);
    let server = store
        .servers()
        .get(id)
        .await?
        .ok_or_else(|| AppError::not_found("server"))?;
    let read = refresh::read_again(workspace.reach(&permit), &server).await;
    // A machine that lets us in and has no YunoHost yet is a server too: it is to be provisioned.
    if let Err(error) = read
        && !matches!(error.code, Code::NoYunohost | Code::NotPostinstalled)
    {
        workspace.connections(&permit).hang_up(id).await;
        store.servers().delete(id).await?;
        let detail = json!({ "code": error.code });
        let named = Some((server.name.as_str(), id));
        note(workspace, &permit, "server.add", named, "failed", detail).await?;
        workspace.events().changed([Topic::Servers]);
        return Err(error);
    }
    Ok(id)
}

/// Adds it without reading it. Its key is looked at, and must be the accepted one.
pub(crate) async fn add_unread(
    workspace: &Workspace,
    actor: &Actor,
    new: NewServer,
) -> Result<ServerId> {
    let permit = Permit::<may::AddServer>::ask(actor)?;
    let new = NewServer {
        login: new.login.with_key_read().await?,
        ..new
    };
    let checked = Checked::of(&new)?;
    let store = workspace.store(&permit);
    if store
        .servers()
        .by_name(permit.within(), &checked.name)
        .await?
        .is_some()
    {
        return Err(exists(&checked.name));
    }
    let offered = accepted_key(workspace, actor, &new).await?;
    let id = ServerId::from_uuid(new_id());
    let said = Said {
        name: checked.name.clone(),
        address: checked.address,
        port: new.address.port,
        user: checked.user,
        login: new.login.kind().name().into(),
        sudo: if new.user.trim() == "root" {
            "none"
        } else {
            "password"
        }
        .into(),
        jump_server_id: new.address.jump,
        main_domain: None,
        customer: customers::named(workspace, &permit, checked.customer.as_deref()).await?,
        tags: checked.tags,
    };
    let server = towerify_store::NewServer {
        id,
        edit: said,
        state: NowState {
            state: ServerState::ToDo,
            reasons: vec![StateReason {
                reason: Reason::NeverRead,
                text: None,
            }],
        },
        created_at: now(),
    };
    let key = pinned(id, &offered, new.how, actor);
    let login = sealed_login(workspace, &permit, id, &new.login)?;
    store
        .servers()
        .admit(&server, &key, &login)
        .await
        .map_err(|error| match error {
            StoreError::Duplicate { .. } => exists(&checked.name),
            other => other.into(),
        })?;
    let detail = json!({ "fingerprint": offered.fingerprint(), "how": new.how.name() });
    let named = Some((checked.name.as_str(), id));
    note(workspace, &permit, "server.add", named, "done", detail).await?;
    workspace.events().changed([Topic::Servers]);
    Ok(id)
}

/// The key that is offered now: it must be the one that a person accepted.
pub(crate) async fn accepted_key(
    workspace: &Workspace,
    actor: &Actor,
    new: &NewServer,
) -> Result<HostKey> {
    let permit = Permit::<may::AcceptHostKey>::ask(actor)?;
    let key = first_contact::look(workspace, &permit, &new.address).await?;
    if key.fingerprint() == new.fingerprint.trim() {
        return Ok(key);
    }
    Err(AppError::new(
        Code::HostKeyChanged,
        format!(
            "{} offers another host key than the one that was accepted. Nothing was sent.",
            new.address.address
        ),
    )
    .with("fingerprint", key.fingerprint())
    .with("accepted", new.fingerprint.trim()))
}

pub(super) fn pinned(
    server: ServerId,
    key: &HostKey,
    how: crate::servers::HowChecked,
    actor: &Actor,
) -> HostKeyRow {
    HostKeyRow {
        id: HostKeyId::from_uuid(new_id()),
        server_id: server,
        protocol: "ssh".into(),
        algorithm: key.algorithm().to_owned(),
        blob: key.blob().to_vec(),
        fingerprint: key.fingerprint(),
        state: "pinned".into(),
        how_checked: how.name().into(),
        accepted_by: actor.name.clone(),
        accepted_at: now(),
        revoked_at: None,
    }
}

/// Keeps a login, sealed, in place of the one before.
pub(super) async fn keep_login<P: towerify_domain::policy::Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    server: ServerId,
    login: &Login,
) -> Result<()> {
    let keep = sealed_login(workspace, permit, server, login)?;
    let forget: Vec<&str> = LOGINS
        .iter()
        .copied()
        .filter(|kind| keep.iter().all(|kept| kept.kind != *kind))
        .collect();
    let credentials = workspace.store(permit).credentials();
    credentials.exchange(server, &keep, &forget).await?;
    Ok(())
}

/// The kinds that a way to log in may be made of.
const LOGINS: [&str; 5] = [
    kind::PASSWORD,
    kind::KEY,
    kind::KEY_PASSPHRASE,
    kind::AGENT,
    kind::SUDO_PASSWORD,
];

/// A way to log in, sealed for this server.
fn sealed_login<P: towerify_domain::policy::Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    server: ServerId,
    login: &Login,
) -> Result<Vec<Credential>> {
    let mut keep = Vec::new();
    let (secrets, agent): (Vec<(&str, Option<&SecretString>)>, bool) = match login {
        Login::Password { password } => (vec![(kind::PASSWORD, Some(password))], false),
        Login::Key {
            private_key,
            passphrase,
            sudo_password,
        } => (
            vec![
                (kind::KEY, Some(private_key)),
                (kind::KEY_PASSPHRASE, passphrase.as_ref()),
                (kind::SUDO_PASSWORD, sudo_password.as_ref()),
            ],
            false,
        ),
        Login::Agent { sudo_password } => {
            (vec![(kind::SUDO_PASSWORD, sudo_password.as_ref())], true)
        }
        Login::KeyFile { .. } => {
            return Err(AppError::new(
                Code::Internal,
                "A key's file was to be kept in place of the key.",
            ));
        }
    };
    for (kind, secret) in secrets {
        let Some(secret) = secret else { continue };
        let id = SecretId::from_uuid(new_id());
        let sealed = workspace
            .reach(permit)
            .sealer
            .seal_text(Credential::place(id), secret)?;
        let kept = Credential {
            id,
            server_id: server,
            kind: kind.into(),
            public: None,
            secret: Some(sealed),
            created_at: now(),
        };
        keep.push(kept);
    }
    if agent {
        let id = SecretId::from_uuid(new_id());
        let kept = Credential {
            id,
            server_id: server,
            kind: kind::AGENT.into(),
            public: None,
            secret: None,
            created_at: now(),
        };
        keep.push(kept);
    }
    Ok(keep)
}

/// The answers of the form, once they are known to be good.
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) user: String,
    pub(super) customer: Option<String>,
    pub(super) tags: Vec<String>,
}

impl Checked {
    fn of(new: &NewServer) -> Result<Self> {
        let mut problems = Problems::new();
        let name = problems.take("name", ServerName::parse(&new.name));
        let address = problems.take("address", Host::parse(&new.address.address));
        let port = problems.take("port", Port::parse(&new.address.port.to_string()));
        let user = problems.take("user", LoginUser::parse(&new.user));
        let tags: Option<Vec<Tag>> = new
            .tags
            .iter()
            .map(|tag| problems.take("tags", Tag::parse(tag)))
            .collect();
        let mut fields: Vec<FieldProblem> = problems
            .done()
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect();
        fields.extend(login_problem(&new.login));
        match (name, address, port, user, tags, fields.is_empty()) {
            (Some(name), Some(address), Some(_), Some(user), Some(tags), true) => Ok(Self {
                name: name.to_string(),
                address: address.to_string(),
                user: user.to_string(),
                customer: new.customer.clone(),
                tags: tags.into_iter().map(String::from).collect(),
            }),
            _ => Err(AppError::invalid(fields)),
        }
    }
}

/// What is wrong with a login, before it is kept.
pub(super) fn login_problem(login: &Login) -> Option<FieldProblem> {
    use secrecy::ExposeSecret;
    let needed = || towerify_domain::Rule::Required.words();
    match login {
        Login::Password { password } if password.expose_secret().is_empty() => Some(FieldProblem {
            field: "password".into(),
            words: needed(),
        }),
        Login::Key {
            private_key: text,
            passphrase,
            ..
        } => {
            let error = private_key(text, passphrase.as_ref()).err()?;
            let words = towerify_domain::Words::new(
                error.message,
                "Cette clé privée ne peut pas servir : la phrase de passe manque ou est fausse, ou sa forme n’est pas connue (OpenSSH ou PEM).",
            );
            Some(FieldProblem {
                field: "private_key".into(),
                words,
            })
        }
        _ => None,
    }
}

impl Login {
    /// Which way it is.
    pub(super) fn kind(&self) -> LoginKind {
        match self {
            Self::Password { .. } => LoginKind::Password,
            Self::Key { .. } | Self::KeyFile { .. } => LoginKind::Key,
            Self::Agent { .. } => LoginKind::Agent,
        }
    }
}

impl LoginKind {
    /// Its name in the store.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Key => "key",
            Self::Agent => "agent",
        }
    }

    pub(super) fn named(name: &str) -> Self {
        match name {
            "key" => Self::Key,
            "agent" => Self::Agent,
            _ => Self::Password,
        }
    }
}

pub(super) fn exists(name: &str) -> AppError {
    AppError::new(
        Code::ServerExists,
        format!("There is a server called {name} already."),
    )
    .with("server", name)
}
