//! `domain cert …`: certificates.

use serde_json::{Map, Value, json};

use crate::{
    actions::{Plan, Refusal, domains, refuse},
    call::Call,
    state::{Domain, State},
};

/// One certificate. YunoHost's own words for how good it is.
pub(super) fn shown(state: &State, domain: &Domain, full: bool) -> Value {
    let (style, summary) = match domain.days {
        days if days <= 0 => ("danger", "expired"),
        _ if domain.own_certificate.is_some() => ("success", "ok"),
        _ if domain.self_signed => ("warning", "selfsigned"),
        days if days < 15 => ("warning", "expires_soon"),
        _ => ("success", "ok"),
    };
    let kind = if domain.own_certificate.is_some() {
        "other"
    } else if domain.self_signed {
        "selfsigned"
    } else {
        "letsencrypt"
    };
    let mut shown =
        json!({"CA_type": kind, "validity": domain.days, "style": style, "summary": summary});
    if full {
        let issuer = match (domain.self_signed, state.is_old()) {
            (false, _) => "R11",
            (true, true) => "yunohost.org",
            (true, false) => &state.main_domain,
        };
        shown = json!({
            "subject": domain.name, "CA_name": issuer, "CA_type": kind, "validity": domain.days,
            "style": style, "summary": summary, "ACME_eligible": null, "has_wildcards": false,
        });
        if !domain.self_signed
            && let Some(shown) = shown.as_object_mut()
        {
            shown.insert("ACME_eligible".to_owned(), true.into());
        }
    }
    shown
}

/// `domain cert status`.
pub(super) fn status(state: &State, call: &Call) -> Result<Value, Refusal> {
    let wanted = wanted(state, call)?;
    let certificates: Map<String, Value> = wanted
        .iter()
        .filter_map(|name| state.domain(name))
        .map(|domain| (domain.name.clone(), shown(state, domain, call.has("full"))))
        .collect();
    Ok(json!({"certificates": certificates}))
}

fn wanted(state: &State, call: &Call) -> Result<Vec<String>, Refusal> {
    match call.all("domain_list") {
        [] => Ok(state
            .domains
            .iter()
            .map(|domain| domain.name.clone())
            .collect()),
        names => {
            for name in names {
                domains::known(state, call, name)?;
            }
            Ok(names.to_vec())
        }
    }
}

/// `domain cert install`: a training server gets any certificate it asks for.
pub(super) fn install(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let own = call.has("self_signed");
    let names = wanted(state, call)?;
    for domain in names.iter().filter_map(|name| state.domain(name)) {
        if !domain.self_signed && !call.has("force") {
            return refuse(
                call,
                "certmanager_domain_cert_not_selfsigned",
                &[("domain", &domain.name)],
            );
        }
    }
    let (key, kind) = if own {
        (
            "certmanager_cert_install_success_selfsigned",
            "selfsigned_cert_install",
        )
    } else {
        (
            "certmanager_cert_install_success",
            "letsencrypt_cert_install",
        )
    };
    Ok(issued(state, call, &names, own, key, kind))
}

/// `domain cert renew`.
pub(super) fn renew(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let asked = wanted(state, call)?;
    let mut names = Vec::new();
    for domain in asked.iter().filter_map(|name| state.domain(name)) {
        if domain.days < 15 || call.has("force") {
            names.push(domain.name.clone());
        } else if !call.all("domain_list").is_empty() {
            return refuse(
                call,
                "certmanager_attempt_to_renew_valid_cert",
                &[("domain", &domain.name)],
            );
        }
    }
    Ok(issued(
        state,
        call,
        &names,
        false,
        "certmanager_cert_renew_success",
        "letsencrypt_cert_renew",
    ))
}

/// Without a diagnosis, or with DNS records that are wrong: nothing is done, and nothing fails (provisioning rule 24).
fn refused_by_checks(call: &Call, names: &[String], kind: &'static str) -> Plan {
    let mut plan = Plan::new(|_, _| Value::Null);
    for name in names {
        plan = plan
            .say(
                800,
                "error",
                call,
                "certmanager_domain_not_diagnosed_yet",
                &[("domain", name)],
            )
            .logged(kind, name);
    }
    plan.is_empty = true;
    plan
}

fn issued(
    state: &State,
    call: &Call,
    names: &[String],
    own: bool,
    key: &str,
    kind: &'static str,
) -> Plan {
    let changed = names.to_vec();
    let is_refused = !own && !state.can_be_certified() && !call.has("no_checks");
    if is_refused {
        return refused_by_checks(call, names, kind);
    }
    let mut plan = Plan::new(move |state, _| {
        for domain in &mut state.domains {
            if changed.contains(&domain.name) {
                domain.self_signed = own;
                domain.own_certificate = None;
                domain.certificate_sha256 = None;
                domain.days = if own { 3649 } else { 89 };
            }
        }
        Value::Null
    });
    for name in names {
        plan = plan
            .say(4_500, "success", call, key, &[("domain", name)])
            .logged(kind, name);
    }
    plan
}
