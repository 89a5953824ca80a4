//! How many lots a liquidation takes over.
//!
//! The least number of whole lots that brings the account to its target, found by a bounded search on the touched
//! market alone: the sums of the rest of the account are computed once. The whole position goes when what would
//! remain is dust, or when no partial amount reaches the target (the toxic frontier: with a discount above the target
//! ratio each further lot makes things worse). In an account that is margined as a portfolio a position may hold the
//! requirement down; of such a hedge no more goes than makes the account better ([`Netting::kept_atoms`]).
//!
//! The search does not realise profits: moving a profit from quote to claim changes their sum by nothing while the
//! haircut factor is one. Below one it may cost an atom, so the size found is checked with the trade as it will be
//! applied; if that atom is missing, the least size that spares an atom without realising is taken instead.

use super::{
    discount::takeover_quote,
    quota::{HalfTaken, Quota},
    target_requirement, LiquidationLevels,
};
use crate::{
    claim::FACTOR_ONE_Q48,
    error::{Result, RiskError},
    health::{notional_ceil, position_maintenance, Health, MarketTerms, PositionState},
    math::fixed::{div_rem_wide, mul_div_ceil, to_u64},
    portfolio::Netting,
    side::side_of,
    trade::{apply_trade, apply_unrealised, Traded},
    units::{Base, Ppm, QuoteAtoms, Side, PRICE_BITS, UNIT_BITS},
};

/// Steps that interpolate before the search falls back to bisection: two where the shortfall is linear, a few more where a
/// portfolio or a size premium bends it.
const INTERPOLATIONS: u32 = 8;
/// Upper bound of steps: a position has at most 2^36 lots.
const STEPS_MAX: u32 = INTERPOLATIONS + 37;

/// Everything the size depends on.
#[derive(Clone, Copy, Debug)]
pub struct TakeoverInput<'a> {
    /// Sums over the whole account, the position included.
    pub health: &'a Health,
    /// The position, with its claim.
    pub position: &'a PositionState,
    /// Its market, with the haircut factor that `health` was counted with.
    pub terms: &'a MarketTerms,
    /// The rest of the account as a portfolio; `None` when it is margined position by position.
    pub netting: Option<&'a Netting>,
    /// Group-wide levels.
    pub levels: &'a LiquidationLevels,
    /// Discount of this liquidation.
    pub discount: Ppm,
    /// A remaining notional below this is closed as well, in quote atoms.
    pub dust_atoms: u64,
    /// Room of the impact budget, in quote atoms.
    pub room_atoms: u64,
    /// The keeper's own limit, in lots.
    pub lots_max: u64,
    /// What the price permits of what is needed, in quanta of base.
    pub quota: Quota,
}

/// What a liquidation moves from the liquidatee to the liquidator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takeover {
    /// Base that leaves the liquidatee: signed like its position.
    pub base: Base,
    /// Quote that the liquidatee receives; the liquidator pays the same.
    pub quote: QuoteAtoms,
    /// Notional at the risk price that the impact budget is charged with, rounded up.
    pub notional_atoms: u64,
    /// The liquidatee's position afterwards, its profit realised.
    pub after: Traded,
    /// True when the budget, the keeper or the price admitted less than the account needs.
    pub is_limited: bool,
    /// What the position is to remember of the reading, in quanta of base; `None`: nothing.
    pub half_taken: Option<HalfTaken>,
}

/// Plans a takeover. `None`: nothing can be taken now (no room, a keeper limit of zero, or a hedge, see [`is_hedge`]).
///
/// # Errors
/// `DomainError` for a position without base; arithmetic errors of the valuation.
pub fn plan_takeover(input: &TakeoverInput) -> Result<Option<Takeover>> {
    let side = input.position.units.side().ok_or(RiskError::DomainError)?;
    let held = side_of(&input.terms.sides, side).base_of(input.position.units)?;
    let needed = needed_base(input, side, held)?;
    let permitted = input.quota.permitted(needed, halved(needed, held));
    let admitted = permitted.min(admissible_base(input, held)?);
    if admitted == 0 {
        return Ok(None);
    }
    let (base, quote) = trade(input, side, admitted)?;
    let MarketTerms { sides, haircut, .. } = input.terms;
    let after = apply_trade(input.position, sides, haircut, Base(base.0.saturating_neg()), quote)?;
    let notional_atoms = notional_ceil(base, input.terms.point.price)?;
    let half_taken = input.quota.after(permitted, admitted);
    Ok(Some(Takeover { base, quote, notional_atoms, after, is_limited: admitted < needed, half_taken }))
}

/// What the account is worth and needs for maintenance with another position in the place of the touched one.
///
/// # Errors
/// As [`plan_takeover`].
pub fn health_after(input: &TakeoverInput, after: &PositionState) -> Result<Health> {
    let side = input.position.units.side().ok_or(RiskError::DomainError)?;
    let rest = input.health.minus(&position_maintenance(input.terms, input.position)?);
    with_position(input, &rest, side, after)
}

