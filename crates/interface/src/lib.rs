//! What a venue needs to integrate with Firebreak, on any framework: addresses, account layouts, the arguments and
//! the return data of fills. Depends on bytemuck alone; knows no Solana crate unless a feature asks for it.
//!
//! - default: [`fill`], [`ids`], [`discriminators`], [`layout`] and [`seeds`], all `no_std` without allocation.
//! - feature `pda`: `pda`, the addresses of Firebreak's accounts.
//! - feature `cpi`: `cpi`, instructions and the call that reports a fill. Needs an allocator.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(any(feature = "cpi", test))]
extern crate alloc;

#[cfg(feature = "cpi")]
pub mod cpi;
pub mod discriminators;
pub mod fill;
pub mod ids;
pub mod layout;
#[cfg(feature = "pda")]
pub mod pda;
pub mod seeds;
pub mod standing;
