//! Liquidation routes.

mod decision;
mod liquidate;
mod liquidate_collateral;
mod outcome;

pub use liquidate::*;
pub use liquidate_collateral::*;
pub use outcome::*;
