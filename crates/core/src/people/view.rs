//! What the faces see of a server's users, groups and permissions.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// The people of a server, and what they may open.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct People {
    /// When this was read.
    pub taken_at: Option<DateTime<Utc>>,
    /// Users, by name.
    pub users: Vec<UserRow>,
    /// Groups that are not one person's own.
    pub groups: Vec<GroupRow>,
    /// Permissions, by app.
    pub permissions: Vec<PermissionRow>,
    /// The server's domains, for a new user's mail address.
    pub domains: Vec<String>,
    /// The main one.
    pub main_domain: Option<String>,
}

/// A user.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct UserRow {
    /// Their log-in name.
    pub username: String,
    /// Their name.
    pub fullname: String,
    /// Their mail address.
    pub mail: String,
    /// Further addresses that reach them.
    pub aliases: Vec<String>,
    /// Where their mail is sent on to.
    pub forwards: Vec<String>,
    /// Room for mail: `0` for no limit, or such as `500M`.
    pub mailbox_quota: String,
    /// The groups they are in.
    pub groups: Vec<String>,
    /// Whether they administer the server.
    pub admin: bool,
}

/// A group.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct GroupRow {
    /// Its name: `admins`, `all_users`, `visitors` or one's own.
    pub name: String,
    /// Who is in it.
    pub members: Vec<String>,
    /// What it may open.
    pub permissions: Vec<String>,
}

/// A permission.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct PermissionRow {
    /// `app.name`.
    pub id: String,
    /// The app's id.
    pub app: String,
    /// Words for the tile.
    pub label: String,
    /// Where it leads.
    pub url: Option<String>,
    /// Groups and users to whom it was given.
    pub allowed: Vec<String>,
    /// Everyone who has it, one way or another.
    pub users: Vec<String>,
    /// Whether YunoHost keeps visitors from being changed.
    pub protected: bool,
}

/// A user to create.
#[derive(Clone, Deserialize, specta::Type)]
pub struct NewUser {
    /// Their log-in name.
    pub username: String,
    /// Their name.
    pub fullname: String,
    /// The domain of their mail address.
    pub domain: String,
    /// Their first password.
    #[specta(type = String)]
    pub password: SecretString,
    /// Room for mail; absent: no limit.
    #[serde(default)]
    pub mailbox_quota: Option<String>,
}

/// What may be changed of a user. Absent: stays.
#[derive(Clone, Default, Deserialize, specta::Type)]
pub struct UserEdit {
    /// Their name.
    #[serde(default)]
    pub fullname: Option<String>,
    /// Their mail address.
    #[serde(default)]
    pub mail: Option<String>,
    /// A new password.
    #[serde(default)]
    #[specta(type = Option<String>)]
    pub password: Option<SecretString>,
    /// Further addresses, all of them.
    #[serde(default)]
    pub aliases: Option<Vec<String>>,
    /// Where mail is sent on to, all of them.
    #[serde(default)]
    pub forwards: Option<Vec<String>>,
    /// Room for mail.
    #[serde(default)]
    pub mailbox_quota: Option<String>,
}
