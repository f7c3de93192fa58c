//! Servers: the list, one server's page, first contact, adding, changing, reading again.

use tauri::State;
use towerify_core::{
    Result,
    runs::Begun,
    servers::{
        self, Address, Detail, Diagnosis, Domains, HowChecked, KeyConflict, ListQuery, NewServer,
        OfferedKey, Operations, Page, Selection, ServerEdit, Services, SshConfig, Sweep,
    },
};
use towerify_domain::id::ServerId;

use crate::shell::Shell;

/// A part of the list.
///
/// # Errors
/// As [`servers::list`].
#[tauri::command]
#[specta::specta]
pub async fn servers_list(shell: State<'_, Shell>, query: ListQuery) -> Result<Page> {
    let (workspace, actor) = shell.workspace()?;
    servers::list(&workspace, &actor, query).await
}

/// One server.
///
/// # Errors
/// As [`servers::detail`].
#[tauri::command]
#[specta::specta]
pub async fn servers_detail(shell: State<'_, Shell>, server: ServerId) -> Result<Detail> {
    let (workspace, actor) = shell.workspace()?;
    servers::detail(&workspace, &actor, server).await
}

/// The host key that a machine offers; nothing of a login is sent.
///
/// # Errors
/// As [`servers::offered_key`].
#[tauri::command]
#[specta::specta]
pub async fn servers_scan(shell: State<'_, Shell>, address: Address) -> Result<OfferedKey> {
    let (workspace, actor) = shell.workspace()?;
    servers::offered_key(&workspace, &actor, address).await
}

/// Adds a server with the key that a person accepted, and reads it.
///
/// # Errors
/// As [`servers::add`].
#[tauri::command]
#[specta::specta]
pub async fn servers_add(shell: State<'_, Shell>, server: NewServer) -> Result<ServerId> {
    let (workspace, actor) = shell.workspace()?;
    servers::add(&workspace, &actor, server).await
}

/// Changes what is said of a server.
///
/// # Errors
/// As [`servers::edit`].
#[tauri::command]
#[specta::specta]
pub async fn servers_edit(
    shell: State<'_, Shell>,
    server: ServerId,
    edit: ServerEdit,
) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    servers::edit(&workspace, &actor, server, edit).await
}

/// Takes a server out of the fleet.
///
/// # Errors
/// As [`servers::remove`].
#[tauri::command]
#[specta::specta]
pub async fn servers_remove(shell: State<'_, Shell>, server: ServerId) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    servers::remove(&workspace, &actor, server).await
}

/// Reads servers again, many at once.
///
/// # Errors
/// As [`servers::refresh`].
#[tauri::command]
#[specta::specta]
pub async fn servers_refresh(shell: State<'_, Shell>, selection: Selection) -> Result<Sweep> {
    let (workspace, actor) = shell.workspace()?;
    servers::refresh(&workspace, &actor, selection).await
}

/// Both keys of a server that offers another one than the pinned.
///
/// # Errors
/// As [`servers::key_conflict`].
#[tauri::command]
#[specta::specta]
pub async fn servers_key_conflict(
    shell: State<'_, Shell>,
    server: ServerId,
) -> Result<KeyConflict> {
    let (workspace, actor) = shell.workspace()?;
    servers::key_conflict(&workspace, &actor, server).await
}

/// Replaces a server's pinned key by the one it offers. The person typed the server's own name, to be sure that it is
/// this one.
///
/// # Errors
/// As [`servers::accept_key`].
#[tauri::command]
#[specta::specta]
pub async fn servers_replace_key(
    shell: State<'_, Shell>,
    server: ServerId,
    fingerprint: String,
    how: HowChecked,
    typed_name: String,
) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    servers::accept_key(&workspace, &actor, server, &fingerprint, how, &typed_name).await
}

/// The machines that this computer's own `~/.ssh/config` names, to choose from.
///
/// # Errors
/// As [`servers::ssh_config_hosts`].
#[tauri::command]
#[specta::specta]
pub async fn servers_ssh_config(shell: State<'_, Shell>) -> Result<SshConfig> {
    let (workspace, actor) = shell.workspace()?;
    servers::ssh_config_hosts(&workspace, &actor).await
}

/// A server's domains and certificates, as last read.
///
/// # Errors
/// As [`servers::domains`].
#[tauri::command]
#[specta::specta]
pub async fn servers_domains(shell: State<'_, Shell>, server: ServerId) -> Result<Domains> {
    let (workspace, actor) = shell.workspace()?;
    servers::domains(&workspace, &actor, server).await
}

/// A server's services, as last read.
///
/// # Errors
/// As [`servers::services`].
#[tauri::command]
#[specta::specta]
pub async fn servers_services(shell: State<'_, Shell>, server: ServerId) -> Result<Services> {
    let (workspace, actor) = shell.workspace()?;
    servers::services(&workspace, &actor, server).await
}

/// A server's diagnosis, as last read.
///
/// # Errors
/// As [`servers::diagnosis`].
#[tauri::command]
#[specta::specta]
pub async fn servers_diagnosis(shell: State<'_, Shell>, server: ServerId) -> Result<Diagnosis> {
    let (workspace, actor) = shell.workspace()?;
    servers::diagnosis(&workspace, &actor, server).await
}

/// YunoHost's own operation logs, as last read.
///
/// # Errors
/// As [`servers::operations`].
#[tauri::command]
#[specta::specta]
pub async fn servers_operations(shell: State<'_, Shell>, server: ServerId) -> Result<Operations> {
    let (workspace, actor) = shell.workspace()?;
    servers::operations(&workspace, &actor, server).await
}

/// Restarts a service.
///
/// # Errors
/// As [`servers::restart_service`].
#[tauri::command]
#[specta::specta]
pub async fn servers_restart_service(
    shell: State<'_, Shell>,
    server: ServerId,
    service: String,
) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    servers::restart_service(&workspace, &actor, server, &service).await
}

/// Runs the diagnosis.
///
/// # Errors
/// As [`servers::diagnose`].
#[tauri::command]
#[specta::specta]
pub async fn servers_diagnose(shell: State<'_, Shell>, server: ServerId) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    servers::diagnose(&workspace, &actor, server).await
}
