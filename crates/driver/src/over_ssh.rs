//! The conversation over an SSH connection: the only place that knows both.

use std::sync::Arc;

use futures::{FutureExt, future::BoxFuture};
use towerify_ssh::Connection;

use crate::{Driver, Pipes, Result, Start, command, open_with};

/// Begins a conversation on a new channel of this connection. When the driver ends by itself (YunoHost was upgraded, it
/// was idle), another channel of the same connection carries on.
///
/// # Errors
/// Those of [`crate::open`], and [`crate::DriverError::Ssh`] when no channel is to be had.
pub async fn connect(connection: &Connection, start: Start) -> Result<Driver> {
    let connection = connection.clone();
    let command = command(start.privilege);
    let reopen = move || -> BoxFuture<'static, Result<Pipes>> {
        let (connection, command) = (connection.clone(), command.clone());
        async move {
            let exec = connection.exec(&command).await?;
            let exit = exec.exit;
            Ok(Pipes::new(exec.stdin, exec.stdout, exec.stderr)
                .with_exit(async move { exit.wait().await.ok().and_then(|exit| exit.status) }))
        }
        .boxed()
    };
    open_with(Arc::new(reopen), start).await
}
