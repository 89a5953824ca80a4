//! Rows of a market as a whole: folds, premiums and fees.

use firebreak_client::{
    instructions::{
        collect_protocol_fees as collect_for_protocol, collect_venue_fees as collect_for_venue,
        post_premium as post, FillPlace,
    },
    pda,
};
use firebreak_tests::{Trade, World};
use solana_signer::Signer;

use super::{reported, slots, with_shards, Accepted, Row};
use crate::stage::{Scene, Stage, LOT};

fn place(world: &World) -> FillPlace {
    FillPlace {
        group: world.group,
        venue: world.venue,
        market: world.markets[0].key,
        authority: world.venue_authority.pubkey(),
    }
}

/// Fees were charged, and a loss was settled that they can be paid from.
fn earned() -> Stage {
    let mut stage = Stage::calm();
    stage.both(|world, cast| {
        world.trade(&Trade::new(&cast.keeper, &cast.bob, 10_000, LOT).with_fees(1_000_000, 0));
    });
    stage.move_price(195_000_000);
    stage.both(|world, cast| {
        world.settle(&cast.alice.account).expect("a loss");
    });
    stage
}

pub fn fold() -> Row {
    fn scene() -> Scene {
        let (mut stage, _) = reported();
        stage.world.advance(1);
        stage.scene(&[], |world, _| world.fold_instruction(0))
    }
    let mut slots = with_shards(&["group", "snapshot", "market", "ledger", "committee"]);
    slots.push("venue_market".to_owned());
    Row { slots, accepted: &[], answers: false, scene }
}

pub fn post_premium() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let authority = stage.world.venue_authority.insecure_clone();
        // A mark of 201 dollars.
        stage.scene(&[&authority], |world, _| post(&place(world), 2_010_000 << 32))
    }
    let named = ["authority", "venue", "snapshot", "market", "venue_market"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn collect_venue_fees() -> Row {
    fn scene() -> Scene {
        let stage = earned();
        let authority = stage.world.venue_authority.insecure_clone();
        stage.scene(&[&authority], |world, cast| collect_for_venue(&place(world), &cast.dora.account))
    }
    let named = ["authority", "venue", "market", "ledger", "venue_market", "margin_account"];
    Row {
        slots: slots(&named, &[]),
        accepted: &[Accepted {
            slot: "margin_account",
            swaps: &["sibling:*"],
            reason: "the venue's authority names the account of the group that is paid",
        }],
        answers: true,
        scene,
    }
}

pub fn collect_protocol_fees() -> Row {
    fn scene() -> Scene {
        let mut stage = earned();
        stage.both(|world, _| {
            world.fold_all();
            world.admin_account();
        });
        stage.scene(&[], |world, _| {
            let account = pda::margin_account(&world.group, &world.admin.pubkey(), 0);
            collect_for_protocol([&world.group, &world.markets[0].key], &account, &world.quote)
        })
    }
    let named = [
        "group",
        "market",
        "ledger",
        "margin_account",
        "insurance",
        "insurance_vault",
        "bank",
        "bank_vault",
        "quote_mint",
        "token_program",
    ];
    Row { slots: slots(&named, &[]), accepted: &[], answers: true, scene }
}
