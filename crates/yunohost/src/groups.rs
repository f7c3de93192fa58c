//! Groups of users on one server. Two are YunoHost's own: `all_users` and `visitors`; `admins` administers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    Declaration, Extra, Route,
    action::{Nothing, action},
    fields::{GroupName, Username},
};

/// `user group list --full`: members and permissions of every group.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListGroups {
    /// Whether the group that each user has alone is listed too; permissions may be given to it.
    pub primary: bool,
}

/// The groups by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Groups {
    /// By name.
    pub groups: BTreeMap<String, Group>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Group {
    /// Usernames, in no order.
    pub members: Vec<String>,
    /// What its members may use: `nextcloud.main`.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Addresses that reach all members.
    #[serde(default, rename = "mail-aliases")]
    pub mail_aliases: Vec<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

action!(
    ListGroups,
    Declaration::read("user group list", &[Route::get("/users/groups")]),
    Groups,
    |of, argv| argv
        .arg("--full")
        .flag("--include-primary-groups", of.primary),
    |of, form| form
        .flag("full", true)
        .flag("include_primary_groups", of.primary)
);

/// `user group info`: one group. Its permissions are listed by 12.0 only.
#[derive(Debug, Clone)]
pub struct ShowGroup {
    /// Which.
    pub group: GroupName,
}

action!(
    ShowGroup,
    Declaration::read(
        "user group info",
        &[Route::get("/users/groups/<groupname>")]
    ),
    Group,
    |of, argv| argv.arg(&of.group),
    |of, form| form.path("groupname", &of.group)
);

/// `user group create`. Refusal: `group_already_exist`.
#[derive(Debug, Clone)]
pub struct CreateGroup {
    /// Its name.
    pub group: GroupName,
}

/// A created group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct CreatedGroup {
    /// Its name.
    pub name: String,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

action!(
    CreateGroup,
    Declaration::write("user group create", &[Route::post("/users/groups")]),
    CreatedGroup,
    |of, argv| argv.arg(&of.group),
    |of, form| form.field("groupname", Some(&of.group))
);

/// `user group delete`. Answers nothing. Refusal: `group_cannot_be_deleted`.
#[derive(Debug, Clone)]
pub struct DeleteGroup {
    /// Which.
    pub group: GroupName,
}

action!(
    DeleteGroup,
    Declaration::write(
        "user group delete",
        &[Route::delete("/users/groups/<groupname>")]
    ),
    Nothing,
    |of, argv| argv.arg(&of.group),
    |of, form| form.path("groupname", &of.group)
);

/// `user group add`: who is in already is only warned about.
#[derive(Debug, Clone)]
pub struct AddToGroup {
    /// Which group.
    pub group: GroupName,
    /// Who joins.
    pub users: Vec<Username>,
}

action!(
    AddToGroup,
    Declaration::write(
        "user group add",
        &[Route::put("/users/groups/<groupname>/add/<usernames>")]
    ),
    Option<Group>,
    |of, argv| argv.arg(&of.group).args(&of.users),
    |of, form| form
        .path("groupname", &of.group)
        .path_list("usernames", &of.users)
);

/// `user group remove`. Refusal: `group_cannot_remove_last_admin`.
#[derive(Debug, Clone)]
pub struct RemoveFromGroup {
    /// Which group.
    pub group: GroupName,
    /// Who leaves.
    pub users: Vec<Username>,
}

action!(
    RemoveFromGroup,
    Declaration::write(
        "user group remove",
        &[Route::put("/users/groups/<groupname>/remove/<usernames>")]
    ),
    Option<Group>,
    |of, argv| argv.arg(&of.group).args(&of.users),
    |of, form| form
        .path("groupname", &of.group)
        .path_list("usernames", &of.users)
);
