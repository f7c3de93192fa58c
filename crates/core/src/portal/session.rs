//! Signing in to a place and out of it.

use secrecy::SecretString;
use towerify_domain::id::PlaceId;
use towerify_driver::portal::{Portal, PortalError};

use super::{
    launcher,
    refusal::app_error,
    visitor::{Desk, Visitor},
};
use crate::{Program, Result};

/// Signs in to a place, and reads what one may open there. Asked once: a wrong password is never tried again by itself.
///
/// # Errors
/// [`crate::Code::NotFound`], [`crate::Code::LoginRefused`], [`crate::Code::Throttled`],
/// [`crate::Code::CertificateChanged`], and those of reaching a server.
pub async fn sign_in(
    program: &Program,
    visitor: &Visitor,
    id: PlaceId,
    password: SecretString,
) -> Result<()> {
    let desk = visitor.enter(program)?;
    let place = desk.place(id).await?;
    let portal = program.sessions().of(&desk, &place)?;
    if let Err(error) = log_in(&desk, &portal, &place.username, &password).await {
        launcher::note_failure(&desk, &place, &error).await?;
        return Err(error);
    }
    program.sessions().keep(desk.owner(), id, portal);
    launcher::read(&desk, id).await
}

/// Opens a session, unless too many were refused of late.
pub(super) async fn log_in(
    desk: &Desk<'_>,
    portal: &Portal,
    username: &str,
    password: &SecretString,
) -> Result<()> {
    let sessions = desk.program.sessions();
    sessions.check_tries(portal.door())?;
    let opened = portal.login(username, password).await;
    if opened == Err(PortalError::LoginRefused) {
        sessions.count_refused(portal.door());
    }
    opened.map_err(|error| app_error(&error))
}

/// Signs out of a place, on the server too where it answers. What was known stays, with its date.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn sign_out(program: &Program, visitor: &Visitor, id: PlaceId) -> Result<()> {
    let desk = visitor.enter(program)?;
    desk.place(id).await?;
    end(&desk, id).await;
    desk.changed();
    Ok(())
}

/// Ends a session, here in any case. A server that can't be told keeps it for three days at most.
pub(super) async fn end(desk: &Desk<'_>, id: PlaceId) {
    if let Some(portal) = desk.program.sessions().take(desk.owner(), id)
        && let Err(error) = portal.logout().await
    {
        tracing::info!(%error, "a portal could not be told that a session ends");
    }
}
