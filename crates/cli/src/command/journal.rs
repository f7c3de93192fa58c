//! `towerify journal …`: who did what, and whether that can be relied upon.

use crate::arguments::{Journal, JournalList};
use crate::failure::Failure;
use crate::opened::Opened;
use crate::screen::{NONE, Screen, moment};
use serde_json::json;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::process::ExitCode;
use towerify_core::journal::{self, Query};
use towerify_domain::Words;

pub async fn carry_out(
    asked: &Journal,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    match asked {
        Journal::List(asked) => list(asked, opened, screen).await,
        Journal::Check => check(opened, screen).await,
        Journal::Export { file } => export(file, opened, screen).await,
        Journal::Verify { file, signer } => verify(file, signer.as_deref(), screen),
    }
}

async fn list(asked: &JournalList, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let query = Query {
        what: asked.what.clone(),
        outcome: asked.outcome.clone(),
        from: asked.from,
        until: asked.until,
        text: asked.text.clone(),
        before: asked.before,
        limit: asked.limit,
        ..Query::default()
    };
    let page = journal::list(&opened.workspace, &opened.actor, query).await?;
    screen.answer(&page);
    let heads = [
        ("No.", "N°"),
        ("When", "Quand"),
        ("Who", "Qui"),
        ("What", "Quoi"),
        ("On what", "Sur quoi"),
        ("Outcome", "Issue"),
    ];
    screen.table(
        &heads,
        page.rows.iter().map(|row| {
            vec![
                row.n.to_string(),
                moment(row.at),
                row.who.clone(),
                row.what.clone(),
                row.subject.clone(),
                row.outcome.clone(),
            ]
        }),
    );
    if let (true, Some(last)) = (page.more, page.rows.last()) {
        screen.say(&format!(
            "{}: --before {}",
            screen.of("Older entries", "Entrées plus anciennes"),
            last.n
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn check(opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let state = journal::check(&opened.workspace, &opened.actor).await?;
    screen.answer(&state);
    match &state.fault {
        Some(fault) => screen.say(screen.pick(fault)),
        None => screen.say(&format!(
            "{}: {}, {}",
            screen.of("The journal is whole", "Le journal est intact"),
            entries(u64::from(state.entries), screen),
            match state.signed_to {
                0 => screen
                    .of(
                        "signed now for the first time",
                        "signé pour la première fois"
                    )
                    .to_owned(),
                n => format!(
                    "{} {n}",
                    screen.of("signed before up to entry", "déjà signé jusqu’à l’entrée")
                ),
            }
        )),
    }
    if let Some(signer) = &state.signer {
        let key = screen.of("Signed with the key", "Signé avec la clé");
        screen.say(&format!("{key} {signer}"));
    }
    Ok(if state.fault.is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn export(file: &Path, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let taken = File::create_new(file).map_err(|error| local(file, &error))?;
    let mut out = BufWriter::new(taken);
    let written = journal::export(&opened.workspace, &opened.actor, &mut out).await;
    if written.is_err() {
        // Nothing half-written is left behind.
        let _ = std::fs::remove_file(file);
    }
    let written = written?;
    screen.answer(&json!({ "ok": true, "entries": written }));
    screen.say(&format!("{}: {}", file.display(), entries(written, screen)));
    Ok(ExitCode::SUCCESS)
}

/// Needs no workspace.
pub fn verify(file: &Path, signer: Option<&str>, screen: &Screen) -> Result<ExitCode, Failure> {
    let open = File::open(file).map_err(|error| local(file, &error))?;
    let verified = match journal::verify(BufReader::new(open)) {
        Ok(verified) => verified,
        Err(bad) => {
            screen.answer(&json!({ "ok": false, "line": bad.line, "words": bad.words }));
            screen.say(&format!(
                "{} {}: {}",
                screen.of("Line", "Ligne"),
                bad.line,
                screen.pick(&bad.words)
            ));
            return Ok(ExitCode::FAILURE);
        }
    };
    if let Some(expected) = signer
        && expected.trim() != verified.signer
    {
        return Err(Failure::Refused {
            code: "other_signer",
            words: Words::new(
                format!("Whole, but signed by another key: {}.", verified.signer),
                format!(
                    "Intact, mais signé par une autre clé : {}.",
                    verified.signer
                ),
            ),
            details: json!({ "signer": verified.signer }).into(),
        });
    }
    screen.answer(&json!({ "ok": true, "verified": verified }));
    screen.table(
        &[
            ("Journal of", "Journal de"),
            ("Entries", "Entrées"),
            ("Signed", "Signé"),
            ("Key", "Clé"),
        ],
        [vec![
            verified.workspace.clone(),
            match verified.entries {
                0 => NONE.to_owned(),
                count => format!("{}–{}", verified.first, verified.first + count - 1),
            },
            moment(verified.signed_at),
            verified.signer.clone(),
        ]],
    );
    screen.say(screen.of(
        "Nothing was changed, taken out or cut off. Compare the key with the one that the workspace signs with.",
        "Rien n’a été modifié, retiré ni coupé. Comparez la clé avec celle dont l’espace de travail signe.",
    ));
    Ok(ExitCode::SUCCESS)
}

fn entries(count: u64, screen: &Screen) -> String {
    match count {
        1 => screen.of("1 entry", "1 entrée").to_owned(),
        count => format!("{count} {}", screen.of("entries", "entrées")),
    }
}

fn local(file: &Path, error: &std::io::Error) -> Failure {
    Failure::Local(format!("{}: {error}.", file.display()))
}
