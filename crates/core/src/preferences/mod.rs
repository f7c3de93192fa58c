//! How the program looks and speaks: for each account as it chose, kept in its workspace; before one is open, as the
//! program was last told on this computer.

mod view;

pub use view::{Density, Preferences, Theme};

use serde_json::json;
use towerify_domain::id::AccountId;
use towerify_store::Store;

use crate::{Program, Result, Topic};

/// The account's setting.
const KEY: &str = "preferences";

/// As they are, for the account that is open, else for the program.
pub fn get(program: &Program) -> Preferences {
    program
        .workspace()
        .ok()
        .and_then(|(workspace, _)| workspace.preferences())
        .unwrap_or_else(|| program.memory(|memory| memory.preferences))
}

/// Sets them all, for the account that is open; the lock screen on this computer goes by them too.
///
/// # Errors
/// [`crate::Code::LocalDisk`].
pub async fn set(program: &Program, preferences: Preferences) -> Result<()> {
    if let Ok((workspace, actor)) = program.workspace() {
        workspace.prefer(actor.account, preferences).await?;
    }
    program.change_memory(|memory| memory.preferences = preferences)?;
    program.speak();
    program.events().changed([Topic::Preferences]);
    Ok(())
}

/// What this account chose, if it did.
pub(crate) async fn of_account(store: &Store, account: AccountId) -> Result<Option<Preferences>> {
    let kept = store.settings().get(Some(account), KEY).await?;
    Ok(kept.and_then(|kept| serde_json::from_value(kept).ok()))
}

pub(crate) async fn keep(
    store: &Store,
    account: AccountId,
    preferences: Preferences,
) -> Result<()> {
    store
        .settings()
        .set(Some(account), KEY, &json!(preferences))
        .await?;
    Ok(())
}
