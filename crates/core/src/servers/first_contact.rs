//! First contact: looking at a host key, without a word of a login, so that a person can compare it.

use std::sync::Arc;

use towerify_domain::{
    Permit, Problems,
    field::{Host, Port},
    id::ServerId,
    policy::{Named, may},
};
use towerify_ssh::{
    Dial, Endpoint, HostKey, HostKeyRefusal, HostKeys, KnownHosts, Login, Pinned, Verdict,
};

use crate::{
    Actor, AppError, Result, Workspace,
    connections::endpoint,
    servers::{
        find::server_of,
        view::{Address, HowChecked, KeyConflict, KnownHostsSay, OfferedKey, PinnedKey},
    },
};

/// The key that the machine at this address offers. Nothing of a login is sent.
///
/// # Errors
/// [`crate::Code::InvalidFields`], and those of reaching a machine.
pub async fn offered_key(
    workspace: &Workspace,
    actor: &Actor,
    address: Address,
) -> Result<OfferedKey> {
    let permit = Permit::<may::AddServer>::ask(actor)?;
    let key = look(workspace, &permit, &address).await?;
    Ok(offered(&Endpoint::new(address.address.trim(), address.port), &key).await)
}

/// Looks at the key of the machine at this address, through the jump host if there is one.
pub(super) async fn look<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    address: &Address,
) -> Result<HostKey> {
    let mut problems = Problems::new();
    let host = problems.take("address", Host::parse(&address.address));
    problems.take("port", Port::parse(&address.port.to_string()));
    problems
        .done()
        .map_err(|fields| AppError::invalid(fields.into_iter().map(Into::into).collect()))?;
    let target = Endpoint::new(
        host.map(|host| host.to_string()).unwrap_or_default(),
        address.port,
    );
    let nobody = Login::new("", Vec::new());
    let dial = match address.jump {
        None => Dial::new(target, nobody, Arc::new(Pinned::new())),
        Some(jump) => {
            let hop = server_of(workspace, permit, jump).await?;
            let way = workspace.connections(permit).dial(&hop).await?;
            let mut dial = Dial::new(target, nobody, way.host_keys);
            dial.jumps = way.jumps;
            dial.jumps.push(towerify_ssh::Hop {
                endpoint: way.endpoint,
                login: way.login,
            });
            dial
        }
    };
    Ok(towerify_ssh::scan(&dial).await?)
}

/// Both keys of a server that offers another one than the pinned. Nothing of a login is sent.
///
/// # Errors
/// [`crate::Code::NotFound`], and those of reaching a machine.
pub async fn key_conflict(
    workspace: &Workspace,
    actor: &Actor,
    id: ServerId,
) -> Result<KeyConflict> {
    let permit = Permit::<may::AcceptHostKey>::ask(actor)?;
    let server = server_of(workspace, &permit, id).await?;
    let dial = workspace.connections(&permit).dial(&server).await?;
    let key = towerify_ssh::scan(&dial).await?;
    let offered = offered(&endpoint(&server), &key).await;
    let pinned = pinned_keys(workspace, &permit, id).await?;
    Ok(KeyConflict { offered, pinned })
}

/// The pinned keys of a server.
pub(super) async fn pinned_keys<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    id: ServerId,
) -> Result<Vec<PinnedKey>> {
    let rows = workspace.store(permit).host_keys().of(id).await?;
    Ok(rows
        .into_iter()
        .filter(|row| row.protocol == "ssh" && row.state == "pinned")
        .map(|row| PinnedKey {
            algorithm: row.algorithm,
            fingerprint: row.fingerprint,
            since: row.accepted_at,
            by: row.accepted_by,
            how: HowChecked::named(&row.how_checked),
        })
        .collect())
}

pub(super) async fn offered(endpoint: &Endpoint, key: &HostKey) -> OfferedKey {
    OfferedKey {
        algorithm: key.algorithm().to_owned(),
        fingerprint: key.fingerprint(),
        words: key.words().join(" "),
        known_hosts: known_hosts_say(endpoint.clone(), key.clone()).await,
    }
}

/// What this user's own `known_hosts` says. A file that is missing or can't be read says nothing.
async fn known_hosts_say(endpoint: Endpoint, key: HostKey) -> KnownHostsSay {
    let look = tokio::task::spawn_blocking(move || {
        let home = directories::BaseDirs::new()?
            .home_dir()
            .join(".ssh")
            .join("known_hosts");
        let text = std::fs::read_to_string(home).ok()?;
        Some(KnownHosts::parse(&text).check(&endpoint, &key))
    });
    match look.await.ok().flatten() {
        Some(Verdict::Accept) => KnownHostsSay::Same,
        Some(Verdict::Refuse(HostKeyRefusal::Changed { .. })) => KnownHostsSay::Other,
        Some(Verdict::Refuse(HostKeyRefusal::Revoked)) => KnownHostsSay::Revoked,
        _ => KnownHostsSay::None,
    }
}

impl HowChecked {
    /// Its name in the store.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Phone => "phone",
            Self::Provider => "provider",
            Self::KnownHosts => "known_hosts",
            Self::CommandLine => "command_line",
            Self::NotChecked => "not_checked",
        }
    }

    fn named(name: &str) -> Self {
        [
            Self::Console,
            Self::Phone,
            Self::Provider,
            Self::KnownHosts,
            Self::CommandLine,
        ]
        .into_iter()
        .find(|how| how.name() == name)
        .unwrap_or(Self::NotChecked)
    }
}
