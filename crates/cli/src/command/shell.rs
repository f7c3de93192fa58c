//! `towerify completions` and `towerify man`: made from the definition of the arguments.

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::screen::Screen;
use clap::CommandFactory as _;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

pub fn completions(shell: clap_complete::Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "towerify", &mut script);
    let _ = std::io::stdout().write_all(&script); // a reader that went away is no failure
    Ok(ExitCode::SUCCESS)
}

pub fn man(folder: &Path, screen: &Screen) -> Result<ExitCode, Failure> {
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
        .map_err(|error| Failure::Local(format!("{}: {error}", folder.display())))?;
    screen.say(&folder.display().to_string());
    screen.answer(&serde_json::json!({ "folder": folder }));
    Ok(ExitCode::SUCCESS)
}
