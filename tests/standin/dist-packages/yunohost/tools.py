"""Stands for yunohost.tools."""
import os

from moulinette import m18n
from yunohost import ROOT, SETTINGS, app, state, user
from yunohost.utils.error import YunohostError
from yunohost.utils.logging import get_logger

logger = get_logger("tools")


def tools_versions():
    release = SETTINGS["release"]
    minor = release.rsplit(".", 1)[0]
    return {
        "yunohost": {"version": release, "repo": "stable"}, "yunohost-admin": {"version": minor + ".2", "repo": "stable"},
        "yunohost-portal": {"version": minor + ".0", "repo": "stable"}, "moulinette": {"version": minor + ".3", "repo": "stable"},
        "ssowat": {"version": "12.0.1", "repo": "stable"},
    }


def tools_migrations_list(pending=False, done=False):
    return {"migrations": []}


def tools_update(target="all"):
    logger.info("Updating application catalog\u2026")
    state.pause()
    logger.success(m18n.n("apps_catalog_update_success"))
    upgradable = [about for about in app.app_list(full=True)["apps"] if about["upgrade"]["status"] == "upgradable"]
    packages = [{"name": "libc6", "current_version": "2.36-9", "new_version": "2.36-10"}]
    system = packages if SETTINGS["release"].startswith("12.0") else {"misc utils and libs": packages}
    return {"system": system, "apps": upgradable, "important_yunohost_upgrade": False, "pending_migrations": [],
            "last_apt_update": 0, "last_apps_catalog_update": 0}


def tools_postinstall(domain, username, fullname, password, ignore_dyndns=False, force_diskspace=False,
                      i_have_read_terms_of_services=False):
    if os.path.isfile(ROOT + "/etc/yunohost/installed"):
        raise YunohostError("YunoHost is already installed", raw_msg=True)
    user.checked_password(password)
    logger.info("Installing YunoHost\u2026")
    with state.changed() as now:
        now.update(domains=[domain], main=domain, users={username: {
            "fullname": fullname, "mail": username + "@" + domain, "loginShell": "/bin/bash", "mail-aliases": [],
            "mail-forward": [], "mailbox-quota": "0"}})
        now["groups"].update(admins={"members": [username]}, all_users={"members": [username]})
    for name, text in (("current_host", domain + "\n"), ("installed", "")):
        with open(ROOT + "/etc/yunohost/" + name, "w", encoding="utf-8") as file:
            file.write(text)
    logger.success("YunoHost is now configured")


def tools_shell(command=None):
    raise YunohostError("interactive", raw_msg=True)
