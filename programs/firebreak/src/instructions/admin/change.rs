//! What a change of parameters means: the one place that says which way each parameter tightens, and who may change
//! what. A delay for loosenings belongs here as well.
//!
//! A parameter has a direction only when moving that way takes nothing from anybody who is already there, except room
//! to take on risk and the pace of payments. For all others both ways count as loosening: a higher maintenance margin
//! liquidates accounts that were in order, a narrower price band or a lower fee bound refuses the fills that people
//! would leave with, a stricter oracle guard or a smaller impact budget stops liquidations. Whoever may only tighten
//! must not be able to do such things, and whoever is affected deserves the delay.

use anchor_lang::prelude::*;
use core::cmp::Ordering;

use super::{
    AddCollateralArgs, ConversionParams, DemandParams, DynamicMarginParams, GroupParams, MarketParams,
    OracleParams, PortfolioParams,
};
use crate::{
    error::FirebreakError,
    instructions::CommitteeParams,
    state::{BreakerParams, Group, RiskSnapshot, Row, SnapshotRows},
};

/// What a change does. Ordered: a set of changes is what its last one in this order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Nothing.
    Neutral,
    /// Takes room to take on risk, or slows payments.
    Tighten,
    /// Everything else.
    Loosen,
}

/// Which way a parameter tightens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A larger value is tighter.
    Up,
    /// A smaller value is tighter.
    Down,
    /// No value is tighter than another: any change loosens.
    Either,
    /// Identifies the thing: updates refuse a change, and if one passed it would loosen.
    Fixed,
    /// A set of parameters with a table of its own.
    Nested,
}

/// A parameter that differs between two sets, for people.
#[cfg(not(target_os = "solana"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name; behind the name of its set where it is nested.
    pub name: String,
    /// Value before.
    pub old: String,
    /// Value after.
    pub new: String,
    /// What the difference does.
    pub change: Change,
}

/// Parameters whose changes can be classified.
pub trait Directed {
    /// Name and direction of every field.
    const DIRECTIONS: &'static [(&'static str, Direction)];

    /// What replacing these parameters by `new` does.
    fn change(&self, new: &Self) -> Change;

    /// Every parameter that differs, one by one.
    #[cfg(not(target_os = "solana"))]
    fn differences(&self, new: &Self) -> Vec<Difference>;
}

// The pattern names every field of the struct once: a new parameter without a direction does not compile.
macro_rules! directed {
    ($args:ident { $($field:ident: $direction:ident,)+ }) => {
        impl Directed for $args {
            const DIRECTIONS: &'static [(&'static str, Direction)] =
                &[$((stringify!($field), Direction::$direction)),+];

            fn change(&self, new: &Self) -> Change {
                let Self { $($field),+ } = self;
                [$(directed!(@field $direction, $field, &new.$field)),+].into_iter().fold(Change::Neutral, Change::max)
            }

            #[cfg(not(target_os = "solana"))]
            fn differences(&self, new: &Self) -> Vec<Difference> {
                let mut list = Vec::new();
                let Self { $($field),+ } = self;
                $(directed!(@difference list, $direction, stringify!($field), $field, &new.$field);)+
                list
            }
        }
    };
    (@difference $list:ident, Nested, $name:expr, $old:expr, $new:expr) => {
        $list.extend($old.differences($new).into_iter().map(|inner| Difference {
            name: format!("{}.{}", $name, inner.name),
            ..inner
        }))
    };
    (@difference $list:ident, $direction:ident, $name:expr, $old:expr, $new:expr) => {
        match directed!(@field $direction, $old, $new) {
            Change::Neutral => {}
            change => $list.push(Difference {
                name: $name.to_owned(),
                old: format!("{:?}", $old),
                new: format!("{:?}", $new),
                change,
            }),
        }
    };
    (@field Nested, $old:expr, $new:expr) => { $old.change($new) };
    (@field Up, $old:expr, $new:expr) => { ordered($new, $old) };
    (@field Down, $old:expr, $new:expr) => { ordered($old, $new) };
    (@field $other:ident, $old:expr, $new:expr) => { unordered($old == $new) };
}

