//! Who bears what in the insurance: attackers on the price of a share, stakes on their way out, latecomers.

use anchor_spl::token::spl_token;
use firebreak::error::FirebreakError;
use firebreak_client::pda;
use firebreak_tests::{params::DOLLAR, Ruin, Trader, World};
use solana_signer::Signer;

/// Seconds of the test group's cooldown.
const COOLDOWN: u64 = 86_400;
/// Dollars as atoms, signed.
const MILLION: i64 = 1_000_000;

/// Asks for an exit of everything, waits and leaves. Returns what arrived in the wallet.
#[track_caller]
fn leave(world: &mut World, staker: &Trader) -> u64 {
    let before = world.balance(&staker.quote_wallet);
    let shares = world.stake_of(staker).shares;
    world.request_unstake(staker, shares).expect("it has shares");
    world.advance(COOLDOWN);
    world.unstake(staker).expect("no loss is open");
    world.balance(&staker.quote_wallet) - before
}

/// Change of a wallet since it held this many atoms.
fn change(world: &World, trader: &Trader, before: u64) -> i64 {
    let atoms = |value: u64| i64::try_from(value).expect("below 2^63");
    atoms(world.balance(&trader.quote_wallet)) - atoms(before)
}

/// Where it is not refused, rounding takes an atom at most.
///
/// The attacker stakes one atom (1 000 shares, as many as nobody's), donates 10 000 dollars and lets the victim stake as
/// many: a share costs (10^10 + 2) / 2 000 = 5 000 000.001 atoms. The victim buys 1 999 for ceil(9 995 000 001.999) and
/// keeps the rest. Half of the donation is nobody's now: the attacker gets floor(1 000 * 19 995 000 004 / 3 999).
#[test]
fn who_inflates_the_price_of_a_share_loses_half_of_a_donation_and_its_victim_an_atom() {
    let mut world = World::new();
    let [attacker, victim] = [1, 0].map(|atoms| world.staker(atoms));
    let before = [&attacker, &victim].map(|trader| world.balance(&trader.quote_wallet));
    world.fund_insurance(&attacker, 10_000 * DOLLAR);
    world.stake(&victim, 10_000 * DOLLAR).expect("1 999 shares");
    assert_eq!(change(&world, &victim, before[1]), -9_995_000_002);
    assert_eq!(world.stake_of(&victim).shares, 1_999);
    assert_eq!(leave(&mut world, &attacker), 5_000_000_001);
    assert_eq!(leave(&mut world, &victim), 9_995_000_001);
    let losses = [&attacker, &victim].map(|trader| world.balance(&trader.quote_wallet));
    // The attacker has lost the atom of its stake besides, which its wallet had paid before.
    assert_eq!(losses, [before[0] - 4_999_999_999, before[1] - 1]);
    // What is left is nobody's.
    assert_eq!(world.insurance().share_count, 0);
}

/// To keep out whoever stakes a dollar, a share must cost more than that: 2 000 shares, 2 000 dollars donated. The
/// victim is refused and loses nothing, the attacker half of it.
#[test]
fn keeping_a_staker_of_a_dollar_out_costs_a_thousand() {
    let mut world = World::new();
    let [attacker, victim] = [1, 0].map(|atoms| world.staker(atoms));
    let before = world.balance(&attacker.quote_wallet);
    // (2 * 10^9 - 2 + 2) / 2 000 = 10^6 atoms per share: a dollar still buys one.
    world.fund_insurance(&attacker, 2_000 * DOLLAR - 2);
    let at_most = world.svm.clone();
    world.stake(&victim, DOLLAR).expect("one share");
    world.svm = at_most;
    world.fund_insurance(&attacker, 1);
    let failure = world.stake(&victim, DOLLAR).expect_err("less than a share");
    failure.assert_is(FirebreakError::ZeroShares);
    // 1 000 * (2 * 10^9 + 1) / 2 000 = 1 000 000 000.5.
    assert_eq!(leave(&mut world, &attacker), 1_000_000_000);
    assert_eq!(change(&world, &attacker, before), -999_999_999);
}

