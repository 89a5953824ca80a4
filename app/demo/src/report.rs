//! What happened, as one HTML page that opens from disk: no network, no other files, charts as inline SVG.
//!
//! [`Report`] is plain data that the run fills in; [`Report::to_html`] draws it and [`crate::end_table`] prints the
//! same tables. Nothing here measures or decides anything.

mod axis;
mod breaker;
mod charts;
pub mod explained;
mod heat;
mod page;
mod panel;
pub mod peaks;
mod risk;
pub mod states;
pub mod tables;

use {
    self::explained::Explained,
    crate::{
        demand::DemandCurve,
        money::{dollars, thousands},
        scenario::{Detail, Profile, Scenario},
    },
    anyhow::{ensure, Result},
    std::fmt,
};

/// The replayed day as the page words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Its name.
    pub title: String,
    /// What happened.
    pub about: String,
    /// Why this window, and what is known inside its hours.
    pub choice: String,
    /// True when the seconds of the fall are recorded, false when they are drawn.
    pub is_fall_recorded: bool,
    /// Unix time at which the window begins.
    pub start_ts: i64,
    /// Seconds since midnight at which the window begins.
    pub midnight_secs: i64,
    /// The part with charts of its own.
    pub detail: Detail,
}

impl Day {
    /// The day of a scenario.
    pub fn of(scenario: &Scenario) -> Self {
        Self {
            title: scenario.title.to_owned(),
            about: scenario.about.to_owned(),
            choice: scenario.choice.to_owned(),
            is_fall_recorded: scenario.profile == Profile::RecordedBursts,
            start_ts: scenario.start_ts,
            midnight_secs: scenario.midnight_secs(),
            detail: scenario.detail,
        }
    }

    /// A second of the window as seconds since midnight, for clocks.
    pub fn clock_secs(&self, offset_secs: i64) -> i64 {
        self.midnight_secs + offset_secs
    }
}

/// State of the market at one moment of the replayed day.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// Seconds since the replayed window began.
    pub offset_secs: i64,
    /// Price of the undisturbed path, in micro-dollars per SOL.
    pub recorded_micros: i64,
    /// Price that the oracles reported: the recorded one with what keepers' trades did to it, in micro-dollars per SOL.
    pub reported_micros: i64,
    /// Risk price as stored, in micro-dollars per SOL: what the last refresh read.
    pub price_micros: i64,
    /// Slow price, in micro-dollars per SOL.
    pub ema_micros: i64,
    /// State of the market's circuit breaker, as its row numbers it; [`states`] has the names.
    pub breaker_state: u8,
    /// Standard deviation of an hour's log return by the fast estimate, in ppm.
    pub sigma_ppm: u32,
    /// Initial margin that volatility asks for, in ppm of notional.
    pub initial_ppm: u32,
    /// Initial margin of longs, then of shorts, in ppm of notional: the above with the factor for cascades.
    pub initial_side_ppm: [u32; 2],
    /// Maintenance margin, in ppm of notional.
    pub maintenance_ppm: u32,
    /// Reproduction number of liquidations of longs, then of shorts, in ppm.
    pub reproduction_ppm: [u32; 2],
    /// Quote atoms of longs, then of shorts, that would be liquidated per unit of ln price.
    pub delta_atoms: [u64; 2],
    /// Depth of the market: quote atoms of trade that move ln price by one.
    pub depth_atoms: u64,
    /// What would be liquidated, by distance from the price.
    pub demand: DemandCurve,
    /// Level of the impact budget, in ppm of ln price.
    pub impact_level_ppm: u32,
    /// Cap of the impact budget, in ppm of ln price.
    pub impact_cap_ppm: u32,
    /// Accounts below maintenance margin.
    pub accounts_under_margin: u32,
    /// Accounts whose liquidation has begun and not ended.
    pub accounts_in_liquidation: u32,
    /// Quote atoms in the insurance vault.
    pub insurance_atoms: u64,
    /// Notional liquidated so far, in quote atoms.
    pub liquidated_notional_cum_atoms: u64,
    /// Bad debt recognised so far, in quote atoms.
    pub bad_debt_cum_atoms: u64,
    /// Notional of the larger side at the risk price, in quote atoms.
    pub open_interest_atoms: u64,
}

