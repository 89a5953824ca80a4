//! Rows of insurance stakes.

use firebreak_client::instructions::{
    cancel_unstake as cancel, close_stake as close, open_stake as open, request_unstake as request,
    stake as put, unstake as take, StakeKeys, Transfer,
};
use firebreak_tests::params::DOLLAR;
use solana_signer::Signer;

use super::{slots, Accepted, Row};
use crate::stage::{Scene, Stage};

/// Seconds of the test group's cooldown.
const COOLDOWN: u64 = 86_400;

/// Alice and the keeper have staked in both groups; with `has_request`, both asked for an exit.
fn staked(has_request: bool) -> Stage {
    let mut stage = Stage::calm();
    stage.both(|world, cast| {
        for trader in [&cast.alice, &cast.keeper] {
            world.open_stake(trader);
            world.stake(trader, 100 * DOLLAR).expect("far more than a share");
            if has_request {
                world.request_unstake(trader, 1).expect("it has shares");
            }
        }
    });
    stage
}

pub fn open_stake() -> Row {
    fn scene() -> Scene {
        let mut stage = Stage::calm();
        let (owner, payer) = (stage.payer(), stage.payer());
        stage.scene(&[&owner, &payer], |world, _| {
            open(&StakeKeys::new(&world.group, &owner.pubkey()), &payer.pubkey())
        })
    }
    let named = ["owner", "payer", "group", "insurance", "stake", "system_program"];
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

pub fn stake() -> Row {
    fn scene() -> Scene {
        let stage = staked(false);
        let owner = stage.cast().keeper.owner.insecure_clone();
        stage.scene(&[&owner], |world, cast| {
            let transfer = Transfer { mint: world.quote, wallet: cast.keeper.quote_wallet, atoms: DOLLAR };
            put(&world.stake_keys(&cast.keeper), &transfer)
        })
    }
    let named = ["owner", "group", "insurance", "stake", "vault", "source", "quote_mint", "token_program"];
    Row { slots: slots(&named, &[]), accepted: &[], answers: false, scene }
}

pub fn request_unstake() -> Row {
    fn scene() -> Scene {
        let stage = staked(false);
        let owner = stage.cast().keeper.owner.insecure_clone();
        stage.scene(&[&owner], |world, cast| request(&world.stake_keys(&cast.keeper), 1))
    }
    Row { slots: slots(&["owner", "insurance", "stake"], &[]), accepted: &[], answers: false, scene }
}

pub fn cancel_unstake() -> Row {
    fn scene() -> Scene {
        let stage = staked(true);
        let owner = stage.cast().keeper.owner.insecure_clone();
        stage.scene(&[&owner], |world, cast| cancel(&world.stake_keys(&cast.keeper)))
    }
    Row { slots: slots(&["owner", "insurance", "stake"], &[]), accepted: &[], answers: false, scene }
}

pub fn unstake() -> Row {
    fn scene() -> Scene {
        let mut stage = staked(true);
        stage.world.advance(COOLDOWN);
        let owner = stage.cast().keeper.owner.insecure_clone();
        stage.scene(&[&owner], |world, cast| {
            take(&world.stake_keys(&cast.keeper), &world.payout(&cast.keeper))
        })
    }
    let named =
        ["owner", "group", "insurance", "stake", "vault", "destination", "quote_mint", "token_program"];
    Row {
        slots: slots(&named, &["ledger_0", "ledger_1"]),
        accepted: &[Accepted {
            slot: "destination",
            swaps: &["sibling:alice, quote", "sibling:bob, quote", "sibling:dora, quote"],
            reason: "the owner sends the tokens wherever they want",
        }],
        answers: false,
        scene,
    }
}

pub fn close_stake() -> Row {
    fn scene() -> Scene {
        let mut stage = staked(false);
        stage.both(|world, cast| {
            world.open_stake(&cast.dora);
        });
        let owner = stage.cast().dora.owner.insecure_clone();
        stage.scene(&[&owner], |world, cast| close(&world.stake_keys(&cast.dora)))
    }
    Row {
        slots: slots(&["owner", "stake"], &[]),
        accepted: &[Accepted {
            slot: "stake",
            swaps: &["foreign:dora, stake"],
            reason: "it is empty and belongs to the same owner; no group is involved",
        }],
        answers: false,
        scene,
    }
}
