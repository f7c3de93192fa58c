//! What went wrong, in words, and the exit status that follows: 1 refused or failed, 2 wrong usage, 3 some servers failed.

use serde_json::json;
use std::process::ExitCode;
use towerify_core::{AppError, Code};
use towerify_deploy::server::DeployError;
use towerify_domain::{Language, Words, text};

/// The exit status for "some servers failed".
pub const SOME_FAILED: u8 = 3;

/// Why the command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// The core says so.
    Core(Box<AppError>),
    /// The command was used wrongly.
    Usage(Words),
    /// The command refuses, and says why: a host key that nobody accepted, a question nobody answered.
    Refused {
        /// For programs.
        code: &'static str,
        /// For people.
        words: Words,
        /// What else programs need.
        details: Box<serde_json::Value>,
    },
    /// An in-house app was not deployed, or something about one not done.
    App {
        /// For programs.
        code: String,
        /// For people.
        words: Words,
    },
    /// Something on this computer.
    Local(String),
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self::Core(Box::new(error))
    }
}

impl From<DeployError> for Failure {
    fn from(error: DeployError) -> Self {
        Self::app(error.code(), &error.words())
    }
}

impl Failure {
    /// Of an in-house app.
    pub fn app(code: &str, words: &towerify_deploy::Words) -> Self {
        Self::App {
            code: code.to_owned(),
            words: Words::new(&words.english, &words.french),
        }
    }

    /// The exit status.
    pub fn status(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Core(_) | Self::Refused { .. } | Self::App { .. } | Self::Local(_) => {
                ExitCode::from(1)
            }
        }
    }

    /// For programs: one object on one line.
    pub fn json(&self) -> String {
        let error = match self {
            Self::Core(error) => json!(error),
            Self::Usage(words) => json!({ "code": "usage", "message": words.en }),
            Self::Refused {
                code,
                words,
                details,
            } => json!({ "code": code, "message": words.en, "params": details }),
            Self::App { code, words } => json!({ "code": code, "message": words.en }),
            Self::Local(message) => json!({ "code": "local", "message": message }),
        };
        json!({ "error": error }).to_string()
    }

    /// For people.
    pub fn sentence(&self, language: Language) -> String {
        let said = match self {
            Self::Core(error) => of_core(error, language),
            Self::Usage(words) | Self::Refused { words, .. } | Self::App { words, .. } => {
                words.of(language).to_owned()
            }
            Self::Local(message) => message.clone(),
        };
        text::lines(&said, 8_000)
    }
}

fn of_core(error: &AppError, language: Language) -> String {
    let mut lines = Vec::new();
    match language {
        Language::En => {
            lines.push(error.message.clone());
            lines.extend(error.hint.clone());
        }
        Language::Fr => {
            lines.push(french(error.code).to_owned());
            // The core's own sentence has the names and numbers; where there are fields, they say it all.
            if error.fields.is_empty() {
                lines.push(format!("({})", error.message));
            }
        }
    }
    if !error.fields.is_empty() {
        if language == Language::En {
            lines = vec!["These answers can't be taken:".to_owned()];
        }
        let problems = error.fields.iter();
        lines.extend(
            problems.map(|problem| format!("  {}: {}", problem.field, problem.words.of(language))),
        );
    }
    if let Some(run) = error.run {
        lines.push(format!("towerify runs show {run}"));
    }
    lines.join("\n")
}

