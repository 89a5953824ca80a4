use crate::demand::{distance, price_bin, Distance, DistanceInput};
use crate::units::{Price, Side};

#[test]
fn a_price_of_one_is_in_bin_zero_and_the_next_lower_one_below() {
    assert_eq!(price_bin(Price(1 << 32)), Ok(0));
    assert_eq!(price_bin(Price((1 << 32) - 1)), Ok(-1));
}

#[test]
fn an_account_without_excess_is_at_the_price() {
    let input = DistanceInput { excess: 0, joint: 5, notional: 5, side: Side::Long };
    assert_eq!(distance(&input), Distance::Bins(0));
}
