//! The app's own program: one request on its standard input, events on its output, and an end.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use towerify_driver::SudoError;
use towerify_ssh::Exec;

use super::{Access, DeployError, Event, Failure, Server};
use crate::package::PROGRAM;

/// What sudo shows when it wants the password, and nothing else shows.
pub(super) const PROMPT: &str = "TOWERIFY-PW:";
/// The longest line of answer: the list of 50,000 files.
const LONGEST: u64 = 64 << 20;
/// How long the program may be silent: it waits up to 15 minutes for others, and a health check may last ten.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
/// How long sudo and Python may take to begin.
const BEGINNING: Duration = Duration::from_secs(60);

impl Server {
    /// Asks an app's program. Each event is told; the end is given.
    pub(super) async fn ask(
        &self,
        app: &str,
        request: Value,
        payload: &[u8],
        on: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Value, DeployError> {
        let mode = if matches!(self.access, Access::DeployKey) {
            "key"
        } else {
            "admin"
        };
        let command = self.as_root(&format!(
            "/usr/bin/python3 -I {}/etc/yunohost/apps/{app}/{PROGRAM} gate {mode}",
            self.root
        ));
        let exec = self.connection.exec(&command).await?;
        self.converse(exec, Some(request), payload, on).await
    }

    /// Runs a program of ours as root that says `ready` and ends with `done`, as the app's program does.
    pub(super) async fn ask_shell(
        &self,
        script: &str,
        arguments: &[&str],
    ) -> Result<Value, DeployError> {
        let words: String = arguments.iter().map(|word| format!(" '{word}'")).collect();
        let command = self.as_root(&format!("sh -c '{script}' sh{words}"));
        let exec = self.connection.exec(&command).await?;
        self.converse(exec, None, &[], &mut |_| {}).await
    }

    async fn converse(
        &self,
        exec: Exec,
        request: Option<Value>,
        payload: &[u8],
        on: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Value, DeployError> {
        let Exec {
            mut stdin,
            stdout,
            stderr,
            exit,
        } = exec;
        let mut lines = BufReader::new(stdout.take(u64::MAX));
        let (mut stderr, mut said) = (stderr, Vec::new());
        let begun = tokio::time::timeout(
            BEGINNING,
            self.begin(&mut stdin, &mut lines, &mut stderr, &mut said),
        )
        .await;
        match begun {
            Err(_) => return Err(DeployError::Silent),
            Ok(Err(DeployError::NotThere(_))) => {
                let mut rest = Vec::new();
                let _ = stderr.take(4096).read_to_end(&mut rest).await;
                said.extend(rest);
                let said = String::from_utf8_lossy(&said).into_owned();
                return Err(refused(&said).unwrap_or(DeployError::NotThere(said)));
            }
            Ok(begun) => begun?,
        }
        let feed = async move {
            let line = request.map(|request| format!("{request}\n"));
            // What ends before it has read everything says why on its own.
            let _ = match line {
                Some(line) => stdin.write_all(line.as_bytes()).await,
                None => Ok(()),
            };
            let _ = stdin.write_all(payload).await;
            let _ = stdin.shutdown().await;
        };
        let drain = async move {
            let mut sink = [0; 4096];
            while stderr.read(&mut sink).await.is_ok_and(|read| read > 0) {}
        };
        let read = async {
            loop {
                let line = tokio::time::timeout(PATIENCE, next(&mut lines))
                    .await
                    .map_err(|_| DeployError::Silent)??;
                let Some(event) = line else {
                    return Err(DeployError::Died);
                };
                match event.get("event").and_then(Value::as_str) {
                    Some("done") => return Ok(event),
                    Some("failed") => return Err(DeployError::Failed(Failure::of(&event))),
                    _ => on(told(&event)),
                }
            }
        };
        let (_, _, end) = tokio::join!(feed, drain, read);
        drop(exit);
        end
    }

    /// Through sudo, to the program's first word.
    async fn begin(
        &self,
        stdin: &mut towerify_ssh::Input,
        lines: &mut (impl tokio::io::AsyncBufRead + Unpin + Send),
        stderr: &mut towerify_ssh::OutputStream,
        said: &mut Vec<u8>,
    ) -> Result<(), DeployError> {
        let mut asked = false;
        let mut open = true;
        loop {
            let mut buffer = [0; 1024];
            tokio::select! {
                biased;
                read = stderr.read(&mut buffer), if open => {
                    let read = read.unwrap_or(0);
                    open = read > 0;
                    said.extend(buffer.get(..read).unwrap_or_default());
                    let prompts = String::from_utf8_lossy(said).matches(PROMPT).count();
                    if prompts > 1 {
                        return Err(DeployError::Sudo(SudoError::WrongPassword));
                    }
                    if prompts == 1 && !asked {
                        asked = true;
                        let Access::Administrator { sudo_password: Some(password), .. } = &self.access else {
                            return Err(DeployError::Sudo(SudoError::PasswordNeeded));
                        };
                        stdin.write_all(password.expose_secret().as_bytes()).await.map_err(|_| DeployError::Died)?;
                        stdin.write_all(b"\n").await.map_err(|_| DeployError::Died)?;
                    }
                }
                line = next(lines) => match line? {
                    Some(event) if event.get("event").and_then(Value::as_str) == Some("ready") => return Ok(()),
                    Some(_) => {}
                    None => return Err(DeployError::NotThere(String::new())),
                },
            }
        }
    }
}

fn refused(said: &str) -> Option<DeployError> {
    let sudo = |error| Some(DeployError::Sudo(error));
    match said {
        said if said.contains("is not in the sudoers")
            || said.contains("not allowed to execute")
            || said.contains("may not run") =>
        {
            sudo(SudoError::NotASudoer)
        }
        said if said.contains("you must have a tty") => sudo(SudoError::NeedsTerminal),
        said if said.contains("a password is required") => sudo(SudoError::PasswordNeeded),
        _ => None,
    }
}

/// The next line that is a JSON object; a login shell's greeting is passed over.
async fn next(
    lines: &mut (impl tokio::io::AsyncBufRead + Unpin + Send),
) -> Result<Option<Value>, DeployError> {
    loop {
        let mut line = Vec::new();
        let read = (&mut *lines)
            .take(LONGEST)
            .read_until(b'\n', &mut line)
            .await;
        match read {
            Ok(0) | Err(_) => return Ok(None),
            Ok(read) if read as u64 >= LONGEST => return Err(DeployError::Unclear("an answer")),
            Ok(_) => {}
        }
        if let Ok(value @ Value::Object(_)) = serde_json::from_slice(&line) {
            return Ok(Some(value));
        }
    }
}

fn told(event: &Value) -> Event {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("event") {
        "step" => Event::step(text("name")),
        "waiting" => Event::Waiting {
            by: text("by").to_owned(),
        },
        _ => Event::Log(text("text").to_owned()),
    }
}

/// A request by its verb, with its further fields.
pub(super) fn request(verb: &str, fields: Value) -> Value {
    let mut request = json!({"verb": verb});
    if let (Some(request), Value::Object(fields)) = (request.as_object_mut(), fields) {
        request.extend(fields);
    }
    request
}
