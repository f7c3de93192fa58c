//! Running other programs: the one place of the project that may, besides the tests and the bench.
//! What to run, and why, is left to the commands.

use std::fmt::Display;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a command of the project stopped: a sentence for the person who typed it.
#[derive(Debug)]
pub struct Failure(pub String);

impl Failure {
    /// A failure in words.
    pub fn new(sentence: impl Display) -> Self {
        Self(sentence.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self(format!("unexpected JSON: {error}"))
    }
}

/// What a command of the project gives back.
pub type Outcome<T> = Result<T, Failure>;

/// The top of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A program about to be run, at the top of the repository, with nothing on its standard input.
pub struct Program {
    command: Command,
    shown: String,
}

impl Program {
    /// The program `name`, looked up on PATH.
    #[expect(
        clippy::disallowed_methods,
        reason = "the project's commands run cargo, npm and the like; all of them pass here"
    )]
    pub fn new(name: &str) -> Self {
        let mut command = Command::new(name);
        command.current_dir(root()).stdin(Stdio::null());
        Self {
            command,
            shown: name.to_owned(),
        }
    }

    /// The cargo that runs us, so that the toolchain stays the same.
    pub fn cargo() -> Self {
        Self::new(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
    }

    /// npm, inside `ui/`.
    pub fn npm() -> Self {
        Self::new(if cfg!(windows) { "npm.cmd" } else { "npm" }).dir("ui")
    }

    /// Adds arguments.
    pub fn args<I: IntoIterator<Item = S>, S: AsRef<str>>(mut self, arguments: I) -> Self {
        for argument in arguments {
            self.command.arg(argument.as_ref());
            self.shown.push(' ');
            self.shown.push_str(argument.as_ref());
        }
        self
    }

    /// Runs in this folder of the repository.
    pub fn dir(mut self, folder: &str) -> Self {
        self.command.current_dir(root().join(folder));
        self
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Lets it read our standard input: for what asks a person.
    pub fn interactive(mut self) -> Self {
        self.command.stdin(Stdio::inherit());
        self
    }

    /// Runs it with its output shown. Fails when it does not exist or does not end with 0.
    pub fn run(mut self) -> Outcome<()> {
        let status = self
            .command
            .status()
            .map_err(|error| self.not_started(&error))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure(format!("`{}` ended with {status}", self.shown)))
    }

    /// Runs it quietly and gives its standard output. Fails as [`Program::run`] does, quoting what it said.
    pub fn capture(mut self) -> Outcome<String> {
        let output = self
            .command
            .output()
            .map_err(|error| self.not_started(&error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Failure(format!(
            "`{}` ended with {}\n{}",
            self.shown,
            output.status,
            said.trim()
        )))
    }

    /// Runs it quietly; says whether it ended with 0, and gives its standard output in either case.
    pub fn capture_all(mut self) -> Outcome<(bool, String)> {
        let output = self
            .command
            .output()
            .map_err(|error| self.not_started(&error))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((output.status.success(), said))
    }

    /// Runs it with its output shown, handing each line of it to `reader` as well. Says whether it ended with 0.
    pub fn tee(mut self, mut reader: impl FnMut(&str)) -> Outcome<bool> {
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| self.not_started(&error))?;
        if let Some(output) = child.stdout.take() {
            let mut screen = std::io::stdout();
            for line in BufReader::new(output).split(b'\n') {
                let line = line?;
                let text = String::from_utf8_lossy(&line);
                writeln!(screen, "{text}")?;
                reader(&text);
            }
        }
        Ok(child.wait()?.success())
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        Failure(format!("`{}` could not be started: {error}", self.shown))
    }
}

/// Is there a program of this name on PATH?
pub fn on_path(name: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| {
            folder.join(name).is_file() || folder.join(format!("{name}.exe")).is_file()
        })
    })
}
