//! What keepers' trades do to the price: the difference between the recorded path and the one the demonstration takes.
//!
//! A recorded price has no room for liquidations that happen here. So that their selling costs somebody something, each
//! trade by which a keeper gets rid of inventory on a venue moves the price that the oracles report next. The law is
//! the one by which Firebreak rations liquidations ([`firebreak_risk::impact`]): a trade of q moves ln price by
//! q / depth, and the move fades as e^(-rate * time). Depth and rate are those that the market's parameters assume,
//! which is to say: the demonstration takes them to be right. Other trades move nothing; they are part of the record.
//!
//! Result: disturbed price = recorded price * e^(bought - sold), each of the two a level of its own.

#[cfg(test)]
mod tests;

use {
    anyhow::{anyhow, Result},
    firebreak_risk::{
        impact::{ImpactBucket, ImpactParams},
        math::exp_ln::{exp_neg, EXP_BITS},
        units::{UnixTime, LOG_BITS},
        RiskError,
    },
    std::str::FromStr,
};

const PPM: u64 = 1_000_000;
/// Thinnest market that can be asked for: a hundredth of the depth that its parameters assume.
const STRENGTH_MAX: u64 = 100 * PPM;
/// From levels in 2^-40 to exponents in 2^-32.
const EXPONENT_SHIFT: u32 = LOG_BITS - 32;

/// How much keepers' trades move the price, relative to what the market's parameters assume, in ppm. Zero: not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strength(pub u64);

impl Default for Strength {
    /// As assumed.
    fn default() -> Self {
        Self(PPM)
    }
}

impl FromStr for Strength {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "off" {
            return Ok(Self(0));
        }
        let ppm = text.parse().map_err(|_| anyhow!("`{text}` is neither `off` nor a number of ppm"))?;
        anyhow::ensure!(ppm <= STRENGTH_MAX, "at most {STRENGTH_MAX} ppm");
        Ok(Self(ppm))
    }
}

impl std::fmt::Display for Strength {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            0 => formatter.write_str("off"),
            ppm => write!(formatter, "{} %", ppm / 10_000),
        }
    }
}

/// Direction of a keeper's trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Takes the bids: lowers the price.
    Sell,
    /// Takes the asks: raises it.
    Buy,
}

/// The impact of keepers' trades that has not faded yet.
#[derive(Clone, Copy, Debug)]
pub struct Footprint {
    params: ImpactParams,
    strength: Strength,
    sold: ImpactBucket,
    bought: ImpactBucket,
}

impl Footprint {
    /// No impact yet. Depth and rate are the market's; its cap limits liquidations, not the price.
    pub fn new(market: ImpactParams, strength: Strength) -> Self {
        let none = ImpactBucket::default();
        Self { params: market, strength, sold: none, bought: none }
    }

    /// Counts a trade. Fails only for a market without depth.
    pub fn trade(&mut self, direction: Direction, notional_atoms: u64, now: i64) -> Result<()> {
        let weighted = u128::from(notional_atoms) * u128::from(self.strength.0) / u128::from(PPM);
        let weighted = u64::try_from(weighted).unwrap_or(u64::MAX);
        let level = match direction {
            Direction::Sell => &mut self.sold,
            Direction::Buy => &mut self.bought,
        };
        let charged = level.decayed(&self.params, UnixTime(now)).charge_ceil(&self.params, weighted);
        *level = charged.map_err(|error: RiskError| anyhow!("a trade of {weighted} atoms: {error:?}"))?;
        Ok(())
    }

    /// The recorded price with the impact of everything counted so far.
    pub fn disturbed(&self, recorded_micros: i64, now: i64) -> i64 {
        let [sold, bought] = [&self.sold, &self.bought]
            .map(|level| level.decayed(&self.params, UnixTime(now)).level_q40 >> EXPONENT_SHIFT);
        let factor = u128::from(exp_neg(sold.abs_diff(bought)));
        let price = u128::from(recorded_micros.unsigned_abs());
        let moved =
            if bought > sold { (price << EXP_BITS) / factor.max(1) } else { (price * factor) >> EXP_BITS };
        // An oracle never reports a price of zero.
        i64::try_from(moved).unwrap_or(i64::MAX).max(1)
    }

    /// How far the price is moved now, in ppm of its logarithm; negative: down.
    pub fn level_ppm(&self, now: i64) -> i64 {
        let ppm = |level: &ImpactBucket| log_ppm(level.decayed(&self.params, UnixTime(now)).level_q40);
        ppm(&self.bought) - ppm(&self.sold)
    }
}

/// A level of an impact bucket in ppm of the price's logarithm, rounded down.
pub fn log_ppm(level_q40: u64) -> i64 {
    i64::try_from((u128::from(level_q40) * u128::from(PPM)) >> LOG_BITS).unwrap_or(i64::MAX)
}
