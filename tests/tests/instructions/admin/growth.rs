//! Instructions that enlarge what is already there: `add_collateral` and `add_market`.

use firebreak::{
    constants::{self, LAYOUT_VERSION},
    events::{CollateralAdded, MarketAdded},
    state::{
        CollateralBank, ExposureShard, Market, MarketLedger, RiskSnapshot, Row, RowKind, SHARD_ROW_SIZE,
    },
};
use firebreak_client::{
    instructions::{add_collateral, add_market, MintKeys},
    pda,
};
use firebreak_tests::{oracle::Feed, params, tokens::token_account, World};
use solana_signer::Signer;

use super::{bare_group, bump, touched};
use crate::{
    chain::{edit, Chain},
    effect::{acts, appended, created, emits, touched_snapshot},
    zeroed,
};

/// Fields of a row that come from `params::oracle`.
fn oracle_row(feed: &Feed) -> Row {
    let mut row = Row {
        primary_key: feed.pyth,
        secondary_key: feed.switchboard,
        feed_id: feed.id,
        primary_kind: 1,
        secondary_kind: 3,
        reading_age_secs: 30,
        confidence_ppm: 5_000,
        deviation_ppm: 10_000,
        ema_tau_secs: 600,
        ema_move_ppm_per_sec: 1_000,
        // (2 %)^2 per hour is 0.0004 / 3 600 = 1 / 9 000 000 per second: floor(2^64 / 9 000 000).
        variance_reference_q64: 2_049_638_230_412,
        variance_fast_secs: 3_600,
        variance_slow_secs: 86_400,
        // A claim is worth its atoms until a loss is charged: one in 2^-48.
        haircut_q48: 1 << 48,
        ..zeroed()
    };
    row.sides[0].scale = 1 << 62;
    row.sides[1].scale = 1 << 62;
    row.haircut_q48 = 1 << 48;
    row
}

/// A row behind the last one.
fn with_row(world: &World, chain: &mut Chain, row: &Row) {
    let snapshot = pda::snapshot(&world.group);
    appended(world, chain, &snapshot, bytemuck::bytes_of(row));
    edit::<RiskSnapshot>(chain, &snapshot, |header| header.row_count += 1);
    touched_snapshot(world, chain);
}

/// Limits that both mints have.
fn limits() -> CollateralBank {
    CollateralBank {
        deposit_cap_atoms: 1 << 60,
        outflow_share_ppm: 1_000_000,
        outflow_floor_atoms: 1 << 60,
        outflow_window_secs: 3_600,
        ..zeroed()
    }
}

/// A bank with its empty vault.
fn with_bank(world: &World, chain: &mut Chain, mint: &MintKeys, bank: CollateralBank) {
    let key = pda::bank(&bank.group, &mint.mint);
    let bank = CollateralBank {
        mint: mint.mint,
        vault: pda::bank_vault(&key),
        bump: bump(&[constants::BANK, bank.group.as_ref(), mint.mint.as_ref()]),
        vault_bump: bump(&[constants::BANK_VAULT, key.as_ref()]),
        version: LAYOUT_VERSION,
        ..bank
    };
    created(world, chain, key, &bank);
    let mut vault = token_account(mint.mint, key, 0);
    vault.lamports = world.svm.minimum_balance_for_rent_exemption(vault.data.len());
    chain.insert(bank.vault, vault);
}

#[test]
fn a_collateral_is_a_bank_a_vault_and_a_row() {
    let mut world = World::new();
    let (admin, group, feed) = (world.admin.pubkey(), world.group, world.markets[0].feed);
    let mint = world.new_mint(8);
    let instruction = add_collateral([&admin, &group], &mint, params::token_collateral(&feed));
    let meta = acts(&mut world, instruction, &[], |world, chain| {
        let row = Row {
            index: 3,
            kind: RowKind::Collateral as u8,
            maintenance_weight_ppm: 800_000,
            initial_weight_ppm: 700_000,
            // Quote atoms per atom: 6 - 8 decimals.
            quantum_exponent: -2,
            // A collateral counts by the stressed loading.
            loading_calm_ppm: 700_000,
            loading_stressed_ppm: 900_000,
            loading_initial_ppm: 900_000,
            loading_maintenance_ppm: 900_000,
            beta_milli: 1_000,
            ..oracle_row(&feed)
        };
        with_row(world, chain, &row);
        let bank = CollateralBank {
            group,
            row: 3,
            decimals: 8,
            depth_atoms: 5_000_000_000_000,
            impact_cap_ppm: 20_000,
            impact_decay_secs: 600,
            discount_ppm: 50_000,
            discount_ramp_secs: 60,
            ..limits()
        };
        with_bank(world, chain, &mint, bank);
        touched(chain, &group, |group| group.row_count += 1);
    });
    let event = CollateralAdded {
        group,
        bank: pda::bank(&group, &mint.mint),
        mint: mint.mint,
        row: 3,
        deposit_cap_atoms: 1 << 60,
        maintenance_weight_ppm: 800_000,
        initial_weight_ppm: 700_000,
        sequence: 16,
    };
    emits(&meta, event);
}

