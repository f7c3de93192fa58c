# --------------------------------------------------------------------------------------------- what may be asked
# FORMS, above, has of each action that may be read or started its values and its options. Each names the check in Theirs
# that a value must pass whole; "+" is one or more, "*" any number, "" an option without a value; "--domain!" must be
# there. What is not there is refused, and so is what is there and not in the policy.
FIELDS = {  # the fields of a request beside id and op
    "read": {"argv", "limit", "locale"}, "start": {"argv", "run", "lock_wait", "locale", "spool"},
    "units": {"limit", "locale"}, "follow": {"run", "from"}, "forget": {"run"}, "stop": {"of"},
    "runs": set(), "lock": set(), "facts": set(), "ping": set(),
}
EVERYBODY = {"all_users", "visitors"}


class Refused(Exception):
    """What is not allowed, in words."""


class Theirs:
    """What is the account's on this server at this moment: what the policy names, and what is on its domains."""

    def __init__(self, policy, users, groups, apps):
        self.policy, self.domains, self.groups = policy, set(policy["domains"]), set()
        every, users = groups["groups"], users["users"]
        self.users = {name for name, about in users.items()
                      if (about.get("mail") or "").rpartition("@")[2] in self.domains or name in policy["users"]}
        self.users -= set(every.get("admins", {}).get("members", [])) | set(policy["never"])
        self.apps = {app["id"] for app in apps["apps"]
                     if (app.get("domain_path") or "").partition("/")[0] in self.domains or app["id"] in policy["apps"]}
        for name, group in every.items():
            # Theirs where nobody and nothing in it is another's.
            only = self.users.issuperset(group.get("members", [])) and self.apps.issuperset(
                permission.partition(".")[0] for permission in group.get("permissions", []))
            if (only or name in policy["groups"]) and name not in EVERYBODY | {"admins"} | set(policy["never"]) | set(users):
                self.groups.add(name)
        self.others = (set(users) - self.users) | ({app["id"] for app in apps["apps"]} - self.apps)

    # Checks: they give the value as it is passed on. What they are given was visible() before.
    def word(self, value):
        return whole(r"[a-z][a-z_-]{0,63}", value)

    def name(self, value):
        if whole(r"[a-z0-9_.]{1,64}", value) in self.policy["never"]:
            raise Refused("this name is not to be had")
        return value

    def user(self, value):
        return one_of(self.users, value, "no such user of theirs")

    def group(self, value):
        return one_of(self.groups, value, "no such group of theirs")

    def grantee(self, value):
        return one_of(self.users | self.groups | EVERYBODY, value, "no such user or group of theirs")

    def app(self, value):
        return one_of(self.apps, value, "no such app of theirs")

    def permission(self, value):
        self.app(whole(r"[a-z0-9_-]{1,64}(\.[a-z0-9_-]{1,64})?", value).partition(".")[0])
        return value

    def domain(self, value):
        return one_of(self.domains, value, "no such domain of theirs")

    def mail(self, value):
        self.domain(whole(r"[\w.][\w.-]*@[\w.-]+", value).rpartition("@")[2])
        return value

    def address(self, value):
        return whole(r"[\w.+][\w.+-]*@\w[\w.-]*", value)

    def offered(self, value):
        offered = self.policy["catalogue"]
        return whole(r"[a-z0-9][a-z0-9_-]{0,63}", value if offered is None else one_of(offered, value, "not offered"))

    def archive(self, value):
        return whole(re.escape(self.policy["archives"]) + r"[A-Za-z0-9_.-]{1,40}", value)

    def path(self, value):
        return whole(r"/([A-Za-z0-9_~][A-Za-z0-9._~-]*/?)*", value)

    def quota(self, value):
        return whole(r"0|[0-9]{1,6}[bkMGT]", value)

    def truth(self, value):
        return whole(r"True|False", value)

    def text(self, value):
        return whole(r"(?!.*\s-)[^-\s].{0,127}", value)  # a `-` after a space: some script would take it for an option

    def answers(self, value):
        """An app's answers, as a form sends them: on a domain of theirs, and naming nobody else."""
        pairs = urllib.parse.parse_qsl(value, keep_blank_values=True, strict_parsing=True, max_num_fields=200)
        answers = dict(pairs)
        if len(answers) != len(pairs) or not all(re.fullmatch(r"[a-z0-9_]{1,64}", name) for name in answers):
            raise Refused("each answer has a name of its own")
        for answer in answers.values():
            if visible(answer, "\n\t") in self.others:
                raise Refused("an answer names what is another's")
        self.domain(answers.get("domain", ""))
        return urllib.parse.urlencode(pairs)

    def shown(self, action, reply):
        """What of a reply is theirs."""
        known = self.users | self.groups | EVERYBODY | {"admins"}
        if action == "user list":
            reply["users"] = only(reply["users"], self.users)
        elif action == "domain cert status":
            reply["certificates"] = only(reply["certificates"], self.domains)
        elif action == "domain list":
            main = reply.get("main")
            return dict(domains=[one for one in reply["domains"] if one in self.domains], main=main if main in self.domains else None)
        elif action == "user group list":
            reply["groups"] = only(reply["groups"], self.groups | self.users | EVERYBODY)
            for group in reply["groups"].values():
                group["members"] = [user for user in group.get("members", []) if user in self.users]
                group["permissions"] = [one for one in group.get("permissions", []) if one.partition(".")[0] in self.apps]
        elif action in ("user permission list", "user permission info"):
            every = reply["permissions"] if action.endswith("list") else {action: reply}
            if action.endswith("list"):
                reply["permissions"] = every = {one: about for one, about in every.items() if one.partition(".")[0] in self.apps}
            for about in every.values():
                for names in {"allowed", "corresponding_users"} & set(about):
                    about[names] = [name for name in about[names] if name in known]
        elif action == "app list":
            reply["apps"] = [app for app in reply["apps"] if app["id"] in self.apps]
        elif action == "app map":
            return {one: about for one, about in reply.items() if one.partition("/")[0] in self.domains}
        elif action == "backup list":
            mine, every = self.policy["archives"], reply["archives"]
            reply["archives"] = type(every)(one if isinstance(every, list) else (one, every[one]) for one in every if one.startswith(mine))
        elif action == "service status":
            return {one: about for one, about in reply.items() if re.split(r"[-@.]", one)[0] not in self.others}
        return reply


