//! Rows as one instruction sees them: as stored, or overlaid in memory with the oracle accounts it was given.

use core::cell::Cell;

use anchor_lang::prelude::*;
use firebreak_risk::{
    circuit::{self, State},
    demand::price_bin,
    health::{drift, CollateralTerms, MarketTerms, PricePoint},
    liquidation::{HalfTaken, Quota},
    oracle::{permit, Action, Permit, Verdict},
    side::SideIndex,
    units::{Ppm, Price, Seconds, Side, UnixTime, VarianceRate, PPM_ONE},
};

use super::side_terms::{margin_rates, KeptSides};
use crate::{
    constants::{FRESH_SECS, USABLE_SECS},
    error::{FirebreakError, OrFail},
    oracle::{assess_row, take_sources},
    state::{RiskSnapshot, Row, SideRow},
};

/// Rows that one instruction can overlay.
pub const OVERLAY_MAX: usize = firebreak_interface::fill::OVERLAY_ROWS_MAX;
/// Standard deviations of drift that an aged price is widened by for opening risk and withdrawing.
const DRIFT_DEVIATIONS: u32 = 3;

/// Drifts kept; rows share places by the low bits of their index.
const DRIFTS_KEPT: usize = 8;

/// Rows read freshly from oracle accounts, for one instruction only.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    entries: [OverlayEntry; OVERLAY_MAX],
    len: usize,
}

#[derive(Clone, Debug, Default)]
struct OverlayEntry {
    row: u16,
    prices: CurrentPrices,
    /// Bin of the price, once somebody asked for it.
    bin: Cell<Option<i16>>,
}

/// What changes when a row is read anew.
#[derive(Clone, Copy, Debug)]
pub struct CurrentPrices {
    /// Prices without drift.
    pub point: PricePoint,
    /// Verdict on the sources.
    pub verdict: Verdict,
    /// State of the breaker.
    pub breaker: State,
    /// Seconds since the price was read.
    pub age_secs: i64,
    /// Publish time of the reading.
    pub publish_ts: i64,
}

impl Default for CurrentPrices {
    fn default() -> Self {
        Self {
            point: PricePoint::default(),
            verdict: Verdict::Unknown,
            breaker: State::Halted,
            age_secs: i64::MAX,
            publish_ts: 0,
        }
    }
}

/// When an instruction runs, and what that alone forbids.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Unix time.
    pub now: i64,
    /// True in the grace after a halt of the network, whether or not a crank has recorded it.
    pub is_grace: bool,
    /// True while the whole group is paused.
    pub is_paused: bool,
    /// How long the insurance lasts if it goes on as within the last day.
    pub runway: Seconds,
    /// True while the breaker of the whole group is tight.
    pub is_group_tight: bool,
    /// Share of the sum over positions that an account needs at least; one: accounts are margined position by position.
    pub portfolio_floor: Ppm,
}

impl Moment {
    /// The moment of an instruction.
    pub fn of(header: &RiskSnapshot, clock: &Clock) -> Self {
        Self {
            now: clock.unix_timestamp,
            is_grace: header.halt().is_grace(&header.chain_time(clock)),
            is_paused: header.pause().is_running(clock.unix_timestamp),
            runway: header.runway_at(clock.unix_timestamp),
            is_group_tight: header.breaker_state != 0,
            portfolio_floor: header.portfolio_floor(),
        }
    }

    /// A moment at which only prices count, and positions one by one.
    pub fn at(now: i64) -> Self {
        Self {
            now,
            is_grace: false,
            is_paused: false,
            runway: Seconds(u64::MAX),
            is_group_tight: false,
            portfolio_floor: Ppm(PPM_ONE),
        }
    }

    /// A moment at which only prices count, for accounts of a group.
    pub fn within(header: &RiskSnapshot, now: i64) -> Self {
        Self { portfolio_floor: header.portfolio_floor(), ..Self::at(now) }
    }
}

/// All rows as seen by one instruction.
#[derive(Clone)]
pub struct RowReader<'a> {
    rows: &'a [Row],
    overlay: &'a Overlay,
    moment: Moment,
    /// Drifts computed from these rows, so that the parties of a fill with the same markets share the roots.
    drifts: [Cell<Option<(u16, Price)>>; DRIFTS_KEPT],
    /// Sides of markets that were valued at these rows.
    pub(super) sides: KeptSides,
}

