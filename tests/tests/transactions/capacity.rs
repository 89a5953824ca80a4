//! How much fits one transaction, and how locks and bytes grow.

use anchor_lang::solana_program::instruction::Instruction;
use firebreak::constants::MARKET_VENUES_MAX;
use firebreak_client::instructions::{self as build, Overlay};

use crate::{
    rows::{
        account, add_market, conversion, fill, fold, oracle_rows, overlay, resolve, target, transfer,
        unstake, ACCOUNT, GROUP, MARKET,
    },
    wire::Compiled,
    ACCOUNT_BYTES,
};

/// The most for which the transaction fits.
fn most(upper: u8, build: impl Fn(u8) -> Instruction) -> u8 {
    let fitting = (1..=upper).filter(|count| Compiled::new(&build(*count)).fits());
    fitting.max().unwrap_or_default()
}

fn apply_fill(makers: &[u8], overlay: Overlay) -> Instruction {
    let (place, fill) = fill(makers, overlay);
    build::apply_fill(&place, &fill).expect("one to four makers")
}

/// Margin accounts of makers in shards of their own.
fn makers(count: u8) -> Vec<u8> {
    (1..=count).map(|number| ACCOUNT + number).collect()
}

/// The venue's record, and account and shard of each party: 1 + 2 + 2 per maker.
#[test]
fn a_fill_locks_five_accounts_and_two_more_for_each_further_maker() {
    for count in 1..=4 {
        let compiled = Compiled::new(&apply_fill(&makers(count), Overlay::none()));
        assert_eq!(compiled.write_locks, 3 + 2 * usize::from(count), "{count} makers");
    }
}

#[test]
fn parties_of_one_shard_lock_it_once() {
    // The same shard is eight accounts away.
    let compiled = Compiled::new(&apply_fill(&[ACCOUNT + 8, ACCOUNT + 16], Overlay::none()));
    assert_eq!(compiled.write_locks, 5);
}

#[test]
fn asking_and_reading_lock_nothing_more_with_makers_and_oracles() {
    let (place, request) = fill(&makers(4), overlay(4, 2));
    let check = build::check_fill(&place, &request).expect("four makers");
    assert_eq!(Compiled::new(&check).write_locks, 0);
    for sources in [2, 3] {
        let refresh = build::refresh(&GROUP, &oracle_rows(6, sources));
        assert_eq!(Compiled::new(&refresh).write_locks, 1, "{sources} sources");
        let liquidate = build::liquidate(&account(), &target(), &overlay(4, sources));
        assert_eq!(Compiled::new(&liquidate).write_locks, 5, "{sources} sources");
    }
}

#[test]
fn a_fill_with_four_makers_fits_with_the_oracles_of_its_market() {
    for sources in [2, 3] {
        let compiled = Compiled::new(&apply_fill(&makers(4), overlay(1, sources)));
        println!("apply_fill, 4 makers, 1 row of {sources} sources: {} bytes", compiled.bytes);
        assert!(compiled.fits(), "{sources} sources: {} bytes", compiled.bytes);
    }
}

#[test]
fn liquidations_withdrawals_and_settlements_fit_with_four_rows_of_three_oracles() {
    for sources in [2, 3] {
        let liquidate = build::liquidate(&account(), &target(), &overlay(4, sources));
        let withdraw = build::withdraw(&account(), &transfer(), &overlay(4, sources));
        let margin_account = account().margin_account;
        let settle = build::settle_pnl([&GROUP, &MARKET], &margin_account, &overlay(4, sources));
        let named = [
            ("liquidate", liquidate),
            ("liquidate_collateral", conversion(&overlay(4, sources))),
            ("withdraw", withdraw),
            ("settle_pnl", settle),
        ];
        for (name, instruction) in named {
            let compiled = Compiled::new(&instruction);
            println!("{name}, 4 rows of {sources} sources: {} bytes", compiled.bytes);
            assert!(compiled.fits(), "{name}, {sources} sources: {} bytes", compiled.bytes);
        }
    }
}

/// The design asks for six rows; eight is what the program takes. Per row two bytes of data, and its oracles.
#[test]
fn a_refresh_of_eight_rows_fits_with_two_or_three_oracles_each() {
    for sources in [2, 3] {
        let refresh = |count| build::refresh(&GROUP, &oracle_rows(count, sources));
        let bytes = |count| Compiled::new(&refresh(count)).bytes;
        let per_row = 2 + usize::from(sources) * ACCOUNT_BYTES;
        assert_eq!(bytes(3) - bytes(2), per_row);
        let fitting = most(8, refresh);
        println!("refresh, {sources} sources: {fitting} rows fit, 6 rows are {} bytes", bytes(6));
        assert_eq!(fitting, 8, "{sources} sources");
    }
}

/// A market and its ledger, of which the ledger is written.
#[test]
fn a_bankruptcy_locks_one_account_and_takes_66_bytes_more_for_each_market() {
    for count in 1..4 {
        let [less, more] = [count, count + 1].map(|count| Compiled::new(&resolve(count)));
        assert_eq!(more.write_locks, less.write_locks + 1);
        assert_eq!(more.bytes, less.bytes + 2 * ACCOUNT_BYTES);
    }
    let fitting = most(16, resolve);
    println!(
        "resolve_bankruptcy: {fitting} markets fit, with one {} bytes",
        Compiled::new(&resolve(1)).bytes
    );
    assert!(fitting >= 5, "{fitting} markets fit");
}

#[test]
fn a_market_is_added_with_all_eight_shards_in_one_transaction() {
    let compiled = Compiled::new(&add_market());
    // Group, snapshot, market, ledger, and the shards.
    assert_eq!(compiled.write_locks, 4 + 8);
    assert!(compiled.fits(), "{} bytes", compiled.bytes);
}

#[test]
fn a_fold_locks_two_accounts_and_fits_with_all_venues_that_a_market_can_have() {
    let most = u8::try_from(MARKET_VENUES_MAX).expect("few venues");
    for venues in 0..=most {
        let compiled = Compiled::new(&fold(venues));
        assert_eq!(compiled.write_locks, 2, "{venues} venues");
        assert!(compiled.fits(), "{venues} venues: {} bytes", compiled.bytes);
    }
}

/// All ledgers of the group are passed; with more markets an exit needs a lookup table.
#[test]
fn an_exit_from_the_insurance_fits_with_the_ledgers_of_22_markets() {
    let fitting = most(32, unstake);
    println!("unstake: {fitting} markets fit");
    assert!(fitting >= 22, "{fitting} markets fit");
}
