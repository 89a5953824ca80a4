//! Administration: creating a group, its collaterals, markets and venues, and opening it.

mod activate;
mod add_collateral;
mod add_market;
mod add_venue_market;
mod create_group;
mod create_shard;
mod market_params;
mod mint;
mod oracle_params;
mod register_venue;

pub use activate::*;
pub use add_collateral::*;
pub use add_market::*;
pub use add_venue_market::*;
pub use create_group::*;
pub use create_shard::*;
pub use market_params::*;
pub use mint::*;
pub use oracle_params::*;
pub use register_venue::*;
