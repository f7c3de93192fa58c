//! What a fleet run does, as a change of one server; what it is called, who may, what its answers may hold.

use secrecy::SecretString;
use towerify_domain::{Privilege, Words};
use towerify_store::Server;
use towerify_yunohost::fields::{
    AppId, FullName, Grantee, PermissionName, Rule, ServiceName, Username, check_password,
};

use crate::{
    AppError, Result,
    error::FieldProblem,
    fleet::{FleetChange, FleetOrder},
    runs::Change,
    yunohost_rules::Answers,
};

impl FleetChange {
    /// Whether its answers can be taken. Only looking (`dry`) needs no password.
    ///
    /// # Errors
    /// [`crate::Code::InvalidFields`].
    pub(super) fn check(&self, password: Option<&SecretString>, dry: bool) -> Result<()> {
        let mut answers = Answers::default();
        let good = match self {
            Self::Refresh | Self::UpgradeApps | Self::Diagnose => true,
            Self::UpgradeApp { app } | Self::RemoveApp { app } => {
                answers.take("app", AppId::parse(app)).is_some()
            }
            Self::RestartService { service } => answers
                .take("service", ServiceName::parse(service))
                .is_some(),
            Self::GiveAccess { permission, who } | Self::TakeAccess { permission, who } => {
                let permission = answers.take("permission", PermissionName::parse(permission));
                let who = answers.take("who", Grantee::parse(who));
                permission.is_some() && who.is_some()
            }
            Self::CreateUser { username, fullname } => {
                let username = answers.take("username", Username::parse(username));
                let fullname = answers.take("fullname", FullName::parse(fullname));
                let password = match password {
                    None if dry => Ok(()),
                    password => password.ok_or(Rule::Required).and_then(check_password),
                };
                let password = answers.take("password", password);
                username.is_some() && fullname.is_some() && password.is_some()
            }
            Self::DeleteUser { username, .. } => answers
                .take("username", Username::parse(username))
                .is_some(),
        };
        if good { Ok(()) } else { Err(answers.refuse()) }
    }

    /// Whether it can't be done without a password.
    pub(crate) fn needs_password(&self) -> bool {
        matches!(self, Self::CreateUser { .. })
    }

    /// Whether "there is nothing to do" is an end that looking can tell, before a run is begun.
    pub(super) fn may_be_done(&self) -> bool {
        matches!(
            self,
            Self::UpgradeApps
                | Self::UpgradeApp { .. }
                | Self::RemoveApp { .. }
                | Self::GiveAccess { .. }
                | Self::TakeAccess { .. }
                | Self::DeleteUser { .. }
        )
    }

    /// The same on this server, whose main domain is the one of a new user's address.
    pub(super) fn on(&self, main_domain: Option<&str>) -> Change {
        match self.clone() {
            Self::Refresh => Change::Refresh,
            Self::UpgradeApps => Change::UpgradeApps,
            Self::UpgradeApp { app } => Change::UpgradeApp {
                label: app.clone(),
                app,
            },
            Self::RemoveApp { app } => Change::RemoveApp {
                label: app.clone(),
                app,
            },
            Self::RestartService { service } => Change::RestartService { service },
            Self::Diagnose => Change::Diagnose,
            Self::GiveAccess { permission, who } => Change::GivePermission { permission, who },
            Self::TakeAccess { permission, who } => Change::TakePermission { permission, who },
            Self::CreateUser { username, fullname } => Change::CreateUser {
                username,
                fullname,
                domain: main_domain.unwrap_or_default().to_owned(),
                quota: None,
            },
            Self::DeleteUser { username, purge } => Change::DeleteUser { username, purge },
        }
    }

    /// Which privilege it takes on a server.
    pub(crate) fn privilege(&self) -> Privilege {
        self.on(None).privilege()
    }

    /// What it does, without where.
    pub(crate) fn intent(&self) -> Words {
        self.on(None).intent()
    }

    /// What it does, on so many servers.
    pub(super) fn title(&self, servers: usize) -> Words {
        let intent = self.intent();
        match servers {
            1 => Words::new(
                format!("{} on 1 server", intent.en),
                format!("{} sur 1 serveur", intent.fr),
            ),
            _ => Words::new(
                format!("{} on {servers} servers", intent.en),
                format!("{} sur {servers} serveurs", intent.fr),
            ),
        }
    }
}

/// As [`FleetChange::on`], for a server whose main domain may be needed and not known.
pub(super) fn on_server(change: &FleetChange, server: &Server) -> Result<Change> {
    if change.needs_password() && server.main_domain.is_none() {
        return Err(AppError::invalid(vec![FieldProblem {
            field: "domain".into(),
            words: Words::new(
                "The server’s main domain is not known: read it first.",
                "Le domaine principal du serveur n’est pas connu : le relire d’abord.",
            ),
        }]));
    }
    Ok(change.on(server.main_domain.as_deref()))
}

impl FleetOrder {
    /// Whether its waves, its rule and its limit make sense, and its change's answers can be taken.
    ///
    /// # Errors
    /// [`crate::Code::InvalidFields`].
    pub(crate) fn check(&self, password: Option<&SecretString>) -> Result<()> {
        let mut fields = Vec::new();
        let mut wrong = |field: &str, en: &str, fr: &str| {
            fields.push(FieldProblem {
                field: field.into(),
                words: Words::new(en, fr),
            });
        };
        if !self.waves.iter().all(|width| width.is_sound()) {
            wrong(
                "waves",
                "Each wave is a number of servers from 1 on, a part from 1 to 100 %, or all that are left.",
                "Chaque vague est un nombre de serveurs à partir de 1, une part de 1 à 100 %, ou tous ceux qui restent.",
            );
        }
        if self.stop.is_some_and(|rule| !rule.is_sound()) {
            wrong(
                "stop",
                "From 1 server on, or from 1 to 100 %.",
                "À partir de 1 serveur, ou de 1 à 100 %.",
            );
        }
        if self
            .at_once
            .is_some_and(|most| !(1..=MOST_AT_ONCE).contains(&most))
        {
            wrong(
                "at_once",
                "From 1 to 32 servers at a time.",
                "De 1 à 32 serveurs à la fois.",
            );
        }
        if let Err(error) = self.change.check(password, self.dry) {
            fields.extend(error.fields);
        }
        if fields.is_empty() {
            Ok(())
        } else {
            Err(AppError::invalid(fields))
        }
    }

    /// How many servers are at work at a time.
    pub(super) fn at_once(&self) -> usize {
        self.at_once.unwrap_or(16).clamp(1, MOST_AT_ONCE) as usize
    }
}

/// At most so many servers are at work at a time, in all fleet runs together.
pub(crate) const MOST_AT_ONCE: u32 = 32;
