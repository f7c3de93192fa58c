//! Adding a place and taking it away, and accepting its certificate.

use std::sync::Arc;

use towerify_domain::{
    Problems, Words,
    field::{DomainName, Host, Port},
    id::PlaceId,
};
use towerify_driver::portal::{Door, Fingerprint, PortalError};
use towerify_yunohost::portal::username_as_sent;

use super::{
    book::Place,
    refusal::app_error,
    session,
    view::{NewPlace, PlaceAddress, ShownCertificate, Standing},
    visitor::{Desk, Visitor},
};
use crate::{
    AppError, Code, Program, Result,
    clock::{new_id, now},
    error::FieldProblem,
};

/// The certificate that the server at this address shows. Nothing else is exchanged with it.
///
/// # Errors
/// [`Code::InvalidFields`], and those of reaching a server.
pub async fn look(
    program: &Program,
    visitor: &Visitor,
    address: PlaceAddress,
) -> Result<ShownCertificate> {
    let desk = visitor.enter(program)?;
    let door = door(&address)?;
    shown(&desk, door).await
}

async fn shown(desk: &Desk<'_>, door: Door) -> Result<ShownCertificate> {
    let address = door.endpoint();
    let portal = desk.portal(door, None)?;
    match portal.public().await {
        Err(PortalError::CertificateUnknown { offered, .. }) => Ok(ShownCertificate {
            address,
            fingerprint: offered.fingerprint.to_string(),
        }),
        Err(error) => Err(app_error(&error)),
        Ok(_) => Err(AppError::new(
            Code::Internal,
            "A server was asked although nobody had accepted its certificate.",
        )),
    }
}

/// Adds a place, once its server took the name and the password. Nothing is kept otherwise.
///
/// # Errors
/// [`Code::InvalidFields`], [`Code::CertificateChanged`] when it is no longer the accepted one, [`Code::NotAPortal`],
/// [`Code::LoginRefused`], [`Code::Throttled`], and those of reaching a server.
pub async fn add(program: &Program, visitor: &Visitor, new: NewPlace) -> Result<PlaceId> {
    let desk = visitor.enter(program)?;
    let door = door(&new.address)?;
    let username = username_as_sent(&new.username);
    if username.is_empty() {
        return Err(at("username", "A name is needed.", "Il faut un nom."));
    }
    let certificate = Fingerprint::parse(&new.fingerprint).ok_or_else(|| {
        AppError::new(
            Code::CertificateUnknown,
            "The certificate was not accepted.",
        )
    })?;
    let same = |place: &Place| place.door() == door && place.username == username;
    if desk.book().await?.places.iter().any(same) {
        return Err(at(
            "domain",
            "You have this place already.",
            "Vous avez déjà cet endroit.",
        ));
    }
    let portal = desk.portal(door.clone(), Some(certificate.into()))?;
    // Whether it is a portal is found out before a password goes there.
    let public = portal.public().await.map_err(|error| app_error(&error))?;
    session::log_in(&desk, &portal, &username, &new.password).await?;
    let me = portal.me().await.map_err(|error| app_error(&error))?;
    let mut place = Place {
        id: PlaceId::from_uuid(new_id()),
        domain: door.domain,
        machine: door.machine,
        port: door.port,
        username: me.username.clone(),
        certificate: certificate.to_string(),
        vouched: false,
        accepted_at: now(),
        standing: Standing::Unknown,
        known: None,
    };
    if let Some(accepted) = portal.accepted() {
        place.accept(accepted, now());
    }
    place.learn(&me, &public, now());
    let id = place.id;
    program.sessions().keep(desk.owner(), id, Arc::new(portal));
    desk.note("portal.add", &place, "done").await?;
    desk.change(|book| book.places.push(place)).await?;
    Ok(id)
}

/// Accepts another certificate in place of the one that was accepted: the one with this fingerprint, and no other. The
/// session ends: it was for a server that may be another.
///
/// # Errors
/// [`Code::NotFound`], [`Code::CertificateUnknown`] for a text that is no fingerprint, [`Code::CertificateChanged`] when
/// the server shows yet another one, and those of reaching a server.
pub async fn accept_certificate(
    program: &Program,
    visitor: &Visitor,
    id: PlaceId,
    fingerprint: &str,
) -> Result<()> {
    let desk = visitor.enter(program)?;
    let place = desk.place(id).await?;
    let accepted = Fingerprint::parse(fingerprint).ok_or_else(|| {
        AppError::new(
            Code::CertificateUnknown,
            "The certificate was not accepted.",
        )
    })?;
    let portal = desk.portal(place.door(), Some(accepted.into()))?;
    portal.public().await.map_err(|error| app_error(&error))?;
    let accepted = portal.accepted().unwrap_or_else(|| accepted.into());
    program.sessions().take(desk.owner(), id);
    desk.note("portal.certificate", &place, "done").await?;
    desk.change_place(id, |place| {
        place.accept(accepted, now());
        place.accepted_at = now();
        place.answers(now());
    })
    .await
}

/// Forgets a place and what it said, and ends its session.
///
/// # Errors
/// [`Code::NotFound`], [`Code::LocalDisk`].
pub async fn forget(program: &Program, visitor: &Visitor, id: PlaceId) -> Result<()> {
    let desk = visitor.enter(program)?;
    let place = desk.place(id).await?;
    session::end(&desk, id).await;
    desk.note("portal.forget", &place, "done").await?;
    desk.change(|book| book.places.retain(|place| place.id != id))
        .await?;
    let prefix = format!("{id}/");
    desk.change_logos(|logos| logos.retain(|key, _| !key.starts_with(&prefix)))
        .await
}

fn at(field: &str, en: &str, fr: &str) -> AppError {
    AppError::invalid(vec![FieldProblem {
        field: field.to_owned(),
        words: Words::new(en, fr),
    }])
}

/// Where a portal is, of what was typed: `https://`, a path and a port behind the domain are understood, since people
/// take the address from their browser.
fn door(address: &PlaceAddress) -> Result<Door> {
    let typed = address.domain.trim();
    let typed = typed.strip_prefix("https://").unwrap_or(typed);
    let typed = typed.split(['/', '?', '#']).next().unwrap_or_default();
    let (typed, port) = match typed.rsplit_once(':') {
        Some((domain, port)) if address.port == 443 => (domain, port.to_owned()),
        _ => (typed, address.port.to_string()),
    };
    let mut problems = Problems::new();
    let domain = problems.take("domain", DomainName::parse(&typed.to_lowercase()));
    let port = problems.take("port", Port::parse(&port));
    let machine = match address.machine.trim() {
        "" => None,
        machine => problems.take("machine", Host::parse(machine)),
    };
    problems
        .done()
        .map_err(|fields| AppError::invalid(fields.into_iter().map(Into::into).collect()))?;
    Ok(Door {
        domain: domain.map(|domain| domain.to_string()).unwrap_or_default(),
        machine: machine.map(|host| host.to_string()),
        port: port.map_or(443, Port::number),
    })
}
