//! The policy as data: what whoever is at work may do, for faces to show no more than that. It opens nothing: every use
//! case asks again.

use serde::Serialize;
use towerify_domain::{
    Words,
    policy::{Privilege, Role, Scope, scope_of},
};

use crate::Actor;

/// What somebody may do.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct PolicyView {
    /// What they are here.
    pub role: Role,
    /// Every privilege there is, held or not.
    pub privileges: Vec<PrivilegeView>,
}

/// A privilege, and who holds it.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct PrivilegeView {
    /// Which.
    pub privilege: Privilege,
    /// Over what whoever is at work holds it; none when they do not.
    pub scope: Option<Scope>,
    /// What it lets one do.
    pub words: Words,
    /// The roles that hold it: who can be asked.
    pub who: Vec<Role>,
}

/// The policy, for whoever is at work.
pub fn policy(actor: &Actor) -> PolicyView {
    let privileges = Privilege::ALL
        .iter()
        .map(|&privilege| PrivilegeView {
            privilege,
            scope: actor.holds(privilege),
            words: privilege.words(),
            who: Role::ALL
                .into_iter()
                .filter(|&role| scope_of(role, privilege).is_some())
                .collect(),
        })
        .collect();
    PolicyView {
        role: actor.role,
        privileges,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use towerify_domain::{
        id::{AccountId, CustomerId},
        policy::Witness,
    };
    use uuid::Uuid;

    use super::*;

    /// `UPDATE=1` writes it anew. The interface's tests are about this policy, and no other.
    #[test]
    fn the_invented_fleet_of_the_interface_has_the_policy_that_the_table_says() {
        let views = Role::ALL.map(|role| {
            policy(&Actor {
                account: AccountId::from_uuid(Uuid::nil()),
                name: String::new(),
                role,
                customer: (role != Role::Administrator).then(|| CustomerId::from_uuid(Uuid::nil())),
                witness: Witness::default(),
            })
        });
        let new = format!("{}\n", serde_json::to_string_pretty(&views).unwrap());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/dev/policy.json");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &new).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == new,
            "ui/src/dev/policy.json is stale: UPDATE=1 cargo test -p towerify-core --lib policy writes it anew"
        );
    }
}
