//! `update_group`, `update_market` and `update_collateral`: what they change, who may, and what stays as it is. Bounds
//! are in `bounds`, copies in other accounts in `copies`.

use anchor_lang::solana_program::instruction::Instruction;
use firebreak::{
    error::FirebreakError,
    events::{CollateralUpdated, GroupUpdated, MarketUpdated},
    instructions::{
        AddCollateralArgs, ConversionParams, DemandParams, DynamicMarginParams, GroupParams, MarketParams,
        OracleParams,
    },
    state::{CollateralBank, Market, RiskSnapshot},
};
use firebreak_client::{
    instructions::{update_collateral, update_group, update_market},
    pda,
};
use firebreak_tests::{
    params::{self, DOLLAR},
    World,
};
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::touched;
use crate::{
    bounds::rehearse,
    chain::{edit, Chain},
    effect::{acts, clock, emits, row, touched_snapshot},
};

/// A guardian for the group of the harness.
pub fn appoint(world: &mut World) -> Keypair {
    let guardian = world.new_keypair();
    let args = firebreak::instructions::AuthoritiesArgs {
        guardian: guardian.pubkey(),
        proposed_admin: Default::default(),
    };
    let instruction =
        firebreak_client::instructions::set_authorities(&world.admin.pubkey(), &world.group, args);
    world.must(&[instruction], &[]);
    guardian
}

/// The group after a change of parameters: the epoch is the first.
fn changed(chain: &mut Chain, group: &anchor_lang::prelude::Pubkey) {
    touched(chain, group, |group| group.parameter_epoch = 1);
}

#[test]
fn an_update_of_the_group_changes_its_parameters_and_their_copies() {
    let mut world = World::new();
    let (admin, group) = (world.admin.pubkey(), world.group);
    let new = GroupParams {
        target_buffer_ppm: 210_000,
        critical_ppm: 510_000,
        cover_event_ppm: 520_000,
        protocol_fee_share_ppm: 230_000,
        cover_day_ppm: 940_000,
        insurance_fee_share_ppm: 550_000,
        unstake_cooldown_secs: 86_460,
        quote_debt_limit_atoms: 170 * DOLLAR,
    };
    let meta = acts(&mut world, update_group([&admin, &group], new), &[], |world, chain| {
        changed(chain, &group);
        edit::<firebreak::state::Group>(chain, &group, |group| {
            group.target_buffer_ppm = 210_000;
            group.critical_ppm = 510_000;
            group.cover_event_ppm = 520_000;
            group.protocol_fee_share_ppm = 230_000;
            group.cover_day_ppm = 940_000;
            group.insurance_fee_share_ppm = 550_000;
            group.unstake_cooldown_secs = 86_460;
            group.quote_debt_limit_atoms = 170_000_000;
        });
        edit::<RiskSnapshot>(chain, &pda::snapshot(&group), |header| {
            header.target_buffer_ppm = 210_000;
            header.critical_ppm = 510_000;
        });
        touched_snapshot(world, chain);
    });
    let event = GroupUpdated {
        group,
        authority: admin,
        old: params::group().params(),
        new,
        is_loosening: true,
        parameter_epoch: 1,
        // 15 mutations made the group, see `a_venue_is_registered_under_the_next_index`.
        sequence: 16,
        slot: clock(&world).slot,
    };
    emits(&meta, event);
}

