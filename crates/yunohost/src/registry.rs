//! Every action, once: for tables, documentation, the simulator and tests.

use serde_json::Value;

use crate::{
    Action, Declaration, ReplyError, apps, backups, catalogue, certificates, diagnosis, domains,
    firewall, groups, keys, logs, manifest, permissions, services, settings, tools, updates, users,
    versions,
};

/// Reads a reply with its action's type and gives back what the type kept of it.
pub type Check = fn(Value) -> Result<Value, ReplyError>;

macro_rules! registry {
    ($($action:ty),+ $(,)?) => {
        /// Every action once, in the order of the documentation.
        pub const DECLARATIONS: &[Declaration] = &[$(<$action as Action>::DECLARATION),+];

        const CHECKS: &[Check] = &[$(check::<$action>),+];
    };
}

registry![
    versions::ShowVersions,
    users::ListUsers,
    users::ShowUser,
    users::CreateUser,
    users::UpdateUser,
    users::DeleteUser,
    groups::ListGroups,
    groups::ShowGroup,
    groups::CreateGroup,
    groups::DeleteGroup,
    groups::AddToGroup,
    groups::RemoveFromGroup,
    permissions::ListPermissions,
    permissions::ShowPermission,
    permissions::AddPermission,
    permissions::RemovePermission,
    permissions::UpdatePermission,
    domains::ListDomains,
    domains::ShowDomain,
    domains::AddDomain,
    domains::RemoveDomain,
    domains::SetMainDomain,
    domains::CheckUrl,
    certificates::ShowCertificates,
    certificates::InstallCertificates,
    certificates::RenewCertificates,
    apps::ListApps,
    apps::ShowApp,
    apps::MapApps,
    apps::InstallApp,
    apps::UpgradeApps,
    apps::RemoveApp,
    apps::ChangeLabel,
    catalogue::ShowCatalogue,
    manifest::ShowManifest,
    services::ShowServices,
    services::ShowServiceLog,
    services::RestartServices,
    services::StartServices,
    services::StopServices,
    diagnosis::ListCategories,
    diagnosis::ShowDiagnosis,
    diagnosis::RunDiagnosis,
    logs::ListOperations,
    logs::ShowOperation,
    updates::CheckUpdates,
    updates::ListMigrations,
    keys::ListKeys,
    keys::AddKey,
    settings::ListSettings,
    settings::ShowSetting,
    settings::ChangeSetting,
    firewall::ShowFirewall,
    firewall::OpenPort,
    firewall::ClosePort,
    firewall::AllowPort,
    firewall::DisallowPort,
    backups::ListBackups,
    backups::ShowBackup,
    backups::CreateBackup,
    backups::DeleteBackup,
    tools::PostInstall,
    tools::Reboot,
    tools::Shutdown,
];

fn check<A: Action>(reply: Value) -> Result<Value, ReplyError>
where
    A::Reply: serde::Serialize,
{
    let kept = A::parse(reply)?;
    serde_json::to_value(kept)
        .map_err(|_| crate::error::unexpected(A::DECLARATION.name, "something", &Value::Null))
}

/// The action whose name these words begin with, the longest first, and the check of its replies.
pub fn find<'w>(words: impl IntoIterator<Item = &'w str>) -> Option<(&'static Declaration, Check)> {
    let words: Vec<&str> = words.into_iter().collect();
    DECLARATIONS
        .iter()
        .zip(CHECKS)
        .filter(|(declaration, _)| {
            words.starts_with(&declaration.name.split(' ').collect::<Vec<_>>())
        })
        .max_by_key(|(declaration, _)| declaration.name.len())
        .map(|(declaration, check)| (declaration, *check))
}
