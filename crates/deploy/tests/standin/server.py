#!/usr/bin/python3 -I
"""Stands for YunoHost where it deals with an app's package. See README.md."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.parse

HERE = os.path.dirname(os.path.realpath(__file__))
KEPT = ("manifest.toml", "scripts", "conf", "hooks", "doc")


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def make(root, port):
    os.chmod(root, 0o755)
    for folder in ("etc/nginx/conf.d/tour.example.d", "etc/yunohost/apps", "etc/systemd/system", "var/www", "home/yunohost.app",
                   "home/yunohost.backup", "run/units", "nginx", "bin", "var/log/yunohost"):
        os.makedirs(root + "/" + folder, exist_ok=True)
    os.chmod(root + "/etc/yunohost/apps", 0o755)
    write(root + "/usr/share/yunohost/helpers", 'STANDIN="%s" STANDIN_ROOT="%s"\n. "%s/helpers"\n' % (HERE, root, HERE))
    for name in os.listdir(HERE + "/bin"):
        if os.path.isfile(HERE + "/bin/" + name):
            write(root + "/bin/" + name, '#!/bin/sh\nexport STANDIN_ROOT="%s"\nexec "%s/bin/%s" "$@"\n' % (root, HERE, name), 0o755)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=tour.example", "-keyout", root + "/nginx/key.pem", "-out", root + "/nginx/crt.pem"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    write(root + "/nginx/proxy_params", "proxy_set_header Host $http_host;\nproxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n")
    write(root + "/nginx/fastcgi_params", "fastcgi_param REQUEST_METHOD $request_method;\nfastcgi_param QUERY_STRING $query_string;\n"
          "fastcgi_param CONTENT_LENGTH $content_length;\nfastcgi_param REQUEST_URI $request_uri;\n")
    write(root + "/nginx/nginx.conf", """
