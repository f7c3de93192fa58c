"""The app's files on its server: the store of contents by their hash, lists of files, and a release's folder made of both.
What is sent is checked here before it counts."""
import grp
import hashlib
import json
import os
import pwd
import shutil
import subprocess
import tarfile

from app import APP, HERE, PATH, SHA256, STATE, STORE, TREES, Failed
from app import drop, install_dir, live, number, pending, releases, replace, settings


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


def prune():
    """Keeps as many as the configuration says, and always the live one, the one before it, and the one that was live before
    it: requests that began there may still read its files."""
    now, known = live(), releases()
    before = [one["release"] for one in known if now and number(one) < number(now)][-1:]
    kept = {now, settings().get("previous_release"), *before, *[one["release"] for one in known][-APP["keep"]:]}
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
