//! A port of the machine's network, brought to a port of this one.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::connection::Connection;
use crate::endpoint::Endpoint;
use crate::error::SshError;

/// An open forward. Ends, with the streams in it, when dropped. It keeps its connection alive.
///
/// Whoever may use this computer may use the port while it is open.
#[derive(Debug)]
pub struct Forward {
    local: SocketAddr,
    _stop: DropGuard,
}

impl Forward {
    /// Where to connect to: a free port of 127.0.0.1.
    pub fn local(&self) -> SocketAddr {
        self.local
    }
}

impl Connection {
    /// Opens a port on 127.0.0.1; each connection to it comes out at `to`, as seen from the machine.
    /// Each takes one of the connection's channels; a further one waits. Where the machine cannot connect
    /// to `to`, the local connection is closed.
    ///
    /// # Errors
    /// [`SshError::Forward`] when no local port can be opened.
    pub async fn forward(&self, to: Endpoint) -> Result<Forward, SshError> {
        let opened = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let local = listener.local_addr()?;
            Ok((listener, local))
        };
        let (listener, local) = opened
            .await
            .map_err(|source| SshError::Forward { source })?;
        let stop = CancellationToken::new();
        tokio::spawn(accept(self.clone(), listener, to, stop.clone()));
        Ok(Forward {
            local,
            _stop: stop.drop_guard(),
        })
    }
}

async fn accept(
    connection: Connection,
    listener: TcpListener,
    to: Endpoint,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            () = connection.token().cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                tokio::spawn(carry(connection.clone(), stream, to.clone(), stop.clone()));
            }
            // Out of file descriptors, most likely: they come back.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn carry(
    connection: Connection,
    mut stream: TcpStream,
    to: Endpoint,
    stop: CancellationToken,
) {
    let carrying = async {
        let place = connection.place().await?;
        let opened = connection.open_direct(&to, place).await?;
        let mut far = opened.channel.into_stream();
        if let Err(error) = copy_bidirectional(&mut stream, &mut far).await {
            tracing::debug!(%to, %error, "a forwarded connection broke");
        }
        drop(opened.place);
        Ok::<(), SshError>(())
    };
    tokio::select! {
        () = stop.cancelled() => (),
        result = carrying => if let Err(error) = result {
            tracing::debug!(%to, %error, "a forwarded connection could not be opened");
        }
    }
}
