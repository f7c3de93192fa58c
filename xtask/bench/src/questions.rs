//! The nine questions of a refresh, asked by everyone: versions, users, groups, permissions, domains, apps, services,
//! diagnosis, the last operations.

use towerify_yunohost::{
    Action, apps, diagnosis, domains, groups, logs, permissions, users, versions,
};

/// How many there are.
pub const HOW_MANY: usize = 9;

/// So many of YunoHost's last operations are asked for.
const OPERATIONS: u32 = 50;

/// The groups as a refresh asks for them.
pub const GROUPS: groups::ListGroups = groups::ListGroups { primary: false };

/// The operations as a refresh asks for them.
pub const LOGS: logs::ListOperations = logs::ListOperations { limit: OPERATIONS };

/// Something that only a whole answer of the users has.
pub const PROOF: &str = "Camille Morvan";

/// The same nine for a shell, one after the other, as the other tools ask them: in a single command, which is the
/// best that can be done with them.
pub fn for_a_shell() -> String {
    let words = [
        versions::ShowVersions.argv().expose(),
        users::ListUsers.argv().expose(),
        GROUPS.argv().expose(),
        permissions::ListPermissions.argv().expose(),
        domains::ListDomains.argv().expose(),
        apps::ListApps.argv().expose(),
        vec!["service".to_owned(), "status".to_owned()],
        diagnosis::ShowDiagnosis.argv().expose(),
        LOGS.argv().expose(),
    ];
    let commands: Vec<String> = words
        .iter()
        .map(|words| format!("yunohost {} --output-as json", words.join(" ")))
        .collect();
    commands.join("; ")
}
