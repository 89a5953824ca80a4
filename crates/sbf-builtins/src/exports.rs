//! The symbols LLVM calls. Each is one call into [`crate::wide`], so that everything worth testing on the
//! host is outside this file; all this file decides is names and calling convention.
//!
//! The names are fixed by LLVM's run-time interface and the linker must be told to keep them (they are called
//! by code that only appears after the last optimisation pass): the list in `xtask/src/sbf/flags.rs` names
//! the same five.

use crate::wide;

/// `a * b`, modulo 2^128. Serves signed products too: the low 128 bits are the same.
///
/// # Safety
/// Called by generated code only, with the `unadjusted` ABI.
#[no_mangle]
pub unsafe extern "unadjusted" fn __multi3(a: u128, b: u128) -> u128 {
    wide::mul(a, b)
}

/// `n / d`, unsigned.
///
/// # Safety
/// Called by generated code only, with the `unadjusted` ABI; `d` is not zero.
#[no_mangle]
pub unsafe extern "unadjusted" fn __udivti3(n: u128, d: u128) -> u128 {
    wide::div_rem(n, d).0
}

/// `n % d`, unsigned.
///
/// # Safety
/// Called by generated code only, with the `unadjusted` ABI; `d` is not zero.
#[no_mangle]
pub unsafe extern "unadjusted" fn __umodti3(n: u128, d: u128) -> u128 {
    wide::div_rem(n, d).1
}

/// `n / d`, signed, rounded towards zero.
///
/// # Safety
/// Called by generated code only, with the `unadjusted` ABI; `d` is not zero.
#[no_mangle]
pub unsafe extern "unadjusted" fn __divti3(n: i128, d: i128) -> i128 {
    let quotient = wide::div_signed(n, d);
    // The one deliberate fault: a flipped bit in a value that no program of this project needs to see for
    // its own tests to pass, and that only a comparison with the host can find.
    if cfg!(feature = "fault-injection") {
        quotient ^ (1 << 40)
    } else {
        quotient
    }
}

/// `n % d`, signed; the sign is that of `n`.
///
/// # Safety
/// Called by generated code only, with the `unadjusted` ABI; `d` is not zero.
#[no_mangle]
pub unsafe extern "unadjusted" fn __modti3(n: i128, d: i128) -> i128 {
    wide::rem_signed(n, d)
}