fn with_position(
    input: &TakeoverInput,
    rest: &Health,
    side: Side,
    position: &PositionState,
) -> Result<Health> {
    let own = position_maintenance(input.terms, position)?;
    let mut health = rest.plus(&own);
    if let Some(netting) = input.netting {
        health.maintenance = netting.requirement(side, to_u64(own.maintenance.max(0).unsigned_abs())?);
    }
    Ok(health)
}

/// True when making the position smaller would leave the account worse: another one has to go.
///
/// # Errors
/// As [`plan_takeover`].
pub fn is_hedge(input: &TakeoverInput) -> Result<bool> {
    let side = input.position.units.side().ok_or(RiskError::DomainError)?;
    let held = side_of(&input.terms.sides, side).base_of(input.position.units)?;
    if input.netting.is_none() || is_dust(input, held)? {
        return Ok(false);
    }
    // The search for a size never ends at zero: only what would leave the account worse does.
    let own = position_maintenance(input.terms, input.position)?;
    Ok(helpful_base(input, side, held.0.unsigned_abs(), &own)? == 0)
}

/// True when this much base is closed as well rather than left behind.
fn is_dust(input: &TakeoverInput, base: Base) -> Result<bool> {
    Ok(notional_ceil(base, input.terms.point.price)? <= input.dust_atoms)
}

/// Whole lots, or the whole position; zero for a hedge.
fn needed_base(input: &TakeoverInput, side: Side, held: Base) -> Result<u64> {
    let all = held.0.unsigned_abs();
    if is_dust(input, held)? {
        return Ok(all);
    }
    let own = position_maintenance(input.terms, input.position)?;
    let helpful = helpful_base(input, side, all, &own)?;
    if helpful == 0 {
        return Ok(0);
    }
    let rest = input.health.minus(&own);
    let mut search = Search { input, rest: &rest, side, spare_atoms: 0 };
    let mut base = search.least_base(helpful)?;
    if base < helpful && !search.is_reached_with(base)? {
        search.spare_atoms = 1;
        base = search.least_base(helpful)?;
    }
    // `base` is at most `all`.
    let remaining = Base(i64::try_from(all.saturating_sub(base)).map_err(|_| RiskError::Overflow)?);
    if is_dust(input, remaining)? {
        return Ok(all);
    }
    Ok(base)
}

/// How much of the base may go before the account would be left worse: all of it, or whole lots, rounded up.
///
/// A requirement in proportion to the base ends where the same share of the base does. One with a size premium grows with the
/// power 3/2 of it; then a share x of the requirement is left by x^(2/3) of the base, which is at most 1 − 2/3 (1 − x). So two
/// thirds of what would go in proportion may go, and the rest another time.
fn helpful_base(input: &TakeoverInput, side: Side, all: u64, own: &Health) -> Result<u64> {
    let Some(netting) = input.netting else {
        return Ok(all);
    };
    let requirement = to_u64(own.maintenance.max(0).unsigned_abs())?;
    let kept = netting.kept_atoms(side, requirement);
    if kept == 0 {
        return Ok(all);
    }
    let freed = requirement.saturating_sub(kept);
    let notional = to_u64(own.notional.max(0).unsigned_abs())?;
    let freed = if input.terms.free_size.is_exceeded(notional) {
        // Two thirds, rounded down.
        freed.saturating_sub(freed.div_ceil(3))
    } else {
        freed
    };
    // The requirement is not zero, because it is not below what is kept.
    let lots = mul_div_ceil(all >> UNIT_BITS, freed, requirement)?;
    Ok(lots << UNIT_BITS)
}

/// A search for the least size.
struct Search<'a> {
    input: &'a TakeoverInput<'a>,
    /// Sums over the account without the position.
    rest: &'a Health,
    side: Side,
    /// What is to be reached beyond the target.
    spare_atoms: i128,
}

