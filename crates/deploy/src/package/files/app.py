"""What an app is on its server: its settings, its releases, and the commands that are run for it. towerify.py and contents.py
import it; nothing here reads a request."""
import json
import os
import pwd
import re
import shutil
import subprocess
import time

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
        file.write("%s %s\n" % (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), text.replace("\n", " ")))
    if os.path.getsize(LOG) > 4 << 20:
        os.replace(LOG, LOG + ".1")


def plain(text):
    """On one line, and not too long: what a deploy key says of a release is shown and written down."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)[:200]


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
        # On one line, whatever it is: this file is read line by line, and a line says where root writes.
        kept.append("%s: %s" % (name, value if isinstance(value, int) else "'%s'" % plain(value).replace("'", "''")))
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
    # YunoHost tells these with the app: whoever administers the server sees what was deployed, and by whom.
    changes = {"release": about["release"], "newest_release": "r%d" % newest, "towerify_release": about["release"],
               "towerify_commit": about.get("commit") or "", "towerify_message": about.get("message") or "",
               "towerify_by": about.get("by") or "", "towerify_at": about["at"]}
    former = settings().get("release")
    if former and former != about["release"]:
        changes["previous_release"] = former
    if alone:
        changes.update(current_revision=about.get("commit") or about["tree"][:12], update_time=int(time.time()))
        with open(ETC + "/manifest.toml", encoding="utf-8") as file:
            text = re.sub(r'(?m)^version = ".*"$', 'version = "%s"' % about["version"], file.read(), count=1)
        replace(ETC + "/manifest.toml", text, like=ETC + "/manifest.toml")
    keep_settings(**changes)


def drop(release):
    folder = install_dir() + "/releases/" + release
    shutil.rmtree(folder, ignore_errors=True)
    for end in (".json", ".json.pending"):
        if os.path.exists(folder + end):
            os.unlink(folder + end)
    if APP["kind"] == "dockerfile":
        command("podman", "rmi", "--force", "localhost/%s:%s" % (ID, release))


# --- Variables: KEY="value" as systemd reads it, with the date in a comment before ---

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


def quiet(*words):
    env = dict(settings(), PATH=PATH, LC_ALL="C.UTF-8", app=ID, health_seconds_now="3", **({"TOWERIFY_PATH": PATH} if ROOT else {}))
    done = subprocess.run(["bash", "-c", 'source "$0"; "$@"', HERE + "/scripts/_common.sh", *words], env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return done.returncode == 0, done.stdout
