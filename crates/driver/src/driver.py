"""Towerify's driver: answers requests about one YunoHost server, one JSON object a line, for as long as its
connection lives. It is sent over one SSH channel and compiled there; nothing is installed. What it leaves is a
folder a run (see SPOOLS), which the client forgets.

It is read by its owner in the program that embeds it, and by whoever administers a server and wants to know what
runs there as root: so it is plain Python (3.9 to 3.13, standard library only), in the order in which it happens:

    what it may use        -> paths and limits
    the machine            -> facts, the lock's holder
    YunoHost               -> imports, reads that are allowed, one action performed
    tasks                  -> what is done on the machine beneath it, by a program that comes with the request
    reads                  -> one forked child each
    writes                 -> detached runs with a spool folder, followed by number
    requests               -> one function an operation, and the loop

The wire protocol is written down in crates/driver/PROTOCOL.md. "Rule n" in comments means a rule there: each comes
from something that was seen on a real server.
"""
import contextlib
import errno
import fcntl
import gc
import glob
import io
import json
import logging
import math
import os
import platform
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import traceback
from datetime import datetime, timezone

PROTOCOL = 1
LINE_MAX = 1 << 20      # bytes of one request
PART = 1 << 18          # characters of a result beyond which it is sent in parts
RESULT_MAX = 16 << 20   # characters of a whole result
MESSAGE_MAX = 8192      # characters of one message
OUTPUT_MAX = 1 << 16    # bytes kept of what an action prints
READERS = 4             # reads at once
READ_LIMIT = 60         # seconds a read may take when the request says nothing
READ_LIMIT_MOST = 600
LOCK_WAIT = 5           # seconds to wait for YunoHost's lock when the request says nothing
LOCK_WAIT_MOST = 86400
IDLE = 900              # seconds without a request (or without our output being taken) after which we end
RESERVE = 1 << 18       # bytes of disk kept for a run's outcome
SPACE_MIN = 4 << 20     # bytes that must be free to begin a run
SPACE_MIN_MEMORY = 1 << 20
UNSTARTED_AFTER = 15    # seconds after which a run folder without a process counts as never begun

RUN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{7,63}\Z")
KEY = re.compile(r"[A-Za-z0-9_]{1,64}\Z")
WORD = re.compile(r"[a-z][a-z-]*\Z")
TASK = re.compile(r"[a-z][a-z_]{0,63}\Z")
LOCALE = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,8})?\Z")
# Colours and movements, titles, character sets, and the rest of what begins with ESC (ECMA-48).
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]")


def standin_root():
    """The folder that stands for "/" in tests; "" on a real server.

    Two things must be said before another root is believed: the variable, which sudo drops, and a marker in the
    folder. Whoever can set root's environment and write such a folder is root already."""
    root = os.environ.pop("TOWERIFY_STANDIN", "")
    return root if os.path.isabs(root) and os.path.isfile(root + "/.towerify-standin") else ""


def gate_of():
    """The part of SPOOLS that is a gate's: through it one follows and forgets the runs that were begun through it, and
    knows of no others (crates/driver/src/gate). Only root can set root's environment."""
    account = os.environ.pop("TOWERIFY_GATE", "")
    return "/gate/" + account if re.match(r"[a-z][a-z0-9-]{0,31}\Z", account) else ""


ROOT = standin_root()
OUR_LOCK = ROOT + "/run/towerify.lock"
YUNOHOST_LOCK = ROOT + "/var/run/moulinette_yunohost.lock"
GATE = gate_of()
SPOOLS = (ROOT + "/var/lib/towerify%s/runs" % GATE, ROOT + "/run/towerify%s/runs" % GATE)  # on disk; in memory for a full disk
OPERATIONS = ROOT + "/var/log/yunohost/operations"
INSTALLED = ROOT + "/etc/yunohost/installed"
ACTIONS_MAP = ROOT + "/usr/share/yunohost/actionsmap.yml"
LOCALES = ROOT + "/usr/share/yunohost/locales/"
MODULES = (
    "user app app_catalog domain permission settings service firewall backup diagnosis log tools hook dns "
    "certificate regenconf utils.ldap utils.resources utils.configpanel utils.form"
).split()


# ------------------------------------------------------------------------------------------- what it may use
def known_environment():
    """A known environment, whatever sudo or the login shell left (rule 2). SUDO_USER stays: YunoHost's
    `started_by` comes from it."""
    for name in list(os.environ):
        if name.startswith(("LC_", "PYTHON")) or name in ("LANG", "LANGUAGE", "DISPLAY", "TERM", "IFS", "CDPATH"):
            del os.environ[name]
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    os.environ.update(
        PATH=ROOT + "/usr/bin:" + path if ROOT else path, LANG="C.UTF-8", LC_ALL="C.UTF-8", HOME="/root",
        USER="root", LOGNAME="root", DEBIAN_FRONTEND="noninteractive", TERM="dumb",
    )
    os.umask(0o022)
    os.chdir("/")
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)


def private_streams():
    """Requests and replies on descriptors of our own; the usual ones become /dev/null, so that no child can eat a
    request or write between two replies (rule 17)."""
    requests, replies = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    os.set_blocking(replies, False)
    return requests, replies


def as_json(value):
    """What JSON does not know: sets sorted and dates with their zone, or two snapshots differ for nothing."""
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if hasattr(value, "isoformat"):
        return value.isoformat() + ("+00:00" if getattr(value, "tzinfo", 1) is None else "")
    return str(value)


def dumps(value):
    return json.dumps(value, default=as_json, ensure_ascii=False, allow_nan=False)


def to_line(event):
    return dumps(event).encode("utf-8", "replace") + b"\n"


def write_all(fd, data):
    """Writes everything, or raises; a descriptor that takes nothing for IDLE seconds is a TimeoutError."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view):]
        except BlockingIOError:
            if not select.select([], [fd], [], IDLE)[1]:
                raise TimeoutError("nobody takes our output")


def send(data):
    try:
        write_all(REPLIES, data)
    except OSError:
        os._exit(0)  # The client is gone: reads are worthless, runs go on by themselves.


def say(**event):
    send(to_line(event))


def answer(request, result):
    say(id=request["id"], event="result", ok=True, result=result)


def refuse(request, key, message):
    say(id=request["id"], event="result", ok=False, key=key, message=message[:MESSAGE_MAX])


def slurp(path, most=65536):
    """The beginning of a file as text; None when it can't be read."""
    try:
        with open(path, "rb") as file:
            return file.read(most).decode("utf-8", "replace")
    except OSError:
        return None


