//! Which crash day is replayed, as data: the recorded table, the window, the hours that are drawn in detail, the price
//! grid of the market, and the words of the report. Nothing else in the demonstration names a day.

#[cfg(test)]
mod tests;

use {
    crate::{
        money::SOL_DECIMALS,
        table::{Hour, HourlyTable, HOUR_SECS},
    },
    anyhow::{Context, Result},
    clap::ValueEnum,
};

/// Hours of a replayed window.
pub const WINDOW_HOURS: usize = 24;
/// Seconds between the last entry of a trader and the first hour of the crash.
const ENTRY_LEAD_SECS: i64 = HOUR_SECS / 2;

/// The crash days that can be replayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ScenarioId {
    /// 19 May 2021: deleveraging, 40 % down within one hour.
    #[value(name = "2021-05-19")]
    May2021,
    /// 8 and 9 November 2022: the run on FTX, halved within a day.
    #[value(name = "2022-11-08")]
    November2022,
    /// 5 August 2024: the unwinding of carry trades, a slide over seven hours.
    #[value(name = "2024-08-05")]
    August2024,
    /// 10 October 2025: the largest liquidation day on record, down and back within minutes.
    #[default]
    #[value(name = "2025-10-10")]
    October2025,
}

/// What is known about the way of the price inside the hours of the crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// The seconds at which liquidations came are recorded: the fall follows them.
    RecordedBursts,
    /// Only open, high, low and close are: a seeded bridge runs through them.
    Bridge,
}

/// The part of the window that has charts of its own. Times are seconds since the window began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail {
    /// First second.
    pub start_secs: i64,
    /// Last second.
    pub end_secs: i64,
    /// Distance of the labels on the axis of time.
    pub label_secs: i64,
    /// Width of the bars of liquidated notional.
    pub bar_secs: i64,
}

impl Detail {
    /// The two hours from the start of this one on.
    const fn two_hours(first: i64) -> Self {
        Self {
            start_secs: first * HOUR_SECS,
            end_secs: (first + 2) * HOUR_SECS,
            label_secs: 600,
            bar_secs: 120,
        }
    }
}

/// Steps of sizes and prices of the market, suited to what a SOL cost that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Power of ten of lamports in one lot.
    pub lot_exponent: u8,
    /// Price step of the venues, in quote atoms per lot.
    pub tick_atoms: u64,
}

/// One crash day.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Which one.
    pub id: ScenarioId,
    /// Name of the day, as a title.
    pub title: &'static str,
    /// What happened, as a sentence.
    pub about: &'static str,
    /// Why these 24 hours, and what is known inside the hours.
    pub choice: &'static str,
    /// First second of the window, unix time.
    pub start_ts: i64,
    /// Hours of the crash, numbered from the start of the window; drawn in the finest steps.
    pub crash_hours: &'static [u8],
    /// What is known inside them.
    pub profile: Profile,
    /// The part with charts of its own.
    pub detail: Detail,
    /// Steps of sizes and prices.
    pub grid: Grid,
    table: &'static str,
}

const MAY_2021: Scenario = Scenario {
    id: ScenarioId::May2021,
    title: "19 May 2021",
    about: "The deleveraging of May 2021: SOL lost 40 % within one hour and more than half within the day.",
    choice: "The calendar day in UTC. It holds the worst hour, from 12:00, and more than half of the price between \
        its high and its low. Inside the hours nothing is recorded: the paths are drawn.",
    start_ts: 1_621_382_400,
    crash_hours: &[12, 13],
    profile: Profile::Bridge,
    detail: Detail::two_hours(12),
    grid: Grid { lot_exponent: 7, tick_atoms: 25 },
    table: include_str!("../data/sol_2021_05_19.csv"),
};

const NOVEMBER_2022: Scenario = Scenario {
    id: ScenarioId::November2022,
    title: "8 and 9 November 2022",
    about: "The run on FTX: a trend over days, in which SOL halved within 24 hours.",
    choice: "A fall over days has no calendar day of its own. The 24 hours from 16:00 UTC hold the worst hour, from \
        19:00, and fall furthest from high to low, 50 %, of all that leave the market two hours before it. Inside the \
        hours nothing is recorded: the paths are drawn.",
    start_ts: 1_667_923_200,
    crash_hours: &[2, 3],
    profile: Profile::Bridge,
    detail: Detail::two_hours(2),
    grid: Grid { lot_exponent: 7, tick_atoms: 10 },
    table: include_str!("../data/sol_2022_11_08.csv"),
};

