# ------------------------------------------------------------------------------------------------ as root: the gate
def trusted(path):
    """What stands in a file that only root can have written."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), encoding="utf-8") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_uid != os.stat(ROOT or "/").st_uid or about.st_mode & 0o022:
            raise Refused("%s is not a plain file that root alone can write" % path)
        return file.read(1 << 20)


def policy_of(path):
    policy = json.loads(trusted(path))
    if path != POLICIES + policy["account"] + ".json" or os.environ.get("SUDO_USER") != policy["account"]:
        raise Refused("the policy is another account's")
    lists = [policy[name] for name in ("actions", "domains", "users", "groups", "apps", "never")] + [policy["catalogue"] or []]
    if not all(isinstance(one, list) and all(isinstance(word, str) for word in one) for one in lists):
        raise Refused("the policy has something else where a list of texts should be")
    whole(r"[a-z0-9]{3,16}-", policy["archives"])
    return policy


def without_twice(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def no_constants(name):
    raise ValueError(name)


def about_lock(holder):
    """Of who holds YunoHost's lock: that somebody does and since when, not on what they work."""
    return holder and dict(only(holder, {"held", "stale", "since", "program"}), pid=None, words=(holder.get("words") or [])[:2])


class Gate:
    def __init__(self, path):
        self.path, self.policy, self.version = path, policy_of(path), trusted(OURS + "version").strip()
        self.account = self.policy["account"]
        self.looked, self.wanted, self.parts = {}, {}, {}  # by a request's id: looked up, to be filtered, gathered
        self.ready, self.kept = False, (None, 0)
        trusted(OURS + "driver.py")
        environment = {"PATH": PATH, "SUDO_USER": self.account, "TOWERIFY_GATE": self.account}
        if ROOT:
            environment["TOWERIFY_STANDIN"] = ROOT
        self.driver = subprocess.Popen([sys.executable, "-I", OURS + "driver.py"], env=environment, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.into, self.out, self.heard = self.driver.stdin.fileno(), self.driver.stdout.fileno(), b""
        os.set_blocking(self.into, False)

    def hear(self):
        data = os.read(self.out, 1 << 16)
        if not data:
            os._exit(0)  # the driver has ended, and said why
        *lines, self.heard = (self.heard + data).split(b"\n")
        for line in lines:
            self.pass_on(json.loads(line), line + b"\n")

    def pass_on(self, event, line):
        """What the driver says goes to whom it is for; of the reply to a read, what is theirs."""
        id, kind = event.get("id"), event["event"]
        if kind == "ready":
            self.ready = True
            return say(**event, gate=dict(version=self.version, account=self.account))
        if kind == "waiting":
            return say(**dict(event, lock=about_lock(event["lock"])))
        if kind == "result" and "run" in event:
            self.kept = None, 0  # what was looked up before it ended is no longer so
            if isinstance(event.get("result"), dict) and event["result"].pop("corresponding_users", None):
                return say(**event)  # all who may open an app, others' users among them
        if id not in self.wanted:
            return write_all(1, line)
        if kind == "part":
            self.parts[id] = self.parts.get(id, "") + event["text"]
            if len(self.parts[id]) > REPLY_MAX:
                raise Refused("a reply that is too large")
        elif kind != "result":
            return isinstance(id, int) and write_all(1, line)
        else:
            if event.pop("parts", None):
                event["result"] = json.loads(self.parts.pop(id))
            filtered = self.wanted.pop(id)
            if isinstance(id, int):
                self.answer(dict(event, result=filtered(event["result"])) if event["ok"] else event)
            else:
                self.looked[id] = event
        return None

    def answer(self, event):
        text = json.dumps(event.get("result"), ensure_ascii=False)
        if len(text) > PART:
            del event["result"]
            event["parts"] = len(range(0, len(text), PART))
            for at in range(0, len(text), PART):
                say(id=event["id"], event="part", text=text[at:at + PART])
        say(**event)

    def give(self, request):
        """To the driver. What it says meanwhile is passed on, or each would wait for the other."""
        view = memoryview(json.dumps(request).encode() + b"\n")
        while view:
            readable, writable, _ = select.select([self.out], [self.into], [], IDLE)
            if not readable and not writable:
                raise OSError("the driver does not answer")
            if readable:
                self.hear()
            if writable:
                view = view[os.write(self.into, view):]

    def theirs(self, anew):
        """What is theirs at this moment: looked up anew before a change."""
        theirs, at = self.kept
        if theirs and not anew and time.monotonic() - at < KEPT:
            return theirs
        asked = ["user list", "user group list --full", "app list"]
        ends = time.monotonic() + ANSWER_TIME
        for words in asked:
            self.wanted[words] = None
            self.give(dict(id=words, op="read", argv=words.split()))
        while len(self.looked) < len(asked):
            if not select.select([self.out], [], [], max(0, ends - time.monotonic()))[0]:
                raise OSError("what is theirs could not be looked up in time")
            self.hear()
        looked, self.looked = self.looked, {}
        if not all(event["ok"] for event in looked.values()):
            raise Refused("what is theirs could not be looked up")
        self.kept = Theirs(self.policy, *(looked[words]["result"] for words in asked)), time.monotonic()
        return self.kept[0]

    def handle(self, line):
        """One request: passed on as we write it ourselves, or refused. Either is logged first."""
        id, told = None, ["a line of %d bytes" % len(line)]
        policy = policy_of(self.path)  # as it is now: another one, or none, holds from this request on
        if policy != self.policy:
            self.policy, self.kept = policy, (None, 0)
        try:
            request = json.loads(line.decode(), object_pairs_hook=without_twice, parse_constant=no_constants)
            told, operation = [], request.get("op", "read")
            if isinstance(request.get("id"), bool) or not isinstance(request.get("id"), int):
                raise Refused("a request has a number as its id")
            id = request["id"] if request["id"] not in self.wanted else None
            if id is None:
                raise Refused("an id that still waits for its answer")
            told.append("op=%s" % ascii(operation)[1:21].rstrip("'"))
            if not isinstance(operation, str) or set(request) - {"id", "op"} - FIELDS.get(operation, set()) or operation not in FIELDS:
                raise Refused("an operation or a field that is not allowed")
            if "run" in request:
                told.append("run=%s" % whole(r"[0-9A-Za-z][0-9A-Za-z_-]{7,63}", str(request["run"])))
            if operation in ("read", "start"):
                actions = FORMS[operation]
                action, values, options = taken_apart(request.get("argv"), actions)
                # No value of an option is logged: some are secret.
                told.append("action=%s" % ascii(" ".join([action] + values + list(options))))
                theirs = self.theirs(anew=operation == "start")
                request["argv"] = put_together(action, values, options, actions, theirs)
                if operation == "read":
                    self.wanted[id] = lambda reply: theirs.shown(action, reply)
            elif operation == "units":
                one_of(self.policy["actions"], "service status", "this action is not allowed")
                theirs = self.theirs(anew=False)
                self.wanted[id] = lambda reply: theirs.shown("service status", reply)
            elif operation == "lock":
                self.wanted[id] = about_lock
            if operation != "ping":
                log(self.account, True, " ".join(told))
            return self.give(request)
        except Refused as refused:
            why = str(refused)
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            why = "not a request (%s)" % type(error).__name__
        self.refuse(id, "gate_refused", why, told)

    def refuse(self, id, key, why, told):
        log(self.account, False, " ".join(told + ["reason=" + why]))
        say(id=id, event="result", ok=False, key=key, message="Towerify's gate refused this: %s." % why)

    def serve(self):
        """Until the client is gone, is silent for too long, or the driver ends."""
        os.set_blocking(0, False)
        begun = taken = time.monotonic()
        buffer, skipping, ended, poll = b"", False, False, select.poll()
        poll.register(1, 0)
        while not (ended and any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))):
            ready = select.select([self.out] + [0] * (self.ready and not ended), [], [], 1)[0]
            now = time.monotonic()
            if not self.ready and now - begun > START_TIME:
                raise OSError("the driver does not start")
            if self.out in ready:
                self.hear()
            if 0 in ready:
                data = os.read(0, 1 << 16)
                if not data:
                    ended = True
                    self.driver.stdin.close()  # it ends when it follows no run any more
                begun = begun if buffer or skipping else now
                *lines, buffer = (buffer + data).split(b"\n")
                for line in lines:
                    begun = taken = now
                    if skipping or len(line) > LINE_MAX:
                        skipping = False
                        self.refuse(None, "too_long", "a line may have %d bytes" % LINE_MAX, [])
                    elif line.strip():
                        self.handle(line)
                if len(buffer) > LINE_MAX:
                    buffer, skipping = b"", True
            late = (buffer or skipping) and now - begun > LINE_TIME
            if late or now - taken > IDLE:
                log(self.account, False, "a line that does not end" if late else "nothing was asked for %d s" % IDLE)
                return say(event="bye", key="idle")


def gate(path):
    account, inside = os.environ.get("SUDO_USER", "?"), None
    os.chdir("/")
    os.umask(0o022)
    try:
        inside = Gate(path)
        log(account, True, "begins version=%s" % inside.version)
        inside.serve()
    except Exception as error:  # why is for who administers the server, in its log
        try:
            log(account, False, "broken: %s %s" % (type(error).__name__, error))
        finally:
            if inside and inside.ready:
                say(event="bye", key="broken")
            else:
                turn_away("gate_broken", "Towerify's gate on this server is not in order; the server's log says why.")


if __name__ == "__main__":
    if os.getuid() != 0 and len(sys.argv) == 1:
        door()
    elif os.getuid() == 0 and len(sys.argv) == 2:
        gate(sys.argv[1])
    else:
        sys.exit("This is Towerify's gate. sshd starts it.")
