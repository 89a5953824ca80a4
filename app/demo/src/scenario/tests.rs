use super::*;
use crate::population::{EQUITY_ATOMS, LEVERAGE_MILLI};

fn all() -> Vec<&'static Scenario> {
    ScenarioId::value_variants().iter().map(|id| id.scenario()).collect()
}

/// Low against open, in millionths: -396 946 is a fall of 39.7 %.
fn fall_ppm(hour: &Hour) -> i64 {
    (hour.low_micros - hour.open_micros) * 1_000_000 / hour.open_micros
}

#[test]
fn every_name_of_the_command_line_is_the_first_day_of_its_window() {
    for scenario in all() {
        let name = scenario.id.to_possible_value().unwrap().get_name().to_owned();
        let start = crate::money::date_time(scenario.start_ts);
        assert!(start.starts_with(&name), "{name} begins at {start}");
        assert_eq!(scenario.id, ScenarioId::from_str(&name, false).unwrap());
    }
    assert_eq!(ScenarioId::default(), ScenarioId::October2025);
    assert!(ScenarioId::from_str("2020-03-12", false).is_err());
}

#[test]
fn every_window_has_24_hours_and_its_worst_hour_is_a_crash_hour() {
    // Worst hours: open and low as recorded, fall in millionths of the open.
    // (26.5 - 43.943) / 43.943 = -0.396946; (19.8 - 24.36) / 24.36 = -0.187192;
    // (112.71 - 123.84) / 123.84 = -0.089874; (168.79 - 196.84) / 196.84 = -0.142501.
    let worst = [(12, -396_946), (3, -187_192), (5, -89_874), (21, -142_501)];
    for (scenario, (number, fall)) in all().into_iter().zip(worst) {
        let hours = scenario.hours().unwrap();
        assert_eq!(hours.len(), WINDOW_HOURS);
        let found = (0_u8..).zip(&hours).min_by_key(|(_, hour)| fall_ppm(hour)).unwrap();
        assert_eq!((found.0, fall_ppm(found.1)), (number, fall), "{}", scenario.title);
        assert!(scenario.crash_hours.contains(&number), "{}", scenario.title);
    }
}

#[test]
fn the_carried_figures_are_those_of_the_record() {
    // Open of the window, its low, close: checked by hand against the source.
    let recorded = [
        (55_969_000, 26_500_000, 34_988_000),
        (27_710_000, 15_730_000, 16_070_000),
        (138_320_000, 110_000_000, 129_780_000),
        (220_930_000, 168_790_000, 188_430_000),
    ];
    for (scenario, (open, low, close)) in all().into_iter().zip(recorded) {
        let hours = scenario.hours().unwrap();
        let lowest = hours.iter().map(|hour| hour.low_micros).min().unwrap();
        let found = (hours[0].open_micros, lowest, hours[WINDOW_HOURS - 1].close_micros);
        assert_eq!(found, (open, low, close), "{}", scenario.title);
    }
}

#[test]
fn traders_have_time_to_enter_before_the_crash_and_the_detail_holds_it() {
    for scenario in all() {
        assert!(scenario.last_entry_secs() > HOUR_SECS, "{}", scenario.title);
        assert!(scenario.crash_hours.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{}", scenario.title);
        let first = i64::from(scenario.crash_hours[0]) * HOUR_SECS;
        let last = i64::from(*scenario.crash_hours.last().unwrap()) * HOUR_SECS + HOUR_SECS;
        let Detail { start_secs, end_secs, label_secs, bar_secs } = scenario.detail;
        assert!(first <= start_secs && start_secs < end_secs && end_secs <= last, "{}", scenario.title);
        assert_eq!((end_secs - start_secs) % label_secs, 0, "{}", scenario.title);
        assert_eq!((end_secs - start_secs) % bar_secs, 0, "{}", scenario.title);
    }
}

#[test]
fn lots_and_ticks_suit_the_prices_of_their_day() {
    // The smallest position: $100 of equity, of which SOL may count at 85 % only, at leverage 1.5: $127.50.
    let smallest = u128::from(EQUITY_ATOMS.0) * 85 / 100 * u128::from(LEVERAGE_MILLI.0) / 1_000;
    assert_eq!(smallest, 127_500_000);
    for scenario in all() {
        let hours = scenario.hours().unwrap();
        let highest = hours.iter().map(|hour| hour.high_micros).max().unwrap();
        let per_sol = u128::from(scenario.grid.lots_per_sol());
        // One lot is at most a fiftieth of it, at the highest price of the day.
        let lot = u128::from(highest.unsigned_abs()) / per_sol;
        assert!(lot * 50 <= smallest, "{}: a lot of {lot} atoms", scenario.title);
        // A tick is between a fifth of a basis point and one basis point of the opening price.
        let opening = u128::from(hours[0].open_micros.unsigned_abs()) / per_sol;
        let tick = u128::from(scenario.grid.tick_atoms);
        assert!(
            tick * 50_000 >= opening && tick * 10_000 <= opening,
            "{}: {tick} of {opening}",
            scenario.title
        );
    }
}

#[test]
fn prices_and_lots_follow_from_the_grid() {
    let grid = Grid { lot_exponent: 7, tick_atoms: 100 };
    // 10^9 lamports of 10^7 each: 100 lots. $196.84 a SOL is 1 968 400 atoms a lot; 0.1 % more is 1 970 368.4, on
    // ticks of 100 that is 1 970 300.
    assert_eq!(grid.lots_per_sol(), 100);
    assert_eq!(grid.price_atoms(196_840_000, 1_000), 1_970_300);
    // $1 000 at $196.84: 5.0803 SOL, so 508 whole lots.
    assert_eq!(grid.lots_of(1_000_000_000, 196_840_000), 508);
    // A price below one tick is one tick, and no price divides by zero.
    assert_eq!(grid.price_atoms(1, 0), 100);
    assert_eq!(grid.lots_of(1, 0), 100);
}
