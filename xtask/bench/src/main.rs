//! Measures what is promised: refreshing a fleet beside the usual tools, the window's start, the store's lists.
//! Everything that is compared is measured in one run, on one machine, over the same servers; the figures are ratios
//! first. `cargo xtask bench` builds and starts it.
//!
//! Servers and client share this machine's processors: what a server spends is time that the client has not.

mod figures;
mod fleet;
mod journal;
mod peers;
mod processor;
mod questions;
mod store;
mod towerify;
mod window;

use std::path::PathBuf;
use std::process::ExitCode;

use figures::Report;

/// What may go wrong here is only ever said.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const USAGE: &str = "\
cargo xtask bench [--refresh] [--window] [--store] [--peers] [--json] [--hosts N]

  --refresh   only: reading a fleet over real OpenSSH
  --window    only: from start to the first useful paint, and memory after it
  --store     only: lists of 10,000 servers and 50,000 apps, and a journal of 1,000,000 entries
  --peers     beside Ansible, pyinfra and ClusterShell, installed into target/peers
  --hosts N   so many loopback hosts (100)
  --json      print the report as JSON; it is written to target/bench/ in any case";

/// What was asked for.
struct Wish {
    refresh: bool,
    window: bool,
    store: bool,
    peers: bool,
    json: bool,
    hosts: usize,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let wish = match wish(&words) {
        Ok(wish) => wish,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match measure(&wish) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn wish(words: &[String]) -> Outcome<Wish> {
    let mut wish = Wish {
        refresh: false,
        window: false,
        store: false,
        peers: false,
        json: false,
        hosts: 100,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--refresh" => wish.refresh = true,
            "--window" => wish.window = true,
            "--store" => wish.store = true,
            "--peers" => wish.peers = true,
            "--json" => wish.json = true,
            "--hosts" => wish.hosts = words.next().ok_or("--hosts wants a number")?.parse()?,
            other => return Err(format!("the bench does not know `{other}`").into()),
        }
    }
    if !(wish.refresh || wish.window || wish.store) {
        (wish.refresh, wish.window, wish.store) = (true, true, true);
    }
    Ok(wish)
}

/// Measures, prints, writes down. Says whether everything that is to be reached was.
fn measure(wish: &Wish) -> Outcome<bool> {
    let mut report = Report::new();
    if wish.refresh {
        refresh(wish, &mut report)?;
    }
    if wish.window {
        window::measure(&mut report)?;
    }
    if wish.store {
        store::measure(&mut report)?;
        journal::measure(&mut report)?;
    }
    let folder = top().join("target/bench");
    std::fs::create_dir_all(&folder)?;
    let json = serde_json::to_string_pretty(&report.to_json())?;
    std::fs::write(folder.join("report.json"), &json)?;
    std::fs::write(folder.join("report.txt"), report.to_table())?;
    if wish.json {
        println!("{json}");
    } else {
        println!("{}", report.to_table());
        println!("written to target/bench/report.json and report.txt");
    }
    Ok(report.all_reached())
}

fn refresh(wish: &Wish, report: &mut Report) -> Outcome<()> {
    // The peers are installed before anything is measured.
    let peers = wish.peers.then(peers::Peers::install).transpose()?;
    let fleet = fleet::Fleet::start(wish.hosts)?;
    report.note(format!(
        "{} hosts, each an OpenSSH server of its own on 127.0.0.1 with its own host key (checked by everyone); nine \
         questions a host; the `yunohost` command and the driver stand on the same stand-in in Python, which spends {} \
         ms of processor time on its imports, so that a light command takes what was measured on real servers (120-180 ms)",
        wish.hosts,
        fleet::IMPORT_MS
    ));
    towerify::measure(&fleet, report)?;
    if let Some(peers) = peers {
        peers.measure(&fleet, report)?;
        report.compare();
    }
    Ok(())
}

/// The top of the repository.
pub fn top() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map_or(here.clone(), PathBuf::from)
}
