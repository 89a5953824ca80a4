use std::println;

use super::{figures, SideSums};
use crate::demand::{
    depth_cap, distance, initial_multiplier, tightening, Band, CurveTerms, Distance, DistanceInput,
    Lookahead, Place, Window,
};
use crate::exposure::position_within_share;
use crate::units::{Ppm, Price, Scale, Side};

/// Depth per unit of ln price, so that D = 10^10 atoms moves the price by 1 %.
const DEPTH: u64 = 1_000_000_000_000;
const D: u64 = 10_000_000_000;
const BAND: Band = Band { start: Ppm(500_000), stop: Ppm(900_000) };

/// R of fake longs of this notional that are registered in the bin of the price.
fn r_of(notional: u64) -> Ppm {
    let window = Window::default();
    let mut sums = SideSums::default();
    let fake = window.registration(Side::Long, notional << 16, 0, Distance::Bins(0));
    assert_eq!(fake.place, Place::Near);
    sums.bins[64] = fake.units;
    let terms = CurveTerms {
        window,
        price_bin: 0,
        price: Price(1 << 32),
        scale: Scale::ONE,
        depth_atoms: DEPTH,
        look: Lookahead { span: 3, reach: 0 },
        cluster_level: Ppm(900_000),
    };
    figures(&sums, Side::Long, &terms).r
}

#[test]
fn fake_demand_costs_little_in_fees_but_has_to_be_margined_and_is_bounded_per_account() {
    // One percent of R takes 0.01 * 0.09 * depth = 0.09 D of notional, for a span of three bins.
    let percent = 9 * D / 100;
    assert_eq!(r_of(percent), Ppm(10_000));
    // Closing the market to new longs (R = 0.9) in an empty one takes 90 times that, 8.1 D; from R = 0.5, 3.6 D.
    assert_eq!(r_of(90 * percent), BAND.stop);
    assert_eq!(tightening(r_of(90 * percent), BAND), Ppm(0));
    assert_eq!(90 * percent, 81 * D / 10);
    // Fees of 5 bps at opening: 0.000045 D per percent of R, 0.00405 D for all of it: 4 050 $ where D is 1 000 000 $.
    // Fees are no defence.
    assert_eq!(percent * 5 / 10_000, 45 * D / 1_000_000);
    assert_eq!(90 * percent * 5 / 10_000, 405 * D / 100_000);
    // Initial margin of 5 % locks 0.0045 D per percent of R, 0.405 D for all of it, up to R = 0.5 at that rate. It is
    // also what is lost down to maintenance of 3 %, plus fees, when the price falls by 2 %: a bet that costs nothing on
    // average but for the liquidation fee (1 % here) and the fees of opening it again. With a volatility of 4 % a day the
    // price touches it within a day with 2 Φ(-2 / 4) = 0.617: 0.617 * (1 % + 0.05 %) * 8.1 D = 0.052 D a day.
    let touched = 617 * (100 + 5);
    assert_eq!(touched * 90 * percent / 1_000 / 10_000 / (D / 1_000), 52);
    // Within the band the margin rises up to three-fold, and pushes fake demand away from the price: at R = 0.7 margin
    // is 10 %, the excess 7 %, -ln(0.93) / 0.03 = 2.4: the last bin of the span; at 0.9 it is 15 % and the excess 12 %,
    // 4.3 bins, beyond it.
    let away = |r| {
        let multiplier = initial_multiplier(Ppm(r), BAND, Ppm(3_000_000));
        let excess = i128::from(multiplier.0) * 5 / 100 - 30_000;
        distance(&DistanceInput { excess, joint: 0, notional: 1_000_000, side: Side::Long })
    };
    assert_eq!(away(500_000), Distance::Bins(0));
    assert_eq!(away(700_000), Distance::Bins(2));
    assert_eq!(away(899_999), Distance::Bins(4));
    // An account may hold a tenth of a cap of 16 D: 1.6 D, or 17.8 % of R. Six accounts (8.1 / 1.6 = 5.06) close the
    // market to new longs; nothing here knows that they are one owner's, so margin and not the share bounds it.
    let cap = depth_cap(DEPTH, Ppm(16_000_000));
    assert_eq!(cap, 16 * D);
    assert!(position_within_share(cap, Ppm(100_000), 16 * D / 10));
    assert!(!position_within_share(cap, Ppm(100_000), 16 * D / 10 + 1));
    assert_eq!(r_of(16 * D / 10), Ppm(177_778));
    println!("1 % of R: 0.09 D notional, 0.0045 D margin, 0.000045 D fees; closing an empty market: 8.1 D, 0.405 D, 0.00405 D, 0.052 D a day");
}
