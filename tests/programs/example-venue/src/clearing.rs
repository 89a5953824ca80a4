//! Firebreak as the engine's clearing layer: turns legs into a fill, and a refusal into an answer.

use anchor_lang::prelude::*;
use firebreak_interface::{
    cpi::{invoke_apply_fill, ApplyFillInfos},
    fill::{FillArgs, FillLeg, FillOutcome, Refusal, OVERLAY_ROWS_MAX},
    layout::{MarginAccount, Row, SnapshotHeader, View},
    pda::PROGRAM_ID as FIREBREAK,
};

use crate::{
    constants::{ABANDONED_ROW_SECS, AUTHORITY_SEED, FRESH_ROW_SECS},
    engine::{Answer, Clearing, Leg},
    error::VenueError,
    fees::{fee_up, ppm_down},
};

/// What the legs do not say about a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillTerms {
    /// Fee of the taker, in ppm of notional.
    pub taker_fee_ppm: u32,
    /// Rebate of the makers, in ppm of notional.
    pub maker_rebate_ppm: u32,
    /// Row of the market in the snapshot.
    pub row: u16,
    /// The taker buys.
    pub is_taker_buyer: bool,
    /// Rows whose oracle accounts are passed along.
    pub overlay_rows: [u16; OVERLAY_ROWS_MAX],
    /// Rows in use of `overlay_rows`.
    pub overlay_count: u8,
}

impl FillTerms {
    /// The arguments of `apply_fill`. Fees are those of this fill alone.
    pub fn fill_args(&self, legs: &[Leg]) -> FillArgs {
        let mut args = FillArgs {
            overlay_rows: self.overlay_rows,
            overlay_count: self.overlay_count,
            // as-safety: a plan has at most four legs.
            leg_count: legs.len() as u8,
            taker_is_buyer: u8::from(self.is_taker_buyer),
            ..FillArgs::default()
        };
        let mut notional_atoms = 0u64;
        for (leg, fill) in legs.iter().zip(args.legs.iter_mut()) {
            let leg_atoms = leg.notional_atoms();
            notional_atoms += leg_atoms;
            // as-safety: a rebate is at most 1 % of a notional below 2^58.
            let rebate_atoms = ppm_down(leg_atoms, self.maker_rebate_ppm) as i64;
            *fill = FillLeg { lots: leg.lots, price_atoms: leg.price_atoms, maker_fee_atoms: -rebate_atoms };
        }
        args.taker_fee_atoms = fee_up(notional_atoms, self.taker_fee_ppm);
        args
    }
}

/// The accounts of one `place_order` that Firebreak needs.
pub struct FirebreakClearing<'a, 'info> {
    /// Named accounts of `apply_fill`.
    pub infos: ApplyFillInfos<'a, 'info>,
    /// Margin account and shard of each maker that the client passed.
    pub makers: &'a [AccountInfo<'info>],
    /// Primary and secondary oracle account of each overlay row.
    pub oracles: &'a [AccountInfo<'info>],
    /// Fees and rows.
    pub terms: FillTerms,
    /// Bump of the key that signs fills.
    pub authority_bump: u8,
    /// Fees charged to the taker so far, in quote atoms.
    pub taker_fee_atoms: u64,
}

impl Clearing for FirebreakClearing<'_, '_> {
    type Error = Error;

    fn submit(&mut self, legs: &[Leg]) -> Result<Answer> {
        if let Some(leg) = legs.iter().position(|leg| !self.is_open(leg)) {
            return Ok(Answer::MakerRefused { leg, code: Refusal::NotActive as u8 });
        }
        let args = self.terms.fill_args(legs);
        let mut remaining = Vec::with_capacity(2 * legs.len() + self.oracles.len());
        for leg in legs {
            let first = 2 * usize::from(leg.place);
            remaining.extend_from_slice(&self.makers[first..first + 2]);
        }
        remaining.extend_from_slice(self.oracles);
        // SECURITY: the runtime derives the signer from these seeds; another account in its place is refused there.
        let seeds: &[&[u8]] = &[AUTHORITY_SEED, &[self.authority_bump]];
        let outcome = invoke_apply_fill(&self.infos, &remaining, &args, &[seeds])?;
        if outcome.is_admitted() {
            self.taker_fee_atoms += args.taker_fee_atoms;
            return Ok(Answer::Admitted);
        }
        msg!(
            "refused: party {} reason {} row {} equity {} requirement {}",
            outcome.party,
            outcome.reason,
            outcome.row,
            outcome.equity_atoms,
            outcome.requirement_atoms
        );
        let culprit = self.culprit(legs, &outcome)?;
        Ok(match culprit {
            Some(leg) => Answer::MakerRefused { leg, code: outcome.reason },
            None => Answer::Refused { code: outcome.reason },
        })
    }
}