/// A figure with its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Quote atoms, shown as dollars and cents.
    Money(i64),
    /// A number of things.
    Count(u64),
    /// Parts per million, shown as percent.
    SharePpm(u32),
    /// Anything else, already worded.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(atoms) => formatter.write_str(&dollars(i128::from(*atoms))),
            Self::Count(count) => formatter.write_str(&thousands(u128::from(*count))),
            Self::SharePpm(ppm) => write!(formatter, "{}.{:02} %", ppm / 10_000, ppm % 10_000 / 100),
            Self::Text(text) => formatter.write_str(text),
        }
    }
}

/// One line of a table of figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub label: String,
    /// How much.
    pub value: Value,
    /// Shown large at the top of the page.
    pub is_headline: bool,
}

impl Row {
    /// A line of the table only.
    pub fn new(label: impl Into<String>, value: Value) -> Self {
        Self { label: label.into(), value, is_headline: false }
    }

    /// A line that is also shown at the top of the page.
    pub fn headline(label: impl Into<String>, value: Value) -> Self {
        Self { is_headline: true, ..Self::new(label, value) }
    }
}

/// Compute units of one instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComputeRow {
    /// Name of the instruction.
    pub instruction: String,
    /// Landed transactions with it.
    pub count: u64,
    /// Median compute units.
    pub median: u64,
    /// Most compute units.
    pub max: u64,
}

/// What became of the transactions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transactions {
    /// Sent.
    pub sent: u64,
    /// Landed without error.
    pub landed: u64,
    /// Failed, by reason.
    pub failed: Vec<FailureRow>,
}

/// Transactions that failed for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureRow {
    /// Name of the error.
    pub reason: String,
    /// Why this was to be expected; `None` is an unexplained failure.
    pub explanation: Option<String>,
    /// How many.
    pub count: u64,
}

/// Tokens of one mint against everything that is owed in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conservation {
    /// Symbol of the mint.
    pub asset: String,
    /// Decimals of the mint.
    pub decimals: u32,
    /// Tokens in all vaults, in atoms.
    pub vault_atoms: u64,
    /// What is owed, term by term, in atoms; negative terms are owed to the vaults.
    pub owed: Vec<Term>,
}

/// One term of a sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What it is.
    pub label: String,
    /// Atoms.
    pub atoms: i128,
}

impl Conservation {
    /// Everything owed, in atoms.
    pub fn owed_atoms(&self) -> i128 {
        self.owed.iter().map(|term| term.atoms).sum()
    }

    /// Tokens less what is owed; zero when not an atom appeared or disappeared.
    pub fn difference_atoms(&self) -> i128 {
        i128::from(self.vault_atoms) - self.owed_atoms()
    }
}

/// A setting of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Name with unit.
    pub name: String,
    /// Value as it was set.
    pub value: String,
}

/// Everything the page and the end table show.
#[derive(Clone, Debug)]
pub struct Report {
    /// The day.
    pub day: Day,
    /// Seed of path and population.
    pub seed: u64,
    /// Less detail, by `--fast`.
    pub is_fast: bool,
    /// Time of the chain at which the window began here.
    pub chain_start_ts: i64,
    /// Reproduction numbers from which limits tighten and from which nothing more is opened, in ppm; `None`: they do
    /// not depend on it.
    pub r_limits_ppm: Option<(u32, u32)>,
    /// Share of the impact cap that is open to accounts that are not critical.
    pub healthy_share_ppm: u32,
    /// Settings worth knowing.
    pub parameters: Vec<Parameter>,
    /// Oldest first.
    pub samples: Vec<Sample>,
    /// Figures of the end table.
    pub end: Vec<Row>,
    /// What explains them.
    pub explained: Explained,
    /// Compute units by instruction.
    pub compute: Vec<ComputeRow>,
    /// Sent, landed, failed.
    pub transactions: Transactions,
    /// One per mint.
    pub conservation: Vec<Conservation>,
}

impl Report {
    /// The page.
    pub fn to_html(&self) -> Result<String> {
        ensure!(self.samples.len() >= 2, "a report needs at least two samples");
        let in_order = self.samples.windows(2).all(|pair| pair[0].offset_secs < pair[1].offset_secs);
        ensure!(in_order, "samples must be in order of time");
        page::render(self)
    }

    /// True when no mint gained or lost an atom. False when no mint was counted: that proves nothing.
    pub fn is_conserved(&self) -> bool {
        !self.conservation.is_empty() && self.conservation.iter().all(|mint| mint.difference_atoms() == 0)
    }
}
