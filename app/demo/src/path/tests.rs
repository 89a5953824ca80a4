use super::*;
use crate::scenario::ScenarioId;
use clap::ValueEnum;

fn october() -> &'static Scenario {
    ScenarioId::October2025.scenario()
}

fn all() -> Vec<&'static Scenario> {
    ScenarioId::value_variants().iter().map(|id| id.scenario()).collect()
}

fn path_of(scenario: &Scenario, seed: u64, resolution: Resolution) -> Vec<Tick> {
    PricePath::build(scenario, seed, resolution).unwrap().ticks
}

fn path(seed: u64, resolution: Resolution) -> Vec<Tick> {
    path_of(october(), seed, resolution)
}

#[test]
fn every_hour_of_every_day_touches_its_four_prices_and_never_leaves_them() {
    let resolutions = [Resolution::FULL, Resolution::FAST];
    let cases = all().into_iter().flat_map(|day| resolutions.map(|resolution| (day, resolution)));
    for (scenario, resolution) in cases {
        for seed in 0..20 {
            let ticks = path_of(scenario, seed, resolution);
            for (number, hour) in (0_u8..).zip(&scenario.hours().unwrap()) {
                let prices: Vec<i64> =
                    ticks.iter().filter(|tick| tick.hour == number).map(|tick| tick.price_micros).collect();
                let context = format!("{}, seed {seed}, hour {number}", scenario.title);
                assert_eq!(prices.first(), Some(&hour.open_micros), "{context}");
                assert_eq!(prices.last(), Some(&hour.close_micros), "{context}");
                assert_eq!(prices.iter().max(), Some(&hour.high_micros), "{context}");
                assert_eq!(prices.iter().min(), Some(&hour.low_micros), "{context}");
            }
        }
    }
}

#[test]
fn wide_hours_and_those_beside_the_crash_are_drawn_in_finer_steps() {
    let count = |ticks: &[Tick], number: u8| ticks.iter().filter(|tick| tick.hour == number).count();
    let may = path_of(ScenarioId::May2021.scenario(), 7, Resolution::FAST);
    // The hour from 03:00 moved 4.5 %: 3600 / 900 = 4 prices. The one from 04:00 fell from 51.97 to 44, the one from
    // 11:00 is beside the crash: 3600 / 200 = 18. The crash: 3600 / 60 = 60.
    assert_eq!([3, 4, 11, 12, 13].map(|number| count(&may, number)), [4, 18, 18, 60, 60]);
}

#[test]
fn offsets_rise_and_cover_the_window() {
    let resolutions = [Resolution::FULL, Resolution::FAST];
    let cases = all().into_iter().flat_map(|day| resolutions.map(|resolution| (day, resolution)));
    for (scenario, resolution) in cases {
        let ticks = path_of(scenario, 7, resolution);
        assert!(ticks.windows(2).all(|pair| pair[0].offset_secs < pair[1].offset_secs));
        assert!(ticks.iter().all(|tick| tick.offset_secs / HOUR_SECS == i64::from(tick.hour)));
        assert_eq!(ticks[0].offset_secs, 0);
        assert_eq!(ticks[ticks.len() - 1].offset_secs, 86_400 - resolution.active_secs);
    }
}

#[test]
fn the_same_seed_draws_the_same_path_and_another_seed_another() {
    let first = path(7, Resolution::FULL);
    assert_eq!(first, path(7, Resolution::FULL));
    let other = path(8, Resolution::FULL);
    // Offsets do not depend on the seed, so two paths can be compared price by price.
    let same = first.iter().zip(&other).filter(|(a, b)| a.price_micros == b.price_micros).count();
    assert!(same < first.len() / 4, "{same} of {} prices are the same", first.len());
}

#[test]
fn the_number_of_prices_is_bounded() {
    // A fast run takes about an eighth of a second for each.
    for scenario in all() {
        let [full, fast] =
            [Resolution::FULL, Resolution::FAST].map(|resolution| path_of(scenario, 7, resolution).len());
        println!("{}: full {full}, fast {fast}", scenario.title);
        assert!((650..=1_500).contains(&full), "full: {full}");
        assert!((250..=420).contains(&fast), "fast: {fast}");
    }
}

#[test]
fn the_bursts_of_liquidations_are_local_lows_and_the_fall_happens_in_them() {
    for seed in 0..40 {
        let ticks = path(seed, Resolution::FULL);
        let start = 21 * HOUR_SECS + BURST_START_SECS;
        let price_at = |second: i64| {
            let at = ticks.binary_search_by_key(&second, |tick| tick.offset_secs).unwrap();
            (at, ticks[at].price_micros)
        };
        // The burst starts within a dollar of the open and ends at the low of the day, 225 seconds later.
        assert!((price_at(start).1 - 196_840_000).abs() < 1_000_000);
        assert_eq!(price_at(start + 225).1, 168_790_000);
        for (second, _) in LIQUIDATION_BURSTS {
            let (at, price) = price_at(start + second);
            let is_low = ticks[at - 1].price_micros >= price && ticks[at + 1].price_micros >= price;
            assert!(is_low, "seed {seed}, {second} s");
        }
    }
}

#[test]
fn no_minute_of_the_hours_around_the_crash_crosses_their_range() {
    for seed in 0..40 {
        let ticks = path(seed, Resolution::FULL);
        let is_around = |tick: &Tick| tick.hour != 21 && tick.hour >= 20;
        for pair in ticks.windows(2).filter(|pair| is_around(&pair[1])) {
            let moved = (micros(pair[1].price_micros) / micros(pair[0].price_micros)).ln().abs();
            assert!(moved < 0.025, "seed {seed}: {moved} at {}", pair[1].offset_secs);
        }
    }
}

#[test]
fn confidence_is_positive_and_bounded_and_widest_where_the_price_moves_fastest() {
    let share = |tick: &Tick| micros(tick.confidence_micros) / micros(tick.price_micros);
    for scenario in all() {
        let ticks = path_of(scenario, 7, Resolution::FULL);
        assert!(ticks.iter().all(|tick| tick.confidence_micros > 0 && share(tick) <= CONFIDENCE_MAX));
    }
    let ticks = path(7, Resolution::FULL);
    let widest = ticks.iter().max_by(|a, b| share(a).total_cmp(&share(b))).unwrap();
    assert_eq!(widest.hour, 21);
}

#[test]
fn a_resolution_without_room_for_four_prices_is_refused() {
    for quiet_secs in [0, 901] {
        let resolution = Resolution { quiet_secs, ..Resolution::FULL };
        assert!(PricePath::build(october(), 1, resolution).is_err());
    }
}
