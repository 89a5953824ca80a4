//! What stays open while a group or a market is paused, a venue frozen, or all of that: everything but new risk.

use anchor_lang::solana_program::instruction::Instruction;
use firebreak::instructions::LiquidationOutcome;
use firebreak_client::instructions::{
    approve_venue, close_account, freeze_venue, open_account, pause, recover_breaker, resolve_bankruptcy,
    settle_pnl, Overlay,
};
use firebreak_interface::fill::Refusal;
use firebreak_tests::{
    params::{self, DOLLAR},
    Trade, Trader, World,
};
use solana_signer::Signer;

use crate::stage::LOT;

/// Price after the fall, in millionths of a dollar, and quote atoms per lot.
const FALLEN_MICROS: u64 = 184_000_000;
const FALLEN_LOT: u64 = 1_840_000;

/// What an administrator or a guardian did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    GroupPaused,
    MarketPaused,
    VenueFrozen,
    Everything,
}

const STATES: [State; 5] =
    [State::Open, State::GroupPaused, State::MarketPaused, State::VenueFrozen, State::Everything];

impl State {
    /// The instructions that bring it about.
    fn instructions(self, world: &World) -> Vec<Instruction> {
        let keys = [&world.admin.pubkey(), &world.group];
        let group = pause(keys, None, 3_600);
        let market = pause(keys, Some(world.markets[0].row), 3_600);
        let venue = freeze_venue(keys, &world.venue, true);
        match self {
            State::Open => vec![],
            State::GroupPaused => vec![group],
            State::MarketPaused => vec![market],
            State::VenueFrozen => vec![venue],
            State::Everything => vec![group, market, venue],
        }
    }

    /// Why nothing opens in the first and in the second market.
    fn refusals(self) -> [Option<Refusal>; 2] {
        match self {
            State::Open => [None, None],
            State::GroupPaused | State::Everything => [Some(Refusal::Paused); 2],
            State::MarketPaused => [Some(Refusal::Paused), None],
            State::VenueFrozen => [Some(Refusal::ReduceOnly); 2],
        }
    }
}

/// Two markets at 184 dollars after 200: the victim is below maintenance with 4 000 lots long, the other one has won
/// on the other side, the keeper holds no position, and a fourth account is empty.
struct Cast {
    world: World,
    victim: Trader,
    other: Trader,
    keeper: Trader,
    empty: Trader,
}

impl Cast {
    fn new(state: State) -> Self {
        let mut world = World::with_markets(2, params::market);
        let [victim, other, keeper] =
            [1_000, 100_000, 100_000].map(|dollars| world.trader(dollars * DOLLAR, 0));
        let empty = world.empty_trader();
        world.trade(&Trade::new(&victim, &other, 4_000, LOT));
        world.advance(1);
        for market in 0..2 {
            world.set_market_price(market, FALLEN_MICROS);
        }
        world.refresh();
        for instruction in state.instructions(&world) {
            world.must(&[instruction], &[]);
        }
        Self { world, victim, other, keeper, empty }
    }
}

#[test]
fn nothing_opens_and_reductions_pass() {
    for state in STATES {
        let Cast { mut world, victim, other, keeper, .. } = Cast::new(state);
        for (market, refusal) in state.refusals().into_iter().enumerate() {
            // Taker and maker open.
            let open = Trade::new(&keeper, &other, 10, FALLEN_LOT).in_market(market);
            let answer = world.check(&open).0;
            assert_eq!(answer.refusal().filter(|_| !answer.is_admitted()), refusal, "{state:?} {market}");
            if refusal.is_some() {
                world.refused(&open);
            }
        }
        if let [Some(refusal), _] = state.refusals() {
            // The taker reduces, the maker would open; and a position cannot be turned around.
            assert_eq!(world.refused(&Trade::new(&victim, &keeper, -1, FALLEN_LOT)), refusal, "{state:?}");
            assert_eq!(world.refused(&Trade::new(&other, &victim, 4_001, FALLEN_LOT)), refusal, "{state:?}");
        }
        world.trade(&Trade::new(&victim, &other, -1_000, FALLEN_LOT));
        world.trade(&Trade::new(&other, &victim, 3_000, FALLEN_LOT));
        assert!(world.margin(&victim.account).is_flat(), "{state:?}");
    }
}

