//! Processor time, as Linux counts it: ours, that of the programs we waited for, and that of the servers.

use std::fs;
use std::time::Duration;

use crate::Outcome;

/// A tick of the counters in /proc: USER_HZ, which is 100 on every architecture that Linux runs on.
const TICK: Duration = Duration::from_millis(10);

/// Times of one process, in ticks.
struct Times {
    own: u64,
    of_ended_children: u64,
}

/// proc_pid_stat(5): after the name in brackets, fields 14 to 17 are utime, stime, cutime, cstime.
fn times(process: &str) -> Outcome<Times> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc's stat")?;
    let numbers: Vec<u64> = fields
        .split_whitespace()
        .skip(11)
        .take(4)
        .filter_map(|field| field.parse().ok())
        .collect();
    match numbers[..] {
        [user, system, user_of_children, system_of_children] => Ok(Times {
            own: user + system,
            of_ended_children: user_of_children + system_of_children,
        }),
        _ => Err("no times in /proc's stat".into()),
    }
}

fn duration(ticks: u64) -> Duration {
    TICK * u32::try_from(ticks).unwrap_or(u32::MAX)
}

/// What this process itself spent so far.
pub fn ours() -> Outcome<Duration> {
    Ok(duration(times("self")?.own))
}

/// What the programs that this process started and waited for spent, with theirs.
pub fn of_ended_children() -> Outcome<Duration> {
    Ok(duration(times("self")?.of_ended_children))
}

/// The processes that this process started and that still run.
pub fn children_of_ours() -> Vec<u32> {
    // Each thread has its own list.
    let Ok(threads) = fs::read_dir("/proc/self/task") else {
        return Vec::new();
    };
    threads
        .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("children")).ok())
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<u32>>()
        })
        .collect()
}

/// What these processes spent so far, with everything below them, alive or ended.
pub fn of_trees(roots: &[u32]) -> Duration {
    roots.iter().map(|root| of_tree(*root)).sum()
}

fn of_tree(root: u32) -> Duration {
    let Ok(times) = times(&root.to_string()) else {
        return Duration::ZERO;
    };
    let alive =
        fs::read_to_string(format!("/proc/{root}/task/{root}/children")).unwrap_or_default();
    let below: Duration = alive
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .map(of_tree)
        .sum();
    duration(times.own + times.of_ended_children) + below
}
