//! What an end user does: their apps, their profile, their password. Without an open workspace too.

use std::collections::BTreeMap;

use tauri::State;
use towerify_core::{
    Result,
    portal::{
        self, Launcher, NewPlace, PlaceAddress, Profile, ProfileChange, ShownCertificate, Visitor,
    },
};
use towerify_domain::id::PlaceId;

use super::workspace::Password;
use crate::shell::Shell;

/// What one may open, as it was last known.
///
/// # Errors
/// As [`portal::launcher`].
#[tauri::command]
#[specta::specta]
pub async fn portal_launcher(shell: State<'_, Shell>) -> Result<Launcher> {
    let program = shell.program();
    portal::launcher(program, &Visitor::of(program)).await
}

/// The pictures of apps.
///
/// # Errors
/// As [`portal::logos`].
#[tauri::command]
#[specta::specta]
pub async fn portal_logos(shell: State<'_, Shell>) -> Result<BTreeMap<String, String>> {
    let program = shell.program();
    portal::logos(program, &Visitor::of(program)).await
}

/// Asks every place anew.
///
/// # Errors
/// As [`portal::refresh`].
#[tauri::command]
#[specta::specta]
pub async fn portal_refresh(shell: State<'_, Shell>) -> Result<()> {
    let program = shell.program();
    portal::refresh(program, &Visitor::of(program)).await
}

/// The certificate that a server shows.
///
/// # Errors
/// As [`portal::look`].
#[tauri::command]
#[specta::specta]
pub async fn portal_look(
    shell: State<'_, Shell>,
    address: PlaceAddress,
) -> Result<ShownCertificate> {
    let program = shell.program();
    portal::look(program, &Visitor::of(program), address).await
}

/// Adds a place.
///
/// # Errors
/// As [`portal::add`].
#[tauri::command]
#[specta::specta]
pub async fn portal_add(shell: State<'_, Shell>, place: NewPlace) -> Result<PlaceId> {
    let program = shell.program();
    portal::add(program, &Visitor::of(program), place).await
}

/// Accepts another certificate.
///
/// # Errors
/// As [`portal::accept_certificate`].
#[tauri::command]
#[specta::specta]
pub async fn portal_accept_certificate(
    shell: State<'_, Shell>,
    place: PlaceId,
    fingerprint: String,
) -> Result<()> {
    let program = shell.program();
    portal::accept_certificate(program, &Visitor::of(program), place, &fingerprint).await
}

/// Signs in to a place.
///
/// # Errors
/// As [`portal::sign_in`].
#[tauri::command]
#[specta::specta]
pub async fn portal_sign_in(
    shell: State<'_, Shell>,
    place: PlaceId,
    password: Password,
) -> Result<()> {
    let program = shell.program();
    portal::sign_in(program, &Visitor::of(program), place, password.0).await
}

/// Signs out of a place.
///
/// # Errors
/// As [`portal::sign_out`].
#[tauri::command]
#[specta::specta]
pub async fn portal_sign_out(shell: State<'_, Shell>, place: PlaceId) -> Result<()> {
    let program = shell.program();
    portal::sign_out(program, &Visitor::of(program), place).await
}

/// Forgets a place.
///
/// # Errors
/// As [`portal::forget`].
#[tauri::command]
#[specta::specta]
pub async fn portal_forget(shell: State<'_, Shell>, place: PlaceId) -> Result<()> {
    let program = shell.program();
    portal::forget(program, &Visitor::of(program), place).await
}

/// Shows an app in the browser.
///
/// # Errors
/// As [`portal::address`]; [`towerify_core::Code::Internal`] when no browser answers.
#[tauri::command]
#[specta::specta]
pub async fn portal_open(shell: State<'_, Shell>, url: String) -> Result<()> {
    let program = shell.program();
    let url = portal::address(program, &Visitor::of(program), &url).await?;
    shell.desk().show_page(&url)
}

/// Who one is at a place.
///
/// # Errors
/// As [`portal::profile`].
#[tauri::command]
#[specta::specta]
pub async fn portal_profile(shell: State<'_, Shell>, place: PlaceId) -> Result<Profile> {
    let program = shell.program();
    portal::profile(program, &Visitor::of(program), place).await
}

/// Changes what one may change of oneself.
///
/// # Errors
/// As [`portal::change_profile`].
#[tauri::command]
#[specta::specta]
pub async fn portal_change_profile(
    shell: State<'_, Shell>,
    place: PlaceId,
    change: ProfileChange,
) -> Result<()> {
    let program = shell.program();
    portal::change_profile(program, &Visitor::of(program), place, change).await
}

/// Changes the password.
///
/// # Errors
/// As [`portal::change_password`].
#[tauri::command]
#[specta::specta]
pub async fn portal_change_password(
    shell: State<'_, Shell>,
    place: PlaceId,
    current: Password,
    next: Password,
) -> Result<()> {
    let program = shell.program();
    let visitor = Visitor::of(program);
    portal::change_password(program, &visitor, place, current.0, next.0).await
}
