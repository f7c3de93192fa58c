//! What is known and what is not when a change did not come to its end: what happened, what was changed and what was
//! not, what to do.

use towerify_domain::{
    Words,
    run::{RunState, StepState},
    text,
};
use towerify_driver::{LostHow, Operation, Refusal};
use towerify_runs::Problem;
use towerify_store::RunStep;

use crate::{AppError, Code, runs::view::Aftermath};

/// The problem of a refusal: YunoHost's own key, its sentence, and where the rest is told.
pub(super) fn refused(refusal: &Refusal, operation: Option<&str>) -> Problem {
    let said = text::line(&refusal.message, 600);
    let key = if refusal.key == "instance_already_running" {
        "busy"
    } else {
        "refused"
    };
    let log = |label: &str| {
        operation
            .map(|name| format!(" {label} {name}."))
            .unwrap_or_default()
    };
    Problem::new(
        key,
        Words::new(
            format!(
                "YunoHost refused: {said} ({}).{}",
                refusal.key,
                log("Its log:")
            ),
            format!(
                "YunoHost a refusé : {said} ({}).{}",
                refusal.key,
                log("Son journal :")
            ),
        ),
    )
}

/// The problem of work that ended without a word.
pub(super) fn lost(how: LostHow, operations: &[Operation]) -> Problem {
    let noted: Vec<String> = operations
        .iter()
        .map(|operation| {
            let end = match operation.success {
                Some(true) => "✓",
                Some(false) => "✗",
                None => "?",
            };
            format!("{} {end}", text::line(&operation.name, 200))
        })
        .collect();
    let (noted_en, noted_fr) = match noted.is_empty() {
        true => (
            "YunoHost noted nothing of it.".to_owned(),
            "YunoHost n’en a rien noté.".to_owned(),
        ),
        false => (
            format!("YunoHost noted: {}.", noted.join(", ")),
            format!("YunoHost a noté : {}.", noted.join(", ")),
        ),
    };
    let (en, fr) = match how {
        LostHow::ByReboot => (
            "The server was restarted meanwhile.",
            "Le serveur a redémarré entre-temps.",
        ),
        LostHow::ByKill => (
            "The work was killed on the server.",
            "Le travail a été tué sur le serveur.",
        ),
        LostHow::Unstarted => (
            "The work was never begun.",
            "Le travail n’a jamais commencé.",
        ),
    };
    Problem::new(
        "outcome_unknown",
        Words::new(format!("{en} {noted_en}"), format!("{fr} {noted_fr}")),
    )
}

/// The problem of a line that was cut and not found again before one gave up.
pub(super) fn cut_off(error: &str) -> Problem {
    let error = text::line(error, 300);
    Problem::new(
        "outcome_unknown",
        Words::new(
            format!("The connection was cut while the work was under way: {error}."),
            format!("La connexion a été coupée pendant le travail : {error}."),
        ),
    )
}

/// The problem of a server that can't be asked how the work ended, until a person does something about it.
pub(super) fn unreachable(error: &AppError) -> Problem {
    let why = words(error);
    Problem::new(
        "outcome_unknown",
        Words::new(
            format!(
                "The connection was cut while the work was under way, and the server can't be asked: {}",
                why.en
            ),
            format!(
                "La connexion a été coupée pendant le travail, et le serveur ne peut pas être interrogé : {}",
                why.fr
            ),
        ),
    )
}

/// The problem of work that the server knows nothing of.
pub(super) fn never_begun() -> Problem {
    Problem::new(
        "outcome_unknown",
        Words::new(
            "The server knows nothing of this work: it was not begun.",
            "Le serveur ne sait rien de ce travail : il n’a pas commencé.",
        ),
    )
}

