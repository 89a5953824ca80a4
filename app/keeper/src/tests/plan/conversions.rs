use anchor_lang::prelude::Pubkey;
use firebreak_risk::units::LOG_BITS;

use crate::{
    config::RowFilter,
    plan::{Action, Ending, Intent, Key, Pacing},
    tests::fixture::{account, key, Fixture, LOT, LOT_TOKENS, NOW, SOL, TOKEN},
};

/// A long of 1 000 lots that lost 200 lots' worth: maintenance is 50 lots' worth.
const LOSING: (u16, i64, i64) = (SOL, 1_000, -1_200 * LOT);
/// The whole impact budget: 1 % of the log price.
const CAP_Q40: u64 = (1 << LOG_BITS) / 100;

/// A purchase: from whom, at most how many atoms, for how much quote.
type Purchase = (Pubkey, u64, u64);

fn purchases(plan: &[Intent]) -> Vec<Purchase> {
    let bought = plan.iter().filter_map(|intent| match &intent.action {
        Action::ConvertCollateral { liquidatee, mint, atoms_max, quote_atoms, .. } => {
            assert_eq!(*mint, Fixture::mint(TOKEN));
            Some((*liquidatee, *atoms_max, *quote_atoms))
        }
        _ => None,
    });
    bought.collect()
}

fn only(plan: &[Intent]) -> Purchase {
    let found = purchases(plan);
    let [only] = found.as_slice() else {
        panic!("one purchase, not {found:?}");
    };
    *only
}

/// Cash in lots' worth, tokens in lots' worth.
fn trader(fixture: &mut Fixture, seed: u8, cash: i64, tokens: i64, positions: &[(u16, i64, i64)]) -> Pubkey {
    let trader = fixture.trader(seed, cash * LOT, positions);
    fixture.change(trader, |account| account.add_atoms(TOKEN, tokens * LOT_TOKENS).unwrap());
    trader
}

fn quote(lots: i64) -> u64 {
    (lots * LOT).unsigned_abs()
}

#[test]
fn an_account_in_liquidation_is_bought_what_it_lacks() {
    let mut fixture = Fixture::with_collateral();
    // 160 - 200 + 80 % of 100 = 40 of 50: 40 are lacking.
    let victim = trader(&mut fixture, 20, 160, 100, &[LOSING]);
    let (whom, atoms_max, quote_atoms) = only(&fixture.plan());
    assert_eq!(whom, victim);
    // Never more than it lacks, and as much to within an atom.
    assert!((quote(40) - 1..=quote(40)).contains(&quote_atoms), "{quote_atoms}");
    // 40 lots' worth without a discount, because the clock has just started, and an eighth more in case the price falls. The
    // last tenth of an atom of quote is rounded up, so nine atoms of the collateral fewer are enough.
    let wanted = (40 * LOT_TOKENS).unsigned_abs() - 9;
    assert!((wanted * 9 / 8..=wanted * 9 / 8 + 1).contains(&atoms_max), "{atoms_max}");
    fixture.config.convert_collateral = false;
    assert!(purchases(&fixture.plan()).is_empty());
}

#[test]
fn positions_are_taken_over_in_the_same_plan_and_first() {
    let mut fixture = Fixture::with_collateral();
    let victim = trader(&mut fixture, 20, 160, 100, &[LOSING]);
    let keys: Vec<Key> = fixture.plan().iter().flat_map(Intent::keys).collect();
    assert_eq!(keys, [Key::Liquidate(victim), Key::ConvertCollateral(victim)]);
}

#[test]
fn a_healthy_account_is_bought_only_what_it_owes_beyond_the_limit() {
    let mut fixture = Fixture::with_collateral();
    // Owes 100, which is the limit; owes 101; owes 150 and has 60 in cash; owes nothing.
    trader(&mut fixture, 20, 0, 1_000, &[(SOL, 0, -100 * LOT)]);
    let debtor = trader(&mut fixture, 21, 0, 1_000, &[(SOL, 0, -101 * LOT)]);
    trader(&mut fixture, 22, 60, 1_000, &[(SOL, 0, -150 * LOT)]);
    trader(&mut fixture, 23, 0, 1_000, &[(SOL, 0, 100 * LOT)]);
    let (whom, _, quote_atoms) = only(&fixture.plan());
    assert_eq!(whom, debtor);
    // All of it, not only what exceeds the limit.
    assert!((quote(101) - 1..=quote(101)).contains(&quote_atoms), "{quote_atoms}");
}

#[test]
fn a_loss_on_paper_is_no_debt() {
    let mut fixture = Fixture::with_collateral();
    // 200 are lost on paper, and 800 are left: healthy.
    trader(&mut fixture, 20, 0, 1_250, &[LOSING]);
    assert!(purchases(&fixture.plan()).is_empty());
}

#[test]
fn whoever_holds_nothing_but_quote_is_not_converted() {
    let mut fixture = Fixture::with_collateral();
    fixture.trader(20, 160 * LOT, &[LOSING]);
    assert!(purchases(&fixture.plan()).is_empty());
}

#[test]
fn the_keeper_never_buys_from_itself() {
    let mut fixture = Fixture::with_collateral();
    let group = fixture.view.group_key;
    let mut own = account(&group, 200, 160 * LOT, &[LOSING]);
    own.add_atoms(TOKEN, 100 * LOT_TOKENS).unwrap();
    fixture.put_account(key(60), own);
    assert!(purchases(&fixture.plan()).is_empty());
}

