//! What Solana programs that are compiled by a stock Rust toolchain need from elsewhere: 128-bit arithmetic helpers, and
//! in [`heap`] an allocator that keeps them small.
//!
//! **Why this crate exists.** sBPF has no 128-bit instructions, so LLVM turns every `u128` or `i128` product,
//! quotient and remainder into a call of a helper such as `__multi3`. Agave's own toolchain brings these
//! helpers; a stock toolchain linked by LLVM 23 does not, and the ones that rustc's `compiler_builtins` would
//! define return 128-bit results through a pointer while LLVM 23 expects them in registers. Linking those by
//! accident does not fail: it writes results to a garbage address. Here the helpers are defined with the
//! `unadjusted` ABI, which passes values to LLVM exactly as written, so caller and callee agree.
//!
//! **How to use it.** A program says `use sbf_builtins as _;` and never calls a helper by name.
//!
//! **What it must not do.** Export anything on other architectures: a host binary that linked these symbols
//! would replace its own run-time library, and Agave's toolchain (whose architecture is not called `bpf`)
//! would find every helper twice. On those targets this crate is only the heap and the plain functions of [`wide`].
//!
//! **What keeps it right.** Two tests. The unit tests of [`wide`] compare the algorithms with native
//! arithmetic on the host; `tests/tests/arithmetic.rs` runs the *compiled* helpers on the VM through the
//! `arith-probe` program, which is the only place where an ABI mismatch can show.

#![no_std]
#![cfg_attr(target_arch = "bpf", feature(abi_unadjusted))]
#![cfg_attr(target_arch = "bpf", allow(internal_features))]

pub mod heap;
pub mod wide;

#[cfg(target_arch = "bpf")]
mod exports;

// Pulled in for its memory and soft-float symbols; nothing is called by name.
#[cfg(target_arch = "bpf")]
use solana_compiler_builtins as _;
