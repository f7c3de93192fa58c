//! `diagnosis …`: what YunoHost finds wrong with its server.

use serde_json::{Map, Value, json};

use crate::{
    actions::{Answer, Plan, Refusal, refuse},
    blueprint::Complaint,
    call::Call,
    state::State,
    words::Locale,
};

/// Its categories: id, words, and for how many seconds a result is good.
const CATEGORIES: &[(&str, &str, &str, i64)] = &[
    ("basesystem", "Base system", "Système de base", 600),
    ("ip", "Internet connectivity", "Connectivité Internet", 600),
    ("dnsrecords", "DNS records", "Enregistrements DNS", 600),
    ("ports", "Ports exposure", "Exposition des ports", 600),
    ("web", "Web", "Web", 600),
    ("mail", "Email", "Courriel", 3600),
    (
        "services",
        "Services status check",
        "État des services",
        300,
    ),
    (
        "systemresources",
        "System resources",
        "Ressources du système",
        300,
    ),
    (
        "regenconf",
        "System configurations",
        "Configurations du système",
        600,
    ),
    ("apps", "Applications", "Applications", 300),
];

/// One finding.
struct Item {
    meta: Value,
    data: Option<Value>,
    status: &'static str,
    summary: String,
    details: Vec<String>,
}

/// `diagnosis list`.
pub(super) fn list() -> Value {
    let ids: Vec<&str> = CATEGORIES.iter().map(|(id, ..)| *id).collect();
    json!({"categories": ids})
}

fn item(meta: Value, status: &'static str, summary: impl Into<String>) -> Item {
    Item {
        meta,
        data: None,
        status,
        summary: summary.into(),
        details: Vec::new(),
    }
}

impl Item {
    fn data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details = details.into_iter().collect();
        self
    }

    fn shown(&self, full: bool) -> Value {
        let mut shown = Map::new();
        let mut put = |name: &str, value: Value| {
            shown.insert(name.to_owned(), value);
        };
        if full {
            put("meta", self.meta.clone());
            if let Some(data) = &self.data {
                put("data", data.clone());
            }
        }
        put("status", self.status.into());
        put("summary", self.summary.as_str().into());
        if !self.details.is_empty() {
            put("details", self.details.clone().into());
        }
        if full {
            put("ignored", false.into());
        }
        Value::Object(shown)
    }
}

