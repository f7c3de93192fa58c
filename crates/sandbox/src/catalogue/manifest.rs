//! An app's manifest and catalogue entry, in the shapes that a server gives them.

use serde_json::{Map, Value, json};

use super::{ADDED, Entry, Known};
use crate::state::State;

/// The commit that every training package is at.
pub(crate) const REVISION: &str = "0000000000000000000000000000000000000000";

impl Entry {
    /// Where its package would be.
    pub(crate) fn url(&self) -> String {
        format!("https://packages.tour-et-cie.example/{}_ynh", self.id)
    }

    fn integration(&self) -> Value {
        json!({
            "yunohost": ">= 12.0.0", "helpers_version": "2.1", "architectures": "all",
            "multi_instance": self.multi, "ldap": self.ldap, "sso": self.sso, "disk": "50M",
            "ram": {"build": "50M", "runtime": "50M"},
        })
    }

    fn upstream(&self) -> Value {
        json!({"license": self.license, "website": format!("https://{}.example", self.id)})
    }

    /// Its entry in the catalogue, as a server keeps it.
    pub(crate) fn listed(&self) -> Value {
        let subtags: Vec<&str> = Some(self.subtag)
            .filter(|tag| !tag.is_empty())
            .into_iter()
            .collect();
        json!({
            "added_in_catalog": ADDED, "alternative_branches": {},
            "antifeatures": if self.level == 0 { vec!["alpha-software"] } else { Vec::new() },
            "category": self.category, "featured": false,
            "git": {"branch": "master", "revision": REVISION, "url": self.url()},
            "high_quality": false, "id": self.id, "lastUpdate": ADDED, "level": self.level,
            "logo_hash": null, "maintained": true,
            "manifest": {
                "description": {"en": self.en, "fr": self.fr}, "id": self.id,
                "integration": self.integration(), "maintainers": [], "name": self.name,
                "packaging_format": 2, "upstream": self.upstream(), "version": self.version,
            },
            "potential_alternative_to": [],
            "state": if self.level == 0 { "inprogress" } else { "working" },
            "subtags": subtags, "repository": "default",
        })
    }

    /// What all manifests have before `install`.
    fn head(&self, version: &str) -> Map<String, Value> {
        let head = json!({
            "packaging_format": 2.0, "id": self.id, "name": self.name,
            "description": {"en": self.en, "fr": self.fr}, "version": version,
            "maintainers": ["tour-et-cie"], "upstream": self.upstream(),
            "integration": self.integration(),
        });
        match head {
            Value::Object(head) => head,
            _ => Map::new(),
        }
    }

    fn resources(&self) -> Value {
        let mut permissions = json!({"main": {"url": "/"}});
        if self.has_admin_page()
            && let Some(permissions) = permissions.as_object_mut()
        {
            permissions.insert(
                "admin".to_owned(),
                json!({"url": "/admin", "allowed": "admins", "auth_header": false, "show_tile": false}),
            );
        }
        json!({"system_user": {}, "install_dir": {"group": "www-data:r-x"}, "permissions": permissions})
    }

    /// What is told after its installation.
    pub(crate) fn note(&self, address: &str) -> [(&'static str, String); 2] {
        [
            ("en", format!("{} is ready at https://{address}", self.name)),
            ("fr", format!("{} est prêt : https://{address}", self.name)),
        ]
    }

    fn pages(&self, address: &str) -> (Value, Value) {
        let [(_, en), (_, fr)] = self.note(address);
        (
            json!({
                "ADMIN": {"en": format!("Keep {} up to date.", self.name), "fr": format!("Gardez {} à jour.", self.name)},
                "DESCRIPTION": {"en": format!("**{}**: {}.", self.name, self.en), "fr": format!("**{}** : {}.", self.name, self.fr)},
            }),
            json!({"main": {"en": en, "fr": fr}}),
        )
    }

    /// The manifest of an installed app, as `app info --full` shows it.
    pub(crate) fn of_installed(&self, version: &str, address: &str, old: bool) -> Value {
        let mut manifest = self.head(version);
        let install: Map<String, Value> = self
            .questions()
            .iter()
            .map(|question| (question.id.to_owned(), question.written()))
            .collect();
        let (doc, note) = self.pages(address);
        manifest.insert("install".to_owned(), Value::Object(install));
        manifest.insert("resources".to_owned(), self.resources());
        manifest.insert("doc".to_owned(), doc);
        let mut notifications = json!({"PRE_INSTALL": {}, "POST_INSTALL": note, "PRE_UPGRADE": {}});
        if old && let Some(notifications) = notifications.as_object_mut() {
            notifications.insert("POST_UPGRADE".to_owned(), json!({}));
        }
        manifest.insert("notifications".to_owned(), notifications);
        Value::Object(manifest)
    }

    /// `app manifest`: what is asked before an installation.
    pub(crate) fn before_install(&self, known: Known<'_>) -> Value {
        let mut manifest = self.head(self.version);
        let questions: Vec<Value> = self
            .questions()
            .iter()
            .map(|question| question.shown(known))
            .collect();
        let (doc, note) = self.pages("__DOMAIN____PATH__");
        let more = json!({
            "install": questions, "resources": self.resources(), "doc": doc,
            "notifications": {"PRE_INSTALL": {}, "POST_INSTALL": note, "PRE_UPGRADE": {}, "POST_UPGRADE": {}},
            "lastUpdate": ADDED,
            "remote": {"type": "git", "url": self.url(), "branch": "master", "revision": REVISION},
            "quality": {"level": self.level, "state": if self.level == 0 { "inprogress" } else { "working" }},
            "antifeatures": [], "potential_alternative_to": [],
            "requirements": self.requirements(known.state, true),
        });
        if let Value::Object(more) = more {
            manifest.extend(more);
        }
        Value::Object(manifest)
    }

    /// What an installation, or an upgrade, needs.
    pub(crate) fn requirements(&self, state: &State, to_install: bool) -> Value {
        let free = state.mem_free_kib >> 20;
        let mut needs = json!({
            "required_yunohost_version": {"id": "required_yunohost_version", "passed": true, "error": format!("This app requires YunoHost >= 12.0.0 but current installed version is {}.", state.version)},
            "arch": {"id": "arch", "passed": true, "error": "This app can only be installed on architectures all but your server architecture is amd64"},
        });
        if let Some(needs) = needs.as_object_mut() {
            if to_install {
                let free_to_install = self.multi || !state.has_app(self.id);
                needs.insert("install".to_owned(), json!({"id": "install", "passed": free_to_install, "error": format!("{} is already installed", self.id)}));
                needs.insert("disk".to_owned(), json!({"id": "disk", "passed": state.disk_free_kib > 50 << 10, "error": "This app requires 50M free space."}));
            }
            needs.insert("ram".to_owned(), json!({"id": "ram", "passed": true, "error": format!("This app requires 50M RAM to install/upgrade but only {free}G is available right now.")}));
        }
        needs
    }
}