/// Every code of the core, in French. Exhaustive: a new code does not compile until it has its sentence.
fn french(code: Code) -> &'static str {
    match code {
        Code::NoWorkspace => {
            "Aucun espace de travail n’est ouvert. Créez-en un, ou nommez-le par --workspace."
        }
        Code::Locked => "L’espace de travail est verrouillé.",
        Code::WrongPassword => "Ce mot de passe n’ouvre pas l’espace de travail.",
        Code::WrongRecoveryKey => "Cette clé de secours n’ouvre pas ce compte.",
        Code::SecondFactorNeeded => "Ce compte a un second facteur : donnez son code.",
        Code::WrongCode => "Ce code est faux, ou a déjà servi.",
        Code::AccountDisabled => "Ce compte est désactivé, ou n’est plus dans l’espace de travail.",
        Code::AccountNeeded => "Ce compte ne peut pas être retiré.",
        Code::KeyringUnavailable => {
            "Le trousseau de cet ordinateur n’est pas utilisable. Ouvrez avec le mot de passe."
        }
        Code::Throttled => "Trop de mots de passe faux. Attendez avant le prochain essai.",
        Code::WorkspaceInUse => {
            "Un autre Towerify, fenêtre ou commande, a ouvert cet espace de travail."
        }
        Code::WorkspaceMissing => "Il n’y a pas d’espace de travail dans ce dossier.",
        Code::WorkspaceExists => "Il y a déjà un espace de travail de ce nom.",
        Code::WorkspaceNewer => "Cet espace de travail a été écrit par un Towerify plus récent.",
        Code::WorkspaceDamaged => {
            "Les fichiers de l’espace de travail sont abîmés ou ont été modifiés."
        }
        Code::InvalidFields => "Ces réponses ne conviennent pas :",
        Code::NotFound => "Cela n’existe pas.",
        Code::Denied => "Ce rôle ne permet pas cela.",
        Code::ServerExists => "Un serveur de ce nom est déjà là.",
        Code::NameNotFound => "Le nom du serveur n’a pas d’adresse.",
        Code::ConnectionRefused => "Rien n’écoute à cette adresse et sur ce port.",
        Code::TimedOut => "Pas de réponse à temps.",
        Code::ConnectionCut => "La connexion a été coupée.",
        Code::HostKeyUnknown => "Aucune clé d’hôte n’est encore acceptée.",
        Code::HostKeyChanged => {
            "Le serveur présente une autre clé d’hôte. Connexion refusée. Rien n’a été envoyé."
        }
        Code::HostKeyRevoked => {
            "Le serveur présente une clé d’hôte révoquée. Connexion refusée. Rien n’a été envoyé."
        }
        Code::AuthenticationFailed => "Le serveur n’a accepté aucune façon de s’identifier.",
        Code::KeyUnusable => "La clé privée n’est pas utilisable telle quelle.",
        Code::SudoRefused => "Le compte n’est pas root et sudo a refusé.",
        Code::NoPython => "Il n’y a pas de Python 3 sur le serveur.",
        Code::NoEntry => "Ce serveur n’a pas d’entrée pour vous, ou ne l’ouvre pas.",
        Code::NoYunohost => "YunoHost n’est pas installé sur ce serveur.",
        Code::NotPostinstalled => {
            "YunoHost y est installé, sa configuration initiale n’est pas faite."
        }
        Code::Nonsense => "La réponse du serveur n’a pas de sens.",
        Code::CertificateUnknown => {
            "Personne n’a encore accepté le certificat de ce serveur. Rien n’a été envoyé."
        }
        Code::CertificateChanged => {
            "Le serveur présente un autre certificat que celui qui fut accepté. Rien n’a été envoyé."
        }
        Code::NotAPortal => "Ce qui répond là n’est pas le portail d’un serveur YunoHost.",
        Code::LoginRefused => "Le portail n’a pas accepté ce nom et ce mot de passe.",
        Code::SessionEnded => "La session est finie : il faut redonner le mot de passe.",
        Code::Refused => "YunoHost a refusé.",
        Code::NotReady => "La machine n’est pas prête.",
        Code::Busy => "Une autre opération est en cours sur ce serveur.",
        Code::DiskFull => "Le disque du serveur est plein.",
        Code::OutcomeUnknown => "Le travail a été coupé et son issue est inconnue.",
        Code::LocalDisk => "Le disque de cet ordinateur, ou un fichier, a fait défaut.",
        Code::Internal => "Un défaut de Towerify.",
    }
}
