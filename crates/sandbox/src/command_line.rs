//! `yunohost …` and a few harmless commands, as a shell on the server would run them.

use std::{io, sync::Arc};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncBufRead, AsyncWrite},
    sync::mpsc,
};

use crate::{
    Fault,
    actions::Refusal,
    call::Call,
    door::{self, Door},
    machine::{Ended, Machine, Request, Told},
    sftp,
    state::system::Sudo,
    words::Locale,
};

/// Runs one command line; gives the exit status.
pub(crate) async fn run<R, O, E>(
    machine: Arc<Machine>,
    user: &str,
    command: &str,
    mut input: R,
    mut door: Door<O, E>,
) -> io::Result<u32>
where
    R: AsyncBufRead + Unpin,
    O: AsyncWrite + Unpin,
    E: AsyncWrite + Unpin,
{
    let Some(mut words) = split(command) else {
        door.complain("bash: -c: line 1: unexpected EOF while looking for matching quote\n")
            .await?;
        return Ok(2);
    };
    let mut locale = Locale::default();
    let mut root = user == "root";
    loop {
        match words.first().map(String::as_str) {
            Some("env") => {
                words.remove(0);
            }
            Some("sudo") => {
                words.remove(0);
                let mut asked = false;
                let mut silent = false;
                while words.first().is_some_and(|word| word.starts_with('-')) {
                    let option = words.remove(0);
                    asked |= option == "-S";
                    silent |= option == "-n";
                    if option == "-p" || option == "-u" {
                        words.remove(0);
                    }
                }
                if !root && !sudo(&machine, user, asked && !silent, &mut input, &mut door).await? {
                    return Ok(1);
                }
                root = true;
            }
            Some(word) if word.starts_with("LC_ALL=") || word.starts_with("LANG=") => {
                locale = Locale::from_code(word.split_once('=').map_or("", |(_, value)| value));
                words.remove(0);
            }
            _ => break,
        }
    }
    let Some(program) = words.first().cloned() else {
        return Ok(0);
    };
    words.remove(0);
    match program.as_str() {
        "yunohost" | "/usr/bin/yunohost" if !machine.is_installed() => {
            door.complain("bash: line 1: yunohost: command not found\n")
                .await?;
            Ok(127)
        }
        "yunohost" | "/usr/bin/yunohost" if !root => {
            door.complain("ERROR yunohost command must be run as root or with sudo.\n")
                .await?;
            Ok(1)
        }
        "yunohost" | "/usr/bin/yunohost" => yunohost(machine, user, words, locale, door).await,
        _ => harmless(&machine, user, root, &program, &words, door).await,
    }
}

async fn sudo<R, O, E>(
    machine: &Machine,
    user: &str,
    asks: bool,
    input: &mut R,
    door: &mut Door<O, E>,
) -> io::Result<bool>
where
    R: AsyncBufRead + Unpin,
    O: AsyncWrite + Unpin,
    E: AsyncWrite + Unpin,
{
    match machine.state().sudo(user) {
        Sudo::Root | Sudo::Free => return Ok(true),
        Sudo::Asks | Sudo::Never => {}
    }
    if !asks {
        door.complain("sudo: a password is required\n").await?;
        return Ok(false);
    }
    door.complain(&format!("[sudo] password for {user}: "))
        .await?;
    match door::line(input, 4_096).await? {
        Some(Ok(said)) if machine.state().knows_password(user, &said) => {
            Ok(machine.state().sudo(user) == Sudo::Asks)
        }
        _ => {
            door.complain("Sorry, try again.\nsudo: 1 incorrect password attempt\n")
                .await?;
            Ok(false)
        }
    }
}

/// The `yunohost` command: lines of progress first, the JSON on the last line, errors on standard error.
async fn yunohost<O, E>(
    machine: Arc<Machine>,
    user: &str,
    mut words: Vec<String>,
    locale: Locale,
    mut door: Door<O, E>,
) -> io::Result<u32>
where
    O: AsyncWrite + Unpin,
    E: AsyncWrite + Unpin,
{
    let quiet = take_global_options(&mut words);
    let call = match Call::from_argv(&words, locale) {
        Ok(call) => call,
        Err(misused) => {
            let refusal = Refusal::misused(&misused, locale);
            door.complain(&format!("{}\n", refusal.message)).await?;
            return Ok(2);
        }
    };
    if crate::actions::is_read(call.name) {
        return match machine.read(&words, locale).await {
            Ok(answer) => {
                for warning in answer.warnings {
                    door.complain(&format!("WARNING {warning}\n")).await?;
                }
                door.answer(format!("{}\n", answer.value).as_bytes())
                    .await?;
                Ok(0)
            }
            Err(refusal) => {
                error(&mut door, quiet, &refusal.message).await?;
                Ok(1)
            }
        };
    }
    if machine.faults.has(&Fault::FullDisk) {
        error(&mut door, quiet, "[Errno 28] No space left on device").await?;
        return Ok(1);
    }
    let (sender, mut told) = mpsc::unbounded_channel();
    let request = Request {
        argv: words,
        task: None,
        locale,
        lock_wait: None,
        program: "yunohost",
        run: None,
        told: 0,
        by: user.to_owned(),
        pid: machine.next_pid(),
    };
    // Without a terminal the command goes on when its connection is gone (field note 9).
    let (of, power) = (Arc::clone(&machine), machine.up());
    let working = tokio::spawn(async move {
        power
            .run_until_cancelled(of.write(&request, &move |event| drop(sender.send(event))))
            .await
    });
    while let Some(event) = told.recv().await {
        match event {
            Told::Log {
                level: level @ ("info" | "success"),
                message,
            } => {
                door.answer(format!("{} {message}\n", level.to_uppercase()).as_bytes())
                    .await?;
            }
            Told::Log { level, message } => {
                door.complain(&format!("{} {message}\n", level.to_uppercase()))
                    .await?;
            }
            Told::Output(text) => door.answer(text.as_bytes()).await?,
            Told::Waiting(_) => {
                door.complain("WARNING Another YunoHost command is running right now, we are waiting for it to finish before running this one\n").await?;
            }
        }
    }
    match working.await.ok().flatten() {
        Some(Ended::Done {
            reply: Value::Null, ..
        }) => Ok(0),
        Some(Ended::Done { reply, .. }) => {
            door.answer(format!("{reply}\n").as_bytes()).await?;
            Ok(0)
        }
        Some(Ended::Refused { refusal, .. }) if refusal.key == "usage" => {
            door.complain(&format!("{}\n", refusal.message)).await?;
            Ok(2)
        }
        Some(Ended::Refused { refusal, .. }) => {
            error(&mut door, quiet, &refusal.message).await?;
            Ok(1)
        }
        Some(Ended::Power { power, .. }) => {
            machine.switch(power);
            Ok(255)
        }
        Some(Ended::Killed) | None => Ok(137),
    }
}

