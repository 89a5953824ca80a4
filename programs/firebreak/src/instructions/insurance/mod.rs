//! Insurance, who stakes in it, and what it is for.

mod cancel_unstake;
mod close_stake;
mod fund_insurance;
mod open_stake;
mod request_unstake;
mod resolve_bankruptcy;
mod stake;
mod unstake;

pub use cancel_unstake::*;
pub use close_stake::*;
pub use fund_insurance::*;
pub use open_stake::*;
pub use request_unstake::*;
pub use resolve_bankruptcy::*;
pub use stake::*;
pub use unstake::*;
