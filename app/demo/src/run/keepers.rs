//! placeholder while the keeper is being written
use std::sync::Arc;
use anyhow::Result;
use super::{chain::Chain, market::VenueClient, setup::World};
pub struct Keepers;
pub async fn start(_chain: &Chain, _venue: VenueClient, _world: Arc<World>) -> Result<Keepers> { Ok(Keepers) }
impl Keepers { pub async fn stop(self) -> Result<()> { Ok(()) } }