directed!(GroupParams {
    target_buffer_ppm: Either,
    critical_ppm: Either,
    cover_event_ppm: Down,
    protocol_fee_share_ppm: Either,
    cover_day_ppm: Down,
    insurance_fee_share_ppm: Up,
    unstake_cooldown_secs: Either,
    quote_debt_limit_atoms: Either,
    portfolio_floor_ppm: Either,
});

directed!(MarketParams {
    name: Fixed,
    oracle: Nested,
    base_decimals: Fixed,
    lot_exponent: Fixed,
    initial_ppm: Up,
    maintenance_ppm: Either,
    profit_weight_ppm: Down,
    size_free_atoms: Either,
    price_band_ppm: Either,
    breaker: Nested,
    depth_atoms: Either,
    impact_cap_ppm: Either,
    impact_healthy_ppm: Either,
    impact_decay_secs: Either,
    discount_ppm: Either,
    discount_ramp_secs: Either,
    dust_atoms: Either,
    payout_share_ppm: Down,
    payout_floor_atoms: Down,
    payout_window_secs: Up,
    fee_max_ppm: Either,
    open_interest_cap_atoms: Down,
    position_share_ppm: Down,
    funding_window_secs: Either,
    funding_max_ppm: Either,
    premium_tau_secs: Either,
    cover_market_ppm: Down,
    dynamic: Nested,
    demand: Nested,
    portfolio: Nested,
});

// A margin that rises further also rises for positions that are there, and one multiple bounds the other.
directed!(DynamicMarginParams {
    initial_max_ppm: Either,
    initial_z_milli: Up,
    maintenance_z_milli: Either,
    horizon_secs: Either,
    decay_secs: Either,
    ramp_ppm_per_hour: Either,
    stress_sigma_ppm: Either,
    stress_weight_ppm: Either,
});

// Averaging over more bins hides a cluster that is narrower, and shows one that lies further ahead.
directed!(DemandParams {
    r_start_ppm: Down,
    r_stop_ppm: Down,
    initial_factor_milli: Up,
    depth_ratio_ppm: Down,
    push_share_ppm: Either,
    span_bins: Either,
    register_secs: Up,
});

// Halted keeps everybody from liquidating too, and a restriction uses up the budget of the next: neither is tighter for all.
directed!(BreakerParams {
    r_elevated_enter_ppm: Down,
    r_elevated_exit_ppm: Down,
    r_reduce_enter_ppm: Down,
    r_reduce_exit_ppm: Down,
    runway_enter_secs: Up,
    runway_exit_secs: Up,
    positions_share_ppm: Either,
    elevated_enter_milli: Down,
    elevated_exit_milli: Down,
    reduce_enter_milli: Down,
    reduce_exit_milli: Down,
    halt_enter_milli: Either,
    halt_exit_milli: Either,
    reading_gap_secs: Either,
    blind_secs: Either,
    elevated_min_secs: Up,
    elevated_max_secs: Up,
    reduce_min_secs: Either,
    reduce_max_secs: Either,
    halt_min_secs: Either,
    halt_max_secs: Either,
    recovery_min_secs: Either,
    recovery_max_secs: Either,
    cooldown_secs: Either,
    budget_secs: Either,
    raised_margin_milli: Up,
    hits: Either,
    readings: Either,
});

// A forecast moves margins and limits both ways, so whoever changes who forecasts, or how far, may hurt either side.
directed!(CommitteeParams {
    reporters: Either,
    quorum: Either,
    age_max_secs: Either,
    variance_low_milli: Either,
    variance_high_milli: Either,
    depth_low_milli: Either,
    depth_high_milli: Either,
});

