//! `fund_insurance` and `resolve_bankruptcy`.

use anchor_lang::solana_program::instruction::Instruction;
use firebreak::{
    constants::SHARD_COUNT,
    error::FirebreakError,
    events::{BankruptcyResolved, DebtResolved, InsuranceFunded},
    state::{
        Collateral, CollateralBank, InsuranceVault, MarginAccount, MarketLedger, Position, RiskSnapshot,
    },
};
use firebreak_client::{
    instructions::{fund_insurance, resolve_bankruptcy, Transfer},
    pda,
};
use firebreak_tests::{
    params::{DOLLAR, TOKEN},
    Failure, Trade, Trader, World,
};
use solana_signer::Signer;

use crate::{
    bounds::rehearse,
    chain::edit,
    effect::{acts, emits, row, tokens, touched_snapshot},
    stage::Stage,
};

/// Anchor's code for the same token account in two writable slots.
const DUPLICATE_MUTABLE: u32 = 2040;

fn resolve(world: &World, trader: &Trader) -> Instruction {
    resolve_bankruptcy(&world.group, &trader.account, &[world.markets[0].key], &world.quote)
}

fn attempt(world: &mut World, instruction: Instruction) -> Result<(), Failure> {
    rehearse(world, instruction, &[]).map(|_| ())
}

/// Resolves and takes it back.
fn retry(world: &mut World, trader: &Trader) -> Result<(), Failure> {
    let instruction = resolve(world, trader);
    attempt(world, instruction)
}

/// 15 % down, alice is liquidated: she owes 1 200 dollars and has 1 000.
fn bankrupt() -> Stage {
    let mut stage = Stage::at_price(170_000_000);
    stage.both(|world, cast| {
        world.liquidate(&cast.keeper, &cast.alice.account, u64::MAX).expect("bankrupt");
    });
    stage
}

#[test]
fn funding_moves_tokens_and_counts_them() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let keeper = &cast.keeper;
    let insurance = pda::insurance(&world.group);
    let transfer = Transfer { mint: world.quote, wallet: keeper.quote_wallet, atoms: 7 };
    let instruction = fund_insurance(&keeper.owner.pubkey(), &world.group, &transfer);
    let meta = acts(world, instruction, &[&keeper.owner], |_, chain| {
        tokens(chain, &keeper.quote_wallet, -7);
        tokens(chain, &pda::insurance_vault(&insurance), 7);
        edit::<InsuranceVault>(chain, &insurance, |insurance| {
            insurance.sequence += 1;
            insurance.balance_atoms = 150_000_007;
            insurance.funded_atoms = 150_000_007;
        });
    });
    let event = InsuranceFunded {
        group: world.group,
        funder: keeper.owner.pubkey(),
        atoms: 7,
        balance_atoms: 150_000_007,
        sequence: 2,
    };
    emits(&meta, event);
}

#[test]
fn insurance_is_funded_with_something_and_not_from_itself() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let owner = &cast.keeper.owner;
    let vault = pda::insurance_vault(&pda::insurance(&world.group));
    let cases = [
        (cast.keeper.quote_wallet, 0, FirebreakError::ZeroAmount.into()),
        (vault, 1, DUPLICATE_MUTABLE),
        // The token program's code for another mint.
        (cast.keeper.token_wallet, 1, 3),
        // The token program's code for too little.
        (cast.keeper.quote_wallet, 1 << 60, 1),
    ];
    for (wallet, atoms, code) in cases {
        let transfer = Transfer { mint: world.quote, wallet, atoms };
        let instruction = fund_insurance(&owner.pubkey(), &world.group, &transfer);
        let failure = rehearse(world, instruction, &[owner]).expect_err("not a payment");
        assert_eq!(failure.code, Some(code), "{failure:?}");
    }
}

