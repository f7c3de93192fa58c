//! From what is told of a machine to the way to it: where it is, who logs in and how, and whether its host key is the one
//! that somebody checked. Nothing of a login is sent before that.

use crate::arguments::{LoginBy, Reach};
use crate::failure::Failure;
use crate::opened::Opened;
use crate::screen::Screen;
use crate::secret::{self, Source};
use serde_json::json;
use towerify_core::servers::{
    self, Address, HowChecked, KnownHostsSay, Login, OfferedKey, SshConfigHost, SshKeyState,
};
use towerify_domain::Words;

/// The way to a machine.
pub struct Way {
    /// What it may be called: the name of the SSH configuration.
    pub called: Option<String>,
    /// Where it is.
    pub address: Address,
    /// Who logs in.
    pub user: String,
    /// How.
    pub login: Login,
    /// Its host key's fingerprint, which somebody checked.
    pub fingerprint: String,
    /// How they did.
    pub how: HowChecked,
}

/// The way that is told, with what it leaves open from the SSH configuration; `user` logs in where neither says who.
pub async fn way(
    reach: &Reach,
    user: &str,
    opened: &Opened,
    screen: &Screen,
) -> Result<Way, Failure> {
    let host = match &reach.from_ssh {
        Some(name) => Some(host(name, opened).await?),
        None => None,
    };
    let jump = match (
        &reach.jump,
        host.as_ref().and_then(|host| host.jump.as_ref()),
    ) {
        (Some(told), _) => Some(opened.server(told).await?),
        (None, Some(jump)) => Some(jump.server.ok_or_else(|| unknown_jump(&jump.name))?),
        (None, None) => None,
    };
    let of_host = |take: fn(&SshConfigHost) -> String| host.as_ref().map(take);
    let address = Address {
        address: reach
            .address
            .clone()
            .or_else(|| of_host(|host| host.address.clone()))
            .unwrap_or_default(),
        port: reach
            .port
            .or_else(|| host.as_ref().map(|host| host.port))
            .unwrap_or(22),
        jump,
    };
    let user = reach
        .user
        .clone()
        .or_else(|| host.as_ref().and_then(|host| host.user.clone()))
        .unwrap_or_else(|| user.to_owned());
    let offered = servers::offered_key(&opened.workspace, &opened.actor, address.clone()).await?;
    let how = match &reach.fingerprint {
        Some(told) => {
            checked(told, &offered, &address)?;
            HowChecked::CommandLine
        }
        None if host.is_some() && offered.known_hosts == KnownHostsSay::Same => {
            HowChecked::KnownHosts
        }
        None => return Err(nobody_accepted(&offered, &address)),
    };
    let login = login(&reach.login, host.as_ref(), &user, &address, screen)?;
    Ok(Way {
        called: host.map(|host| host.name),
        address,
        user,
        login,
        fingerprint: offered.fingerprint,
        how,
    })
}

async fn host(name: &str, opened: &Opened) -> Result<SshConfigHost, Failure> {
    let config = servers::ssh_config_hosts(&opened.workspace, &opened.actor).await?;
    let found = config.hosts.into_iter().find(|host| host.name == name);
    found.ok_or_else(|| Failure::Refused {
        code: "not_found",
        words: Words::new(
            format!("{} names no host “{name}”.", config.file),
            format!("{} ne nomme pas d’hôte « {name} ».", config.file),
        ),
        details: json!({ "what": "ssh_host", "name": name }).into(),
    })
}

/// A machine is reached through another one that is not in the fleet.
pub fn unknown_jump(name: &str) -> Failure {
    Failure::Refused {
        code: "jump_unknown",
        words: Words::new(
            format!("It is reached through {name}, which is not in the fleet. Add that one first."),
            format!("On y passe par {name}, qui n’est pas dans le parc. Ajoutez-le d’abord."),
        ),
        details: json!({ "jump": name }).into(),
    }
}

