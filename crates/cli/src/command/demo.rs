//! `towerify demo`: starts a training fleet, and does the whole main job on it through the same use cases as the window,
//! over real SSH to simulated servers on this computer. Everything is kept in a temporary folder, which goes at the end.
//!
//! Each step is told when it ends. A step that fails ends the tour, with exit status 1.

mod changes;
mod provision;
mod tour;

use crate::arguments::Demo;
use crate::failure::Failure;
use crate::screen::Screen;
use serde::Serialize;
use std::process::ExitCode;
use std::time::Instant;
use tour::Tour;
use towerify_domain::{Words, text};

/// What is told of a step.
#[derive(Debug, Serialize)]
struct Told<'a> {
    step: &'a str,
    ok: bool,
    ms: u64,
    title: &'a Words,
    /// What was seen, or what went wrong.
    seen: Words,
}

/// A step of the tour: its name, its title in English and in French.
type Step = (&'static str, &'static str, &'static str);

const FLEET: Step = (
    "start_fleet",
    "Start the training fleet",
    "Démarrer le parc d’exercice",
);
const WORKSPACE: Step = (
    "create_workspace",
    "Create a workspace",
    "Créer un espace de travail",
);
const CONTACT: Step = (
    "first_contact",
    "Meet a server: its key is refused until someone accepts it",
    "Rencontrer un serveur : sa clé est refusée tant que personne ne l’accepte",
);
const ADD: Step = (
    "add_servers",
    "Add every server with its fingerprint",
    "Ajouter chaque serveur avec son empreinte",
);
const REFRESH: Step = (
    "refresh",
    "Read all servers at once",
    "Relire tous les serveurs à la fois",
);
const USER: Step = ("create_user", "Create a user", "Créer un utilisateur");
const INSTALL: Step = (
    "install_app",
    "Install an app that asks questions",
    "Installer une app qui pose des questions",
);
const ACCESS: Step = (
    "give_access",
    "Give the user access to it",
    "Donner à l’utilisateur l’accès à l’app",
);
const TRACE: Step = (
    "see_trace",
    "See the run's steps and trace",
    "Voir les étapes et la trace de l’opération",
);
const UPGRADE: Step = ("upgrade_app", "Upgrade an app", "Mettre une app à jour");
const RESTART: Step = (
    "restart",
    "Restart the program and find everything again",
    "Redémarrer le programme et tout retrouver",
);
const REMOVE: Step = ("remove_app", "Remove the app", "Retirer l’app");
const PROVISION: Step = (
    "provision",
    "Make a bare machine into a server",
    "Faire d’une machine nue un serveur",
);
const CLEAN: Step = (
    "clean_up",
    "Stop, and leave nothing behind",
    "Arrêter, sans rien laisser derrière soi",
);

/// The tour, step by step.
pub async fn demo(asked: &Demo, screen: &Screen) -> Result<ExitCode, Failure> {
    let begin = Instant::now();
    let mut tour: Option<Tour> = None;
    let mut steps = 0_u32;
    // A step's work borrows the tour; the first one makes it.
    macro_rules! step {
        ($step:expr, $work:expr) => {{
            steps += 1;
            let before = Instant::now();
            let outcome: Result<Words, Failure> = Box::pin($work).await;
            if !tell(screen, &$step, before, outcome) {
                return Ok(ExitCode::from(1));
            }
        }};
    }
    step!(FLEET, async {
        let started = Tour::start(asked.real_pace).await?;
        let seen = started.seen();
        tour = Some(started);
        Ok(seen)
    });
    let Some(mut tour) = tour else {
        return Ok(ExitCode::from(1));
    };
    step!(WORKSPACE, tour.create_workspace());
    step!(CONTACT, tour.first_contact());
    step!(ADD, tour.add_servers());
    step!(REFRESH, tour.refresh());
    step!(USER, tour.create_user());
    step!(INSTALL, tour.install_app());
    step!(ACCESS, tour.give_access());
    step!(TRACE, tour.see_trace());
    step!(UPGRADE, tour.upgrade_app());
    step!(RESTART, tour.restart());
    step!(REMOVE, tour.remove_app());
    step!(PROVISION, tour.provision());
    step!(CLEAN, tour.clean_up());
    let seconds = begin.elapsed().as_secs_f64();
    screen.say(&match screen.language {
        towerify_domain::Language::En => format!("{steps} steps, all well, in {seconds:.1} s"),
        towerify_domain::Language::Fr => {
            format!("{steps} étapes, toutes réussies, en {seconds:.1} s").replace('.', ",")
        }
    });
    Ok(ExitCode::SUCCESS)
}

/// Says how a step ended; whether it went well.
fn tell(screen: &Screen, step: &Step, before: Instant, outcome: Result<Words, Failure>) -> bool {
    let (name, title) = (step.0, Words::new(step.1, step.2));
    let ms = u64::try_from(before.elapsed().as_millis()).unwrap_or(u64::MAX);
    let ok = outcome.is_ok();
    let seen = outcome.unwrap_or_else(|failure| {
        Words::new(
            failure.sentence(towerify_domain::Language::En),
            failure.sentence(towerify_domain::Language::Fr),
        )
    });
    let sign = if ok { "✓" } else { "✗" };
    screen.say(&format!("{sign} {} ({ms} ms)", screen.pick(&title)));
    for line in screen.pick(&seen).lines() {
        screen.say(&format!("    {}", text::line(line, 300)));
    }
    screen.answer(&Told {
        step: name,
        ok,
        ms,
        title: &title,
        seen,
    });
    ok
}
