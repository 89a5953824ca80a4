//! Rows of margin accounts.

use firebreak_client::instructions::{
    approve_venue as approve, close_account as close, deposit as pay_in, open_account as open,
    register_demand as register, settle_pnl as settle, view_account as view, withdraw as pay_out, Transfer,
};
use firebreak_tests::params::DOLLAR;
use solana_signer::Signer;

use super::{slots, Accepted, Row, DEAD_SECONDARY, DEAD_SOURCE};
use crate::stage::{overlay, Scene, Stage};

pub fn open_account() -> Row {
    fn scene() -> Scene {
        let mut stage = Stage::calm();
        let (owner, payer) = (stage.payer(), stage.payer());
        stage.scene(&[&owner, &payer], |world, _| open([&owner.pubkey(), &payer.pubkey()], &world.group, 0))
    }
    let named = ["owner", "payer", "group", "margin_account", "system_program"];
    Row {
        slots: slots(&named, &[]),
        accepted: &[Accepted {
            slot: "payer",
            swaps: &["slot:owner", "stranger"],
            reason: "anyone who signs may pay the rent",
        }],
        answers: false,
        scene,
    }
}

pub fn approve_venue() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let owner = stage.cast().dora.owner.insecure_clone();
        stage.scene(&[&owner], |world, cast| approve(&cast.dora.keys, &world.venue, false))
    }
    Row {
        slots: slots(&["owner", "margin_account", "venue"], &[]),
        accepted: &[Accepted {
            slot: "venue",
            swaps: &["sibling"],
            reason: "the owner chooses among the venues of the account's group",
        }],
        answers: false,
        scene,
    }
}

pub fn deposit() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let owner = stage.cast().alice.owner.insecure_clone();
        stage.scene(&[&owner], |world, cast| {
            let transfer = Transfer { mint: world.quote, wallet: cast.alice.quote_wallet, atoms: DOLLAR };
            pay_in(&owner.pubkey(), &cast.alice.keys, &transfer)
        })
    }
    let named = [
        "depositor",
        "group",
        "snapshot",
        "margin_account",
        "shard",
        "bank",
        "vault",
        "source",
        "mint",
        "token_program",
    ];
    Row {
        slots: slots(&named, &[]),
        // Anyone may deposit for anyone, but the shard has to be the account's.
        accepted: &[],
        answers: false,
        scene,
    }
}

pub fn withdraw() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let owner = stage.cast().bob.owner.insecure_clone();
        stage.scene(&[&owner], |world, cast| {
            let transfer = Transfer { mint: world.quote, wallet: cast.bob.quote_wallet, atoms: DOLLAR };
            pay_out(&cast.bob.keys, &transfer, &overlay(world))
        })
    }
    let named = [
        "owner",
        "group",
        "snapshot",
        "margin_account",
        "shard",
        "bank",
        "vault",
        "destination",
        "mint",
        "token_program",
    ];
    Row {
        slots: slots(&named, &["primary", "secondary"]),
        accepted: &[
            DEAD_SOURCE,
            DEAD_SECONDARY,
            Accepted {
                slot: "destination",
                swaps: &["sibling:alice, quote", "sibling:keeper, quote", "sibling:dora, quote"],
                reason: "the owner sends the tokens wherever they want",
            },
        ],
        answers: false,
        scene,
    }
}

pub fn settle_pnl() -> Row {
    fn scene() -> Scene {
        let stage = Stage::at_price(190_000_000);
        stage.scene(&[], |world, cast| {
            settle([&world.group, &world.markets[0].key], &cast.alice.account, &overlay(world))
        })
    }
    let named = ["group", "snapshot", "market", "ledger", "margin_account", "shard"];
    Row {
        slots: slots(&named, &["primary", "secondary"]),
        accepted: &[DEAD_SOURCE, DEAD_SECONDARY],
        answers: true,
        scene,
    }
}

pub fn register_demand() -> Row {
    fn scene() -> Scene {
        let stage = Stage::at_price(190_000_000);
        stage.scene(&[], |world, cast| register(&world.group, &cast.alice.account))
    }
    Row {
        slots: slots(&["group", "snapshot", "margin_account", "shard"], &[]),
        accepted: &[],
        answers: false,
        scene,
    }
}

pub fn view_account() -> Row {
    fn scene() -> Scene {
        let stage = Stage::at_price(190_000_000);
        stage.scene(&[], |world, cast| view(&world.group, &cast.alice.account, 3_600, &overlay(world)))
    }
    Row {
        // No event, and so no accounts for one.
        slots: ["snapshot", "margin_account", "primary", "secondary"].map(str::to_owned).to_vec(),
        accepted: &[
            DEAD_SOURCE,
            DEAD_SECONDARY,
            Accepted {
                slot: "margin_account",
                swaps: &["sibling:*"],
                reason: "anybody may look at any account of the group",
            },
        ],
        answers: true,
        scene,
    }
}

pub fn close_account() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let owner = stage.cast().dora.owner.insecure_clone();
        stage.scene(&[&owner], |_, cast| close(&cast.dora.keys))
    }
    Row {
        slots: slots(&["owner", "margin_account"], &[]),
        accepted: &[Accepted {
            slot: "margin_account",
            swaps: &["foreign:dora"],
            reason: "it is empty and belongs to the same owner; no group is involved",
        }],
        answers: false,
        scene,
    }
}
