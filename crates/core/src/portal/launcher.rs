//! What one may open: reading it from every place, merging it, and opening one.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use towerify_domain::{Language, id::PlaceId};
use towerify_yunohost::portal::Public;

use super::{
    book::{Place, logo_key},
    refusal::app_error,
    view::{Launcher, PlaceView, Standing, Tile},
    visitor::{Desk, Visitor},
};
use crate::{AppError, Code, Program, Result, clock::now};

/// The most pictures that are kept of one place.
const MOST_LOGOS: usize = 100;

/// What one may open, as it was last known. Asks no server.
///
/// # Errors
/// [`Code::LocalDisk`].
pub async fn launcher(program: &Program, visitor: &Visitor) -> Result<Launcher> {
    let desk = visitor.enter(program)?;
    let book = desk.book().await?;
    let language = *program
        .spoken()
        .read()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(Launcher {
        tiles: merged(&book.places, language),
        places: book
            .places
            .iter()
            .map(|place| shown(&desk, place))
            .collect(),
    })
}

/// The pictures of apps, by the names that tiles give: `data:image/png;base64,…`.
///
/// # Errors
/// [`Code::LocalDisk`].
pub async fn logos(program: &Program, visitor: &Visitor) -> Result<BTreeMap<String, String>> {
    let desk = visitor.enter(program)?;
    let logos = desk.logos().await?;
    let shown = logos
        .into_iter()
        .map(|(key, picture)| (key, format!("data:image/png;base64,{picture}")));
    Ok(shown.collect())
}

/// Asks every place anew, side by side: whether it answers, and, where there is a session, what one may open. What goes
/// wrong with one is written down with it.
///
/// # Errors
/// [`Code::LocalDisk`].
pub async fn refresh(program: &Program, visitor: &Visitor) -> Result<()> {
    let desk = visitor.enter(program)?;
    let places = desk.book().await?.places;
    let asked = places.iter().map(|place| read_or_note(&desk, place));
    for done in futures::future::join_all(asked).await {
        done?;
    }
    Ok(())
}

/// The address of an app that a place named, for a browser: always `https`.
///
/// # Errors
/// [`Code::NotFound`] for an address that no place named.
pub async fn address(program: &Program, visitor: &Visitor, url: &str) -> Result<String> {
    let desk = visitor.enter(program)?;
    let book = desk.book().await?;
    let known = book
        .places
        .iter()
        .filter_map(|place| place.known.as_ref())
        .flat_map(|known| &known.tiles)
        .find(|tile| tile.url == url && url.starts_with("https://"));
    known
        .map(|tile| tile.url.clone())
        .ok_or_else(|| AppError::not_found("app"))
}

/// One place as it is shown.
pub(super) fn shown(desk: &Desk<'_>, place: &Place) -> PlaceView {
    let known = place.known.as_ref();
    let own_title = known
        .map(|known| known.title.as_str())
        .filter(|title| !title.is_empty() && *title != "YunoHost");
    PlaceView {
        id: place.id,
        domain: place.domain.clone(),
        title: own_title.unwrap_or(&place.domain).to_owned(),
        username: place.username.clone(),
        fullname: known
            .map(|known| known.fullname.as_str())
            .filter(|name| !name.is_empty())
            .unwrap_or(&place.username)
            .to_owned(),
        signed_in: desk.program.sessions().has(desk.owner(), place.id),
        standing: place.standing.clone(),
        known_at: known.map(|known| known.at),
    }
}

/// The tiles of all places in order; one that several name is there once, and is as well as the best of them.
fn merged(places: &[Place], language: Language) -> Vec<Tile> {
    let mut tiles: Vec<(i64, Tile)> = Vec::new();
    for place in places {
        for tile in place.known.iter().flat_map(|known| &known.tiles) {
            if let Some((_, there)) = tiles.iter_mut().find(|(_, there)| there.url == tile.url) {
                there.places.push(place.id);
                if matches!(place.standing, Standing::Answers { .. }) {
                    there.standing = place.standing.clone();
                }
                continue;
            }
            // `nextcloud__2.main` is an instance of nextcloud.
            let instance = tile.permission.split('.').next().unwrap_or_default();
            let app = instance.split("__").next().unwrap_or_default();
            tiles.push((
                tile.order,
                Tile {
                    url: tile.url.clone(),
                    label: tile.label.clone(),
                    description: tile.description(language).map(str::to_owned),
                    app: app.to_owned(),
                    logo: tile.logo.as_deref().map(|path| logo_key(place.id, path)),
                    standing: place.standing.clone(),
                    places: vec![place.id],
                },
            ));
        }
    }
    tiles.sort_by_cached_key(|(order, tile)| (*order, tile.label.to_lowercase()));
    tiles.into_iter().map(|(_, tile)| tile).collect()
}

