//! What a fill may open: fresh folds, open interest and position sizes. The harness checks that a refusal changes
//! nothing and that `check_fill` gives the same answer.
//!
//! The cap here is 16 000 dollars: 8 000 lots of two dollars per side, of which a shard may open an eighth, 1 000 lots,
//! until the next fold.

use firebreak::instructions::{shard_of, MarketParams};
use firebreak_client::instructions::{check_fill, MakerLeg};
use firebreak_interface::fill::{FillOutcome, Refusal};
use firebreak_tests::{
    params::{self, DOLLAR},
    Trade, Trader, World,
};

use crate::stage::LOT;

fn world(position_share_ppm: u32) -> World {
    World::with_market(|feed| MarketParams {
        open_interest_cap_atoms: 16_000 * DOLLAR,
        position_share_ppm,
        ..params::market(feed)
    })
}

/// Traders in different shards.
fn apart(world: &mut World, count: usize) -> Vec<Trader> {
    let mut found: Vec<Trader> = Vec::new();
    while found.len() < count {
        let trader = world.trader(100_000 * DOLLAR, 0);
        if found.iter().all(|other| shard_of(&other.account) != shard_of(&trader.account)) {
            found.push(trader);
        }
    }
    found
}

/// Two traders of one shard.
fn together(world: &mut World) -> [Trader; 2] {
    let mut seen: Vec<Trader> = Vec::new();
    loop {
        let trader = world.trader(100_000 * DOLLAR, 0);
        let shard = shard_of(&trader.account);
        match seen.iter().position(|other| shard_of(&other.account) == shard) {
            Some(place) => return [seen.swap_remove(place), trader],
            None => seen.push(trader),
        }
    }
}

fn refusal(world: &mut World, trade: &Trade) -> (Option<Refusal>, u8) {
    let outcome: FillOutcome = world.fill(trade).0;
    (outcome.refusal(), outcome.party)
}

#[test]
fn a_fold_older_than_ten_seconds_admits_reductions_only() {
    let mut world = world(1_000_000);
    let traders = apart(&mut world, 2);
    let (one, other) = (&traders[0], &traders[1]);
    world.trade(&Trade::new(one, other, 10, LOT));
    world.advance(10);
    world.set_price(params::START_MICROS);
    let rows = world.oracle_rows();
    world.refresh_rows(&rows).expect("fresh prices");
    let open = Trade::new(one, other, 1, LOT);
    assert!(world.check(&open).0.is_admitted(), "ten seconds are recent");
    world.advance(1);
    assert_eq!(refusal(&mut world, &open), (Some(Refusal::StaleFold), 0));
    // A maker who reduces helps a taker who does not as little as the other way round.
    let third = world.trader(100_000 * DOLLAR, 0);
    assert_eq!(refusal(&mut world, &Trade::new(one, &third, -1, LOT)), (Some(Refusal::StaleFold), 1));
    world.trade(&Trade::new(one, other, -1, LOT));
    world.fold_all();
    world.trade(&open);
}

