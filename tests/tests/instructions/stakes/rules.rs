//! What stakes refuse.

use firebreak::{
    error::FirebreakError,
    state::{Group, InsuranceVault, MarketLedger},
};
use firebreak_client::{
    instructions::{stake, unstake, Payout, StakeKeys, Transfer},
    pda,
};
use firebreak_tests::{
    params::{self, DOLLAR},
    send::TRANSACTION_BYTES_MAX,
    Trader, World,
};
use solana_message::Message;
use solana_signer::Signer;

use super::{thousand, COOLDOWN, SHARES_PER_DOLLAR};
use crate::{
    bounds::rehearse,
    chain::{edit, Chain},
    stage::Stage,
};

/// Anchor's code for the same token account in two writable slots.
const DUPLICATE_MUTABLE: u32 = 2040;

/// Writes one account by hand, as no instruction would.
fn forge<T: bytemuck::Pod + anchor_lang::Discriminator>(
    world: &mut World,
    key: anchor_lang::prelude::Pubkey,
    change: impl FnOnce(&mut T),
) {
    let account = world.svm.get_account(&key).expect("it exists");
    let mut chain = Chain::from([(key, account)]);
    edit::<T>(&mut chain, &key, change);
    world.svm.set_account(key, chain.remove(&key).expect("it was put in")).expect("rent exempt");
}

/// No instruction deactivates a group, so the status is written by hand.
#[test]
fn a_group_that_is_not_active_takes_no_stakes() {
    let mut world = World::new();
    let [staker, other] = [(); 2].map(|()| world.empty_trader());
    world.open_stake(&staker);
    world.stake(&staker, DOLLAR).expect("active");
    let group = world.group;
    forge::<Group>(&mut world, group, |group| group.status = 0);
    let failure = world.stake(&staker, DOLLAR).expect_err("in setup");
    failure.assert_is(FirebreakError::GroupNotActive);
    let keys = world.stake_keys(&other);
    let open = firebreak_client::instructions::open_stake(&keys, &world.admin.pubkey());
    let failure = world.send(&[open], &[&other.owner]).expect_err("in setup");
    failure.assert_is(FirebreakError::GroupNotActive);
    // What is inside may leave.
    world.request_unstake(&staker, 1).expect("it has shares");
    world.advance(COOLDOWN);
    world.unstake(&staker).expect("after the cooldown");
}

#[test]
fn a_stake_is_something_and_comes_from_the_owners_wallet() {
    let (mut world, staker, keys) = thousand();
    let cases = [
        (staker.quote_wallet, 0, FirebreakError::ZeroAmount.into()),
        (pda::insurance_vault(&keys.insurance), 1, DUPLICATE_MUTABLE),
        // The token program's codes for another mint and for too little.
        (staker.token_wallet, 1, 3),
        (staker.quote_wallet, 1 << 51, 1),
    ];
    for (wallet, atoms, code) in cases {
        let transfer = Transfer { mint: world.quote, wallet, atoms };
        let failure = rehearse(&mut world, stake(&keys, &transfer), &[&staker.owner]).expect_err("no stake");
        assert_eq!(failure.code, Some(code), "{failure:?}");
    }
    // The vault is no destination either.
    world.request_unstake(&staker, 1).expect("it has shares");
    world.advance(COOLDOWN);
    let payout = Payout { wallet: pda::insurance_vault(&keys.insurance), ..world.payout(&staker) };
    let failure = world.send(&[unstake(&keys, &payout)], &[&staker.owner]).expect_err("in a circle");
    assert_eq!(failure.code, Some(DUPLICATE_MUTABLE), "{failure:?}");
}

/// 150 dollars belong to nobody, so a share costs 150 000 001 / 1 000 atoms: 150 000 do not buy one, 150 001 do.
#[test]
fn a_stake_buys_at_least_one_share() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    world.open_stake(&cast.keeper);
    let failure = world.stake(&cast.keeper, 150_000).expect_err("less than a share");
    failure.assert_is(FirebreakError::ZeroShares);
    world.stake(&cast.keeper, 150_001).expect("one share");
    assert_eq!((world.stake_of(&cast.keeper).shares, world.insurance().balance_atoms), (1, 150_150_001));
}

#[test]
fn an_exit_is_asked_for_once_and_for_shares_that_are_there() {
    let (mut world, staker, _) = thousand();
    let all = 1_000 * SHARES_PER_DOLLAR;
    let failure = world.request_unstake(&staker, 0).expect_err("nothing");
    failure.assert_is(FirebreakError::ZeroAmount);
    let failure = world.request_unstake(&staker, all + 1).expect_err("one too many");
    failure.assert_is(FirebreakError::InsufficientShares);
    for refused in [world.cancel_unstake(&staker), world.unstake(&staker)] {
        refused.expect_err("no request").assert_is(FirebreakError::ExitRequest);
    }
    world.request_unstake(&staker, 1).expect("it has them");
    let failure = world.request_unstake(&staker, 1).expect_err("there is one");
    failure.assert_is(FirebreakError::ExitRequest);
    world.cancel_unstake(&staker).expect("there is one");
    world.request_unstake(&staker, all).expect("all of them");
}

