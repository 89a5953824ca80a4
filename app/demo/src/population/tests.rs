use super::*;
use crate::scenario::ScenarioId;
use clap::ValueEnum;

fn params() -> PopulationParams {
    PopulationParams::of(ScenarioId::October2025.scenario()).unwrap()
}

fn build(seed: u64) -> Population {
    Population::build(&params(), seed).unwrap()
}

fn median<T: Ord + Copy>(values: impl Iterator<Item = T>) -> T {
    let mut sorted: Vec<T> = values.collect();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

#[test]
fn the_same_seed_draws_the_same_population_and_another_seed_another() {
    assert_eq!(build(7), build(7));
    assert_ne!(build(7), build(8));
}

#[test]
fn leverage_and_equity_stay_within_bounds_with_the_medians_they_are_named_for() {
    let (mut leverages, mut equities) = (Vec::new(), Vec::new());
    for seed in 0..50 {
        for trader in build(seed).traders {
            assert!((LEVERAGE_MILLI.0..=LEVERAGE_MILLI.1).contains(&trader.leverage_milli));
            // SOL counts at 85 % of its value, so the counted equity may fall that far below the bound.
            assert!(
                trader.equity_atoms * 100 >= EQUITY_ATOMS.0 * 85 && trader.equity_atoms <= EQUITY_ATOMS.1
            );
            let expected = trader.equity_atoms * u64::from(trader.leverage_milli) / 1_000;
            assert_eq!(trader.notional_atoms, expected);
            leverages.push(trader.leverage_milli);
            equities.push(trader.equity_atoms);
        }
    }
    let leverage = median(leverages.into_iter());
    assert!((5_800..=6_200).contains(&leverage), "median leverage {leverage}");
    let equity = median(equities.iter().copied()) / DOLLAR_ATOMS;
    assert!((1_850..=2_150).contains(&equity), "median equity {equity}");
    assert!(equities.iter().any(|equity| *equity > 50_000 * DOLLAR_ATOMS), "no large account");
}

#[test]
fn shares_of_longs_and_of_sol_holders_are_exact() {
    let population = build(7);
    let count = |is: fn(&&Trader) -> bool| population.traders.iter().filter(is).count();
    assert_eq!(population.traders.len(), 320);
    // 320 × 0.84 = 268.8 and 320 × 0.15 = 48.
    assert_eq!(count(|trader| trader.side == Side::Long), 269);
    assert_eq!(count(|trader| trader.deposit.sol_lamports > 0), 48);
}

#[test]
fn the_counted_value_of_a_mixed_deposit_is_its_equity() {
    let params = params();
    for trader in build(7).traders.iter().filter(|trader| trader.deposit.sol_lamports > 0) {
        let sol = u128::from(trader.deposit.sol_lamports)
            * u128::from(params.reference_price_micros.unsigned_abs())
            / u128::from(LAMPORTS_PER_SOL);
        let counted = sol * u128::from(params.sol_counted_ppm) / u128::from(PPM_ONE);
        let value = u128::from(trader.deposit.quote_atoms) + counted;
        // Whole lamports are worth less than one atom, and each division loses less than one.
        assert!(value.abs_diff(u128::from(trader.equity_atoms)) <= 3, "{trader:?}");
    }
}

#[test]
fn every_activity_occurs_and_keeps_its_bounds() {
    let (mut passive, mut top_ups, mut trading) = (0, 0, 0);
    for trader in build(7).traders {
        assert!((0..=20 * 3_600 + 1_800).contains(&trader.entry_offset_secs));
        match trader.activity {
            Activity::Passive => passive += 1,
            Activity::TopsUpOnce { below_ppm, amount_atoms } => {
                top_ups += 1;
                assert!(below_ppm > PPM_ONE && amount_atoms > 0 && amount_atoms < EQUITY_ATOMS.1);
            }
            Activity::Trades(intents) => {
                trading += 1;
                assert!((1..=5).contains(&intents.len()));
                assert!(intents.windows(2).all(|pair| pair[0].offset_secs < pair[1].offset_secs));
                let is_later = |intent: &TradeIntent| intent.offset_secs > trader.entry_offset_secs;
                assert!(intents.iter().all(|intent| is_later(intent) && intent.change_ppm.abs() <= 400_000));
            }
        }
    }
    assert!(passive > 150 && top_ups > 50 && trading > 25, "{passive} {top_ups} {trading}");
}

#[test]
fn makers_can_carry_the_larger_side_and_keepers_and_insurance_are_funded() {
    for seed in 0..50 {
        let population = build(seed);
        let totals = population.totals();
        population.validate().unwrap();
        // Equity of 3/4 of the side carries it at leverage 4/3; the net of both sides at less.
        assert!(totals.maker_equity_atoms >= totals.larger_side_atoms() * 3 / 4);
        assert!(totals.net_notional_atoms() <= totals.larger_side_atoms());
        assert_eq!((population.makers.len(), population.keepers.len()), (6, KEEPERS));
        for venue in 0..VENUES {
            let totals = population.totals_of(venue);
            assert!(totals.maker_equity_atoms >= totals.larger_side_atoms() * 3 / 4);
            assert_eq!(population.makers.iter().filter(|maker| maker.venue == venue).count(), 3);
        }
        assert_eq!(population.insurance_atoms, share_ceil(totals.larger_side_atoms(), 15_000));
        let mut starved = population;
        starved.makers.truncate(3);
        assert!(starved.validate().is_err());
    }
}

#[test]
fn parameters_outside_their_bounds_are_refused() {
    let good = params();
    for bad in [
        PopulationParams { trader_count: 299, ..good },
        PopulationParams { venue_maker_count: 1, ..good },
        PopulationParams { venue_maker_count: 5, ..good },
        PopulationParams { first_venue_ppm: 1_000_001, ..good },
        PopulationParams { last_entry_secs: 3_600, ..good },
        PopulationParams { long_ppm: 1_000_001, ..good },
        PopulationParams { sol_counted_ppm: 0, ..good },
        PopulationParams { reference_price_micros: 0, ..good },
    ] {
        assert!(Population::build(&bad, 1).is_err(), "{bad:?}");
    }
}

#[test]
fn traders_are_divided_among_the_venues_exactly_and_nobody_is_lost() {
    let population = build(7);
    // 320 × 0.6 = 192.
    let first = population.traders.iter().filter(|trader| trader.venue == 0).count();
    assert_eq!(first, 192);
    let of = |venue| population.totals_of(venue);
    let sum = |part: fn(&Totals) -> u64| part(&of(0)) + part(&of(1));
    let all = population.totals();
    assert_eq!(sum(|totals| totals.long_notional_atoms), all.long_notional_atoms);
    assert_eq!(sum(|totals| totals.short_notional_atoms), all.short_notional_atoms);
    assert_eq!(sum(|totals| totals.maker_equity_atoms), all.maker_equity_atoms);
}

#[test]
fn the_same_people_come_every_day_with_the_same_dollars() {
    let people = |id: &ScenarioId| {
        let population = Population::build(&PopulationParams::of(id.scenario()).unwrap(), 7).unwrap();
        let traders = population.traders.iter();
        let who = traders.map(|t| (t.venue, t.side, t.leverage_milli, t.equity_atoms, t.notional_atoms));
        (who.collect::<Vec<_>>(), population.makers, population.keepers, population.insurance_atoms)
    };
    let first = people(&ScenarioId::October2025);
    for id in ScenarioId::value_variants() {
        assert_eq!(people(id), first, "{id:?}");
    }
}

#[test]
fn everybody_enters_before_the_crash_of_the_day() {
    for id in ScenarioId::value_variants() {
        let params = PopulationParams::of(id.scenario()).unwrap();
        for trader in Population::build(&params, 7).unwrap().traders {
            assert!(trader.entry_offset_secs <= params.last_entry_secs);
            let Activity::Trades(intents) = trader.activity else { continue };
            assert!(intents.iter().all(|intent| intent.offset_secs < 24 * HOUR_SECS));
        }
    }
}
