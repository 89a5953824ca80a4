//! Folding the demand curve of a market: what the shards hold becomes figures and limits in the row.

use core::cell::Ref;

use firebreak_risk::{
    demand::{
        figures, lower_cap, reach_bins, side_limits, Band, CurveTerms, Figures, LimitParams, Lookahead,
        ReachInput, ShardSide, SideCurve, SideLimits,
    },
    health::notional_ceil,
    margin::limited_by_demand,
    pace::{is_feasible, PaceInputs},
    side::side_of,
    units::{Ppm, Seconds, Side, Units},
    RiskError,
};

use super::rows::side_index;
use crate::{
    constants::{DEPTH_RATIO_NEVER, R_STOP_NEVER, SHARDS},
    state::{Market, Row, ShardRow},
};

/// Deviations that accounts are to withstand while a backlog is worked off, in thousandths.
const PACE_Z_MILLI: u32 = 3_000;

/// Publishes the figures of a side, and the limits that follow from them: in turn of one side per fold, and of both where
/// neither was published lately. Adding up 128 bins of eight shards is most of what a fold costs.
///
/// The row's open interest is that of this fold, the shards are those that it was added up from, and the time of the last
/// fold is still the one before. The depth is the market's, or what its committee makes of it.
pub fn fold_demand(
    row: &mut Row,
    (market, depth_atoms): (&Market, u64),
    shards: &[Ref<ShardRow>],
    fold_sequence: u64,
    now: i64,
) {
    let turn = if fold_sequence.is_multiple_of(2) { Side::Long } else { Side::Short };
    let shared = Shared {
        depth_atoms,
        reach: reach_of(row, market),
        limits: limit_params(row, (market, depth_atoms)),
    };
    fold_side(row, market, (shards, &shared), turn);
    if !row.is_folded_at(now) {
        fold_side(row, market, (shards, &shared), turn.opposite());
    }
    row.raise_initial();
}

/// What both sides have in common.
struct Shared {
    /// Depth to reckon with: the market's, or what its committee makes of it.
    depth_atoms: u64,
    /// Bins by which triggers may have come nearer since they were registered.
    reach: u8,
    limits: LimitParams,
}

fn fold_side(row: &mut Row, market: &Market, (shards, shared): (&[Ref<ShardRow>], &Shared), side: Side) {
    let figures = measure(row, market, (shards, shared), side);
    let limits = side_limits(&shared.limits, figures.r, open_atoms(row, side));
    row.set_demand(side, &figures, &limits);
    row.is_pace_infeasible[side.index()] = u8::from(!is_backlog_feasible(row, market, &figures));
    let open_units = row.open_interest_units[side.index()];
    let present = row.margins().maintenance();
    let wanted = Ppm(present.0.saturating_add(market.maintenance_rise_ppm));
    let below = |margin: Ppm| if margin > present { figures.in_a_bin_units } else { 0 };
    let share = Ppm(market.push_share_ppm);
    row.maintenance_limit_ppm[side.index()] = limited_by_demand(present, wanted, open_units, share, below).0;
}

fn reach_of(row: &Row, market: &Market) -> u8 {
    reach_bins(&ReachInput {
        variance: row.cautious_variance(),
        age: Seconds(market.register_secs.into()),
        ramp_ppm_per_hour: row.margin_ramp_ppm_per_hour,
    })
}

/// Whether the impact budget admits what the price has passed in time: three deviations are to be withstood with what
/// maintenance margin leaves after the largest discount. By the market's own depth, because liquidations are paced by it.
fn is_backlog_feasible(row: &Row, market: &Market, figures: &Figures) -> bool {
    let inputs = PaceInputs {
        backlog_atoms: figures.backlog_atoms,
        margin: row.margins().maintenance(),
        fee: Ppm(market.discount_ppm),
        variance: row.cautious_variance(),
        z_milli: PACE_Z_MILLI,
    };
    is_feasible(&inputs, &market.impact_params())
}

/// Figures of one side. A frame of its own: the sums take a quarter of one.
#[inline(never)]
fn measure(row: &Row, market: &Market, (shards, shared): (&[Ref<ShardRow>], &Shared), side: Side) -> Figures {
    let curve = side_curve(row, shards.iter().map(|shard| &**shard), side);
    let terms = CurveTerms {
        window: row.window(),
        price_bin: row.price_bin,
        price: row.price(),
        scale: row.sides[side.index()].scale(),
        depth_atoms: shared.depth_atoms,
        look: Lookahead { span: market.span_bins, reach: shared.reach },
        cluster_level: Ppm(market.r_start_ppm),
    };
    figures(&curve, side, &terms)
}

/// One side of a market's curve in its shards. A shard that was not touched since an earlier epoch counts with all that is
/// open in it: every unit of open interest is registered, but not where the bins now are.
pub fn side_curve<'a>(
    row: &Row,
    shards: impl Iterator<Item = &'a ShardRow>,
    side: Side,
) -> SideCurve<'a, SHARDS> {
    let shards = shards.map(|shard| {
        if shard.demand_epoch == row.demand_epoch {
            shard.demand_side(side)
        } else {
            ShardSide::wholly_stale(shard.open_interest_units[side.index()])
        }
    });
    SideCurve::of(row.open_interest_units[side.index()], shards)
}

fn limit_params(row: &Row, (market, depth_atoms): (&Market, u64)) -> LimitParams {
    let start = if market.r_stop_ppm == R_STOP_NEVER { R_STOP_NEVER } else { market.r_start_ppm };
    let depth_ratio = (market.depth_ratio_ppm != DEPTH_RATIO_NEVER).then_some(Ppm(market.depth_ratio_ppm));
    LimitParams {
        band: Band { start: Ppm(start), stop: Ppm(market.r_stop_ppm) },
        initial_factor_max: Ppm(u32::from(market.initial_factor_milli).saturating_mul(1_000)),
        cap_atoms: lower_cap(row.open_interest_cap_atoms, depth_atoms, depth_ratio),
        position_share: Ppm(row.position_share_ppm),
    }
}

/// Open interest of a side in quote atoms; what does not fit counts as the largest.
fn open_atoms(row: &Row, side: Side) -> u64 {
    let units = i64::try_from(row.open_interest_units[side.index()]).unwrap_or(i64::MAX);
    units_value_ceil(row, side, Units(units)).unwrap_or(u64::MAX)
}

/// Quote atoms of units of a side at the row's price, rounded up.
///
/// # Errors
/// [`RiskError::Overflow`] when the value does not fit.
pub fn units_value_ceil(row: &Row, side: Side, units: Units) -> Result<u64, RiskError> {
    let sides = [side_index(&row.sides[0]), side_index(&row.sides[1])];
    notional_ceil(side_of(&sides, side).base_of(units)?, row.price())
}

impl Row {
    fn set_demand(&mut self, side: Side, figures: &Figures, limits: &SideLimits) {
        let stored = &mut self.sides[side.index()];
        stored.demand_delta_atoms = figures.delta_atoms;
        stored.demand_gamma_atoms = figures.gamma_atoms;
        stored.reproduction_ppm = figures.r.0;
        stored.cluster_bins = figures.cluster_bins;
        stored.growth_cap_atoms = limits.growth_cap_atoms;
        // At most five, in thousandths.
        stored.initial_factor_milli =
            u16::try_from(limits.initial_factor.0.div_ceil(1_000)).unwrap_or(u16::MAX);
        self.position_cap_atoms[side.index()] = limits.position_cap_atoms;
    }
}
