//! The table.

use firebreak::instructions::CreateGroupArgs;
use firebreak_client::{
    instructions::{
        activate as activate_group, add_collateral as add, add_market as list, add_venue_market as admit,
        apply_fill as apply, approve_venue as approve, check_fill as ask, close_account as close,
        create_group as found, create_shard as shard, deposit as pay_in, fund_insurance as fund,
        liquidate as take_over, open_account as open, recover_breaker as recover, refresh as read,
        register_venue as register, resolve_bankruptcy as resolve, settle_pnl as settle, withdraw as pay_out,
        FillPlace, NewVenue, Target, Transfer,
    },
    pda,
};
use firebreak_tests::{
    params::{self, DOLLAR},
    Trade, World,
};
use solana_signer::Signer;
use std::collections::BTreeMap;

use super::{Accepted, Row};
use crate::stage::{Scene, Stage, LOT};

/// Overlaid oracles: owned by somebody else at the configured address, which only the oracle could bring about.
const DEAD_SOURCE: Accepted = Accepted {
    slot: "primary*",
    swaps: &["cosplay in place"],
    reason: "an account that the oracle's program does not own is not read; the verdict falls to one source",
};
const DEAD_SECONDARY: Accepted = Accepted { slot: "secondary*", ..DEAD_SOURCE };

/// Slots named in the program, then those of the event CPI, then remaining accounts.
fn slots(named: &[&str], remaining: &[&str]) -> Vec<String> {
    let cpi = ["event_authority", "program"];
    [named, &cpi, remaining].concat().iter().map(|name| (*name).to_owned()).collect()
}

fn with_shards(named: &[&str]) -> Vec<String> {
    let shards = (0..8).map(|index| format!("shard_{index}"));
    slots(named, &[]).into_iter().chain(shards).collect()
}

pub fn create_group() -> Row {
    fn scene() -> Scene {
        let mut stage = Stage::calm();
        let admin = stage.payer();
        let args = CreateGroupArgs { id: 9, ..params::group() };
        let instruction = found(&admin.pubkey(), &stage.world.quote, args);
        stage.scene(instruction, &[&admin])
    }
    let named = [
        "admin",
        "group",
        "snapshot",
        "insurance",
        "insurance_vault",
        "quote_mint",
        "token_program",
        "system_program",
    ];
    Row {
        slots: slots(&named, &[]),
        accepted: &[Accepted {
            slot: "quote_mint",
            swaps: &["sibling"],
            reason: "whoever creates a group chooses the mint it counts in",
        }],
        answers: false,
        scene,
    }
}

pub fn create_shard() -> Row {
    fn scene() -> Scene {
        let mut stage = Stage::calm();
        let admin = stage.world.admin.insecure_clone();
        for id in [5, 6] {
            let args = CreateGroupArgs { id, ..params::group() };
            let quote = stage.world.quote;
            stage.world.must(&[found(&admin.pubkey(), &quote, args)], &[]);
            for index in 0..3 {
                let group = pda::group(&admin.pubkey(), id);
                stage.world.must(&[shard(&admin.pubkey(), &group, index)], &[]);
            }
        }
        let instruction = shard(&admin.pubkey(), &pda::group(&admin.pubkey(), 5), 3);
        stage.scene(instruction, &[&admin])
    }
    Row {
        slots: slots(&["admin", "group", "shard", "system_program"], &[]),
        accepted: &[],
        answers: false,
        scene,
    }
}

pub fn add_collateral() -> Row {
    fn scene() -> Scene {
        let mut stage = Stage::calm();
        let admin = stage.world.admin.insecure_clone();
        let mint = stage.world.new_mint(9);
        stage.world.new_mint(9);
        let args = params::token_collateral(&stage.world.markets[0].feed);
        let instruction = add([&admin.pubkey(), &stage.world.group], &mint, args);
        stage.scene(instruction, &[&admin])
    }
    let named = ["admin", "group", "snapshot", "mint", "bank", "vault", "token_program", "system_program"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn add_market() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let admin = stage.world.admin.insecure_clone();
        let params = params::market(&stage.world.markets[0].feed);
        let instruction = list([&admin.pubkey(), &stage.world.group], 2, params);
        stage.scene(instruction, &[&admin])
    }
    let named = ["admin", "group", "snapshot", "market", "ledger", "system_program"];
    Row { slots: with_shards(&named), accepted: &[], answers: false, scene }
}