#[test]
fn an_exit_waits_to_the_second() {
    let (mut world, staker, _) = thousand();
    world.request_unstake(&staker, SHARES_PER_DOLLAR).expect("it has them");
    world.advance(COOLDOWN - 1);
    let failure = world.unstake(&staker).expect_err("a second is missing");
    failure.assert_is(FirebreakError::UnstakeCooldown);
    world.advance(1);
    world.unstake(&staker).expect("a day");
    // Taken is taken.
    world.unstake(&staker).expect_err("no request").assert_is(FirebreakError::ExitRequest);
}

/// A later stake does not shorten or prolong the cooldown, and is no part of the exit.
#[test]
fn staking_more_does_not_touch_a_request() {
    let (mut world, staker, _) = thousand();
    world.request_unstake(&staker, 1_000 * SHARES_PER_DOLLAR).expect("all");
    world.advance(COOLDOWN - 1);
    world.stake(&staker, DOLLAR).expect("more");
    world.advance(1);
    let before = world.balance(&staker.quote_wallet);
    world.unstake(&staker).expect("a day");
    assert_eq!(world.balance(&staker.quote_wallet) - before, 1_000 * DOLLAR);
    assert_eq!(world.stake_of(&staker).shares, SHARES_PER_DOLLAR);
}

#[test]
fn only_an_empty_stake_is_closed() {
    let (mut world, staker, keys) = thousand();
    let close = |world: &mut World| world.close_stake(&staker);
    close(&mut world).expect_err("a stake").assert_is(FirebreakError::AccountNotEmpty);
    world.request_unstake(&staker, 1_000 * SHARES_PER_DOLLAR).expect("all");
    close(&mut world).expect_err("on its way out").assert_is(FirebreakError::AccountNotEmpty);
    world.advance(COOLDOWN);
    world.unstake(&staker).expect("a day");
    close(&mut world).expect("empty");
    assert_eq!(world.svm.get_account(&keys.stake).map(|account| account.lamports), None);
    assert_eq!((world.insurance().share_count, world.insurance().balance_atoms), (0, 0));
    world.open_stake(&staker);
}

/// A world of three markets whose staker may leave now.
fn leaving() -> (World, Trader, StakeKeys) {
    let mut world = World::with_markets(3, params::market);
    let staker = world.staker(1_000 * DOLLAR);
    world.request_unstake(&staker, SHARES_PER_DOLLAR).expect("it has them");
    world.advance(COOLDOWN);
    let keys = world.stake_keys(&staker);
    (world, staker, keys)
}

#[test]
fn an_exit_is_shown_all_ledgers_in_order() {
    let (mut world, staker, keys) = leaving();
    let right = unstake(&keys, &world.payout(&staker));
    let first = right.accounts.len() - 3;
    let mut short = right.clone();
    short.accounts.pop();
    let mut long = right.clone();
    long.accounts.push(long.accounts[first].clone());
    let mut swapped = right.clone();
    swapped.accounts.swap(first, first + 2);
    let mut repeated = right.clone();
    repeated.accounts[first + 1] = repeated.accounts[first].clone();
    for wrong in [short, long, swapped, repeated] {
        let failure = rehearse(&mut world, wrong, &[&staker.owner]).expect_err("not the ledgers in order");
        failure.assert_is(FirebreakError::LedgersMissing);
    }
    let other = world.second_group(params::market);
    let mut foreign = right.clone();
    foreign.accounts[first].pubkey = pda::ledger(&other.markets[0].key);
    let failure = rehearse(&mut world, foreign, &[&staker.owner]).expect_err("another group's ledger");
    failure.assert_is(FirebreakError::WrongGroup);
    rehearse(&mut world, right, &[&staker.owner]).expect("all of them");
}

