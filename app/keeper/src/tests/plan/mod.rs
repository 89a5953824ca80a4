//! Laws of planning. Each lot is worth [`LOT`](crate::tests::fixture::LOT); maintenance is 5 %, the liquidation target 6 %, an
//! account is critical below 2.5 %.

mod conversions;
mod cranks;
mod debts;
mod liquidations;
mod random;
mod registrations;
mod waits;

use anchor_lang::prelude::Pubkey;

use crate::plan::{Action, Intent, Purpose};

/// Liquidatees of a plan, in order.
fn liquidatees(plan: &[Intent]) -> Vec<Pubkey> {
    let keys = plan.iter().filter_map(|intent| match &intent.action {
        Action::Liquidate { liquidatee, .. } => Some(*liquidatee),
        _ => None,
    });
    keys.collect()
}

/// Purpose and limit of the only liquidation of a plan.
fn only_liquidation(plan: &[Intent]) -> (Purpose, u64) {
    let found: Vec<_> = plan
        .iter()
        .filter_map(|intent| match &intent.action {
            Action::Liquidate { purpose, lots_max, .. } => Some((*purpose, *lots_max)),
            _ => None,
        })
        .collect();
    let [only] = found.as_slice() else {
        panic!("one liquidation, not {found:?}");
    };
    *only
}
