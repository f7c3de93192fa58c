# Follows the driver's stand-in of yunohost.app: what YunoHost does with a package in a folder is done by server.py.
import importlib.util  # noqa: E402
import os  # noqa: E402

_spec = importlib.util.spec_from_file_location("deployed_server", DEPLOYED + "/server.py")  # noqa: F821
_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_server)


def _said(text):
    for line in str(text).splitlines()[-40:]:
        logger.info(line)


def _known(name, label=None, group=None):
    """What the driver's stand-in shows of an app."""
    values = _server.settings(ROOT, name)
    manifest = _server.manifest("%s/etc/yunohost/apps/%s" % (ROOT, name))
    with state.changed() as now:
        before = now["apps"].get(name, {})
        shown = {key: values[key] for key in ("domain", "path")}
        manifest = {"id": manifest["id"], "name": manifest["name"], "version": manifest["version"], "description": manifest["description"], "install": []}
        now["apps"][name] = {"label": label or before.get("label") or manifest["name"], "manifest": manifest, "settings": shown}
        now["permissions"].setdefault(name + ".main", {"label": name, "url": shown["domain"] + shown["path"], "additional_urls": [],
                                                       "auth_header": True, "show_tile": True, "protected": False, "allowed": [group or "all_users"]})


def app_install(app, label=None, args=None, no_remove_on_failure=False, force=False, ignore_yunohost_packages=False):
    folder = urllib.parse.unquote(app)
    if not force:
        raise YunohostValidationError("app_unknown")
    with operation("app_install", _server.manifest(folder)["id"], "Install an app"):
        try:
            name = _server.install(ROOT, folder, args or "")
        except SystemExit as error:
            _said(error)
            raise YunohostError("the install script failed: %s" % str(error).splitlines()[-1], raw_msg=True)
        _known(name, label, dict(urllib.parse.parse_qsl(args or "")).get("init_main_permission"))
        logger.success("Installation completed")


def app_upgrade(app=None, force=False, file=None, no_safety_backup=False, continue_on_failure=False):
    for name in app:
        try:
            with operation("app_upgrade", name, "Upgrade an app"):
                if not _server.upgrade(ROOT, name, file):
                    raise YunohostError("the upgrade script failed", raw_msg=True)
        except YunohostError as error:
            # As seen: the command ends well all the same.
            _said(open(ROOT + "/scripts.log", encoding="utf-8").read()[-1500:])
            logger.error(str(error))
            continue
        _known(name)
        logger.success("%s upgraded" % name)


def app_remove(app, purge=False):
    with operation("app_remove", app, "Remove an app"):
        _server.remove(ROOT, app)
        with state.changed() as now:
            del now["apps"][app]
            now["permissions"].pop(app + ".main", None)


def app_change_url(app, domain=None, path=None):
    with operation("app_change_url", app, "Change an app's address"):
        _server.change_url(ROOT, app, path, domain)
        _known(app)


def backup_create(name=None, apps=None):
    _server.backup(ROOT, apps, name)


def domain_add(domain):
    with state.changed() as now:
        now["domains"].append(domain)
    _server.add_domain(ROOT, domain)


def diagnosis_run(categories=None, force=False):
    with open(ROOT + "/calls", "a", encoding="utf-8") as file:
        file.write("diagnosis run %s\n" % " ".join(categories or []))


def domain_cert_install(domain_list=None):
    raise YunohostError("certmanager_domain_not_diagnosed_yet", raw_msg=True)
