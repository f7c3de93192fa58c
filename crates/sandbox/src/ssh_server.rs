//! A real SSH server on a loopback port: who may log in, and which commands and subsystems there are.

use std::{collections::HashMap, sync::Arc, time::Duration};

use russh::{
    Channel, ChannelId, ChannelReadHalf, ChannelWriteHalf, MethodKind, MethodSet,
    keys::{HashAlg, PrivateKey, PublicKey},
    server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session, VerifiedPublicKey},
};
use tokio::{
    io::BufReader,
    net::{TcpListener, TcpStream},
};

use crate::{
    Fault, command_line, door::Door, driver, machine::Machine, sftp, sshd::Place, stream::Faulty,
};

/// The keys a server shows: its own, and the one of fault [`Fault::ChangedHostKey`].
pub(crate) struct HostKeys {
    pub(crate) own: PrivateKey,
    pub(crate) changed: PrivateKey,
}

/// `SHA256:…` of a key.
pub(crate) fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// Serves until the machine's power is cut, on its first port or wherever its sshd was moved to.
pub(crate) async fn serve(machine: Arc<Machine>, first: TcpListener, keys: HostKeys) {
    let own = Arc::new(config(keys.own));
    let changed = Arc::new(config(keys.changed));
    let power = machine.power.clone();
    let mut places = machine.sshd.watch();
    let accepting = async {
        loop {
            let place = places.borrow_and_update().clone();
            let (accepted, is_sshd) = tokio::select! {
                changed = places.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
                accepted = first.accept() => (accepted, matches!(place, Place::First)),
                accepted = elsewhere(&place) => (accepted, true),
            };
            let Ok((connection, _)) = accepted else {
                // Out of file descriptors, perhaps: not at once again.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            // The first port is kept for when sshd comes back: meanwhile whoever knocks there is sent away.
            if !is_sshd || machine.is_down() {
                continue;
            }
            let config = if machine.faults.has(&Fault::ChangedHostKey) {
                &changed
            } else {
                &own
            };
            let (config, machine) = (Arc::clone(config), Arc::clone(&machine));
            tokio::spawn(attend(machine, connection, config));
        }
    };
    power.run_until_cancelled(accepting).await;
}

/// Whoever comes to the port that sshd was moved to.
async fn elsewhere(place: &Place) -> std::io::Result<(TcpStream, std::net::SocketAddr)> {
    match place {
        Place::Moved(listener) => listener.accept().await,
        Place::First | Place::Nowhere => std::future::pending().await,
    }
}

async fn attend(machine: Arc<Machine>, connection: TcpStream, config: Arc<Config>) {
    let _ = connection.set_nodelay(true);
    let up = machine.up();
    let _counted = machine.connections.enter();
    let stream = Faulty::new(connection, machine.faults.clone());
    let visitor = Visitor {
        machine,
        user: String::new(),
        channels: HashMap::new(),
    };
    let session = async {
        match russh::server::run_stream(config, stream, visitor).await {
            Ok(session) => {
                if let Err(error) = session.await {
                    tracing::debug!(%error, "a connection to a training server ended");
                }
            }
            Err(error) => {
                tracing::debug!(%error, "a connection to a training server did not begin")
            }
        }
    };
    up.run_until_cancelled(session).await;
}

fn config(key: PrivateKey) -> Config {
    Config {
        methods: MethodSet::from(
            [
                MethodKind::PublicKey,
                MethodKind::Password,
                MethodKind::KeyboardInteractive,
            ]
            .as_slice(),
        ),
        keys: vec![key],
        auth_rejection_time: Duration::from_millis(100),
        auth_rejection_time_initial: Some(Duration::ZERO),
        inactivity_timeout: None,
        nodelay: true,
        ..Config::default()
    }
}

/// Whoever is connected.
struct Visitor {
    machine: Arc<Machine>,
    user: String,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl Visitor {
    fn welcome(&mut self, user: &str, good: bool) -> Auth {
        if good {
            user.clone_into(&mut self.user);
            Auth::Accept
        } else {
            Auth::reject()
        }
    }
}

impl Handler for Visitor {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        let good = self.machine.welcomes_password(user, password.as_bytes());
        Ok(self.welcome(user, good))
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: russh::server::PublicKeyOffer<'_>,
    ) -> Result<Auth, russh::Error> {
        Ok(if self.machine.welcomes_key(user, offer.public_key) {
            Auth::Accept
        } else {
            Auth::reject()
        })
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, russh::Error> {
        let good = self.machine.welcomes_key(user, key.public_key);
        Ok(self.welcome(user, good))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        let Some(mut response) = response else {
            return Ok(Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: vec![("Password: ".into(), false)].into(),
            });
        };
        let said = response.next();
        let good = said.is_some_and(|said| self.machine.welcomes_password(user, said.as_ref()));
        Ok(self.welcome(user, good))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let Some(channel) = self.channels.remove(&id) else {
            return session.channel_failure(id);
        };
        session.channel_success(id)?;
        let command = String::from_utf8_lossy(data).into_owned();
        let (machine, user) = (Arc::clone(&self.machine), self.user.clone());
        tokio::spawn(async move {
            let up = machine.up();
            let (read, write) = channel.split();
            up.run_until_cancelled(execute(machine, &user, &command, read, write))
                .await;
        });
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        match self.channels.remove(&id) {
            // As a real one does: sftp comes to the forced command as a command.
            Some(channel) if self.machine.gate(&self.user).is_some() => {
                session.channel_success(id)?;
                let (machine, user) = (Arc::clone(&self.machine), self.user.clone());
                let (read, write) = channel.split();
                tokio::spawn(async move {
                    execute(machine, &user, "internal-sftp", read, write).await;
                });
                Ok(())
            }
            Some(channel) if name == "sftp" => {
                session.channel_success(id)?;
                let files = sftp::Session::new(Arc::clone(&self.machine)).await;
                russh_sftp::server::run(channel.into_stream(), files).await;
                Ok(())
            }
            _ => session.channel_failure(id),
        }
    }

    async fn channel_close(
        &mut self,
        id: ChannelId,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        self.channels.remove(&id);
        Ok(())
    }
}

async fn execute(
    machine: Arc<Machine>,
    user: &str,
    command: &str,
    mut read: ChannelReadHalf,
    write: ChannelWriteHalf<Msg>,
) {
    let door = Door::new(
        write.make_writer(),
        write.make_writer_ext(Some(1)),
        machine.faults.clone(),
    );
    let input = BufReader::new(read.make_reader());
    let ended = if machine.gate(user).is_some() {
        driver::through_gate(machine, user, command, input, door).await
    } else if driver::is_bootstrap(command) {
        driver::run(machine, user, command, input, door).await
    } else {
        command_line::run(machine, user, command, input, door).await
    };
    // Where the connection is gone, nobody hears this.
    let _ = write.exit_status(ended.unwrap_or(255)).await;
    let _ = write.eof().await;
    let _ = write.close().await;
}
