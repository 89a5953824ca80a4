//! Where an account stands, in one struct: what `view_account` answers, and what keepers and pages show.

use anchor_lang::prelude::*;
use firebreak_interface::standing::{AccountStanding, DISTANCE_FAR, STANDING_VERSION};
use firebreak_risk::{
    demand::{distance, own_slope, Distance, DistanceInput},
    health::Health,
    insolvency::{distance as barrier, first_passage},
    liquidation::{assess, LiquidationLevels},
    units::{Ppm, QuoteAtoms, Seconds, Units, VarianceRate},
};

use super::{
    demand::Standing,
    health::{account_health, clamp},
    rows::RowReader,
};
use crate::{error::OrFail, state::MarginAccount};

/// Values an account at the rows' prices.
///
/// All markets are taken to move together, with the highest variance among those in which the account holds a position: its
/// probability of bankruptcy is that of one position of the joint notional. For an account with positions in one market it is
/// that of the model; hedges between markets that do not move together it overstates.
///
/// # Errors
/// Those of the valuation.
pub fn standing(
    account: &MarginAccount,
    rows: &RowReader,
    levels: &LiquidationLevels,
    horizon: Seconds,
) -> Result<AccountStanding> {
    let sums = account_health(account, rows)?;
    let standing = Standing::from(&sums);
    let Standing { excess, notionals, joint_atoms } = standing;
    let mut variance = VarianceRate(0);
    // Joint notional per unit of the move of the market with that variance.
    let mut widest_joint = 0u64;
    let mut nearest = DISTANCE_FAR;
    // Notional that is liquidated within the next bin, and within the one after it.
    let mut ahead = [0u64; 2];
    for (position, notional) in account.positions().iter().zip(notionals) {
        let Some(side) = Units(position.units).side() else { continue };
        let row = rows.market(position.row)?;
        let joint = row.own_exposure(joint_atoms);
        if row.cautious_variance() > variance {
            (variance, widest_joint) = (row.cautious_variance(), joint);
        }
        if let Distance::Bins(bins) = distance(&DistanceInput { excess, joint, notional, side }) {
            nearest = nearest.min(bins.into());
            if let Some(sum) = ahead.get_mut(usize::from(bins)) {
                *sum = sum.saturating_add(notional);
            }
        }
    }
    let (delta_atoms, gamma_atoms) = own_slope(ahead);
    Ok(AccountStanding {
        version: STANDING_VERSION,
        state: assess(&sums.health, levels).or_fail()? as u8,
        is_stale: sums.stale_row.is_some().into(),
        distance_bins: nearest,
        insolvency_ppm: insolvency(&sums.health, (widest_joint, joint_atoms), variance, horizon).0,
        equity_atoms: clamp(sums.health.equity),
        maintenance_atoms: clamp(sums.health.maintenance),
        initial_equity_atoms: clamp(sums.health.initial_equity),
        initial_atoms: clamp(sums.health.initial),
        withdraw_equity_atoms: clamp(sums.health.withdraw_equity),
        notional_atoms: clamp(sums.health.notional),
        delta_atoms,
        gamma_atoms,
        ..AccountStanding::default()
    })
}

/// Of a joint notional and the sign of the exposure.
fn insolvency(health: &Health, (joint, sign): (u64, i64), variance: VarianceRate, horizon: Seconds) -> Ppm {
    let joint = i64::try_from(joint).unwrap_or(i64::MAX);
    let joint = QuoteAtoms(if sign < 0 { -joint } else { joint });
    first_passage(barrier(QuoteAtoms(clamp(health.equity)), joint), variance, horizon)
}
