//! A server as its blueprint wants it, before anybody touched it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    App, Domain, Group, Operation, Permission, State, User, services,
    system::{Firewall, System},
};
use crate::{
    Blueprint,
    blueprint::{Complaint, Installed, Shipped},
    catalogue,
};

/// Packages that can wait for an update, as Debian 12 has them.
const PACKAGES: &[(&str, &str, &str)] = &[
    ("openssl", "3.0.15-1~deb12u1", "3.0.17-1~deb12u2"),
    ("libssl3", "3.0.15-1~deb12u1", "3.0.17-1~deb12u2"),
    ("linux-image-amd64", "6.1.119-1", "6.1.128-1"),
    ("nginx", "1.22.1-9", "1.22.1-9+deb12u2"),
    ("postfix", "3.7.11-0+deb12u1", "3.7.11-0+deb12u2"),
    ("bind9-host", "1:9.18.28-1~deb12u2", "1:9.18.33-1~deb12u2"),
    ("git", "1:2.39.5-0+deb12u1", "1:2.39.5-0+deb12u2"),
    (
        "libxml2",
        "2.9.14+dfsg-1.3~deb12u1",
        "2.9.14+dfsg-1.3~deb12u2",
    ),
    ("rsync", "3.2.7-1", "3.2.7-1+deb12u2"),
    ("vim-common", "2:9.0.1378-2", "2:9.0.1378-2+deb12u2"),
    ("tzdata", "2024a-0+deb12u1", "2025b-0+deb12u1"),
];

const GIB: u64 = 1 << 20;

