//! Every refusal of a fill at the number where it begins. The harness checks that a refusal changes nothing and that
//! `check_fill` gives the same answer.

use firebreak_client::instructions::{
    add_collateral, approve_venue, deposit, freeze_venue, Overlay, Transfer,
};
use firebreak_interface::fill::Refusal;
use firebreak_tests::{
    params::{self, DOLLAR},
    tokens::token_account,
    Trade, Trader, World,
};
use solana_signer::Signer;

use crate::stage::{overlay, Stage, LOT};

/// Two traders with this much in a world whose price is 200 dollars.
fn pair(world: &mut World, atoms: u64) -> [Trader; 2] {
    [(); 2].map(|()| world.trader(atoms, 0))
}

/// Whether a trade would be admitted, and why not.
fn asked(world: &mut World, trade: &Trade) -> Result<(), Refusal> {
    let outcome = world.check(trade).0;
    match outcome.is_admitted() {
        true => Ok(()),
        false => Err(outcome.refusal().expect("a known reason")),
    }
}

#[test]
fn every_party_covers_its_initial_margin() {
    let mut world = World::new();
    let rich = world.trader(1_000 * DOLLAR, 0);
    // 100 lots need 20 dollars and an atom.
    for (atoms, is_enough) in [(20 * DOLLAR, false), (20 * DOLLAR + 1, true)] {
        let poor = world.trader(atoms, 0);
        for trade in [
            Trade::new(&poor, &rich, 100, LOT),
            Trade::new(&rich, &poor, 100, LOT),
            Trade::new(&poor, &rich, -100, LOT),
        ] {
            let expected = if is_enough { Ok(()) } else { Err(Refusal::InitialMargin) };
            assert_eq!(asked(&mut world, &trade), expected, "{atoms}");
        }
        if !is_enough {
            assert_eq!(world.refused(&Trade::new(&poor, &rich, 100, LOT)), Refusal::InitialMargin);
        }
    }
}

#[test]
fn every_party_approves_the_venue() {
    let mut world = World::new();
    let [one, other] = pair(&mut world, 100 * DOLLAR);
    let silent = world.trader(100 * DOLLAR, 0);
    world.must(&[approve_venue(&silent.keys, &world.venue, false)], &[&silent.owner]);
    assert_eq!(world.refused(&Trade::new(&silent, &one, 1, LOT)), Refusal::NotApproved);
    assert_eq!(world.refused(&Trade::new(&one, &silent, 1, LOT)), Refusal::NotApproved);
    world.trade(&Trade::new(&one, &other, 1, LOT));
}

#[test]
fn a_price_lies_within_five_percent_of_the_risk_price() {
    let mut world = World::new();
    let [one, other] = pair(&mut world, 1_000 * DOLLAR);
    for (price, is_inside) in
        [(1_899_999, false), (1_900_000, true), (2_100_000, true), (2_100_001, false), (u64::MAX, false)]
    {
        let expected = if is_inside { Ok(()) } else { Err(Refusal::PriceBand) };
        assert_eq!(asked(&mut world, &Trade::new(&one, &other, 1, price)), expected, "{price}");
    }
    assert_eq!(world.refused(&Trade::new(&one, &other, 1, 2_100_001)), Refusal::PriceBand);
}

#[test]
fn fees_are_within_a_thousandth_and_rebates_within_fees() {
    let mut world = World::new();
    let [one, other] = pair(&mut world, 1_000 * DOLLAR);
    // Ten lots are 20 000 000 atoms: at most 20 000 of fees per party.
    let cases = [
        (20_000, 0, true),
        (20_001, 0, false),
        (0, 20_000, true),
        (0, 20_001, false),
        (20_000, -20_000, true),
        (20_000, -20_001, false),
        (0, -1, false),
        (u64::MAX, 0, false),
        (0, i64::MIN, false),
    ];
    for (taker_fee, maker_fee, is_allowed) in cases {
        let trade = Trade::new(&one, &other, 10, LOT).with_fees(taker_fee, maker_fee);
        let expected = if is_allowed { Ok(()) } else { Err(Refusal::FeeBound) };
        assert_eq!(asked(&mut world, &trade), expected, "{taker_fee} {maker_fee}");
    }
    let trade = Trade::new(&one, &other, 10, LOT).with_fees(20_001, 0);
    assert_eq!(world.refused(&trade), Refusal::FeeBound);
}

#[test]
fn nobody_trades_with_themselves() {
    let mut world = World::new();
    let [one, other] = pair(&mut world, 100 * DOLLAR);
    assert_eq!(world.refused(&Trade::new(&one, &one, 1, LOT)), Refusal::SelfTrade);
    let mut twice = Trade::new(&one, &other, 1, LOT);
    twice.makers.push(other.account);
    assert_eq!(world.refused(&twice), Refusal::SelfTrade);
}

#[test]
fn a_leg_has_lots_and_a_price() {
    let mut world = World::new();
    let [one, other] = pair(&mut world, 100 * DOLLAR);
    assert_eq!(world.refused(&Trade::new(&one, &other, 0, LOT)), Refusal::MalformedLeg);
    assert_eq!(world.refused(&Trade::new(&one, &other, 1, 0)), Refusal::MalformedLeg);
    // 2^48 lots of 2 000 000 atoms do not fit 64 bits.
    assert_eq!(world.refused(&Trade::new(&one, &other, 1 << 48, LOT)), Refusal::MalformedLeg);
}

