//! What a customer's people are not told of: the machines between us and their server, which are the provider's.

use towerify_domain::{Within, Words, id::ServerId};
use towerify_store::{Run, Store};

use crate::{AppError, Result};

/// What stands in place of a machine's name or address.
const HIDDEN: &str = "…";

/// More machines one after the other than any way has.
const MOST: usize = 16;

/// The names and addresses that are hidden in what is said of one server, or of a run on it; none from whoever sees the whole
/// fleet.
#[derive(Debug, Default)]
pub(crate) struct Veil(Vec<String>);

impl Veil {
    /// For what is said to somebody within of a server that is reached through `jump`.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn over(
        store: &Store,
        within: Within,
        jump: Option<ServerId>,
    ) -> Result<Self> {
        Self::with(store, within, jump, Vec::new()).await
    }

    /// For what is said of a run: the way as it was for the run, and as it is now.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn over_run(store: &Store, within: Within, run: &Run) -> Result<Self> {
        if within == Within::All {
            return Ok(Self::default());
        }
        let server = match run.server_id {
            Some(id) => store.servers().get(id).await?,
            None => None,
        };
        let jump = server.and_then(|server| server.jump_server_id);
        Self::with(store, within, jump, run.hidden.clone()).await
    }

    async fn with(
        store: &Store,
        within: Within,
        jump: Option<ServerId>,
        mut hidden: Vec<String>,
    ) -> Result<Self> {
        let mut next = jump.filter(|_| within != Within::All);
        for _ in 0..MOST {
            let Some(id) = next else { break };
            let Some(hop) = store.servers().get(id).await? else {
                break;
            };
            next = hop.jump_server_id;
            // A customer's own machine may be the way to another of theirs.
            if store.servers().within(within, id).await?.is_none() {
                hidden.extend([hop.name, hop.address]);
            }
        }
        // A text that begins another is hidden after it.
        hidden.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Ok(Self(hidden))
    }

    /// The text, without them.
    pub(crate) fn text(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, hidden| without(&text, hidden))
    }

    /// The words, without them.
    pub(crate) fn words(&self, words: Words) -> Words {
        Words::new(self.text(&words.en), self.text(&words.fr))
    }

    /// The error, without them.
    pub(crate) fn error(&self, mut error: AppError) -> AppError {
        if self.0.is_empty() {
            return error;
        }
        error.message = self.text(&error.message);
        error.hint = error.hint.map(|hint| self.text(&hint));
        for value in error.params.values_mut() {
            *value = self.text(value);
        }
        error
    }
}

/// The text with each place hidden where `hidden` stands as a whole: `10.0.0.1` is not part of `10.0.0.12`.
fn without(text: &str, hidden: &str) -> String {
    if hidden.is_empty() {
        return text.to_owned();
    }
    let joined = |sign: char| sign.is_alphanumeric() || sign == '_';
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(hidden) {
        kept.push_str(before);
        let whole = !before.ends_with(joined) && !after.starts_with(joined);
        kept.push_str(if whole { HIDDEN } else { hidden });
        rest = after;
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let veil = Veil(vec![
            "rebond.example".into(),
            "10.0.0.1".into(),
            "rebond".into(),
        ]);
        assert_eq!(veil.text(text), expected);
    }

    #[test]
    fn a_machine_in_between_is_hidden_and_others_stay() {
        check(
            "rebond.example:22 could not connect onwards to glycines.example:22",
            "…:22 could not connect onwards to glycines.example:22",
        );
        check(
            "10.0.0.12 refused, 10.0.0.1 did not",
            "10.0.0.12 refused, … did not",
        );
        check(
            "Par rebond, puis rebondissement.",
            "Par …, puis rebondissement.",
        );
        check("", "");
    }
}
