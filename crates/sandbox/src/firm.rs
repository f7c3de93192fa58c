//! The invented firm Tour & Cie: its customers, their servers and their people. Nobody and nothing of it exists.

mod people;

use std::time::Duration;

use self::people::{
    BREMONT, GLYCINES, GLYCINES_LAB, GUERANDE, HARROWGATE, KESTREL, MOISSON, NORTHFOLD, ORMEAU,
    PELHAM, People, SAINT_AUBRAC, VIAL,
};
use crate::{
    Blueprint, Obstacle,
    blueprint::{Complaint, Installed, Person, Shipped, Team},
};

/// The training fleet: eleven servers in the books, and `glycines-lab` left to be added by hand.
pub fn plan() -> Vec<Blueprint> {
    vec![
        Blueprint {
            domains: own(&["wiki.glycines.example", "coffre.glycines.example"]),
            groups: vec![
                team("direction", &["c.morvan", "i.calvet"]),
                team(
                    "laboratoire",
                    &["a.perrin", "l.tissot", "h.leguen", "n.bakari"],
                ),
            ],
            updates: 3,
            complaints: vec![Complaint::ReverseDns],
            certificate_days: 48,
            apps: vec![
                app("nextcloud", "", "/nuage", "Fichiers", &["all_users"]).behind(),
                app("collabora", "", "/office", "", &["all_users"]),
                app(
                    "vaultwarden",
                    "coffre.glycines.example",
                    "/coffre",
                    "Coffre",
                    &["direction"],
                ),
                app(
                    "paperless-ngx",
                    "",
                    "/ged",
                    "GED",
                    &["direction", "laboratoire"],
                ),
                app(
                    "bookstack",
                    "wiki.glycines.example",
                    "/wiki",
                    "Wiki",
                    &["all_users"],
                ),
                app("framadate", "", "/dates", "", &["visitors", "all_users"]),
                app("monitorix", "", "/monitorix", "", &["admins"]),
            ],
            ..server(
                "glycines-01",
                "nuage.glycines.example",
                "Clinique des Glycines",
                &["prod", "hds"],
                GLYCINES,
            )
        },
        Blueprint {
            version: "12.1.24".to_owned(),
            updates: 4,
            certificate_days: 33,
            down: own(&["postfix"]),
            apps: vec![
                app(
                    "nextcloud",
                    "",
                    "/fichiers",
                    "Fichiers de la mairie",
                    &["all_users"],
                )
                .behind(),
                app(
                    "limesurvey",
                    "",
                    "/enquetes",
                    "Enquêtes",
                    &["visitors", "all_users"],
                ),
                app("roundcube", "", "/courriel", "Courriel", &["all_users"]),
                app(
                    "wordpress",
                    "",
                    "/site",
                    "Site de la commune",
                    &["visitors", "all_users"],
                )
                .behind(),
            ],
            ..server(
                "saint-aubrac-01",
                "saint-aubrac.example",
                "Commune de Saint-Aubrac",
                &["prod", "mairie"],
                SAINT_AUBRAC,
            )
        },
        Blueprint {
            certificate_days: 66,
            apps: vec![
                app("nextcloud", "", "/nuage", "Nuage", &["all_users"]),
                app("dolibarr", "", "/gestion", "Gestion", &["all_users"]),
                app(
                    "my_webapp",
                    "",
                    "/vitrine",
                    "Vitrine",
                    &["visitors", "all_users"],
                ),
            ],
            ..server(
                "bremont-01",
                "bremont.example",
                "Atelier Brémont",
                &["prod"],
                BREMONT,
            )
        },
        Blueprint {
            certificate_days: 9,
            updates: 2,
            apps: vec![
                app("nextcloud", "", "/files", "Files", &["all_users"]),
                app("kanboard", "", "/boards", "Boards", &["all_users"]),
                app("hedgedoc", "", "/notes", "Notes", &["all_users"]),
                app("vaultwarden", "", "/vault", "Vault", &["all_users"]).behind(),
            ],
            ..server(
                "northfold-01",
                "northfold.example",
                "Northfold Surveyors",
                &["prod", "eu-west"],
                NORTHFOLD,
            )
        },
        Blueprint {
            certificate_days: 39,
            apps: vec![
                app("forgejo", "", "/git", "Git", &["all_users"]),
                app("mattermost", "", "/chat", "Chat", &["all_users"]).behind(),
                app(
                    "wordpress",
                    "",
                    "/studio",
                    "Studio",
                    &["visitors", "all_users"],
                ),
                app(
                    "wordpress",
                    "",
                    "/journal",
                    "Journal",
                    &["visitors", "all_users"],
                ),
            ],
            ..server(
                "pelham-gray-01",
                "pelhamgray.example",
                "Pelham & Gray Architects",
                &["prod", "eu-west"],
                PELHAM,
            )
        },
        Blueprint {
            certificate_days: 71,
            domains: own(&["caisse.coop-lamoisson.example"]),
            apps: vec![
                app(
                    "dolibarr",
                    "caisse.coop-lamoisson.example",
                    "/caisse",
                    "Caisse",
                    &["all_users"],
                ),
                app(
                    "dokuwiki",
                    "",
                    "/savoir",
                    "Savoir commun",
                    &["visitors", "all_users"],
                ),
                app("freshrss", "", "/veille", "Veille", &["all_users"]),
            ],
            deployed: vec![in_house(
                ("paniers_prod", "Paniers (prod)", "/paniers"),
                4,
                "Dominique Arrighi",
                "Les jours de collecte",
            )],
            ..server(
                "moisson-01",
                "coop-lamoisson.example",
                "Coopérative La Moisson",
                &["prod", "asso"],
                MOISSON,
            )
        },
        Blueprint {
            certificate_days: 83,
            complaints: vec![Complaint::PortClosed, Complaint::ChangedFile],
            apps: vec![
                app("moodle", "", "/cours", "Cours", &["all_users"]),
                app("etherpad_mypads", "", "/pads", "Pads", &["all_users"]),
                app("nextcloud", "", "/casier", "Casier", &["all_users"]),
                app(
                    "privatebin",
                    "",
                    "/depot",
                    "Dépôt",
                    &["visitors", "all_users"],
                ),
            ],
            deployed: vec![in_house(
                ("edt_prod", "Emploi du temps (prod)", "/edt"),
                7,
                "Lise Nguyen",
                "Les salles du bâtiment C",
            )],
            ..server(
                "vial-01",
                "lycee-vial.example",
                "Lycée Hortense-Vial",
                &["prod", "edu"],
                VIAL,
            )
        },
        Blueprint {
            certificate_days: 28,
            version: "12.0.17".to_owned(),
            updates: 1,
            apps: vec![
                app(
                    "invoiceninja5",
                    "facturation.harrowgate-dental.example",
                    "/",
                    "Invoices",
                    &["all_users"],
                ),
                app("snappymail", "", "/mail", "Mail", &["all_users"]).behind(),
            ],
            domains: own(&["facturation.harrowgate-dental.example"]),
            ..server(
                "harrowgate-01",
                "harrowgate-dental.example",
                "Harrowgate Dental",
                &["prod", "eu-west"],
                HARROWGATE,
            )
        },
        Blueprint {
            certificate_days: 74,
            apps: vec![
                app("grafana", "", "/metrics", "Metrics", &["admins"]),
                app("syncthing", "", "/sync", "Sync", &["admins"]),
            ],
            ..server(
                "kestrel-01",
                "kestrel-optics.example",
                "Kestrel Optics",
                &["staging"],
                KESTREL,
            )
        },
        Blueprint {
            certificate_days: 5,
            apps: vec![
                app(
                    "wordpress",
                    "",
                    "/fondation",
                    "La fondation",
                    &["visitors", "all_users"],
                ),
                app("framadate", "", "/reunions", "Réunions", &["all_users"]),
                app("bookstack", "", "/memoire", "Mémoire", &["all_users"]),
            ],
            ..server(
                "ormeau-01",
                "ormeau.example",
                "Fondation Ormeau",
                &["prod", "asso"],
                ORMEAU,
            )
        },
        Blueprint {
            certificate_days: 52,
            version: "12.0.17".to_owned(),
            updates: 11,
            disk_free_percent: 4,
            apps: vec![
                app("nextcloud", "", "/quai", "Quai", &["all_users"]).behind(),
                app("kanboard", "", "/tournees", "Tournées", &["all_users"]),
            ],
            ..server(
                "guerande-sud-01",
                "gs-transports.example",
                "Transports Guérande-Sud",
                &["prod"],
                GUERANDE,
            )
        },
        Blueprint {
            registered: false,
            self_signed: true,
            certificate_days: 3649,
            apps: Vec::new(),
            ..server(
                "glycines-lab",
                "labo.glycines.example",
                "Clinique des Glycines",
                &["staging"],
                GLYCINES_LAB,
            )
        },
    ]
}

