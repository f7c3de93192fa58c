//! The desktop shell: one window, the commands that it may call, the events that it hears, and the training fleet.
//!
//! In reading order: [`run`] builds the program; `ipc` holds the commands, one file a noun, each an adapter over a use
//! case of the core; `heard` passes the core's words on to the window; `window` opens it. Nothing is decided here.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test fails by stopping"
    )
)]

mod desk;
mod heard;
pub mod ipc;
mod logging;
#[cfg(test)]
mod matrix;
mod shell;
mod training;
mod window;

use std::{process::ExitCode, sync::Arc, time::Instant};

use tauri::{Manager, RunEvent};
use towerify_core::{Folders, Program};

use crate::{desk::SystemDesk, shell::Shell};

/// Whether this is a start for a test or a trial, with a home of its own: it neither minds another instance nor keeps
/// where the window stood.
fn has_own_home() -> bool {
    std::env::var_os("TOWERIFY_HOME").is_some_and(|home| !home.is_empty())
}

/// Opens the window and stays until it is closed. `began` is when the process began, for the trace of the start.
pub fn run(began: Instant) -> ExitCode {
    let folders = match Folders::of_this_user() {
        Ok(folders) => folders,
        Err(error) => {
            eprintln!("Towerify can't start: {error}");
            return ExitCode::FAILURE;
        }
    };
    logging::start(&folders);
    let program = Arc::new(Program::new(folders));
    let ipc = ipc::commands::<tauri::Wry>();

    let mut builder = tauri::Builder::default();
    if !has_own_home() {
        builder = builder
            .plugin(tauri_plugin_single_instance::init(
                |app, _arguments, _folder| window::show(app),
            ))
            .plugin(tauri_plugin_window_state::Builder::new().build());
    }
    let built = builder
        .plugin(tauri_plugin_opener::init())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .invoke_handler(ipc.invoke_handler())
        .setup(move |app| {
            ipc.mount_events(app);
            let desk = SystemDesk::new(app.handle().clone());
            heard::pass_on(&program, app.handle().clone());
            tauri::async_runtime::spawn(towerify_core::locking::watch(Arc::clone(&program)));
            app.manage(Shell::new(Arc::clone(&program), Arc::new(desk), began));
            window::open(app.handle(), &program)?;
            Ok(())
        })
        .build(tauri::generate_context!());
    match built {
        Ok(app) => {
            app.run(|app, event| {
                if let RunEvent::Exit = event {
                    tauri::async_runtime::block_on(app.state::<Shell>().end());
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            eprintln!("Towerify can't open its window: {error}");
            ExitCode::FAILURE
        }
    }
}
