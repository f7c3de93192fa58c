//! `towerify schedules …`.

use super::fleet::{Change, FleetPace, On};
use chrono::NaiveDateTime;
use clap::{Args, Subcommand};
use towerify_domain::schedule::{Day, When};

/// `towerify schedules …`.
#[derive(Debug, Subcommand)]
pub enum Schedules {
    /// List schedules, with the next time of each, and what each missed
    List,
    /// Keep a schedule: a fleet run that begins by itself while the program is open
    Add(Box<SchedulesAdd>),
    /// Let a schedule run by itself
    Enable {
        /// Its name or id
        schedule: String,
    },
    /// Keep a schedule, and let it rest
    Disable {
        /// Its name or id
        schedule: String,
    },
    /// Delete a schedule; what it began stays
    Delete {
        /// Its name or id
        schedule: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// List what was due while the program was closed; or decide about it
    Missed {
        /// Decide about this schedule's: its name or id
        schedule: Option<String>,
        /// Run it now, and follow it to its end
        #[arg(long, requires = "schedule", conflicts_with = "leave")]
        run: bool,
        /// Leave it
        #[arg(long, requires = "schedule")]
        leave: bool,
    },
}

/// `towerify schedules add`.
#[derive(Debug, Args)]
pub struct SchedulesAdd {
    /// What it is called
    pub name: String,
    /// When
    #[command(flatten)]
    pub when: WhenTold,
    /// Where
    #[command(flatten)]
    pub on: On,
    /// In which waves
    #[command(flatten)]
    pub pace: FleetPace,
    /// What is done
    #[command(subcommand)]
    pub change: Change,
}

/// When it is due.
#[derive(Debug, Args)]
#[command(next_help_heading = "When")]
pub struct WhenTold {
    /// Once
    #[arg(long, value_name = "2026-12-24T03:00", value_parser = moment, global = true)]
    pub once: Option<NaiveDateTime>,
    /// Every day
    #[arg(long, value_name = "03:00", value_parser = time, global = true)]
    pub daily: Option<(u8, u8)>,
    /// Every week, on these days
    #[arg(long, value_name = "mon,thu@03:00", value_parser = week, global = true)]
    pub weekly: Option<When>,
    /// By a cron expression of five fields
    #[arg(long, value_name = "\"0 3 * * 1\"", global = true)]
    pub cron: Option<String>,
    /// In this time zone; the server's own where one is meant and it is known, else this computer's, unless told
    #[arg(long, value_name = "Europe/Paris", global = true)]
    pub zone: Option<String>,
}

impl WhenTold {
    /// The one that is told; `None` when none or several are.
    pub fn told(&self) -> Option<When> {
        let mut told: Vec<When> = Vec::new();
        told.extend(self.once.map(|at| When::Once { at }));
        told.extend(
            self.daily
                .map(|(hour, minute)| When::Daily { hour, minute }),
        );
        told.extend(self.weekly.clone());
        told.extend(
            self.cron
                .clone()
                .map(|expression| When::Cron { expression }),
        );
        if told.len() > 1 {
            return None;
        }
        told.pop()
    }
}

fn moment(text: &str) -> Result<NaiveDateTime, String> {
    ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text.trim(), form).ok())
        .ok_or_else(|| "a day and a time: 2026-12-24T03:00".to_owned())
}

fn time(text: &str) -> Result<(u8, u8), String> {
    let wrong = || "a time of the day: 03:00".to_owned();
    let (hour, minute) = text.trim().split_once(':').ok_or_else(wrong)?;
    let number = |text: &str, most: u8| {
        text.parse::<u8>()
            .ok()
            .filter(|number| *number <= most)
            .ok_or_else(wrong)
    };
    Ok((number(hour, 23)?, number(minute, 59)?))
}

fn week(text: &str) -> Result<When, String> {
    let wrong = || "days and a time: mon,thu@03:00".to_owned();
    let (days, at) = text.split_once('@').ok_or_else(wrong)?;
    let (hour, minute) = time(at)?;
    let days: Option<Vec<Day>> = days.split(',').map(day).collect();
    Ok(When::Weekly {
        days: days.ok_or_else(wrong)?,
        hour,
        minute,
    })
}

/// The days' names in English and in French, in the order of [`Day::ALL`].
const DAY_NAMES: [(&str, &str); 7] = [
    ("monday", "lundi"),
    ("tuesday", "mardi"),
    ("wednesday", "mercredi"),
    ("thursday", "jeudi"),
    ("friday", "vendredi"),
    ("saturday", "samedi"),
    ("sunday", "dimanche"),
];

/// A day's name in English and in French.
pub fn day_name(day: Day) -> (&'static str, &'static str) {
    let at = Day::ALL.iter().position(|known| *known == day);
    at.and_then(|at| DAY_NAMES.get(at))
        .copied()
        .unwrap_or_default()
}

/// A day by the beginning of its English or French name, three letters at least.
fn day(text: &str) -> Option<Day> {
    let text = text.trim().to_lowercase();
    let begins = |name: &str| text.chars().count() >= 3 && name.starts_with(&text);
    let at = DAY_NAMES
        .iter()
        .position(|(en, fr)| begins(en) || begins(fr))?;
    Day::ALL.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_week(text: &str, expected: Option<(&[Day], u8, u8)>) {
        let expected = expected.map(|(days, hour, minute)| When::Weekly {
            days: days.to_vec(),
            hour,
            minute,
        });
        assert_eq!(week(text).ok(), expected, "{text:?}");
    }

    #[test]
    fn a_week_is_days_and_a_time() {
        check_week("mon,thu@03:00", Some((&[Day::Monday, Day::Thursday], 3, 0)));
        check_week("Samedi@23:59", Some((&[Day::Saturday], 23, 59)));
        check_week("dim@0:5", Some((&[Day::Sunday], 0, 5)));
        check_week("mon", None);
        check_week("m@03:00", None);
        check_week("mon@24:00", None);
        check_week("@03:00", None);
    }

    #[test]
    fn a_moment_is_a_day_and_a_time() {
        assert!(moment("2026-12-24T03:00").is_ok());
        assert!(moment("2026-12-24 03:00").is_ok());
        assert!(moment("24/12/2026").is_err());
    }
}
