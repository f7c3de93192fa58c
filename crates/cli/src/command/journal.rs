//! `towerify journal …`: who did what, and whether that can be relied upon.

use crate::arguments::{Journal, JournalList};
use crate::command::confirm;
use crate::failure::Failure;
use crate::opened::Opened;
use crate::screen::{NONE, Screen, moment};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::process::ExitCode;
use towerify_core::journal::{self, ExportForm, Query};
use towerify_domain::{Language, Words};

pub async fn carry_out(
    asked: &Journal,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    match asked {
        Journal::List(asked) => list(asked, opened, screen).await,
        Journal::Check => check(opened, screen).await,
        Journal::Export { file, csv } => export(file, *csv, opened, screen).await,
        Journal::Cut { before, yes } => cut(*before, *yes, opened, screen).await,
        Journal::Verify { file, signer } => verify(file, signer.as_deref(), screen),
    }
}

async fn list(asked: &JournalList, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let query = Query {
        what: asked.what.clone(),
        outcome: asked.outcome.clone(),
        run: asked.run,
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
    if let Some(next) = page.next {
        screen.say(&format!(
            "{}: --before {next}",
            screen.of("Older entries", "Entrées plus anciennes"),
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

async fn export(
    file: &Path,
    csv: bool,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let form = if csv {
        ExportForm::Csv
    } else {
        ExportForm::JsonLines
    };
    let taken = File::create_new(file).map_err(|error| local(file, &error))?;
    let mut out = BufWriter::new(taken);
    let written = journal::export(&opened.workspace, &opened.actor, form, &mut out).await;
    if written.is_err() {
        // Nothing half-written is left behind.
        let _ = std::fs::remove_file(file);
    }
    let written = written?;
    screen.answer(&json!({ "ok": true, "entries": written }));
    screen.say(&format!("{}: {}", file.display(), entries(written, screen)));
    Ok(ExitCode::SUCCESS)
}

async fn cut(
    before: DateTime<Utc>,
    yes: bool,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let plan = journal::cut_plan(&opened.workspace, &opened.actor, before).await?;
    let (Some(upto), Some(first), Some(last)) = (plan.upto, plan.first_at, plan.last_at) else {
        screen.answer(&json!({ "ok": true, "entries": 0 }));
        screen.say(screen.of(
            "No entry is that old. Nothing was changed.",
            "Aucune entrée n’est si ancienne. Rien n’a été changé.",
        ));
        return Ok(ExitCode::SUCCESS);
    };
    let (goes, stays) = (u64::from(plan.goes), u64::from(plan.stays));
    let what = Words::new(
        format!(
            "{} of the journal go for good, from {} to {}; {} stay. Export them first (towerify journal export).",
            counted(goes, Language::En),
            moment(first),
            moment(last),
            counted(stays, Language::En),
        ),
        format!(
            "{} du journal partent pour de bon, du {} au {} ; {} restent. Exportez-les d’abord (towerify journal export).",
            counted(goes, Language::Fr),
            moment(first),
            moment(last),
            counted(stays, Language::Fr),
        ),
    );
    let name = opened.workspace.name();
    confirm(yes, &what, name, screen)?;
    let gone = journal::cut(&opened.workspace, &opened.actor, upto).await?;
    screen.answer(&json!({ "ok": true, "entries": gone }));
    screen.say(&format!(
        "{}: {}",
        screen.of("Let go of", "Partis"),
        entries(gone.into(), screen)
    ));
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
    screen
        .of(&counted(count, Language::En), &counted(count, Language::Fr))
        .to_owned()
}

fn counted(count: u64, language: Language) -> String {
    let one = count == 1;
    match language {
        Language::En => format!("{count} {}", if one { "entry" } else { "entries" }),
        Language::Fr => format!("{count} {}", if one { "entrée" } else { "entrées" }),
    }
}

fn local(file: &Path, error: &std::io::Error) -> Failure {
    Failure::Local(format!("{}: {error}.", file.display()))
}