#[test]
fn a_position_has_at_most_2_to_the_52_atoms_of_notional() {
    let mut world = World::new();
    let [one, other] = pair(&mut world, 1 << 50);
    // floor(2^52 / 2 000 000) lots, and one more.
    let most = 2_251_799_813;
    assert_eq!(asked(&mut world, &Trade::new(&one, &other, most, LOT)), Ok(()));
    assert_eq!(world.refused(&Trade::new(&one, &other, most + 1, LOT)), Refusal::PositionSize);
}

#[test]
fn an_account_has_sixteen_positions() {
    let mut world = World::with_markets(17, params::market);
    world.is_auditing = false;
    let [one, other] = pair(&mut world, 1_000 * DOLLAR);
    for market in 0..16 {
        world.trade(&Trade::new(&one, &other, 1, LOT).in_market(market));
    }
    let next = Trade::new(&one, &other, 1, LOT).in_market(16);
    assert_eq!(world.refused(&next), Refusal::NoSlot);
    // As a maker, too; and a place that is free again is used.
    let third = world.trader(1_000 * DOLLAR, 0);
    assert_eq!(world.refused(&Trade::new(&third, &one, 1, LOT).in_market(16)), Refusal::NoSlot);
    world.trade(&Trade::new(&one, &other, -1, LOT).in_market(3));
    world.trade(&next);
}

#[test]
fn opening_needs_a_price_of_five_seconds_and_reducing_does_not() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let open = Trade::new(&cast.keeper, &cast.bob, 1, LOT);
    let reduce = Trade::new(&cast.alice, &cast.bob, -1, LOT);
    world.advance(5);
    assert_eq!(asked(world, &open), Ok(()));
    world.advance(1);
    assert_eq!(world.refused(&open), Refusal::StaleRow);
    assert_eq!(asked(world, &reduce), Ok(()));
    world.set_market_price(0, 200_000_000);
    assert_eq!(asked(world, &open.with_overlay(overlay(world))), Ok(()));
}

#[test]
fn margin_needs_prices_of_five_minutes_in_every_other_row() {
    let mut world = World::with_markets(2, params::market);
    let [one, other] = pair(&mut world, 1_000 * DOLLAR);
    world.trade(&Trade::new(&one, &other, 1, LOT).in_market(1));
    world.advance(300);
    world.set_price(200_000_000);
    let rows = world.oracle_rows();
    world.refresh_rows(&rows[1..2]).expect("the first market");
    world.fold_all();
    let open = Trade::new(&one, &other, 1, LOT);
    assert_eq!(asked(&mut world, &open), Ok(()));
    world.advance(1);
    world.set_price(200_000_000);
    world.refresh_rows(&rows[1..2]).expect("the first market");
    let outcome = world.fill(&open).0;
    // Row 3 is the second market.
    assert_eq!((outcome.refusal(), outcome.row), (Some(Refusal::StaleRow), 3));
    world.set_market_price(1, 200_000_000);
    let overlay = Overlay::new(&rows[2..3]).expect("one row");
    assert_eq!(asked(&mut world, &open.with_overlay(overlay)), Ok(()));
}

#[test]
fn a_frozen_venue_reports_reductions_only() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let freeze = freeze_venue([&world.admin.pubkey(), &world.group], &world.venue, true);
    world.must(&[freeze], &[]);
    assert_eq!(world.refused(&Trade::new(&cast.keeper, &cast.bob, 1, LOT)), Refusal::ReduceOnly);
    // More than is held would turn the position around.
    let turn = Trade::new(&cast.alice, &cast.bob, -4_001, LOT);
    assert_eq!(world.refused(&turn), Refusal::ReduceOnly);
    world.trade(&Trade::new(&cast.alice, &cast.bob, -4_000, LOT));
}

#[test]
fn an_account_in_liquidation_only_reduces() {
    let mut stage = Stage::at_price(184_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    world.liquidate(&cast.keeper, &cast.alice.account, 1).expect("below maintenance");
    assert_eq!(world.refused(&Trade::new(&cast.alice, &cast.bob, 1, 1_840_000)), Refusal::ReduceOnly);
    world.trade(&Trade::new(&cast.alice, &cast.bob, -1, 1_840_000));
}

#[test]
fn a_collateral_whose_price_is_too_old_supports_no_new_risk() {
    let mut world = World::with_markets(2, params::market);
    let admin = world.admin.pubkey();
    let [one, other] = pair(&mut world, 1_000 * DOLLAR);
    // A collateral with the oracles of the second market, of which the account holds an atom.
    let mint = world.new_mint(9);
    let feed = world.markets[1].feed;
    world.must(&[add_collateral([&admin, &world.group], &mint, params::token_collateral(&feed))], &[]);
    let wallet = world.new_keypair().pubkey();
    world.svm.set_account(wallet, token_account(mint.mint, one.owner.pubkey(), 1)).expect("rent exempt");
    let transfer = Transfer { mint, wallet, atoms: 1 };
    let pay = deposit(&one.owner.pubkey(), &one.keys, &transfer);
    world.must(&[pay], &[&one.owner]);
    // It was never refreshed.
    let outcome = world.fill(&Trade::new(&one, &other, 1, LOT)).0;
    assert_eq!((outcome.refusal(), outcome.row), (Some(Refusal::StaleRow), 4));
}