impl Search<'_> {
    /// The least base in whole lots that reaches the target, or all of it when none does.
    fn least_base(&self, all: u64) -> Result<u64> {
        let whole = all >> UNIT_BITS;
        if whole == 0 {
            return Ok(all);
        }
        let high = self.probe(whole)?;
        if high.shortfall > 0 {
            return Ok(all);
        }
        Ok(self.least_lots(high)? << UNIT_BITS)
    }

    /// True when the account reaches its target after a takeover of this base as it will be applied.
    fn is_reached_with(&self, amount: u64) -> Result<bool> {
        let MarketTerms { sides, haircut, .. } = self.input.terms;
        if haircut.factor_q48 == FACTOR_ONE_Q48 {
            return Ok(true);
        }
        let (base, quote) = trade(self.input, self.side, amount)?;
        let after = apply_trade(self.input.position, sides, haircut, Base(base.0.saturating_neg()), quote)?;
        Ok(self.shortfall(&after.position)? <= 0)
    }

    /// The least number of lots that reaches the target, given that `high` does.
    ///
    /// In this direction the shortfall crosses zero once: but for rounding it is linear, because each lot lowers the target
    /// requirement by a fixed share and equity by the smaller discount, or bent, where the requirement is a portfolio's or has a
    /// size premium: then the first lots lower it by more than the last. So a few interpolation steps hit the answer or its
    /// neighbour; plain bisection bounds the work whatever happens.
    fn least_lots(&self, mut high: Probe) -> Result<u64> {
        let health = self.input.health;
        let target = target_requirement(health.maintenance, self.input.levels)?;
        let shortfall = target.saturating_sub(health.equity).saturating_add(self.spare_atoms);
        let mut low = Probe { lots: 0, shortfall };
        let mut kept = End::None;
        for step in 0..STEPS_MAX {
            let gap = high.lots.saturating_sub(low.lots);
            if gap <= 1 {
                break;
            }
            let offset = if step < INTERPOLATIONS { interpolate(&low, &high, gap)? } else { gap >> 1 };
            // The offset lies in 1..gap, so the probe lies strictly between the two.
            let lots = low.lots.saturating_add(offset.clamp(1, gap.saturating_sub(1)));
            let probe = self.probe(lots)?;
            // An end that stays twice in a row counts half from then on, so that a bent line is not approached from one
            // side only (the Illinois rule: M. Dowell, P. Jarratt, BIT 11, 1971).
            if probe.shortfall <= 0 {
                high = probe;
                if kept == End::Low {
                    low.shortfall >>= 1;
                }
                kept = End::Low;
            } else {
                low = probe;
                if kept == End::High {
                    high.shortfall >>= 1;
                }
                kept = End::High;
            }
        }
        Ok(high.lots)
    }

    fn probe(&self, lots: u64) -> Result<Probe> {
        let (base, quote) = trade(self.input, self.side, lots << UNIT_BITS)?;
        let sides = &self.input.terms.sides;
        let after = apply_unrealised(self.input.position, sides, Base(base.0.saturating_neg()), quote)?;
        let shortfall = self.shortfall(&after.position)?.saturating_add(self.spare_atoms);
        Ok(Probe { lots, shortfall })
    }

    /// What the account would miss of its target with this position; zero or negative when the target is reached.
    #[inline]
    fn shortfall(&self, position: &PositionState) -> Result<i128> {
        let health = with_position(self.input, self.rest, self.side, position)?;
        let target = target_requirement(health.maintenance, self.input.levels)?;
        Ok(target.saturating_sub(health.equity))
    }
}

/// The end of an interval that a step left where it was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    None,
    Low,
    High,
}

/// Shortfall after taking over some lots, the spare atoms included.
struct Probe {
    lots: u64,
    shortfall: i128,
}

/// Where a straight line through both probes crosses zero, as lots above the lower one, rounded up.
fn interpolate(low: &Probe, high: &Probe, gap: u64) -> Result<u64> {
    let missing = to_u64(low.shortfall.max(0).unsigned_abs())?;
    let spare = to_u64(high.shortfall.min(0).unsigned_abs())?;
    match missing.checked_add(spare) {
        Some(span) if span > 0 => mul_div_ceil(gap, missing, span),
        _ => Ok(gap >> 1),
    }
}

/// Base that leaves the liquidatee, and what it receives for it.
fn trade(input: &TakeoverInput, side: Side, amount: u64) -> Result<(Base, QuoteAtoms)> {
    let size = i64::try_from(amount).map_err(|_| RiskError::Overflow)?;
    let base = Base(match side {
        Side::Long => size,
        Side::Short => size.saturating_neg(),
    });
    Ok((base, takeover_quote(side, base, input.terms.point.price, input.discount)?))
}

/// What budget and keeper allow: whole lots, or everything.
fn admissible_base(input: &TakeoverInput, held: Base) -> Result<u64> {
    let all = held.0.unsigned_abs();
    let by_keeper = input.lots_max.min(all >> UNIT_BITS) << UNIT_BITS;
    let by_keeper = if input.lots_max > all >> UNIT_BITS { all } else { by_keeper };
    // floor(room / price) in whole lots, exactly; a quotient beyond 64 bits is more than any position.
    let room = u128::from(input.room_atoms) << PRICE_BITS;
    let room_lots = div_rem_wide(room, input.terms.point.price.0).map_or(u64::MAX, |(lots, _)| lots);
    let fits_whole = notional_ceil(held, input.terms.point.price)? <= input.room_atoms;
    let by_room = if fits_whole { all } else { room_lots.min(all >> UNIT_BITS) << UNIT_BITS };
    Ok(by_keeper.min(by_room))
}

/// Half of what is needed, in whole lots, at least one; the whole position when it is smaller than that.
fn halved(needed: u64, held: Base) -> u64 {
    let half = needed.div_ceil(2) >> UNIT_BITS << UNIT_BITS;
    half.max(Base(1 << UNIT_BITS).0.unsigned_abs()).min(held.0.unsigned_abs()).min(needed)
}