async fn error<O, E>(door: &mut Door<O, E>, quiet: bool, message: &str) -> io::Result<()>
where
    O: AsyncWrite + Unpin,
    E: AsyncWrite + Unpin,
{
    // Field note 3: --quiet takes the errors away too.
    if quiet {
        return Ok(());
    }
    door.complain(&format!("ERROR {message}\n")).await
}

/// Takes `--json`, `--output-as json`, `--timeout N`, `--debug` and `--quiet` out; whether it was quiet.
fn take_global_options(words: &mut Vec<String>) -> bool {
    let mut quiet = false;
    let mut kept = Vec::with_capacity(words.len());
    let mut all = words.drain(..);
    while let Some(word) = all.next() {
        match word.as_str() {
            "--json" | "--debug" => {}
            "--quiet" => quiet = true,
            "--output-as" | "--timeout" => {
                all.next();
            }
            _ => kept.push(word),
        }
    }
    drop(all);
    *words = kept;
    quiet
}

/// Commands that change nothing.
async fn harmless<O, E>(
    machine: &Machine,
    user: &str,
    root: bool,
    program: &str,
    words: &[String],
    mut door: Door<O, E>,
) -> io::Result<u32>
where
    O: AsyncWrite + Unpin,
    E: AsyncWrite + Unpin,
{
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let host = machine.state().main_domain.clone();
    let said = match (program, words.as_slice()) {
        ("true" | ":", _) => String::new(),
        ("echo", words) => format!("{}\n", words.join(" ")),
        ("uname", ["-m"]) => "x86_64\n".to_owned(),
        ("uname", ["-r"]) => "6.1.0-30-amd64\n".to_owned(),
        ("uname", _) => "Linux\n".to_owned(),
        ("id", ["-u"]) => if root { "0\n" } else { "1007\n" }.to_owned(),
        ("whoami", _) => format!("{}\n", if root { "root" } else { user }),
        ("hostname", _) => format!("{host}\n"),
        ("uptime", _) => " 10:38:00 up 41 days,  2:17,  0 users,  load average: 0.08, 0.12, 0.09\n".to_owned(),
        ("cat", ["/etc/os-release"]) => "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n".to_owned(),
        ("cat", ["/etc/yunohost/current_host"]) => format!("{host}\n"),
        ("systemctl", ["stop" | "disable", rest @ ..]) | ("apt-get" | "apt", ["remove" | "purge", rest @ ..])
            if root =>
        {
            // What somebody does by hand to get an obstacle out of the way.
            let names: Vec<&str> = rest.iter().copied().filter(|word| !word.starts_with('-')).collect();
            machine.change(|state| state.system.free(&names));
            String::new()
        }
        ("sha256sum", [path] | ["<", path]) => match std::fs::read(sftp::place(&machine.folder, path)) {
            Ok(content) => {
                let digest: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
                format!("{digest}  {path}\n")
            }
            Err(_) => {
                door.complain(&format!("sha256sum: {path}: No such file or directory\n")).await?;
                return Ok(1);
            }
        },
        _ => {
            door.complain(&format!("bash: line 1: {program}: command not found\n")).await?;
            return Ok(127);
        }
    };
    door.answer(said.as_bytes()).await?;
    Ok(0)
}

/// Splits a command line as a POSIX shell does, without expanding anything; `None` when a quote stays open.
pub(crate) fn split(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '\'' => break,
                        other => word.push(other),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '"' => break,
                        '\\' => match characters.next()? {
                            escaped @ ('"' | '\\' | '$' | '`') => word.push(escaped),
                            other => word.extend(['\\', other]),
                        },
                        other => word.push(other),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(characters.next()?),
            space if space.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(command: &str, expected: Option<&[&str]>) {
        let expected = expected.map(|words| words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(split(command), expected, "{command}");
    }

    #[test]
    fn command_lines_are_split_as_a_shell_does() {
        check("yunohost  user list", Some(&["yunohost", "user", "list"]));
        check(
            "a 'b c' \"d \\\"e\\\" \\n\" f\\ g ''",
            Some(&["a", "b c", "d \"e\" \\n", "f g", ""]),
        );
        check("a 'b", None);
    }
}
