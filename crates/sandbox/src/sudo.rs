//! `sudo -S`, as it asks whoever is not root.

use std::{io, time::Duration};

use tokio::io::{AsyncBufRead, AsyncWrite};

use crate::{
    door::{self, Door},
    machine::Machine,
    state::system::Sudo,
};

/// What sudo shows when it wants the password.
const PROMPT: &str = "TOWERIFY-PW:";

/// Asks as `sudo -S -p TOWERIFY-PW:` does: not at all, or three tries with the prompt on standard error; who is no
/// sudoer is told so after the right password.
pub(crate) async fn sudo<R, O, E>(
    machine: &Machine,
    user: &str,
    input: &mut R,
    door: &mut Door<O, E>,
) -> io::Result<bool>
where
    R: AsyncBufRead + Unpin,
    O: AsyncWrite + Unpin,
    E: AsyncWrite + Unpin,
{
    let sudo = machine.state().sudo(user);
    if matches!(sudo, Sudo::Root | Sudo::Free) {
        return Ok(true);
    }
    for attempt in 1..=3 {
        if attempt > 1 {
            door.complain("Sorry, try again.\n").await?;
        }
        door.complain(PROMPT).await?;
        let Some(Ok(said)) = door::line(input, 4_096).await? else {
            door.complain("sudo: no password was provided\nsudo: a password is required\n")
                .await?;
            return Ok(false);
        };
        if machine.state().knows_password(user, &said) {
            if sudo == Sudo::Never {
                door.complain(&format!("{user} is not in the sudoers file.\n"))
                    .await?;
            }
            return Ok(sudo == Sudo::Asks);
        }
        // sudo takes its time after a wrong password.
        machine.work(Duration::from_secs(2)).await;
    }
    door.complain("sudo: 3 incorrect password attempts\n")
        .await?;
    Ok(false)
}