fn checked(told: &str, offered: &OfferedKey, address: &Address) -> Result<(), Failure> {
    if told.trim() == offered.fingerprint {
        return Ok(());
    }
    let (at, offers) = (&address.address, &offered.fingerprint);
    Err(Failure::Refused {
        code: "host_key_changed",
        words: Words::new(
            format!(
                "{at} offers {offers}, not {told}. Connection refused. Nothing was sent, nothing was added."
            ),
            format!(
                "{at} présente {offers}, pas {told}. Connexion refusée. Rien n’a été envoyé, rien n’a été ajouté."
            ),
        ),
        details: json!({ "offered": offers, "expected": told }).into(),
    })
}

/// Nobody accepted the key that is offered: it is shown.
pub fn nobody_accepted(offered: &OfferedKey, address: &Address) -> Failure {
    let at = &address.address;
    let shown = format!(
        "{} {}\n{}",
        offered.algorithm, offered.fingerprint, offered.words
    );
    let give = &offered.fingerprint;
    Failure::Refused {
        code: "host_key_unknown",
        words: Words::new(
            format!(
                "{at} offers a host key that nobody has accepted. Nothing was sent, nothing was added.\n{shown}\n\
                 Check it on the machine's own screen, or over the phone; then give --fingerprint {give}"
            ),
            format!(
                "{at} présente une clé d’hôte que personne n’a acceptée. Rien n’a été envoyé, rien n’a été ajouté.\n{shown}\n\
                 Vérifiez-la à l’écran de la machine, ou par téléphone ; puis donnez --fingerprint {give}"
            ),
        ),
        details: json!({
            "algorithm": offered.algorithm, "fingerprint": offered.fingerprint, "words": offered.words,
            "known_hosts": offered.known_hosts,
        })
        .into(),
    }
}

/// How one logs in: as told; else with the key that the SSH configuration names; else with a password, which is asked.
fn login(
    told: &LoginBy,
    host: Option<&SshConfigHost>,
    user: &str,
    address: &Address,
    screen: &Screen,
) -> Result<Login, Failure> {
    if let Some(login) = without_asking(told, host)? {
        return Ok(login);
    }
    let key = host.and_then(|host| host.key.as_ref());
    if let Some(key) = key.filter(|key| key.state == SshKeyState::NeedsPassphrase) {
        let ask = Words::new(
            format!("Passphrase of {}", key.path),
            format!("Phrase de passe de {}", key.path),
        );
        return Ok(Login::KeyFile {
            path: key.path.clone(),
            passphrase: Some(secret::asked(&ask, screen)?),
            sudo_password: None,
        });
    }
    let at = &address.address;
    let ask = Words::new(
        format!("Password of {user} on {at}"),
        format!("Mot de passe de {user} sur {at}"),
    );
    Ok(Login::Password {
        password: secret::asked(&ask, screen)?,
    })
}

/// The same as far as nobody has to be asked.
pub fn without_asking(
    told: &LoginBy,
    host: Option<&SshConfigHost>,
) -> Result<Option<Login>, Failure> {
    let password = Source {
        file: told.login_password_file.as_ref(),
        fd: told.login_password_fd,
    };
    if told.agent {
        return Ok(Some(Login::Agent {
            sudo_password: password.line()?,
        }));
    }
    let passphrase = Source {
        file: told.passphrase_file.as_ref(),
        fd: None,
    };
    if let Some(key) = &told.key {
        let private_key = Source {
            file: Some(key),
            fd: None,
        };
        return Ok(Some(Login::Key {
            private_key: private_key.whole()?.unwrap_or_default(),
            passphrase: passphrase.line()?,
            sudo_password: password.line()?,
        }));
    }
    let passphrase = passphrase.line()?;
    let key = host.and_then(|host| host.key.as_ref());
    let opens = key.filter(|key| match key.state {
        SshKeyState::Usable => true,
        SshKeyState::NeedsPassphrase => passphrase.is_some(),
        SshKeyState::Missing | SshKeyState::Unusable => false,
    });
    if let Some(key) = opens {
        return Ok(Some(Login::KeyFile {
            path: key.path.clone(),
            passphrase,
            sudo_password: password.line()?,
        }));
    }
    Ok(password
        .line()?
        .map(|password| Login::Password { password }))
}
