# -------------------------------------------------------------------------------- tasks that only look
def preflight(arguments, teller):
    """The facts of a machine before anything is done to it."""
    release = fields("/etc/os-release", "=")
    memory = fields("/proc/meminfo", ":")
    packages = installed_packages()
    peer, reached = session()
    peer = address_of(arguments, "peer") or peer
    hosts = arguments.get("hosts") or []
    users = texts_of(arguments, "users", USER)
    if not isinstance(hosts, list) or len(hosts) > 32 or not all(isinstance(host, dict) for host in hosts):
        raise Refused("bad_argument", "hosts")
    answers = try_hosts([(text_of(host, "host", HOST), host.get("port", 0), host.get("ping", False)) for host in hosts])
    return dict(
        debian=dict(
            id=release.get("ID", ""), version=release.get("VERSION_ID", ""), codename=release.get("VERSION_CODENAME", ""),
            point=read_file("/etc/debian_version").strip(), arch=architecture(), kernel=os.uname().release,
        ),
        hostname=read_file("/etc/hostname").strip() or os.uname().nodename,
        root=bool(ROOT) or os.getuid() == 0,
        path=os.environ.get("PATH", "").split(":"),
        init=read_file("/proc/1/comm").strip(),
        container=container(),
        nft=said(*run(["nft", "list", "ruleset"])),
        disks=[disk("/"), disk("/var")],
        memory_kib=int(memory.get("MemTotal", "0").split()[0]), swap_kib=int(memory.get("SwapTotal", "0").split()[0]),
        clock=clock(),
        apt=apt(arguments.get("update") is True),
        at_work=at_work(),
        conflicts=[dict(name=name, version=packages[name]) for name in CONFLICTS if name in packages],
        versions=[dict(name=name, version=packages[name]) for name in VERSIONS if name in packages],
        listeners=listeners(),
        yunohost=yunohost(),
        leftovers=leftovers(),
        hosts=answers,
        sshd=sshd(peer),
        peer=peer, reached=reached,
        addresses=addresses(),
        users=[about_account(name) for name in users],
        reboot_needed=os.path.exists(at("/var/run/reboot-required")),
    )


def state(arguments, teller):
    """How the machine is now, in what we change."""
    peer = address_of(arguments, "peer") or session()[0]
    return dict(
        yunohost=yunohost(),
        users=[about_account(name) for name in texts_of(arguments, "users", USER)],
        sshd=sshd(peer), peer=peer,
        never_banned=never_banned(),
        api=unit("yunohost-api"),
        unattended_upgrades=unattended(),
        certificates=[certificate(domain) for domain in texts_of(arguments, "domains", DOMAIN)],
        listeners=listeners(),
        leftovers=leftovers(),
        reboot_needed=os.path.exists(at("/var/run/reboot-required")),
        traces=[path for path in TRACES + ("/var/lib/towerify", "/run/towerify/runs") if os.path.lexists(at(path))],
    )


# Rule 11.
CONFLICTS = ("apache2", "bind9", "systemd-resolved", "openresolv", "iptables-persistent")
VERSIONS = ("openssl", "slapd", "dovecot-core", "nginx-extras")


def architecture():
    status, out, _ = run(["dpkg", "--print-architecture"])
    known = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armhf", "i686": "i386"}
    return out.strip() if status == 0 and out.strip() else known.get(os.uname().machine, os.uname().machine)


def container():
    if os.path.exists(at("/.dockerenv")):
        return "docker"
    if os.path.exists(at("/run/.containerenv")):
        return "podman"
    kind = read_file("/run/systemd/container").strip()
    if not kind:
        given = re.search(r"(?:\A|\0)container=([^\0]*)", read_file("/proc/1/environ"))
        kind = given.group(1) if given else ""
    return kind[:64] or None


def disk(path):
    room = os.statvfs(at(path))
    return dict(
        path=path, device=os.stat(at(path)).st_dev, total_kib=room.f_blocks * room.f_frsize // 1024,
        free_kib=room.f_bavail * room.f_frsize // 1024, inodes=room.f_files, inodes_free=room.f_favail,
    )


