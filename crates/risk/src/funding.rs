//! Funding: what the side that pushes a venue's price away from the risk price pays to the other side.
//!
//! Venues post samples of their premium. Each venue's samples are averaged over time, the averages over venues by open
//! interest, and the result moves the `earned` indices of both sides: longs pay when it is positive. A premium p means
//! p of the notional per funding window.
//!
//! - A sample counts for the time it stood, so posting often, or twice in a second, adds nothing.
//! - A venue moves the result by at most its share of the open interest times the clamp.
//! - What one side pays the other receives, to the last fraction; many small steps are one large one.
//! - A crank that was dead charges one hour at most, never the whole gap.

mod accrual;
mod premium;

pub use accrual::{accrue, charge_funding, FundingInput, FundingState, FUNDING_STEP_MAX};
pub use premium::{
    premium_ppm, to_ppm, Averager, Premium, PremiumMean, VenuePremium, AVERAGE_BITS, PREMIUM_STEP_MAX,
};

#[cfg(test)]
mod tests;