impl FirebreakClearing<'_, '_> {
    /// True when the maker's margin account still exists. A closed one would make the call fail instead of being
    /// refused, and its orders would block the book for good.
    fn is_open(&self, leg: &Leg) -> bool {
        let info = &self.makers[2 * usize::from(leg.place)];
        let data = info.try_borrow_data();
        *info.owner == FIREBREAK && data.is_ok_and(|data| View::<MarginAccount>::new(&data).is_ok())
    }

    /// The leg whose maker is to blame for a refusal, if one is.
    fn culprit(&self, legs: &[Leg], outcome: &FillOutcome) -> Result<Option<usize>> {
        let malformed = |_| error!(VenueError::MalformedFirebreakAccount);
        let snapshot = self.infos.snapshot.try_borrow_data()?;
        let snapshot = View::<SnapshotHeader>::new(&snapshot).map_err(malformed)?;
        let age_secs = |row| {
            let updated_ts = snapshot.row_update_ts(row).unwrap_or_default();
            Ok::<_, Error>(Clock::get()?.unix_timestamp.saturating_sub(updated_ts))
        };
        let refusal = outcome.refusal().unwrap_or(Refusal::None);
        let Some((leg, maker)) = outcome.refused_leg().and_then(|leg| Some((leg, legs.get(leg)?))) else {
            return Ok(None);
        };
        if refusal == Refusal::PriceBand {
            let Some(row) = snapshot.row(self.terms.row) else { return Ok(None) };
            let is_mispriced = is_outside_band_for_maker(self.terms.is_taker_buyer, maker.price_atoms, &row);
            return Ok((is_mispriced && age_secs(self.terms.row)? <= FRESH_ROW_SECS).then_some(leg));
        }
        let margin = self.makers[2 * usize::from(maker.place)].try_borrow_data()?;
        let margin = View::<MarginAccount>::new(&margin).map_err(malformed)?;
        let row_breaker_state = snapshot.row_breaker_state(self.terms.row).unwrap_or_default();
        let facts = Facts {
            is_maker_in_liquidation: margin.is_in_liquidation(),
            // Reduce-only and halted; in the other states orders may fill, if perhaps with more margin.
            is_breaker_tripped: [2, 3].contains(&row_breaker_state),
            row_age_secs: age_secs(outcome.row)?,
        };
        Ok(is_makers_own(refusal, &facts).then_some(leg))
    }
}

/// Public facts that decide who is to blame for a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The maker's margin account is being liquidated.
    pub is_maker_in_liquidation: bool,
    /// The breaker of the market's row lets nobody open anything.
    pub is_breaker_tripped: bool,
    /// Seconds since the row that the outcome names was refreshed.
    pub row_age_secs: i64,
}

/// True when a maker's orders may be removed because Firebreak refused that maker for this reason.
///
/// SECURITY: only for what the taker cannot bring about. A taker chooses the moment and may leave oracle accounts
/// out, so if a stale price cost a maker his orders, anybody could clear the book by trading right before a
/// refresh. Once the cause is public and lasting (a tripped breaker, an abandoned row), the order has to go, or it
/// would block everyone behind it.
pub fn is_makers_own(refusal: Refusal, facts: &Facts) -> bool {
    match refusal {
        Refusal::InitialMargin
        | Refusal::NotApproved
        | Refusal::PositionSize
        | Refusal::NoSlot
        | Refusal::NotActive
        // Public and lasting: such an order cannot fill now and would stand in front of those that only reduce.
        | Refusal::OpenInterestCap
        | Refusal::Paused
        | Refusal::GracePeriod => true,
        Refusal::ReduceOnly => facts.is_maker_in_liquidation || facts.is_breaker_tripped,
        Refusal::StaleRow => facts.row_age_secs > ABANDONED_ROW_SECS,
        // Anybody can fold within the same transaction.
        Refusal::StaleFold
        | Refusal::None
        | Refusal::PriceBand
        | Refusal::FeeBound
        | Refusal::SelfTrade
        | Refusal::MalformedLeg => false,
    }
}

