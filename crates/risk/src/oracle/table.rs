//! Verdict times action, in one place.

/// What the guards found out about a row's sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    /// Never refreshed.
    Unknown = 0,
    /// Two fresh sources that agree, with a narrow band.
    Good = 1,
    /// Only one source is fresh and usable.
    SingleSource = 2,
    /// Two sources agree, but the band is wider than a good reading's.
    Uncertain = 3,
    /// Two fresh sources contradict each other.
    Diverged = 4,
    /// No source is usable.
    Dead = 5,
    /// The chain resumed a short while ago ([`crate::halt`]): stands in for whatever the sources say, and is never
    /// stored in a row.
    Grace = 6,
}

/// What somebody wants to do with a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open or enlarge a position.
    OpenRisk,
    /// Take collateral out of an account that holds positions.
    Withdraw,
    /// Make a position smaller.
    ReduceRisk,
    /// Liquidate.
    Liquidate,
    /// Pay a profit out of the settled-loss pool.
    SettleProfit,
}

/// How far an action may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Without restriction.
    Full,
    /// At half the size.
    Half,
    /// Not at all.
    Refused,
}

impl Verdict {
    /// The verdict to act on: [`Verdict::Grace`] overrides what the sources say.
    pub const fn in_grace(self, is_grace: bool) -> Verdict {
        if is_grace {
            Verdict::Grace
        } else {
            self
        }
    }

    /// Reads the number stored in a row; anything unknown counts as `Unknown`, which permits only reductions.
    pub const fn from_u8(value: u8) -> Verdict {
        match value {
            1 => Verdict::Good,
            2 => Verdict::SingleSource,
            3 => Verdict::Uncertain,
            4 => Verdict::Diverged,
            5 => Verdict::Dead,
            6 => Verdict::Grace,
            _ => Verdict::Unknown,
        }
    }

    /// True when the verdict comes with a price that replaces the row's.
    pub const fn has_price(self) -> bool {
        matches!(self, Verdict::Good | Verdict::SingleSource | Verdict::Uncertain)
    }
}

/// The table. A price that is too poor for opening risk may still be good enough for reducing it; a reading that is
/// merely uncertain makes liquidations smaller, not free; contradicting sources liquidate nobody. After a halt nobody is
/// opened, withdrawn or liquidated, however good the sources: people come back before prices act on them.
///
/// | verdict | open | withdraw | reduce | liquidate | settle profit |
/// |---|---|---|---|---|---|
/// | good | full | full | full | full | full |
/// | single source | refused | full | full | half | full |
/// | uncertain | refused | refused | full | half | refused |
/// | diverged, dead, unknown | refused | refused | full | refused | refused |
/// | grace | refused | refused | full | refused | refused |
pub const fn permit(verdict: Verdict, action: Action) -> Permit {
    use Action::{Liquidate, OpenRisk, ReduceRisk, SettleProfit, Withdraw};
    use Verdict::{Dead, Diverged, Good, Grace, SingleSource, Uncertain, Unknown};
    match (verdict, action) {
        (Good, _) | (_, ReduceRisk) => Permit::Full,
        (SingleSource, Withdraw | SettleProfit) => Permit::Full,
        (SingleSource | Uncertain, Liquidate) => Permit::Half,
        (SingleSource, OpenRisk) => Permit::Refused,
        (Uncertain, OpenRisk | Withdraw | SettleProfit) => Permit::Refused,
        (Diverged | Dead | Unknown | Grace, OpenRisk | Withdraw | Liquidate | SettleProfit) => {
            Permit::Refused
        }
    }
}
