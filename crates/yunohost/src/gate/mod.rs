//! What a gate allows its account on one server: the policy that lies there beside it.
//!
//! The gate itself (`driver::gate`) has the forms of the actions, and refuses what its tables do not have; a policy says
//! which of them this account has, and what is its own. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    Action, apps, backups, catalogue, certificates, diagnosis, domains, groups, manifest,
    permissions, services, users, versions,
};

/// The forms of the actions that may be asked through a gate, as JSON: under `read` and `start`, by an action's name, its
/// values and its options, each with the name of the check that a value must pass. Part of the gate's program, and what
/// the simulator checks by.
pub const FORMS: &str = include_str!("forms.json");

macro_rules! names {
    ($($action:ty),+ $(,)?) => { &[$(<$action as Action>::DECLARATION.name),+] };
}

/// What a customer's own administrator may read through a gate.
pub const READS: &[&str] = names![
    versions::ShowVersions,
    users::ListUsers,
    users::ShowUser,
    groups::ListGroups,
    groups::ShowGroup,
    permissions::ListPermissions,
    permissions::ShowPermission,
    domains::ListDomains,
    domains::ShowDomain,
    domains::CheckUrl,
    certificates::ShowCertificates,
    apps::ListApps,
    apps::ShowApp,
    apps::MapApps,
    catalogue::ShowCatalogue,
    manifest::ShowManifest,
    services::ShowServices,
    diagnosis::ListCategories,
    diagnosis::ShowDiagnosis,
    backups::ListBackups,
    backups::ShowBackup,
];

/// What they may change.
pub const WRITES: &[&str] = names![
    users::CreateUser,
    users::UpdateUser,
    users::DeleteUser,
    groups::CreateGroup,
    groups::DeleteGroup,
    groups::AddToGroup,
    groups::RemoveFromGroup,
    permissions::AddPermission,
    permissions::RemovePermission,
    permissions::UpdatePermission,
    apps::InstallApp,
    apps::UpgradeApps,
    apps::RemoveApp,
    apps::ChangeLabel,
    backups::CreateBackup,
    backups::DeleteBackup,
];

/// Actions that say of the server as a whole: only where all of it is the customer's.
const OF_THE_WHOLE: &[&str] = names![diagnosis::ListCategories, diagnosis::ShowDiagnosis];

/// What of a server is a customer's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holding {
    /// Their domains. Whatever is on one of these is theirs too, what comes later included.
    pub domains: BTreeSet<String>,
    /// Users of theirs whose mail is on another domain.
    pub users: BTreeSet<String>,
    /// Groups of theirs, beyond those in which nobody and nothing is another's.
    pub groups: BTreeSet<String>,
    /// Apps of theirs without a domain, or on another's.
    pub apps: BTreeSet<String>,
    /// Names that are never theirs: the provider's own accounts. Members of `admins` never are, named or not.
    pub never: BTreeSet<String>,
    /// Whether the server serves this customer alone.
    pub whole: bool,
}

impl Holding {
    /// All of a server that serves one customer alone, but for those who administer it.
    pub fn of_whole_server(
        domains: &domains::Domains,
        users: &users::Users,
        groups: &groups::Groups,
        apps: &apps::Apps,
    ) -> Self {
        let own = ["admins", "all_users", "visitors"];
        let never: BTreeSet<String> = groups
            .groups
            .get("admins")
            .map(|admins| admins.members.iter().cloned().collect())
            .unwrap_or_default();
        Self {
            domains: domains.names().into_iter().map(str::to_owned).collect(),
            users: users
                .users
                .keys()
                .filter(|name| !never.contains(*name))
                .cloned()
                .collect(),
            groups: groups
                .groups
                .iter()
                // Whoever may change a group that an administrator is in could lend what that one may.
                .filter(|(name, group)| {
                    !own.contains(&name.as_str())
                        && !users.users.contains_key(*name)
                        && !group.members.iter().any(|member| never.contains(member))
                })
                .map(|(name, _)| name.clone())
                .collect(),
            apps: apps.apps.iter().map(|app| app.id.clone()).collect(),
            never,
            whole: true,
        }
    }
}

/// What lies on the server as `/etc/towerify/gate/ACCOUNT.json`, readable for root alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatePolicy {
    /// The system account.
    pub account: String,
    /// The actions that are allowed, by name.
    pub actions: BTreeSet<String>,
    /// The customer's domains.
    pub domains: BTreeSet<String>,
    /// Users of theirs, beside those whose mail is on their domains.
    pub users: BTreeSet<String>,
    /// Groups of theirs, beside those in which nobody and nothing is another's.
    pub groups: BTreeSet<String>,
    /// Apps of theirs, beside those on their domains.
    pub apps: BTreeSet<String>,
    /// The apps that may be installed; none: any of the server's catalogue.
    pub catalogue: Option<BTreeSet<String>>,
    /// Users and groups that are never theirs.
    pub never: BTreeSet<String>,
    /// What the names of their backups begin with.
    pub archives: String,
}

