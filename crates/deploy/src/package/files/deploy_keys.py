"""The part of towerify.py that lets keys deploy this app and nothing else: an account of the system in YunoHost's group
ssh.app, whose authorized_keys root keeps, each key with a forced command, and one pinned line for sudo."""
import hashlib
import os
import re
import shutil

from app import APP, ETC, ID, ROOT, Failed, command, log, replace

# Debian's names have at most 32 characters; an id alone may have 30.
ACCOUNT = "td_" + (ID if len(ID) < 30 else ID[:20] + "_" + hashlib.sha256(ID.encode()).hexdigest()[:8])
HOME = ROOT + "/var/lib/towerify/keys/" + ID
SUDOERS = "%s/etc/sudoers.d/towerify_%s" % (ROOT, ID)


def keys(request):
    lines = []
    if os.path.isfile(HOME + "/authorized_keys"):
        with open(HOME + "/authorized_keys", encoding="utf-8") as file:
            lines = [line for line in file.read().split("\n") if line]
    grant, revoke = request.get("grant"), request.get("revoke")
    if grant:
        if not re.match(r"(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa|sk-ssh-ed25519@openssh\.com) [A-Za-z0-9+/=]{40,2000}( [\w@.+-]{0,64})?\Z", grant):
            raise Failed("key", "that is no public key")
        if not any(grant.split(" ")[1] in line.split(" ") for line in lines):
            gate = "/usr/bin/python3 -I %s/scripts/towerify.py gate key" % ETC
            lines.append('restrict,command="%s %s" %s' % (APP.get("sudo", "/usr/bin/sudo -n"), gate, grant))
        account(gate_line())
    if revoke:
        left = [line for line in lines if revoke not in line.split(" ")]
        if left == lines:
            raise Failed("key_unknown", revoke)
        lines = left
    if grant or revoke:
        os.makedirs(HOME, mode=0o755, exist_ok=True)
        replace(HOME + "/authorized_keys", "".join(line + "\n" for line in lines), 0o644)
        log("deploy keys changed")
    return {"account": ACCOUNT, "keys": [line.rsplit('" ', 1)[-1] for line in lines]}


def gate_line():
    return "%s ALL=(root) NOPASSWD: /usr/bin/python3 -I %s/scripts/towerify.py gate key\n" % (ACCOUNT, ETC)


def account(line):
    """A user of the system in YunoHost's group ssh.app, whose keys root keeps, and one pinned line for sudo."""
    if command("getent", "passwd", ACCOUNT).returncode:
        made = command("useradd", "--system", "--no-create-home", "--home-dir", HOME, "--shell", "/bin/sh", "--groups", "ssh.app", ACCOUNT)
        if made.returncode:
            raise Failed("account", made.stdout)
    os.makedirs(HOME + "/.ssh", mode=0o755, exist_ok=True)
    if not os.path.islink(HOME + "/.ssh/authorized_keys"):
        os.symlink("../authorized_keys", HOME + "/.ssh/authorized_keys")
    os.makedirs(os.path.dirname(SUDOERS), exist_ok=True)
    replace(SUDOERS, line, 0o440)
    if command("visudo", "--check", "--quiet", "--file", SUDOERS).returncode:
        os.unlink(SUDOERS)
        raise Failed("account", "sudo does not take the line")


def forget_keys():
    if os.path.lexists(SUDOERS):
        os.unlink(SUDOERS)
    command("userdel", ACCOUNT)
    shutil.rmtree(HOME, ignore_errors=True)
