#!/usr/bin/python3 -I
"""The app's own program on its server: everything that happens between two deployments of the whole package.

It belongs to the package (scripts/), so it is root's, and is installed, backed up, restored and removed with the app.
`gate admin` and `gate key` read one request, a JSON object on the first line of standard input, and answer one JSON
object a line: events, then `done` or `failed`. No word of a request reaches a command line, so nothing secret does.
The scripts call the other commands (stage, do, record, setting, ...). Python 3.9 and later, its own library alone.
"""
import fcntl
import grp
import hashlib
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from base64 import b64encode

HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
with open(HERE + "/conf/app.json", encoding="utf-8") as file:
    APP = json.load(file)
ID, ROOT = APP["id"], APP["root"]
ETC = ROOT + "/etc/yunohost/apps/" + ID
STATE = ROOT + "/var/lib/towerify/" + ID
STORE, TREES = STATE + "/store", STATE + "/trees"
LOG = ROOT + "/var/log/towerify/" + ID + ".log"
SECRETS = ETC + "/secrets.env"
PATH = os.environ.get("TOWERIFY_PATH") if ROOT else None  # a stand-in's commands, in tests alone
PATH = PATH or "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SHA256 = re.compile(r"[0-9a-f]{64}\Z")
RELEASE = re.compile(r"r[0-9]{1,9}\Z")
NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}\Z")
OURS = {"PORT", "HOST", "PATH", "HOME", "USER", "SHELL", "LD_PRELOAD", "LD_LIBRARY_PATH"}
FOR_KEYS = {"facts", "push", "rollback", "status", "logs", "restart", "secrets"}
LONGEST_REQUEST = 1 << 20


class Failed(Exception):
    """What ends a request, with a key that the other end knows."""

    def __init__(self, key, text=""):
        super().__init__(text or key)
        self.key, self.text = key, text


# --- What is said ---

def emit(event, **fields):
    """One line of answer. Nobody listening any more is no reason to stop half-way."""
    try:
        os.write(1, (json.dumps(dict(event=event, **fields)) + "\n").encode())
    except OSError:
        pass


def log(text):
    os.makedirs(os.path.dirname(LOG), mode=0o750, exist_ok=True)
    with open(LOG, "a", encoding="utf-8") as file:
        file.write("%s %s\n" % (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), text))
    if os.path.getsize(LOG) > 4 << 20:
        os.replace(LOG, LOG + ".1")


# --- Settings: YunoHost's own file, flat YAML. Edited by lines, so that nothing else in it changes ---

def settings():
    values = {}
    with open(ETC + "/settings.yml", encoding="utf-8") as file:
        for line in file:
            found = re.match(r"([A-Za-z_][A-Za-z0-9_]*): *(.*?) *$", line)
            if found:
                value = found.group(2)
                if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
                    value = value[1:-1].replace("''", "'") if value[0] == "'" else json.loads(value)
                values[found.group(1)] = value
    return values


def keep_settings(**changes):
    """An int stays a number: YunoHost breaks on an `update_time` that is text."""
    with open(ETC + "/settings.yml", encoding="utf-8") as file:
        lines = file.read().split("\n")
    kept, skip = [], False
    for line in lines:
        name = re.match(r"([A-Za-z_][A-Za-z0-9_]*):", line)
        skip = name.group(1) in changes if name else skip and line[:1] in (" ", "-")
        if not skip and line:
            kept.append(line)
    for name, value in changes.items():
        kept.append("%s: %s" % (name, value if isinstance(value, int) else "'%s'" % value.replace("'", "''")))
    replace(ETC + "/settings.yml", "\n".join(kept) + "\n", like=ETC + "/settings.yml")


def replace(path, text, mode=0o600, like=None):
    """The whole file or the old one, never half of it."""
    if like:
        mode = os.stat(like).st_mode & 0o777
    new = path + ".new"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def install_dir():
    return settings()["install_dir"]


# --- Releases ---

def releases():
    """Finished ones, oldest first: those with a record."""
    folder, found = install_dir() + "/releases", []
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        if RELEASE.match(name) and os.path.isfile(folder + "/" + name + ".json"):
            with open(folder + "/" + name + ".json", encoding="utf-8") as file:
                found.append(json.load(file))
    return sorted(found, key=number)