/// Reads one place anew. What goes wrong is written down with it, and given.
///
/// # Errors
/// Those of reaching a server; [`Code::LocalDisk`].
pub(super) async fn read(desk: &Desk<'_>, id: PlaceId) -> Result<()> {
    let place = desk.place(id).await?;
    let read = ask(desk, &place).await;
    if let Err(error) = &read {
        note_failure(desk, &place, error).await?;
    }
    read
}

/// The same, where only a fault of this computer counts.
async fn read_or_note(desk: &Desk<'_>, place: &Place) -> Result<()> {
    match ask(desk, place).await {
        Err(error) if error.code == Code::LocalDisk => Err(error),
        Err(error) => note_failure(desk, place, &error).await,
        Ok(()) => Ok(()),
    }
}

async fn ask(desk: &Desk<'_>, place: &Place) -> Result<()> {
    let portal = desk.program.sessions().of(desk, place)?;
    let public = portal.public().await.map_err(|error| app_error(&error))?;
    desk.recognise(place, &portal).await?;
    if !portal.has_session() {
        return desk
            .change_place(place.id, |place| place.answers(now()))
            .await;
    }
    let me = portal.me().await.map_err(|error| app_error(&error))?;
    learned(desk, place.id, &me, &public).await?;
    fetch_logos(desk, place.id, &portal).await
}

/// Keeps what a place said.
pub(super) async fn learned(
    desk: &Desk<'_>,
    id: PlaceId,
    me: &towerify_yunohost::portal::Me,
    public: &Public,
) -> Result<()> {
    desk.change_place(id, |place| place.learn(me, public, now()))
        .await
}

/// Fetches pictures that are not there yet. One that does not come is no trouble: there is a sign in its place.
async fn fetch_logos(
    desk: &Desk<'_>,
    id: PlaceId,
    portal: &towerify_driver::portal::Portal,
) -> Result<()> {
    let place = desk.place(id).await?;
    let known = desk.logos().await?;
    let wanted: Vec<&str> = place
        .known
        .iter()
        .flat_map(|known| &known.tiles)
        .filter_map(|tile| tile.logo.as_deref())
        .filter(|path| !known.contains_key(&logo_key(id, path)))
        .take(MOST_LOGOS)
        .collect();
    let mut found = Vec::new();
    for path in wanted {
        match portal.logo(path).await {
            Ok(Some(picture)) => found.push((logo_key(id, path), STANDARD.encode(picture))),
            Ok(None) => {}
            Err(error) => {
                tracing::info!(%error, "the picture of an app did not come");
                break;
            }
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    desk.change_logos(|logos| logos.extend(found)).await
}

/// Writes down that a place did not answer as it should, since when, and why. A refused login, and a session that ended,
/// are answers.
pub(super) async fn note_failure(desk: &Desk<'_>, place: &Place, error: &AppError) -> Result<()> {
    let shown = error.params.get("fingerprint").cloned();
    desk.change_place(place.id, |place| match error.code {
        Code::SessionEnded | Code::LoginRefused => place.answers(now()),
        Code::Throttled | Code::InvalidFields | Code::LocalDisk => {}
        Code::CertificateChanged | Code::CertificateUnknown => {
            let since = match place.standing {
                Standing::CertificateChanged { since, .. } => since,
                _ => now(),
            };
            place.standing = Standing::CertificateChanged {
                since,
                accepted_at: place.accepted_at,
                accepted: place.certificate.clone(),
                shown: shown.unwrap_or_default(),
            };
        }
        code => {
            let since = match place.standing {
                Standing::Silent { since, .. } => since,
                _ => now(),
            };
            place.standing = Standing::Silent { since, code };
        }
    })
    .await
}
