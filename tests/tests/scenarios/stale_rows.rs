//! A crank that died blocks nobody: whoever acts brings the oracle accounts along.

use anchor_lang::prelude::Clock;
use firebreak::{error::FirebreakError, instructions::LiquidationOutcome};
use firebreak_client::instructions::{OracleRow, Overlay};
use firebreak_interface::fill::Refusal;
use firebreak_tests::{
    params::{DOLLAR, TOKEN},
    Trade, World,
};

use super::{Cast, LOT};

/// The first market's row with its oracles.
fn market_row(world: &World) -> OracleRow {
    world.oracle_rows()[1]
}

fn overlay(rows: &[OracleRow]) -> Overlay {
    Overlay::new(rows).expect("at most four rows")
}

#[test]
fn a_fill_on_a_stale_row_needs_its_oracles() {
    let Cast { mut world, keeper, other, .. } = Cast::new();
    world.advance(6);
    world.set_price(190_000_000);
    let open = Trade::new(&keeper, &other, 100, 1_900_000);
    assert_eq!(world.refused(&open), Refusal::StaleRow);
    let before = world.row(0);
    let rows = [market_row(&world)];
    let (outcome, _) = world.fill(&open.with_overlay(overlay(&rows)));
    assert!(outcome.is_admitted());
    // The overlay lives for one instruction: the row is as it was.
    assert_eq!(world.row(0), before);
}

#[test]
fn a_reduction_passes_on_a_stale_row() {
    let Cast { mut world, victim, other, .. } = Cast::new();
    world.advance(6);
    world.trade(&Trade::new(&victim, &other, -4_000, LOT));
    assert!(world.margin(&victim.account).is_flat());
}

#[test]
fn a_liquidation_on_a_stale_row_needs_its_oracles() {
    let Cast { mut world, victim, keeper, .. } = Cast::new();
    world.advance(6);
    world.set_price(184_000_000);
    let before = world.accounts_of_group();
    let failure = world.liquidate(&keeper, &victim.account, u64::MAX).expect_err("six seconds old");
    failure.assert_is(FirebreakError::StaleRow);
    assert_eq!(before, world.accounts_of_group());

    let rows = [market_row(&world)];
    let liquidated = world.liquidate_in(0, &keeper, &victim.account, u64::MAX, &overlay(&rows));
    assert_eq!(liquidated.expect("below maintenance").0, LiquidationOutcome::Completed);
    // Without the fee of 4 dollars equity is 360: 441.6 - 360 = 81.6 are missing. The discount is (1 - 360 / 368) * 2 %
    // = 434 ppm, and 81.6 / (1.84 * (0.06 - 0.000434)) = 744.52.
    assert_eq!(world.margin(&keeper.account).positions()[0].units >> 16, 745);
}

#[test]
fn an_account_with_an_aged_collateral_needs_that_row_too() {
    let mut world = World::new();
    let holder = world.trader(0, 100 * TOKEN);
    let other = world.trader(100_000 * DOLLAR, 0);
    world.advance(301);
    world.set_price(200_000_000);
    let [token, market] = [world.oracle_rows()[0], market_row(&world)];
    world.refresh_rows(&[market]).expect("one row");
    world.fold_all();
    // The traded row is fresh; the collateral's is 301 s old.
    let open = Trade::new(&holder, &other, 100, LOT);
    let (outcome, _) = world.fill(&open);
    assert_eq!((outcome.refusal(), outcome.row), (Some(Refusal::StaleRow), world.token_row));
    let (outcome, _) = world.fill(&open.clone().with_overlay(overlay(&[market])));
    assert_eq!(outcome.refusal(), Some(Refusal::StaleRow));
    world.trade(&open.with_overlay(overlay(&[market, token])));
}

#[test]
fn an_overlay_with_a_foreign_oracle_is_an_error() {
    let Cast { mut world, victim, keeper, .. } = Cast::new();
    let foreign = world.new_feed();
    world.advance(6);
    world.set_price(184_000_000);
    let forged = OracleRow { secondary: foreign.switchboard, ..market_row(&world) };
    let failure = world.liquidate_in(0, &keeper, &victim.account, u64::MAX, &overlay(&[forged]));
    failure.expect_err("a foreign oracle").assert_is(FirebreakError::OracleKey);
    let row = market_row(&world);
    let failure = world.liquidate_in(0, &keeper, &victim.account, u64::MAX, &overlay(&[row, row]));
    failure.expect_err("a repeated row").assert_is(FirebreakError::RefreshRows);
}

/// A clock that steps back by a minute and forth again stood still at worst: nothing halted, so there is no grace.
#[test]
fn a_clock_that_steps_back_and_forth_starts_no_grace() {
    let mut world = World::new();
    world.refresh();
    let clock = world.svm.get_sysvar::<Clock>();
    for seconds in [-60, 0] {
        world.svm.set_sysvar(&Clock { unix_timestamp: clock.unix_timestamp + seconds, ..clock.clone() });
        world.refresh();
        let header = world.snapshot().header;
        assert_eq!((header.updated_ts, header.updated_slot), (clock.unix_timestamp, clock.slot));
        assert_eq!(header.grace_until_ts, 0, "{seconds} seconds");
    }
}
