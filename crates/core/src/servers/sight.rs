//! A reading through a gate beside the whole one. What a customer's own administrator is answered is a part of what the
//! provider is: it is kept as theirs (`store::Sight`), and what everybody is shown of the server (its row in lists) stays as
//! the provider's reading left it, but for what a part says as well as the whole: what the machine says of itself.

use std::collections::BTreeMap;

use towerify_domain::{
    Permit,
    policy::Named,
    server::{Reason, state_of},
};
use towerify_store::{NowState, Server, Sight, StateReason, Store, Summary};
use towerify_yunohost::{
    Action,
    certificates::{Certificates, ShowCertificates},
    diagnosis::{Diagnosis, ShowDiagnosis},
    services::Service,
};

use crate::{Result, clock::now, servers::refresh::snapshot};

/// Which readings whoever has this permit sees.
pub(crate) fn sight<P: Named>(permit: &Permit<P>) -> Sight {
    Sight::of(permit.within())
}

/// Whether a reading that failed for this reason says something of the server, and not of the reader's own way in.
pub(super) fn is_of_the_server(sight: Sight, reason: Reason) -> bool {
    sight == Sight::Whole || !matches!(reason, Reason::LoginRefused | Reason::SudoRefused)
}

/// What a server is judged by beside its facts.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) certificates: Option<Certificates>,
    pub(super) services: Option<BTreeMap<String, Service>>,
    pub(super) diagnosis: Option<Diagnosis>,
}

/// What the provider's last reading knew of a server.
pub(super) struct Whole {
    parts: Parts,
    summary: Summary,
    /// That something could not be read.
    unread: Option<StateReason>,
}

impl Whole {
    /// None for a reading that is whole itself, and where the provider never read this server.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn beside(
        store: &Store,
        sight: Sight,
        server: &Server,
    ) -> Result<Option<Self>> {
        if sight == Sight::Whole {
            return Ok(None);
        }
        let known = store.snapshots().of(Sight::Whole, server.id).await?;
        let of_kind = |kind: &str| known.iter().find(|known| known.kind == kind);
        if of_kind(snapshot::FACTS).is_none() {
            return Ok(None);
        }
        let json = |kind: &str| of_kind(kind).map(|known| known.json.clone());
        // What was kept in another shape than today's is as good as nothing.
        let certificates = of_kind(snapshot::CERTIFICATES).and_then(|known| {
            let mut seen = ShowCertificates::parse(known.json.clone()).ok()?;
            let since = i32::try_from((now() - known.taken_at).num_days()).unwrap_or(0);
            for certificate in seen.certificates.values_mut() {
                certificate.validity = certificate.validity.map(|days| days.saturating_sub(since));
            }
            Some(seen)
        });
        let parts = Parts {
            certificates,
            services: json(snapshot::SERVICES).and_then(|json| serde_json::from_value(json).ok()),
            diagnosis: json(snapshot::DIAGNOSIS).and_then(|json| ShowDiagnosis::parse(json).ok()),
        };
        let unread = server
            .reasons
            .iter()
            .find(|known| known.reason == Reason::PartlyRead);
        Ok(Some(Self {
            parts,
            summary: server.summary.clone(),
            unread: unread.cloned(),
        }))
    }

    /// What was known, brought up to date by what a part says.
    pub(super) fn with(&self, part: Parts) -> Parts {
        let mut certificates = self.parts.certificates.clone();
        match (&mut certificates, part.certificates) {
            (Some(known), Some(seen)) => known.certificates.extend(seen.certificates),
            (known, seen) => *known = known.take().or(seen),
        }
        let mut services = self.parts.services.clone();
        match (&mut services, part.services) {
            (Some(known), Some(seen)) => known.extend(seen),
            (known, seen) => *known = known.take().or(seen),
        }
        Parts {
            certificates,
            services,
            diagnosis: part.diagnosis.or_else(|| self.parts.diagnosis.clone()),
        }
    }

    /// The state, with what only the whole reading could tell.
    pub(super) fn state(&self, mut state: NowState) -> NowState {
        let said = |state: &NowState| {
            state
                .reasons
                .iter()
                .any(|known| known.reason == Reason::PartlyRead)
        };
        if let Some(unread) = self.unread.clone().filter(|_| !said(&state)) {
            state.reasons.push(unread);
            state.reasons.sort_by_key(|known| known.reason.state());
            let reasons: Vec<Reason> = state.reasons.iter().map(|known| known.reason).collect();
            state.state = state_of(&reasons);
        }
        state
    }

    /// The numbers: what a part counts is not how many there are.
    pub(super) fn numbers(&self, part: Summary) -> Summary {
        Summary {
            apps: self.summary.apps,
            users: self.summary.users,
            updates: self.summary.updates,
            ..part
        }
    }
}