def load(path):
    """A small JSON file; None when it is missing or broken."""
    try:
        return json.loads(slurp(path, 4 << 20) or "null")
    except ValueError:
        return None


def clean(text):
    """Without terminal escapes: colours mean nothing here (rule 18)."""
    return ESCAPES.sub("", text)


# ------------------------------------------------------------------------------------------------ the machine
def boot_id():
    return (slurp("/proc/sys/kernel/random/boot_id") or "").strip()


def start_ticks(pid):
    """When a process began. With its number this names a process for ever; a number alone is used again."""
    stat = slurp("/proc/%d/stat" % pid)
    return int(stat.rsplit(") ", 1)[1].split()[19]) if stat else None


def process_state(pid):
    """`R`, `S`, `Z`…; None when there is none."""
    stat = slurp("/proc/%d/stat" % pid)
    return stat.rsplit(") ", 1)[1][0] if stat else None


def installed_version(package):
    """A package's version from dpkg's own list: asking dpkg costs 20 ms, and works only where nothing is broken."""
    text = slurp(ROOT + "/var/lib/dpkg/status", 64 << 20) or ""
    at = ("\n" + text).find("\nPackage: %s\n" % package)
    if at < 0:
        return None
    paragraph = text[at:].split("\n\n", 1)[0]
    fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if re.match(r"[A-Za-z-]+: ", line))
    return fields.get("Version") if fields.get("Status", "").endswith(" installed") else None


def pairs(path, separator):
    lines = (slurp(path) or "").splitlines()
    return {k.strip(): v.strip().strip('"') for k, v in (line.split(separator, 1) for line in lines if separator in line)}


def time_zone():
    """The zone's name: Debian writes it down, and links to its file. None where neither says it."""
    said = (slurp(ROOT + "/etc/timezone") or "").strip()
    link = os.path.realpath(ROOT + "/etc/localtime").split("/zoneinfo/")
    return said or (link[1] if len(link) == 2 else None)


def facts():
    """What is known of the machine without YunoHost (rule 3)."""
    release = pairs(ROOT + "/etc/os-release", "=") or pairs("/etc/os-release", "=")
    memory = pairs("/proc/meminfo", ":")
    disk, machine = os.statvfs(ROOT or "/"), os.uname()
    return dict(
        protocol=PROTOCOL, python=platform.python_version(),
        debian=release.get("VERSION_ID", ""), os=release.get("ID", ""), codename=release.get("VERSION_CODENAME"),
        arch=machine.machine, kernel=machine.release,
        host=(slurp(ROOT + "/etc/hostname") or machine.nodename).strip() if ROOT else machine.nodename,
        yunohost=installed_version("yunohost"), postinstalled=os.path.isfile(INSTALLED),
        main_domain=(slurp(ROOT + "/etc/yunohost/current_host") or "").strip() or None,
        systemd=os.path.isdir(ROOT + "/run/systemd/system"),
        boot_id=boot_id(), pid1_start=start_ticks(1), uid=os.getuid(),
        mem_kib=int(memory.get("MemTotal", "0").split()[0]), mem_free_kib=int(memory.get("MemAvailable", "0").split()[0]),
        disk_kib=disk.f_blocks * disk.f_frsize // 1024, disk_free_kib=disk.f_bavail * disk.f_frsize // 1024,
        clock=time.time(), timezone=time_zone(), locale=pairs(ROOT + "/etc/default/locale", "=").get("LANG"),
        reboot_required=os.path.exists(ROOT + "/var/run/reboot-required"),
        limits=dict(line=LINE_MAX, part=PART, readers=READERS),
    )


def lock_holder():
    """Who holds YunoHost's lock; None when nobody does. Words of its command up to the first option, since values
    may be secret."""
    raw = slurp(YUNOHOST_LOCK, 200)
    if raw is None:
        return None
    try:
        pid = int(raw.split()[0])
    except (ValueError, IndexError):
        return dict(held=True, pid=None)
    command = [word for word in (slurp("/proc/%d/cmdline" % pid) or "").split("\0") if word]
    if not command or process_state(pid) == "Z":
        return dict(held=False, stale=True, pid=pid)
    names = [os.path.basename(word)[:64] for word in command[:8]]
    program = names[1] if len(names) > 1 and names[0].startswith("python") else names[0]
    words = None
    if "yunohost" in names:
        words = names[names.index("yunohost") + 1:]
        words = words[:next((i for i, word in enumerate(words) if word.startswith("-")), 4)][:4]
    run = run_of_process(pid)
    if run:
        words = load(run_folder(run) + "/run.json").get("argv", [])
    try:
        since = os.stat(YUNOHOST_LOCK).st_mtime
    except OSError:
        since = None
    return dict(held=True, pid=pid, since=since, run=run, program=program, words=words, operation=open_operation(pid))


def run_of_process(pid):
    """The run of ours whose process this is."""
    for path in all_runs():
        record = load(path + "/run.json") or {}
        if record.get("pid") == pid and record.get("ticks") == start_ticks(pid):
            return os.path.basename(path)
    return None


def open_operation(pid):
    """The operation log that a process has open."""
    for fd in glob.glob("/proc/%d/fd/*" % pid):
        with contextlib.suppress(OSError):
            path = os.readlink(fd)
            if path.startswith(ROOT + "/var/log/yunohost/") and re.search(r"/\d{8}-\d{6}-[^/]+\.log\Z", path):
                return os.path.basename(path)[:-4]
    return None


def action_words(argv):
    return [word for word in argv[:3] if WORD.match(word)]


def show_as(words):
    """What ps, the lock's reporter and the web admin's event stream show for this process: the action's words,
    never values (rule 16). It overwrites the memory that the kernel shows as our command line."""
    with contextlib.suppress(Exception):
        import ctypes

        fields = slurp("/proc/self/stat").rsplit(") ", 1)[1].split()
        begin, end = int(fields[45]), int(fields[46])
        shown = "\0".join(["towerify"] + words).encode()[:end - begin - 1]
        ctypes.memmove(begin, shown + b"\0" * (end - begin - len(shown)), end - begin)


