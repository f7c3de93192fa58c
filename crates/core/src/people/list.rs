//! Who is on a server, and what they may open: from its last snapshots.

use towerify_domain::{Permit, id::ServerId, policy::may, text};
use towerify_yunohost::{domains, groups, permissions, users};

use crate::{
    Actor, Result, Workspace,
    people::view::{GroupRow, People, PermissionRow, UserRow},
    servers::{server_of, snapshot, understood},
};

/// The people of a server.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn list(workspace: &Workspace, actor: &Actor, server: ServerId) -> Result<People> {
    let permit = Permit::<may::SeePeople>::ask(actor)?;
    server_of(workspace, &permit, server).await?;
    let users =
        understood::<users::ListUsers, _>(workspace, &permit, server, snapshot::USERS).await?;
    let groups =
        understood::<groups::ListGroups, _>(workspace, &permit, server, snapshot::GROUPS).await?;
    let permissions = understood::<permissions::ListPermissions, _>(
        workspace,
        &permit,
        server,
        snapshot::PERMISSIONS,
    )
    .await?;
    let domains =
        understood::<domains::ListDomains, _>(workspace, &permit, server, snapshot::DOMAINS)
            .await?;
    let taken_at = users.as_ref().map(|(at, _)| *at);
    let line = |text: &str| text::line(text, 300);
    let lines = |texts: &[String]| texts.iter().map(|text| line(text)).collect::<Vec<_>>();
    let groups: Vec<GroupRow> = groups
        .map(|(_, known)| known.groups)
        .unwrap_or_default()
        .into_iter()
        .map(|(name, group)| GroupRow {
            name: line(&name),
            members: lines(&group.members),
            permissions: lines(&group.permissions),
        })
        .collect();
    let in_admins = |username: &str| {
        groups.iter().any(|group| {
            group.name == "admins" && group.members.iter().any(|member| member == username)
        })
    };
    let users = users
        .map(|(_, known)| known.users)
        .unwrap_or_default()
        .into_iter()
        .map(|(username, user)| UserRow {
            admin: in_admins(&username),
            groups: groups
                .iter()
                .filter(|group| group.members.contains(&username) && group.name != "all_users")
                .map(|group| group.name.clone())
                .collect(),
            username: line(&username),
            fullname: line(&user.fullname),
            mail: line(&user.mail),
            aliases: lines(&user.mail_alias),
            // The address itself stands first among those that mail is sent on to (YunoHost's LDAP schema).
            forwards: lines(&user.mail_forward)
                .into_iter()
                .filter(|to| *to != username)
                .collect(),
            mailbox_quota: line(user.mailbox_quota.as_deref().unwrap_or("0")),
        })
        .collect();
    let permissions = permissions
        .map(|(_, known)| known.permissions)
        .unwrap_or_default()
        .into_iter()
        .map(|(id, permission)| PermissionRow {
            app: id.split('.').next().map(line).unwrap_or_default(),
            label: line(permission.label.as_deref().unwrap_or(&id)),
            id: line(&id),
            url: permission.url.as_deref().map(line),
            allowed: lines(&permission.allowed),
            users: lines(&permission.corresponding_users),
            protected: permission.protected.unwrap_or(false),
        })
        .collect();
    let domains = domains.map(|(_, known)| known);
    Ok(People {
        taken_at,
        users,
        groups,
        permissions,
        main_domain: domains
            .as_ref()
            .and_then(|known| known.main.as_deref())
            .map(line),
        domains: domains
            .map(|known| known.names().into_iter().map(line).collect())
            .unwrap_or_default(),
    })
}
