# --------------------------------------------------------------------------------- tasks that change
def put_key(arguments, teller):
    return change_key(text_of(arguments, "user", USER), text_of(arguments, "line", KEY_LINE).strip(), wanted=True)


def remove_key(arguments, teller):
    return change_key(text_of(arguments, "user", USER), text_of(arguments, "line", KEY_LINE).strip(), wanted=False)


def change_key(name, line, wanted):
    """A line of an account's authorized_keys, there or not; every other line stays as it is (rule 23)."""
    if line.startswith("#"):
        raise Refused("bad_argument", "line")
    user = account(name)
    if not user:
        if wanted:
            raise Refused("machine_user_unknown", name)
        return dict(path="", file_was_there=False, was_there=False, changed=False, keys=0)
    path = user["home"].rstrip("/") + "/.ssh/authorized_keys"
    with ssh_folder(user, make=wanted) as folder:
        found = read_keys(folder) if folder is not None else None
        text, owner, group, mode = found or ("", user["uid"], user["gid"], 0o600)
        lines = text.splitlines(keepends=True)
        was_there = any(one.strip() == line for one in lines)
        changed = was_there != wanted
        if changed and wanted:
            text += "\n" * (text != "" and not text.endswith("\n")) + line + "\n"
        elif changed:
            text = "".join(one for one in lines if one.strip() != line)
        if changed:
            write_keys(folder, text, owner, group, mode)
    return dict(path=path, file_was_there=found is not None, was_there=was_there, changed=changed, keys=len(key_lines(text)))


def root_login(arguments, teller):
    """Our line in root's keys, there or not. sshd_config is YunoHost's and is never edited; what sshd says is told."""
    change = change_key("root", text_of(arguments, "line", KEY_LINE).strip(), bool_of(arguments, "on"))
    holds = sshd(address_of(arguments, "peer") or session()[0])
    permit, keys = holds["permit_root_login"], change["keys"]
    possible = permit in ("yes", "prohibit-password") and holds["pubkey"] and keys > 0 or permit == "yes" and holds["password"]
    return dict(was_there=change["was_there"], changed=change["changed"], other_keys=keys - arguments["on"], sshd=holds,
                possible=possible)


# ------------------------------------------------------------------------------------------ the installation
def prepare(arguments, teller):
    """apt free, and nothing left of an earlier try."""
    waited_for, waited_ms = wait_for_apt(seconds_of(arguments, "wait", 1800), teller)
    return dict(waited_for=waited_for, waited_ms=waited_ms, removed=remove_leftovers(teller))


def wait_for_apt(most, teller):
    """Until nobody is at work with apt (rule 8): (what was waited for, milliseconds)."""
    begun, waited_for, told = time.monotonic(), [], None
    while True:
        busy = at_work()
        holder = apt_holder()
        if holder:
            busy.append("apt (pid %d, %s)" % (holder["pid"], holder["program"]))
        if not busy:
            return waited_for, int((time.monotonic() - begun) * 1000) if waited_for else 0
        waited_for += [one for one in busy if one not in waited_for]
        if busy != told:
            told = busy
            teller.say("Waiting for " + ", ".join(busy))
        if time.monotonic() - begun >= most:
            raise Refused("apt_busy", ", ".join(busy))
        time.sleep(0.2 if ROOT else 2)


def remove_leftovers(teller):
    found = leftovers()
    for path in found:
        teller.say("Removing %s, which an earlier try left behind" % path)
        os.unlink(at(path))
    return found


