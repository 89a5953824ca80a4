//! What margin accounts refuse.

use firebreak::{error::FirebreakError, state::Group};
use firebreak_client::{
    instructions::{
        add_collateral, close_account, deposit, open_account, withdraw, AccountKeys, Overlay, Transfer,
    },
    pda,
};
use firebreak_tests::{
    params::{self, DOLLAR},
    tokens::token_account,
    Failure, Trader, World,
};
use solana_signer::Signer;

use crate::{bounds::rehearse, stage::Stage};

/// Anchor's code for the same token account in two writable slots.
const DUPLICATE_MUTABLE: u32 = 2040;

fn put(world: &mut World, trader: &Trader, transfer: Transfer) -> Result<(), Failure> {
    let instruction = deposit(&trader.owner.pubkey(), &trader.keys, &transfer);
    rehearse(world, instruction, &[&trader.owner]).map(|_| ())
}

fn take(world: &mut World, trader: &Trader, transfer: Transfer, overlay: &Overlay) -> Result<(), Failure> {
    let instruction = withdraw(&trader.keys, &transfer, overlay);
    rehearse(world, instruction, &[&trader.owner]).map(|_| ())
}

fn quote(world: &World, trader: &Trader, atoms: u64) -> Transfer {
    Transfer { mint: world.quote, wallet: trader.quote_wallet, atoms }
}

#[test]
fn a_group_that_is_not_active_opens_no_accounts() {
    let mut world = World::configured(1, params::market);
    let owner = world.new_keypair();
    let open = open_account([&owner.pubkey(), &world.admin.pubkey()], &world.group, 0);
    let failure = world.send(&[open], &[&owner]).expect_err("in setup");
    failure.assert_is(FirebreakError::GroupNotActive);
}

/// No instruction deactivates a group, so the status is written by hand.
#[test]
fn a_group_that_is_not_active_takes_no_deposits() {
    let mut world = World::new();
    let trader = world.trader(DOLLAR, 0);
    let mut account = world.svm.get_account(&world.group).expect("the group");
    account.data[8 + core::mem::offset_of!(Group, status)] = 0;
    world.svm.set_account(world.group, account).expect("rent exempt");
    let transfer = quote(&world, &trader, 1);
    put(&mut world, &trader, transfer).expect_err("in setup").assert_is(FirebreakError::GroupNotActive);
    // What is inside may leave.
    take(&mut world, &trader, transfer, &Overlay::none()).expect("a flat account");
}

#[test]
fn nothing_moves_zero_atoms() {
    let mut world = World::new();
    let trader = world.trader(DOLLAR, 0);
    let nothing = quote(&world, &trader, 0);
    put(&mut world, &trader, nothing).expect_err("zero").assert_is(FirebreakError::ZeroAmount);
    let failure = take(&mut world, &trader, nothing, &Overlay::none()).expect_err("zero");
    failure.assert_is(FirebreakError::ZeroAmount);
}

/// Anchor refuses it before the program's own `DuplicateAccount` would.
#[test]
fn the_vault_is_no_wallet() {
    let mut world = World::new();
    let trader = world.trader(DOLLAR, 0);
    let vault = pda::bank_vault(&pda::bank(&world.group, &world.quote.mint));
    let circular = Transfer { mint: world.quote, wallet: vault, atoms: 1 };
    let failure = put(&mut world, &trader, circular).expect_err("in a circle");
    assert_eq!(failure.code, Some(DUPLICATE_MUTABLE));
    let failure = take(&mut world, &trader, circular, &Overlay::none()).expect_err("in a circle");
    assert_eq!(failure.code, Some(DUPLICATE_MUTABLE));
}

#[test]
fn deposits_end_at_the_cap() {
    let mut world = World::new();
    let admin = world.admin.pubkey();
    let mint = world.new_mint(9);
    let trader = world.trader(DOLLAR, 0);
    let args = firebreak::instructions::AddCollateralArgs {
        deposit_cap_atoms: 1_000,
        ..params::token_collateral(&world.markets[0].feed)
    };
    world.must(&[add_collateral([&admin, &world.group], &mint, args)], &[]);
    let wallet = world.new_keypair().pubkey();
    let account = token_account(mint.mint, trader.owner.pubkey(), 1_000_000);
    world.svm.set_account(wallet, account).expect("rent exempt");
    let first = Transfer { mint, wallet, atoms: 999 };
    world.must(&[deposit(&trader.owner.pubkey(), &trader.keys, &first)], &[&trader.owner]);
    put(&mut world, &trader, Transfer { atoms: 1, ..first }).expect("the cap itself");
    let failure = put(&mut world, &trader, Transfer { atoms: 2, ..first }).expect_err("one beyond");
    failure.assert_is(FirebreakError::DepositCap);
}

