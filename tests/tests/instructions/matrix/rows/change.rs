//! Rows of administration after a group is open.

use firebreak::instructions::{AuthoritiesArgs, MarketParams};
use firebreak_client::{
    instructions::{
        accept_admin as accept, freeze_venue as freeze, pause as stop, resume as go_on,
        set_authorities as set, sync_venue_market as sync, update_collateral as change_collateral,
        update_group as change_group, update_market as change_market, update_oracle as change_oracle,
    },
    pda,
};
use firebreak_tests::params;
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::{slots, Accepted, Row};
use crate::stage::{Scene, Stage};

fn calm() -> (Stage, Keypair) {
    let stage = Stage::calm();
    let admin = stage.world.admin.insecure_clone();
    (stage, admin)
}

pub fn update_group() -> Row {
    fn scene() -> Scene {
        let (stage, admin) = calm();
        stage.scene(&[&admin], |world, _| {
            change_group([&admin.pubkey(), &world.group], params::group().params())
        })
    }
    let named = ["authority", "group", "snapshot"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn update_collateral() -> Row {
    fn scene() -> Scene {
        let (stage, admin) = calm();
        stage.scene(&[&admin], |world, _| {
            let args = params::token_collateral(&world.markets[0].feed);
            change_collateral([&admin.pubkey(), &world.group], &world.token.mint, args)
        })
    }
    let named = ["authority", "group", "snapshot", "bank"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn update_market() -> Row {
    fn scene() -> Scene {
        let (stage, admin) = calm();
        stage.scene(&[&admin], |world, _| {
            let params = params::market(&world.markets[0].feed);
            change_market([&admin.pubkey(), &world.group], &world.markets[0].key, params)
        })
    }
    // The other market has another oracle, so it is not taken for this one.
    let named = ["authority", "group", "snapshot", "market"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn update_oracle() -> Row {
    fn scene() -> Scene {
        let (stage, admin) = calm();
        stage.scene(&[&admin], |world, _| {
            let oracle = params::oracle(&world.markets[0].feed);
            change_oracle([&admin.pubkey(), &world.group], world.markets[0].row, oracle)
        })
    }
    let named = ["authority", "group", "snapshot"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn sync_venue_market() -> Row {
    fn scene() -> Scene {
        let (mut stage, admin) = calm();
        stage.both(|world, _| {
            for market in world.markets.clone() {
                let fees = MarketParams { fee_max_ppm: 700, ..params::market(&market.feed) };
                world.must(&[change_market([&admin.pubkey(), &world.group], &market.key, fees)], &[]);
            }
        });
        stage.scene(&[], |world, _| sync(&world.group, &world.venue, &world.markets[0].key))
    }
    let named = ["group", "market", "venue_market"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

fn authorities(stage: &mut Stage) -> (AuthoritiesArgs, Keypair) {
    let proposed = stage.payer();
    (AuthoritiesArgs { guardian: stage.payer().pubkey(), proposed_admin: proposed.pubkey() }, proposed)
}

pub fn set_authorities() -> Row {
    fn scene() -> Scene {
        let (mut stage, admin) = calm();
        let (args, _) = authorities(&mut stage);
        stage.scene(&[&admin], |world, _| set(&admin.pubkey(), &world.group, args))
    }
    Row {
        slots: slots(&["admin", "group"], &[]),
        accepted: &[Accepted {
            slot: "group",
            swaps: &["foreign"],
            reason: "both groups have the same administrator, and the account alone names the group",
        }],
        answers: false,
        scene,
    }
}

pub fn accept_admin() -> Row {
    fn scene() -> Scene {
        let (mut stage, admin) = calm();
        let (args, proposed) = authorities(&mut stage);
        stage.both(|world, _| {
            world.must(&[set(&admin.pubkey(), &world.group, args)], &[]);
        });
        stage.scene(&[&proposed], |world, _| accept(&proposed.pubkey(), &world.group))
    }
    Row {
        slots: slots(&["proposed_admin", "group"], &[]),
        accepted: &[Accepted {
            slot: "group",
            swaps: &["foreign"],
            reason: "the key was proposed in both groups, and the account alone names the group",
        }],
        answers: false,
        scene,
    }
}

pub fn pause() -> Row {
    fn scene() -> Scene {
        let (stage, admin) = calm();
        stage.scene(&[&admin], |world, _| stop([&admin.pubkey(), &world.group], None, 60))
    }
    let named = ["authority", "group", "snapshot"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn resume() -> Row {
    fn scene() -> Scene {
        let (mut stage, admin) = calm();
        stage.both(|world, _| {
            let row = Some(world.markets[0].row);
            world.must(&[stop([&admin.pubkey(), &world.group], row, 60)], &[]);
        });
        stage.scene(&[&admin], |world, _| go_on([&admin.pubkey(), &world.group], Some(world.markets[0].row)))
    }
    let named = ["authority", "group", "snapshot"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn freeze_venue() -> Row {
    fn scene() -> Scene {
        let (stage, admin) = calm();
        stage.scene(&[&admin], |world, _| {
            freeze([&admin.pubkey(), &world.group], &pda::venue(&world.group, 1), true)
        })
    }
    Row {
        slots: slots(&["authority", "group", "venue"], &[]),
        accepted: &[Accepted {
            slot: "venue",
            swaps: &["sibling"],
            reason: "the administrator chooses among the venues of the group",
        }],
        answers: false,
        scene,
    }
}
