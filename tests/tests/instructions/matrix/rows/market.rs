//! Rows of prices, fills, liquidation and insurance.

use firebreak_client::instructions::{
    apply_fill as apply, check_fill as ask, fund_insurance as fund, liquidate as take_over,
    liquidate_collateral as convert, recover_breaker as recover, refresh as read,
    resolve_bankruptcy as resolve, ConversionTarget, Fill, FillPlace, Target, Transfer,
};
use firebreak_tests::{
    params::{DOLLAR, TOKEN},
    Trade, World,
};
use solana_signer::Signer;

use super::{slots, with_shards, Accepted, Row, DEAD_SECONDARY, DEAD_SOURCE};
use crate::stage::{oracle_row, overlay, token_overlay, Cast, Scene, Stage, LOT};

pub fn refresh() -> Row {
    fn scene() -> Scene {
        let mut stage = Stage::calm();
        stage.world.advance(1);
        stage.world.set_market_price(0, 201_000_000);
        stage.world.set_market_price(1, 202_000_000);
        stage.scene(&[], |world, _| read(&world.group, &[oracle_row(world, 0), oracle_row(world, 1)]))
    }
    let oracles = ["primary_0", "secondary_0", "primary_1", "secondary_1"];
    Row {
        slots: slots(&["snapshot"], &oracles),
        accepted: &[
            DEAD_SOURCE,
            DEAD_SECONDARY,
            Accepted {
                slot: "snapshot",
                swaps: &["foreign"],
                reason: "the snapshot alone names the group, and both groups read the same oracles",
            },
        ],
        answers: false,
        scene,
    }
}

pub fn recover_breaker() -> Row {
    fn scene() -> Scene {
        let mut stage = Stage::calm();
        stage.move_price(150_000_000);
        stage.move_price(150_000_000);
        stage.world.advance(600);
        stage.scene(&[], |world, _| recover(&world.group, world.markets[0].row))
    }
    Row {
        slots: slots(&["snapshot"], &[]),
        accepted: &[Accepted {
            slot: "snapshot",
            swaps: &["foreign"],
            reason: "the snapshot alone names the group, and the other group's breaker may recover too",
        }],
        answers: false,
        scene,
    }
}
fn fill_of(world: &World, cast: &Cast) -> (FillPlace, Fill) {
    let place = FillPlace {
        group: world.group,
        venue: world.venue,
        market: world.markets[0].key,
        authority: world.venue_authority.pubkey(),
    };
    let trade = Trade::new(&cast.keeper, &cast.bob, 10, LOT).with_overlay(overlay(world));
    (place, trade.fill())
}

pub fn apply_fill() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let authority = stage.world.venue_authority.insecure_clone();
        stage.scene(&[&authority], |world, cast| {
            let (place, fill) = fill_of(world, cast);
            apply(&place, &fill).expect("one maker")
        })
    }
    let named = ["authority", "group", "venue", "snapshot", "venue_market", "taker", "taker_shard"];
    let remaining = ["maker", "maker_shard", "primary", "secondary"];
    Row {
        slots: slots(&named, &remaining),
        accepted: &[Accepted {
            slot: "venue_market",
            swaps: &["sibling"],
            reason: "the venue reports a trade in another of its markets",
        }],
        answers: true,
        scene,
    }
}

pub fn check_fill() -> Row {
    fn scene() -> Scene {
        Stage::calm().scene(&[], |world, cast| {
            let (place, fill) = fill_of(world, cast);
            ask(&place, &fill).expect("one maker")
        })
    }
    let named = ["group", "venue", "snapshot", "venue_market", "taker", "taker_shard"];
    let remaining = ["maker", "maker_shard", "primary", "secondary"];
    Row {
        slots: named.iter().chain(&remaining).map(|name| (*name).to_owned()).collect(),
        accepted: &[Accepted {
            slot: "venue_market",
            swaps: &["sibling"],
            reason: "a question about another market of the venue",
        }],
        answers: true,
        scene,
    }
}

pub fn liquidate() -> Row {
    fn scene() -> Scene {
        let stage = Stage::at_price(170_000_000);
        let owner = stage.cast().keeper.owner.insecure_clone();
        stage.scene(&[&owner], |world, cast| {
            let (market, liquidatee) = (world.markets[0].key, cast.alice.account);
            let target = Target { market, liquidatee, lots_max: u64::MAX };
            take_over(&cast.keeper.keys, &target, &overlay(world))
        })
    }
    let named = [
        "owner",
        "group",
        "snapshot",
        "market",
        "ledger",
        "liquidator",
        "liquidator_shard",
        "liquidatee",
        "liquidatee_shard",
    ];
    Row {
        slots: slots(&named, &["primary", "secondary"]),
        accepted: &[DEAD_SOURCE, DEAD_SECONDARY],
        answers: true,
        scene,
    }
}

pub fn liquidate_collateral() -> Row {
    fn scene() -> Scene {
        let mut stage = Stage::calm();
        // 4 000 lots lose 1 200 dollars, 200 more than alice has; three tokens count 408.
        stage.both(|world, cast| {
            world.deposit_token(&cast.alice, 3 * TOKEN);
        });
        stage.move_price(170_000_000);
        let owner = stage.cast().keeper.owner.insecure_clone();
        stage.scene(&[&owner], |world, cast| {
            let (mint, liquidatee) = (world.token.mint, cast.alice.account);
            let target = ConversionTarget { mint, liquidatee, atoms_max: u64::MAX };
            convert(&cast.keeper.keys, &target, &token_overlay(world))
        })
    }
    let named = [
        "owner",
        "group",
        "snapshot",
        "bank",
        "liquidator",
        "liquidator_shard",
        "liquidatee",
        "liquidatee_shard",
    ];
    Row {
        slots: slots(&named, &["primary", "secondary"]),
        accepted: &[DEAD_SOURCE, DEAD_SECONDARY],
        answers: true,
        scene,
    }
}

pub fn fund_insurance() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let owner = stage.cast().keeper.owner.insecure_clone();
        stage.scene(&[&owner], |world, cast| {
            let transfer = Transfer { mint: world.quote, wallet: cast.keeper.quote_wallet, atoms: DOLLAR };
            fund(&owner.pubkey(), &world.group, &transfer)
        })
    }
    let named = ["funder", "group", "insurance", "vault", "source", "quote_mint", "token_program"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn resolve_bankruptcy() -> Row {
    fn scene() -> Scene {
        let mut stage = Stage::at_price(170_000_000);
        stage.both(|world, cast| {
            world.liquidate(&cast.keeper, &cast.alice.account, u64::MAX).expect("bankrupt");
        });
        stage.scene(&[], |world, cast| {
            resolve(&world.group, &cast.alice.account, &[world.markets[0].key], &world.quote)
        })
    }
    let named = [
        "group",
        "snapshot",
        "margin_account",
        "insurance",
        "insurance_vault",
        "bank",
        "bank_vault",
        "quote_mint",
        "token_program",
    ];
    let mut slots = with_shards(&named);
    slots.extend(["market", "ledger"].map(str::to_owned));
    Row { slots, accepted: &[], answers: false, scene }
}