#[test]
fn an_account_holds_eight_collaterals() {
    let mut world = World::new();
    let admin = world.admin.pubkey();
    let trader = world.trader(DOLLAR, 0);
    let args = params::token_collateral(&world.markets[0].feed);
    for place in 1..=8 {
        let mint = world.new_mint(9);
        world.must(&[add_collateral([&admin, &world.group], &mint, args)], &[]);
        let wallet = world.new_keypair().pubkey();
        let account = token_account(mint.mint, trader.owner.pubkey(), 1_000_000);
        world.svm.set_account(wallet, account).expect("rent exempt");
        let transfer = Transfer { mint, wallet, atoms: 1 };
        let result =
            world.send(&[deposit(&trader.owner.pubkey(), &trader.keys, &transfer)], &[&trader.owner]);
        match result {
            Ok(_) => assert!(place < 8, "a ninth collateral"),
            Err(failure) => {
                assert_eq!(place, 8, "{failure:?}");
                failure.assert_is(FirebreakError::CollateralSlotsFull);
            }
        }
    }
}

#[test]
fn nobody_takes_more_than_they_have() {
    let mut world = World::new();
    let trader = world.trader(DOLLAR, 0);
    let _other = world.trader(100 * DOLLAR, 0);
    let (all, more) = (quote(&world, &trader, DOLLAR), quote(&world, &trader, DOLLAR + 1));
    take(&mut world, &trader, all, &Overlay::none()).expect("all of it");
    let failure = take(&mut world, &trader, more, &Overlay::none()).expect_err("one atom more");
    failure.assert_is(FirebreakError::InsufficientCollateral);
    let none = Transfer { mint: world.token, wallet: trader.token_wallet, atoms: 1 };
    let failure = take(&mut world, &trader, none, &Overlay::none()).expect_err("no such collateral");
    failure.assert_is(FirebreakError::InsufficientCollateral);
}

#[test]
fn a_withdrawal_leaves_the_initial_margin() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    // 10 % of 8 000 dollars stay, and the atom by which requirements are rounded up.
    let (most, more) = (quote(world, &cast.alice, 200 * DOLLAR - 1), quote(world, &cast.alice, 200 * DOLLAR));
    take(world, &cast.alice, most, &Overlay::none()).expect("800 dollars are left");
    let failure = take(world, &cast.alice, more, &Overlay::none()).expect_err("an atom too much");
    failure.assert_is(FirebreakError::WithdrawalMargin);
}

#[test]
fn unsettled_profit_cannot_be_withdrawn() {
    let mut stage = Stage::at_price(220_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    // Alice is 800 dollars up, on paper. 10 % of 8 800 stay, and an atom.
    let (most, more) = (quote(world, &cast.alice, 120 * DOLLAR - 1), quote(world, &cast.alice, 120 * DOLLAR));
    take(world, &cast.alice, most, &Overlay::none()).expect("880 dollars are left");
    let failure = take(world, &cast.alice, more, &Overlay::none()).expect_err("the profit does not count");
    failure.assert_is(FirebreakError::WithdrawalMargin);
}

#[test]
fn a_withdrawal_with_a_position_needs_a_price_that_is_not_too_old() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let transfer = quote(world, &cast.bob, DOLLAR);
    world.advance(300);
    take(world, &cast.bob, transfer, &Overlay::none()).expect("300 seconds are usable");
    world.advance(1);
    let failure = take(world, &cast.bob, transfer, &Overlay::none()).expect_err("301 are not");
    failure.assert_is(FirebreakError::StaleRow);
}

#[test]
fn an_account_in_liquidation_withdraws_nothing() {
    let mut stage = Stage::at_price(184_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    // 1 000 - 640 = 360 dollars of 368: below maintenance.
    world.liquidate(&cast.keeper, &cast.alice.account, 1).expect("below maintenance");
    let transfer = quote(world, &cast.alice, 1);
    let failure = take(world, &cast.alice, transfer, &Overlay::none()).expect_err("in liquidation");
    failure.assert_is(FirebreakError::InLiquidation);
}

#[test]
fn only_an_empty_account_is_closed() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    for trader in [&cast.keeper, &cast.alice] {
        let result = rehearse(world, close_account(&trader.keys), &[&trader.owner]);
        result.expect_err("it holds something").assert_is(FirebreakError::AccountNotEmpty);
    }
    // A position without collateral is something, too.
    let transfer = quote(world, &cast.keeper, 100_000 * DOLLAR);
    world.must(&[withdraw(&cast.keeper.keys, &transfer, &Overlay::none())], &[&cast.keeper.owner]);
    world.must(&[close_account(&cast.keeper.keys)], &[&cast.keeper.owner]);
}

#[test]
fn an_account_is_opened_once() {
    let mut stage = Stage::calm();
    let payer = stage.payer();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let owner = &cast.dora.owner;
    let again = open_account([&owner.pubkey(), &payer.pubkey()], &world.group, 0);
    // The system program's code for an address that is in use.
    assert_eq!(rehearse(world, again, &[owner, &payer]).expect_err("it exists").code, Some(0));
    // Lamports sent to the address beforehand do not block it.
    let keys = AccountKeys::new(&world.group, &owner.pubkey(), 1);
    world.svm.airdrop(&keys.margin_account, 1_000_000).expect("an airdrop succeeds");
    let next = open_account([&owner.pubkey(), &payer.pubkey()], &world.group, 1);
    world.must(&[next], &[owner, &payer]);
}
