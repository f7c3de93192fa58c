//! From an installed YunoHost to a server that one logs in to as its administrator: the post-installation, the
//! administrator's key and sudo proved before the old way is let go, root's key taken away, SSH given.

use secrecy::SecretString;
use serde_json::json;
use towerify_domain::{Words, provisioning::Password, text};
use towerify_machine::keys::{PutKey, RemoveKey, RootLogin};
use towerify_runs::{Context, Observation, Problem, StepError};
use towerify_yunohost::{
    fields::{DomainName, FullName, Username},
    settings::SettingKey,
    tools::PostInstall,
};

use super::observed;
use crate::{
    connections::kind,
    provisioning::{
        actions::{asked, broken, give, has, set, setting_is},
        former::{self, Former},
        job::{ADMIN_PASSWORD, Done, Job, problem, reply},
    },
    runs::{Asked, failed},
};

/// The setting that lets administrators use sudo without their password.
const PASSWORDLESS: &str = SettingKey::PASSWORDLESS_SUDO;

/// The permissions that let a user in by SSH and SFTP, with the name of the act that gives each.
const ENTRIES: [(&str, &str); 2] = [("ssh.main", "h"), ("sftp.main", "f")];

/// A post-installation that ended midway (rule 12).
pub(super) fn cut_postinstallation() -> Problem {
    Problem::new(
        "not_ready",
        Words::new(
            "The set-up of YunoHost was cut half-way, and it can’t be resumed: install the machine anew, or go back to a snapshot of it.",
            "La configuration de YunoHost a été coupée en chemin, et ne peut pas être reprise : réinstallez la machine, ou revenez à un instantané.",
        ),
    )
}

/// YunoHost is set up.
pub(super) async fn postinstall_seen(job: &Job) -> Done<Option<Observation>> {
    let yunohost = job.state(&[]).await?.yunohost;
    if !yunohost.postinstalled {
        return Ok(None);
    }
    let domain = text::line(yunohost.main_domain.as_deref().unwrap_or("—"), 120);
    Ok(Some(observed(
        format!("It serves {domain}"),
        format!("Il sert {domain}"),
        json!({ "domain": domain }),
    )))
}

/// The set-up, with a password that was sealed here before it is sent.
pub(super) async fn postinstall(job: &Job, context: &Context) -> Done<Observation> {
    let choices = &job.choices;
    let there = job.state(&[]).await?.yunohost;
    if there.postinstalled
        && let Some(seen) = postinstall_seen(job).await?
    {
        return Ok(seen);
    }
    if there.main_domain.is_some() {
        return Err(StepError::Failed(cut_postinstallation()));
    }
    let password = admin_password(job).await?;
    let action = PostInstall {
        domain: DomainName::parse(&choices.domain).map_err(broken)?,
        username: Username::parse(&choices.admin).map_err(broken)?,
        fullname: FullName::parse(&choices.admin_fullname).map_err(broken)?,
        password,
        ignore_dyndns: true,
        force_diskspace: false,
        accept_terms: false,
    };
    let finished = job.change(context, "", asked(&action)).await;
    if let Err(error) = finished {
        let lost = matches!(error, StepError::Unknown(_));
        return Err(if lost {
            error
        } else {
            half_way(job, error).await
        });
    }
    // On the same connection from here on: root can't come in again (rule 13).
    postinstall_seen(job)
        .await?
        .ok_or_else(|| StepError::Failed(cut_postinstallation()))
}

/// A refusal before any change may be met again once it is corrected; one midway can't.
async fn half_way(job: &Job, error: StepError) -> StepError {
    match job.state(&[]).await {
        Ok(state) if !state.yunohost.postinstalled && state.yunohost.main_domain.is_some() => {
            StepError::Failed(cut_postinstallation())
        }
        _ => error,
    }
}

async fn admin_password(job: &Job) -> Done<SecretString> {
    job.secret(ADMIN_PASSWORD).await?.ok_or_else(|| {
        problem(
            "internal",
            Words::new(
                "The administrator’s password is not in this workspace.",
                "Le mot de passe de l’administrateur n’est pas dans cet espace de travail.",
            ),
        )
    })
}

/// One logs in as the administrator, by key, and sudo does not ask.
pub(super) async fn admin_seen(job: &Job) -> Done<Option<Observation>> {
    let row = job.row().await?;
    let admin = &job.choices.admin;
    if row.user != *admin || row.sudo != "none" {
        return Ok(None);
    }
    let Some((key, line)) = job.pair(kind::KEY).await? else {
        return Ok(None);
    };
    let account = job.account(admin).await?;
    let there = account.keys.contains(&line) && account.sudo_passwordless != Some(false);
    Ok(there.then(|| proved(admin, &key.fingerprint())))
}

fn proved(admin: &str, fingerprint: &str) -> Observation {
    observed(
        format!("A second connection as {admin} was let in by key, and sudo did not ask"),
        format!("Une seconde connexion comme {admin} est entrée par clé, et sudo n’a rien demandé"),
        json!({ "user": admin, "fingerprint": fingerprint }),
    )
}