#[test]
fn a_side_grows_in_one_shard_by_an_eighth_of_what_the_cap_leaves_until_the_next_fold() {
    let mut world = world(1_000_000);
    let traders = apart(&mut world, 4);
    let (one, other) = (&traders[0], &traders[1]);
    let capped = |party| (Some(Refusal::OpenInterestCap), party);
    assert_eq!(refusal(&mut world, &Trade::new(one, other, 1_001, LOT)), capped(0));
    // In parts as at once: growth counts since the fold.
    world.trade(&Trade::new(one, other, 600, LOT));
    world.trade(&Trade::new(one, other, 400, LOT));
    assert_eq!(refusal(&mut world, &Trade::new(one, other, 1, LOT)), capped(0));
    // Another taker's shard has room, the maker's has none on the short side; on the long side it has.
    assert_eq!(refusal(&mut world, &Trade::new(&traders[2], other, 1, LOT)), capped(1));
    assert_eq!(refusal(&mut world, &Trade::new(&traders[2], one, -1, LOT)), capped(1));
    // What was closed since the fold can be opened again, and no more.
    world.trade(&Trade::new(one, other, -300, LOT));
    world.trade(&Trade::new(one, other, 300, LOT));
    assert_eq!(refusal(&mut world, &Trade::new(one, other, 1, LOT)), capped(0));
    // 8 000 - 1 000 lots are left: 875 per shard.
    world.fold_all();
    assert_eq!(refusal(&mut world, &Trade::new(one, other, 876, LOT)), capped(0));
    world.trade(&Trade::new(one, other, 875, LOT));
    // A shard that closed more than it opened after a fold starts at the fold, not below it.
    world.fold_all();
    world.trade(&Trade::new(one, other, -1_000, LOT));
    // 8 000 - 1 875 lots leave 765.625 per shard on top of what was folded.
    assert_eq!(refusal(&mut world, &Trade::new(one, other, 1_766, LOT)), capped(0));
    world.trade(&Trade::new(one, other, 1_765, LOT));
}

#[test]
fn parties_of_one_shard_add_up_on_one_side_and_not_across() {
    let mut world = world(1_000_000);
    let [first, second] = together(&mut world);
    let mut others = apart(&mut world, 3);
    others.retain(|other| shard_of(&other.account) != shard_of(&first.account));
    let (taker, helper) = (&others[0], &others[1]);
    let both = |lots: i64| {
        let mut trade = Trade::new(taker, &first, lots, LOT);
        trade.makers.push(second.account);
        trade
    };
    // The taker may have 1 000 lots: 501 from each are too many for it already.
    assert_eq!(refusal(&mut world, &both(501)), (Some(Refusal::OpenInterestCap), 0));
    // The makers' shard holds 600 short lots already: 200 for each fit, the 201st of the second does not.
    world.trade(&Trade::new(helper, &first, 600, LOT));
    assert_eq!(refusal(&mut world, &both(201)), (Some(Refusal::OpenInterestCap), 2));
    world.trade(&both(200));
    // Taker and maker of one shard are on different sides: 1 000 lots each.
    world.fold_all();
    // 8 000 - 1 000 lots are left: 875 per shard. First holds 800 short, so it turns around: closes them and opens 875.
    world.trade(&Trade::new(&first, &second, 1_675, LOT));
}

#[test]
fn a_position_that_turns_around_opens_on_its_new_side() {
    let mut world = world(1_000_000);
    let traders = apart(&mut world, 3);
    world.trade(&Trade::new(&traders[0], &traders[1], 1_000, LOT));
    // A long of 1 000 becomes a short of 1 001.
    let turn = |lots| Trade::new(&traders[0], &traders[2], lots, LOT);
    assert_eq!(refusal(&mut world, &turn(-2_001)), (Some(Refusal::OpenInterestCap), 0));
    // The maker opens 2 000, twice what its shard may.
    assert_eq!(refusal(&mut world, &turn(-2_000)), (Some(Refusal::OpenInterestCap), 1));
    world.trade(&Trade::new(&traders[0], &traders[1], -2_000, LOT));
}

#[test]
fn open_interest_above_the_cap_admits_reductions_only() {
    let mut world = world(1_000_000);
    let traders = apart(&mut world, 4);
    let (one, other) = (&traders[0], &traders[1]);
    world.trade(&Trade::new(one, other, 1_000, LOT));
    // At twenty times the price the same lots are 40 000 dollars, but the price gets there in steps.
    let mut price = params::START_MICROS;
    while price < 20 * params::START_MICROS {
        price = price * 11 / 10;
        world.advance(4_000);
        world.tick(price);
    }
    let lot = price / params::LOTS_PER_TOKEN;
    world.deposit(other, 100_000 * DOLLAR);
    world.deposit(one, 100_000 * DOLLAR);
    let open = Trade::new(&traders[2], &traders[3], 1, lot);
    assert_eq!(refusal(&mut world, &open), (Some(Refusal::OpenInterestCap), 0));
    world.trade(&Trade::new(one, other, -1, lot));
}

