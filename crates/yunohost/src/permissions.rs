//! Who may use what: each app has permissions (`nextcloud.main`), given to users and groups.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;

use crate::{
    Declaration, Extra, Route,
    action::action,
    fields::{Grantee, Label, PermissionName},
};

/// `user permission list --full`: every permission of every app.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListPermissions;

/// The permissions by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Permissions {
    /// By name: `nextcloud.main`.
    pub permissions: BTreeMap<String, Permission>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// One permission. YunoHost's own (`mail.main`, `ssh.main`, `sftp.main`) have neither address nor tile on 12.1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Permission {
    /// Users and groups that it is given to.
    pub allowed: Vec<String>,
    /// The users that have it in the end, through groups too.
    #[serde(default)]
    pub corresponding_users: Vec<String>,
    /// What people read on the tile.
    #[serde(default)]
    pub label: Option<String>,
    /// Domain and path in lists; the path alone in the answer to a change.
    #[serde(default)]
    pub url: Option<String>,
    /// Further addresses.
    #[serde(default)]
    pub additional_urls: Vec<String>,
    /// Whether the server tells the app who is logged in.
    #[serde(default)]
    pub auth_header: Option<bool>,
    /// Whether the portal shows a tile.
    #[serde(default)]
    pub show_tile: Option<bool>,
    /// Whether `visitors` can neither be added nor removed.
    #[serde(default)]
    pub protected: Option<bool>,
    /// The second part of the label (12.0).
    #[serde(default)]
    pub sublabel: Option<String>,
    /// The tile's text (12.1).
    #[serde(default)]
    pub description: Option<String>,
    /// The tile's place (12.1).
    #[serde(default)]
    #[specta(skip)]
    pub order: Option<Value>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

action!(
    ListPermissions,
    Declaration::read("user permission list", &[Route::get("/users/permissions")]),
    Permissions,
    |of, argv| argv.arg("--full"),
    |of, form| form.flag("full", true)
);

/// `user permission info`: one permission.
#[derive(Debug, Clone)]
pub struct ShowPermission {
    /// Which.
    pub permission: PermissionName,
}

action!(
    ShowPermission,
    Declaration::read(
        "user permission info",
        &[Route::get("/users/permissions/<permission>")]
    ),
    Permission,
    |of, argv| argv.arg(&of.permission),
    |of, form| form.path("permission", &of.permission)
);

/// `user permission add`: who has it already is only warned about.
#[derive(Debug, Clone)]
pub struct AddPermission {
    /// Which.
    pub permission: PermissionName,
    /// Users and groups that get it.
    pub names: Vec<Grantee>,
}

action!(
    AddPermission,
    Declaration::write(
        "user permission add",
        &[Route::put("/users/permissions/<permission>/add/<names>")]
    ),
    Option<Permission>,
    |of, argv| argv.arg(&of.permission).args(&of.names),
    |of, form| form
        .path("permission", &of.permission)
        .path_list("names", &of.names)
);

/// `user permission remove`. Refusal: `permission_protected`.
#[derive(Debug, Clone)]
pub struct RemovePermission {
    /// Which.
    pub permission: PermissionName,
    /// Users and groups that lose it.
    pub names: Vec<Grantee>,
}

action!(
    RemovePermission,
    Declaration::write(
        "user permission remove",
        &[Route::put("/users/permissions/<permission>/remove/<names>")]
    ),
    Option<Permission>,
    |of, argv| argv.arg(&of.permission).args(&of.names),
    |of, form| form
        .path("permission", &of.permission)
        .path_list("names", &of.names)
);

/// `user permission update`: how the tile looks.
#[derive(Debug, Clone)]
pub struct UpdatePermission {
    /// Which.
    pub permission: PermissionName,
    /// The tile's new label.
    pub label: Option<Label>,
    /// Whether the portal shows the tile.
    pub show_tile: Option<bool>,
}

impl UpdatePermission {
    /// As YunoHost's action map spells the two choices.
    fn tile(&self) -> Option<&'static str> {
        self.show_tile
            .map(|shown| if shown { "True" } else { "False" })
    }
}

action!(
    UpdatePermission,
    Declaration::write(
        "user permission update",
        &[Route::put("/users/permissions/<permission>")]
    ),
    Option<Permission>,
    |of, argv| argv
        .arg(&of.permission)
        .option("--label", of.label.as_ref())
        .option("--show_tile", of.tile()),
    |of, form| form
        .path("permission", &of.permission)
        .field("label", of.label.as_ref())
        .field("show_tile", of.tile())
);
