//! A machine before YunoHost, and the steps that make it a server.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Domain, State, services,
    system::{Firewall, Login, Stage, Sudo, System},
};
use crate::{Bare, Blueprint, Obstacle};

const GIB: u64 = 1 << 20;

impl State {
    /// A machine with Debian on it. `now` is when what passes by itself begins.
    pub(crate) fn born_bare(plan: &Blueprint, bare: &Bare, now: DateTime<Utc>) -> Self {
        let mut state = Self::born(plan, "", now);
        state.main_domain = String::new();
        state.admin = String::new();
        state.domains = Vec::new();
        state.users = BTreeMap::new();
        state.groups = BTreeMap::new();
        state.system_permissions = BTreeMap::new();
        state.operations = Vec::new();
        state.services = services::of_a_bare_machine(now - TimeDelta::hours(3));
        state.system = System {
            debian: bare.debian,
            stage: Stage::Bare,
            private_peers: false,
            unattended_upgrades: false,
            diagnosed: false,
            ..System::default()
        };
        let sudo = if bare.user == "root" {
            Sudo::Root
        } else {
            state.system.login_mut("root").sudo = Sudo::Root;
            Sudo::Asks
        };
        let login = Login {
            password: Some(bare.password.clone()),
            keys: Vec::new(),
            sudo,
        };
        state.system.logins.insert(bare.user.clone(), login);
        for obstacle in &bare.obstacles {
            state.system.put_obstacle(obstacle.clone(), now);
        }
        if state.system.has(&Obstacle::SmallDisk) {
            state.disk_kib = 5 * GIB;
            state.disk_free_kib = 3 * GIB + GIB / 2;
        } else {
            state.disk_kib = 40 * GIB;
            state.disk_free_kib = 37 * GIB;
        }
        state
    }

    /// YunoHost's packages are installed: services run, nothing else is changed (rule 6).
    pub(crate) fn install_yunohost(&mut self, now: DateTime<Utc>) {
        self.system.stage = Stage::Installed;
        self.system.unattended_upgrades = true;
        self.services = services::of_a_new_server(&[], false, now);
        for name in ["nftables"] {
            if let Some(service) = self.services.get_mut(name) {
                "dead".clone_into(&mut service.status);
            }
        }
        self.disk_free_kib = self.disk_free_kib.saturating_sub(3 * GIB);
    }

    /// The post-installation's effects (rule 13).
    pub(crate) fn postinstall(&mut self, with: &Postinstallation, now: DateTime<Utc>) {
        self.main_domain.clone_from(&with.domain);
        self.admin.clone_from(&with.username);
        self.password.clone_from(&with.password);
        self.domains = vec![Domain {
            name: with.domain.clone(),
            self_signed: true,
            days: 3649,
            own_certificate: None,
            certificate_sha256: None,
        }];
        self.make_admin(&with.username, &with.fullname);
        self.system_permissions = super::born::system_permissions();
        self.services = services::of_a_new_server(&[], false, now);
        self.system.firewall = Firewall::new(self.is_old());
        self.system.stage = Stage::Serving;
        self.system.ssh_port = 22;
        // Root's password is the administrator's from now on.
        self.system.login_mut("root").password = None;
        self.diagnosed_at = now;
        self.catalogue_updated = now;
        self.apt_updated = now;
    }
}

/// What a post-installation is told.
#[derive(Clone)]
pub(crate) struct Postinstallation {
    pub(crate) domain: String,
    pub(crate) username: String,
    pub(crate) fullname: String,
    pub(crate) password: String,
}
