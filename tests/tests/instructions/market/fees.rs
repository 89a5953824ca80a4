//! Paying fees out: from settled losses, through the limiter, to whom they belong.

use firebreak::{
    error::FirebreakError,
    events::{ProtocolFeesCollected, VenueFeesCollected},
    instructions::MarketParams,
    state::{Collateral, CollateralBank, InsuranceVault, MarginAccount},
};
use firebreak_client::{
    instructions::{collect_protocol_fees, collect_venue_fees},
    pda,
};
use firebreak_tests::{
    params::{self, DOLLAR},
    Trade, Trader, World,
};

use super::{ledger, record};
use crate::{
    chain::edit,
    effect::{acts, clock, emits, idles, tokens},
};

/// A market that lets everything out at once.
fn unlimited(feed: &firebreak_tests::oracle::Feed) -> MarketParams {
    MarketParams { payout_share_ppm: 1_000_000, ..params::market(feed) }
}

/// Fees of 10 dollars, two of them the protocol's, and a settled loss of 400 dollars; the market is folded.
struct Earned {
    world: World,
    loser: Trader,
    idle: Trader,
}

fn earned(params: impl Fn(&firebreak_tests::oracle::Feed) -> MarketParams) -> Earned {
    let mut world = World::with_market(params);
    let [loser, winner, idle] = [100_000, 100_000, 0].map(|dollars| world.trader(dollars * DOLLAR, 0));
    world.trade(&Trade::new(&loser, &winner, 8_000, 2 * DOLLAR).with_fees(10 * DOLLAR, 0));
    world.advance(1);
    world.tick(195_000_000);
    // Closed at a loss of 0.05 dollars on each of 8 000 lots; the fee comes on top.
    world.trade(&Trade::new(&loser, &winner, -8_000, 1_950_000));
    world.settle(&loser.account).expect("a loss");
    assert_eq!(world.ledger(0).pool_atoms, 410 * DOLLAR);
    Earned { world, loser, idle }
}

#[test]
fn a_venue_is_paid_what_its_fills_earned_and_nothing_twice() {
    let Earned { mut world, idle, .. } = earned(unlimited);
    let authority = world.venue_authority.insecure_clone();
    let key = pda::venue_market(&world.venue, &world.markets[0].key);
    let instruction = collect_venue_fees(&world.place(0), &idle.account);
    let meta = acts(&mut world, instruction.clone(), &[&authority], |world, chain| {
        edit::<MarginAccount>(chain, &idle.account, |account| {
            account.sequence += 1;
            account.collateral_count = 1;
            account.collaterals[0] = Collateral { atoms: 8_000_000, ..Collateral::default() };
        });
        ledger(world, chain, |ledger| {
            ledger.pool_atoms = 402_000_000;
            ledger.fees_paid_atoms = 8_000_000;
            ledger.payout_used_atoms = 8_000_000;
            ledger.payout_updated_ts = clock(world).unix_timestamp;
        });
        record(chain, &key, |record| record.fees_paid_atoms = 8_000_000);
    });
    assert_eq!(meta.return_data[..3], 8_000_000u32.to_le_bytes()[..3]);
    let event = VenueFeesCollected {
        group: world.group,
        venue: world.venue,
        market: world.markets[0].key,
        margin_account: idle.account,
        paid_atoms: 8_000_000,
        lost_atoms: 0,
        unpaid_atoms: 0,
        pool_atoms: 402_000_000,
        // Two folds, the loss, and this.
        ledger_sequence: 4,
        // Opened, approved, and this.
        account_sequence: 3,
        // Two fills, and this.
        sequence: 3,
    };
    emits(&meta, event);
    idles(&mut world, instruction, &[&authority]);
}

#[test]
fn the_protocols_fees_are_divided_between_insurance_and_administrator() {
    let Earned { mut world, loser, .. } = earned(unlimited);
    let admin = world.admin_account();
    let (group, market, quote) = (world.group, world.markets[0].key, world.quote);
    // A fee of five atoms, of which one is the protocol's: 2 000 001 in all, 1 000 001 of them for the insurance.
    let helper = world.trader(1_000 * DOLLAR, 0);
    world.trade(&Trade::new(&loser, &helper, -1, 1_950_000).with_fees(5, 0));
    world.fold_all();
    let instruction = collect_protocol_fees([&group, &market], &admin, &quote);
    let (insurance, bank) = (pda::insurance(&group), pda::bank(&group, &quote.mint));
    let meta = acts(&mut world, instruction.clone(), &[], |world, chain| {
        edit::<MarginAccount>(chain, &admin, |account| {
            account.sequence += 1;
            account.collateral_count = 1;
            account.collaterals[0] = Collateral { atoms: 1_000_000, ..Collateral::default() };
        });
        ledger(world, chain, |ledger| {
            ledger.pool_atoms = 407_999_999;
            ledger.fees_paid_atoms = 2_000_001;
            ledger.protocol_fees_paid_atoms = 2_000_001;
            ledger.payout_used_atoms = 2_000_001;
            ledger.payout_updated_ts = clock(world).unix_timestamp;
        });
        edit::<InsuranceVault>(chain, &insurance, |insurance| {
            insurance.sequence += 1;
            insurance.balance_atoms = 1_000_001;
            insurance.funded_atoms = 1_000_001;
        });
        edit::<CollateralBank>(chain, &bank, |bank| {
            bank.sequence += 1;
            bank.deposits_atoms -= 1_000_001;
        });
        tokens(chain, &pda::bank_vault(&bank), -1_000_001);
        tokens(chain, &pda::insurance_vault(&insurance), 1_000_001);
    });
    assert_eq!(meta.return_data[..3], 2_000_001u32.to_le_bytes()[..3]);
    let event = ProtocolFeesCollected {
        group,
        market,
        margin_account: admin,
        paid_atoms: 2_000_001,
        lost_atoms: 0,
        insurance_atoms: 1_000_001,
        pool_atoms: 407_999_999,
        // Three folds, the loss, and this.
        ledger_sequence: 5,
        sequence: 2,
    };
    emits(&meta, event);
    idles(&mut world, instruction, &[]);
}

