//! TEMPORARY until crates/risk funding.rs arrives.

use anchor_lang::prelude::*;
use firebreak_risk::units::{Earned, Seconds};

use crate::{
    constants::{PREMIUM_CLAMP_PPM, PREMIUM_SECS},
    state::{Market, MarketLedger, Row, VenueMarket},
};

/// One venue's part of the combined premium.
#[derive(Clone, Copy, Debug)]
pub struct VenuePremium {
    average_q16: i64,
    open_units: u64,
}

impl VenuePremium {
    /// What a venue has posted, unless it is too old or there is none.
    pub fn posted(venue: &VenueMarket, now: i64) -> Option<Self> {
        let is_recent =
            venue.premium_updated_ts != 0 && now.saturating_sub(venue.premium_updated_ts) <= PREMIUM_SECS;
        is_recent.then_some(Self { average_q16: venue.premium_average_q16, open_units: venue.open_units })
    }
}

/// Combined premium in ppm.
pub fn combined(premiums: &[VenuePremium], folded_units: [u64; 2]) -> Result<Option<i32>> {
    let cap = folded_units[0].saturating_add(folded_units[1]);
    let (mut sum, mut weights) = (0i128, 0i128);
    for premium in premiums {
        let weight = i128::from(premium.open_units.min(cap));
        sum += weight * i128::from(premium.average_q16);
        weights += weight;
    }
    if weights == 0 {
        return Ok(None);
    }
    Ok(i32::try_from(sum / weights / 65_536).ok())
}

/// Accrues.
pub fn accrue(
    row: &mut Row,
    ledger: &mut MarketLedger,
    (market, premium): (&Market, Option<i32>),
    elapsed: Seconds,
) -> Result<()> {
    let Some(premium) = premium else { return Ok(()) };
    if row.open_interest_units.contains(&0) {
        return Ok(());
    }
    let max = i128::from(market.funding_max_ppm);
    let premium = i128::from(premium).clamp(-max, max);
    let denominator = 1_000_000 * i128::from(market.funding_window_secs.max(1));
    let carry = crate::state::join_i128(ledger.funding_carry);
    let numerator = i128::from(row.price_q32) * premium * i128::from(elapsed.0) + carry;
    let step = numerator.div_euclid(denominator);
    ledger.funding_carry = crate::state::split_i128(numerator.rem_euclid(denominator));
    for side in &mut row.sides {
        let earned = side.earned().0 - step;
        side.set_earned(Earned(earned));
    }
    Ok(())
}

/// Posts.
pub fn post(venue: &mut VenueMarket, row: &Row, (market, mark): (&Market, u64), now: i64) -> Result<()> {
    let clamp = i128::from(PREMIUM_CLAMP_PPM);
    let diff = i128::from(mark) - i128::from(row.price_q32);
    let premium = (diff * 1_000_000 / i128::from(row.price_q32)).clamp(-clamp, clamp);
    venue.premium_last_ppm = premium as i32;
    let dt = i128::from(now.saturating_sub(venue.premium_updated_ts).max(0));
    let tau = i128::from(market.premium_tau_secs);
    let before = i128::from(venue.premium_average_q16);
    let dt = dt.min(tau);
    venue.premium_average_q16 = if venue.premium_updated_ts == 0 {
        (premium << 16) as i64
    } else {
        (before + ((premium << 16) - before) * dt / tau) as i64
    };
    venue.premium_updated_ts = venue.premium_updated_ts.max(now);
    Ok(())
}
