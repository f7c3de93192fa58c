//! What was measured, what is to be reached, and both as a table and as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::questions;

/// One refresh of the whole fleet.
#[derive(Clone)]
pub struct Refresh {
    /// By whom.
    pub who: &'static str,
    /// From the beginning to the last answer.
    pub wall: Duration,
    /// Processor time of the tool and of what it started.
    pub client: Duration,
    /// Processor time of all servers together.
    pub servers: Duration,
    /// Hosts whose answer was whole.
    pub answered: usize,
    /// Hosts asked.
    pub hosts: usize,
}

impl Refresh {
    fn requests_a_second(&self) -> f64 {
        (self.answered * questions::HOW_MANY) as f64 / self.wall.as_secs_f64()
    }

    fn is_whole(&self) -> bool {
        self.answered == self.hosts
    }
}

/// The one in the middle by wall time.
pub fn median(mut refreshes: Vec<Refresh>) -> Option<Refresh> {
    refreshes.sort_by_key(|refresh| refresh.wall);
    let middle = refreshes.len() / 2;
    refreshes.into_iter().nth(middle)
}

/// Something that takes milliseconds.
pub struct Timing {
    /// What.
    pub what: String,
    /// Half of them were faster, in ms.
    pub median: f64,
    /// 99 of 100 were faster, in ms.
    pub p99: f64,
}

impl Timing {
    /// From single times in ms.
    pub fn of(what: impl Into<String>, mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| {
            times
                .get((times.len() as f64 * share) as usize)
                .copied()
                .unwrap_or_default()
        };
        Self {
            what: what.into(),
            median: at(0.5),
            p99: at(0.99),
        }
    }
}

/// A promise: what, what was measured, and whether that reaches it.
pub struct Goal {
    /// In words, with what is to be reached.
    pub what: String,
    /// What was measured.
    pub measured: String,
    /// Is it reached?
    pub reached: bool,
}

/// Everything of one run.
pub struct Report {
    /// Refreshes of the fleet.
    pub refreshes: Vec<Refresh>,
    /// The window's start and the store's lists.
    pub timings: Vec<Timing>,
    /// What was promised.
    pub goals: Vec<Goal>,
    notes: Vec<String>,
}

impl Report {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            refreshes: Vec::new(),
            timings: Vec::new(),
            goals: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds what a reader must know to judge the figures.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Adds a promise.
    pub fn goal(&mut self, what: impl Into<String>, measured: String, reached: bool) {
        self.goals.push(Goal {
            what: what.into(),
            measured,
            reached,
        });
    }

    /// Sets Towerify's refreshes against the others': a tool that missed a host does not count as fast.
    pub fn compare(&mut self) {
        let others = self
            .refreshes
            .iter()
            .filter(|refresh| !refresh.who.starts_with("Towerify") && refresh.is_whole());
        let Some(fastest) = others.min_by_key(|refresh| refresh.wall).cloned() else {
            self.goal(
                "a comparison with the other tools",
                "none of them answered for every host".to_owned(),
                false,
            );
            return;
        };
        let (Some(cold), Some(warm)) = (self.find("Towerify, cold"), self.find("Towerify, warm"))
        else {
            return;
        };
        for (refresh, at_least) in [(&cold, 2.0), (&warm, 20.0)] {
            let times = fastest.wall.as_secs_f64() / refresh.wall.as_secs_f64();
            self.goal(
                format!(
                    "{}: at least {at_least} times faster than the fastest ({})",
                    refresh.who, fastest.who
                ),
                format!("{times:.1} times"),
                times >= at_least,
            );
        }
        if let Some(ansible) = self.find("Ansible, cold").filter(Refresh::is_whole) {
            let share = cold.client.as_secs_f64() / ansible.client.as_secs_f64();
            self.goal(
                "Towerify, cold: at most 1/5 of Ansible's client processor time",
                format!("1/{:.0}", 1.0 / share.max(f64::EPSILON)),
                share <= 0.2,
            );
        }
    }

    fn find(&self, who: &str) -> Option<Refresh> {
        self.refreshes
            .iter()
            .find(|refresh| refresh.who == who)
            .cloned()
    }

    /// Is everything reached that was promised and measured?
    pub fn all_reached(&self) -> bool {
        self.goals.iter().all(|goal| goal.reached)
    }

