//! What the server tells of a change while it is under way, as lines of the trace and as progress.

use towerify_domain::{Words, run::Sign, text};
use towerify_driver::{DriverError, Level, LockHolder, Outcome, RunEvent, RunStream};
use towerify_runs::Context;

use crate::workspace::Reach;

/// Takes what the server tells, as lines of the trace, until the end.
pub(super) async fn listen(
    reach: &Reach,
    context: &Context,
    stream: &mut RunStream,
    from: &mut u64,
) -> std::result::Result<Outcome, DriverError> {
    while let Some(event) = stream.next().await {
        let event = event?;
        if let Some(n) = event.number() {
            *from = (*from).max(n);
        }
        match event {
            RunEvent::Started { .. } => context.trace(
                Sign::Info,
                reach.say(&Words::new(
                    "Begun on the server.",
                    "Commencé sur le serveur.",
                )),
            ),
            RunEvent::Log { level, message, .. } => {
                let sign = match level {
                    Level::Success => Sign::Done,
                    Level::Warning => Sign::Warning,
                    Level::Error => Sign::Failed,
                    _ => Sign::Info,
                };
                for line in message.lines() {
                    context.trace(sign, line);
                }
                if let Some((percent, words)) = bar(&message) {
                    context.progress(Some(percent), Words::same(text::line(&words, 200)));
                }
            }
            RunEvent::Output { text, .. } => {
                for line in text.lines() {
                    context.trace(Sign::Info, line);
                }
            }
            RunEvent::Waiting { holder, .. } => {
                let words = waiting(&holder);
                context.trace(Sign::Warning, reach.say(&words));
                context.progress(None, words);
            }
            RunEvent::Signal { signal, .. } => {
                let signal = text::line(&signal, 20);
                let words = Words::new(
                    format!("The work was told to stop ({signal})."),
                    format!("Il a été demandé au travail de s’arrêter ({signal})."),
                );
                context.trace(Sign::Warning, reach.say(&words));
            }
            RunEvent::Ended(outcome) => return Ok(outcome),
        }
    }
    Err(DriverError::Cut { said: None })
}

/// The progress bar that YunoHost's app scripts write: `[####+++.......] > Installing dependencies…`, of twenty signs
/// (helpers, `ynh_script_progression`). `#` is done, `+` is at work.
fn bar(message: &str) -> Option<(u8, String)> {
    let rest = message.trim_start().strip_prefix('[')?;
    let (signs, words) = rest.split_once(']')?;
    let total = signs.chars().count();
    if !(5..=50).contains(&total) || !signs.chars().all(|sign| matches!(sign, '#' | '+' | '.')) {
        return None;
    }
    let done = signs.chars().filter(|sign| *sign == '#').count();
    let percent = u8::try_from(done * 100 / total).ok()?;
    Some((percent, words.trim_start_matches([' ', '>']).to_owned()))
}

fn waiting(holder: &LockHolder) -> Words {
    let who = holder
        .words
        .as_ref()
        .filter(|words| !words.is_empty())
        .map(|words| format!("yunohost {}", words.join(" ")))
        .or_else(|| holder.program.clone())
        .unwrap_or_else(|| "?".into());
    let who = text::line(&who, 120);
    Words::new(
        format!("Another operation is at work on the server ({who}): waiting for its end."),
        format!("Une autre opération est en cours sur le serveur ({who}) : attente de sa fin."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_of_an_apps_script_says_how_far_it_is() {
        let check = |message: &str, expected: Option<(u8, &str)>| {
            assert_eq!(
                bar(message),
                expected.map(|(percent, words)| (percent, words.to_owned())),
                "{message}"
            );
        };
        check(
            "[++++................] > Installing dependencies...",
            Some((0, "Installing dependencies...")),
        );
        check(
            "[##########++........] > Configuring NGINX...",
            Some((50, "Configuring NGINX...")),
        );
        check(
            "[####################] > Installation completed",
            Some((100, "Installation completed")),
        );
        check("[Error] nothing", None);
        check("no bar", None);
    }
}