/// Tokens that are sent to the vault past the program change no share. The audit sees them as a surplus, so it is off.
#[test]
fn tokens_sent_to_the_vault_directly_move_no_share() {
    let mut world = World::new();
    let [attacker, victim] = [1, 0].map(|atoms| world.staker(atoms));
    let before = [&attacker, &victim].map(|trader| world.balance(&trader.quote_wallet));
    let insured = world.insurance();
    world.is_auditing = false;
    let vault = pda::insurance_vault(&pda::insurance(&world.group));
    let send = spl_token::instruction::transfer(
        &spl_token::ID,
        &attacker.quote_wallet,
        &vault,
        &attacker.owner.pubkey(),
        &[],
        10_000 * DOLLAR,
    );
    let send = send.expect("a transfer");
    world.must(&[send], &[&attacker.owner]);
    assert_eq!(bytemuck::bytes_of(&world.insurance()), bytemuck::bytes_of(&insured));
    world.stake(&victim, 10_000 * DOLLAR).expect("at the first price");
    assert_eq!(world.stake_of(&victim).shares, 10_000 * DOLLAR * 1_000);
    // 1 000 of 10^13 + 2 000 shares, of 10^10 + 2 atoms: its one atom. The victim has all of its own.
    assert_eq!(leave(&mut world, &attacker), 1);
    assert_eq!(leave(&mut world, &victim), 10_000 * DOLLAR);
    assert_eq!(change(&world, &attacker, before[0]), -10_000 * MILLION + 1);
    assert_eq!(change(&world, &victim, before[1]), 0);
    let stakes = world.audit().stakes;
    assert!(stakes.is_exact(), "{stakes:?}");
}

/// Two stake 100 dollars each and the first asks for an exit. Then an account owes 200 that it has not: the insurance
/// pays half of its 200, and each stake bears 50.
#[test]
fn a_bankruptcy_between_request_and_exit_is_borne_by_the_exiting_stake() {
    let mut world = World::new();
    let [leaving, staying] = [100, 100].map(|dollars| world.staker(dollars * DOLLAR));
    let ruin = Ruin::new(&mut world);
    world.request_unstake(&leaving, 100 * DOLLAR * 1_000).expect("all of it");
    ruin.fail(&mut world, 170_000_000);
    ruin.resolve(&mut world, 170_000_000);
    assert_eq!(world.ledger(0).insurance_payout_atoms, 100 * DOLLAR);
    assert_eq!(world.insurance().balance_atoms, 100 * DOLLAR);
    world.advance(COOLDOWN);
    let before = world.balance(&leaving.quote_wallet);
    world.unstake(&leaving).expect("the loss is assigned");
    // 10^11 shares of 2 * 10^11 + 1 000, of 10^8 + 1 atoms: 50 000 000.25.
    assert_eq!(change(&world, &leaving, before), 50 * MILLION);
    assert_eq!(world.stake_atoms(&staying), 50 * DOLLAR);
    assert_eq!(leave(&mut world, &staying), 50 * DOLLAR);
}

/// The exit is due; while an account is bankrupt, first with a position and then without, nobody leaves. Otherwise who
/// watches the market would leave between the loss and its assignment and pay nothing.
#[test]
fn nobody_leaves_between_a_loss_and_its_assignment() {
    let mut world = World::new();
    let [leaving, staying] = [100, 100].map(|dollars| world.staker(dollars * DOLLAR));
    let ruin = Ruin::new(&mut world);
    world.request_unstake(&leaving, 100 * DOLLAR * 1_000).expect("all of it");
    world.advance(COOLDOWN);
    world.tick(200_000_000);
    let undisturbed = world.svm.clone();
    world.unstake(&leaving).expect("a calm market");
    world.svm = undisturbed;

    world.deposit(&ruin.victim, 1_000 * DOLLAR);
    world.trade(&firebreak_tests::Trade::new(&ruin.victim, &ruin.winner, 4_000, 2 * DOLLAR));
    world.advance(1);
    world.tick(170_000_000);
    let victim = ruin.account();
    for (lots_max, counts) in [(1_000, (1, 0)), (u64::MAX, (1, 1))] {
        world.liquidate(&ruin.keeper, &victim, lots_max).expect("bankrupt");
        let ledger = world.ledger(0);
        assert_eq!((ledger.bankrupt_count, ledger.shortfall_count), counts);
        let failure = world.unstake(&leaving).expect_err("a loss is open");
        failure.assert_is(FirebreakError::ExitsFrozen);
    }
    world.resolve(&victim).expect("bankrupt");
    let before = world.balance(&leaving.quote_wallet);
    world.unstake(&leaving).expect("it is assigned");
    assert_eq!(change(&world, &leaving, before), 50 * MILLION);
    assert_eq!(world.stake_atoms(&staying), 50 * DOLLAR);
}

