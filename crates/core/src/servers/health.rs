//! From what a server answered to its state: which reasons there are. Pure.

use towerify_domain::{
    server::{Reason, state_of},
    text,
};
use towerify_driver::Facts;
use towerify_store::{NowState, StateReason};
use towerify_yunohost::{
    certificates::Certificates,
    diagnosis::{Diagnosis, Severity},
    services::{Service, Status},
};

use crate::servers::list::CERTIFICATE_SOON_DAYS;

/// What is looked at.
pub(super) struct Seen<'s> {
    pub(super) facts: &'s Facts,
    pub(super) certificates: Option<&'s Certificates>,
    pub(super) services: Option<&'s std::collections::BTreeMap<String, Service>>,
    pub(super) diagnosis: Option<&'s Diagnosis>,
    /// The questions that were not answered, and why.
    pub(super) unread: &'s [(&'static str, String)],
}

/// The state that follows, with its reasons, the worst first.
pub(super) fn judge(seen: &Seen<'_>) -> NowState {
    let mut reasons: Vec<(Reason, Option<String>)> = Vec::new();
    if seen.facts.yunohost.is_none() {
        reasons.push((Reason::NoYunohost, None));
    } else if !seen.facts.postinstalled {
        reasons.push((Reason::NotConfigured, None));
    }
    reasons.extend(disk(seen.facts));
    if let Some(certificates) = seen.certificates {
        for (domain, certificate) in &certificates.certificates {
            let Some(days) = certificate.validity else {
                continue;
            };
            if days <= 0 {
                reasons.push((Reason::CertificateExpired, Some(domain.clone())));
            } else if i64::from(days) < CERTIFICATE_SOON_DAYS {
                reasons.push((
                    Reason::CertificateExpiring,
                    Some(format!("{domain}, {days} d")),
                ));
            }
        }
    }
    if let Some(services) = seen.services {
        let down: Vec<&str> = services
            .iter()
            .filter(|(_, service)| is_down(service))
            .map(|(name, _)| name.as_str())
            .collect();
        if !down.is_empty() {
            reasons.push((Reason::ServiceDown, Some(down.join(", "))));
        }
    }
    if let Some(diagnosis) = seen.diagnosis {
        let first = diagnosis
            .reports
            .iter()
            .flat_map(|report| &report.items)
            .find(|item| item.status == Severity::Error && !item.ignored);
        if let Some(item) = first {
            reasons.push((Reason::DiagnosisErrors, item.summary.clone()));
        }
    }
    if !seen.unread.is_empty() {
        let said: Vec<String> = seen
            .unread
            .iter()
            .map(|(what, why)| format!("{what}: {why}"))
            .collect();
        reasons.push((Reason::PartlyRead, Some(said.join(" "))));
    }
    reasons.sort_by_key(|(reason, _)| reason.state());
    let named: Vec<Reason> = reasons.iter().map(|(reason, _)| *reason).collect();
    NowState {
        state: state_of(&named),
        reasons: reasons
            .into_iter()
            .map(|(reason, said)| StateReason {
                reason,
                text: said.map(|said| text::line(&said, 400)),
            })
            .collect(),
    }
}

/// A unit that broke, or that starts with the machine and is stopped.
fn is_down(service: &Service) -> bool {
    match service.status {
        Status::Failed => true,
        Status::Dead => service.start_on_boot.as_deref() == Some("enabled"),
        _ => false,
    }
}

fn disk(facts: &Facts) -> Option<(Reason, Option<String>)> {
    const MIB: u64 = 1024;
    let free = facts.disk_free_kib;
    let said = Some(format!("{} MB free", free / MIB));
    // Under 4 MiB the driver refuses to begin anything (driver rule 12); a tenth is where people want to know.
    if free < 64 * MIB {
        Some((Reason::DiskFull, said))
    } else if facts.disk_kib > 0 && free < facts.disk_kib / 10 {
        Some((Reason::DiskLow, said))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use towerify_domain::server::ServerState;

    use super::*;

    fn facts() -> Facts {
        Facts {
            yunohost: Some("12.1.25".into()),
            postinstalled: true,
            disk_kib: 100 << 20,
            disk_free_kib: 50 << 20,
            ..Facts::default()
        }
    }

    fn check(
        facts: &Facts,
        diagnosis: serde_json::Value,
        services: serde_json::Value,
        expected: ServerState,
    ) {
        let diagnosis: Diagnosis = serde_json::from_value(diagnosis).unwrap();
        let services = serde_json::from_value(services).unwrap();
        let seen = Seen {
            facts,
            certificates: None,
            services: Some(&services),
            diagnosis: Some(&diagnosis),
            unread: &[],
        };
        assert_eq!(judge(&seen).state, expected);
    }

    #[test]
    fn the_state_is_the_worst_that_was_seen() {
        let calm = json!({"reports": []});
        let error = json!({"reports": [{"id": "ip", "items": [{"status": "ERROR", "summary": "No IPv4"}]}]});
        let ignored = json!({"reports": [{"id": "ip", "items": [{"status": "ERROR", "summary": "No IPv4", "ignored": true}]}]});
        let up = json!({"nginx": {"status": "running"}});
        let broken = json!({"nginx": {"status": "failed"}});
        let stopped = json!({"yunomdns": {"status": "dead", "start_on_boot": "disabled"}});
        check(&facts(), calm.clone(), up.clone(), ServerState::Ok);
        check(&facts(), error, up.clone(), ServerState::Fail);
        check(&facts(), ignored, up.clone(), ServerState::Ok);
        check(&facts(), calm.clone(), broken, ServerState::Fail);
        check(&facts(), calm.clone(), stopped, ServerState::Ok);
        let low = Facts {
            disk_free_kib: 5 << 20,
            ..facts()
        };
        check(&low, calm.clone(), up.clone(), ServerState::Warn);
        let full = Facts {
            disk_free_kib: 1024,
            ..facts()
        };
        check(&full, calm.clone(), up.clone(), ServerState::Fail);
        let bare = Facts {
            yunohost: None,
            ..facts()
        };
        check(&bare, calm, up, ServerState::ToDo);
    }
}
