//! The report at the end: what was done, versions, fingerprints, addresses, who may log in, how long. Made from what
//! every step observed; it can be printed, and holds no secret.

use serde_json::Value;
use towerify_domain::{
    Permit, Words,
    id::RunId,
    policy::may,
    run::{RunKind, RunState, StepState},
};
use towerify_runs::Observation;
use towerify_store::RunStep;

use crate::{
    Actor, AppError, Result, Workspace,
    connections::kind,
    provisioning::{
        former::all,
        plan::Input,
        view::{Report, ReportLine, ReportSection, ReportStep},
    },
};

/// The report of a provisioning, at its end or as far as it got.
///
/// # Errors
/// [`crate::Code::NotFound`] when there is no such run, or it is another kind of run.
pub async fn report(workspace: &Workspace, actor: &Actor, run: RunId) -> Result<Report> {
    let permit = Permit::<may::ProvisionServer>::ask(actor)?;
    let missing = || AppError::not_found("run");
    let store = workspace.store(&permit);
    let known = store
        .runs()
        .within(permit.within(), run)
        .await?
        .ok_or_else(missing)?;
    let Ok(Input::Provision { choices }) = serde_json::from_value(known.input.clone()) else {
        return Err(missing());
    };
    if known.kind != RunKind::ServerProvision {
        return Err(missing());
    }
    let steps = store.run_steps().of(run).await?;
    let name = known.server_name.clone().unwrap_or_default();
    let done = known.state == RunState::Done;
    let title = match done {
        true => Words::new(
            format!("{name} is in service"),
            format!("{name} est en service"),
        ),
        false => Words::new(
            format!("{name} is not in service yet"),
            format!("{name} n’est pas encore en service"),
        ),
    };
    let seen = |step: &str| data_of(&steps, step);
    let mut sections = vec![
        section(
            ("Addresses", "Adresses"),
            vec![
                line(("Web", "Web"), Some(format!("https://{}/", choices.domain))),
                line(
                    ("SSH", "SSH"),
                    ssh(workspace, &permit, &known.server_id).await?,
                ),
                line(("Domain", "Domaine"), Some(choices.domain.clone())),
                line(
                    ("Its records", "Ses enregistrements"),
                    words_of(&steps, "records"),
                ),
                line(
                    (
                        "Seen from the server, we are",
                        "Vus du serveur, nous sommes",
                    ),
                    text(seen("preflight"), "peer"),
                ),
            ],
        ),
        section(
            ("Versions", "Versions"),
            vec![
                line(("Machine", "Machine"), text(seen("preflight"), "machine")),
                line(("YunoHost", "YunoHost"), text(seen("install"), "version")),
                line(
                    ("Installer", "Installateur"),
                    text(seen("install"), "source"),
                ),
                line(
                    ("Its SHA-256", "Son SHA-256"),
                    text(seen("install"), "sha256"),
                ),
            ],
        ),
    ];
    let mut prints = vec![line(
        ("Our key", "Notre clé"),
        text(seen("key"), "fingerprint"),
    )];
    let mut ways = vec![line(
        ("By SSH, with our key", "Par SSH, avec notre clé"),
        text(seen("admin"), "user"),
    )];
    if let Some(server) = known.server_id {
        for key in store.host_keys().of(server).await? {
            if key.state == "pinned" {
                prints.push(line(
                    ("Host key", "Clé d’hôte"),
                    Some(format!("{} {}", key.algorithm, key.fingerprint)),
                ));
            }
        }
        let kept = store.credentials().of(server).await?;
        if let Some(admin) = kept.iter().find(|kept| kept.kind == kind::ADMIN_PASSWORD) {
            let who = admin.public.clone().unwrap_or_default();
            let words = Words::new(
                format!("{who}: the password is sealed in this workspace"),
                format!("{who} : le mot de passe est scellé dans cet espace de travail"),
            );
            ways.push(line(("By password", "Par mot de passe"), Some(words)));
        }
    }
    prints.push(line(
        ("Certificate", "Certificat"),
        text(seen("certificate"), "sha256"),
    ));
    ways.push(line(("Root", "Root"), words_of(&steps, "root_login")));
    sections.push(section(("Fingerprints", "Empreintes"), prints));
    sections.push(section(("Who may log in", "Qui peut se connecter"), ways));
    if let Some(server) = known.server_id {
        let ours: Vec<ReportLine> = all(workspace.reach(&permit), server)
            .await?
            .iter()
            .map(|former| ReportLine {
                label: former.undoing(),
                value: Words::same(former.shown().unwrap_or_else(|| "—".into())),
            })
            .collect();
        sections.push(section(
            (
                "What “disconnect” would put back",
                "Ce que « déconnecter » remettrait",
            ),
            ours.into_iter().map(Some).collect(),
        ));
    }
    sections.retain(|section| !section.lines.is_empty());
    let seconds = known
        .ended_at
        .and_then(|end| u32::try_from((end - known.started_at).num_seconds()).ok());
    Ok(Report {
        title,
        run,
        done,
        by: known.started_name,
        started_at: known.started_at,
        ended_at: known.ended_at,
        seconds,
        sections,
        steps: steps.into_iter().map(step).collect(),
    })
}

async fn ssh(
    workspace: &Workspace,
    permit: &Permit<may::ProvisionServer>,
    server: &Option<towerify_domain::id::ServerId>,
) -> Result<Option<String>> {
    let Some(server) = server else {
        return Ok(None);
    };
    let row = workspace.store(permit).servers().get(*server).await?;
    Ok(row.map(|row| format!("{}@{}:{}", row.user, row.address, row.port)))
}

fn observation_of(step: &RunStep) -> Option<Observation> {
    serde_json::from_value(step.observation.clone()?).ok()
}

fn data_of(steps: &[RunStep], name: &str) -> Option<Value> {
    let step = steps.iter().find(|step| step.name == name)?;
    observation_of(step).map(|seen| seen.data)
}

fn words_of(steps: &[RunStep], name: &str) -> Option<Words> {
    let step = steps.iter().find(|step| {
        step.name == name && matches!(step.state, StepState::Done | StepState::Already)
    })?;
    observation_of(step).map(|seen| seen.words)
}

fn text(data: Option<Value>, name: &str) -> Option<String> {
    data?.get(name)?.as_str().map(str::to_owned)
}

fn line(label: (&str, &str), value: Option<impl Into<Shown>>) -> Option<ReportLine> {
    value.map(|value| ReportLine {
        label: Words::new(label.0, label.1),
        value: value.into().0,
    })
}

/// A value of the report: a text that is the same in both languages, or words.
struct Shown(Words);

impl From<String> for Shown {
    fn from(text: String) -> Self {
        Self(Words::same(text))
    }
}

impl From<Words> for Shown {
    fn from(words: Words) -> Self {
        Self(words)
    }
}

fn section(title: (&str, &str), lines: Vec<Option<ReportLine>>) -> ReportSection {
    ReportSection {
        title: Words::new(title.0, title.1),
        lines: lines.into_iter().flatten().collect(),
    }
}

fn step(step: RunStep) -> ReportStep {
    let seconds = step
        .started_at
        .zip(step.ended_at)
        .and_then(|(from, to)| u32::try_from((to - from).num_seconds()).ok());
    ReportStep {
        observation: observation_of(&step).map(|seen| seen.words),
        intent: step.intent,
        state: step.state,
        seconds,
    }
}
