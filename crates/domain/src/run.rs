//! Runs: durable pieces of work, their steps and their traces, as they are stored and shown. How a run is carried out
//! is left to the crate `runs`; what is done, to the use cases.

use crate::words::Words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident = $name:literal, $en:literal, $fr:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type)]
        #[serde(rename_all = "snake_case")]
        pub enum $type { $($(#[$vdoc])* $variant,)+ }

        impl $type {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in the store and in JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The one of this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }

            /// In words, for people.
            #[must_use]
            pub fn words(self) -> Words {
                match self { $(Self::$variant => Words::new($en, $fr),)+ }
            }
        }
    };
}

named! {
    /// Where a run stands.
    RunState {
        /// Begun, and not at work yet: another run is at work on its server.
        Waiting = "waiting", "Waiting", "En attente";
        /// At work.
        Running = "running", "Running", "En cours";
        /// Every step is done.
        Done = "done", "Done", "Terminée";
        /// A step failed; what was done before stands.
        Failed = "failed", "Failed", "Échouée";
        /// Nobody knows whether the last step took effect: a person must look.
        Unknown = "unknown", "Outcome unknown", "Issue inconnue";
        /// Stopped by a person between two steps.
        Cancelled = "cancelled", "Cancelled", "Annulée";
        /// Held by a person between two steps: it goes on when a person says so, also after a restart.
        Paused = "paused", "Paused", "En pause";
        /// At work backwards: what its steps did is undone, the last one first.
        Undoing = "undoing", "Undoing", "Annulation des effets";
        /// What its steps did is undone, where they can undo it.
        Undone = "undone", "Undone", "Défaite";
    }
}

impl RunState {
    /// Nothing more will happen in it by itself.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(
            self,
            Self::Waiting | Self::Running | Self::Paused | Self::Undoing
        )
    }
}

named! {
    /// Where a step stands.
    StepState {
        /// Not begun.
        Waiting = "waiting", "To do", "À faire";
        /// Begun: its effect may or may not be there.
        Running = "running", "Running", "En cours";
        /// Its effect is there.
        Done = "done", "Done", "Faite";
        /// Its effect was there already.
        Already = "already", "Already so", "Déjà fait";
        /// It failed.
        Failed = "failed", "Failed", "Échouée";
        /// Whether its effect is there is not known.
        Unknown = "unknown", "Outcome unknown", "Issue inconnue";
        /// The run ended before it.
        Skipped = "skipped", "Not begun", "Pas commencée";
        /// Its effect was there, and was taken away again.
        Undone = "undone", "Undone", "Défaite";
    }
}

named! {
    /// What a person asked of a run at work, which comes true when the step at work ends.
    Wish {
        /// To be held there.
        Pause = "pause", "Pauses at the end of the step", "Mise en pause à la fin de l’étape";
        /// To be ended there.
        Cancel = "cancel", "Is cancelled at the end of the step", "Annulation à la fin de l’étape";
    }
}

named! {
    /// Which way a run goes through its steps.
    Way {
        /// From the first to the last, doing them.
        Forward = "forward", "Forward", "En avant";
        /// From the last to the first, undoing them.
        Back = "back", "Back", "En arrière";
    }
}

