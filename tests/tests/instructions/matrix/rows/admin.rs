//! Rows of administration.

use firebreak::instructions::CreateGroupArgs;
use firebreak_client::{
    instructions::{
        activate as activate_group, add_collateral as add, add_market as list, add_venue_market as admit,
        create_group as found, create_shard as shard, register_venue as register, NewVenue,
    },
    pda,
};
use firebreak_tests::{params, World};
use solana_signer::Signer;
use std::collections::BTreeMap;

use super::{slots, with_shards, Accepted, Row};
use crate::stage::{Scene, Stage};

pub fn create_group() -> Row {
    fn scene() -> Scene {
        let mut stage = Stage::calm();
        let (admin, other) = (stage.payer(), stage.payer());
        let first = stage.world.group;
        stage.scene(&[&admin, &other], |world, _| {
            let admin = if world.group == first { &admin } else { &other };
            found(&admin.pubkey(), &world.quote, CreateGroupArgs { id: 9, ..params::group() })
        })
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
        let first = stage.world.group;
        stage.scene(&[&admin], |world, _| {
            let id = if world.group == first { 5 } else { 6 };
            shard(&admin.pubkey(), &pda::group(&admin.pubkey(), id), 3)
        })
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
        stage.scene(&[&admin], |world, _| {
            let args = params::token_collateral(&world.markets[0].feed);
            add([&admin.pubkey(), &world.group], &mint, args)
        })
    }
    let named = ["admin", "group", "snapshot", "mint", "bank", "vault", "token_program", "system_program"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn add_market() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let admin = stage.world.admin.insecure_clone();
        stage.scene(&[&admin], |world, _| {
            list([&admin.pubkey(), &world.group], 2, params::market(&world.markets[0].feed))
        })
    }
    let named = ["admin", "group", "snapshot", "market", "ledger", "system_program"];
    Row { slots: with_shards(&named), accepted: &[], answers: false, scene }
}

pub fn register_venue() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let admin = stage.world.admin.insecure_clone();
        stage.scene(&[&admin], |world, _| {
            let authority = world.venue_authority.pubkey();
            let new = NewVenue { index: 2, authority, program: example_venue::ID };
            register(&admin.pubkey(), &world.group, &new)
        })
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
        stage.scene(&[&admin], |world, _| {
            let venue = pda::venue(&world.group, 1);
            admit([&admin.pubkey(), &world.group], &venue, &world.markets[0].key)
        })
    }
    let named = ["admin", "group", "venue", "market", "venue_market", "system_program"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn activate() -> Row {
    fn scene() -> Scene {
        let mut world = World::configured(1, params::market);
        let other = world.second_group(params::market);
        let admin = world.admin.insecure_clone();
        let [instruction, twin] = [world.group, other.group]
            .map(|group| activate_group(&admin.pubkey(), &group, &world.quote.mint));
        Scene { world, instruction, twin, signers: vec![admin], names: BTreeMap::new() }
    }
    Row { slots: slots(&["admin", "group", "bank"], &[]), accepted: &[], answers: false, scene }
}
