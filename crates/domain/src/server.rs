//! The state of a server as people see it, and the reasons for it. A reason decides the state; a server with several
//! reasons is in the worst of their states. Measuring is left to the use cases, colour and icon to the faces.

use crate::words::Words;
use serde::{Deserialize, Serialize};

/// The state of a server. The order is that of severity: the worst is the smallest, so that sorting upwards puts first
/// what needs someone (design: stop, fail, unreachable, warn, run, ok, off, to do).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
#[serde(rename_all = "snake_case")]
pub enum ServerState {
    /// Its identity is in doubt (a changed or revoked key): someone must decide.
    Stop,
    /// It answers, and something on it does not work.
    Fail,
    /// It does not answer, or lets nobody in.
    Unreachable,
    /// It works, and something will stop working if nobody looks.
    Warn,
    /// A run is at work on it.
    Run,
    /// In service.
    Ok,
    /// Suspended by a person: not asked, not counted.
    Off,
    /// YunoHost is not there yet.
    ToDo,
}

impl ServerState {
    /// All of them, worst first.
    pub const ALL: [Self; 8] = [
        Self::Stop,
        Self::Fail,
        Self::Unreachable,
        Self::Warn,
        Self::Run,
        Self::Ok,
        Self::Off,
        Self::ToDo,
    ];

    /// The state in words.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Stop => Words::new("Key changed", "Clé changée"),
            Self::Fail => Words::new("Failing", "En panne"),
            Self::Unreachable => Words::new("Unreachable", "Injoignable"),
            Self::Warn => Words::new("To watch", "À surveiller"),
            Self::Run => Words::new("At work", "Opération en cours"),
            Self::Ok => Words::new("In service", "En service"),
            Self::Off => Words::new("Suspended", "Suspendu"),
            Self::ToDo => Words::new("To provision", "À installer"),
        }
    }

    /// Its name in the store, in JSON and in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Fail => "fail",
            Self::Unreachable => "unreachable",
            Self::Warn => "warn",
            Self::Run => "run",
            Self::Ok => "ok",
            Self::Off => "off",
            Self::ToDo => "to_do",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $state:ident, $en:literal, $fr:literal;)+) => {
        /// Why a server is in the state that it is in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason { $($(#[$doc])* $name,)+ }

        impl Reason {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The state that this reason puts a server in.
            #[must_use]
            pub const fn state(self) -> ServerState {
                match self { $(Self::$name => ServerState::$state,)+ }
            }

            /// The code, as JSON and the store write it.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The reason of this code.
            #[must_use]
            pub fn of_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)+ _ => None }
            }

            /// The reason in words.
            #[must_use]
            pub fn words(self) -> Words {
                match self { $(Self::$name => Words::new($en, $fr),)+ }
            }
        }
    };
}