#[test]
fn fees_leave_no_faster_than_profits_and_share_their_allowance() {
    // Nothing but a share of the pool: a fiftieth of 410 dollars is 8.2 per hour.
    let slow = |feed: &firebreak_tests::oracle::Feed| MarketParams {
        payout_share_ppm: 20_000,
        payout_floor_atoms: 0,
        ..params::market(feed)
    };
    let Earned { mut world, idle, .. } = earned(slow);
    let admin = world.admin_account();
    assert_eq!(world.collect_venue_fees(&idle.account), 8 * DOLLAR);
    assert_eq!(world.collect_protocol_fees(&admin).expect("no error"), 200_000);
    assert_eq!(world.collect_protocol_fees(&admin).expect("no error"), 0);
    // A quarter of an hour later a quarter of the allowance has come back: 2.05 dollars of 8.2.
    world.advance(900);
    assert_eq!(world.collect_protocol_fees(&admin).expect("no error"), 1_800_000);
    assert_eq!(world.collect_venue_fees(&idle.account), 0);
}

#[test]
fn without_settled_losses_there_is_nothing_to_pay() {
    let mut world = World::with_market(unlimited);
    let [one, other, idle] = [100_000, 100_000, 0].map(|dollars| world.trader(dollars * DOLLAR, 0));
    world.trade(&Trade::new(&one, &other, 8_000, 2 * DOLLAR).with_fees(10 * DOLLAR, 0));
    world.fold_all();
    let admin = world.admin_account();
    assert_eq!(world.ledger(0).unpaid_protocol_fees_atoms(), 2 * DOLLAR);
    assert_eq!(world.collect_venue_fees(&idle.account), 0);
    assert_eq!(world.collect_protocol_fees(&admin).expect("no error"), 0);
}

#[test]
fn the_protocols_fees_are_those_of_the_last_fold() {
    let Earned { mut world, loser, idle } = earned(unlimited);
    let admin = world.admin_account();
    let helper = world.trader(100_000 * DOLLAR, 0);
    world.trade(&Trade::new(&loser, &helper, 8_000, 1_950_000).with_fees(10 * DOLLAR, 0));
    assert_eq!(world.collect_protocol_fees(&admin).expect("no error"), 2 * DOLLAR);
    assert_eq!(world.collect_protocol_fees(&admin).expect("no error"), 0);
    world.fold_all();
    assert_eq!(world.collect_protocol_fees(&admin).expect("no error"), 2 * DOLLAR);
    assert_eq!(world.collect_venue_fees(&idle.account), 16 * DOLLAR);
}

#[test]
fn the_protocol_pays_nobody_but_its_administrator() {
    let Earned { mut world, loser, .. } = earned(unlimited);
    world.collect_protocol_fees(&loser.account).expect_err("a trader").assert_is(FirebreakError::NotAdmin);
}

#[test]
fn whoever_collects_first_bears_what_nobody_else_could() {
    let Earned { mut world, idle, .. } = earned(unlimited);
    let admin = world.admin_account();
    // A bankruptcy that nobody could be charged with but those who are owed fees: 3 dollars, written by hand together
    // with the debt that it forgave, so that the audit still balances.
    let key = pda::ledger(&world.markets[0].key);
    let mut accounts = [(key, world.svm.get_account(&key).expect("the ledger"))].into();
    edit::<firebreak::state::MarketLedger>(&mut accounts, &key, |ledger| {
        ledger.fee_loss_atoms = 3 * DOLLAR;
        ledger.pool_atoms -= 3 * DOLLAR;
    });
    for (key, account) in accounts {
        world.svm.set_account(key, account).expect("rent exempt");
    }
    // The vault still holds them, so only the markets of the audit balance.
    world.is_auditing = false;
    // The protocol's two dollars are gone, and a third of the venue's eight.
    assert_eq!(world.collect_protocol_fees(&admin).expect("no error"), 0);
    assert_eq!(world.ledger(0).unpaid_protocol_fees_atoms(), 0);
    assert_eq!(world.collect_venue_fees(&idle.account), 7 * DOLLAR);
    assert_eq!(world.venue_market(0).unpaid_fees_atoms(), 0);
    assert_eq!(world.ledger(0).fee_loss_borne_atoms, 3 * DOLLAR);
    // Paid out and lost together are what was charged: no fee is owed any more, and none was paid twice.
    let report = world.audit();
    assert_eq!((report.markets[0].fees_q48, report.markets[0].difference_q48()), (0, 0));
}
