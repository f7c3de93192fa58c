//! The domains that a server answers for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;

use crate::{
    Declaration, Extra, Route,
    action::{Nothing, action},
    certificates::Certificate,
    fields::{DomainName, UrlPath},
};

/// `domain list`. The answer may be up to 15 s old on 12.1.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListDomains;

/// The domains, the main one among them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Domains {
    /// In the server's order, or by parent when asked as a tree.
    pub domains: DomainNames,
    /// The main one, which carries the administration.
    #[serde(default)]
    pub main: Option<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// The names flat, or nested below their parents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(untagged)]
pub enum DomainNames {
    /// As the list says them.
    Flat(Vec<String>),
    /// As `--tree` says them: a name and what is below it.
    Tree(#[specta(type = BTreeMap<String, ()>)] BTreeMap<String, Value>),
}

impl Domains {
    /// Every name, parents before what is below them.
    pub fn names(&self) -> Vec<&str> {
        fn below<'t>(name: &'t str, value: &'t Value, names: &mut Vec<&'t str>) {
            names.push(name);
            for (name, value) in value.as_object().into_iter().flatten() {
                below(name, value, names);
            }
        }

        match &self.domains {
            DomainNames::Flat(names) => names.iter().map(String::as_str).collect(),
            DomainNames::Tree(tree) => tree.iter().fold(Vec::new(), |mut names, (name, value)| {
                below(name, value, &mut names);
                names
            }),
        }
    }
}

action!(
    ListDomains,
    Declaration::read("domain list", &[Route::get("/domains")]),
    Domains,
    |of, argv| argv,
    |of, form| form
);

/// `domain info`: certificate and apps of one domain.
#[derive(Debug, Clone)]
pub struct ShowDomain {
    /// Which.
    pub domain: DomainName,
}

/// One domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Domain {
    /// Its certificate.
    #[serde(default)]
    pub certificate: Option<Certificate>,
    /// Who sells it, where YunoHost knows.
    #[serde(default)]
    pub registrar: Option<String>,
    /// The apps on it.
    #[serde(default)]
    pub apps: Vec<DomainApp>,
    /// Whether it is the main one.
    pub main: bool,
    /// The domain of this server that it is below, if there is one.
    #[serde(default)]
    pub topest_parent: Option<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// An app on a domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct DomainApp {
    /// The app's id.
    pub id: String,
    /// Its label.
    #[serde(default)]
    pub name: String,
    /// Where it is.
    #[serde(default)]
    pub path: Option<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

action!(
    ShowDomain,
    Declaration::read("domain info", &[Route::get("/domains/<domain>")]),
    Domain,
    |of, argv| argv.arg(&of.domain),
    |of, form| form.path("domain", &of.domain)
);

/// `domain add`: 14–19 s. Answers nothing. Refusal: `domain_exists`.
#[derive(Debug, Clone)]
pub struct AddDomain {
    /// Its name.
    pub domain: DomainName,
}

action!(
    AddDomain,
    Declaration::write("domain add", &[Route::post("/domains")]),
    Nothing,
    |of, argv| argv.arg(&of.domain),
    |of, form| form.field("domain", Some(&of.domain))
);

/// `domain remove`. Answers nothing. Refusals: `domain_uninstall_app_first`, `domain_cannot_remove_main`.
#[derive(Debug, Clone)]
pub struct RemoveDomain {
    /// Which.
    pub domain: DomainName,
    /// Whether the apps on it are removed with it.
    pub remove_apps: bool,
}

action!(
    RemoveDomain,
    Declaration::write("domain remove", &[Route::delete("/domains/<domain>")]),
    Nothing,
    // Without a terminal nobody can answer YunoHost's "are you sure", which --force does.
    |of, argv| argv
        .arg(&of.domain)
        .flag("--remove-apps", of.remove_apps)
        .flag("--force", of.remove_apps),
    |of, form| form
        .path("domain", &of.domain)
        .flag("remove_apps", of.remove_apps)
        .flag("force", of.remove_apps)
);

/// `domain main-domain -n`: another main domain, 19–20 s. Answers nothing.
#[derive(Debug, Clone)]
pub struct SetMainDomain {
    /// Which from now on.
    pub domain: DomainName,
}

action!(
    SetMainDomain,
    Declaration::write(
        "domain main-domain",
        &[Route::put("/domains/<new_main_domain>/main")]
    ),
    Nothing,
    |of, argv| argv.option("--new-main-domain", Some(&of.domain)),
    |of, form| form.path("new_main_domain", &of.domain)
);

/// `domain url-available`: whether an app could be installed at an address. Answers true or false.
#[derive(Debug, Clone)]
pub struct CheckUrl {
    /// The domain.
    pub domain: DomainName,
    /// The path on it.
    pub path: UrlPath,
}

action!(
    CheckUrl,
    Declaration::read(
        "domain url-available",
        &[Route::get("/domain/<domain>/urlavailable")]
    ),
    bool,
    |of, argv| argv.arg(&of.domain).arg(&of.path),
    |of, form| form
        .path("domain", &of.domain)
        .field("path", Some(&of.path))
);
