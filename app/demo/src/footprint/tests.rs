use super::*;
use firebreak_risk::units::{Log, Ppm, PPM_ONE};

/// A million dollars move ln price by one; the impact fades with a time constant of 300 s.
fn market() -> ImpactParams {
    ImpactParams {
        depth_atoms: 1_000_000_000_000,
        cap: Log(0),
        healthy_share: Ppm(PPM_ONE),
        decay_rate_q32: (1 << 32) / 300,
    }
}

fn footprint(strength: u64) -> Footprint {
    Footprint::new(market(), Strength(strength))
}

#[test]
fn nothing_traded_moves_nothing() {
    for recorded in [1, 12_345, 196_840_000, i64::MAX] {
        assert_eq!(footprint(PPM).disturbed(recorded, 1_000), recorded);
    }
}

#[test]
fn selling_lowers_the_price_by_q_over_depth_and_buying_raises_it() {
    let mut print = footprint(PPM);
    // $20 000 of a depth of $1 000 000: 2 % of ln price. 100 × e^-0.02 = 98.019867.
    print.trade(Direction::Sell, 20_000_000_000, 1_000).unwrap();
    assert!((print.disturbed(100_000_000, 1_000) - 98_019_867).abs() <= 1);
    assert_eq!(print.level_ppm(1_000), -20_000);
    // The same bought back: both levels are equal again.
    print.trade(Direction::Buy, 20_000_000_000, 1_000).unwrap();
    assert_eq!(print.disturbed(100_000_000, 1_000), 100_000_000);
    // And twice it: 100 × e^0.02 = 102.020134.
    print.trade(Direction::Buy, 20_000_000_000, 1_000).unwrap();
    assert!((print.disturbed(100_000_000, 1_000) - 102_020_134).abs() <= 2);
}

#[test]
fn the_impact_fades() {
    let mut print = footprint(PPM);
    print.trade(Direction::Sell, 20_000_000_000, 1_000).unwrap();
    // After one time constant 2 % × e^-1 = 0.7358 % are left, after ten 0.00009 %.
    assert!((print.level_ppm(1_300) + 7_358).abs() <= 1, "{}", print.level_ppm(1_300));
    assert!(print.disturbed(100_000_000, 4_000) >= 99_999_900);
    let later: Vec<i64> = (0..20).map(|step| print.disturbed(100_000_000, 1_000 + step * 60)).collect();
    assert!(later.windows(2).all(|pair| pair[0] < pair[1]), "{later:?}");
}

#[test]
fn impact_of_parts_is_that_of_the_whole() {
    let (mut whole, mut parts) = (footprint(PPM), footprint(PPM));
    whole.trade(Direction::Sell, 10_000_000_000, 1_000).unwrap();
    for _ in 0..10 {
        parts.trade(Direction::Sell, 1_000_000_000, 1_000).unwrap();
    }
    // Each charge rounds up by at most 2^-40 of ln price.
    let difference = whole.disturbed(100_000_000, 1_000) - parts.disturbed(100_000_000, 1_000);
    assert!((0..=1).contains(&difference), "{difference}");
}

#[test]
fn the_strength_scales_the_impact_and_off_means_none() {
    let mut off = Footprint::new(market(), "off".parse().unwrap());
    off.trade(Direction::Sell, u64::MAX, 1_000).unwrap();
    assert_eq!(off.disturbed(100_000_000, 1_000), 100_000_000);
    // Half the strength on twice the notional is the same.
    let (mut half, mut full) = (footprint(PPM / 2), footprint(PPM));
    half.trade(Direction::Sell, 20_000_000_000, 1_000).unwrap();
    full.trade(Direction::Sell, 10_000_000_000, 1_000).unwrap();
    assert_eq!(half.disturbed(100_000_000, 1_000), full.disturbed(100_000_000, 1_000));
}

#[test]
fn a_strength_is_off_or_a_number_of_ppm() {
    assert_eq!("1500000".parse::<Strength>().unwrap(), Strength(1_500_000));
    assert_eq!(Strength::default().to_string(), "100 %");
    assert_eq!(Strength(0).to_string(), "off");
    for text in ["", "on", "-1", "1.5", "100000001"] {
        assert!(text.parse::<Strength>().is_err(), "{text}");
    }
}

#[test]
fn a_market_without_depth_is_an_error_and_an_enormous_trade_still_leaves_a_price() {
    let mut none = Footprint::new(ImpactParams { depth_atoms: 0, ..market() }, Strength::default());
    assert!(none.trade(Direction::Sell, 1, 1_000).is_err());
    let mut print = footprint(PPM);
    print.trade(Direction::Sell, 1_000_000_000_000_000, 1_000).unwrap();
    assert_eq!(print.disturbed(100_000_000, 1_000), 1);
}