pub fn register_venue() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let admin = stage.world.admin.insecure_clone();
        let authority = stage.world.venue_authority.pubkey();
        let new = NewVenue { index: 2, authority, program: example_venue::ID };
        let instruction = register(&admin.pubkey(), &stage.world.group, &new);
        stage.scene(instruction, &[&admin])
    }
    let named = ["admin", "group", "venue", "authority", "venue_program", "system_program"];
    Row {
        slots: slots(&named, &[]),
        accepted: &[
            Accepted {
                slot: "authority",
                swaps: &[
                    "type:C*",
                    "type:E*",
                    "type:G*",
                    "type:I*",
                    "type:M*",
                    "type:P*",
                    "type:R*",
                    "type:S*",
                    "type:V*",
                    "type:mint",
                    "type:vault",
                    "type:wallet",
                    "slot:admin",
                    "slot:group",
                    "slot:venue",
                    "slot:venue_program",
                    "slot:event_authority",
                    "slot:program",
                    "empty",
                    "absent",
                ],
                reason:
                    "the administrator names any key but the default one; only its owner can sign with it",
            },
            Accepted {
                slot: "venue_program",
                swaps: &["sibling", "slot:system_program", "slot:program"],
                reason: "recorded for readers; any program will do",
            },
        ],
        answers: false,
        scene,
    }
}

