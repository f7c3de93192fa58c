//! nginx's file of an app. `point` in `_common.sh` puts in where it leads: path, port, folder.

use super::{Order, manifest};
use crate::config::Kind;

/// `__PATH__` is the path without a last slash, so empty for `/`.
pub(super) fn nginx(order: Order<'_>) -> String {
    let webroot = match order.config.webroot.as_str() {
        "" => String::new(),
        folder => format!("{folder}/"),
    };
    let inner = match order.config.kind {
        Kind::Static => {
            format!("    alias __INSTALL_DIR__/current/{webroot};\n    index index.html;\n{HIDDEN}")
        }
        Kind::Php | Kind::Laravel => php(order, &webroot),
        Kind::Node | Kind::Python | Kind::Dockerfile => PROXY.to_owned(),
    };
    format!(
        "#sub_path_only rewrite ^__PATH__$ __PATH__/ permanent;\nlocation __PATH__/ {{\n{inner}}}\n"
    )
}

/// Files whose names begin with a dot are nobody's business.
const HIDDEN: &str = "    location ~ /\\.(?!well-known) {
        deny all;
    }
";

/// `proxy_params` is nginx's own file on Debian; YunoHost's `proxy_params_no_auth` is not on every server.
const PROXY: &str = "    proxy_pass http://127.0.0.1:__PORT__/;
    include proxy_params;
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $http_connection;
    proxy_set_header X-Forwarded-Prefix __PATH__/;
    proxy_read_timeout 300s;
    client_max_body_size 200M;
";

/// `current` is a link that moves: scripts are named by their real place, or PHP would go on running the former release
/// from its cache. `try_files` with `alias` is broken in nginx; a rewrite of what is no file works.
fn php(order: Order<'_>, webroot: &str) -> String {
    format!(
        "    alias __INSTALL_DIR__/current/{webroot};
    index index.php index.html;
    client_max_body_size 200M;
    if (!-e $request_filename) {{
        rewrite ^ __PATH__/index.php last;
    }}
{HIDDEN}    location ~ ^__PATH__(?<towerify_script>/.+?\\.php)(?<towerify_rest>/.*)?$ {{
        fastcgi_pass unix:{}/var/run/php/php{}-fpm-__APP__.sock;
        include fastcgi_params;
        fastcgi_param REMOTE_USER $remote_user;
        fastcgi_param PATH_INFO $towerify_rest;
        fastcgi_param SCRIPT_FILENAME $realpath_root$towerify_script;
        fastcgi_param DOCUMENT_ROOT $realpath_root;
    }}
",
        order.layout.root,
        manifest::php_version(order),
    )
}