# --------------------------------------------------------------------------------------------------- YunoHost
YUNOHOST = None  # The imported package; None when there is no YunoHost.
MAP = None       # Its action map behind a command-line interface.
MoulinetteError = m18n = None

# Rule 5. "Takes no lock" is not "is a read": `app shell`, `log share`, `backup download` and `user export` take none
# either, and some that read can also write or publish. So: only what is listed, some with only these options.
READS = {words: None for words in (
    "tools versions", "tools migrations list", "tools migrations state",
    "user list", "user info", "user group list", "user group info", "user permission list", "user permission info",
    "user ssh list-keys",
    "domain list", "domain info", "domain url-available", "domain cert status", "domain dns suggest",
    "domain config get", "domain action list",
    "app list", "app info", "app map", "app catalog", "app search", "app manifest", "app config get",
    "app action list",
    "backup list", "backup info", "service status", "service log", "firewall list", "firewall is-open",
    "settings list", "settings get", "diagnosis list", "diagnosis get", "log list", "hook list", "hook info",
    "storage disk list", "storage disk info", "dyndns list",
)}
READS.update({
    "app setting": (),  # with a value it writes, and takes no lock
    "diagnosis show": ("--full", "--issues", "--human-readable"),  # --share publishes
    "log show": ("--number", "--filter-irrelevant", "--with-suboperations"),  # -s and --share publish
})
INTERACTIVE = (["tools", "shell"], ["app", "shell"], ["backup", "download"])
BEFORE_POSTINSTALL = (["tools", "postinstall"], ["tools", "versions"], ["backup", "list"], ["backup", "restore"])


def is_read(argv):
    for length in (3, 2):
        name = " ".join(argv[:length])
        if name in READS:
            allowed = READS[name]
            return allowed is None or all(word in allowed for word in argv[length:] if word.startswith("-"))
    return False


def load_yunohost():
    """Imports all of YunoHost that actions use, once, in the parent: a child then starts warm (rule 4)."""
    global YUNOHOST, MAP, MoulinetteError, m18n
    sys.path[:] = [path for path in sys.path if path not in ("", ".")]
    if ROOT:
        sys.path.insert(0, ROOT + "/usr/lib/python3/dist-packages")
    import argparse

    import moulinette
    import yunohost
    from moulinette.core import MoulinetteError
    from moulinette.interfaces.cli import Interface

    keep_keys(MoulinetteError)
    m18n = moulinette.m18n
    try:
        from yunohost.utils.logging import init_logging  # 12.1
    except ImportError:
        init_logging = yunohost.init_logging  # 12.0
    init_logging(interface="cli", debug=False, quiet=True)  # keeps /var/log/yunohost/yunohost-cli.log
    m18n.set_locales_dir(LOCALES)
    MAP = Interface(top_parser=argparse.ArgumentParser(add_help=False), actionsmap=ACTIONS_MAP, locales_dir=LOCALES)
    moulinette.Moulinette._interface = MAP
    m18n.set_locale("en")
    for module in ["yunohost." + name for name in MODULES] + ["dbus", "psutil"]:
        with contextlib.suppress(ImportError):
            __import__(module)
    YUNOHOST = yunohost


def warm_up():
    """argparse makes patterns of the options' shapes the first time: made here, no child makes them anew."""
    for argv in (["domain", "list"], ["log", "list", "--limit", "1"]) if MAP else ():
        with contextlib.suppress(BaseException), contextlib.redirect_stderr(io.StringIO()):
            MAP.actionsmap.parser.want_to_take_lock(argv)


def keep_keys(error):
    """Moulinette's own errors forget their key, among them the refused lock's (rule 14): keep it."""
    init = error.__init__

    def with_key(self, key, raw_msg=False, *args, **kwargs):
        init(self, key, raw_msg, *args, **kwargs)
        if not raw_msg:
            self.__dict__.setdefault("key", key)

    error.__init__ = with_key


def code_stamp():
    """Changes when YunoHost was upgraded under us, or has come where there was none (rule 7)."""
    if YUNOHOST is None:
        return arrived()
    return [os.stat(path).st_mtime_ns if os.path.exists(path) else 0 for path in (ACTIONS_MAP, YUNOHOST.__file__)]


def arrived(seen={}):
    """The version that dpkg says is wholly installed: its files are there long before. Looked for when dpkg's list
    has changed."""
    try:
        stamp = os.stat(ROOT + "/var/lib/dpkg/status").st_mtime_ns
    except OSError:
        stamp = None
    if seen.get("stamp", seen) != stamp:
        seen.update(stamp=stamp, version=installed_version("yunohost"))
    return seen["version"]


class Relay(logging.Handler):
    """YunoHost's log records as events."""

    def __init__(self, put):
        logging.Handler.__init__(self, logging.INFO)
        self.put = put

    def emit(self, record):
        try:
            message = clean(record.getMessage()).rstrip("\r\n")
        except Exception as error:  # a record whose arguments don't fit must not end an action
            message = "unreadable log record: %r" % error
        event = dict(event="log", level=record.levelname.lower(), message=message[:MESSAGE_MAX])
        if len(message) > MESSAGE_MAX:
            event["cut"] = len(message)
        self.put(event)


class Report:
    """How what is performed in a child tells its end: as one last event, the result."""

    def __init__(self, put):
        self.put, self.begun = put, time.monotonic()

    def ms(self):
        return round((time.monotonic() - self.begun) * 1000, 1)

    def fail(self, key, message, **more):
        self.put(dict(more, event="result", ok=False, key=key, message=clean(message)[:MESSAGE_MAX], ms=self.ms()))

    def succeed(self, result):
        try:
            text = dumps(result)
        except (ValueError, TypeError, RecursionError) as error:
            return self.fail("not_json", "the reply can't be written as JSON: %s" % error)
        if len(text) > RESULT_MAX:
            return self.fail("too_big", "%d characters" % len(text))
        if len(text) <= PART:
            return self.put(dict(event="result", ok=True, result=result, ms=self.ms()))
        parts = range(0, len(text), PART)
        for at in parts:
            self.put(dict(event="part", text=text[at:at + PART]))
        self.put(dict(event="result", ok=True, parts=len(parts), ms=self.ms()))