/// An error in both languages. YunoHost's own sentences stay in its language.
pub(crate) fn words(error: &AppError) -> Words {
    let param = |name: &str| error.params.get(name).cloned().unwrap_or_default();
    let fr = match error.code {
        Code::NameNotFound => format!("Le nom {} est introuvable.", param("address")),
        Code::ConnectionRefused => format!("{} refuse la connexion.", param("address")),
        Code::TimedOut => format!(
            "Pas de réponse de {} en {} s.",
            param("address"),
            param("seconds")
        ),
        Code::ConnectionCut => "La connexion a été coupée.".to_owned(),
        Code::HostKeyUnknown => {
            "Aucune clé d’hôte n’est encore acceptée. Rien n’a été envoyé.".to_owned()
        }
        Code::HostKeyChanged => {
            "Le serveur présente une autre clé d’hôte. Rien n’a été envoyé.".to_owned()
        }
        Code::HostKeyRevoked => {
            "Le serveur présente une clé d’hôte révoquée. Rien n’a été envoyé.".to_owned()
        }
        Code::AuthenticationFailed => format!(
            "{} refuse l’identification de {}.",
            param("address"),
            param("user")
        ),
        Code::SudoRefused => "Les droits d’administration (sudo) ont été refusés.".to_owned(),
        Code::NoPython => "Python 3 manque sur le serveur.".to_owned(),
        Code::NoEntry => "Ce serveur n’a pas d’entrée pour vous, ou ne l’ouvre pas.".to_owned(),
        Code::NoYunohost => "YunoHost n’est pas installé sur ce serveur.".to_owned(),
        Code::NotPostinstalled => "YunoHost n’est pas encore configuré sur ce serveur.".to_owned(),
        Code::Nonsense => "La réponse du serveur n’a pas de sens.".to_owned(),
        Code::DiskFull => "Le disque du serveur est plein : rien n’a été commencé.".to_owned(),
        Code::Refused => format!("YunoHost a refusé : {} ({}).", param("said"), param("key")),
        _ => error.message.clone(),
    };
    Words::new(error.message.clone(), fr)
}

/// What the page of a run that did not come to its end says, by where its steps stand.
pub(super) fn of_run(
    state: RunState,
    error: Option<&AppError>,
    happened: Option<Words>,
    steps: &[RunStep],
) -> Option<Aftermath> {
    if !matches!(
        state,
        RunState::Failed | RunState::Unknown | RunState::Cancelled
    ) {
        return None;
    }
    let happened = happened.unwrap_or_else(|| match state {
        RunState::Cancelled => Words::new("It was cancelled.", "Elle a été annulée."),
        _ => Words::new(
            "It did not come to its end.",
            "Elle n’est pas arrivée à son terme.",
        ),
    });
    let change = steps.iter().find(|step| step.name == "change");
    if change.is_none()
        && steps
            .iter()
            .any(|step| !LOOKS.contains(&step.name.as_str()))
    {
        return Some(of_plan(state, error, happened, steps));
    }
    let begun = change.map(|step| step.state);
    let changed = match begun {
        None | Some(StepState::Waiting | StepState::Skipped) => Words::new(
            "Nothing was changed on the server.",
            "Rien n’a été changé sur le serveur.",
        ),
        Some(StepState::Done | StepState::Already) => Words::new(
            "The change was made. Only what is shown here may be older than what is there.",
            "Le changement a été fait. Seul ce qui est montré ici peut être plus ancien que ce qui y est.",
        ),
        Some(StepState::Failed)
            if error.is_some_and(|error| matches!(error.code, Code::Refused)) =>
        {
            Words::new(
                "YunoHost refused the change, and undoes by itself what it had begun.",
                "YunoHost a refusé le changement, et défait de lui-même ce qu’il avait commencé.",
            )
        }
        Some(StepState::Failed) => Words::new(
            "The change was not made.",
            "Le changement n’a pas été fait.",
        ),
        Some(StepState::Undone) => Words::new(
            "The change was made, and undone again.",
            "Le changement a été fait, puis défait.",
        ),
        Some(StepState::Running | StepState::Unknown) => Words::new(
            "Whether the change was made is not known.",
            "On ne sait pas si le changement a été fait.",
        ),
    };
    let next = match (state, begun) {
        (_, Some(StepState::Done | StepState::Already)) => {
            Words::new("Refresh the server.", "Relire le serveur.")
        }
        (RunState::Unknown, _) => Words::new(
            "Refresh the server and look whether the change is there, before it is begun again.",
            "Relire le serveur et regarder si le changement y est, avant de recommencer.",
        ),
        _ => match error.map(|error| error.code) {
            Some(Code::HostKeyChanged | Code::HostKeyRevoked | Code::HostKeyUnknown) => Words::new(
                "Look at the server’s key first: someone must decide about it.",
                "Regarder d’abord la clé du serveur : quelqu’un doit en décider.",
            ),
            Some(Code::AuthenticationFailed | Code::SudoRefused) => Words::new(
                "Check how one logs in to this server, then begin again.",
                "Vérifier comment on s’identifie sur ce serveur, puis recommencer.",
            ),
            Some(Code::DiskFull) => Words::new(
                "Make room on the server’s disk, then begin again.",
                "Faire de la place sur le disque du serveur, puis recommencer.",
            ),
            Some(Code::Refused) => Words::new(
                "Read what YunoHost says in the trace, correct it, then begin again.",
                "Lire dans la trace ce que dit YunoHost, corriger, puis recommencer.",
            ),
            _ => Words::new(
                "Begin again when the server answers.",
                "Recommencer quand le serveur répond.",
            ),
        },
    };
    Some(Aftermath {
        happened,
        changed,
        next,
    })
}

