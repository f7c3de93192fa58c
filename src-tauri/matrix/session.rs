//! The program without a screen, on a copy of the workspace, with somebody at work in it: commands are asked as the window
//! asks them, over Tauri's own wire.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use serde_json::{Value, json};
use tauri::{
    Manager, WebviewWindow,
    ipc::{CallbackFn, InvokeBody, InvokeResponseBody},
    test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets},
    webview::InvokeRequest,
};
use tempfile::TempDir;
use towerify_core::Result;
use towerify_test_customers::{Person, Workspace};

use super::calls::entry;
use crate::{desk::Desk, ipc, shell::Shell};

/// What a command answered.
pub type Answer = std::result::Result<Value, Value>;

/// A program, and who is at work.
pub struct Session {
    app: tauri::App<MockRuntime>,
    window: WebviewWindow<MockRuntime>,
    home: TempDir,
}

impl Session {
    /// A program that knows the workspace, locked.
    pub fn locked(world: &Workspace) -> Self {
        let home = tempfile::tempdir().unwrap();
        world.copy_to(home.path());
        Self::at(home)
    }

    /// A program that knows no workspace.
    pub fn fresh() -> Self {
        Self::at(tempfile::tempdir().unwrap())
    }

    /// With this person at work.
    pub fn of(world: &Workspace, person: &Person) -> Self {
        let session = Self::locked(world);
        session.unlock(person).unwrap();
        session
    }

    fn at(home: TempDir) -> Self {
        let program = Arc::new(towerify_test_customers::program(home.path()));
        let commands = ipc::commands::<MockRuntime>();
        let app = mock_builder()
            .invoke_handler(commands.invoke_handler())
            .build(mock_context(noop_assets()))
            .unwrap();
        commands.mount_events(app.handle());
        let desk = Arc::new(NoDesk(home.path().join("saved")));
        app.manage(Shell::new(program, desk, Instant::now()));
        let window = tauri::WebviewWindowBuilder::new(&app, "main", tauri::WebviewUrl::default())
            .build()
            .unwrap();
        Self { app, window, home }
    }

    /// Opens the workspace as this person.
    pub fn unlock(&self, person: &Person) -> Answer {
        let entry = entry(person.account);
        self.ask("workspace_unlock", json!({ "entry": entry }))
    }

    /// Asks a command, as the window does.
    pub fn ask(&self, command: &str, arguments: Value) -> Answer {
        let request = InvokeRequest {
            cmd: command.into(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: "tauri://localhost".parse().unwrap(),
            body: InvokeBody::Json(arguments),
            headers: Default::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        get_ipc_response(&self.window, request).map(|body| match body {
            InvokeResponseBody::Json(text) => serde_json::from_str(&text).unwrap(),
            InvokeResponseBody::Raw(_) => panic!("{command} answered bytes"),
        })
    }

    /// Its home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Closes what is open, in good order.
    pub fn close(&self) {
        tauri::async_runtime::block_on(self.app.state::<Shell>().end());
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close();
    }
}

/// A desk that shows nothing, and takes files into one folder.
struct NoDesk(PathBuf);

impl Desk for NoDesk {
    fn show_page(&self, _url: &str) -> Result<()> {
        Ok(())
    }

    fn ask_folder(&self) -> Option<PathBuf> {
        None
    }

    fn ask_file(&self, name: &str) -> Option<PathBuf> {
        std::fs::create_dir_all(&self.0).unwrap();
        Some(self.0.join(name))
    }

    fn notify(&self, _title: &str, _text: &str) {}

    fn quit(&self) {}
}
