//! A fleet run: the same change on many servers, in waves. Its words, how a selection is cut into waves, and when it
//! stops by itself. How it is carried out is left to the crate `runs`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::words::Words;

/// How many servers a wave takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Width {
    /// So many.
    Count {
        /// At least 1.
        servers: u32,
    },
    /// So many of a hundred of the whole selection, rounded up.
    Percent {
        /// 1 to 100.
        percent: u8,
    },
    /// All that are left.
    Rest,
}

/// The text is not a width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a wave is a number of servers (\"1\"), a part of them (\"30 %\") or \"all\"")]
pub struct NotAWidth;

impl FromStr for Width {
    type Err = NotAWidth;

    fn from_str(text: &str) -> Result<Self, NotAWidth> {
        let text = text.trim();
        if ["all", "rest", "tous", "reste"].contains(&text.to_lowercase().as_str()) {
            return Ok(Self::Rest);
        }
        let width = match text.strip_suffix('%') {
            Some(percent) => Self::Percent {
                percent: percent.trim().parse().map_err(|_| NotAWidth)?,
            },
            None => Self::Count {
                servers: text.parse().map_err(|_| NotAWidth)?,
            },
        };
        if width.is_sound() {
            Ok(width)
        } else {
            Err(NotAWidth)
        }
    }
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { servers } => write!(f, "{servers}"),
            Self::Percent { percent } => write!(f, "{percent} %"),
            Self::Rest => f.write_str("all"),
        }
    }
}

impl Width {
    /// One server, then 30 % of all, then the rest.
    pub const USUAL: [Self; 3] = [
        Self::Count { servers: 1 },
        Self::Percent { percent: 30 },
        Self::Rest,
    ];

    /// Whether it takes a server at all, and no more than there are.
    #[must_use]
    pub const fn is_sound(self) -> bool {
        match self {
            Self::Count { servers } => servers >= 1,
            Self::Percent { percent } => percent >= 1 && percent <= 100,
            Self::Rest => true,
        }
    }

    const fn of(self, total: usize, left: usize) -> usize {
        let wanted = match self {
            Self::Count { servers } => servers as usize,
            Self::Percent { percent } => total.saturating_mul(percent as usize).div_ceil(100),
            Self::Rest => left,
        };
        if wanted < left { wanted } else { left }
    }
}

/// How many of `total` servers each wave takes, in order. What the widths leave over makes one more wave; a wave that
/// finds nobody left is none. The sum is `total`.
#[must_use]
pub fn waves(widths: &[Width], total: usize) -> Vec<usize> {
    let mut left = total;
    let mut sizes = Vec::new();
    for width in widths.iter().copied().chain([Width::Rest]) {
        let size = width.of(total, left);
        if size > 0 {
            sizes.push(size);
            left -= size;
        }
    }
    sizes
}

/// When a fleet run begins no more servers by itself. A server counts as failed when its run failed or its outcome is
/// not known; a server on which a person cancelled the run does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StopRule {
    /// As soon as so many have failed, in all waves together.
    Failures {
        /// At least 1.
        servers: u32,
    },
    /// As soon as the failed of one wave are so many of a hundred of that wave's servers, or more.
    Percent {
        /// 1 to 100.
        percent: u8,
    },
}

impl StopRule {
    /// Whether it can ever stop anything, and does not stop what has not failed.
    #[must_use]
    pub const fn is_sound(self) -> bool {
        match self {
            Self::Failures { servers } => servers >= 1,
            Self::Percent { percent } => percent >= 1 && percent <= 100,
        }
    }

    /// Whether it stops now: `failed` in all, `failed_in_wave` of the `wave` servers of the wave at work.
    #[must_use]
    pub const fn stops(self, failed: usize, failed_in_wave: usize, wave: usize) -> bool {
        match self {
            Self::Failures { servers } => failed >= servers as usize,
            Self::Percent { percent } => {
                failed_in_wave > 0
                    && failed_in_wave.saturating_mul(100) >= wave.saturating_mul(percent as usize)
            }
        }
    }

    /// The rule in words.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Failures { servers: 1 } => Words::new(
                "It stops as soon as a server has failed.",
                "Elle s’arrête dès qu’un serveur a échoué.",
            ),
            Self::Failures { servers } => Words::new(
                format!("It stops as soon as {servers} servers have failed."),
                format!("Elle s’arrête dès que {servers} serveurs ont échoué."),
            ),
            Self::Percent { percent } => Words::new(
                format!("It stops as soon as {percent} % of a wave’s servers have failed."),
                format!("Elle s’arrête dès que {percent} % des serveurs d’une vague ont échoué."),
            ),
        }
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident = $name:literal, $en:literal, $fr:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type)]
        #[serde(rename_all = "snake_case")]
        pub enum $type { $($(#[$vdoc])* $variant,)+ }

        impl $type {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in the store and in JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The one of this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }

            /// In words, for people.
            #[must_use]
            pub fn words(self) -> Words {
                match self { $(Self::$variant => Words::new($en, $fr),)+ }
            }
        }
    };
}