def install_yunohost(arguments, teller):
    """The official installer, without questions. Its lines are told; an installed YunoHost is left as it is."""
    source = arguments.get("source")
    sha256 = text_of(arguments, "sha256", r"[0-9a-f]{64}") if arguments.get("sha256") is not None else None
    distribution = text_of(arguments, "distribution", r"stable|testing|unstable", "stable")
    limit = seconds_of(arguments, "limit", 7200)
    if not isinstance(source, dict) or len(source) != 1 or not isinstance(list(source.values())[0], str):
        raise Refused("bad_argument", "source")
    version = installed_packages().get("yunohost")
    if version:
        return dict(already=True, version=version, source="", sha256="", log=installer_log(), removed=[], ms=0)
    wait_for_apt(seconds_of(arguments, "wait", 1800), teller)
    script, origin = installer(source)
    digest = hashlib.sha256(script).hexdigest()
    teller.say("The installer script: %s, SHA-256 %s" % (origin, digest))
    if sha256 and digest != sha256:
        raise Refused("script_changed", "expected %s, found %s" % (sha256, digest))
    removed = remove_leftovers(teller)
    begun = time.time()
    status, last = run_installer(script, distribution, limit, teller)
    log = installer_log(begun)
    if log:
        teller.say("The installer's log on the machine: " + log)
    if status != 0:
        why = "took longer than %d s" % limit if status is None else "ended with status %d" % status
        raise Refused("installer_failed", "\n".join(["the installer %s" % why] + (["its log: " + log] if log else []) + last))
    version = installed_packages().get("yunohost")
    if not version:
        raise Refused("not_installed", "\n".join(["the installer succeeded, and the package yunohost is not there"] + last))
    teller.say(bar(100, "YunoHost %s is installed" % version), "success")
    return dict(already=False, version=version, source=origin, sha256=digest, log=log, removed=removed,
                ms=int((time.time() - begun) * 1000))


def installer(source):
    """(script, where it came from)."""
    (kind, value), = source.items()
    if kind == "text":
        script, origin = value.encode(), "brought along"
    elif kind == "path":
        if not value.startswith("/") or ".." in value.split("/"):
            raise Refused("bad_argument", "source")
        try:
            with open(at(value), "rb") as file:
                script, origin = file.read(SCRIPT_MAX + 1), value
        except OSError as error:
            raise Refused("fetch_failed", "%s: %s" % (value, error.strerror))
    elif kind == "address" and re.fullmatch(r"https?://[^\s\x00-\x1f]{3,500}", value):
        if not re.fullmatch(r"[a-z]{3,20}", codename()):
            raise Refused("no_installer", "this system's release has no name")
        origin = "%s/%s" % (value.rstrip("/"), codename())
        script = fetch(origin)
    else:
        raise Refused("bad_argument", "source")
    if len(script) > SCRIPT_MAX:
        raise Refused("fetch_failed", "%s: longer than %d bytes" % (origin, SCRIPT_MAX))
    if not script.startswith(b"#!"):  # the page of a network that wants a login, for one
        raise Refused("fetch_failed", "%s: what came is not a script" % origin)
    return script, origin


def fetch(address):
    why = ""
    for attempt in range(3):
        attempt and time.sleep(0.1 if ROOT else 3)
        try:
            with urllib.request.urlopen(urllib.request.Request(address, headers={"User-Agent": "towerify"}), timeout=60) as answer:
                return answer.read(SCRIPT_MAX + 1)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                raise Refused("no_installer", "%s: not found (404)" % address)
            why = "status %d" % error.code
        except (OSError, ValueError) as error:
            why = str(getattr(error, "reason", error))
    raise Refused("fetch_failed", "%s: %s" % (address, why))


# What apt says of each single package: counted, not told. The installer's log on the machine has every line.
NOISE = re.compile(r"(Get:|Hit:|Selecting previously|Preparing to unpack|Unpacking |Processing triggers|\(Reading database|"
                   r"Setting up |Created symlink|Adding (user|group|new))")
BAR = 20


def bar(percent, words):
    """Progress as YunoHost's own scripts write it."""
    return "[%s] > %s" % (("#" * int(percent * BAR / 100)).ljust(BAR, "."), words)


class Progress:
    """How far the installer is, roughly: apt says how many packages it will install, then names each twice."""

    def __init__(self, teller):
        self.teller, self.new, self.unpacked, self.set_up, self.told = teller, 0, 0, 0, 0

    def hear(self, line):
        new = re.search(r"(\d+) newly installed", line)
        if new:
            # One apt run after another: what was to come is done by then, and never counts less than before.
            self.new = self.set_up + int(new.group(1))
        self.unpacked += line.startswith("Unpacking ")
        self.set_up += line.startswith("Setting up ")
        total = max(self.new, 500)  # of the about 500 that a bare machine lacks
        percent = min(98, 2 + 40 * min(1, self.unpacked / total) + 56 * min(1, self.set_up / total))
        step = int(percent * BAR / 100)
        if step > self.told:
            self.told = step
            self.teller.say(bar(percent, line[:120]))


