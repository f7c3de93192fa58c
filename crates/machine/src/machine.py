"""What Towerify asks of, and does on, the Debian machine beneath YunoHost: one function a task, plain Python (3.9 to
3.13, standard library only). Four files make one program, which the driver is sent with a request and compiles there:

    machine.py         -> what tasks stand on: the root folder, programs, files, accounts, packages
    machine_reads.py   -> tasks that only look
    machine_gate.py    -> the gates of restricted administrators: who has one, putting and taking them
    machine_writes.py  -> tasks that change: each is harmless when done twice, and says what was there before

A task takes its arguments (an object) and a teller (`teller.say(message, level)`), and returns its reply; their fields
are documented with the types of the same names in the Rust files beside. "Rule n" in comments is a rule that was seen on
real machines. The driver gives ROOT: "" in life, a folder that stands for "/" in tests.
"""
import contextlib
import fcntl
import glob
import hashlib
import ipaddress
import json
import os
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = globals().get("ROOT", "")
SAID_MAX = 2048          # characters of what a program said that go into a reply
FILE_MAX = 64 << 20      # bytes of a file that is read
SCRIPT_MAX = 256 << 10   # bytes of an installer script

APP_ID = r"[a-z][a-z0-9_]{1,29}"
APT_LOCKS = ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock", "/var/cache/apt/archives/lock")
CERTIFICATES = "/etc/yunohost/certs"
JAIL = "/etc/fail2ban/jail.d/towerify.local"
OWN_ADDRESSES = ["127.0.0.1/8", "::1"]
PERIODIC = "/etc/apt/apt.conf.d/99towerify-unattended"
SPOOLS = ("/var/lib/towerify/runs", "/run/towerify/runs")
TRACES = ("/usr/local/lib/towerify", "/etc/towerify", JAIL, PERIODIC)


class Refused(Exception):
    """What the driver passes on as the task's refusal. Never carries an argument's secret."""

    def __init__(self, key, message):
        Exception.__init__(self, key)
        self.refusal = key, message


def at(path):
    """Where a path of the machine really is."""
    return ROOT + path


def shown(path):
    """A path as the machine has it."""
    return path[len(ROOT):] if ROOT and path.startswith(ROOT) else path


# ------------------------------------------------------------------------------------------------- arguments
def text_of(arguments, name, pattern, default=None):
    value = arguments.get(name, default)
    if value is None and default is None and name in arguments:
        return None
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise Refused("bad_argument", name)
    return value


def texts_of(arguments, name, pattern):
    values = arguments.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) and re.fullmatch(pattern, value) for value in values):
        raise Refused("bad_argument", name)
    return values


def bool_of(arguments, name):
    if not isinstance(arguments.get(name), bool):
        raise Refused("bad_argument", name)
    return arguments[name]


def seconds_of(arguments, name, default):
    value = arguments.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 86400:
        raise Refused("bad_argument", name)
    return value


USER = r"[a-z_][a-z0-9_.-]{0,31}"
DOMAIN = r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+"
KEY_LINE = r"[^\x00-\x1f\x7f]{16,16384}"
HOST = r"[A-Za-z0-9.:_-]{1,253}"


def address_of(arguments, name):
    value = arguments.get(name)
    if value is None:
        return None
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise Refused("bad_argument", name)


# -------------------------------------------------------------------------------------------------- programs
def program(name):
    """Where a program is; None when it is missing. What stands for a machine has only its own: a test must not run
    the programs of the machine that it runs on."""
    if ROOT:
        path = at("/usr/bin/" + name)
        return path if os.access(path, os.X_OK) else None
    return shutil.which(name)


def run(argv, limit=30, given=None, cwd="/"):
    """(exit status, output, errors) of a program; (None, "", why) when it is missing or took too long. `given` goes to
    its standard input: nothing secret is ever an argument."""
    path = program(argv[0])
    if not path:
        return None, "", "%s is not there" % argv[0]
    child = subprocess.Popen(
        [path] + argv[1:], cwd=cwd, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
    )
    try:
        out, errors = child.communicate(given, limit)
    except subprocess.TimeoutExpired:
        end_group(child, 0)
        return None, "", "%s took longer than %d s" % (argv[0], limit)
    except BaseException:
        end_group(child, 0)
        raise
    return child.returncode, out.decode("utf-8", "replace"), errors.decode("utf-8", "replace")