#[test]
fn a_keeper_buys_what_its_cash_pays_for() {
    let mut fixture = Fixture::with_collateral();
    trader(&mut fixture, 20, 0, 1_000, &[(SOL, 0, -160 * LOT)]);
    let own = fixture.liquidator.margin_account;
    fixture.change(own, |account| account.add_atoms(0, -999_900 * LOT).unwrap());
    let (_, atoms_max, quote_atoms) = only(&fixture.plan());
    // Half of the 160 that are wanted fits into 100, and no more than that is asked for.
    assert!((quote(79)..=quote(80)).contains(&quote_atoms), "{quote_atoms}");
    assert!(atoms_max <= (85 * LOT_TOKENS).unsigned_abs(), "{atoms_max}");
    fixture.change(own, |account| account.add_atoms(0, -100 * LOT).unwrap());
    assert!(purchases(&fixture.plan()).is_empty());
}

#[test]
fn two_purchases_share_the_keepers_cash_and_the_banks_budget() {
    let mut fixture = Fixture::with_collateral();
    for seed in [20, 21] {
        trader(&mut fixture, seed, 0, 10_000, &[(SOL, 0, -4_000 * LOT)]);
    }
    // 6 000 are open to accounts that are not critical: the second finds less than 2 000 left.
    let found = purchases(&fixture.plan());
    assert_eq!(found.len(), 2);
    assert!((quote(3_999)..=quote(4_000)).contains(&found[0].2), "{found:?}");
    assert!(found[1].2 < quote(2_000), "{found:?}");
    // 4 000 of cash are gone after the first.
    let own = fixture.liquidator.margin_account;
    fixture.change(own, |account| account.add_atoms(0, -(1_000_000 - 4_000) * LOT).unwrap());
    assert_eq!(purchases(&fixture.plan()).len(), 1);
}

#[test]
fn an_exhausted_budget_admits_only_the_start_of_a_flat_accounts_clock() {
    let mut fixture = Fixture::with_collateral();
    // 200 owed and 100 of tokens: bankrupt, and no position through which the clock could be started.
    let victim = trader(&mut fixture, 20, 0, 100, &[(SOL, 0, -200 * LOT)]);
    fixture.put_bank(TOKEN, CAP_Q40);
    assert_eq!(only(&fixture.plan()), (victim, 0, 0));
    fixture.change(victim, |account| account.liquidation_started_ts = NOW);
    assert!(purchases(&fixture.plan()).is_empty());
}

#[test]
fn the_reserved_room_is_for_critical_accounts() {
    let mut fixture = Fixture::with_collateral();
    trader(&mut fixture, 20, 0, 1_000, &[(SOL, 0, -150 * LOT)]);
    let bankrupt = trader(&mut fixture, 21, 0, 100, &[(SOL, 0, -150 * LOT)]);
    // 70 % of the cap: above the 60 % that are open to all.
    fixture.put_bank(TOKEN, CAP_Q40 / 10 * 7);
    let found = purchases(&fixture.plan());
    assert_eq!(found.iter().map(|purchase| purchase.0).collect::<Vec<_>>(), [bankrupt]);
}

#[test]
fn a_keeper_that_wants_a_discount_waits_for_it() {
    let mut fixture = Fixture::with_collateral();
    fixture.config.min_discount_ppm = 49_999;
    let victim = trader(&mut fixture, 20, 160, 100, &[LOSING]);
    assert!(purchases(&fixture.plan()).is_empty());
    fixture.change(victim, |account| account.liquidation_started_ts = NOW - 60);
    assert_eq!(only(&fixture.plan()).0, victim);
}

#[test]
fn rows_are_filtered_and_old_prices_convert_nothing() {
    let mut fixture = Fixture::with_collateral();
    trader(&mut fixture, 20, 160, 100, &[LOSING]);
    fixture.config.rows = RowFilter(vec![SOL]);
    assert!(purchases(&fixture.plan()).is_empty());
    fixture.config.rows = RowFilter(vec![TOKEN]);
    assert_eq!(purchases(&fixture.plan()).len(), 1);
    // Readings are too old, and so is the snapshot.
    fixture.put_clock(NOW + 100);
    assert!(purchases(&fixture.plan()).is_empty());
}

#[test]
fn a_purchase_brings_the_collaterals_oracles_along() {
    let mut fixture = Fixture::with_collateral();
    trader(&mut fixture, 20, 160, 100, &[LOSING]);
    // Prices have moved since the snapshot: both rows of the account are read anew.
    fixture.put_clock(NOW + 2);
    fixture.put_oracles(TOKEN, 99.0, NOW + 2);
    fixture.put_oracles(SOL, 99.0, NOW + 2);
    let plan = fixture.plan();
    let overlays: Vec<Vec<u16>> = plan
        .iter()
        .filter_map(|intent| match &intent.action {
            Action::ConvertCollateral { overlay, .. } => Some(overlay.iter().map(|row| row.row).collect()),
            _ => None,
        })
        .collect();
    assert_eq!(overlays, [vec![TOKEN, SOL]]);
}

#[test]
fn a_conversion_that_was_sent_is_not_sent_again_on_the_same_state() {
    let mut fixture = Fixture::with_collateral();
    let victim = trader(&mut fixture, 20, 0, 1_000, &[(SOL, 0, -150 * LOT)]);
    let plan = fixture.plan();
    only(&plan);
    let pacing = Pacing::new(&fixture.config);
    for intent in &plan {
        fixture.state.start(intent);
    }
    assert!(purchases(&fixture.plan()).is_empty());
    fixture.state.finish(&[Key::ConvertCollateral(victim)], Ending::Done, (&pacing, 0));
    assert!(purchases(&fixture.plan()).is_empty());
    // It owes more by now.
    fixture.change(victim, |account| account.add_atoms(TOKEN, 1).unwrap());
    only(&fixture.plan());
}
