//! The training catalogue: some thirty apps with their facts (id, name, what it is for), and manifests of our own.
//!
//! Ids, names, versions, categories, licences and descriptions are facts of YunoHost's public catalogue; the
//! manifests are written here and install nothing.

mod entries;
mod manifest;
mod question;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

pub(crate) use entries::{ENTRIES, Entry};
pub(crate) use question::{Known, Question};

use crate::{
    state::{App, Permission, State},
    words::Locale,
};

/// When the entries were added and last changed: 2023-01-20, in seconds since 1970.
const ADDED: i64 = 1_674_232_499;

/// Id, title, description and icon of a category, in both languages; and its subtags.
type Category = (
    &'static str,
    [&'static str; 2],
    [&'static str; 2],
    &'static str,
    &'static [(&'static str, [&'static str; 2])],
);

const CATEGORIES: &[Category] = &[
    (
        "synchronization",
        ["Synchronization", "Synchronisation"],
        [
            "Files sync, contact, calendar, password managers…",
            "Fichiers, contacts, calendrier, mots de passe…",
        ],
        "cloud",
        &[
            ("files", ["Files", "Fichiers"]),
            ("calendar", ["Calendar", "Calendrier"]),
            ("password", ["Passwords", "Mots de passe"]),
        ],
    ),
    (
        "publishing",
        ["Publishing", "Publication"],
        ["CMS, blogs, wikis…", "CMS, blogs, wikis…"],
        "globe",
        &[
            ("website", ["Website", "Site web"]),
            ("blog", ["Blog", "Blog"]),
            ("wiki", ["Wiki", "Wiki"]),
        ],
    ),
    (
        "communication",
        ["Communication", "Communication"],
        [
            "Chat, forum, mail, meetings…",
            "Messagerie, forum, courriel, réunions…",
        ],
        "comments-o",
        &[
            ("chat", ["Chat", "Discussion"]),
            ("email", ["Email", "Courriel"]),
            ("meeting", ["Meeting", "Réunion"]),
        ],
    ),
    (
        "office",
        ["Office", "Bureautique"],
        [
            "Documents, spreadsheets, notes…",
            "Documents, tableurs, notes…",
        ],
        "file-text-o",
        &[
            ("text", ["Text", "Texte"]),
            ("spreadsheet", ["Spreadsheet", "Tableur"]),
        ],
    ),
    (
        "productivity_and_management",
        ["Productivity & management", "Productivité & gestion"],
        [
            "Tasks, polls, accounting…",
            "Tâches, sondages, comptabilité…",
        ],
        "area-chart",
        &[
            ("task", ["Tasks", "Tâches"]),
            ("poll", ["Polls", "Sondages"]),
            ("accounting", ["Accounting", "Comptabilité"]),
        ],
    ),
    (
        "small_utilities",
        ["Small utilities", "Petits utilitaires"],
        [
            "Pastebins, link shorteners…",
            "Partage de textes, raccourcisseurs de liens…",
        ],
        "umbrella",
        &[("pastebin", ["Pastebin", "Partage de textes"])],
    ),
    (
        "reading",
        ["Reading", "Lecture"],
        ["News readers, books…", "Lecteurs d'actualités, livres…"],
        "newspaper-o",
        &[("rssreader", ["News reader", "Lecteur de flux"])],
    ),
    (
        "education",
        ["Education", "Éducation"],
        ["Learning platforms…", "Plateformes d'apprentissage…"],
        "graduation-cap",
        &[],
    ),
    (
        "multimedia",
        ["Multimedia", "Multimédia"],
        ["Pictures, music, films…", "Photos, musique, films…"],
        "music",
        &[
            ("pictures", ["Pictures", "Photos"]),
            ("mediacenter", ["Media center", "Médiathèque"]),
        ],
    ),
    (
        "dev",
        ["Development", "Développement"],
        [
            "Forges, tools for developers…",
            "Forges, outils de développement…",
        ],
        "flask",
        &[("forge", ["Forge", "Forge"])],
    ),
    (
        "system_tools",
        ["System tools", "Outils système"],
        [
            "Monitoring, backups, network…",
            "Supervision, sauvegardes, réseau…",
        ],
        "wrench",
        &[("monitoring", ["Monitoring", "Supervision"])],
    ),
];

const ANTIFEATURES: &[(&str, [&str; 2], [&str; 2], &str)] = &[
    (
        "tracking",
        ["Tracking", "Pistage"],
        [
            "Tracks you and/or reports your activity to third parties.",
            "Vous piste ou rapporte vos activités à des tiers.",
        ],
        "user-secret",
    ),
    (
        "non-free-network",
        ["Non-free network services", "Services réseau non libres"],
        [
            "Promotes or depends entirely on a non-free network service.",
            "Promeut un service réseau non libre ou en dépend entièrement.",
        ],
        "sitemap",
    ),
    (
        "alpha-software",
        ["Alpha software", "Logiciel en version alpha"],
        [
            "Early development stage: features may be broken.",
            "Début de développement : des fonctions peuvent manquer.",
        ],
        "flask",
    ),
];

/// An app of the catalogue.
pub(crate) fn entry(id: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.id == id)
}

/// `app catalog`.
pub(crate) fn shown(
    state: &State,
    full: bool,
    with_categories: bool,
    with_antifeatures: bool,
    locale: Locale,
) -> Value {
    let apps: Map<String, Value> = ENTRIES
        .iter()
        .map(|entry| {
            let shown = if full {
                let mut shown = entry.listed();
                if let Some(shown) = shown.as_object_mut() {
                    if let Some(manifest) = shown.get_mut("manifest").and_then(Value::as_object_mut)
                    {
                        manifest.insert("description".to_owned(), entry.description(locale).into());
                    }
                    shown.insert("installed".to_owned(), state.has_app(entry.id).into());
                }
                shown
            } else {
                json!({"description": entry.description(locale), "level": entry.level})
            };
            (entry.id.to_owned(), shown)
        })
        .collect();
    let mut reply = Map::from_iter([("apps".to_owned(), Value::Object(apps))]);
    if with_categories {
        let categories: Vec<Value> = CATEGORIES
            .iter()
            .map(|(id, title, description, icon, subtags)| {
                let subtags: Vec<Value> = subtags
                    .iter()
                    .map(|(id, [en, fr])| json!({"id": id, "title": locale.pick(en, fr)}))
                    .collect();
                json!({"description": locale.pick(description[0], description[1]), "icon": icon, "id": id, "subtags": subtags, "title": locale.pick(title[0], title[1])})
            })
            .collect();
        reply.insert("categories".to_owned(), categories.into());
    }
    if with_antifeatures {
        let antifeatures: Vec<Value> = ANTIFEATURES
            .iter()
            .map(|(id, title, description, icon)| {
                json!({"description": locale.pick(description[0], description[1]), "icon": icon, "id": id, "title": locale.pick(title[0], title[1])})
            })
            .collect();
        reply.insert("antifeatures".to_owned(), antifeatures.into());
    }
    Value::Object(reply)
}

impl State {
    /// Whether any instance of an app is installed.
    pub(crate) fn has_app(&self, id: &str) -> bool {
        self.apps.values().any(|app| app.id == id)
    }
}

impl Entry {
    /// What it is for.
    pub(crate) fn description(&self, locale: Locale) -> &'static str {
        locale.pick(self.en, self.fr)
    }

    /// The same by language.
    pub(crate) fn descriptions(&self) -> Map<String, Value> {
        Map::from_iter([
            ("en".to_owned(), self.en.into()),
            ("fr".to_owned(), self.fr.into()),
        ])
    }

    /// Its questions, in their order.
    pub(crate) fn questions(&self) -> Vec<Question> {
        self.asks
            .split_whitespace()
            .map(|token| Question::of(token, self.id))
            .collect()
    }

    /// Whether it needs a domain of its own: it asks for a domain and no path.
    pub(crate) fn wants_a_whole_domain(&self) -> bool {
        let mut asked = self.asks.split_whitespace();
        asked.any(|token| token == "domain")
            && !self.asks.split_whitespace().any(|token| token == "path")
    }

    /// The version before the catalogue's: the last number of upstream's that can be one less.
    pub(crate) fn older_version(&self) -> String {
        let (upstream, packaging) = self
            .version
            .split_once('~')
            .unwrap_or((self.version, "ynh1"));
        let mut parts: Vec<String> = upstream.split('.').map(str::to_owned).collect();
        for part in parts.iter_mut().rev() {
            if let Some(less) = part
                .parse::<u32>()
                .ok()
                .and_then(|number| number.checked_sub(1))
            {
                *part = less.to_string();
                break;
            }
        }
        format!("{}~{packaging}", parts.join("."))
    }

    /// The app as it is once installed with these answers.
    pub(crate) fn install(
        &self,
        instance: &str,
        answers: &BTreeMap<String, String>,
        at: DateTime<Utc>,
    ) -> App {
        let domain = answers.get("domain").cloned();
        let path = answers
            .get("path")
            .map(|path| question::tidy_path(path))
            .or_else(|| domain.is_some().then(|| "/".to_owned()));
        let main_group = answers
            .get("init_main_permission")
            .map_or("visitors", String::as_str);
        let mut settings: BTreeMap<String, Value> = self
            .questions()
            .iter()
            .filter(|question| question.is_kept())
            .filter_map(|question| {
                Some((
                    question.id.to_owned(),
                    answers.get(question.id)?.clone().into(),
                ))
            })
            .collect();
        settings.extend([
            ("app".to_owned(), instance.into()),
            ("id".to_owned(), instance.into()),
            (
                "install_dir".to_owned(),
                format!("/var/www/{instance}").into(),
            ),
            ("install_time".to_owned(), at.timestamp().into()),
            ("current_revision".to_owned(), manifest::REVISION.into()),
        ]);
        if let Some(path) = &path {
            settings.insert("path".to_owned(), path.as_str().into());
        }
        let mut permissions = BTreeMap::new();
        if domain.is_some() {
            permissions.insert(
                "main".to_owned(),
                Permission {
                    label: None,
                    url: Some("/".to_owned()),
                    show_tile: true,
                    auth_header: self.sso,
                    protected: false,
                    // YunoHost adds all users to what visitors may open.
                    allowed: if main_group == "visitors" {
                        vec!["visitors".to_owned(), "all_users".to_owned()]
                    } else {
                        vec![main_group.to_owned()]
                    },
                },
            );
        }
        if self.has_admin_page() {
            permissions.insert(
                "admin".to_owned(),
                Permission {
                    label: Some("admin".to_owned()),
                    url: Some("/admin".to_owned()),
                    show_tile: false,
                    auth_header: false,
                    protected: false,
                    allowed: vec!["admins".to_owned()],
                },
            );
        }
        App {
            id: self.id.to_owned(),
            label: self.name.to_owned(),
            version: self.version.to_owned(),
            domain,
            path,
            settings,
            installed_at: at,
            updated_at: None,
            permissions,
        }
    }

    /// Whether it has a page for administrators, with a permission of its own.
    pub(crate) fn has_admin_page(&self) -> bool {
        self.asks.split_whitespace().any(|token| token == "admin")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_a_category_that_exists_and_questions_that_are_known() {
        for entry in ENTRIES {
            assert!(
                CATEGORIES.iter().any(|(id, ..)| *id == entry.category),
                "{}: {}",
                entry.id,
                entry.category
            );
            for question in entry.questions() {
                assert!(!question.kind.is_empty(), "{}", entry.id);
            }
            assert_ne!(entry.older_version(), entry.version, "{}", entry.id);
        }
        assert!(ENTRIES.len() >= 30, "{}", ENTRIES.len());
    }
}