def number(release):
    return int((release["release"] if isinstance(release, dict) else release)[1:])


def live_port():
    """Where nginx leads: the truth, whatever was or was not written down before a crash."""
    now = settings()
    try:
        with open("%s/etc/nginx/conf.d/%s.d/%s.conf" % (ROOT, now.get("domain"), ID), encoding="utf-8") as file:
            found = re.search(r"proxy_pass http://127\.0\.0\.1:([0-9]+)", file.read())
            return found.group(1) if found else None
    except OSError:
        return None


def live():
    port = live_port() if APP["served"] else None
    link = install_dir() + ("/slot-" + port if port else "/current")
    name = os.path.basename(os.readlink(link)) if os.path.islink(link) else None
    return name if name and os.path.isdir("%s/releases/%s" % (install_dir(), name)) else None


def next_release():
    folder = install_dir() + "/releases"
    used = [number(name.split(".")[0]) for name in (os.listdir(folder) if os.path.isdir(folder) else [])
            if RELEASE.match(name.split(".")[0])]
    return "r%d" % (max(used + [number(settings().get("newest_release", "r0"))]) + 1)


def record(release, about, alone):
    """A release is finished. `alone`: without YunoHost, which else writes version and dates itself."""
    pending(release, about)
    path = "%s/releases/%s.json" % (install_dir(), release)
    os.replace(path + ".pending", path)
    with open(path, encoding="utf-8") as file:
        written_down(json.load(file), alone)


def pending(release, about):
    """What will be its record: written before it goes live, for whoever comes after a crash in between."""
    about = dict({name: about.get(name) for name in ("tree", "commit", "by", "message")}, release=release,
                 version=release[1:] + "~ynh1", at=int(time.time()))
    replace("%s/releases/%s.json.pending" % (install_dir(), release), json.dumps(about) + "\n", 0o644)


def written_down(about, alone):
    newest = max(number(about), number(settings().get("newest_release", "r0")))
    changes = {"release": about["release"], "newest_release": "r%d" % newest}
    if alone:
        changes.update(current_revision=about.get("commit") or about["tree"][:12], update_time=int(time.time()))
        with open(ETC + "/manifest.toml", encoding="utf-8") as file:
            text = re.sub(r'(?m)^version = ".*"$', 'version = "%s"' % about["version"], file.read(), count=1)
        replace(ETC + "/manifest.toml", text, like=ETC + "/manifest.toml")
    keep_settings(**changes)


def prune():
    """Keeps as many as the configuration says, and always the live one and the one before it."""
    now, known = live(), releases()
    before = [one["release"] for one in known if now and number(one) < number(now)][-1:]
    kept = {now, *before, *[one["release"] for one in known][-APP["keep"]:]}
    for one in known:
        if one["release"] not in kept:
            drop(one["release"])
    wanted = set()
    for one in releases():
        wanted.update(entry[1] for entry in read_tree(one["tree"]) or [])
    for name in os.listdir(STORE) if os.path.isdir(STORE) else []:
        if name not in wanted:
            os.unlink(STORE + "/" + name)
    trees = {one["tree"] for one in releases()}
    for name in os.listdir(TREES) if os.path.isdir(TREES) else []:
        if name not in trees:
            os.unlink(TREES + "/" + name)


def drop(release):
    folder = install_dir() + "/releases/" + release
    shutil.rmtree(folder, ignore_errors=True)
    for end in (".json", ".json.pending"):
        if os.path.exists(folder + end):
            os.unlink(folder + end)
    if APP["kind"] == "dockerfile":
        command("podman", "rmi", "--force", "localhost/%s:%s" % (ID, release))


