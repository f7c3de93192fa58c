//! Customers: whose servers and accounts are.

use tauri::State;
use towerify_core::{
    Result,
    customers::{self, CustomerView},
};

use crate::shell::Shell;

/// All of them, by name.
///
/// # Errors
/// As [`customers::list`].
#[tauri::command]
#[specta::specta]
pub async fn customers_list(shell: State<'_, Shell>) -> Result<Vec<CustomerView>> {
    let (workspace, actor) = shell.program().workspace()?;
    customers::list(&workspace, &actor).await
}

/// Makes one.
///
/// # Errors
/// As [`customers::create`].
#[tauri::command]
#[specta::specta]
pub async fn customers_create(shell: State<'_, Shell>, name: String) -> Result<CustomerView> {
    let (workspace, actor) = shell.program().workspace()?;
    customers::create(&workspace, &actor, &name).await
}