/// Every parameter of a market differs from the harness's.
fn other_market(world: &World) -> MarketParams {
    MarketParams {
        initial_ppm: 120_000,
        maintenance_ppm: 60_000,
        profit_weight_ppm: 800_000,
        price_band_ppm: 40_000,
        breaker: params::strict_breaker(),
        depth_atoms: 6_000_000 * DOLLAR,
        impact_cap_ppm: 21_000,
        impact_healthy_ppm: 610_000,
        impact_decay_secs: 610,
        discount_ppm: 21_000,
        discount_ramp_secs: 61,
        dust_atoms: 11 * DOLLAR,
        payout_share_ppm: 210_000,
        payout_floor_atoms: 110 * DOLLAR,
        payout_window_secs: 3_660,
        fee_max_ppm: 1_100,
        open_interest_cap_atoms: 1 << 55,
        position_share_ppm: 900_000,
        funding_window_secs: 28_860,
        funding_max_ppm: 7_600,
        premium_tau_secs: 3_660,
        cover_market_ppm: 900_000,
        dynamic: DynamicMarginParams {
            initial_max_ppm: 600_000,
            initial_z_milli: 6_000,
            maintenance_z_milli: 3_000,
            horizon_secs: 7_200,
            decay_secs: 43_200,
            ramp_ppm_per_hour: 20_000,
            stress_sigma_ppm: 120_000,
            stress_weight_ppm: 300_000,
        },
        demand: DemandParams {
            r_start_ppm: 400_000,
            r_stop_ppm: 800_000,
            initial_factor_milli: 3_000,
            depth_ratio_ppm: 12_000_000,
            push_share_ppm: 50_000,
            span_bins: 4,
            register_secs: 1_800,
        },
        ..params::market(&world.markets[0].feed)
    }
}

#[test]
fn an_update_of_a_market_changes_its_parameters_and_their_copies() {
    let mut world = World::with_markets(2, params::market);
    let (admin, group, market) = (world.admin.pubkey(), world.group, world.markets[0].key);
    let new = other_market(&world);
    let meta = acts(&mut world, update_market([&admin, &group], &market, new), &[], |world, chain| {
        changed(chain, &group);
        edit::<Market>(chain, &market, |market| {
            market.sequence += 1;
            market.depth_atoms = 6_000_000_000_000;
            market.dust_atoms = 11_000_000;
            market.payout_floor_atoms = 110_000_000;
            market.payout_window_secs = 3_660;
            market.impact_decay_secs = 610;
            market.impact_cap_ppm = 21_000;
            market.impact_healthy_ppm = 610_000;
            (market.discount_ppm, market.discount_ramp_secs) = (21_000, 61);
            market.payout_share_ppm = 210_000;
            market.fee_max_ppm = 1_100;
            (market.funding_window_secs, market.funding_max_ppm) = (28_860, 7_600);
            market.premium_tau_secs = 3_660;
            market.cover_market_ppm = 900_000;
            (market.r_start_ppm, market.r_stop_ppm) = (400_000, 800_000);
            market.initial_factor_milli = 3_000;
            (market.depth_ratio_ppm, market.push_share_ppm) = (12_000_000, 50_000);
            (market.span_bins, market.register_secs) = (4, 1_800);
        });
        row(world, chain, 2, |row| {
            row.parameter_epoch = 1;
            // Nothing has risen above the floors, so the margins follow them.
            (row.initial_ppm, row.initial_q16, row.initial_floor_ppm) = (120_000, 120_000 << 16, 120_000);
            (row.maintenance_ppm, row.maintenance_q16) = (60_000, 60_000 << 16);
            row.maintenance_floor_ppm = 60_000;
            row.initial_max_ppm = 600_000;
            row.initial_side_ppm = [120_000; 2];
            // A lower cap holds at once.
            row.sides.iter_mut().for_each(|side| side.growth_cap_atoms = side.growth_cap_atoms.min(1 << 55));
            (row.initial_z_milli, row.maintenance_z_milli) = (6_000, 3_000);
            (row.margin_horizon_secs, row.margin_decay_secs) = (7_200, 43_200);
            row.margin_ramp_ppm_per_hour = 20_000;
            // 0.0144 / 3 600 = 1 / 250 000 per second: floor(2^64 / 250 000).
            row.variance_stress_q64 = 73_786_976_294_838;
            row.stress_weight_ppm = 300_000;
            row.profit_weight_ppm = 800_000;
            row.price_band_ppm = 40_000;
            row.breaker = params::strict_breaker();
            row.open_interest_cap_atoms = 1 << 55;
            row.position_share_ppm = 900_000;
        });
        touched_snapshot(world, chain);
    });
    let event = MarketUpdated {
        group,
        authority: admin,
        market,
        row: 2,
        old: params::market(&world.markets[0].feed),
        new,
        is_loosening: true,
        parameter_epoch: 1,
        // One market and one record of the venue more than with one market.
        sequence: 18,
        slot: clock(&world).slot,
    };
    emits(&meta, event);
}