fn items(state: &State, category: &str, locale: Locale) -> Vec<Item> {
    let complains = |complaint| state.complaints.contains(&complaint);
    match category {
        "basesystem" => vec![
            item(json!({"test": "hardware"}), "INFO", locale.pick("Server hardware architecture is kvm amd64", "L'architecture du serveur est kvm amd64")).data(json!({"virt": "kvm", "arch": "amd64"})),
            item(json!({"test": "kernel"}), "INFO", locale.pick("Server is running Linux kernel 6.1.0-30-amd64", "Le serveur utilise le noyau Linux 6.1.0-30-amd64")).data(json!({"kernel_version": "6.1.0-30-amd64"})),
            item(json!({"test": "host"}), "INFO", locale.pick("Server is running Debian 12.9", "Le serveur utilise Debian 12.9")).data(json!({"debian_version": "12.9"})),
            item(json!({"test": "ynh_versions"}), "INFO", format!("{} {} (stable)", locale.pick("Server is running YunoHost", "Le serveur utilise YunoHost"), state.version))
                .data(json!({"main_version": state.version, "repo": "stable"}))
                .details([format!("yunohost version: {} (stable)", state.version), "ssowat version: 12.0.1 (stable)".to_owned()]),
        ],
        "ip" => vec![item(json!({"test": "ipv4"}), "SUCCESS", locale.pick("The server is connected to the Internet through IPv4!", "Le serveur est connecté à Internet en IPv4 !")).data(json!({"global": "203.0.113.24"}))],
        "dnsrecords" => state
            .domains
            .iter()
            .enumerate()
            .map(|(place, domain)| {
                let meta = json!({"domain": domain.name, "category": "basic"});
                if place == 0 && complains(Complaint::DnsRecords) {
                    item(meta, "ERROR", format!("{} {}", locale.pick("Some DNS records are missing or incorrect for domain", "Des enregistrements DNS manquent ou sont incorrects pour le domaine"), domain.name))
                        .data(json!({"A:@": "WRONG"}))
                        .details([format!("A {}: 203.0.113.99 ≠ 203.0.113.24", domain.name)])
                } else {
                    item(meta, "SUCCESS", format!("{} {}", locale.pick("DNS records are correctly configured for domain", "Les enregistrements DNS sont bien configurés pour le domaine"), domain.name)).data(json!({"A:@": "OK"}))
                }
            })
            .collect(),
        "ports" => [22_u16, 25, 80, 443, 587, 993]
            .into_iter()
            .map(|port| {
                let meta = json!({"port": port});
                if port == 25 && complains(Complaint::PortClosed) {
                    item(meta, "ERROR", locale.pick("Port 25 is not reachable from the outside.", "Le port 25 n'est pas accessible depuis l'extérieur."))
                        .data(json!({"service": "postfix", "category": "email"}))
                        .details([locale.pick("Exposing this port is needed for email features (service postfix)", "Exposer ce port est nécessaire au courriel (service postfix)").to_owned()])
                } else {
                    item(meta, "SUCCESS", format!("Port {port} {}", locale.pick("is reachable from the outside.", "est accessible depuis l'extérieur.")))
                        .data(json!({"service": "nginx", "category": "web"}))
                }
            })
            .collect(),
        "web" => state
            .domains
            .iter()
            .map(|domain| item(json!({"domain": domain.name}), "SUCCESS", format!("{} {}", domain.name, locale.pick("is reachable through HTTP from outside the local network.", "est accessible en HTTP depuis l'extérieur du réseau local."))))
            .collect(),
        "mail" => {
            let mut found = vec![item(json!({"test": "outgoing_port_25"}), "SUCCESS", locale.pick("The SMTP mail server is able to send emails (outgoing port 25 is not blocked).", "Le serveur de courriel SMTP peut envoyer des courriels (le port sortant 25 n'est pas bloqué)."))];
            if complains(Complaint::ReverseDns) {
                found.push(
                    item(json!({"test": "mail_fcrdns", "ip": "203.0.113.24"}), "WARNING", locale.pick("No reverse DNS for 203.0.113.24: some mail may be refused.", "Pas de DNS inverse pour 203.0.113.24 : des courriels peuvent être refusés."))
                        .details([locale.pick("Ask your provider to set it to your main domain.", "Demandez à votre hébergeur de le faire pointer sur votre domaine principal.").to_owned()]),
                );
            }
            found
        }
        "services" => state
            .services
            .iter()
            .map(|(name, service)| {
                let found = if service.status == "running" {
                    item(json!({"service": name}), "SUCCESS", format!("Service {name} {}", locale.pick("is running!", "fonctionne !")))
                } else {
                    item(json!({"service": name}), "ERROR", format!("Service {name} {} {} :(", locale.pick("is", "est"), service.status))
                        .details([locale.pick("You can try to restart the service, and if it doesn't work, have a look at the service logs.", "Vous pouvez essayer de redémarrer le service et, si cela ne suffit pas, regarder ses journaux.").to_owned()])
                };
                found.data(json!({"status": service.status, "configuration": service.configuration}))
            })
            .collect(),
        "systemresources" => {
            let (free, total) = (state.disk_free_kib >> 20, state.disk_kib >> 20);
            let percent = state.disk_free_kib * 100 / state.disk_kib.max(1);
            let data = json!({"device": "/dev/vda1", "total": format!("{total} GiB"), "free": format!("{free} GiB"), "free_percent": percent});
            let meta = json!({"test": "diskusage", "mountpoint": "/"});
            let disk = if complains(Complaint::DiskSpace) {
                item(meta, "ERROR", format!("{} {free} GiB ({percent}%) {} {total} GiB", locale.pick("Storage / (on device /dev/vda1) has only", "L'espace de stockage / (sur /dev/vda1) n'a plus que"), locale.pick("space remaining out of", "d'espace restant sur")))
                    .details([locale.pick("You should really consider cleaning up some space.", "Vous devriez vraiment faire de la place.").to_owned()])
            } else {
                item(meta, "SUCCESS", format!("{} {free} GiB ({percent}%) {} {total} GiB!", locale.pick("Storage / (on device /dev/vda1) still has", "L'espace de stockage / (sur /dev/vda1) a encore"), locale.pick("space left out of", "d'espace libre sur")))
            };
            vec![
                item(json!({"test": "ram"}), "SUCCESS", locale.pick("The system still has 3.8 GiB (47%) RAM available out of 8.0 GiB.", "Le système dispose encore de 3,8 Gio (47 %) de mémoire sur 8,0 Gio."))
                    .data(json!({"total": "8.0 GiB", "available": "3.8 GiB", "available_percent": 47})),
                disk.data(data),
            ]
        }
        "regenconf" => {
            if complains(Complaint::ChangedFile) {
                vec![item(json!({"test": "regenconf", "file": "/etc/nginx/nginx.conf"}), "WARNING", locale.pick("Configuration file /etc/nginx/nginx.conf appears to have been manually modified.", "Le fichier de configuration /etc/nginx/nginx.conf semble avoir été modifié à la main."))
                    .data(json!({"category": "nginx"}))
                    .details([locale.pick("This is probably OK if you know what you're doing! YunoHost will stop updating this file automatically…", "C'est sans doute voulu, si vous savez ce que vous faites ! YunoHost cessera de mettre ce fichier à jour…").to_owned()])]
            } else {
                vec![item(json!({"test": "regenconf"}), "SUCCESS", locale.pick("All configuration files are in line with the recommended configuration!", "Tous les fichiers de configuration sont conformes à la configuration recommandée !"))]
            }
        }
        _ => vec![item(json!({"test": "apps"}), "SUCCESS", locale.pick("All installed apps respect basic packaging practices", "Toutes les applications installées respectent les pratiques de base"))],
    }
}

