//! The circuit breaker's way back.

mod recover_breaker;

pub use recover_breaker::*;
