//! `CreateGroupArgs`, and the quote mint.

use firebreak::{error::FirebreakError, instructions::CreateGroupArgs};
use firebreak_client::instructions::{create_group, update_group, MintKeys};
use firebreak_tests::{params, World};
use solana_signer::Signer;

use super::{assert_complete, bound, check, fields_of, rehearse, Bound};
use crate::mints::plain_mint;

const BOUNDS: [Bound<CreateGroupArgs>; 9] = [
    bound!(CreateGroupArgs, target_buffer_ppm, 10_000, 500_000, TargetBufferBounds),
    bound!(CreateGroupArgs, critical_ppm, 100_000, 900_000, CriticalBounds),
    bound!(CreateGroupArgs, cover_event_ppm, 10_000, 1_000_000, CoverEventBounds),
    bound!(CreateGroupArgs, protocol_fee_share_ppm, 0, 500_000, ProtocolFeeShareBounds),
    bound!(CreateGroupArgs, cover_day_ppm, 10_000, 1_000_000, CoverDayBounds),
    bound!(CreateGroupArgs, insurance_fee_share_ppm, 0, 1_000_000, InsuranceFeeShareBounds),
    bound!(CreateGroupArgs, unstake_cooldown_secs, 3_600, 2_592_000, UnstakeCooldownBounds),
    bound!(CreateGroupArgs, quote_debt_limit_atoms, 1, 10_000_000_000_000, QuoteDebtLimitBounds),
    bound!(CreateGroupArgs, portfolio_floor_ppm, 250_000, 1_000_000, PortfolioFloorBounds),
];

fn args() -> CreateGroupArgs {
    CreateGroupArgs { id: 7, ..params::group() }
}

#[test]
fn a_group_is_created_within_every_bound_and_not_beyond() {
    let mut world = World::new();
    let (admin, quote) = (world.admin.pubkey(), world.quote);
    check(&BOUNDS, |_| args(), |args| rehearse(&mut world, create_group(&admin, &quote, args), &[]));
}

#[test]
fn a_group_is_updated_within_every_bound_and_not_beyond() {
    let mut world = World::new();
    let (admin, group) = (world.admin.pubkey(), world.group);
    check(
        &BOUNDS,
        |_| params::group(),
        |args| rehearse(&mut world, update_group([&admin, &group], args.params()), &[]),
    );
}

#[test]
fn every_parameter_of_a_group_has_a_row() {
    let source = include_str!("../../../../programs/firebreak/src/instructions/admin/create_group.rs");
    // Any number and any guardian, the default key included, are fine.
    assert_complete(&BOUNDS, fields_of(source, "CreateGroupArgs"), &["id", "guardian"]);
}

#[test]
fn a_quote_mint_has_at_most_12_decimals() {
    let mut world = World::new();
    let admin = world.admin.pubkey();
    let found = |world: &mut World, quote: MintKeys| {
        rehearse(world, create_group(&admin, &quote, args()), &[]).map(|_| ())
    };
    let most = world.new_mint(12);
    found(&mut world, most).expect("12 decimals");
    let more = world.new_mint(13);
    found(&mut world, more).expect_err("13 decimals").assert_is(FirebreakError::MintDecimals);
    // Extensions are tried together with those of collaterals.
    let plain = plain_mint(&mut world, 6);
    found(&mut world, plain).expect("a mint of Token-2022 without extensions");
}
