//! When a planned run is due: once, daily, weekly, or by a cron expression, in a time zone. Pure: the present is handed
//! in; whoever waits for the next time is elsewhere.
//!
//! Times are those of the wall clock in the zone, and each happens once: one that a change of clocks skips is due right
//! after the change, one that happens twice is due the first time. So a job at every quarter of an hour rests during the
//! hour that is repeated in autumn.

use std::str::FromStr as _;

use chrono::{DateTime, Datelike, Days, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use serde::{Deserialize, Serialize};

use crate::words::Words;

/// A day of the week.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the days need no telling")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    /// All of them, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    const fn of(day: chrono::Weekday) -> Self {
        match day {
            chrono::Weekday::Mon => Self::Monday,
            chrono::Weekday::Tue => Self::Tuesday,
            chrono::Weekday::Wed => Self::Wednesday,
            chrono::Weekday::Thu => Self::Thursday,
            chrono::Weekday::Fri => Self::Friday,
            chrono::Weekday::Sat => Self::Saturday,
            chrono::Weekday::Sun => Self::Sunday,
        }
    }
}

/// When, on the wall clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum When {
    /// One time, and never again.
    Once {
        /// That time: `2026-11-23T03:00:00`.
        at: NaiveDateTime,
    },
    /// Every day.
    Daily {
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
    /// On these days of each week.
    Weekly {
        /// At least one.
        days: Vec<Day>,
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
    /// By a cron expression of five fields: minute, hour, day of the month, month, day of the week.
    Cron {
        /// Such as `0 3 * * SUN` or `15 2 L * *` (L: the last day).
        expression: String,
    },
}

/// When, and where that clock hangs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Timing {
    /// When.
    pub when: When,
    /// The zone's name in the IANA database: `Europe/Paris`.
    pub zone: String,
}

/// Why a timing can't be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTiming {
    /// No zone of that name.
    #[error("there is no such time zone")]
    Zone,
    /// Not a time of the day.
    #[error("this is not a time of the day")]
    Time,
    /// No day of the week.
    #[error("no day of the week is chosen")]
    Days,
    /// Not a cron expression.
    #[error("this is not a cron expression of five fields")]
    Cron,
    /// It is never due.
    #[error("this is never due")]
    Never,
}

impl BadTiming {
    /// The form's field, and what it may hold.
    #[must_use]
    pub fn words(self) -> (&'static str, Words) {
        match self {
            Self::Zone => (
                "zone",
                Words::new(
                    "The name of a time zone, such as Europe/Paris.",
                    "Le nom d’un fuseau horaire, par exemple Europe/Paris.",
                ),
            ),
            Self::Time => (
                "time",
                Words::new(
                    "A time of the day, from 00:00 to 23:59.",
                    "Une heure, de 00:00 à 23:59.",
                ),
            ),
            Self::Days => (
                "days",
                Words::new(
                    "At least one day of the week.",
                    "Au moins un jour de la semaine.",
                ),
            ),
            Self::Cron => (
                "expression",
                Words::new(
                    "Five fields: minute, hour, day of the month, month, day of the week.",
                    "Cinq champs : minute, heure, jour du mois, mois, jour de la semaine.",
                ),
            ),
            Self::Never => (
                "when",
                Words::new("A time that is still to come.", "Un moment encore à venir."),
            ),
        }
    }
}

/// What was due and did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Missed {
    /// How many times; counted up to [`MISSED_MOST`].
    pub times: u32,
    /// The first time.
    pub first: DateTime<Utc>,
    /// The last one.
    pub last: DateTime<Utc>,
}

/// Missed times are counted up to so many.
pub const MISSED_MOST: u32 = 1_000;