/// On the same connection the key and sudo, both proved by a second one; only then is the first let go (rule 13).
pub(super) async fn admin(job: &Job, context: &Context) -> Done<Observation> {
    let admin = &job.choices.admin;
    let Some((pair, line)) = job.pair(kind::KEY).await? else {
        return Err(problem(
            "key_unusable",
            Words::new(
                "The key that was made for this server is gone from the workspace.",
                "La clé faite pour ce serveur n’est plus dans l’espace de travail.",
            ),
        ));
    };
    let account = job.account(admin).await?;
    if !account.exists {
        return Err(problem(
            "not_ready",
            Words::new(
                format!("The server has no user {admin}."),
                format!("Le serveur n’a pas d’utilisateur {admin}."),
            ),
        ));
    }
    if !account.keys.contains(&line) {
        let former = Former::Key {
            user: admin.clone(),
            line: line.clone(),
        };
        job.record(context, &former).await?;
        let put = PutKey {
            user: admin.clone(),
            line: line.clone(),
        };
        job.change(context, "k", Asked::task(put)).await?;
    }
    if !setting_is(job, PASSWORDLESS, "yes").await? {
        let former = Former::Setting {
            key: PASSWORDLESS.into(),
            value: "no".into(),
        };
        job.record(context, &former).await?;
        job.change(context, "s", set(PASSWORDLESS, "yes")?).await?;
    }
    let row = job.row().await?;
    job.prove(row.port, admin, &pair, None).await?;
    job.log_in_as(admin, row.port, "key", "none").await?;
    let mut forget = vec![kind::PASSWORD, kind::SUDO_PASSWORD];
    if was_adopted(context) && job.choices.password == Password::Generated {
        // The server had its administrator before: the password that was drawn here is nobody's.
        forget.push(ADMIN_PASSWORD);
    }
    let credentials = job.reach.store.credentials();
    credentials
        .exchange(job.server, &[], &forget)
        .await
        .map_err(|error| failed(&error.into()))?;
    job.reach.connections.hang_up(job.server).await;
    Ok(proved(admin, &pair.fingerprint()))
}

/// Whether the machine was a server before this run.
fn was_adopted(context: &Context) -> bool {
    let beginning = context
        .observed("preflight")
        .and_then(|seen| seen.data.get("beginning")?.as_str());
    beginning == Some("adopted")
}

/// Our keys in other accounts than the administrator's: those of the way in that is no longer needed.
async fn old_keys(job: &Job) -> Done<Vec<(String, String)>> {
    let former = former::all(&job.reach, job.server)
        .await
        .map_err(|error| failed(&error))?;
    Ok(former
        .into_iter()
        .filter_map(|former| match former {
            Former::Key { user, line } if user != job.choices.admin => Some((user, line)),
            _ => None,
        })
        .collect())
}

/// No key of ours is left but the administrator's.
pub(super) async fn root_login_seen(job: &Job) -> Done<Option<Observation>> {
    Ok(old_keys(job).await?.is_empty().then(|| {
        observed(
            "Only the administrator has our key",
            "Seul l’administrateur a notre clé",
            json!({}),
        )
    }))
}

/// Our line leaves root's keys (or those of whoever one logged in as at first).
pub(super) async fn root_login(job: &Job, context: &Context) -> Done<Observation> {
    let mut said = Words::new("Our key is gone", "Notre clé est retirée");
    let mut data = json!({});
    for (user, line) in old_keys(job).await? {
        if user == "root" {
            let off = RootLogin {
                on: false,
                line,
                peer: None,
            };
            let finished = job.change(context, "r", Asked::task(off)).await?;
            let done = reply::<RootLogin>(&finished)?;
            data = json!({
                "permit_root_login": done.sshd.permit_root_login,
                "other_keys": done.other_keys, "possible": done.possible,
            });
            said = match done.possible {
                false => Words::new(
                    "Root can’t log in from here any more",
                    "Root ne peut plus se connecter d’ici",
                ),
                true => Words::new(
                    format!(
                        "Our key is gone from root; {} other keys stay",
                        done.other_keys
                    ),
                    format!(
                        "Notre clé est retirée à root ; {} autres clés restent",
                        done.other_keys
                    ),
                ),
            };
        } else {
            let remove = RemoveKey {
                user: user.clone(),
                line,
            };
            job.change(context, "u", Asked::task(remove)).await?;
        }
        let former = job.reach.store.former_values();
        former
            .forget(job.server, &format!("key {user}"))
            .await
            .map_err(|error| failed(&error.into()))?;
    }
    Ok(Observation::with(said, data))
}

/// Which of the two permissions the administrator has by name.
async fn entries(job: &Job) -> Done<Vec<(&'static str, &'static str, bool)>> {
    let mut all = Vec::new();
    for (name, part) in ENTRIES {
        all.push((name, part, has(job, name, &job.choices.admin).await?));
    }
    Ok(all)
}

fn given(admin: &str) -> Observation {
    observed(
        format!("{admin} has SSH and SFTP"),
        format!("{admin} a SSH et SFTP"),
        json!({ "permissions": ENTRIES.map(|(name, _)| name) }),
    )
}

/// The administrator has both by name.
pub(super) async fn permissions_seen(job: &Job) -> Done<Option<Observation>> {
    let has_all = entries(job).await?.iter().all(|(.., has)| *has);
    Ok(has_all.then(|| given(&job.choices.admin)))
}

/// Gives what is missing.
pub(super) async fn permissions(job: &Job, context: &Context) -> Done<Observation> {
    let admin = &job.choices.admin;
    for (permission, part, has) in entries(job).await? {
        if has {
            continue;
        }
        let former = Former::Permission {
            permission: permission.into(),
            user: admin.clone(),
        };
        job.record(context, &former).await?;
        job.change(context, part, give(permission, admin)?).await?;
    }
    Ok(given(admin))
}
