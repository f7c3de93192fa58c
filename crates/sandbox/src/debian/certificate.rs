//! The customer's own certificate for a domain.

use rustls::{
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use sha2::{Digest, Sha256};
use towerify_machine::{certificate, refusal};

// What the task declares secret is a plain text on the machine.
use secrecy::ExposeSecret;

use super::{Surroundings, refuse, replying};
use crate::{
    actions::{Plan, Refusal},
    state::{Domain, State},
};

/// What is reloaded after the symlink moved.
const RELOADED: [&str; 3] = ["nginx", "postfix", "dovecot"];

impl Domain {
    /// Where the symlink of its certificate points.
    pub(crate) fn certificate_target(&self) -> String {
        let kind = if self.self_signed {
            "selfsigned"
        } else {
            "letsencrypt"
        };
        self.own_certificate.clone().unwrap_or_else(|| {
            format!(
                "/etc/yunohost/certs/{}-history/20261001.060000-{kind}",
                self.name
            )
        })
    }
}

/// The leaf's fingerprint, when chain and key belong together.
fn fingerprint(chain: &str, key: &str) -> Option<String> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<Result<_, _>>()
        .ok()?;
    let leaf = chain.first()?.clone();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).ok()?;
    let key = ring::sign::any_supported_type(&key).ok()?;
    CertifiedKey::new(chain, key).keys_match().ok()?;
    let digest = Sha256::digest(&leaf);
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// `own_certificate`.
pub(super) fn own(
    state: &State,
    asked: &certificate::OwnCertificate,
    around: &Surroundings<'_>,
) -> Result<Plan, Refusal> {
    let Some(domain) = state.domain(&asked.domain) else {
        return refuse(
            refusal::DOMAIN_UNKNOWN,
            format!("no domain {:?}", asked.domain),
        );
    };
    let Some(sha256) = fingerprint(&asked.chain, asked.key.expose_secret()) else {
        return refuse(
            refusal::CERTIFICATE_MISMATCH,
            "the key does not belong to the certificate, or one of them can't be read",
        );
    };
    let before = domain.certificate_target();
    let name = domain.name.clone();
    if domain.certificate_sha256.as_deref() == Some(sha256.as_str()) {
        return Ok(replying(move |_, _| certificate::CertificateChange {
            after: Some(before.clone()),
            folder: Some(before.clone()),
            before: Some(before),
            changed: false,
            reloaded: Vec::new(),
        })
        .about(&asked.domain));
    }
    let at = around.now.format("%Y%m%d.%H%M%S");
    let folder = format!("/etc/yunohost/certs/{name}-history/{at}-custom");
    let plan = replying(move |state, _| {
        if let Some(domain) = state.domains.iter_mut().find(|domain| domain.name == name) {
            domain.own_certificate = Some(folder.clone());
            domain.certificate_sha256 = Some(sha256);
        }
        certificate::CertificateChange {
            before: Some(before),
            after: Some(folder.clone()),
            folder: Some(folder),
            changed: true,
            reloaded: RELOADED.map(str::to_owned).to_vec(),
        }
    });
    Ok(plan
        .about(&asked.domain)
        .step(900, "info", "systemctl reload nginx postfix dovecot"))
}

/// `restore_certificate`.
pub(super) fn restore(
    state: &State,
    asked: &certificate::RestoreCertificate,
) -> Result<Plan, Refusal> {
    let Some(domain) = state.domain(&asked.domain) else {
        return refuse(
            refusal::DOMAIN_UNKNOWN,
            format!("no domain {:?}", asked.domain),
        );
    };
    let (name, before, target) = (
        domain.name.clone(),
        domain.certificate_target(),
        asked.target.clone(),
    );
    let changed = before != target;
    let remove = asked.remove.clone();
    let plan = replying(move |state, _| {
        if changed && let Some(domain) = state.domains.iter_mut().find(|one| one.name == name) {
            domain.own_certificate = None;
            domain.certificate_sha256 = None;
            if domain.certificate_target() != target {
                domain.own_certificate = Some(target.clone());
            }
        }
        certificate::CertificateChange {
            before: Some(before),
            after: Some(target),
            folder: remove,
            changed,
            reloaded: if changed {
                RELOADED.map(str::to_owned).to_vec()
            } else {
                Vec::new()
            },
        }
    });
    Ok(plan.about(&asked.domain))
}