fn wanted<'c>(call: &'c Call) -> Result<impl Fn(&str) -> bool + use<'c>, Refusal> {
    let asked = call.all("categories");
    let unknown: Vec<&str> = asked
        .iter()
        .map(String::as_str)
        .filter(|one| CATEGORIES.iter().all(|(id, ..)| id != one))
        .collect();
    if !unknown.is_empty() {
        return refuse(
            call,
            "diagnosis_unknown_categories",
            &[("categories", &unknown.join(", "))],
        );
    }
    Ok(move |id: &str| asked.is_empty() || asked.iter().any(|one| one == id))
}

/// `diagnosis show`.
pub(super) fn show(state: &State, call: &Call) -> Result<Answer, Refusal> {
    let (full, issues) = (call.has("full"), call.has("issues"));
    let wanted = wanted(call)?;
    let reports: Vec<Value> = CATEGORIES
        .iter()
        .filter(|(id, ..)| wanted(id))
        .filter_map(|(id, en, fr, cached)| {
            let items: Vec<Value> = items(state, id, call.locale)
                .iter()
                .filter(|item| !issues || matches!(item.status, "WARNING" | "ERROR"))
                .map(|item| item.shown(full))
                .collect();
            if issues && items.is_empty() {
                return None;
            }
            let description = call.locale.pick(en, fr);
            Some(if full {
                json!({"id": id, "cached_for": cached, "items": items, "timestamp": state.diagnosed_at.timestamp(), "description": description})
            } else {
                json!({"id": id, "items": items, "description": description})
            })
        })
        .collect();
    Ok(json!({"reports": reports}).into())
}

/// `diagnosis get`: one report as it is kept, with keys in place of sentences.
pub(super) fn get(state: &State, call: &Call) -> Result<Value, Refusal> {
    let asked = call.required("category");
    let Some((id, _, _, cached)) = CATEGORIES.iter().find(|(id, ..)| *id == asked) else {
        return refuse(
            call,
            "diagnosis_unknown_categories",
            &[("categories", asked)],
        );
    };
    let items: Vec<Value> = items(state, id, call.locale)
        .iter()
        .map(|item| {
            let mut shown = item.shown(true);
            if let Some(shown) = shown.as_object_mut() {
                shown.remove("ignored");
            }
            shown
        })
        .collect();
    Ok(
        json!({"id": id, "cached_for": cached, "items": items, "timestamp": state.diagnosed_at.timestamp()}),
    )
}

/// `diagnosis run`.
pub(super) fn run(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let wanted = wanted(call)?;
    let mut plan = Plan::new(|state, now| {
        state.diagnosed_at = now;
        state.system.diagnosed = true;
        Value::Null
    });
    for (id, en, fr, _) in CATEGORIES.iter().filter(|(id, ..)| wanted(id)) {
        let category = call.locale.pick(en, fr);
        let found = items(state, id, call.locale);
        let count = |status| found.iter().filter(|item| item.status == status).count();
        plan = match (count("ERROR"), count("WARNING")) {
            (0, 0) => plan.say(
                60,
                "success",
                call,
                "diagnosis_everything_ok",
                &[("category", category)],
            ),
            (0, warnings) => plan.say(
                60,
                "warning",
                call,
                "diagnosis_found_warnings",
                &[("warnings", &warnings.to_string()), ("category", category)],
            ),
            (errors, _) => plan.say(
                60,
                "error",
                call,
                "diagnosis_found_errors",
                &[("errors", &errors.to_string()), ("category", category)],
            ),
        };
    }
    Ok(plan)
}
