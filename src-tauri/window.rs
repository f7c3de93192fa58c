//! The one window: its size, and a background that is right before anything is painted on it.

use tauri::{AppHandle, Manager, Runtime, WebviewUrl, WebviewWindowBuilder, utils::config::Color};
use towerify_core::{
    Program,
    preferences::{self, Theme},
};

/// Its name, which the capabilities know it by.
pub(crate) const MAIN: &str = "main";

/// Opens it.
///
/// # Errors
/// What the system says when it can't.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>, program: &Program) -> tauri::Result<()> {
    let theme = system_theme(preferences::get(program).theme);
    let mut window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("Towerify")
        .inner_size(1440.0, 900.0)
        .min_inner_size(960.0, 640.0)
        .theme(theme);
    if let Some(theme) = theme {
        window = window.background_color(canvas(theme));
    }
    window.build()?;
    Ok(())
}

/// Brings it to the front, when the program is started a second time.
pub(crate) fn show<R: Runtime>(app: &AppHandle<R>) {
    if let Some(window) = app.get_webview_window(MAIN) {
        let shown = window
            .unminimize()
            .and_then(|()| window.show())
            .and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window could not be brought to the front");
        }
    }
}

/// The theme that the window's own frame is told; none: the system's.
fn system_theme(theme: Theme) -> Option<tauri::Theme> {
    match theme {
        Theme::System => None,
        Theme::Light => Some(tauri::Theme::Light),
        Theme::Dark => Some(tauri::Theme::Dark),
    }
}

/// `--canvas` of ui/src/shared/theme.css.
fn canvas(theme: tauri::Theme) -> Color {
    match theme {
        tauri::Theme::Dark => Color(0x16, 0x1c, 0x1f, 0xff),
        _ => Color(0xff, 0xff, 0xff, 0xff),
    }
}