directed!(AddCollateralArgs {
    deposit_cap_atoms: Down,
    maintenance_weight_ppm: Either,
    initial_weight_ppm: Down,
    outflow_share_ppm: Down,
    outflow_floor_atoms: Down,
    outflow_window_secs: Up,
    conversion: Nested,
    oracle: Nested,
    portfolio: Nested,
});

directed!(PortfolioParams {
    loading_calm_ppm: Either,
    loading_stressed_ppm: Either,
    beta_milli: Either,
    collateral_row: Either,
});

directed!(ConversionParams {
    depth_atoms: Either,
    impact_cap_ppm: Either,
    impact_decay_secs: Either,
    discount_ppm: Either,
    discount_ramp_secs: Either,
});

directed!(OracleParams {
    primary_key: Either,
    secondary_key: Either,
    third_key: Either,
    feed_id: Either,
    primary_kind: Either,
    secondary_kind: Either,
    third_kind: Either,
    reading_age_secs: Either,
    confidence_ppm: Either,
    deviation_ppm: Either,
    ema_tau_secs: Either,
    ema_move_ppm_per_sec: Either,
    hourly_sigma_ppm: Either,
    variance_fast_secs: Either,
    variance_slow_secs: Either,
});

impl<T: Directed> Directed for Option<T> {
    const DIRECTIONS: &'static [(&'static str, Direction)] = T::DIRECTIONS;

    fn change(&self, new: &Self) -> Change {
        match (self, new) {
            (Some(old), Some(new)) => old.change(new),
            (old, new) => unordered(old.is_none() && new.is_none()),
        }
    }

    /// A set that appears or disappears has no values to compare.
    #[cfg(not(target_os = "solana"))]
    fn differences(&self, new: &Self) -> Vec<Difference> {
        match (self, new) {
            (Some(old), Some(new)) => old.differences(new),
            _ => Vec::new(),
        }
    }
}

/// The change from `loose` to `tight` where the larger of the two is the looser.
fn ordered<T: Ord>(loose: &T, tight: &T) -> Change {
    match loose.cmp(tight) {
        Ordering::Greater => Change::Tighten,
        Ordering::Equal => Change::Neutral,
        Ordering::Less => Change::Loosen,
    }
}

fn unordered(is_same: bool) -> Change {
    if is_same {
        Change::Neutral
    } else {
        Change::Loosen
    }
}

/// Fails unless `signer` may make this change: the administrator any, the guardian only one that tightens.
///
/// # Errors
/// `NotGuardian` for anybody else; `NotAdmin` for the guardian where nothing tightens or something loosens.
pub(in crate::instructions) fn require_may(group: &Group, signer: &Pubkey, change: Change) -> Result<()> {
    if *signer == group.admin {
        return Ok(());
    }
    ensure!(*signer == group.guardian, FirebreakError::NotGuardian);
    ensure!(change == Change::Tighten, FirebreakError::NotAdmin);
    Ok(())
}

/// Writes a row's parameters, under the group's next parameter epoch. Returns the epoch and the group's sequence.
///
/// # Errors
/// `NoSuchRow`, and then nothing was changed.
pub(super) fn change_row(
    group: &AccountLoader<Group>,
    snapshot: &AccountLoader<RiskSnapshot>,
    index: u16,
    clock: &Clock,
    write: impl FnOnce(&mut Row),
) -> Result<(u64, u64)> {
    let (epoch, sequence) = {
        let mut rows = snapshot.rows_mut()?;
        let row = rows.get_mut(usize::from(index)).ok_or(FirebreakError::NoSuchRow)?;
        let mut group = group.load_mut()?;
        let epoch = group.next_epoch();
        write(row);
        row.parameter_epoch = u32::try_from(epoch).unwrap_or(u32::MAX);
        (epoch, group.sequence)
    };
    snapshot.load_mut()?.touch(clock);
    Ok((epoch, sequence))
}

#[cfg(test)]
mod tests;
