//! The seam through which an embedder unwinds what liquidations left in the keeper's account.

use futures::future::BoxFuture;
use solana_transaction::Instruction;

use crate::snapshot::View;

/// Decides what to do with the keeper's inventory. The venue that it is unwound through is the embedder's business.
pub trait InventoryHook: Send + Sync {
    /// Instructions of one transaction that the keeper's key signs and pays for; none: nothing to do. Asked once per
    /// poll while no earlier transaction of the hook is in flight or has to wait after a failure, and given up when it
    /// takes longer than a request may.
    fn on_tick<'a>(&'a self, view: &'a View) -> BoxFuture<'a, Vec<Instruction>>;
}

/// Keeps whatever comes.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoInventory;

impl InventoryHook for NoInventory {
    fn on_tick<'a>(&'a self, _view: &'a View) -> BoxFuture<'a, Vec<Instruction>> {
        Box::pin(async { Vec::new() })
    }
}
