//! The certificates that a server shows for its domains.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    Declaration, Extra, Route,
    action::{Nothing, action, words},
    fields::DomainName,
};

/// `domain cert status --full`: of some domains, or of all.
#[derive(Debug, Clone, Default)]
pub struct ShowCertificates {
    /// Which; none means all.
    pub domains: Vec<DomainName>,
}

/// The certificates by domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Certificates {
    /// By domain.
    pub certificates: BTreeMap<String, Certificate>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// One certificate, in YunoHost's own judgement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Certificate {
    /// Who signed it.
    #[serde(rename = "CA_type", default)]
    pub authority: Option<Authority>,
    /// The authority's own name.
    #[serde(rename = "CA_name", default)]
    pub authority_name: Option<String>,
    /// Whom it names.
    #[serde(default)]
    pub subject: Option<String>,
    /// Days until it ends; below 0 when it has ended.
    #[serde(default)]
    pub validity: Option<i32>,
    /// How much to worry.
    #[serde(default)]
    pub style: Option<Style>,
    /// Why.
    #[serde(default)]
    pub summary: Option<Summary>,
    /// Whether Let's Encrypt could sign; unknown before a diagnosis.
    #[serde(rename = "ACME_eligible", default)]
    pub acme_eligible: Option<bool>,
    /// Whether it is for every name below the domain too.
    #[serde(default)]
    pub has_wildcards: Option<bool>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

words!(
    /// Who signed a certificate.
    Authority {
        /// The server itself.
        SelfSigned = "selfsigned",
        /// Let's Encrypt.
        LetsEncrypt = "letsencrypt",
        /// Somebody else whom browsers know.
        Foreign = "other",
    }
);

words!(
    /// How much YunoHost worries about a certificate.
    Style {
        /// Good.
        Success = "success",
        /// Fine for now.
        Warning = "warning",
        /// Bad.
        Danger = "danger",
    }
);

words!(
    /// YunoHost's judgement of a certificate.
    Summary {
        /// It has ended.
        Expired = "expired",
        /// Signed by the server itself.
        SelfSigned = "selfsigned",
        /// It ends soon.
        AboutToExpire = "abouttoexpire",
        /// All is well.
        Ok = "ok",
        /// Let's Encrypt signed it.
        LetsEncrypt = "letsencrypt",
        /// Nothing is known.
        Unknown = "unknown",
    }
);

action!(
    ShowCertificates,
    Declaration::read(
        "domain cert status",
        &[
            Route::get("/domains/<domain_list>/cert"),
            Route::get("/domains/*/cert")
        ]
    ),
    Certificates,
    |of, argv| argv.args(&of.domains).arg("--full"),
    |of, form| {
        let all = if of.domains.is_empty() {
            form.path("domain_list", "*")
        } else {
            form.path_list("domain_list", &of.domains)
        };
        all.flag("full", true)
    }
);

/// `domain cert install`: exit 0 even when it failed; look at [`ShowCertificates`] afterwards.
#[derive(Debug, Clone)]
pub struct InstallCertificates {
    /// For which; none means all that have none of Let's Encrypt.
    pub domains: Vec<DomainName>,
    /// Signed by the server itself instead of Let's Encrypt.
    pub self_signed: bool,
    /// Replace one that is still good.
    pub force: bool,
    /// Skip the look at DNS and HTTP before asking Let's Encrypt.
    pub no_checks: bool,
}

action!(
    InstallCertificates,
    Declaration::write(
        "domain cert install",
        &[Route::put("/domains/<domain_list>/cert")]
    ),
    Nothing,
    |of, argv| argv
        .args(&of.domains)
        .flag("--force", of.force)
        .flag("--no-checks", of.no_checks)
        .flag("--self-signed", of.self_signed),
    |of, form| form
        .path_list("domain_list", &of.domains)
        .flag("force", of.force)
        .flag("no_checks", of.no_checks)
        .flag("self_signed", of.self_signed)
);

/// `domain cert renew`: Let's Encrypt only. Refusal: `certmanager_attempt_to_renew_nonLE_cert`.
#[derive(Debug, Clone)]
pub struct RenewCertificates {
    /// Which; none means all that end soon.
    pub domains: Vec<DomainName>,
    /// Renew one that does not end soon.
    pub force: bool,
    /// Skip the look at DNS and HTTP before asking Let's Encrypt.
    pub no_checks: bool,
}

action!(
    RenewCertificates,
    Declaration::write(
        "domain cert renew",
        &[Route::put("/domains/<domain_list>/cert/renew")]
    ),
    Nothing,
    |of, argv| argv
        .args(&of.domains)
        .flag("--force", of.force)
        .flag("--no-checks", of.no_checks),
    |of, form| form
        .path_list("domain_list", &of.domains)
        .flag("force", of.force)
        .flag("no_checks", of.no_checks)
);