named! {
    /// Where a fleet run stands.
    FleetState {
        /// At work.
        Running = "running", "Running", "En cours";
        /// A person paused it: what is at work comes to its end, no other server is begun.
        Paused = "paused", "Paused", "En pause";
        /// The stop rule stopped it: what is at work comes to its end, no other server is begun. A person may go on.
        Stopped = "stopped", "Stopped by its rule", "Arrêtée par sa règle";
        /// A person cancelled it.
        Cancelled = "cancelled", "Cancelled", "Annulée";
        /// Every server had its turn; some may have failed.
        Done = "done", "Ended", "Terminée";
    }
}

impl FleetState {
    /// No server is begun by itself any more.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Stopped | Self::Cancelled | Self::Done)
    }
}

named! {
    /// Where one server of a fleet run stands.
    MemberState {
        /// Its turn has not come.
        Waiting = "waiting", "Waiting", "En attente";
        /// At work.
        Running = "running", "Running", "En cours";
        /// Done; in a dry run: looked at, and there would be something to do.
        Done = "done", "Done", "Terminée";
        /// There was nothing to do.
        Nothing = "nothing", "Nothing to do", "Rien à faire";
        /// It failed; in a dry run: it could not be done, or the server could not be asked.
        Failed = "failed", "Failed", "Échouée";
        /// Nobody knows whether it took effect.
        Unknown = "unknown", "Outcome unknown", "Issue inconnue";
        /// A person cancelled it there.
        Cancelled = "cancelled", "Cancelled", "Annulée";
        /// The fleet run stopped before its turn.
        Left = "left", "Not begun", "Pas commencée";
    }
}

impl MemberState {
    /// Nothing more will happen to it by itself.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }

    /// It counts for the [`StopRule`], and "retry the failed" takes it up.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(text: &str) -> Vec<Width> {
        text.split(',')
            .map(|width| width.parse().unwrap())
            .collect()
    }

    #[test]
    fn a_selection_is_cut_into_waves_that_hold_all_of_it() {
        let check = |text: &str, total: usize, expected: &[usize]| {
            let sizes = waves(&widths(text), total);
            assert_eq!(sizes, expected, "{text} of {total}");
            assert_eq!(sizes.iter().sum::<usize>(), total);
        };
        check("1, 30 %, all", 100, &[1, 30, 69]);
        check("1, 30%, rest", 10, &[1, 3, 6]);
        check("1, 30 %, all", 1, &[1]);
        check("1, 30 %, all", 2, &[1, 1]);
        check("1, 30 %, all", 0, &[]);
        check("5", 12, &[5, 7]);
        check("50 %, 50 %, 50 %", 9, &[5, 4]);
        check("all", 7, &[7]);
        check("all, 3", 7, &[7]);
        check("1 %", 3, &[1, 2]);
    }

    #[test]
    fn what_takes_nobody_or_more_than_all_is_no_width() {
        for text in ["0", "0 %", "101 %", "", "%", "-1", "a few", "1.5"] {
            assert_eq!(text.parse::<Width>(), Err(NotAWidth), "{text}");
        }
        for width in Width::USUAL {
            assert_eq!(width.to_string().parse(), Ok(width));
        }
    }

    #[test]
    fn the_stop_rule_counts_failures_in_all_and_parts_per_wave() {
        let check = |rule: StopRule, failed: usize, in_wave: usize, wave: usize, stops: bool| {
            assert_eq!(
                rule.stops(failed, in_wave, wave),
                stops,
                "{rule:?}: {failed} in all, {in_wave} of {wave}"
            );
        };
        let three = StopRule::Failures { servers: 3 };
        check(three, 2, 0, 30, false);
        check(three, 3, 0, 30, true);
        check(three, 4, 4, 4, true);
        let fifth = StopRule::Percent { percent: 20 };
        check(fifth, 5, 5, 30, false);
        check(fifth, 6, 6, 30, true);
        check(fifth, 9, 0, 30, false);
        check(fifth, 1, 1, 1, true);
        check(fifth, 0, 0, 0, false);
        check(StopRule::Percent { percent: 100 }, 29, 29, 30, false);
    }

    #[test]
    fn names_lead_back_to_what_they_name() {
        for &state in FleetState::ALL {
            assert_eq!(FleetState::named(state.name()), Some(state));
        }
        for &state in MemberState::ALL {
            assert_eq!(MemberState::named(state.name()), Some(state));
        }
    }
}