#[test]
fn a_position_is_at_most_its_share_of_the_cap() {
    // A twentieth of 16 000 dollars: 400 lots.
    let mut world = world(50_000);
    let traders = apart(&mut world, 2);
    let (one, other) = (&traders[0], &traders[1]);
    assert_eq!(refusal(&mut world, &Trade::new(one, other, 401, LOT)), (Some(Refusal::PositionSize), 0));
    world.trade(&Trade::new(one, other, 400, LOT));
    assert_eq!(refusal(&mut world, &Trade::new(one, other, 1, LOT)), (Some(Refusal::PositionSize), 0));
    // A larger position than allowed can only become smaller, to any size.
    world.trade(&Trade::new(one, other, -1, LOT));
    world.trade(&Trade::new(one, other, 1, LOT));
}

#[test]
fn liquidations_move_units_whatever_the_cap_leaves() {
    let mut world = world(1_000_000);
    let traders = apart(&mut world, 3);
    let victim = world.trader(200 * DOLLAR, 0);
    world.trade(&Trade::new(&victim, &traders[1], 900, LOT));
    // 16 % down: 288 of 200 dollars are lost. The keeper's shard has grown as much as it may.
    world.advance(1);
    world.tick(168_000_000);
    let lot = 1_680_000;
    // At 1.68 dollars the cap is floor(16 000 / 1.68) = 9 523 lots and a part, less 900 folded: 1 077 lots per shard.
    world.trade(&Trade::new(&traders[0], &traders[2], 1_077, lot));
    assert_eq!(
        refusal(&mut world, &Trade::new(&traders[0], &traders[2], 1, lot)).0,
        Some(Refusal::OpenInterestCap)
    );
    world.liquidate(&traders[0], &victim.account, u64::MAX).expect("bankrupt");
    assert_eq!(world.margin(&traders[0].account).positions()[0].units, (1_077 + 900) << 16);
    // It counts as growth of that shard until the next fold.
    assert_eq!(
        refusal(&mut world, &Trade::new(&traders[0], &traders[1], 1, lot)).0,
        Some(Refusal::OpenInterestCap)
    );
}

/// Makes a leg inadmissible.
type Spoil = fn(&mut MakerLeg);

#[test]
fn refusals_of_a_leg_name_its_maker() {
    let mut world = world(1_000_000);
    let traders = apart(&mut world, 3);
    let mut trade = Trade::new(&traders[0], &traders[1], 10, LOT);
    trade.makers.push(traders[2].account);
    // Every leg of a `Trade` is alike, so the first one is named; the second alone is at fault below.
    let place = world.place(0);
    let cases: [(Spoil, Refusal); 4] = [
        (|leg| leg.price_atoms = 3 * DOLLAR, Refusal::PriceBand),
        (|leg| leg.lots = 0, Refusal::MalformedLeg),
        (|leg| leg.price_atoms = 0, Refusal::MalformedLeg),
        (|leg| leg.fee_atoms = 20_001, Refusal::FeeBound),
    ];
    for (spoil, reason) in cases {
        for leg in [0, 1] {
            let mut fill = trade.fill();
            spoil(&mut fill.makers[leg]);
            let instruction = check_fill(&place, &fill).expect("two makers");
            let outcome = super::outcome(&world.must(&[instruction], &[]));
            assert_eq!((outcome.refusal(), outcome.refused_leg()), (Some(reason), Some(leg)), "{reason:?}");
        }
    }
    // Fees of the whole fill are nobody's in particular.
    let outcome = world.fill(&trade.with_fees(1 << 40, 0)).0;
    assert_eq!((outcome.refusal(), outcome.party), (Some(Refusal::FeeBound), 255));
}