impl State {
    /// Builds a server. `now` dates what is older than the exercise.
    pub(crate) fn born(plan: &Blueprint, password: &str, now: DateTime<Utc>) -> Self {
        let since = now - TimeDelta::days(41) - TimeDelta::minutes(137);
        let mut state = Self {
            name: plan.name.clone(),
            version: plan.version.clone(),
            main_domain: plan.main_domain.clone(),
            admin: "admin".to_owned(),
            password: password.to_owned(),
            authorized_keys: Vec::new(),
            system: System::default(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            domains: std::iter::once(&plan.main_domain)
                .chain(&plan.domains)
                .map(|name| Domain {
                    name: name.clone(),
                    self_signed: plan.self_signed,
                    days: plan.certificate_days,
                    own_certificate: None,
                    certificate_sha256: None,
                })
                .collect(),
            apps: BTreeMap::new(),
            system_permissions: system_permissions(),
            services: services::of_a_new_server(&plan.down, !plan.apps.is_empty(), since),
            complaints: plan.complaints.clone(),
            diagnosed_at: now - TimeDelta::hours(5),
            operations: Vec::new(),
            packages: PACKAGES
                .iter()
                .take(plan.updates)
                .map(|(name, old, new)| ((*name).to_owned(), (*old).to_owned(), (*new).to_owned()))
                .collect(),
            apt_updated: now - TimeDelta::hours(9),
            catalogue_updated: now - TimeDelta::hours(9),
            mem_kib: 8 * GIB,
            mem_free_kib: 4 * GIB - GIB / 5,
            disk_kib: 160 * GIB,
            disk_free_kib: 160 * GIB * plan.disk_free_percent.min(100) / 100,
        };
        state.system.firewall = Firewall::new(state.is_old());
        if plan.disk_free_percent < 10 && !state.complaints.contains(&Complaint::DiskSpace) {
            state.complaints.push(Complaint::DiskSpace);
        }
        state.remember("tools_postinstall", "", since);
        state.people(plan, since);
        state.installed(plan, since);
        state
    }

    fn people(&mut self, plan: &Blueprint, since: DateTime<Utc>) {
        let mut admins = Vec::new();
        let admin = ("admin", "Administration", true);
        let others = plan.people.iter().map(|person| {
            (
                person.username.as_str(),
                person.fullname.as_str(),
                person.admin,
            )
        });
        for (username, fullname, is_admin) in std::iter::once(admin).chain(others) {
            self.account(username, fullname);
            // Everybody of an exercise has its one password: it is shown, and opens nothing real.
            let password = self.password.clone();
            self.system.passwords.insert(username.to_owned(), password);
            if is_admin {
                admins.push(username.to_owned());
            }
        }
        self.own_groups(admins);
        for team in &plan.groups {
            self.groups.insert(
                team.name.clone(),
                Group {
                    members: team.members.clone(),
                    aliases: Vec::new(),
                },
            );
        }
        for (place, person) in plan.people.iter().enumerate() {
            let at = since + TimeDelta::minutes(20 + 3 * i64::try_from(place).unwrap_or(0));
            self.remember("user_create", &person.username, at);
        }
    }

    /// The first administrator of a server that is post-installed, and YunoHost's own groups.
    pub(super) fn make_admin(&mut self, username: &str, fullname: &str) {
        self.account(username, fullname);
        self.own_groups(vec![username.to_owned()]);
    }

    fn account(&mut self, username: &str, fullname: &str) {
        let mail = format!("{username}@{}", self.main_domain);
        self.users.insert(
            username.to_owned(),
            User {
                fullname: fullname.to_owned(),
                mail,
                aliases: Vec::new(),
                forward: Vec::new(),
                quota: "0".to_owned(),
                shell: "/bin/bash".to_owned(),
            },
        );
    }

    fn own_groups(&mut self, admins: Vec<String>) {
        let aliases = [
            "admins",
            "root",
            "admin",
            "webmaster",
            "postmaster",
            "abuse",
        ]
        .map(|name| format!("{name}@{}", self.main_domain));
        let own = [
            ("admins", admins, aliases.to_vec()),
            ("all_users", Vec::new(), Vec::new()),
            ("visitors", Vec::new(), Vec::new()),
        ];
        for (name, members, aliases) in own {
            self.groups
                .insert(name.to_owned(), Group { members, aliases });
        }
    }

    fn installed(&mut self, plan: &Blueprint, since: DateTime<Utc>) {
        for (place, wanted) in plan.apps.iter().enumerate() {
            let at = since
                + TimeDelta::days(1)
                + TimeDelta::minutes(11 * i64::try_from(place).unwrap_or(0));
            let Some(app) = self.built(wanted, at) else {
                continue;
            };
            let instance = self.free_instance(&wanted.app);
            self.remember("app_install", &wanted.app, at);
            self.apps.insert(instance, app);
        }
        for shipped in &plan.deployed {
            let app = self.deployed(shipped, since + TimeDelta::days(2));
            self.apps.insert(shipped.id.clone(), app);
        }
    }

    /// As the app's own program leaves it: what it says of a release stands among the settings.
    fn deployed(&self, shipped: &Shipped, at: DateTime<Utc>) -> App {
        let release = format!("r{}", shipped.releases);
        let live_at = at + TimeDelta::days(i64::from(shipped.releases));
        let settings = [
            ("app", shipped.id.as_str().into()),
            ("install_time", at.timestamp().into()),
            (
                "current_revision",
                format!("{:040x}", shipped.releases).into(),
            ),
            ("release", release.as_str().into()),
            ("newest_release", release.as_str().into()),
            ("towerify_package", "0".repeat(64).into()),
            ("towerify_release", release.as_str().into()),
            (
                "towerify_commit",
                format!("{:040x}", shipped.releases).into(),
            ),
            ("towerify_message", shipped.message.as_str().into()),
            ("towerify_by", shipped.by.as_str().into()),
            ("towerify_at", live_at.timestamp().into()),
        ];
        App {
            id: shipped.id.clone(),
            label: shipped.label.clone(),
            version: format!("{}~ynh1", shipped.releases),
            domain: Some(self.main_domain.clone()),
            path: Some(shipped.path.clone()),
            settings: settings
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect(),
            installed_at: at,
            updated_at: Some(live_at),
            permissions: BTreeMap::from([(
                "main".to_owned(),
                Permission {
                    label: None,
                    url: Some("/".to_owned()),
                    show_tile: true,
                    auth_header: true,
                    protected: false,
                    allowed: vec!["all_users".to_owned()],
                },
            )]),
        }
    }

    fn built(&self, wanted: &Installed, at: DateTime<Utc>) -> Option<App> {
        let entry = catalogue::entry(&wanted.app)?;
        let domain = if wanted.domain.is_empty() {
            self.main_domain.clone()
        } else {
            wanted.domain.clone()
        };
        let mut answers: BTreeMap<String, String> = entry
            .questions()
            .into_iter()
            .filter_map(|question| Some((question.id.to_owned(), question.default_text()?)))
            .collect();
        answers.insert("domain".to_owned(), domain);
        answers.insert("path".to_owned(), wanted.path.clone());
        let mut app = entry.install(&wanted.app, &answers, at);
        if !wanted.label.is_empty() {
            app.label.clone_from(&wanted.label);
        }
        if wanted.behind {
            entry.older_version().clone_into(&mut app.version);
        }
        if let Some(main) = app.permissions.get_mut("main")
            && !wanted.allowed.is_empty()
        {
            main.allowed.clone_from(&wanted.allowed);
        }
        Some(app)
    }

    /// The name that another instance of an app would have: `wordpress`, `wordpress__2`, …
    pub(crate) fn free_instance(&self, id: &str) -> String {
        std::iter::once(id.to_owned())
            .chain((2..).map(|number| format!("{id}__{number}")))
            .find(|name| !self.apps.contains_key(name))
            .unwrap_or_default()
    }

    /// An operation that went well in the past.
    fn remember(&mut self, kind: &str, target: &str, at: DateTime<Utc>) {
        let name = self.begin(kind, target, BTreeMap::new(), "root", at);
        if let Some(operation) = self.operation_mut(&name) {
            done(operation, at + TimeDelta::seconds(4));
        }
    }
}

/// Who may use `mail`, `sftp` and `ssh` on a new server.
pub(super) fn system_permissions() -> BTreeMap<String, Vec<String>> {
    [("mail", "all_users"), ("sftp", ""), ("ssh", "admins")]
        .into_iter()
        .map(|(name, group)| {
            let allowed = (!group.is_empty()).then(|| group.to_owned());
            (name.to_owned(), allowed.into_iter().collect())
        })
        .collect()
}

fn done(operation: &mut Operation, at: DateTime<Utc>) {
    operation.success = Some(true);
    operation.ended_at = Some(at);
    operation.note(at, "success", "Completed");
}