/// Each market and each of the two counts freezes exits by itself. The audit would find such counts without bankrupt
/// positions, so it is off; the scenarios freeze exits with real ones.
#[test]
fn a_loss_of_any_market_freezes_exits_and_nothing_else() {
    let (mut world, staker, keys) = leaving();
    world.is_auditing = false;
    for market in 0..3 {
        let ledger = pda::ledger(&world.markets[market].key);
        for set in
            [(|ledger: &mut MarketLedger| ledger.bankrupt_count = 1) as fn(&mut MarketLedger), |ledger| {
                ledger.shortfall_count = 1
            }]
        {
            let intact = world.svm.get_account(&ledger).expect("a ledger");
            forge::<MarketLedger>(&mut world, ledger, set);
            let failure = world.unstake(&staker).expect_err("a loss is open");
            failure.assert_is(FirebreakError::ExitsFrozen);
            world.svm.set_account(ledger, intact).expect("rent exempt");
        }
    }
    let ledger = pda::ledger(&world.markets[1].key);
    forge::<MarketLedger>(&mut world, ledger, |ledger| ledger.shortfall_count = 1);
    world.cancel_unstake(&staker).expect("nothing leaves");
    world.request_unstake(&staker, 1).expect("nothing leaves yet");
    world.stake(&staker, DOLLAR).expect("it bears the loss");
    world.advance(COOLDOWN);
    let again = unstake(&keys, &world.payout(&staker));
    let failure = world.send(&[again], &[&staker.owner]).expect_err("still open");
    failure.assert_is(FirebreakError::ExitsFrozen);
}

/// The owner alone signs and pays. 24 ledgers would need 33 bytes more.
#[test]
fn exits_of_a_group_of_23_markets_fit_a_transaction() {
    let (world, staker, keys) = thousand();
    let bytes = |market_count| {
        let payout = Payout { market_count, ..world.payout(&staker) };
        let message = Message::new(&[unstake(&keys, &payout)], Some(&keys.owner));
        1 + 64 + message.serialize().len()
    };
    assert!(bytes(23) <= TRANSACTION_BYTES_MAX);
    assert!(bytes(24) > TRANSACTION_BYTES_MAX);
}

/// At a share value of 2^-20 atoms stakes are taken, below it they are not. A million dollars were staked and lost but
/// for B atoms: an atom buys 2^20 shares where B + 1 = (10^15 + 1 000) / 2^20 = 953 674 316.4.
#[test]
fn nobody_stakes_where_an_atom_would_buy_more_than_2_to_the_20_shares() {
    let mut world = World::new();
    let staker = world.staker(1_000_000 * DOLLAR);
    assert_eq!(world.insurance().share_count, 1_000_000 * SHARES_PER_DOLLAR);
    let keys = world.stake_keys(&staker);
    // 953 674 317 atoms are enough, the virtual one included.
    for (balance_atoms, is_taken) in [(0, false), (953_674_315, false), (953_674_316, true)] {
        drain(&mut world, &keys, balance_atoms);
        let before = world.svm.clone();
        match world.stake(&staker, 1_000) {
            Ok(_) => assert!(is_taken, "{balance_atoms} atoms are too few"),
            Err(failure) => {
                assert!(!is_taken, "{failure:?}");
                failure.assert_is(FirebreakError::ShareValueTooLow);
            }
        }
        world.svm = before;
    }
    // From nothing, a thousandth of what was lost brings stakes back, and the shares of before are worth that much.
    drain(&mut world, &keys, 0);
    assert_eq!(world.stake_atoms(&staker), 0);
    world.fund_insurance(&staker, 1_000 * DOLLAR);
    world.stake(&staker, 1_000 * DOLLAR).expect("a share is worth more than 2^-20 atoms");
    // All shares but the thousand of nobody are this staker's, and those are worth less than the virtual atom.
    assert_eq!(world.stake_atoms(&staker), 2_000 * DOLLAR);
}

/// Leaves this balance to the insurance, as payouts would.
fn drain(world: &mut World, keys: &StakeKeys, balance_atoms: u64) {
    forge::<InsuranceVault>(world, keys.insurance, |insurance| insurance.balance_atoms = balance_atoms);
    let vault = pda::insurance_vault(&keys.insurance);
    let mut account = world.svm.get_account(&vault).expect("a vault");
    account.data[64..72].copy_from_slice(&balance_atoms.to_le_bytes());
    world.svm.set_account(vault, account).expect("rent exempt");
}

/// 2 000 dollars were staked and all but two are lost: an atom buys (2 * 10^12 + 1 000) / 2 000 001 = a million shares, so
/// 2^49 atoms would buy 5.6 * 10^20, more than 2^64, and 2^40 buy 1.1 * 10^18.
#[test]
fn shares_beyond_64_bits_are_refused() {
    let mut world = World::new();
    let [staker, other] = [1_000 * DOLLAR, 1_000 * DOLLAR].map(|atoms| world.staker(atoms));
    let keys = world.stake_keys(&staker);
    drain(&mut world, &keys, 2 * DOLLAR);
    let before = world.accounts_of_group();
    let failure = world.stake(&other, 1 << 49).expect_err("too many shares");
    failure.assert_is(FirebreakError::MathOverflow);
    assert_eq!(before, world.accounts_of_group());
    // What fits is taken, and everybody can still ask for the way out.
    world.stake(&other, 1 << 40).expect("it fits");
    world.request_unstake(&staker, 1).expect("shares fit");
}
