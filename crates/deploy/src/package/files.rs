//! Every file of a package.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Order, PROGRAM, manifest, nginx, shell, units};
use crate::config::{Kind, Where};

/// The scripts, which are the same for all.
const SCRIPTS: &[(&str, &str)] = &[
    ("scripts/_common.sh", include_str!("files/_common.sh")),
    ("scripts/install", include_str!("files/install")),
    ("scripts/upgrade", include_str!("files/upgrade")),
    ("scripts/remove", include_str!("files/remove")),
    ("scripts/backup", include_str!("files/backup")),
    ("scripts/restore", include_str!("files/restore")),
    ("scripts/change_url", include_str!("files/change_url")),
    (PROGRAM, include_str!("files/towerify.py")),
    ("scripts/app.py", include_str!("files/app.py")),
    ("scripts/contents.py", include_str!("files/contents.py")),
    (
        "scripts/deploy_keys.py",
        include_str!("files/deploy_keys.py"),
    ),
];

pub(super) fn files(order: Order<'_>) -> BTreeMap<String, String> {
    let config = order.config;
    let mut files: BTreeMap<String, String> = SCRIPTS
        .iter()
        .map(|(path, content)| ((*path).to_owned(), (*content).to_owned()))
        .collect();
    let mut add = |path: &str, content: String| files.insert(path.to_owned(), content);
    add("manifest.toml", manifest::manifest(order));
    add("conf/app.sh", app_sh(order));
    add("conf/app.json", app_json(order));
    add("conf/nginx.conf", nginx::nginx(order));
    add("conf/variables.env", variables(order));
    if config.kind.is_served() {
        add("conf/units/@.service", units::slot(order));
    }
    if let Some(start) = config.start.as_deref() {
        add("conf/bin/start", starter(start));
    }
    for worker in &config.workers {
        for number in 1..=worker.count {
            let name = format!("{}{number}", worker.name);
            add(
                &format!("conf/units/-{name}.service"),
                units::worker(order, &name),
            );
            add(&format!("conf/bin/{name}"), starter(&worker.run));
        }
    }
    if !config.schedule.is_empty() {
        add("conf/cron", cron(order));
    }
    if config.kind.is_php() {
        add("conf/extra_php-fpm.conf", pool(order));
    }
    files
}

/// What tells one release from another.
pub(super) fn of_release(order: Order<'_>, fingerprint: &str) -> [(String, String); 2] {
    let release = order.release;
    let json = json!({"tree": release.tree, "commit": release.commit, "by": release.by, "message": release.message});
    let sh = format!(
        "# Which release this package brings.\n# shellcheck shell=bash disable=SC2034\nrelease={}\npackage={}\n",
        shell::word(&release.name()),
        shell::word(fingerprint)
    );
    [
        ("conf/release.json".to_owned(), format!("{json}\n")),
        ("conf/release.sh".to_owned(), sh),
    ]
}

fn app_sh(order: Order<'_>) -> String {
    let config = order.config;
    let workers: Vec<String> = config
        .workers
        .iter()
        .flat_map(|worker| (1..=worker.count).map(|number| format!("{}{number}", worker.name)))
        .collect();
    let php = if config.kind.is_php() {
        manifest::php_version(order)
    } else {
        String::new()
    };
    let database = match config.database {
        crate::config::Database::None => "none",
        crate::config::Database::Mysql => "mysql",
        crate::config::Database::Postgresql => "postgresql",
    };
    let mut text = String::from(
        "# What this package is, for _common.sh.\n# shellcheck shell=bash disable=SC2034\n",
    );
    for (name, value) in [
        ("root", order.layout.root.as_str()),
        ("id", order.id().as_str()),
        ("user", order.user()),
        ("kind", config.kind.word()),
        ("php", &php),
        ("version", runtime(order).unwrap_or_default()),
        ("dockerfile", &config.dockerfile),
        ("database", database),
        ("health_path", &config.health.path),
        ("health_seconds", &config.health.seconds.to_string()),
        ("https_port", &order.layout.https_port.to_string()),
        ("drain", &order.layout.drain),
    ] {
        text += &format!("{name}={}\n", shell::word(value));
    }
    text + &format!(
        "workers={}\n",
        shell::array(workers.iter().map(String::as_str))
    )
}