reasons! {
    /// Another host key than the pinned one was offered.
    HostKeyChanged = "host_key_changed", Stop, "It offers another host key", "Il présente une autre clé d’hôte";
    /// The offered host key is revoked.
    HostKeyRevoked = "host_key_revoked", Stop, "Its host key is revoked", "Sa clé d’hôte est révoquée";
    /// No host key is pinned yet: someone must accept one.
    HostKeyUnknown = "host_key_unknown", Stop, "Its host key is not accepted yet", "Sa clé d’hôte n’est pas encore acceptée";
    /// A service that should run does not.
    ServiceDown = "service_down", Fail, "A service is down", "Un service est arrêté";
    /// The diagnosis reports errors.
    DiagnosisErrors = "diagnosis_errors", Fail, "The diagnosis reports errors", "Le diagnostic signale des erreurs";
    /// A certificate is past its end.
    CertificateExpired = "certificate_expired", Fail, "A certificate has expired", "Un certificat a expiré";
    /// No room is left on a disk.
    DiskFull = "disk_full", Fail, "A disk is full", "Un disque est plein";
    /// It answered something that is not an answer.
    Nonsense = "nonsense", Fail, "Its answer makes no sense", "Sa réponse n’a pas de sens";
    /// A run failed on it, and nobody has looked since.
    RunFailed = "run_failed", Fail, "A run failed", "Une opération a échoué";
    /// Python, which the conversation needs, is missing.
    NoPython = "no_python", Fail, "Python 3 is missing on it", "Python 3 y manque";
    /// Its name leads nowhere.
    NameNotFound = "name_not_found", Unreachable, "Its name is not found", "Son nom est introuvable";
    /// The port is closed.
    ConnectionRefused = "connection_refused", Unreachable, "It refuses the connection", "Il refuse la connexion";
    /// Nothing came back in time.
    NoAnswer = "no_answer", Unreachable, "It does not answer", "Il ne répond pas";
    /// The connection ended in the middle.
    ConnectionCut = "connection_cut", Unreachable, "The connection was cut", "La connexion a été coupée";
    /// The login was refused.
    LoginRefused = "login_refused", Unreachable, "It refuses the login", "Il refuse l’identification";
    /// The login works, becoming root does not.
    SudoRefused = "sudo_refused", Unreachable, "It refuses administration rights (sudo)", "Il refuse les droits d’administration (sudo)";
    /// A jump host on the way fails.
    JumpFailed = "jump_failed", Unreachable, "A host on the way to it fails", "Une machine sur le chemin fait défaut";
    /// The outcome of a run is not known.
    RunUnknown = "run_unknown", Warn, "The outcome of a run is unknown", "L’issue d’une opération est inconnue";
    /// The diagnosis reports warnings.
    DiagnosisWarnings = "diagnosis_warnings", Warn, "The diagnosis reports warnings", "Le diagnostic signale des alertes";
    /// A certificate ends soon.
    CertificateExpiring = "certificate_expiring", Warn, "A certificate expires soon", "Un certificat expire bientôt";
    /// A disk has little room left.
    DiskLow = "disk_low", Warn, "A disk is nearly full", "Un disque est presque plein";
    /// Updates wait.
    UpdatesWaiting = "updates_waiting", Warn, "Updates are waiting", "Des mises à jour attendent";
    /// Its version of YunoHost is outside what this program knows.
    VersionUnknown = "version_unknown", Warn, "Its version of YunoHost is not known here", "Sa version de YunoHost n’est pas connue ici";
    /// Part of what was asked was not answered.
    PartlyRead = "partly_read", Warn, "Part of it could not be read", "Une partie n’a pas pu être lue";
    /// A run is at work on it.
    RunAtWork = "run_at_work", Run, "A run is at work", "Une opération est en cours";
    /// A person suspended it.
    Suspended = "suspended", Off, "It is suspended", "Il est suspendu";
    /// YunoHost is not installed on it.
    NoYunohost = "no_yunohost", ToDo, "YunoHost is not installed on it", "YunoHost n’y est pas installé";
    /// YunoHost is installed, its first configuration is not done.
    NotConfigured = "not_configured", ToDo, "YunoHost is installed, not configured", "YunoHost est installé, pas configuré";
    /// It was added and has not been asked yet.
    NeverRead = "never_read", ToDo, "It has not been read yet", "Il n’a pas encore été lu";
}

/// The state of a server that has these reasons: the worst of theirs; without any, it is in service. A suspension by a
/// person goes before everything but a doubt about its identity.
#[must_use]
pub fn state_of(reasons: &[Reason]) -> ServerState {
    let worst = reasons
        .iter()
        .map(|reason| reason.state())
        .min()
        .unwrap_or(ServerState::Ok);
    if reasons.contains(&Reason::Suspended) && worst != ServerState::Stop {
        ServerState::Off
    } else {
        worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_in_the_worst_state_of_its_reasons() {
        use Reason::*;
        for (reasons, expected) in [
            (&[][..], ServerState::Ok),
            (&[DiagnosisWarnings, ServiceDown][..], ServerState::Fail),
            (
                &[UpdatesWaiting, HostKeyChanged, NoAnswer][..],
                ServerState::Stop,
            ),
            (&[NoAnswer, DiskLow][..], ServerState::Unreachable),
            (&[RunAtWork][..], ServerState::Run),
            (&[NeverRead][..], ServerState::ToDo),
            (&[Suspended, NoAnswer][..], ServerState::Off),
            (&[Suspended, HostKeyChanged][..], ServerState::Stop),
        ] {
            assert_eq!(state_of(reasons), expected, "{reasons:?}");
        }
    }

    #[test]
    fn severity_sorts_the_worst_first() {
        let mut states = ServerState::ALL;
        states.reverse();
        states.sort();
        assert_eq!(
            states.map(ServerState::name),
            [
                "stop",
                "fail",
                "unreachable",
                "warn",
                "run",
                "ok",
                "off",
                "to_do"
            ]
        );
    }

    #[test]
    fn a_code_leads_back_to_its_reason() {
        for &reason in Reason::ALL {
            assert_eq!(Reason::of_code(reason.code()), Some(reason));
        }
        for state in ServerState::ALL {
            assert_eq!(ServerState::named(state.name()), Some(state));
        }
        assert_eq!(Reason::of_code("anything"), None);
    }
}
