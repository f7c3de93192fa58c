//! `manifest.toml`: what YunoHost is told of the app, what it prepares for it and what it asks.

use toml::{Table, Value};

use super::Order;
use crate::config::{Database, Kind};

/// PHP of Debian 12, where nothing else is asked for.
pub(super) const PHP: &str = "8.2";

pub(super) fn manifest(order: Order<'_>) -> String {
    let config = order.config;
    let mut top = Table::new();
    let mut set = |key: &str, value: Value| top.insert(key.to_owned(), value);
    set("packaging_format", Value::Integer(2));
    set("id", text(order.id().as_str()));
    set("name", text(&label(order)));
    set(
        "description",
        table([
            (
                "en",
                text(&format!("{}, deployed by its developers", config.label)),
            ),
            (
                "fr",
                text(&format!("{}, déployée par son équipe", config.label)),
            ),
        ]),
    );
    set("version", text(&order.release.version()));
    set("maintainers", Value::Array(Vec::new()));
    set("upstream", table([("license", text("proprietary"))]));
    set(
        "integration",
        table([
            ("yunohost", text(">= 12.0")),
            ("helpers_version", text("2.1")),
            ("architectures", text("all")),
            ("multi_instance", Value::Boolean(false)),
            ("ldap", text("not_relevant")),
            ("sso", text("not_relevant")),
            ("disk", text("50M")),
            (
                "ram",
                table([("build", text("50M")), ("runtime", text("50M"))]),
            ),
        ]),
    );
    set(
        "install",
        table([
            ("domain", table([("type", text("domain"))])),
            (
                "path",
                table([("type", text("path")), ("default", text("/"))]),
            ),
            (
                "init_main_permission",
                table([("type", text("group")), ("default", text("all_users"))]),
            ),
        ]),
    );
    set("resources", resources(order));
    toml::to_string(&Value::Table(top)).unwrap_or_default()
}

/// The tile's name: with the environment, so that two of them are told apart.
pub(super) fn label(order: Order<'_>) -> String {
    format!("{} ({})", order.config.label, order.name.as_str())
}

fn resources(order: Order<'_>) -> Value {
    let config = order.config;
    let mut all = Table::new();
    let mut set = |key: &str, value: Value| all.insert(key.to_owned(), value);
    set("system_user", Value::Table(Table::new()));
    // The folder is root's: what runs as the app can't put a link where root will write.
    set(
        "install_dir",
        table([("owner", text("root:rwx")), ("group", text("www-data:r-x"))]),
    );
    if !config.data.is_empty() {
        set("data_dir", table([("group", text("www-data:r-x"))]));
    }
    set(
        "permissions",
        table([("main", table([("url", text("/"))]))]),
    );
    if config.kind.is_served() {
        set(
            "ports",
            table([
                ("main", table([("default", Value::Integer(8095))])),
                ("alt", table([("default", Value::Integer(8096))])),
            ]),
        );
    }
    let packages = packages(order)
        .into_iter()
        .map(|package| text(&package))
        .collect();
    set("apt", table([("packages", Value::Array(packages))]));
    match config.database {
        Database::None => None,
        Database::Mysql => set("database", table([("type", text("mysql"))])),
        Database::Postgresql => set("database", table([("type", text("postgresql"))])),
    };
    Value::Table(all)
}

/// Debian's packages. PHP's carry their version: a plain `php` means 7.4 to YunoHost's helpers.
fn packages(order: Order<'_>) -> Vec<String> {
    let config = order.config;
    let mut packages = vec!["zstd".to_owned()];
    let mut add = |names: &[&str]| packages.extend(names.iter().map(|name| (*name).to_owned()));
    match config.kind {
        Kind::Static => {}
        Kind::Php | Kind::Laravel => {
            let version = php_version(order);
            let mut extensions = vec![
                "fpm", "cli", "common", "curl", "mbstring", "xml", "zip", "intl",
            ];
            match config.database {
                Database::None => extensions.push("sqlite3"),
                Database::Mysql => extensions.push("mysql"),
                Database::Postgresql => extensions.push("pgsql"),
            }
            let named: Vec<String> = extensions
                .iter()
                .map(|extension| format!("php{version}-{extension}"))
                .collect();
            add(&named.iter().map(String::as_str).collect::<Vec<_>>());
        }
        Kind::Node => {
            add(&["nodejs"]);
            if config.build.on == crate::config::Where::Server
                && config
                    .build
                    .commands
                    .iter()
                    .any(|line| line.contains("npm"))
                || config
                    .start
                    .as_deref()
                    .is_some_and(|line| line.starts_with("npm "))
            {
                add(&["npm"]);
            }
        }
        Kind::Python => add(&["python3", "python3-venv"]),
        Kind::Dockerfile => add(&["podman", "crun"]),
    }
    match config.database {
        Database::None => {}
        Database::Mysql => add(&["mariadb-server"]),
        Database::Postgresql => add(&["postgresql"]),
    }
    packages
}

pub(super) fn php_version(order: Order<'_>) -> String {
    order
        .config
        .versions
        .php
        .clone()
        .unwrap_or_else(|| PHP.to_owned())
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn table<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Table(
        entries
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}
