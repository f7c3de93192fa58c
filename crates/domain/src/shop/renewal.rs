//! Monthly and yearly periods. They are reckoned from the first day each time, not from one period to the next, so that
//! what began on a 31st comes back to the 31st after February.

use super::product::Billing;
use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// Days that are paid for: from the first to before the last.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
pub struct Period {
    /// Its first day.
    pub from: NaiveDate,
    /// The first day after it, on which the next begins.
    pub to: NaiveDate,
}

impl Period {
    /// The `n`th period (from 0) of what began on this day; none for what is paid once, or past the calendar.
    #[must_use]
    pub fn nth(began: NaiveDate, billing: Billing, n: u32) -> Option<Self> {
        let months = match billing {
            Billing::Once => return None,
            Billing::Monthly => 1,
            Billing::Yearly => 12,
        };
        let day = |n: u32| began.checked_add_months(Months::new(months * n));
        Some(Self {
            from: day(n)?,
            to: day(n.checked_add(1)?)?,
        })
    }

    /// The next period to be billed of what began on this day and was billed up to `billed_to`.
    #[must_use]
    pub fn after(began: NaiveDate, billing: Billing, billed_to: NaiveDate) -> Option<Self> {
        (0..2_400)
            .map_while(|n| Self::nth(began, billing, n))
            .find(|period| period.from >= billed_to)
    }

    /// It is due on this day: it has begun.
    #[must_use]
    pub fn is_due(&self, on: NaiveDate) -> bool {
        on >= self.from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn months_that_begin_on_a_31st_come_back_to_it() {
        let begins: Vec<_> = (0..4)
            .map(|n| {
                Period::nth(day("2026-12-31"), Billing::Monthly, n)
                    .unwrap()
                    .from
                    .to_string()
            })
            .collect();
        assert_eq!(
            begins,
            ["2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"]
        );
        let leap = Period::nth(day("2028-02-29"), Billing::Yearly, 4).unwrap();
        assert_eq!(leap.from, day("2032-02-29"));
        assert_eq!(Period::nth(day("2026-12-31"), Billing::Once, 0), None);
    }

    #[test]
    fn the_next_period_begins_where_the_last_one_ended() {
        let next = Period::after(day("2026-01-31"), Billing::Monthly, day("2026-02-28")).unwrap();
        assert_eq!((next.from, next.to), (day("2026-02-28"), day("2026-03-31")));
        assert!(!next.is_due(day("2026-02-27")) && next.is_due(day("2026-02-28")));
    }

    #[test]
    fn periods_touch_and_leave_no_day_out() {
        for began in ["2026-01-31", "2028-02-29", "2026-06-15"] {
            for billing in [Billing::Monthly, Billing::Yearly] {
                let mut last = Period::nth(day(began), billing, 0).unwrap();
                for n in 1..60 {
                    let next = Period::nth(day(began), billing, n).unwrap();
                    assert_eq!(last.to, next.from);
                    assert_eq!(Period::after(day(began), billing, last.to), Some(next));
                    last = next;
                }
            }
        }
    }
}