named! {
    /// What a run is for.
    RunKind {
        /// A server is added and read for the first time.
        ServerAdd = "server_add", "Add a server", "Ajout d’un serveur";
        /// Servers are read again.
        Refresh = "refresh", "Refresh", "Relecture";
        /// A user is created.
        UserCreate = "user_create", "Create a user", "Création d’un utilisateur";
        /// A user is changed.
        UserUpdate = "user_update", "Change a user", "Modification d’un utilisateur";
        /// A user is deleted.
        UserDelete = "user_delete", "Delete a user", "Suppression d’un utilisateur";
        /// A group is created.
        GroupCreate = "group_create", "Create a group", "Création d’un groupe";
        /// A group's members change.
        GroupUpdate = "group_update", "Change a group", "Modification d’un groupe";
        /// A group is deleted.
        GroupDelete = "group_delete", "Delete a group", "Suppression d’un groupe";
        /// Access to an app is given.
        PermissionAdd = "permission_add", "Give access", "Octroi d’un accès";
        /// Access to an app is taken back.
        PermissionRemove = "permission_remove", "Take access back", "Retrait d’un accès";
        /// An app is installed.
        AppInstall = "app_install", "Install an app", "Installation d’une app";
        /// An app is upgraded.
        AppUpgrade = "app_upgrade", "Upgrade an app", "Mise à jour d’une app";
        /// An app is removed.
        AppRemove = "app_remove", "Remove an app", "Retrait d’une app";
        /// A service is restarted.
        ServiceRestart = "service_restart", "Restart a service", "Redémarrage d’un service";
        /// The diagnosis is run on the server.
        Diagnose = "diagnose", "Run the diagnosis", "Diagnostic";
        /// The server looks for updates.
        UpdateCheck = "update_check", "Look for updates", "Recherche de mises à jour";
        /// A machine is made into a server.
        ServerProvision = "server_provision", "Bring a server into service", "Mise en service d’un serveur";
        /// What was put on a server is taken away again; it goes on serving.
        ServerDisconnect = "server_disconnect", "Disconnect a server", "Déconnexion d’un serveur";
        /// A server's HTTP API is switched on or off.
        ApiSwitch = "api_switch", "Switch the HTTP API", "Bascule de l’API HTTP";
        /// Restricted administrators are given entries to a server, or theirs are brought up to date.
        GateInstall = "gate_install", "Put entries on a server", "Pose d’entrées sur un serveur";
        /// An entry is taken from a server.
        GateRemove = "gate_remove", "Take an entry away", "Retrait d’une entrée";
    }
}

/// The sign in front of a line of a trace, which says who speaks and how it went.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
pub enum Sign {
    /// What is asked of the server.
    #[serde(rename = "$")]
    Ask,
    /// What it says.
    #[serde(rename = "i")]
    Info,
    /// What it warns of.
    #[serde(rename = "!")]
    Warning,
    /// What is done.
    #[serde(rename = "✓")]
    Done,
    /// What failed.
    #[serde(rename = "✗")]
    Failed,
}

impl Sign {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Ask,
        Self::Info,
        Self::Warning,
        Self::Done,
        Self::Failed,
    ];

    /// The sign itself.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Ask => "$",
            Self::Info => "i",
            Self::Warning => "!",
            Self::Done => "✓",
            Self::Failed => "✗",
        }
    }

    /// The sign that this text is.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sign| sign.text() == text)
    }
}

/// One line of a run's trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct TraceLine {
    /// Its number in the run, from 1, without gaps.
    pub n: u32,
    /// When it was said.
    pub at: DateTime<Utc>,
    /// The step that it belongs to, from 0.
    pub step: u16,
    /// Who speaks.
    pub sign: Sign,
    /// What is said: one line, harmless to show (see [`crate::text`]), without secrets.
    pub text: String,
}

/// The most characters that one line of a trace holds; the rest is cut, and the cut is shown.
pub const TRACE_TEXT_MAX: usize = 2_000;

/// The most lines that one run's trace holds; past it only the steps' own lines are kept, and one line says so.
pub const TRACE_LINES_MAX: u32 = 20_000;

/// How far a step is, while it is at work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Progress {
    /// Out of 100, where it is known.
    pub percent: Option<u8>,
    /// What is being done.
    pub words: Words,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_what_they_name() {
        for &state in RunState::ALL {
            assert_eq!(RunState::named(state.name()), Some(state));
        }
        for &state in StepState::ALL {
            assert_eq!(StepState::named(state.name()), Some(state));
        }
        for &kind in RunKind::ALL {
            assert_eq!(RunKind::named(kind.name()), Some(kind));
        }
        for sign in Sign::ALL {
            assert_eq!(Sign::of_text(sign.text()), Some(sign));
        }
    }

    #[test]
    fn only_what_waits_or_moves_or_is_held_is_not_over() {
        let going: Vec<_> = RunState::ALL
            .iter()
            .filter(|state| !state.is_over())
            .collect();
        assert_eq!(
            going,
            [
                &RunState::Waiting,
                &RunState::Running,
                &RunState::Paused,
                &RunState::Undoing
            ]
        );
    }
}
