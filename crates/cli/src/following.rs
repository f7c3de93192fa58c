//! Follows a run to its end: its trace as it grows, then what came of it.

use crate::failure::Failure;
use crate::opened::Opened;
use crate::screen::Screen;
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use towerify_core::runs::{self, Begun, Detail};
use towerify_domain::Words;
use towerify_domain::id::RunId;
use towerify_domain::run::{RunState, TraceLine};

/// How often the trace is looked at when nothing is heard.
pub const LOOK: Duration = Duration::from_millis(500);

/// Follows a run that the command began, and says what came of it: exit status 0 when it is done, else 1. With JSON, one
/// object at the end.
pub async fn begun(opened: &Opened, screen: &Screen, begun: Begun) -> Result<ExitCode, Failure> {
    begun_until(opened, screen, begun, RunState::Done).await
}

/// The same for a run that is to end in another state.
pub async fn begun_until(
    opened: &Opened,
    screen: &Screen,
    begun: Begun,
    good: RunState,
) -> Result<ExitCode, Failure> {
    let followed = follow(opened, begun.run, |line| screen.say(&written(line)));
    tokio::select! {
        state = followed => { state?; }
        _ = tokio::signal::ctrl_c() => {
            left(screen, begun.run);
            return Ok(ExitCode::from(1));
        }
    }
    let detail = runs::detail(&opened.workspace, &opened.actor, begun.run).await?;
    screen.answer(&json!({ "ok": detail.row.state == good, "run": detail }));
    Ok(outcome(screen, &detail, good))
}

/// Says where a run is that nobody waits for any more.
pub fn left(screen: &Screen, run: RunId) {
    screen.remark(&Words::new(
        format!("The work goes on on the server. Find it again: towerify runs follow {run}"),
        format!(
            "Le travail continue sur le serveur. Pour le retrouver : towerify runs follow {run}"
        ),
    ));
}

/// Calls `each` with every line of the trace, from the first on, until the run is over.
pub async fn follow(
    opened: &Opened,
    run: RunId,
    mut each: impl FnMut(&TraceLine),
) -> Result<RunState, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    let mut heard = opened.program.events().listen();
    let mut end = std::pin::pin!(runs::wait(workspace, actor, run));
    let mut next = 1;
    loop {
        let ended = tokio::select! {
            state = &mut end => Some(state?),
            // Anything heard, also "you missed some", is a reason to look.
            _ = heard.recv() => None,
            () = tokio::time::sleep(LOOK) => None,
        };
        loop {
            let page = runs::trace(workspace, actor, run, next, 0).await?;
            page.lines.iter().for_each(&mut each);
            match page.lines.last() {
                Some(last) => next = last.n.saturating_add(1),
                None => break,
            }
        }
        if let Some(state) = ended {
            return Ok(state);
        }
    }
}

/// A line of a trace, for people.
pub fn written(line: &TraceLine) -> String {
    format!(
        "{} {} {}",
        line.at.format("%H:%M:%S"),
        line.sign.text(),
        line.text
    )
}

/// Says what came of a run, and the exit status for it: 0 when it ended in the good state.
pub fn outcome(screen: &Screen, detail: &Detail, good: RunState) -> ExitCode {
    let (title, state) = (screen.pick(&detail.row.title), detail.row.state.words());
    screen.say(&format!("{title}: {}", screen.pick(&state)));
    if let Some(aftermath) = &detail.aftermath {
        for words in [&aftermath.happened, &aftermath.changed, &aftermath.next] {
            screen.say(screen.pick(words));
        }
    }
    if detail.row.state == RunState::Paused {
        let id = detail.row.id;
        screen.say(&match screen.language {
            towerify_domain::Language::En => format!("It goes on with: towerify runs resume {id}"),
            towerify_domain::Language::Fr => {
                format!("Elle reprend par : towerify runs resume {id}")
            }
        });
    }
    if detail.row.state == good {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    }
}