/// Steps that only look.
const LOOKS: &[&str] = &["reach", "preflight", "records", "snapshot", "read"];

/// The same for a plan of many changes: each step that was done stands, and it goes on from the one that was not.
fn of_plan(
    state: RunState,
    error: Option<&AppError>,
    happened: Words,
    steps: &[RunStep],
) -> Aftermath {
    let changing = |step: &&RunStep| !LOOKS.contains(&step.name.as_str());
    let list = |wanted: StepState| -> Option<Words> {
        let all = || {
            steps
                .iter()
                .filter(changing)
                .filter(|step| step.state == wanted)
        };
        let en: Vec<&str> = all().map(|step| step.intent.en.as_str()).collect();
        let fr: Vec<&str> = all().map(|step| step.intent.fr.as_str()).collect();
        (!en.is_empty()).then(|| Words::new(en.join("; "), fr.join(" ; ")))
    };
    let (done, failed) = (list(StepState::Done), list(StepState::Failed));
    let unknown = list(StepState::Unknown).or_else(|| list(StepState::Running));
    let mut said = Words::default();
    let mut say = |en: String, fr: String| {
        let gap = if said.en.is_empty() { "" } else { " " };
        said.en = format!("{}{gap}{en}", said.en);
        said.fr = format!("{}{gap}{fr}", said.fr);
    };
    match done {
        Some(done) => say(
            format!("Done, and it stays: {}.", done.en),
            format!("Fait, et cela reste : {}.", done.fr),
        ),
        None if failed.is_none() && unknown.is_none() => say(
            "Nothing was changed on the server.".into(),
            "Rien n’a été changé sur le serveur.".into(),
        ),
        None => {}
    }
    if let Some(failed) = failed {
        say(
            format!("Failed, and perhaps partly done: {}.", failed.en),
            format!("Échoué, et peut-être fait en partie : {}.", failed.fr),
        );
    }
    if let Some(unknown) = unknown {
        say(
            format!("Not known whether it took effect: {}.", unknown.en),
            format!("On ne sait pas si cela a pris effet : {}.", unknown.fr),
        );
    }
    let next = match (state, error.map(|error| error.code)) {
        (RunState::Unknown, _) => Words::new(
            "Retry: the server is asked first how it ended.",
            "Réessayer : on demande d’abord au serveur comment cela s’est terminé.",
        ),
        (RunState::Cancelled, _) => Words::new(
            "Retry when you want it to go on: what is done is not done again.",
            "Réessayer quand vous voulez continuer : ce qui est fait n’est pas refait.",
        ),
        (_, Some(Code::HostKeyChanged | Code::HostKeyRevoked | Code::HostKeyUnknown)) => {
            Words::new(
                "Look at the server’s key first: someone must decide about it.",
                "Regarder d’abord la clé du serveur : quelqu’un doit en décider.",
            )
        }
        (_, Some(Code::AuthenticationFailed | Code::SudoRefused)) => Words::new(
            "Put right how one logs in to this server, then retry: it goes on from there.",
            "Corriger la façon de s’y connecter, puis réessayer : on reprend de là.",
        ),
        _ => Words::new(
            "Put right what is said above, then retry: it goes on from there, and what is done is not done again.",
            "Corriger ce qui est dit plus haut, puis réessayer : on reprend de là, et ce qui est fait n’est pas refait.",
        ),
    };
    Aftermath {
        happened,
        changed: said,
        next,
    }
}
