//! Stakes in the insurance: opening, staking, asking for an exit, taking that back, leaving and closing.

mod rules;

use firebreak::{
    constants::{self, LAYOUT_VERSION},
    events::{StakeClosed, StakeOpened, Staked, UnstakeCancelled, UnstakeRequested, Unstaked},
    state::{InsuranceStake, InsuranceVault},
};
use firebreak_client::{
    instructions::{
        cancel_unstake, close_stake, open_stake, request_unstake, stake, unstake, StakeKeys, Transfer,
    },
    pda,
};
use firebreak_tests::{params::DOLLAR, Trader, World};
use solana_signer::Signer;

use crate::{
    chain::{edit, Chain},
    effect::{acts, created, emits, tokens},
    stage::Stage,
    zeroed,
};
use anchor_lang::prelude::Pubkey;

/// Seconds of the test group's cooldown.
const COOLDOWN: u64 = 86_400;
/// A share costs a thousandth of an atom while nothing was lost or donated.
const SHARES_PER_DOLLAR: u64 = 1_000 * DOLLAR;

/// A transaction on a stake raises its sequence.
fn touched(chain: &mut Chain, keys: &StakeKeys, change: impl FnOnce(&mut InsuranceStake)) {
    edit::<InsuranceStake>(chain, &keys.stake, |stake| {
        stake.sequence += 1;
        change(stake);
    });
}

/// The insurance's record after a transaction.
fn insured(chain: &mut Chain, keys: &StakeKeys, [balance_atoms, share_count]: [u64; 2]) {
    edit::<InsuranceVault>(chain, &keys.insurance, |insurance| {
        insurance.sequence += 1;
        insurance.balance_atoms = balance_atoms;
        insurance.share_count = share_count;
    });
}

/// A world whose only staker holds 1 000 dollars of insurance: 10^12 shares for 10^9 atoms.
fn thousand() -> (World, Trader, StakeKeys) {
    let mut world = World::new();
    let staker = world.staker(1_000 * DOLLAR);
    let keys = world.stake_keys(&staker);
    (world, staker, keys)
}

#[test]
fn a_stake_is_opened_empty_and_its_rent_is_paid_by_the_payer() {
    let mut stage = Stage::calm();
    let (owner, payer) = (stage.payer(), stage.payer());
    let world = &mut stage.world;
    let (group, key_of_owner) = (world.group, owner.pubkey());
    let keys = StakeKeys::new(&group, &key_of_owner);
    let before = [&owner, &payer].map(|key| world.svm.get_balance(&key.pubkey()));
    let meta = acts(world, open_stake(&keys, &payer.pubkey()), &[&owner, &payer], |world, chain| {
        let seeds: [&[u8]; 3] = [constants::INSURANCE_STAKE, keys.insurance.as_ref(), key_of_owner.as_ref()];
        let stake = InsuranceStake {
            group,
            owner: key_of_owner,
            sequence: 1,
            bump: Pubkey::find_program_address(&seeds, &firebreak::ID).1,
            version: LAYOUT_VERSION,
            ..zeroed()
        };
        created(world, chain, keys.stake, &stake);
    });
    emits(&meta, StakeOpened { group, stake: keys.stake, owner: key_of_owner, sequence: 1 });
    // 8 + 176 bytes.
    let rent = world.svm.minimum_balance_for_rent_exemption(184);
    let after = [&owner, &payer].map(|key| world.svm.get_balance(&key.pubkey()));
    assert_eq!(after, [before[0], before[1].map(|lamports| lamports - rent)]);
}

/// 150 dollars were donated before anybody staked: a share costs 150 000 001 / 1 000 atoms. A dollar buys six, which cost
/// 900 000.006 atoms, so 900 001 are taken and 99 999 stay in the wallet.
#[test]
fn a_stake_costs_what_its_whole_shares_cost_and_no_more() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    world.open_stake(&cast.keeper);
    let keys = world.stake_keys(&cast.keeper);
    let transfer = Transfer { mint: world.quote, wallet: cast.keeper.quote_wallet, atoms: DOLLAR };
    let meta = acts(world, stake(&keys, &transfer), &[&cast.keeper.owner], |_, chain| {
        tokens(chain, &transfer.wallet, -900_001);
        tokens(chain, &pda::insurance_vault(&keys.insurance), 900_001);
        touched(chain, &keys, |stake| stake.shares = 6);
        insured(chain, &keys, [150_900_001, 6]);
    });
    let event = Staked {
        group: keys.group,
        stake: keys.stake,
        owner: keys.owner,
        atoms: 900_001,
        shares: 6,
        stake_shares: 6,
        balance_atoms: 150_900_001,
        share_count: 6,
        // Opened, and this.
        stake_sequence: 2,
        // Funded, and this.
        sequence: 2,
    };
    emits(&meta, event);
    // 6 * 150 900 002 / 1 006 = 900 000.012.
    assert_eq!(world.stake_atoms(&cast.keeper), 900_000);
}

