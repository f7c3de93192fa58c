//! Passes on to the window what the core says unasked: which topics changed, and what runs say at work.

use serde::Serialize;
use tauri::{AppHandle, Runtime};
use tauri_specta::Event as _;
use tokio::sync::broadcast::error::RecvError;
use towerify_core::{Event, Program, Topic, runs::LiveEvent};

/// These topics are no longer what they were: what shows them is read again.
#[derive(Clone, Debug, Serialize, specta::Type, tauri_specta::Event)]
pub struct Changed(pub Vec<Topic>);

/// A run at work speaks.
#[derive(Clone, Debug, Serialize, specta::Type, tauri_specta::Event)]
pub struct Live(pub LiveEvent);

/// From now on, until the program ends.
pub(crate) fn pass_on<R: Runtime>(program: &Program, app: AppHandle<R>) {
    let mut events = program.events().listen();
    tauri::async_runtime::spawn(async move {
        loop {
            let told = match events.recv().await {
                Ok(Event::Changed(topics)) => Changed(topics).emit(&app),
                Ok(Event::Live(event)) => Live(event).emit(&app),
                // Too much was said while the window was busy: everything may be different.
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "the window did not hear everything");
                    Changed(vec![
                        Topic::Workspace,
                        Topic::Servers,
                        Topic::Runs,
                        Topic::Journal,
                        Topic::Portal,
                    ])
                    .emit(&app)
                }
                Err(RecvError::Closed) => return,
            };
            if let Err(error) = told {
                tracing::warn!(%error, "the window could not be told");
            }
        }
    });
}