impl Overlay {
    /// Reads `rows` from their oracle accounts: primary, secondary and, where there is one, third for each, in order. A
    /// row without a usable price keeps its stored one.
    ///
    /// # Errors
    /// `RemainingAccounts` when the number of accounts does not match the sum of the rows' sources, `RefreshRows` for
    /// too many or repeated rows, `NoSuchRow`, and those of [`assess_row`].
    pub fn read(
        rows: &[Row],
        wanted: &[u16],
        mut accounts: &[AccountInfo],
        (clock, moment): (&Clock, &Moment),
    ) -> Result<Self> {
        let mut overlay = Overlay::default();
        ensure!(wanted.len() <= OVERLAY_MAX, FirebreakError::RefreshRows);
        for index in wanted {
            let row = rows.get(usize::from(*index)).ok_or(FirebreakError::NoSuchRow)?;
            ensure!(overlay.find(*index).is_none(), FirebreakError::RefreshRows);
            let reading = assess_row(row, take_sources(row, &mut accounts)?, clock)?;
            if reading.assessment.verdict == Verdict::Diverged {
                // Sources that contradict each other say that the stored price may be wrong as well.
                let stored = CurrentPrices::stored(row, clock.unix_timestamp);
                overlay.push(*index, CurrentPrices { verdict: Verdict::Diverged, ..stored });
                continue;
            }
            if !reading.assessment.verdict.has_price() {
                continue;
            }
            let point = PricePoint {
                price: reading.assessment.price,
                confidence: reading.assessment.confidence,
                ema: reading.ema,
                drift: Price(0),
            };
            let prices = CurrentPrices {
                point,
                verdict: reading.assessment.verdict,
                breaker: row.circuit_after(&reading, moment)?.state(),
                age_secs: 0,
                publish_ts: reading.assessment.publish.0,
            };
            overlay.push(*index, prices);
        }
        ensure!(accounts.is_empty(), FirebreakError::RemainingAccounts);
        Ok(overlay)
    }

    /// At most one entry per wanted row, so there is always a place.
    fn push(&mut self, row: u16, prices: CurrentPrices) {
        if let Some(entry) = self.entries.get_mut(self.len) {
            *entry = OverlayEntry { row, prices, bin: Cell::new(None) };
            self.len += 1;
        }
    }

    fn entry(&self, row: u16) -> Option<&OverlayEntry> {
        self.entries[..self.len].iter().find(|entry| entry.row == row)
    }

    fn find(&self, row: u16) -> Option<&CurrentPrices> {
        self.entry(row).map(|entry| &entry.prices)
    }
}

impl CurrentPrices {
    fn stored(row: &Row, now: i64) -> Self {
        Self {
            point: PricePoint {
                price: Price(row.price_q32),
                confidence: Price(row.confidence_q32),
                ema: Price(row.ema_q32),
                drift: Price(0),
            },
            verdict: Verdict::from_u8(row.verdict),
            breaker: row.breaker_state_at(now),
            age_secs: now.saturating_sub(row.update_ts),
            publish_ts: row.publish_ts,
        }
    }

    /// True when the price is young enough for the market that is traded or liquidated.
    pub fn is_fresh(&self) -> bool {
        self.age_secs <= FRESH_SECS && self.point.price.0 != 0
    }

    /// True when the price is young enough for an account's other rows.
    pub fn is_usable(&self) -> bool {
        self.age_secs <= USABLE_SECS && self.point.price.0 != 0
    }

    /// How much of what is needed a liquidation may take at this price, after what readings like it took before.
    pub fn quota(&self, taken: HalfTaken) -> Quota {
        match self.permits(Action::Liquidate) {
            Permit::Half => Quota::Half { taken, reading: UnixTime(self.publish_ts) },
            Permit::Full | Permit::Refused => Quota::Whole,
        }
    }

    /// What the tables of verdicts and of breaker states allow together.
    #[inline]
    pub fn permits(&self, action: Action) -> Permit {
        circuit::stricter(permit(self.verdict, action), circuit::permit(self.breaker, action.into()))
    }
}

impl<'a> RowReader<'a> {
    /// Rows with an overlay, at the moment of an instruction.
    pub fn new(rows: &'a [Row], overlay: &'a Overlay, moment: Moment) -> Self {
        Self { rows, overlay, moment, drifts: Default::default(), sides: KeptSides::default() }
    }

    /// Clock of the instruction.
    pub fn now(&self) -> i64 {
        self.moment.now
    }

    /// Share of the sum over positions that an account needs at least.
    pub fn portfolio_floor(&self) -> Ppm {
        self.moment.portfolio_floor
    }

    /// Why nobody may open risk in a market now, whatever its price.
    pub fn is_paused(&self, row: &Row) -> bool {
        self.moment.is_paused || row.pause().is_running(self.moment.now)
    }

    /// True in the grace after a halt of the network.
    pub fn is_grace(&self) -> bool {
        self.moment.is_grace
    }