class Performance(Report):
    """ONE action, performed in this (child) process and reported with put(event)."""

    def __init__(self, argv, put, locale=None):
        Report.__init__(self, put)
        self.argv = argv
        for name in ("yunohost", "moulinette"):
            logger = logging.getLogger(name)
            files = [handler for handler in logger.handlers if isinstance(handler, logging.FileHandler)]
            logger.handlers, logger.propagate = files + [Relay(put)], False
        if locale:
            m18n.set_locale(locale)

    def perform(self, timeout=0, want_read=False, lock_refused=False):
        """Never raises: whatever happens becomes the result."""
        try:
            fault = self.fault(want_read)
            if fault:
                return self.fail(*fault)
            if lock_refused:
                raise MoulinetteError("instance_already_running")
            self.succeed(MAP.actionsmap.process(self.argv, timeout=timeout))
        except MoulinetteError as error:
            self.refused(error)
        except SystemExit as error:
            self.fail("exit", "the action ended its process with %r" % (error.code,))
        except KeyboardInterrupt:
            self.fail("interrupted", "stopped by a signal")
        except BaseException as error:
            self.fail("internal", repr(error), trace=traceback.format_exc()[-MESSAGE_MAX:])

    def refused(self, error):
        # Raw errors (a failed install) carry their whole text as "key" (rule 17).
        key, message = str(getattr(error, "key", "") or ""), str(error.strerror)
        if not KEY.match(key):
            key = "prompt_needed" if "Not a tty" in message else "failed"
        self.fail(key, message, operation=getattr(error, "log_ref", None),
                  validation=getattr(error, "http_code", None) == 400)

    def fault(self, want_read):
        """Why this may not be performed: (key, message), or None."""
        if self.argv[:2] in INTERACTIVE:
            return "bad_request", "interactive or API-only action"
        text = io.StringIO()
        with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
            try:
                takes_lock = MAP.actionsmap.parser.want_to_take_lock(self.argv)
            except SystemExit as error:
                return ("usage" if error.code else "help"), text.getvalue().strip()
            except UnboundLocalError:  # what moulinette does with a category alone
                return "usage", "no such action"
        if want_read and takes_lock:
            return "not_a_read", "this action takes the lock"
        if want_read and not is_read(self.argv):
            return "not_a_read", "this action is not among the reads"
        if not os.path.isfile(INSTALLED) and self.argv[:2] not in BEFORE_POSTINSTALL:
            return "yunohost_not_installed", m18n.n("yunohost_not_installed")
        return None


def service_units():
    """The state of every service from one `systemctl show`, in the shape of `service status` (which spends 240 to
    290 ms in configuration tests; this takes 17 ms, rule 6). Configurations are not tested: "unknown"."""
    from yunohost.service import _get_services

    services = {name: about or {} for name, about in _get_services().items()}
    units = {name: about.get("actual_systemd_service", name) + ".service" for name, about in services.items()}
    names = "Id,Names,LoadState,SubState,UnitFileState,StateChangeTimestampMonotonic,Description"
    shown = subprocess.run(
        ["systemctl", "show", "--no-pager", "--property=" + names, "--"] + sorted(set(units.values())),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20,
    ).stdout.decode("utf-8", "replace")
    found = {}
    for paragraph in shown.split("\n\n"):
        about = dict(line.split("=", 1) for line in paragraph.splitlines() if "=" in line)
        if about.get("LoadState") not in (None, "not-found"):
            for unit in [about.get("Id", "")] + about.get("Names", "").split():
                found[unit] = about
    boot = time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)
    result = {}
    for name, service in sorted(services.items()):
        about = found.get(units[name])
        status = dict(status="unknown", start_on_boot="unknown", last_state_change="unknown",
                      description=service_description(name, service), configuration="unknown")
        if about:
            status["status"] = about.get("SubState", "unknown")
            if service.get("type", "").lower() == "oneshot" and status["status"] == "exited":
                status["status"] = "running"  # as YunoHost says it
            status["start_on_boot"] = about.get("UnitFileState") or "unknown"
            changed = int(about.get("StateChangeTimestampMonotonic") or 0)
            if changed:
                status["last_state_change"] = datetime.fromtimestamp(boot + changed / 1e6, timezone.utc)
            status["description"] = status["description"] or about.get("Description", "")
        result[name] = status
    return result


def service_description(name, service):
    key = "service_description_" + name
    return service.get("description") or (m18n.n(key) if m18n.key_exists(key) else "")


# ------------------------------------------------------------------- tasks: the machine beneath YunoHost
class Action:
    """What a start asks of YunoHost."""

    locks = True

    def __init__(self, argv, locale):
        self.argv, self.locale, self.words = argv, locale, action_words(argv)

    def perform(self, put, timeout, lock_refused):
        Performance(self.argv, put, self.locale).perform(timeout, lock_refused=lock_refused)


class Task:
    """What a request asks of the machine: a function of a program that comes with it. Its arguments are never written
    anywhere; `words` is what is shown and kept."""

    def __init__(self, asked):
        name, self.arguments = asked.get("name"), asked.get("arguments", {})
        self.program, self.locks = asked.get("program"), asked.get("locks", False)
        if not (isinstance(name, str) and TASK.match(name)) or not isinstance(self.program, str):
            raise BadRequest("a task needs a name and a program")
        if not isinstance(self.arguments, dict) or not isinstance(self.locks, bool):
            raise BadRequest("a task's arguments must be an object")
        self.name, self.words = name, ["machine", name]
        # Where there is no YunoHost there is no lock either.
        self.locks = self.locks and YUNOHOST is not None

    def perform(self, put, timeout=0, lock_refused=False, want_read=False):
        """Never raises: whatever happens becomes the result."""
        report = Report(put)
        if lock_refused:
            return report.fail("instance_already_running", "another operation of YunoHost goes on")
        try:
            program = dict(__name__="machine", ROOT=ROOT)
            exec(compile(self.program, "machine", "exec"), program)
            tasks = program["READS" if want_read else "WRITES"]
            if self.name not in tasks:
                known = self.name in program["READS"] or self.name in program["WRITES"]
                return report.fail(("not_a_read" if want_read else "not_a_write") if known else "task_unknown", self.name)
            with yunohost_locked() if self.locks else contextlib.nullcontext():
                report.succeed(tasks[self.name](self.arguments, Teller(put)))
        except KeyboardInterrupt:
            report.fail("interrupted", "stopped by a signal")
        except BaseException as error:
            refusal = getattr(error, "refusal", None)  # (key, message) of what the program itself refuses
            if refusal:
                return report.fail(*refusal)
            # What an error says may hold an argument's value; what the system says does not.
            said = repr(error) if isinstance(error, OSError) else type(error).__name__
            where = traceback.extract_tb(error.__traceback__)[-6:]
            report.fail("internal", said, trace="\n".join("%s:%s %s" % (f.filename, f.lineno, f.name) for f in where))


