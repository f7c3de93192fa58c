//! Who may log in to a machine, how, and who becomes root there: before it is a server, and after.

use russh::keys::PublicKey;

use crate::{
    Fault,
    machine::Machine,
    state::{
        State,
        system::{Stage, Sudo},
    },
};

impl State {
    /// The lines of a user's `authorized_keys`.
    pub(crate) fn keys(&self, user: &str) -> &[String] {
        if user == self.admin {
            return &self.authorized_keys;
        }
        if let Some(gate) = self.system.gates.get(user) {
            return &gate.keys;
        }
        self.system
            .logins
            .get(user)
            .map_or(&[], |login| login.keys.as_slice())
    }

    /// The same, to change them.
    pub(crate) fn keys_mut(&mut self, user: &str) -> &mut Vec<String> {
        if user == self.admin {
            return &mut self.authorized_keys;
        }
        &mut self.system.login_mut(user).keys
    }

    /// Adds a line where it is not there yet; false when it was.
    pub(crate) fn put_key(&mut self, user: &str, line: &str) -> bool {
        let keys = self.keys_mut(user);
        let is_new = !keys.iter().any(|known| known == line);
        if is_new {
            keys.push(line.to_owned());
        }
        is_new
    }

    /// Whether a password is this user's. Root's is the administrator's once the machine is a server.
    pub(crate) fn knows_password(&self, user: &str, said: &[u8]) -> bool {
        let is_server = self.system.stage == Stage::Serving;
        let known = match self.system.logins.get(user) {
            _ if user == self.admin && is_server => Some(self.password.as_str()),
            Some(login) if login.password.is_some() => login.password.as_deref(),
            _ if user == "root" && is_server => Some(self.password.as_str()),
            _ => None,
        };
        known.is_some_and(|known| !known.is_empty() && known.as_bytes() == said)
    }

    fn knows_key(&self, user: &str, key: &PublicKey) -> bool {
        self.keys(user)
            .iter()
            .filter_map(|line| PublicKey::from_openssh(line).ok())
            .any(|known| known.key_data() == key.key_data())
    }

    /// A setting of sshd's that YunoHost wrote, unless somebody edited the file.
    pub(crate) fn takes_passwords(&self) -> bool {
        self.system.stage != Stage::Serving
            || self
                .system
                .settings
                .get("security.ssh.ssh_password_authentication")
                .is_none_or(|value| value != "no")
    }

    /// Whether sshd lets a user in at all. On a server: AllowGroups, and root from private ranges only, even with
    /// a key (provisioning rule 13).
    pub(crate) fn lets_in(&self, user: &str) -> bool {
        if self.system.stage < Stage::Serving {
            return self.system.logins.contains_key(user);
        }
        if user == "root" {
            return self.system.private_peers;
        }
        if self.system.gates.contains_key(user) {
            return true; // a member of `ssh.app` (rule 25)
        }
        let is_admin = self.members("admins").iter().any(|admin| admin == user);
        let permitted = |permission: &str| {
            let allowed = self.system_permissions.get(permission);
            allowed.is_some_and(|allowed| self.people_of(allowed).iter().any(|one| one == user))
        };
        is_admin || permitted("ssh") || permitted("sftp")
    }

    /// Whether and how a user becomes root.
    pub(crate) fn sudo(&self, user: &str) -> Sudo {
        if user == "root" {
            return Sudo::Root;
        }
        let is_server = self.system.stage == Stage::Serving;
        if is_server && self.members("admins").iter().any(|admin| admin == user) {
            let free = self
                .system
                .settings
                .get("security.password.passwordless_sudo");
            return if free.is_some_and(|value| value == "yes") {
                Sudo::Free
            } else {
                Sudo::Asks
            };
        }
        if self.system.has(&crate::Obstacle::NoSudo) {
            return Sudo::Never;
        }
        self.system
            .logins
            .get(user)
            .map_or(Sudo::Never, |login| login.sudo)
    }
}

impl Machine {
    /// Whether this password lets this user in by SSH now.
    pub(crate) fn welcomes_password(&self, user: &str, said: &[u8]) -> bool {
        let state = self.state();
        !self.faults.has(&Fault::RefusedLogin)
            && state.lets_in(user)
            && state.takes_passwords()
            && state.knows_password(user, said)
    }

    /// Whether this key lets this user in by SSH now.
    pub(crate) fn welcomes_key(&self, user: &str, key: &PublicKey) -> bool {
        let state = self.state();
        !self.faults.has(&Fault::RefusedLogin) && state.lets_in(user) && state.knows_key(user, key)
    }
}