    /// For people.
    pub fn to_table(&self) -> String {
        let mut text = String::new();
        if !self.refreshes.is_empty() {
            let _ = writeln!(
                text,
                "\n{:<18} {:>8} {:>12} {:>12} {:>12} {:>10}",
                "fleet refresh", "wall s", "client CPU s", "server CPU s", "requests/s", "answered"
            );
            for refresh in &self.refreshes {
                let _ = writeln!(
                    text,
                    "{:<18} {:>8.2} {:>12.2} {:>12.2} {:>12.0} {:>10}",
                    refresh.who,
                    refresh.wall.as_secs_f64(),
                    refresh.client.as_secs_f64(),
                    refresh.servers.as_secs_f64(),
                    refresh.requests_a_second(),
                    format!("{}/{}", refresh.answered, refresh.hosts)
                );
            }
        }
        if !self.timings.is_empty() {
            let _ = writeln!(text, "\n{:<44} {:>10} {:>10}", "", "median ms", "p99 ms");
            for timing in &self.timings {
                let _ = writeln!(
                    text,
                    "{:<44} {:>10.2} {:>10.2}",
                    timing.what, timing.median, timing.p99
                );
            }
        }
        if !self.goals.is_empty() {
            let _ = writeln!(text, "\nto reach");
            for goal in &self.goals {
                let mark = if goal.reached { "reached" } else { "MISSED " };
                let _ = writeln!(text, "  {mark}  {}: {}", goal.what, goal.measured);
            }
        }
        for note in &self.notes {
            let _ = writeln!(text, "\nnote: {note}");
        }
        text
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let refreshes: Vec<Value> = self
            .refreshes
            .iter()
            .map(|refresh| {
                json!({
                    "who": refresh.who,
                    "wall_s": refresh.wall.as_secs_f64(),
                    "client_cpu_s": refresh.client.as_secs_f64(),
                    "server_cpu_s": refresh.servers.as_secs_f64(),
                    "requests_per_s": refresh.requests_a_second(),
                    "answered": refresh.answered,
                    "hosts": refresh.hosts,
                })
            })
            .collect();
        let timings: Vec<Value> = self
            .timings
            .iter()
            .map(|timing| json!({"what": timing.what, "median_ms": timing.median, "p99_ms": timing.p99}))
            .collect();
        let goals: Vec<Value> = self
            .goals
            .iter()
            .map(|goal| json!({"what": goal.what, "measured": goal.measured, "reached": goal.reached}))
            .collect();
        json!({"refreshes": refreshes, "timings": timings, "goals": goals, "notes": self.notes})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refresh(who: &'static str, wall: u64, client: u64, answered: usize) -> Refresh {
        Refresh {
            who,
            wall: Duration::from_secs(wall),
            client: Duration::from_secs(client),
            servers: Duration::ZERO,
            answered,
            hosts: 100,
        }
    }

    fn compared(ansible: Refresh, other: Refresh) -> Vec<(bool, String)> {
        let mut report = Report::new();
        report.refreshes = vec![
            refresh("Towerify, cold", 10, 2, 100),
            refresh("Towerify, warm", 1, 1, 100),
            ansible,
            other,
        ];
        report.compare();
        report
            .goals
            .into_iter()
            .map(|goal| (goal.reached, goal.measured))
            .collect()
    }

    #[test]
    fn towerify_is_set_against_the_fastest_of_the_others() {
        let goals = compared(
            refresh("Ansible, cold", 60, 40, 100),
            refresh("ClusterShell", 19, 1, 100),
        );
        assert_eq!(goals[0], (false, "1.9 times".to_owned()));
        assert_eq!(goals[1], (false, "19.0 times".to_owned()));
        assert_eq!(goals[2], (true, "1/20".to_owned()));
    }

    #[test]
    fn a_tool_that_missed_a_host_is_not_the_fastest() {
        let goals = compared(
            refresh("Ansible, cold", 60, 40, 100),
            refresh("ClusterShell", 1, 1, 99),
        );
        assert!(goals[0].0 && goals[1].0, "{goals:?}");
    }

    #[test]
    fn no_whole_answer_of_any_tool_is_no_victory() {
        let goals = compared(
            refresh("Ansible, cold", 60, 40, 0),
            refresh("ClusterShell", 1, 1, 0),
        );
        assert_eq!(goals.iter().filter(|goal| goal.0).count(), 0);
    }

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let timing = Timing::of("x", (0..200).rev().map(f64::from).collect());
        assert_eq!((timing.median, timing.p99), (100.0, 198.0));
    }
}
