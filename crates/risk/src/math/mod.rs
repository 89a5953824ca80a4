//! Integer arithmetic with stated rounding: exact products and quotients, square roots, exponential and logarithm.
//!
//! Nothing here knows what a quantity means. Costs are those of the VM (64-bit operations are cheap, 128-bit ones are
//! not), accuracy is proven in the comments and tested against references of 60 and more digits.

pub mod exp_ln;
pub mod fixed;
pub mod sqrt;

#[cfg(test)]
pub(crate) mod reference;