/// The version of the runtime that is asked for, where the package itself does not name it (PHP's does).
fn runtime(order: Order<'_>) -> Option<&str> {
    let versions = &order.config.versions;
    match order.config.kind {
        Kind::Node => versions.node.as_deref(),
        Kind::Python => versions.python.as_deref(),
        _ => None,
    }
}

fn app_json(order: Order<'_>) -> String {
    let config = order.config;
    let venv = "python3 -m venv .venv && .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt";
    let build = if config.build.on == Where::Server {
        config.build.commands.as_slice()
    } else {
        &[]
    };
    let mut limits = Vec::new();
    if let Some(memory) = config.limits.memory {
        limits.extend(["--memory".to_owned(), format!("{}m", memory.0)]);
    }
    if let Some(cpu) = config.limits.cpu {
        limits.extend([
            "--cpus".to_owned(),
            format!("{:.2}", f64::from(cpu.0) / 100.0),
        ]);
    }
    let tasks: Vec<&str> = config
        .schedule
        .iter()
        .map(|task| task.run.as_str())
        .collect();
    let json = json!({
        "id": order.id().as_str(), "name": config.name.as_str(), "env": order.name.as_str(), "label": manifest::label(order),
        "kind": config.kind.word(), "served": config.kind.is_served(),
        "php": config.kind.is_php().then(|| manifest::php_version(order)),
        "root": order.layout.root, "user": order.user(), "sudo": order.layout.sudo, "keep": config.keep,
        "access": order.environment.access.groups(),
        "data": config.data, "tasks": tasks, "limits": limits,
        "commands": {
            "wheels": [format!("{venv} --no-index --find-links wheels")], "requirements": [venv], "build": build,
            "before": config.hooks.before, "migrate": config.hooks.migrate, "after": config.hooks.after,
        },
    });
    serde_json::to_string_pretty(&json).unwrap_or_default() + "\n"
}

/// A command of the configuration, with the release's own tools first.
fn starter(command: &str) -> String {
    format!(
        "#!/bin/bash\n# A command of towerify/config.yaml; the unit says in which folder.\nexport PATH=\"$PWD/.venv/bin:$PWD/node_modules/.bin:$PATH\"\nexec bash -c {}\n",
        shell::word(command)
    )
}

fn variables(order: Order<'_>) -> String {
    let mut values = order.environment.variables.clone();
    if order.config.kind == Kind::Node {
        values
            .entry("NODE_ENV".to_owned())
            .or_insert_with(|| "production".to_owned());
    }
    values
        .iter()
        .map(|(name, value)| format!("{name}={}\n", shell::env_value(value)))
        .collect()
}

fn cron(order: Order<'_>) -> String {
    let mut text = String::from(
        "# Of towerify/config.yaml: each task as the app's own user, in its live release.\n",
    );
    for (number, task) in order.config.schedule.iter().enumerate() {
        text += &format!(
            "{} root /usr/bin/python3 -I __ROOT__/etc/yunohost/apps/__APP__/{PROGRAM} task {number}\n",
            task.cron
        );
    }
    text
}

fn pool(order: Order<'_>) -> String {
    let mut text = String::from(
        "; Of towerify/config.yaml. Secrets stand in a second part of this pool, which only root reads.\n",
    );
    if let Some(memory) = order.config.limits.memory {
        text += &format!("php_admin_value[memory_limit] = {}M\n", memory.0);
    }
    text += "php_admin_value[upload_max_filesize] = 200M\nphp_admin_value[post_max_size] = 200M\n";
    for (name, value) in &order.environment.variables {
        text += &format!("env[{name}] = {}\n", shell::fpm_value(value));
    }
    text
}
