//! Liquidation routes.

mod liquidate;
mod liquidate_collateral;

pub use liquidate::*;
pub use liquidate_collateral::*;
