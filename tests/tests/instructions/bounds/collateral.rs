//! `AddCollateralArgs`, and the mints that are accepted.

use firebreak::{error::FirebreakError, instructions::AddCollateralArgs};
use firebreak_client::instructions::{add_collateral, MintKeys};
use firebreak_tests::{params, send::Failure, Meta, World};
use solana_signer::Signer;

use super::{assert_complete, bound, check, fields_of, rehearse, Bound};
use crate::mints::token_2022_mint;

const BOUNDS: [Bound<AddCollateralArgs>; 2] = [
    bound!(AddCollateralArgs, maintenance_weight_ppm, 0, 950_000, CollateralWeightBounds),
    // Bounded by the maintenance weight, which is 950 000 here.
    bound!(AddCollateralArgs, initial_weight_ppm, 0, 950_000, CollateralWeightBounds),
];

fn args(world: &World) -> AddCollateralArgs {
    params::token_collateral(&world.markets[0].feed)
}

fn add(world: &mut World, mint: MintKeys, args: AddCollateralArgs) -> Result<Meta, Failure> {
    let (admin, group) = (world.admin.pubkey(), world.group);
    rehearse(world, add_collateral([&admin, &group], &mint, args), &[])
}

#[test]
fn a_collateral_is_added_within_every_bound_and_not_beyond() {
    let mut world = World::new();
    let mint = world.new_mint(9);
    let base = args(&world);
    let widest = |field: &str| match field {
        "maintenance_weight_ppm" => AddCollateralArgs { initial_weight_ppm: 0, ..base },
        _ => AddCollateralArgs { maintenance_weight_ppm: 950_000, ..base },
    };
    check(&BOUNDS, widest, |args| add(&mut world, mint, args));
}

#[test]
fn every_parameter_of_a_collateral_has_a_row() {
    let source = include_str!("../../../../programs/firebreak/src/instructions/admin/add_collateral.rs");
    // Any cap is fine: zero stops deposits. The oracle is in `bounds::oracle`.
    assert_complete(&BOUNDS, fields_of(source, "AddCollateralArgs"), &["deposit_cap_atoms", "oracle"]);
}

#[test]
fn the_initial_weight_is_not_above_the_maintenance_weight() {
    let mut world = World::new();
    let mint = world.new_mint(9);
    let weights = |maintenance_weight_ppm, initial_weight_ppm, world: &World| AddCollateralArgs {
        maintenance_weight_ppm,
        initial_weight_ppm,
        ..args(world)
    };
    let equal = weights(700_000, 700_000, &world);
    add(&mut world, mint, equal).expect("equal weights");
    let inverted = weights(700_000, 700_001, &world);
    let failure = add(&mut world, mint, inverted).expect_err("opening counts more than keeping");
    failure.assert_is(FirebreakError::CollateralWeightBounds);
}

#[test]
fn the_quote_mint_has_no_oracle_and_every_other_mint_has_one() {
    let mut world = World::new();
    let mint = world.new_mint(9);
    let none = AddCollateralArgs { oracle: None, ..args(&world) };
    add(&mut world, mint, none).expect_err("no oracle").assert_is(FirebreakError::QuoteBankFirst);
    // In a new group, whose quote bank is not there yet.
    let (admin, quote) = (world.admin.pubkey(), world.quote);
    let group = firebreak_client::pda::group(&admin, 7);
    let found = firebreak::instructions::CreateGroupArgs { id: 7, ..params::group() };
    world.must(&[firebreak_client::instructions::create_group(&admin, &quote, found)], &[]);
    let with_oracle = args(&world);
    let failure = rehearse(&mut world, add_collateral([&admin, &group], &quote, with_oracle), &[]);
    failure.expect_err("an oracle for the quote mint").assert_is(FirebreakError::QuoteBankFirst);
    let none = params::quote_collateral();
    rehearse(&mut world, add_collateral([&admin, &group], &quote, none), &[]).expect("the quote bank");
}

#[test]
fn a_collateral_mint_has_at_most_12_decimals_and_no_extensions() {
    let mut world = World::new();
    let args = args(&world);
    let most = world.new_mint(12);
    add(&mut world, most, args).expect("12 decimals");
    let more = world.new_mint(13);
    add(&mut world, more, args).expect_err("13 decimals").assert_is(FirebreakError::MintDecimals);
    let plain = token_2022_mint(&mut world, 9, false);
    add(&mut world, plain, args).expect("a mint of Token-2022 without extensions");
    let extended = token_2022_mint(&mut world, 9, true);
    add(&mut world, extended, args).expect_err("an extension").assert_is(FirebreakError::MintExtensions);
}
