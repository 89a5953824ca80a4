//! The order of liquidations: worst first.

use core::cmp::Ordering;

use firebreak_risk::health::Health;

use super::Candidate;

/// Bankrupt and critical accounts first, then by equity relative to maintenance, then by address.
pub(super) fn by_distress(left: &Candidate, right: &Candidate) -> Ordering {
    let is_calm = |candidate: &Candidate| !candidate.state.is_critical();
    is_calm(left)
        .cmp(&is_calm(right))
        .then_with(|| by_ratio(&left.sums.health, &right.sums.health))
        .then_with(|| left.key.cmp(right.key))
}

/// Compares equity / maintenance without dividing. Both are sums of at most 24 terms of 63 bits, far from where
/// saturation would matter for any pair that is not absurdly far apart.
fn by_ratio(left: &Health, right: &Health) -> Ordering {
    let (left_base, right_base) = (left.maintenance.max(1), right.maintenance.max(1));
    left.equity.saturating_mul(right_base).cmp(&right.equity.saturating_mul(left_base))
}
