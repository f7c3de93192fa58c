//! The window: from the program's start to the first useful paint, and how much memory it then holds.
//!
//! With `TOWERIFY_TRACE_START=1` the program prints `first-paint MS` on standard output when the first screen is
//! drawn. The time reported is the one measured here, from before the program is started to that line; it runs on a
//! bus and a display of its own, in memory.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::figures::{Report, Timing};
use crate::{Outcome, top};

/// The first is cold, and not counted.
const STARTS: usize = 11;

/// What is promised.
const TO_REACH_MS: f64 = 600.0;

/// A window that has not painted by then will not.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures several starts.
pub fn measure(report: &mut Report) -> Outcome<()> {
    let home = tempfile::tempdir()?;
    let mut display = Display::open()?;
    let mut times = Vec::new();
    let mut memory = Vec::new();
    for number in 0..STARTS {
        let (time, rss) = start(home.path(), &display)?;
        if number > 0 {
            times.push(time);
            memory.push(rss);
        }
    }
    display.close();
    let timing = Timing::of("window, start to first useful paint", times);
    let slowest = timing.p99;
    report.goal(
        format!("the window: first useful paint in under {TO_REACH_MS} ms, warm"),
        format!(
            "{:.0} ms (median), {slowest:.0} ms (slowest of {})",
            timing.median,
            STARTS - 1
        ),
        timing.median < TO_REACH_MS,
    );
    report.timings.push(timing);
    memory.sort_by(f64::total_cmp);
    let middle = memory.get(memory.len() / 2).copied().unwrap_or_default();
    report.note(format!("the window's memory after its first paint: {middle:.0} MB resident, WebKit's processes included"));
    Ok(())
}

/// Starts the program, waits for its first paint, and ends it: milliseconds, and megabytes.
fn start(home: &std::path::Path, display: &Display) -> Outcome<(f64, f64)> {
    let begun = Instant::now();
    let mut child = program(top().join("target/release/towerify-desktop"))
        .env("TOWERIFY_TRACE_START", "1")
        .env("TOWERIFY_HOME", home)
        .env("GDK_BACKEND", "x11")
        .env("DISPLAY", &display.name)
        .env("NO_AT_BRIDGE", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let output = child.stdout.take().ok_or("no standard output")?;
    let (said, hears) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if line.starts_with("first-paint ") {
                let _ = said.send(Instant::now());
            }
        }
    });
    let painted = hears.recv_timeout(PATIENCE);
    let memory = resident(child.id());
    end(&mut child);
    let painted = painted
        .map_err(|_| "the window did not say `first-paint` (was it built with its interface?)")?;
    Ok((painted.duration_since(begun).as_secs_f64() * 1000.0, memory))
}

/// Megabytes that a process and all below it hold (shared pages are counted in each).
fn resident(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let own = status.lines().find_map(|line| {
        line.strip_prefix("VmRSS:")?
            .trim()
            .strip_suffix("kB")?
            .trim()
            .parse::<f64>()
            .ok()
    });
    let children =
        std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let below: f64 = children
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .map(resident)
        .sum();
    own.unwrap_or_default() / 1024.0 + below
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// A display in memory.
struct Display {
    name: String,
    server: Child,
}

impl Display {
    fn open() -> Outcome<Self> {
        // The server itself says which number it took.
        let mut server = program("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1600x1000x24",
                "-nolisten",
                "tcp",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut number = String::new();
        if let Some(output) = server.stdout.take() {
            BufReader::new(output).read_line(&mut number)?;
        }
        if number.trim().is_empty() {
            end(&mut server);
            return Err("Xvfb gave no display".into());
        }
        Ok(Self {
            name: format!(":{}", number.trim()),
            server,
        })
    }

    fn close(&mut self) {
        end(&mut self.server);
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.close();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the window that is measured is another program"
)]
fn program(path: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(path);
    command.stdin(Stdio::null());
    command
}
