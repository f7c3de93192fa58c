//! Who may open an app, as its configuration says.

use towerify_yunohost::fields::{Grantee, PermissionName};
use towerify_yunohost::permissions::{AddPermission, RemovePermission, ShowPermission};

use super::{DeployError, Deployment, Event, Server};

/// Opens the app to the groups of the configuration, and to no other.
pub(super) async fn give_access(
    server: &Server,
    deployment: Deployment<'_>,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<(), DeployError> {
    on(Event::step("permission"));
    let permission = PermissionName::parse(format!("{}.main", deployment.environment.id))
        .map_err(|_| DeployError::Unclear("the app's permission"))?;
    let now = server
        .driver()
        .await?
        .read(&ShowPermission {
            permission: permission.clone(),
        })
        .await?;
    let wanted = deployment.environment.access.groups();
    let names = |of: Vec<&str>| -> Vec<Grantee> {
        of.into_iter()
            .filter_map(|group| Grantee::parse(group).ok())
            .collect()
    };
    let lacking = wanted
        .iter()
        .copied()
        .filter(|group| !now.allowed.iter().any(|one| one == group));
    let add = AddPermission {
        permission: permission.clone(),
        names: names(lacking.collect()),
    };
    let key = deployment.run_key;
    if !add.names.is_empty() {
        server.write("permission", key, &add, on).await?;
    }
    let extra = now.allowed.iter().map(String::as_str);
    let remove = RemovePermission {
        permission,
        names: names(extra.filter(|group| !wanted.contains(group)).collect()),
    };
    if !remove.names.is_empty() {
        server.write("restrict", key, &remove, on).await?;
    }
    Ok(())
}