/// Two bare machines to make servers of: one without any trouble, and one whose port 80 is taken and where apt is
/// busy for a while at first.
pub fn machines() -> Vec<Blueprint> {
    let new = Blueprint {
        customer: "Atelier Brémont".to_owned(),
        tags: own(&["prod"]),
        ..Blueprint::bare("atelier-neuf", "atelier.bremont.example")
    };
    let troubled = Blueprint {
        customer: "Transports Guérande-Sud".to_owned(),
        tags: own(&["prod"]),
        ..Blueprint::bare("quai-neuf", "quai.gs-transports.example")
    };
    vec![
        new,
        troubled
            .with(Obstacle::PortInUse {
                port: 80,
                process: "lighttpd".to_owned(),
            })
            .with(Obstacle::AptLocked(Duration::from_secs(20))),
    ]
}

fn server(name: &str, domain: &str, customer: &str, tags: &[&str], people: People) -> Blueprint {
    Blueprint {
        name: name.to_owned(),
        main_domain: domain.to_owned(),
        customer: customer.to_owned(),
        tags: own(tags),
        version: "12.1.25".to_owned(),
        registered: true,
        people: people
            .iter()
            .map(|(username, fullname, admin)| Person {
                username: (*username).to_owned(),
                fullname: (*fullname).to_owned(),
                admin: *admin,
            })
            .collect(),
        disk_free_percent: 39,
        ..Blueprint::default()
    }
}