#[test]
fn asking_for_an_exit_records_shares_value_and_time() {
    let (mut world, staker, keys) = thousand();
    let now = world.now();
    let meta =
        acts(&mut world, request_unstake(&keys, 400 * SHARES_PER_DOLLAR), &[&staker.owner], |_, chain| {
            touched(chain, &keys, |stake| {
                stake.exit_shares = 400 * SHARES_PER_DOLLAR;
                // 4 * 10^11 * (10^9 + 1) / (10^12 + 1 000), which is a thousandth of the shares.
                stake.exit_atoms = 400 * DOLLAR;
                stake.exit_requested_ts = now;
            });
        });
    let event = UnstakeRequested {
        group: keys.group,
        stake: keys.stake,
        owner: keys.owner,
        shares: 400 * SHARES_PER_DOLLAR,
        atoms: 400 * DOLLAR,
        requested_ts: now,
        // Opened, staked, and this.
        sequence: 3,
    };
    emits(&meta, event);
}

#[test]
fn a_request_is_taken_back_without_a_loss_when_nothing_was_earned() {
    let (mut world, staker, keys) = thousand();
    world.request_unstake(&staker, 400 * SHARES_PER_DOLLAR).expect("it has them");
    let meta = acts(&mut world, cancel_unstake(&keys), &[&staker.owner], |_, chain| {
        touched(chain, &keys, |stake| {
            stake.exit_shares = 0;
            stake.exit_atoms = 0;
            stake.exit_requested_ts = 0;
        });
        insured(chain, &keys, [1_000 * DOLLAR, 1_000 * SHARES_PER_DOLLAR]);
    });
    let event = UnstakeCancelled {
        group: keys.group,
        stake: keys.stake,
        owner: keys.owner,
        burnt_shares: 0,
        stake_shares: 1_000 * SHARES_PER_DOLLAR,
        share_count: 1_000 * SHARES_PER_DOLLAR,
        stake_sequence: 4,
        sequence: 2,
    };
    emits(&meta, event);
}

/// A donation of 100 dollars raises the value of the 4 * 10^11 shares to 439.99 dollars. They would be paid 400; the others
/// would be 6 * 10^11 shares of 700 dollars, of which 400 buy
/// 4 * 10^8 * (6 * 10^11 + 1 000) / (7 * 10^8 + 1) = 342 857 142 938.7...
#[test]
fn whoever_takes_a_request_back_leaves_what_it_earned_to_the_others() {
    const KEPT: u64 = 342857142938;
    let (mut world, staker, keys) = thousand();
    world.request_unstake(&staker, 400 * SHARES_PER_DOLLAR).expect("it has them");
    world.fund_insurance(&staker, 100 * DOLLAR);
    let left = 600 * SHARES_PER_DOLLAR + KEPT;
    acts(&mut world, cancel_unstake(&keys), &[&staker.owner], |_, chain| {
        touched(chain, &keys, |stake| {
            stake.shares = left;
            stake.exit_shares = 0;
            stake.exit_atoms = 0;
            stake.exit_requested_ts = 0;
        });
        insured(chain, &keys, [1_100 * DOLLAR, left]);
    });
}

/// 400 of 1 000 dollars leave after a day, although a donation raised their value by a tenth: the tenth stays.
#[test]
fn an_exit_pays_what_it_was_worth_when_it_was_asked_for() {
    let (mut world, staker, keys) = thousand();
    world.request_unstake(&staker, 400 * SHARES_PER_DOLLAR).expect("it has them");
    world.fund_insurance(&staker, 100 * DOLLAR);
    world.advance(COOLDOWN);
    let instruction = unstake(&keys, &world.payout(&staker));
    let meta = acts(&mut world, instruction, &[&staker.owner], |_, chain| {
        tokens(chain, &staker.quote_wallet, 400_000_000);
        tokens(chain, &pda::insurance_vault(&keys.insurance), -400_000_000);
        touched(chain, &keys, |stake| {
            stake.shares = 600 * SHARES_PER_DOLLAR;
            stake.exit_shares = 0;
            stake.exit_atoms = 0;
            stake.exit_requested_ts = 0;
        });
        insured(chain, &keys, [700 * DOLLAR, 600 * SHARES_PER_DOLLAR]);
    });
    let event = Unstaked {
        group: keys.group,
        stake: keys.stake,
        owner: keys.owner,
        destination: staker.quote_wallet,
        atoms: 400 * DOLLAR,
        shares: 400 * SHARES_PER_DOLLAR,
        stake_shares: 600 * SHARES_PER_DOLLAR,
        balance_atoms: 700 * DOLLAR,
        share_count: 600 * SHARES_PER_DOLLAR,
        stake_sequence: 4,
        // Staked, funded, and this.
        sequence: 3,
    };
    emits(&meta, event);
}

#[test]
fn an_empty_stake_is_closed_and_its_rent_returns_to_its_owner() {
    let mut world = World::new();
    let staker = world.staker(0);
    let keys = world.stake_keys(&staker);
    let rent = world.svm.get_balance(&keys.stake).expect("it exists");
    let before = world.svm.get_balance(&keys.owner).unwrap_or_default();
    let meta = acts(&mut world, close_stake(&keys), &[&staker.owner], |_, chain| {
        chain.remove(&keys.stake).expect("it existed");
    });
    emits(&meta, StakeClosed { group: keys.group, stake: keys.stake, owner: keys.owner, sequence: 1 });
    assert_eq!(world.svm.get_balance(&keys.owner), Some(before + rent));
}