impl Timing {
    /// Whether it can be kept: it is sound, and due at least once after `now`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), BadTiming> {
        self.clock()?.next(now).map(|_| ()).ok_or(BadTiming::Never)
    }

    /// The next time that it is due, after `after`; none when there is none any more, or it is unsound.
    #[must_use]
    pub fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.clock().ok()?.next(after)
    }

    /// The next times, at most `most` of them.
    #[must_use]
    pub fn next_times(&self, after: DateTime<Utc>, most: usize) -> Vec<DateTime<Utc>> {
        let Ok(clock) = self.clock() else {
            return Vec::new();
        };
        std::iter::successors(clock.next(after), |last| clock.next(*last))
            .take(most)
            .collect()
    }

    /// What was due from `due` (a time that it is due at) up to `now`, both included; none when `due` is still to come.
    #[must_use]
    pub fn missed(&self, due: DateTime<Utc>, now: DateTime<Utc>) -> Option<Missed> {
        if due > now {
            return None;
        }
        let clock = self.clock().ok();
        let later = |last: &DateTime<Utc>| clock.as_ref().and_then(|clock| clock.next(*last));
        let mut missed = Missed {
            times: 0,
            first: due,
            last: due,
        };
        for time in std::iter::successors(Some(due), later).take_while(|time| *time <= now) {
            missed.times += 1;
            missed.last = time;
            if missed.times == MISSED_MOST {
                break;
            }
        }
        Some(missed)
    }

    fn clock(&self) -> Result<Clock, BadTiming> {
        let zone = Tz::from_str(&self.zone).map_err(|_| BadTiming::Zone)?;
        let time = |hour: &u8, minute: &u8| {
            NaiveTime::from_hms_opt((*hour).into(), (*minute).into(), 0).ok_or(BadTiming::Time)
        };
        let beat = match &self.when {
            When::Once { at } => Beat::Once(*at),
            When::Daily { hour, minute } => Beat::Days(Day::ALL.to_vec(), time(hour, minute)?),
            When::Weekly { days, .. } if days.is_empty() => return Err(BadTiming::Days),
            When::Weekly { days, hour, minute } => Beat::Days(days.clone(), time(hour, minute)?),
            When::Cron { expression } => {
                let parser = CronParser::builder()
                    .seconds(Seconds::Disallowed)
                    .year(Year::Disallowed)
                    .build();
                let cron = parser.parse(expression).map_err(|_| BadTiming::Cron)?;
                Beat::Cron(Box::new(cron))
            }
        };
        Ok(Clock { zone, beat })
    }
}

/// A timing that was understood.
struct Clock {
    zone: Tz,
    beat: Beat,
}

enum Beat {
    Once(NaiveDateTime),
    Days(Vec<Day>, NaiveTime),
    Cron(Box<Cron>),
}

/// So many times of the wall clock are looked at in search of one that is still to come: those of an hour that is
/// repeated have been.
const LOOKED_AT: usize = 1_000;

impl Clock {
    fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut wall = after.with_timezone(&self.zone).naive_local();
        for _ in 0..LOOKED_AT {
            wall = self.beat.next(wall)?;
            match self.instant(wall) {
                Some(instant) if instant > after => return Some(instant),
                _ => {}
            }
        }
        None
    }

    /// When the wall clock first shows this; when it never does, when the change that skips it is over.
    fn instant(&self, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
        let shown = |wall: &NaiveDateTime| self.zone.from_local_datetime(wall).earliest();
        if let Some(instant) = shown(&wall) {
            return Some(instant.to_utc());
        }
        // No zone skips more than a day (Samoa's 30 December 2011), and changes are at full minutes.
        let start = wall.date().and_hms_opt(wall.hour(), wall.minute(), 0)?;
        (1..=1_440)
            .filter_map(|minute| start.checked_add_signed(chrono::Duration::minutes(minute)))
            .find_map(|wall| shown(&wall))
            .map(|instant| instant.to_utc())
    }
}