def clean():
    """What a deployment that died half-way left: a release that went live and was not written down, or never went."""
    folder, now = install_dir() + "/releases", live()
    if now and os.path.exists("%s/%s.json.pending" % (folder, now)):
        known = releases()
        if APP["served"] or not known or quiet("answers", "")[0]:
            log("%s was live and not written down" % now)
            with open("%s/%s.json.pending" % (folder, now), encoding="utf-8") as file:
                record(now, json.load(file), True)
        else:
            log("%s was live, and does not answer" % now)
            now = known[-1]["release"]
    link = install_dir() + "/current"
    if now and not (os.path.islink(link) and os.path.basename(os.readlink(link)) == now):
        bash("swap", "releases/" + now)
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        if RELEASE.match(name) and name != now and not os.path.exists("%s/%s.json" % (folder, name)):
            log("removing %s, which was never finished" % name)
            drop(name)


# --- Trees and contents ---

def right_path(path):
    parts = path.split("/")
    return path and not any(part in ("", ".", "..") for part in parts) and not any(ord(c) < 32 or ord(c) == 127 for c in path)


def parse_line(line):
    letter, sha256, path = line.split(" ", 2)
    if letter not in ("f", "x", "l") or not SHA256.match(sha256) or not right_path(path):
        raise Failed("payload", "a line of the list of files is not understood")
    return letter, sha256, path


def read_tree(tree):
    if not SHA256.match(tree or "") or not os.path.isfile(TREES + "/" + tree):
        return None
    with open(TREES + "/" + tree, encoding="utf-8") as file:
        return [parse_line(line) for line in file.read().split("\n") if line]


def tree_text(entries):
    entries = sorted(entries, key=lambda entry: entry[2].encode())
    return "".join("%s %s %s\n" % entry for entry in entries)


def receive(stream, request):
    """Contents into the store, each checked by its hash before it counts; then the list of files, checked by its own."""
    os.makedirs(STORE, mode=0o700, exist_ok=True)
    os.makedirs(TREES, mode=0o700, exist_ok=True)
    free = shutil.disk_usage(STATE).free
    if free < 2 * request.get("bytes", 0) + (64 << 20):
        raise Failed("disk_full", "%d MiB are free" % (free >> 20))
    opened = subprocess.Popen(["zstd", "-dqc"], stdin=stream, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PATH": PATH})
    delta = None
    try:
        with tarfile.open(fileobj=opened.stdout, mode="r|") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isreg() else None
                if content is None:
                    raise Failed("payload", "something other than a file is in it")
                if member.name == "delta" and member.size < 64 << 20:
                    delta = content.read().decode()
                elif member.name.startswith("blobs/") and SHA256.match(member.name[6:]):
                    keep_content(content, member.name[6:])
                else:
                    raise Failed("payload", "a name in it is not known")
    except (tarfile.TarError, EOFError, UnicodeDecodeError) as error:
        raise Failed("cut", str(error))
    finally:
        opened.stdout.close()
        opened.wait()
    if delta is None or opened.returncode:
        raise Failed("cut", "the transfer ended early")
    entries = {entry[2]: entry for entry in read_tree(request.get("base")) or []}
    for line in delta.split("\n"):
        if line.startswith("- "):
            entries.pop(line[2:], None)
        elif line.startswith("+ "):
            entry = parse_line(line[2:])
            entries[entry[2]] = entry
    text = tree_text(entries.values())
    tree = hashlib.sha256(text.encode()).hexdigest()
    if tree != request["tree"]:
        raise Failed("tree", "the list of files came out as another one")
    missing = sum(1 for entry in entries.values() if not os.path.isfile(STORE + "/" + entry[1]))
    if missing:
        raise Failed("lacking", "%d contents are missing" % missing)
    replace(TREES + "/" + tree, text)


def keep_content(content, sha256):
    new, hashed = STORE + "/new", hashlib.sha256()
    with open(new, "wb") as file:
        for block in iter(lambda: content.read(1 << 20), b""):
            hashed.update(block)
            file.write(block)
    if hashed.hexdigest() != sha256:
        raise Failed("payload", "a content does not have its hash")
    os.replace(new, STORE + "/" + sha256)


def stage(release, payload=None):
    """The folder of a release, from the store. Closed to everybody until it is whole."""
    with open(HERE + "/conf/release.json", encoding="utf-8") as file:
        about = json.load(file)
    if payload:
        with open(payload, "rb") as file:
            receive(file, {"tree": about["tree"]})
    stage_tree(release, about["tree"])
    pending(release, about)


def stage_tree(release, tree):
    entries = read_tree(tree)
    if entries is None:
        raise Failed("lacking", "the server does not have these files")
    links = {entry[2] for entry in entries if entry[0] == "l"}
    folder = install_dir() + "/releases/" + release
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder, mode=0o700)
    for letter, sha256, path in entries:
        parents = path.split("/")[:-1]
        if any("/".join(parents[:depth + 1]) in links for depth in range(len(parents))):
            raise Failed("payload", "%s lies below a link" % path)
        full = folder + "/" + path
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if letter == "l":
            with open(STORE + "/" + sha256, encoding="utf-8") as file:
                target = file.read()
            if target.startswith("/") or os.path.normpath(os.path.join(os.path.dirname(path), target)).startswith(".."):
                raise Failed("payload", "the link %s leads out of the app" % path)
            os.symlink(target, full)
        else:
            shutil.copyfile(STORE + "/" + sha256, full)
            os.chmod(full, 0o755 if letter == "x" else 0o644)
    for name in APP["data"] if APP["kind"] != "dockerfile" else []:
        keep_data(folder, name)