#[test]
fn an_update_of_a_collateral_changes_its_parameters_and_their_copies() {
    let mut world = World::new();
    let (admin, group, mint) = (world.admin.pubkey(), world.group, world.token.mint);
    let old = params::token_collateral(&world.markets[0].feed);
    let conversion = ConversionParams {
        depth_atoms: 6_000_000 * DOLLAR,
        impact_cap_ppm: 21_000,
        impact_decay_secs: 610,
        discount_ppm: 51_000,
        discount_ramp_secs: 61,
    };
    let new = AddCollateralArgs {
        deposit_cap_atoms: 5,
        maintenance_weight_ppm: 750_000,
        initial_weight_ppm: 650_000,
        outflow_share_ppm: 500_000,
        outflow_floor_atoms: 6,
        outflow_window_secs: 7_200,
        conversion: Some(conversion),
        ..old
    };
    let bank = pda::bank(&group, &mint);
    let meta = acts(&mut world, update_collateral([&admin, &group], &mint, new), &[], |world, chain| {
        changed(chain, &group);
        edit::<CollateralBank>(chain, &bank, |bank| {
            bank.sequence += 1;
            bank.deposit_cap_atoms = 5;
            bank.outflow_share_ppm = 500_000;
            bank.outflow_floor_atoms = 6;
            bank.outflow_window_secs = 7_200;
            bank.depth_atoms = 6_000_000_000_000;
            bank.impact_cap_ppm = 21_000;
            bank.impact_decay_secs = 610;
            bank.discount_ppm = 51_000;
            bank.discount_ramp_secs = 61;
        });
        row(world, chain, 1, |row| {
            row.parameter_epoch = 1;
            row.maintenance_weight_ppm = 750_000;
            row.initial_weight_ppm = 650_000;
        });
        touched_snapshot(world, chain);
    });
    let event = CollateralUpdated {
        group,
        authority: admin,
        bank,
        row: 1,
        old,
        new,
        is_loosening: true,
        parameter_epoch: 1,
        sequence: 16,
        slot: clock(&world).slot,
    };
    emits(&meta, event);
}

#[test]
fn an_update_of_the_quote_mint_leaves_its_row_worth_one() {
    let mut world = World::new();
    let (admin, group, mint) = (world.admin.pubkey(), world.group, world.quote.mint);
    let old = params::quote_collateral();
    // Weights of the quote mint mean nothing; they are neither stored nor reported.
    let stated = AddCollateralArgs { deposit_cap_atoms: 7, initial_weight_ppm: 3, ..old };
    let bank = pda::bank(&group, &mint);
    let meta = acts(&mut world, update_collateral([&admin, &group], &mint, stated), &[], |world, chain| {
        changed(chain, &group);
        edit::<CollateralBank>(chain, &bank, |bank| {
            bank.sequence += 1;
            bank.deposit_cap_atoms = 7;
        });
        row(world, chain, 0, |row| row.parameter_epoch = 1);
        touched_snapshot(world, chain);
    });
    let event = CollateralUpdated {
        group,
        authority: admin,
        bank,
        row: 0,
        old,
        new: AddCollateralArgs { initial_weight_ppm: 0, ..stated },
        is_loosening: false,
        parameter_epoch: 1,
        sequence: 16,
        slot: clock(&world).slot,
    };
    emits(&meta, event);
}

