//! Every formula of Firebreak, and nothing else: no accounts, no clock, no chain.
//!
//! The program, the keeper, the simulator and the dashboard call these functions; none of them has its own copy.
//! Integers only, with one documented scale per quantity ([`units`]) and the direction of each rounding in the
//! function's name. Every rounding goes against the account and for the system.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::integer_division))]
#![cfg_attr(
    not(test),
    deny(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )
)]

#[cfg(test)]
extern crate std;

pub mod allowance;
pub mod bankruptcy;
pub mod circuit;
pub mod claim;
pub mod conversion;
pub mod demand;
pub mod ema;
pub mod error;
pub mod exposure;
pub mod forecast;
pub mod funding;
pub mod halt;
pub mod health;
pub mod hourly;
pub mod impact;
pub mod insolvency;
pub mod liquidation;
pub mod margin;
pub mod math;
pub mod oracle;
pub mod outflow;
pub mod pace;
pub mod pool;
pub mod portfolio;
pub mod settlement;
pub mod side;
pub mod size;
pub mod stake;
pub mod trade;
pub mod units;
pub mod volatility;

pub use error::{Result, RiskError};