#[test]
fn a_debt_is_paid_by_cash_then_insurance_then_the_other_side() {
    let mut stage = bankrupt();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let alice = cast.alice.account;
    let (group, market, quote) = (world.group, world.markets[0].key, world.quote.mint);
    let (insurance, bank) = (pda::insurance(&group), pda::bank(&group, &quote));
    let instruction = resolve(world, &cast.alice);
    let meta = acts(world, instruction, &[], |world, chain| {
        edit::<MarginAccount>(chain, &alice, |account| {
            account.sequence += 1;
            account.liquidation_started_ts = 0;
            account.collaterals[0] = Collateral::default();
            account.collateral_count = 0;
            account.positions[0] = Position::default();
            account.position_count = 0;
        });
        // 200 dollars are missing; half of the 150 insured are drawn, 125 are charged to bob's 4 000 lots.
        edit::<InsuranceVault>(chain, &insurance, |insurance| {
            insurance.sequence += 1;
            (insurance.balance_atoms, insurance.paid_atoms) = (75_000_000, 75_000_000);
            (insurance.day_used_atoms, insurance.day_updated_ts) = (75_000_000, world.now());
        });
        edit::<CollateralBank>(chain, &bank, |bank| {
            bank.sequence += 1;
            bank.deposits_atoms += 75_000_000;
        });
        tokens(chain, &pda::insurance_vault(&insurance), -75_000_000);
        tokens(chain, &pda::bank_vault(&bank), 75_000_000);
        edit::<MarketLedger>(chain, &pda::ledger(&market), |ledger| {
            ledger.sequence += 1;
            ledger.pool_atoms = 1_075_000_000;
            ledger.payout_updated_ts = world.now();
            ledger.bad_debt_atoms = 200_000_000;
            ledger.insurance_payout_atoms = 75_000_000;
            ledger.socialized_loss_atoms = 125_000_000;
            (ledger.cover_used_atoms, ledger.cover_updated_ts) = (75_000_000, world.now());
            // The takeover marked the loss as certain; it is assigned now.
            (ledger.bankrupt_count, ledger.shortfall_count) = (0, 0);
        });
        // Half of what was insured, which counts toward tightening the group.
        edit::<RiskSnapshot>(chain, &pda::snapshot(&group), |header| {
            (header.insurance_drawn_ppm, header.insurance_drawn_ts) = (500_000, world.now());
        });
        // 31 250 atoms per lot, in 2^-32; what shorts earn rises when they pay, as their units count negative.
        row(world, chain, 2, |row| row.sides[1].earned = [31_250 << 32, 0]);
        touched_snapshot(world, chain);
    });
    let event = BankruptcyResolved {
        group,
        margin_account: alice,
        own_cash_atoms: 1_000_000_000,
        insurance_payout_atoms: 75_000_000,
        haircut_atoms: 0,
        socialized_loss_atoms: 125_000_000,
        uncollectable_atoms: 0,
        debts: vec![DebtResolved {
            row: 2,
            charged_side: 1,
            own_cash_atoms: 1_000_000_000,
            insurance_payout_atoms: 75_000_000,
            haircut_atoms: 0,
            socialized_loss_atoms: 125_000_000,
            uncollectable_atoms: 0,
            left_atoms: 0,
        }],
        // Opened, approved, deposited, traded, taken over, and this.
        sequence: 6,
    };
    emits(&meta, event);
}

