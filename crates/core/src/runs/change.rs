//! A change of a server: what is kept of it, what it is called, and the action it becomes. The one secret that a change
//! may need (a password, an app's answers) is kept apart, sealed, until the run ends.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use towerify_domain::{Privilege, Words, run::RunKind};
use towerify_machine::deployed::TurnApp;
use towerify_yunohost::{
    Action, Argv, Kind,
    apps::{InstallApp, RemoveApp, UpgradeApps},
    diagnosis::RunDiagnosis,
    fields::{
        AppId, AppSource, DomainName, ForwardMail, FullName, Grantee, Label, Mail, MailboxQuota,
        PermissionName, Rule, ServiceName, Username,
    },
    permissions::{AddPermission, RemovePermission},
    services::RestartServices,
    users::{CreateUser, DeleteUser, UpdateUser},
};

use crate::runs::detached::Asked;

/// A change, as the run keeps it. Without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub(crate) enum Change {
    /// A user is created. Secret: the password.
    CreateUser {
        username: String,
        fullname: String,
        domain: String,
        quota: Option<String>,
    },
    /// A user is changed. Secret: a new password, if there is one.
    UpdateUser {
        username: String,
        fullname: Option<String>,
        mail: Option<String>,
        quota: Option<String>,
        add_aliases: Vec<String>,
        remove_aliases: Vec<String>,
        add_forwards: Vec<String>,
        remove_forwards: Vec<String>,
        password: bool,
    },
    /// A user is deleted.
    DeleteUser { username: String, purge: bool },
    /// Access is given.
    GivePermission { permission: String, who: String },
    /// Access is taken back.
    TakePermission { permission: String, who: String },
    /// An app is installed. Secret: the encoded answers.
    InstallApp {
        app: String,
        name: String,
        label: Option<String>,
        address: Option<String>,
    },
    /// An app is upgraded.
    UpgradeApp { app: String, label: String },
    /// Every app that waits for an upgrade is upgraded.
    UpgradeApps,
    /// An app is removed, with its data.
    RemoveApp { app: String, label: String },
    /// An in-house app goes back to a release, or its live one starts anew.
    TurnApp {
        app: String,
        label: String,
        release: Option<String>,
        by: String,
    },
    /// A service is restarted.
    RestartService { service: String },
    /// The diagnosis is run.
    Diagnose,
    /// The server is read again; nothing is changed there.
    Refresh,
}

impl Change {
    /// What the run is for.
    pub(crate) fn kind(&self) -> RunKind {
        match self {
            Self::CreateUser { .. } => RunKind::UserCreate,
            Self::UpdateUser { .. } => RunKind::UserUpdate,
            Self::DeleteUser { .. } => RunKind::UserDelete,
            Self::GivePermission { .. } => RunKind::PermissionAdd,
            Self::TakePermission { .. } => RunKind::PermissionRemove,
            Self::InstallApp { .. } => RunKind::AppInstall,
            Self::UpgradeApp { .. } | Self::UpgradeApps | Self::TurnApp { .. } => {
                RunKind::AppUpgrade
            }
            Self::RemoveApp { .. } => RunKind::AppRemove,
            Self::RestartService { .. } => RunKind::ServiceRestart,
            Self::Diagnose => RunKind::Diagnose,
            Self::Refresh => RunKind::Refresh,
        }
    }

    /// Which privilege it takes to do it again.
    pub(crate) fn privilege(&self) -> Privilege {
        match self {
            Self::CreateUser { .. } | Self::UpdateUser { .. } | Self::DeleteUser { .. } => {
                Privilege::ManageUsers
            }
            Self::GivePermission { .. } | Self::TakePermission { .. } => {
                Privilege::ManagePermissions
            }
            Self::InstallApp { .. } => Privilege::InstallApp,
            Self::UpgradeApp { .. } | Self::UpgradeApps => Privilege::UpgradeApp,
            Self::RemoveApp { .. } => Privilege::RemoveApp,
            Self::RestartService { .. } | Self::Diagnose | Self::TurnApp { .. } => {
                Privilege::EditServer
            }
            Self::Refresh => Privilege::RefreshServers,
        }
    }

    /// What it does, without the server: the step's intent.
    pub(crate) fn intent(&self) -> Words {
        match self {
            Self::CreateUser { username, .. } => {
                Words::new(format!("Create {username}"), format!("Créer {username}"))
            }
            Self::UpdateUser { username, .. } => {
                Words::new(format!("Change {username}"), format!("Modifier {username}"))
            }
            Self::DeleteUser { username, .. } => Words::new(
                format!("Delete {username}"),
                format!("Supprimer {username}"),
            ),
            Self::GivePermission { permission, who } => Words::new(
                format!("Give {who} access to {permission}"),
                format!("Donner à {who} l’accès à {permission}"),
            ),
            Self::TakePermission { permission, who } => Words::new(
                format!("Take access to {permission} from {who}"),
                format!("Retirer à {who} l’accès à {permission}"),
            ),
            Self::InstallApp { name, .. } => {
                Words::new(format!("Install {name}"), format!("Installer {name}"))
            }
            Self::UpgradeApp { label, .. } => {
                Words::new(format!("Upgrade {label}"), format!("Mettre à jour {label}"))
            }
            Self::UpgradeApps => Words::new("Upgrade the apps", "Mettre à jour les apps"),
            Self::RemoveApp { label, .. } => {
                Words::new(format!("Remove {label}"), format!("Retirer {label}"))
            }
            Self::TurnApp {
                label,
                release: Some(release),
                ..
            } => Words::new(
                format!("Take {label} back to {release}"),
                format!("Revenir à {release} pour {label}"),
            ),
            Self::TurnApp {
                label,
                release: None,
                ..
            } => Words::new(format!("Start {label} anew"), format!("Redémarrer {label}")),
            Self::RestartService { service } => Words::new(
                format!("Restart {service}"),
                format!("Redémarrer {service}"),
            ),
            Self::Diagnose => Words::new("Run the diagnosis", "Lancer le diagnostic"),
            Self::Refresh => Words::new("Read again", "Relire"),
        }
    }