impl Beat {
    /// The next time on the wall clock, after this one.
    fn next(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        match self {
            Self::Once(at) => (*at > after).then_some(*at),
            Self::Days(days, time) => (0..=7)
                .filter_map(|ahead| after.date().checked_add_days(Days::new(ahead)))
                .filter(|date| days.contains(&Day::of(date.weekday())))
                .map(|date| date.and_time(*time))
                .find(|time| *time > after),
            // As if the wall clock were UTC's, which skips and repeats nothing.
            Self::Cron(cron) => cron
                .find_next_occurrence(&after.and_utc(), false)
                .ok()
                .map(|time| time.naive_utc()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn timing(zone: &str, when: When) -> Timing {
        Timing {
            when,
            zone: zone.into(),
        }
    }

    fn daily(hour: u8, minute: u8) -> When {
        When::Daily { hour, minute }
    }

    fn cron(expression: &str) -> When {
        When::Cron {
            expression: expression.into(),
        }
    }

    fn check(zone: &str, when: When, after: &str, expected: &[&str]) {
        let times = timing(zone, when.clone()).next_times(utc(after), expected.len());
        let expected: Vec<_> = expected.iter().map(|time| utc(time)).collect();
        assert_eq!(times, expected, "{when:?} in {zone} after {after}");
    }

    #[test]
    fn the_next_times_are_those_of_the_zones_wall_clock() {
        check(
            "Europe/Paris",
            daily(3, 0),
            "2026-11-23T01:59:00Z",
            &["2026-11-23T02:00:00Z", "2026-11-24T02:00:00Z"],
        );
        check(
            "Indian/Reunion",
            daily(3, 0),
            "2026-11-23T00:00:00Z",
            &["2026-11-23T23:00:00Z"],
        );
        check(
            "Europe/Paris",
            When::Weekly {
                days: vec![Day::Sunday, Day::Wednesday],
                hour: 22,
                minute: 30,
            },
            "2026-11-23T12:00:00Z",
            &[
                "2026-11-25T21:30:00Z",
                "2026-11-29T21:30:00Z",
                "2026-12-02T21:30:00Z",
            ],
        );
        check(
            "America/Montreal",
            cron("15 2 1 * *"),
            "2026-11-23T00:00:00Z",
            &["2026-12-01T07:15:00Z", "2027-01-01T07:15:00Z"],
        );
        check(
            "Europe/Paris",
            cron("0 3 L * *"),
            "2027-02-01T00:00:00Z",
            &["2027-02-28T02:00:00Z", "2027-03-31T01:00:00Z"],
        );
    }

    #[test]
    fn a_time_that_is_due_now_is_not_next() {
        check(
            "Europe/Paris",
            daily(3, 0),
            "2026-11-23T02:00:00Z",
            &["2026-11-24T02:00:00Z"],
        );
    }

    #[test]
    fn once_is_due_once() {
        let once = timing(
            "Europe/Paris",
            When::Once {
                at: "2026-11-23T03:00:00".parse().unwrap(),
            },
        );
        let due = utc("2026-11-23T02:00:00Z");
        assert_eq!(once.next(utc("2026-01-01T00:00:00Z")), Some(due));
        assert_eq!(once.next(due), None);
        assert_eq!(once.check(due), Err(BadTiming::Never));
    }

    // Paris 2027: the clock jumps from 02:00 to 03:00 on 28 March, and back from 03:00 to 02:00 on 31 October.

    #[test]
    fn what_the_clocks_skip_in_spring_is_due_right_after_and_once() {
        for (when, then) in [
            (daily(2, 30), "2027-03-29T00:30:00Z"),
            (cron("30 2 * * *"), "2027-03-29T00:30:00Z"),
            (cron("*/20 2 * * *"), "2027-03-29T00:00:00Z"),
        ] {
            let after = "2027-03-28T00:59:00Z";
            check("Europe/Paris", when, after, &["2027-03-28T01:00:00Z", then]);
        }
        check(
            "Europe/Paris",
            When::Once {
                at: "2027-03-28T02:59:00".parse().unwrap(),
            },
            "2027-03-01T00:00:00Z",
            &["2027-03-28T01:00:00Z"],
        );
    }

    #[test]
    fn what_the_clocks_repeat_in_autumn_is_due_the_first_time_and_once() {
        for when in [daily(2, 30), cron("30 2 * * *")] {
            for after in ["2027-10-30T12:00:00Z", "2027-10-31T00:29:00Z"] {
                check(
                    "Europe/Paris",
                    when.clone(),
                    after,
                    &["2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"],
                );
            }
            // Asked in the second 02:10, whose 02:30 is still to come: it was due already.
            check(
                "Europe/Paris",
                when,
                "2027-10-31T01:10:00Z",
                &["2027-11-01T01:30:00Z"],
            );
        }
        check(
            "Europe/Paris",
            cron("*/30 * * * *"),
            "2027-10-31T00:20:00Z",
            &[
                "2027-10-31T00:30:00Z",
                "2027-10-31T02:00:00Z",
                "2027-10-31T02:30:00Z",
            ],
        );
    }

    #[test]
    fn a_whole_day_that_a_zone_left_out_is_no_end_of_the_schedule() {
        check(
            "Pacific/Apia",
            daily(12, 0),
            "2011-12-29T22:30:00Z",
            &["2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"],
        );
    }

    #[test]
    fn the_times_always_go_forward() {
        for zone in [
            "Europe/Paris",
            "Australia/Lord_Howe",
            "America/Santiago",
            "Africa/Casablanca",
            "Asia/Kathmandu",
        ] {
            for when in [daily(0, 0), daily(2, 30), cron("*/30 0-3 * * *")] {
                let start = utc("2027-01-01T00:00:00Z");
                let times = timing(zone, when).next_times(start, 3_000);
                let mut last = start;
                for next in times
                    .into_iter()
                    .take_while(|time| *time < utc("2028-01-01T00:00:00Z"))
                {
                    assert!(next > last, "{zone}: {next} after {last}");
                    assert!(next - last <= chrono::Duration::hours(25), "{zone}: {last}");
                    last = next;
                }
                assert!(last > utc("2027-12-30T00:00:00Z"));
            }
        }
    }

    #[test]
    fn what_was_missed_is_counted_from_the_time_that_was_due() {
        let timing = timing("Europe/Paris", daily(3, 0));
        let due = utc("2026-11-20T02:00:00Z");
        assert_eq!(timing.missed(due, utc("2026-11-20T01:59:59Z")), None);
        let missed = timing.missed(due, utc("2026-11-23T02:00:00Z")).unwrap();
        assert_eq!((missed.times, missed.first), (4, due));
        assert_eq!(missed.last, utc("2026-11-23T02:00:00Z"));
        let often = self::timing("Europe/Paris", cron("* * * * *"));
        let missed = often.missed(due, utc("2027-11-20T02:00:00Z")).unwrap();
        assert_eq!(missed.times, MISSED_MOST);
    }

    #[test]
    fn what_is_not_a_timing_is_refused() {
        let now = utc("2026-11-23T00:00:00Z");
        let check = |zone: &str, when: When, expected: BadTiming| {
            let found = timing(zone, when.clone()).check(now);
            assert_eq!(found, Err(expected), "{when:?} in {zone}");
        };
        check("Europe/Nowhere", daily(3, 0), BadTiming::Zone);
        check("Europe/Paris", daily(24, 0), BadTiming::Time);
        check("Europe/Paris", daily(3, 60), BadTiming::Time);
        let no_day = When::Weekly {
            days: vec![],
            hour: 3,
            minute: 0,
        };
        check("Europe/Paris", no_day, BadTiming::Days);
        for expression in [
            "",
            "often",
            "0 3 * *",
            "61 * * * *",
            "0 0 3 * * *",
            "* * * * * 2027 1",
        ] {
            check("Europe/Paris", cron(expression), BadTiming::Cron);
        }
        check("Europe/Paris", cron("0 3 30 2 *"), BadTiming::Never);
    }
}