class Teller:
    """What a task may tell while it is at work."""

    def __init__(self, put):
        self.put = put

    def say(self, message, level="info"):
        message = clean(message)
        event = dict(event="log", level=level, message=message[:MESSAGE_MAX])
        if len(message) > MESSAGE_MAX:
            event["cut"] = len(message)
        self.put(event)


@contextlib.contextmanager
def yunohost_locked():
    """YunoHost's own lock, taken as YunoHost takes it. Ours is held already, so that no run of ours comes between."""
    lock = os.open(YUNOHOST_LOCK, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.write(lock, b"%d" % os.getpid())
    os.close(lock)
    try:
        yield
    finally:
        if (slurp(YUNOHOST_LOCK, 200) or "").strip() == str(os.getpid()):
            os.unlink(YUNOHOST_LOCK)


# ------------------------------------------------------------------------------ reads: one forked child each
class Reader:
    """A forked child that does one read, and what was heard of it. The parent never runs an action itself: one
    read of 12.1 spoils the next in the same process (rule 4)."""

    def __init__(self, request, work):
        self.request, self.done, self.killed, self.buffer, self.printed = request, False, False, b"", 0
        self.ends = time.monotonic() + seconds(request, "limit", READ_LIMIT, READ_LIMIT_MOST)
        self.events, child_events = os.pipe()
        self.output, child_output = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self.live_as_child(work, child_events, child_output)
        for fd in (child_events, child_output):
            os.close(fd)
        for fd in (self.events, self.output):
            os.set_blocking(fd, False)
            READING[fd] = self

    def live_as_child(self, work, events, output):
        gc.disable()  # it ends soon; looking through the parent's objects would copy their pages
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for fd in [REQUESTS, REPLIES, self.events, self.output] + list(READING):
            os.close(fd)
        os.setsid()  # so that what it starts dies with it
        os.dup2(output, 1)
        os.dup2(output, 2)

        def put(event):
            # One byte before each line says whether it is the last, and spares the parent from reading JSON.
            last = b"!" if event["event"] == "result" else b"."
            sys.stdout.flush()
            sys.stderr.flush()
            write_all(events, last + to_line(dict({"id": self.request["id"]}, **event)))

        try:
            work(put)
        finally:
            os._exit(0)  # no atexit: nothing of the parent's is undone twice

    def hear(self, fd):
        """Passes on what the child says. At the end of its events it is reaped."""
        try:
            data = os.read(fd, 65536)
        except BlockingIOError:
            return
        if fd == self.output:
            if data and self.printed < OUTPUT_MAX:
                self.printed += len(data)
                say(id=self.request["id"], event="output", text=clean(data.decode("utf-8", "replace")))
        elif data:
            *lines, self.buffer = (self.buffer + data).split(b"\n")
            for line in lines:
                if line[:1] == b"!":
                    self.done = True
                    if READING.get(self.output) is self:  # the number may be another reader's by now
                        self.hear(self.output)  # nobody listens after the result
                send(line[1:] + b"\n")
        if not data:
            self.forget(fd)
            if fd == self.events:
                self.end()

    def end(self):
        status = os.waitpid(self.pid, 0)[1]
        if READING.get(self.output) is self:  # the number may be another reader's by now
            self.forget(self.output)  # a grandchild may hold it open for ever
        if not self.done and self.killed:
            refuse(self.request, "read_timeout", "the read took longer than its limit")
        elif not self.done:
            refuse(self.request, "read_died", "status %d" % status)

    def forget(self, fd):
        """Closes one of its two. The number is forgotten too: the next reader may get the same."""
        del READING[fd]
        os.close(fd)
        if fd == self.output:
            self.output = None

    def kill_when_late(self):
        if time.monotonic() > self.ends:
            self.killed = True
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)


READING = {}  # descriptor -> Reader
WAITING = []  # (request, work, whether it needs YunoHost) for which no reader is free


def readers():
    return set(READING.values())


def begin_reads(stale):
    """As many as may be at once. With a stale YunoHost only what does not need it: the rest is asked again of the
    next driver."""
    for waiting in list(WAITING):
        if len(readers()) >= READERS:
            return
        request, work, needs_yunohost = waiting
        if not (stale and needs_yunohost):
            WAITING.remove(waiting)
            Reader(request, work)


# --------------------------------------------------------------------------------- writes: detached, spooled
def run_folder(run):
    """Where a run is kept; None when it is not."""
    for spool in SPOOLS:
        if os.path.isdir(spool + "/" + run):
            return spool + "/" + run
    return None


def all_runs():
    return [path for spool in SPOOLS for path in glob.glob(spool + "/*") if RUN_ID.match(os.path.basename(path))]


