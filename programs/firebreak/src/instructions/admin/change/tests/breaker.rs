//! Directions of the breaker's parameters.

use super::*;

pub fn breaker() -> BreakerParams {
    BreakerParams {
        r_elevated_enter_ppm: 100_000,
        r_elevated_exit_ppm: 100_000,
        r_reduce_enter_ppm: 100_000,
        r_reduce_exit_ppm: 100_000,
        runway_enter_secs: 100,
        runway_exit_secs: 100,
        positions_share_ppm: 100_000,
        elevated_enter_milli: 5_000,
        elevated_exit_milli: 5_000,
        reduce_enter_milli: 5_000,
        reduce_exit_milli: 5_000,
        halt_enter_milli: 5_000,
        halt_exit_milli: 5_000,
        reading_gap_secs: 100,
        blind_secs: 100,
        elevated_min_secs: 100,
        elevated_max_secs: 100,
        reduce_min_secs: 100,
        reduce_max_secs: 100,
        halt_min_secs: 100,
        halt_max_secs: 100,
        recovery_min_secs: 100,
        recovery_max_secs: 100,
        cooldown_secs: 100,
        budget_secs: 100,
        raised_margin_milli: 5_000,
        hits: 2,
        readings: 2,
    }
}

#[test]
fn a_breaker_tightens_where_it_only_keeps_risk_from_growing() {
    assert_directions!(breaker(), BreakerParams, [
        r_elevated_enter_ppm: Loosen Tighten,
        r_elevated_exit_ppm: Loosen Tighten,
        r_reduce_enter_ppm: Loosen Tighten,
        r_reduce_exit_ppm: Loosen Tighten,
        runway_enter_secs: Tighten Loosen,
        runway_exit_secs: Tighten Loosen,
        positions_share_ppm: Loosen Loosen,
        elevated_enter_milli: Loosen Tighten,
        elevated_exit_milli: Loosen Tighten,
        reduce_enter_milli: Loosen Tighten,
        reduce_exit_milli: Loosen Tighten,
        halt_enter_milli: Loosen Loosen,
        halt_exit_milli: Loosen Loosen,
        reading_gap_secs: Loosen Loosen,
        blind_secs: Loosen Loosen,
        elevated_min_secs: Tighten Loosen,
        elevated_max_secs: Tighten Loosen,
        reduce_min_secs: Loosen Loosen,
        reduce_max_secs: Loosen Loosen,
        halt_min_secs: Loosen Loosen,
        halt_max_secs: Loosen Loosen,
        recovery_min_secs: Loosen Loosen,
        recovery_max_secs: Loosen Loosen,
        cooldown_secs: Loosen Loosen,
        budget_secs: Loosen Loosen,
        raised_margin_milli: Tighten Loosen,
        hits: Loosen Loosen,
        readings: Loosen Loosen,
    ], besides []);
}
