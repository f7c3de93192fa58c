#!/usr/bin/python3 -I
"""The app's own program on its server: everything that happens between two deployments of the whole package.

It belongs to the package (scripts/), so it is root's, and is installed, backed up, restored and removed with the app.
`gate admin` and `gate key` read one request, a JSON object on the first line of standard input, and answer one JSON
object a line: events, then `done` or `failed`. No word of a request reaches a command line, so nothing secret does.
The scripts call the other commands (stage, commands, record, ...). Python 3.9 and later, its own library alone.
app.py is what the app is, contents.py its files, deploy_keys.py who else may ask.
"""
import fcntl
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from base64 import b64encode

# Nothing is compiled beside these files: the folder is YunoHost's.
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from app import APP, ETC, HERE, ID, LOG, PATH, RELEASE, ROOT, SECRETS, SHA256, STORE, Failed  # noqa: E402
from app import as_app, bash, command, commands, drop, emit, environment, install_dir, keep_settings, live  # noqa: E402
from app import live_port, log, next_release, number, pending, plain, quiet, read_env, record, releases, replace  # noqa: E402
from app import settings, write_env, written_down  # noqa: E402
from contents import prune, read_tree, receive, stage, stage_tree, tree_text  # noqa: E402

NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}\Z")
OURS = {"PORT", "HOST", "PATH", "HOME", "USER", "SHELL", "LD_PRELOAD", "LD_LIBRARY_PATH"}
FOR_KEYS = {"facts", "push", "rollback", "status", "logs", "restart", "secrets"}
LONGEST_REQUEST = 1 << 20


# --- Secrets ---

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
        "access": APP["access"],
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


def logs(request):
    lines = str(min(max(int(request.get("lines", 100)), 1), 10000))
    units = ["--unit", ID + "@*", "--unit", ID + "-*"] if not APP["php"] else ["--unit", "php%s-fpm" % APP["php"]]
    words = ["journalctl", "--no-pager", "--output", "short-iso", "--lines", lines, *units]
    if request.get("of") == "deploy" or APP["kind"] == "static":
        words = ["tail", "-n", lines, LOG]
    if request.get("follow"):
        words.insert(1, "-F" if words[0] == "tail" else "--follow")
    # PHP-FPM is everybody's: of its lines, those of this app's pool alone.
    ours = b"[pool %s]" % ID.encode() if APP["php"] and words[0] != "tail" else b""
    shown = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             env={"PATH": PATH, "LC_ALL": "C.UTF-8"})
    both, rest = select.poll(), b""
    both.register(shown.stdout, select.POLLIN)
    # An output that nobody reads any more shows as an error: an app that logs nothing would be followed for ever.
    both.register(1, 0)
    while not any(place == 1 for place, _ in both.poll()):
        block = os.read(shown.stdout.fileno(), 65536)
        *whole, rest = (rest + block).split(b"\n")
        if rest and (not block or len(rest) > 65536):
            whole, rest = whole + [rest], b""
        for line in whole:
            if ours in line:
                emit("log", text=line.decode(errors="replace")[:8000])
        if not block:
            break
    shown.kill()
    shown.wait()
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
    import deploy_keys
    return deploy_keys.keys(request)


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
        for name in ("by", "commit", "message"):
            if request.get(name) is not None:
                request[name] = plain(request[name])
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
                about = json.load(file)
            record(words[1], about, False)
            log("%s by %s, commit %s, through YunoHost" % (words[1], about.get("by"), about.get("commit")))
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
            import deploy_keys
            deploy_keys.forget_keys()
        else:
            return 2
    except Failed as failure:
        print("%s: %s" % (failure.key, failure.text), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
