"""Stands for yunohost.app and yunohost.app_catalog: what is installed, and what could be."""
import json
import urllib.parse

from moulinette import m18n
from yunohost import ROOT, state
from yunohost.log import operation
from yunohost.permission import with_users
from yunohost.utils.error import YunohostError, YunohostValidationError
from yunohost.utils.logging import get_logger

logger = get_logger("app")


def catalogue():
    with open(ROOT + "/usr/share/yunohost/catalogue.json", encoding="utf-8") as file:
        return json.load(file)


def installed(app):
    apps = state.read()["apps"]
    if app not in apps:
        raise YunohostValidationError("app_not_installed", app=app, all_apps="".join("\n - " + name for name in apps))
    return apps[app]


def app_list(full=False, upgradable=False):
    return {"apps": [app_info(name, full) for name in state.read()["apps"]]}


def app_info(app, full=False):
    about, now = installed(app), state.read()
    manifest, settings = about["manifest"], about["settings"]
    shown = {
        "id": app, "name": about["label"], "description": manifest["description"]["en"], "version": manifest["version"],
        "domain_path": settings["domain"] + settings["path"],
    }
    if not full:
        return shown
    newest = catalogue()["apps"].get(manifest["id"], {}).get("manifest", manifest)["version"]
    permissions = {name: with_users(one, now) for name, one in now["permissions"].items() if name.startswith(app + ".")}
    return dict(
        shown, upgrade={
            "status": "upgradable" if newest != manifest["version"] else "up_to_date", "message": "", "url": None,
            "current_version": manifest["version"], "new_version": newest, "new_revision": "0" * 40, "requirements": {},
            "specific_channel": None, "specific_channel_message": None,
        },
        settings=settings, manifest=manifest, from_catalog=catalogue()["apps"].get(manifest["id"], {}), logo=None,
        is_webapp=True, is_default=False, supports_change_url=True, supports_backup_restore=True,
        supports_multi_instance=True, supports_config_panel=False, supports_purge=False, permissions=permissions,
        label=about["label"],
    )


def app_map(app=None, raw=False, user=None):
    result = {}
    for name, about in state.read()["apps"].items():
        domain, path = about["settings"]["domain"], about["settings"]["path"]
        if raw:
            result.setdefault(domain, {})[path] = {"label": about["label"], "id": name}
        else:
            result[(domain + path).rstrip("/")] = about["label"]
    return result


def app_catalog(full=False, with_categories=False, with_antifeatures=False):
    known, now = catalogue(), state.read()["apps"]
    result = {"apps": {
        name: dict(app, repository="default", installed=name in now) if full
        else {"description": app["manifest"]["description"]["en"], "level": app["level"]}
        for name, app in known["apps"].items()
    }}
    for wanted, key in ((with_categories, "categories"), (with_antifeatures, "antifeatures")):
        if wanted:
            result[key] = known[key]
    return result


def found(app):
    app = urllib.parse.unquote(app)
    if app not in catalogue()["apps"]:
        raise YunohostValidationError("app_unknown")
    return catalogue()["apps"][app]["manifest"]


def app_manifest(app, with_screenshot=False):
    manifest, now = found(app), state.read()
    questions = []
    for question in manifest["install"]:
        question = dict({"mode": "bash", "readonly": False, "visible": True, "redact": False, "optional": False}, **question)
        question["ask"] = question["ask"]["en"]
        if question["type"] == "domain":
            question.update(choices={name: name for name in now["domains"]}, default=now["main"])
        questions.append(question)
    return dict(manifest, install=questions, requirements={}, notifications={}, doc={})


def app_install(app, label=None, args=None, no_remove_on_failure=False, force=False, ignore_yunohost_packages=False):
    manifest = found(app)
    answers = dict(urllib.parse.parse_qsl(args or "", keep_blank_values=True))
    now = state.read()
    name = manifest["id"]
    number = 1
    while name in now["apps"]:
        number += 1
        name = "%s__%d" % (manifest["id"], number)
    settings = {"app": name, "id": name}
    for question in manifest["install"]:
        key = question["id"]
        default = now["main"] if question["type"] == "domain" else question.get("default")
        settings[key] = answers.get(key, default)
        if settings[key] is None:
            raise YunohostValidationError("app_argument_required", name=key)
        if question.get("choices") and settings[key] not in question["choices"]:
            raise YunohostValidationError("app_argument_choice_invalid", name=key, value=settings[key], choices="/".join(question["choices"]))
    if settings["domain"] not in now["domains"]:
        raise YunohostValidationError("domain_unknown", domain=settings["domain"])
    for other in now["apps"].values():
        if all(other["settings"].get(key) == settings[key] for key in ("domain", "path")):
            raise YunohostValidationError("app_location_unavailable", apps=other["label"])
    allowed = settings.pop("init_main_permission", "all_users")
    with operation("app_install", name, "Install the '%s' app" % name) as log:
        logger.info("Installing %s\u2026" % name)
        for step in ("Provisioning system_user...", "Provisioning install_dir...", "Provisioning permissions...",
                     "[++++++..............] > Setting up source files...", "[######+++++++.......] > Configuring NGINX..."):
            logger.info(step)
            log.write("INFO - %s\n" % step)
            state.pause()
        if settings.get("fail") == "yes":
            logger.error("Unable to install %s: the install script failed" % name)
            raise YunohostError("the install script failed", raw_msg=True)
        logger.info("[####################] > Installation of %s completed" % name)
        with state.changed() as now:
            label = label or manifest["name"]
            now["apps"][name] = {"label": label, "manifest": manifest, "settings": settings}
            now["permissions"][name + ".main"] = {
                "label": label, "url": settings["domain"] + settings["path"], "additional_urls": [], "auth_header": True,
                "show_tile": True, "protected": False,
                "allowed": ["visitors", "all_users"] if allowed == "visitors" else [allowed],
            }
        logger.success(m18n.n("installation_complete"))
    print("==========\nPost-install note: visit https://%s%s\n==========" % (settings["domain"], settings["path"]))


def app_upgrade(app=None, force=False, no_safety_backup=False, continue_on_failure=False):
    apps = [name for name in app or list(state.read()["apps"])]
    todo = [name for name in apps if force or app_info(name, True)["upgrade"]["status"] == "upgradable"]
    if not todo:
        for name in apps:
            logger.info("%s is already up to date (%s)" % (name, installed(name)["manifest"]["version"]))
        raise YunohostValidationError("apps_no_target_can_be_upgraded")
    for name in todo:
        with operation("app_upgrade", name, "Upgrade the '%s' app" % name):
            logger.info("Now upgrading %s\u2026" % name)
            state.pause(2)
            with state.changed() as now:
                now["apps"][name]["manifest"] = found(now["apps"][name]["manifest"]["id"])
            logger.success(m18n.n("app_upgraded", app=name))


def app_remove(app, purge=False):
    installed(app)
    with operation("app_remove", app, "Remove the '%s' app" % app):
        logger.info("Removing %s\u2026" % app)
        state.pause()
        with state.changed() as now:
            del now["apps"][app]
            now["permissions"] = {name: one for name, one in now["permissions"].items() if not name.startswith(app + ".")}
        logger.success(m18n.n("app_removed", app=app))