def run_installer(script, distribution, limit, teller):
    """(status, the last lines); status None when it took too long. In a folder of its own: the script of Debian 13
    writes into the current one (rule 9)."""
    os.makedirs(at("/run"), exist_ok=True)
    folder = tempfile.mkdtemp(prefix="towerify-install-", dir=at("/run"))
    child = None
    try:
        with open(folder + "/installer", "wb") as file:
            file.write(script)
        shell = program("bash")
        if not shell:
            raise Refused("command_failed", "bash is not there")
        # Never -i: it is for images, and deletes host keys and logs (rule 2).
        child = subprocess.Popen(
            # A group of its own, to be ended with all that it starts, in the run's session, by which it is found again.
            [shell, folder + "/installer", "-a", "-d", distribution], cwd=folder, preexec_fn=os.setpgrp,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"),
        )
        late = threading.Timer(limit, end_group, (child, 20))
        late.daemon = True
        begun = time.monotonic()
        late.start()
        last, progress = [], Progress(teller)
        for raw in child.stdout:
            for part in re.split(r"[\r\n]+", raw.decode("utf-8", "replace")):
                line = re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", part).strip()
                if not line:
                    continue
                progress.hear(line)
                last = (last + [line])[-20:]
                if not NOISE.match(line):
                    teller.say(line)
        status = child.wait()
        late.cancel()
        return (None if time.monotonic() - begun >= limit else status), last
    finally:
        if child and child.poll() is None:
            end_group(child, 20)
        shutil.rmtree(folder, ignore_errors=True)


def installer_log(since=0):
    logs = [path for path in glob.glob(at("/var/log/yunohost-installation_*.log")) if os.path.getmtime(path) >= since - 2]
    return shown(max(logs, key=os.path.getmtime)) if logs else None


# -------------------------------------------------------------------------------------------------- fail2ban
def never_ban(arguments, teller):
    return change_bans(networks(arguments.get("addresses")) or None)


def allow_again(arguments, teller):
    former = arguments.get("former")
    return change_bans(None if former is None else networks(former))


def networks(given):
    if not isinstance(given, list) or len(given) > 256:
        raise Refused("bad_argument", "addresses")
    try:
        return [str(ipaddress.ip_network(one, strict=False)) if "/" in one else str(ipaddress.ip_address(one)) for one in given]
    except (ValueError, TypeError):
        raise Refused("bad_argument", "addresses")


def change_bans(wanted):
    """A drop-in of ours (rule 18); the distribution's files are not edited. What fail2ban refuses is taken back."""
    before = never_banned()
    changed = wanted != before
    if changed:
        former = read_file(JAIL) if before is not None else None
        write_jail(None if wanted is None else jail(wanted))
        if unit("fail2ban")["active"] and systemd("reload", "fail2ban")[0] != 0:
            write_jail(former)
            systemd("reload", "fail2ban")
            raise Refused("service_failed", "fail2ban did not take the addresses; the former ones are back")
    return dict(before=before, after=wanted, changed=changed, reloaded=unit("fail2ban")["active"])


def jail(addresses):
    return ("# Written by Towerify: addresses that are never banned. Removing this file is harmless.\n"
            "[DEFAULT]\nignoreip = %s\n" % " ".join(OWN_ADDRESSES + addresses))


def write_jail(text):
    if text is not None:
        write_file(JAIL, text)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(at(JAIL))


# -------------------------------------------------------------------------------------------------- switches
def api(arguments, teller):
    """YunoHost's HTTP API (rule 20)."""
    on, before = bool_of(arguments, "on"), unit("yunohost-api")
    changed = before["exists"] and (before["enabled"] != on or before["active"] != on)
    if not before["exists"] and on:
        raise Refused("service_failed", "there is no yunohost-api on this machine")
    if changed:
        status, out, errors = systemd(*(["enable", "--now"] if on else ["disable", "--now"]), "yunohost-api.service")
        if status != 0:
            raise Refused("service_failed", (errors or out).strip()[:SAID_MAX])
    return dict(before=before, after=unit("yunohost-api"), changed=changed)


