//! systemd's units: the template of the two slots, and the workers.

use super::Order;
use crate::config::{Kind, Limits};

/// What runs apart from the rest of the system. An app that needs more is a container.
const APART: &str = "NoNewPrivileges=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=full
ProtectControlGroups=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
LockPersonality=yes
CapabilityBoundingSet=
";

/// Root reads these before it becomes the app's user, which can't.
const ENVIRONMENT: &str = "EnvironmentFile=-__INSTALL_DIR__/env/variables.env
EnvironmentFile=-__INSTALL_DIR__/env/database.env
EnvironmentFile=-__ROOT__/etc/yunohost/apps/__APP__/secrets.env
";

fn limits(limits: Limits) -> String {
    let memory = limits
        .memory
        .map(|memory| format!("MemoryMax={}M\n", memory.0));
    let cpu = limits.cpu.map(|cpu| format!("CPUQuota={}%\n", cpu.0));
    memory.into_iter().chain(cpu).collect()
}

/// The template: `%i` is the port.
pub(super) fn slot(order: Order<'_>) -> String {
    let label = super::manifest::label(order).replace('%', "%%");
    let bounds = limits(order.config.limits);
    if order.config.kind == Kind::Dockerfile {
        // podman needs root to make the container; what is inside has no more than podman gives.
        return format!(
            "[Unit]\nDescription={label}, port %i\nAfter=network.target\n\n[Service]\nType=exec\n\
             ExecStart=/usr/bin/python3 -I __ROOT__/etc/yunohost/apps/__APP__/scripts/towerify.py container %i\n\
             ExecStop=/usr/bin/podman stop --ignore --time 10 __APP__-%i\n\
             Restart=on-failure\nRestartSec=1\nTimeoutStopSec=30\n\n[Install]\nWantedBy=multi-user.target\n"
        );
    }
    format!(
        "[Unit]\nDescription={label}, port %i\nAfter=network.target\n\n[Service]\nType=exec\nUser=__USER__\nGroup=__USER__\n\
         WorkingDirectory=__INSTALL_DIR__/slot-%i\n{ENVIRONMENT}Environment=PORT=%i HOST=127.0.0.1\n\
         ExecStart=/bin/bash __INSTALL_DIR__/bin/start\nRestart=on-failure\nRestartSec=1\nTimeoutStopSec=30\nKillMode=mixed\nUMask=0027\n\
         {bounds}{APART}\n[Install]\nWantedBy=multi-user.target\n"
    )
}

/// A worker; it follows the live release.
pub(super) fn worker(order: Order<'_>, name: &str) -> String {
    let label = super::manifest::label(order).replace('%', "%%");
    let bounds = limits(order.config.limits);
    format!(
        "[Unit]\nDescription={label}, {name}\nAfter=network.target\n\n[Service]\nType=exec\nUser=__USER__\nGroup=__USER__\n\
         WorkingDirectory=__INSTALL_DIR__/current\n{ENVIRONMENT}\
         ExecStart=/bin/bash __INSTALL_DIR__/bin/{name}\nRestart=always\nRestartSec=2\nTimeoutStopSec=30\nUMask=0027\n\
         {bounds}{APART}\n[Install]\nWantedBy=multi-user.target\n"
    )
}