def end_group(child, patience):
    """Ends a program and what it started: asked first, killed after `patience` seconds."""
    for number, wait in ((signal.SIGTERM, patience), (signal.SIGKILL, 5)):
        with contextlib.suppress(OSError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(wait)
            return
    child.stdout and child.stdout.close()


def said(status, out, errors):
    """A question to a program: well, not well, or not to be asked."""
    text = (errors.strip() or out.strip())[:SAID_MAX]
    return dict(ok=None if status is None else status == 0, text="" if status == 0 else text)


def systemd(verb, *units):
    return run(["systemctl", "--no-ask-password", verb] + list(units), 90)


def unit(name):
    """How a service of systemd stands."""
    status, out, _ = run(["systemctl", "show", "--property=LoadState,ActiveState,UnitFileState", "--", name + ".service"])
    about = dict(line.split("=", 1) for line in out.splitlines() if "=" in line) if status == 0 else {}
    return dict(exists=about.get("LoadState") == "loaded", enabled=about.get("UnitFileState") in ("enabled", "enabled-runtime"),
                active=about.get("ActiveState") in ("active", "activating", "reloading"))


# ----------------------------------------------------------------------------------------------------- files
def read_file(path, most=FILE_MAX):
    """A file of the machine as text; "" when it can't be read."""
    try:
        with open(at(path), "rb") as file:
            return file.read(most).decode("utf-8", "replace")
    except OSError:
        return ""


def write_file(path, text, mode=0o644, group=None):
    """All of it or nothing, through a rename, even with a power cut. The folder is made when it is missing."""
    folder = os.path.dirname(at(path))
    os.makedirs(folder, exist_ok=True)
    number, new = tempfile.mkstemp(prefix=".towerify-", dir=folder)
    try:
        with open(number, "wb") as file:
            file.write(text.encode())
            os.fchmod(file.fileno(), mode)
            if group is not None:
                os.fchown(file.fileno(), -1, group)
            file.flush()
            os.fsync(file.fileno())
        os.rename(new, at(path))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise
    sync_folder(folder)


def sync_folder(folder):
    number = os.open(folder, os.O_RDONLY)
    os.fsync(number)
    os.close(number)


def fields(path, separator):
    lines = read_file(path).splitlines()
    return {name.strip(): value.strip().strip('"') for name, value in
            (line.split(separator, 1) for line in lines if separator in line)}


# -------------------------------------------------------------------------------------------------- accounts
def account(name):
    """An account: the machine's own, or one of YunoHost's, which the name service knows. None when there is none."""
    if ROOT:
        for line in read_file("/etc/passwd").splitlines():
            parts = line.split(":")
            if len(parts) == 7 and parts[0] == name:
                return dict(name=name, uid=int(parts[2]), gid=int(parts[3]), home=parts[5], shell=parts[6])
        return None
    import pwd

    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return dict(name=name, uid=found.pw_uid, gid=found.pw_gid, home=found.pw_dir, shell=found.pw_shell)


def group_number(name):
    for line in read_file("/etc/group").splitlines():
        parts = line.split(":")
        if len(parts) == 4 and parts[0] == name:
            return int(parts[2])
    return None


def key_lines(text):
    """The lines of an authorized_keys that are keys."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


@contextlib.contextmanager
def ssh_folder(user, make):
    """An account's ~/.ssh as an open folder; None when it is missing and not to be made. The account owns what is in
    its home and could put a link there while we work as root: nothing is followed."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    try:
        home = os.open(at(user["home"]), flags)
    except OSError:
        if make:
            raise Refused("command_failed", "%s has no home folder" % user["name"])
        yield None
        return
    folder = None
    try:
        if make:
            with contextlib.suppress(FileExistsError):
                os.mkdir(".ssh", 0o700, dir_fd=home)
                os.chown(".ssh", user["uid"], user["gid"], dir_fd=home, follow_symlinks=False)
        try:
            folder = os.open(".ssh", flags, dir_fd=home)
        except FileNotFoundError:
            yield None
            return
        except OSError:
            raise Refused("command_failed", "~%s/.ssh is not a folder" % user["name"])
        yield folder
    finally:
        folder is None or os.close(folder)
        os.close(home)


def read_keys(folder):
    """(text, owner, group, mode) of authorized_keys; None when it is missing."""
    try:
        number = os.open("authorized_keys", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError:
        raise Refused("command_failed", "authorized_keys is not a plain file")
    with open(number, "rb") as file:
        about = os.fstat(number)
        if not stat.S_ISREG(about.st_mode):
            raise Refused("command_failed", "authorized_keys is not a plain file")
        return file.read(1 << 20).decode("utf-8", "surrogateescape"), about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode)


def write_keys(folder, text, owner, group, mode):
    """authorized_keys through a rename, owner and mode kept (rule 23)."""
    new = ".towerify-%d" % os.getpid()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new, dir_fd=folder)
    number = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    try:
        with open(number, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
            os.fchown(number, owner, group)
            os.fchmod(number, mode)
            file.flush()
            os.fsync(number)
        os.rename(new, "authorized_keys", src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new, dir_fd=folder)
        raise
    os.fsync(folder)


def keys_of(user):
    with ssh_folder(user, make=False) as folder:
        found = read_keys(folder) if folder is not None else None
    return key_lines(found[0]) if found else []


# -------------------------------------------------------------------------------------------------- packages
def installed_packages():
    """Name and version of every package that is wholly installed, from dpkg's own list."""
    found = {}
    for paragraph in read_file("/var/lib/dpkg/status").split("\n\n"):
        about = dict(re.findall(r"^(Package|Status|Version): (.*)$", paragraph, re.M))
        if about.get("Status", "").endswith(" installed"):
            found[about.get("Package", "")] = about.get("Version", "")
    return found


def codename():
    return fields("/etc/os-release", "=").get("VERSION_CODENAME", "")


def apt_holder():
    """Who holds one of apt's locks. Asked of the kernel: taking a lock to try it would make apt fail (rule 8)."""
    for path in APT_LOCKS:
        try:
            number = os.open(at(path), os.O_RDWR)
        except OSError:
            continue
        try:
            asked = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0)
            kind, _, _, _, pid = struct.unpack("hhqqi", fcntl.fcntl(number, fcntl.F_GETLK, asked)[:struct.calcsize("hhqqi")])
        except OSError:
            continue
        finally:
            os.close(number)
        if kind != fcntl.F_UNLCK:
            return dict(pid=max(pid, 0), program=process_name(pid) or "?")
    return None


