//! The harness itself: a group comes up, trades, and is conserved; the example venue clears through it by CPI.

mod venue;

use firebreak::state::{
    shard_space, InsuranceStake, InsuranceVault, MarginAccount, MarketLedger, Position, ShardRow, VenueMarket,
};
use firebreak_client::pda;
use firebreak_tests::{params::DOLLAR, Trade, World};

#[test]
fn a_group_comes_up_and_a_trade_is_conserved() {
    let mut world = World::new();
    let alice = world.trader(10_000 * DOLLAR, 0);
    let bob = world.trader(10_000 * DOLLAR, 0);
    // 100 lots at 2 dollars each: 200 dollars against 10 000 of margin.
    world.trade(&Trade::new(&alice, &bob, 100, 2 * DOLLAR));
    assert_eq!(world.margin(&alice.account).positions()[0].units, 100 << 16);
    assert_eq!(world.margin(&bob.account).positions()[0].units, -(100 << 16));
    assert!(world.audit().is_exact());
}

/// An audit that cannot fail proves nothing: one atom more or less anywhere is seen.
#[test]
fn the_audit_sees_a_single_misplaced_atom() {
    let mut world = World::new();
    world.is_auditing = false;
    let alice = world.trader(10_000 * DOLLAR, 0);
    let bob = world.trader(10_000 * DOLLAR, 0);
    let staker = world.staker(DOLLAR);
    world.trade(&Trade::new(&alice, &bob, 100, 2 * DOLLAR).with_fees(1_000, 0));
    assert!(world.audit().is_exact());

    // 8 bytes of discriminator, then the offsets of the account.
    let position = 8 + core::mem::offset_of!(MarginAccount, positions);
    let quote = position + core::mem::offset_of!(Position, quote_atoms);
    let collateral = 8 + core::mem::offset_of!(MarginAccount, collaterals);
    let ledger = pda::ledger(&world.markets[0].key);
    let pool = 8 + core::mem::offset_of!(MarketLedger, pool_atoms);
    let carry = 8 + core::mem::offset_of!(MarketLedger, loss_carry_q48);
    let venue_market = pda::venue_market(&world.venue, &world.markets[0].key);
    let fees = 8 + core::mem::offset_of!(VenueMarket, fees_atoms);
    let shard = pda::exposure_of(&world.group, &alice.account);
    let residue = shard_space(0) + core::mem::offset_of!(ShardRow, residue_q48);
    let vault = pda::bank_vault(&pda::bank(&world.group, &world.quote.mint));
    let insurance = pda::insurance(&world.group);
    let stake = pda::insurance_stake(&insurance, &staker.keys.owner);
    let places = [
        (alice.account, position),
        (alice.account, quote),
        (alice.account, collateral),
        (ledger, pool),
        (ledger, carry),
        (venue_market, fees),
        (shard, shard_space(0)),
        (shard, residue),
        (vault, 64),
        (pda::insurance_vault(&insurance), 64),
        (insurance, 8 + core::mem::offset_of!(InsuranceVault, balance_atoms)),
        (insurance, 8 + core::mem::offset_of!(InsuranceVault, share_count)),
        (stake, 8 + core::mem::offset_of!(InsuranceStake, shares)),
    ];
    for (key, offset) in places {
        let intact = world.svm.get_account(&key).expect("it exists");
        let mut changed = intact.clone();
        changed.data[offset] ^= 1;
        world.svm.set_account(key, changed).expect("rent exempt");
        assert!(!world.audit().is_exact(), "byte {offset} of {key}");
        world.svm.set_account(key, intact).expect("rent exempt");
    }
    assert!(world.audit().is_exact());
}
