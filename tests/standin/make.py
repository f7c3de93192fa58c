#!/usr/bin/env python3
"""Makes a stand-in of a YunoHost server in a folder that stands for "/": `make.py FOLDER [options]`. See README.md."""
import argparse
import json
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def first_state(domain, users):
    people = {name: {"fullname": full, "mail": "%s@%s" % (name, domain), "loginShell": "/bin/bash", "mail-aliases": [],
                     "mail-forward": [], "mailbox-quota": "0"} for name, full in users.items()}
    names = list(people)
    own = {"protected": True}
    unit = {"SubState": "running", "UnitFileState": "enabled", "StateChangeTimestampMonotonic": "1000000"}
    services = "dnsmasq dovecot fail2ban nginx postfix@- slapd ssh yunohost-api".split()
    return {
        "users": people,
        "groups": {"admins": {"members": names[:1]}, "all_users": {"members": names}, "visitors": {"members": []}},
        "permissions": {
            "mail.main": dict(own, allowed=["all_users"], label="Email"),
            "sftp.main": dict(own, allowed=[], label="SFTP"),
            "ssh.main": dict(own, allowed=["admins"], label="SSH"),
        },
        "domains": [domain], "main": domain, "apps": {},
        "units": dict({name: unit for name in services}, **{"yunohost-firewall": dict(unit, SubState="exited")}),
        "diagnosis": {
            "basesystem": [{"status": "INFO", "summary": "Server is running Debian 12.15"}],
            "services": [{"status": "SUCCESS", "summary": "Service nginx is running!"}],
            "systemresources": [{"status": "WARNING", "summary": "The system has only 210 MiB of RAM left. Be careful."}],
        },
    }


def program(root, python, name, source):
    with open(HERE + "/bin/" + source, encoding="utf-8") as file:
        lines = file.read().split("\n", 1)
    write(root + "/usr/bin/" + name, "#!%s -I\n%s" % (python, lines[1]), 0o755)


def make_machine(root, python):
    """The Debian beneath: accounts (all are whoever runs the tests), package sources, and programs that say what
    FOLDER/machine.json tells them to. Of the true machine only bash and openssl are lent."""
    own = "%d:%d" % (os.getuid(), os.getgid())
    accounts = {"root": "/root", "debian": "/home/debian", "camille": "/home/camille"}
    write(root + "/etc/passwd", "".join("%s:x:%s:%s:%s:/bin/bash\n" % (name, own, name, home) for name, home in accounts.items()))
    for home in accounts.values():
        os.makedirs(root + home, exist_ok=True)
    write(root + "/etc/group", "ssl-cert:x:%d:\nssh.app:x:%d:\n" % (os.getgid(), os.getgid()))
    write(root + "/etc/debian_version", "12.15\n")
    write(root + "/etc/aliases", "postmaster: root\n")
    write(root + "/etc/apt/sources.list", "".join(
        "deb http://deb.debian.org/debian%s bookworm%s main\n" % pair for pair in (("", ""), ("", "-updates"), ("-security", "-security"))))
    write(root + "/etc/ssh/sshd_config", "#Match User nobody\n")
    for lock in ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock"):
        write(root + lock, "")
    if not os.path.exists(root + "/var/lib/dpkg/status"):
        write(root + "/var/lib/dpkg/status", "Package: bash\nStatus: install ok installed\nVersion: 5.2\n\n")
    program(root, python, "systemctl", "systemctl")
    for name in ("nft", "dpkg", "apt-get", "apt-mark", "apt-config", "sshd", "id", "runuser", "nginx", "timedatectl", "sudo", "visudo", "useradd",
                 "usermod", "userdel"):
        program(root, python, name, "machine")
    for name in ("bash", "openssl"):
        lent = shutil.which(name, path="/usr/bin:/bin:/usr/local/bin")
        if lent and not os.path.lexists(root + "/usr/bin/" + name):
            os.symlink(lent, root + "/usr/bin/" + name)


def make(root, options):
    python = options.python or os.path.realpath(sys.executable)
    write(root + "/.towerify-standin", "This folder stands for / in tests of Towerify.\n")
    write(root + "/standin.json", json.dumps(dict(
        release=options.release, import_ms=options.import_ms, write_ms=options.write_ms, step_ms=options.step_ms)) + "\n")
    write(root + "/etc/os-release", 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')
    write(root + "/etc/hostname", options.domain + "\n")
    write(root + "/etc/default/locale", "LANG=fr_FR.UTF-8\n")
    write(root + "/etc/timezone", "Europe/Paris\n")
    for folder in ("/run", "/var/run", "/var/lib/standin", "/var/log/yunohost/operations", "/var/lib/dpkg", "/usr/bin"):
        os.makedirs(root + folder, exist_ok=True)
    make_machine(root, python)
    if options.without == "yunohost":
        return
    write(root + "/var/lib/dpkg/status", "Package: bash\nStatus: install ok installed\nVersion: 5.2\n\nPackage: yunohost\n"
          "Status: install ok installed\nDescription: self-hosting\n of everything\nVersion: %s\n\n" % options.release)
    if options.without != "postinstall":
        write(root + "/etc/yunohost/installed", "")
        write(root + "/etc/yunohost/current_host", options.domain + "\n")
    users = dict(pair.split("=", 1) for pair in options.user) or {"camille": "Camille Morvan", "ines": "Inès Calvet"}
    write(root + "/var/lib/standin/state.json", json.dumps(first_state(options.domain, users)))
    certificate = root + "/etc/yunohost/certs/%s-history/20261101.101500-selfsigned" % options.domain
    for name in ("crt.pem", "key.pem"):
        write(certificate + "/" + name, "self-signed %s\n" % name, 0o640)
    if not os.path.islink(root + "/etc/yunohost/certs/" + options.domain):
        os.symlink(certificate, root + "/etc/yunohost/certs/" + options.domain)
    os.makedirs(root + "/etc/fail2ban/jail.d", exist_ok=True)
    os.makedirs(root + "/usr/lib/python3", exist_ok=True)
    os.makedirs(root + "/usr/share/yunohost", exist_ok=True)
    for source, name in (("/dist-packages", "/usr/lib/python3/dist-packages"), ("/share/locales", "/usr/share/yunohost/locales")):
        if not os.path.islink(root + name):
            os.symlink(HERE + source, root + name)
    for name in ("actionsmap.yml", "catalogue.json"):  # copies: a test may upgrade a server
        shutil.copy(HERE + "/share/" + name, root + "/usr/share/yunohost/" + name)
    program(root, python, "yunohost", "yunohost")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root")
    parser.add_argument("--domain", default="tour.example")
    parser.add_argument("--release", default="12.1.25", help="12.0.17 answers in the shapes of 12.0")
    parser.add_argument("--user", action="append", default=[], metavar="NAME=FULL NAME")
    parser.add_argument("--import-ms", type=float, default=0, help="processor time that importing YunoHost costs")
    parser.add_argument("--write-ms", type=float, default=0, help="how long a write takes")
    parser.add_argument("--step-ms", type=float, default=0, help="how long a step of an installation takes")
    parser.add_argument("--without", choices=["yunohost", "postinstall"])
    parser.add_argument("--python", help="the interpreter of the commands; this one when not given")
    options = parser.parse_args()
    make(os.path.abspath(options.root), options)


main()