pub fn add_venue_market() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let admin = stage.world.admin.insecure_clone();
        let venue = pda::venue(&stage.world.group, 1);
        let instruction = admit([&admin.pubkey(), &stage.world.group], &venue, &stage.world.markets[0].key);
        stage.scene(instruction, &[&admin])
    }
    let named = ["admin", "group", "venue", "market", "venue_market", "system_program"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn activate() -> Row {
    fn scene() -> Scene {
        let mut world = World::configured(1, params::market);
        world.second_group(params::market);
        let admin = world.admin.insecure_clone();
        let instruction = activate_group(&admin.pubkey(), &world.group, &world.quote.mint);
        Scene { world, instruction, signers: vec![admin], names: BTreeMap::new() }
    }
    Row { slots: slots(&["admin", "group", "bank"], &[]), accepted: &[], answers: false, scene }
}

pub fn refresh() -> Row {
    fn scene() -> Scene {
        let mut stage = Stage::calm();
        stage.world.advance(1);
        stage.world.set_market_price(0, 201_000_000);
        stage.world.set_market_price(1, 202_000_000);
        let rows = [stage.oracle_row(0), stage.oracle_row(1)];
        let instruction = read(&stage.world.group, &rows);
        stage.scene(instruction, &[])
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

pub fn open_account() -> Row {
    fn scene() -> Scene {
        let mut stage = Stage::calm();
        let (owner, payer) = (stage.payer(), stage.payer());
        let instruction = open([&owner.pubkey(), &payer.pubkey()], &stage.world.group, 0);
        stage.scene(instruction, &[&owner, &payer])
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
        let instruction = approve(&stage.cast().dora.keys, &stage.world.venue, false);
        stage.scene(instruction, &[&owner])
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
        let alice = &stage.cast().alice;
        let owner = alice.owner.insecure_clone();
        let transfer = Transfer { mint: stage.world.quote, wallet: alice.quote_wallet, atoms: DOLLAR };
        let instruction = pay_in(&owner.pubkey(), &alice.keys, &transfer);
        stage.scene(instruction, &[&owner])
    }
    let named = ["depositor", "group", "margin_account", "bank", "vault", "source", "mint", "token_program"];
    Row {
        slots: slots(&named, &[]),
        accepted: &[Accepted {
            slot: "margin_account",
            swaps: &["sibling:*"],
            reason: "anyone may deposit for anyone in the group",
        }],
        answers: false,
        scene,
    }
}

pub fn withdraw() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let bob = &stage.cast().bob;
        let owner = bob.owner.insecure_clone();
        let transfer = Transfer { mint: stage.world.quote, wallet: bob.quote_wallet, atoms: DOLLAR };
        let instruction = pay_out(&bob.keys, &transfer, &stage.overlay());
        stage.scene(instruction, &[&owner])
    }
    let named = [
        "owner",
        "group",
        "snapshot",
        "margin_account",
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
        let market = stage.world.markets[0].key;
        let account = stage.cast().alice.account;
        let instruction = settle([&stage.world.group, &market], &account, &stage.overlay());
        stage.scene(instruction, &[])
    }
    let named = ["group", "snapshot", "market", "ledger", "margin_account", "shard"];
    Row {
        slots: slots(&named, &["primary", "secondary"]),
        accepted: &[DEAD_SOURCE, DEAD_SECONDARY],
        answers: true,
        scene,
    }
}

pub fn close_account() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let owner = stage.cast().dora.owner.insecure_clone();
        let instruction = close(&stage.cast().dora.keys);
        stage.scene(instruction, &[&owner])
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

fn fill_of(stage: &Stage) -> (FillPlace, Trade) {
    let world = &stage.world;
    let place = FillPlace {
        group: world.group,
        venue: world.venue,
        market: world.markets[0].key,
        authority: world.venue_authority.pubkey(),
    };
    let trade = Trade::new(&stage.cast().keeper, &stage.cast().bob, 10, LOT).with_overlay(stage.overlay());
    (place, trade)
}

pub fn apply_fill() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let (place, trade) = fill_of(&stage);
        let authority = stage.world.venue_authority.insecure_clone();
        stage.scene(apply(&place, &trade.fill()).expect("one maker"), &[&authority])
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
        let stage = Stage::calm();
        let (place, trade) = fill_of(&stage);
        stage.scene(ask(&place, &trade.fill()).expect("one maker"), &[])
    }
    let slots = ["group", "venue", "snapshot", "venue_market", "taker", "maker", "primary", "secondary"];
    Row {
        slots: slots.map(str::to_owned).to_vec(),
        accepted: &[
            Accepted {
                slot: "venue_market",
                swaps: &["sibling"],
                reason: "a question about another market of the venue",
            },
            Accepted {
                slot: "taker",
                swaps: &["sibling:alice"],
                reason: "a question about another taker of the group",
            },
            Accepted {
                slot: "maker",
                swaps: &["sibling:alice"],
                reason: "a question about another maker of the group",
            },
        ],
        answers: true,
        scene,
    }
}

pub fn liquidate() -> Row {
    fn scene() -> Scene {
        let stage = Stage::at_price(170_000_000);
        let keeper = &stage.cast().keeper;
        let owner = keeper.owner.insecure_clone();
        let liquidatee = stage.cast().alice.account;
        let target = Target { market: stage.world.markets[0].key, liquidatee, lots_max: u64::MAX };
        let instruction = take_over(&keeper.keys, &target, &stage.overlay());
        stage.scene(instruction, &[&owner])
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

pub fn fund_insurance() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let keeper = &stage.cast().keeper;
        let owner = keeper.owner.insecure_clone();
        let transfer = Transfer { mint: stage.world.quote, wallet: keeper.quote_wallet, atoms: DOLLAR };
        let instruction = fund(&owner.pubkey(), &stage.world.group, &transfer);
        stage.scene(instruction, &[&owner])
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
        let market = stage.world.markets[0].key;
        let account = stage.cast().alice.account;
        let instruction = resolve([&stage.world.group, &market], &account, &stage.world.quote);
        stage.scene(instruction, &[])
    }
    let named = [
        "group",
        "snapshot",
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
    Row { slots: with_shards(&named), accepted: &[], answers: false, scene }
}

pub fn recover_breaker() -> Row {
    fn scene() -> Scene {
        let mut stage = Stage::calm();
        stage.move_price(150_000_000);
        stage.move_price(150_000_000);
        stage.world.advance(600);
        let instruction = recover(&stage.world.group, stage.world.markets[0].row);
        stage.scene(instruction, &[])
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