def unattended_upgrades(arguments, teller):
    """By a drop-in of ours, only where the machine's own settings say otherwise."""
    on, before = bool_of(arguments, "on"), unattended()
    package = "unattended-upgrades" in installed_packages()
    changed = package and before != on
    if changed:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(at(PERIODIC))
        if unattended() != on:
            write_file(PERIODIC, "// Written by Towerify. Removing this file brings back the machine's own setting.\n"
                       'APT::Periodic::Update-Package-Lists "1";\n'
                       'APT::Periodic::Unattended-Upgrade "%d";\n' % on)
    return dict(before=before, after=unattended(), changed=changed, package=package)


# ---------------------------------------------------------------------------------------------- certificates
def own_certificate(arguments, teller):
    """The customer's own certificate (rule 21): a new folder, a moved symlink, services reloaded."""
    domain = text_of(arguments, "domain", DOMAIN)
    chain, key = arguments.get("chain"), arguments.get("key")
    if not isinstance(chain, str) or not isinstance(key, str) or max(len(chain), len(key)) > SCRIPT_MAX:
        raise Refused("bad_argument", "chain" if not isinstance(chain, str) else "key")
    link = "%s/%s" % (CERTIFICATES, domain)
    if not os.path.islink(at(link)):
        raise Refused("domain_unknown", domain)
    check_pair(domain, chain, key, teller)
    before = shown(os.readlink(at(link)))
    if before.endswith("-custom") and (read_file(link + "/crt.pem"), read_file(link + "/key.pem")) == (chain, key):
        return dict(before=before, after=before, folder=before, changed=False, reloaded=[])
    group = group_number("ssl-cert")
    folder = new_folder(domain, group)
    try:
        write_file(folder + "/key.pem", key, 0o640, group)
        write_file(folder + "/crt.pem", chain, 0o640, group)
        point(link, at(folder))
        if not nginx_takes_it():
            point(link, at(before) if before.startswith("/") else before)
            raise Refused("certificate_refused", "nginx did not take the certificate; the former one is back")
    except BaseException:
        if shown(os.readlink(at(link))) != folder:
            shutil.rmtree(at(folder), ignore_errors=True)
        raise
    return dict(before=before, after=folder, folder=folder, changed=True, reloaded=reload_services(teller))


def new_folder(domain, group):
    """As YunoHost names them, of the mode it gives them."""
    for attempt in range(100):
        stamp = time.strftime("%Y%m%d.%H%M%S", time.gmtime(time.time() + attempt))
        folder = "%s/%s-history/%s-custom" % (CERTIFICATES, domain, stamp)
        os.makedirs(os.path.dirname(at(folder)), 0o750, exist_ok=True)
        try:
            os.mkdir(at(folder), 0o750)
        except FileExistsError:
            continue
        if group is not None:
            os.chown(at(folder), -1, group)
        os.chmod(at(folder), 0o750)
        return folder
    raise Refused("command_failed", "no free name for the certificate's folder")


def check_pair(domain, chain, key, teller):
    """The key belongs to the leaf; what else is amiss is told. Both go through standard input."""
    leaf = run(["openssl", "x509", "-noout", "-pubkey"], given=chain.encode())
    own = run(["openssl", "pkey", "-pubout", "-passin", "pass:"], given=key.encode())
    if leaf[0] is None or own[0] is None:
        raise Refused("command_failed", "openssl is not there, or does not answer")
    if leaf[0] != 0:
        raise Refused("certificate_mismatch", "the certificate can't be read")
    if own[0] != 0:
        raise Refused("certificate_mismatch", "the private key can't be read; it must have no passphrase")
    if leaf[1].split() != own[1].split():
        raise Refused("certificate_mismatch", "the private key does not belong to the certificate")
    if "does NOT match" in run(["openssl", "x509", "-noout", "-checkhost", domain], given=chain.encode())[1]:
        teller.say("The certificate does not name %s" % domain, "warning")
    if run(["openssl", "x509", "-noout", "-checkend", "0"], given=chain.encode())[0] == 1:
        teller.say("The certificate has expired", "warning")


