#!/usr/bin/python3 -I
"""Towerify's gate: what a customer's own administrator may do on this server, and nothing else.

Their key opens one system account, whose authorized_keys has this program as its only command. It has two halves:

    the door   runs as that account: decides about what was asked for before it reads a byte of input, and passes on
               to the other half through `sudo -n`, of which the account may run this one command with its one policy
    the gate   runs as root: reads requests of the driver's protocol, a line each, allows those that the policy and the
               tables below allow, has the root-owned driver.py beside it do them, and shows of the replies what is
               theirs

Every decision is a line in the system's log (`journalctl -t towerify-gate`); what can't be logged is not done. Nothing
that a client sends is ever run, or taken for an option. Plain Python (3.9 to 3.13), the standard library alone. By whom
and how it is put here, what a policy says, and how it is taken away: docs/GATE.md in Towerify's sources, where this is
three files (crates/driver/src/gate): door.py, rules.py, serve.py; and a table, crates/yunohost/src/gate/forms.json.
"""
import json
import os
import pwd
import re
import select
import socket
import stat
import subprocess
import sys
import time
import unicodedata
import urllib.parse

COMMAND = "towerify-gate 1"  # the one command that the door lets through
LINE_MAX = 1 << 18           # bytes of one request
LINE_TIME = 30               # seconds that a begun line may take
START_TIME = 60              # seconds for YunoHost's imports
ANSWER_TIME = 120            # seconds for what is looked up before a decision
IDLE = 900                   # seconds without a whole request, or without our output being taken
KEPT = 2                     # seconds that what was looked up serves for further reads
REPLY_MAX = 16 << 20         # characters of a reply
PART = 1 << 18               # characters of a reply beyond which it is sent in parts

# This file is /usr/local/lib/towerify/gate. In tests a folder stands for "/", one that has a marker and holds this file
# too: no client, and no variable, chooses where this file lies.
PLACE = "/usr/local/lib/towerify/gate"
HERE = os.path.realpath(__file__)
ROOT = HERE[:-len(PLACE)] if HERE.endswith(PLACE) and os.path.isfile(HERE[:-len(PLACE)] + "/.towerify-standin") else ""
OURS = ROOT + os.path.dirname(PLACE) + "/"
POLICIES = ROOT + "/etc/towerify/gate/"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def log(account, allowed, what):
    """One line in the system's log, as syslog(3) writes it (auth.info, auth.warning). Raises when nobody takes it."""
    what = "".join(c if " " <= c <= "~" else "?" for c in what)[:800]
    line = "<%d>%s towerify-gate[%d]: account=%s %s %s" % (
        38 if allowed else 36, time.strftime("%b %e %H:%M:%S"), os.getpid(), account, "allowed" if allowed else "REFUSED", what)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.settimeout(5)
        to.sendto(line.encode(), ROOT + "/dev/log")


def write_all(fd, data):
    view = memoryview(data)
    while view:
        if not select.select([], [fd], [], IDLE)[1]:
            os._exit(0)  # nobody takes our output
        try:
            view = view[os.write(fd, view):]
        except BlockingIOError:
            continue
        except OSError:
            os._exit(0)  # the client is gone; runs go on by themselves


def say(**event):
    write_all(1, json.dumps(event, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def turn_away(key, message):
    """The only words to who does not come in."""
    say(event="ready", ok=False, protocol=1, key=key, message=message)
    os._exit(77)


def door():
    """As the account: one command and no other. Nothing was read yet, and nothing of the client's goes further."""
    account, asked = pwd.getpwuid(os.getuid()).pw_name, os.environ.get("SSH_ORIGINAL_COMMAND", "")
    try:
        if asked != COMMAND:
            log(account, False, "command=%s" % (ascii(asked[:200]) if asked else "a shell"))
            turn_away("gate_refused", "This key opens Towerify's gate and nothing else.")
        os.execve("/usr/bin/sudo", ["sudo", "-n", "--", OURS + "gate", POLICIES + account + ".json"],
                  {"PATH": PATH, "LC_ALL": "C"})
    except OSError:
        turn_away("gate_broken", "Towerify's gate on this server is not in order.")