def only(every, mine):
    return {name: about for name, about in every.items() if name in mine}


def visible(value, beside=""):
    """A text in its one form (NFC), if it has nothing that can't be seen (control, bidirectional, unassigned; a line's or
    a paragraph's end)."""
    if any((unicodedata.category(c)[0] == "C" or unicodedata.category(c) in ("Zl", "Zp")) and c not in beside for c in value):
        raise Refused("a character that can't be seen")
    return unicodedata.normalize("NFC", value)


def whole(pattern, value):
    if not re.fullmatch(pattern, value):
        raise Refused("a value that is not of the right form")
    return value


def one_of(those, value, otherwise):
    if value not in those:
        raise Refused(otherwise)
    return value


def taken_apart(argv, actions):
    """An action's name, its values and its options, out of the words of a request."""
    if not (isinstance(argv, list) and 1 < len(argv) <= 300 and all(isinstance(word, str) for word in argv)):
        raise Refused("argv must be a list of texts")
    length = next((n for n in (3, 2) if len(argv) >= n and " ".join(argv[:n]) in actions and not any(" " in word for word in argv[:n])), 0)
    if not length:
        raise Refused("this action is not allowed")
    rest, options = argv[length:], {}
    first = next((at for at, word in enumerate(rest) if word.startswith("-")), len(rest))
    values, rest = rest[:first], rest[first:]
    while rest:
        name, joined, value = rest[0].partition("=")
        after = next((at for at, word in enumerate(rest) if at and word.startswith("-")), len(rest))
        if name in options or joined and after > 1:
            raise Refused("an option twice, or with too many values")
        options[name] = [value] if joined else rest[1:after]
        rest = rest[after:]
    return " ".join(argv[:length]), values, options


def put_together(action, values, options, actions, theirs):
    """The words as we write them ourselves, each value passed whole; or Refused."""
    places, known = actions[action]
    if action not in theirs.policy["actions"]:
        raise Refused("this action is not allowed")
    many = places[-1][-1] if places and places[-1][-1] in "+*" else ""
    if len(values) < len(places) - (many == "*") or len(values) > len(places) and not many:
        raise Refused("too few or too many values")
    missing = [name for name in known if name.endswith("!") and name[:-1] not in options]
    if missing:
        raise Refused("%s must be there" % missing[0][:-1])

    def passed(check, value):
        # A password is passed on as it is: another form of it would be another password.
        seen = visible(value)
        return value if check == "secret" else getattr(theirs, check.rstrip("+*"))(seen)

    words = action.split() + [passed(check, value) for check, value in zip(places + places[-1:] * len(values), values)]
    for name, took in options.items():
        check = known.get(name, known.get(name + "!"))
        if check is None or name.endswith("!"):
            raise Refused("an option that is not allowed")
        if len(took) != (check != "") and not (took and check.endswith("+")):
            raise Refused("an option with too few or too many values")
        took = [passed(check, value) for value in took]
        words += [name] + took if check == "" or check.endswith("+") else ["%s=%s" % (name, took[0])]
    return words
