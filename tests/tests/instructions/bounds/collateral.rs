//! `AddCollateralArgs`, and the mints that are accepted.

use anchor_spl::token_2022::spl_token_2022::extension::ExtensionType as E;
use firebreak::{
    error::FirebreakError,
    instructions::{AddCollateralArgs, ConversionParams},
};
use firebreak_client::instructions::{add_collateral, update_collateral, MintKeys};
use firebreak_tests::{params, send::Failure, Meta, World};
use solana_signer::Signer;

use super::{assert_complete, bound, check, fields_of, rehearse, Bound};
use crate::mints::{extended_mint, plain_mint, Extended, HARMFUL};

const BOUNDS: [Bound<AddCollateralArgs>; 5] = [
    bound!(AddCollateralArgs, maintenance_weight_ppm, 0, 950_000, CollateralWeightBounds),
    // Bounded by the maintenance weight, which is 950 000 here.
    bound!(AddCollateralArgs, initial_weight_ppm, 0, 950_000, CollateralWeightBounds),
    bound!(AddCollateralArgs, outflow_share_ppm, 10_000, 1_000_000, OutflowBounds),
    bound!(AddCollateralArgs, outflow_floor_atoms, 1, 1 << 60, OutflowBounds),
    bound!(AddCollateralArgs, outflow_window_secs, 60, 604_800, OutflowBounds),
];

const CONVERSION_BOUNDS: [Bound<ConversionParams>; 5] = [
    bound!(ConversionParams, depth_atoms, 1_000_000, 1 << 56, DepthBounds),
    bound!(ConversionParams, impact_cap_ppm, 500, 100_000, ImpactCapBounds),
    bound!(ConversionParams, impact_decay_secs, 5, 86_400, ImpactDecayBounds),
    bound!(ConversionParams, discount_ppm, 1_000, 100_000, DiscountBounds),
    bound!(ConversionParams, discount_ramp_secs, 10, 3_600, DiscountRampBounds),
];

/// Parameters that leave this one room for both of its bounds.
fn widest(base: &AddCollateralArgs, field: &str) -> AddCollateralArgs {
    let conversion = Some(ConversionParams { discount_ppm: 50_000, ..params::conversion() });
    match field {
        "maintenance_weight_ppm" => AddCollateralArgs { initial_weight_ppm: 0, conversion, ..*base },
        "initial_weight_ppm" => AddCollateralArgs { maintenance_weight_ppm: 950_000, conversion, ..*base },
        _ => *base,
    }
}

fn args(world: &World) -> AddCollateralArgs {
    params::token_collateral(&world.markets[0].feed)
}

fn add(world: &mut World, mint: MintKeys, args: AddCollateralArgs) -> Result<Meta, Failure> {
    let (admin, group) = (world.admin.pubkey(), world.group);
    rehearse(world, add_collateral([&admin, &group], &mint, args), &[])
}

/// Updates the other collateral of the harness.
fn update(world: &mut World, args: AddCollateralArgs) -> Result<Meta, Failure> {
    let (admin, group, mint) = (world.admin.pubkey(), world.group, world.token.mint);
    rehearse(world, update_collateral([&admin, &group], &mint, args), &[])
}

#[test]
fn a_collateral_is_added_within_every_bound_and_not_beyond() {
    let mut world = World::new();
    let mint = world.new_mint(9);
    let base = args(&world);
    check(&BOUNDS, |field| widest(&base, field), |args| add(&mut world, mint, args));
    let with = |conversion| AddCollateralArgs { conversion: Some(conversion), ..base };
    check(&CONVERSION_BOUNDS, |_| params::conversion(), |conversion| add(&mut world, mint, with(conversion)));
}

#[test]
fn a_collateral_is_updated_within_every_bound_and_not_beyond() {
    let mut world = World::new();
    let base = args(&world);
    check(&BOUNDS, |field| widest(&base, field), |args| update(&mut world, args));
    let with = |conversion| AddCollateralArgs { conversion: Some(conversion), ..base };
    check(&CONVERSION_BOUNDS, |_| params::conversion(), |conversion| update(&mut world, with(conversion)));
}

/// A conversion at 7 % discount of collateral that counts 93 % leaves equity as it was; at 7.0001 % it would not.
#[test]
fn the_discount_of_a_conversion_is_at_most_what_the_weight_takes_off() {
    let mut world = World::new();
    let mint = world.new_mint(9);
    let with = |discount_ppm| AddCollateralArgs {
        maintenance_weight_ppm: 930_000,
        conversion: Some(ConversionParams { discount_ppm, ..params::conversion() }),
        ..args(&World::new())
    };
    let (right, wrong) = (with(70_000), with(70_001));
    add(&mut world, mint, right).expect("7 % off, and 7 % discount");
    update(&mut world, right).expect("7 % off, and 7 % discount");
    let beyond = FirebreakError::ConversionDiscount;
    add(&mut world, mint, wrong).expect_err("more than 7 %").assert_is(beyond);
    update(&mut world, wrong).expect_err("more than 7 %").assert_is(FirebreakError::ConversionDiscount);
}

#[test]
fn every_parameter_of_a_collateral_has_a_row() {
    let source = include_str!("../../../../programs/firebreak/src/instructions/admin/add_collateral.rs");
    // Any cap is fine: zero stops deposits. The others are in `bounds::oracle` and `bounds::portfolio`.
    let others = ["deposit_cap_atoms", "conversion", "oracle", "portfolio"];
    assert_complete(&BOUNDS, fields_of(source, "AddCollateralArgs"), &others);
    assert_complete(&CONVERSION_BOUNDS, fields_of(source, "ConversionParams"), &[]);
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
    update(&mut world, equal).expect("equal weights");
    let inverted = weights(700_000, 700_001, &world);
    let failure = add(&mut world, mint, inverted).expect_err("opening counts more than keeping");
    failure.assert_is(FirebreakError::CollateralWeightBounds);
    let failure = update(&mut world, inverted).expect_err("opening counts more than keeping");
    failure.assert_is(FirebreakError::CollateralWeightBounds);
}

