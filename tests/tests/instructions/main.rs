//! Every instruction alone: what it does to every account of the chain, who may call it, which input it refuses.
//!
//! `matrix` puts wrong accounts into every slot of every instruction; `bounds` tries every parameter at its limits;
//! the other modules assert effects and business rules, one per domain.

mod chain;
mod matrix;
mod stage;
