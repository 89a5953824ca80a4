//! Compile-time bounds of every parameter, and the seeds of every program-derived address.
//!
//! A bound here is a promise to users: no administrator, multisig or upgrade-free change can leave it.
#![cfg_attr(not(feature = "idl-build"), deny(missing_docs))]

use firebreak_interface::seeds;
use firebreak_risk::oracle::{EXPONENT_MAX, EXPONENT_MIN};

pub use seeds::*;

/// Layout version that this program writes. Readers accept versions up to this one.
pub const LAYOUT_VERSION: u8 = 1;

/// Exposure shards of a group. An account's shard never changes, so neither does this number.
pub const SHARD_COUNT: u8 = 8;
/// The same as a length.
// as-safety: widens, lossless; `From` is not const.
pub const SHARDS: usize = SHARD_COUNT as usize;
/// Rows (markets and collaterals together) of one risk snapshot.
pub const ROWS_MAX: usize = 64;
/// Markets of one group: bounded by what one transaction can grow of each exposure shard.
pub const MARKETS_MAX: u16 = 32;
/// Venues of one group: an account's approvals are a 64-bit map.
pub const VENUES_MAX: u16 = 64;
/// Collaterals of one margin account.
pub const COLLATERALS_MAX: usize = 8;
/// Positions of one margin account.
pub const POSITIONS_MAX: usize = 16;
/// Makers that one fill can take.
pub const MAKERS_MAX: usize = firebreak_interface::fill::MAKERS_MAX;
/// Rows that one `refresh` can update.
pub const REFRESH_ROWS_MAX: usize = 8;

/// Largest quote notional of one position, in atoms. Values of a position still fit 63 bits when its price has
/// risen 2 000-fold since the last fill.
pub const NOTIONAL_ATOMS_MAX: u64 = 1 << 52;
/// Row of the quote mint in every snapshot.
pub const QUOTE_ROW: u16 = 0;

/// Seconds for which a row counts as fresh for the market that is traded or liquidated.
pub const FRESH_SECS: i64 = 5;
/// Seconds after which a row no longer supports new risk or withdrawals, however wide its band.
pub const USABLE_SECS: i64 = 300;

/// Inclusive bounds of a parameter.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// Smallest allowed value.
    pub min: u64,
    /// Largest allowed value.
    pub max: u64,
}

impl Bounds {
    const fn new(min: u64, max: u64) -> Self {
        Self { min, max }
    }

    /// True when `value` lies within the bounds.
    pub const fn contains(&self, value: u64) -> bool {
        self.min <= value && value <= self.max
    }
}

