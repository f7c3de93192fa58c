//! People's accounts on one server.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    Declaration, Extra, Route, Secret,
    action::{Nothing, action},
    fields::{DomainName, ForwardMail, FullName, Mail, MailboxQuota, Username},
};

/// `user list`: every account, with what is worth a table.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListUsers;

/// The fields that [`ListUsers`] asks for; all are known by 12.0 and 12.1.
pub const LISTED: [&str; 8] = [
    "username",
    "fullname",
    "mail",
    "mail-alias",
    "mail-forward",
    "mailbox-quota",
    "groups",
    "shell",
];

/// The accounts by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Users {
    /// By username.
    pub users: BTreeMap<String, ListedUser>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// An account as it stands in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ListedUser {
    /// The account's name.
    #[serde(default)]
    pub username: String,
    /// The person's name.
    #[serde(default)]
    pub fullname: String,
    /// The main address.
    #[serde(default)]
    pub mail: String,
    /// Further addresses.
    #[serde(default, rename = "mail-alias")]
    pub mail_alias: Vec<String>,
    /// Addresses that mail is forwarded to.
    #[serde(default, rename = "mail-forward")]
    pub mail_forward: Vec<String>,
    /// `0` for no limit, else like `500M`.
    #[serde(default, rename = "mailbox-quota")]
    pub mailbox_quota: Option<String>,
    /// Groups, without `all_users` and the account's own.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Whether the account may open a shell (through the `ssh` permission).
    #[serde(default)]
    pub shell: Option<bool>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

action!(
    ListUsers,
    Declaration::read("user list", &[Route::get("/users")]),
    Users,
    |of, argv| argv.list("--fields", LISTED),
    |of, form| form.list("fields", LISTED)
);

/// `user info`: one account.
#[derive(Debug, Clone)]
pub struct ShowUser {
    /// Whose.
    pub username: Username,
}

/// One account in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct User {
    /// The account's name.
    pub username: String,
    /// The person's name.
    pub fullname: String,
    /// The main address.
    pub mail: String,
    /// The shell, even where it may not be used.
    #[serde(default, rename = "loginShell")]
    pub login_shell: Option<String>,
    /// Further addresses.
    #[serde(default, rename = "mail-aliases")]
    pub mail_aliases: Vec<String>,
    /// Addresses that mail is forwarded to.
    #[serde(default, rename = "mail-forward")]
    pub mail_forward: Vec<String>,
    /// How much mail there is and may be, in the server's words and language.
    #[serde(default, rename = "mailbox-quota")]
    pub mailbox_quota: Option<Quota>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// A mailbox's limit and use, as the server words them (`No quota`, `12M (3%)`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Quota {
    /// The limit.
    #[serde(default)]
    pub limit: Option<String>,
    /// What is used.
    #[serde(rename = "use", default)]
    pub used: Option<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

action!(
    ShowUser,
    Declaration::read("user info", &[Route::get("/users/<username>")]),
    User,
    |of, argv| argv.arg(&of.username),
    |of, form| form.path("username", &of.username)
);

/// `user create`. Refusals: `user_already_exists`, `password_listed`, `password_too_simple_…`, `domain_unknown`.
#[derive(Debug, Clone)]
pub struct CreateUser {
    /// The account's name.
    pub username: Username,
    /// The person's name.
    pub fullname: FullName,
    /// The first password.
    pub password: Secret,
    /// The domain of the main address. Never left out: a server would silently take its main domain.
    pub domain: DomainName,
    /// The mailbox's limit; the server takes `0` (none) when left out.
    pub mailbox_quota: Option<MailboxQuota>,
}

/// A created account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct CreatedUser {
    /// The account's name.
    pub username: String,
    /// The person's name.
    pub fullname: String,
    /// The main address.
    pub mail: String,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

action!(
    CreateUser,
    Declaration::write("user create", &[Route::post("/users")]),
    CreatedUser,
    |of, argv| argv
        .arg(&of.username)
        .option("--fullname", Some(&of.fullname))
        .option("--domain", Some(&of.domain))
        .option("--mailbox-quota", of.mailbox_quota.as_ref())
        .secret("--password", Some(&of.password)),
    |of, form| form
        .field("username", Some(&of.username))
        .field("fullname", Some(&of.fullname))
        .field("domain", Some(&of.domain))
        .field("mailbox_quota", of.mailbox_quota.as_ref())
        .secret("password", Some(&of.password))
);

/// `user update`: only what is given changes.
#[derive(Debug, Clone)]
pub struct UpdateUser {
    /// Whose.
    pub username: Username,
    /// The person's new name.
    pub fullname: Option<FullName>,
    /// The new main address.
    pub mail: Option<Mail>,
    /// The new password.
    pub password: Option<Secret>,
    /// Addresses to forward to from now on.
    pub add_forward: Vec<ForwardMail>,
    /// Addresses to forward to no more.
    pub remove_forward: Vec<ForwardMail>,
    /// Further addresses from now on.
    pub add_alias: Vec<Mail>,
    /// Further addresses no more.
    pub remove_alias: Vec<Mail>,
    /// The mailbox's new limit.
    pub mailbox_quota: Option<MailboxQuota>,
}

impl UpdateUser {
    /// Nothing changed yet.
    pub fn of(username: Username) -> Self {
        Self {
            username,
            fullname: None,
            mail: None,
            password: None,
            add_forward: Vec::new(),
            remove_forward: Vec::new(),
            add_alias: Vec::new(),
            remove_alias: Vec::new(),
            mailbox_quota: None,
        }
    }
}

action!(
    UpdateUser,
    Declaration::write("user update", &[Route::put("/users/<username>")]),
    User,
    |of, argv| argv
        .arg(&of.username)
        .option("--fullname", of.fullname.as_ref())
        .option("--mail", of.mail.as_ref())
        .list("--add-mailforward", &of.add_forward)
        .list("--remove-mailforward", &of.remove_forward)
        .list("--add-mailalias", &of.add_alias)
        .list("--remove-mailalias", &of.remove_alias)
        .option("--mailbox-quota", of.mailbox_quota.as_ref())
        .secret("--change-password", of.password.as_ref()),
    |of, form| form
        .path("username", &of.username)
        .field("fullname", of.fullname.as_ref())
        .field("mail", of.mail.as_ref())
        .list("add_mailforward", &of.add_forward)
        .list("remove_mailforward", &of.remove_forward)
        .list("add_mailalias", &of.add_alias)
        .list("remove_mailalias", &of.remove_alias)
        .field("mailbox_quota", of.mailbox_quota.as_ref())
        .secret("change_password", of.password.as_ref())
);

/// `user delete`. Answers nothing.
#[derive(Debug, Clone)]
pub struct DeleteUser {
    /// Whose account.
    pub username: Username,
    /// Whether their home folder and mail are erased too.
    pub purge: bool,
}

action!(
    DeleteUser,
    Declaration::write("user delete", &[Route::delete("/users/<username>")]),
    Nothing,
    |of, argv| argv.arg(&of.username).flag("--purge", of.purge),
    |of, form| form.path("username", &of.username).flag("purge", of.purge)
);
