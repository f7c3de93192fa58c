//! This computer's own `~/.ssh/config`, as far as it helps to add servers, and the private keys that it names.
//! Nothing is added here, and nobody is reached: whoever adds a server still looks at its host key.

use std::{
    collections::HashMap,
    io::Read as _,
    path::{Path, PathBuf},
};

use secrecy::{SecretString, zeroize::Zeroizing};
use towerify_domain::{
    Permit, Words,
    id::ServerId,
    policy::{Named, may},
    text,
};
use towerify_ssh::{ClientConfig, Endpoint, HostSettings, JumpHost, KeyError, PrivateKey};
use towerify_store::{Direction, FleetFilter, FleetSort};

use crate::{
    Actor, AppError, Result, Workspace,
    error::{FieldProblem, blocking},
    servers::view::{Login, SshConfig, SshConfigHost, SshJump, SshKeyFile, SshKeyState},
};

/// Hosts that are shown; more than anybody writes by hand.
const MOST_HOSTS: usize = 2_000;

/// Notes that are shown.
const MOST_NOTES: usize = 100;

/// A private key's file above this is none.
const LARGEST_KEY: u64 = 256 * 1024;

/// The keys that OpenSSH tries when the configuration names none.
const USUAL_KEYS: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];

/// What this user's `~/.ssh/config` says. A file that is not there says nothing.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn ssh_config_hosts(workspace: &Workspace, actor: &Actor) -> Result<SshConfig> {
    let permit = Permit::<may::AddServer>::ask(actor)?;
    let Some(home) = directories::BaseDirs::new().map(|known| known.home_dir().to_owned()) else {
        return Ok(SshConfig {
            file: String::new(),
            hosts: Vec::new(),
            notes: Vec::new(),
        });
    };
    let mut said = blocking(move || Ok(read(&home))).await?;
    if said.hosts.is_empty() {
        return Ok(said.shown);
    }
    let fleet = Fleet::read(workspace, &permit).await?;
    for (host, jump) in &mut said.hosts {
        host.server = fleet.at(&Endpoint::new(host.address.clone(), host.port));
        if let (Some(shown), Some(at)) = (&mut host.jump, jump) {
            shown.server = fleet.at(at).or_else(|| fleet.called(&shown.name));
        }
    }
    said.shown.hosts = said.hosts.into_iter().map(|(host, _)| host).collect();
    Ok(said.shown)
}

impl SshConfig {
    /// The machines whose name matches a pattern with `*` and `?`; all of them for none.
    pub fn matching(&self, pattern: Option<&str>) -> Vec<&SshConfigHost> {
        self.hosts
            .iter()
            .filter(|host| {
                pattern.is_none_or(|pattern| towerify_ssh::name_matches(pattern, &host.name))
            })
            .collect()
    }
}

/// The configuration, and for each host where its jump host is.
struct Said {
    shown: SshConfig,
    hosts: Vec<(SshConfigHost, Option<Endpoint>)>,
}

fn read(home: &Path) -> Said {
    let file = home.join(".ssh").join("config");
    let mut shown = SshConfig {
        file: file.display().to_string(),
        hosts: Vec::new(),
        notes: Vec::new(),
    };
    if !file.exists() {
        return Said {
            shown,
            hosts: Vec::new(),
        };
    }
    let config = ClientConfig::read(&file, home);
    shown.notes = config
        .notes()
        .iter()
        .take(MOST_NOTES)
        .map(|note| {
            let said = format!("{}:{}: {}", note.file.display(), note.line, note.note);
            text::line(&said, 500)
        })
        .collect();
    let hosts = config
        .hosts()
        .into_iter()
        .take(MOST_HOSTS)
        .map(|name| host(&config, home, &name))
        .collect();
    Said { shown, hosts }
}

fn host(config: &ClientConfig, home: &Path, name: &str) -> (SshConfigHost, Option<Endpoint>) {
    let settings = config.settings(name);
    let endpoint = settings.endpoint(name);
    // Several hops: the last one written is the one before the machine; how that one is reached is its own matter.
    let jump = settings.jumps.last();
    let shown = SshConfigHost {
        name: name.to_owned(),
        address: endpoint.host,
        port: endpoint.port,
        user: settings.user.clone(),
        key: key(&settings, home),
        jump: jump.map(|jump| SshJump {
            name: jump.host.clone(),
            server: None,
        }),
        server: None,
    };
    (shown, jump.map(|jump| place(config, jump)))
}

/// Where a jump host is: its own name may be explained in the configuration too.
fn place(config: &ClientConfig, jump: &JumpHost) -> Endpoint {
    let known = config.settings(&jump.host).endpoint(&jump.host);
    Endpoint {
        port: jump.port.unwrap_or(known.port),
        ..known
    }
}

fn key(settings: &HostSettings, home: &Path) -> Option<SshKeyFile> {
    let looked_at = |path: &PathBuf| SshKeyFile {
        path: path.display().to_string(),
        state: state(path),
    };
    let there = |file: &SshKeyFile| file.state != SshKeyState::Missing;
    let said: Vec<SshKeyFile> = settings.identity_files.iter().map(looked_at).collect();
    if let Some(first) = said
        .iter()
        .find(|file| there(file))
        .or_else(|| said.first())
    {
        return Some(first.clone());
    }
    USUAL_KEYS
        .iter()
        .map(|name| looked_at(&home.join(".ssh").join(name)))
        .find(there)
}

