//! The desktop program. Everything is in the library beside it, so that tests reach it too.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    towerify_desktop::run(std::time::Instant::now())
}