/// True when the best resting order is priced so badly for its own maker that Firebreak's band excludes it: an
/// ask below the band or a bid above it. It stands in front of all others and has to go. An order on the far side
/// of the band blocks nobody; it is the taker's limit that reaches too far.
pub fn is_outside_band_for_maker(is_taker_buyer: bool, price_atoms: u64, row: &Row) -> bool {
    // In 2^-32 atoms per lot, as in the row; a bid too high for that is above any band.
    let price_q32 = price_atoms.saturating_mul(1 << 32);
    let band_q32 = ppm_down(row.price_q32, row.price_band_ppm);
    if is_taker_buyer {
        price_q32 < row.price_q32.saturating_sub(band_q32)
    } else {
        price_q32 > row.price_q32.saturating_add(band_q32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Facts = Facts { is_maker_in_liquidation: false, is_breaker_tripped: false, row_age_secs: 0 };

    fn leg(price_atoms: u64, lots: u64) -> Leg {
        Leg { price_atoms, lots, ..Leg::default() }
    }

    #[test]
    fn fees_are_those_of_the_legs_in_this_fill() {
        let terms = FillTerms {
            taker_fee_ppm: 500,
            maker_rebate_ppm: 100,
            row: 1,
            is_taker_buyer: true,
            overlay_rows: [3, 0, 0, 0],
            overlay_count: 1,
        };
        // Legs: 3 * 1 001 = 3 003 and 2 * 5 000 = 10 000 atoms, together 13 003.
        let args = terms.fill_args(&[leg(1_001, 3), leg(5_000, 2)]);
        // 13 003 * 500 / 1e6 = 6.5015, up: 7. 3 003 * 100 / 1e6 = 0.3, down: 0. 10 000 * 100 / 1e6 = 1.
        assert_eq!(args.taker_fee_atoms, 7);
        let expected = [
            FillLeg { lots: 3, price_atoms: 1_001, maker_fee_atoms: 0 },
            FillLeg { lots: 2, price_atoms: 5_000, maker_fee_atoms: -1 },
        ];
        assert_eq!(args.legs(), expected);
        assert_eq!(args.overlay_rows(), [3]);
        assert_eq!(args.taker_is_buyer, 1);
    }

    #[test]
    fn a_maker_loses_orders_only_for_what_a_taker_cannot_bring_about() {
        for refusal in [Refusal::InitialMargin, Refusal::NotApproved, Refusal::NoSlot, Refusal::NotActive] {
            assert!(is_makers_own(refusal, &CALM), "{refusal:?}");
        }
        for refusal in [Refusal::ReduceOnly, Refusal::StaleRow, Refusal::FeeBound, Refusal::PriceBand] {
            assert!(!is_makers_own(refusal, &CALM), "{refusal:?}");
        }
        assert!(is_makers_own(Refusal::ReduceOnly, &Facts { is_breaker_tripped: true, ..CALM }));
        assert!(is_makers_own(Refusal::ReduceOnly, &Facts { is_maker_in_liquidation: true, ..CALM }));
        assert!(!is_makers_own(Refusal::StaleRow, &Facts { row_age_secs: 600, ..CALM }));
        assert!(is_makers_own(Refusal::StaleRow, &Facts { row_age_secs: 601, ..CALM }));
    }
    #[test]
    fn only_the_side_of_the_band_that_hurts_the_maker_counts() {
        // Price 1 000 atoms per lot, band 5 %: 950 to 1 050.
        let row = Row { price_q32: 1_000 << 32, price_band_ppm: 50_000, ..bytemuck::Zeroable::zeroed() };
        let asks = [949, 950, 1_050, 1_051].map(|price| is_outside_band_for_maker(true, price, &row));
        assert_eq!(asks, [true, false, false, false]);
        let bids = [949, 950, 1_050, 1_051].map(|price| is_outside_band_for_maker(false, price, &row));
        assert_eq!(bids, [false, false, false, true]);
        assert!(is_outside_band_for_maker(false, u64::MAX, &row));
    }
}