/// Two stake 100 dollars each and the first asks for an exit; 20 are donated. The first gets its 100, the second 120 but
/// for what rounding leaves to nobody: (2.2 * 10^8 - 10^8 + 1) * 10^11 / (10^11 + 1 000) = 119 999 999.8.
#[test]
fn a_donation_between_request_and_exit_is_earned_by_those_who_stay() {
    let mut world = World::new();
    let [leaving, staying] = [100, 100].map(|dollars| world.staker(dollars * DOLLAR));
    world.request_unstake(&leaving, 100 * DOLLAR * 1_000).expect("all of it");
    let donor = world.empty_trader();
    world.fund_insurance(&donor, 20 * DOLLAR);
    world.advance(COOLDOWN);
    let before = world.balance(&leaving.quote_wallet);
    world.unstake(&leaving).expect("a calm market");
    assert_eq!(change(&world, &leaving, before), 100 * MILLION);
    assert_eq!(leave(&mut world, &staying), 119_999_999);
}

/// A request that is always open is no free way to earn in calm times and be gone in bad ones. After 20 dollars were
/// donated, cancelling leaves 10^8 * (10^11 + 1 000) / (1.2 * 10^8 + 1) = 83333333472 shares of what is now
/// 2.2 * 10^8 atoms, exactly what leaving with 100 dollars and staking them again leaves.
#[test]
fn cancelling_is_leaving_and_staking_again() {
    let mut world = World::new();
    let [patient, staying] = [100, 100].map(|dollars| world.staker(dollars * DOLLAR));
    world.request_unstake(&patient, 100 * DOLLAR * 1_000).expect("all of it");
    world.fund_insurance(&staying, 20 * DOLLAR);
    world.advance(COOLDOWN);
    let before = world.svm.clone();
    world.unstake(&patient).expect("a calm market");
    world.stake(&patient, 100 * DOLLAR).expect("again");
    let again = [world.stake_of(&patient).shares, world.stake_atoms(&patient)];
    world.svm = before;
    world.cancel_unstake(&patient).expect("a request");
    let cancelled = [world.stake_of(&patient).shares, world.stake_atoms(&patient)];
    assert_eq!(cancelled, [83333333472, 99_999_999]);
    assert_eq!(again, cancelled);
}

/// Eleven losses of half the insurance each leave a share worth less than a thousandth of its first value, so nobody stakes;
/// the stakes of before bear every loss, and can still go.
#[test]
fn after_losing_almost_everything_stakes_wait_for_a_donation() {
    let mut world = World::with_market(|feed| firebreak::instructions::MarketParams {
        breaker: firebreak_tests::params::breaker(50_000),
        ..firebreak_tests::params::market(feed)
    });
    let staker = world.staker(100 * DOLLAR);
    let ruin = Ruin::new(&mut world);
    let mut atoms = 100 * DOLLAR;
    for round in 1..=11 {
        ruin.fail(&mut world, 170_000_000);
        ruin.resolve(&mut world, 170_000_000);
        ruin.calm(&mut world);
        // One event draws half, rounded down.
        atoms -= atoms / 2;
        assert_eq!(world.insurance().balance_atoms, atoms);
        let before = world.svm.clone();
        let result = world.stake(&staker, DOLLAR);
        // After ten a share is worth 97 657 / (10^11 + 1 000) atoms, a little more than 2^-20; after eleven half of it.
        if round < 11 {
            result.unwrap_or_else(|failure| panic!("round {round}: {failure:?}"));
        } else {
            result.expect_err("below 2^-20").assert_is(FirebreakError::ShareValueTooLow);
        }
        world.svm = before;
    }
    assert_eq!(world.stake_atoms(&staker), atoms);
    // A tenth of a dollar, a thousandth of what was lost, is enough.
    world.fund_insurance(&ruin.keeper, DOLLAR / 10);
    world.stake(&staker, DOLLAR).expect("more than 2^-20");
    assert_eq!(leave(&mut world, &staker), atoms + DOLLAR / 10 + DOLLAR);
}
