//! How many tests ran, read from what each runner prints.

use serde_json::Value;

use crate::program::{Failure, Outcome};

/// Counts of one runner.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Count {
    runner: &'static str,
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// Counts of several runners, in the order in which they ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(Vec<Count>);

impl Tally {
    /// A runner that has counted nothing yet.
    pub fn none(runner: &'static str) -> Self {
        Self(vec![Count {
            runner,
            passed: 0,
            failed: 0,
            skipped: 0,
        }])
    }

    /// A step that failed as a whole: it must not look like a success in the numbers.
    pub fn one_failure(runner: &'static str) -> Self {
        Self(vec![Count {
            runner,
            passed: 0,
            failed: 1,
            skipped: 0,
        }])
    }

    /// A step left out.
    pub fn one_skipped(runner: &'static str) -> Self {
        Self(vec![Count {
            runner,
            passed: 0,
            failed: 0,
            skipped: 1,
        }])
    }

    /// Reads a line of a Rust test program, adding its counts if it is the line that has them.
    pub fn read_libtest(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else {
            return;
        };
        let number = |word: &str| {
            counts
                .split([';', '.'])
                .filter_map(|part| part.trim().strip_suffix(word))
                .find_map(|number| number.trim().parse::<u64>().ok())
                .unwrap_or(0)
        };
        if let Some(count) = self.0.last_mut() {
            count.passed += number("passed");
            count.failed += number("failed");
            count.skipped += number("ignored");
        }
    }

    /// Reads the report of Vitest's `json` reporter.
    pub fn of_vitest(runner: &'static str, report: &str) -> Outcome<Self> {
        let report: Value = serde_json::from_str(report)?;
        let number = |name: &str| report.get(name).and_then(Value::as_u64).unwrap_or(0);
        Ok(Self(vec![Count {
            runner,
            passed: number("numPassedTests"),
            failed: number("numFailedTests"),
            skipped: number("numPendingTests") + number("numTodoTests"),
        }]))
    }

    /// These counts; with one failure when the runner failed without counting one (it did not compile, it
    /// crashed). A runner that passed without having run a test is a failure in words.
    pub fn or_failure(mut self, runner_passed: bool) -> Outcome<Self> {
        if let Some(count) = self.0.last_mut() {
            if !runner_passed {
                count.failed = count.failed.max(1);
            } else if count.passed == 0 {
                return Err(Failure(format!("no {} test ran", count.runner)));
            }
        }
        Ok(self)
    }

    /// Adds the counts of another step.
    pub fn add(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many failed.
    pub fn failed(&self) -> u64 {
        self.0.iter().map(|count| count.failed).sum()
    }

    /// One line a runner.
    pub fn table(&self) -> String {
        let lines = self.0.iter().map(|count| {
            format!(
                "{:<10} {:>5} passed  {:>3} failed  {:>3} skipped\n",
                count.runner, count.passed, count.failed, count.skipped
            )
        });
        lines.collect()
    }

    /// The last line of all: "N passed, N failed, N skipped".
    pub fn sentence(&self) -> String {
        let sum = |of: fn(&Count) -> u64| self.0.iter().map(of).sum::<u64>();
        format!(
            "{} passed, {} failed, {} skipped",
            sum(|count| count.passed),
            sum(|count| count.failed),
            sum(|count| count.skipped)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Tally {
        let mut tally = Tally::none("Rust");
        lines.iter().for_each(|line| tally.read_libtest(line));
        tally
    }

    #[test]
    fn the_counts_of_several_test_programs_are_added() {
        let tally = read(&[
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test ids::are_ordered ... ok",
            "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s",
        ]);
        assert_eq!(tally.sentence(), "13 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn a_line_that_only_speaks_of_results_is_not_counted() {
        assert_eq!(
            read(&["the test result: ok. 3 passed;"]).sentence(),
            "0 passed, 0 failed, 0 skipped"
        );
    }

    #[test]
    fn a_runner_that_crashed_counts_as_one_failure() {
        assert_eq!(read(&[]).or_failure(false).unwrap().failed(), 1);
    }

    #[test]
    fn a_runner_that_ran_nothing_has_not_passed() {
        assert!(read(&[]).or_failure(true).is_err());
    }

    #[test]
    fn the_report_of_vitest_is_read() {
        let report =
            r#"{"numPassedTests":7,"numFailedTests":1,"numPendingTests":2,"numTodoTests":1}"#;
        assert_eq!(
            Tally::of_vitest("interface", report).unwrap().sentence(),
            "7 passed, 1 failed, 3 skipped"
        );
    }
}
