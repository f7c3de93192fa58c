"""Stands for yunohost.permission: who may open what."""
from moulinette import m18n
from yunohost import SETTINGS, state
from yunohost.log import operation
from yunohost.utils.error import YunohostValidationError
from yunohost.utils.logging import get_logger

logger = get_logger("permission")
SHORT = ("label", "url", "allowed")


def with_users(about, now):
    users = set()
    for name in about["allowed"]:
        users.update(now["groups"][name]["members"] if name in now["groups"] else [name])
    return dict(about, corresponding_users=users)


def user_permission_list(full=False):
    now = state.read()
    every = {name: with_users(about, now) for name, about in sorted(now["permissions"].items())}
    if not full:
        every = {name: {key: about[key] for key in SHORT if key in about} for name, about in every.items()}
    elif SETTINGS["release"].startswith("12.0"):
        # 12.0 says everything of every permission; 12.1 says of YunoHost's own only what means something.
        empty = dict(auth_header=False, show_tile=False, url=None, additional_urls=[])
        every = {name: dict(empty, **about) for name, about in every.items()}
    return {"permissions": every}


def found(permission, now):
    permission = permission if "." in permission else permission + ".main"
    app = permission.split(".")[0]
    if app not in now["apps"] and app not in ("mail", "ssh", "sftp"):
        raise YunohostValidationError("app_not_installed", app=app, all_apps="".join("\n - " + name for name in now["apps"]))
    if permission not in now["permissions"]:
        raise YunohostValidationError("permission_not_found", permission=permission)
    return permission


def user_permission_info(permission):
    now = state.read()
    return with_users(now["permissions"][found(permission, now)], now)


def user_permission_add(permission, names):
    return changed(permission, names, [])


def user_permission_remove(permission, names):
    return changed(permission, [], names)


def changed(permission, add, remove):
    now = state.read()
    permission = found(permission, now)
    for name in add:
        if name not in now["users"] and name not in now["groups"]:
            raise YunohostValidationError("group_unknown", group=name)
    if "visitors" in add and now["permissions"][permission].get("protected"):
        raise YunohostValidationError("permission_require_account", permission=permission)
    with operation("user_permission_update", permission, "Update accesses for permission '%s'" % permission):
        with state.changed() as now:
            about = now["permissions"][permission]
            about["allowed"] = [name for name in about["allowed"] if name not in remove]
            about["allowed"] += [name for name in add if name not in about["allowed"]]
        logger.success(m18n.n("permission_updated", permission=permission))
    return user_permission_info(permission)