impl GatePolicy {
    /// The policy of an account over what is its customer's. `customer` is any name of theirs: their backups' names begin
    /// with its letters and digits. Names that a server could not have are left out, so that what a hostile server said
    /// reaches no policy.
    pub fn new(account: &str, customer: &str, holding: Holding) -> Self {
        let mut prefix: String = customer
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .take(16)
            .collect();
        while prefix.len() < 3 {
            prefix.push('0');
        }
        let actions = READS
            .iter()
            .chain(WRITES)
            .filter(|name| holding.whole || !OF_THE_WHOLE.contains(name))
            .map(|name| (*name).to_owned())
            .collect();
        let kept = |names: BTreeSet<String>, good: fn(&str) -> bool| -> BTreeSet<String> {
            names.into_iter().filter(|name| good(name)).collect()
        };
        use crate::fields::{AppId, DomainName, GroupName, Username};
        Self {
            account: account.to_owned(),
            actions,
            domains: kept(holding.domains, |name| DomainName::parse(name).is_ok()),
            users: kept(holding.users, |name| Username::parse(name).is_ok()),
            groups: kept(holding.groups, |name| GroupName::parse(name).is_ok()),
            apps: kept(holding.apps, |name| AppId::parse(name).is_ok()),
            catalogue: None,
            never: kept(holding.never, |name| Username::parse(name).is_ok()),
            archives: format!("{prefix}-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen() -> (domains::Domains, users::Users, groups::Groups, apps::Apps) {
        let user = |mail: &str| json!({"username": "x", "fullname": "X", "mail": mail});
        (
            domains::ListDomains::parse(json!({"domains": ["tour.example", "Bad Domain"], "main": "tour.example"})).unwrap(),
            users::ListUsers::parse(json!({"users": {
                "camille": user("camille@tour.example"), "ines": user("ines@elsewhere.example"),
                "-rf": user("x@tour.example")}})).unwrap(),
            groups::ListGroups::parse(json!({"groups": {
                "admins": {"members": ["camille"]}, "all_users": {"members": ["camille", "ines"]},
                "visitors": {"members": []}, "office": {"members": ["ines"]}, "board": {"members": ["ines", "camille"]}}})).unwrap(),
            apps::ListApps::parse(json!({"apps": [{"id": "wiki", "name": "Wiki"}]})).unwrap(),
        )
    }

    #[test]
    fn a_whole_server_is_its_customers_but_for_those_who_administer_it() {
        let (domains, users, groups, apps) = seen();
        let holding = Holding::of_whole_server(&domains, &users, &groups, &apps);
        let policy = GatePolicy::new("towerify-abcd", "Tour & Cie", holding);
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(list(&policy.domains), "tour.example");
        assert_eq!(list(&policy.users), "ines");
        assert_eq!(list(&policy.groups), "office");
        assert_eq!(list(&policy.apps), "wiki");
        assert_eq!(list(&policy.never), "camille");
        assert_eq!(policy.archives, "tourcie-");
        assert_eq!(policy.actions.len(), READS.len() + WRITES.len());
    }

    #[test]
    fn who_shares_a_server_is_told_nothing_of_it_as_a_whole() {
        let policy = GatePolicy::new("towerify-abcd", "é", Holding::default());
        assert!(!policy.actions.contains("diagnosis show"));
        assert!(policy.actions.contains("user list"));
        assert_eq!(policy.archives, "000-");
    }

    #[test]
    fn each_action_has_a_form_and_each_form_is_an_actions() {
        let forms: serde_json::Value = serde_json::from_str(FORMS).unwrap();
        for (kind, names) in [("read", READS), ("start", WRITES)] {
            let known: BTreeSet<&str> = forms[kind]
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            assert_eq!(known, names.iter().copied().collect());
        }
    }

    #[test]
    fn nothing_that_administers_the_server_is_among_the_actions() {
        for name in READS.iter().chain(WRITES) {
            for never in [
                "tools ",
                "settings",
                "firewall",
                "service r",
                "service s",
                "domain add",
                "domain remove",
                "user ssh",
                "log ",
            ] {
                let fine = *name == "tools versions" || *name == "service status";
                assert!(fine || !name.starts_with(never), "{name}");
            }
        }
    }
}