    /// What it does, and where: the run's title.
    pub(crate) fn title(&self, server: &str) -> Words {
        let intent = self.intent();
        Words::new(
            format!("{} on {server}", intent.en),
            format!("{} sur {server}", intent.fr),
        )
    }

    /// Whether it can't be done without its secret.
    pub(crate) fn needs_secret(&self) -> bool {
        match self {
            Self::CreateUser { .. } | Self::InstallApp { .. } => true,
            Self::UpdateUser { password, .. } => *password,
            _ => false,
        }
    }

    /// What is asked of the server.
    ///
    /// # Errors
    /// As [`Change::argv`].
    pub(crate) fn asked(&self, secret: Option<SecretString>) -> Result<Asked, Rule> {
        match self {
            Self::TurnApp {
                app, release, by, ..
            } => Ok(Asked::task(TurnApp {
                app: app.clone(),
                release: release.clone(),
                by: by.clone(),
            })),
            other => other.argv(secret).map(Asked::Words),
        }
    }

    /// The words that are sent to the server's YunoHost.
    ///
    /// # Errors
    /// The rule that a kept value breaks: never for what went through a form.
    pub(crate) fn argv(&self, secret: Option<SecretString>) -> Result<Argv, Rule> {
        let all = |texts: &[String]| texts.iter().map(Mail::parse).collect::<Result<Vec<_>, _>>();
        let forwards = |texts: &[String]| {
            texts
                .iter()
                .map(ForwardMail::parse)
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(match self {
            Self::CreateUser {
                username,
                fullname,
                domain,
                quota,
            } => words(&CreateUser {
                username: Username::parse(username)?,
                fullname: FullName::parse(fullname)?,
                password: secret.ok_or(Rule::Required)?,
                domain: DomainName::parse(domain)?,
                mailbox_quota: quota.as_ref().map(MailboxQuota::parse).transpose()?,
            }),
            Self::UpdateUser {
                username,
                fullname,
                mail,
                quota,
                add_aliases,
                remove_aliases,
                add_forwards,
                remove_forwards,
                password: _,
            } => words(&UpdateUser {
                fullname: fullname.as_ref().map(FullName::parse).transpose()?,
                mail: mail.as_ref().map(Mail::parse).transpose()?,
                password: secret,
                add_forward: forwards(add_forwards)?,
                remove_forward: forwards(remove_forwards)?,
                add_alias: all(add_aliases)?,
                remove_alias: all(remove_aliases)?,
                mailbox_quota: quota.as_ref().map(MailboxQuota::parse).transpose()?,
                ..UpdateUser::of(Username::parse(username)?)
            }),
            Self::DeleteUser { username, purge } => words(&DeleteUser {
                username: Username::parse(username)?,
                purge: *purge,
            }),
            Self::GivePermission { permission, who } => words(&AddPermission {
                permission: PermissionName::parse(permission)?,
                names: vec![Grantee::parse(who)?],
            }),
            Self::TakePermission { permission, who } => words(&RemovePermission {
                permission: PermissionName::parse(permission)?,
                names: vec![Grantee::parse(who)?],
            }),
            Self::InstallApp { app, label, .. } => words(&InstallApp {
                source: AppSource::parse(app)?,
                label: label.as_ref().map(Label::parse).transpose()?,
                args: secret.ok_or(Rule::Required)?,
                force: false,
                keep_on_failure: false,
            }),
            Self::UpgradeApp { app, .. } => words(&UpgradeApps {
                apps: vec![AppId::parse(app)?],
                ..UpgradeApps::default()
            }),
            Self::UpgradeApps => words(&UpgradeApps::default()),
            Self::RemoveApp { app, .. } => words(&RemoveApp {
                app: AppId::parse(app)?,
                purge: true,
            }),
            Self::RestartService { service } => words(&RestartServices {
                names: vec![ServiceName::parse(service)?],
            }),
            Self::Diagnose => words(&RunDiagnosis::default()),
            // Their plans ask nothing of YunoHost but what every reading does.
            Self::Refresh | Self::TurnApp { .. } => return Err(Rule::Required),
        })
    }
}

fn words<A: Action>(action: &A) -> Argv {
    debug_assert_eq!(A::DECLARATION.kind, Kind::Write);
    action.argv()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_keeps_of_a_change_holds_no_secret_and_leads_back_to_its_words() {
        let change = Change::CreateUser {
            username: "ines".into(),
            fullname: "Inès Calvet".into(),
            domain: "nuage.glycines.example".into(),
            quota: None,
        };
        let kept = serde_json::to_value(&change).unwrap();
        let back: Change = serde_json::from_value(kept).unwrap();
        assert_eq!(back, change);
        let argv = back.argv(Some("a secret".into())).unwrap();
        assert!(!argv.to_string().contains("a secret"));
        assert!(argv.expose().iter().any(|word| word.contains("a secret")));
        assert!(back.argv(None).is_err());
    }
}