def process_name(pid):
    try:
        with open("/proc/%d/comm" % pid) as file:
            return file.read().strip()[:64]
    except OSError:
        return None


def at_work():
    """What makes the machine ready by itself, and would be in apt's way (rule 8)."""
    found = []
    if "running" in run(["cloud-init", "status"], 20)[1]:
        found.append("cloud-init")
    for name in ("apt-daily", "apt-daily-upgrade"):
        if unit(name)["active"]:
            found.append(name + ".service")
    for path in glob.glob(at("/proc/[0-9]*/cmdline")):
        words = read_file(shown(path), 4096).split("\0")
        # The service of this name only waits for the machine's end, as unattended-upgrade-shutdown.
        if any(re.search(r"/unattended-upgrades?\Z", word) for word in words[:3]):
            found.append("unattended-upgrades")
            break
    return found


def leftovers():
    """What a failed try left behind, on which every later one would fail for ever (rule 7)."""
    if "yunohost" in installed_packages():
        return []
    found = [path for path in glob.glob(at("/etc/apt/sources.list.d/yunohost*.list"))
             + glob.glob(at("/etc/apt/sources.list.d/yunohost*.sources"))]
    for folder in ("/usr/share/keyrings", "/etc/apt/keyrings", "/etc/apt/trusted.gpg.d"):
        for path in glob.glob(at(folder + "/*yunohost*")):
            # The script of Debian 13 calls `gpg -o`, which refuses to overwrite (rule 9).
            if os.path.getsize(path) == 0 or codename() != "bookworm":
                found.append(path)
    return sorted(shown(path) for path in found)


def yunohost():
    return dict(
        installed=installed_packages().get("yunohost"), postinstalled=os.path.isfile(at("/etc/yunohost/installed")),
        main_domain=read_file("/etc/yunohost/current_host").strip() or None,
    )
