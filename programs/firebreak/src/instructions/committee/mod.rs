//! Committees of reporters, who forecast volatility and depth of a market. What a forecast can do is bounded in
//! `firebreak_risk::forecast`; `fold` takes it over and `refresh` margins by it.

mod committee_params;
mod create_committee;
mod post_forecast;
mod update_committee;

pub use committee_params::*;
pub use create_committee::*;
pub use post_forecast::*;
pub use update_committee::*;
