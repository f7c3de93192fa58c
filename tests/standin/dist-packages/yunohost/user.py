"""Stands for yunohost.user: accounts, groups, and (as there) the doors to permissions."""
import re

from moulinette import Moulinette, m18n
from yunohost import permission, state
from yunohost.log import operation
from yunohost.utils.error import YunohostValidationError
from yunohost.utils.logging import get_logger

logger = get_logger("user")
PASSWORD_TEXT = (
    "You are now about to define a new user password. The password should be at least 8 characters long\u2014though it "
    "is good practice to use a longer password (i.e. a passphrase) and/or to a variation of characters (uppercase, "
    "lowercase, digits and special characters)."
)
LISTED = ("password", "secret", "azerty", "12345678", "weak")
FIELDS = ("username", "fullname", "mail", "mailbox-quota")


def known(users, username):
    if username not in users:
        raise YunohostValidationError("user_unknown", user=username)
    return users[username]


def user_list(fields=None):
    users = state.read()["users"]
    groups = state.read()["groups"]
    every = {
        name: dict(user, **{
            "username": name, "mail-alias": user["mail-aliases"], "home-path": "/home/" + name, "shell": False,  # as every recorded account has it
            "groups": [group for group, about in groups.items() if name in about["members"]],
        })
        for name, user in users.items()
    }
    return {"users": {name: {field: user.get(field) for field in fields or FIELDS} for name, user in every.items()}}


def user_info(username):
    user = known(state.read()["users"], username)
    quota = user["mailbox-quota"]
    shown = {key: user[key] for key in ("fullname", "mail", "loginShell", "mail-aliases", "mail-forward")}
    return dict({"username": username}, **shown, **{
        "mailbox-quota": {"limit": "No quota" if quota == "0" else quota, "use": "0" if quota == "0" else "0 (0%)"},
    })


def checked_password(password):
    print(PASSWORD_TEXT)
    if password.lower() in LISTED:
        raise YunohostValidationError("password_listed")
    if len(password) < 8:
        raise YunohostValidationError("password_too_simple_1")


def user_create(username, fullname=None, domain=None, password=None, mailbox_quota="0", loginShell=None):
    fullname = fullname or Moulinette.prompt("Full name")
    domain = domain or Moulinette.prompt("Domain")
    password = password or Moulinette.prompt("Password", is_password=True)
    now = state.read()
    if domain not in now["domains"]:
        raise YunohostValidationError("domain_unknown", domain=domain)
    checked_password(password)
    if username in now["users"]:
        raise YunohostValidationError("user_already_exists", user=username)
    if not re.match(r"[a-z0-9_.]+\Z", username):
        raise YunohostValidationError("pattern_username")
    with operation("user_create", username, "Add '%s' user" % username):
        with state.changed() as now:
            mail = username + "@" + domain
            now["users"][username] = {
                "fullname": fullname, "mail": mail, "loginShell": loginShell or "/bin/bash", "mail-aliases": [],
                "mail-forward": [], "mailbox-quota": mailbox_quota or "0",
            }
            now["groups"]["all_users"]["members"].append(username)
            logger.info(m18n.n("group_user_add", group="all_users", user=username))
        logger.success(m18n.n("user_created"))
    return {"fullname": fullname, "username": username, "mail": mail}


def user_update(username, fullname=None, mail=None, change_password=None, add_mailforward=None, remove_mailforward=None,
                add_mailalias=None, remove_mailalias=None, mailbox_quota=None, loginShell=None):
    known(state.read()["users"], username)
    if change_password:
        checked_password(change_password)
    with operation("user_update", username, "Update info for user '%s'" % username):
        with state.changed() as now:
            user = now["users"][username]
            for key, value in {"fullname": fullname, "mail": mail, "mailbox-quota": mailbox_quota, "loginShell": loginShell}.items():
                if value is not None:
                    user[key] = value
            for key, add, remove in (("mail-forward", add_mailforward, remove_mailforward), ("mail-aliases", add_mailalias, remove_mailalias)):
                user[key] = [old for old in user[key] if old not in (remove or [])] + (add or [])
        logger.success(m18n.n("user_updated"))
    return user_info(username)


def user_delete(username, purge=False):
    known(state.read()["users"], username)
    with operation("user_delete", username, "Delete '%s' user" % username):
        with state.changed() as now:
            del now["users"][username]
            for name, group in now["groups"].items():
                if username in group["members"]:
                    group["members"].remove(username)
                    logger.info(m18n.n("group_user_remove", group=name, user=username))
            for about in now["permissions"].values():
                about["allowed"] = [name for name in about["allowed"] if name != username]
        logger.success(m18n.n("user_deleted"))


def user_group_list(full=False, include_primary_groups=False):
    now, groups = state.read(), {}
    every = dict(now["groups"])
    if include_primary_groups:
        every.update({name: {"members": [name]} for name in now["users"]})
    for name, group in every.items():
        groups[name] = {"members": list(group["members"])}
        if full:
            groups[name]["permissions"] = {key for key, about in now["permissions"].items() if name in about["allowed"]}
    return {"groups": groups}


def known_group(now, groupname):
    if groupname not in now["groups"]:
        raise YunohostValidationError("group_unknown", group=groupname)
    return now["groups"][groupname]


def user_group_info(groupname):
    now = state.read()
    members = known_group(now, groupname)["members"]
    return {"members": members, "permissions": {key for key, about in now["permissions"].items() if groupname in about["allowed"]}}


def user_group_create(groupname):
    if groupname in state.read()["groups"]:
        raise YunohostValidationError("group_already_exist", group=groupname)
    with operation("user_group_create", groupname, "Create '%s' group" % groupname), state.changed() as now:
        now["groups"][groupname] = {"members": []}
    return {"name": groupname}


def user_group_delete(groupname):
    known_group(state.read(), groupname)
    with operation("user_group_delete", groupname, "Delete '%s' group" % groupname), state.changed() as now:
        del now["groups"][groupname]


def user_group_add(groupname, usernames):
    return group_changed(groupname, usernames, [])


def user_group_remove(groupname, usernames):
    return group_changed(groupname, [], usernames)


def group_changed(groupname, add, remove):
    now = state.read()
    known_group(now, groupname)
    for username in add:
        known(now["users"], username)
    with operation("user_group_update", groupname, "Update '%s' group" % groupname), state.changed() as now:
        members = now["groups"][groupname]["members"]
        now["groups"][groupname]["members"] = [one for one in members if one not in remove] + [one for one in add if one not in members]
    return user_group_info(groupname)


user_permission_list = permission.user_permission_list
user_permission_info = permission.user_permission_info
user_permission_add = permission.user_permission_add
user_permission_remove = permission.user_permission_remove
