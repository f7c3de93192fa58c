//! What the program writes down about itself: `towerify.log` among its data, and the standard error stream when
//! `TOWERIFY_LOG` says what to show there (`debug`, or `towerify_core=trace`). No secret is ever handed to it.

use std::{fs::File, io::Write, path::Path, sync::Mutex};

use towerify_core::Folders;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// Past this size the file is put aside, as `towerify.log.1`, when the program starts.
const LARGE: u64 = 4 * 1024 * 1024;

/// What is written to the file unless something goes wrong elsewhere.
const USUAL: &str = "warn,towerify_desktop=info,towerify_core=info,towerify_runs=info,towerify_sandbox=info,rustls_platform_verifier=off";

/// From now on. A log that can't be written is no reason not to start.
pub(crate) fn start(folders: &Folders) {
    let file = open(&folders.log()).map(|file| {
        tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(Mutex::new(file))
            .with_filter(EnvFilter::new(USUAL))
    });
    let said = std::env::var("TOWERIFY_LOG")
        .ok()
        .filter(|wish| !wish.is_empty())
        .map(|wish| {
            tracing_subscriber::fmt::layer()
                .with_writer(std::io::stderr)
                .with_filter(EnvFilter::new(wish))
        });
    let (file, problem) = match file {
        Ok(layer) => (Some(layer), None),
        Err(error) => (None, Some(error)),
    };
    // Only a second start in one process could fail here, and then the first one is listening.
    let _ = tracing_subscriber::registry()
        .with(file)
        .with(said)
        .try_init();
    if let Some(error) = problem {
        let _ = writeln!(
            std::io::stderr(),
            "Towerify's log can't be written: {error}"
        );
    }
    std::panic::set_hook(Box::new(|panic| {
        // A message made at run time could hold anything; one written in the source can't.
        let message = panic
            .payload()
            .downcast_ref::<&'static str>()
            .copied()
            .unwrap_or("(not shown)");
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(
            message,
            place,
            "a fault in Towerify stopped a piece of work"
        );
        let _ = writeln!(
            std::io::stderr(),
            "a fault in Towerify, at {place}: {message}"
        );
    }));
}

fn open(path: &Path) -> std::io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if std::fs::metadata(path).is_ok_and(|known| known.len() > LARGE) {
        std::fs::rename(path, path.with_extension("log.1"))?;
    }
    File::options().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_grew_large_is_put_aside_and_a_small_one_is_continued() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data").join("towerify.log");
        open(&path).unwrap().write_all(b"one\n").unwrap();
        open(&path).unwrap().write_all(b"two\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        open(&path).unwrap().set_len(LARGE + 1).unwrap();
        open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
        assert!(path.with_extension("log.1").is_file());
    }
}
