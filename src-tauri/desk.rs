//! What lies around the window: the browser and the system's dialogs. Commands ask for it by this trait, so that they
//! run in a test without a screen.

use std::path::PathBuf;

use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::DialogExt;
use tauri_plugin_notification::NotificationExt;
use tauri_plugin_opener::OpenerExt;
use towerify_core::{AppError, Code, Result};

use crate::window;

/// The person's desk.
pub trait Desk: Send + Sync {
    /// Shows an address in the browser. Only `https` and `http`; the core has checked whose it is.
    ///
    /// # Errors
    /// [`Code::Internal`] for another scheme, or when no browser answers.
    fn show_page(&self, url: &str) -> Result<()>;

    /// Asks for a folder; none when the person changed their mind. Blocks until answered.
    fn ask_folder(&self) -> Option<PathBuf>;

    /// Asks where to save a file of this name; none when the person changed their mind. Blocks until answered.
    fn ask_file(&self, name: &str) -> Option<PathBuf>;

    /// Says something where the system says such things. A system that can't is no error: it is noted in the log.
    fn notify(&self, title: &str, text: &str);

    /// Ends the program, once what it has open is closed.
    fn quit(&self);
}

/// The real one.
pub(crate) struct SystemDesk {
    app: AppHandle,
}

impl SystemDesk {
    pub(crate) fn new(app: AppHandle) -> Self {
        Self { app }
    }
}

impl Desk for SystemDesk {
    fn show_page(&self, url: &str) -> Result<()> {
        if !is_page(url) {
            return Err(AppError::new(
                Code::Internal,
                "Only web addresses are opened in the browser.",
            ));
        }
        self.app
            .opener()
            .open_url(url, None::<&str>)
            .map_err(|error| {
                AppError::new(
                    Code::Internal,
                    format!("The browser could not be opened: {error}."),
                )
            })
    }

    fn ask_folder(&self) -> Option<PathBuf> {
        let mut dialog = self.app.dialog().file();
        if let Some(window) = self.app.get_webview_window(window::MAIN) {
            dialog = dialog.set_parent(&window);
        }
        dialog
            .blocking_pick_folder()
            .and_then(|folder| folder.into_path().ok())
    }

    fn ask_file(&self, name: &str) -> Option<PathBuf> {
        let mut dialog = self.app.dialog().file().set_file_name(name);
        if let Some(window) = self.app.get_webview_window(window::MAIN) {
            dialog = dialog.set_parent(&window);
        }
        dialog
            .blocking_save_file()
            .and_then(|file| file.into_path().ok())
    }

    fn notify(&self, title: &str, text: &str) {
        let told = self
            .app
            .notification()
            .builder()
            .title(line(title))
            .body(line(text))
            .show();
        if let Err(error) = told {
            tracing::warn!(%error, "the system could not be asked to notify");
        }
    }

    fn quit(&self) {
        self.app.exit(0);
    }
}

/// One line, of a length that a notification shows, without what a notification could take for markup.
fn line(text: &str) -> String {
    towerify_domain::text::line(text, 200).replace(['<', '>'], "")
}

/// Whether an address is one that a browser may be given.
pub(crate) fn is_page(url: &str) -> bool {
    let begins = |scheme: &str| {
        url.get(..scheme.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    };
    (begins("https://") || begins("http://"))
        && !url
            .chars()
            .any(|sign| sign.is_control() || sign.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::is_page;

    #[track_caller]
    fn check(url: &str, expected: bool) {
        assert_eq!(is_page(url), expected, "{url}");
    }

    #[test]
    fn only_web_addresses_reach_the_browser() {
        check("https://glycines-01.example/nextcloud/", true);
        check("http://glycines-01.example/", true);
        check("HTTPS://glycines-01.example", true);
        check("file:///etc/passwd", false);
        check("javascript:alert(1)", false);
        check("https", false);
        check("https://a.example/\n--flag", false);
        check("", false);
    }
}