fn state(path: &Path) -> SshKeyState {
    match PrivateKey::read(path, None) {
        Ok(_) => SshKeyState::Usable,
        Err(KeyError::NeedsPassphrase) => SshKeyState::NeedsPassphrase,
        Err(KeyError::Unreadable { .. }) => SshKeyState::Missing,
        Err(_) => SshKeyState::Unusable,
    }
}

/// The fleet's servers by where they are and what they are called.
struct Fleet {
    at: HashMap<Endpoint, ServerId>,
    called: HashMap<String, ServerId>,
}

impl Fleet {
    async fn read<P: Named>(workspace: &Workspace, permit: &Permit<P>) -> Result<Self> {
        let page = workspace
            .store(permit)
            .fleet(permit.within())
            .page(
                &FleetFilter::default(),
                FleetSort::Name,
                Direction::Ascending,
                0,
                i64::from(u32::MAX),
            )
            .await?;
        let mut known = Self {
            at: HashMap::new(),
            called: HashMap::new(),
        };
        for server in page.rows {
            known
                .at
                .insert(Endpoint::new(server.address, server.port), server.id);
            known.called.insert(server.name.to_lowercase(), server.id);
        }
        Ok(known)
    }

    fn at(&self, endpoint: &Endpoint) -> Option<ServerId> {
        self.at.get(endpoint).copied()
    }

    fn called(&self, name: &str) -> Option<ServerId> {
        self.called.get(&name.to_lowercase()).copied()
    }
}

impl Login {
    /// The same with the key itself in place of its file's name. The file is read once, now: what is kept is the key.
    pub(crate) async fn with_key_read(self) -> Result<Self> {
        let Self::KeyFile {
            path,
            passphrase,
            sudo_password,
        } = self
        else {
            return Ok(self);
        };
        let private_key = blocking(move || key_text(&path)).await?;
        Ok(Self::Key {
            private_key,
            passphrase,
            sudo_password,
        })
    }
}

fn key_text(path: &str) -> Result<SecretString> {
    let unreadable = |reason: String| {
        AppError::invalid(vec![FieldProblem {
            field: "path".into(),
            words: Words::new(
                format!("This key file can't be read: {reason}."),
                format!("Ce fichier de clé ne peut pas être lu : {reason}."),
            ),
        }])
    };
    let place = match path.trim().strip_prefix("~/") {
        Some(rest) => directories::BaseDirs::new()
            .map(|known| known.home_dir().join(rest))
            .unwrap_or_default(),
        None => PathBuf::from(path.trim()),
    };
    let mut text = Zeroizing::new(String::new());
    std::fs::File::open(&place)
        .and_then(|file| file.take(LARGEST_KEY).read_to_string(&mut text))
        .map_err(|error| unreadable(text::line(&error.to_string(), 200)))?;
    Ok(SecretString::from(text.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home_with(config: &str) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".ssh")).unwrap();
        std::fs::write(home.path().join(".ssh/config"), config).unwrap();
        home
    }

    #[test]
    fn each_host_that_is_written_out_comes_with_its_way() {
        let home = home_with(
            "Host rebond.example\n  Port 2222\n  User passage\n\n\
             Host glycines-01 glycines-02\n  HostName %h.example\n  User admin\n  ProxyJump loin.example,rebond.example\n  IdentityFile ~/.ssh/absente\n\n\
             Host *.example\n  User root\n\nMatch exec true\n  User personne\n",
        );
        let said = read(home.path());
        let names: Vec<&str> = said
            .hosts
            .iter()
            .map(|(host, _)| host.name.as_str())
            .collect();
        assert_eq!(names, ["rebond.example", "glycines-01", "glycines-02"]);
        let (glycines, jump) = &said.hosts[1];
        assert_eq!(
            (glycines.address.as_str(), glycines.port),
            ("glycines-01.example", 22)
        );
        assert_eq!(glycines.user.as_deref(), Some("admin"));
        assert_eq!(glycines.jump.as_ref().unwrap().name, "rebond.example");
        assert_eq!(
            jump,
            &Some(Endpoint::new("rebond.example", 2222)),
            "the jump host's own port is looked up"
        );
        let key = glycines.key.as_ref().unwrap();
        assert_eq!(key.state, SshKeyState::Missing);
        assert!(key.path.ends_with(".ssh/absente"));
        assert_eq!(
            said.shown.notes.len(),
            1,
            "the Match block: {:?}",
            said.shown.notes
        );
    }

    #[test]
    fn without_a_file_nothing_is_said_and_nothing_is_wrong() {
        let home = tempfile::tempdir().unwrap();
        let said = read(home.path());
        assert!(said.hosts.is_empty() && said.shown.notes.is_empty());
    }

    #[test]
    fn a_host_without_a_key_of_its_own_takes_this_users() {
        let home = home_with("Host seul\n  HostName seul.example\n");
        assert!(read(home.path()).hosts[0].0.key.is_none());
        std::fs::write(home.path().join(".ssh/id_ed25519"), "no key").unwrap();
        let said = read(home.path());
        let key = said.hosts[0].0.key.as_ref().unwrap();
        assert_eq!(key.state, SshKeyState::Unusable);
        assert!(key.path.ends_with("id_ed25519"));
    }

    #[test]
    fn hosts_are_chosen_by_a_pattern() {
        let home = home_with("Host glycines-01\nHost glycines-02\nHost bremont\n  Port 22\n");
        let said = read(home.path());
        let config = SshConfig {
            hosts: said.hosts.into_iter().map(|(host, _)| host).collect(),
            ..said.shown
        };
        assert_eq!(config.matching(None).len(), config.hosts.len());
        assert_eq!(config.matching(Some("brem*")).len(), 1);
        assert_eq!(config.matching(Some("brem")).len(), 0);
    }
}
