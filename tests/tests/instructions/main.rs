//! Every instruction alone: what it does to every account of the chain, who may call it, which input it refuses.
//!
//! `matrix` puts wrong accounts into every slot of every instruction; `bounds` tries every parameter at its limits;
//! the other modules assert effects and business rules, one per domain.

mod admin;
mod bounds;
mod breaker;
mod chain;
mod committee;
mod conversion;
mod demand;
mod effect;
mod insurance;
mod liquidation;
mod margin;
mod market;
mod matrix;
mod mints;
mod oracle;
mod stage;
mod stakes;
mod venue;

/// A state of zeros, to which a test adds what it expects.
fn zeroed<T: bytemuck::Zeroable>() -> T {
    bytemuck::Zeroable::zeroed()
}