def clock():
    status, out, _ = run(["timedatectl", "show", "--property=NTPSynchronized", "--value"])
    return dict(epoch_ms=time.time_ns() // 1000000, synchronized=out.strip() == "yes" if status == 0 else None)


def apt(update):
    holder = apt_holder()
    asked = dict(ok=None, text="")
    if update and not holder:
        # A plain update exits 0 with unreachable hosts.
        asked = said(*run(["apt-get", "update", "-q", "-o", "APT::Update::Error-Mode=any"], 280))
    status, out, errors = run(["dpkg", "--audit"], 60)
    audit = dict(ok=None, text=errors) if status is None else dict(ok=status == 0 and not out.strip(), text=out.strip()[:SAID_MAX])
    pins = [path for path in [at("/etc/apt/preferences")] + sorted(glob.glob(at("/etc/apt/preferences.d/*")))
            if os.path.isfile(path) and re.search(r"^\s*Pin\s*:", read_file(shown(path)), re.M)]
    return dict(
        lock=holder, audit=audit,
        check=said(*run(["apt-get", "check", "-q", "-o", "Debug::NoLocking=true"], 60)), update=asked,
        holds=run(["apt-mark", "showhold"])[1].split(),
        sources=sources(), pins=[shown(path) for path in pins],
    )


def sources():
    """Where packages come from: one-line files, and files of paragraphs (deb822)."""
    found = []
    for path in [at("/etc/apt/sources.list")] + sorted(glob.glob(at("/etc/apt/sources.list.d/*.list"))):
        for line in read_file(shown(path)).splitlines():
            parts = re.match(r"\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)", line)
            if parts:
                found.append(dict(file=shown(path), uri=parts.group(1), suite=parts.group(2)))
    for path in sorted(glob.glob(at("/etc/apt/sources.list.d/*.sources"))):
        for paragraph in re.split(r"\n\s*\n", read_file(shown(path))):
            about = {name.lower(): value.split() for name, value in re.findall(r"^(\S+):\s*(.*)$", paragraph, re.M)}
            if "deb" in about.get("types", []) and about.get("enabled", ["yes"]) != ["no"]:
                found.extend(dict(file=shown(path), uri=uri, suite=suite)
                             for uri in about.get("uris", []) for suite in about.get("suites", []))
    return found


def try_hosts(asked):
    """Every host at once: a name service that does not answer takes its time."""
    answers = [dict(host=host, port=port if isinstance(port, int) else 0, addresses=[], answers=None, ping=None)
               for host, port, _ in asked]

    def attempt(answer, ping):
        with contextlib.suppress(OSError, UnicodeError):
            found = socket.getaddrinfo(answer["host"], answer["port"] or None, type=socket.SOCK_STREAM)
            answer["addresses"] = sorted({address[4][0] for address in found})
        if answer["port"]:
            answer["answers"] = False
            with contextlib.suppress(OSError, UnicodeError, OverflowError):
                socket.create_connection((answer["host"], answer["port"]), 8).close()
                answer["answers"] = True
        if ping is True:
            status = run(["ping", "-c", "1", "-W", "5", answer["host"]], 10)[0]
            answer["ping"] = None if status is None else status == 0

    tries = [threading.Thread(target=attempt, args=(answer, ask[2]), daemon=True) for answer, ask in zip(answers, asked)]
    for one in tries:
        one.start()
    ends = time.monotonic() + 30
    for one in tries:
        one.join(max(0.0, ends - time.monotonic()))
    return json.loads(json.dumps(answers))  # as they are now: who is late still writes into the others


def session():
    """(our address, the machine's) of the SSH session: sudo drops it from the environment, our ancestors have it."""
    pid = os.getpid()
    for _ in range(12):
        try:
            with open("/proc/%d/environ" % pid, "rb") as file:
                given = re.search(rb"(?:\A|\0)SSH_CONNECTION=([^\0]*)", file.read(1 << 20))
            with open("/proc/%d/stat" % pid) as file:
                parent = int(file.read().rsplit(") ", 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            break
        if given:
            words = given.group(1).decode("ascii", "replace").split()
            with contextlib.suppress(ValueError, IndexError):
                return str(ipaddress.ip_address(words[0])), str(ipaddress.ip_address(words[2]))
        if parent <= 1:
            break
        pid = parent
    return None, None


def sshd(peer):
    """What holds, whatever the files say (rule 16): for root from our address."""
    files = read_file("/etc/ssh/sshd_config") + "".join(read_file(shown(path)) for path in glob.glob(at("/etc/ssh/sshd_config.d/*.conf")))
    blocks = [block.strip() for block in re.findall(r"^\s*Match\s+(.*)$", files, re.M | re.I)]
    nothing = dict(ports=[], permit_root_login="", pubkey=False, password=False, allow_users=[], allow_groups=[],
                   match_blocks=blocks, error=None)
    where = ["-C", "user=root,host=%s,addr=%s" % (peer, peer)] if peer else []
    status, out, errors = run(["sshd", "-T"] + where)
    if status != 0:
        return dict(nothing, error=(errors or out).strip()[:SAID_MAX] or "sshd -T ended with %s" % status)
    settings = {}
    for line in out.splitlines():
        name, _, value = line.strip().partition(" ")
        settings.setdefault(name.lower(), []).append(value)

    def first(name):
        return settings.get(name, [""])[0]

    return dict(
        nothing, ports=[int(port) for port in settings.get("port", []) if port.isdigit()],
        permit_root_login=first("permitrootlogin").replace("without-password", "prohibit-password"),
        pubkey=first("pubkeyauthentication") != "no",
        password=first("passwordauthentication") == "yes" or first("kbdinteractiveauthentication") == "yes",
        allow_users=" ".join(settings.get("allowusers", [])).split(),
        allow_groups=" ".join(settings.get("allowgroups", [])).split(),
    )


def listeners():
    """Every port that is listened on, from the kernel's own tables: `ss` may be missing."""
    sockets = []
    for protocol, listening in (("tcp", "0A"), ("udp", "07")):
        for table in (protocol, protocol + "6"):
            for line in read_file("/proc/net/" + table).splitlines()[1:]:
                parts = line.split()
                if len(parts) > 9 and parts[3] == listening:
                    address, port = parts[1].split(":")
                    sockets.append((int(port, 16), protocol, kernel_address(address), parts[9]))
    names = socket_owners({number for _, _, _, number in sockets})
    found = {(port, protocol, address): names.get(number) for port, protocol, address, number in sockets}
    return [dict(port=port, protocol=protocol, address=address, process=found[port, protocol, address])
            for port, protocol, address in sorted(found)]


def kernel_address(digits):
    """An address as the kernel's tables write it: words of 32 bits in the machine's own order."""
    words = [int(digits[at:at + 8], 16) for at in range(0, len(digits), 8)]
    return str(ipaddress.ip_address(struct.pack("=%dI" % len(words), *words)))


def socket_owners(numbers):
    found = {}
    for folder in glob.glob(at("/proc/[0-9]*/fd")):
        with contextlib.suppress(OSError):
            for name in os.listdir(folder):
                with contextlib.suppress(OSError):
                    link = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(folder + "/" + name))
                    if link and link.group(1) in numbers and link.group(1) not in found:
                        found[link.group(1)] = read_file(os.path.dirname(shown(folder)) + "/comm").strip()[:64] or None
    return found


def addresses():
    """The machine's addresses, without loopback and link-local ones."""
    found = set()
    for local in re.findall(r"\|-- (\S+)\n\s+/32 host LOCAL", read_file("/proc/net/fib_trie")):
        found.add(local)
    for line in read_file("/proc/net/if_inet6").splitlines():
        found.add(str(ipaddress.ip_address(bytes.fromhex(line.split()[0]))))
    kept = [ipaddress.ip_address(address) for address in found]
    kept = [address for address in kept if not (address.is_loopback or address.is_link_local)]
    return [str(address) for address in sorted(kept, key=lambda address: (address.version, int(address)))]


def about_account(name):
    user = account(name)
    aliases = {left.strip().lower(): right.strip() for left, right in
               (line.split(":", 1) for line in read_file("/etc/aliases").splitlines() if ":" in line and line[:1] != "#")}
    if not user:
        return dict(name=name, exists=False, uid=None, home=None, shell=None, groups=[], keys=[], sudo_passwordless=None,
                    alias_of=aliases.get(name))
    status, out, _ = run(["id", "-Gn", name])
    # The only proof is to do it: LDAP, sudoers and their order decide. It asks nothing and changes nothing.
    tried = 0 if user["uid"] == 0 and not ROOT else run(["runuser", "-u", name, "--", "sudo", "-n", "true"])[0]
    return dict(
        name=name, exists=True, uid=user["uid"], home=user["home"], shell=user["shell"], groups=out.split() if status == 0 else [],
        keys=keys_of(user), sudo_passwordless=None if tried in (None, 127) else tried == 0, alias_of=None,
    )


def never_banned():
    """The addresses in our jail file; None when it is not there."""
    if not os.path.isfile(at(JAIL)):
        return None
    given = re.search(r"^ignoreip\s*=\s*(.*)$", read_file(JAIL), re.M)
    return [address for address in (given.group(1).split() if given else []) if address not in OWN_ADDRESSES]


def unattended():
    """Whether Debian installs security updates by itself."""
    if "unattended-upgrades" not in installed_packages():
        return False
    status, out, _ = run(["apt-config", "shell", "VALUE", "APT::Periodic::Unattended-Upgrade"])
    value = re.search(r"VALUE='([^']*)'", out)
    return status == 0 and bool(value) and value.group(1) not in ("0", "", "false", "no")


def certificate(domain):
    link = at("%s/%s" % (CERTIFICATES, domain))
    target = shown(os.readlink(link)) if os.path.islink(link) else None
    leaf = re.search(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", read_file(shown(link) + "/crt.pem"), re.S)
    sha256 = None
    if leaf:
        import base64

        with contextlib.suppress(ValueError):
            sha256 = hashlib.sha256(base64.b64decode("".join(leaf.group(1).split()))).hexdigest()
    return dict(domain=domain, target=target, sha256=sha256)


# -------------------------------------------------------------------------------------------- in-house apps
def deployed_app(arguments, teller):
    """What an app that `towerify deploy` put here says of itself, and the newest lines of a log."""
    app, lines = text_of(arguments, "app", APP_ID), arguments.get("lines")
    if isinstance(lines, bool) or not isinstance(lines, int) or not 1 <= lines <= 1000:
        raise Refused("bad_argument", "lines")
    facts, said = ask_deployed(app, {"verb": "facts", "tree": ""}), []
    of = "deploy" if bool_of(arguments, "deployments") else "app"
    ask_deployed(app, {"verb": "logs", "lines": lines, "of": of}, said.append)
    names = ("release", "commit", "message", "by", "at")
    return dict(release=facts.get("release"), lines=said[-lines:],
                releases=[{name: one.get(name) for name in names} for one in facts.get("releases", [])])


def ask_deployed(app, request, each=None):
    """One question to the app's own program, which its package brought and root alone may write."""
    program = at("/etc/yunohost/apps/%s/scripts/towerify.py" % app)
    if not os.path.isfile(program):
        raise Refused("not_deployed", app)
    asked = subprocess.Popen(["/usr/bin/python3", "-I", program, "gate", "admin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True, errors="replace", start_new_session=True)
    with asked:
        with contextlib.suppress(BrokenPipeError):
            asked.stdin.write(json.dumps(request) + "\n")
            asked.stdin.flush()
        for line in asked.stdout:
            event = json.loads(line)
            if event.get("event") == "log" and each:
                each(event.get("text", "")[:SAID_MAX])
            elif event.get("event") == "done":
                return event
            elif event.get("event") == "failed":
                raise Refused(event.get("key", "failed"), event.get("text", "")[-SAID_MAX:])
    raise Refused("failed", "the app's program ended early")