const AUGUST_2024: Scenario = Scenario {
    id: ScenarioId::August2024,
    title: "5 August 2024",
    about: "The unwinding of carry trades: a slide of 20 % over seven hours, about half of it in the last two.",
    choice: "The calendar day in UTC. It holds the worst hour, from 05:00, and the low, in the hour after it. Inside \
        the hours nothing is recorded: the paths are drawn.",
    start_ts: 1_722_816_000,
    crash_hours: &[5, 6],
    profile: Profile::Bridge,
    detail: Detail::two_hours(5),
    grid: Grid { lot_exponent: 7, tick_atoms: 100 },
    table: include_str!("../data/sol_2024_08_05.csv"),
};

const OCTOBER_2025: Scenario = Scenario {
    id: ScenarioId::October2025,
    title: "10 October 2025",
    about: "The largest liquidation day on record: SOL fell 14 % within minutes and came back within the hour.",
    choice: "The calendar day in UTC. It holds the worst hour, from 21:00, whose fall follows the recorded bursts of \
        liquidations of the largest perp venue; inside the other hours the paths are drawn.",
    start_ts: 1_760_054_400,
    crash_hours: &[21],
    profile: Profile::RecordedBursts,
    detail: Detail {
        start_secs: 21 * HOUR_SECS + 600,
        end_secs: 21 * HOUR_SECS + 1_500,
        label_secs: 60,
        bar_secs: 10,
    },
    grid: Grid { lot_exponent: 7, tick_atoms: 100 },
    table: include_str!("../data/sol_2025_10_10.csv"),
};

impl ScenarioId {
    /// The day's data.
    pub fn scenario(self) -> &'static Scenario {
        match self {
            Self::May2021 => &MAY_2021,
            Self::November2022 => &NOVEMBER_2022,
            Self::August2024 => &AUGUST_2024,
            Self::October2025 => &OCTOBER_2025,
        }
    }
}

impl Scenario {
    /// The recorded hours of the window.
    pub fn hours(&self) -> Result<Vec<Hour>> {
        let table = HourlyTable::parse(self.table).with_context(|| format!("the table of {}", self.title))?;
        let hours = table.window(self.start_ts, WINDOW_HOURS);
        Ok(hours.with_context(|| format!("the window of {}", self.title))?.to_vec())
    }

    /// Second of the window after which no trader enters any more: traders who came in the middle of the fall would
    /// not have been there when it began.
    pub fn last_entry_secs(&self) -> i64 {
        let first = self.crash_hours.first().copied().unwrap_or_default();
        i64::from(first) * HOUR_SECS - ENTRY_LEAD_SECS
    }

    /// Seconds since midnight at which the window begins, for clocks.
    pub fn midnight_secs(&self) -> i64 {
        self.start_ts.rem_euclid(24 * HOUR_SECS)
    }
}

impl Grid {
    /// Lots in one SOL.
    pub fn lots_per_sol(&self) -> u64 {
        10_u64.pow(SOL_DECIMALS.saturating_sub(u32::from(self.lot_exponent)))
    }

    /// A price in micro-dollars per SOL as quote atoms per lot, moved by `ppm` and put on the ticks; at least one.
    pub fn price_atoms(&self, price_micros: i64, ppm: i64) -> u64 {
        let moved = i128::from(price_micros) * i128::from(1_000_000 + ppm) / 1_000_000;
        let per_lot = u64::try_from(moved.max(0)).unwrap_or(0) / self.lots_per_sol();
        (per_lot / self.tick_atoms).max(1) * self.tick_atoms
    }

    /// Whole lots of a notional at a price in micro-dollars per SOL.
    pub fn lots_of(&self, notional_atoms: u64, price_micros: i64) -> u64 {
        let price = u128::from(price_micros.unsigned_abs()).max(1);
        let lots = u128::from(notional_atoms) * u128::from(self.lots_per_sol()) / price;
        u64::try_from(lots).unwrap_or(u64::MAX)
    }
}
