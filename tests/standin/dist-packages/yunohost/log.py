"""Stands for yunohost.log: operation logs (a .yml that says what, a .log that tells how), and showing them."""
import contextlib
import datetime
import os

from moulinette import m18n
from yunohost import ROOT, SETTINGS
from yunohost.utils.error import YunohostError, YunohostValidationError

FOLDER = ROOT + "/var/log/yunohost/operations"


def now():
    return datetime.datetime.now(datetime.timezone.utc)


@contextlib.contextmanager
def operation(name, about, description, **args):
    """Keeps an operation's log open while the block runs; a failure is written down and becomes `failed`."""
    started = now()
    name = "%s-%s-%s" % (started.strftime("%Y%m%d-%H%M%S"), name, about)
    fields = dict(description=description, started_at=started.isoformat(), started_by=os.environ.get("SUDO_USER", "root"),
                  operation=name.split("-", 3)[2], parent="null", interface="cli", yunohost_version=SETTINGS["release"])
    write(name, fields)
    with open(FOLDER + "/" + name + ".log", "a", encoding="utf-8") as log:
        try:
            yield log
        except (Exception, KeyboardInterrupt) as error:
            interrupted = isinstance(error, KeyboardInterrupt)
            text = "The operation was manually interrupted?" if interrupted else str(error)
            write(name, dict(fields, success="false", error=text, ended_at=now().isoformat()))
            if isinstance(error, YunohostValidationError):
                raise
            raise YunohostError(m18n.n("log_operation_failed", description=description, name=name), raw_msg=True, log_ref=name)
    write(name, dict(fields, success="true", error="null", ended_at=now().isoformat()))


def write(name, fields):
    with open(FOLDER + "/" + name + ".yml", "w", encoding="utf-8") as file:
        file.writelines("%s: %s\n" % (key, str(value).replace("\n", " ")) for key, value in sorted(fields.items()))


def metadata(name):
    words = {"true": True, "false": False, "null": None}
    with open(FOLDER + "/" + name + ".yml", encoding="utf-8") as file:
        pairs = (line.rstrip("\n").split(": ", 1) for line in file if ": " in line)
        return {key: words.get(value, value) for key, value in pairs}


def log_list(limit=None, with_details=False, with_suboperations=False):
    names = sorted(name[:-4] for name in os.listdir(FOLDER) if name.endswith(".yml"))
    operations = []
    for name in names[-int(limit or 50):]:
        about = metadata(name)
        operations.append(dict(
            name=name, path=FOLDER[len(ROOT):] + "/" + name + ".yml", description=about["description"],
            success=about.get("success", "?"), started_at=about["started_at"],
        ))
    return {"operation": operations}


def log_show(path, number=50, share=False, filter_irrelevant=False, with_suboperations=False):
    if share:
        raise YunohostError("this would publish the log", raw_msg=True)
    if not os.path.exists(FOLDER + "/" + os.path.basename(path) + ".yml"):
        raise YunohostValidationError("log_does_exists", log=path)
    about = metadata(path)
    with open(FOLDER + "/" + path + ".log", encoding="utf-8") as file:
        lines = file.read().splitlines()[-int(number):]
    shown = {key: about.get(key) for key in ("started_at", "ended_at", "error", "started_by", "operation", "parent", "interface", "yunohost_version")}
    return dict(description=about["description"], name=path, metadata_path=FOLDER[len(ROOT):] + "/" + path + ".yml",
                metadata=dict(shown, args={}, success=about.get("success", "?"), related_to=[]),
                log_path=FOLDER[len(ROOT):] + "/" + path + ".log", logs=lines)


def log_share(path):
    raise YunohostError("this would publish the log", raw_msg=True)
