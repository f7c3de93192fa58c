//! Moving SSH to another port, by the rule for the version (rule 15), proved by a new connection before the old one is
//! let go.

use serde_json::json;
use towerify_domain::Words;
use towerify_runs::{Context, Observation};
use towerify_yunohost::{Release, settings::SettingKey};

use super::observed;
use crate::{
    connections::kind,
    provisioning::{
        actions::{open, open_among, set},
        former::Former,
        job::{Done, Job, problem},
    },
    runs::failed,
};

/// SSH is there, and one reaches it there.
pub(super) async fn ssh_port_seen(job: &Job) -> Done<Option<Observation>> {
    let to = job.choices.ssh_port;
    let listens = job.state(&[]).await?.sshd.ports.contains(&to);
    let moving = job.reach.store.former_values().of(job.server).await;
    let moving = moving
        .map_err(|error| failed(&error.into()))?
        .iter()
        .any(|former| former.name == "ssh_port");
    let row = job.row().await?;
    let there = listens && (!moving || row.port == to);
    Ok(there.then(|| listening(to)))
}

fn listening(port: u16) -> Observation {
    observed(
        format!("SSH listens on port {port}, and a new connection was let in there"),
        format!("SSH écoute sur le port {port}, et une nouvelle connexion y est entrée"),
        json!({ "port": port }),
    )
}

/// Moves it.
pub(super) async fn ssh_port(job: &Job, context: &Context) -> Done<Observation> {
    let to = job.choices.ssh_port;
    let was = job.state(&[]).await?.sshd.ports;
    if let Some(was) = was.first().copied().filter(|_| !was.contains(&to)) {
        let row = job.row().await?;
        let former = Former::SshPort {
            was,
            to,
            reached: row.port,
        };
        job.record(context, &former).await?;
    }
    let there = Move {
        to,
        by: to,
        record: true,
    };
    move_ssh(job, context, there).await?;
    Ok(listening(to))
}

/// Where sshd is to go.
pub(in super::super) struct Move {
    /// The port that it listens on then.
    pub(in super::super) to: u16,
    /// The port that it is reached by then.
    pub(in super::super) by: u16,
    /// Whether how things were is written down.
    pub(in super::super) record: bool,
}

/// Moves sshd. Where the new port does not let us in, it goes back.
pub(in super::super) async fn move_ssh(job: &Job, context: &Context, there: Move) -> Done<()> {
    let Move { to, by, record } = there;
    let was = job.state(&[]).await?.sshd.ports;
    if !was.contains(&to) {
        let release = job.release().await?;
        // From 12.1 on the port has to be open before sshd goes there: the setting itself shuts both.
        if release >= Release::V12_1 && open_among(job, &[to]).await?.is_empty() {
            if record {
                job.record(context, &Former::PortOpened { port: to })
                    .await?;
            }
            let asked = open(release, to, false, "SSH")?;
            job.change(context, "o", asked).await?;
        }
        set_port(job, context, to, "p").await?;
        let now = job.state(&[]).await?.sshd.ports;
        if !now.contains(&to) {
            // Said success and changed nothing (rule 16).
            return Err(problem(
                "not_ready",
                Words::new(
                    format!(
                        "YunoHost said that it moved SSH, and sshd still listens on {}: its configuration was edited by hand.",
                        list(&now)
                    ),
                    format!(
                        "YunoHost dit avoir déplacé SSH, et sshd écoute toujours sur {} : sa configuration a été modifiée à la main.",
                        list(&now)
                    ),
                ),
            ));
        }
    }
    let row = job.row().await?;
    let Some((pair, _)) = job.pair(kind::KEY).await? else {
        return Err(problem(
            "key_unusable",
            Words::new(
                "The key of this server is gone.",
                "La clé de ce serveur n’est plus là.",
            ),
        ));
    };
    let proof = job.prove(by, &row.user, &pair, None).await;
    if let Err(error) = proof {
        if let Some(back) = was.first().copied().filter(|back| *back != to) {
            set_port(job, context, back, "b").await?;
        }
        return Err(error);
    }
    job.log_in_as(&row.user, by, &row.login, &row.sudo).await?;
    job.reach.connections.hang_up(job.server).await;
    Ok(())
}

async fn set_port(job: &Job, context: &Context, port: u16, part: &str) -> Done<()> {
    let asked = set(SettingKey::SSH_PORT, port.to_string())?;
    job.change(context, part, asked).await?;
    Ok(())
}

fn list(ports: &[u16]) -> String {
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    ports.join(", ")
}
