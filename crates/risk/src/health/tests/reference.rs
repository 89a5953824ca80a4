//! Valuation in exact numbers of 208 bits.

use dashu_float::ops::SquareRoot;

use super::*;
use crate::math::reference::{big, floor, scaled, Big};

/// The formulas of the module's documentation but for claims, without any rounding but that of base to its quantum.
pub(super) struct Exact {
    pub equity: Big,
    pub initial_profit: Big,
    pub notional: Big,
    pub initial_notional: Big,
}

pub(super) fn exact(terms: &MarketTerms, position: &PositionState) -> Exact {
    let is_long = position.units.0 > 0;
    let index = &terms.sides[usize::from(!is_long)];
    // as-safety: a small constant.
    let base = floor(&(big(position.units.0) * scaled(index.scale.0, SCALE_BITS as isize))) >> 16;
    let [price, band, ema, drift] =
        [terms.point.price, terms.point.confidence, terms.point.ema, terms.point.drift]
            .map(|p| scaled(p.0, 32));
    let zero = big(0);
    let (fair, worse) = if is_long {
        let low = (price.clone() - band.clone()).max(zero.clone());
        (low.clone(), (low - drift).max(zero.clone()).min(ema.clone()))
    } else {
        let high = price.clone() + band.clone();
        (high.clone(), (high + drift).max(ema.clone()))
    };
    let pending =
        scaled(position.units.0, 16) * (scaled(index.earned.0, 32) - scaled(position.checkpoint.0, 32));
    let settled = big(position.quote.0) + pending;
    let size = base.clone().max(-base.clone());
    Exact {
        equity: base.clone() * fair + settled.clone(),
        initial_profit: base * worse + settled,
        notional: size.clone() * price.clone(),
        initial_notional: size * price.max(ema),
    }
}

/// Not below the exact requirement, and not more than the stated bound above it: the notional is rounded up first (less than
/// one atom, of which the share is at most one), then the share (`notional * 2^-32 + 1`), both times the premium; and then
/// the premium itself (`requirement * 2^-31 + 1`).
pub(super) fn is_requirement_rounded_up(
    rounded: i128,
    notional: &Big,
    share: Ppm,
    free_size: FreeSize,
) -> bool {
    let (one, whole) = (big(1), notional.clone() + big(1));
    let in_proportion = notional.clone() * big(share.0) / big(PPM_ONE);
    let factor = |notional: &Big| (notional.clone() / big(free_size.atoms())).sqrt().max(one.clone());
    let exact = (in_proportion.clone() * factor(notional)).min(notional.clone().max(in_proportion.clone()));
    let slack = (whole.clone() / big(1u64 << 32) + big(2)) * factor(&whole)
        + in_proportion / big(1u64 << 31)
        + big(2);
    // The division is rounded at 208 bits.
    big(rounded) + scaled(1, 60) >= exact && big(rounded) <= exact + slack
}
