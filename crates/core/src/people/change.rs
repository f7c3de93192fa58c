//! Creating, changing and deleting users; giving and taking access. Each is a run.

use secrecy::ExposeSecret;
use towerify_domain::{Permit, id::ServerId, policy::may};
use towerify_yunohost::fields::{
    DomainName, ForwardMail, FullName, Grantee, Mail, MailboxQuota, PermissionName, Username,
    check_password,
};

use crate::{
    Actor, AppError, Result, Workspace,
    people::{
        list::list,
        view::{NewUser, UserEdit},
    },
    runs::{Begun, Change, begin},
    yunohost_rules::Answers,
};

/// Creates a user.
///
/// # Errors
/// [`crate::Code::InvalidFields`], [`crate::Code::NotFound`]. What the server refuses is the run's.
pub async fn create(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    user: NewUser,
) -> Result<Begun> {
    let permit = Permit::<may::ManageUsers>::ask(actor)?;
    let mut answers = Answers::default();
    let username = answers.take("username", Username::parse(user.username.trim()));
    let fullname = answers.take("fullname", FullName::parse(user.fullname.trim()));
    let domain = answers.take("domain", DomainName::parse(user.domain.trim()));
    let password = answers.take("password", check_password(&user.password));
    let quota = answers.take_if("mailbox_quota", user.mailbox_quota.as_deref(), |text| {
        MailboxQuota::parse(text)
    });
    let (Some(username), Some(fullname), Some(domain), Some(()), Some(quota)) =
        (username, fullname, domain, password, quota)
    else {
        return Err(answers.refuse());
    };
    let known = list(workspace, actor, server).await?;
    if known
        .users
        .iter()
        .any(|user| user.username == username.as_str())
    {
        return Err(taken("username"));
    }
    let change = Change::CreateUser {
        username: username.as_str().into(),
        fullname: fullname.as_str().into(),
        domain: domain.as_str().into(),
        quota: quota.map(|quota| quota.as_str().to_owned()),
    };
    begin(
        workspace,
        &permit,
        server,
        change,
        Some(user.password.into()),
    )
    .await
}

/// Changes a user. Lists of addresses are given whole; what is added and removed follows from what is known.
///
/// # Errors
/// [`crate::Code::InvalidFields`], [`crate::Code::NotFound`] for a user that is not known.
pub async fn edit(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    username: &str,
    edit: UserEdit,
) -> Result<Begun> {
    let permit = Permit::<may::ManageUsers>::ask(actor)?;
    let known = list(workspace, actor, server).await?;
    let user = known
        .users
        .into_iter()
        .find(|user| user.username == username)
        .ok_or_else(|| AppError::not_found("user"))?;
    let mut answers = Answers::default();
    let fullname = answers.take_if("fullname", edit.fullname.as_deref(), |text| {
        FullName::parse(text.trim())
    });
    let mail = answers.take_if("mail", edit.mail.as_deref(), |text| {
        Mail::parse(text.trim())
    });
    let quota = answers.take_if("mailbox_quota", edit.mailbox_quota.as_deref(), |text| {
        MailboxQuota::parse(text)
    });
    let aliases = answers.take_all(
        "aliases",
        edit.aliases.as_deref().unwrap_or(&user.aliases),
        |text| Mail::parse(text),
    );
    let forwards = answers.take_all(
        "forwards",
        edit.forwards.as_deref().unwrap_or(&user.forwards),
        |text| ForwardMail::parse(text),
    );
    let password = match edit
        .password
        .as_ref()
        .filter(|password| !password.expose_secret().is_empty())
    {
        Some(password) => answers
            .take("password", check_password(password))
            .map(|()| Some(password.clone())),
        None => Some(None),
    };
    let (Some(fullname), Some(mail), Some(quota), Some(aliases), Some(forwards), Some(password)) =
        (fullname, mail, quota, aliases, forwards, password)
    else {
        return Err(answers.refuse());
    };
    let aliases: Vec<String> = aliases
        .into_iter()
        .map(|mail| mail.as_str().to_owned())
        .collect();
    let forwards: Vec<String> = forwards
        .into_iter()
        .map(|mail| mail.as_str().to_owned())
        .collect();
    let change = Change::UpdateUser {
        username: user.username,
        fullname: fullname
            .map(|name| name.as_str().to_owned())
            .filter(|name| *name != user.fullname),
        mail: mail
            .map(|mail| mail.as_str().to_owned())
            .filter(|mail| *mail != user.mail),
        quota: quota
            .map(|quota| quota.as_str().to_owned())
            .filter(|quota| *quota != user.mailbox_quota),
        add_aliases: without(&aliases, &user.aliases),
        remove_aliases: without(&user.aliases, &aliases),
        add_forwards: without(&forwards, &user.forwards),
        remove_forwards: without(&user.forwards, &forwards),
        password: password.is_some(),
    };
    begin(workspace, &permit, server, change, password.map(Into::into)).await
}

/// Deletes a user; with `purge`, their files and mail too.
///
/// # Errors
/// [`crate::Code::InvalidFields`], [`crate::Code::NotFound`].
pub async fn delete(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    username: &str,
    purge: bool,
) -> Result<Begun> {
    let permit = Permit::<may::ManageUsers>::ask(actor)?;
    let mut answers = Answers::default();
    let Some(username) = answers.take("username", Username::parse(username)) else {
        return Err(answers.refuse());
    };
    let change = Change::DeleteUser {
        username: username.as_str().into(),
        purge,
    };
    begin(workspace, &permit, server, change, None).await
}

/// Gives a user or a group access.
///
/// # Errors
/// [`crate::Code::InvalidFields`], [`crate::Code::NotFound`].
pub async fn give(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    permission: &str,
    who: &str,
) -> Result<Begun> {
    access(
        workspace,
        actor,
        server,
        permission,
        who,
        |permission, who| Change::GivePermission { permission, who },
    )
    .await
}

/// Takes access from a user or a group.
///
/// # Errors
/// [`crate::Code::InvalidFields`], [`crate::Code::NotFound`].
pub async fn take(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    permission: &str,
    who: &str,
) -> Result<Begun> {
    access(
        workspace,
        actor,
        server,
        permission,
        who,
        |permission, who| Change::TakePermission { permission, who },
    )
    .await
}

async fn access(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    permission: &str,
    who: &str,
    change: impl FnOnce(String, String) -> Change,
) -> Result<Begun> {
    let permit = Permit::<may::ManagePermissions>::ask(actor)?;
    let mut answers = Answers::default();
    let permission = answers.take("permission", PermissionName::parse(permission.trim()));
    let who = answers.take("who", Grantee::parse(who.trim()));
    let (Some(permission), Some(who)) = (permission, who) else {
        return Err(answers.refuse());
    };
    begin(
        workspace,
        &permit,
        server,
        change(permission.as_str().into(), who.as_str().into()),
        None,
    )
    .await
}

fn without(all: &[String], but: &[String]) -> Vec<String> {
    all.iter()
        .filter(|one| !but.contains(one))
        .cloned()
        .collect()
}

fn taken(field: &str) -> AppError {
    let words = towerify_domain::Rule::Taken.words();
    AppError::invalid(vec![crate::FieldProblem {
        field: field.into(),
        words,
    }])
}