    /// A row as stored.
    ///
    /// # Errors
    /// `NoSuchRow` beyond the last row.
    #[inline(always)]
    pub fn row(&self, index: u16) -> Result<&'a Row> {
        self.rows.get(usize::from(index)).ok_or_else(|| FirebreakError::NoSuchRow.into())
    }

    /// A market's row as stored.
    ///
    /// # Errors
    /// `NoSuchRow` when the row is missing or does not describe a market.
    // Twenty times in a fill of five parties with four positions each.
    #[inline(always)]
    pub fn market(&self, index: u16) -> Result<&'a Row> {
        let row = self.row(index)?;
        ensure!(row.is_market(), FirebreakError::NoSuchRow);
        Ok(row)
    }

    /// Present prices of a row: overlaid, or stored.
    #[inline]
    pub fn prices(&self, row: &Row) -> CurrentPrices {
        let mut prices = match self.overlay.find(row.index) {
            Some(prices) => *prices,
            None => CurrentPrices::stored(row, self.moment.now),
        };
        prices.verdict = prices.verdict.in_grace(self.moment.is_grace);
        prices
    }

    /// Present price of a row alone.
    pub fn price(&self, row: &Row) -> Price {
        self.overlay.find(row.index).map_or(Price(row.price_q32), |prices| prices.point.price)
    }

    /// Bin of a market's present price on the axis of its demand curve.
    ///
    /// # Errors
    /// `MathOverflow` for a price of zero.
    pub fn price_bin(&self, row: &Row) -> Result<i16> {
        let Some(entry) = self.overlay.entry(row.index) else {
            return Ok(row.price_bin);
        };
        if let Some(bin) = entry.bin.get() {
            return Ok(bin);
        }
        let bin = price_bin(entry.prices.point.price).or_fail()?;
        entry.bin.set(Some(bin));
        Ok(bin)
    }

    /// Widens an aged price by its drift, which counts against opening risk and withdrawing.
    ///
    /// # Errors
    /// `MathOverflow` when the drift does not fit.
    pub fn widen(&self, row: &Row, prices: &mut CurrentPrices) -> Result<()> {
        if prices.age_secs > FRESH_SECS {
            prices.point.drift = self.drift(row, prices)?;
        }
        Ok(())
    }

    /// The drift of an aged price. Within an instruction it depends on nothing but the row.
    fn drift(&self, row: &Row, prices: &CurrentPrices) -> Result<Price> {
        let kept = &self.drifts[usize::from(row.index) % DRIFTS_KEPT];
        if let Some((_, drift)) = kept.get().filter(|(index, _)| *index == row.index) {
            return Ok(drift);
        }
        // Above the freshness bound, so not negative.
        let age = Seconds(prices.age_secs.unsigned_abs());
        let variance = VarianceRate(row.variance_reference_q64);
        let drift = drift(prices.point.price, variance, age, DRIFT_DEVIATIONS).or_fail()?;
        kept.set(Some((row.index, drift)));
        Ok(drift)
    }

    /// Prices with drift.
    ///
    /// # Errors
    /// As [`RowReader::widen`].
    pub fn point(&self, row: &Row, prices: &CurrentPrices) -> Result<PricePoint> {
        let mut widened = *prices;
        self.widen(row, &mut widened)?;
        Ok(widened.point)
    }

    /// Margin terms of a market.
    ///
    /// # Errors
    /// As [`RowReader::point`].
    pub fn market_terms(&self, row: &Row, prices: &CurrentPrices) -> Result<MarketTerms> {
        let rates = [Side::Long, Side::Short].map(|side| margin_rates(row, side, prices.breaker));
        Ok(MarketTerms {
            point: self.point(row, prices)?,
            // Whoever asks for both sides at once decides about maintenance; the higher errs on the side of caution.
            initial: rates[0].initial.max(rates[1].initial),
            maintenance: rates[0].maintenance,
            free_size: row.free_size(),
            profit_weight: rates[0].profit_weight,
            sides: [side_index(&row.sides[0]), side_index(&row.sides[1])],
            haircut: row.haircut(),
        })
    }

    /// Margin terms of a collateral.
    ///
    /// # Errors
    /// As [`RowReader::point`].
    pub fn collateral_terms(&self, row: &Row, prices: &CurrentPrices) -> Result<CollateralTerms> {
        Ok(CollateralTerms {
            point: self.point(row, prices)?,
            maintenance_weight: Ppm(row.maintenance_weight_ppm),
            initial_weight: Ppm(row.initial_weight_ppm),
        })
    }
}

/// Scale and earned index of one side.
pub fn side_index(side: &SideRow) -> SideIndex {
    SideIndex { scale: side.scale(), earned: side.earned() }
}
