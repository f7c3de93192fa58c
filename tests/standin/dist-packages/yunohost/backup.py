"""Stands for yunohost.backup: archives by name, of which only the names and their apps are kept."""
from yunohost import state
from yunohost.log import operation
from yunohost.utils.error import YunohostValidationError


def archives():
    return state.read().get("archives", {})


def known(name):
    if name not in archives():
        raise YunohostValidationError("backup_archive_name_unknown", name=name)
    return archives()[name]


def about(name):
    one = known(name)
    return {"path": "/home/yunohost.backup/archives/%s.tar" % name, "created_at": "2026-11-20T02:00:00+00:00",
            "description": one["description"], "size": 4096}


def backup_list(with_info=False, human_readable=False):
    return {"archives": {name: about(name) for name in archives()} if with_info else list(archives())}


def backup_info(name, with_details=False, human_readable=False):
    return dict(about(name), apps={app: {} for app in known(name)["apps"]}, system={}) if with_details else about(name)


def backup_create(name=None, description=None, output_directory=None, methods=None, system=None, apps=None):
    if name in archives():
        raise YunohostValidationError("backup_archive_name_exists", name=name)
    with operation("backup_create", name, "Create a backup archive"), state.changed() as now:
        now.setdefault("archives", {})[name] = {"description": description or "", "apps": apps or list(now["apps"])}
    return {"name": name, "size": 4096, "results": {"apps": {app: "Success" for app in apps or []}, "system": {}}}


def backup_delete(name):
    for one in name:
        known(one)
    with operation("backup_delete", name[0], "Delete a backup archive"), state.changed() as now:
        for one in name:
            del now["archives"][one]
