//! The Dutch discount: what a keeper gets for taking a position over.
//!
//! It starts near zero, so that at the first instant nobody gains by being liquidated or by liquidating a moment
//! early, and rises with time and with distress. It never exceeds equity over notional: beyond that, each lot taken
//! over would leave the account with a worse ratio than before (d(E/N)/dx > 0 exactly when E/N > fee).

use crate::{
    error::Result,
    health::Health,
    math::fixed::{
        mul_div_ceil, mul_div_floor, mul_ppm_floor, mul_shift_ceil, mul_shift_floor, to_i64, to_u64,
    },
    units::{Base, Ppm, Price, QuoteAtoms, Seconds, Side, PPM_ONE, PRICE_BITS, UNIT_BITS},
};

/// Parameters of the discount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiscountParams {
    /// Largest discount, relative to the risk price.
    pub max: Ppm,
    /// Time after which it is reached whatever the distress; not zero.
    pub ramp: Seconds,
}

/// Discount for an account in liquidation since `elapsed`:
/// `max · max(elapsed / ramp, 1 − equity / maintenance)`, at most `equity / notional`. Rounded down.
///
/// # Errors
/// `DivisionByZero` for a ramp of zero, `Overflow` when a sum does not fit 64 bits.
pub fn discount(params: &DiscountParams, health: &Health, elapsed: Seconds) -> Result<Ppm> {
    if health.equity <= 0 || health.notional <= 0 {
        return Ok(Ppm(0));
    }
    let one = u64::from(PPM_ONE);
    let waited = mul_div_floor(elapsed.0.min(params.ramp.0), one, params.ramp.0)?;
    let pressure = waited.max(distress_ppm(health)?);
    let wanted = mul_ppm_floor(u64::from(params.max.0), ppm(pressure))?;
    let equity = to_u64(health.equity.unsigned_abs())?;
    let notional = to_u64(health.notional.unsigned_abs())?;
    let bound = if equity >= notional { one } else { mul_div_floor(equity, one, notional)? };
    Ok(ppm(wanted.min(bound)))
}

/// `1 − equity / maintenance`, between zero and one, rounded down.
fn distress_ppm(health: &Health) -> Result<u64> {
    let one = u64::from(PPM_ONE);
    if health.maintenance <= 0 || health.equity >= health.maintenance {
        return Ok(0);
    }
    let equity = to_u64(health.equity.max(0).unsigned_abs())?;
    let maintenance = to_u64(health.maintenance.unsigned_abs())?;
    // The ratio is rounded up, so that the distress, and with it the discount, is rounded down.
    Ok(one.saturating_sub(mul_div_ceil(equity, one, maintenance)?))
}

/// A share that is known to be at most one.
fn ppm(value: u64) -> Ppm {
    Ppm(u32::try_from(value).unwrap_or(PPM_ONE).min(PPM_ONE))
}

/// Quote that the liquidatee receives (positive: a long sells) or pays (negative: a short buys back) for `base` at the
/// risk price with the discount; the liquidator pays or receives the same atoms. The discount itself is rounded
/// down, so rounding never takes it beyond its bound; the trade is rounded against the liquidatee.
///
/// # Errors
/// `Overflow` when the amount does not fit 63 bits.
pub fn takeover_quote(side: Side, base: Base, price: Price, discount: Ppm) -> Result<QuoteAtoms> {
    let amount = base.0.unsigned_abs();
    let bits = PRICE_BITS + UNIT_BITS;
    let gross_floor = mul_shift_floor(amount, price.0, bits)?;
    let penalty = i128::from(mul_ppm_floor(gross_floor, discount)?);
    let quote = match side {
        Side::Long => i128::from(gross_floor).saturating_sub(penalty),
        Side::Short => {
            let gross_ceil = i128::from(mul_shift_ceil(amount, price.0, bits)?);
            gross_ceil.saturating_add(penalty).saturating_neg()
        }
    };
    to_i64(quote).map(QuoteAtoms)
}