fn app(id: &str, domain: &str, path: &str, label: &str, allowed: &[&str]) -> Installed {
    Installed {
        app: id.to_owned(),
        domain: domain.to_owned(),
        path: path.to_owned(),
        label: label.to_owned(),
        allowed: own(allowed),
        behind: false,
    }
}

/// An in-house app: its id, name and path, how many releases, who deployed them, and what the live one is.
fn in_house(
    (id, label, path): (&str, &str, &str),
    releases: u32,
    by: &str,
    message: &str,
) -> Shipped {
    Shipped {
        id: id.to_owned(),
        label: label.to_owned(),
        path: path.to_owned(),
        releases,
        by: by.to_owned(),
        message: message.to_owned(),
    }
}

impl Installed {
    fn behind(mut self) -> Self {
        self.behind = true;
        self
    }
}

fn team(name: &str, members: &[&str]) -> Team {
    Team {
        name: name.to_owned(),
        members: own(members),
    }
}

fn own(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_fleet_is_the_one_that_was_agreed() {
        let plan = plan();
        assert_eq!(plan.len(), 12);
        let absent: Vec<&str> = plan
            .iter()
            .filter(|server| !server.registered)
            .map(|server| server.name.as_str())
            .collect();
        assert_eq!(absent, ["glycines-lab"]);
        let count = |version: &str| {
            plan.iter()
                .filter(|server| server.version == version)
                .count()
        };
        assert_eq!(
            (count("12.0.17"), count("12.1.24"), count("12.1.25")),
            (2, 1, 9)
        );
        let customers: BTreeSet<&str> =
            plan.iter().map(|server| server.customer.as_str()).collect();
        assert!(customers.len() >= 3);
        assert!(
            plan.iter()
                .all(|server| server.main_domain.ends_with(".example"))
        );
    }

    #[test]
    fn in_house_apps_are_there_to_try_their_releases_on() {
        let plan = plan();
        let shipped: Vec<_> = plan
            .iter()
            .flat_map(|server| server.deployed.iter().map(move |app| (server, app)))
            .collect();
        assert_eq!(shipped.len(), 2);
        for (server, app) in shipped {
            // There is one to go back to, and whoever deployed it has an account.
            assert!(app.releases > 1 && server.registered);
            assert!(server.people.iter().any(|person| person.fullname == app.by));
            assert!(server.apps.iter().all(|other| other.path != app.path));
        }
    }

    #[test]
    fn whoever_is_named_in_a_group_has_an_account() {
        for server in plan() {
            for member in server.groups.iter().flat_map(|team| &team.members) {
                assert!(
                    server
                        .people
                        .iter()
                        .any(|person| person.username == *member),
                    "{member} of {}",
                    server.name
                );
            }
        }
    }
}