def restore_certificate(arguments, teller):
    """The symlink back to where it pointed. Our folder with the key goes once nothing points there."""
    domain = text_of(arguments, "domain", DOMAIN)
    target = text_of(arguments, "target", r"[A-Za-z0-9._/-]{1,400}")
    remove = text_of(arguments, "remove", r"[A-Za-z0-9._/-]{1,400}") if arguments.get("remove") is not None else None
    link = "%s/%s" % (CERTIFICATES, domain)
    history = "%s/%s-history/" % (CERTIFICATES, domain)
    where = os.path.normpath(target if target.startswith("/") else CERTIFICATES + "/" + target)
    ours = remove is None or (os.path.normpath(remove) == remove and remove.startswith(history) and remove.endswith("-custom"))
    if not where.startswith(CERTIFICATES + "/") or where == link or not ours:
        raise Refused("bad_argument", "target" if ours else "remove")
    if not os.path.islink(at(link)):
        raise Refused("domain_unknown", domain)
    if not os.path.isfile(at(where) + "/crt.pem"):
        raise Refused("certificate_refused", "the former certificate is not there any more: %s" % where)
    before = shown(os.readlink(at(link)))
    changed, reloaded = before != target, []
    if changed:
        point(link, at(target) if target.startswith("/") else target)
        if not nginx_takes_it():
            point(link, at(before) if before.startswith("/") else before)
            raise Refused("certificate_refused", "nginx did not take the former certificate")
        reloaded = reload_services(teller)
    if remove and remove != where and os.path.isdir(at(remove)):
        shutil.rmtree(at(remove))
        changed = True
    return dict(before=before, after=target, folder=remove, changed=changed, reloaded=reloaded)


def point(link, target):
    """Moves a symlink in one step."""
    new = at(link) + ".towerify-new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    os.symlink(target, new)
    os.replace(new, at(link))
    sync_folder(os.path.dirname(at(link)))


def nginx_takes_it():
    """True too where there is no nginx."""
    return run(["nginx", "-t"], 60)[0] in (0, None)


def reload_services(teller):
    reloaded = []
    for name in ("nginx", "postfix", "dovecot"):
        if unit(name)["active"]:
            status, out, errors = systemd("reload", name + ".service")
            if status == 0:
                reloaded.append(name)
            else:
                teller.say("%s was not reloaded: %s" % (name, (errors or out).strip()[:200]), "warning")
    return reloaded


# ---------------------------------------------------------------------------------------------------- traces
def remove_traces(arguments, teller):
    """What we put here beside YunoHost. The notes of this very run stay until it is forgotten."""
    removed, left = [], []
    if os.path.lexists(at(JAIL)):
        change_bans(None)
        removed.append(JAIL)
    for name in gate_accounts():
        removed += take_gate(name)
    for path in TRACES:
        if os.path.islink(at(path)) or os.path.isfile(at(path)):
            os.unlink(at(path))
        elif os.path.isdir(at(path)):
            shutil.rmtree(at(path))
        else:
            continue
        removed.append(path)
    for spool in SPOOLS:
        for folder in sorted(glob.glob(at(spool + "/*"))):
            try:
                own = json.loads(read_file(shown(folder) + "/run.json") or "{}").get("pid") == os.getpid()
            except ValueError:
                own = False
            if os.path.isfile(folder + "/outcome.json"):
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(shown(folder))
            elif not own:
                left.append("%s: this run has not ended" % shown(folder))
    return dict(removed=removed, left=left)


# -------------------------------------------------------------------------------------------- in-house apps
def turn_app(arguments, teller):
    """Back to a release, or the live one anew: by the app's own program, which asks it before it counts."""
    app, by = text_of(arguments, "app", APP_ID), arguments.get("by")
    release = text_of(arguments, "release", r"r[0-9]{1,9}") if arguments.get("release") is not None else None
    if not isinstance(by, str):
        raise Refused("bad_argument", "by")
    before = ask_deployed(app, {"verb": "facts", "tree": ""}).get("release")
    if release is not None and release == before:
        return dict(before=before, after=before, changed=False)
    request = {"verb": "rollback", "release": release, "by": by} if release else {"verb": "restart"}
    ask_deployed(app, request, teller.say)
    return dict(before=before, after=release or before, changed=True)


READS = dict(preflight=preflight, state=state, gates=gates, deployed_app=deployed_app)
WRITES = dict(
    put_key=put_key, remove_key=remove_key, root_login=root_login, prepare=prepare, install_yunohost=install_yunohost,
    never_ban=never_ban, allow_again=allow_again, api=api, unattended_upgrades=unattended_upgrades,
    own_certificate=own_certificate, restore_certificate=restore_certificate, remove_traces=remove_traces,
    put_gate=put_gate, remove_gate=remove_gate,
    turn_app=turn_app,
)
