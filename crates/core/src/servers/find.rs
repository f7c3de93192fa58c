//! Finding one server. What belongs to another customer and what does not exist answer alike.

use towerify_domain::{
    Permit,
    id::ServerId,
    policy::{Named, may},
};
use towerify_store::Server;

use crate::{Actor, AppError, Result, Workspace};

/// The server of this name (letter case does not count) or of this id, for the command line.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn find(workspace: &Workspace, actor: &Actor, name_or_id: &str) -> Result<ServerId> {
    let permit = Permit::<may::SeeServers>::ask(actor)?;
    if let Ok(id) = name_or_id.parse::<ServerId>() {
        return Ok(server_of(workspace, &permit, id).await?.id);
    }
    let servers = workspace.store(&permit).servers();
    let server = servers.by_name(permit.within(), name_or_id).await?;
    let server = server.ok_or_else(|| AppError::not_found("server").with("server", name_or_id))?;
    Ok(server.id)
}

/// The server with this id, as far as the permit reaches.
pub(crate) async fn server_of<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    id: ServerId,
) -> Result<Server> {
    let servers = workspace.store(permit).servers();
    let server = servers.within(permit.within(), id).await?;
    server.ok_or_else(|| AppError::not_found("server"))
}