def write_atomic(path, value):
    """All of it or nothing, even through a power cut (rule 9)."""
    with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(to_line(value))
        file.flush()
        os.fsync(file.fileno())
    os.rename(path + ".new", path)
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def make_run_folder(run, in_memory):
    """The folder's path, FileExistsError when the run was begun before, another OSError when it can't be made.
    The mkdir is the one atomic step: a run id starts once, ever (rule 8)."""
    spool = SPOOLS[1 if in_memory else 0]
    folder = spool + "/" + run
    if run_folder(run):
        raise FileExistsError(folder)
    os.makedirs(spool, 0o700, exist_ok=True)
    disk = os.statvfs(spool)
    if disk.f_bavail * disk.f_frsize < (SPACE_MIN_MEMORY if in_memory else SPACE_MIN):
        raise OSError(errno.ENOSPC, "too little space is free")
    try:
        os.mkdir(folder, 0o700)
    except FileNotFoundError:  # another driver has just forgotten the last run, and the spool with it
        os.makedirs(spool, 0o700, exist_ok=True)
        os.mkdir(folder, 0o700)
    try:
        with open(folder + "/reserve", "wb") as file:  # random: a compressing file system must keep it too
            file.write(os.urandom(RESERVE))
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def own_scope(pid, run):
    """Moves a process out of the SSH session into a systemd scope of its own, since setsid alone dies with
    `loginctl terminate-session` (rule 8). False where there is no systemd: setsid has to do then."""
    if not os.path.isdir(ROOT + "/run/systemd/system"):
        return False
    command = [
        "busctl", "--quiet", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
        "org.freedesktop.systemd1.Manager", "StartTransientUnit", "ssa(sv)a(sa(sv))",
        "towerify-%s.scope" % run, "fail", "4", "PIDs", "au", "1", str(pid),
        "Description", "s", "Towerify run " + run, "CollectMode", "s", "inactive-or-failed",
        "TimeoutStopUSec", "t", "60000000", "0",
    ]
    null = subprocess.DEVNULL
    try:
        return subprocess.run(command, stdin=null, stdout=null, stderr=null, timeout=10).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def start(request):
    """Begins a detached run and follows it; a run that was begun before is only followed."""
    run, work = request.get("run"), work_of(request)
    if not RUN_ID.match(str(run)):
        raise BadRequest("run id")
    wait = seconds(request, "lock_wait", LOCK_WAIT, LOCK_WAIT_MOST)
    try:
        folder = make_run_folder(run, request.get("spool") == "run")
    except FileExistsError:
        return follow(request)
    except OSError as error:
        return refuse(request, "spool_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "spool", str(error))
    # The child goes only when everything that is needed to find it again exists; if we die before, it ends.
    go_read, go_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(go_write)
        try:
            Run(folder, work, wait).live(go_read)
        finally:
            os._exit(0)
    os.close(go_read)
    RUNNING.append(pid)
    scope = own_scope(pid, run)
    try:
        write_atomic(folder + "/run.json", dict(
            argv=work.words, pid=pid, ticks=start_ticks(pid), boot=boot_id(), pid1=start_ticks(1),
            at=time.time(), scope=scope,
        ))
    except OSError as error:
        os.kill(pid, signal.SIGKILL)
        os.close(go_write)
        shutil.rmtree(folder, ignore_errors=True)
        return refuse(request, "spool", str(error))
    os.write(go_write, b"1")
    os.close(go_write)
    say(id=request["id"], event="started", run=run, pid=pid, scope=scope)
    follow(request)


class Run:
    """A write in its own process: performs one action or task, keeps its events numbered, and its outcome."""

    def __init__(self, folder, work, wait):
        os.setsid()
        for fd in [REQUESTS, REPLIES] + list(READING):
            os.close(fd)
        self.folder, self.work, self.wait = folder, work, wait
        self.numbered, self.outcome, self.signal, self.torn = 0, None, None, False
        # Memory: with a full disk a print() of YunoHost's would turn its success into a failure (rule 12).
        self.output = os.memfd_create("output")
        os.dup2(self.output, 1)
        os.dup2(self.output, 2)
        self.events = os.open(folder + "/events.ndjson", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def live(self, go):
        signal.signal(signal.SIGTERM, self.interrupted)
        signal.signal(signal.SIGINT, self.interrupted)
        try:
            if os.read(go, 1) != b"1":
                shutil.rmtree(self.folder, ignore_errors=True)  # the parent died before it could note us
                return
            show_as(self.work.words)
            self.perform()
        except KeyboardInterrupt:  # the signal came where no action was yet
            self.end(dict(event="result", ok=False, key="interrupted", message="stopped by a signal", operations=[],
                          signal=self.signal))
        except BaseException as error:
            self.end(dict(event="result", ok=False, key="internal", message=repr(error)[:MESSAGE_MAX], operations=[]))

    def perform(self):
        ends = time.monotonic() + self.wait
        ours = self.work.locks and self.wait_for_lock(ends)
        before = operation_names() if ours else set()
        result = []
        # The result waits here until what was printed before it is told, and what YunoHost noted is known.
        self.work.perform(lambda event: result.append(event) if event["event"] in ("part", "result") else self.put(event),
                          max(0.0, ends - time.monotonic()), lock_refused=self.work.locks and not ours)
        done = operation_names() - before if ours else set()  # only while the lock is ours (rule 15)
        *parts, last = result
        last["operations"] = sorted(done)[:50]
        if self.signal:
            last["signal"] = self.signal
            if not last["ok"]:
                last.update(cause=last["key"], key="interrupted")  # a reboot or a kill (rule 11)
        self.tell_output()
        for part in parts:
            self.put(part)
        self.end(last)

    def put(self, event):
        """Appends an event, numbered, on disk before the next. A full disk must not stop the write itself."""
        # A signal between the number and the line would tear the order.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
        try:
            self.numbered += 1
            event = dict(event, n=self.numbered, t=round(time.time(), 3))
            try:
                write_all(self.events, b"\n" * self.torn + to_line(event))
                os.fsync(self.events)
                self.torn = False
            except OSError:
                self.torn = True  # half a line may be there: the next begins on a new one
            return event
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))

    def end(self, last):
        """The last event, and the outcome by rename. Room for it was kept (rule 8)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        last = self.put(last)
        for attempt in (1, 2):
            try:
                write_atomic(self.folder + "/outcome.json", last)
                break
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(self.folder + "/reserve")
        with contextlib.suppress(OSError):
            os.unlink(self.folder + "/reserve")

    def tell_output(self):
        """What was printed beside the log, as one event (the post-install notice is only there)."""
        sys.stdout.flush()
        sys.stderr.flush()
        text = clean(os.pread(self.output, OUTPUT_MAX, 0).decode("utf-8", "replace"))
        if text.strip():
            self.put(dict(event="output", text=text))

    def interrupted(self, number, frame):
        """The first signal is one KeyboardInterrupt, which YunoHost rolls back from; others are ignored."""
        for ignored in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ignored, signal.SIG_IGN)
        self.signal = signal.Signals(number).name
        self.put(dict(event="signal", signal=self.signal))
        raise KeyboardInterrupt

    def wait_for_lock(self, ends):
        """Waits politely until nobody holds YunoHost's lock, telling who does (rule 14): YunoHost itself says
        nothing for 15 s. True with a flock of our own, since YunoHost's lock is not atomic (rule 15)."""
        flock, mine, told = os.open(OUR_LOCK, os.O_RDWR | os.O_CREAT, 0o600), False, None
        while True:
            if not mine:
                with contextlib.suppress(OSError):
                    fcntl.flock(flock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    mine = True
            holder = lock_holder()
            held = bool(holder and holder["held"])
            if mine and not held:
                return True
            if time.monotonic() > ends:
                return False
            holder = holder if held else dict(held=True, pid=None, program="towerify")
            if told != (holder["pid"], holder.get("operation")):
                told = (holder["pid"], holder.get("operation"))
                self.put(dict(event="waiting", lock=holder))
            time.sleep(0.25)


RUNNING = []   # processes of runs that this driver began, to be reaped
FOLLOWED = {}  # request id -> Follower


def operation_names():
    with contextlib.suppress(OSError):
        return {name[:-4] for name in os.listdir(OPERATIONS) if name.endswith(".yml")}
    return set()


def operations_since(moment):
    """What YunoHost itself noted since a moment: the only truth left after a kill or a reboot (rule 10)."""
    first, found = time.strftime("%Y%m%d-%H%M%S", time.gmtime(moment)), []  # names begin with UTC
    for name in sorted(operation_names()):
        if name[:15] < first:
            continue
        text = slurp(OPERATIONS + "/" + name + ".yml") or ""
        fields = dict(re.findall(r"^(success|ended_at|parent): (.*)$", text, re.M))
        found.append(dict(
            name=name, success={"true": True, "false": False}.get(fields.get("success"), "?"),
            ended=bool(fields.get("ended_at")), parent=fields.get("parent"),
        ))
    return found[-50:]


def scope_lives(run):
    """Whether any process is in the run's scope: scripts can outlive a killed parent."""
    for base in ("", "/systemd", "/unified"):  # cgroup v2, v1, both
        path = "/sys/fs/cgroup%s/system.slice/towerify-%s.scope/cgroup.procs" % (base, run)
        if (slurp(path) or "").strip():
            return True
    return False


def session_lives(leader):
    """The same without systemd: whether any process is in the run's session."""
    for path in glob.glob("/proc/[0-9]*/stat"):
        fields = (slurp(path) or ") ").rsplit(") ", 1)[1].split()
        if len(fields) > 3 and fields[0] != "Z" and fields[3] == str(leader):
            return True
    return False


def run_state(run):
    """Where a run stands, and its outcome when it is done. In this order (rule 10)."""
    folder = run_folder(run)
    outcome, record = load(folder + "/outcome.json"), load(folder + "/run.json")
    if outcome:
        return "done", outcome
    if not record:
        return "unstarted", None
    if record.get("boot") != boot_id() or record.get("pid1") != start_ticks(1):
        return "lost_by_reboot", None
    pid, ticks = record["pid"], start_ticks(record["pid"])
    if ticks == record["ticks"] and process_state(pid) not in ("Z", None):
        return "running", None
    if scope_lives(run) if record.get("scope") else (ticks in (None, record["ticks"]) and session_lives(pid)):
        return "running", None
    outcome = load(folder + "/outcome.json")  # it may have ended between the two looks
    return ("done", outcome) if outcome else ("lost_killed", None)


def follow(request):
    run, after = request.get("run"), request.get("from", 0)
    if not isinstance(run, str) or not RUN_ID.match(run) or not run_folder(run):
        return refuse(request, "run_unknown", str(run)[:64])
    if not isinstance(after, int) or after < 0:
        raise BadRequest("from must be a number")
    FOLLOWED[request["id"]] = Follower(request["id"], run, after)
    FOLLOWED[request["id"]].feed()


class Follower:
    """One listener of a run: replays what it has not seen, then tells what comes, then the outcome."""

    CHUNK = 1 << 20

    def __init__(self, id, run, after):
        self.id, self.run, self.after, self.at, self.buffer = id, run, after, 0, b""

    def feed(self):
        folder = run_folder(self.run)
        if not folder:  # forgotten by somebody else meanwhile
            del FOLLOWED[self.id]
            return refuse(dict(id=self.id), "run_unknown", self.run)
        state, outcome = run_state(self.run)  # before reading, so that no tail is lost
        more = self.replay(folder + "/events.ndjson")
        if more or state == "running":
            return None
        if state == "unstarted" and time.time() - os.stat(folder).st_mtime < UNSTARTED_AFTER:
            return None
        del FOLLOWED[self.id]
        if outcome:
            return say(**dict(outcome, id=self.id, run=self.run))
        since = (load(folder + "/run.json") or {}).get("at", time.time())
        return say(id=self.id, run=self.run, event="result", ok=None, key=state, message="no outcome was written",
                   operations=operations_since(since))

    def replay(self, path):
        """Tells the next lines. True when there are more."""
        try:
            with open(path, "rb") as file:
                file.seek(self.at)
                data = file.read(self.CHUNK)
        except OSError:
            return False
        self.at += len(data)
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue  # torn by a full disk
            if event["n"] > self.after and event["event"] != "result":
                self.after = event["n"]
                say(**dict(event, id=self.id, run=self.run))
        return len(data) == self.CHUNK


# --------------------------------------------------------------------------------------------------- requests
class BadRequest(Exception):
    """A request that is not one."""


def seconds(request, name, default, most):
    value = request.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise BadRequest("%s must be a number of seconds" % name)
    return min(float(value), most)


def words_of(request):
    argv = request.get("argv")
    if not (isinstance(argv, list) and argv and all(isinstance(word, str) for word in argv)):
        raise BadRequest("argv must be a list of texts")
    return argv


def work_of(request):
    """What a read or a start asks for: a task of the machine, or an action of YunoHost."""
    if "task" in request:
        if not isinstance(request["task"], dict):
            raise BadRequest("task must be an object")
        return Task(request["task"])
    locale = request.get("locale")
    if locale is not None and not (isinstance(locale, str) and LOCALE.match(locale)):
        raise BadRequest("locale")
    return Action(words_of(request), locale)


def read(request):
    work = work_of(request)
    seconds(request, "limit", READ_LIMIT, READ_LIMIT_MOST)
    if isinstance(work, Task):
        return WAITING.append((request, lambda put: work.perform(put, want_read=True), False))
    return WAITING.append(
        (request, lambda put: Performance(work.argv, put, work.locale).perform(want_read=True), True))


def units(request):
    """Protocol addition: the states of all services without their configuration tests."""
    seconds(request, "limit", READ_LIMIT, READ_LIMIT_MOST)

    def work(put):
        performance = Performance(["service", "status"], put, request.get("locale"))
        try:
            fault = performance.fault(True)
            performance.fail(*fault) if fault else performance.succeed(service_units())
        except Exception as error:
            performance.fail("internal", repr(error), trace=traceback.format_exc()[-MESSAGE_MAX:])

    WAITING.append((request, work, True))


def runs(request):
    states = {}
    for path in all_runs():
        run = os.path.basename(path)
        states[run] = dict(load(path + "/run.json") or {}, state=run_state(run)[0])
    answer(request, states)


def forget(request):
    run = request.get("run")
    if not isinstance(run, str) or not RUN_ID.match(run):
        raise BadRequest("run id")
    folder = run_folder(run)
    if folder:
        state = run_state(run)[0]
        young = state == "unstarted" and time.time() - os.stat(folder).st_mtime < UNSTARTED_AFTER
        if state == "running" or young:
            return refuse(request, "run_running", run)
        shutil.rmtree(folder, ignore_errors=True)
        for empty in (os.path.dirname(folder), os.path.dirname(os.path.dirname(folder))):
            with contextlib.suppress(OSError):
                os.rmdir(empty)  # with the last run goes all that we keep
    return answer(request, None)


def stop(request):
    with contextlib.suppress(TypeError):  # what can't be an id is followed by nobody
        FOLLOWED.pop(request.get("of"), None)
    answer(request, None)


ANYWHERE = dict(
    facts=lambda request: answer(request, facts()),
    ping=lambda request: answer(request, None),
    lock=lambda request: answer(request, lock_holder()),
    follow=follow, stop=stop, runs=runs, forget=forget,
)
WITH_YUNOHOST = dict(read=read, start=start, units=units)


def no_constants(name):
    raise ValueError(name)


def handle(line, stale):
    """One request. Nothing that is in it can end the driver."""
    try:
        request = json.loads(line, parse_constant=no_constants)
        if not isinstance(request["id"], (int, str)):
            raise ValueError("id")
    except (ValueError, TypeError, KeyError, RecursionError):
        return say(id=None, event="result", ok=False, key="bad_request", message="not a JSON request with an id")
    operation = request.get("op", "read")
    try:
        if not isinstance(operation, str) or operation not in {**ANYWHERE, **WITH_YUNOHOST}:
            raise BadRequest("unknown op")
        if operation in ANYWHERE:
            return ANYWHERE[operation](request)
        if operation in ("read", "start") and "task" in request:
            return WITH_YUNOHOST[operation](request)
        if YUNOHOST is None and not stale:
            return refuse(request, "no_yunohost", "YunoHost is not installed on this server")
        # A read waits for those at work to end, and is then asked again of the next driver.
        if stale and (FOLLOWED or operation == "start"):
            return refuse(request, "upgrading", "YunoHost changes while a run is followed")
        return WITH_YUNOHOST[operation](request)
    except BadRequest as error:
        return refuse(request, "bad_request", str(error))
    except Exception as error:
        return say(id=request["id"], event="result", ok=False, key="internal", message=repr(error)[:MESSAGE_MAX],
                   trace=traceback.format_exc()[-MESSAGE_MAX:])


class Requests:
    """Lines from the client. One that is too long is refused, and the driver lives on."""

    def __init__(self):
        self.buffer, self.skipping, self.ended, self.heard = b"", False, False, time.monotonic()

    def take(self):
        data = os.read(REQUESTS, 65536)
        self.ended, self.heard = not data, time.monotonic()
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        for line in lines:
            if self.skipping or len(line) > LINE_MAX:
                self.skipping = False
                say(id=None, event="result", ok=False, key="too_long", message="a line may have %d bytes" % LINE_MAX)
            elif line.strip():
                yield line
        if len(self.buffer) > LINE_MAX:
            self.buffer, self.skipping = b"", True


def client_lives():
    poll = select.poll()
    poll.register(REPLIES, 0)
    return not any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def serve():
    """Answers until the client is gone, is silent for IDLE seconds (rule 13), or YunoHost changed (rule 7)."""
    stamp, requests = code_stamp(), Requests()
    while True:
        begin_reads(stamp != code_stamp())
        if requests.ended and not (WAITING or READING or FOLLOWED):
            return
        busy = FOLLOWED or READING
        inputs = ([] if requests.ended else [REQUESTS]) + list(READING)
        ready = select.select(inputs, [], [], 0.1 if busy else 30)[0]
        stale = stamp != code_stamp()
        if stale and not (READING or FOLLOWED):
            return say(event="bye", key="upgraded")  # what waits was not begun: the client asks it again
        for fd in ready:
            if fd in READING:
                READING[fd].hear(fd)
            elif fd == REQUESTS:
                for line in requests.take():
                    handle(line, stale)
        if requests.ended and not client_lives():
            return
        if time.monotonic() - requests.heard > IDLE:
            return say(event="bye", key="idle")  # sshd's defaults never notice a dead line
        for reader in readers():
            reader.kill_when_late()
        for follower in list(FOLLOWED.values()):
            follower.feed()
        reap()


def reap():
    for pid in list(RUNNING):
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0]:
                RUNNING.remove(pid)


def main():
    # The folder that stands for "/" in tests belongs to whoever runs them.
    if os.getuid() != (os.stat(ROOT).st_uid if ROOT else 0):
        return say(event="ready", ok=False, key="root_required", **facts())
    error = None
    try:
        load_yunohost()
    except ImportError as missing:
        error = repr(missing)
    except Exception:
        error = traceback.format_exc()[-2000:]
    warm_up()
    gc.collect()
    gc.freeze()  # fewer copied pages in the children
    say(event="ready", ok=True, yunohost_error=error, **facts())
    return serve()


if __name__ == "__main__":
    known_environment()
    REQUESTS, REPLIES = private_streams()
    main()