#[test]
fn the_quote_mint_gets_a_bank_and_keeps_the_row_it_has() {
    let mut world = World::new();
    let group = bare_group(&mut world);
    let (admin, quote) = (world.admin.pubkey(), world.quote);
    let instruction = add_collateral([&admin, &group], &quote, params::quote_collateral());
    let meta = acts(&mut world, instruction, &[], |world, chain| {
        let bank = CollateralBank { group, decimals: 6, ..limits() };
        with_bank(world, chain, &quote, bank);
        touched(chain, &group, |_| {});
    });
    let event = CollateralAdded {
        group,
        bank: pda::bank(&group, &quote.mint),
        mint: quote.mint,
        row: 0,
        deposit_cap_atoms: 1 << 60,
        maintenance_weight_ppm: 0,
        initial_weight_ppm: 0,
        sequence: 2,
    };
    emits(&meta, event);
}

fn expected_market(world: &World) -> Market {
    let group = world.group;
    let key = pda::market(&group, 1);
    Market {
        group,
        depth_atoms: 5_000_000_000_000,
        dust_atoms: 10_000_000,
        payout_floor_atoms: 100_000_000,
        payout_window_secs: 3_600,
        impact_decay_secs: 600,
        impact_cap_ppm: 20_000,
        impact_healthy_ppm: 600_000,
        discount_ppm: 20_000,
        discount_ramp_secs: 60,
        payout_share_ppm: 200_000,
        fee_max_ppm: 1_000,
        funding_window_secs: 28_800,
        funding_max_ppm: 7_500,
        premium_tau_secs: 3_600,
        cover_market_ppm: 1_000_000,
        r_start_ppm: 500_000,
        r_stop_ppm: u32::MAX,
        initial_factor_milli: 1_000,
        depth_ratio_ppm: u32::MAX,
        push_share_ppm: 500_000,
        span_bins: 3,
        register_secs: 3_600,
        maintenance_rise_ppm: 29_000,
        row: 3,
        market_index: 1,
        name: *b"TOKEN-PERP\0\0\0\0\0\0",
        lot_exponent: 7,
        base_decimals: 9,
        bump: bump(&[constants::MARKET, group.as_ref(), &1u16.to_le_bytes()]),
        ledger_bump: bump(&[constants::LEDGER, key.as_ref()]),
        version: LAYOUT_VERSION,
        ..zeroed()
    }
}

fn expected_row(feed: &Feed) -> Row {
    Row {
        index: 3,
        market_index: 1,
        kind: RowKind::Market as u8,
        initial_ppm: 100_000,
        initial_side_ppm: [100_000; 2],
        maintenance_ppm: 50_000,
        initial_q16: 100_000 << 16,
        maintenance_q16: 50_000 << 16,
        initial_floor_ppm: 100_000,
        initial_max_ppm: 500_000,
        maintenance_floor_ppm: 50_000,
        margin_horizon_secs: 3_600,
        margin_decay_secs: 86_400,
        margin_ramp_ppm_per_hour: 10_000,
        // (10 %)^2 per hour is 0.01 / 3 600 = 1 / 360 000 per second: floor(2^64 / 360 000).
        variance_stress_q64: 51_240_955_760_304,
        stress_weight_ppm: 250_000,
        profit_weight_ppm: 900_000,
        size_free_atoms: 1 << 52,
        price_band_ppm: 50_000,
        breaker: params::breaker(15_000),
        open_interest_cap_atoms: 1 << 56,
        position_share_ppm: 1_000_000,
        // Quote atoms per lot: 6 decimals + lots of 10^7 atoms - 9 decimals.
        quantum_exponent: 4,
        // A market that was not measured yet is calm.
        loading_calm_ppm: 700_000,
        loading_stressed_ppm: 900_000,
        loading_initial_ppm: 700_000,
        loading_maintenance_ppm: 700_000,
        beta_milli: 1_000,
        ..oracle_row(feed)
    }
}

#[test]
fn a_market_is_cold_parameters_a_ledger_a_row_and_a_row_in_every_shard() {
    let mut world = World::new();
    let (admin, group) = (world.admin.pubkey(), world.group);
    let feed = world.new_feed();
    let key = pda::market(&group, 1);
    let instruction = add_market([&admin, &group], 1, params::market(&feed));
    let meta = acts(&mut world, instruction, &[], |world, chain| {
        let market = expected_market(world);
        created(world, chain, key, &market);
        let ledger = MarketLedger {
            group,
            market: key,
            row: 3,
            market_index: 1,
            bump: market.ledger_bump,
            version: LAYOUT_VERSION,
            ..zeroed()
        };
        created(world, chain, pda::ledger(&key), &ledger);
        with_row(world, chain, &expected_row(&feed));
        for shard in pda::exposures(&group) {
            appended(world, chain, &shard, &[0; SHARD_ROW_SIZE]);
            edit::<ExposureShard>(chain, &shard, |header| {
                header.row_count += 1;
                header.sequence += 1;
            });
        }
        touched(chain, &group, |group| {
            group.row_count += 1;
            group.market_count += 1;
        });
    });
    let event = MarketAdded {
        group,
        market: key,
        ledger: pda::ledger(&key),
        row: 3,
        market_index: 1,
        name: *b"TOKEN-PERP\0\0\0\0\0\0",
        initial_ppm: 100_000,
        maintenance_ppm: 50_000,
        depth_atoms: 5_000_000_000_000,
        sequence: 16,
    };
    emits(&meta, event);
}