def keep_data(folder, name):
    """A folder that outlives releases: a link to the app's data, which begins as what the first release had there."""
    kept, here, user = settings()["data_dir"] + "/" + name, folder + "/" + name, pwd.getpwnam(APP["user"])
    if not os.path.isdir(kept):
        os.makedirs(os.path.dirname(kept), exist_ok=True)
        if os.path.isdir(here) and not os.path.islink(here):
            shutil.copytree(here, kept, symlinks=True)
        else:
            os.makedirs(kept)
        for place, folders, files in os.walk(kept):
            for one in [place] + [place + "/" + each for each in folders + files]:
                os.chown(one, user.pw_uid, grp.getgrnam("www-data").gr_gid, follow_symlinks=False)
        os.chmod(kept, 0o750)
    if os.path.isdir(here) and not os.path.islink(here):
        shutil.rmtree(here)
    elif os.path.lexists(here):
        os.unlink(here)
    os.makedirs(os.path.dirname(here), exist_ok=True)
    os.symlink(kept, here)


# --- Commands ---

def command(*words):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={"PATH": PATH, "LC_ALL": "C.UTF-8", "HOME": "/root"}, errors="replace")


def bash(*words, **more):
    """A function of _common.sh, with the settings as its variables, as YunoHost's scripts have them."""
    env = {name: value for name, value in settings().items()}
    env.update(more, PATH=PATH, LC_ALL="C.UTF-8", HOME="/root", app=ID)
    if ROOT:
        env["TOWERIFY_PATH"] = PATH
    done = subprocess.Popen(["bash", "-c", 'source "$0"; "$@"', HERE + "/scripts/_common.sh", *words], env=env, errors="replace",
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = []
    for line in done.stdout:
        line = line.rstrip("\n")[:2000]
        said = said[-39:] + [line]
        log(line)
        emit("log", text=line)
    return done.wait() == 0, said


def environment(port=None):
    """What the app sees: its variables, its database, its secrets."""
    values = {}
    for path in (install_dir() + "/env/variables.env", install_dir() + "/env/database.env", SECRETS):
        values.update({name: value for name, value, _ in read_env(path)})
    user = pwd.getpwnam(APP["user"])
    values.update(PATH=PATH, HOME=user.pw_dir, USER=user.pw_name, LANG="C.UTF-8")
    if port:
        values.update(PORT=port, HOST="127.0.0.1")
    return values


def as_app(folder, line, env):
    """Runs a command as the app's own user. Its environment is set here: nothing secret is on a command line."""
    user = pwd.getpwnam(APP["user"])

    def become():
        if os.getuid() == 0 and user.pw_uid:
            os.initgroups(user.pw_name, user.pw_gid)
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        os.umask(0o027)

    env = dict(env, PATH="%s/.venv/bin:%s/node_modules/.bin:%s" % (folder, folder, env["PATH"]))
    return subprocess.run(["bash", "-c", line], cwd=folder, env=env, preexec_fn=become, stdin=subprocess.DEVNULL).returncode


def commands(what, release):
    """The commands of a step, in a release's folder; the first that fails ends it."""
    folder = install_dir() + "/releases/" + release
    for line in APP["commands"].get(what, []):
        print("$ " + line, flush=True)
        if as_app(folder, line, environment()):
            print("that failed", flush=True)
            return 1
    return 0


# --- Secrets: KEY="value" as systemd reads it, with the date in a comment before ---

def read_env(path):
    if not os.path.isfile(path):
        return []
    with open(path, encoding="utf-8") as file:
        text = file.read()
    pattern = r'(?:# ([0-9]+)\n)?([A-Z][A-Z0-9_]*)="((?:[^"\\]|\\.)*)"\n'
    return [(found.group(2), re.sub(r"\\(.)", r"\1", found.group(3), flags=re.S), int(found.group(1) or 0))
            for found in re.finditer(pattern, text, re.S)]


def write_env(path, values):
    def quoted(value):
        return re.sub(r'([\\"`$])', r"\\\1", value)
    replace(path, "".join('# %d\n%s="%s"\n' % (at, name, quoted(value)) for name, value, at in values))


def secrets(request):
    kept = {name: (name, value, at) for name, value, at in read_env(SECRETS)}
    changed = False
    for name, value in request.get("set", {}).items():
        if not NAME.match(name) or name in OURS or not isinstance(value, str) or "\0" in value or len(value) > 65536:
            raise Failed("secret_name", name)
        if APP["php"] and ("\n" in value or "'" in value):
            raise Failed("secret_value", name)
        kept[name], changed = (name, value, int(time.time())), True
    for name in request.get("unset", []):
        if name not in kept:
            raise Failed("secret_unknown", name)
        del kept[name]
        changed = True
    if changed:
        write_env(SECRETS, sorted(kept.values()))
        log("secrets changed: %s" % ", ".join(list(request.get("set", {})) + request.get("unset", [])))
        php_env()
        if live() and request.get("restart", True):
            restart()
    return {"secrets": [{"name": name, "at": at} for name, _, at in sorted(kept.values())]}


def php_env():
    """PHP-FPM has no file of variables: a second part of the app's pool, which only root reads."""
    if not APP["php"]:
        return
    pool = "%s/etc/php/%s/fpm/pool.d/%s.secrets.conf" % (ROOT, APP["php"], ID)
    values = read_env(install_dir() + "/env/database.env") + read_env(SECRETS)
    lines = "".join("env[%s] = '%s'\n" % (name, value) for name, value, _ in values)
    os.makedirs(os.path.dirname(pool), exist_ok=True)
    replace(pool, "[%s]\n%s" % (ID, lines))
    command("systemctl", "reload", "php%s-fpm" % APP["php"])


# --- Requests ---

def lock(by):
    """One change at a time; who waits is told for whom."""
    folder = ROOT + "/run/towerify"
    os.makedirs(folder, mode=0o755, exist_ok=True)
    file = open("%s/%s.lock" % (folder, ID), "a+", encoding="utf-8")
    told, until = None, time.monotonic() + APP.get("patience", 900)
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            file.seek(0)
            holder = file.read()
            if holder != told and holder:
                told = holder
                emit("waiting", **json.loads(holder))
            if time.monotonic() > until:
                raise Failed("busy", holder)
            time.sleep(0.1)
    file.truncate(0)
    file.write(json.dumps({"by": by, "since": int(time.time())}))
    file.flush()
    return file


def facts(request):
    now, known = live(), releases()
    about = next((one for one in known if one["release"] == now), None)
    answer = {
        "protocol": 1, "app": ID, "name": APP["name"], "env": APP["env"], "kind": APP["kind"], "release": now,
        "version": about and about["version"], "tree": about and about["tree"], "next": next_release(),
        "package": settings().get("towerify_package"), "domain": settings().get("domain"), "path": settings().get("path"),
        "releases": [dict(one, live=one["release"] == now) for one in known], "time": int(time.time()),
    }
    if about and request.get("tree") != about["tree"]:
        entries = read_tree(about["tree"])
        if entries is not None and all(os.path.isfile(STORE + "/" + entry[1]) for entry in entries):
            packed = subprocess.run(["zstd", "-qc"], input=tree_text(entries).encode(), stdout=subprocess.PIPE, env={"PATH": PATH}).stdout
            answer["files"] = b64encode(packed).decode()
            known = {entry[1] for entry in entries}
            answer["stored"] = [name for name in os.listdir(STORE) if SHA256.match(name) and name not in known]
        else:
            answer["stored"] = [name for name in (os.listdir(STORE) if os.path.isdir(STORE) else []) if SHA256.match(name)]
    return answer


def push(request):
    if not SHA256.match(request.get("tree", "")):
        raise Failed("payload", "no tree is named")
    begun, now = time.monotonic(), None
    with lock(request.get("by", "?")):
        clean()
        now = live()
        about = next((one for one in releases() if one["release"] == now), None)
        if about and about["tree"] == request["tree"] and not request.get("again"):
            return {"release": now, "version": about["version"], "unchanged": True}
        emit("step", name="receive")
        if request.get("payload"):
            receive(0, request)
        if request.get("only_store"):
            return {"stored": True}
        release = next_release()
        renew(release, request)
        return {"release": release, "version": release[1:] + "~ynh1", "before": now, "ms": int(1000 * (time.monotonic() - begun))}


def renew(release, request):
    log("%s by %s, commit %s" % (release, request.get("by"), request.get("commit")))
    emit("step", name="stage", release=release)
    about = {name: request.get(name) for name in ("tree", "commit", "by", "message")}
    done, said = False, []
    try:
        stage_tree(release, request["tree"])
        done, said = bash("prepare", release)
        if done and APP["commands"].get("migrate"):
            emit("step", name="backup")
            done, said = bash("backup_before", release)
        if done:
            pending(release, about)
            emit("step", name="activate", release=release)
            done, said = bash("activate", release)
    finally:
        if not done and live() != release:
            drop(release)
    if not done:
        raise Failed("release", "\n".join(said))
    record(release, about, True)
    prune()


def rollback(request):
    with lock(request.get("by", "?")):
        clean()
        now, known = live(), releases()
        older = [one for one in known if now and number(one) < number(now)]
        wanted = request.get("release") or (older[-1]["release"] if older else None)
        about = next((one for one in known if one["release"] == wanted), None)
        if about is None:
            raise Failed("no_release", wanted or "")
        emit("step", name="activate", release=wanted)
        done, said = bash("activate", wanted)
        if not done:
            raise Failed("release", "\n".join(said))
        log("%s again, by %s" % (wanted, request.get("by")))
        written_down(about, True)
        return {"release": wanted, "version": about["version"], "before": now}


def restart(_request=None):
    done, said = bash("activate", live() or "none")
    if not done:
        raise Failed("release", "\n".join(said))
    return {}


def status(_request):
    answer, port = facts({"tree": ""}), live_port()
    for name in ("files", "stored"):
        answer.pop(name, None)
    if APP["served"] and port:
        shown = command("systemctl", "show", "--property=ActiveState,SubState,ActiveEnterTimestamp,MemoryCurrent,NRestarts",
                        "%s@%s.service" % (ID, port)).stdout
        answer["unit"] = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    done, _ = quiet("answers", port or "")
    answer["answers"] = done
    return answer


def quiet(*words):
    env = dict(settings(), PATH=PATH, LC_ALL="C.UTF-8", app=ID, health_seconds_now="3", **({"TOWERIFY_PATH": PATH} if ROOT else {}))
    done = subprocess.run(["bash", "-c", 'source "$0"; "$@"', HERE + "/scripts/_common.sh", *words], env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return done.returncode == 0, done.stdout


def logs(request):
    lines = str(min(max(int(request.get("lines", 100)), 1), 10000))
    units = ["--unit", ID + "@*", "--unit", ID + "-*"] if not APP["php"] else ["--unit", "php%s-fpm" % APP["php"]]
    words = ["journalctl", "--no-pager", "--output", "short-iso", "--lines", lines, *units]
    if request.get("of") == "deploy" or APP["kind"] == "static":
        words = ["tail", "-n", lines, LOG]
    if request.get("follow"):
        words.insert(1, "--follow")
    shown = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                             errors="replace", env={"PATH": PATH, "LC_ALL": "C.UTF-8"})
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for line in shown.stdout:
        os.write(1, (json.dumps({"event": "log", "text": line.rstrip("\n")[:8000]}) + "\n").encode())
    return {}


def run(request):
    release = live()
    if not release:
        raise Failed("no_release")
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.stdout.flush()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        os.close(reader)
        os._exit(as_app(install_dir() + "/releases/" + release, request["command"], environment()) & 255)
    os.close(writer)
    with os.fdopen(reader, errors="replace") as said:
        for line in said:
            emit("log", text=line.rstrip("\n")[:8000])
    return {"exit": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}


def keys(request):
    return deploy_keys().keys(request)


def deploy_keys():
    """The other file of this program. Nothing is compiled beside it: the folder is YunoHost's."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, HERE + "/scripts")
    import deploy_keys as module
    return module


VERBS = {"facts": facts, "push": push, "rollback": rollback, "status": status, "logs": logs, "run": run,
         "restart": restart, "secrets": secrets, "keys": keys}


def first_line():
    """Byte by byte: what follows belongs to zstd."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte or len(line) > LONGEST_REQUEST:
            raise Failed("request", "no request came")
        line += byte
    return json.loads(line)


def gate(mode):
    for name in list(os.environ):
        if name not in ("TOWERIFY_PATH", "SUDO_USER"):
            del os.environ[name]
    os.umask(0o022)
    # Before it, what comes may still be meant for sudo.
    emit("ready")
    try:
        request = first_line()
        verb = request.get("verb") if isinstance(request, dict) else None
        if verb not in VERBS or mode != "admin" and verb not in FOR_KEYS:
            raise Failed("verb", "this may not be asked here")
        emit("done", **VERBS[verb](request))
        return 0
    except Failed as failure:
        emit("failed", key=failure.key, text=failure.text[-4000:])
    except OSError as error:
        emit("failed", key="disk_full" if error.errno == 28 else "failed", text=str(error))
    except (ValueError, KeyError, TypeError) as error:
        emit("failed", key="request", text="%s: %s" % (type(error).__name__, error))
    return 1


def container(port):
    """Becomes podman, which takes the values from its own environment: only names stand on its command line."""
    env = environment(port)
    names = [word for name in env if name not in ("PATH", "HOME", "USER") for word in ("--env", name)]
    volumes = [word for name in APP["data"] for word in ("--volume", "%s/%s:/data/%s" % (settings()["data_dir"], name, name))]
    words = ["podman", "run", "--rm", "--replace", "--name", "%s-%s" % (ID, port), "--network", "host", *APP["limits"], *names,
             *volumes, "localhost/%s:slot-%s" % (ID, port)]
    os.execvpe("podman", words, dict(env, HOME="/root"))


def main(words):
    if words[:1] == ["gate"] and words[1:] in (["admin"], ["key"]):
        return gate(words[1])
    try:
        if words[:1] == ["stage"]:
            stage(words[1], words[2] if len(words) > 2 and words[2] else None)
        elif words[:1] == ["commands"]:
            return commands(words[1], words[2])
        elif words[:1] == ["record"]:
            with open(HERE + "/conf/release.json", encoding="utf-8") as file:
                record(words[1], json.load(file), False)
            prune()
        elif words[:1] == ["setting"]:
            keep_settings(**{words[1]: words[2]})
        elif words[:1] == ["live"]:
            print(live() or "")
        elif words[:1] == ["task"]:
            return as_app(install_dir() + "/current", APP["tasks"][int(words[1])], environment())
        elif words[:1] == ["container"]:
            container(words[1])
        elif words[:1] == ["php_env"]:
            php_env()
        elif words[:1] == ["forget_keys"]:
            deploy_keys().forget_keys()
        else:
            return 2
    except Failed as failure:
        print("%s: %s" % (failure.key, failure.text), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
