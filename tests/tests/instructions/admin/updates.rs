//! `update_group`, `update_market` and `update_collateral`: what they change, who may, and what stays as it is. Bounds
//! are in `bounds`, copies in other accounts in `copies`.

use firebreak::{
    events::{CollateralUpdated, GroupUpdated, MarketUpdated},
    instructions::{
        AddCollateralArgs, ConversionParams, DemandParams, DynamicMarginParams, GroupParams, MarketParams,
        PortfolioParams,
    },
    state::{CollateralBank, Market, RiskSnapshot, Row},
};
use firebreak_client::{
    instructions::{update_collateral, update_group, update_market},
    pda,
};
use firebreak_tests::{
    params::{self, DOLLAR},
    World,
};
use solana_signer::Signer;

use super::touched;
use crate::{
    chain::{edit, Chain},
    effect::{acts, clock, emits, row, touched_snapshot},
};

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
        portfolio_floor_ppm: 500_000,
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
            group.portfolio_floor_ppm = 500_000;
        });
        edit::<RiskSnapshot>(chain, &pda::snapshot(&group), |header| {
            header.target_buffer_ppm = 210_000;
            header.critical_ppm = 510_000;
            header.portfolio_floor_ppm = 500_000;
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

fn other_portfolio(collateral_row: u16) -> PortfolioParams {
    PortfolioParams {
        loading_calm_ppm: 600_000,
        loading_stressed_ppm: 950_000,
        beta_milli: 1_500,
        collateral_row,
    }
}

/// Every parameter of a market differs from the harness's.
fn other_market(world: &World) -> MarketParams {
    MarketParams {
        initial_ppm: 120_000,
        maintenance_ppm: 60_000,
        profit_weight_ppm: 800_000,
        size_free_atoms: 7_000 * DOLLAR,
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
        portfolio: other_portfolio(1),
        ..params::market(&world.markets[0].feed)
    }
}

/// The row of [`other_market`].
fn become_other(row: &mut Row) {
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
    row.size_free_atoms = 7_000 * DOLLAR;
    row.price_band_ppm = 40_000;
    row.breaker = params::strict_breaker();
    row.open_interest_cap_atoms = 1 << 55;
    row.position_share_ppm = 900_000;
    // Nothing was measured yet, so the market counts as calm.
    (row.loading_calm_ppm, row.loading_stressed_ppm) = (600_000, 950_000);
    (row.loading_initial_ppm, row.loading_maintenance_ppm) = (600_000, 600_000);
    (row.beta_milli, row.collateral_row) = (1_500, 1);
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
            // Nine tenths of 2^55 atoms are more than the largest position, 2^52, which is 643 371 times the free size: its
            // root is 802.1. 29 000 / 802.1 = 36.2.
            market.maintenance_rise_ppm = 36;
        });
        row(world, chain, 2, become_other);
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
        portfolio: Some(other_portfolio(0)),
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
            // A collateral counts by the stressed loading.
            (row.loading_calm_ppm, row.loading_stressed_ppm) = (600_000, 950_000);
            (row.loading_initial_ppm, row.loading_maintenance_ppm) = (950_000, 950_000);
            row.beta_milli = 1_500;
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
