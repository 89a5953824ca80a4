//! Liquidation routes.

mod liquidate;

pub use liquidate::*;
