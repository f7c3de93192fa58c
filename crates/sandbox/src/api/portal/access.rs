//! Who may log in to the portal, on which domain, and what they may open there.

use crate::state::{App, State};

/// Whether these credentials open a session on this host: the name and the password of the session, or the words of the
/// refusal.
pub(super) fn opens(
    state: &State,
    host: &str,
    credentials: &str,
) -> Result<(String, String), &'static str> {
    let (said, password) = credentials
        .split_once(':')
        .ok_or("Invalid password or username")?;
    if password.is_empty() {
        return Err("Unable to authenticate");
    }
    let plain = said.trim().to_lowercase();
    let by_mail = || {
        let (username, _) = state.users.iter().find(|(_, user)| user.mail == said)?;
        (!state.is_old()).then(|| username.clone())
    };
    let username = if said.contains('@') {
        by_mail()
    } else {
        Some(plain.clone())
    };
    let username = username
        .filter(|username| state.portal_password(username) == Some(password))
        .ok_or("Invalid password")?;
    if !said.contains('@') && said != plain {
        return Err("Not logged with the appropriate identity ?!");
    }
    if !state.lets_log_in(&username, host) {
        return Err("Unable to authenticate");
    }
    Ok((username, password.to_owned()))
}

impl State {
    /// The password of one of YunoHost's users.
    pub(super) fn portal_password(&self, username: &str) -> Option<&str> {
        if username == self.admin {
            return Some(self.password.as_str());
        }
        self.users.get(username)?;
        let known = self.system.passwords.get(username)?;
        (!known.is_empty()).then_some(known.as_str())
    }

    /// The domain of the server that a host name belongs to: itself, or the one that it is below.
    pub(super) fn domain_of(&self, host: &str) -> Option<&str> {
        let names = self.domains.iter().map(|domain| domain.name.as_str());
        names
            .filter(|name| is_within(host, name))
            .max_by_key(|name| name.len())
    }

    /// Who may log in on a domain: administrators; whoever may open an app there; and whoever has the main address
    /// there, as long as they have no other (a fault of YunoHost's, as recorded).
    fn lets_log_in(&self, username: &str, host: &str) -> bool {
        let Some(domain) = self.domain_of(host) else {
            return false;
        };
        if self.members("admins").iter().any(|admin| admin == username) {
            return true;
        }
        let opens_there = self.may_open(username).any(|(_, app, _)| {
            let at = app.domain.as_deref().unwrap_or_default();
            is_within(at, domain)
        });
        let lives_there = self.users.get(username).is_some_and(|user| {
            user.aliases.is_empty() && user.mail.ends_with(&format!("@{domain}"))
        });
        opens_there || lives_there
    }

    /// The tiles of a user: public ones are everybody's. Permission, app, and the permission's own name.
    pub(super) fn may_open<'s>(
        &'s self,
        username: &'s str,
    ) -> impl Iterator<Item = (String, &'s App, &'s str)> + 's {
        self.apps.iter().flat_map(move |(instance, app)| {
            app.permissions
                .iter()
                .filter(move |(_, permission)| {
                    let for_all = permission.allowed.iter().any(|group| group == "visitors");
                    let people = self.people_of(&permission.allowed);
                    permission.show_tile
                        && permission.url.is_some()
                        && (for_all || people.iter().any(|one| one == username))
                })
                .map(move |(name, _)| (format!("{instance}.{name}"), app, name.as_str()))
        })
    }
}

pub(super) fn is_within(host: &str, domain: &str) -> bool {
    host == domain
        || host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
}
