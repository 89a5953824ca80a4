//! Administration: creating a group, its collaterals, markets and venues, opening it, and changing, pausing and
//! freezing afterwards.

mod activate;
mod add_collateral;
mod add_market;
mod add_venue_market;
mod change;
mod create_group;
mod create_shard;
mod demand_params;
mod dynamic_margin_params;
mod freeze_venue;
mod group_params;
mod market_params;
mod mint;
mod oracle_params;
mod pause;
mod register_venue;
mod set_authorities;
mod sync_venue_market;
mod update_collateral;
mod update_group;
mod update_market;
mod update_oracle;

pub use activate::*;
pub use add_collateral::*;
pub use add_market::*;
pub use add_venue_market::*;
pub use change::*;
pub use create_group::*;
pub use create_shard::*;
pub use demand_params::*;
pub use dynamic_margin_params::*;
pub use freeze_venue::*;
pub use group_params::*;
pub use market_params::*;
pub use mint::*;
pub use oracle_params::*;
pub use pause::*;
pub use register_venue::*;
pub use set_authorities::*;
pub use sync_venue_market::*;
pub use update_collateral::*;
pub use update_group::*;
pub use update_market::*;
pub use update_oracle::*;
