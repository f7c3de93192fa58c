//! What the commands work with: the program, the training fleet, and the desk around the window.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use tokio::sync::OnceCell;
use towerify_core::{Actor, AppError, Code, Program, Result, Workspace};

use crate::{desk::Desk, training::Training};

/// Carries out a use case on a thread of its own. For those that open a workspace or make one: they keep a processor
/// busy with the password, and what they borrow along the way can't change threads between two steps.
///
/// # Errors
/// Those of `work`; [`Code::Internal`] when it stopped without an answer.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl AsyncFnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || runtime.block_on(work()))
        .await
        .unwrap_or_else(|_| {
            Err(AppError::new(
                Code::Internal,
                "A piece of work of Towerify ended without an answer.",
            ))
        })
}

/// Everything the shell holds while it runs.
pub struct Shell {
    program: Arc<Program>,
    training: Arc<Training>,
    desk: Arc<dyn Desk>,
    reopened: OnceCell<()>,
    painted: AtomicBool,
    began: Instant,
}

impl Shell {
    /// For a program that began at `began`, on this desk.
    pub fn new(program: Arc<Program>, desk: Arc<dyn Desk>, began: Instant) -> Self {
        Self {
            program,
            training: Arc::default(),
            desk,
            reopened: OnceCell::new(),
            painted: AtomicBool::new(false),
            began,
        }
    }

    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    pub(crate) fn program_and_training(&self) -> (Arc<Program>, Arc<Training>) {
        (Arc::clone(&self.program), Arc::clone(&self.training))
    }

    pub(crate) fn desk(&self) -> Arc<dyn Desk> {
        Arc::clone(&self.desk)
    }

    /// The open workspace and who is at work in it.
    pub(crate) fn workspace(&self) -> Result<(Arc<Workspace>, Actor)> {
        self.program.workspace()
    }

    /// Finds everything again after a start: a training workspace has no password that anybody knows, so it is opened
    /// again by itself, with its fleet. Done once, before the first answer about where the program stands; where it
    /// fails, the workspace stays locked, and opening the training fleet by hand says why.
    pub(crate) async fn reopen(&self) {
        self.reopened
            .get_or_init(|| async {
                let (program, training) = self.program_and_training();
                if Training::was_open(&program)
                    && let Err(error) = apart(async move || training.open(&program).await).await
                {
                    tracing::error!(code = ?error.code, %error, "the training fleet was not opened again");
                }
            })
            .await;
    }

    /// Says once how long it took from the start to the first screen, when `TOWERIFY_TRACE_START` asks for it.
    pub(crate) fn painted(&self) {
        if self.painted.swap(true, Ordering::Relaxed) {
            return;
        }
        let took = self.began.elapsed().as_millis();
        tracing::info!(milliseconds = took, "first screen shown");
        if std::env::var_os("TOWERIFY_TRACE_START").is_some_and(|wish| wish == "1") {
            println!("first-paint {took}");
        }
    }

    /// Ends everything. Work on real servers goes on there; the simulated ones stop.
    pub(crate) async fn end(&self) {
        self.program.close().await;
        self.training.stop().await;
    }
}