/// Maintenance margin: 0.5 % to 50 % of notional.
pub const MAINTENANCE_PPM: Bounds = Bounds::new(5_000, 500_000);
/// Initial margin: 1 % to 100 % of notional, and at least 1.2 times maintenance.
pub const INITIAL_PPM: Bounds = Bounds::new(10_000, 1_000_000);
/// Share of the sum over positions that an account needs at least: a quarter to all of it.
pub const PORTFOLIO_FLOOR_PPM: Bounds = Bounds::new(250_000, 1_000_000);
/// Correlation of an asset with the common factor: 0 to 1.
pub const LOADING_PPM: Bounds = Bounds::new(0, 1_000_000);
/// Move of an asset per move of the common factor: 0.1 to 10, in thousandths.
pub const BETA_MILLI: Bounds = Bounds::new(100, 10_000);
/// Margin buffer above maintenance at which a liquidation stops: 1 % to 50 % of the maintenance requirement.
pub const TARGET_BUFFER_PPM: Bounds = Bounds::new(10_000, 500_000);
/// Share of the maintenance requirement below which an account is critical: 10 % to 90 %.
pub const CRITICAL_PPM: Bounds = Bounds::new(100_000, 900_000);
/// Weight of unsettled profit in initial equity: 0 to 95 %.
pub const PROFIT_WEIGHT_PPM: Bounds = Bounds::new(0, 950_000);
/// Position notional up to which margins stay in proportion, in atoms: one dollar to the largest position, which is no
/// premium at all.
pub const SIZE_FREE_ATOMS: Bounds = Bounds::new(1_000_000, NOTIONAL_ATOMS_MAX);
/// Weight of a non-quote collateral: 0 to 95 % of its value.
pub const COLLATERAL_WEIGHT_PPM: Bounds = Bounds::new(0, 950_000);
/// Largest confidence, relative to the price, at which a reading is good: 0.01 % to 5 %.
pub const CONFIDENCE_PPM: Bounds = Bounds::new(100, 50_000);
/// Largest difference between the two sources, relative to the price: 0.1 % to 10 %.
pub const DEVIATION_PPM: Bounds = Bounds::new(1_000, 100_000);
/// Oldest reading that still counts, in seconds.
pub const READING_AGE_SECS: Bounds = Bounds::new(1, 120);
/// Time constant of the EMA price, in seconds: one minute to one day.
pub const EMA_TAU_SECS: Bounds = Bounds::new(60, 86_400);
/// Fastest move of the EMA price: 1 to 10 000 ppm per second.
pub const EMA_MOVE_PPM_PER_SEC: Bounds = Bounds::new(1, 10_000);
/// Distance of a fill from the risk price: 0.1 % to 20 %, and less than the initial margin.
pub const PRICE_BAND_PPM: Bounds = Bounds::new(1_000, 200_000);
/// Standard deviation of hourly log returns: 0.05 % to 20 %.
pub const HOURLY_SIGMA_PPM: Bounds = Bounds::new(500, 200_000);
/// Time constant of the fast variance, in seconds: one minute to one day.
pub const VARIANCE_FAST_SECS: Bounds = Bounds::new(60, 86_400);
/// Time constant of the slow variance, in seconds: one hour to 30 days, and longer than the fast one.
pub const VARIANCE_SLOW_SECS: Bounds = Bounds::new(3_600, 2_592_000);
/// Standard deviations that a margin covers, in thousandths: none to 20.
pub const MARGIN_Z_MILLI: Bounds = Bounds::new(0, 20_000);
/// Time over which margins cover a move, in seconds: one minute to one day.
pub const MARGIN_HORIZON_SECS: Bounds = Bounds::new(60, 86_400);
/// Time constant with which margins fall, in seconds: one hour to 30 days.
pub const MARGIN_DECAY_SECS: Bounds = Bounds::new(3_600, 2_592_000);
/// Fastest rise of maintenance margin: 100 ppm to 5 % of notional per hour.
pub const MARGIN_RAMP_PPM_PER_HOUR: Bounds = Bounds::new(100, 50_000);
/// Weight of stressed observations: a quarter (EMIR, Article 28) to all.
pub const STRESS_WEIGHT_PPM: Bounds = Bounds::new(250_000, 1_000_000);
/// R up to which limits stay as they are: 0.1 to 0.9.
pub const R_START_PPM: Bounds = Bounds::new(100_000, 900_000);
/// R from which nothing more is opened: 0.2 to 0.95, so that a cascade is never admitted.
pub const R_STOP_PPM: Bounds = Bounds::new(200_000, 950_000);
/// In its place: limits do not follow R.
pub const R_STOP_NEVER: u32 = u32::MAX;
/// Shortest distance of the two.
pub const R_BAND_PPM_MIN: u32 = 50_000;
/// Factor on initial margin where nothing more is opened: 1 to 5, in thousandths.
pub const INITIAL_FACTOR_MILLI: Bounds = Bounds::new(1_000, 5_000);
/// Open interest of a side over the quote that moves the price by one percent: 1 to 100.
pub const DEPTH_RATIO_PPM: Bounds = Bounds::new(1_000_000, 100_000_000);
/// In its place: the depth bounds no open interest.
pub const DEPTH_RATIO_NEVER: u32 = u32::MAX;
/// Share of a side that a rise of maintenance margin may liquidate: 0.1 to 50 %.
pub const PUSH_SHARE_PPM: Bounds = Bounds::new(1_000, 500_000);
/// Bins over which demand is averaged.
pub const SPAN_BINS: Bounds = Bounds::new(1, 16);
/// Age of registrations: a minute to a day.
pub const REGISTER_SECS: Bounds = Bounds::new(60, 86_400);
/// Deviations from which a breaker state is entered: 3 to 60, in thousandths.
pub const BREAKER_ENTER_MILLI: Bounds = Bounds::new(3_000, 60_000);
/// Deviations below which it may be left: 1 to 59, in thousandths.
pub const BREAKER_EXIT_MILLI: Bounds = Bounds::new(1_000, 59_000);
/// Reproduction numbers that a breaker answers to: 0.05 to never.
pub const BREAKER_R_PPM: Bounds = Bounds::new(50_000, u32::MAX as u64);
/// Runways of the insurance that a breaker answers to: none to two years.
pub const BREAKER_RUNWAY_SECS: Bounds = Bounds::new(0, 63_072_000);
/// Readings of a breaker's history.
pub const BREAKER_READINGS: Bounds = Bounds::new(1, 8);
/// Distance of readings that count together, in seconds.
pub const BREAKER_GAP_SECS: Bounds = Bounds::new(10, 14_400);
/// Time without a price from which positions only shrink, in seconds.
pub const BREAKER_BLIND_SECS: Bounds = Bounds::new(60, 43_200);
/// Shortest stays, in seconds.
pub const BREAKER_MIN_STAY_SECS: Bounds = Bounds::new(10, 3_600);
/// Longest stays, in seconds.
pub const BREAKER_MAX_STAY_SECS: Bounds = Bounds::new(60, 43_200);
/// Time in normal without becoming elevated again, in seconds.
pub const BREAKER_COOLDOWN_SECS: Bounds = Bounds::new(0, 14_400);
/// Restricted time per day: ten minutes to half of it.
pub const BREAKER_BUDGET_SECS: Bounds = Bounds::new(600, 43_200);
/// Part of it for restrictions by positions: 1 to 50 %.
pub const BREAKER_POSITIONS_PPM: Bounds = Bounds::new(10_000, 500_000);
/// Factor on initial margin in elevated and recovery: 1 to 5, in thousandths.
pub const RAISED_MARGIN_MILLI: Bounds = Bounds::new(1_000, 5_000);
/// Markets in trouble from which the whole group is tight, and below which it is not.
pub const GROUP_TROUBLED: (u32, u32) = (3, 2);
/// Insurance drawn within a day from which the whole group is tight, and below which it is not, in ppm.
pub const GROUP_DRAWN_PPM: (u32, u32) = (100_000, 50_000);
/// Reporters of one committee.
pub const COMMITTEE_SEATS_MAX: usize = firebreak_risk::forecast::REPORTERS_MAX;
/// Fresh reports without which measured values stand alone: at least one, so that silence is no forecast.
pub const COMMITTEE_QUORUM: Bounds = Bounds::new(1, COMMITTEE_SEATS_MAX as u64);
/// Oldest report that counts, in seconds: ten seconds to an hour.
pub const REPORT_AGE_SECS: Bounds = Bounds::new(10, 3_600);
/// Where the band of variance forecasts begins, in thousandths of the measured variance: half the deviation to all of it.
pub const VARIANCE_LOW_MILLI: Bounds = Bounds::new(250, 1_000);
/// Where it ends: at the measured variance to four times the deviation.
pub const VARIANCE_HIGH_MILLI: Bounds = Bounds::new(1_000, 16_000);
/// Where the band of depth forecasts begins, in thousandths of the market's depth: a tenth to all of it.
pub const DEPTH_LOW_MILLI: Bounds = Bounds::new(100, 1_000);
/// Where it ends: at the market's depth to twice that.
pub const DEPTH_HIGH_MILLI: Bounds = Bounds::new(1_000, 2_000);
/// Variance per second that a reporter may state, in 2^-64. With sqrt(3 600 v) for the deviation of an hour: 0.0014 % to
/// 375 %, far beyond both ends of what is measured.
pub const FORECAST_VARIANCE_Q64: Bounds = Bounds::new(1 << 20, 1 << 56);
/// Depth: quote notional that would move the log price by one, in atoms.
pub const DEPTH_ATOMS: Bounds = Bounds::new(1_000_000, 1 << 56);
/// Impact that liquidations may hold in the price at once: 0.05 % to 10 %.
pub const IMPACT_CAP_PPM: Bounds = Bounds::new(500, 100_000);
/// Share of the impact cap open to accounts that are not critical: 10 % to 95 %.
pub const IMPACT_HEALTHY_PPM: Bounds = Bounds::new(100_000, 950_000);
/// Decay time of impact (1/rho), in seconds: five seconds to one day.
pub const IMPACT_DECAY_SECS: Bounds = Bounds::new(5, 86_400);
/// Largest liquidation discount: 0.1 % to 10 %, and at most the maintenance margin.
pub const DISCOUNT_PPM: Bounds = Bounds::new(1_000, 100_000);
/// Time over which the discount rises to its largest value, in seconds.
pub const DISCOUNT_RAMP_SECS: Bounds = Bounds::new(10, 3_600);
/// Position notional below which a liquidation closes it whole, in atoms.
pub const DUST_ATOMS: Bounds = Bounds::new(0, 1_000_000_000);
/// Share of the settled-loss pool that can be paid out per window: 1 % to 100 %.
pub const PAYOUT_SHARE_PPM: Bounds = Bounds::new(10_000, 1_000_000);
/// Payouts allowed per window whatever the pool holds, in atoms.
pub const PAYOUT_FLOOR_ATOMS: Bounds = Bounds::new(0, 10_000_000_000_000);
/// Payout window, in seconds: one minute to one week.
pub const PAYOUT_WINDOW_SECS: Bounds = Bounds::new(60, 604_800);
/// Fees of one fill relative to its notional: at most 1 %.
pub const FEE_PPM: Bounds = Bounds::new(0, 10_000);
/// Protocol's share of fees: at most 50 %.
pub const PROTOCOL_FEE_SHARE_PPM: Bounds = Bounds::new(0, 500_000);
/// Share of the insurance vault that one bankruptcy can draw: 1 % to 100 %.
pub const COVER_EVENT_PPM: Bounds = Bounds::new(10_000, 1_000_000);
/// Share of the insurance vault that one day can draw: 1 % to 100 %.
pub const COVER_DAY_PPM: Bounds = Bounds::new(10_000, 1_000_000);
/// Share of the insurance vault that one market can draw in one day: 1 % to 100 %.
pub const COVER_MARKET_PPM: Bounds = Bounds::new(10_000, 1_000_000);
/// Share of the protocol's fees that goes to the insurance: 0 to 100 %.
pub const INSURANCE_FEE_SHARE_PPM: Bounds = Bounds::new(0, 1_000_000);
/// Cooldown of exits from the insurance, in seconds: one hour to 30 days.
pub const UNSTAKE_COOLDOWN_SECS: Bounds = Bounds::new(3_600, 2_592_000);
/// Most shares of the insurance that one atom can buy: below a value of 2^-20 atoms per share nobody stakes. A share starts
/// at a thousandth of an atom, so this is reached when losses have taken all but a thousandth of everything; and to use up
/// the 2^64 shares that can be counted somebody would have to stake 2^44 atoms.
pub const STAKE_SHARES_PER_ATOM_MAX: u64 = 1 << 20;
/// Quote that an account may owe before its collateral is converted, in atoms: 1 to 10^13.
pub const QUOTE_DEBT_LIMIT_ATOMS: Bounds = Bounds::new(1, 10_000_000_000_000);
/// Largest open interest of one side, in quote atoms: 10^6 to 2^56.
pub const OPEN_INTEREST_CAP_ATOMS: Bounds = Bounds::new(1_000_000, 1 << 56);
/// Largest position of one account relative to the open-interest cap: 0.1 % to 100 %.
pub const POSITION_SHARE_PPM: Bounds = Bounds::new(1_000, 1_000_000);
/// Time over which a premium is paid once, in seconds: one hour to one day.
pub const FUNDING_WINDOW_SECS: Bounds = Bounds::new(3_600, 86_400);
/// Largest funding of one window: 0 to 5 % of notional.
pub const FUNDING_MAX_PPM: Bounds = Bounds::new(0, 50_000);
/// Time constant of the average premium, in seconds: one minute to one day.
pub const PREMIUM_TAU_SECS: Bounds = Bounds::new(60, 86_400);
/// Share of a vault that can leave per window: 1 % to 100 %.
pub const OUTFLOW_SHARE_PPM: Bounds = Bounds::new(10_000, 1_000_000);
/// Withdrawals allowed per window whatever the vault holds, in atoms: at least one, so that nobody waits for ever.
pub const OUTFLOW_FLOOR_ATOMS: Bounds = Bounds::new(1, 1 << 60);
/// Outflow window, in seconds: one minute to one week.
pub const OUTFLOW_WINDOW_SECS: Bounds = Bounds::new(60, 604_800);
/// Longest pause, in seconds: three days. A pause ends by itself.
pub const PAUSE_SECS: Bounds = Bounds::new(60, 259_200);
/// Seconds after which a fold no longer supports new risk.
pub const FOLD_SECS: i64 = 10;
/// Venues of one market: bounded by what one `fold` can read.
pub const MARKET_VENUES_MAX: u16 = 8;
/// Window of the insurance's allowances, in seconds: one day.
pub const COVER_WINDOW_SECS: u64 = 86_400;
/// Seconds after which a venue's premium no longer counts.
pub const PREMIUM_SECS: u64 = 3_600;
/// Largest premium that a venue can post, in ppm of the risk price.
pub const PREMIUM_CLAMP_PPM: u32 = 50_000;
/// Smallest power of ten from "currency units per whole token" to "quote atoms per quantum". A source's exponent is
/// added to it before a price is converted, and the smallest exponent of a source is Switchboard's -18; Pyth's are
/// closer to zero. Below this bound every reading of that source would be out of range and the row dead for ever.
pub const QUANTUM_EXPONENT_MIN: i32 = EXPONENT_MIN - crate::oracle::switchboard::EXPONENT;
/// Largest such power. No source publishes a positive exponent, so a sum is at most this bound; above it a source
/// without decimals could never be converted. Between the bounds prices are representable that are plausible for such
/// lots: 2^-32 to 2^32 atoms per quantum is 2.3 to 4*10^19 currency units at -10 (tiny lots of dear tokens) and
/// 2.3*10^-22 to 0.004 at 12 (huge lots of cheap ones). Whether an asset's price fits its lot only its oracle knows; a
/// row that does not fit gets no price, and so nothing can be opened in it.
pub const QUANTUM_EXPONENT_MAX: i32 = EXPONENT_MAX;
/// Decimals of a mint.
pub const MINT_DECIMALS: Bounds = Bounds::new(0, 12);
