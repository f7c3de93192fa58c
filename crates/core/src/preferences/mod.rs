//! How the program looks and speaks. Kept outside of any workspace: the lock screen needs it too.

mod view;

pub use view::{Density, Preferences, Theme};

use crate::{Program, Topic, error::AppError};

/// As they are.
pub fn get(program: &Program) -> Preferences {
    program.memory(|memory| memory.preferences)
}

/// Sets them all.
///
/// # Errors
/// [`crate::Code::LocalDisk`].
pub fn set(program: &Program, preferences: Preferences) -> Result<(), AppError> {
    program.change_memory(|memory| memory.preferences = preferences)?;
    *program
        .spoken()
        .write()
        .unwrap_or_else(std::sync::PoisonError::into_inner) = preferences.spoken();
    program.events().changed([Topic::Preferences]);
    Ok(())
}