daemon off; user root; worker_processes 1; pid %(root)s/nginx/pid; error_log %(root)s/nginx/error.log;
events { worker_connections 256; }
http {
  access_log off; client_body_temp_path %(root)s/nginx/a; proxy_temp_path %(root)s/nginx/b; fastcgi_temp_path %(root)s/nginx/c;
  uwsgi_temp_path %(root)s/nginx/d; scgi_temp_path %(root)s/nginx/e;
  types { text/html html; text/plain txt; }
  include %(root)s/nginx/sites/*.conf;
}
""" % {"root": root})
    write(root + "/nginx/port", port)
    add_domain(root, "tour.example")


def add_domain(root, domain):
    os.makedirs("%s/etc/nginx/conf.d/%s.d" % (root, domain), exist_ok=True)
    about = {"root": root, "domain": domain, "port": open(root + "/nginx/port", encoding="utf-8").read()}
    write("%s/nginx/sites/%s.conf" % (root, domain), """server {
  listen 127.0.0.1:%(port)s ssl; server_name %(domain)s; ssl_certificate %(root)s/nginx/crt.pem; ssl_certificate_key %(root)s/nginx/key.pem;
  include %(root)s/etc/nginx/conf.d/%(domain)s.d/*.conf;
}
""" % about)
    if os.path.exists(root + "/nginx/pid"):
        subprocess.run([root + "/bin/systemctl", "reload", "nginx"], check=True)


def fit(root, folder):
    """A package that was made for a true server, whose root is `/`, becomes one for this folder: its commands, its web server
    and a user that every Debian has."""
    with open(folder + "/conf/app.json", encoding="utf-8") as file:
        about = json.load(file)
    if about["root"]:
        return
    about.update(root=root, user="nobody", sudo=root + "/bin/sudo")
    write(folder + "/conf/app.json", json.dumps(about))
    with open(root + "/nginx/port", encoding="utf-8") as file:
        port = file.read()
    wanted = {"root": root, "user": "nobody", "https_port": port, "drain": "0.3"}
    with open(folder + "/conf/app.sh", encoding="utf-8") as file:
        lines = [line.split("=", 1) for line in file.read().splitlines()]
    write(folder + "/conf/app.sh", "".join("%s\n" % (words[0] if len(words) == 1 else "%s=%s" % (
        words[0], "'%s'" % wanted[words[0]] if words[0] in wanted else words[1])) for words in lines))
    with open(folder + "/conf/nginx.conf", encoding="utf-8") as file:
        text = file.read()
    write(folder + "/conf/nginx.conf", text.replace("unix:/var/run", "unix:%s/var/run" % root))


def settings_file(root, app):
    return "%s/etc/yunohost/apps/%s/settings.yml" % (root, app)


def settings(root, app):
    values = {}
    with open(settings_file(root, app), encoding="utf-8") as file:
        for line in file:
            name, value = line.rstrip("\n").split(": ", 1)
            values[name] = value[1:-1].replace("''", "'") if value.startswith("'") else int(value)
    return values


def keep(root, app, values):
    text = "".join("%s: %s\n" % (name, value if isinstance(value, int) else "'%s'" % str(value).replace("'", "''"))
                   for name, value in sorted(values.items()))
    write(settings_file(root, app), text, 0o400)


def setting(root, app, key, value):
    keep(root, app, dict(settings(root, app), **{key: value}))


def manifest(folder):
    with open(folder + "/manifest.toml", "rb") as file:
        return tomllib.load(file)


def installed(root):
    return sorted(name for name in os.listdir(root + "/etc/yunohost/apps") if os.path.isfile(settings_file(root, name)))


def take_in(folder, root, app):
    for name in KEPT:
        here, there = folder + "/" + name, "%s/etc/yunohost/apps/%s/%s" % (root, app, name)
        os.makedirs(os.path.dirname(there), exist_ok=True)
        shutil.rmtree(there, ignore_errors=True)
        if os.path.isdir(here):
            shutil.copytree(here, there)
        elif os.path.isfile(here):
            shutil.copy(here, there)


def free_port(root, first):
    """As YunoHost looks: at what listens, and at settings whose names end in `port`."""
    taken = {str(value) for app in installed(root) for name, value in settings(root, app).items() if name.endswith("port")}
    for port in range(first + os.getpid() % 500 * 20, 65000):
        with socket.socket() as probe:
            if str(port) not in taken and probe.connect_ex(("127.0.0.1", port)):
                return port


def resources(root, app, wanted):
    values = settings(root, app)
    values.setdefault("install_dir", "%s/var/www/%s" % (root, app))
    os.makedirs(values["install_dir"], exist_ok=True)
    os.chmod(values["install_dir"], 0o750)
    if "data_dir" in wanted:
        values.setdefault("data_dir", "%s/home/yunohost.app/%s" % (root, app))
        os.makedirs(values["data_dir"], exist_ok=True)
    first = 20000
    for name, about in wanted.get("ports", {}).items():
        key = "port" if name == "main" else "port_" + name
        if key not in values:
            first = free_port(root, first)
            values[key] = str(first)
            first += 1
            keep(root, app, values)
    if "database" in wanted and "db_pwd" not in values:
        values.update(db_name=app, db_user=app, db_pwd="Wd8fJ2kq")
    keep(root, app, values)


def script(root, app, folder, name, **more):
    env = {name: str(value) for name, value in settings(root, app).items()}
    env.update(more, app=app, YNH_APP_INSTANCE_NAME=app, YNH_APP_BASEDIR=folder, PATH=path(root), HOME="/root")
    env["TOWERIFY_PATH"] = path(root)
    where = more.pop("cwd", folder + "/scripts")
    done = subprocess.run(["bash", "-x", name] if os.environ.get("STANDIN_TRACE") else ["bash", name], cwd=where, env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    with open(root + "/scripts.log", "a", encoding="utf-8") as file:
        file.write("--- %s %s\n%s" % (name, app, done.stdout))
    return done


def path(root):
    return root + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def install(root, folder, args=""):
    fit(root, folder)
    about = manifest(folder)
    app, count = about["id"], 1
    while app in installed(root):
        count += 1
        app = "%s__%d" % (about["id"], count)
    answers = dict(urllib.parse.parse_qsl(args))
    values = {"app": app, "id": app, "install_time": int(time.time()), "current_revision": "?"}
    for name, question in about["install"].items():
        values[name] = answers.get(name, question.get("default", "tour.example"))
    values.pop("init_main_permission")
    take_in(folder, root, app)
    keep(root, app, values)
    resources(root, app, about["resources"])
    done = script(root, app, folder, "install")
    if done.returncode:
        script(root, app, "%s/etc/yunohost/apps/%s" % (root, app), "remove")
        forget(root, app)
        raise SystemExit("installing %s failed: %s" % (app, done.stdout[-3000:]))
    setting(root, app, "update_time", int(time.time()))
    return app


def forget(root, app):
    if os.path.isfile(settings_file(root, app)):
        shutil.rmtree(settings(root, app)["install_dir"], ignore_errors=True)
        shutil.rmtree("%s/etc/yunohost/apps/%s" % (root, app), ignore_errors=True)


def upgrade(root, app, folder):
    fit(root, folder)
    resources(root, app, manifest(folder)["resources"])
    done = script(root, app, folder, "upgrade")
    if done.returncode:
        print("upgrading %s failed: %s" % (app, done.stdout[-3000:]), file=sys.stderr)
        return False
    take_in(folder, root, app)
    setting(root, app, "update_time", int(time.time()))
    return True


def remove(root, app):
    script(root, app, "%s/etc/yunohost/apps/%s" % (root, app), "remove")
    forget(root, app)


def backup(root, app, name):
    archive = root + "/home/yunohost.backup/" + name
    os.makedirs(archive + "/app")
    shutil.copytree("%s/etc/yunohost/apps/%s" % (root, app), archive + "/settings", symlinks=True)
    done = script(root, app, archive + "/settings", "../settings/scripts/backup", YNH_BACKUP_DIR=archive, cwd=archive + "/app")
    if done.returncode:
        raise SystemExit("backing up failed: " + done.stdout)
    for line in open(archive + "/list", encoding="utf-8"):
        there = archive + "/files" + line.strip()
        os.makedirs(os.path.dirname(there), exist_ok=True)
        shutil.copytree(line.strip(), there, symlinks=True)


def restore(root, app, name):
    archive = root + "/home/yunohost.backup/" + name
    shutil.copytree(archive + "/settings", "%s/etc/yunohost/apps/%s" % (root, app), symlinks=True)
    for script_file in os.listdir(archive + "/settings/scripts"):
        os.chmod("%s/etc/yunohost/apps/%s/scripts/%s" % (root, app, script_file), 0o644)
    os.chmod(settings_file(root, app), 0o400)
    resources(root, app, manifest(archive + "/settings")["resources"])
    done = script(root, app, archive + "/settings", "../settings/scripts/restore", YNH_BACKUP_DIR=archive, cwd=archive + "/app")
    if done.returncode:
        raise SystemExit("restoring failed: " + done.stdout[-3000:])


def change_url(root, app, new_path, new_domain=None):
    old = settings(root, app)
    new_domain = new_domain or old["domain"]
    done = script(root, app, "%s/etc/yunohost/apps/%s" % (root, app), "change_url", old_domain=old["domain"], old_path=old["path"],
                  new_domain=new_domain, new_path=new_path, change_domain="0", change_path="1")
    if done.returncode:
        raise SystemExit("changing the address failed: " + done.stdout[-3000:])
    keep(root, app, dict(settings(root, app), path=new_path, domain=new_domain))


def info(root, app):
    """Breaks where YunoHost breaks: on an `update_time` that is text."""
    values = settings(root, app)
    about = manifest("%s/etc/yunohost/apps/%s" % (root, app))
    return {"id": app, "version": about["version"], "settings": values, "when": time.gmtime(values["update_time"] + 0)[0]}


def converse(root, standin):
    """The driver's stand-in in the same folder, whose app actions are those of this file."""
    subprocess.run([sys.executable, "-I", standin + "/make.py", root, "--python", "/usr/bin/python3"], check=True)
    packages = root + "/usr/lib/python3/dist-packages"
    os.unlink(packages)
    shutil.copytree(standin + "/dist-packages", packages, ignore=shutil.ignore_patterns("__pycache__"))
    with open(packages + "/yunohost/app.py", "a", encoding="utf-8") as file, open(HERE + "/app_actions.py", encoding="utf-8") as more:
        file.write("\nDEPLOYED = %r\n%s" % (HERE, more.read()))
    actions = root + "/usr/share/yunohost/actionsmap.yml"
    with open(actions, encoding="utf-8") as file:
        text = file.read()
    text = text.replace('["-b", "--no-safety-backup"', '["--file"], ["-b", "--no-safety-backup"', 1)
    text = text.replace('  "service status"', """  "app change-url": {"call": "app.app_change_url", "write": true, "arguments": [["app"], ["-d", "--domain"], ["-p", "--path"]]},
  "backup create": {"call": "app.backup_create", "write": true, "arguments": [["--name"], ["--apps"]]},
  "diagnosis run": {"call": "app.diagnosis_run", "write": true, "arguments": [["categories", {"nargs": "*"}], ["--force", {"action": "store_true"}]]},
  "domain add": {"call": "app.domain_add", "write": true, "arguments": [["domain"]]},
  "domain cert install": {"call": "app.domain_cert_install", "write": true, "arguments": [["domain_list", {"nargs": "*"}]]},
  "service status\"""", 1)
    write(actions, text)


def main(words):
    what, root = words[0], os.path.realpath(words[1])
    rest = words[2:]
    if what == "make":
        make(root, rest[1])
    elif what == "install":
        print(install(root, *rest))
    elif what == "upgrade":
        upgrade(root, *rest)
    elif what == "info":
        print(json.dumps(info(root, *rest)))
    else:
        {"converse": converse, "remove": remove, "backup": backup, "restore": restore, "change-url": change_url, "setting": setting}[what](root, *rest)


if __name__ == "__main__":
    main(sys.argv[1:])