#[test]
fn money_comes_in_and_goes_out() {
    for state in STATES {
        let Cast { mut world, victim, other, keeper, empty } = Cast::new(state);
        world.deposit(&victim, DOLLAR);
        world.deposit_token(&keeper, 1);
        world.withdraw_token(&keeper, 1, &Overlay::none()).expect("it holds no position");
        world.withdraw(&keeper, 100_000 * DOLLAR, &Overlay::none()).expect("it holds no position");
        world.withdraw(&other, 90_000 * DOLLAR, &Overlay::none()).expect("it covers its initial margin");
        world.must(&[close_account(&empty.keys)], &[&empty.owner]);
        world.must(&[close_account(&keeper.keys)], &[&keeper.owner]);
        // Who comes may come, and approvals are the owner's.
        let payer = world.admin.pubkey();
        world.must(&[open_account([&empty.owner.pubkey(), &payer], &world.group, 0)], &[&empty.owner]);
        for is_approved in [true, false] {
            let approve = approve_venue(&empty.keys, &world.venue, is_approved);
            world.must(&[approve], &[&empty.owner]);
        }
    }
}

#[test]
fn profits_and_losses_are_settled() {
    let mut moved = Vec::new();
    for state in STATES {
        let Cast { mut world, victim, other, .. } = Cast::new(state);
        let (group, market) = (world.group, world.markets[0].key);
        let cash = |world: &World, trader: &Trader| world.margin(&trader.account).atoms_of(0);
        let before = [cash(&world, &victim), cash(&world, &other)];
        for trader in [&victim, &other] {
            world.must(&[settle_pnl([&group, &market], &trader.account, &Overlay::none())], &[]);
        }
        moved.push([cash(&world, &victim) - before[0], cash(&world, &other) - before[1]]);
    }
    // The slow price has moved a second's worth, so loss and profit are small; they are the same as in the open group.
    let [loss, profit] = moved[0];
    assert!(loss < 0 && profit > 0 && moved.iter().all(|atoms| *atoms == moved[0]), "{moved:?}");
}

/// The liquidator takes on the position: a pause never stops the way out of a position in distress.
#[test]
fn accounts_in_distress_are_liquidated() {
    for state in STATES {
        let Cast { mut world, victim, keeper, .. } = Cast::new(state);
        let (outcome, _) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("below maintenance");
        assert_eq!(outcome, LiquidationOutcome::Completed, "{state:?}");
        assert!(!world.margin(&keeper.account).is_flat(), "{state:?}");
    }
}

#[test]
fn prices_are_read_and_breakers_recover() {
    for state in STATES {
        let Cast { mut world, .. } = Cast::new(state);
        // 18.5 % below the fallen price, twice, where 12.2 % trip.
        for _ in 0..2 {
            world.advance(1);
            world.tick(150_000_000);
        }
        assert_ne!(world.row(0).breaker_state, 0, "{state:?}");
        world.advance(600);
        world.must(&[recover_breaker(&world.group, world.markets[0].row)], &[]);
        // Recovery, which time alone ends as well.
        assert_eq!(world.row(0).breaker_state, 4, "{state:?}");
    }
}

#[test]
fn the_insurance_is_funded_and_bankruptcies_are_resolved() {
    for state in STATES {
        let Cast { mut world, victim, keeper, .. } = Cast::new(state);
        world.fund_insurance(&keeper, 200 * DOLLAR);
        world.advance(1);
        world.set_price(170_000_000);
        world.refresh();
        world.liquidate(&keeper, &victim.account, u64::MAX).expect("bankrupt");
        let (group, market) = (world.group, world.markets[0].key);
        let resolve = resolve_bankruptcy(&group, &victim.account, &[market], &world.quote);
        world.must(&[resolve], &[]);
    }
}

#[test]
fn a_pause_ends_by_itself_and_a_thawed_venue_opens() {
    for state in STATES {
        let Cast { mut world, keeper, other, .. } = Cast::new(state);
        let open = Trade::new(&keeper, &other, 10, FALLEN_LOT);
        world.advance(3_599);
        for market in 0..2 {
            world.set_market_price(market, FALLEN_MICROS);
        }
        world.refresh();
        if state != State::Open {
            world.refused(&open);
        }
        world.advance(1);
        let is_frozen = matches!(state, State::VenueFrozen | State::Everything);
        if is_frozen {
            assert_eq!(world.refused(&open), Refusal::ReduceOnly, "{state:?}");
            let thaw = freeze_venue([&world.admin.pubkey(), &world.group], &world.venue, false);
            world.must(&[thaw], &[]);
        }
        world.trade(&open);
    }
}
