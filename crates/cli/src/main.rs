//! The `towerify` command: the same use cases as the window, for terminals, scripts and continuous integration.
//!
//! In reading order: [`arguments`] is what can be asked; [`command`] does it, one file a noun, over `towerify-core`;
//! [`screen`] writes what came of it, as tables for people or as JSON for programs; [`failure`] says what went wrong and
//! picks the exit status. Secrets come in by [`secret`] only: a prompt, a file descriptor or a file, never an argument.
//!
//! Left to others: every decision (`core`).

mod arguments;
mod command;
mod failure;
mod following;
#[cfg(test)]
mod matrix;
mod opened;
mod screen;
mod secret;

use clap::Parser as _;
use failure::Failure;
use screen::Screen;
use std::process::ExitCode;
use towerify_domain::Language;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    // Only what the program itself says; a library's words could hold what must not be told.
    let filter = EnvFilter::try_from_env("TOWERIFY_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();

    let screen = Screen::new(arguments.json, language(&arguments));
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Local(format!("the program could not start: {error}")))
        .and_then(|runtime| {
            let outcome = runtime.block_on(Box::pin(command::carry_out(&arguments, &screen)));
            // A prompt that still waits for a key must not hold the end up.
            runtime.shutdown_background();
            outcome
        });
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            screen.failure(&failure);
            failure.status()
        }
    }
}

/// As asked; else as the locale says, in the order of POSIX (`LC_ALL`, `LC_MESSAGES`, `LANG`).
fn language(arguments: &arguments::Arguments) -> Language {
    arguments.lang.map(Into::into).unwrap_or_else(|| {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
        Language::of_locale(&locale.unwrap_or_default())
    })
}
