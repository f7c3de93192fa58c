# ------------------------------------------------------------------------------------------------------ gates
# A gate lets one restricted administrator of a customer in, through a system account whose key has one forced command
# (rules 25 to 27). What it decides stands in the files that come with the request; here it is put and taken away.
GATES = "/etc/towerify/gate"
GATE_FILES = "/usr/local/lib/towerify"
GATE_HOMES = "/var/lib/towerify-gate"
GATE_GROUP = "ssh.app"  # a local group that YunoHost's AllowGroups names
GATE_ACCOUNT = r"towerify-[a-z0-9]{4,22}"
PUBLIC_KEY = r"(ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa) [A-Za-z0-9+/=]{64,8192}( [A-Za-z0-9@._-]{1,100})?"


def gates(arguments, teller):
    """Who has a gate on this machine, and which version of it lies here."""
    return dict(version=read_file(GATE_FILES + "/version").strip() or None, gates=[gate_of(name) for name in gate_accounts()])


def gate_accounts():
    """Those with any trace of a gate: a try that broke off halfway may have left only some."""
    found = {os.path.basename(path)[:-len(".json")] for path in glob.glob(at(GATES + "/*.json"))}
    for folder in (GATE_HOMES, "/etc/sudoers.d"):
        found |= {os.path.basename(path) for path in glob.glob(at(folder + "/towerify-*"))}
    return sorted(name for name in found if re.fullmatch(GATE_ACCOUNT, name))


def gate_of(name):
    line = read_file("%s/%s/.ssh/authorized_keys" % (GATE_HOMES, name)).strip()
    policy = read_file("%s/%s.json" % (GATES, name))
    return dict(account=name, key=line.partition('" ')[2], there=account(name) is not None and read_file(sudo_rule_path(name)) == sudo_rule(name),
                policy=hashlib.sha256(policy.encode()).hexdigest() if policy else None)


def sudo_rule_path(name):
    return "/etc/sudoers.d/" + name


def sudo_rule(name):
    return ("# Written by Towerify: the gate of a restricted administrator. Nothing else may be run by this account.\n"
            "%s ALL=(root) NOPASSWD: %s %s\n" % (name, at(GATE_FILES + "/gate"), at("%s/%s.json" % (GATES, name))))


def put_gate(arguments, teller):
    """The files, the policy, the account, its key: in this order, so that what lets in comes last. What is there
    already in the same form stays."""
    name = text_of(arguments, "account", GATE_ACCOUNT)
    key = text_of(arguments, "key", PUBLIC_KEY)
    version = text_of(arguments, "version", r"[0-9a-z.-]{1,40}")
    policy, files = arguments.get("policy"), [(arguments.get("program"), "/gate", 0o755), (arguments.get("driver"), "/driver.py", 0o644)]
    if not isinstance(policy, dict) or policy.get("account") != name:
        raise Refused("bad_argument", "policy")
    if not all(isinstance(text, str) and 0 < len(text) <= SCRIPT_MAX for text, _, _ in files):
        raise Refused("bad_argument", "program")
    if group_number(GATE_GROUP) is None:
        raise Refused("gate_impossible", "this server has no group %s; YunoHost makes it" % GATE_GROUP)
    if not program("sudo"):
        raise Refused("gate_impossible", "there is no sudo on this server")
    there, home = account(name), "%s/%s" % (GATE_HOMES, name)
    if there and there["home"] != at(home):
        raise Refused("gate_impossible", "the account %s is there already and is not ours" % name)
    changed = not there
    for text, file, mode in files + [(version + "\n", "/version", 0o644)]:
        changed |= put_file(GATE_FILES + file, text, mode)
    changed |= put_file("%s/%s.json" % (GATES, name), json.dumps(policy, indent=1, sort_keys=True, ensure_ascii=False) + "\n", 0o600)
    rule = sudo_rule(name)
    if run(["visudo", "-c", "-q", "-f", "-"], given=rule.encode())[0] not in (0, None):
        raise Refused("gate_impossible", "sudo does not take the gate's rule")
    if not there:
        # A password that nothing matches, rather than none: sshd takes an account without one for locked.
        status, out, errors = run(["useradd", "--system", "--no-create-home", "--home-dir", at(home), "--shell", "/bin/sh",
                                   "--password", "*", "--comment", "Towerify gate", "--groups", GATE_GROUP, name])
        if status != 0:
            raise Refused("command_failed", "useradd: %s" % (errors or out).strip()[:200])
    elif name not in members_of(GATE_GROUP):
        status, out, errors = run(["usermod", "--append", "--groups", GATE_GROUP, name])
        if status != 0:
            raise Refused("command_failed", "usermod: %s" % (errors or out).strip()[:200])
        changed = True
    changed |= put_file(sudo_rule_path(name), rule, 0o440)
    changed |= put_file(home + "/.ssh/authorized_keys", 'restrict,command="%s" %s\n' % (at(GATE_FILES + "/gate"), key), 0o644)
    return dict(gate_of(name), version=version, changed=changed)


def put_file(path, text, mode):
    """A file of root's in folders that all may enter; True when it was not there so."""
    folder = os.path.dirname(path)
    same = read_file(path) == text and os.path.isfile(at(path)) and stat.S_IMODE(os.stat(at(path)).st_mode) == mode
    if not same:
        os.makedirs(at(folder), 0o755, exist_ok=True)
        write_file(path, text, mode)
    return not same


def members_of(group):
    for line in read_file("/etc/group").splitlines():
        parts = line.split(":")
        if len(parts) == 4 and parts[0] == group:
            return parts[3].split(",")
    return []


def remove_gate(arguments, teller):
    """What lets in goes first. The files that all gates share go with the last one."""
    removed = take_gate(text_of(arguments, "account", GATE_ACCOUNT))
    return dict(removed=removed, left=gate_accounts())


def take_gate(name):
    removed, home = [], "%s/%s" % (GATE_HOMES, name)
    files = [home + "/.ssh/authorized_keys", sudo_rule_path(name), "%s/%s.json" % (GATES, name)]
    for path in files:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(at(path))
            removed.append(path)
    there = account(name)
    if there and there["home"] == at(home):
        # A session that still lasts ends with its next request, since its policy is gone; --force as it may be there.
        status, out, errors = run(["userdel", "--force", name])
        if account(name):
            raise Refused("command_failed", "userdel: %s" % (errors or out).strip()[:200])
        removed.append("the account " + name)
    # userdel leaves a home that is root's.
    for path in [home, "/var/lib/towerify/gate/" + name, "/run/towerify/gate/" + name]:
        if os.path.isdir(at(path)):
            shutil.rmtree(at(path))
            removed.append(path)
    if not gate_accounts():
        for path in [GATE_FILES + "/gate", GATE_FILES + "/driver.py", GATE_FILES + "/version"]:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(at(path))
                removed.append(path)
        for path in [GATE_FILES, GATES, os.path.dirname(GATES), GATE_HOMES, "/var/lib/towerify/gate", "/run/towerify/gate"]:
            with contextlib.suppress(OSError):
                os.rmdir(at(path))
    return removed