#[test]
fn the_quote_mint_has_no_oracle_and_every_other_mint_has_one() {
    let mut world = World::new();
    let mint = world.new_mint(9);
    let none = AddCollateralArgs { oracle: None, ..args(&world) };
    add(&mut world, mint, none).expect_err("no oracle").assert_is(FirebreakError::QuoteBankFirst);
    let none = AddCollateralArgs { conversion: None, ..args(&world) };
    add(&mut world, mint, none).expect_err("no conversion").assert_is(FirebreakError::QuoteBankFirst);
    let none = AddCollateralArgs { portfolio: None, ..args(&world) };
    add(&mut world, mint, none).expect_err("no loadings").assert_is(FirebreakError::QuoteBankFirst);
    // In a new group, whose quote bank is not there yet.
    let (admin, quote) = (world.admin.pubkey(), world.quote);
    let group = firebreak_client::pda::group(&admin, 7);
    let found = firebreak::instructions::CreateGroupArgs { id: 7, ..params::group() };
    world.must(&[firebreak_client::instructions::create_group(&admin, &quote, found)], &[]);
    let with_oracle = args(&world);
    let failure = rehearse(&mut world, add_collateral([&admin, &group], &quote, with_oracle), &[]);
    failure.expect_err("an oracle for the quote mint").assert_is(FirebreakError::QuoteBankFirst);
    let conversion = Some(params::conversion());
    let with_conversion = AddCollateralArgs { conversion, ..params::quote_collateral() };
    let failure = rehearse(&mut world, add_collateral([&admin, &group], &quote, with_conversion), &[]);
    failure.expect_err("quote into quote").assert_is(FirebreakError::QuoteBankFirst);
    let portfolio = Some(params::portfolio());
    let with_loadings = AddCollateralArgs { portfolio, ..params::quote_collateral() };
    let failure = rehearse(&mut world, add_collateral([&admin, &group], &quote, with_loadings), &[]);
    failure.expect_err("quote moves with nothing").assert_is(FirebreakError::QuoteBankFirst);
    let none = params::quote_collateral();
    rehearse(&mut world, add_collateral([&admin, &group], &quote, none), &[]).expect("the quote bank");
}

#[test]
fn a_collateral_mint_has_at_most_12_decimals() {
    let mut world = World::new();
    let args = args(&world);
    let most = world.new_mint(12);
    add(&mut world, most, args).expect("12 decimals");
    let more = world.new_mint(13);
    add(&mut world, more, args).expect_err("13 decimals").assert_is(FirebreakError::MintDecimals);
    let plain = plain_mint(&mut world, 12);
    add(&mut world, plain, args).expect("12 decimals of Token-2022");
    let more = plain_mint(&mut world, 13);
    add(&mut world, more, args).expect_err("13 decimals").assert_is(FirebreakError::MintDecimals);
}

/// The refusal of a mint with this extension.
fn refusal(extended: &Extended) -> FirebreakError {
    match extended.extension {
        E::TransferFeeConfig => FirebreakError::MintTransferFee,
        E::MintCloseAuthority => FirebreakError::MintClosable,
        E::ConfidentialTransferMint | E::ConfidentialTransferFeeConfig | E::ConfidentialMintBurn => {
            FirebreakError::MintConfidential
        }
        E::DefaultAccountState => FirebreakError::MintDefaultFrozen,
        E::NonTransferable => FirebreakError::MintNonTransferable,
        E::PermanentDelegate => FirebreakError::MintPermanentDelegate,
        E::TransferHook => FirebreakError::MintTransferHook,
        E::Pausable => FirebreakError::MintPausable,
        other => panic!("{other:?} has no code of its own"),
    }
}

#[test]
fn every_harmful_extension_is_refused_with_its_own_code() {
    let mut world = World::new();
    let args = args(&world);
    let admin = world.admin.pubkey();
    for extended in HARMFUL {
        let mint = extended_mint(&mut world, &extended);
        let failure = add(&mut world, mint, args).expect_err("as a collateral");
        failure.assert_is(refusal(&extended));
        let found = firebreak::instructions::CreateGroupArgs { id: 7, ..params::group() };
        let create = firebreak_client::instructions::create_group(&admin, &mint, found);
        rehearse(&mut world, create, &[]).expect_err("as quote").assert_is(refusal(&extended));
    }
}

/// Bytes that Token-2022 does not write today: an extension that does not exist yet, and one of token accounts.
#[test]
fn an_extension_that_is_not_listed_is_refused() {
    let mut world = World::new();
    let args = args(&world);
    for unknown in [E::ImmutableOwner as u16, E::PausableAccount as u16 + 1, u16::MAX] {
        let mint = extended_mint(&mut world, &HARMFUL[0]);
        let mut account = world.svm.get_account(&mint.mint).expect("the mint");
        // Behind 165 bytes and the kind of account.
        account.data[166..168].copy_from_slice(&unknown.to_le_bytes());
        world.svm.set_account(mint.mint, account).expect("rent exempt");
        let failure = add(&mut world, mint, args).expect_err("not listed");
        failure.assert_is(FirebreakError::MintExtensions);
    }
}
