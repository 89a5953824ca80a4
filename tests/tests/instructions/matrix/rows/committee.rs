//! Rows of committees of reporters.

use firebreak::instructions::ForecastArgs;
use firebreak_client::instructions::{
    create_committee as create, post_forecast as post, update_committee as change,
};
use firebreak_tests::params;
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::{slots, Accepted, Row};
use crate::stage::{Scene, Stage};

/// Both markets of both groups have a committee of the same three reporters.
pub fn reported() -> (Stage, Vec<Keypair>) {
    let mut stage = Stage::calm();
    let reporters: Vec<Keypair> = (0..3).map(|_| stage.payer()).collect();
    stage.both(|world, _| {
        for market in 0..world.markets.len() {
            world.create_committee(market, params::committee(&reporters));
        }
    });
    (stage, reporters)
}

pub fn create_committee() -> Row {
    fn scene() -> Scene {
        let stage = Stage::calm();
        let admin = stage.world.admin.insecure_clone();
        let reporters = [stage.cast().dora.owner.insecure_clone()];
        stage.scene(&[&admin], |world, _| {
            let keys = [&admin.pubkey(), &world.group];
            create(keys, &world.markets[0].key, params::committee(&reporters))
        })
    }
    let named = ["admin", "group", "market", "committee", "system_program"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn update_committee() -> Row {
    fn scene() -> Scene {
        let (stage, reporters) = reported();
        let admin = stage.world.admin.insecure_clone();
        stage.scene(&[&admin], |world, _| {
            let keys = [&admin.pubkey(), &world.group];
            change(keys, &world.markets[0].key, params::committee(&reporters[1..]))
        })
    }
    Row {
        slots: slots(&["authority", "group", "committee"], &[]),
        accepted: &[Accepted {
            slot: "committee",
            swaps: &["sibling"],
            reason: "the administrator chooses among the committees of the group",
        }],
        answers: false,
        scene,
    }
}

pub fn post_forecast() -> Row {
    fn scene() -> Scene {
        let (stage, reporters) = reported();
        let args = ForecastArgs { variance_q64: 1 << 40, depth_atoms: 1 << 40 };
        stage.scene(&[&reporters[0]], |world, _| post(&reporters[0].pubkey(), &world.markets[0].key, args))
    }
    Row {
        slots: slots(&["reporter", "committee"], &[]),
        accepted: &[Accepted {
            slot: "committee",
            swaps: &["sibling", "foreign"],
            reason: "the reporter has a seat in each of these committees and says the same in another one",
        }],
        answers: false,
        scene,
    }
}
