//! Fees in whole quote atoms. The taker's is rounded up and the maker's rebate down, so rebates never exceed fees.

use crate::constants::PPM_ONE;

/// `amount * ppm / 1e6`, rounded down, in 64 bits: rebates.
///
/// With amount = q * 1e6 + r: amount * ppm / 1e6 = q * ppm + r * ppm / 1e6.
/// Result: both products fit, because q < 2^45, r < 2^20 and ppm <= 1e6.
pub fn ppm_down(amount: u64, ppm: u32) -> u64 {
    let (whole, rest) = (amount / PPM_ONE, amount % PPM_ONE);
    whole * u64::from(ppm) + rest * u64::from(ppm) / PPM_ONE
}

/// `amount * ppm / 1e6`, rounded up, in 64 bits: fees. Same derivation as [`ppm_down`].
pub fn fee_up(amount: u64, ppm: u32) -> u64 {
    let (whole, rest) = (amount / PPM_ONE, amount % PPM_ONE);
    whole * u64::from(ppm) + (rest * u64::from(ppm)).div_ceil(PPM_ONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fees_round_up_and_rebates_down() {
        // 1 234 567 * 500 / 1e6 = 617.2835.
        assert_eq!(fee_up(1_234_567, 500), 618);
        assert_eq!(ppm_down(1_234_567, 500), 617);
        // 2 000 000 * 500 / 1e6 = 1 000 exactly.
        assert_eq!((fee_up(2_000_000, 500), ppm_down(2_000_000, 500)), (1_000, 1_000));
        assert_eq!((fee_up(1, 1), ppm_down(1, 1)), (1, 0));
        assert_eq!((fee_up(u64::MAX, 0), ppm_down(0, 10_000)), (0, 0));
    }

    proptest! {
        #[test]
        fn fees_equal_the_128_bit_formula(notional in 0..=u64::MAX, ppm in 0..=1_000_000u32) {
            let product = u128::from(notional) * u128::from(ppm);
            prop_assert_eq!(u128::from(ppm_down(notional, ppm)), product / 1_000_000);
            prop_assert_eq!(u128::from(fee_up(notional, ppm)), product.div_ceil(1_000_000));
        }
    }
}
