//! What a claim on realised profit counts for.

use super::*;
use crate::claim::FACTOR_ONE_Q48;

fn with_claim(mut position: PositionState, units: u64, epoch: u16) -> PositionState {
    position.claim = Claim { units, epoch };
    position
}

/// Claims of the market are worth 3/4.
fn cut_terms() -> MarketTerms {
    MarketTerms { haircut: HaircutIndex { factor_q48: FACTOR_ONE_Q48 / 4 * 3, epoch: 2 }, ..terms() }
}

/// 10 lots long, 1 000 paid, a claim of 55 units at 3/4, hence 41.25 (41):
/// - equity 990 - 1 000 + 41 = 31
/// - for opening risk 970 - 1 000 + 41 = 11, half of it 5.5 (5); to withdraw nothing
/// - requirements as without the claim: 62.5 and 125
#[test]
fn a_claim_offsets_the_loss_of_its_position_and_then_counts_as_profit() {
    let health = position_health(&cut_terms(), &with_claim(position(lots(10), -1_000), 55, 2)).unwrap();
    let expected = Health {
        equity: 31,
        initial_equity: 5,
        withdraw_equity: 0,
        maintenance: 63,
        initial: 125,
        notional: 1_000,
    };
    assert_eq!(health, expected);
}

/// 27 units at 3/4 are 20.25 (20): 970 - 1 000 + 20 = -10 for opening risk, and so much for withdrawing too.
#[test]
fn a_claim_smaller_than_the_loss_lowers_it_in_full() {
    let health = position_health(&cut_terms(), &with_claim(position(lots(10), -1_000), 27, 2)).unwrap();
    assert_eq!((health.equity, health.initial_equity, health.withdraw_equity), (10, -10, -10));
}

/// A short with the same claim: 1 000 - 1 010 + 41 = 31, for opening risk 1 000 - 1 030 + 41 = 11, half of it 5.
#[test]
fn a_short_has_its_claim_too() {
    let health = position_health(&cut_terms(), &with_claim(position(lots(-10), 1_000), 55, 2)).unwrap();
    assert_eq!((health.equity, health.initial_equity, health.withdraw_equity), (31, 5, 0));
}

/// Without base 55 units at 3/4 are 41, which is no margin; against a debt of 50 nine are owed.
#[test]
fn a_flat_position_is_its_quote_and_its_claim() {
    let profit = position_health(&cut_terms(), &with_claim(position(lots(0), 0), 55, 2)).unwrap();
    assert_eq!(profit, Health { equity: 41, ..Health::default() });
    let debt = position_health(&cut_terms(), &with_claim(position(lots(0), -50), 55, 2)).unwrap();
    assert_eq!(debt, Health { equity: -9, initial_equity: -9, withdraw_equity: -9, ..Health::default() });
}

#[test]
fn a_claim_of_another_epoch_counts_nothing() {
    for units in [lots(10), lots(0), lots(-10)] {
        let plain = position(units, -1_000);
        let expected = position_health(&cut_terms(), &plain).unwrap();
        for epoch in [0, 1, 3, u16::MAX] {
            assert_eq!(position_health(&cut_terms(), &with_claim(plain, 1 << 40, epoch)), Ok(expected));
        }
    }
}

/// At 3/4 a claim of 2^63 / (3/4) units is worth 2^63 atoms or just below; one that does not fit is refused.
#[test]
fn a_claim_that_does_not_fit_is_refused() {
    let limit = 12_297_829_382_473_034_411; // ceil(2^63 * 4 / 3)
    let flat = position(lots(0), 0);
    assert_eq!(with_claim(flat, limit, 2).claim_floor(&cut_terms().haircut), Err(RiskError::Overflow));
    let fits = with_claim(flat, limit - 1, 2).claim_floor(&cut_terms().haircut);
    assert_eq!(fits, Ok(QuoteAtoms(i64::MAX)));
    assert_eq!(position_health(&cut_terms(), &with_claim(flat, limit, 2)), Err(RiskError::Overflow));
    let rich = with_claim(position(lots(0), i64::MAX), 2, 2);
    assert_eq!(position_health(&cut_terms(), &rich), Err(RiskError::Overflow));
}