#[test]
fn what_identifies_a_thing_never_changes() {
    let mut world = World::new();
    let (admin, group, market) = (world.admin.pubkey(), world.group, world.markets[0].key);
    let base = params::market(&world.markets[0].feed);
    for params in [
        MarketParams { name: *b"TOKEN-PERQ\0\0\0\0\0\0", ..base },
        MarketParams { base_decimals: 8, ..base },
        MarketParams { lot_exponent: 6, ..base },
    ] {
        let failure = rehearse(&mut world, update_market([&admin, &group], &market, params), &[]);
        failure.expect_err("another market").assert_is(FirebreakError::MarketIdentity);
    }
    let oracle = OracleParams { hourly_sigma_ppm: 20_001, ..base.oracle };
    let instruction = update_market([&admin, &group], &market, MarketParams { oracle, ..base });
    let failure = rehearse(&mut world, instruction, &[]);
    failure.expect_err("another oracle").assert_is(FirebreakError::OracleKept);
    let (quote, token) = (world.quote.mint, world.token.mint);
    let collateral = params::token_collateral(&world.markets[0].feed);
    for (mint, args, error) in [
        (token, AddCollateralArgs { oracle: Some(oracle), ..collateral }, FirebreakError::OracleKept),
        (token, AddCollateralArgs { oracle: None, ..collateral }, FirebreakError::QuoteBankFirst),
        (token, AddCollateralArgs { conversion: None, ..collateral }, FirebreakError::QuoteBankFirst),
        (quote, collateral, FirebreakError::QuoteBankFirst),
    ] {
        let failure = rehearse(&mut world, update_collateral([&admin, &group], &mint, args), &[]);
        failure.expect_err("another kind of collateral").assert_is(error);
    }
}

/// A tightening, a loosening and no change of everything that the guardian may update.
fn updates(world: &World, authority: &Keypair) -> [[Instruction; 3]; 3] {
    let keys = [&authority.pubkey(), &world.group];
    let group = params::group().params();
    let groups = [
        GroupParams { cover_event_ppm: 499_999, ..group },
        GroupParams { cover_event_ppm: 499_999, cover_day_ppm: 1_000_000, critical_ppm: 500_001, ..group },
        group,
    ];
    let market = params::market(&world.markets[0].feed);
    let markets = [
        MarketParams { initial_ppm: 100_001, ..market },
        MarketParams { initial_ppm: 100_001, maintenance_ppm: 50_001, ..market },
        market,
    ];
    let collateral = params::token_collateral(&world.markets[0].feed);
    let collaterals = [
        AddCollateralArgs { initial_weight_ppm: 699_999, ..collateral },
        AddCollateralArgs { initial_weight_ppm: 699_999, outflow_window_secs: 3_599, ..collateral },
        collateral,
    ];
    [
        groups.map(|args| update_group(keys, args)),
        markets.map(|params| update_market(keys, &world.markets[0].key, params)),
        collaterals.map(|args| update_collateral(keys, &world.token.mint, args)),
    ]
}

#[test]
fn the_guardian_tightens_and_does_not_loosen() {
    let mut world = World::new();
    let guardian = appoint(&mut world);
    let stranger = world.new_keypair();
    for [tightening, loosening, nothing] in updates(&world, &guardian) {
        rehearse(&mut world, tightening, &[&guardian]).expect("it only tightens");
        for instruction in [loosening, nothing] {
            let failure = rehearse(&mut world, instruction, &[&guardian]).expect_err("it does not tighten");
            failure.assert_is(FirebreakError::NotAdmin);
        }
    }
    for instruction in updates(&world, &stranger).into_iter().flatten() {
        let failure = rehearse(&mut world, instruction, &[&stranger]).expect_err("a stranger");
        failure.assert_is(FirebreakError::NotGuardian);
    }
    let admin = world.admin.insecure_clone();
    for instruction in updates(&world, &admin).into_iter().flatten() {
        rehearse(&mut world, instruction, &[]).expect("the administrator may do all of it");
    }
}

#[test]
fn without_a_guardian_there_is_only_the_administrator() {
    let mut world = World::new();
    let stranger = world.new_keypair();
    for [tightening, ..] in updates(&world, &stranger) {
        let failure = rehearse(&mut world, tightening, &[&stranger]).expect_err("there is no guardian");
        failure.assert_is(FirebreakError::NotGuardian);
    }
}
