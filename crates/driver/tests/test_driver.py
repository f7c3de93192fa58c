"""Tests of driver.py itself: its parts in this process, and the whole program where a Rust test would need fifteen
minutes or a full disk. `cargo test` runs them; so does `python3 crates/driver/tests/test_driver.py` for any Python."""
import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import types
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "..", "src", "driver.py")
STANDIN = os.path.join(HERE, "..", "..", "..", "tests", "standin", "make.py")
CONVERSATIONS = os.path.join(HERE, "..", "..", "..", "tests", "fixtures", "conversations")
MACHINE = os.path.join(HERE, "..", "..", "machine", "src")
with open(PROGRAM, encoding="utf-8") as file:
    TEXT = file.read()


def module(text=TEXT):
    """The program's functions, without its beginning to serve."""
    made = types.ModuleType("driver_under_test")
    exec(compile(text, PROGRAM, "exec"), made.__dict__)
    return made


class Conversation:
    """The whole program as a process over a stand-in, spoken to as a client would."""

    def __init__(self, root, text=TEXT):
        bootstrap = "import sys,os;os.write(1,b'go\\n');b=sys.stdin.buffer;n=int(b.readline());exec(compile(b.read(n),'driver','exec'))"
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", bootstrap], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=dict(os.environ, TOWERIFY_STANDIN=root, PYTHONPATH="/nowhere", LC_MESSAGES="fr_FR.UTF-8"),
        )
        assert self.process.stdout.readline() == b"go\n"
        data = text.encode()
        self.send(b"%d\n" % len(data) + data)
        self.ready = self.hear()

    def send(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def ask(self, **request):
        self.send(json.dumps(request).encode() + b"\n")

    def hear(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def result(self, **request):
        self.ask(**request)
        while True:
            event = self.hear()
            if event is None or event["event"] == "result":
                return event

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class WholeProgram(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.open = []

    def tearDown(self):
        for conversation in self.open:
            conversation.close()
        shutil.rmtree(self.root)

    def begin(self, *options, text=TEXT):
        if not os.path.exists(self.root + "/standin.json"):
            subprocess.run([sys.executable, STANDIN, self.root] + list(options), check=True)
        self.open.append(Conversation(self.root, text))
        return self.open[-1]

    def test_bad_requests_are_refused_and_the_driver_lives_on(self):
        driver = self.begin()
        for bad in (b"garbage\n", b"[]\n", b"{}\n", b'{"id": [1]}\n', b'{"id": 1, "limit": NaN}\n', b"\xff\xfe\n",
                    b"[" * 100000 + b"\n", b'{"id": null}\n'):
            driver.send(bad)
            answer = driver.hear()
            self.assertEqual((answer["id"], answer["key"]), (None, "bad_request"), bad[:40])
        driver.send(b'{"id": 1, "argv": ["' + b"x" * (1 << 20) + b'"]}\n')
        self.assertEqual(driver.hear()["key"], "too_long")
        driver.send(b"x" * (3 << 20) + b"\n")
        self.assertEqual(driver.hear()["key"], "too_long")
        for bad in (dict(op="fly"), dict(op=["read"]), dict(argv="user list"), dict(argv=[]), dict(argv=[1]), dict(op="read"),
                    dict(argv=["user", "list"], limit=-1), dict(argv=["user", "list"], limit="x"),
                    dict(argv=["user", "list"], locale="../x"), dict(op="start", run="../../../x", argv=["a"]),
                    dict(op="start", run="run-00000001", argv=["a"], lock_wait=True),
                    dict(op="follow", run="run-00000001", **{"from": "x"}), dict(op="forget", run="../.."), dict(op="forget")):
            answer = driver.result(id="a", **bad)
            self.assertIn((answer["id"], answer["key"]), [("a", "bad_request"), ("a", "run_unknown")], bad)
        self.assertFalse(os.path.exists(self.root + "/var/lib/towerify"))
        self.assertEqual(driver.result(id=2, op="stop", of=[1])["ok"], True)
        self.assertEqual(driver.result(id=3, argv=["domain", "list"])["result"]["main"], "tour.example")

    def test_blank_lines_are_passed_over_and_many_requests_may_come_at_once(self):
        driver = self.begin()
        driver.send(b"\n\n" + b"".join(b'{"id": %d, "op": "ping"}\n' % n for n in range(500)))
        self.assertEqual([driver.hear()["id"] for _ in range(500)], list(range(500)))

    def test_silence_ends_it_with_a_word(self):
        driver = self.begin(text=TEXT.replace("IDLE = 900 ", "IDLE = 0.5 ").replace("if busy else 30", "if busy else 0.1"))
        self.assertEqual(driver.hear(), dict(event="bye", key="idle"))
        self.assertIsNone(driver.hear())

    def test_a_read_that_comes_while_another_ends_under_a_changed_yunohost_is_left_to_the_next_driver(self):
        driver = self.begin()
        with open(self.root + "/faults.json", "w", encoding="utf-8") as file:
            json.dump({"user list": {"sleep": 0.6}}, file)
        driver.ask(id=1, argv=["user", "list"])
        time.sleep(0.2)
        os.utime(self.root + "/usr/share/yunohost/actionsmap.yml")
        driver.ask(id=2, argv=["domain", "list"])
        self.assertEqual([driver.hear().get("id"), driver.hear()], [1, dict(event="bye", key="upgraded")])

    def test_it_ends_with_its_client(self):
        driver = self.begin()
        driver.result(id=1, op="ping")
        driver.process.stdin.close()
        self.assertEqual(driver.process.wait(5), 0)

    def test_a_client_that_is_gone_ends_it_while_a_run_is_followed(self):
        driver = self.begin("--write-ms", "6000")
        driver.ask(id=1, op="start", run="run-gone-001", argv=["user", "delete", "ines"])
        self.assertEqual(driver.hear()["event"], "started")
        driver.process.stdout.close()
        driver.process.stdin.close()
        began = time.monotonic()
        driver.process.wait(5)
        self.assertLess(time.monotonic() - began, 5)
        driver.process.stdout = open(os.devnull)
        again = self.begin()
        self.assertEqual(again.result(id=1, op="follow", run="run-gone-001")["ok"], True)

    def test_a_full_disk_refuses_a_start_and_memory_takes_it(self):
        full = TEXT.replace("SPACE_MIN = 4 << 20", "SPACE_MIN = 1 << 60")
        driver = self.begin(text=full)
        answer = driver.result(id=1, op="start", run="run-full-001", argv=["user", "delete", "ines"])
        self.assertEqual((answer["ok"], answer["key"]), (False, "spool_full"))
        self.assertFalse(os.path.exists(self.root + "/var/lib/towerify/runs/run-full-001"))
        answer = driver.result(id=2, op="start", run="run-full-001", argv=["user", "delete", "ines"], spool="run")
        self.assertTrue(answer["ok"])

    def test_a_disk_that_fills_meanwhile_stops_neither_the_write_nor_its_outcome(self):
        # Every event line fails as on a full disk, and the outcome until the reserve was given back.
        failing = TEXT.replace("                write_all(self.events, b", "                raise OSError(28, 'full')\n                write_all(self.events, b")
        failing = failing.replace("def write_atomic(path, value):\n", "def write_atomic(path, value):\n"
                                  "    if path.endswith('outcome.json') and os.path.exists(os.path.dirname(path) + '/reserve'):\n"
                                  "        raise OSError(28, 'full')\n")
        self.assertEqual(failing.count("'full'"), 2)
        driver = self.begin(text=failing)
        answer = driver.result(id=1, op="start", run="run-full-002", argv=["user", "delete", "ines"])
        self.assertTrue(answer["ok"], answer)
        with open(self.root + "/var/lib/standin/state.json", encoding="utf-8") as file:
            self.assertNotIn("ines", json.load(file)["users"])

    def test_a_start_whose_driver_dies_before_it_is_noted_never_begins(self):
        dying = TEXT.replace("    scope = own_scope(pid, run)\n", "    os._exit(1)\n")
        driver = self.begin(text=dying)
        self.assertIsNone(driver.result(id=1, op="start", run="run-died-001", argv=["user", "delete", "ines"]))
        folder = self.root + "/var/lib/towerify/runs/run-died-001"
        for _ in range(50):
            if not os.path.exists(folder):
                break
            time.sleep(0.1)
        self.assertFalse(os.path.exists(folder))
        with open(self.root + "/var/lib/standin/state.json", encoding="utf-8") as file:
            self.assertIn("ines", json.load(file)["users"])

    def test_a_folder_without_a_process_is_unstarted_after_a_while(self):
        driver = self.begin(text=TEXT.replace("UNSTARTED_AFTER = 15 ", "UNSTARTED_AFTER = 0.3 "))
        os.makedirs(self.root + "/var/lib/towerify/runs/run-empty-01")
        answer = driver.result(id=1, op="follow", run="run-empty-01")
        self.assertEqual((answer["ok"], answer["key"]), (None, "unstarted"))

    def test_the_environment_is_known_and_nothing_of_the_callers_is_left(self):
        driver = self.begin()
        with open("/proc/%d/environ" % driver.process.pid, "rb") as file:
            self.assertIn(b"LC_MESSAGES", file.read())  # what was given at the start
        probe = TEXT.replace("    main()\n", "    say(event='environment', **os.environ)\n    main()\n")
        environment = self.begin(text=probe).ready
        self.assertEqual((environment["LANG"], environment["HOME"], environment["TERM"]), ("C.UTF-8", "/root", "dumb"))
        self.assertFalse([name for name in environment if name.startswith(("PYTHON", "LC_M", "TOWERIFY"))])

    def test_a_lock_that_is_not_had_is_a_keyed_refusal_of_yunohosts_own_too(self):
        # YunoHost's command took the lock between our look and its own.
        driver = self.begin(text=TEXT.replace("held = bool(holder and holder[\"held\"])", "held = False"))
        with open(self.root + "/var/run/moulinette_yunohost.lock", "w") as file:
            file.write(str(os.getpid()))
        answer = driver.result(id=1, op="start", run="run-lock-001", argv=["user", "delete", "ines"], lock_wait=0.3)
        self.assertEqual((answer["ok"], answer["key"]), (False, "instance_already_running"))


class Parts(unittest.TestCase):
    def test_it_is_python_3_9_and_only_the_standard_library(self):
        ast.parse(TEXT, feature_version=(3, 9))
        names = {alias.name.split(".")[0] for node in ast.walk(ast.parse(TEXT)) if isinstance(node, ast.Import) for alias in node.names}
        self.assertEqual(names - {"moulinette", "yunohost"} - set(getattr(sys, "stdlib_module_names", names)), set())

    def test_the_machines_program_is_python_3_9_and_only_the_standard_library(self):
        # Put together as lib.rs does it.
        with open(os.path.join(MACHINE, "lib.rs"), encoding="utf-8") as file:
            parts = re.findall(r'include_str!\("(\w+\.py)"\)', file.read())
        self.assertIn("machine_writes.py", parts)
        text = ""
        for name in parts:
            with open(os.path.join(MACHINE, name), encoding="utf-8") as file:
                text += file.read() + "\n\n"
        tree = ast.parse(text, feature_version=(3, 9))
        names = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        self.assertEqual(names - set(getattr(sys, "stdlib_module_names", names)), set())
        # Nothing goes through a shell.
        self.assertNotIn("shell=True", text)
        self.assertNotIn("os.system", text)
        program = dict(__name__="machine", ROOT="/nowhere")
        exec(compile(text, "machine", "exec"), program)
        self.assertEqual(program["kernel_address"]("0100007F"), "127.0.0.1")
        self.assertEqual(program["kernel_address"]("00000000000000000000000001000000"), "::1")
        self.assertEqual(program["bar"](42, "x"), "[########............] > x")

    def test_every_read_that_real_servers_answered_is_allowed(self):
        driver, seen = module(), 0
        for name in sorted(os.listdir(CONVERSATIONS)):
            if not name.endswith(".ndjson") or name.startswith("actions-"):
                continue  # in those, writes were performed like reads
            asked = {}
            with open(os.path.join(CONVERSATIONS, name), encoding="utf-8") as lines:
                for line in lines:
                    if line.startswith("> "):
                        request = json.loads(line[2:])
                        asked[request["id"]] = request if request.get("op", "read") == "read" else None
                    elif line.startswith("< ") and '"result"' in line:
                        event = json.loads(line[2:])
                        if event.get("event") == "result" and event.get("ok") and asked.get(event["id"]):
                            seen += 1
                            self.assertTrue(driver.is_read(asked[event["id"]]["argv"]), asked[event["id"]])
        self.assertGreater(seen, 20)

    def test_what_publishes_writes_or_asks_is_no_read(self):
        driver = module()
        for words in ("log share x", "log show x --share", "log show x -s", "log show x --shar", "diagnosis show --share",
                      "diagnosis run", "app setting wiki key -v value", "app setting wiki key --delete", "app shell wiki",
                      "backup download x", "user export", "user create x", "tools shell", "settings set x", "", "user"):
            self.assertFalse(driver.is_read(words.split()), words)
        for words in ("app setting wiki domain", "log show x --number 5", "user list", "user group list --full", "app list --full"):
            self.assertTrue(driver.is_read(words.split()), words)

    def test_values_become_the_same_json_every_time(self):
        import datetime

        driver = module()
        moment = datetime.datetime(2026, 11, 22, 10, 0, 0)
        self.assertEqual(driver.dumps({"b", "a", "c"}), '["a", "b", "c"]')
        self.assertEqual(driver.dumps(moment), '"2026-11-22T10:00:00+00:00"')
        self.assertEqual(driver.dumps(moment.replace(tzinfo=datetime.timezone.utc)), '"2026-11-22T10:00:00+00:00"')
        self.assertEqual(driver.dumps(moment.date()), '"2026-11-22"')
        self.assertEqual(driver.to_line("\ud800é"), '"?é"\n'.encode())
        self.assertRaises(ValueError, driver.dumps, float("nan"))

    def test_messages_lose_their_escapes_and_their_excess(self):
        import logging

        driver, told = module(), []
        relay = driver.Relay(told.append)
        for message, args in (("\x1b[31mred\x1b[0m \x1b]0;title\x07x\x1b(B", ()), ("y" * 9000, ()), ("%d", ("no number",))):
            relay.emit(logging.LogRecord("yunohost", logging.WARNING, "", 0, message, args, None))
        self.assertEqual(told[0], dict(event="log", level="warning", message="red x"))
        self.assertEqual((len(told[1]["message"]), told[1]["cut"]), (8192, 9000))
        self.assertIn("unreadable", told[2]["message"])

    def test_the_holder_of_the_lock_is_named_without_its_values(self):
        driver = module()
        with tempfile.TemporaryDirectory() as folder:
            driver.YUNOHOST_LOCK = folder + "/lock"
            self.assertIsNone(driver.lock_holder())
            with open(driver.YUNOHOST_LOCK, "w") as file:
                file.write("")
            self.assertEqual(driver.lock_holder(), dict(held=True, pid=None))
            script = folder + "/yunohost"
            with open(script, "w") as file:
                file.write("import time; time.sleep(30)")
            other = subprocess.Popen([sys.executable, script, "user", "create", "paul", "-p", "Secret-Word-1"])
            try:
                with open(driver.YUNOHOST_LOCK, "w") as file:
                    file.write("%d\n" % other.pid)
                for _ in range(50):
                    holder = driver.lock_holder()
                    if holder.get("program") == "yunohost":
                        break
                    time.sleep(0.05)
                self.assertEqual((holder["held"], holder["program"], holder["words"]), (True, "yunohost", ["user", "create", "paul"]))
                self.assertNotIn("Secret", json.dumps(holder))
            finally:
                other.kill()
                other.wait()
            self.assertEqual(driver.lock_holder(), dict(held=False, stale=True, pid=other.pid))

    def test_an_installed_version_is_read_from_dpkgs_own_list(self):
        driver = module()
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(folder + "/var/lib/dpkg")
            driver.ROOT = folder
            self.assertIsNone(driver.installed_version("yunohost"))
            with open(folder + "/var/lib/dpkg/status", "w") as file:
                file.write("Package: yunohost-admin\nStatus: install ok installed\nVersion: 1\n\n"
                           "Package: yunohost\nStatus: install ok installed\nDescription: a\n Version: 3\nVersion: 12.1.25\n\n"
                           "Package: moulinette\nStatus: deinstall ok config-files\nVersion: 2\n")
            self.assertEqual(driver.installed_version("yunohost"), "12.1.25")
            self.assertIsNone(driver.installed_version("moulinette"))
            self.assertIsNone(driver.installed_version("ssowat"))

    def test_the_end_of_a_reader_closes_nothing_of_the_one_that_got_its_number(self):
        driver = module()
        first, second = (driver.Reader.__new__(driver.Reader) for _ in range(2))
        (read, write), child = os.pipe(), subprocess.Popen(["true"])
        os.close(write)
        first.__dict__.update(request=dict(id=1), output=read, events=-1, pid=child.pid, done=True, killed=False)
        driver.READING[read] = first
        first.forget(read)
        again, write = os.pipe()
        os.dup2(again, read)  # the number is used again at once
        driver.READING[read] = second
        first.end()
        self.assertIs(driver.READING[read], second)
        os.fstat(read)
        for fd in (read, again, write):
            with driver.contextlib.suppress(OSError):
                os.close(fd)
        child.returncode = 0  # reaped by the reader

    def test_a_run_goes_on_while_any_process_of_its_session_lives(self):
        driver = module()
        leader = subprocess.Popen(["/bin/sh", "-c", "sleep 20 & echo $!"], stdout=subprocess.PIPE, start_new_session=True)
        child = int(leader.stdout.readline())
        leader.stdout.close()
        leader.wait()
        self.assertTrue(driver.session_lives(leader.pid))
        os.kill(child, 9)
        for _ in range(50):
            if not driver.session_lives(leader.pid):
                break
            time.sleep(0.05)
        self.assertFalse(driver.session_lives(leader.pid))


if __name__ == "__main__":
    unittest.main()