#[test]
fn only_an_account_that_owes_more_than_it_has_is_bankrupt() {
    let mut stage = Stage::at_price(190_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    for trader in [&cast.dora, &cast.keeper] {
        let failure = retry(world, trader).expect_err("nothing in this market");
        failure.assert_is(FirebreakError::NotBankrupt);
    }
    for trader in [&cast.alice, &cast.bob] {
        let failure = retry(world, trader).expect_err("it holds lots");
        failure.assert_is(FirebreakError::PositionsRemain);
    }
    // Closed with a loss of 400 dollars of 1 000, and with a profit.
    world.trade(&Trade::new(&cast.alice, &cast.bob, -4_000, 1_900_000));
    for trader in [&cast.alice, &cast.bob] {
        let failure = retry(world, trader);
        // Bob also holds tokens, which are looked at first.
        let is_bob = trader.account == cast.bob.account;
        let expected = if is_bob { FirebreakError::CollateralRemains } else { FirebreakError::NotBankrupt };
        failure.expect_err("it can pay").assert_is(expected);
    }
}

#[test]
fn other_collateral_is_used_before_anybody_else_pays() {
    let mut stage = bankrupt();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    world.deposit_token(&cast.alice, TOKEN);
    let failure = retry(world, &cast.alice).expect_err("a token is left");
    failure.assert_is(FirebreakError::CollateralRemains);
}

#[test]
fn cash_to_the_atom_decides_between_a_debtor_and_a_bankrupt() {
    let mut stage = bankrupt();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    world.deposit(&cast.alice, 200 * DOLLAR - 1);
    retry(world, &cast.alice).expect("an atom is missing");
    world.deposit(&cast.alice, 1);
    let failure = retry(world, &cast.alice).expect_err("1 200 of 1 200");
    failure.assert_is(FirebreakError::NotBankrupt);
}

#[test]
fn a_loss_is_divided_by_all_shards_in_order() {
    let mut stage = bankrupt();
    let Stage { world, other, casts: [cast, _] } = &mut stage;
    let right = resolve(world, &cast.alice);
    // The market and its ledger come last.
    let first = right.accounts.len() - 2 - usize::from(SHARD_COUNT);
    let mut short = right.clone();
    short.accounts.remove(first + 7);
    let mut long = right.clone();
    long.accounts.insert(first, long.accounts[first].clone());
    let mut swapped = right.clone();
    swapped.accounts.swap(first, first + 7);
    let mut repeated = right.clone();
    repeated.accounts[first + 1] = repeated.accounts[first].clone();
    for wrong in [long, swapped, repeated] {
        let failure = attempt(world, wrong).expect_err("not the eight shards in order");
        failure.assert_is(FirebreakError::ShardsMissing);
    }
    // The market then stands in the place of the last shard: Anchor's code for an account of another type.
    let failure = attempt(world, short).expect_err("seven shards");
    assert_eq!(failure.code, Some(3002), "{failure:?}");
    let mut foreign = right;
    foreign.accounts[first].pubkey = pda::exposure(&other.group, 0);
    let failure = attempt(world, foreign).expect_err("another group's shard");
    failure.assert_is(FirebreakError::WrongGroup);
}

#[test]
fn the_markets_of_all_debts_are_passed_and_no_others() {
    let mut stage = bankrupt();
    let Stage { world, other, casts: [cast, _] } = &mut stage;
    let right = resolve(world, &cast.alice);
    let (market, ledger) = (right.accounts.len() - 2, right.accounts.len() - 1);
    let mut none = right.clone();
    none.accounts.truncate(market);
    let mut twice = right.clone();
    twice.accounts.extend(right.accounts[market..].to_vec());
    let mut without_ledger = right.clone();
    without_ledger.accounts.pop();
    let second = world.markets[1].key;
    let mut unrelated = right.clone();
    unrelated.accounts[market].pubkey = second;
    unrelated.accounts[ledger].pubkey = pda::ledger(&second);
    for wrong in [none, twice, without_ledger, unrelated] {
        let failure = attempt(world, wrong).expect_err("not exactly the market of the debt");
        failure.assert_is(FirebreakError::DebtMarkets);
    }
    let mut mixed = right.clone();
    mixed.accounts[ledger].pubkey = pda::ledger(&second);
    attempt(world, mixed).expect_err("another market's ledger").assert_is(FirebreakError::WrongGroup);
    let mut foreign = right;
    foreign.accounts[market].pubkey = other.markets[0].key;
    foreign.accounts[ledger].pubkey = pda::ledger(&other.markets[0].key);
    attempt(world, foreign).expect_err("another group's market").assert_is(FirebreakError::WrongGroup);
}

/// Alice owes 1 200 and has 1 000; bob closed with a profit of 1 200 that nobody has paid yet. There is no short left:
/// without insurance his claim bears the 200, and 1 000 of it are left.
#[test]
fn a_loss_falls_on_unpaid_profits_before_any_position() {
    let mut world = World::new();
    let [victim, other, keeper] = [1_000, 100_000, 100_000].map(|dollars| world.trader(dollars * DOLLAR, 0));
    world.trade(&Trade::new(&victim, &other, 4_000, 2 * DOLLAR));
    world.advance(1);
    world.tick(170_000_000);
    world.liquidate(&keeper, &victim.account, u64::MAX).expect("bankrupt");
    world.trade(&Trade::new(&other, &keeper, 4_000, 1_700_000));
    let claim = world.margin(&other.account).positions()[0];
    assert_eq!((claim.units, claim.quote_atoms, claim.claim_units), (0, 0, 1_200_000_000));
    let instruction = resolve(&world, &victim);
    world.must(&[instruction], &[]);
    let ledger = world.ledger(0);
    assert_eq!((ledger.haircut_atoms, ledger.socialized_loss_atoms), (200_000_000, 0));
    assert_eq!(world.margin(&victim.account).position_count, 0);
    // Five sixths of every unit are left, rounded down: 1 000 less an atom.
    assert_eq!(world.row(0).haircut_q48, (5u64 << 48) / 6);
    assert_eq!(world.health(&other.account).health.equity, 100_000_000_000 + 999_999_999);
    retry(&mut world, &victim).expect_err("nothing is left").assert_is(FirebreakError::NotBankrupt);
}
