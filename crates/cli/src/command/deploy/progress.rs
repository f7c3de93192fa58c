//! What is told on the way, on standard error: nothing to programs, nothing with --quiet.

use crate::screen::Screen;
use std::io::Write as _;
use towerify_deploy::Words;
use towerify_deploy::server::Event;
use towerify_domain::{Language, text};

/// The longest line of a server's that is shown.
const LONGEST: usize = 400;

/// Writes events as they come.
#[derive(Clone, Copy)]
pub struct Progress {
    shown: bool,
    language: Language,
}

impl Progress {
    pub const fn new(screen: &Screen, quiet: bool) -> Self {
        Self {
            shown: !quiet && !screen.json,
            language: screen.language,
        }
    }

    /// Tells one.
    pub fn tell(&self, event: &Event) {
        match event {
            Event::Step { words, .. } => self.line("→", self.pick(words)),
            Event::Waiting { by } => {
                let waiting = match self.language {
                    Language::En => format!("waiting for {by}"),
                    Language::Fr => format!("en attente de {by}"),
                };
                self.line("…", &waiting);
            }
            Event::Log(line) => self.line(" ", line),
            Event::Warning(words) => self.line("!", self.pick(words)),
            Event::Sent { bytes, contents } => {
                let (kilobytes, s) = (bytes.div_ceil(1000), if *contents > 1 { "s" } else { "" });
                let sent = match self.language {
                    Language::En => format!("{contents} new file{s}, {kilobytes} kB"),
                    Language::Fr => {
                        let x = if *contents > 1 { "x" } else { "" };
                        format!("{contents} nouveau{x} fichier{s}, {kilobytes} ko")
                    }
                };
                self.line(" ", &sent);
            }
        }
    }

    /// A line that one of the developer's own commands wrote.
    pub fn output(&self, line: &str) {
        self.line(" ", line);
    }

    /// Something that begins on this side.
    pub fn step(&self, english: &str, french: &str) {
        self.line(
            "→",
            match self.language {
                Language::En => english,
                Language::Fr => french,
            },
        );
    }

    /// Something that is worth a look.
    pub fn warning(&self, words: &Words) {
        self.line("!", self.pick(words));
    }

    const fn pick<'w>(&self, words: &'w Words) -> &'w str {
        match self.language {
            Language::En => words.english.as_str(),
            Language::Fr => words.french.as_str(),
        }
    }

    fn line(&self, sign: &str, said: &str) {
        if self.shown {
            // Nobody reads any more: nothing is left to do.
            let _ = writeln!(std::io::stderr(), "{sign} {}", text::line(said, LONGEST));
        }
    }
}
